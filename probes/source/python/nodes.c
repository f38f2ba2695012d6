/*
 * Small questions about nodes of Python.
 */
#include "probes/source/python/python.h"

#include <string.h>

bool text_is(const struct file *f, uint32_t n, const char *text)
{
        size_t len = f->nodes[n].end - f->nodes[n].start;
        return len == strlen(text) && !memcmp(f->bytes + f->nodes[n].start, text, len);
}

const char *node_text(const struct file *f, uint32_t n)
{
        return file_text(f->source->scratch, f, f->nodes[n].start, f->nodes[n].end);
}

uint32_t enclosing(const struct file *f, uint32_t n, uint8_t kind)
{
        while (n) {
                n = f->nodes[n].parent;
                if (f->nodes[n].kind == kind)
                        return n;
        }
        return NO_NODE;
}

uint32_t call_argument(const struct file *f, uint32_t call, const char *name, int position)
{
        uint32_t list = node_field(f, call, F_arguments);
        int i = 0;
        if (list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return NO_NODE;
        EACH_CHILD(f, list, c)
        {
                if (f->nodes[c].kind == PY_keyword_argument) {
                        uint32_t key = node_field(f, c, F_name);
                        if (name && key != NO_NODE && text_is(f, key, name))
                                return node_field(f, c, F_value);
                } else if (f->nodes[c].kind == PY_dictionary_splat) {
                        continue;
                } else if (f->nodes[c].kind == PY_list_splat) {
                        position = -1;
                } else if (i++ == position) {
                        return c;
                }
        }
        return NO_NODE;
}
