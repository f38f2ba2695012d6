/* README of a change-set: what it is, and how to take it back by hand. */
#include "change/changeset.h"

#include <string.h>

/* 'text' for a shell, by the only quoting that needs no thought. */
static void add_shell_word(struct str *out, const char *text)
{
        str_add_char(out, '\'');
        for (const char *p = text; *p; p++)
                if (*p == '\'')
                        str_add(out, "'\\''");
                else
                        str_add_char(out, *p);
        str_add_char(out, '\'');
}

static void add_contents(struct str *out, const struct changeset *set)
{
        for (size_t i = 0; i < set->recommendations.len; i++) {
                const struct recommendation *r = &set->recommendations.items[i];
                str_printf(out, "  %s  ", r->key ? r->key : "-");
                str_add_visible(out, r->title ? r->title : "", false);
                str_add(out, "\n");
        }
}

static void add_file_commands(struct arena *a, struct str *out, const struct changeset *set)
{
        for (size_t i = 0; i < set->files.len; i++) {
                const struct planned_file *f = &set->files.items[i];
                if (!f->exists) {
                        str_add(out, "   rm -- ");
                        add_shell_word(out, f->path);
                        str_add(out, "\n");
                        continue;
                }
                str_add(out, "   cp -- rollback/");
                add_shell_word(out, changeset_file_name(a, i, f->path));
                str_add_char(out, ' ');
                add_shell_word(out, f->path);
                str_printf(out, " && chown %lld:%lld -- ", (long long)f->uid, (long long)f->gid);
                add_shell_word(out, f->path);
                str_printf(out, " && chmod %04o -- ", f->mode);
                add_shell_word(out, f->path);
                str_add(out, "\n");
        }
}

static bool has_kind(const struct changeset *set, enum change_kind kind)
{
        for (size_t i = 0; i < set->recommendations.len; i++)
                for (size_t k = 0; k < set->recommendations.items[i].changes.len; k++)
                        if (set->recommendations.items[i].changes.items[k].kind == kind)
                                return true;
        return false;
}

static bool has_sql(const struct changeset *set)
{
        for (size_t i = 0; i < set->recommendations.len; i++)
                for (size_t k = 0; k < set->recommendations.items[i].changes.len; k++)
                        if (set->recommendations.items[i].changes.items[k].undo_sql)
                                return true;
        return false;
}

void changeset_emit_readme(struct arena *a, struct str *out, const struct changeset *set)
{
        str_printf(out, "Change-set %s of perfadvise, made %s on %s\n\n", set->name, set->created, set->host);
        add_contents(out, set);
        str_printf(out,
                   "\nchangeset.yaml  each change with its evidence, predicted effect, risk and precondition\n"
                   "forward.diff    the file changes:      cd / && patch -p1 --binary < forward.diff\n"
                   "forward.sql     the statements:        psql -f forward.sql\n"
                   "rollback.sql    their undoing:         psql -f rollback.sql\n"
                   "rollback/       the files as they were before\n"
                   "journal         what was done, once it was applied\n\n"
                   "With perfadvise\n\n"
                   "   perfadvise --config FILE apply --dry-run %s\n"
                   "   perfadvise --config FILE apply %s\n"
                   "   perfadvise --config FILE rollback %s\n\n"
                   "Taking it back by hand, in this order, from this folder\n\n",
                   set->name, set->name, set->name);
        int step = 1;
        if (set->files.len) {
                str_printf(out, "%d. Put the files back. Look at the difference first: what was edited since would be lost.\n\n", step++);
                add_file_commands(a, out, set);
                str_add(out, "\n   Where a file is not older than the source it replaces, Python may keep a stale .pyc: touch it.\n\n");
        }
        if (has_kind(set, CHANGE_pgbouncer_setting))
                str_printf(out, "%d. On PgBouncer's console (psql -p 6432 pgbouncer): RELOAD; then SHOW CONFIG.\n\n", step++);
        if (has_sql(set))
                str_printf(out, "%d. psql -d DATABASE -f rollback.sql, as the owner of the objects.\n\n", step++);
        str_printf(out, "%d. Restart what reads the files only at its start.\n", step);
}
