/*
 * postgresql.conf and redis.conf: a word, perhaps a sign of equality, and the rest. Values in PostgreSQL stand in single quotes.
 */
#include "probes/source/config/config.h"

#include <string.h>

static void read_line(struct file *f, struct span line)
{
        line = span_trim(f, line);
        if (line.start == line.end || f->bytes[line.start] == '#')
                return;
        struct span key = {line.start, span_find(f, line, " \t=")};
        struct span value = span_trim(f, (struct span){key.end, line.end});
        if (value.start < value.end && f->bytes[value.start] == '=')
                value = span_trim(f, (struct span){value.start + 1, value.end});
        bool quoted = span_unquote(f, &value);
        if (key.start < key.end && value.start <= value.end)
                config_add(f, span_text(f, key), quoted ? value : span_uncomment(f, value, "#"), quoted);
}

void config_read_conf(struct file *f)
{
        for (size_t l = 0; l < f->line_count; l++)
                read_line(f, config_line(f, l));
}
