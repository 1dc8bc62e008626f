#include "cosim/vectors/vectors_text.h"

#include "cosim/vectors/vectors_reader.h"

#include <string.h>

static bool printable(char c)
{
    return c > ' ' && c <= '~';
}

static bool plain(const char *text, size_t i, size_t n, bool blanks)
{
    char c = text[i];
    if (c == '%') return false;
    if (blanks) return printable(c) || (c == ' ' && i > 0 && i + 1 < n);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~/+,=@:", c));
}

void vectors_put_text(FILE *f, const char *text, bool blanks)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (plain(text, i, n, blanks))
            putc(text[i], f);
        else
            fprintf(f, "%%%02x", (unsigned char)text[i]);
}

bool vectors_take_text(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (*text != '%') {
            *to++ = *text;
            continue;
        }
        int high = hex_digit(text[1]), low = high < 0 ? -1 : hex_digit(text[2]);
        if (low < 0 || (high == 0 && low == 0)) return false;
        *to++ = (char)(high * 16 + low);
        text += 2;
    }
    *to = 0;
    return true;
}

const char *vectors_quote(const char *text, size_t n, char to[VECTORS_QUOTE])
{
    size_t used = 0;
    to[used++] = '"';
    for (size_t i = 0; i < n; i++) {
        bool whole = printable(text[i]) || text[i] == ' ';
        if (used + (whole ? 1 : 4) + 5 > VECTORS_QUOTE) { // room for ..." and the end
            used += (size_t)snprintf(to + used, VECTORS_QUOTE - used, "...");
            break;
        }
        used += (size_t)snprintf(to + used, VECTORS_QUOTE - used, whole ? "%c" : "\\x%02x",
                                 (unsigned char)text[i]);
    }
    to[used++] = '"';
    to[used] = 0;
    return to;
}
