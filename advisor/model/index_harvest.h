/* Which candidates plans really take, and which statements they can serve: the ground that the search works on. */
#pragma once
#include "model/index_ask.h"

/* Fills useful, relevant, users and best_gain. */
void index_harvest(struct selector *sel);

/*
 * One index for what two that begin alike do: the keys of the first, all other columns of the second included. Added to the pool, with the
 * statements of both. -1 when they do not go together; may be one of the two.
 */
int index_merged(struct selector *sel, int first, int second);
