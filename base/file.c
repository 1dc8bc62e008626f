#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The `size` bytes of an open file; NULL with errno (EIO: the file is shorter than it said).
static char *read_open(int fd, size_t size)
{
    char *bytes = malloc(size + 1);
    size_t have = 0;
    while (bytes && have < size) {
        ssize_t got = read(fd, bytes + have, size - have);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            int why = got ? errno : EIO;
            free(bytes);
            errno = why;
            return 0;
        }
        have += (size_t)got;
    }
    if (bytes) bytes[size] = 0;
    return bytes;
}

char *file_read(const char *path, size_t most, size_t *n_bytes, struct fail *f)
{
    struct stat st;
    char *bytes = 0;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st))
        fail(f, "%s: %s", path, errno == ENOENT ? "no such file" : strerror(errno));
    else if (!S_ISREG(st.st_mode))
        fail(f, "%s: not a file", path);
    else if ((uint64_t)st.st_size > most)
        fail(f, "%s: %lld bytes, allowed up to %zu", path, (long long)st.st_size, most);
    else if (!(bytes = read_open(fd, *n_bytes = (size_t)st.st_size)))
        fail(f, "%s: %s", path, errno == ENOMEM ? "out of memory" : strerror(errno));
    if (fd >= 0) close(fd);
    return bytes;
}

void file_temporary(const char *path, char *temporary, size_t size)
{
    snprintf(temporary, size, "%s.tmp-%ld", path, (long)getpid());
}

static int sync_path(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    int bad = fsync(fd);
    return close(fd) || bad ? -1 : 0;
}

int file_commit(const char *temporary, const char *path, struct fail *f)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    if (sync_path(temporary) || rename(temporary, path) || sync_path(dirname(folder))) {
        int why = errno;
        unlink(temporary);
        return fail(f, "%s: %s", path, strerror(why));
    }
    return 0;
}
