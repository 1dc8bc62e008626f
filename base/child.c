#include "base/child.h"

#include "base/leave.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// After fork(), with other threads of ours gone: only what a signal's handler may call.
static void become(const char *const argv[], const char *folder, char *const env[],
                   const int *given, pid_t parent, int tell)
{
    int fd[3], why;
    sigset_t none;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    if (folder && chdir(folder)) goto failed;
    for (int i = 0; i < 3; i++) // out of the way of each other
        if ((fd[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 3)) < 0) goto failed;
    for (int i = 0; i < 3; i++)
        if (dup2(fd[i], i) < 0) goto failed;
    for (int i = 1; i < NSIG; i++)
        if (i != SIGKILL && i != SIGSTOP) signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    execvpe(argv[0], (char *const *)argv, env ? env : environ);
failed:
    why = errno;
    if (write(tell, &why, sizeof why) < 0) _exit(126);
    _exit(127);
}

int child_start(struct child *c, const char *const argv[], const char *folder, char *const env[],
                int in, int out, int err, struct fail *f)
{
    int given[3] = {in, out, err}, tell[2], why = 0;
    pid_t parent = getpid();
    sigset_t all, before;
    c->place = -1;
    if (pipe2(tell, O_CLOEXEC)) return fail(f, "%s: %s", argv[0], strerror(errno));
    sigfillset(&all); // no handler of ours runs in the child, or before it is noted
    pthread_sigmask(SIG_BLOCK, &all, &before);
    c->pid = fork();
    if (c->pid == 0) become(argv, folder, env, given, parent, tell[1]);
    if (c->pid < 0) why = errno;
    if (c->pid > 0) {
        setpgid(c->pid, c->pid); // here as well: whichever comes first
        c->place = leave_child(c->pid);
    }
    pthread_sigmask(SIG_SETMASK, &before, 0);
    close(tell[1]);
    if (c->pid > 0)
        while (read(tell[0], &why, sizeof why) < 0 && errno == EINTR)
            continue;
    close(tell[0]);
    if (!why) return 0;
    if (c->pid > 0) child_wait(c);
    return fail(f, "%s: %s", argv[0], strerror(why));
}

int child_wait(struct child *c)
{
    int status = 0, bad;
    while ((bad = waitpid(c->pid, &status, 0) < 0) && errno == EINTR)
        continue;
    leave_forget(c->place);
    if (bad) return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}
