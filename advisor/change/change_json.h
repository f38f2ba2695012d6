/* Findings, recommendations and changes as JSON (schema perfadvise/1): for the history, for -o json, for verify. */
#pragma once
#include "change/change.h"
#include "lib/json.h"

/* The version that every JSON result names; raised when a key changes its meaning or goes. */
#define JSON_SCHEMA "perfadvise/1"

void finding_json(const struct finding *f, struct json *object);
void effect_json(const struct effect *e, struct json *object);
void recommendation_json(const struct recommendation *r, struct json *object);
void figures_json(const struct figure figures[FIGURE_COUNT], const struct config *config, struct json *object);

/* A recommendation as recommendation_json wrote it: what the history keeps of it. Texts are copied into the arena. */
struct recommendation recommendation_from_json(struct arena *a, const struct json *object);
