// Text of others inside a vector file: names and values as printable ASCII, and excerpts of a file
// for messages.
#ifndef COSIM_VECTORS_VECTORS_TEXT_H
#define COSIM_VECTORS_VECTORS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// A byte that no bench, shell or terminal takes for anything else stands as it is, every other as
// %XX. `blanks`: so do blanks inside of the text and what is printable (values of H records).
void vectors_put_text(FILE *f, const char *text, bool blanks);

// %XX back into bytes, in place. False: a % without two hexadecimal digits behind it, or %00.
bool vectors_take_text(char *text);

enum { VECTORS_QUOTE = 64 };

// The start of a text for a message: in quotes, what is not printable as \xNN. Returns `to`.
const char *vectors_quote(const char *text, size_t n, char to[VECTORS_QUOTE]);

#endif
