#include "twin/io/apart.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void limit(int which, size_t value)
{
    setrlimit(which, &(struct rlimit){value, value});
}

// Bytes of address space that this process has now.
static size_t space_taken(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void confine(const struct apart *limits, size_t taken)
{
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    close(STDOUT_FILENO);
    close(STDERR_FILENO); // what the C library says of a broken heap
    limit(RLIMIT_NOFILE, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, limits->cpu_s);
    if (taken) limit(RLIMIT_AS, taken + limits->memory);
    alarm(limits->wall_s);
}

pid_t apart_start(const struct apart *limits, void (*work)(void *context), void *context,
                  const char *place, struct fail *f)
{
    size_t taken = space_taken();
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before); // no handler of the parent's runs in the child
    pid_t child = fork();
    if (child != 0) sigprocmask(SIG_SETMASK, &before, 0);
    if (child < 0) return fail(f, "%s: no process to read it in: %s", place, strerror(errno));
    if (child == 0) {
        confine(limits, taken);
        work(context);
        _exit(0); // nothing of the parent's is flushed or freed here
    }
    return child;
}

const char *apart_wait(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR)
        ;
    int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (!by) return 0;
    bool stopped = by == SIGKILL || by == SIGXCPU || by == SIGALRM;
    return stopped ? "HDF5 comes to no end with it" : "HDF5 ends in a crash on it";
}
