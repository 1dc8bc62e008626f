// Of the report, of DYNAP-SE2 nets: what the weights lose on the board, and what four base currents can hold.
#include "cli/report/report.h"

#include <stdlib.h>
#include <string.h>

static void text_at(struct page *p, const char *list, int i, const char *member)
{
    char at[96];
    snprintf(at, sizeof at, "%s/%d/%s", list, i, member);
    page_text(p, page_string(p, at));
}

static void cores_table(struct page *p)
{
    static const char list[] = "/map/report";
    static const struct {
        const char *label, *member;
        int decimals;
    } column[] = {
        {"neurons", "neurons", 0},     {"weights", "weights", 0},
        {"RMS error", "rms", 4},       {"RMS error, one entry a weight", "rms_of_one_entry", 4},
        {"largest error", "worst", 4}, {"weights of several entries", "of_several_entries", 0}};
    int *order = page_order(p, list, "/rms", PAGE_LARGEST_FIRST);
    page_html(p,
              "<div class=\"wide\"><table><caption><span>The net on the board: errors of its "
              "weights by core, in weights, the largest RMS error first</span></caption><thead><tr>"
              "<th>core</th>");
    for (size_t k = 0; k < sizeof column / sizeof *column; k++)
        page_html(p, "<th>%s</th>", column[k].label);
    page_html(p, "<th>largest error of a bias</th></tr></thead><tbody>\n");
    for (int i = 0; i < cJSON_GetArraySize(page_find(p, list)); i++) {
        page_html(p, "<tr><td>chip ");
        page_number(p, 1, 0, "%s/%d/chip", list, order[i]);
        page_html(p, ", core ");
        page_number(p, 1, 0, "%s/%d/core", list, order[i]);
        page_html(p, "</td>");
        for (size_t k = 0; k < sizeof column / sizeof *column; k++) {
            page_html(p, "<td>");
            page_number(p, 1, column[k].decimals, "%s/%d/%s", list, order[i], column[k].member);
            page_html(p, "</td>");
        }
        page_html(p, "<td>");
        page_number(p, 100, 1, "%s/%d/bias_error", list, order[i]);
        page_html(p, " %% of <code>");
        text_at(p, list, order[i], "bias_worst");
        page_html(p, "</code></td></tr>\n");
    }
    page_html(p, "</tbody></table></div>\n");
    free(order);
}

enum { NAMED = 8 };

static void silent_neurons(struct page *p)
{
    int n = cJSON_GetArraySize(page_find(p, "/map/silent"));
    for (int i = 0; i < n && i < NAMED; i++) {
        page_html(p, "%s", i ? "; " : "<p><span class=\"bad\">Silent on the board</span>: ");
        page_html(p, "neuron ");
        page_number(p, 1, 0, "/map/silent/%d/neuron", i);
        page_html(p, " (<code>");
        text_at(p, "/map/silent", i, "why");
        page_html(p, "</code>)");
    }
    if (n)
        page_html(p, "%s</p>\n",
                  n > NAMED ? "; and others: all are in <code>report.json</code>." : ".");
}

static void matrices_table(struct page *p)
{
    static const char list[] = "/quantise/matrices";
    int *order = page_order(p, list, "/rms", PAGE_LARGEST_FIRST);
    page_html(
        p, "<div class=\"wide\"><table><caption><span>Weights as sums of four base currents, the "
           "largest RMS error first; proven: no other four are nearer</span></caption><thead><tr>"
           "<th>matrix</th><th>weights</th><th>RMS error</th><th>largest error</th><th>proven</th>"
           "<th colspan=\"4\">base currents</th></tr></thead><tbody>\n");
    for (int i = 0; i < cJSON_GetArraySize(page_find(p, list)); i++) {
        char at[64];
        snprintf(at, sizeof at, "%s/%d/proved", list, order[i]);
        page_html(p, "<tr><td><code>");
        text_at(p, list, order[i], "matrix");
        page_html(p, "</code></td><td>");
        page_number(p, 1, 0, "%s/%d/weights", list, order[i]);
        page_html(p, "</td><td>");
        page_number(p, 1, 4, "%s/%d/rms", list, order[i]);
        page_html(p, "</td><td>");
        page_number(p, 1, 4, "%s/%d/worst", list, order[i]);
        page_html(p, "</td><td>%s</td>", cJSON_IsTrue(page_find(p, at)) ? "yes" : "no");
        for (int k = 0; k < 4; k++) {
            page_html(p, "<td>");
            page_number(p, 1, 4, "%s/%d/base_currents/%d", list, order[i], k);
            page_html(p, "</td>");
        }
        page_html(p, "</tr>\n");
    }
    page_html(p, "</tbody></table></div>\n");
    page_command(p, "quantise");
    free(order);
}

void report_fit(struct page *p)
{
    if (!page_find(p, "/map") && !page_find(p, "/quantise") && !page_find(p, "/left_out/fit"))
        return; // digital chips have no such thing
    page_html(p, "<h3>What the weights lose on DYNAP-SE2</h3>\n");
    if (report_left_out(p, "fit")) return;
    if (page_find(p, "/map")) {
        cores_table(p);
        silent_neurons(p);
        page_command(p, "map");
    }
    if (page_find(p, "/quantise")) matrices_table(p);
}
