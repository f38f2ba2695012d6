#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
        const char *name;
        double factor;
};

static int parse_with_unit(const char *text, const struct unit *units, const char *what, int64_t *ret, struct err *err)
{
        char *end;
        errno = 0;
        double v = strtod(text, &end);
        if (end == text || errno || !isfinite(v) || v < 0)
                return err_set(err, ERR_PARSE, "'%s' is not a %s", text, what);
        for (const struct unit *u = units; u->name; u++)
                if (!strcasecmp(end, u->name)) {
                        if (v * u->factor > 9e18)
                                return err_set(err, ERR_PARSE, "'%s' is too large for a %s", text, what);
                        *ret = (int64_t)llround(v * u->factor);
                        return 0;
                }
        return err_set(err, ERR_PARSE, "'%s' is not a %s: unknown unit '%s'", text, what, end);
}

int num_parse_duration(const char *text, int64_t *ret_us, struct err *err)
{
        static const struct unit units[] = {{"", 1e6},   {"us", 1},      {"ms", 1e3},     {"s", 1e6},
                                            {"m", 60e6}, {"min", 60e6},  {"h", 3600e6},   {"d", 86400e6},
                                            {"w", 7 * 86400e6}, {NULL, 0}};
        return parse_with_unit(text, units, "duration", ret_us, err);
}

int num_parse_bytes(const char *text, int64_t *ret_bytes, struct err *err)
{
        static const struct unit units[] = {{"", 1},          {"B", 1},          {"kB", 1024.0},
                                            {"MB", 0x1p20},   {"GB", 0x1p30},    {"TB", 0x1p40},
                                            {"KiB", 1024.0},  {"MiB", 0x1p20},   {"GiB", 0x1p30},
                                            {"TiB", 0x1p40},  {NULL, 0}};
        return parse_with_unit(text, units, "size", ret_bytes, err);
}

int num_parse_int(const char *text, int64_t *ret, struct err *err)
{
        char *end;
        errno = 0;
        long long v = strtoll(text, &end, 10);
        if (end == text || *end || errno)
                return err_set(err, ERR_PARSE, "'%s' is not a whole number", text);
        *ret = v;
        return 0;
}

int num_parse_real(const char *text, double *ret, struct err *err)
{
        char *end;
        errno = 0;
        double v = strtod(text, &end);
        if (end == text || *end || errno || !isfinite(v))
                return err_set(err, ERR_PARSE, "'%s' is not a number", text);
        *ret = v;
        return 0;
}

const char *num_ms(char buf[32], double ms)
{
        if (isnan(ms))
                snprintf(buf, 32, "unknown");
        else if (ms >= 10000)
                snprintf(buf, 32, "%.0f s", ms / 1000);
        else if (ms >= 1000)
                snprintf(buf, 32, "%.1f s", ms / 1000);
        else
                snprintf(buf, 32, ms >= 100 ? "%.0f ms" : ms >= 1 ? "%.1f ms" : "%.2f ms", ms);
        return buf;
}

const char *num_bytes(char buf[32], double bytes)
{
        static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
        int u = 0;
        if (isnan(bytes)) {
                snprintf(buf, 32, "unknown");
                return buf;
        }
        while (fabs(bytes) >= 1024 && u < 4) {
                bytes /= 1024;
                u++;
        }
        snprintf(buf, 32, u && fabs(bytes) < 100 ? "%.1f %s" : "%.0f %s", bytes, units[u]);
        return buf;
}

const char *num_percent(char buf[32], double frac)
{
        if (isnan(frac))
                snprintf(buf, 32, "unknown");
        else
                snprintf(buf, 32, fabs(frac) < 0.0995 ? "%.1f %%" : "%.0f %%", frac * 100);
        return buf;
}

const char *num_count(char buf[32], double n)
{
        if (isnan(n))
                snprintf(buf, 32, "unknown");
        else if (fabs(n) >= 1e6)
                snprintf(buf, 32, "%.1fM", n / 1e6);
        else if (fabs(n) >= 1e4)
                snprintf(buf, 32, "%.1fk", n / 1e3);
        else
                snprintf(buf, 32, "%.0f", n);
        return buf;
}

int num_compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

double num_quantile(const double *sorted, size_t n, double q)
{
        if (!n)
                return NAN;
        double at = q * (double)(n - 1);
        size_t i = (size_t)at;
        if (i + 1 >= n)
                return sorted[n - 1];
        return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

void rng_seed(struct rng *r, uint64_t seed)
{
        for (int i = 0; i < 4; i++) {
                uint64_t z = (seed += 0x9e3779b97f4a7c15u);
                z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
                z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
                r->s[i] = z ^ (z >> 31);
        }
}

static uint64_t rotl(uint64_t x, int k)
{
        return x << k | x >> (64 - k);
}

uint64_t rng_next(struct rng *r)
{
        uint64_t *s = r->s, result = rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = rotl(s[3], 45);
        return result;
}

double rng_unit(struct rng *r)
{
        return (double)(rng_next(r) >> 11) * 0x1p-53;
}

size_t rng_below(struct rng *r, size_t n)
{
        return (size_t)(rng_unit(r) * (double)n);
}
