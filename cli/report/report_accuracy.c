// Of the report: accuracy over chips, yield over the limit, what the intervals say, learning.
#include "cli/report/plot.h"
#include "cli/report/report.h"

#include <math.h>
#include <stdlib.h>

// "accuracy, %": an axis of the figure of merit.
static const char *axis(const struct merit *m, const char *before, char text[96])
{
    snprintf(text, 96, "%s%s%s%s", before, m->name, *m->unit ? "," : "", m->unit);
    return text;
}

// The range of the limits between which something happens, with room; as the figure is read.
static void range_of(const struct page *p, double *lo, double *hi)
{
    const cJSON *chip;
    const struct merit *m = page_merit(p);
    const char *const at[] = {"/verdict/limit", "/accuracy/quantised", "/accuracy/nominal"};
    *lo = INFINITY, *hi = -INFINITY;
    for (int i = 0; i < 3; i++)
        if (page_find(p, at[i])) {
            *lo = fmin(*lo, page_merit_shown(p, page_value(p, at[i])));
            *hi = fmax(*hi, page_merit_shown(p, page_value(p, at[i])));
        }
    cJSON_ArrayForEach(chip, page_find(p, "/chips"))
    {
        *lo = fmin(*lo, page_merit_shown(p, report_number(chip, "accuracy")));
        *hi = fmax(*hi, page_merit_shown(p, report_number(chip, "accuracy")));
    }
    double room = 0.1 * (*hi - *lo) + 0.002 * merit_scale(m);
    *lo = fmax(m->times * fmin(m->worst, m->best), *lo - room);
    *hi = fmin(m->times * fmax(m->worst, m->best), *hi + room);
}

static char *plot_distribution(const struct page *p)
{
    const cJSON *chip;
    double lo, hi;
    range_of(p, &lo, &hi);
    // A bar is a whole number of clips wide, so that none stands between two possible accuracies.
    const struct merit *m = page_merit(p);
    double clip = m->of_item ? (hi - lo) / 30 : 100 / page_value(p, "/clips"),
           step = clip * fmax(1, ceil((hi - lo) / 30 / clip));
    char text[96];
    struct plot plot = plot_begin(axis(m, "", text), "chips", 250);
    if (page_find(p, "/accuracy/nominal"))
        plot_mark(&plot, page_merit_shown(p, page_value(p, "/accuracy/nominal")), "real",
                  PLOT_GREEN, 2);
    plot_mark(&plot, page_merit_shown(p, page_value(p, "/accuracy/quantised")), "quantised",
              PLOT_GREY, 1);
    if (page_find(p, "/verdict"))
        plot_mark(&plot, page_merit_shown(p, page_value(p, "/verdict/limit")), "limit", PLOT_RED,
                  0);
    fprintf(plot.script,
            "set tmargin 3.6\nset xrange [%.6g:%.6g]\nset yrange [0:*]\n$chips << EOD\n",
            lo - step / 2, hi + step / 2); // the last bar, of 100 %, is whole too
    cJSON_ArrayForEach(chip, page_find(p, "/chips"))
    {
        if (report_number(chip, "k") > 0)
            fprintf(plot.script, "%.6f\n", page_merit_shown(p, report_number(chip, "accuracy")));
    }
    fprintf(plot.script,
            "EOD\nstep = %.9g\nset boxwidth step * 0.9\nset style fill solid 0.8 noborder\n"
            "plot $chips using (step * floor($1 / step + 0.001)):(1) smooth frequency with boxes "
            "lc rgb '%s' notitle\n",
            step, PLOT_BLUE);
    return plot_end(&plot);
}

