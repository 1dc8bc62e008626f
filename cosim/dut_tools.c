#include "cosim/dut_tools.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
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

// Starts argv in `folder` with standard output to `out`, and standard error too where `both`. 0 or
// an errno.
static int start(const char *const argv[], const char *folder, int out, bool both, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual = ending();
    char **clean = environment();
    if (!clean) return ENOMEM;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (both)
        posix_spawn_file_actions_adddup2(&actions, 1, 2);
    else
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (folder) posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0); // so that its own children end with it
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    int rc = posix_spawnp(child, argv[0], &actions, &attributes, (char *const *)argv, clean);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    environment_free(clean);
    return rc;
}

static int not_started(const char *tool, int why, char *message, size_t size)
{
    snprintf(message, size, "%s: %s; it builds the RTL for co-simulation (Debian: apt install %s)",
             tool, why == ENOENT ? "not found in PATH" : strerror(why), tool);
    return -1;
}

bool tools_ending(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGHUP) || sigismember(&pending, SIGINT) ||
           sigismember(&pending, SIGTERM);
}

// Waits for the child; a signal that ends us ends it, and is kept for tools_release.
static int await(pid_t child, int *status)
{
    const struct timespec while_ = {0, 50000000};
    sigset_t set = ending();
    sigaddset(&set, SIGCHLD);
    for (;;) {
        pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child) return 0;
        if (ended < 0 && errno != EINTR) return -1;
        int signal = sigtimedwait(&set, 0, &while_);
        if (signal <= 0 || signal == SIGCHLD) continue;
        kill(-child, SIGKILL);
        while (waitpid(child, status, 0) < 0 && errno == EINTR) {
        }
        raise(signal);
        return 0;
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

int tools_run(const char *const argv[], const char *folder, char *message, size_t size)
{
    char path[4096], line[LINE];
    pid_t child;
    int status = 0;
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
    int rc = start(argv, folder, log, true, &child);
    close(log);
    if (rc) return not_started(argv[0], rc, message, size);
    if (await(child, &status)) {
        snprintf(message, size, "%s: %s", argv[0], strerror(errno));
        return -1;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
    first_error(folder, line);
    snprintf(message, size, "%s failed (%s %d)%s%s", argv[0], WIFEXITED(status) ? "exit" : "signal",
             WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), *line ? ": " : "", line);
    return -1;
}

int tools_ask(const char *const argv[], char *text, size_t n, char *message, size_t size)
{
    char more[512];
    int ends[2], status = 0;
    size_t got = 0;
    struct tools_held held;
    pid_t child;
    if (pipe2(ends, O_CLOEXEC)) {
        snprintf(message, size, "%s: %s", argv[0], strerror(errno));
        return -1;
    }
    tools_hold(&held);
    int rc = start(argv, 0, ends[1], false, &child);
    close(ends[1]);
    if (rc) {
        close(ends[0]);
        tools_release(&held);
        return not_started(argv[0], rc, message, size);
    }
    for (struct pollfd wait = {ends[0], POLLIN, 0};;) {
        if (poll(&wait, 1, 50) == 0) {
            if (tools_ending()) kill(-child, SIGKILL);
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
    int lost = await(child, &status);
    tools_release(&held);
    if (!lost && WIFEXITED(status) && WEXITSTATUS(status) == 0 && got) return 0;
    snprintf(message, size, "%s %s failed (%s %d)", argv[0], argv[1],
             WIFEXITED(status) ? "exit" : "signal",
             WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    return -1;
}
