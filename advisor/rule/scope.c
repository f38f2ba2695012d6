#include "rule/scope.h"

#include <string.h>

static bool is_below(const char *path, const char *real)
{
        size_t n = strlen(path);
        return !strncmp(path, real, n) && (!real[n] || real[n] == '/' || (n && path[n - 1] == '/'));
}

bool scope_holds(const struct scope *s, const char *real, int first, int last)
{
        for (size_t i = 0; real && i < s->files.len; i++) {
                const struct scope_file *f = &s->files.items[i];
                if (!is_below(f->path, real))
                        continue;
                if (f->whole)
                        return true;
                for (size_t k = 0; k < f->lines.len; k++)
                        if (first <= f->lines.items[k].last && (last >= first ? last : first) >= f->lines.items[k].first)
                                return true;
        }
        return false;
}
