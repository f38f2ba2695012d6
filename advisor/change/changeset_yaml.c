/*
 * changeset.yaml, written and read by the same tables of fields: what one writes the other reads.
 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "change/changeset.h"
#include "change/edit.h"
#include "lib/digest.h"
#include "lib/yaml.h"
#include "lib/yaml_out.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum field_type { FIELD_TEXT, FIELD_BYTES, FIELD_INT, FIELD_MODE, FIELD_INT64, FIELD_REAL, FIELD_BOOL, FIELD_KIND, FIELD_PHASE, FIELD_RISK };

struct field {
        const char *name;
        enum field_type type;
        size_t offset;
};

#define FIELD(s, member, t) {#member, FIELD_##t, offsetof(struct s, member)}

static const struct field change_fields[] = {
        FIELD(change, kind, KIND),         FIELD(change, phase, PHASE),      FIELD(change, knob, TEXT),     FIELD(change, target, TEXT),
        FIELD(change, server, TEXT),       FIELD(change, path, TEXT),        FIELD(change, format, TEXT),   FIELD(change, key_path, TEXT),
        FIELD(change, line, INT),          FIELD(change, byte_start, INT64), FIELD(change, byte_end, INT64), FIELD(change, before, BYTES),
        FIELD(change, after, BYTES),       FIELD(change, object, TEXT),      FIELD(change, table, TEXT),    FIELD(change, forward_sql, TEXT),
        FIELD(change, undo_sql, TEXT),     FIELD(change, restart, TEXT),     FIELD(change, reload, BOOL),   FIELD(change, size_bytes, REAL),
        FIELD(change, anchor, BYTES),
        {0},
};

static const struct field recommendation_fields[] = {
        FIELD(recommendation, key, TEXT),     FIELD(recommendation, rule, TEXT),     FIELD(recommendation, title, TEXT),
        FIELD(recommendation, subject, TEXT), FIELD(recommendation, model, TEXT),    FIELD(recommendation, cost, TEXT),
        FIELD(recommendation, risk, RISK),    FIELD(recommendation, risk_why, TEXT), FIELD(recommendation, confidence, REAL),
        FIELD(recommendation, undo, TEXT),    FIELD(recommendation, rank, REAL),     {0},
};

static const struct field evidence_fields[] = {FIELD(evidence, label, TEXT), FIELD(evidence, value, TEXT), {0}};

static const struct field effect_fields[] = {
        FIELD(effect, figure, TEXT), FIELD(effect, unit, TEXT), FIELD(effect, before, REAL), FIELD(effect, after, REAL),
        FIELD(effect, lo, REAL),     FIELD(effect, hi, REAL),   FIELD(effect, method, TEXT), {0},
};

static const struct field file_fields[] = {
        FIELD(planned_file, path, TEXT),  FIELD(planned_file, exists, BOOL), FIELD(planned_file, sha256, TEXT), FIELD(planned_file, size_bytes, INT64),
        FIELD(planned_file, mode, MODE),  FIELD(planned_file, uid, INT64),   FIELD(planned_file, gid, INT64),   {0},
};

static const char *const *words_of(enum field_type type, int *ret_count)
{
        *ret_count = type == FIELD_KIND ? CHANGE_KIND_COUNT : type == FIELD_PHASE ? PHASE_COUNT : RISK_COUNT;
        return type == FIELD_KIND ? change_kind_names : type == FIELD_PHASE ? change_phase_names : risk_names;
}

/* ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void emit_field(struct str *out, int indent, const struct field *f, const void *object)
{
        const void *at = (const char *)object + f->offset;
        int words;
        switch (f->type) {
        case FIELD_TEXT:
                yaml_out_text(out, indent, f->name, *(const char *const *)at);
                break;
        case FIELD_BYTES:
                yaml_out_bytes(out, indent, f->name, *(const char *const *)at);
                break;
        case FIELD_INT:
                yaml_out_int(out, indent, f->name, *(const int *)at);
                break;
        case FIELD_MODE: {
                char octal[16];
                snprintf(octal, sizeof octal, "%04o", *(const unsigned *)at);
                yaml_out_text(out, indent, f->name, octal);
                break;
        }
        case FIELD_INT64:
                yaml_out_int(out, indent, f->name, *(const int64_t *)at);
                break;
        case FIELD_REAL:
                yaml_out_real(out, indent, f->name, *(const double *)at);
                break;
        case FIELD_BOOL:
                yaml_out_bool(out, indent, f->name, *(const bool *)at);
                break;
        default:
                yaml_out_text(out, indent, f->name, words_of(f->type, &words)[*(const unsigned *)at]);
        }
}

/* One item of a list: its first line carries the dash. */
static void emit_item(struct str *out, int indent, const struct field *fields, const void *object)
{
        size_t from = out->len;
        for (const struct field *f = fields; f->name; f++)
                emit_field(out, indent + 1, f, object);
        if (out->len > from)
                out->buf[from + (size_t)indent * 2] = '-';
}

