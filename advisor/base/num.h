/*
 * Numbers as people write them (20s, 2GB), and as they should read them (1.2 ms, 38 %).
 */
#pragma once
#include "base/err.h"

#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>

/* "250ms" "20s" "5m" "2h" "7d" (a bare number is seconds) -> microseconds. ERR_PARSE when not a duration or < 0. */
int num_parse_duration(const char *text, int64_t *ret_us, struct err *err);

/* "2GB" "512MB" "8kB" "100" (bytes; powers of 1024, as PostgreSQL does) -> bytes. */
int num_parse_bytes(const char *text, int64_t *ret_bytes, struct err *err);

int num_parse_int(const char *text, int64_t *ret, struct err *err);
int num_parse_real(const char *text, double *ret, struct err *err);

/* Text for people in a caller's buffer of at least 32 bytes, which is returned. NAN prints "unknown". */
const char *num_ms(char buf[32], double ms);       /* "0.31 ms" "82 ms" "1.4 s" */
const char *num_bytes(char buf[32], double bytes); /* "8.0 kB" "1.3 GB" */
const char *num_percent(char buf[32], double frac);
const char *num_count(char buf[32], double n); /* "950" "12.3k" "4.1M" */

/* Value at quantile q (0..1) of a sorted array by linear interpolation (type 7); NAN when n is 0. */
double num_quantile(const double *sorted, size_t n, double q);
int num_compare(const void *a, const void *b); /* qsort of doubles */

/* xoshiro256++ seeded from one word by splitmix64: the same numbers for the same seed on every machine. */
struct rng {
        uint64_t s[4];
};
void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
double rng_unit(struct rng *r); /* [0, 1) */
size_t rng_below(struct rng *r, size_t n);

/* "" for one, "s" for any other number: "1 more minute", "2 more minutes". */
static inline const char *num_s(double n)
{
        return n == 1 ? "" : "s";
}
