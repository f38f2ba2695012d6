/* The same requests in the formats of other tools. */
#pragma once
#include "base/str.h"
#include "cache/request.h"

struct trace_writer {
        const char *name;
        const char *doc;
        void (*begin)(struct str *out); /* may be NULL */
        void (*add)(struct str *out, const struct cache_request *r);
};

/* oracleGeneral (without the next request: -1, which policies that do not look ahead never read), csv, keys. NULL: none of that name. */
const struct trace_writer *trace_writer_by_name(const char *name);
