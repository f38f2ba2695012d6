/*
 * Closed forms for the wait in front of c servers: the first, rough answer, and what the simulation (pool_sim.h) is held against.
 *
 * a = rate_hz * hold is the offered load in erlangs; with a >= c the queue grows without end and every wait is INFINITY.
 * Time has no unit here: waits come in the unit of `hold`.
 *
 * Sources: A. K. Erlang (1917) for the delay probability; A. O. Allen, "Probability, Statistics and Queueing Theory" (1978), for the
 * Allen-Cunneen approximation; T. Kimura, "A two-moment approximation for the mean waiting time in the GI/G/s queue", Management
 * Science 32(6), 1986; G. P. Cosmetatos (1976) for M/D/s. docs/models/queue.md has the formulas and worked values.
 */
#pragma once

/* Probability that an arrival waits in M/M/c. NAN when c < 1 or a < 0, 1 when a >= c. */
double queue_erlang_c(int c, double a);

/* Mean wait in M/M/c, over all arrivals. */
double queue_wait_mmc(int c, double a, double hold);

/* Mean wait in M/D/c by Cosmetatos' correction. */
double queue_wait_mdc(int c, double a, double hold);

/* Mean wait in M/G/c with squared coefficient of variation cv2 of the hold time. */
double queue_wait_allen_cunneen(int c, double a, double hold, double cv2);
double queue_wait_kimura(int c, double a, double hold, double cv2);

/*
 * The wait that a share q (0..1) of arrivals does not exceed: delay probability by Erlang C, an exponential tail with the
 * mean of Allen-Cunneen beyond it.
 */
double queue_wait_quantile(int c, double a, double hold, double cv2, double q);
