#include "rule/baseline.h"
#include "base/fs.h"
#include "base/str.h"
#include "lib/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COUNT_MAX = 1000000 };

/* ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int read_until(const char *file, const struct yaml *y, int64_t now_us, struct baseline_entry *e, struct err *err)
{
        struct tm tm = {0};
        int r = yaml_as_text(file, y, "until", &e->until, err);
        if (r < 0)
                return r;
        const char *end = strptime(e->until, "%Y-%m-%d", &tm);
        if (!end || *end || strlen(e->until) != 10)
                return err_at(err, ERR_CONFIG, file, y->line, y->col, "'%s' is no date: YYYY-MM-DD", e->until);
        e->ended = ((int64_t)timegm(&tm) + 86400) * 1000000 <= now_us;
        return 0;
}

static int read_count(const char *file, const struct yaml *y, struct baseline_entry *e, struct err *err)
{
        int64_t n;
        int r = yaml_as_int(file, y, "count", &n, err);
        if (r == 0 && (n < 1 || n > COUNT_MAX))
                r = err_at(err, ERR_CONFIG, file, y->line, y->col, "count must be between 1 and %d", COUNT_MAX);
        e->count = r == 0 ? (int)n : 1;
        return r;
}

static int read_key(const char *file, const struct yaml *y, int64_t now_us, struct baseline_entry *e, struct err *err)
{
        const char *severity;
        const struct {
                const char *name;
                const char **text;
        } texts[] = {{"key", &e->key}, {"rule", &e->rule}, {"file", &e->file}, {"reason", &e->reason}};
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (!strcmp(y->key, texts[i].name))
                        return yaml_as_text(file, y, y->key, texts[i].text, err);
        if (!strcmp(y->key, "count"))
                return read_count(file, y, e, err);
        if (!strcmp(y->key, "until"))
                return read_until(file, y, now_us, e, err);
        if (strcmp(y->key, "severity"))
                return err_at(err, ERR_CONFIG, file, y->key_line, y->key_col, "unknown key '%s' in a finding of the baseline", y->key);
        int r = yaml_as_text(file, y, "severity", &severity, err);
        if (r == 0 && severity_parse(severity, &e->severity) < 0)
                r = err_at(err, ERR_CONFIG, file, y->line, y->col, "'%s' is no severity", severity);
        return r;
}

static int read_entry(struct arena *a, struct baseline *b, const struct yaml *y, int64_t now_us, struct err *err)
{
        struct baseline_entry e = {.severity = SEVERITY_CRITICAL, .count = 1};
        if (y->type != YAML_MAP)
                return err_at(err, ERR_CONFIG, b->path, y->line, y->col, "a finding of the baseline must be a map");
        for (size_t i = 0; i < y->len; i++) {
                int r = read_key(b->path, y->items[i], now_us, &e, err);
                if (r < 0)
                        return r;
        }
        if (!e.key || !e.rule)
                return err_at(err, ERR_CONFIG, b->path, y->line, y->col, "a finding of the baseline needs key and rule");
        *vec_push(a, &b->entries) = e;
        return 0;
}

static int compare_keys(const void *x, const void *y)
{
        return strcmp(((const struct baseline_entry *)x)->key, ((const struct baseline_entry *)y)->key);
}

int baseline_load(struct arena *a, const char *path, int64_t now_us, struct baseline **ret_baseline, struct err *err)
{
        struct yaml *root;
        int64_t version;
        if (!fs_exists(path)) {
                err_errno(err, ERR_CONFIG, "cannot read the baseline '%s'", path);
                return err_hint(err, "`perfadvise baseline write` writes one.");
        }
        int r = yaml_read(a, path, &root, err);
        if (r < 0)
                return r;
        const struct yaml *v = yaml_get(root, "version"), *list = yaml_get(root, "findings");
        if (!v)
                return err_at(err, ERR_CONFIG, path, 0, 0, "this is no baseline: it has no version");
        if ((r = yaml_as_int(path, v, "version", &version, err)) < 0)
                return r;
        if (version != 1)
                return err_at(err, ERR_CONFIG, path, v->line, v->col, "version %lld of a baseline is not known to this program", (long long)version);
        if (list && list->type != YAML_LIST && list->type != YAML_NULL_)
                return err_at(err, ERR_CONFIG, path, list->line, list->col, "findings must be a list");
        struct baseline *b = arena_new_of(a, struct baseline);
        b->path = path;
        for (size_t i = 0; list && list->type == YAML_LIST && i < list->len; i++)
                if ((r = read_entry(a, b, list->items[i], now_us, err)) < 0)
                        return r;
        if (b->entries.len)
                qsort(b->entries.items, b->entries.len, sizeof *b->entries.items, compare_keys);
        *ret_baseline = b;
        return 0;
}

/* ── Judging ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct baseline_entry *entry_of(const struct baseline *b, const char *key)
{
        const struct baseline_entry wanted = {.key = key};
        return b && b->entries.len ? bsearch(&wanted, b->entries.items, b->entries.len, sizeof wanted, compare_keys) : NULL;
}

void baseline_judge(struct arena *a, struct baseline *b, struct finding *f)
{
        struct baseline_entry *e = entry_of(b, f->group);
        if (!e)
                return;
        e->seen++;
        if (e->ended) {
                f->note = arena_printf(a, "the baseline held it until %s%s%s", e->until, e->reason ? ": " : "", e->reason ? e->reason : "");
        } else if (f->severity > e->severity) {
                f->note = arena_printf(a, "worse than in the baseline: it was %s", severity_names[e->severity]);
        } else if (e->seen > e->count) {
                f->note = arena_printf(a, "the baseline knows %d of these", e->count);
        } else {
                f->quiet = QUIET_BASELINE;
                f->quiet_why = e->reason ? e->reason : "in the baseline";
        }
}

static bool was_judged(const struct analysis *now, const char *rule)
{
        for (size_t i = 0; i < now->outcomes.len; i++)
                if (!strcmp(now->outcomes.items[i].rule, rule))
                        return strcmp(now->outcomes.items[i].status, "unknown") != 0;
        return false;
}

static int compare_gone(const void *x, const void *y)
{
        const struct baseline_gone *a = x, *b = y;
        int c = strcmp(a->file ? a->file : "", b->file ? b->file : "");
        c = c ? c : strcmp(a->rule, b->rule);
        return c ? c : strcmp(a->key, b->key);
}

void baseline_summary(struct arena *a, const struct baseline *b, struct analysis *out)
{
        out->baseline.path = b->path;
        for (size_t i = 0; i < out->quiet.len; i++)
                out->baseline.matched += out->quiet.items[i].quiet == QUIET_BASELINE;
        for (size_t i = 0; i < b->entries.len; i++) {
                const struct baseline_entry *e = &b->entries.items[i];
                if (e->seen < e->count && was_judged(out, e->rule))
                        *vec_push(a, &out->baseline.gone) = (struct baseline_gone){e->key, e->rule, e->file, e->count - e->seen};
        }
        if (out->baseline.gone.len)
                qsort(out->baseline.gone.items, out->baseline.gone.len, sizeof *out->baseline.gone.items, compare_gone);
}

/* ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct line {
        const struct finding *f; /* the most severe */
        int count;
};

