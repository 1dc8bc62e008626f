#include "cli/train/run_folder.h"

#include "cli/run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What `train` writes, and what other verbs leave of that net beside their results (cli/run_files.h).
static const char *const written[] = {"checkpoint.h5", "net.nir",    "net.h5",       "log.jsonl",
                                      "train.json",    "curves.svg", "ablation.json"};
static const char *const kept[] = {"predict.json.state"};
enum { N_WRITTEN = sizeof written / sizeof *written, N_KEPT = sizeof kept / sizeof *kept };
enum { N_NETS = 3 }; // of the written: each is the work of a run

static void name_of(char *path, const struct run_folder *r, const char *name)
{
    if (snprintf(path, FILE_PATH, "%s/%s", r->path, name) >= FILE_PATH)
        cli_die("%.100s..: %s", r->path, strerror(ENAMETOOLONG));
}

static bool has(const struct run_folder *r, const char *name)
{
    char path[FILE_PATH];
    name_of(path, r, name);
    return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void refuse_other_run(const struct run_folder *r)
{
    for (int i = 0; i < N_WRITTEN; i++)
        if (has(r, written[i]))
            cli_die("%s: holds %s (%s): --resume goes on with it, --force removes it and begins "
                    "anew, or name another --out",
                    r->path, i < N_NETS ? "a run" : "part of a run", written[i]);
}

void run_folder_open(struct run_folder *r, const char *path, bool resume, bool force)
{
    struct fail f;
    if (resume && force) cli_die("--resume and --force: one goes on, the other begins anew");
    *r = (struct run_folder){.path = path, .resume = resume, .force = force, .log = -1};
    cli_make_folder(path);
    if (file_lock(&r->lock, path, &f)) cli_die("%s", f.text);
    if (!resume && !force) refuse_other_run(r);
}

bool run_folder_resumes(const struct run_folder *r)
{
    return r->resume && (has(r, "checkpoint.h5") || !has(r, "log.jsonl"));
}

void run_folder_clear(const struct run_folder *r)
{
    char path[FILE_PATH];
    for (int i = 0; r->force && i < N_WRITTEN + N_KEPT + RUN_FILES; i++) {
        name_of(path, r,
                i < N_WRITTEN            ? written[i]
                : i < N_WRITTEN + N_KEPT ? kept[i - N_WRITTEN]
                                         : run_files[i - N_WRITTEN - N_KEPT].name);
        if (unlink(path) && errno != ENOENT) cli_die("%s: %s", path, strerror(errno));
    }
}

static void keep_rows(FILE *old, FILE *log, const char *key, long done)
{
    char begins[64], *line = 0;
    size_t room = 0;
    int n = snprintf(begins, sizeof begins, "{\"%s\":", key);
    while (getline(&line, &room, old) > 0)
        if (strchr(line, '\n') && strncmp(line, begins, (size_t)n) == 0 &&
            strtol(line + n, 0, 10) <= done)
            fputs(line, log);
    free(line);
}

void run_folder_begin(struct run_folder *r, const char *key, long done)
{
    char path[FILE_PATH], *text = 0;
    size_t n = 0;
    struct fail f;
    run_folder_clear(r);
    name_of(path, r, "log.jsonl");
    FILE *old = done ? fopen(path, "re") : 0, *log = open_memstream(&text, &n);
    if (!log) cli_die("out of memory");
    if (done && !old && errno != ENOENT) cli_die("%s: %s", path, strerror(errno));
    if (old) keep_rows(old, log, key, done);
    bool bad = old && ferror(old);
    if (old) fclose(old);
    cli_end_text(log, &text);
    if (bad) cli_die("%s: could not be read", path);
    if (file_write(path, text, n, &f)) cli_die("%s", f.text);
    free(text);
    r->log = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (r->log < 0) cli_die("%s: %s", path, strerror(errno));
}

int run_folder_log(struct run_folder *r, struct fail *f, const char *format, ...)
{
    char row[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(row, sizeof row, format, args);
    va_end(args);
    if (n < 0 || n >= (int)sizeof row || file_append(r->log, row, (size_t)n) || fsync(r->log))
        return fail(f, "%s/log.jsonl: %s", r->path, strerror(errno));
    return 0;
}

void run_folder_close(struct run_folder *r)
{
    if (r->log >= 0 && close(r->log)) cli_die("%s/log.jsonl: %s", r->path, strerror(errno));
    file_unlock(&r->lock);
}
