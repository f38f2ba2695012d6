/* One key a line: what `awk '{print $7}' access.log` or any program's debug output gives. Keys are bytes; only the end of a line ends them. */
#include "trace/trace_impl.h"

static int fits(const struct trace_format *f, const char *path, const char *bytes, size_t len)
{
        (void)f, (void)path;
        return trace_is_text(bytes, len) ? 1 : 0;
}

static void parse(struct trace *t, const char *line, size_t len)
{
        if (len)
                trace_push(t, &(struct cache_request){.key = trace_key(t, line, len), .ttl_s = -1});
}

static int read_lines(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err)
{
        return trace_read_lines(t, parse, to, max, ret_n, err);
}

static int begin(struct trace *t, struct err *err)
{
        (void)err;
        t->counts.sizeless = true;
        return 0;
}

const struct trace_format trace_format_keys = {"keys", "one key a line", NULL, fits, begin, read_lines};
