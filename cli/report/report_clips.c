// Of the report: which word is taken for which, and the spikes of two clips.
#include "cli/report/plot.h"
#include "cli/report/report.h"

#include <stdlib.h>
#include <string.h>

bool report_is_shown(const struct page *p, const char *of, int label)
{
    char at[96];
    snprintf(at, sizeof at, "/%s/confusion/%d", of, label);
    const cJSON *share, *row = page_find(p, at);
    bool is = !row;
    cJSON_ArrayForEach(share, row) is |= share->valuedouble > 0;
    return is;
}

static void confusion_table(struct page *p, const char *of, const char *chips)
{
    const cJSON *words = page_find(p, "/words"), *word;
    int n = cJSON_GetArraySize(words);
    char at[96];
    page_html(p,
              "<div class=\"wide\"><table class=\"shade\"><caption><span>%s: share of the %ss of "
              "each %s (row) "
              "that are taken for each (column)</span></caption><thead><tr><th>said</th>",
              chips, report_item(p), report_class(p));
    cJSON_ArrayForEach(word, words)
    {
        page_html(p, "<th>");
        page_text(p, cJSON_IsString(word) ? word->valuestring : "");
        page_html(p, "</th>");
    }
    page_html(p, "</tr></thead><tbody>\n");
    for (int row = 0; row < n; row++) {
        if (!report_is_shown(p, of, row)) continue;
        page_html(p, "<tr><td>");
        snprintf(at, sizeof at, "/words/%d", row);
        page_text(p, page_string(p, at));
        page_html(p, "</td>");
        for (int column = 0; column < n; column++) {
            snprintf(at, sizeof at, "/%s/confusion/%d/%d", of, row, column);
            page_html(p, "<td style=\"background:rgb(%s/%.2f)\">",
                      row == column ? "37 99 168" : "180 35 24", 0.45 * page_value(p, at));
            page_number(p, 100, 1, "%s", at);
            page_html(p, " %%</td>");
        }
        page_html(p, "</tr>\n");
    }
    page_html(p, "</tbody></table></div>\n");
}

void report_confusion(struct page *p)
{
    page_html(p, "<h3>What is taken for what</h3>\n");
    if (report_left_out(p, "confusion")) return;
    page_html(p, "<div class=\"plots\">\n");
    confusion_table(p, "nominal_chip", "Nominal chip");
    confusion_table(p, "virtual_chips", "All virtual chips together");
    page_html(p, "</div>\n");
    page_command(p, "predict");
}

// Where a neuron is drawn: layers from above to below, each at least this high.
enum { LEAST_HEIGHT = 22, GAP = 6 };

static double place(const struct page *p, int layer, double neuron)
{
    const cJSON *size;
    double y = 0;
    cJSON_ArrayForEach(size, page_find(p, "/shown/neurons"))
    {
        double n = size->valuedouble, high = n < LEAST_HEIGHT ? LEAST_HEIGHT : n;
        if (layer-- == 0) return y + high * neuron / n;
        y += high + GAP;
    }
    return y; // below the last
}

// [tick, neuron] as one number that sorts by tick, then by neuron.
static int64_t spike_of(const cJSON *pair)
{
    return (int64_t)pair->child->valueint * IMAGE_MAX_NEURONS + pair->child->next->valueint;
}

