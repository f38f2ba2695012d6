#include "base/wrap.h"

#include <string.h>

static const char blanks[] = " \n\t";

static size_t columns(const char *text, size_t len)
{
        size_t n = 0;
        for (size_t i = 0; i < len; i++)
                n += ((unsigned char)text[i] & 0xc0) != 0x80;
        return n;
}

size_t wrap_columns(const char *text)
{
        return columns(text, strlen(text));
}

void wrap_words(struct str *out, size_t at, size_t width, const char *rail, const char *text)
{
        bool first = true;
        for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
                size_t len = strcspn(text, blanks), word = columns(text, len);
                if (!first && at + 1 + word > width) {
                        str_printf(out, "\n%s", rail);
                        at = wrap_columns(rail);
                } else if (!first) {
                        str_add_char(out, ' ');
                        at++;
                }
                str_add_len(out, text, len);
                at += word;
                first = false;
                text += len;
        }
        str_add_char(out, '\n');
}
