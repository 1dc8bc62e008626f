// Plots by gnuplot, as SVG to stand inside a page.
#include "cli/report.h"

#include "twin/predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const BLUE = "#2563a8", *const GREY = "#667085", *const RED = "#b42318",
                         *const GREEN = "#067647";

struct plot {
    char path[64]; // the script
    FILE *script;
};

static struct plot plot_begin(const char *x, const char *y)
{
    struct plot p = {.path = "/tmp/spiketwin-plot-XXXXXX"};
    int fd = mkstemp(p.path);
    p.script = fd < 0 ? 0 : fdopen(fd, "w");
    if (!p.script) cli_die("%s: no room for a plot", p.path);
    fprintf(p.script,
            "set terminal svg size 440,300 dynamic enhanced font 'sans-serif,13'\n"
            "set tmargin 3.2\nset border 3 lc rgb '%s'\nset tics nomirror textcolor rgb '%s'\nset "
            "grid ytics lc rgb "
            "'#d0d5dd' lw 0.5\nset key textcolor rgb '%s'\nset xlabel '%s' textcolor rgb '%s'\n"
            "set ylabel '%s' textcolor rgb '%s'\n",
            GREY, GREY, GREY, x, GREY, y, GREY);
    return p;
}

// Runs the script and returns the SVG element without its XML head.
static char *plot_end(struct plot *p)
{
    char command[128], *text = 0;
    size_t room = 0, used = 0;
    if (fclose(p->script)) cli_die("%s: no room for a plot", p->path);
    snprintf(command, sizeof command, "gnuplot %s", p->path);
    FILE *out = popen(command, "r");
    do {
        room += 65536;
        text = realloc(text, room + 1);
        if (!text || !out) cli_die("gnuplot could not be started");
        used += fread(text + used, 1, room - used, out);
    } while (used == room);
    text[used] = 0;
    int status = pclose(out);
    unlink(p->path);
    char *svg = strstr(text, "<svg");
    if (status || !svg) cli_die("gnuplot failed or is missing (Debian package gnuplot-nox)");
    memmove(text, svg, strlen(svg) + 1);
    return text;
}

// A dashed line at x with its label above the plot, in one of two rows.
static void mark(const struct plot *p, double x, const char *label, const char *colour, int row)
{
    fprintf(p->script,
            "set arrow from %.6g, graph 0 to %.6g, graph 1 nohead lc rgb '%s' lw 1.5 dt 2 front\n"
            "set label '%s' at %.6g, graph %.3g center textcolor rgb '%s' front\n",
            x, x, colour, label, x, row ? 1.14 : 1.05, colour);
}

static void range_of(const struct report_run *r, double *lo, double *hi)
{
    double limit = report_number(r, "predict.json", "yield.limit");
    *lo = fmin(limit, report_number(r, "predict.json", "accuracy.nominal"));
    *hi = fmax(limit, report_number(r, "predict.json", "accuracy.nominal"));
    for (int i = 0; i < r->n_chips; i++) {
        *lo = fmin(*lo, r->accuracy[i]);
        *hi = fmax(*hi, r->accuracy[i]);
    }
}

char *report_plot_accuracy(const struct report_run *r)
{
    double lo, hi;
    range_of(r, &lo, &hi);
    double step = fmax(100 * (hi - lo) / 30, 100 / report_number(r, "predict.json", "clips"));
    struct plot p = plot_begin("accuracy, %", "chips");
    mark(&p, 100 * report_number(r, "predict.json", "accuracy.nominal"), "nominal", GREEN, 1);
    mark(&p, 100 * report_number(r, "predict.json", "accuracy.quantised"), "quantised", GREY, 0);
    mark(&p, 100 * report_number(r, "predict.json", "yield.limit"), "limit", RED, 0);
    fprintf(p.script, "set xrange [%.6g:%.6g]\nset yrange [0:*]\n$chips << EOD\n",
            100 * lo - 2 * step, 100 * hi + 5 * step);
    for (int i = 0; i < r->n_chips; i++)
        fprintf(p.script, "%.6f\n", 100 * r->accuracy[i]);
    fprintf(
        p.script,
        "EOD\nstep = %.6g\nset boxwidth step * 0.9\nset style fill solid 0.8 noborder\n"
        "plot $chips using (step * floor($1 / step) + step / 2):(1) smooth frequency with boxes lc "
        "rgb '%s' notitle\n",
        step, BLUE);
    return plot_end(&p);
}

char *report_plot_yield(const struct report_run *r)
{
    enum { STEPS = 80 };
    double lo, hi, low, high;
    range_of(r, &lo, &hi);
    double from = lo - 0.1 * (hi - lo) - 0.002, to = hi + 0.1 * (hi - lo) + 0.002;
    struct plot p = plot_begin("limit: accuracy that a chip must reach, %", "yield, %");
    mark(&p, 100 * report_number(r, "predict.json", "yield.limit"), "limit", RED, 0);
    fprintf(p.script,
            "set xrange [%.6g:%.6g]\nset yrange [0:103]\nset key bottom left\n$yield << EOD\n",
            100 * from, 100 * to);
    for (int i = 0; i <= STEPS; i++) {
        double limit = from + (to - from) * i / STEPS;
        int pass = 0;
        for (int k = 0; k < r->n_chips; k++)
            pass += r->accuracy[k] >= limit;
        predict_wilson(pass, r->n_chips, &low, &high);
        fprintf(p.script, "%.6f %.6f %.6f %.6f\n", 100 * limit, 100.0 * pass / r->n_chips,
                100 * low, 100 * high);
    }
    fprintf(p.script,
            "EOD\nplot $yield using 1:3:4 with filledcurves lc rgb '%s' fs transparent solid 0.25 "
            "title "
            "'95 %% Wilson interval', $yield using 1:2 with lines lc rgb '%s' lw 2 title 'yield'\n",
            BLUE, BLUE);
    return plot_end(&p);
}

char *report_plot_learning(const struct report_run *r)
{
    struct plot p = plot_begin("epoch", "accuracy, %");
    double least = 1; // no axis without length, which gnuplot warns of
    for (int i = 0; i < r->n_epochs; i++)
        least = fmin(least, fmin(r->log[i].train, r->log[i].held));
    mark(&p, report_number(r, "train.json", "best_epoch"), "kept", GREEN, 0);
    fprintf(p.script, "set xrange [0:%d]\nset yrange [%.0f:100]\n",
            r->n_epochs ? r->log[r->n_epochs - 1].epoch : 1, fmin(99, floor(100 * least)));
    fprintf(p.script,
            "set key bottom right\nset y2label 'loss, nats' textcolor rgb '%s'\nset y2tics "
            "textcolor rgb '%s'\nset border 11\nset y2range [0:*]\n$log << EOD\n",
            GREY, GREY);
    for (int i = 0; i < r->n_epochs; i++)
        fprintf(p.script, "%d %.6f %.6f %.6f\n", r->log[i].epoch, 100 * r->log[i].train,
                100 * r->log[i].held, r->log[i].loss);
    fprintf(
        p.script,
        "EOD\nplot $log using 1:2 with lines lc rgb '%s' lw 1.5 title 'training, while learning', "
        "$log using 1:3 with lines lc rgb '%s' lw 2 title 'held-back speakers', $log using 1:4 "
        "axes "
        "x1y2 with lines lc rgb '%s' lw 1 title 'loss'\n",
        GREY, BLUE, RED);
    return plot_end(&p);
}
