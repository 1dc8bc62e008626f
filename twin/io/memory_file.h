// Text as a file that has a path, for readers that open one: in memory, on no disk.
#ifndef TWIN_IO_MEMORY_FILE_H
#define TWIN_IO_MEMORY_FILE_H

#include "base/fail.h"

enum {
    MEMORY_FILE_MOST = 1 << 20
}; // bytes: of a chip file, whose readers take what they are given

struct memory_file {
    int fd;
    char path[40];
};

int memory_file_open(struct memory_file *m, const char *text, struct fail *f);
void memory_file_close(struct memory_file *m);

// Tells a failure that begins with the path m as one of `name`.
int memory_file_fail(const struct memory_file *m, const char *name, const struct fail *why,
                     struct fail *f);

#endif
