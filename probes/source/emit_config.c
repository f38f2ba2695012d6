/*
 * Who decides: for each argument of a pool the place that counts, the argument where the pool gets it, and the places that are
 * overruled, each with its range and what it says.
 */
#include "probes/source/emit.h"

const char *decider_name(enum decider d)
{
        static const char *const names[] = {
                [BY_NOTHING] = "unresolved", [BY_LITERAL] = "literal", [BY_CONSTANT] = "constant", [BY_ENV_DEFAULT] = "env_default", [BY_ENV_FILE] = "env_file",
                [BY_YAML] = "yaml", [BY_INI] = "ini", [BY_SETTINGS] = "settings_class", [BY_DEFAULT] = "default", [BY_COMPUTED] = "computed",
                [BY_TOML] = "toml", [BY_JSON] = "json", [BY_ENVIRONMENT] = "environment",
        };
        return names[d];
}

struct decision {
        const char *role, *value, *key, *decided_by, *trail;
        const struct file *file;
        uint32_t start, end;
        int rank;
};

static void emit_decision(struct sink *k, const struct pool *p, const struct knob *knob, const struct decision *d)
{
        int line, col;
        file_position(d->file, d->start, &line, &col);
        EMIT(k, "code_decision", TEXT("pool", p->name), TEXT("knob", knob->name), INT("rank", d->rank), TEXT("role", d->role), TEXT("value", d->value),
             TEXT("path", d->file->path), TEXT("format", language_name(d->file->lang)), TEXT("key_path", d->key), INT("line", line), INT("col", col),
             INT("byte_start", d->start), INT("byte_end", d->end), TEXT("decided_by", d->decided_by), TEXT("trail", d->trail));
}

static void emit_use(struct source *s, struct sink *k, const struct pool *p, const struct knob *knob, int rank)
{
        const struct value *v = &knob->value;
        bool elsewhere = !v->decided_in || v->decided_in != p->file || v->start < knob->use_start || v->end > knob->use_end || v->decider == BY_COMPUTED;
        if (!knob->use_end || !elsewhere)
                return;
        const char *value = value_text(s->scratch, v);
        emit_decision(k, p, knob, &(struct decision){.role = "use", .value = value_decided(v) || v->is_template ? value : NULL, .key = knob->keyword, .trail = v->trail, .file = p->file,
                                                     .start = knob->use_start, .end = knob->use_end, .rank = rank,
                                                     .decided_by = value_decided(v) ? decider_name(v->decider) : v->is_template ? "example" : "unresolved"});
}

/* Of no pool: which role a place has is said by the pool that takes it, where one does. */
void emit_pool_settings(struct source *s, struct sink *k)
{
        struct file *f = s->focus;
        struct pool_settings found = {0};
        if (f->lang != LANG_PYTHON || f->is_test || f->is_migration)
                return;
        pool_settings_find(f, &found);
        for (size_t i = 0; i < found.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                struct pool_setting *x = &found.items[i];
                struct pool p = {.name = x->name, .file = f};
                const struct value *v = &x->knob.value;
                emit_decision(k, &p, &x->knob, &(struct decision){.role = "setting", .value = value_text(s->scratch, v), .key = x->subject, .decided_by = decider_name(v->decider),
                                                                  .trail = v->trail, .file = v->decided_in, .start = v->start, .end = v->end});
                for (const struct origin *o = v->others; o; o = o->next)
                        emit_decision(k, &p, &x->knob, &(struct decision){.role = "setting", .value = o->value, .key = x->subject, .decided_by = decider_name(o->decider),
                                                                          .trail = v->trail, .file = o->file, .start = o->start, .end = o->end});
        }
}

void emit_decisions(struct source *s, struct sink *k, const struct pool *p, const struct knob *knob)
{
        const struct value *v = &knob->value;
        int rank = 0;
        if (!knob->given || p->is_null_pool)
                return;
        if (v->decided_in && v->decider != BY_COMPUTED && value_text(s->scratch, v))
                emit_decision(k, p, knob, &(struct decision){.role = v->is_template ? "example" : v->ambiguous ? "possible" : "decides", .value = value_text(s->scratch, v),
                                                             .key = v->key ? v->key : knob->keyword, .decided_by = decider_name(v->decider), .trail = v->trail,
                                                             .file = v->decided_in, .start = v->start, .end = v->end, .rank = rank++});
        for (const struct origin *o = v->others; o; o = o->next)
                emit_decision(k, p, knob, &(struct decision){.role = v->is_template && rank == 1 ? "default" : o->role, .value = o->value, .key = o->key ? o->key : knob->keyword,
                                                             .decided_by = decider_name(o->decider), .trail = v->trail, .file = o->file, .start = o->start, .end = o->end,
                                                             .rank = rank++});
        emit_use(s, k, p, knob, rank);
}