static void emit_head(struct str *out, int indent, const char *key, size_t n)
{
        str_printf(out, "%*s%s:%s\n", indent * 2, "", key, n ? "" : " []");
}

static void emit_recommendation(struct str *out, const struct recommendation *r)
{
        emit_item(out, 1, recommendation_fields, r);
        emit_head(out, 2, "evidence", r->evidence.len);
        for (size_t i = 0; i < r->evidence.len; i++)
                emit_item(out, 3, evidence_fields, &r->evidence.items[i]);
        emit_head(out, 2, "effects", r->effects.len);
        for (size_t i = 0; i < r->effects.len; i++)
                emit_item(out, 3, effect_fields, &r->effects.items[i]);
        emit_head(out, 2, "changes", r->changes.len);
        for (size_t i = 0; i < r->changes.len; i++) {
                struct change c = r->changes.items[i];
                if (change_writes_file(c.kind))
                        c.after = NULL; /* in new/, at any size; `creates` tells from a deletion */
                emit_item(out, 3, change_fields, &c);
                if (r->changes.items[i].after && !c.after)
                        yaml_out_bool(out, 4, "creates", true);
        }
}

void changeset_emit(struct str *out, const struct changeset *set)
{
        str_add(out, "# A change-set of perfadvise. It can be reviewed, applied and rolled back; see README beside it.\n");
        yaml_out_int(out, 0, "version", CHANGESET_VERSION);
        yaml_out_text(out, 0, "name", set->name);
        yaml_out_text(out, 0, "created", set->created);
        yaml_out_int(out, 0, "created_us", set->created_us);
        yaml_out_text(out, 0, "tool", set->tool);
        yaml_out_text(out, 0, "host", set->host);
        emit_head(out, 0, "files", set->files.len);
        for (size_t i = 0; i < set->files.len; i++)
                emit_item(out, 1, file_fields, &set->files.items[i]);
        emit_head(out, 0, "recommendations", set->recommendations.len);
        for (size_t i = 0; i < set->recommendations.len; i++)
                emit_recommendation(out, &set->recommendations.items[i]);
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct reader {
        struct arena *arena;
        const char *file, *dir;
        struct err *err;
};

static int bad(struct reader *r, const struct yaml *y, const char *what)
{
        return err_at(r->err, ERR_CONFIG, r->file, y->line, y->col, "%s", what);
}

static int read_word(struct reader *r, const struct yaml *y, enum field_type type, void *at)
{
        const char *text;
        int words, e = yaml_as_text(r->file, y, y->key, &text, r->err);
        const char *const *list = words_of(type, &words);
        for (int i = 0; e == 0 && i < words; i++)
                if (!strcmp(list[i], text)) {
                        *(unsigned *)at = (unsigned)i;
                        return 0;
                }
        return e < 0 ? e : err_at(r->err, ERR_CONFIG, r->file, y->line, y->col, "unknown %s '%s'", y->key, text);
}

static int read_mode(struct reader *r, const struct yaml *y, unsigned *ret)
{
        const char *text;
        char *end;
        int e = yaml_as_text(r->file, y, "mode", &text, r->err);
        if (e < 0)
                return e;
        unsigned long v = strtoul(text, &end, 8);
        if (*end || end == text || v > 07777)
                return bad(r, y, "not a file mode");
        *ret = (unsigned)v;
        return 0;
}

static int read_field(struct reader *r, const struct yaml *y, const struct field *f, void *object)
{
        void *at = (char *)object + f->offset;
        int64_t v;
        int e;
        switch (f->type) {
        case FIELD_TEXT:
        case FIELD_BYTES:
                return yaml_as_text(r->file, y, f->name, at, r->err);
        case FIELD_INT:
                if ((e = yaml_as_int(r->file, y, f->name, &v, r->err)) == 0)
                        *(int *)at = (int)v;
                return e;
        case FIELD_MODE:
                return read_mode(r, y, at);
        case FIELD_INT64:
                return yaml_as_int(r->file, y, f->name, at, r->err);
        case FIELD_REAL:
                return yaml_as_real(r->file, y, f->name, at, r->err);
        case FIELD_BOOL:
                return yaml_as_bool(r->file, y, f->name, at, r->err);
        default:
                return read_word(r, y, f->type, at);
        }
}

static int hex_digit(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_hex(struct reader *r, const struct yaml *y, const char **ret)
{
        const char *hex;
        int e = yaml_as_text(r->file, y, y->key, &hex, r->err);
        if (e < 0)
                return e;
        size_t n = strlen(hex) / 2;
        char *bytes = arena_alloc(r->arena, n + 1);
        for (size_t i = 0; i < n; i++) {
                int hi = hex_digit(hex[2 * i]), lo = hex_digit(hex[2 * i + 1]);
                if (hi < 0 || lo < 0 || !(hi | lo))
                        return bad(r, y, "not hex digits");
                bytes[i] = (char)(hi << 4 | lo);
        }
        *ret = bytes;
        return 0;
}

/* Fills an object from a map; keys in `also` are read elsewhere. */
static int read_object(struct reader *r, const struct yaml *y, const struct field *fields, const char *const *also, void *object)
{
        if (y->type != YAML_MAP)
                return bad(r, y, "must be a map");
        for (const struct field *f = fields; f->name; f++)
                if (f->type == FIELD_REAL)
                        *(double *)((char *)object + f->offset) = NAN;
        for (size_t i = 0; i < y->len; i++) {
                const struct yaml *item = y->items[i];
                const struct field *f = fields;
                while (f->name && strcmp(f->name, item->key))
                        f++;
                size_t n = strlen(item->key);
                const struct field *hex = fields;
                while (hex->name && !(hex->type == FIELD_BYTES && strlen(hex->name) + 4 == n && str_starts(item->key, hex->name) && str_ends(item->key, "_hex")))
                        hex++;
                const char *const *known = also;
                while (known && *known && strcmp(*known, item->key))
                        known++;
                int e = f->name                  ? read_field(r, item, f, object)
                        : hex->name              ? read_hex(r, item, (const char **)((char *)object + hex->offset))
                        : known && *known        ? 0
                        : bad(r, item, arena_printf(r->arena, "unknown key '%s'", item->key));
                if (e < 0)
                        return e;
        }
        return 0;
}

static const struct yaml *list_of(const struct yaml *y, const char *key)
{
        static const struct yaml empty = {.type = YAML_LIST};
        const struct yaml *list = yaml_get(y, key);
        return list && list->type == YAML_LIST ? list : &empty;
}

static int check_change(struct reader *r, const struct yaml *y, const struct change *c)
{
        bool file = change_edits_bytes(c->kind) || change_writes_file(c->kind);
        if (!c->knob)
                return bad(r, y, "a change without a knob");
        if (file && (!c->path || c->path[0] != '/'))
                return bad(r, y, "a change of a file needs an absolute path");
        if (!file && c->kind != CHANGE_redis_config && c->kind != CHANGE_systemd_unit && !c->forward_sql)
                return bad(r, y, "a change of the database needs forward_sql");
        return 0;
}

static int read_change(struct reader *r, const struct yaml *y, struct change *c)
{
        static const char *const also[] = {"creates", NULL};
        const struct yaml *creates;
        int e = read_object(r, y, change_fields, also, c);
        if (e < 0 || (e = check_change(r, y, c)) < 0)
                return e;
        if ((creates = yaml_get(y, "creates")) && !c->after) {
                bool yes;
                if ((e = yaml_as_bool(r->file, creates, "creates", &yes, r->err)) < 0)
                        return e;
                c->after = yes ? "" : NULL; /* read from new/ once the files are known */
        }
        return 0;
}

static int read_recommendation(struct reader *r, const struct yaml *y, struct recommendation *rec)
{
        static const char *const also[] = {"evidence", "effects", "changes", NULL};
        int e = read_object(r, y, recommendation_fields, also, rec);
        const struct yaml *list = list_of(y, "evidence");
        for (size_t i = 0; e == 0 && i < list->len; i++)
                e = read_object(r, list->items[i], evidence_fields, NULL, memset(vec_push(r->arena, &rec->evidence), 0, sizeof(struct evidence)));
        list = list_of(y, "effects");
        for (size_t i = 0; e == 0 && i < list->len; i++)
                e = read_object(r, list->items[i], effect_fields, NULL, memset(vec_push(r->arena, &rec->effects), 0, sizeof(struct effect)));
        list = list_of(y, "changes");
        for (size_t i = 0; e == 0 && i < list->len; i++)
                e = read_change(r, list->items[i], memset(vec_push(r->arena, &rec->changes), 0, sizeof(struct change)));
        return e;
}

/* It becomes the name of a folder, and is printed: nothing hidden (recover looks at what can be listed), nothing odd. */
static bool is_name(const char *name)
{
        return name && *name && *name != '.' &&
               !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

static int read_head(struct reader *r, const struct yaml *root, struct changeset *set)
{
        const struct yaml *version = yaml_get(root, "version"), *y;
        int64_t v;
        if (root->type != YAML_MAP || !version)
                return bad(r, root, "not a change-set: no version");
        int e = yaml_as_int(r->file, version, "version", &v, r->err);
        if (e == 0 && v != CHANGESET_VERSION)
                e = bad(r, version, "a version that is not known to this program");
        const struct {
                const char *key, **ret;
        } texts[] = {{"name", &set->name}, {"created", &set->created}, {"tool", &set->tool}, {"host", &set->host}};
        for (size_t i = 0; e == 0 && i < sizeof texts / sizeof *texts; i++)
                if ((y = yaml_get(root, texts[i].key)))
                        e = yaml_as_text(r->file, y, texts[i].key, texts[i].ret, r->err);
        if (e == 0 && (y = yaml_get(root, "created_us")))
                e = yaml_as_int(r->file, y, "created_us", &set->created_us, r->err);
        if (e == 0 && !is_name(set->name))
                e = bad(r, root, "not a change-set: no name of letters, digits, dots and dashes");
        return e;
}

/* The content of whole files stands beside the YAML. */
static int read_new_files(struct reader *r, struct changeset *set)
{
        for (size_t i = 0; i < set->recommendations.len; i++)
                for (size_t k = 0; k < set->recommendations.items[i].changes.len; k++) {
                        struct change *c = &set->recommendations.items[i].changes.items[k];
                        bool whole = change_writes_file(c->kind);
                        size_t n = 0, len;
                        while (whole && n < set->files.len && strcmp(set->files.items[n].path, c->path))
                                n++;
                        if (!whole || !c->after)
                                continue;
                        char *bytes;
                        const char *path = arena_printf(r->arena, "%s/new/%s", r->dir, changeset_file_name(r->arena, n, c->path));
                        int e = fs_read(r->arena, path, CHANGESET_FILE_MAX, &bytes, &len, r->err);
                        if (e < 0)
                                return e;
                        if (strlen(bytes) != len)
                                return err_set(r->err, ERR_REFUSED, "'%s' holds a NUL byte", path);
                        c->after = bytes;
                }
        return 0;
}

int changeset_load(struct arena *a, const char *dir, struct changeset **ret_set, struct err *err)
{
        struct reader r = {.arena = a, .dir = dir, .file = fs_join(a, dir, "changeset.yaml"), .err = err};
        struct changeset *set = arena_new_of(a, struct changeset);
        struct yaml *root;
        char *bytes;
        size_t len;
        int e = fs_read(a, r.file, CHANGESET_FILE_MAX, &bytes, &len, err);
        if (e < 0 || (e = yaml_parse(a, r.file, bytes, len, &root, err)) < 0 || (e = read_head(&r, root, set)) < 0)
                return e;
        const struct yaml *list = list_of(root, "files");
        for (size_t i = 0; e == 0 && i < list->len; i++)
                e = read_object(&r, list->items[i], file_fields, NULL, memset(vec_push(a, &set->files), 0, sizeof(struct planned_file)));
        list = list_of(root, "recommendations");
        for (size_t i = 0; e == 0 && i < list->len; i++)
                e = read_recommendation(&r, list->items[i], memset(vec_push(a, &set->recommendations), 0, sizeof(struct recommendation)));
        if (e < 0 || (e = read_new_files(&r, set)) < 0)
                return e;
        set->dir = dir;
        digest_sha256(bytes, len, set->yaml_sha256);
        *ret_set = set;
        return 0;
}
