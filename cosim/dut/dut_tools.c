#include "cosim/dut/dut_tools.h"

#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PASSED_ON = 3, LINE = 200 };

static sigset_t ending(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void tools_hold(struct tools_held *h)
{
    // Who ignores SIGCHLD never learns how a child ended.
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t set = ending();
    sigaddset(&set, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &set, &h->mask);
    sigaction(SIGCHLD, &usual, &h->child);
}

void tools_release(const struct tools_held *h)
{
    sigaction(SIGCHLD, &h->child, 0);
    pthread_sigmask(SIG_SETMASK, &h->mask, 0);
}

// The child's environment, to be freed.
static char **environment(void)
{
    static const char *const names[PASSED_ON] = {"PATH", "HOME", "LD_LIBRARY_PATH"};
    char **to = calloc(PASSED_ON + 3, sizeof *to);
    size_t room = 0;
    for (int i = 0; i < PASSED_ON; i++)
        if (getenv(names[i])) room += strlen(names[i]) + strlen(getenv(names[i])) + 2;
    char *text = malloc(room + 1);
    if (!to || !text) {
        free(to), free(text);
        return 0;
    }
    to[0] = text; // what is freed; an empty entry if nothing is passed on
    *text = 0;
    int n = 0;
    for (int i = 0; i < PASSED_ON; i++)
        if (getenv(names[i])) {
            to[n++] = text;
            text += sprintf(text, "%s=%s", names[i], getenv(names[i])) + 1;
        }
    n += n == 0;
    to[n++] = (char *)"LC_ALL=C";
    to[n] = (char *)"TMPDIR=.";
    return to;
}

static void environment_free(char **e)
{
    if (e) free(e[0]);
    free(e);
}

static int start(struct child *c, const char *const argv[], const char *folder, int out, int err,
                 char *message, size_t size)
{
    struct fail f = {"out of memory"};
    char **clean = environment();
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int rc = -1;
    if (in < 0)
        fail(&f, "/dev/null: %s", strerror(errno));
    else if (clean)
        rc = child_start(c, argv, folder, clean, in, out, err < 0 ? in : err, &f);
    if (in >= 0) close(in);
    environment_free(clean);
    if (rc)
        snprintf(message, size, "%s; it builds the RTL for co-simulation (Debian: apt install %s)",
                 f.text, argv[0]);
    return rc;
}

bool tools_ending(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGHUP) || sigismember(&pending, SIGINT) ||
           sigismember(&pending, SIGTERM);
}

// Waits for the child; returns what child_wait does. A signal that ends us ends it, and is kept for
// tools_release.
static int await(struct child *c)
{
    const struct timespec moment = {0, 50000000};
    siginfo_t ended;
    sigset_t set = ending();
    sigaddset(&set, SIGCHLD);
    for (;;) {
        ended.si_pid = 0;
        if (waitid(P_PID, (id_t)c->pid, &ended, WEXITED | WNOHANG | WNOWAIT) || ended.si_pid)
            return child_wait(c);
        int signal = sigtimedwait(&set, 0, &moment);
        if (signal <= 0 || signal == SIGCHLD) continue;
        kill(-c->pid, SIGKILL);
        raise(signal);
    }
}

// The first line of the log that tells of an error, without what does not print.
static void first_error(const char *folder, char line[LINE])
{
    char path[4096], text[4 * LINE], *end = 0;
    FILE *f = 0;
    *line = 0;
    if (snprintf(path, sizeof path, "%s/" TOOL_LOG, folder) < (int)sizeof path)
        f = fopen(path, "re");
    while (f && !*line && fgets(text, sizeof text, f)) {
        if (!strstr(text, "rror") && !strstr(text, "No space left")) continue;
        if ((end = strchr(text, '\n'))) *end = 0;
        snprintf(line, LINE, "%.*s", LINE - 1, text);
    }
    if (f) fclose(f);
    for (char *at = line; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f) *at = ' ';
}

static void tell_end(const char *tool, int status, const char *why, char *message, size_t size)
{
    snprintf(message, size, "%s failed (%s %d)%s%s", tool, status < 256 ? "exit" : "signal",
             status % 256, *why ? ": " : "", why);
}

int tools_run(const char *const argv[], const char *folder, char *message, size_t size)
{
    char path[4096], line[LINE];
    struct child child;
    if (snprintf(path, sizeof path, "%s/" TOOL_LOG, folder) >= (int)sizeof path) {
        snprintf(message, size, "%s: path too long", folder);
        return -1;
    }
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) {
        snprintf(message, size, "%s: %s", path, strerror(errno));
        return -1;
    }
    for (int i = 0; argv[i]; i++)
        dprintf(log, "%s%c", argv[i], argv[i + 1] ? ' ' : '\n');
    int rc = start(&child, argv, folder, log, log, message, size);
    close(log);
    if (rc) return -1;
    int status = await(&child);
    if (!status) return 0;
    first_error(folder, line);
    tell_end(argv[0], status, line, message, size);
    return -1;
}

int tools_ask(const char *const argv[], char *text, size_t n, char *message, size_t size)
{
    char more[512];
    int ends[2];
    size_t got = 0;
    struct tools_held held;
    struct child child;
    if (pipe2(ends, O_CLOEXEC)) {
        snprintf(message, size, "%s: %s", argv[0], strerror(errno));
        return -1;
    }
    tools_hold(&held);
    int rc = start(&child, argv, 0, ends[1], -1, message, size);
    close(ends[1]);
    for (struct pollfd wait = {ends[0], POLLIN, 0}; rc == 0;) {
        if (poll(&wait, 1, 50) == 0) {
            if (tools_ending()) kill(-child.pid, SIGKILL);
            continue;
        }
        ssize_t k =
            got < n - 1 ? read(ends[0], text + got, n - 1 - got) : read(ends[0], more, sizeof more);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) break;
        if (got < n - 1) got += (size_t)k;
    }
    text[got] = 0;
    close(ends[0]);
    if (rc == 0 && (rc = await(&child))) tell_end(argv[0], rc, "", message, size);
    if (rc == 0 && !got) {
        snprintf(message, size, "%s %s says nothing", argv[0], argv[1]);
        rc = -1;
    }
    tools_release(&held);
    return rc ? -1 : 0;
}