static int compare_lines(const void *x, const void *y)
{
        const struct finding *a = ((const struct line *)x)->f, *b = ((const struct line *)y)->f;
        int c = strcmp(a->file ? a->file : a->subject, b->file ? b->file : b->subject);
        c = c ? c : strcmp(a->rule, b->rule);
        return c ? c : strcmp(a->group, b->group);
}

static int compare_groups(const void *x, const void *y)
{
        const struct finding *a = *(const struct finding *const *)x, *b = *(const struct finding *const *)y;
        int c = strcmp(a->group, b->group);
        return c ? c : (int)b->severity - (int)a->severity;
}

static void quoted(struct str *out, const char *text)
{
        struct str visible = {0};
        str_add_visible(&visible, text, false);
        str_add_char(out, '"');
        for (const char *p = str_text(&visible); *p; p++) {
                if (*p == '"' || *p == '\\')
                        str_add_char(out, '\\');
                str_add_char(out, *p);
        }
        str_add_char(out, '"');
        str_release(&visible);
}

static void write_line(struct str *out, const struct line *l, const struct baseline_entry *old)
{
        const struct finding *f = l->f;
        str_printf(out, "- { key: \"%s\", rule: %s, severity: %s, count: %d, file: ", f->group, f->rule, severity_names[f->severity], l->count);
        quoted(out, f->file ? f->file : f->subject);
        if (old && old->until)
                str_printf(out, ", until: %s", old->until);
        if (old && old->reason) {
                str_add(out, ", reason: ");
                quoted(out, old->reason);
        }
        str_add(out, " }\n");
}

void baseline_write(struct arena *a, const struct analysis *from, const struct baseline *old, struct str *out)
{
        const struct finding **list = arena_alloc(a, (from->findings.len + 1) * sizeof *list);
        struct line *lines = arena_alloc(a, (from->findings.len + 1) * sizeof *lines);
        size_t n = 0, count = 0;
        for (size_t i = 0; i < from->findings.len; i++)
                if (!from->findings.items[i].acknowledged && !finding_is_inventory(&from->findings.items[i]))
                        list[n++] = &from->findings.items[i];
        qsort(list, n, sizeof *list, compare_groups);
        for (size_t i = 0; i < n; i++) {
                if (i && !strcmp(list[i]->group, list[i - 1]->group))
                        lines[count - 1].count++;
                else
                        lines[count++] = (struct line){list[i], 1};
        }
        qsort(lines, count, sizeof *lines, compare_lines);
        str_add(out, "# What `perfadvise baseline write` found: `perfadvise analyze --baseline` with this file shows what is new or worse. A line may get\n"
                     "# until: YYYY-MM-DD, the last day on which it holds, and a reason; both are kept when the file is written again.\n"
                     "version: 1\n");
        str_add(out, count ? "findings:\n" : "findings: []\n");
        for (size_t i = 0; i < count; i++)
                write_line(out, &lines[i], entry_of(old, lines[i].f->group));
}
