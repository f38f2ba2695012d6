/* The parts of `rules:` in perfadvise.yaml that set what single rules do. */
#pragma once
#include "config/config.h"
#include "lib/yaml.h"

/* set: { pool.wait: { wait_ms: 10, ignore: "job_*", "batch_*": { wait_ms: 500 } } } */
int config_load_rule_set(struct arena *a, const char *file, const struct yaml *y, struct config *c, struct err *err);
/* paths: { "bots/legacy/": { "code.*": ignore, code.unbounded: { severity: info } } } */
int config_load_rule_paths(struct arena *a, const char *file, const struct yaml *y, struct config *c, struct err *err);
