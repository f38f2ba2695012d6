#include "model/queue.h"

#include <math.h>

/* Erlang B by its recursion, which never overflows: B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)); then C = B / (1 - rho (1 - B)). */
double queue_erlang_c(int c, double a)
{
        if (c < 1 || !(a >= 0))
                return NAN;
        if (a >= c)
                return 1;
        double b = 1;
        for (int n = 1; n <= c; n++)
                b = a * b / (n + a * b);
        return b / (1 - a / c * (1 - b));
}

double queue_wait_mmc(int c, double a, double hold)
{
        return a >= c ? INFINITY : queue_erlang_c(c, a) * hold / (c - a);
}

double queue_wait_mdc(int c, double a, double hold)
{
        double rho = a / c;
        if (!(a > 0) || a >= c)
                return a >= c ? INFINITY : 0;
        double correction = 1 + (1 - rho) * (c - 1) * (sqrt(4 + 5.0 * c) - 2) / (16 * rho * c);
        /* Cosmetatos holds for medium and heavy traffic; in light traffic the correction has no bound, the wait has. */
        return queue_wait_mmc(c, a, hold) / 2 * fmin(correction, 2);
}

double queue_wait_allen_cunneen(int c, double a, double hold, double cv2)
{
        return (1 + cv2) / 2 * queue_wait_mmc(c, a, hold);
}

double queue_wait_kimura(int c, double a, double hold, double cv2)
{
        double mmc = queue_wait_mmc(c, a, hold), mdc = queue_wait_mdc(c, a, hold);
        if (!isfinite(mmc) || !(mmc > 0))
                return mmc;
        return (1 + cv2) / ((1 - cv2) / mdc + 2 * cv2 / mmc);
}

double queue_wait_quantile(int c, double a, double hold, double cv2, double q)
{
        double p = queue_erlang_c(c, a);
        if (isnan(p) || a >= c)
                return isnan(p) ? NAN : INFINITY;
        if (p <= 1 - q)
                return 0;
        return queue_wait_allen_cunneen(c, a, hold, cv2) / p * log(p / (1 - q));
}
