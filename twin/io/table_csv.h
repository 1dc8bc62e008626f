// A table as text (RFC 4180): a line of names, then a row a line, cells apart by commas.
//
// UTF-8; a byte order mark, line ends of LF, CR LF or CR, blank lines, lines of # and blanks around a
// cell are nothing; a cell in double quotes holds commas, `""` in it is a quote.
#ifndef TWIN_IO_TABLE_CSV_H
#define TWIN_IO_TABLE_CSV_H

#include "base/fail.h"

#include <stddef.h>

enum { TABLE_COLUMNS = 1024 };

struct table {
    const char *path;
    char *at, *end; // in the text, which is cut into cells
    int line;       // of the row that was read last
    int n_columns;
    char *name[TABLE_COLUMNS], *cell[TABLE_COLUMNS];
};

// text: n bytes and a 0, changed as it is read; it has to outlive the table.
int table_open(struct table *t, char *text, size_t n, const char *path, struct fail *f);

// The next row into t->cell: 1; 0: there is none; -1: refused, such as a row of another length.
int table_next(struct table *t, struct fail *f);

int table_column(const struct table *t, const char *name); // or -1

#endif
