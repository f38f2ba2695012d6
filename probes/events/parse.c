#include "probes/events/parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool printable(const char *s, size_t max)
{
        size_t n = 0;
        for (; s[n]; n++)
                if (n >= max || (unsigned char)s[n] < 0x20 || s[n] == 0x7f)
                        return false;
        return n > 0;
}

static bool parse_value(const char *text, double *ret)
{
        char *end;
        if (!*text || strpbrk(text, "xXnN")) /* no hexadecimal, no nan, no inf */
                return false;
        *ret = strtod(text, &end);
        return end != text && !*end && isfinite(*ret);
}

static void take_tag(struct event *e, char *tag)
{
        static const struct {
                const char *name;
                size_t at;
        } known[] = {
                {"pid", offsetof(struct event, pid)},           {"program", offsetof(struct event, program)},
                {"seq", offsetof(struct event, seq)},           {"pool", offsetof(struct event, pool)},
                {"op", offsetof(struct event, op)},             {"peer", offsetof(struct event, peer)},
                {"handler", offsetof(struct event, handler)},   {"state", offsetof(struct event, state)},
                {"tier", offsetof(struct event, tier)},         {"hit", offsetof(struct event, hit)},
                {"template", offsetof(struct event, template_)}, {"key", offsetof(struct event, key)},
                {"bytes", offsetof(struct event, bytes)},       {"ttl", offsetof(struct event, ttl)},
                {"load_us", offsetof(struct event, load_us)},
        };
        char *colon = strchr(tag, ':');
        if (!colon)
                return;
        *colon = 0;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
                if (!strcmp(tag, known[i].name) && printable(colon + 1, EVENT_TEXT_MAX))
                        *(const char **)((char *)e + known[i].at) = colon + 1;
}

static void take_tags(struct event *e, char *tags)
{
        for (char *save = NULL, *t = strtok_r(tags, ",", &save); t; t = strtok_r(NULL, ",", &save))
                take_tag(e, t);
}

static enum event_type type_of(const char *text)
{
        if (!strcmp(text, "c"))
                return EVENT_COUNT;
        if (!strcmp(text, "g"))
                return EVENT_GAUGE;
        return !strcmp(text, "ms") ? EVENT_MS : EVENT_OTHER;
}

bool event_parse(char *line, size_t len, struct event *ret)
{
        *ret = (struct event){.rate = 1};
        if (len > EVENT_LINE_MAX || memchr(line, 0, len))
                return false;
        char *save = NULL, *colon = memchr(line, ':', len), *bar = memchr(line, '|', len);
        if (!colon || !bar || colon > bar)
                return false;
        *colon = 0;
        ret->name = line;
        if (!printable(line, EVENT_TEXT_MAX))
                return false;
        *bar = 0;
        ret->more = strchr(colon + 1, ':');
        if (ret->more)
                *ret->more++ = 0;
        if (!parse_value(colon + 1, &ret->value))
                return false;
        char *part = strtok_r(bar + 1, "|", &save);
        if (!part)
                return false;
        ret->type = type_of(part);
        while ((part = strtok_r(NULL, "|", &save))) {
                if (*part == '@' && (!parse_value(part + 1, &ret->rate) || !(ret->rate > 1e-6 && ret->rate <= 1)))
                        return false;
                if (*part == '#')
                        take_tags(ret, part + 1);
        }
        return true;
}

bool event_next(struct event *e)
{
        char *text = e->more;
        if (!text)
                return false;
        e->more = strchr(text, ':');
        if (e->more)
                *e->more++ = 0;
        return parse_value(text, &e->value);
}

int64_t event_number(const char *text, int64_t min, int64_t max, int64_t otherwise)
{
        char *end;
        if (!text || !*text)
                return otherwise;
        long long v = strtoll(text, &end, 10);
        return *end || v < min || v > max ? otherwise : v;
}

uint64_t event_key(const char *text)
{
        char *end;
        if (strlen(text) == 16 && strspn(text, "0123456789abcdefABCDEF") == 16)
                return strtoull(text, &end, 16);
        uint64_t h = 0xcbf29ce484222325; /* FNV-1a */
        for (; *text; text++)
                h = (h ^ (unsigned char)*text) * 0x100000001b3;
        return h;
}
