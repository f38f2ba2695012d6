/*
 * How long RQ lets a job run and keeps its result, as rows of code_setting: Queue(default_timeout=...), queue.enqueue(f, job_timeout=...,
 * result_ttl=...), @job("low", timeout=...). What is not given is RQ's own: 180 s for a job, 500 s for its result.
 */
#include "probes/source/emit.h"

#include <string.h>

static bool is_rq(struct scope *s, uint32_t function)
{
        struct value v = eval(s, function);
        const char *name = value_extern(&v);
        return name && (str_starts(name, "rq.") || str_starts(name, "django_rq.") || str_starts(name, "flask_rq2."));
}

static void emit_given(struct sink *k, const struct call_site *call)
{
        static const struct {
                const char *keyword, *name;
        } options[] = {{"default_timeout", "job_timeout"}, {"job_timeout", "job_timeout"}, {"timeout", "job_timeout"}, {"result_ttl", "result_ttl"}, {"default_result_ttl", "result_ttl"}};
        struct file *f = call->file;
        for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
                uint32_t arg = call_argument(f, call->node, options[i].keyword, -1);
                if (arg == NO_NODE)
                        continue;
                struct value v = eval(call->scope, arg);
                int line, col;
                file_position(f, f->nodes[arg].start, &line, &col);
                EMIT(k, "code_setting", TEXT("system", "rq"), TEXT("program", NULL), TEXT("name", options[i].name), TEXT("value", value_text(f->source->scratch, &v)), TEXT("format", "python"),
                     TEXT("path", f->path), INT("line", line), INT("col", col), INT("byte_start", f->nodes[arg].start), INT("byte_end", f->nodes[arg].end), TEXT("trail", v.trail));
        }
}

void emit_rq(struct source *s, struct sink *k)
{
        static const char *const names[] = {"Queue", "enqueue", "enqueue_call", "enqueue_in", "enqueue_at", "job", "Worker"};
        struct file *f = s->focus;
        if (f->lang != LANG_PYTHON || f->is_test || !f->node_count || !memmem(f->bytes, f->len, "rq", 2))
                return;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                EACH_CALL_IN(f, names[i], call) {
                        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                        if (is_rq(call->scope, node_field(f, call->node, F_function)))
                                emit_given(k, call);
                }
}
