#include "lib/redis.h"
#include "base/str.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct redis {
        redisContext *ctx;
        char *url;
        int db;
        int greetings; /* replies to AUTH and SELECT still to come */
        bool unwritten;
};

struct address {
        char path[108], host[512], user[512];
        int port, db;
};

static int bad_url(const char *url, const char *why, struct err *err)
{
        err_set(err, ERR_CONFIG, "redis address '%s': %s", url, why);
        return err_hint(err, "Write unix:///path or redis://host:port/db.");
}

static bool parse_number(const char *text, int max, int *ret)
{
        char *end;
        long v = strtol(text, &end, 10);
        if (end == text || *end || v < 0 || v > max)
                return false;
        *ret = (int)v;
        return true;
}

static int parse_unix(const char *url, const char *rest, struct address *ad, struct err *err)
{
        const char *query = strchr(rest, '?');
        size_t len = query ? (size_t)(query - rest) : strlen(rest);
        if (!len || *rest != '/' || len >= sizeof ad->path)
                return bad_url(url, "the socket path must be absolute and shorter than 108 bytes", err);
        memcpy(ad->path, rest, len);
        if (query && (strncmp(query, "?db=", 4) || !parse_number(query + 4, 1 << 20, &ad->db)))
                return bad_url(url, "only ?db=N is known", err);
        return 0;
}

static int parse_tcp(const char *url, const char *rest, struct address *ad, struct err *err)
{
        char text[512];
        if ((size_t)snprintf(text, sizeof text, "%s", rest) >= sizeof text)
                return bad_url(url, "too long", err);
        char *slash = strchr(text, '/'), *host = text;
        if (slash) {
                *slash = 0;
                if (slash[1] && !parse_number(slash + 1, 1 << 20, &ad->db))
                        return bad_url(url, "the database must be a number", err);
        }
        char *at = strrchr(text, '@');
        if (at) {
                *at = 0;
                if (strchr(text, ':'))
                        return bad_url(url, "passwords belong into REDISCLI_AUTH", err);
                snprintf(ad->user, sizeof ad->user, "%s", text);
                host = at + 1;
        }
        char *close = *host == '[' ? strchr(host, ']') : NULL, *colon = strrchr(close ? close : host, ':');
        ad->port = 6379;
        if (colon) {
                if (!parse_number(colon + 1, 65535, &ad->port))
                        return bad_url(url, "the port must be a number", err);
                *colon = 0;
        }
        if (close) {
                *close = 0;
                host++;
        }
        snprintf(ad->host, sizeof ad->host, "%s", *host ? host : "127.0.0.1");
        return 0;
}

static int parse_url(const char *url, struct address *ad, struct err *err)
{
        if (str_starts(url, "unix://"))
                return parse_unix(url, url + 7, ad, err);
        if (str_starts(url, "redis://"))
                return parse_tcp(url, url + 8, ad, err);
        if (str_starts(url, "rediss://"))
                return bad_url(url, "TLS is not supported by this hiredis; use a unix socket or a tunnel", err);
        return bad_url(url, "unknown scheme", err);
}

static int unreachable(struct redis *r, struct err *err)
{
        err_set(err, ERR_TARGET, "redis at %s: %s", r->url, r->ctx ? r->ctx->errstr : "out of memory");
        return err_hint(err, "Is it running, and may this user reach it?");
}

static void greet(struct redis *r, const struct address *ad)
{
        const char *password = getenv("REDISCLI_AUTH");
        if (password && *password) {
                const char *argv[] = {"AUTH", *ad->user ? ad->user : password, password};
                redis_send(r, *ad->user ? 3 : 2, argv, NULL);
                r->greetings++;
        }
        if (ad->db) {
                char number[16];
                snprintf(number, sizeof number, "%d", ad->db);
                redis_send(r, 2, (const char *[]){"SELECT", number}, NULL);
                r->greetings++;
        }
}

