#include "base/hist.h"

#include <math.h>
#include <stdlib.h>

static int bucket_of(double us)
{
        if (!(us >= 1))
                return 0;
        int b = (int)(log2(us) * 16);
        return b < HIST_BUCKETS ? b : HIST_BUCKETS - 1;
}

static double middle_us(int b)
{
        return exp2((b + 0.5) / 16);
}

void hist_add_n(struct hist *h, double us, uint64_t n)
{
        h->n[bucket_of(us)] += n;
        h->count += n;
        h->sum_us += us * (double)n;
}

void hist_add(struct hist *h, double us)
{
        hist_add_n(h, us, 1);
}

void hist_merge(struct hist *h, const struct hist *other)
{
        for (int b = 0; b < HIST_BUCKETS; b++)
                h->n[b] += other->n[b];
        h->count += other->count;
        h->sum_us += other->sum_us;
}

double hist_quantile_us(const struct hist *h, double q)
{
        if (!h->count)
                return NAN;
        double want = q * (double)h->count;
        uint64_t seen = 0;
        int last = 0;
        for (int b = 0; b < HIST_BUCKETS; b++) {
                if (!h->n[b])
                        continue;
                seen += h->n[b];
                last = b;
                if ((double)seen >= want)
                        break;
        }
        return middle_us(last);
}

void hist_format(const struct hist *h, struct str *out)
{
        const char *sep = "";
        for (int b = 0; b < HIST_BUCKETS; b++)
                if (h->n[b]) {
                        str_printf(out, "%s%d:%llu", sep, b, (unsigned long long)h->n[b]);
                        sep = " ";
                }
}

int hist_parse(struct hist *h, const char *text)
{
        while (*text) {
                char *end;
                long b = strtol(text, &end, 10);
                if (end == text || *end != ':' || b < 0 || b >= HIST_BUCKETS)
                        return -1;
                text = end + 1;
                unsigned long long n = strtoull(text, &end, 10);
                if (end == text || (*end && *end != ' '))
                        return -1;
                h->n[b] += n;
                h->count += n;
                h->sum_us += middle_us((int)b) * (double)n;
                text = *end ? end + 1 : end;
        }
        return 0;
}
