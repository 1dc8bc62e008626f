#include "cosim/formal/formal.h"

#include "base/file.h"
#include "cosim/formal/formal_job.h"
#include "model/law_kind.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT = 1 << 20 };

static const char *const texts[] = {"stwf_top.v", "stwf_track.v", "stwf_law.v", "stwf_checks.v"};
static const char *const checks[] = {"gather", "current", "leak",  "integrate", "clamp", "fire",
                                     "reset",  "refract", "state", "clear",     "tick",  "cover"};
enum { TEXTS = sizeof texts / sizeof *texts, CHECKS = sizeof checks / sizeof *checks };
_Static_assert((int)CHECKS == (int)FORMAL_CHECKS, "a result each");

// Waves and benches of an earlier run say nothing of this one.
static int remove_old(const struct formal *f, struct fail *fail_)
{
    static const char *const ends[] = {".vcd", ".gtkw", ".sucl", "_tb.v"};
    char path[JOB_PATH];
    for (int i = 0; i < CHECKS; i++)
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
            snprintf(path, sizeof path, "%s/%s%s", f->folder, checks[i], ends[e]);
            if (unlink(path) && errno != ENOENT)
                return fail(fail_, "%s: %s", path, strerror(errno));
        }
    return 0;
}

static char *text_of(const struct formal *f, const char *name, struct fail *fail_)
{
    char path[FILE_PATH];
    size_t n;
    if (snprintf(path, sizeof path, "%s/cosim/formal/folder/%s", f->root, name) < (int)sizeof path)
        return file_read(path, TEXT, &n, fail_);
    fail(fail_, "%s: a path of at most %zu bytes", f->root, sizeof path);
    return 0;
}

static int write_texts(const struct formal *f, struct fail *fail_)
{
    char *ports = formal_interface(f);
    int bad = ports ? file_write_in(f->folder, "stwf.vh", ports, strlen(ports), fail_)
                    : fail(fail_, "out of memory");
    free(ports);
    for (int i = 0; !bad && i < TEXTS; i++) {
        char *text = text_of(f, texts[i], fail_);
        bad = !text || file_write_in(f->folder, texts[i], text, strlen(text), fail_);
        free(text);
    }
    return bad ? -1 : 0;
}

const char *formal_check(const struct formal *f, char *why, size_t size)
{
    struct fail failed;
    char *law = text_of(f, "stwf_law.v", &failed), *track = text_of(f, "stwf_track.v", &failed);
    const char *bad = law && track ? 0 : why;
    if (bad) snprintf(why, size, "%s", failed.text);
    if (!bad && f->law->saturate_each) {
        snprintf(why, size, "law.saturation: the checker does not know sums that each event holds");
        bad = why;
    }
    for (const struct field *x = law_fields; !bad && x->name; x++) {
        char name[64] = "`STWF_";
        size_t n = 6;
        if (x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED || !field_get(x, f->law)) continue;
        for (const char *at = x->name; *at && n < sizeof name - 1; at++)
            name[n++] = (char)toupper((unsigned char)*at);
        if (strstr(law, name) || strstr(track, name) || x->kind == FIELD_SIGN) continue;
        snprintf(why, size, "law.%s: the checker knows only the default", x->name);
        bad = why;
    }
    free(law);
    free(track);
    return bad;
}

// Of a list with commas: whether its first name is the check's, and the list behind it.
static bool is_first(const char *list, const char *check)
{
    const size_t n = strlen(check);
    return strcspn(list, ",") == n && !strncmp(list, check, n);
}

static const char *behind(const char *list)
{
    list += strcspn(list, ",");
    return list + (*list == ',');
}

static bool is_named(const char *only, const char *check)
{
    for (const char *at = only; at && *at; at = behind(at))
        if (is_first(at, check)) return true;
    return !only;
}

const char *formal_no_check(const char *only)
{
    for (const char *at = only; at && *at; at = behind(at)) {
        bool is = false;
        for (int i = 0; i < CHECKS; i++)
            is |= is_first(at, checks[i]);
        if (!is) return at;
    }
    return only && !*only ? only : 0;
}

// Whether the check is asked for, and the law has what it is about.
static bool is_asked(const struct formal *f, const char *check)
{
    const struct law *law = f->law;
    if (!is_named(f->only, check)) return false;
    if (!strcmp(check, "refract")) return law->refractory_ticks > 0;
    return true;
}

static bool has_ended(const struct job *j)
{
    siginfo_t ended = {.si_pid = 0};
    return waitid(P_PID, (id_t)j->child.pid, &ended, WEXITED | WNOHANG | WNOWAIT) || ended.si_pid;
}

static void look_at(struct job *j)
{
    if (!has_ended(j)) {
        if (!j->late && job_seconds(j) > j->f->seconds) {
            j->late = true;
            kill(-j->child.pid, SIGKILL);
        }
        return;
    }
    int status = child_wait(&j->child);
    kill(-j->child.pid, SIGKILL); // a solver that it left
    job_ended(j, status);
}

static void stop_all(struct job *job, int n)
{
    for (int i = 0; i < n; i++) {
        if (!job[i].running) continue;
        kill(-job[i].child.pid, SIGKILL);
        child_wait(&job[i].child);
    }
}

int formal_run(const struct formal *f, struct formal_result result[FORMAL_CHECKS], int *n,
               void (*tell)(const struct formal_result *r, int done, int of), struct fail *fail_)
{
    const struct timespec moment = {0, 20000000};
    struct job job[FORMAL_CHECKS];
    int running = 0, next = 0, ended = 0;
    *n = 0;
    if (remove_old(f, fail_) || write_texts(f, fail_)) return -1;
    for (int i = 0; i < CHECKS; i++) {
        if (!is_asked(f, checks[i])) continue;
        result[*n] = (struct formal_result){.check = checks[i]};
        job[*n] = (struct job){.f = f, .result = &result[*n]};
        ++*n;
    }
    while (ended < *n) {
        for (; running < f->parallel && next < *n; next++)
            running++;
        for (int i = 0; i < next; i++) {
            struct job *j = &job[i];
            if (j->step == JOB_DONE) continue;
            if (j->running)
                look_at(j);
            else
                job_start(j);
            if (j->step != JOB_DONE) continue;
            running--;
            tell(j->result, ++ended, *n);
            if (j->result->verdict != FORMAL_FAILED) continue;
            stop_all(job, next); // what fails for one check fails for all
            return fail(fail_, "%s", j->result->text);
        }
        nanosleep(&moment, 0);
    }
    return 0;
}
