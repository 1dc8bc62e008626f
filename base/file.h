// Files read whole, and files that are whole or not there: written to a temporary name, synced,
// then renamed.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/fail.h"

#include <stddef.h>

// The bytes of a regular file of up to `most` bytes, with a 0 behind the last; malloc'd, or NULL.
// What is no file (a pipe, a folder) is refused unread.
char *file_read(const char *path, size_t most, size_t *n_bytes, struct fail *f);

// Temporary name beside `path`, of this process only.
void file_temporary(const char *path, char *temporary, size_t size);

// Syncs the closed file `temporary` and renames it to `path`; on failure removes it.
int file_commit(const char *temporary, const char *path, struct fail *f);

#endif
