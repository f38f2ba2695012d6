/* Curves of pools as JSON, both ways; what the load does not fit is null there, and INFINITY here. */
#pragma once
#include "change/change.h"
#include "lib/json.h"

void curve_json(const struct curve *c, struct json *object);
struct curve curve_from_json(struct arena *a, const struct json *object);
