// Text that others gave us (names of files, labels), as it may be shown.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

// Bytes of the well-formed UTF-8 character at `at` (RFC 3629): 1..4; 0: it is none; -1: it may be
// one that goes on behind the n bytes, n > 0.
int text_character(const unsigned char *at, size_t n);

// The same for what may be sent to a terminal: 0 for control characters (C0 but tab and newline,
// DEL, C1) and for those that turn the direction of what follows, too.
int text_shown(const unsigned char *at, size_t n);

// A word for a shell, quoted where it has to be, control characters as \xNN; malloc'd, or NULL.
char *text_quoted(const char *word);

#endif
