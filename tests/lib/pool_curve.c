/*
 * The simulations of advisor/model/ on traffic from a file, for the bench of the pools (tests/bench/pools.py).
 *
 *      pool_curve replay FILE SIZE       lines "at_ms hold_ms": "wait_ms latency_ms" of exactly these arrivals, line by line
 *      pool_curve speed SIZES ARRIVALS   CPU seconds of one sweep, and of the first answer, as JSON
 */
#include "base/num.h"
#include "model/pool_plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_s(void)
{
        struct timespec t;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int replay(const char *path, int size)
{
        FILE *f = fopen(path, "r");
        if (!f)
                return 2;
        struct arena *a = arena_new();
        VEC(double) at = {0}, hold = {0};
        double x, y;
        while (fscanf(f, "%lf %lf", &x, &y) == 2) {
                *vec_push(a, &at) = x;
                *vec_push(a, &hold) = y;
        }
        fclose(f);
        struct pool_load l;
        pool_load_trace(a, at.items, hold.items, at.len, 0, &l);
        pool_sim(&l, (struct pool_shape){.size = size});
        for (size_t i = 0; i < l.n; i++)
                printf("%.4f %.4f\n", l.wait_ms[i], l.wait_ms[i] + l.hold_ms[i]);
        arena_free(a);
        return 0;
}

/* A mix with CV2 about 5.5 at such a load that half of the sizes wait. */
static struct hist *mix(struct arena *a)
{
        struct hist *h = arena_new_of(a, struct hist);
        for (int i = 0; i < 10000; i++) {
                double u = (i + 0.5) / 10000;
                hist_add(h, (i % 10 < 7 ? 1.5 : -80 * log(1 - u)) * 1000);
        }
        return h;
}

static int speed(int sizes, size_t arrivals)
{
        struct arena *a = arena_new();
        struct hist *h = mix(a);
        double mean, cv2, began = cpu_s(), checksum = 0;
        pool_hist_moments(h, &mean, &cv2);
        struct pool_load l;
        pool_load_draw(a, h, 1, 0.45 * sizes / mean * 1000, arrivals, 1, &l);
        for (int size = 1; size <= sizes; size++)
                checksum += pool_sim(&l, (struct pool_shape){.size = size}).latency_p95_ms;
        double sweep = cpu_s() - began;
        struct pool_traffic t = {.program = "p", .processes = 1, .rate_hz = 0.25 * sizes / mean * 1000, .use = h, .hold_scale = 1, .wait_p95_ms = NAN};
        struct pool_need *need = arena_new_of(a, struct pool_need);
        *need = (struct pool_need){.traffic = &t, .n = 1, .objective_ms = 5, .size_now = 20};
        began = cpu_s();
        pool_need_solve(a, need);
        double answer = cpu_s() - began;
        printf("{\"sizes\": %d, \"arrivals\": %zu, \"cv2\": %.3f, \"sweep_cpu_s\": %.4f, \"answer_cpu_s\": %.4f, \"answer\": %d, \"checksum\": %.6g}\n", sizes, arrivals, cv2,
               sweep, answer, need->want, checksum);
        arena_free(a);
        return 0;
}

int main(int argc, char **argv)
{
        if (argc == 4 && !strcmp(argv[1], "replay"))
                return replay(argv[2], atoi(argv[3]));
        if (argc == 4 && !strcmp(argv[1], "speed"))
                return speed(atoi(argv[2]), (size_t)atol(argv[3]));
        fprintf(stderr, "usage: pool_curve replay FILE SIZE | speed SIZES ARRIVALS\n");
        return 2;
}
