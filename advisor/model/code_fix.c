/*
 * Findings of code rules with a mechanical fix: an argument that a call lacks, and a line that it makes needless. A rule asks by its columns:
 *
 *      fix_call        byte at which the call begins, in `file`
 *      fix_arguments   "command_timeout=60, statement_cache_size=0"; NULL: a person decides
 *      fix_drop        byte of another call, whose lines go
 *      fix_moved       its only argument, which becomes one more argument of the first
 *      fix_piped       that call as text, which goes into one pipeline with the first
 *      fix_unknown     why there are no arguments, for people
 *
 * Logic is never rewritten; docs/models/code_fix.md.
 */
#include "model/code_insert.h"
#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct argument_doc {
        const char *name, *effect, *cost;
        enum risk risk;
        const char *risk_why;
};

/* By the first argument that is given. Effects have no number: the sources do not tell how often the bad case comes. */
static const struct argument_doc docs[] = {
        {"command_timeout", "a statement that hangs fails after that time and gives its connection back", "none while statements are faster", RISK_MEDIUM,
         "a statement that is slow on purpose fails; give that one a timeout of its own"},
        {"socket_timeout", "a command that hangs fails after that time", "none while Redis answers", RISK_MEDIUM,
         "blocking commands (BLPOP, XREAD BLOCK, pub/sub) that wait longer fail: they need a client of their own"},
        {"timeout", "a request that hangs fails after that time between two bytes", "none while the other side answers", RISK_MEDIUM,
         "an answer that pauses longer fails; the caller must be ready for the exception"},
        {"statement_cache_size", "statements are not kept prepared, so that any server connection of the pooler can run them",
         "each statement is parsed and planned each time (tens of microseconds to a millisecond)", RISK_LOW, "nothing else changes"},
        {"pool_pre_ping", "a connection that died is replaced before it is used", "one round trip for each checkout", RISK_LOW, "nothing else changes"},
        {"pool_recycle", "connections older than that are replaced", "one connect for each connection and period", RISK_LOW, "nothing else changes"},
        {"ex", "the key goes by itself after that time", "the value is loaded again when it is asked for later", RISK_MEDIUM,
         "a value that was meant to stay is lost; only for what can be loaded again"},
        {"max_connections", "no more connections than that for each process", "commands wait for a connection, or fail where the pool does not block", RISK_MEDIUM,
         "bursts above it see an error where the pool does not block"},
};
static const struct argument_doc joined = {NULL, "one round trip for each call instead of two, and no key that stays for ever when the process ends between them",
                                           "none", RISK_LOW, "the key never exists without its expiry"};
static const struct argument_doc moved = {NULL, "one round trip for each call instead of two", "none", RISK_LOW, "both are done at once"};
static const struct argument_doc piped = {NULL, "one round trip for each call instead of two", "none", RISK_LOW,
                                          "where the first command fails, the second is sent all the same before the exception comes"};
static const struct argument_doc any = {NULL, "as the finding says", "none that the sources tell", RISK_MEDIUM, "read the diff"};

static const struct argument_doc *doc_of(const char *name)
{
        for (size_t i = 0; i < sizeof docs / sizeof *docs; i++)
                if (!strcmp(docs[i].name, name))
                        return &docs[i];
        return &any;
}

static bool is_name(const char *s)
{
        bool ok = isalpha((unsigned char)*s) || *s == '_';
        for (; ok && *s; s++)
                ok = isalnum((unsigned char)*s) || *s == '_';
        return ok;
}

/* A number, True, False, None, a name or a dotted name: nothing that could do anything. */
static bool is_plain(const char *s)
{
        bool ok = *s && *s != '.';
        for (; ok && *s; s++)
                ok = isalnum((unsigned char)*s) || *s == '_' || *s == '.';
        return ok;
}

struct fix {
        struct arena *arena;
        const struct facts *facts;
        const struct rule_row *row;
        struct recommendation rec;
        const char *why; /* not */
        const char *first;
};

static bool give(struct fix *x, const struct fact_argument *call, char *pair)
{
        char *eq = strchr(pair, '=');
        struct change c;
        if (!eq)
                return x->why = "the rule names no argument", false;
        *eq = 0;
        if (!is_name(pair) || !is_plain(eq + 1))
                return x->why = arena_printf(x->arena, "'%s' is no plain value", eq + 1), false;
        if (!code_insert(x->arena, call, pair, eq + 1, code_given(&x->rec, call), &c, &x->why))
                return false;
        x->first = x->first ? x->first : arena_strdup(x->arena, pair);
        *vec_push(x->arena, &x->rec.changes) = c;
        return true;
}

static bool give_all(struct fix *x, const struct fact_argument *call, const char *arguments)
{
        char *text = arena_strdup(x->arena, arguments), *save = NULL;
        for (char *pair = strtok_r(text, ",", &save); pair; pair = strtok_r(NULL, ",", &save))
                if (!give(x, call, pair + strspn(pair, " ")))
                        return false;
        return x->rec.changes.len > 0;
}

/* delete(a) and delete(b) become delete(a, b): what is moved is a name or a text, and does nothing by itself. */
static bool move(struct fix *x, const struct fact_argument *call, const char *value)
{
        struct change c;
        if (strpbrk(value, "(*\n\r#") || isnan(rule_row_number(x->row, "fix_drop")))
                return x->why = arena_printf(x->arena, "'%s' is no plain value", value), false;
        if (!code_add_value(x->arena, call, value, &c, &x->why))
                return false;
        x->first = value;
        *vec_push(x->arena, &x->rec.changes) = c;
        return true;
}

