// Plots by gnuplot, as SVG to stand inside a page or in a file.
#include "cli/report/plot.h"

#include "cli/cli.h"

#include "twin/io/labels.h"

#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct plot plot_begin(const char *x, const char *y, int height)
{
    int memory = memfd_create("plot", MFD_CLOEXEC); // no file: nothing is left behind
    struct plot p = {.script = memory < 0 ? 0 : fdopen(memory, "w+")};
    if (!p.script) cli_die("a plot: %s", strerror(errno));
    fprintf(p.script,
            "set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,12'\n"
            "set tmargin 2.6\nset border 3 lc rgb '%s'\nset tics nomirror textcolor rgb '%s'\n"
            "set grid ytics lc rgb '%s' lw 0.5\nset key textcolor rgb '%s'\n"
            "set xlabel textcolor rgb '%s'\nset ylabel textcolor rgb '%s'\nset xlabel ",
            PLOT_WIDTH, height, PLOT_GREY, PLOT_GREY, PLOT_LINE, PLOT_GREY, PLOT_GREY, PLOT_GREY);
    plot_text(&p, x);
    fprintf(p.script, "\nset ylabel ");
    plot_text(&p, y);
    fprintf(p.script, "\n");
    return p;
}

// Between single quotes only a single quote means something; it is doubled. What is no letter is a
// blank.
void plot_text(const struct plot *p, const char *text)
{
    fputc('\'', p->script);
    for (size_t n; *text; text += n ? n : 1) {
        n = labels_letter(text);
        if (*text == '\'') fputc('\'', p->script);
        fprintf(p->script, "%.*s", n ? (int)n : 1, n ? text : " ");
    }
    fputc('\'', p->script);
}

// All that the descriptor gives until its end, malloc'd, and a 0 behind it.
static char *read_all(int fd)
{
    char *text = 0;
    size_t room = 0, used = 0;
    for (;;) {
        if (used == room) {
            char *more = realloc(text, (room += 65536) + 1);
            if (!more) cli_no_memory();
            text = more;
        }
        ssize_t got = read(fd, text + used, room - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) cli_die("gnuplot: %s", strerror(errno));
        if (got == 0) break;
        used += (size_t)got;
    }
    text[used] = 0;
    return text;
}

char *plot_end(struct plot *p)
{
    const char *const argv[] = {"gnuplot", "-", 0};
    int from[2];
    struct child child;
    struct fail f;
    if (fflush(p->script) || ferror(p->script)) cli_no_memory();
    rewind(p->script);
    if (pipe2(from, O_CLOEXEC)) cli_die("gnuplot: %s", strerror(errno));
    if (child_start(&child, argv, 0, 0, fileno(p->script), from[1], STDERR_FILENO, &f))
        cli_die("%s (Debian package gnuplot-nox)", f.text);
    close(from[1]);
    char *text = read_all(from[0]);
    close(from[0]);
    int status = child_wait(&child);
    fclose(p->script);
    char *svg = strstr(text, "<svg");
    if (status || !svg) cli_die("gnuplot failed (Debian package gnuplot-nox)");
    memmove(text, svg, strlen(svg) + 1);
    return text;
}

void plot_mark(const struct plot *p, double x, const char *label, const char *colour, int row)
{
    fprintf(p->script,
            "set arrow from %.6g, graph 0 to %.6g, graph 1 nohead lc rgb '%s' lw 1.5 dt 2 front\n"
            "set label '%s' at %.6g, graph %.3g center textcolor rgb '%s' front\n",
            x, x, colour, label, x, 1.04 + 0.085 * row, colour);
}
