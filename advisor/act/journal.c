#include "act/journal.h"
#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"
#include "lib/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECKSUM_HEX = 16, LENGTH_DIGITS_MAX = 9 };

struct journal {
        int fd;
        const char *path;
        off_t good_len;
        bool dirty; /* a failed write left bytes behind good_len */
};

const char *const journal_state_names[JOURNAL_STATE_COUNT] = {"open", "interrupted while applying", "applied", "interrupted while rolling back",
                                                              "rolled back"};

static void add_field(struct str *out, const char *text)
{
        static const char plain[] = "\t\n\r\\", escaped[] = "tnr\\";
        for (const char *p = text ? text : ""; *p; p++) {
                const char *at = strchr(plain, *p);
                if (at)
                        str_add_char(out, '\\');
                str_add_char(out, at ? escaped[at - plain] : *p);
        }
}

static void format_record(struct str *out, const char *const *fields, size_t n)
{
        CLEANUP(str_release) struct str body = {0};
        for (size_t i = 0; i < n; i++) {
                if (i)
                        str_add_char(&body, '\t');
                add_field(&body, fields[i]);
        }
        char hex[DIGEST_HEX];
        digest_sha256(body.buf, body.len, hex);
        str_printf(out, "%zu %.*s %s\n", body.len, CHECKSUM_HEX, hex, str_text(&body));
}

static const char *unescape(struct arena *a, const char *from, const char *to)
{
        char *text = arena_alloc(a, (size_t)(to - from) + 1), *p = text;
        for (; from < to; from++) {
                if (*from != '\\' || from + 1 == to) {
                        *p++ = *from;
                        continue;
                }
                from++;
                *p++ = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from;
        }
        return text;
}

static struct journal_record split_record(struct arena *a, const char *body, size_t len)
{
        VEC(const char *) fields = {0};
        const char *end = body + len;
        for (const char *p = body;;) {
                const char *tab = memchr(p, '\t', (size_t)(end - p));
                *vec_push(a, &fields) = unescape(a, p, tab ? tab : end);
                if (!tab)
                        break;
                p = tab + 1;
        }
        size_t n = fields.len;
        *vec_push(a, &fields) = NULL;
        return (struct journal_record){fields.items, n};
}

enum parse { PARSE_RECORD, PARSE_TORN, PARSE_DAMAGED };

static bool only_zeros(const char *p, const char *end)
{
        while (p < end && !*p)
                p++;
        return p == end;
}

/* One record at p. Torn: the rest is the beginning of a record, or blocks that were never written. */
static enum parse parse_record(const char *p, const char *end, const char **ret_body, size_t *ret_len)
{
        size_t len = 0, digits = 0;
        if (only_zeros(p, end))
                return PARSE_TORN;
        for (; p < end && *p >= '0' && *p <= '9' && digits <= LENGTH_DIGITS_MAX; p++, digits++)
                len = len * 10 + (size_t)(*p - '0');
        if (p == end)
                return PARSE_TORN;
        if (*p != ' ' || !digits || digits > LENGTH_DIGITS_MAX)
                return PARSE_DAMAGED;
        if ((size_t)(end - p) < 1 + CHECKSUM_HEX + 1 + len + 1)
                return memchr(p, '\n', (size_t)(end - p)) ? PARSE_DAMAGED : PARSE_TORN;
        const char *sum = p + 1, *body = sum + CHECKSUM_HEX + 1;
        char hex[DIGEST_HEX];
        digest_sha256(body, len, hex);
        if (sum[CHECKSUM_HEX] != ' ' || memcmp(sum, hex, CHECKSUM_HEX) || body[len] != '\n')
                return PARSE_DAMAGED;
        *ret_body = body;
        *ret_len = len;
        return PARSE_RECORD;
}

static int damaged(const char *path, size_t record, struct err *err)
{
        err_set(err, ERR_INTERRUPTED, "the journal '%s' is damaged at record %zu; nothing changed", path, record);
        return err_hint(err, "Compare the targets with rollback/ beside it by hand (README there), then move the folder away.");
}

int journal_read(struct arena *a, const char *path, struct journal_records *ret_records, struct err *err)
{
        struct journal_records records = {0};
        char *bytes;
        size_t len;
        if (!fs_exists(path)) {
                *ret_records = records;
                return 0;
        }
        int r = fs_read(a, path, JOURNAL_BYTES_MAX, &bytes, &len, err);
        if (r < 0)
                return r;
        for (const char *p = bytes, *end = bytes + len; p < end;) {
                const char *body;
                size_t body_len;
                enum parse parse = parse_record(p, end, &body, &body_len);
                if (parse == PARSE_DAMAGED)
                        return damaged(path, records.list.len + 1, err);
                if (parse == PARSE_TORN) {
                        records.torn = true;
                        break;
                }
                *vec_push(a, &records.list) = split_record(a, body, body_len);
                p = body + body_len + 1;
                records.good_len = (size_t)(p - bytes);
        }
        *ret_records = records;
        return 0;
}

struct journal *journal_close(struct journal *j)
{
        if (j && j->fd >= 0)
                close(j->fd);
        if (j)
                j->fd = -1;
        return NULL;
}

static int sync_dir(struct arena *a, const char *path)
{
        CLEANUP(close) int fd = open(fs_dirname(a, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -1 : sys.fsync(fd);
}

int journal_open(struct arena *a, const char *path, struct journal **ret_journal, struct err *err)
{
        struct journal_records records;
        int r = journal_read(a, path, &records, err);
        if (r < 0)
                return r;
        bool fresh = !fs_exists(path);
        struct journal *j = arena_new_of(a, struct journal);
        *j = (struct journal){.path = path, .good_len = (off_t)records.good_len, .dirty = records.torn};
        j->fd = sys.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
        if (j->fd < 0 || (fresh && sync_dir(a, path) < 0)) {
                r = err_errno(err, ERR_IO, "cannot open the journal '%s'", path);
                journal_close(j);
                return r;
        }
        *ret_journal = j;
        return 0;
}

int journal_add(struct journal *j, const char *const *fields, size_t n, struct err *err)
{
        CLEANUP(str_release) struct str record = {0};
        format_record(&record, fields, n);
        if (j->dirty && sys.ftruncate(j->fd, j->good_len) < 0)
                return err_errno(err, ERR_IO, "cannot repair the journal '%s'", j->path);
        j->dirty = true;
        if (lseek(j->fd, j->good_len, SEEK_SET) < 0 || sys_write_all(j->fd, record.buf, record.len) < 0 || sys.fsync(j->fd) < 0)
                return err_errno(err, ERR_IO, "cannot write the journal '%s'", j->path);
        j->dirty = false;
        j->good_len += (off_t)record.len;
        return 0;
}

enum journal_state journal_state_of(const struct journal_records *records, size_t *ret_begin)
{
        enum journal_state state = JOURNAL_OPEN;
        bool committed = false;
        for (size_t i = 0; i < records->list.len; i++) {
                const char *word = records->list.items[i].fields[0];
                if (!strcmp(word, "apply")) {
                        state = JOURNAL_APPLYING;
                        committed = false;
                        *ret_begin = i;
                } else if (!strcmp(word, "committed")) {
                        state = JOURNAL_APPLIED;
                        committed = true;
                } else if (!strcmp(word, "rollback")) {
                        state = committed ? JOURNAL_ROLLING_BACK : JOURNAL_APPLYING;
                } else if (!strcmp(word, "rolled-back")) {
                        state = committed ? JOURNAL_ROLLED_BACK : JOURNAL_OPEN;
                }
        }
        return state;
}
