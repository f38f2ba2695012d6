/*
 * Dockerfiles: CMD, ENTRYPOINT and WORKDIR (the last one counts), ENV as entries ENV.NAME. Continued lines are joined, comments
 * between them are left out by cutting the value there.
 */
#include "probes/source/config/config.h"

#include <ctype.h>
#include <strings.h>

static bool continues(const struct file *f, struct span line)
{
        return line.end > line.start && f->bytes[line.end - 1] == '\\';
}

static bool is_word(const struct file *f, struct span s, const char *word)
{
        size_t n = s.end - s.start;
        for (size_t i = 0; i < n; i++)
                if (toupper((unsigned char)f->bytes[s.start + i]) != word[i])
                        return false;
        return !word[n];
}

/* ENV A=1 B="2 3", or ENV A the rest of the line. */
static void read_env(struct file *f, struct span s)
{
        uint32_t end = span_find(f, s, " \t=");
        if (end < s.end && f->bytes[end] != '=') {
                config_add(f, config_key(f, "ENV", span_text(f, (struct span){s.start, end})), span_trim(f, (struct span){end, s.end}), false);
                return;
        }
        while (s.start < s.end) {
                s.end = span_trim(f, s).end;
                uint32_t eq = span_find(f, s, "="), next;
                if (eq == s.end)
                        return;
                struct span key = span_trim(f, (struct span){s.start, eq}), value = {eq + 1, s.end};
                bool quoted = span_unquote(f, &value);
                if (!quoted)
                        value.end = span_find(f, value, " \t\n\\");
                next = value.end + quoted;
                config_add(f, config_key(f, "ENV", span_text(f, key)), value, quoted);
                while (next < s.end && (isspace((unsigned char)f->bytes[next]) || f->bytes[next] == '\\'))
                        next++;
                s.start = next;
        }
}

static void read_instruction(struct file *f, struct span line)
{
        static const char *const kept[] = {"CMD", "ENTRYPOINT", "WORKDIR", "FROM"};
        struct span word = {line.start, span_find(f, line, " \t")}, rest = span_trim(f, (struct span){word.end, line.end});
        if (is_word(f, word, "ENV"))
                read_env(f, rest);
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
                if (is_word(f, word, kept[i]))
                        config_add(f, kept[i], rest, false);
}

void config_read_dockerfile(struct file *f)
{
        for (size_t l = 0; l < f->line_count; l++) {
                struct span line = span_trim(f, config_line(f, l));
                if (line.start == line.end || f->bytes[line.start] == '#')
                        continue;
                while (continues(f, line) && l + 1 < f->line_count) {
                        struct span next = span_trim(f, config_line(f, ++l));
                        line.end = next.end > line.end ? next.end : line.end;
                }
                read_instruction(f, line);
        }
}
