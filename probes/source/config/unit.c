/*
 * systemd units: INI whose keys may stand several times (each is an entry), continued by a backslash at the end of a line.
 */
#include "probes/source/config/config.h"

#include <string.h>

static bool continues(const struct file *f, struct span line)
{
        return line.end > line.start && f->bytes[line.end - 1] == '\\';
}

void config_read_unit(struct file *f)
{
        const char *section = "";
        for (size_t l = 0; l < f->line_count; l++) {
                struct span line = span_trim(f, config_line(f, l));
                if (line.start == line.end || strchr(";#", f->bytes[line.start]))
                        continue;
                if (f->bytes[line.start] == '[') {
                        section = span_text(f, (struct span){line.start + 1, span_find(f, line, "]")});
                        continue;
                }
                while (continues(f, line) && l + 1 < f->line_count)
                        line.end = span_trim(f, config_line(f, ++l)).end;
                uint32_t eq = span_find(f, line, "=");
                if (eq < line.end)
                        config_add(f, config_key(f, section, span_text(f, span_trim(f, (struct span){line.start, eq}))),
                                   span_trim(f, (struct span){eq + 1, line.end}), false);
        }
}
