// Lets one call of the C library fail, so that tests see what a program makes of it. For LD_PRELOAD:
//
//   FAULT=KIND:N:HOW       the N-th call of that kind fails (HOW once), or it and all later ones
//                          (stay), or, for write, it and all later ones take a byte less than half
//                          (short) or are interrupted first (again)
//   FAULT_COUNT=FILE       writes how many calls of each kind there were, at the end
//
// libhdf5 goes without faults of memory: it does not survive them (1.10.8: a null pointer in H5AC_create,
// endless recursion in H5E_printf_stack), and is only entered where there is room (twin/io/hdf5_io.h).
// Kinds: memory, write, sync, rename, open (to write). Counted are the calls since main began, of the
// program and of its libraries, but not what is written to standard error; calls that the C library makes inside itself are memory's alone.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { MEMORY, WRITE, SYNC, RENAME, OPEN, KINDS };
enum { ONCE, STAY, SHORT, AGAIN };
static const char *const kinds[KINDS] = {"memory", "write", "sync", "rename", "open"};
static atomic_long calls[KINDS];
static int fault_kind = -1, fault_how;
static long fault_at;
static const char *count_file;
static bool begun;

static bool fails(int kind)
{
    if (!begun) return false;
    long n = atomic_fetch_add(&calls[kind], 1) + 1;
    return kind == fault_kind && (fault_how == ONCE ? n == fault_at : n >= fault_at);
}

static struct {
    uintptr_t from, to;
} spared;

static int spare(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (!strstr(info->dlpi_name, "libhdf5")) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            spared.from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            spared.to = spared.from + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

#define NO_MEMORY()                                                                                \
    ((uintptr_t)__builtin_return_address(0) - spared.from >= spared.to - spared.from &&            \
     fails(MEMORY))

__attribute__((constructor)) static void begin(void)
{
    static const char *const hows[] = {"once", "stay", "short", "again"};
    char kind[16], how[16];
    const char *fault = getenv("FAULT");
    count_file = getenv("FAULT_COUNT");
    unsetenv("LD_PRELOAD"); // children run whole
    if (fault && sscanf(fault, "%15[a-z]:%ld:%15[a-z]", kind, &fault_at, how) == 3)
        for (int k = 0; k < KINDS; k++)
            for (int h = 0; h < 4; h++)
                if (!strcmp(kind, kinds[k]) && !strcmp(how, hows[h])) fault_kind = k, fault_how = h;
    if (fault && fault_kind < 0) _exit(99);
    dl_iterate_phdr(spare, 0);
    begun = true;
}

__attribute__((destructor)) static void end(void)
{
    begun = false;
    FILE *f = count_file ? fopen(count_file, "w") : 0;
    for (int k = 0; f && k < KINDS; k++)
        fprintf(f, "%s %ld\n", kinds[k], atomic_load(&calls[k]));
    if (f) fclose(f);
}

// The C library's own; found without asking for memory.
#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

static void *none(void)
{
    errno = ENOMEM;
    return 0;
}

void *malloc(size_t n)
{
    return NO_MEMORY() ? none() : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return NO_MEMORY() ? none() : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return n && NO_MEMORY() ? none() : __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    return NO_MEMORY() ? none() : __libc_memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
    if (NO_MEMORY()) return ENOMEM;
    *p = __libc_memalign(align, n);
    return *p ? 0 : ENOMEM;
}

char *strdup(const char *text) // libhdf5's too is to be spared
{
    size_t n = strlen(text) + 1;
    char *copy = NO_MEMORY() ? none() : __libc_malloc(n);
    return copy ? memcpy(copy, text, n) : 0;
}

static ssize_t disturbed(ssize_t (*put)(int, const void *, size_t), int fd, const void *bytes,
                         size_t n)
{
    static _Thread_local bool again;
    if (fd == STDERR_FILENO || !fails(WRITE)) return put(fd, bytes, n);
    if (fault_how == SHORT) return put(fd, bytes, n > 2 ? (n - 1) / 2 : n);
    if (fault_how == AGAIN && (again = !again)) {
        errno = EINTR;
        return -1;
    }
    if (fault_how == AGAIN) return put(fd, bytes, n);
    errno = ENOSPC;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    return disturbed(real, fd, bytes, n);
}

static int refused(int why)
{
    errno = why;
    return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    if (fails(WRITE) && fault_how < SHORT) return refused(ENOSPC);
    return real(fd, bytes, n, at);
}

int ftruncate(int fd, off_t n)
{
    REAL(int, "ftruncate", int, off_t);
    return fails(WRITE) && fault_how < SHORT ? refused(EIO) : real(fd, n);
}

int fsync(int fd)
{
    REAL(int, "fsync", int);
    return fails(SYNC) ? refused(EIO) : real(fd);
}

int fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    return fails(SYNC) ? refused(EIO) : real(fd);
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    return fails(RENAME) ? refused(EIO) : real(from, to);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    return fails(RENAME) ? refused(EIO) : real(a, from, b, to, flags);
}

int open(const char *path, int flags, ...)
{
    REAL(int, "open", const char *, int, ...);
    va_list args;
    va_start(args, flags);
    int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    return (flags & O_ACCMODE) != O_RDONLY && fails(OPEN) ? refused(EACCES)
                                                          : real(path, flags, mode);
}
