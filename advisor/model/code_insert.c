#include "model/code_insert.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

const struct fact_argument *code_call(const struct facts *f, const char *path, int64_t byte_start)
{
        for (size_t i = 0; path && i < f->arguments.len; i++)
                if (f->arguments.items[i].byte_start == byte_start && !strcmp(f->arguments.items[i].path, path))
                        return &f->arguments.items[i];
        return NULL;
}

static const char *refusal(struct arena *a, const struct fact_argument *call)
{
        if (call->refused)
                return arena_printf(a, "nothing is written at %s:%d: %s", call->path, call->line, call->refused);
        if (call->insert_at < 0 || !call->file)
                return arena_printf(a, "nothing is written at %s:%d: the place is not known", call->path, call->line);
        return NULL;
}

bool code_insert(struct arena *a, const struct fact_argument *call, const char *name, const char *value, int nth, struct change *ret, const char **ret_why)
{
        if ((*ret_why = refusal(a, call)))
                return false;
        const char *lead = call->is_first && nth ? ", " : call->lead;
        *ret = (struct change){.kind = CHANGE_file_value, .phase = PHASE_FILE, .knob = arena_printf(a, "%s@%lld:%s", call->path, (long long)call->insert_at, name),
                               .path = call->file, .format = "python", .key_path = name, .line = call->line, .byte_start = call->insert_at, .byte_end = call->insert_at,
                               .before = "", .after = arena_printf(a, "%s%s=%s%s", lead, name, value, call->tail), .anchor = call->anchor, .restart = call->programs,
                               .size_bytes = NAN};
        return true;
}

bool code_add_value(struct arena *a, const struct fact_argument *call, const char *value, struct change *ret, const char **ret_why)
{
        if (!code_insert(a, call, "", value, 0, ret, ret_why))
                return false;
        ret->knob = arena_printf(a, "%s@%lld", call->path, (long long)call->insert_at);
        ret->key_path = NULL;
        ret->after = arena_printf(a, "%s%s%s", call->lead, value, call->tail);
        return true;
}

static void insert_text(struct arena *a, const struct fact_argument *call, int64_t at, const char *text, const char *anchor, struct recommendation *rec)
{
        *vec_push(a, &rec->changes) = (struct change){.kind = CHANGE_file_value, .phase = PHASE_FILE, .knob = arena_printf(a, "%s@%lld", call->path, (long long)at), .path = call->file,
                                                      .format = "python", .line = call->line, .byte_start = at, .byte_end = at, .before = "", .after = text, .anchor = anchor,
                                                      .restart = call->programs, .size_bytes = NAN};
}

bool code_pipe(struct arena *a, const struct fact_argument *call, struct recommendation *rec, const char **ret_why)
{
        if (!call->piped || !call->client || !call->file) {
                *ret_why = arena_printf(a, "nothing is written at %s:%d: the place is not known", call->path, call->line);
                return false;
        }
        if (call->bound)
                insert_text(a, call, call->bound_end, ", _", call->bound, rec);
        insert_text(a, call, call->byte_start + (int64_t)strlen(call->client), ".pipeline(transaction=False)", call->client, rec);
        insert_text(a, call, call->byte_end, arena_printf(a, "%s.execute()", call->piped), ")", rec);
        return true;
}

bool code_remove_line(struct arena *a, const struct fact_argument *call, struct change *ret, const char **ret_why)
{
        if (!call->line_text || call->line_start < 0 || !call->file) {
                *ret_why = arena_printf(a, "the call at %s:%d is not a statement on a line of its own", call->path, call->line);
                return false;
        }
        *ret = (struct change){.kind = CHANGE_file_value, .phase = PHASE_FILE, .knob = arena_printf(a, "%s@%lld", call->path, (long long)call->line_start), .path = call->file,
                               .format = "python", .line = call->line, .byte_start = call->line_start, .byte_end = call->line_end, .before = call->line_text, .after = "",
                               .restart = call->programs, .size_bytes = NAN};
        return true;
}

int code_given(const struct recommendation *rec, const struct fact_argument *call)
{
        int n = 0;
        for (size_t i = 0; i < rec->changes.len; i++)
                n += rec->changes.items[i].path && call->file && !strcmp(rec->changes.items[i].path, call->file) && rec->changes.items[i].byte_start == call->insert_at;
        return n;
}