/* The text that the rule names is what the change-set writes: both come from the same call. */
static bool pipe_both(struct fix *x, const struct fact_argument *call, const char *text)
{
        if (isnan(rule_row_number(x->row, "fix_drop")) || !call->piped || strcmp(call->piped, text))
                return x->why = "the second command is not known", false;
        x->first = text;
        return code_pipe(x->arena, call, &x->rec, &x->why);
}

/* Writes what the row asks for first; the line that it makes needless comes after. */
static bool write_first(struct fix *x, const struct fact_argument *call, const char *arguments)
{
        if (rule_row_text(x->row, "fix_moved"))
                return move(x, call, arguments);
        return rule_row_text(x->row, "fix_piped") ? pipe_both(x, call, arguments) : give_all(x, call, arguments);
}

static bool drop(struct fix *x, const char *path)
{
        double at = rule_row_number(x->row, "fix_drop");
        struct change c;
        if (isnan(at))
                return true;
        const struct fact_argument *call = code_call(x->facts, path, (int64_t)at);
        if (!call)
                return x->why = "the line that becomes needless is not known", false;
        if (!code_remove_line(x->arena, call, &c, &x->why))
                return false;
        *vec_push(x->arena, &x->rec.changes) = c;
        return true;
}

static void describe(struct fix *x, const struct fact_argument *call, const char *arguments)
{
        bool drops = !isnan(rule_row_number(x->row, "fix_drop"));
        const struct argument_doc *doc = rule_row_text(x->row, "fix_moved") ? &moved : rule_row_text(x->row, "fix_piped") ? &piped : drops ? &joined : doc_of(x->first);
        struct arena *a = x->arena;
        x->rec.key = x->row->finding->key;
        x->rec.rule = x->row->finding->rule;
        x->rec.subject = x->row->finding->subject;
        x->rec.model = "code_fix";
        x->rec.title = arena_printf(a, rule_row_text(x->row, "fix_piped") ? "%s: one pipeline with %s%s" : "%s: give %s%s", x->rec.subject, arguments + (*arguments == '.'),
                                    drops ? ", and drop the line after it" : "");
        *vec_push(a, &x->rec.evidence) = (struct evidence){"call", arena_printf(a, rule_row_text(x->row, "fix_piped") ? "%s:%d waits for each of the two" : "%s:%d does not give it", call->path, x->row->finding->line)};
        *vec_push(a, &x->rec.evidence) = (struct evidence){
                "effect", arena_printf(a, "%s; how much is unknown: the sources do not tell how often that comes", doc->effect)};
        x->rec.cost = doc->cost;
        x->rec.risk = doc->risk;
        x->rec.risk_why = doc->risk_why;
        x->rec.confidence = 0.7;
        x->rec.undo = call->programs ? "rollback writes the old bytes back; then restart the same programs" : "rollback writes the old bytes back";
        x->rec.rank = 0.01;
}

/* Two findings may ask for the same argument, or for the first one of the same empty call: the one that comes first has it. */
static bool collides(const struct change *old, const struct change *new)
{
        bool same_place = !strcmp(old->path, new->path) && old->byte_start == new->byte_start;
        return !strcmp(old->knob, new->knob) || (same_place && new->after && (isalpha((unsigned char)*new->after) || *new->after == '_'));
}

static bool is_taken(const struct advise_out *out, const struct fix *x)
{
        for (size_t i = 0; i < out->recommendations.len; i++)
                for (size_t k = 0; k < out->recommendations.items[i].changes.len; k++)
                        for (size_t c = 0; c < x->rec.changes.len; c++)
                                if (collides(&out->recommendations.items[i].changes.items[k], &x->rec.changes.items[c]))
                                        return true;
        return false;
}

static void advise_row(const struct advise_in *in, const struct rule_row *row, struct advise_out *out)
{
        struct fix x = {.arena = in->arena, .facts = in->facts, .row = row};
        const char *value = rule_row_text(row, "fix_moved"), *text = rule_row_text(row, "fix_piped"), *path = rule_row_text(row, "file"), *unknown = rule_row_text(row, "fix_unknown");
        const char *arguments = value ? value : text ? text : rule_row_text(row, "fix_arguments");
        double at = rule_row_number(row, "fix_call");
        const struct fact_argument *call = isnan(at) ? NULL : code_call(in->facts, path, (int64_t)at);
        if (!arguments) {
                if (unknown)
                        *vec_push(in->arena, &out->unknown) = (struct evidence){row->finding->subject, unknown};
                return;
        }
        x.why = "the call is not known";
        if (!call || !write_first(&x, call, arguments) || !drop(&x, path)) {
                *vec_push(in->arena, &out->unknown) = (struct evidence){row->finding->subject, x.why};
                return;
        }
        if (is_taken(out, &x))
                return;
        describe(&x, call, arguments);
        *vec_push(in->arena, &out->recommendations) = x.rec;
}

static int advise(const struct advise_in *in, struct advise_out *out, struct err *err)
{
        (void)err;
        for (size_t i = 0; i < in->n; i++)
                advise_row(in, &in->rows[i], out);
        return 0;
}

const struct model model_code_fix = {
        .name = "code_fix",
        .doc = "arguments that a call lacks, as changes with rollback",
        .advise = advise,
};
