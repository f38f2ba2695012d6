#include "probes/redis/pattern.h"
#include "base/str.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A word of a pattern is kept when at least this many keys have it, and a place has at most this many different words. */
enum { SHARED_KEYS_MIN = 3, WORDS_PER_PLACE_MAX = 24, WORD_MAX = 32, WORDS_MAX = 12 };

static bool is_delimiter(unsigned char c)
{
        return c && strchr(":/|.;,#", c);
}

static bool looks_like_uuid(const char *w, size_t len)
{
        if (len != 36)
                return false;
        for (size_t i = 0; i < len; i++) {
                bool dash = i == 8 || i == 13 || i == 18 || i == 23;
                if (dash ? w[i] != '-' : !isxdigit((unsigned char)w[i]))
                        return false;
        }
        return true;
}

struct census {
        size_t digits, hex, letters, odd;
};

static struct census count_bytes(const char *w, size_t len)
{
        struct census c = {0};
        for (size_t i = 0; i < len; i++) {
                unsigned char b = (unsigned char)w[i];
                c.digits += isdigit(b) != 0;
                c.hex += isxdigit(b) != 0;
                c.letters += isalpha(b) != 0;
                c.odd += !isalnum(b) && b != '_' && b != '-' && b != '{' && b != '}';
        }
        return c;
}

/* user17 -> user{n}, v2-cache stays readable: runs of digits only. */
static size_t copy_without_digits(const char *w, size_t len, char *out)
{
        size_t n = 0;
        for (size_t i = 0; i < len; i++) {
                if (!isdigit((unsigned char)w[i])) {
                        out[n++] = w[i];
                        continue;
                }
                while (i + 1 < len && isdigit((unsigned char)w[i + 1]))
                        i++;
                memcpy(out + n, "{n}", 3);
                n += 3;
        }
        return n;
}

static size_t replace_word(const char *w, size_t len, char out[3 * WORD_MAX])
{
        struct census c = count_bytes(w, len);
        const char *as = NULL;
        if (!len)
                return 0;
        if (c.digits == len)
                as = "{n}";
        else if (looks_like_uuid(w, len))
                as = "{uuid}";
        else if (c.hex == len && len >= 8 && c.digits)
                as = "{hex}";
        else if (c.odd || len > WORD_MAX || (len >= 16 && c.digits && c.letters))
                as = "{s}";
        if (!as)
                return copy_without_digits(w, len, out);
        return (size_t)sprintf(out, "%s", as);
}

void key_pattern(const char *key, size_t len, char ret[PATTERN_MAX])
{
        size_t n = 0, from = 0;
        for (size_t i = 0; i <= len; i++) {
                if (i < len && !is_delimiter((unsigned char)key[i]))
                        continue;
                char word[3 * WORD_MAX];
                size_t w = replace_word(key + from, i - from, word);
                if (n + w + 8 > PATTERN_MAX) {
                        memcpy(ret + n, "{s}", 3);
                        n += 3;
                        break;
                }
                memcpy(ret + n, word, w);
                n += w;
                if (i < len)
                        ret[n++] = key[i];
                from = i + 1;
        }
        ret[n] = 0;
}

/* The words of a pattern with the delimiter that follows each. */
struct words {
        char word[WORDS_MAX][PATTERN_MAX];
        char after[WORDS_MAX];
        size_t len;
};

static void split(const char *pattern, struct words *w)
{
        size_t n = 0;
        w->len = 0;
        for (const char *p = pattern;; p++) {
                bool end = !*p, cut = is_delimiter((unsigned char)*p) && w->len + 1 < WORDS_MAX;
                if (!end && !cut) {
                        w->word[w->len][n++] = *p;
                        continue;
                }
                w->word[w->len][n] = 0;
                w->after[w->len++] = *p;
                n = 0;
                if (end)
                        return;
        }
}

static void join(const struct words *w, char ret[PATTERN_MAX])
{
        size_t n = 0;
        for (size_t i = 0; i < w->len; i++) {
                size_t len = strlen(w->word[i]);
                if (n + len + 2 > PATTERN_MAX)
                        break;
                memcpy(ret + n, w->word[i], len);
                n += len;
                if (w->after[i])
                        ret[n++] = w->after[i];
        }
        ret[n] = 0;
}

