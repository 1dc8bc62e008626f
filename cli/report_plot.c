// Plots by gnuplot, as SVG to stand inside a page.
#include "cli/plot.h"
#include "cli/report.h"

#include "twin/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    plot_mark(&p, 100 * report_number(r, "predict.json", "accuracy.nominal"), "nominal", PLOT_GREEN,
              1);
    plot_mark(&p, 100 * report_number(r, "predict.json", "accuracy.quantised"), "quantised",
              PLOT_GREY, 0);
    plot_mark(&p, 100 * report_number(r, "predict.json", "yield.limit"), "limit", PLOT_RED, 0);
    fprintf(p.script, "set xrange [%.6g:%.6g]\nset yrange [0:*]\n$chips << EOD\n",
            100 * lo - 2 * step, 100 * hi + 5 * step);
    for (int i = 0; i < r->n_chips; i++)
        fprintf(p.script, "%.6f\n", 100 * r->accuracy[i]);
    fprintf(
        p.script,
        "EOD\nstep = %.6g\nset boxwidth step * 0.9\nset style fill solid 0.8 noborder\n"
        "plot $chips using (step * floor($1 / step) + step / 2):(1) smooth frequency with boxes lc "
        "rgb '%s' notitle\n",
        step, PLOT_BLUE);
    return plot_end(&p);
}

char *report_plot_yield(const struct report_run *r)
{
    enum { STEPS = 80 };
    double lo, hi;
    range_of(r, &lo, &hi);
    double from = lo - 0.1 * (hi - lo) - 0.002, to = hi + 0.1 * (hi - lo) + 0.002;
    struct plot p = plot_begin("limit: accuracy that a chip must reach, %", "yield, %");
    plot_mark(&p, 100 * report_number(r, "predict.json", "yield.limit"), "limit", PLOT_RED, 0);
    fprintf(p.script,
            "set xrange [%.6g:%.6g]\nset yrange [0:103]\nset key bottom left\n$yield << EOD\n",
            100 * from, 100 * to);
    for (int i = 0; i <= STEPS; i++) {
        double limit = from + (to - from) * i / STEPS;
        int pass = 0;
        for (int k = 0; k < r->n_chips; k++)
            pass += r->accuracy[k] >= limit;
        struct interval of = statistics_wilson(pass, r->n_chips, 0.95);
        fprintf(p.script, "%.6f %.6f %.6f %.6f\n", 100 * limit, 100.0 * pass / r->n_chips,
                100 * of.low, 100 * of.high);
    }
    fprintf(p.script,
            "EOD\nplot $yield using 1:3:4 with filledcurves lc rgb '%s' fs transparent solid 0.25 "
            "title "
            "'95 %% Wilson interval', $yield using 1:2 with lines lc rgb '%s' lw 2 title 'yield'\n",
            PLOT_BLUE, PLOT_BLUE);
    return plot_end(&p);
}

char *report_plot_learning(const struct report_run *r)
{
    struct plot p = plot_begin("epoch", "accuracy, %");
    double least = 1; // no axis without length, which gnuplot warns of
    for (int i = 0; i < r->n_epochs; i++)
        least = fmin(least, fmin(r->log[i].train, r->log[i].held));
    plot_mark(&p, report_number(r, "train.json", "best_epoch"), "kept", PLOT_GREEN, 0);
    fprintf(p.script, "set xrange [0:%d]\nset yrange [%.0f:100]\n",
            r->n_epochs ? r->log[r->n_epochs - 1].epoch : 1, fmin(99, floor(100 * least)));
    fprintf(p.script,
            "set key bottom right\nset y2label 'loss, nats' textcolor rgb '%s'\nset y2tics "
            "textcolor rgb '%s'\nset border 11\nset y2range [0:*]\n$log << EOD\n",
            PLOT_GREY, PLOT_GREY);
    for (int i = 0; i < r->n_epochs; i++)
        fprintf(p.script, "%d %.6f %.6f %.6f\n", r->log[i].epoch, 100 * r->log[i].train,
                100 * r->log[i].held, r->log[i].loss);
    fprintf(
        p.script,
        "EOD\nplot $log using 1:2 with lines lc rgb '%s' lw 1.5 title 'training, while learning', "
        "$log using 1:3 with lines lc rgb '%s' lw 2 title 'held-back speakers', $log using 1:4 "
        "axes "
        "x1y2 with lines lc rgb '%s' lw 1 title 'loss'\n",
        PLOT_GREY, PLOT_BLUE, PLOT_RED);
    return plot_end(&p);
}
