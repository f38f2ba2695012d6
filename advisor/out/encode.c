#include "out/encode.h"

#include <ctype.h>
#include <string.h>

size_t utf8_next(const char *text, unsigned *ret_cp)
{
        const unsigned char *p = (const unsigned char *)text;
        static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
        size_t n = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
        unsigned cp = n == 1 ? p[0] : n ? p[0] & (0x7fu >> n) : 0;
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80) {
                        n = 0;
                        break;
                }
                cp = cp << 6 | (p[i] & 0x3fu);
        }
        bool valid = n && cp >= least[n] && cp <= 0x10ffff && !(cp >= 0xd800 && cp <= 0xdfff);
        *ret_cp = valid ? cp : 0xfffd;
        return valid ? n : 1;
}

int utf16_column(const char *line, int col)
{
        if (!line || col < 1)
                return 0;
        int units = 1;
        for (const char *p = line, *end = line + col - 1; *p && p < end;) {
                unsigned cp;
                p += utf8_next(p, &cp);
                units += cp > 0xffff ? 2 : 1;
        }
        return units;
}

void encode_uri(struct str *out, const char *path)
{
        for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
                if ((*p < 0x80 && isalnum(*p)) || strchr("-._~/", *p))
                        str_add_char(out, (char)*p);
                else
                        str_printf(out, "%%%02X", *p);
        }
}

static bool xml_allows(unsigned cp)
{
        return cp == '\t' || cp == '\n' || (cp >= 0x20 && cp != 0x7f && cp < 0xd800) || (cp > 0xdfff && cp < 0xfffe) || cp > 0xffff;
}

/* Controls of direction are shown as what they are: a report is read by people too. */
static bool is_bidi(unsigned cp)
{
        return (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200e || cp == 0x200f || cp == 0x061c;
}

void encode_xml(struct str *out, const char *text)
{
        for (const char *p = text; *p;) {
                unsigned cp;
                size_t n = utf8_next(p, &cp);
                if (cp == '&')
                        str_add(out, "&amp;");
                else if (cp == '<')
                        str_add(out, "&lt;");
                else if (cp == '>')
                        str_add(out, "&gt;");
                else if (cp == '"')
                        str_add(out, "&quot;");
                else if (cp == '\t' || cp == '\n')
                        str_printf(out, "&#%u;", cp);
                else if (is_bidi(cp))
                        str_printf(out, "\\u{%04x}", cp);
                else if (!xml_allows(cp) || (cp == 0xfffd && n == 1))
                        str_add(out, "\xef\xbf\xbd");
                else
                        str_add_len(out, p, n);
                p += n;
        }
}

void encode_csv(struct str *out, const char *text)
{
        struct str visible = {0};
        str_add_visible(&visible, text ? text : "", true);
        str_add_char(out, '"');
        if (strchr("=+-@\t\r", str_text(&visible)[0]) && visible.len)
                str_add_char(out, '\'');
        for (const char *p = str_text(&visible); *p; p++) {
                if (*p == '"')
                        str_add_char(out, '"');
                str_add_char(out, *p);
        }
        str_add_char(out, '"');
        str_release(&visible);
}

void encode_github(struct str *out, const char *text, bool property)
{
        struct str visible = {0};
        str_add_visible(&visible, text, true);
        for (const char *p = str_text(&visible); *p; p++) {
                if (*p == '%' || *p == '\n' || *p == '\r' || (property && (*p == ':' || *p == ',')))
                        str_printf(out, "%%%02X", (unsigned char)*p);
                else
                        str_add_char(out, *p);
        }
        str_release(&visible);
}

void encode_label(struct str *out, const char *text)
{
        struct str visible = {0};
        str_add_visible(&visible, text, true);
        for (const char *p = str_text(&visible); *p; p++) {
                if (*p == '\n') {
                        str_add(out, "\\n");
                        continue;
                }
                if (*p == '"' || *p == '\\')
                        str_add_char(out, '\\');
                str_add_char(out, *p);
        }
        str_release(&visible);
}
