#include "trace/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_general(struct str *out, const struct cache_request *r)
{
        char record[24];
        uint32_t at_s = (uint32_t)(r->at_us / 1000000), bytes = r->bytes ? r->bytes : 1;
        int64_t next = -1;
        if (r->op == CACHE_DELETE || r->op == CACHE_EXPIRE)
                return; /* the format has no operations */
        memcpy(record, &at_s, 4);
        memcpy(record + 4, &r->key, 8);
        memcpy(record + 12, &bytes, 4);
        memcpy(record + 16, &next, 8);
        str_add_len(out, record, sizeof record);
}

static void begin_csv(struct str *out)
{
        str_add(out, "time,key,size,op,ttl,client,load_us\n");
}

static void add_csv(struct str *out, const struct cache_request *r)
{
        static const char *const ops[] = {"get", "set", "delete", "expire"};
        str_printf(out, "%" PRId64 ".%06" PRId64 ",%" PRIu64 ",%" PRIu32 ",%s,%" PRId32 ",%u,%" PRIu32 "\n", r->at_us / 1000000, r->at_us % 1000000, r->key,
                   r->bytes, ops[r->op], r->ttl_s < 0 ? 0 : r->ttl_s, r->process, r->load_us);
}

static void add_key(struct str *out, const struct cache_request *r)
{
        if (r->op == CACHE_GET || r->op == CACHE_SET)
                str_printf(out, "%" PRIu64 "\n", r->key);
}

static const struct trace_writer writers[] = {
        {"csv", "columns with a heading", begin_csv, add_csv},
        {"keys", "one key a line", NULL, add_key},
        {"oracleGeneral", "libCacheSim's", NULL, add_general},
};

const struct trace_writer *trace_writer_by_name(const char *name)
{
        for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
                if (!strcasecmp(writers[i].name, name))
                        return &writers[i];
        return NULL;
}
