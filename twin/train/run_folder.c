#include "twin/train/run_folder.h"

#include "twin/train/run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What `train` writes, and what other verbs leave of that net beside their results (run_files.h).
static const char *const written[] = {"checkpoint.h5", "net.nir",    "net.h5",       "log.jsonl",
                                      "train.json",    "curves.svg", "ablation.json"};
static const char *const kept[] = {"predict.json.state"};
enum { N_WRITTEN = sizeof written / sizeof *written, N_KEPT = sizeof kept / sizeof *kept };
enum { N_NETS = 3 }; // of the written: each is the work of a run

// The longest of them fits: run_folder_open sees to it.
static void name_of(char *path, const struct run_folder *r, const char *name)
{
    snprintf(path, FILE_PATH, "%s/%s", r->path, name);
}

static bool has(const struct run_folder *r, const char *name)
{
    char path[FILE_PATH];
    name_of(path, r, name);
    return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int refuse_other_run(const struct run_folder *r, struct fail *f)
{
    for (int i = 0; i < N_WRITTEN; i++)
        if (has(r, written[i]))
            return fail(f,
                        "%s: holds %s (%s): --resume goes on with it, --force removes it and "
                        "begins anew, or name another --out",
                        r->path, i < N_NETS ? "a run" : "part of a run", written[i]);
    return 0;
}

int run_folder_open(struct run_folder *r, const char *path, bool resume, bool force, struct fail *f)
{
    *r = (struct run_folder){.path = path, .resume = resume, .force = force, .log = -1};
    if (resume && force) return fail(f, "--resume and --force: one goes on, the other begins anew");
    if (strlen(path) + 32 > FILE_PATH) return fail(f, "%.100s..: %s", path, strerror(ENAMETOOLONG));
    if (file_make_folder(path, f)) return -1;
    name_of(r->checkpoint, r, "checkpoint.h5");
    if (file_lock(&r->lock, path, f)) return -1;
    r->locked = true;
    return resume || force ? 0 : refuse_other_run(r, f);
}

bool run_folder_resumes(const struct run_folder *r)
{
    return r->resume && (has(r, "checkpoint.h5") || !has(r, "log.jsonl"));
}

int run_folder_clear(const struct run_folder *r, struct fail *f)
{
    char path[FILE_PATH];
    for (int i = 0; r->force && i < N_WRITTEN + N_KEPT + RUN_FILES; i++) {
        name_of(path, r,
                i < N_WRITTEN            ? written[i]
                : i < N_WRITTEN + N_KEPT ? kept[i - N_WRITTEN]
                                         : run_files[i - N_WRITTEN - N_KEPT].name);
        if (unlink(path) && errno != ENOENT) return fail(f, "%s: %s", path, strerror(errno));
    }
    return 0;
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

// The rows of the log that are kept, malloc'd; NULL with a message.
static char *rows_of(const char *path, const char *key, long done, struct fail *f)
{
    char *text = 0;
    size_t n = 0;
    FILE *old = done ? fopen(path, "re") : 0;
    if (done && !old && errno != ENOENT) {
        fail(f, "%s: %s", path, strerror(errno));
        return 0;
    }
    FILE *log = open_memstream(&text, &n);
    if (log && old) keep_rows(old, log, key, done);
    const bool unread = old && ferror(old);
    if (old) fclose(old);
    const bool whole = log && !fclose(log);
    if (whole && !unread) return text;
    fail(f, unread ? "%s: could not be read" : "%s: out of memory", path);
    free(text);
    return 0;
}

int run_folder_begin(struct run_folder *r, const char *key, long done, struct fail *f)
{
    char path[FILE_PATH];
    if (run_folder_clear(r, f)) return -1;
    name_of(path, r, "log.jsonl");
    char *text = rows_of(path, key, done, f);
    if (!text) return -1;
    const int bad = file_write(path, text, strlen(text), f);
    free(text);
    if (bad) return -1;
    r->log = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return r->log < 0 ? fail(f, "%s: %s", path, strerror(errno)) : 0;
}

static int append(struct run_folder *r, struct fail *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int append(struct run_folder *r, struct fail *f, const char *format, ...)
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

int run_folder_epoch(struct run_folder *r, const struct train_epoch *e, struct fail *f)
{
    return append(
        r, f,
        "{\"epoch\":%d,\"loss\":%.9g,\"train\":%.9g,\"held\":%.9g,\"rate\":%.9g,\"lr\":%.9g,"
        "\"rate_loss\":%.9g,\"weight_loss\":%.9g,\"bad_steps\":%ld,\"seconds\":%.3f,"
        "\"clips_per_s\":%.0f}\n",
        e->epoch, e->loss, e->train, e->held, e->rate, e->lr, e->rate_loss, e->weight_loss,
        e->bad_steps, e->seconds, e->clips_per_s);
}

int run_folder_steps(struct run_folder *r, const struct dpi_train_row *e, long bad_chips,
                     struct fail *f)
{
    return append(r, f,
                  "{\"step\":%ld,\"loss\":%.17g,\"train\":%.17g,\"lr\":%.17g,\"bad_chips\":%ld}\n",
                  e->step, e->loss, e->right, e->lr, bad_chips);
}

int run_folder_close(struct run_folder *r, struct fail *f)
{
    const bool bad = r->log >= 0 && close(r->log);
    r->log = -1;
    if (r->locked) file_unlock(&r->lock);
    r->locked = false;
    return bad ? fail(f, "%s: %s", r->path, strerror(errno)) : 0;
}
