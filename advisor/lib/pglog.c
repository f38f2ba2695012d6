#include "lib/pglog.h"
#include "base/arena.h"
#include "base/str.h"
#include "lib/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

DEFINE_CLEANUP(struct arena *, arena_free)

enum { ENTRY_BYTES_MAX = 4 << 20, CSV_FIELDS = 30 };

/* One entry of the log, whatever its format. */
struct entry {
        const char *message, *detail, *database, *application, *queryid;
};

struct reading {
        struct arena *arena; /* of one entry */
        pglog_take *take;
        void *arg;
        struct pglog_counts *counts;
};

/* ── Messages ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* "statement: SELECT ..." and "execute name: SELECT ..."; parse and bind have no rows to show for it. */
static const char *statement_of(const char *rest)
{
        if (!strncmp(rest, "statement: ", 11))
                return rest + 11;
        if (strncmp(rest, "execute ", 8) != 0)
                return NULL;
        const char *colon = strstr(rest, ": ");
        return colon ? colon + 2 : NULL;
}

static const char *parameters_of(const char *detail)
{
        static const char *const leads[] = {"parameters: ", "Parameters: "};
        for (size_t i = 0; detail && i < 2; i++)
                if (!strncmp(detail, leads[i], strlen(leads[i])))
                        return detail + strlen(leads[i]);
        return NULL;
}

static void take_entry(struct reading *r, const struct entry *e)
{
        char *end;
        r->counts->entries++;
        if (!e->message || strncmp(e->message, "duration: ", 10) != 0)
                return;
        struct pglog_event v = {.duration_ms = strtod(e->message + 10, &end), .database = e->database, .application = e->application,
                                .queryid = e->queryid && strcmp(e->queryid, "0") ? e->queryid : NULL, .parameters = parameters_of(e->detail)};
        if (strncmp(end, " ms  ", 5) != 0)
                return;
        const char *rest = end + 5;
        if (!strncmp(rest, "plan:\n", 6))
                v.plan = rest + 6;
        else
                v.query = statement_of(rest);
        if (!v.plan && !v.query)
                return;
        *(v.plan ? &r->counts->plans : &r->counts->statements) += 1;
        (r->take)(r->arg, r->arena, &v);
}

static void next_entry(struct reading *r)
{
        arena_free(r->arena);
        r->arena = arena_new();
}

/* ── stderr ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Where the words after the severity begin; NULL when the line does not begin an entry. What stands before is log_line_prefix. */
static const char *after_severity(const char *line, size_t len, const char *severity)
{
        size_t n = strlen(severity);
        for (size_t i = 0; i + n <= len; i++)
                if (line[i] == *severity && !strncmp(line + i, severity, n) && (i == 0 || !isalnum((unsigned char)line[i - 1])))
                        return line + i + n;
        return NULL;
}

static void add_continued(struct str *out, const char **at, const char *end)
{
        while (*at < end && **at == '\t') {
                const char *line = *at + 1, *stop = memchr(line, '\n', (size_t)(end - line));
                stop = stop ? stop : end;
                if (out->len < ENTRY_BYTES_MAX) {
                        str_add_char(out, '\n');
                        str_add_len(out, line, (size_t)(stop - line) < ENTRY_BYTES_MAX ? (size_t)(stop - line) : ENTRY_BYTES_MAX);
                }
                *at = stop < end ? stop + 1 : end;
        }
}

static void read_stderr(struct reading *r, const char *bytes, const char *end)
{
        CLEANUP(str_release) struct str message = {0};
        CLEANUP(str_release) struct str detail = {0};
        for (const char *at = bytes; at < end;) {
                const char *stop = memchr(at, '\n', (size_t)(end - at)), *words, *more;
                stop = stop ? stop : end;
                words = after_severity(at, (size_t)(stop - at), "LOG:  ");
                more = words ? NULL : after_severity(at, (size_t)(stop - at), "DETAIL:  ");
                struct str *to = more ? &detail : &message;
                if (words && message.len) { /* the one before is whole */
                        take_entry(r, &(struct entry){.message = str_text(&message), .detail = detail.len ? detail.buf : NULL});
                        next_entry(r);
                }
                if (words) {
                        str_clear(&message);
                        str_clear(&detail);
                }
                if (words || (more && message.len)) {
                        const char *from = words ? words : more;
                        size_t room = to->len < ENTRY_BYTES_MAX ? ENTRY_BYTES_MAX - to->len : 0;
                        str_add_len(to, from, (size_t)(stop - from) < room ? (size_t)(stop - from) : room);
                }
                at = stop < end ? stop + 1 : end;
                if (words || more)
                        add_continued(to, &at, end);
        }
        if (message.len)
                take_entry(r, &(struct entry){.message = str_text(&message), .detail = detail.len ? detail.buf : NULL});
}

