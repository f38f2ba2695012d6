/*
 * Redis over hiredis, without blocking: commands are queued, redis_io() writes and reads what the socket takes and has,
 * redis_next() hands out replies in the order of the commands.
 *
 *      redis_send(r, 2, (const char *[]){"CONFIG", "GET"}, NULL);
 *      poll(fd = redis_fd(r), events = redis_events(r)) ... redis_io(r, err);
 *      while (redis_next(r, &reply, err) == 1) { ... reply_free(reply); }
 *
 * Addresses: unix:///path[?db=N], redis://[user@]host[:port][/db]. The password comes from REDISCLI_AUTH only; AUTH and
 * SELECT are sent on opening and their refusal is returned by redis_next as an error. Host names are resolved before the call returns.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct redis;
struct reply;

enum reply_type { REPLY_NIL, REPLY_TEXT, REPLY_NUMBER, REPLY_LIST, REPLY_ERROR };

/* ERR_CONFIG for an address that cannot be meant, ERR_TARGET when it cannot be reached at once. */
int redis_open(const char *url, struct redis **ret_redis, struct err *err);
struct redis *redis_close(struct redis *r); /* returns NULL */
DEFINE_CLEANUP(struct redis *, redis_close)

int redis_fd(const struct redis *r);
short redis_events(const struct redis *r); /* POLLIN, and POLLOUT while something waits to be written */
int redis_db(const struct redis *r);       /* the number selected by the address */

/* lens NULL: NUL-terminated arguments. */
void redis_send(struct redis *r, int argc, const char **argv, const size_t *lens);
int redis_io(struct redis *r, struct err *err);

/* 1 and a reply (to be freed), 0 when none is whole yet, negative when the connection or the authentication failed. */
int redis_next(struct redis *r, struct reply **ret_reply, struct err *err);
struct reply *reply_free(struct reply *r); /* returns NULL */
DEFINE_CLEANUP(struct reply *, reply_free)

enum reply_type reply_type(const struct reply *r);
const char *reply_text(const struct reply *r); /* text and error; "" otherwise; NUL-terminated, may hold NULs */
size_t reply_len(const struct reply *r);       /* bytes of a text, elements of a list */
int64_t reply_number(const struct reply *r);   /* of a number or a text that is one; 0 otherwise */
const struct reply *reply_at(const struct reply *r, size_t i); /* an element, or NULL */
