// Of the report: what each non-ideality costs, and how much of it is too much.
#include "cli/report/plot.h"
#include "cli/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The interval that an effect is told with.
static const char *drawn_anew(const struct page *p)
{
    return page_find(p, "/speakers") ? "chips_and_speakers" : "chips";
}

// The bar and the interval of one effect, at height y; reach[0] and [1] grow to hold it.
static void bar(const struct page *p, FILE *to, double y, const char *effect, double *reach)
{
    fprintf(to, "%.3f", y);
    for (int i = 0; i < 3; i++) {
        char at[128];
        if (i)
            snprintf(at, sizeof at, "%s/%s/%d", effect, drawn_anew(p), i - 1);
        else
            snprintf(at, sizeof at, "%s/loss", effect);
        double x = merit_scale(page_merit(p)) * page_value(p, at);
        reach[0] = fmin(reach[0], 1.1 * x);
        reach[1] = fmax(reach[1], 1.1 * x);
        fprintf(to, " %.6f", x);
    }
    fprintf(to, "\n");
}

// The knobs, those first whose leaving out would win most.
static int *by_cost(const struct page *p)
{
    return page_order(p, "/attribution/knobs", "/on_top/loss", PAGE_LARGEST_FIRST);
}

static char *plot_attribution(const struct page *p)
{
    static const char *const title[] = {"alone", "on top"};
    static const char *const member[] = {"alone", "on_top"};
    static const char *const colour[] = {PLOT_BLUE, PLOT_GREY};
    int n = cJSON_GetArraySize(page_find(p, "/attribution/knobs"));
    int *order = by_cost(p);
    double reach[2] = {-0.1, 0.1};
    const struct merit *m = page_merit(p);
    char text[96];
    snprintf(text, sizeof text, "%s lost%s", m->name, m->of_item ? "" : ", points");
    struct plot plot = plot_begin(text, "", 90 + 38 * (n + 2));
    FILE *to = plot.script;
    fprintf(to,
            "set ylabel\nunset grid\nset grid xtics lc rgb '%s' lw 0.5\nset bmargin 5.2\nset key "
            "outside bottom "
            "center horizontal\nset border 1\nset tmargin 1\nset arrow from 0, graph 0 to 0, "
            "graph 1 nohead lc rgb '%s' lw 1\nset yrange "
            "[%.1f:-0.6]\nset ytics scale 0 (",
            PLOT_LINE, PLOT_GREY, n + 1.6);
    for (int i = 0; i < n; i++) {
        char at[64];
        snprintf(at, sizeof at, "/attribution/knobs/%d/knob", order[i]);
        plot_text(&plot, page_string(p, at));
        fprintf(to, " %d, ", i);
    }
    fprintf(to, "'all together' %d, 'interaction' %d)\n", n, n + 1);
    for (int side = 0; side < 2; side++) {
        fprintf(to, "$side%d << EOD\n", side);
        for (int i = 0; i < n; i++) {
            char at[64];
            snprintf(at, sizeof at, "/attribution/knobs/%d/%s", order[i], member[side]);
            bar(p, to, i - 0.2 + 0.4 * side, at, reach);
        }
        fprintf(to, "EOD\n");
    }
    fprintf(to, "$whole << EOD\n");
    bar(p, to, n, "/attribution/all", reach);
    bar(p, to, n + 1, "/attribution/interaction", reach);
    fprintf(to, "EOD\nset xrange [%.6g:%.6g]\nset style fill solid 0.7 noborder\nplot ", reach[0],
            reach[1]);
    for (int side = 0; side < 2; side++)
        fprintf(to,
                "$side%d using (0):1:(0):2:($1-0.16):($1+0.16) with boxxyerror lc rgb '%s' title "
                "'%s', $side%d using 3:1:($4-$3):(0) with vectors nohead lc rgb '%s' lw 1.5 "
                "notitle, ",
                side, colour[side], title[side], side, PLOT_INK);
    fprintf(to,
            "$whole using (0):1:(0):2:($1-0.25):($1+0.25) with boxxyerror lc rgb '%s' notitle, "
            "$whole using 3:1:($4-$3):(0) with vectors nohead lc rgb '%s' lw 1.5 notitle\n",
            PLOT_RED, PLOT_INK);
    free(order);
    return plot_end(&plot);
}

// Shares are told in percent; a charge or a probability as it is.
static bool is_share(const struct page *p, const char *of)
{
    char at[128];
    snprintf(at, sizeof at, "%s/unit", of);
    return strncmp(page_string(p, at), "of ", 3) == 0;
}

