// Plots by gnuplot, as SVG to stand inside a page or in a file.
#include "cli/plot.h"

#include "cli/cli.h"

#include "twin/io/labels.h"

#include <stdlib.h>
#include <string.h>

struct plot plot_begin(const char *x, const char *y, int height)
{
    struct plot p = {.script = tmpfile()};
    if (!p.script) cli_die("a plot: no room for temporary files");
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

char *plot_end(struct plot *p)
{
    char command[128], *text = 0;
    size_t room = 0, used = 0;
    if (fflush(p->script) || ferror(p->script)) cli_die("a plot: no room for temporary files");
    rewind(p->script);
    // The file has no name, so that nothing is left behind however the program ends.
    snprintf(command, sizeof command, "gnuplot /dev/fd/%d", fileno(p->script));
    FILE *out = popen(command, "r");
    do {
        room += 65536;
        text = realloc(text, room + 1);
        if (!text || !out) cli_die("gnuplot could not be started");
        used += fread(text + used, 1, room - used, out);
    } while (used == room);
    text[used] = 0;
    int status = pclose(out);
    fclose(p->script);
    char *svg = strstr(text, "<svg");
    if (status || !svg) cli_die("gnuplot failed or is missing (Debian package gnuplot-nox)");
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
