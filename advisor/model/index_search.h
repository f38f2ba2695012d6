/*
 * The search for a set: in steps that are priced from what is known first, then asked for, best first. A step adds one index, or all
 * that some known plan lacks, or widens a member to do the work of another one, too (Extend: Schlosser, Kossmann, Boissier 2019).
 */
#pragma once
#include "model/index_ask.h"

/* Fills out->set within the budget. */
void index_search(struct selector *sel);

/* Takes steps from where out->set is. power: how much size counts: gain / bytes^power. */
void index_grow(struct selector *sel, double power);

/* The same after a member was left out; none stays that begins like another. */
void index_regrow(struct selector *sel);

/* Makes it the chosen set, its worth asked for. */
void index_settle(struct selector *sel, struct index_set set);