static void size_of(struct page *p, const char *of, const char *member)
{
    char at[128];
    bool share = is_share(p, of);
    page_number(p, share ? 100 : 1, share ? 2 : 5, "%s/%s", of, member);
    page_html(p, share ? " %% " : " ");
    snprintf(at, sizeof at, "%s/unit", of);
    page_text(p, page_string(p, at));
}

static void effect(struct page *p, const char *at)
{
    const struct merit *m = page_merit(p);
    const double by = merit_scale(m);
    page_html(p, "<td>");
    page_number(p, by, m->decimals, "%s/loss", at);
    page_html(p, "</td><td class=\"unit\">");
    page_number(p, by, m->decimals, "%s/%s/0", at, drawn_anew(p));
    page_html(p, " to ");
    page_number(p, by, m->decimals, "%s/%s/1", at, drawn_anew(p));
    page_html(p, "</td>");
}

static void attribution_table(struct page *p, int n)
{
    char at[128];
    int *order = by_cost(p);
    const struct merit *m = page_merit(p);
    page_html(p,
              "<div class=\"wide\"><table><caption><span>%s, and its 95 %% "
              "interval over chips%s; first what leaving out would win "
              "most</span></caption><thead><tr><th>non-ideality</th>"
              "<th colspan=\"2\">alone</th><th colspan=\"2\">on top of the "
              "others</th></tr></thead><tbody>\n",
              m->of_item ? m->name : "Accuracy lost, points",
              page_find(p, "/speakers") ? " and speakers" : "");
    for (int i = 0; i < n; i++) {
        snprintf(at, sizeof at, "/attribution/knobs/%d/knob", order[i]);
        page_html(p, "<tr><td>");
        page_text(p, page_string(p, at));
        page_html(p, "<br><span class=\"soft\">");
        snprintf(at, sizeof at, "/attribution/knobs/%d", order[i]);
        size_of(p, at, "size");
        page_html(p, "</span></td>");
        snprintf(at, sizeof at, "/attribution/knobs/%d/alone", order[i]);
        effect(p, at);
        snprintf(at, sizeof at, "/attribution/knobs/%d/on_top", order[i]);
        effect(p, at);
        page_html(p, "</tr>\n");
    }
    free(order);
    page_html(p, "<tr><td>all together</td>");
    effect(p, "/attribution/all");
    page_html(p, "<td></td><td></td></tr>\n<tr><td>interaction</td>");
    effect(p, "/attribution/interaction");
    page_html(p, "<td></td><td></td></tr>\n");
    if (page_find(p, "/attribution/quantisation")) {
        page_html(p, "<tr><td>quantisation</td><td>");
        page_number(p, merit_scale(m), m->decimals, "/attribution/quantisation");
        page_html(p, "</td><td></td><td></td><td></td></tr>\n");
    }
    page_html(p, "</tbody></table></div>\n");
}

void report_attribution(struct page *p)
{
    page_html(p, "<h3>What costs most</h3>\n");
    if (report_left_out(p, "attribution")) return;
    page_html(p, "<p>Every chip was made again with one non-ideality alone, and with all but one. "
                 "Alone: what it takes from the nominal chip. On top: what leaving it out would "
                 "win back. Interaction: what all together cost beyond the sum of each alone; "
                 "negative where they hide one another.</p>\n<div class=\"plots\">\n");
    const struct merit *m = page_merit(p);
    page_figure_begin(p, plot_attribution(p), "What each non-ideality costs");
    page_html(p, "All together cost ");
    page_number(p, merit_scale(m), m->decimals, "/attribution/all/loss");
    page_html(p, "%s of %s; the thin lines are 95 %% intervals over chips%s.",
              m->of_item ? "" : " points", m->name,
              page_find(p, "/speakers") ? " and speakers" : "");
    page_figure_end(p, "predict");
    page_html(p, "</div>\n");
    attribution_table(p, cJSON_GetArraySize(page_find(p, "/attribution/knobs")));
}

// Size of a knob in the chip file; 0 where attribution does not tell.
static double own_size(const struct page *p, const char *knob)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, page_find(p, "/attribution/knobs"))
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(one, "knob");
        if (cJSON_IsString(name) && strcmp(name->valuestring, knob) == 0)
            return cJSON_GetObjectItemCaseSensitive(one, "size")->valuedouble;
    }
    return 0;
}

