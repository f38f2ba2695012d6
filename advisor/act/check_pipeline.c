/*
 * The edits of one pipeline, in the order of the file:
 *
 *      n| = await r|.incr(key)|        ", _"  ".pipeline(transaction=False)"  ".expire(key, 60).execute()"
 *      await r.expire(key, 60)         the whole line goes
 *
 * All of the inserted text is fixed but for the second command, which must be, byte for byte, what goes. What stands around is
 * looked up in the tree of the old text: two statements at one indentation, each one command and nothing else, on the same
 * client and awaited alike; and no other `_` in the function.
 */
#include "act/check_pipeline.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define OPENS ".pipeline(transaction=False)"
#define CLOSES ".execute()"
#define BINDS ", _"

struct range {
        size_t start, end;
};

struct kinds {
        uint16_t call, attribute, identifier, statement, list, function;
};

struct pipeline {
        const struct syntax_tree *tree;
        const char *bytes;
        size_t len;
        struct kinds kind;
        const struct edit *bind, *open, *close, *drop; /* bind may be NULL */
        struct range client, call, first, second, function; /* first, second: the statements */
        bool has_method, has_arguments, knows_underscore;
        int first_calls, second_calls;
};

static bool is_insertion(const struct edit *e, const char *text)
{
        return e->start == e->end && !strcmp(e->after, text);
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static size_t skip(const struct pipeline *p, size_t at, const char *of)
{
        while (at < p->len && p->bytes[at] && strchr(of, p->bytes[at]))
                at++;
        return at;
}

static bool within(const struct syntax_node *n, struct range r)
{
        return n->start >= r.start && n->end <= r.end;
}

/* ── What the old tree has at the places of the edits ──────────────────────────────────────────────────────────────── */

static bool find_client(void *arg, const struct syntax_node *n)
{
        struct pipeline *p = arg;
        bool names = n->kind == p->kind.attribute || n->kind == p->kind.identifier;
        if (n->kind == p->kind.statement && n->end == (size_t)p->close->start)
                p->first = (struct range){n->start, n->end};
        if (n->kind == p->kind.function && n->start < (size_t)p->open->start && n->end >= (size_t)p->close->start)
                p->function = (struct range){n->start, n->end}; /* the innermost comes last */
        if (names && n->end == (size_t)p->open->start && !p->client.end)
                p->client = (struct range){n->start, n->end};
        return true;
}

static bool find_rest(void *arg, const struct syntax_node *n)
{
        struct pipeline *p = arg;
        if (n->kind == p->kind.call) {
                p->first_calls += within(n, p->first);
                p->second_calls += within(n, p->second);
                if (n->start == p->client.start && n->end == p->first.end)
                        p->call = (struct range){n->start, n->end};
        }
        if (n->kind == p->kind.list && n->end == p->first.end)
                p->has_arguments = true;
        if (n->kind == p->kind.attribute && n->start == p->client.start && n->end > p->client.end && n->end < p->len)
                p->has_method |= p->bytes[p->client.end] == '.' && p->bytes[n->end] == '(';
        if (n->kind == p->kind.statement && n->start == p->second.start && n->end == p->second.end)
                p->second_calls += 100;
        if (n->kind == p->kind.identifier && n->end - n->start == 1 && p->bytes[n->start] == '_' && within(n, p->function))
                p->knows_underscore = true;
        return true;
}

/* ── The words around ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* [start, end) is "await" and blanks, or nothing. */
static bool is_await(const struct pipeline *p, size_t start, size_t end, bool *ret_awaited)
{
        *ret_awaited = end - start > 5 && !memcmp(p->bytes + start, "await", 5);
        for (size_t i = start + (*ret_awaited ? 5 : 0); i < end; i++)
                if (!is_blank(p->bytes[i]))
                        return false;
        return !*ret_awaited || is_blank(p->bytes[start + 5]);
}

/* "n = " before the command, where the result has a name. Where it has none, nothing. */
static bool skip_binding(const struct pipeline *p, size_t *at)
{
        size_t i = *at;
        if (!p->bind)
                return true;
        while (i < p->len && (isalnum((unsigned char)p->bytes[i]) || p->bytes[i] == '_' || (unsigned char)p->bytes[i] >= 0x80))
                i++;
        if (i == *at || i != (size_t)p->bind->start)
                return false;
        i = skip(p, i, " \t");
        if (i + 1 >= p->len || p->bytes[i] != '=' || p->bytes[i + 1] == '=')
                return false;
        *at = skip(p, i + 1, " \t");
        return *at <= p->client.start;
}

/* Both begin their lines, at the same indentation; behind the first there may be a comment, and then comes the line that goes. */
static bool follow_each_other(const struct pipeline *p)
{
        size_t begin = p->first.start, at = skip(p, p->first.end, " \t"), drop = (size_t)p->drop->start;
        while (begin && is_blank(p->bytes[begin - 1]))
                begin--;
        if (begin && p->bytes[begin - 1] != '\n')
                return false;
        if (at < p->len && p->bytes[at] == '#')
                while (at < p->len && p->bytes[at] != '\n')
                        at++;
        size_t indent = p->first.start - begin;
        return skip(p, at, " \t\r\n") == p->second.start && drop > p->first.end && p->bytes[drop - 1] == '\n' && p->second.start - drop == indent &&
               !memcmp(p->bytes + begin, p->bytes + drop, indent);
}

/* What goes is the client and the inserted command. */
static bool is_moved(const struct pipeline *p, size_t at)
{
        size_t client = p->client.end - p->client.start, n = strlen(p->close->after), closes = strlen(CLOSES);
        if (n <= closes || strcmp(p->close->after + n - closes, CLOSES) || p->close->after[0] != '.')
                return false;
        return p->second.end - at == client + n - closes && !memcmp(p->bytes + at, p->bytes + p->client.start, client) &&
               !memcmp(p->bytes + at + client, p->close->after, n - closes);
}

static const char *judge(struct pipeline *p)
{
        size_t from = (size_t)p->drop->start, to = (size_t)p->drop->end, start;
        bool awaited, awaited_too;
        p->second.start = skip(p, from, " \t");
        while (to > p->second.start && strchr(" \t\r\n", p->bytes[to - 1]))
                to--;
        p->second.end = to;
        syntax_walk(p->tree, find_client, p);
        if (!p->client.end || !p->first.end || p->client.start < p->first.start)
                return "a pipeline where no command stands";
        syntax_walk(p->tree, find_rest, p);
        if (!p->call.end || !p->has_method || !p->has_arguments || p->first_calls != 1 || p->second_calls != 101)
                return "a pipeline of what is not two commands";
        if (!follow_each_other(p))
                return "a pipeline of statements that do not follow each other";
        start = p->first.start;
        if (!skip_binding(p, &start) || !is_await(p, start, p->client.start, &awaited))
                return "a pipeline whose result is taken otherwise";
        if (p->bind && (!p->function.end || p->knows_underscore))
                return "the name _ is used";
        start = p->second.start + (str_starts(p->bytes + p->second.start, "await") && p->second.end - p->second.start > 5 && is_blank(p->bytes[p->second.start + 5]) ? 5 : 0);
        awaited_too = start != p->second.start;
        return awaited == awaited_too && is_moved(p, skip(p, start, " \t")) ? NULL : "a pipeline of something else than the command that goes";
}

bool check_pipelines(const struct syntax_tree *old, const char *bytes, size_t len, const struct edit *edits, size_t n, bool *ret_mine, const char **ret_why)
{
        struct kinds kind = {syntax_kind(SYNTAX_PYTHON, "call", true), syntax_kind(SYNTAX_PYTHON, "attribute", true), syntax_kind(SYNTAX_PYTHON, "identifier", true),
                             syntax_kind(SYNTAX_PYTHON, "expression_statement", true), syntax_kind(SYNTAX_PYTHON, "argument_list", true),
                             syntax_kind(SYNTAX_PYTHON, "function_definition", true)};
        for (size_t i = 0; i < n; i++) {
                struct pipeline p = {.tree = old, .bytes = bytes, .len = len, .kind = kind, .open = &edits[i]};
                if (!is_insertion(&edits[i], OPENS))
                        continue;
                bool whole = i + 2 < n && edits[i + 1].start == edits[i + 1].end && edits[i + 2].end > edits[i + 2].start && !*edits[i + 2].after;
                *ret_why = "a pipeline that is not whole";
                if (!whole)
                        return false;
                p.bind = i && is_insertion(&edits[i - 1], BINDS) ? &edits[i - 1] : NULL;
                p.close = &edits[i + 1];
                p.drop = &edits[i + 2];
                if ((*ret_why = judge(&p)))
                        return false;
                ret_mine[i] = ret_mine[i + 1] = true;
                if (p.bind)
                        ret_mine[i - 1] = true;
        }
        return true;
}
