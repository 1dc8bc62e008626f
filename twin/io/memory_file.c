#include "twin/io/memory_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int memory_file_open(struct memory_file *m, const char *text, struct fail *f)
{
    size_t left = strlen(text);
    m->fd = -1;
    if (left > MEMORY_FILE_MOST)
        return fail(f, "a text of %zu bytes, allowed up to %d", left, MEMORY_FILE_MOST);
    m->fd = memfd_create("spiketwin", MFD_CLOEXEC);
    snprintf(m->path, sizeof m->path, "/proc/self/fd/%d", m->fd);
    if (m->fd < 0) return fail(f, "a file in memory: %s", strerror(errno));
    while (left > 0) {
        ssize_t n = write(m->fd, text, left);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            fail(f, "a file in memory: %s", strerror(errno));
            memory_file_close(m);
            return -1;
        }
        text += n;
        left -= (size_t)n;
    }
    return 0;
}

void memory_file_close(struct memory_file *m)
{
    if (m->fd >= 0) close(m->fd);
    m->fd = -1;
}

int memory_file_fail(const struct memory_file *m, const char *name, const struct fail *why,
                     struct fail *f)
{
    size_t n = strlen(m->path);
    if (strncmp(why->text, m->path, n) != 0) return fail(f, "%s: %s", name, why->text);
    return fail(f, "%s%s", name, why->text + n);
}
