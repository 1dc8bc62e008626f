#include "twin/io/kept.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { TRIES = 100, MAGIC = sizeof((struct kept_kind){0}).magic, FIXED = MAGIC + 4 };

static uint32_t check(const unsigned char *bytes, size_t n)
{
    return (uint32_t)crc32(0, bytes, (uInt)n);
}

static int begin_file(const struct kept *k, const char *identity, struct fail *f)
{
    unsigned char head[FIXED + KEPT_IDENTITY + KEPT_CRC];
    uint32_t length = (uint32_t)strlen(identity);
    size_t n = FIXED + length;
    memcpy(head, k->kind->magic, MAGIC);
    memcpy(head + MAGIC, &length, sizeof length);
    memcpy(head + FIXED, identity, length);
    uint32_t crc = check(head, n);
    memcpy(head + n, &crc, sizeof crc);
    return file_write_new(k->path, head, n + sizeof crc, f) < 0 ? -1 : 0; // 1: another has begun it
}

// Says where two identities differ.
static int other_identity(const struct kept *k, const char *has, const char *wanted, struct fail *f)
{
    size_t at = 0;
    while (has[at] && has[at] == wanted[at])
        at++;
    while (at > 0 && has[at - 1] != ' ')
        at--;
    return fail(f, "%s: of another %s: it has %.*s, asked for is %.*s", k->path, k->kind->run,
                (int)strcspn(has + at, " "), has + at, (int)strcspn(wanted + at, " "), wanted + at);
}

// Reads the head; returns where the records begin, or -1.
static off_t read_head(const struct kept *k, const char *identity, struct fail *f)
{
    unsigned char head[FIXED + KEPT_IDENTITY + KEPT_CRC];
    uint32_t length = 0, crc = 0;
    char has[KEPT_IDENTITY] = "";
    ssize_t got = pread(k->fd, head, sizeof head, 0);
    if (got < 0) return fail(f, "%s: %s", k->path, strerror(errno));
    if (got >= FIXED) memcpy(&length, head + MAGIC, sizeof length);
    size_t n = FIXED + (size_t)length;
    if (got < FIXED || memcmp(head, k->kind->magic, MAGIC) != 0 || length >= KEPT_IDENTITY ||
        (size_t)got < n + sizeof crc)
        return fail(f, "%s: not a state file of spiketwin %s", k->path, k->kind->verb);
    memcpy(&crc, head + n, sizeof crc);
    if (crc != check(head, n)) return fail(f, "%s: damaged: its head", k->path);
    memcpy(has, head + FIXED, length);
    if (strcmp(has, identity) != 0) return other_identity(k, has, identity, f);
    return (off_t)(n + sizeof crc);
}

int kept_read(const struct kept *k, off_t at, unsigned char *record)
{
    uint32_t crc;
    if (pread(k->fd, record, k->record, at) != (ssize_t)k->record) return 0;
    memcpy(&crc, record + k->record - sizeof crc, sizeof crc);
    return crc == check(record, k->record - sizeof crc);
}

// Hands on every whole record and cuts off what follows the last of them.
static int read_records(struct kept *k, off_t at,
                        int (*take)(void *, const unsigned char *, off_t, struct fail *), void *to,
                        struct fail *f)
{
    unsigned char *record = malloc(k->record);
    int bad = record ? 0 : fail(f, "%s: out of memory", k->path);
    for (; !bad && kept_read(k, at, record); at += (off_t)k->record)
        bad = take(to, record, at, f);
    free(record);
    if (bad) return -1;
    off_t end = lseek(k->fd, 0, SEEK_END);
    k->torn = end - at;
    if (end < at || ftruncate(k->fd, at) || lseek(k->fd, at, SEEK_SET) != at)
        return fail(f, "%s: %s", k->path, strerror(errno));
    return 0;
}

// The file, begun if it is not there, for us alone.
static int open_alone(struct kept *k, const char *identity, struct fail *f)
{
    struct stat is, named;
    for (int i = 0; i < TRIES; i++) {
        if (access(k->path, F_OK) && begin_file(k, identity, f)) return -1;
        k->fd = open(k->path, O_RDWR | O_CLOEXEC);
        if (k->fd < 0 && errno == ENOENT) continue; // its last user was done with it meanwhile
        if (k->fd < 0) return fail(f, "%s: %s", k->path, strerror(errno));
        if (flock(k->fd, LOCK_EX | LOCK_NB))
            return fail(f, "%s: %s", k->path,
                        errno == EWOULDBLOCK ? "in use by another process" : strerror(errno));
        if (fstat(k->fd, &is)) return fail(f, "%s: %s", k->path, strerror(errno));
        if (stat(k->path, &named) == 0 && is.st_dev == named.st_dev && is.st_ino == named.st_ino)
            return 0;
        close(k->fd);
        k->fd = -1;
    }
    return fail(f, "%s: could not be begun: a link to nothing?", k->path);
}

int kept_open(struct kept *k, const struct kept_kind *kind, const char *path, const char *identity,
              size_t record,
              int (*take)(void *to, const unsigned char *record, off_t at, struct fail *f),
              void *to, struct fail *f)
{
    *k = (struct kept){.kind = kind, .fd = -1, .record = record};
    snprintf(k->path, sizeof k->path, "%s", path);
    if (strlen(path) >= sizeof k->path || file_streams(path))
        return fail(f, "%.200s: a state is a file that is read again, not a stream", path);
    if (open_alone(k, identity, f)) return -1;
    off_t at = read_head(k, identity, f);
    return at < 0 ? -1 : read_records(k, at, take, to, f);
}

void kept_close(struct kept *k)
{
    if (k->fd >= 0) close(k->fd);
    k->fd = -1;
}

int kept_add(struct kept *k, unsigned char *records, int n, off_t *at, struct fail *f)
{
    *at = lseek(k->fd, 0, SEEK_END);
    for (int i = 0; i < n; i++) {
        unsigned char *record = records + (size_t)i * k->record;
        uint32_t crc = check(record, k->record - sizeof crc);
        memcpy(record + k->record - sizeof crc, &crc, sizeof crc);
    }
    return file_append(k->fd, records, k->record * (size_t)n)
               ? fail(f, "%s: %s", k->path, strerror(errno))
               : 0;
}

int kept_sync(struct kept *k, struct fail *f)
{
    return fdatasync(k->fd) ? fail(f, "%s: %s", k->path, strerror(errno)) : 0;
}
