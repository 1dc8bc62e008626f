// Files read whole, files that are whole or not there, and folders that one process at a time writes
// into.
//
// A file is written to a new one beside it (`.spiketwin-` and 16 random digits, created by us and
// by no one else, locked while we live), synced, renamed, and its folder synced. A link of that
// name is replaced, not followed. What a killed process left behind, the next one that writes into
// the folder removes: it is known by its name and by its lock being free.
//
// `-` and every other name of standard output is standard output; what is no regular file (a pipe,
// a terminal, /dev/null) is written to as it is.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>

// The bytes of a regular file of up to `most` bytes, with a 0 behind the last; malloc'd, or NULL.
// What is no file (a pipe, a folder) is refused unread.
char *file_read(const char *path, size_t most, size_t *n_bytes, struct fail *f);

enum { FILE_PATH = 4096 + 320 };

// The file `path` with these bytes; on failure the old file, or none, is there.
int file_write(const char *path, const void *bytes, size_t n, struct fail *f);

// The same into a folder that is there; refuses a path that is too long.
int file_write_in(const char *folder, const char *name, const void *bytes, size_t n,
                  struct fail *f);

// As file_write, never over one that is there: 1 and nothing written.
int file_write_new(const char *path, const void *bytes, size_t n, struct fail *f);

// All n bytes to a descriptor; -1 with errno.
int file_append(int fd, const void *bytes, size_t n);

// A new, empty file beside `path`, for a library that writes by name.
struct file_new {
    int fd; // holds its lock
    int place;
    char temporary[FILE_PATH];
};
int file_begin(struct file_new *n, const char *path, struct fail *f);
int file_commit(struct file_new *n, const char *path, struct fail *f); // drops it on failure
void file_drop(struct file_new *n);

// Is it written as it comes: standard output, a pipe, a device?
bool file_streams(const char *path);

// A folder with its parents, where they are not there yet, that can be written into.
int file_make_folder(const char *path, struct fail *f);

// The folder for us alone while the process lives; refuses by the name of the process that has it.
struct file_lock {
    int fd;
    int place;
    char path[FILE_PATH];
};
int file_lock(struct file_lock *l, const char *folder, struct fail *f);
void file_unlock(struct file_lock *l);

#endif
