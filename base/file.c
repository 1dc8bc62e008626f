#include "base/file.h"

#include "base/leave.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".spiketwin-"
#define LOCK   ".spiketwin-lock"
enum { DIGITS = 16, TRIES = 100 };

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

static int folder_of(const char *path, char *folder, struct fail *f)
{
    char copy[PATH_MAX];
    if (!*path) return fail(f, "a file: its name is empty");
    if (strlen(path) >= sizeof copy) return fail(f, "%.100s..: %s", path, strerror(ENAMETOOLONG));
    memcpy(copy, path, strlen(path) + 1);
    snprintf(folder, PATH_MAX, "%s", dirname(copy));
    return 0;
}

static bool same_file(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static bool ours(const char *name)
{
    size_t n = sizeof PREFIX - 1;
    return strncmp(name, PREFIX, n) == 0 && strspn(name + n, "0123456789abcdef") == DIGITS &&
           name[n + DIGITS] == 0;
}

// Removes what is ours by name and whose writer is gone. What cannot be looked at stays.
static void remove_left(const char *folder)
{
    char path[FILE_PATH];
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (!ours(e->d_name)) continue;
        snprintf(path, sizeof path, "%.*s/%.*s", PATH_MAX, folder, (int)(sizeof PREFIX + DIGITS),
                 e->d_name);
        int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && same_file(fd, path)) unlink(path);
        close(fd);
    }
    if (d) closedir(d);
}

int file_begin(struct file_new *n, const char *path, struct fail *f)
{
    char folder[PATH_MAX];
    n->fd = n->place = -1;
    if (folder_of(path, folder, f)) return -1;
    remove_left(folder);
    for (int i = 0; i < TRIES; i++) {
        uint64_t x;
        if (getrandom(&x, sizeof x, 0) != sizeof x) continue;
        snprintf(n->temporary, sizeof n->temporary, "%s/" PREFIX "%016llx", folder,
                 (unsigned long long)x);
        n->place = leave_file(n->temporary);
        n->fd = open(n->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        // Another process may have taken it for left behind before it was locked.
        if (n->fd >= 0 && flock(n->fd, LOCK_EX | LOCK_NB) == 0 && same_file(n->fd, n->temporary))
            return 0;
        int why = errno;
        if (n->fd >= 0) file_drop(n);
        leave_forget(n->place);
        n->place = -1;
        if (n->fd < 0 && why != EEXIST) return fail(f, "%s: %s", path, strerror(why));
        n->fd = -1;
    }
    return fail(f, "%s: no temporary file in its folder: %s", path, strerror(errno));
}

void file_drop(struct file_new *n)
{
    if (n->fd < 0) return;
    unlink(n->temporary);
    close(n->fd);
    leave_forget(n->place);
    n->fd = n->place = -1;
}

// A folder that may be written into but not read cannot be synced, nor can one of some file
// systems.
static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno == EACCES ? 0 : -1;
    int bad = fsync(fd) && errno != EINVAL, why = errno;
    close(fd);
    errno = why;
    return bad ? -1 : 0;
}

// Gives the file its name; with `anew` only where there is none: EEXIST.
static int give_name(const char *temporary, const char *path, bool anew)
{
    if (!anew) return rename(temporary, path);
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    return link(temporary, path) || unlink(temporary) ? -1 : 0;
}

static int commit(struct file_new *n, const char *path, bool anew, struct fail *f)
{
    char folder[PATH_MAX];
    if (folder_of(path, folder, f)) {
        file_drop(n);
        return -1;
    }
    if (fsync(n->fd) || give_name(n->temporary, path, anew) || sync_folder(folder)) {
        int why = errno;
        file_drop(n);
        if (anew && why == EEXIST) return 1;
        return fail(f, "%s: %s", path, strerror(why));
    }
    close(n->fd);
    leave_forget(n->place);
    n->fd = n->place = -1;
    return 0;
}

int file_commit(struct file_new *n, const char *path, struct fail *f)
{
    return commit(n, path, false, f);
}

int file_append(int fd, const void *data, size_t n)
{
    const char *bytes = data;
    while (n > 0) {
        ssize_t put = write(fd, bytes, n);
        if (put < 0 && errno == EINTR) continue;
        if (put == 0) errno = EIO;
        if (put <= 0) return -1;
        bytes += put;
        n -= (size_t)put;
    }
    return 0;
}

static int replace(const char *path, const void *bytes, size_t n, bool anew, struct fail *f)
{
    struct file_new new;
    if (file_begin(&new, path, f)) return -1;
    if (file_append(new.fd, bytes, n)) {
        int why = errno;
        file_drop(&new);
        return fail(f, "%s: %s", path, strerror(why));
    }
    return commit(&new, path, anew, f);
}

