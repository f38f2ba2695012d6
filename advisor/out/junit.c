/*
 * JUnit XML, for build servers: one suite for each rule, one case for each finding. Information passes, with its text as output; what
 * was acknowledged or taken back is skipped, and so is a rule that could not be judged; a file that does not parse is an error.
 */
#include "base/cleanup.h"
#include "out/encode.h"
#include "out/out.h"

#include <string.h>

struct counts {
        size_t tests, failures, errors, skipped;
};

static void attribute(struct str *out, const char *name, const char *value)
{
        str_printf(out, " %s=\"", name);
        encode_xml(out, value);
        str_add_char(out, '"');
}

static void add_counts(struct str *out, const struct counts *n)
{
        str_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\">\n", n->tests, n->failures, n->errors, n->skipped);
}

static void add_to(struct counts *sum, const struct counts *n)
{
        sum->tests += n->tests;
        sum->failures += n->failures;
        sum->errors += n->errors;
        sum->skipped += n->skipped;
}

static void begin_case(struct str *out, const char *class, const char *name, const char *file, int line)
{
        str_add(out, "    <testcase");
        attribute(out, "classname", class);
        attribute(out, "name", name);
        if (file)
                attribute(out, "file", file);
        if (line > 0)
                str_printf(out, " line=\"%d\"", line);
        str_add(out, " time=\"0\">\n");
}

static void element(struct str *out, const char *tag, const char *type, const char *message)
{
        str_printf(out, "      <%s", tag);
        if (type)
                attribute(out, "type", type);
        if (message)
                attribute(out, "message", message);
        str_add(out, "/>\n");
}

static void body(struct str *out, const struct finding *f)
{
        CLEANUP(str_release) struct str text = {0};
        if (f->file)
                str_printf(&text, "%s:%d: ", f->file, f->line);
        str_add(&text, f->message);
        if (f->fix)
                str_printf(&text, "\nfix: %s", f->fix);
        str_printf(&text, "\nkey: %s", f->key);
        encode_xml(out, str_text(&text));
}

static void add_case(struct str *out, const struct finding *f, struct counts *n)
{
        CLEANUP(str_release) struct str name = {0};
        str_printf(&name, "%s (%s)", f->subject, f->key);
        begin_case(out, f->rule, str_text(&name), f->file, f->line);
        n->tests++;
        if (f->acknowledged || f->quiet) {
                n->skipped++;
                element(out, "skipped", NULL, f->acknowledged ? f->acknowledged : f->quiet_why);
        } else if (f->severity == SEVERITY_INFO) {
                str_add(out, "      <system-out>");
                body(out, f);
                str_add(out, "</system-out>\n");
        } else {
                n->failures++;
                str_add(out, "      <failure");
                attribute(out, "type", severity_names[f->severity]);
                attribute(out, "message", f->message);
                str_add_char(out, '>');
                body(out, f);
                str_add(out, "</failure>\n");
        }
        str_add(out, "    </testcase>\n");
}

static void add_suite(struct str *out, const char *name, const struct str *cases, const struct counts *n, struct counts *sum)
{
        str_add(out, "  <testsuite");
        attribute(out, "name", name);
        add_counts(out, n);
        str_add(out, str_text(cases));
        str_add(out, "  </testsuite>\n");
        add_to(sum, n);
}

static void add_rule(struct str *out, const struct analysis *a, const struct rule_outcome *o, struct counts *sum)
{
        CLEANUP(str_release) struct str cases = {0};
        struct counts n = {0};
        for (size_t i = 0; i < a->findings.len; i++)
                if (!strcmp(a->findings.items[i].rule, o->rule))
                        add_case(&cases, &a->findings.items[i], &n);
        for (size_t i = 0; i < a->quiet.len; i++)
                if (!strcmp(a->quiet.items[i].rule, o->rule))
                        add_case(&cases, &a->quiet.items[i], &n);
        if (!n.tests) {
                n.tests++;
                begin_case(&cases, o->rule, o->title ? o->title : o->rule, NULL, 0);
                if (strcmp(o->status, "silent")) {
                        n.skipped++;
                        element(&cases, "skipped", NULL, o->reason);
                }
                str_add(&cases, "    </testcase>\n");
        }
        add_suite(out, o->rule, &cases, &n, sum);
}

static void add_unparsed(struct str *out, const struct analysis *a, struct counts *sum)
{
        CLEANUP(str_release) struct str cases = {0};
        struct counts n = {0};
        for (size_t i = 0; i < a->unparsed.len; i++) {
                const struct unparsed *u = &a->unparsed.items[i];
                begin_case(&cases, "unparsed", u->file, u->file, u->line);
                element(&cases, "error", "unparsed", u->why ? u->why : "does not parse");
                str_add(&cases, "    </testcase>\n");
                n.tests++;
                n.errors++;
        }
        if (n.tests)
                add_suite(out, "unparsed", &cases, &n, sum);
}

static int write_junit(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)config, (void)options, (void)err;
        CLEANUP(str_release) struct str suites = {0};
        struct counts sum = {0};
        for (size_t i = 0; i < a->outcomes.len; i++)
                add_rule(&suites, a, &a->outcomes.items[i], &sum);
        add_unparsed(&suites, a, &sum);
        str_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"perfadvise\"");
        add_counts(out, &sum);
        str_add(out, str_text(&suites));
        str_add(out, "</testsuites>\n");
        return 0;
}

const struct output output_junit = {.name = "junit", .doc = "JUnit XML, for build servers", .write = write_junit};
