/*
 * How long connections are held, from the ages of transactions at looks.
 *
 * With arrivals at rate_hz and S(a) the share of holds longer than a, the number of holds under way that are between a and a + da
 * old is on average rate_hz S(a) da: by Little's law for that slice of ages, whatever the arrivals are like, at any pace of
 * looking. So S is the density of ages over the rate. It can only fall, which is what makes it usable from few looks: the
 * estimate is the one nearest to the counts that falls (Grenander's; pooling neighbours that do not), and its moments are
 *
 *      E[D] = in use / rate        E[D^2] = 2 E[D] E[age]        CV2 = 2 E[age] / E[D] - 1
 *
 * The usual estimate from looks (Horvitz-Thompson: each hold that was met weighs 1 / its chance to be met) needs the length of
 * what was met, and knows its age only. docs/models/hold.md has the comparison, the errors and the sources.
 */
#pragma once
#include "base/hist.h"

/*
 * The holds of a window, as if each had been recorded.
 *
 * ages     of holds under way, over all looks
 * looks    how many, > 0; may be a fraction where the counts are to be scaled
 * rate_hz  arrivals per second, > 0
 * count    holds that ret_holds shall have, > 0
 *
 * What is too short to be met has no age; it counts in the lowest bucket. ret_holds is cleared first. Returns -1 when a number is
 * out of range; no ages at all give holds that all are in the lowest bucket.
 */
int hold_from_ages(const struct hist *ages, double looks, double rate_hz, uint64_t count, struct hist *ret_holds);
