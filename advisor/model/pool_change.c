#include "model/pool_change.h"
#include "base/num.h"
#include "base/str.h"
#include "model/code_insert.h"
#include "model/pool_plan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_digits(const char *s)
{
        return s && *s && !s[strspn(s, "0123456789")];
}

static bool is_plain_number(const struct fact_value *v)
{
        return is_digits(v->value) && v->byte_end - v->byte_start == (int64_t)strlen(v->value);
}

/* The file, absolute; NULL when it stands below no source root any more. */
static const char *file_of(const struct fact_value *v)
{
        return v->file ? v->file : v->path && *v->path == '/' ? v->path : NULL;
}

/* Left at the library's default, in a call that takes another argument. */
static bool is_insertable(const struct fact_value *v)
{
        return v->call && v->call->file && !v->call->refused && v->call->insert_at >= 0 && v->decided_by && !strcmp(v->decided_by, "default");
}

bool pool_value_writable(const struct fact_value *v)
{
        if (v && is_insertable(v))
                return true;
        return v && !(v->decided_by && !strcmp(v->decided_by, "default")) && v->resolved && v->byte_start >= 0 && file_of(v) && is_plain_number(v);
}

bool pool_change_value(struct arena *a, const struct fact_value *v, const char *library_knob, int number, bool raises,
                       const char *restart, struct change *ret, const char **ret_why)
{
        if (v && v->call && v->decided_by && !strcmp(v->decided_by, "default")) {
                if (!code_insert(a, v->call, v->key_path ? v->key_path : library_knob, arena_printf(a, "%d", number), 0, ret, ret_why))
                        return false;
                ret->phase = raises ? PHASE_FILE : PHASE_LOWER;
                ret->restart = restart;
                return true;
        }
        if (!v || (v->decided_by && !strcmp(v->decided_by, "default"))) {
                *ret_why = arena_printf(a, "%s is left at the library's default: add %s=%d where the pool is made", library_knob, library_knob, number);
                return false;
        }
        if (!v->resolved || v->byte_start < 0 || !file_of(v)) {
                *ret_why = arena_printf(a, "%s is decided outside the sources that were read (%s): set it to %d there", library_knob,
                                        v->trail && *v->trail ? v->trail : "not resolved", number);
                return false;
        }
        if (!is_plain_number(v)) {
                *ret_why = arena_printf(a, "%s at %s:%d is not a plain number: set it to %d by hand", library_knob, v->path, v->line, number);
                return false;
        }
        *ret = (struct change){.kind = CHANGE_file_value, .phase = raises ? PHASE_FILE : PHASE_LOWER,
                               .knob = arena_printf(a, "%s@%lld", v->path, (long long)v->byte_start), .path = file_of(v),
                               .format = v->format, .key_path = v->key_path ? v->key_path : library_knob, .line = v->line,
                               .byte_start = v->byte_start, .byte_end = v->byte_end, .before = v->value,
                               .after = arena_printf(a, "%d", number), .restart = restart, .size_bytes = NAN};
        return true;
}

struct evidence *pool_evidence(struct arena *a, struct recommendation *rec, const char *label, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        struct evidence *e = vec_push(a, &rec->evidence);
        *e = (struct evidence){label, arena_vprintf(a, fmt, ap)};
        va_end(ap);
        return e;
}

static void add_point(struct str *s, const struct pool_need *need, int size, bool advised)
{
        char buf[32];
        double ms = pool_need_wait_ms(need, need->wait_hi_ms, size);
        str_printf(s, advised ? "%s[%d]: %s" : "%s%d: %s", s->len ? ", " : "", size,
                   isinf(ms) ? "never enough" : ms <= 0 ? "0" : num_ms(buf, ms));
}

const char *pool_curve_text(struct arena *a, const struct pool_need *need, int advised)
{
        CLEANUP(str_release) struct str s = {0};
        int from = advised > 2 ? advised - 2 : 1;
        for (int size = from; size <= advised + 2; size++)
                add_point(&s, need, size, size == advised);
        if (need->size_now > 0 && (need->size_now < from || need->size_now > advised + 2)) {
                str_add(&s, ", now ");
                char buf[32];
                double ms = pool_need_wait_ms(need, need->wait_hi_ms, need->size_now);
                str_printf(&s, "%d: %s", need->size_now, isinf(ms) ? "never enough" : ms <= 0 ? "0" : num_ms(buf, ms));
        }
        return arena_strdup(a, str_text(&s));
}

const char *pool_error_text(struct arena *a, const struct pool_need *need, double window_s)
{
        double wanted = need->error_frac / 0.05, more_min = (wanted * wanted - 1) * window_s / 60;
        char n[32];
        num_count(n, need->checkouts);
        if (more_min <= 0 || !(window_s > 0))
                return arena_printf(a, "load +-%.0f %% (%s checkouts)", 100 * need->error_frac, n);
        return arena_printf(a, "load +-%.0f %% (%s checkouts; %.0f more minute%s would make it 5 %%)", 100 * need->error_frac, n, ceil(more_min), num_s(ceil(more_min)));
}
