#include "lib/yaml_out.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Length of the valid UTF-8 sequence at p, 0 when there is none. */
static size_t sequence(const unsigned char *p)
{
        size_t n = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
        for (size_t i = 1; i < n; i++)
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
        if ((n == 2 && p[0] < 0xc2) || (n == 3 && p[0] == 0xe0 && p[1] < 0xa0) || (n == 3 && p[0] == 0xed && p[1] > 0x9f) ||
            (n == 4 && p[0] == 0xf0 && p[1] < 0x90) || (n == 4 && (p[0] > 0xf4 || (p[0] == 0xf4 && p[1] > 0x8f))))
                return 0;
        return n;
}

bool yaml_out_is_utf8(const char *text)
{
        for (const unsigned char *p = (const unsigned char *)text; *p;) {
                size_t n = sequence(p);
                if (!n)
                        return false;
                p += n;
        }
        return true;
}

static uint32_t code_point(const unsigned char *p, size_t n)
{
        uint32_t c = n == 1 ? p[0] : p[0] & (0xff >> (n + 1));
        for (size_t i = 1; i < n; i++)
                c = c << 6 | (p[i] & 0x3f);
        return c;
}

/* YAML's printable set, less what an editor or terminal would hide: line separators, bidi controls, the byte order mark. */
static bool stands_for_itself(uint32_t c)
{
        return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0xd800 && !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2060 && c <= 0x206f)) ||
               (c >= 0xe000 && c < 0xfeff) || (c > 0xfeff && c < 0xfffe) || c >= 0x10000;
}

void yaml_out_quote(struct str *out, const char *text)
{
        str_add_char(out, '"');
        for (const unsigned char *p = (const unsigned char *)text; *p;) {
                size_t n = sequence(p);
                uint32_t c = n ? code_point(p, n) : 0xfffd;
                if (c == '"' || c == '\\')
                        str_printf(out, "\\%c", (int)c);
                else if (c == '\n')
                        str_add(out, "\\n");
                else if (c == '\t')
                        str_add(out, "\\t");
                else if (c == '\r')
                        str_add(out, "\\r");
                else if (n && stands_for_itself(c))
                        str_add_len(out, p, n);
                else
                        str_printf(out, c < 0x100 ? "\\x%02X" : c < 0x10000 ? "\\u%04X" : "\\U%08X", c);
                p += n ? n : 1;
        }
        str_add_char(out, '"');
}

static void begin(struct str *out, int indent, const char *key)
{
        str_printf(out, "%*s%s: ", indent * 2, "", key);
}

void yaml_out_text(struct str *out, int indent, const char *key, const char *value)
{
        if (!value)
                return;
        begin(out, indent, key);
        yaml_out_quote(out, value);
        str_add_char(out, '\n');
}

void yaml_out_int(struct str *out, int indent, const char *key, int64_t value)
{
        begin(out, indent, key);
        str_printf(out, "%lld\n", (long long)value);
}

void yaml_out_real(struct str *out, int indent, const char *key, double value)
{
        if (isnan(value))
                return;
        begin(out, indent, key);
        str_printf(out, "%.17g\n", value);
}

void yaml_out_bool(struct str *out, int indent, const char *key, bool value)
{
        begin(out, indent, key);
        str_add(out, value ? "true\n" : "false\n");
}

void yaml_out_bytes(struct str *out, int indent, const char *key, const char *bytes)
{
        if (!bytes || yaml_out_is_utf8(bytes)) {
                yaml_out_text(out, indent, key, bytes);
                return;
        }
        str_printf(out, "%*s%s_hex: \"", indent * 2, "", key);
        for (const unsigned char *p = (const unsigned char *)bytes; *p; p++)
                str_printf(out, "%02x", *p);
        str_add(out, "\"\n");
}
