#include "cmd/source_cache.h"

struct store *app_source_cache(struct app *app)
{
        CLEANUP(store_close) struct store *opened = NULL;
        struct err err = {0};
        const char *path;
        if (app_history_path(app, true, &path, &err) < 0 || store_open(path, STORE_WRITE | STORE_BARE, &opened, &err) < 0) {
                if (app->verbose)
                        app_note(app, "perfadvise: without a cache of sources: %s", err.msg);
                return NULL;
        }
        /* A capture that writes goes first; a lost cache costs little, so it need not reach the disk at once. */
        if (db_exec(store_db(opened), "PRAGMA busy_timeout=100; PRAGMA synchronous=NORMAL;", NULL) < 0)
                return NULL;
        return take(opened);
}
