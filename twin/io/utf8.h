// UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF).
#ifndef TWIN_IO_UTF8_H
#define TWIN_IO_UTF8_H

#include <stddef.h>

// Bytes of the character that the text begins with, 1..4; 0: it is none.
size_t utf8_length(const char *text, size_t n_bytes);

#endif
