#include "cli/stop.h"

#include "cli/command.h"

#include "base/leave.h"

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 8192 };
static char line[2][ROOM]; // one is told while the other is written
static _Atomic(const char *) said = ": no result";
static atomic_bool silent, lingers, stopping;

static const struct {
    int number;
    const char *name;
} signals[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}, {SIGPIPE, 0}};
enum { SIGNALS = sizeof signals / sizeof *signals };

static size_t append(char *to, size_t used, const char *text)
{
    size_t n = strlen(text);
    if (n > ROOM - 1 - used) n = ROOM - 1 - used;
    memcpy(to + used, text, n);
    return used + n;
}

static void tell(const char *name)
{
    const struct timespec moment = {0, 300000000};
    char text[ROOM];
    size_t n = append(text, 0, isatty(STDERR_FILENO) ? "\r\033[Kspiketwin " : "spiketwin ");
    if (*command_verb()) {
        n = append(text, n, command_verb());
        n = append(text, n, ": ");
    }
    n = append(text, n, "stopped by ");
    n = append(text, n, name);
    n = append(text, n, atomic_load(&said));
    text[n++] = '\n';
    if (write(STDERR_FILENO, text, n) > 0 && atomic_load(&lingers)) nanosleep(&moment, 0);
}

static void on_signal(int number)
{
    const char *name = 0;
    for (int i = 0; i < SIGNALS; i++)
        if (signals[i].number == number) name = signals[i].name;
    if (!atomic_exchange(&stopping, true)) {
        leave_clean();
        if (name && !atomic_load(&silent)) tell(name);
        leave_clean(); // what began meanwhile
    }
    signal(number, SIG_DFL);
    raise(number);
}

void stop_open(void)
{
    for (int i = 0; i < SIGNALS; i++) {
        struct sigaction was,
            act = {.sa_handler = on_signal, .sa_flags = SA_NODEFER | SA_RESETHAND};
        sigaction(signals[i].number, 0, &was);
        bool kept =
            signals[i].number == SIGHUP || signals[i].number == SIGPIPE; // nohup's, a shell's
        if (!(kept && was.sa_handler == SIG_IGN)) sigaction(signals[i].number, &act, 0);
    }
}

void stop_says(const char *format, ...)
{
    char *to = line[atomic_load(&said) == line[0]];
    va_list args;
    va_start(args, format);
    vsnprintf(to, ROOM, format, args);
    va_end(args);
    atomic_store(&said, to);
}

void stop_silent(void)
{
    atomic_store(&silent, true);
}

void stop_lingers(void)
{
    atomic_store(&lingers, true);
}

bool stop_is_under_way(void)
{
    return atomic_load(&stopping);
}
