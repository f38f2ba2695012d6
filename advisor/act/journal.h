/*
 * What was done to the targets, one record a line, each synced before the next step begins:
 *
 *      LENGTH CHECKSUM WORD<tab>FIELD<tab>...<newline>
 *
 * LENGTH counts the bytes behind the checksum, CHECKSUM is the start of their SHA-256. Tabs, line breaks and backslashes in
 * fields are escaped. A last record that is cut short is what a crash leaves, and counts as not written; anything else
 * that does not fit is damage, and nothing is decided from a damaged journal.
 *
 *      apply       id, time, host, sha256 of changeset.yaml, keys chosen, number of steps
 *      step        number, kind, phase, path or object, backup, then two images (before, after) or what the actuator saved
 *      prepared    originals are copied and synced
 *      start, done number
 *      failed      number, message
 *      committed   time
 *      rollback    time, why: failure, recover, rollback
 *      undo, undone  number
 *      rolled-back time
 */
#pragma once
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { JOURNAL_BYTES_MAX = 64 << 20 };

struct journal_record {
        const char **fields; /* NULL-terminated; [0] is the word */
        size_t n;
};

struct journal_records {
        VEC(struct journal_record) list;
        size_t good_len; /* bytes up to the end of the last whole record */
        bool torn;       /* something that a crash cut short follows */
};

/* A missing journal has no records. ERR_INTERRUPTED when it is damaged. */
int journal_read(struct arena *a, const char *path, struct journal_records *ret_records, struct err *err);

struct journal;
/* Opens for appending (made when missing), cuts off a torn end. */
int journal_open(struct arena *a, const char *path, struct journal **ret_journal, struct err *err);
struct journal *journal_close(struct journal *j); /* returns NULL */
DEFINE_CLEANUP(struct journal *, journal_close)

/* Appends and syncs. After a failure the next call first removes what this one left. */
int journal_add(struct journal *j, const char *const *fields, size_t n, struct err *err);
#define JOURNAL_ADD(j, err, ...)                                                                                       \
        journal_add((j), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (err))

/* Where a change-set stands, by its journal. */
enum journal_state {
        JOURNAL_OPEN,            /* never applied, or an apply that failed and was undone */
        JOURNAL_APPLYING,        /* interrupted: recover undoes it */
        JOURNAL_APPLIED,
        JOURNAL_ROLLING_BACK,    /* interrupted: recover finishes it */
        JOURNAL_ROLLED_BACK,
        JOURNAL_STATE_COUNT
};
extern const char *const journal_state_names[JOURNAL_STATE_COUNT];
/* *ret_begin: index of the record that began the newest apply. */
enum journal_state journal_state_of(const struct journal_records *records, size_t *ret_begin);