static int by_tick(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Draws of one layer the spikes of `side` that the other side has too, or has not.
static void strokes(const struct page *p, FILE *to, int layer, const cJSON *side,
                    const cJSON *other, bool both)
{
    size_t n = 0;
    const cJSON *one;
    int64_t *others = malloc(((size_t)cJSON_GetArraySize(other) + 1) * sizeof *others);
    if (!others) cli_die("report: out of memory");
    cJSON_ArrayForEach(one, other) others[n++] = spike_of(one);
    qsort(others, n, sizeof *others, by_tick);
    cJSON_ArrayForEach(one, side)
    {
        int64_t key = spike_of(one);
        if ((bsearch(&key, others, n, sizeof *others, by_tick) != 0) != both) continue;
        double neuron = one->child->next->valuedouble;
        fprintf(to, "%d %.2f\n%d %.2f\n\n", one->child->valueint, place(p, layer, neuron + 0.05),
                one->child->valueint, place(p, layer, neuron + 0.95));
    }
    free(others);
}

// The output layer is labelled by the words that its neurons stand for.
static char *plot_raster(const struct page *p, const cJSON *words)
{
    static const char *const colour[] = {PLOT_GREY, PLOT_BLUE, PLOT_RED};
    int layers = cJSON_GetArraySize(page_find(p, "/shown/neurons"));
    double low = place(p, layers, 0) - GAP;
    struct plot plot = plot_begin("tick", "", (int)(75 + 2.2 * low));
    FILE *to = plot.script;
    fprintf(to,
            "set ylabel\nset border 1\nunset grid\nunset key\nset tmargin 0.5\nset xrange "
            "[-1:%g]\nset ytics scale 0 (",
            page_value(p, "/shown/ticks"));
    for (int l = 0; l < layers - 1; l++)
        fprintf(to, "'layer %d' %.2f, ", l, (place(p, l, 0) + place(p, l + 1, 0) - GAP) / 2);
    int n_words = cJSON_GetArraySize(words);
    double outputs = cJSON_GetArrayItem(page_find(p, "/shown/neurons"), layers - 1)->valuedouble;
    if (n_words > outputs) n_words = (int)outputs; // others can be said, of no neuron
    double high = (low - place(p, layers - 1, 0)) / n_words;
    for (int w = 0; w < n_words; w++) {
        const char *word = cJSON_GetStringValue(cJSON_GetArrayItem(words, w));
        fprintf(to, "%s", w ? ", " : "");
        plot_text(&plot, word ? word : "");
        fprintf(to, " %.2f", place(p, layers - 1, 0) + high * (w + 0.5));
    }
    fprintf(to, ")\nset yrange [%.2f:-2]\n", low + 2);
    for (int l = 1; l < layers; l++)
        fprintf(to,
                "set arrow from graph 0, first %.2f to graph 1, first %.2f nohead lc rgb '%s'\n",
                place(p, l, 0) - GAP / 2.0, place(p, l, 0) - GAP / 2.0, PLOT_LINE);
    for (int kind = 0; kind < 3; kind++) {
        fprintf(to, "$kind%d << EOD\n-9 -9\n-9 -9\n\n", kind); // gnuplot refuses an empty block
        for (int l = 0; l < layers; l++) {
            const cJSON *a = cJSON_GetArrayItem(page_find(p, "/shown/nominal"), l);
            const cJSON *b = cJSON_GetArrayItem(page_find(p, "/shown/chip"), l);
            strokes(p, to, l, kind == 2 ? b : a, kind == 2 ? a : b, kind == 0);
        }
        fprintf(to, "EOD\n");
    }
    fprintf(to, "plot");
    for (int kind = 0; kind < 3; kind++)
        fprintf(to, "%s $kind%d with lines lw 1.6 lc rgb '%s'", kind ? "," : "", kind,
                colour[kind]);
    fprintf(to, "\n");
    return plot_end(&plot);
}

static void raster(struct page *p, const char *which, const char *maker)
{
    char label[256];
    if (report_left_out(p, which)) return;
    struct page whole = *p;
    char base[sizeof p->base];
    snprintf(base, sizeof base, "%.3000s/%s", p->base, which);
    page_enter(p, cJSON_GetObjectItemCaseSensitive(whole.json, which), base, whole.part);
    snprintf(label, sizeof label, "Spikes of all layers over time, nominal chip and another, of %s",
             page_string(p, "/shown/clip"));
    page_figure_begin(p, plot_raster(p, cJSON_GetObjectItemCaseSensitive(whole.json, "words")),
                      label);
    page_html(p, "A “");
    page_text(p, page_string(p, "/shown/word"));
    page_html(p, "” (<code>");
    page_text(p, page_string(p, "/shown/clip"));
    page_html(p, "</code>): the nominal chip says “");
    page_text(p, page_string(p, "/shown/nominal_said"));
    page_html(p, "”, chip ");
    page_number(p, 1, 0, "/chip");
    page_html(p, " says “");
    page_text(p, page_string(p, "/shown/chip_said"));
    page_html(
        p,
        "”. Strokes are spikes: grey of both, <span style=\"color:var(--blue)\">blue only of the "
        "nominal chip</span>, <span style=\"color:var(--red)\">red only of the other</span>.");
    page_enter(p, whole.json, whole.base, whole.part);
    page_figure_end(p, maker);
}

void report_spikes(struct page *p)
{
    page_html(p, "<h3>Two %ss, spike by spike</h3>\n<div class=\"plots\">\n", report_item(p));
    raster(p, "right", "replay_right");
    raster(p, "wrong", "replay_wrong");
    page_html(p, "</div>\n");
}
