/*
 * Which file is of which format. The table is formats.def; a new format is a reader and a row.
 */
#include "base/fs.h"
#include "probes/source/config/config.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static const struct format {
        const char *name, *patterns;
        void (*read)(struct file *f);
} formats[LANG_COUNT] = {
#define FORMAT(name, LANG, patterns) [LANG_##LANG] = {#name, patterns, config_read_##name},
#include "probes/source/config/formats.def"
#undef FORMAT
};

const char *language_name(enum language lang)
{
        return lang == LANG_PYTHON ? "python" : formats[lang].name;
}

static const char *const shown[] = {".example", ".sample", ".dist", ".template", ".tpl", ".default"};
static const char *const rendered[] = {".j2", ".jinja", ".jinja2", ".tmpl"};

static bool is_shown(const char *name)
{
        for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
                const char *at = strstr(name, shown[i]);
                if (at && (!at[strlen(shown[i])] || at[strlen(shown[i])] == '.'))
                        return true;
        }
        return str_starts(name, "example.") || str_starts(name, "sample.") || strstr(name, "-example") || strstr(name, "_example") || str_starts(name, "env.example");
}

bool config_is_template(const char *path)
{
        return is_shown(fs_basename(path));
}

static size_t cut(const char *name, size_t n, const char *const *endings, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                size_t e = strlen(endings[i]);
                if (n > e && !memcmp(name + n - e, endings[i], e))
                        return n - e;
        }
        return n;
}

/* The last `n` parts of a path. */
static const char *path_tail(const char *path, int n)
{
        const char *at = path + strlen(path);
        while (at > path && (at[-1] != '/' || --n > 0))
                at--;
        return at;
}

/* Letters of the pattern that are no wildcard, 0 when it does not fit. A pattern with a slash looks at the folder too. */
static size_t fits(const char *glob, const char *path)
{
        size_t letters = 0;
        if (fnmatch(glob, path_tail(path, strchr(glob, '/') ? 2 : 1), 0))
                return 0;
        for (const char *c = glob; *c; c++)
                letters += *c != '*';
        return letters;
}

/* The end of the pattern after its last star: nearly all files of a tree are none of ours, and fnmatch() is slow to say so. */
static bool may_fit(const char *glob, size_t n, const char *path, size_t len)
{
        const char *star = memrchr(glob, '*', n);
        size_t tail = star ? n - (size_t)(star - glob) - 1 : n;
        return len >= tail && !memcmp(path + len - tail, glob + n - tail, tail);
}

static enum language best_format(const char *path)
{
        enum language best = LANG_NONE;
        size_t most = 0, len = strlen(path);
        for (enum language l = LANG_PYTHON + 1; l < LANG_COUNT; l++) {
                size_t n;
                for (const char *at = formats[l].patterns; at && *at; at += n + (at[n] == ' ')) {
                        char glob[64];
                        n = strcspn(at, " ");
                        if (n >= sizeof glob || !may_fit(at, n, path, len))
                                continue;
                        memcpy(glob, at, n);
                        glob[n] = '\0';
                        size_t letters = fits(glob, path);
                        if (letters > most) {
                                most = letters;
                                best = l;
                        }
                }
        }
        return best;
}

enum language config_language(const char *path)
{
        char stem[512];
        size_t n = strlen(path);
        if (n >= sizeof stem)
                return LANG_NONE;
        size_t kept = cut(path, cut(path, n, rendered, sizeof rendered / sizeof *rendered), shown, sizeof shown / sizeof *shown);
        snprintf(stem, sizeof stem, "%.*s", (int)kept, path);
        enum language l = best_format(stem);
        return l == LANG_NONE && kept < n ? best_format(path) : l;
}

void config_read(struct file *f)
{
        if (formats[f->lang].read)
                formats[f->lang].read(f);
}
