/* Workflow commands of GitHub Actions: one line for each finding, shown at its place in the change; inventory is none. */
#include "base/cleanup.h"
#include "out/encode.h"
#include "out/out.h"

static const char *const commands[SEVERITY_COUNT] = {[SEVERITY_INFO] = "notice", [SEVERITY_WARNING] = "warning", [SEVERITY_CRITICAL] = "error"};

static void property(struct str *out, const char *name, const char *value)
{
        str_printf(out, "%s=", name);
        encode_github(out, value, true);
}

static void number(struct str *out, const char *name, int v)
{
        if (v > 0)
                str_printf(out, ",%s=%d", name, v);
}

static void add_place(struct str *out, const struct finding *f)
{
        property(out, "file", f->file);
        number(out, "line", f->line);
        number(out, "endLine", f->end_line);
        number(out, "col", utf16_column(f->first_line, f->col));
        if (f->end_line == f->line) /* GitHub takes no end column over several lines */
                number(out, "endColumn", utf16_column(f->last_line, f->end_col));
        str_add_char(out, ',');
}

static void add_finding(struct str *out, const struct finding *f)
{
        CLEANUP(str_release) struct str text = {0};
        str_add(&text, f->message);
        if (f->fix)
                str_printf(&text, "\nfix: %s", f->fix);
        if (f->cost)
                str_printf(&text, "\ncost: %s", f->cost);
        str_printf(&text, "\n%s", f->key);
        str_printf(out, "::%s ", commands[f->severity]);
        if (f->file)
                add_place(out, f);
        property(out, "title", f->rule);
        str_add(out, "::");
        encode_github(out, str_text(&text), false);
        str_add_char(out, '\n');
}

static void add_unparsed(struct str *out, const struct unparsed *u)
{
        str_add(out, "::warning ");
        property(out, "file", u->file);
        number(out, "line", u->line);
        str_add(out, ",title=unparsed::");
        encode_github(out, u->why ? u->why : "does not parse", false);
        str_add_char(out, '\n');
}

static int write_github(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)config, (void)err;
        for (size_t i = 0; i < a->findings.len; i++)
                if (!a->findings.items[i].acknowledged && (options->verbose || !finding_is_inventory(&a->findings.items[i])))
                        add_finding(out, &a->findings.items[i]);
        for (size_t i = 0; i < a->unparsed.len; i++)
                add_unparsed(out, &a->unparsed.items[i]);
        return 0;
}

const struct output output_github = {.name = "github", .doc = "annotations of GitHub Actions", .write = write_github};
