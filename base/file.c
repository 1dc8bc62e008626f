#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
