// What went wrong, in one line that names the place, the value and the allowed range.
//
// Every function that can fail on bad input takes a `struct fail *` last and returns 0 or -1;
// only cli/ prints the text and exits.
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

struct fail {
    char text[512]; // one line, no newline at its end; "" while nothing failed
};

// Writes the text (cut at its size) and returns -1, so that callers say `return fail(...)`.
int fail(struct fail *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
