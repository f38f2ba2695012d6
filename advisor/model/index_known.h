/*
 * What sets near the chosen one are worth, from the plans that are known: nothing is asked. A plan is possible when all indexes that it
 * uses are there, or something that begins alike and has their columns; the cheapest possible one is taken. Real plans can only be
 * cheaper, but for what stands in for a narrower index.
 */
#pragma once
#include "model/index_ask.h"

/* From here on the chosen set is that of sel->out; again after each change of it, and after each answer. */
void index_known_from(struct selector *sel);

/* Worth of a set, quickest when it differs from the chosen one in little. */
double index_known_net(struct selector *sel, struct index_set set);

/* What a candidate could add to the chosen set at most: its statements at their best. */
double index_known_potential(const struct selector *sel, int c);

/* The wide one begins like the narrow one and has all of its columns; surely: with all its keys in front. */
bool index_absorbs(const struct selector *sel, int wide, int narrow, bool surely);
