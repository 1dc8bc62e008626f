#include "cli/cosim/place.h"

#include "cli/cli.h"
#include "cli/command.h"

#include "cosim/dut/dut_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART ".spiketwin-part"

static bool there(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0;
}

static bool has(const char *folder, const char *name)
{
    char path[PLACE_ROOM + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return there(path);
}

static bool has_all(const char *folder, const char *const *names)
{
    for (; *names; names++)
        if (!has(folder, *names)) return false;
    return true;
}

static void check_place(const char *out, const char *const *ours, bool force)
{
    const char *verb = command_verb();
    struct stat s;
    if (lstat(out, &s)) {
        if (errno != ENOENT) cli_die("%s: %s", out, strerror(errno));
        return;
    }
    if (!force)
        cli_die("%s: is there; --force replaces a folder that %s wrote, or name another --out", out,
                verb);
    if (!S_ISDIR(s.st_mode) || !has_all(out, ours))
        cli_die("%s: is no folder that %s wrote: not replaced", out, verb);
}

// Where the folder is made: its own place until it is whole, locked while we live.
static int open_part(const char *part)
{
    for (int i = 0; i < 2; i++) {
        if (mkdir(part, 0777) == 0 || errno == EEXIST) {
            int fd = open(part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (fd < 0) cli_die("%s: %s", part, strerror(errno));
            if (flock(fd, LOCK_EX | LOCK_NB)) cli_die("%s: another process is writing it", part);
            if (i == 1) return fd;
            dut_cache_remove(part); // what was left behind, or our own, empty
            close(fd);
        } else
            cli_die("%s: %s", part, strerror(errno));
    }
    return -1;
}

static void give_place(const char *part, const char *out, bool force)
{
    unsigned how = force && there(out) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, part, AT_FDCWD, out, how)) {
        int why = errno;
        dut_cache_remove(part);
        cli_die("%s: %s", out, strerror(why));
    }
    if (how == RENAME_EXCHANGE) dut_cache_remove(part); // what was there
}

// "run/" is "run"; the folder above it is made.
static void place_of(const char *given, char out[PLACE_ROOM], char part[PLACE_ROOM + 32])
{
    size_t n = strlen(given);
    while (n > 1 && given[n - 1] == '/')
        n--;
    if (!n || n >= PLACE_ROOM - 1) cli_die("--out: %zu bytes, allowed 1..%d", n, PLACE_ROOM - 2);
    memcpy(out, given, n);
    out[n] = 0;
    char *slash = strrchr(out, '/');
    const char *last = slash ? slash + 1 : out;
    if (!*last || !strcmp(last, ".") || !strcmp(last, "..") || !strcmp(out, "-"))
        cli_die("--out %s: a name of a folder is needed", given);
    if (slash && slash > out) {
        *slash = 0;
        cli_make_folder(out);
        *slash = '/';
    }
    snprintf(part, PLACE_ROOM + 32, "%s" PART, out);
}

void place_choose(struct place *p, const char *given, const char *const *ours, bool force)
{
    place_of(given, p->out, p->part);
    check_place(p->out, ours, force);
    p->force = force;
}

void place_open(struct place *p)
{
    p->lock = open_part(p->part);
}

void place_give(struct place *p)
{
    give_place(p->part, p->out, p->force);
    close(p->lock);
}

void place_die(struct place *p, const char *message)
{
    dut_cache_remove(p->part);
    cli_die("%s", message);
}
