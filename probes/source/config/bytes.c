/*
 * A configuration file that is bytes in memory, alone in its tree: for tests, and for fuzzing one reader without a file system.
 */
#include "probes/source/config/config.h"
#include "probes/source/kinds.h"

#include <string.h>

struct file *config_bytes(struct source *s, const char *path, enum language lang, const void *bytes, size_t len)
{
        struct file *f = arena_new_of(s->arena, struct file);
        const char *slash = strrchr(path, '/');
        *f = (struct file){.source = s, .path = arena_strdup(s->arena, path), .abs = path, .lang = lang, .len = len};
        f->folder = slash ? arena_strndup(s->arena, path, (size_t)(slash - path)) : "";
        char *copy = arena_alloc(s->arena, len + 1);
        memcpy(copy, len ? bytes : "", len);
        f->bytes = copy;
        *vec_push(s->arena, &s->files) = f;
        f->is_loaded = true;
        kinds_prepare();
        file_parse(f);
        return f;
}

/* Each range lies in the file: what a rewrite relies on, so it is looked at where the fuzzer can see it break. */
static int fuzz(enum language lang, const uint8_t *bytes, size_t len)
{
        if (len > FILE_BYTES_MAX)
                return 0;
        struct source s = {.arena = arena_new(), .scratch = arena_new()};
        struct file *f = config_bytes(&s, "x", lang, bytes, len);
        for (size_t i = 0; i < f->entries.len; i++)
                if (f->entries.items[i].start > f->entries.items[i].end || f->entries.items[i].end > len)
                        __builtin_trap();
        arena_free(s.scratch);
        arena_free(s.arena);
        return 0;
}

#define FORMAT(name, LANG, patterns)                                                                                                       \
        int config_fuzz_##name(const uint8_t *bytes, size_t len)                                                                           \
        {                                                                                                                                  \
                return fuzz(LANG_##LANG, bytes, len);                                                                                      \
        }
#include "probes/source/config/formats.def"
#undef FORMAT
