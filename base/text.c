#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t code_of(const unsigned char *at, int n)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = at[0] & first[n];
    for (int i = 1; i < n; i++)
        code = code * 64 + (at[i] & 0x3f);
    return code;
}

int text_character(const unsigned char *at, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; // of the shortest form
    int bytes = at[0] < 0x80                    ? 1
                : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                : 0;
    for (int i = 1; i < bytes; i++) {
        if ((size_t)i >= n) return -1;
        if ((at[i] & 0xc0) != 0x80) return 0;
    }
    if (!bytes) return 0;
    uint32_t code = code_of(at, bytes);
    bool good = code >= least[bytes] && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
    return good ? bytes : 0;
}

int text_shown(const unsigned char *at, size_t n)
{
    int bytes = text_character(at, n);
    if (bytes <= 0) return bytes;
    uint32_t code = code_of(at, bytes);
    bool control = (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0);
    bool turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return control || turns ? 0 : bytes;
}

char *text_quoted(const char *word)
{
    size_t n = strlen(word);
    bool plain = n > 0, odd = false;
    for (size_t i = 0, step; i < n; i += step) {
        int shown = word[i] == '\n' ? 0 : text_shown((const unsigned char *)word + i, n - i);
        if (shown <= 0) odd = true;
        if (!strchr("%+,-./0123456789:=@_", word[i]) &&
            !((word[i] | 0x20) >= 'a' && (word[i] | 0x20) <= 'z'))
            plain = false;
        step = shown > 0 ? (size_t)shown : 1;
    }
    char *out = malloc(4 * n + 4), *to = out;
    if (!out) return 0;
    if (!plain) to += sprintf(to, odd ? "$'" : "'");
    for (size_t i = 0; i < n;) {
        int shown = word[i] == '\n' ? 0 : text_shown((const unsigned char *)word + i, n - i);
        if (shown <= 0)
            to += sprintf(to, "\\x%02x", (unsigned char)word[i++]);
        else if (shown == 1 && word[i] == '\'')
            i++, to += sprintf(to, odd ? "\\'" : "'\\''");
        else if (shown == 1 && word[i] == '\\' && odd)
            i++, to += sprintf(to, "\\\\");
        else
            for (int k = 0; k < shown; k++)
                *to++ = word[i++];
    }
    if (!plain) *to++ = '\'';
    *to = 0;
    return out;
}
