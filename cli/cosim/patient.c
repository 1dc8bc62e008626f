#include "cli/cosim/patient.h"

#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 24 };

struct patient {
    FILE *in;
    const char *name;
    int seconds;
    char line[HEAD]; // how the present line begins
    size_t n;
    char clip[HEAD], tick[HEAD]; // numbers of the last C and T record that came whole
};

// "C 12 40 name" -> "12".
static void keep_number(char to[HEAD], const char *line)
{
    size_t n = strspn(line + 2, "0123456789");
    memcpy(to, line + 2, n);
    to[n] = 0;
}

static void follow(struct patient *p, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '\n') {
            if (p->n < HEAD - 1) p->line[p->n++] = text[i];
            continue;
        }
        p->line[p->n] = 0;
        if (!strncmp(p->line, "C ", 2)) keep_number(p->clip, p->line), *p->tick = 0;
        if (!strncmp(p->line, "T ", 2)) keep_number(p->tick, p->line);
        p->n = 0;
    }
}

static ssize_t patient_read(void *cookie, char *to, size_t size)
{
    struct patient *p = cookie;
    struct pollfd of = {fileno(p->in), POLLIN, 0};
    int ready;
    do
        ready = poll(&of, 1, p->seconds * 1000);
    while (ready < 0 && errno == EINTR);
    if (!ready)
        cli_die("%s: nothing for %d s (--timeout) after %s%s%s%s: does the device hang?", p->name,
                p->seconds, *p->clip ? "clip " : "its beginning", p->clip,
                *p->tick ? ", tick " : "", p->tick);
    ssize_t n = read(of.fd, to, size);
    if (n > 0) follow(p, to, (size_t)n);
    return n;
}

static int patient_close(void *cookie)
{
    struct patient *p = cookie;
    int bad = fclose(p->in);
    free(p);
    return bad;
}

FILE *patient_open(FILE *in, const char *name, int seconds)
{
    if (!seconds) return in;
    struct patient *p = malloc(sizeof *p);
    const cookie_io_functions_t io = {.read = patient_read, .close = patient_close};
    if (!p) cli_no_memory();
    *p = (struct patient){.in = in, .name = name, .seconds = seconds};
    FILE *f = fopencookie(p, "r", io);
    if (!f) cli_no_memory();
    return f;
}
