/* What perfadvise.yaml says about rules in files and folders (rules.paths). */
#pragma once
#include "rule/rule.h"

struct path_verdict {
        bool ignore;
        const char *severity; /* NULL: as the rule has it */
        const char *glob;     /* that decided, or NULL */
};

/* abs: an absolute path without symbolic links, or NULL. Of several settings the last that matches counts, for each key by itself. */
struct path_verdict path_verdict_of(const struct config *config, const struct rule *rule, const char *abs);

/*
 * Whether a relative path is meant: * and ? stay within a folder, ** crosses them; a folder means all below it; a glob without a slash
 * is for names at any depth.
 */
bool path_matches(const char *glob, const char *path);