static char *plot_yield(const struct page *p)
{
    const cJSON *point;
    double lo, hi;
    range_of(p, &lo, &hi);
    bool spoken = page_find(p, "/speakers");
    const struct merit *m = page_merit(p);
    char text[160];
    snprintf(text, sizeof text, "limit: %s that a chip must reach%s%s", m->name,
             *m->unit ? "," : "", m->unit);
    struct plot plot = plot_begin(text, "yield, %", 265);
    plot_mark(&plot, page_merit_shown(p, page_value(p, "/verdict/limit")), "limit", PLOT_RED, 0);
    fprintf(plot.script, "set yrange [0:103]\nset bmargin 6.4\nset key outside bottom center "
                         "horizontal samplen 2\n$yield << EOD\n");
    cJSON_ArrayForEach(point, page_find(p, "/yield_curve"))
    {
        struct page at = {.json = point};
        fprintf(plot.script, "%.6f %.6f %.6f %.6f",
                page_merit_shown(p, report_number(point, "limit")),
                100 * report_number(point, "yield"), 100 * page_value(&at, "/chips/0"),
                100 * page_value(&at, "/chips/1"));
        if (spoken)
            fprintf(plot.script, " %.6f %.6f", 100 * page_value(&at, "/chips_and_speakers/0"),
                    100 * page_value(&at, "/chips_and_speakers/1"));
        fprintf(plot.script, "\n");
    }
    fprintf(plot.script, "EOD\nset xrange [%.6g:%.6g]\nplot ", lo, hi);
    if (spoken)
        fprintf(plot.script,
                "$yield using 1:5:6 with filledcurves lc rgb '%s' fs transparent solid 0.25 title "
                "'chips and people', ",
                PLOT_GREY);
    fprintf(
        plot.script,
        "$yield using 1:3:4 with filledcurves lc rgb '%s' fs transparent solid 0.35 title "
        "'chips', $yield using 1:2 with linespoints pt 7 ps 0.2 lc rgb '%s' lw 2 title 'yield'\n",
        PLOT_BLUE, PLOT_BLUE);
    return plot_end(&plot);
}

static void cell(struct page *p, const char *of, const char *covers, bool figure)
{
    char at[96];
    page_html(p, "<td>");
    for (int i = 0; i < 2; i++) {
        snprintf(at, sizeof at, "/intervals/%s/%s/%d", of, covers, i);
        if (i) page_html(p, " to ");
        if (figure)
            page_share(p, at);
        else
            page_number(p, 100, 1, "%s", at);
    }
    page_html(p, figure ? "</td>" : " %%</td>");
}

static void intervals(struct page *p)
{
    static const struct {
        const char *member, *title;
    } row[] = {{"chips", "chips"}, {"speakers", "speakers"}, {"chips_and_speakers", "both"}};
    if (report_left_out(p, "intervals")) return;
    bool spoken = page_find(p, "/speakers");
    page_html(p,
              "<div class=\"wide\"><table><caption><span>95 %% intervals, by what is drawn "
              "anew</span></caption><thead><tr><th>drawn anew</th><th>mean %s</th>"
              "<th>yield</th></tr></thead><tbody>\n",
              page_merit(p)->name);
    for (int i = 0; i < (spoken ? 3 : 1); i++) {
        page_html(p, "<tr><td>%s</td>", row[i].title);
        cell(p, "mean", row[i].member, true);
        cell(p, "yield", row[i].member, false);
        page_html(p, "</tr>\n");
    }
    page_html(p,
              "</tbody></table></div>\n<p class=\"soft\">What each covers. Chips: the same "
              "%ss on other chips, as of a larger lot (Student for the mean, Wilson for the "
              "yield). ",
              report_item(p));
    if (spoken) {
        page_html(p, "Speakers: the same chips before other speakers (bootstrap over whole "
                     "speakers, ");
        page_number(p, 1, 0, "/intervals/replicates");
        page_html(p,
                  " replicates). Both: other chips and other speakers, what a promise has to hold "
                  "against. ");
    } else if (page_merit(p)->of_item)
        page_html(p, "Over other items there is none: nothing says what they are drawn from. ");
    else
        page_html(p, "Over other patterns there is none: these are all that there are. ");
    page_html(p,
              "They are confidence intervals, of the mean and of the yield of all such "
              "chips%s; where the next chip lies, the standard deviation and the "
              "percentile say. None covers a wrong chip file%s.</p>\n",
              spoken ? " and speakers" : "", spoken ? ", nor speech unlike these clips" : "");
    page_command(p, "predict");
}

