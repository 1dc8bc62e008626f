// Of the report: what each stuck bit and each dead neuron costs, and the clips that test for them.
#include "cli/report/plot.h"
#include "cli/report/report.h"

#include <stdlib.h>
#include <string.h>

// What a table tells of faults that were counted together.
static const struct {
    const char *label, *member;
    double scale;
    int decimals;
} counted[] = {{"faults", "number", 1, 0},     {"same", "same", 1, 0},
               {"masked", "masked", 1, 0},     {"exposed", "exposed", 1, 0},
               {"critical", "critical", 1, 0}, {"most lost, points", "accuracy_lost", 100, 2}};
enum { COUNTED = sizeof counted / sizeof *counted };

static void groups_table(struct page *p)
{
    int *order = page_order(p, "/faults/groups", "/accuracy_lost", PAGE_LARGEST_FIRST);
    page_html(p,
              "<div class=\"wide\"><table><caption><span>Faults by layer, those first of which one "
              "costs most accuracy</span></caption><thead><tr><th></th>");
    for (int k = 0; k < COUNTED; k++)
        page_html(p, "<th>%s</th>", counted[k].label);
    page_html(p, "</tr></thead><tbody>\n");
    for (int i = 0; i < cJSON_GetArraySize(page_find(p, "/faults/groups")); i++) {
        char at[64];
        snprintf(at, sizeof at, "/faults/groups/%d/fault", order[i]);
        page_html(p, "<tr><td>layer ");
        page_number(p, 1, 0, "/faults/groups/%d/layer", order[i]);
        page_html(p, ", %s</td>", strcmp(page_string(p, at), "dead") == 0 ? "dead" : "stuck bits");
        for (int k = 0; k < COUNTED; k++) {
            page_html(p, "<td>");
            page_number(p, counted[k].scale, counted[k].decimals, "/faults/groups/%d/%s", order[i],
                        counted[k].member);
            page_html(p, "</td>");
        }
        page_html(p, "</tr>\n");
    }
    page_html(p, "</tbody></table></div>\n");
    free(order);
}

static char *plot_bits(const struct page *p)
{
    static const char *const colour[] = {PLOT_BLUE, PLOT_ORANGE, PLOT_GREEN, PLOT_GREY};
    const cJSON *one, *list = page_find(p, "/faults/bits");
    struct plot plot = plot_begin("bit of the weight, 0 is the lowest", "most lost, points", 240);
    FILE *to = plot.script;
    double most = 0;
    int layers = 0, top = 0;
    cJSON_ArrayForEach(one, list)
    {
        double lost = 100 * report_number(one, "accuracy_lost");
        if (lost > most) most = lost;
        if (report_number(one, "layer") >= layers) layers = (int)report_number(one, "layer") + 1;
        if (report_number(one, "bit") > top) top = (int)report_number(one, "bit");
    }
    fprintf(to,
            "set bmargin 5.2\nset key outside bottom center horizontal\nset tmargin 1\n"
            "set xrange [-0.5:%g]\nset yrange [0:%g]\n",
            top + 0.5, most > 0 ? 1.08 * most : 1);
    for (int l = 0; l < layers; l++) {
        fprintf(to, "$layer%d << EOD\n", l);
        cJSON_ArrayForEach(one, list)
        {
            if (report_number(one, "layer") == l)
                fprintf(to, "%.0f %.6f\n", report_number(one, "bit"),
                        100 * report_number(one, "accuracy_lost"));
        }
        fprintf(to, "\n-9 0\nEOD\n"); // gnuplot refuses an empty block
    }
    for (int l = 0; l < layers; l++)
        fprintf(to,
                "%s $layer%d using 1:2 with linespoints pt 7 ps 0.5 lw 1.5 lc rgb '%s' title "
                "'layer %d'",
                l ? "," : "plot", l, colour[l % 4], l);
    fprintf(to, "\n");
    return plot_end(&plot);
}

