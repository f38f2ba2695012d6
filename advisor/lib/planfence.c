#include "lib/planfence.h"
#include "lib/pg.h"
#include "lib/plannable_impl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Stable functions of the server that read whatever relations there are: views of others with all that these call. */
#define READS_ALL "^(table|schema|database|cursor|query)_to_xml"

/*
 * Functions that planning may run and that are not ours, nor a superuser's; then what depends on them: operators, types, casts, indexes,
 * policies, constraints, defaults and rules, with the tables and views that these belong to, the parents of these tables, and what uses such a
 * view. A volatile function is run by the check of a domain, to which EXECUTE converts its parameters. What the server itself defines is not in
 * pg_depend: READS_ALL is looked for in the trees of views and policies, by a part of its identifiers.
 */
const char planfence_sql[] =
        "WITH RECURSIVE bad(class, oid, owner) AS (SELECT 'pg_proc'::regclass::oid, p.oid, o.rolname FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner"
        " JOIN pg_language l ON l.oid = p.prolang WHERE NOT o.rolsuper AND o.rolname <> current_user"
        " AND (p.provolatile <> 'v' OR l.lanname = 'sql' OR p.oid IN (SELECT coalesce(x.oprcode::oid, d.refobjid) FROM pg_constraint c"
        "  JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid"
        "  LEFT JOIN pg_operator x ON d.refclassid = 'pg_operator'::regclass AND x.oid = d.refobjid WHERE c.contypid <> 0))"
        " AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)"
        " UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, o.rolname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_roles o ON o.oid = c.relowner"
        "  WHERE r.oid >= 16384 AND NOT o.rolsuper AND r.ev_action::text LIKE '%:funcid 29%' AND r.ev_action::text ~ ':funcid 29[23]'"
        " UNION ALL SELECT 'pg_policy'::regclass, y.oid, o.rolname FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid JOIN pg_roles o ON o.oid = c.relowner"
        "  WHERE NOT o.rolsuper AND concat(y.polqual, y.polwithcheck) ~ ':funcid 29[23]'"
        " UNION SELECT x.class, x.oid, b.owner FROM bad b CROSS JOIN LATERAL ("
        "  SELECT d.classid, d.objid FROM pg_depend d WHERE d.refclassid = b.class AND d.refobjid = b.oid AND d.deptype <> 'e'"
        "   AND d.classid <> 'pg_trigger'::regclass AND (b.class <> 'pg_class'::regclass"
        "   OR d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass))"
        "  UNION ALL SELECT d.refclassid, d.refobjid FROM pg_depend d WHERE d.classid = b.class AND d.objid = b.oid"
        "   AND b.class NOT IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass) AND (d.deptype IN ('a', 'i')"
        "   OR b.class = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass"
        "   OR b.class = 'pg_cast'::regclass AND d.refobjid >= 16384)"
        "   AND d.refclassid IN ('pg_class'::regclass, 'pg_type'::regclass)) x(class, oid))"
        " SELECT DISTINCT n.kind, n.name, b.owner FROM bad b CROSS JOIN LATERAL ("
        "  SELECT 'f', proname FROM pg_proc WHERE b.class = 'pg_proc'::regclass AND oid = b.oid"
        "  UNION ALL SELECT 'r', relname FROM pg_class WHERE b.class = 'pg_class'::regclass AND oid = b.oid AND relkind IN ('r', 'p', 'v', 'm', 'f')"
        "  UNION ALL SELECT 't', relname FROM pg_class WHERE b.class = 'pg_class'::regclass AND oid = b.oid AND relkind = 'c'"
        "  UNION ALL SELECT 't', typname FROM pg_type WHERE b.class = 'pg_type'::regclass AND oid = b.oid AND typrelid = 0"
        "  UNION ALL SELECT 'o', oprname FROM pg_operator WHERE b.class = 'pg_operator'::regclass AND oid = b.oid) n(kind, name)"
        " UNION SELECT 'f', proname, '' FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '" READS_ALL "' LIMIT 20001";

enum { NAMES_MAX = 20000, NAME_BYTES_MAX = 63 };

struct entry {
        const char *name, *owner;
        char kind;
};

struct planfence {
        VEC(struct entry) names;     /* sorted */
        VEC(struct entry) operators; /* few: looked for anywhere in the text */
        bool cut;                    /* there are more than are listed */
};