static char *plot_sweep(const struct page *p, const char *of, const char *knob)
{
    const cJSON *sweep = page_find(p, of), *point;
    struct page at = {.json = sweep};
    double own = own_size(p, knob), scale = is_share(p, of) ? 100 : 1;
    double target = 100 * page_value(&at, "/target_yield");
    char x[128];
    snprintf(x, sizeof x, "%s, %s%s", knob, scale > 1 ? "% " : "", page_string(&at, "/unit"));
    const struct merit *m = page_merit(p);
    struct plot plot = plot_begin(x, m->of_item ? "yield, %" : "yield, mean accuracy, %", 265);
    if (m->of_item)
        fprintf(plot.script, "set y2label 'mean %s'\nset y2tics\nset border 11\n", m->name);
    if (own > 0) plot_mark(&plot, scale * own, "chip file", PLOT_GREEN, 0);
    if (cJSON_IsTrue(page_find(&at, "/falls")) &&
        page_value(&at, "/at") > page_value(&at, "/points/0/size"))
        plot_mark(&plot, scale * page_value(&at, "/at"), "falls", PLOT_RED, 1);
    fprintf(plot.script,
            "set yrange [0:103]\nset bmargin 5.2\nset key outside bottom center horizontal\nset "
            "arrow from graph 0, "
            "first %.6g to graph "
            "1, first %.6g nohead lc rgb '%s' lw 1 dt 3\n$sweep << EOD\n",
            target, target, PLOT_RED);
    cJSON_ArrayForEach(point, cJSON_GetObjectItemCaseSensitive(sweep, "points"))
    {
        struct page here = {.json = point};
        fprintf(plot.script, "%.9g %.6f %.6f %.6f %.6f\n", scale * page_value(&here, "/size"),
                100 * page_value(&here, "/yield"), 100 * page_value(&here, "/interval/0"),
                100 * page_value(&here, "/interval/1"),
                page_merit_shown(p, page_value(&here, "/mean")));
    }
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(sweep, "points")) == 1)
        fprintf(plot.script, "EOD\nset xrange [%.9g:%.9g]\n",
                scale * page_value(&at, "/points/0/size") - 0.5,
                scale * page_value(&at, "/points/0/size") + 0.5);
    else
        fprintf(plot.script, "EOD\n");
    fprintf(plot.script,
            "plot $sweep using 1:3:4 with filledcurves lc rgb '%s' fs transparent solid 0.25 "
            "notitle, $sweep using 1:2 with lines lc rgb '%s' lw 2 title 'yield', $sweep using "
            "1:5%s with lines lc rgb '%s' lw 1.5 title 'mean %s'\n",
            PLOT_BLUE, PLOT_BLUE, m->of_item ? " axes x1y2" : "", PLOT_GREY, m->name);
    return plot_end(&plot);
}

static void sweep_figure(struct page *p, int i)
{
    char of[32], at[64], label[128];
    snprintf(of, sizeof of, "/sweeps/%d", i);
    snprintf(at, sizeof at, "%s/knob", of);
    const char *knob = page_string(p, at);
    snprintf(label, sizeof label, "Yield and mean %s over the size of %s", page_merit(p)->name,
             knob);
    page_figure_begin(p, plot_sweep(p, of, knob), label);
    page_text(p, knob);
    snprintf(at, sizeof at, "%s/falls", of);
    struct page here = {.json = page_find(p, of)};
    if (!cJSON_IsTrue(page_find(p, at))) {
        page_html(p, ": yield does not fall below ");
        page_number(p, 100, 0, "%s/target_yield", of);
        page_html(p, " %% up to the largest size shown");
    } else if (page_value(&here, "/at") > page_value(&here, "/points/0/size")) {
        page_html(p, ": yield falls below ");
        page_number(p, 100, 0, "%s/target_yield", of);
        page_html(p, " %% at about ");
        size_of(p, of, "at");
    } else {
        page_html(p, ": yield is below ");
        page_number(p, 100, 0, "%s/target_yield", of);
        page_html(p, " %% from the smallest size on; other causes are enough");
    }
    page_html(p, ".");
    page_figure_end(p, "predict");
}

void report_sweeps(struct page *p)
{
    page_html(p, "<h3>How much is too much</h3>\n");
    if (report_left_out(p, "sweeps")) return;
    page_html(p, "<p>The same chips, with one non-ideality larger and smaller than in the chip "
                 "file, all others as they are. The band is the yield's 95 %% interval, of chips "
                 "only, at the limit that was predicted with, ");
    page_number(p, 100, 2, "/yield/limit");
    page_html(p, " %%.</p>\n<div class=\"plots\">\n");
    for (int i = 0; i < cJSON_GetArraySize(page_find(p, "/sweeps")); i++)
        sweep_figure(p, i);
    page_html(p, "</div>\n");
}
