/*
 * Writes a trace of requests whose popularity follows Zipf's law, in libCacheSim's oracleGeneral, to standard output.
 *
 *      cache_trace REQUESTS KEYS ALPHA SEED [sizes]        sizes: 100 to 4099 bytes by key; else 1
 *
 * By rejection (Hormann and Derflinger 1996), so that neither memory nor time grows with the keys.
 */
#include "base/num.h"
#include "cache/request.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct zipf {
        double alpha, n, h_x1, h_n, s;
};

static double h_integral(double x, double a)
{
        double l = log(x), t = (1 - a) * l;
        return (fabs(t) > 1e-8 ? expm1(t) / t : 1 + t / 2) * l;
}

static double h_inverse(double x, double a)
{
        double t = x * (1 - a);
        t = t < -1 ? -1 : t;
        return exp((fabs(t) > 1e-8 ? log1p(t) / t : 1 - t / 2) * x);
}

static void zipf_init(struct zipf *z, double n, double alpha)
{
        z->alpha = alpha;
        z->n = n;
        z->h_x1 = h_integral(1.5, alpha) - 1;
        z->h_n = h_integral(n + 0.5, alpha);
        z->s = 2 - h_inverse(h_integral(2.5, alpha) - pow(2, -alpha), alpha);
}

static uint64_t zipf_next(const struct zipf *z, struct rng *rng)
{
        for (;;) {
                double u = z->h_n + rng_unit(rng) * (z->h_x1 - z->h_n), x = h_inverse(u, z->alpha), k = floor(x + 0.5);
                k = k < 1 ? 1 : k > z->n ? z->n : k;
                if (k - x <= z->s || u >= h_integral(k + 0.5, z->alpha) - pow(k, -z->alpha))
                        return (uint64_t)k;
        }
}

int main(int argc, char **argv)
{
        enum { BATCH = 4096, RECORD = 24 };
        static char out[BATCH * RECORD];
        if (argc < 5)
                return fprintf(stderr, "usage: cache_trace REQUESTS KEYS ALPHA SEED [sizes]\n"), 2;
        uint64_t n = strtoull(argv[1], NULL, 10);
        struct zipf z;
        struct rng rng;
        zipf_init(&z, strtod(argv[2], NULL), strtod(argv[3], NULL));
        rng_seed(&rng, strtoull(argv[4], NULL, 10));
        for (uint64_t done = 0; done < n;) {
                size_t batch = n - done < BATCH ? n - done : BATCH;
                for (size_t i = 0; i < batch; i++, done++) {
                        uint64_t key = zipf_next(&z, &rng);
                        uint32_t at_s = (uint32_t)(done / 1000), bytes = argc > 5 ? 100 + (uint32_t)(cache_mix(key, 0) >> 40) % 4000 : 1;
                        int64_t next = -1;
                        memcpy(out + i * RECORD, &at_s, 4);
                        memcpy(out + i * RECORD + 4, &key, 8);
                        memcpy(out + i * RECORD + 12, &bytes, 4);
                        memcpy(out + i * RECORD + 16, &next, 8);
                }
                if (fwrite(out, RECORD, batch, stdout) != batch)
                        return 1;
        }
        return 0;
}
