/*
 * .env files as python-dotenv and docker read them: NAME=value, export, quotes, a comment after a blank.
 */
#include "probes/source/config/config.h"

static void read_line(struct file *f, struct span line)
{
        line = span_trim(f, line);
        if (span_starts(f, line, "export "))
                line.start += 7;
        uint32_t eq = span_find(f, line, "=");
        if (line.start == line.end || f->bytes[line.start] == '#' || eq == line.end)
                return;
        const char *key = span_text(f, span_trim(f, (struct span){line.start, eq}));
        struct span value = span_trim(f, (struct span){eq + 1, line.end});
        bool quoted = span_unquote(f, &value);
        if (!quoted && value.start < value.end && f->bytes[value.start] == '#')
                value.end = value.start; /* NAME= # a comment */
        config_add(f, key, quoted ? value : span_uncomment(f, value, "#"), quoted);
}

void config_read_env(struct file *f)
{
        for (size_t l = 0; l < f->line_count; l++)
                read_line(f, config_line(f, l));
}