// A run that stopped when it knew enough.
static void sequential(struct page *p)
{
    if (!page_find(p, "/sequential")) return;
    page_html(p, "<p>The run %s, ",
              cJSON_IsTrue(page_find(p, "/sequential/reached")) ? "stopped"
                                                                : "went on to its last chip");
    page_number(p, 1, 0, "/sequential/chips");
    page_html(p, " chips, told to stop at an interval of the yield no wider than ");
    page_number(p, 100, 1, "/sequential/width");
    page_html(p, " points. The interval that makes up for looking again and again is ");
    page_number(p, 100, 1, "/sequential/yield/0");
    page_html(p, " to ");
    page_number(p, 100, 1, "/sequential/yield/1");
    page_html(p, " %%.</p>\n");
}

void report_accuracy(struct page *p)
{
    const struct merit *m = page_merit(p);
    char label[128];
    page_html(p, "<h3>%s and yield</h3>\n<div class=\"plots\">\n",
              m->of_item ? m->name : "Accuracy");
    snprintf(label, sizeof label, "Histogram of the %s of the virtual chips", m->name);
    page_figure_begin(p, plot_distribution(p), label);
    page_number(p, 1, 0, "/accuracy/chips/n");
    page_html(p, " virtual chips reach ");
    page_share(p, "/accuracy/chips/mean");
    page_html(p, " on average, the worst of them, chip ");
    page_number(p, 1, 0, "/accuracy/chips/worst_chip");
    page_html(p, ", ");
    page_share(p, "/accuracy/chips/worst");
    page_html(p, "; a bar counts the chips of that %s.", m->name);
    page_figure_end(p, "predict");
    if (page_find(p, "/verdict")) {
        snprintf(label, sizeof label, "Yield over the %s that is asked for, with interval",
                 m->name);
        page_figure_begin(p, plot_yield(p), label);
        page_number(p, 100, 1, "/verdict/yield");
        page_html(p, " %% of the chips reach the limit of ");
        page_share(p, "/verdict/limit");
        page_html(p, "; a stricter limit loses chips along the curve. The bands are 95 %% "
                     "intervals, limit by limit.");
        page_figure_end(p, "predict");
    }
    page_html(p, "</div>\n");
    sequential(p);
    intervals(p);
}

char *report_plot_learning(const cJSON *log, const cJSON *kept, const struct merit *m)
{
    const char *unit = cJSON_GetObjectItemCaseSensitive(log->child, "step") ? "step" : "epoch";
    bool held = cJSON_GetObjectItemCaseSensitive(log->child, "held");
    char text[96], range[64];
    struct plot plot = plot_begin(unit, axis(m, "", text), 265);
    const cJSON *row;
    double least = 1, last = 1;
    cJSON_ArrayForEach(row, log)
    {
        least = fmin(least, fmin(report_number(row, "train"),
                                 report_number(row, "held"))); // of NAN the other
        last = fmax(last, report_number(row, unit));
    }
    plot_mark(&plot, kept ? kept->valuedouble : last, "kept", PLOT_GREEN, 0);
    if (m->of_item)
        snprintf(range, sizeof range, m->best > m->worst ? "[*:%g]" : "[%g:*]", m->best);
    else
        snprintf(range, sizeof range, "[%.0f:100]", fmin(99, floor(100 * least)));
    fprintf(plot.script,
            "set xrange [0:%.0f]\nset yrange %s\nset bmargin 5.2\n"
            "set key at screen 0.97, screen 0.02 right bottom horizontal maxcols 3 samplen 1.5 "
            "width -2\n"
            "set y2label 'loss%s' textcolor rgb '%s'\nset y2tics textcolor rgb '%s'\n"
            "set border 11\nset y2range [0:*]\n$log << EOD\n",
            last, range, m->of_item ? "" : ", nats", PLOT_RED, PLOT_RED);
    cJSON_ArrayForEach(row, log)
        fprintf(plot.script, "%.0f %.6f %.6f %.6f\n", report_number(row, unit),
                m->times * merit_value(m, report_number(row, "train")),
                held ? m->times * merit_value(m, report_number(row, "held")) : 0,
                report_number(row, "loss"));
    fprintf(plot.script,
            "EOD\nplot $log using 1:2 with lines lc rgb '%s' lw 1.5 title 'training', ", PLOT_GREY);
    if (held)
        fprintf(plot.script, "$log using 1:3 with lines lc rgb '%s' lw 2 title 'held back', ",
                PLOT_BLUE);
    fprintf(plot.script, "$log using 1:4 axes x1y2 with lines lc rgb '%s' lw 1 title 'loss'\n",
            PLOT_RED);
    return plot_end(&plot);
}