/* ── csvlog ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* One field; *at goes behind the comma or the line. NULL for an empty one without quotes. */
static char *csv_field(struct arena *a, const char **at, const char *end, bool *last)
{
        CLEANUP(str_release) struct str out = {0};
        const char *p = *at;
        bool quoted = p < end && *p == '"';
        if (quoted)
                for (p++; p < end && !(*p == '"' && (p + 1 == end || p[1] != '"')); p++) {
                        p += *p == '"';
                        if (out.len < ENTRY_BYTES_MAX)
                                str_add_char(&out, *p);
                }
        else
                for (; p < end && *p != ',' && *p != '\n'; p++)
                        if (out.len < ENTRY_BYTES_MAX)
                                str_add_char(&out, *p);
        p += quoted && p < end;
        *last = p >= end || *p != ',';
        *at = p < end ? p + 1 : end;
        return out.len || quoted ? arena_strdup(a, str_text(&out)) : NULL;
}

static void read_csv(struct reading *r, const char *at, const char *end)
{
        enum { DATABASE = 2, MESSAGE = 13, DETAIL = 14, APPLICATION = 22, QUERY_ID = 25 };
        while (at < end) {
                char *fields[CSV_FIELDS] = {0};
                bool last = false;
                for (int n = 0; !last; n++) {
                        char *field = csv_field(r->arena, &at, end, &last);
                        if (n < CSV_FIELDS)
                                fields[n] = field;
                }
                take_entry(r, &(struct entry){fields[MESSAGE], fields[DETAIL], fields[DATABASE], fields[APPLICATION], fields[QUERY_ID]});
                next_entry(r);
        }
}

/* ── jsonlog ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void read_json_line(struct reading *r, const char *line, size_t len)
{
        CLEANUP(json_free) struct json *j = NULL;
        struct err why = {0};
        if (len > ENTRY_BYTES_MAX || json_parse(NULL, line, len, &j, &why) < 0)
                return;
        int64_t id = json_as_int(json_get(j, "query_id"), 0);
        take_entry(r, &(struct entry){json_as_text(json_get(j, "message")), json_as_text(json_get(j, "detail")), json_as_text(json_get(j, "dbname")),
                                      json_as_text(json_get(j, "application_name")), id ? arena_printf(r->arena, "%lld", (long long)id) : NULL});
        next_entry(r);
}

static void read_json(struct reading *r, const char *at, const char *end)
{
        while (at < end) {
                const char *stop = memchr(at, '\n', (size_t)(end - at));
                stop = stop ? stop : end;
                if (stop > at)
                        read_json_line(r, at, (size_t)(stop - at));
                at = stop < end ? stop + 1 : end;
        }
}

/* ── Which of them ─────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The timestamp of a csvlog is followed by a comma: "2026-11-25 02:15:00.123 UTC,". */
static bool looks_like_csv(const char *p, const char *end)
{
        enum { LONGEST = 41 };
        size_t len = end - p < LONGEST ? (size_t)(end - p) : LONGEST;
        const char *comma = memchr(p, ',', len);
        return comma && !memchr(p, '\n', (size_t)(comma - p)) && comma - p >= 20 && isdigit((unsigned char)*p) && p[4] == '-' && p[7] == '-' && p[10] == ' ' &&
               !memchr(p, '[', (size_t)(comma - p));
}

/* By the first line that has a look: the part of a log may begin in the middle of an entry. */
static enum pglog_format format_of(const char *bytes, const char *end)
{
        for (const char *p = bytes; p < end && p < bytes + (1 << 20);) {
                if (*p == '{' && end - p > 12 && !strncmp(p, "{\"timestamp\"", 12))
                        return PGLOG_JSON;
                if (end - p > 20 && looks_like_csv(p, end))
                        return PGLOG_CSV;
                const char *stop = memchr(p, '\n', (size_t)(end - p));
                if (!stop || after_severity(p, (size_t)(stop - p), "LOG:  "))
                        return PGLOG_STDERR;
                p = stop + 1;
        }
        return PGLOG_STDERR;
}

/* Rows of a csvlog may hold line ends; a part begins at the first line that looks like a row. */
static const char *first_row(const char *p, const char *end)
{
        while (p < end && !(end - p > 20 && looks_like_csv(p, end))) {
                const char *stop = memchr(p, '\n', (size_t)(end - p));
                if (!stop)
                        return end;
                p = stop + 1;
        }
        return p;
}

void pglog_read(const char *bytes, size_t len, pglog_take *take, void *arg, struct pglog_counts *ret_counts)
{
        const char *end = bytes + len;
        *ret_counts = (struct pglog_counts){.format = format_of(bytes, end)};
        struct reading r = {.arena = arena_new(), .take = take, .arg = arg, .counts = ret_counts};
        if (ret_counts->format == PGLOG_JSON)
                read_json(&r, bytes, end);
        else if (ret_counts->format == PGLOG_CSV)
                read_csv(&r, first_row(bytes, end), end);
        else
                read_stderr(&r, bytes, end);
        arena_free(r.arena);
}
