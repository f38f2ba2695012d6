/*
 * Configuration files as flat lists of values, each with the byte range that an edit would replace. YAML comes from the syntax
 * tree (libyaml's marks count characters, and templated files would not parse at all), INI and .env line by line.
 */
#include "probes/source/kinds.h"
#include "probes/source/source.h"
#include "probes/source/world.h"

#include <ctype.h>
#include <string.h>

enum { ENTRIES_MAX = 20000 };

static void add_entry(struct file *f, const char *key, uint32_t start, uint32_t end, bool quoted)
{
        if (f->entries.len >= ENTRIES_MAX)
                return;
        *vec_push(f->source->arena, &f->entries) =
                (struct entry){.key = key, .value = file_text(f->source->arena, f, start, end), .start = start, .end = end, .quoted = quoted};
}

/* Who asks for a value depends on the file; its entries are read when they are first asked for. */
static void need(const struct file *f)
{
        depends_on_file(f->source, f);
        file_need((struct file *)f);
}

const struct entry *config_get(const struct file *f, const char *key)
{
        need(f);
        const struct entry *found = NULL; /* the last one counts, as for the readers of these files */
        for (size_t i = 0; i < f->entries.len; i++)
                if (!strcmp(f->entries.items[i].key, key))
                        found = &f->entries.items[i];
        return found;
}

bool config_has_prefix(const struct file *f, const char *prefix)
{
        size_t n = strlen(prefix);
        need(f);
        for (size_t i = 0; i < f->entries.len; i++)
                if (!n || (!strncmp(f->entries.items[i].key, prefix, n) && f->entries.items[i].key[n] == '.'))
                        return true;
        return false;
}

static struct file *find_path(struct source *s, const char *path)
{
        for (size_t i = 0; i < s->files.len; i++)
                if (!strcmp(s->files.items[i]->path, path))
                        return s->files.items[i];
        return NULL;
}

static struct file *found_path(struct source *s, const char *path)
{
        struct file *f = find_path(s, path);
        if (f)
                need(f);
        return f;
}

struct file *config_find(struct source *s, const struct file *from, const char *path)
{
        struct file *found;
        const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
        depends_on_name(s, LOOK_PATH, last, strlen(last));
        while (str_starts(path, "./"))
                path += 2;
        if (*path == '/') { /* an absolute path on the host: the longest tail that the tree has */
                for (const char *tail = path; tail; tail = strchr(tail, '/')) {
                        tail += *tail == '/';
                        if ((found = found_path(s, tail)))
                                return found;
                }
                return NULL;
        }
        for (char *folder = arena_strdup(s->scratch, from->folder);;) {
                if ((found = found_path(s, *folder ? arena_printf(s->scratch, "%s/%s", folder, path) : path)))
                        return found;
                if (!*folder)
                        return NULL;
                char *end = strrchr(folder, '/');
                *(end ? end : folder) = '\0';
        }
}