static bool is_variable(const char *word)
{
        return !*word || (*word == '{' && word[strlen(word) - 1] == '}');
}

void pattern_coarse(const char *pattern, char ret[PATTERN_MAX])
{
        struct words w;
        split(pattern, &w);
        for (size_t i = w.len > 1; i < w.len; i++)
                if (!is_variable(w.word[i]))
                        strcpy(w.word[i], "{s}");
        join(&w, ret);
}

struct pattern *pattern_find(struct arena *a, struct patterns *t, const char *text)
{
        for (size_t i = 0; i < t->len; i++)
                if (!strcmp(t->items[i].text, text))
                        return &t->items[i];
        if (t->len == PATTERNS_MAX)
                return NULL;
        struct pattern *p = vec_push(a, t);
        *p = (struct pattern){0};
        snprintf(p->text, sizeof p->text, "%s", text);
        return p;
}

static void merge(struct pattern *into, const struct pattern *from)
{
        if (!into->keys)
                memcpy(into->type, from->type, sizeof into->type);
        else if (*from->type && strcmp(into->type, from->type))
                strcpy(into->type, *into->type ? "mixed" : from->type);
        into->keys += from->keys;
        into->sampled += from->sampled;
        into->no_ttl += from->no_ttl;
        into->ttl_known += from->ttl_known;
        into->ttl_sum_s += from->ttl_sum_s;
        into->bytes_sum += from->bytes_sum;
        into->bytes_known += from->bytes_known;
        if (from->largest_bytes > into->largest_bytes)
                into->largest_bytes = from->largest_bytes;
        if (from->largest_elements > into->largest_elements)
                into->largest_elements = from->largest_elements;
}

/* Same number of words, and the same words before place `at`: competitors for that place. */
static bool rivals(const struct words *a, const struct words *b, size_t at)
{
        if (a->len != b->len)
                return false;
        for (size_t i = 0; i < at; i++)
                if (strcmp(a->word[i], b->word[i]))
                        return false;
        return true;
}

/* Keys that share the word of pattern i at a place, and how many other words compete there. */
static void look_at_place(const struct patterns *t, const struct words *all, size_t i, size_t at, int64_t *ret_keys, size_t *ret_words)
{
        int64_t keys = 0;
        size_t words = 0;
        for (size_t k = 0; k < t->len; k++) {
                if (!rivals(&all[i], &all[k], at))
                        continue;
                if (!strcmp(all[i].word[at], all[k].word[at]))
                        keys += t->items[k].keys;
                else if (!is_variable(all[k].word[at]))
                        words++;
        }
        *ret_keys = keys;
        *ret_words = words;
}

/* Makes the words of one place {s} where they are not shared; decided for all patterns before any is changed. */
static void settle_place(struct arena *a, const struct patterns *t, struct words *all, size_t at)
{
        bool *vary = arena_alloc(a, t->len + 1);
        for (size_t i = 0; i < t->len; i++) {
                int64_t keys;
                size_t words;
                if (at >= all[i].len || is_variable(all[i].word[at]))
                        continue;
                look_at_place(t, all, i, at, &keys, &words);
                vary[i] = keys < SHARED_KEYS_MIN || words > WORDS_PER_PLACE_MAX;
        }
        for (size_t i = 0; i < t->len; i++)
                if (vary[i])
                        strcpy(all[i].word[at], "{s}");
}

void pattern_settle(struct arena *a, struct patterns *t)
{
        struct words *all = arena_alloc(a, (t->len + 1) * sizeof *all);
        for (size_t i = 0; i < t->len; i++)
                split(t->items[i].text, &all[i]);
        for (size_t at = 0; at < WORDS_MAX; at++)
                settle_place(a, t, all, at);
        struct patterns settled = {.beyond = t->beyond};
        for (size_t i = 0; i < t->len; i++) {
                char text[PATTERN_MAX];
                join(&all[i], text);
                struct pattern *into = pattern_find(a, &settled, text);
                if (into)
                        merge(into, &t->items[i]);
        }
        *t = settled;
}
