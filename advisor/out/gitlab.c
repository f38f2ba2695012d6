/* GitLab's Code Quality report: findings that stand in a file; the others have no line to be shown at, and inventory is none. */
#include "base/cleanup.h"
#include "lib/json.h"
#include "out/out.h"

static const char *const severities[SEVERITY_COUNT] = {[SEVERITY_INFO] = "info", [SEVERITY_WARNING] = "major", [SEVERITY_CRITICAL] = "critical"};

static void add_finding(const struct finding *f, struct json *list)
{
        struct json *j = json_add_object(list);
        CLEANUP(str_release) struct str text = {0};
        str_add(&text, f->message);
        if (f->cost)
                str_printf(&text, "; %s", f->cost);
        if (f->fix)
                str_printf(&text, " (fix: %s)", f->fix);
        json_put_text(j, "description", str_text(&text));
        json_put_text(j, "check_name", f->rule);
        json_put_text(j, "fingerprint", f->key);
        json_put_text(j, "severity", severities[f->severity]);
        struct json *location = json_put_object(j, "location");
        json_put_text(location, "path", f->file);
        struct json *lines = json_put_object(location, "lines");
        json_put_int(lines, "begin", f->line > 0 ? f->line : 1);
        if (f->end_line > f->line)
                json_put_int(lines, "end", f->end_line);
}

static int write_gitlab(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)config, (void)err;
        CLEANUP(json_free) struct json *list = json_new_array();
        for (size_t i = 0; i < a->findings.len; i++)
                if (a->findings.items[i].file && !a->findings.items[i].acknowledged && (options->verbose || !finding_is_inventory(&a->findings.items[i])))
                        add_finding(&a->findings.items[i], list);
        json_dump(list, 2, out);
        str_add_char(out, '\n');
        return 0;
}

const struct output output_gitlab = {.name = "gitlab", .doc = "Code Quality report of GitLab", .write = write_gitlab};
