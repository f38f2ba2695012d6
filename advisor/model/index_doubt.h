/*
 * Plans that lie near: as good as the planner's choice within what its estimates are worth, and slower than today's plan by the second
 * opinion. Hypothetical indexes are taken for two to four times their size, so the real ones turn the balance now and then.
 */
#pragma once
#include "model/index_ask.h"

#define INDEX_SETTLED 0.6 /* a plan that costs less than this part of before has no rival nearby, whatever the costs are off by */

/* Takes members out whose near plans threaten more than the members save; what stays in doubt is noted in out->avoided and
 * out->doubted. */
void index_avoid_doubts(struct selector *sel);
