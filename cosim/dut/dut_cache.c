#include "cosim/dut/dut_cache.h"

#include "base/fnv.h"
#include "cosim/dut/dut_tools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    KEY = 16,
    SUM = 64,
    MADE = KEY + 7,
    LITTLE = 1 << 16 /* bytes that are no room for a build */
};

static int told(char *message, size_t size, const char *path)
{
    snprintf(message, size, "%s: %s", path, strerror(errno));
    return -1;
}

// --- the folder
// -----------------------------------------------------------------------------------

// Every folder of `path` from byte `from` on, the last one for its owner alone.
static int make_folders(const char *path, size_t from, mode_t parents)
{
    char copy[DUT_PATH];
    snprintf(copy, sizeof copy, "%s", path);
    for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/';)
        copy[--n] = 0;
    for (char *at = copy + from;; at++) {
        char c = *at;
        if (c != '/' && c) continue;
        *at = 0;
        if (mkdir(copy, c ? parents : 0700) && errno != EEXIST) return -1;
        *at = c;
        if (!c) return 0;
    }
}

// That nobody else can put a DUT there.
static int refused(const char *path, mode_t not_allowed, char *message, size_t size)
{
    struct stat s;
    if (stat(path, &s)) return told(message, size, path);
    if (!S_ISDIR(s.st_mode)) {
        snprintf(message, size, "%s: not a folder", path);
        return -1;
    }
    if (s.st_uid == geteuid() && !(s.st_mode & not_allowed)) return 0;
    snprintf(message, size,
             "%s: owner %u, mode %04o; what is loaded from there has to be private: allowed owner "
             "%u, mode 0700",
             path, (unsigned)s.st_uid, (unsigned)s.st_mode & 07777, (unsigned)geteuid());
    return -1;
}

// The user's cache; false where the environment names none or it cannot be made.
static bool users_cache(char *path, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    bool given = cache && *cache == '/';
    if (!given && !(home && *home == '/')) return false;
    int n = given ? snprintf(path, size, "%s/spiketwin", cache)
                  : snprintf(path, size, "%s/.cache/spiketwin", home);
    // A home that is not there is not made.
    return n < (int)size && make_folders(path, given ? 1 : strlen(home) + 1, 0700) == 0;
}

static int open_temporary(struct dut_cache *c, char *message, size_t size)
{
    const char *where = getenv("TMPDIR");
    if (!where || *where != '/') where = "/tmp";
    c->temporary = true;
    if (snprintf(c->path, sizeof c->path, "%s/spiketwin-XXXXXX", where) >= (int)sizeof c->path) {
        snprintf(message, size, "TMPDIR: %s: path too long", where);
        return -1;
    }
    return mkdtemp(c->path) ? 0 : told(message, size, c->path);
}

static int open_wanted(struct dut_cache *c, const char *wanted, char *message, size_t size)
{
    if (!*wanted || strlen(wanted) >= sizeof c->path) {
        snprintf(message, size, "the folder of DUTs has %zu bytes, allowed 1..%zu", strlen(wanted),
                 sizeof c->path - 1);
        return -1;
    }
    if (make_folders(wanted, 1, 0777)) return told(message, size, wanted);
    char *absolute = realpath(wanted, 0); // the tools run elsewhere
    if (!absolute) return told(message, size, wanted);
    int n = snprintf(c->path, sizeof c->path, "%s", absolute);
    free(absolute);
    if (n >= (int)sizeof c->path) {
        snprintf(message, size, "%s: path too long", wanted);
        return -1;
    }
    return refused(c->path, 0022, message, size);
}

int dut_cache_open(struct dut_cache *c, const char *wanted, char *message, size_t size)
{
    *c = (struct dut_cache){0};
    if (wanted) return open_wanted(c, wanted, message, size);
    if (!users_cache(c->path, sizeof c->path)) return open_temporary(c, message, size);
    if (refused(c->path, 0077, message, size)) return -1;
    return access(c->path, W_OK | X_OK) ? open_temporary(c, message, size) : 0;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

void dut_cache_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void dut_cache_close(struct dut_cache *c)
{
    if (c->temporary && !c->failed) dut_cache_remove(c->path);
    c->temporary = false;
}

// --- an entry
// ---------------------------------------------------------------------------------------

int dut_hash_file(uint64_t *h, const char *path, char *message, size_t size)
{
    char block[1 << 14];
    FILE *f = fopen(path, "rbe");
    if (!f) return told(message, size, path);
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        *h = fnv(*h, block, n);
    int bad = ferror(f) ? told(message, size, path) : 0;
    fclose(f);
    return bad;
}

// What SUM says of a file: its hash. 0, or -1 with a message.
static int sum_of(const char *folder, const char *file, char sum[SUM], char *message, size_t size)
{
    char path[2 * DUT_PATH];
    uint64_t h = FNV_START;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (dut_hash_file(&h, path, message, size)) return -1;
    snprintf(sum, SUM, "fnv1a64 %016llx\n", (unsigned long long)h);
    return 0;
}

static bool is_whole(const char *folder, const char *file)
{
    char path[2 * DUT_PATH], sum[SUM], kept[SUM] = "", message[1];
    snprintf(path, sizeof path, "%s/sum", folder);
    FILE *f = fopen(path, "re");
    if (!f) return false;
    size_t n = fread(kept, 1, sizeof kept - 1, f);
    fclose(f);
    return n && sum_of(folder, file, sum, message, sizeof message) == 0 && strcmp(sum, kept) == 0;
}

static int sync_path(const char *path, char *message, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int bad = fd < 0 || fsync(fd) ? told(message, size, path) : 0;
    if (fd >= 0) close(fd);
    return bad;
}

// Writes the sum beside what was made, and everything through to the disk.
static int seal(const char *folder, const char *file, char *message, size_t size)
{
    char path[2 * DUT_PATH], sum[SUM];
    if (sum_of(folder, file, sum, message, size)) return -1;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (sync_path(path, message, size)) return -1;
    snprintf(path, sizeof path, "%s/sum", folder);
    FILE *f = fopen(path, "wxe");
    int bad =
        !f || fputs(sum, f) < 0 || fflush(f) || fsync(fileno(f)) ? told(message, size, path) : 0;
    if (f && fclose(f) && !bad) bad = told(message, size, path);
    return bad || sync_path(folder, message, size) ? -1 : 0;
}

// Of a build that was killed.
static void remove_stale(const struct dut_cache *c, const char *key)
{
    DIR *d = opendir(c->path);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        char path[2 * DUT_PATH];
        if (strncmp(e->d_name, key, KEY) || e->d_name[KEY] != '.' || strlen(e->d_name) != MADE)
            continue;
        snprintf(path, sizeof path, "%s/%s", c->path, e->d_name);
        dut_cache_remove(path);
    }
    closedir(d);
}

