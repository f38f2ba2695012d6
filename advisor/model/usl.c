/* The Universal Scalability Law, fitted (pool_shared.h). */
#include "model/pool_shared.h"

#include <math.h>

double db_speed(const struct db_model *m, int n)
{
        if (n < 1)
                return 1;
        double share = m->cores > 0 && n > m->cores ? m->cores / n : 1;
        return share / (1 + m->sigma * (n - 1) + m->kappa * n * (n - 1));
}

double usl_peak(const struct db_model *m)
{
        return m->kappa > 0 ? sqrt(fmax(0, 1 - m->sigma) / m->kappa) : INFINITY;
}

/* Gauss with pivoting, in place; false when singular. */
static bool solve3(double m[3][4])
{
        for (int c = 0; c < 3; c++) {
                int best = c;
                for (int r = c + 1; r < 3; r++)
                        if (fabs(m[r][c]) > fabs(m[best][c]))
                                best = r;
                if (!(fabs(m[best][c]) > 1e-12))
                        return false;
                for (int k = 0; k < 4; k++) {
                        double x = m[c][k];
                        m[c][k] = m[best][k];
                        m[best][k] = x;
                }
                for (int r = 0; r < 3; r++)
                        for (int k = 3; r != c && k >= c; k--)
                                m[r][k] -= m[r][c] / m[c][c] * m[c][k];
        }
        for (int r = 0; r < 3; r++)
                m[r][3] /= m[r][r];
        return true;
}

static double line(const double b[3], double n)
{
        return b[0] + b[1] * (n - 1) + b[2] * n * (n - 1);
}

/*
 * n / rate is linear in (1, n-1, n(n-1)): that gives the first guess (relative error). Then Gauss and Newton on the throughput itself,
 * rate = n / line(b), as the law is usually fitted. `use` leaves terms out, so that a coefficient which comes out negative is set to none and the
 * others are fitted again.
 */
static bool fit_terms(const struct usl_point *p, size_t n, const bool use[3], double b[3])
{
        enum { ROUNDS = 12 };
        for (int round = 0; round < ROUNDS; round++) {
                double m[3][4] = {{0}};
                for (size_t i = 0; i < n; i++) {
                        double t[4] = {1, p[i].n - 1, p[i].n * (p[i].n - 1), p[i].n / p[i].rate_hz}, f = round ? line(b, p[i].n) : t[3];
                        double slope = p[i].n / (f * f); /* of the rate by the line */
                        double weight = round ? slope * slope : 1 / (f * f);
                        if (round)
                                t[3] = f - (p[i].rate_hz - p[i].n / f) / slope;
                        for (int r = 0; r < 3; r++)
                                for (int c = 0; c < 4; c++)
                                        m[r][c] += (use[r] ? t[r] : 0) * (c == 3 || use[c] ? t[c] : 0) * weight;
                }
                for (int r = 0; r < 3; r++)
                        if (!use[r])
                                m[r][r] = 1;
                if (!solve3(m))
                        return false;
                for (int r = 0; r < 3; r++)
                        b[r] = use[r] ? m[r][3] : 0;
                for (size_t i = 0; i < n; i++)
                        if (!(line(b, p[i].n) > 0))
                                return false;
        }
        return true;
}

bool usl_fit(const struct usl_point *p, size_t n, double *ret_lambda, struct db_model *ret)
{
        double least = INFINITY, most = 0, b[3] = {0};
        for (size_t i = 0; i < n; i++) {
                if (!(p[i].n > 0) || !(p[i].rate_hz > 0))
                        return false;
                least = fmin(least, p[i].n);
                most = fmax(most, p[i].n);
        }
        if (n < USL_POINTS_MIN || most < 4 * least)
                return false;
        bool use[3] = {true, true, true};
        for (int left = 3; left; left--) {
                if (!fit_terms(p, n, use, b))
                        return false;
                if (b[1] >= 0 && b[2] >= 0)
                        break;
                use[b[1] < 0 ? 1 : 2] = false;
        }
        if (!(b[0] > 0))
                return false;
        *ret_lambda = 1 / b[0];
        *ret = (struct db_model){.sigma = b[1] / b[0], .kappa = b[2] / b[0]};
        return true;
}
