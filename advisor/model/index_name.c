/*
 * What a new index is called: the table, its keys, what it is partial by, its method if it is no B-tree. The name tells what the
 * index serves, so that a partial one is never taken for a whole one: messages_match_id_where_read_at_is_null_idx.
 *
 * A name that is too long is cut and gets a digest of the definition, so that two that begin alike differ, and the same index
 * has the same name tomorrow, whatever else is advised.
 */
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/digest.h"
#include "model/index_advice.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_BYTES = 63, DIGEST_SHOWN = 6, PREDICATE_WORDS_MAX = 8 };

static bool is_taken(const struct index_catalog *c, const struct advise_out *out, const char *schema, const char *name)
{
        for (size_t i = 0; i < c->indexes.len; i++)
                if (!strcmp(c->indexes.items[i].fact->name, name) && !strcmp(c->indexes.items[i].fact->schema, schema))
                        return true;
        for (size_t i = 0; i < c->tables.len; i++)
                if (!strcmp(c->tables.items[i]->name, name) && !strcmp(c->tables.items[i]->schema, schema))
                        return true;
        const char *object = arena_printf(c->arena, "%s.%s", index_quote(c->arena, schema), index_quote(c->arena, name));
        for (size_t i = 0; out && i < out->recommendations.len; i++)
                for (size_t k = 0; k < out->recommendations.items[i].changes.len; k++)
                        if (out->recommendations.items[i].changes.items[k].object && !strcmp(out->recommendations.items[i].changes.items[k].object, object))
                                return true;
        return false;
}

/* Cut between characters. */
static void cut(char *text, size_t bytes)
{
        if (strlen(text) <= bytes)
                return;
        while (bytes > 0 && (text[bytes] & 0xC0) == 0x80)
                bytes--;
        text[bytes] = '\0';
}

static bool in_word(unsigned char c)
{
        return isalnum(c) || c == '_' || c >= 0x80;
}

/* Neither directions nor the names of types and operator classes tell what it serves. */
static bool is_noise(const char *word, size_t n)
{
        static const char *const noise[] = {"DESC", "ASC", "NULLS", "FIRST", "LAST", "text", "varchar", "character", "varying", "text_pattern_ops",
                                            "varchar_pattern_ops", "bpchar_pattern_ops", "jsonb_path_ops", "gist_trgm_ops", "gin_trgm_ops", "inet_ops", NULL};
        for (const char *const *w = noise; *w; w++)
                if (strlen(*w) == n && !strncmp(*w, word, n))
                        return true;
        return false;
}

/* The words between two places of a definition, one behind the other. */
static void add_words(struct str *s, const char *from, const char *end, int max)
{
        for (const char *p = from; p < end && max > 0;) {
                const char *word = p;
                while (p < end && in_word((unsigned char)*p))
                        p++;
                if (p > word && !is_noise(word, (size_t)(p - word)) && max-- > 0) {
                        str_add_char(s, '_');
                        str_add_len(s, word, (size_t)(p - word));
                }
                if (p == word)
                        p++;
        }
}

static const char *lower_keywords(struct arena *a, const char *predicate)
{
        char *text = arena_strdup(a, predicate);
        static const char *const words[] = {"IS", "NOT", "NULL", "AND", "OR", NULL};
        for (const char *const *w = words; *w; w++)
                for (char *p = text; (p = strstr(p, *w)); p += strlen(*w))
                        if ((p == text || !in_word((unsigned char)p[-1])) && !in_word((unsigned char)p[strlen(*w)]))
                                for (size_t i = 0; i < strlen(*w); i++)
                                        p[i] = (char)tolower((unsigned char)p[i]);
        return text;
}

static char *whole_name(const struct index_catalog *c, const struct index_candidate *k)
{
        CLEANUP(str_release) struct str s = {0};
        const char *where = strstr(k->text, " WHERE "), *keys_end = where ? where : k->text + strlen(k->text);
        const char *include = strstr(k->text, " INCLUDE (");
        str_add(&s, k->table->name);
        add_words(&s, k->text, include && include < keys_end ? include : keys_end, 64);
        if (where) {
                const char *predicate = lower_keywords(c->arena, where + strlen(" WHERE "));
                str_add(&s, "_where");
                add_words(&s, predicate, predicate + strlen(predicate), PREDICATE_WORDS_MAX);
        }
        if (k->method && strcmp(k->method, "btree") != 0)
                str_printf(&s, "_%s", k->method);
        return arena_strdup(c->arena, str_text(&s));
}

const char *index_advice_name(const struct index_catalog *c, const struct index_candidate *k, const struct advise_out *out)
{
        char hex[DIGEST_HEX];
        digest_sha256(k->text, strlen(k->text), hex);
        for (int n = 0;; n++) {
                const char *suffix = n ? arena_printf(c->arena, "_idx%d", n) : "_idx";
                char *base = whole_name(c, k);
                if (strlen(base) + strlen(suffix) > NAME_MAX_BYTES) {
                        suffix = arena_printf(c->arena, "_%.*s%s", DIGEST_SHOWN, hex, suffix);
                        cut(base, NAME_MAX_BYTES - strlen(suffix));
                }
                const char *name = arena_printf(c->arena, "%s%s", base, suffix);
                if (!is_taken(c, out, k->table->schema, name))
                        return name;
        }
}