static void append(char *message, size_t size, const char *what, const char *value)
{
    size_t n = strlen(message);
    if (n < size) snprintf(message + n, size - n, "; %s%s", what, value);
}

// A build that failed leaves its log, and the message says where. Not every tool says that the disk
// is full.
static void tell_more(struct dut_cache *c, const char *folder, const char *key, char *message,
                      size_t size)
{
    char from[2 * DUT_PATH], to[2 * DUT_PATH];
    struct statvfs space;
    struct stat s;
    if (c->failed) return; // once: one entry may need another
    if (statvfs(folder, &space) == 0 && space.f_bavail * space.f_frsize < LITTLE &&
        !strstr(message, "o space left"))
        append(message, size, "no space left on device", "");
    snprintf(from, sizeof from, "%s/" TOOL_LOG, folder);
    snprintf(to, sizeof to, "%s/%s.log", c->path, key);
    if (stat(from, &s) || rename(from, to)) return;
    c->failed = true;
    append(message, size, "its output: ", to);
}

static int build(struct dut_cache *c, const char *key, const char *file, dut_make *make,
                 void *context, const char *entry, char *message, size_t size)
{
    char folder[DUT_PATH + 64];
    struct tools_held held;
    remove_stale(c, key);
    snprintf(folder, sizeof folder, "%s/%s.XXXXXX", c->path, key);
    tools_hold(&held);
    int bad = mkdtemp(folder) ? 0 : told(message, size, folder);
    if (bad) {
        tools_release(&held);
        return -1;
    }
    bad = make(context, folder, message, size);
    if (bad && !tools_ending()) tell_more(c, folder, key, message, size);
    if (!bad) bad = seal(folder, file, message, size);
    if (!bad) {
        dut_cache_remove(entry); // what was there is not whole
        if (rename(folder, entry)) bad = told(message, size, entry);
    }
    if (bad)
        dut_cache_remove(folder);
    else
        bad = sync_path(c->path, message, size);
    tools_release(&held);
    return bad;
}

int dut_cache_get(struct dut_cache *c, uint64_t number, const char *file, dut_make *make,
                  void *context, char *entry, char *message, size_t size)
{
    char key[KEY + 1], path[2 * DUT_PATH];
    snprintf(key, sizeof key, "%016llx", (unsigned long long)number);
    snprintf(entry, DUT_PATH, "%s/%s", c->path, key);
    if (is_whole(entry, file)) return 0;

    snprintf(path, sizeof path, "%s.lock", entry);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return told(message, size, path);
    int bad;
    while ((bad = flock(lock, LOCK_EX)) && errno == EINTR) {
    }
    if (bad)
        told(message, size, path);
    else if (!is_whole(entry, file)) {
        bad = build(c, key, file, make, context, entry, message, size);
        if (!bad && !is_whole(entry, file)) {
            snprintf(message, size, "%s/%s: differs from what was just built; is the disk sound?",
                     entry, file);
            bad = -1;
        }
    }
    close(lock);
    return bad ? -1 : 0;
}

// --- what is loaded
// ---------------------------------------------------------------------------------

static int copy_to_memory(const char *from, char *message, size_t size)
{
    char block[1 << 14];
    FILE *f = fopen(from, "rbe");
    int fd = memfd_create("dut.so", MFD_CLOEXEC);
    bool bad = !f || fd < 0;
    for (size_t n; !bad && (n = fread(block, 1, sizeof block, f)) > 0;)
        bad = write(fd, block, n) != (ssize_t)n;
    if (bad || ferror(f)) {
        told(message, size, from);
        if (fd >= 0) close(fd);
        fd = -1;
    }
    if (f) fclose(f);
    return fd;
}

int dut_cache_library(const struct dut_cache *c, const char *entry, const char *file, char *path,
                      char *message, size_t size)
{
    struct statvfs s;
    if (snprintf(path, DUT_PATH, "%s/%s", entry, file) >= DUT_PATH) {
        snprintf(message, size, "%s: path too long", entry);
        return -1;
    }
    bool runs = statvfs(path, &s) || !(s.f_flag & ST_NOEXEC);
    if (!c->temporary && runs && !strchr(path, '$')) return 0;
    // Open for as long as the process lives: dlopen knows a library by its name.
    int fd = copy_to_memory(path, message, size);
    if (fd < 0) return -1;
    snprintf(path, DUT_PATH, "/proc/self/fd/%d", fd);
    return 0;
}
