/*
 * One rule over the facts: which subjects it fires on, how severely, and with which figures. Columns with a meaning:
 *
 *      subject        what the finding is about (required)
 *      discriminator  tells findings on one subject apart; part of the key
 *      identity       stands in for the subject in the key, where the subject's name may change
 *      target         name of the target; its identity becomes part of the key
 *      file line col  where it stands in the sources
 *      byte_start byte_end   the range of bytes in the file; without them that of the code fact that begins there
 *      trail          how it came about: "text; text at file:line", or a JSON array of {"text", "file", "line", "column"}
 *      severity       overrides the level (where the context decides)
 *
 * All others are evidence.
 */
#pragma once
#include "lib/sqlite.h"
#include "rule/rule.h"

struct hit {
        const char *subject, *discriminator, *identity, *target, *file, *trail;
        int line, col;
        int64_t byte_start, byte_end; /* equal: not said */
        enum severity severity;
        size_t n;
        const char *const *names;
        const char *const *texts;
        const double *numbers;
        const struct rule_params *params; /* that were bound when it fired */
};

struct hits {
        VEC(struct hit) list; /* by subject, discriminator, file, line */
        bool truncated;       /* RULE_ROWS_MAX was reached */
};

/*
 * Runs the rule's select once per level (and once more per glob of subjects with parameters of its own). The connection must be
 * fenced. ERR_CONFIG with the rule's file and line when its SQL does not prepare, misses `subject`, or names unknown parameters;
 * ERR_UNKNOWN when it was stopped by a limit.
 */
int rule_hits(struct arena *a, const struct rule *rule, const struct config *config, struct db *db, struct hits *ret_hits,
              struct err *err);
bool hit_column_is_special(const char *name);
/* What the rule's `unknown` select says (of which targets it cannot judge, and why), one text; NULL: nothing keeps it from judging. */
int rule_unknown(struct arena *a, const struct rule *rule, const struct config *config, struct db *db, const char **ret_why, struct err *err);

/* Binds the parameters of one level to the rule's SQL; ERR_CONFIG for one without a value. */
int hit_bind(struct arena *a, const struct rule *rule, struct stmt *stmt, const struct rule_params *params, struct err *err);

/* The rule's message with the row's figures: {name}, {name:.1f}, {name:%}, {name:bytes}, {name:ms}, {name:s},
 * {name:age} (of seconds), {name:count}, {{. */
const char *rule_message(struct arena *a, const struct rule *rule, const struct hit *hit);
/* ERR_CONFIG when the message names what is neither a column nor a parameter, or a format that does not exist. */
int rule_message_check(const struct rule *rule, const char *const *names, size_t n, struct err *err);

/* Overrides of perfadvise.yaml (rules.set). */
int rule_overrides_check(const struct ruleset *set, const struct config *config, struct err *err);
bool rule_is_ignored(const struct rule *rule, const struct config *config, const char *subject); /* subject NULL: for all */
/* The globs of subjects that have parameters of their own, NULL first (everything else). */
size_t rule_globs(const struct rule *rule, const struct config *config, const char **ret_globs, size_t max);
/* Which of these globs a subject belongs to: the last that matches. */
size_t rule_glob_of(const char *const *globs, size_t n, const char *subject);
/* What is bound at one level for one glob. */
struct rule_params *rule_bindings(struct arena *a, const struct rule *rule, const struct rule_level *level,
                                  const struct config *config, const char *glob);
/* The severity that perfadvise.yaml fixes for a rule, or `otherwise`. */
enum severity rule_severity(const struct rule *rule, const struct config *config, const char *subject, enum severity otherwise);