char *report_plot_runs(cJSON *const *log, const char *const *name, int n, const struct merit *m)
{
    static const char *const colour[] = {PLOT_GREY, PLOT_BLUE, PLOT_RED, PLOT_GREEN, PLOT_ORANGE};
    enum { COLOURS = sizeof colour / sizeof *colour };
    char text[96];
    struct plot plot =
        plot_begin("epoch", m->of_item ? axis(m, "held back, ", text) : "held back, %", 300);
    fprintf(plot.script,
            "set key at screen 0.97, screen 0.02 right bottom horizontal samplen 1.5 width -1\n"
            "set bmargin 5.2\nset yrange [*:%s]\nset y2label 'loss (thin)%s' textcolor rgb "
            "'%s'\nset y2tics textcolor rgb '%s'\nset border 11\nset y2range [0:*]\n",
            m->of_item ? "*" : "100", m->of_item ? "" : ", nats", PLOT_GREY, PLOT_GREY);
    for (int i = 0; i < n; i++) {
        const cJSON *row;
        fprintf(plot.script, "$run%d << EOD\n", i);
        cJSON_ArrayForEach(row, log[i]) fprintf(
            plot.script, "%.0f %.6f %.6f\n", report_number(row, "epoch"),
            m->times * merit_value(m, report_number(row, "held")), report_number(row, "loss"));
        fprintf(plot.script, "EOD\n");
    }
    for (int i = 0; i < n; i++) {
        fprintf(plot.script, "%s $run%d using 1:2 with lines lw 2 lc rgb '%s' title ",
                i ? "," : "plot", i, colour[i % COLOURS]);
        plot_text(&plot, name[i]);
        fprintf(plot.script, ", '' using 1:3 axes x1y2 with lines lw 0.8 dt 2 lc rgb '%s' notitle",
                colour[i % COLOURS]);
    }
    fprintf(plot.script, "\n");
    return plot_end(&plot);
}

void report_learning(struct page *p)
{
    page_html(p, "<h3>Learning</h3>\n");
    if (report_left_out(p, "training")) return;
    const cJSON *best = page_find(p, "/training/best_epoch");
    page_html(p, "<div class=\"plots\">\n");
    page_figure_begin(
        p, report_plot_learning(page_find(p, "/training/epochs_run"), best, page_merit(p)),
        "Accuracy and loss over the course of training");
    page_html(p, best ? "Epoch " : "Step ");
    page_number(p, 1, 0, best ? "/training/best_epoch" : "/training/steps");
    if (best)
        page_html(p,
                  " was kept: the best on training speakers who were held back, not on the clips "
                  "of this report.");
    else {
        page_html(p, ", the last, was kept: ");
        page_number(p, 100, 2, "/training/held");
        page_html(p,
                  " %% right on chips of its own that training never drew. While training a chip "
                  "counts if it has everything right.");
    }
    page_figure_end(p, "train");
    page_html(p, "</div>\n");
}
