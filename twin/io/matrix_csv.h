// Matrices as text: a row a line, numbers apart by commas or blanks, lines of # left out.
#ifndef TWIN_IO_MATRIX_CSV_H
#define TWIN_IO_MATRIX_CSV_H

#include "base/fail.h"

#include <stddef.h>

struct matrix {
    size_t rows, columns;
    double *x; // (rows, columns)
};

// Refuses, with file and line, what is no number, not finite, a row of another length, and a file
// without any. matrix_fini by the caller, also after a failure.
int matrix_read(struct matrix *m, const char *path, struct fail *f);
void matrix_fini(struct matrix *m);

#endif
