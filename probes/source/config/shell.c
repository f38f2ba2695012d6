/*
 * Start scripts: the lines of a shell script as entries "line", continued lines joined. Only asked about when a declaration of a
 * program names the script.
 */
#include "probes/source/config/config.h"

static bool continues(const struct file *f, struct span line)
{
        return line.end > line.start && f->bytes[line.end - 1] == '\\';
}

void config_read_shell(struct file *f)
{
        for (size_t l = 0; l < f->line_count; l++) {
                struct span line = span_trim(f, config_line(f, l));
                if (line.start == line.end || f->bytes[line.start] == '#')
                        continue;
                while (continues(f, line) && l + 1 < f->line_count)
                        line.end = span_trim(f, config_line(f, ++l)).end;
                config_add(f, "line", line, false);
        }
}
