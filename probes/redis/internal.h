/* What the files of the Redis probe share: a queue of questions, each with the function that takes the answer. */
#pragma once
#include "lib/redis.h"
#include "probes/probe.h"
#include "probes/redis/pattern.h"

struct redis_probe;

/* The answer to a question. `tag` is what was given to ask(). */
typedef int redis_answer(struct redis_probe *p, const struct reply *reply, int64_t tag, struct err *err);

struct question {
        redis_answer *answer;
        int64_t tag;
};

enum { QUESTIONS_MAX = 4096 };

/* INFO as lines of name:value, as long as its text lives. */
struct info {
        const char *text;
};

struct counters { /* of the last sample, to see resets */
        char run_id[64];
        int64_t hits, misses, commands, at_us;
};

/* A key that is being asked about; forgotten at the next batch. */
struct looked {
        size_t pattern, len;
        char type[16], key[512];
};

enum { LOOKED_MAX = 256 };

struct scan {
        struct patterns patterns;
        struct looked looked[LOOKED_MAX];
        size_t looked_count;
        char cursor[32];
        int64_t next_us, end_us, keys_in_db, scanned;
        bool wanted, started, waiting, over, complete, memory_denied;
        const char *denied; /* why nothing could be scanned */
};

struct slow_entry {
        int64_t at_us, duration_us;
        char command[32], pattern[PATTERN_MAX], client[64];
};

struct redis_probe {
        const struct probe_env *env;
        struct redis *redis;
        struct question asked[QUESTIONS_MAX]; /* ring */
        size_t first, count;
        int64_t began_us, next_us, answer_by_us, began_real_us;
        int64_t slowlog_len; /* -1 unknown */
        int64_t own_hits, own_misses, own_commands; /* what this probe added to the server's counters */
        bool greeted, first_sampled, finishing, closing_asked, done;
        struct counters last;
        struct scan scan;
        VEC(struct slow_entry) slow;
};

void redis_ask(struct redis_probe *p, redis_answer *answer, int64_t tag, int argc, ...);
void redis_askv(struct redis_probe *p, redis_answer *answer, int64_t tag, int argc, const char **argv, const size_t *lens);

/* A question of ours that the server counts as a hit or miss of the key space; INFO answers are corrected by them. */
void redis_own_lookup(struct redis_probe *p, bool hit);

/* Status of a fact from an error reply: NOPERM and unknown command are denied, with what would mend it. */
void redis_refused(struct redis_probe *p, const char *fact, const char *words, const char *right);

/* info.c: emits redis_sample, redis_keyspace and, at an edge, redis_command; notes resets. */
void redis_emit_info(struct redis_probe *p, const char *text, const char *edge);
bool info_text(struct info i, const char *name, char *ret, size_t size);
int64_t info_int(struct info i, const char *name, int64_t otherwise);
int64_t info_db_keys(const char *text, int db);

/* scan.c: at most 2000 keys a second, one batch at a time. */
void scan_begin(struct redis_probe *p, int64_t now_us, int64_t keys_in_db);
void scan_go_on(struct redis_probe *p, int64_t now_us);
void scan_emit(struct redis_probe *p);
