/*
 * One line of a StatsD or DogStatsD datagram, in place:  name:value:value...|type|@rate|#tag:value,tag:value
 *
 * Untrusted input: anybody who may write to the socket may send anything. Texts point into the line, which is cut up.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_type { EVENT_COUNT, EVENT_GAUGE, EVENT_MS, EVENT_OTHER };

enum { EVENT_LINE_MAX = 1024, EVENT_TEXT_MAX = 120 };

struct event {
        const char *name;
        double value, rate; /* rate: 0 < rate <= 1 */
        char *more;         /* the values after the first, by event_next; NULL: none */
        enum event_type type;
        /* tags, NULL when not given */
        const char *pid, *program, *seq, *pool, *op, *peer, *handler, *state, *tier, *hit, *template_, *key, *bytes, *ttl, *load_us;
};

/* false: not an event (malformed, too long, a number that is none, an unprintable name). */
bool event_parse(char *line, size_t len, struct event *ret);

/* Sets e->value to the next value of the line; false when there is none (one that is no number ends the line). */
bool event_next(struct event *e);

/* A whole number within [min, max], or `otherwise`. text may be NULL. */
int64_t event_number(const char *text, int64_t min, int64_t max, int64_t otherwise);

/* The 16 hex digits of a key as a number; any other text is hashed, so that no key is kept by accident. */
uint64_t event_key(const char *text);
