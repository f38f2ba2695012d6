/*
 * Requirements of pip: "redis[hiredis]>=5.0,<6  # why", a distribution a line; what it asks of the version is the value.
 */
#include "probes/source/config/config.h"

#include <ctype.h>

static uint32_t name_end(const struct file *f, struct span line)
{
        uint32_t i = line.start;
        while (i < line.end && (isalnum((unsigned char)f->bytes[i]) || f->bytes[i] == '_' || f->bytes[i] == '-' || f->bytes[i] == '.'))
                i++;
        return i;
}

void config_read_requirements(struct file *f)
{
        for (size_t l = 0; l < f->line_count; l++) {
                struct span line = span_trim(f, span_uncomment(f, config_line(f, l), "#"));
                struct span name = {line.start, name_end(f, line)};
                if (name.start == name.end || f->bytes[name.start] == '-')
                        continue;
                struct span version = {span_find(f, (struct span){name.end, line.end}, "=<>~!"), span_find(f, (struct span){name.end, line.end}, ";")};
                if (version.start < version.end)
                        config_add(f, span_text(f, name), span_trim(f, version), false);
        }
}
