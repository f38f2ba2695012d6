/* One line for each finding, for spreadsheets: all fields quoted, and none that a spreadsheet would run. */
#include "out/encode.h"
#include "out/out.h"

#include <stdio.h>

static void field(struct str *out, const char *text)
{
        encode_csv(out, text);
        str_add_char(out, ',');
}

static void number(struct str *out, int v)
{
        if (v > 0)
                str_printf(out, "%d", v);
        str_add_char(out, ',');
}

static int write_csv(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)config, (void)options, (void)err;
        str_add(out, "severity,rule,kind,file,line,column,end_line,end_column,subject,message,fix,acknowledged,key\n");
        for (size_t i = 0; i < a->findings.len; i++) {
                const struct finding *f = &a->findings.items[i];
                field(out, severity_names[f->severity]);
                field(out, f->rule);
                field(out, f->kind);
                field(out, f->file);
                number(out, f->line);
                number(out, f->col);
                number(out, f->end_line);
                number(out, f->end_col);
                field(out, f->subject);
                field(out, f->message);
                field(out, f->fix);
                field(out, f->acknowledged);
                encode_csv(out, f->key);
                str_add_char(out, '\n');
        }
        return 0;
}

const struct output output_csv = {.name = "csv", .doc = "a line for each finding, for spreadsheets", .write = write_csv};
