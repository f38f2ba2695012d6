/*
 * Messages: "{subject}: p95 wait {wait_p95_ms:.1f} ms" with the columns of the row and the parameters of the rule. A noun takes the number
 * of the last figure before it: "{calls} call(s)", "{n} process(es)", "{n} quer(y|ies)".
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "base/str.h"
#include "rule/hit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLACE_MAX = 64 };

/* A {name:format} at `at`; returns what follows it, or NULL when it is malformed. */
static const char *read_place(const char *at, char name[PLACE_MAX], char format[PLACE_MAX])
{
        const char *end = strchr(at, '}');
        if (!end)
                return NULL;
        size_t len = (size_t)(end - at - 1), split = strcspn(at + 1, ":}");
        if (!split || split >= PLACE_MAX || len - split >= PLACE_MAX)
                return NULL;
        snprintf(name, PLACE_MAX, "%.*s", (int)split, at + 1);
        snprintf(format, PLACE_MAX, "%.*s", split < len ? (int)(len - split - 1) : 0, at + 1 + split + 1);
        return end + 1;
}

static bool is_decimals(const char *f)
{
        return f[0] == '.' && f[1] >= '0' && f[1] <= '6' && f[2] == 'f' && !f[3];
}

static bool known_format(const char *f)
{
        static const char *const known[] = {"", "%", "bytes", "ms", "s", "age", "count", "list", NULL};
        for (const char *const *k = known; *k; k++)
                if (!strcmp(*k, f))
                        return true;
        return is_decimals(f);
}

/* A figure without a format: texts and whole numbers as they are, others with three digits that count. */
static void add_plain(struct str *s, const char *text, double v)
{
        if (isnan(v) || (v == floor(v) && !strpbrk(text, ".e")))
                str_add(s, text);
        else if (v == floor(v) || fabs(v) >= 1000)
                str_printf(s, "%.0f", v);
        else
                str_printf(s, "%.3g", v);
}

/* Seconds as people say them: 45 s, 12 min, 3.5 h, 12 d. */
static void add_age(struct str *s, double v)
{
        if (v < 120)
                str_printf(s, "%.0f s", v);
        else if (v < 7200)
                str_printf(s, "%.0f min", v / 60);
        else if (v < 48 * 3600)
                str_printf(s, "%.1f h", v / 3600);
        else
                str_printf(s, "%.0f d", v / 86400);
}

/* A JSON array of names (that is how views give columns) as people write it: a, b. */
static void add_list(struct str *s, const char *text)
{
        for (const char *p = text; *p; p++)
                if (*p == ',')
                        str_add(s, ", ");
                else if (!strchr("[]\"", *p))
                        str_add_char(s, *p);
}

static void add_value(struct str *s, const char *format, const char *text, double v)
{
        char buf[32];
        if (text && !strcmp(format, "list"))
                add_list(s, text);
        else if (!text || (*format && isnan(v)))
                str_add(s, "unknown");
        else if (!strcmp(format, "%"))
                str_add(s, num_percent(buf, v));
        else if (!strcmp(format, "bytes"))
                str_add(s, num_bytes(buf, v));
        else if (!strcmp(format, "ms"))
                str_add(s, num_ms(buf, v));
        else if (!strcmp(format, "s"))
                str_add(s, num_ms(buf, v * 1000));
        else if (!strcmp(format, "count"))
                str_add(s, num_count(buf, v));
        else if (!strcmp(format, "age"))
                add_age(s, v);
        else if (is_decimals(format))
                str_printf(s, "%.*f", format[1] - '0', v);
        else
                add_plain(s, text, v);
}

static void add_named(struct str *s, const struct hit *hit, const char *name, const char *format)
{
        for (size_t i = 0; i < hit->n; i++)
                if (!strcmp(hit->names[i], name)) {
                        add_value(s, format, hit->texts[i], hit->numbers[i]);
                        return;
                }
        const struct rule_param *p = rule_param_get(hit->params, name);
        add_value(s, format, p ? p->text : NULL, p ? p->number : NAN);
}

/* "(s)", "(es)" or "(y|ies)" right after a word: the ending that goes with the figure before it. Returns what follows it, NULL: something else. */
static const char *add_ending(struct str *s, const char *at, const char *figure)
{
        static const struct {
                const char *text, *one, *many;
        } endings[] = {{"(s)", "", "s"}, {"(es)", "", "es"}, {"(y|ies)", "y", "ies"}};
        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
                if (!strncmp(at, endings[i].text, strlen(endings[i].text))) {
                        str_add(s, !strcmp(figure, "1") ? endings[i].one : endings[i].many);
                        return at + strlen(endings[i].text);
                }
        return NULL;
}

const char *rule_message(struct arena *a, const struct rule *rule, const struct hit *hit)
{
        CLEANUP(str_release) struct str s = {0}, figure = {0};
        for (const char *at = rule->message; *at;) {
                char name[PLACE_MAX], format[PLACE_MAX];
                if (*at != '{' && *at != '}') {
                        const char *rest = *at == '(' ? add_ending(&s, at, str_text(&figure)) : NULL;
                        if (!rest)
                                str_add_char(&s, *at);
                        at = rest ? rest : at + 1;
                } else if (at[1] == at[0]) {
                        str_add_char(&s, at[0]);
                        at += 2;
                } else {
                        const char *rest = *at == '{' ? read_place(at, name, format) : NULL;
                        if (rest) {
                                str_clear(&figure);
                                add_named(&figure, hit, name, format);
                                str_add(&s, str_text(&figure));
                        }
                        at = rest ? rest : at + 1;
                }
        }
        return arena_strdup(a, str_text(&s));
}

static bool is_known(const struct rule *rule, const char *const *names, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (!strcmp(names[i], name))
                        return true;
        if (rule_param_get(&rule->params, name) || !strncmp(name, "objective_", 10))
                return true;
        for (size_t i = 0; i < rule->levels.len; i++)
                if (rule_param_get(&rule->levels.items[i].params, name))
                        return true;
        return false;
}

int rule_message_check(const struct rule *rule, const char *const *names, size_t n, struct err *err)
{
        for (const char *at = rule->message; *at;) {
                char name[PLACE_MAX], format[PLACE_MAX];
                if ((*at != '{' && *at != '}') || at[1] == at[0]) {
                        at += *at == '{' || *at == '}' ? 2 : 1;
                        continue;
                }
                const char *rest = *at == '{' ? read_place(at, name, format) : NULL;
                if (!rest)
                        return err_at(err, ERR_CONFIG, rule->file, rule->message_line, 0, "rule '%s': a lone brace in the message", rule->id);
                if (!is_known(rule, names, n, name))
                        return err_at(err, ERR_CONFIG, rule->file, rule->message_line, 0, "rule '%s': the message names '%s', which is no column",
                                      rule->id, name);
                if (!known_format(format))
                        return err_at(err, ERR_CONFIG, rule->file, rule->message_line, 0, "rule '%s': unknown format '%s' in the message", rule->id,
                                      format);
                at = rest;
        }
        return 0;
}
