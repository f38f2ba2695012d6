/*
 * INI as configparser, supervisord and PgBouncer read it: [section] and key = value, as entries section.key. A line that stands
 * further in than its key continues its value, except for PgBouncer, which knows no such lines but has %include.
 */
#include "probes/source/config/config.h"

#include <string.h>

struct ini {
        const char *section;
        struct entry *last;
        uint32_t indent; /* of the last key */
        bool pgbouncer;
};

static void read_pair(struct file *f, struct ini *ini, struct span line, uint32_t indent)
{
        uint32_t eq = span_find(f, line, *ini->section && !ini->pgbouncer ? "=:" : "=");
        if (eq == line.end)
                return;
        struct span key = span_trim(f, (struct span){line.start, eq}), value = span_trim(f, (struct span){eq + 1, line.end});
        value = span_uncomment(f, value, ";");
        ini->last = config_add(f, config_key(f, ini->section, span_text(f, key)), value, false);
        ini->indent = indent;
}

static void read_line(struct file *f, struct ini *ini, struct span line)
{
        uint32_t begin = line.start;
        line = span_trim(f, line);
        if (line.start == line.end || strchr(";#", f->bytes[line.start]))
                return;
        if (span_starts(f, line, "%include")) {
                config_add(f, "%include", span_trim(f, (struct span){line.start + 8, line.end}), false);
                return;
        }
        if (ini->last && !ini->pgbouncer && line.start - begin > ini->indent) {
                bool empty = ini->last->start == ini->last->end;
                ini->last->start = empty ? line.start : ini->last->start;
                ini->last->end = span_uncomment(f, line, ";").end;
                ini->last->value = file_text(f->source->arena, f, ini->last->start, ini->last->end);
                return;
        }
        if (f->bytes[line.start] != '[') {
                read_pair(f, ini, line, line.start - begin);
                return;
        }
        ini->section = span_text(f, (struct span){line.start + 1, span_find(f, line, "]")});
        ini->last = NULL;
}

void config_read_ini(struct file *f)
{
        struct ini ini = {.section = "", .pgbouncer = memmem(f->bytes, f->len, "[pgbouncer]", 11) != NULL};
        for (size_t l = 0; l < f->line_count; l++)
                read_line(f, &ini, config_line(f, l));
}
