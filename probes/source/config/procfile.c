/*
 * Procfile: "web: gunicorn app:app", one process type a line.
 */
#include "probes/source/config/config.h"

#include <ctype.h>

static bool is_name(const struct file *f, struct span s)
{
        for (uint32_t i = s.start; i < s.end; i++)
                if (!isalnum((unsigned char)f->bytes[i]) && f->bytes[i] != '_' && f->bytes[i] != '-')
                        return false;
        return s.start < s.end;
}

void config_read_procfile(struct file *f)
{
        for (size_t l = 0; l < f->line_count; l++) {
                struct span line = span_trim(f, config_line(f, l));
                struct span name = {line.start, span_find(f, line, ":")};
                if (name.end < line.end && is_name(f, name))
                        config_add(f, span_text(f, name), span_trim(f, (struct span){name.end + 1, line.end}), false);
        }
}
