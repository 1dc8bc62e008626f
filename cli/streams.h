// Standard output and error: what is printed of names that others gave (files, labels, chips)
// reaches a terminal without its control characters, and what could not be printed is no success.
#ifndef CLI_STREAMS_H
#define CLI_STREAMS_H

#include <stdio.h>

// First of all: occupies closed descriptors 0..2, refuses a closed standard output, lays the
// filters over stdout and stderr, and has the end of the program checked, whoever brings it about.
void streams_open(void);

// Standard output as it is, for what programs read (vectors).
FILE *streams_data(void);

// The program's own end with this status: 0, 1 or 2. What else calls exit with another status than
// 0, a library without memory, has not said "1 differs": it becomes 2.
int streams_end(int status);

// Back to the start of the line, and clears it, where standard error is a terminal.
void streams_clear_line(void);

#endif