static int compare(const void *x, const void *y)
{
        const struct entry *a = x, *b = y;
        int c = strcmp(a->name, b->name);
        return c ? c : a->kind - b->kind;
}

struct planfence *planfence_read(struct arena *a, const struct pg_rows *rows)
{
        struct planfence *f = arena_new_of(a, struct planfence);
        for (int i = 0; i < pg_count(rows); i++) {
                struct entry e = {arena_strdup(a, pg_text(rows, i, 1)), arena_strdup(a, pg_text(rows, i, 2)), *pg_text(rows, i, 0)};
                if (e.kind == 'o')
                        *vec_push(a, &f->operators) = e;
                else
                        *vec_push(a, &f->names) = e;
        }
        f->cut = pg_count(rows) > NAMES_MAX;
        if (f->names.len)
                qsort(f->names.items, f->names.len, sizeof *f->names.items, compare);
        return f;
}

/* A longer name is cut off, between characters. */
static const char *cut_name(char *name)
{
        size_t n = strlen(name) > NAME_BYTES_MAX ? NAME_BYTES_MAX : strlen(name);
        while (name[n] && n && ((unsigned char)name[n] & 0xC0) == 0x80)
                n--;
        name[n] = 0;
        return name;
}

/* As the server reads a name: small letters, or what stands in the double quotes. */
static const char *name_of(struct arena *a, const struct token *t)
{
        char *name = arena_strdup(a, t->text);
        if (t->kind == TOKEN_WORD) {
                for (char *p = name; *p; p++)
                        *p = (char)tolower((unsigned char)*p);
                return cut_name(name);
        }
        if (t->kind != TOKEN_QUOTED || *name != '"')
                return NULL;
        char *to = name;
        for (const char *p = t->text + 1; *p && !(p[0] == '"' && p[1] != '"'); p++) {
                p += p[0] == '"';
                *to++ = *p;
        }
        *to = 0;
        return cut_name(name);
}

/* f(x), and x.f, which is the same. */
static bool is_call(const struct tokens *t, long i)
{
        return tokens_is(t, tokens_near(t, i, 1), "(") || tokens_is(t, tokens_near(t, i, -1), ".");
}

/* FROM t, and the type of its rows: x::t, CAST(x AS t), t '(1)'. */
static bool is_relation(const struct tokens *t, long i)
{
        static const char *const before[] = {"from", "join", ",", "update", "into", "using", "only", "(", "table", "::", "as", NULL};
        if (tokens_is_literal(t, tokens_near(t, i, 1)))
                return true;
        while (tokens_is(t, tokens_near(t, i, -1), "."))
                i = tokens_near(t, tokens_near(t, i, -1), -1);
        return tokens_is_any(t, tokens_near(t, i, -1), before);
}

static bool is_used(const struct tokens *t, long i, char kind)
{
        return kind == 't' || (kind == 'f' ? is_call(t, i) : is_relation(t, i));
}

static const char *refusal(struct arena *a, const struct entry *e)
{
        return arena_printf(a, "not planned: \"%s\" leads to a function of %s%s, which planning could run with the rights of this role", e->name,
                            *e->owner ? "role " : "any role", e->owner);
}

const char *planfence_refuses(const struct planfence *f, struct arena *a, const char *text)
{
        struct tokens t;
        if (!f)
                return NULL;
        if (f->cut)
                return "not planned: more names lead to functions of other roles than can be told apart";
        for (size_t i = 0; i < f->operators.len; i++)
                if (strstr(text, f->operators.items[i].name))
                        return refusal(a, &f->operators.items[i]);
        if (strstr(text, "U&\"") || strstr(text, "u&\"")) /* names in escapes */
                return "not planned: a name is written in Unicode escapes";
        tokens_read(a, text, &t);
        for (size_t i = 0; f->names.len && i < t.v.len; i++) {
                struct entry key = {.name = name_of(a, &t.v.items[i])};
                for (const char *kind = "frt"; key.name && *kind; kind++) {
                        key.kind = *kind;
                        const struct entry *found = bsearch(&key, f->names.items, f->names.len, sizeof key, compare);
                        if (found && is_used(&t, (long)i, *kind))
                                return refusal(a, found);
                }
        }
        return NULL;
}