/* ── YAML ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static uint32_t scalar_below(const struct file *f, uint32_t n)
{
        for (uint32_t i = n; i < f->nodes[n].after; i++) {
                uint8_t k = f->nodes[i].kind;
                if (k == YK_plain_scalar || k == YK_single_quote_scalar || k == YK_double_quote_scalar || k == YK_block_scalar)
                        return i;
                if (k == YK_block_mapping || k == YK_flow_mapping || k == YK_block_sequence || k == YK_flow_sequence)
                        return NO_NODE;
        }
        return NO_NODE;
}

static void yaml_scalar(struct file *f, uint32_t n, const char *key)
{
        bool quoted = f->nodes[n].kind == YK_single_quote_scalar || f->nodes[n].kind == YK_double_quote_scalar;
        uint32_t inset = quoted && f->nodes[n].end - f->nodes[n].start >= 2;
        add_entry(f, key, f->nodes[n].start + inset, f->nodes[n].end - inset, quoted);
}

static void yaml_value(struct file *f, uint32_t n, const char *prefix, int *item);

static void yaml_pair(struct file *f, uint32_t n, const char *prefix)
{
        struct arena *a = f->source->arena;
        uint32_t key = node_field(f, n, F_key), value = node_field(f, n, F_value);
        uint32_t k = key == NO_NODE ? NO_NODE : scalar_below(f, key);
        if (k == NO_NODE || value == NO_NODE)
                return;
        uint32_t inset = f->nodes[k].kind == YK_plain_scalar ? 0 : 1;
        const char *name = file_text(a, f, f->nodes[k].start + inset, f->nodes[k].end - inset);
        const char *path = *prefix ? arena_printf(a, "%s.%s", prefix, name) : name;
        uint32_t scalar = scalar_below(f, value);
        int item = 0;
        if (scalar != NO_NODE)
                yaml_scalar(f, scalar, path);
        else
                yaml_value(f, value, path, &item);
}

static void yaml_value(struct file *f, uint32_t n, const char *prefix, int *item)
{
        EACH_CHILD(f, n, c)
        {
                uint8_t kind = f->nodes[c].kind;
                if (kind == YK_block_mapping_pair || kind == YK_flow_pair) {
                        yaml_pair(f, c, prefix);
                } else if (kind == YK_block_sequence_item || (f->nodes[n].kind == YK_flow_sequence && kind == YK_flow_node)) {
                        const char *path = arena_printf(f->source->arena, "%s%s%d", prefix, *prefix ? "." : "", (*item)++);
                        uint32_t scalar = scalar_below(f, c);
                        int inner = 0;
                        if (scalar != NO_NODE)
                                yaml_scalar(f, scalar, path);
                        else
                                yaml_value(f, c, path, &inner);
                } else {
                        yaml_value(f, c, prefix, item);
                }
        }
}

void config_read_yaml(struct file *f)
{
        int item = 0;
        yaml_value(f, 0, "", &item);
}

/* ── Lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static uint32_t line_end(const struct file *f, size_t line)
{
        uint32_t end = line + 1 < f->line_count ? f->lines[line + 1] - 1 : (uint32_t)f->len;
        return end > f->lines[line] && f->bytes[end - 1] == '\r' ? end - 1 : end;
}

static void trim(const struct file *f, uint32_t *start, uint32_t *end)
{
        while (*start < *end && isspace((unsigned char)f->bytes[*start]))
                ++*start;
        while (*end > *start && isspace((unsigned char)f->bytes[*end - 1]))
                --*end;
}

/* Where an unquoted value ends: before a blank and a comment sign. */
static uint32_t before_comment(const struct file *f, uint32_t start, uint32_t end, const char *signs)
{
        for (uint32_t i = start + 1; i < end; i++)
                if (strchr(signs, f->bytes[i]) && isspace((unsigned char)f->bytes[i - 1]))
                        return i;
        return end;
}

static uint32_t find_byte(const struct file *f, uint32_t start, uint32_t end, const char *any)
{
        while (start < end && !strchr(any, f->bytes[start]))
                start++;
        return start;
}

void config_read_ini(struct file *f)
{
        const char *section = "";
        for (size_t l = 0; l < f->line_count; l++) {
                uint32_t start = f->lines[l], end = line_end(f, l);
                bool continued = start < end && isspace((unsigned char)f->bytes[start]);
                trim(f, &start, &end);
                if (start == end || strchr(";#%", f->bytes[start]) || continued)
                        continue;
                if (f->bytes[start] == '[') {
                        section = file_text(f->source->arena, f, start + 1, find_byte(f, start, end, "]"));
                        continue;
                }
                uint32_t eq = find_byte(f, start, end, *section ? "=:" : "="), key_end = eq;
                if (eq == end)
                        continue;
                trim(f, &start, &key_end);
                uint32_t value = eq + 1, value_end = before_comment(f, value, end, ";");
                trim(f, &value, &value_end);
                const char *key = file_text(f->source->arena, f, start, key_end);
                add_entry(f, *section ? arena_printf(f->source->arena, "%s.%s", section, key) : key, value, value_end, false);
        }
}

void config_read_env(struct file *f)
{
        for (size_t l = 0; l < f->line_count; l++) {
                uint32_t start = f->lines[l], end = line_end(f, l);
                trim(f, &start, &end);
                if (end - start > 7 && !strncmp(f->bytes + start, "export ", 7))
                        start += 7;
                uint32_t eq = find_byte(f, start, end, "="), key_end = eq;
                if (start == end || f->bytes[start] == '#' || eq == end)
                        continue;
                trim(f, &start, &key_end);
                uint32_t value = eq + 1, value_end = end;
                trim(f, &value, &value_end);
                bool quoted = value < value_end && strchr("'\"", f->bytes[value]);
                if (quoted) {
                        char quote[2] = {f->bytes[value], 0};
                        value_end = find_byte(f, value + 1, value_end, quote);
                        value++;
                } else {
                        value_end = before_comment(f, value, value_end, "#");
                        trim(f, &value, &value_end);
                }
                add_entry(f, file_text(f->source->arena, f, start, key_end), value, value_end, quoted);
        }
}
