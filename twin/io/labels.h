// The labels of a task: what the outputs of a net stand for, by name.
//
// A label is 1 to 255 bytes of UTF-8 without control characters; blanks and commas are letters as
// all others. In a list on the command line a comma parts two labels; `\,` is a comma in a label,
// `\\` a backslash.
#ifndef TWIN_IO_LABELS_H
#define TWIN_IO_LABELS_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>

enum { LABEL_MAX_BYTES = 255 }; // NAME_MAX of Linux: a label is the name of a folder

struct labels {
    int n;
    char **text; // (n) each on the heap, owned
};

// Well-formed UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF).
bool labels_utf8(const char *text, size_t n_bytes);

// Bytes of the letter that a text begins with; 0: it begins with none, but with a control character
// or what is no UTF-8.
size_t labels_letter(const char *text);

// Appends a copy. Refused: empty, too long, no UTF-8, a control character, a label that is there.
int labels_add(struct labels *l, const char *text, struct fail *f);

// Appends the labels of a list such as "yes,no".
int labels_parse(struct labels *l, const char *list, struct fail *f);

// The list that labels_parse reads back, malloc'd; NULL: out of memory.
char *labels_list(const struct labels *l);

int labels_copy(struct labels *to, const struct labels *from, struct fail *f); // to: zeroed
int labels_find(const struct labels *l, const char *text);                     // or -1
bool labels_equal(const struct labels *a, const struct labels *b);
void labels_fini(struct labels *l); // a zeroed one is legal; zeroed afterwards

#endif
