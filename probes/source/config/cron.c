/*
 * cron tables: "cron" entries are the commands, "env.NAME" what they get. The user that the tables of /etc have before the
 * command is left out.
 */
#include "probes/source/config/config.h"

#include <ctype.h>
#include <string.h>

static struct span next_word(const struct file *f, struct span *rest)
{
        *rest = span_trim(f, *rest);
        struct span word = {rest->start, span_find(f, *rest, " \t")};
        rest->start = word.end;
        return word;
}

static bool is_field(const struct file *f, struct span s)
{
        for (uint32_t i = s.start; i < s.end; i++)
                if (!isalnum((unsigned char)f->bytes[i]) && !strchr("*/,-?~#", f->bytes[i]))
                        return false;
        return s.start < s.end && (isdigit((unsigned char)f->bytes[s.start]) || strchr("*~", f->bytes[s.start]) || s.end - s.start >= 3);
}

static bool is_user(const struct file *f, struct span word, struct span rest)
{
        static const char *const commands[] = {"cd", "python", "python3", "bash", "sh", "exec", "env", "poetry", "uv", "flock", "docker", "test", "nice"};
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
                if (span_is(f, word, commands[i]))
                        return false;
        for (uint32_t i = word.start; i < word.end; i++)
                if (!islower((unsigned char)f->bytes[i]) && !strchr("_-", f->bytes[i]) && !isdigit((unsigned char)f->bytes[i]))
                        return false;
        rest = span_trim(f, rest);
        return rest.start < rest.end && f->bytes[rest.start] != '-';
}

static void read_line(struct file *f, struct span line)
{
        line = span_trim(f, line);
        if (line.start == line.end || f->bytes[line.start] == '#')
                return;
        struct span rest = line, first = next_word(f, &rest);
        uint32_t eq = span_find(f, first, "=");
        if (eq < first.end) {
                struct span value = {eq + 1, line.end};
                bool quoted = span_unquote(f, &value);
                config_add(f, config_key(f, "env", span_text(f, (struct span){first.start, eq})), value, quoted);
                return;
        }
        for (int i = 1; i < 5 && f->bytes[first.start] != '@'; i++)
                if (!is_field(f, next_word(f, &rest)))
                        return;
        struct span after = rest, user = next_word(f, &after);
        if (is_user(f, user, after))
                rest = after;
        rest = span_trim(f, rest);
        if (rest.start < rest.end)
                config_add(f, "cron", rest, false);
}

void config_read_cron(struct file *f)
{
        for (size_t l = 0; l < f->line_count; l++)
                read_line(f, config_line(f, l));
}