int redis_open(const char *url, struct redis **ret_redis, struct err *err)
{
        struct address ad = {0};
        int ret = parse_url(url, &ad, err);
        if (ret < 0)
                return ret;
        CLEANUP(redis_close) struct redis *r = calloc(1, sizeof *r);
        if (!r)
                return err_set(err, ERR_IO, "out of memory");
        r->url = strdup(url);
        r->db = ad.db;
        r->ctx = ad.path[0] ? redisConnectUnixNonBlock(ad.path) : redisConnectNonBlock(ad.host, ad.port);
        if (!r->ctx || r->ctx->err)
                return unreachable(r, err);
        greet(r, &ad);
        *ret_redis = take(r);
        return 0;
}

struct redis *redis_close(struct redis *r)
{
        if (r) {
                if (r->ctx)
                        redisFree(r->ctx);
                free(r->url);
                free(r);
        }
        return NULL;
}

int redis_fd(const struct redis *r)
{
        return r->ctx->fd;
}

short redis_events(const struct redis *r)
{
        return (short)(POLLIN | (r->unwritten ? POLLOUT : 0));
}

int redis_db(const struct redis *r)
{
        return r->db;
}

void redis_send(struct redis *r, int argc, const char **argv, const size_t *lens)
{
        redisAppendCommandArgv(r->ctx, argc, argv, lens);
        r->unwritten = true;
}

int redis_io(struct redis *r, struct err *err)
{
        int done = 0;
        if (r->unwritten && redisBufferWrite(r->ctx, &done) != REDIS_OK)
                return unreachable(r, err);
        r->unwritten = r->unwritten && !done;
        struct pollfd fd = {.fd = r->ctx->fd, .events = POLLIN};
        if (poll(&fd, 1, 0) > 0 && (fd.revents & (POLLIN | POLLHUP | POLLERR)) && redisBufferRead(r->ctx) != REDIS_OK)
                return unreachable(r, err);
        return 0;
}

static int refused(struct redis *r, const char *words, struct err *err)
{
        err_set(err, ERR_TARGET, "redis at %s refused: %.200s", r->url, words);
        return err_hint(err, "Set REDISCLI_AUTH to the password of a user that may read (ACL SETUSER ... on +@read +info +config|get +slowlog|get).");
}

int redis_next(struct redis *r, struct reply **ret_reply, struct err *err)
{
        for (;;) {
                void *raw = NULL;
                if (redisGetReplyFromReader(r->ctx, &raw) != REDIS_OK)
                        return unreachable(r, err);
                if (!raw)
                        return 0;
                CLEANUP(reply_free) struct reply *reply = raw;
                if (r->greetings) {
                        r->greetings--;
                        if (reply_type(reply) == REPLY_ERROR)
                                return refused(r, reply_text(reply), err);
                        continue;
                }
                *ret_reply = take(reply);
                return 1;
        }
}

struct reply *reply_free(struct reply *r)
{
        if (r)
                freeReplyObject(r);
        return NULL;
}

enum reply_type reply_type(const struct reply *r)
{
        switch (((const redisReply *)r)->type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
                return REPLY_TEXT;
        case REDIS_REPLY_INTEGER:
                return REPLY_NUMBER;
        case REDIS_REPLY_ARRAY:
                return REPLY_LIST;
        case REDIS_REPLY_ERROR:
                return REPLY_ERROR;
        default:
                return REPLY_NIL;
        }
}

const char *reply_text(const struct reply *r)
{
        const redisReply *raw = (const redisReply *)r;
        return raw && raw->str ? raw->str : "";
}

size_t reply_len(const struct reply *r)
{
        const redisReply *raw = (const redisReply *)r;
        return reply_type(r) == REPLY_LIST ? raw->elements : raw->str ? (size_t)raw->len : 0;
}

int64_t reply_number(const struct reply *r)
{
        const redisReply *raw = (const redisReply *)r;
        return raw->type == REDIS_REPLY_INTEGER ? raw->integer : raw->str ? strtoll(raw->str, NULL, 10) : 0;
}

const struct reply *reply_at(const struct reply *r, size_t i)
{
        const redisReply *raw = (const redisReply *)r;
        return raw->type == REDIS_REPLY_ARRAY && i < raw->elements ? (const struct reply *)raw->element[i] : NULL;
}
