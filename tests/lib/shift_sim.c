/* Simulated years of nightly series, judged every night by the model that audit uses. Prints one line of JSON; tests/bench/audit.py makes tables. */
#include "base/num.h"
#include "model/shift.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARM = 84, YEAR = 365, NIGHTS = WARM + YEAR, AFTER = 60, LIMITS = 41, HOLD = 28 };

struct world {
        double cv, rho, amplitude, missing, factor, hours;
        int plans;              /* recurring plan changes */
        struct rng rng;
};

static double normal(struct rng *r)
{
        return sqrt(-2 * log(1 - rng_unit(r))) * cos(6.283185307179586 * rng_unit(r));
}

/* One series; from `onset` on `factor` times slower. With hours > 1 a night is the mean of so many captures of a day. */
static size_t series(struct world *w, int nights, int onset, struct shift_point *out)
{
        double sigma = sqrt(log(1 + w->cv * w->cv)), noise = sigma * normal(&w->rng), phase = rng_below(&w->rng, 7), plan_factor = 1.4 + 1.6 * rng_unit(&w->rng);
        double log_level = 4 * rng_unit(&w->rng);
        bool has_plans = w->plans && rng_unit(&w->rng) < 0.2;
        int plan = 0, spell = 10 + (int)rng_below(&w->rng, 20);
        size_t n = 0;
        for (int d = 0; d < nights; d++) {
                if (spell-- == 0) {
                        plan = has_plans && !plan;
                        spell = plan ? 3 + (int)rng_below(&w->rng, 8) : 10 + (int)rng_below(&w->rng, 30);
                }
                double sum = 0;
                for (int h = 0; h < w->hours; h++) {
                        noise = w->rho * noise + sigma * sqrt(1 - w->rho * w->rho) * normal(&w->rng);
                        sum += exp(noise);
                }
                double weekday = 1 + w->amplitude * sin(2 * M_PI * ((d + (int)phase) % 7) / 7);
                if (rng_unit(&w->rng) < w->missing)
                        continue;
                out[n++] = (struct shift_point){d, exp(log_level) * weekday * (plan ? plan_factor : 1) * (d >= onset ? w->factor : 1) * sum / w->hours, plan, (int)w->hours};
        }
        return n;
}

struct tally {
        double statement_nights;
        double alerts[LIMITS], found[LIMITS][AFTER + 1], injected, missed_night;
};

static double limit_of(int i)
{
        return 2 + 0.1 * i;
}

static void watch(struct world *w, struct tally *t, double rho)
{
        struct shift_point p[NIGHTS];
        int last[LIMITS];
        memset(last, -1, sizeof last);
        size_t n = series(w, NIGHTS, NIGHTS, p);
        struct shift_options o = {.scale = SHIFT_LOG, .sigma_floor = 0.02, .rho = rho, .limit = 99};
        for (size_t i = 0; i < n; i++) {
                if (p[i].day < WARM)
                        continue;
                t->statement_nights++;
                double score = shift_judge(p, i + 1, &o).score;
                for (int k = 0; k < LIMITS; k++)
                        if (score > limit_of(k)) {
                                t->alerts[k] += last[k] < 0 || p[i].day - last[k] > HOLD;
                                last[k] = (int)p[i].day;
                        }
        }
}

/* "By the second night": night 1 is the first that is slow, observed or missing. */
static void inject(struct world *w, struct tally *t, double rho)
{
        struct shift_point p[NIGHTS];
        int onset = WARM + (int)rng_below(&w->rng, 200);
        size_t n = series(w, onset + AFTER, onset, p);
        bool found[LIMITS] = {0};
        struct shift_options o = {.scale = SHIFT_LOG, .sigma_floor = 0.02, .rho = rho, .limit = 99};
        t->injected++;
        for (size_t i = 0; i < n; i++) {
                if (p[i].day < onset)
                        continue;
                double score = shift_judge(p, i + 1, &o).score;
                for (int k = 0; k < LIMITS; k++)
                        if (!found[k] && score > limit_of(k)) {
                                found[k] = true;
                                t->found[k][p[i].day - onset + 1]++;
                        }
        }
}

static double middle_rho(struct world *w)
{
        struct shift_point p[NIGHTS];
        double all[99];
        for (int i = 0; i < 99; i++)
                all[i] = shift_rho(p, series(w, NIGHTS, NIGHTS, p), SHIFT_LOG);
        for (int i = 0; i < 99; i++)
                for (int k = i + 1; k < 99; k++)
                        if (all[k] < all[i]) {
                                double x = all[i];
                                all[i] = all[k];
                                all[k] = x;
                        }
        return all[49];
}

/* shift_sim SEED STATEMENTS INJECTED CV RHO AMPLITUDE MISSING FACTOR HOURS PLANS */
int main(int argc, char **argv)
{
        if (argc < 11)
                return 2;
        struct world w = {.cv = atof(argv[4]), .rho = atof(argv[5]), .amplitude = atof(argv[6]), .missing = atof(argv[7]), .factor = atof(argv[8]),
                          .hours = atof(argv[9]), .plans = atoi(argv[10])};
        static struct tally t;
        rng_seed(&w.rng, (uint64_t)atoll(argv[1]));
        double rho = middle_rho(&w);
        for (int i = atoi(argv[2]); i > 0; i--)
                watch(&w, &t, rho);
        for (int i = atoi(argv[3]); i > 0; i--)
                inject(&w, &t, rho);
        printf("{\"rho\": %.4f, \"nights\": %.0f, \"injected\": %.0f, \"limits\": [", rho, t.statement_nights, t.injected);
        for (int k = 0; k < LIMITS; k++) {
                printf("%s{\"limit\": %.1f, \"alerts\": %.0f, \"found\": [", k ? ", " : "", limit_of(k), t.alerts[k]);
                for (int d = 1; d <= AFTER; d++)
                        printf("%s%.0f", d > 1 ? "," : "", t.found[k][d]);
                printf("]}");
        }
        printf("]}\n");
        return 0;
}