// A name of standard output, such as `-`, /dev/stdout or the file that it goes to.
static bool standard_output(const char *path)
{
    struct stat a, b;
    return strcmp(path, "-") == 0 ||
           (stat(path, &a) == 0 && fstat(STDOUT_FILENO, &b) == 0 && a.st_dev == b.st_dev &&
            a.st_ino == b.st_ino && (S_ISREG(a.st_mode) || S_ISFIFO(a.st_mode)));
}

// A name of an open descriptor, such as /dev/fd/3: a link that must not be replaced.
static bool descriptor(const char *path)
{
    char folder[PATH_MAX], where[PATH_MAX];
    struct fail f;
    return folder_of(path, folder, &f) == 0 && realpath(folder, where) &&
           (strncmp(where, "/proc/", 6) == 0 || strcmp(where, "/dev") == 0 ||
            strncmp(where, "/dev/fd", 7) == 0);
}

bool file_streams(const char *path)
{
    struct stat st;
    if (standard_output(path)) return true;
    return stat(path, &st) == 0 && ((!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) ||
                                    (S_ISREG(st.st_mode) && descriptor(path)));
}

static int stream(const char *path, const void *bytes, size_t n, struct fail *f)
{
    bool out = standard_output(path);
    if (out) fflush(stdout);
    int fd = out ? STDOUT_FILENO : open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
    int bad = fd < 0 || file_append(fd, bytes, n), why = errno;
    if (!out && fd >= 0 && close(fd) && !bad) bad = 1, why = errno;
    return bad ? fail(f, "%s: %s", out ? "standard output" : path, strerror(why)) : 0;
}

int file_write(const char *path, const void *bytes, size_t n, struct fail *f)
{
    return file_streams(path) ? stream(path, bytes, n, f) : replace(path, bytes, n, false, f);
}

int file_write_in(const char *folder, const char *name, const void *bytes, size_t n, struct fail *f)
{
    char path[FILE_PATH];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return fail(f, "%s: a path of at most %zu bytes", folder, sizeof path);
    return file_write(path, bytes, n, f);
}

int file_write_new(const char *path, const void *bytes, size_t n, struct fail *f)
{
    return replace(path, bytes, n, true, f);
}

// Says who has the folder, as that process wrote it down.
static int taken(int fd, const char *folder, struct fail *f)
{
    char who[128];
    ssize_t n = pread(fd, who, sizeof who - 1, 0);
    who[n > 0 ? n : 0] = 0;
    who[strcspn(who, "\n")] = 0;
    return fail(f, "%s: in use by process %s: wait for it, or name another folder", folder,
                *who ? who : "(unknown)");
}

int file_make_folder(const char *path, struct fail *f)
{
    char part[4096];
    size_t n = strlen(path);
    if (!n || strcmp(path, "-") == 0)
        return fail(f, "%s: a folder is needed, not standard output", n ? path : "(empty)");
    if (n >= sizeof part) return fail(f, "%s: name too long", path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i]) continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0777) && errno != EEXIST) return fail(f, "%s: %s", part, strerror(errno));
    }
    return access(path, W_OK) ? fail(f, "%s: %s", path, strerror(errno)) : 0;
}

int file_lock(struct file_lock *l, const char *folder, struct fail *f)
{
    char who[128], host[64] = "";
    l->fd = l->place = -1;
    if (strlen(folder) + sizeof LOCK >= sizeof l->path)
        return fail(f, "%.100s..: %s", folder, strerror(ENAMETOOLONG));
    snprintf(l->path, sizeof l->path, "%.4096s/" LOCK, folder);
    for (;;) {
        int fd = open(l->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (fd < 0) return fail(f, "%s: %s", l->path, strerror(errno));
        if (flock(fd, LOCK_EX | LOCK_NB)) {
            int why = errno;
            int bad = why == EWOULDBLOCK ? taken(fd, folder, f)
                                         : fail(f, "%s: %s", l->path, strerror(why));
            close(fd);
            return bad;
        }
        l->fd = fd;
        if (same_file(fd, l->path)) break;
        close(fd); // its last holder removed it meanwhile
    }
    l->place = leave_file(l->path);
    gethostname(host, sizeof host - 1);
    int n = snprintf(who, sizeof who, "%ld on %s\n", (long)getpid(), host);
    if (ftruncate(l->fd, 0) || pwrite(l->fd, who, (size_t)n, 0) != n) {
        int why = errno;
        file_unlock(l);
        return fail(f, "%s: %s", l->path, strerror(why));
    }
    remove_left(folder);
    return 0;
}

void file_unlock(struct file_lock *l)
{
    if (l->fd < 0) return;
    unlink(l->path);
    close(l->fd);
    leave_forget(l->place);
    l->fd = l->place = -1;
}