static void bits_figure(struct page *p)
{
    if (!cJSON_GetArraySize(page_find(p, "/faults/bits"))) return;
    page_figure_begin(p, plot_bits(p), "Most accuracy lost by one stuck bit, over the bit");
    page_html(p, "Most accuracy that one stuck bit costs, over its place in the weight: which bits "
                 "are worth protecting. The highest is the sign.");
    page_figure_end(p, "faults");
}

static void costliest_table(struct page *p)
{
    static const struct {
        const char *label, *member;
    } column[] = {{"layer", "layer"},    {"neuron", "neuron"},
                  {"row", "row"},        {"bit", "bit"},
                  {"stuck at", "value"}, {"clips decided otherwise", "clips_decided_otherwise"}};
    const cJSON *list = page_find(p, "/faults/costliest");
    if (!cJSON_GetArraySize(list)) {
        page_html(p, "<p>No fault costs accuracy on these %ss.</p>\n", report_item(p));
        return;
    }
    int *order = page_order(p, "/faults/costliest", "/accuracy_lost", PAGE_LARGEST_FIRST);
    page_html(p,
              "<div class=\"wide\"><table><caption><span>The costliest faults, most accuracy lost "
              "first; a row is a source of the layer, tap by tap, then its own neurons</span>"
              "</caption><thead><tr><th>fault</th>");
    for (size_t k = 0; k < sizeof column / sizeof *column; k++)
        page_html(p, "<th>%s</th>", column[k].label);
    page_html(p, "<th>lost, points</th></tr></thead><tbody>\n");
    for (int i = 0; i < cJSON_GetArraySize(list); i++) {
        char at[96];
        snprintf(at, sizeof at, "/faults/costliest/%d/fault", order[i]);
        page_html(p, "<tr><td>");
        page_text(p, page_string(p, at));
        page_html(p, "</td>");
        for (size_t k = 0; k < sizeof column / sizeof *column; k++) {
            snprintf(at, sizeof at, "/faults/costliest/%d/%s", order[i], column[k].member);
            page_html(p, "<td>");
            if (page_find(p, at)) page_number(p, 1, 0, "%s", at);
            page_html(p, "</td>");
        }
        page_html(p, "<td>");
        page_number(p, 100, 2, "/faults/costliest/%d/accuracy_lost", order[i]);
        page_html(p, "</td></tr>\n");
    }
    page_html(p, "</tbody></table></div>\n");
    free(order);
}

static void production_test(struct page *p)
{
    if (!page_find(p, "/faults/tests")) return;
    page_html(p, "<p>A production test of ");
    page_number(p, 1, 0, "/faults/tests/number");
    page_html(p, " of these %ss exposes all ", report_item(p));
    page_number(p, 1, 0, "/faults/tests/exposed");
    page_html(p, " faults that any of them exposes; at least ");
    page_number(p, 1, 0, "/faults/tests/least");
    page_html(p, " are needed. ");
    page_number(p, 1, 0, "/faults/tests/same");
    page_html(p, " faults change nothing and are untestable, ");
    page_number(p, 1, 0, "/faults/tests/masked");
    page_html(p, " are exposed by none of these %ss.</p>\n", report_item(p));
}

void report_faults(struct page *p)
{
    page_html(p, "<h3>What a fault costs</h3>\n");
    if (report_left_out(p, "faults")) return;
    page_html(
        p, "<p>Each weight bit stuck, at either value, and each neuron dead, alone in the nominal "
           "chip, on ");
    page_number(p, 1, 0, "/faults/clips");
    page_html(p, " %ss, of which it tells ", report_item(p));
    page_number(p, 100, 2, "/faults/accuracy");
    page_html(p,
              " %% without a fault. Same: the bit is what it is stuck at. Masked: no output spike "
              "is another. Critical: at least ");
    page_number(p, 1, 2, "/faults/critical_points");
    page_html(p, " points are lost.</p>\n");
    groups_table(p);
    page_html(p, "<div class=\"plots\">\n");
    bits_figure(p);
    page_html(p, "</div>\n");
    costliest_table(p);
    production_test(p);
    page_command(p, "faults");
}
