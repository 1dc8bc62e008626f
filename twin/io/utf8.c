#include "twin/io/utf8.h"

#include <stdint.h>

size_t utf8_length(const char *text, size_t n_bytes)
{
    static const uint32_t smallest[4] = {0, 0x80, 0x800, 0x10000}, first[4] = {0x80, 0x20, 0x10, 8};
    const unsigned char *s = (const unsigned char *)text;
    if (n_bytes == 0) return 0;
    int more = *s < 0x80 ? 0 : *s < 0xC0 ? -1 : *s < 0xE0 ? 1 : *s < 0xF0 ? 2 : *s < 0xF8 ? 3 : -1;
    if (more < 0 || n_bytes <= (size_t)more) return 0;
    uint32_t point = *s % first[more];
    for (int i = 1; i <= more; i++) {
        if (s[i] / 0x40 != 2) return 0;
        point = point * 0x40 + s[i] % 0x40;
    }
    if (point < smallest[more] || point > 0x10FFFF || point / 0x800 == 0x1B) return 0;
    return (size_t)more + 1;
}
