// Of the report: what each word of the nominal chip is worth, as maps of weights and bars of
// neurons.
#include "cli/report/plot.h"
#include "cli/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Of weights a row a source; of neurons one row.
struct table {
    const cJSON *row;
    int rows, columns;
    double most;
};

static double entry(const struct table *t, int row, int column)
{
    const cJSON *x = cJSON_GetArrayItem(t->row, row);
    if (cJSON_IsArray(x)) x = cJSON_GetArrayItem(x, column);
    return cJSON_IsNumber(x) ? x->valuedouble : NAN;
}

// A value of neurons, by its name; NULL: it does not vary in the layer.
static const cJSON *value_of(const struct page *p, int layer, const char *name)
{
    char at[64];
    const cJSON *value;
    snprintf(at, sizeof at, "/sensitivity/layers/%d/values", layer);
    cJSON_ArrayForEach(
        value, page_find(p, at)) if (!strcmp(cJSON_GetObjectItem(value, "name")->valuestring,
                                             name)) return value;
    return 0;
}

// kind: weight, cut, dead, or the name of a value.
static struct table table_at(const struct page *p, int layer, const char *kind, const char *what)
{
    char at[96];
    snprintf(at, sizeof at, "/sensitivity/layers/%d/%s/%s", layer, kind, what);
    const cJSON *value = value_of(p, layer, kind);
    struct table t = {.row = value ? cJSON_GetObjectItem(value, what) : page_find(p, at)};
    t.rows = cJSON_GetArraySize(t.row);
    const cJSON *first = cJSON_GetArrayItem(t.row, 0);
    t.columns = cJSON_IsArray(first) ? cJSON_GetArraySize(first) : 1;
    for (int i = 0; i < t.rows; i++)
        for (int k = 0; k < t.columns; k++) {
            double x = entry(&t, i, k);
            if (isnan(x)) cli_die("%s%s: a number is missing", p->base, at);
            t.most = fmax(t.most, fabs(x));
        }
    return t;
}

// Opacity says the size, so that the page's own background is the zero, light or dark. The longer
// side lies across.
static char *plot_map(const struct table *t, int inputs)
{
    bool turned = t->rows > t->columns;
    int across = turned ? t->rows : t->columns, down = turned ? t->columns : t->rows;
    int height = 75 + (down < 8 ? 12 * down : (int)(290.0 * down / across));
    struct plot plot = plot_begin(turned ? "source" : "neuron", turned ? "neuron" : "source",
                                  height < 110 ? 110 : height);
    FILE *to = plot.script;
    fprintf(to,
            "unset grid\nunset key\nset tmargin 1\nset border 15\nset tics scale 0.5 out\n"
            "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\n%s",
            across - 0.5, down - 0.5, down < 8 ? "set ytics 1\n" : "");
    if (inputs > 0 && inputs < t->rows) // its own spikes begin here
        fprintf(to,
                turned ? "set arrow from %g, graph 0 to %g, graph 1 nohead lc rgb '%s' front\n"
                       : "set arrow from graph 0, first %g to graph 1, first %g nohead lc rgb "
                         "'%s' front\n",
                inputs - 0.5, inputs - 0.5, PLOT_GREY);
    fprintf(to, "$map << EOD\n");
    unsigned red, green, blue;
    sscanf(PLOT_BLUE, "#%2x%2x%2x", &red, &green, &blue);
    for (int y = 0; y < down; y++)
        for (int x = 0; x < across; x++) {
            double value = fabs(entry(t, turned ? x : y, turned ? y : x));
            fprintf(to, "%d %d %u %u %u %.0f\n", x, y, red, green, blue,
                    t->most > 0 ? 255 * sqrt(value / t->most) : 0);
        }
    fprintf(to, "EOD\nplot $map using 1:2:3:4:5:6 with rgbalpha\n");
    return plot_end(&plot);
}

static int neurons_of(const struct page *p, int layer)
{
    char at[64];
    snprintf(at, sizeof at, "/sensitivity/layers/%d/neurons", layer);
    return (int)page_value(p, at);
}

// One kind of word of every neuron, layer beside layer; of weights those of one source.
static char *plot_neurons(const struct page *p, const char *kind, const char *what, double scale,
                          const char *axis, int first, int last)
{
    struct plot plot = plot_begin("neuron, layer beside layer", axis, 220);
    FILE *to = plot.script;
    int base = 0;
    double lo = 0, hi = 0;
    fprintf(to, "unset key\nset tmargin 1\nset style fill solid 0.8 noborder\nset xtics scale 0 (");
    for (int l = first; l <= last; l++) {
        int n = neurons_of(p, l);
        fprintf(to, "%s'layer %d' %g", l > first ? ", " : "", l, base + (n - 1) / 2.0);
        base += n + 2;
    }
    fprintf(to, ")\nset xrange [-1.5:%d]\n$bars << EOD\n", base - 1);
    base = 0;
    for (int l = first; l <= last; l++) {
        struct table t = table_at(p, l, kind, what);
        for (int i = 0; i < t.rows * t.columns; i++) {
            double x = scale * entry(&t, i / t.columns, i % t.columns);
            lo = fmin(lo, x);
            hi = fmax(hi, x);
            fprintf(to, "%d %.6f\n", base + i, x);
        }
        base += neurons_of(p, l) + 2;
    }
    fprintf(to,
            "EOD\nset yrange [%.6g:%.6g]\nset boxwidth 0.8\nset xzeroaxis lt 1 lc rgb '%s'\nplot "
            "$bars using 1:2 with boxes lc "
            "rgb '%s'\n",
            1.05 * lo, lo == hi ? 1 : 1.05 * hi, PLOT_GREY, PLOT_BLUE);
    return plot_end(&plot);
}

static void map_figure(struct page *p, int layer, const char *kind, const char *what)
{
    char label[128], inputs[64];
    struct table t = table_at(p, layer, kind, "moved");
    snprintf(label, sizeof label, "Map of the weights of layer %d: %s", layer, what);
    snprintf(inputs, sizeof inputs, "/sensitivity/layers/%d/inputs", layer);
    bool map = t.rows > 1 && t.columns > 1;
    page_figure_begin(p,
                      map ? plot_map(&t, (int)page_value(p, inputs))
                          : plot_neurons(p, kind, "moved", 1, "margin moved, spikes", layer, layer),
                      label);
    page_html(p, "Layer ");
    page_number(p, 1, 0, "/sensitivity/layers/%d/layer", layer);
    page_html(p, ", %s: the margin moves by up to ", what);
    page_number(p, 1, 3, "/sensitivity/layers/%d/%s/largest", layer, kind);
    page_html(p, " output spikes a %s%s", report_item(p),
              map ? " (full colour; the colour grows as the root)" : "");
    if (map && t.rows > page_value(p, inputs))
        page_html(p, "; beyond the line a source is a neuron of the layer itself");
    page_html(p, ".");
    page_figure_end(p, "sensitivity");
}

static bool has(const struct page *p, int layer, const char *kind)
{
    char at[64];
    snprintf(at, sizeof at, "/sensitivity/layers/%d/%s", layer, kind);
    return page_find(p, at) != 0;
}

static void dead_figure(struct page *p, int layers)
{
    page_figure_begin(
        p, plot_neurons(p, "dead", "accuracy_lost", 100, "accuracy lost, points", 0, layers - 1),
        "Accuracy lost with each neuron dead");
    page_html(p, "Accuracy that the chip loses when this one neuron never fires; below zero it "
                 "gains.");
    page_figure_end(p, "sensitivity");
}

static void value_figure(struct page *p, int layers, const char *name)
{
    char label[128];
    snprintf(label, sizeof label, "Margin moved by each %s", name);
    page_figure_begin(p, plot_neurons(p, name, "moved", 1, "margin moved, spikes", 0, layers - 1),
                      label);
    page_html(p, "How far the margin moves when this one ");
    page_text(p, name);
    page_html(p, " is off by one sigma.");
    page_figure_end(p, "sensitivity");
}

// Of each value that varies in some layer, in the order in which they first stand.
static void value_figures(struct page *p, int layers)
{
    for (int l = 0; l < layers; l++) {
        char at[64];
        const cJSON *value;
        snprintf(at, sizeof at, "/sensitivity/layers/%d/values", l);
        cJSON_ArrayForEach(value, page_find(p, at))
        {
            const char *name = cJSON_GetObjectItem(value, "name")->valuestring;
            bool before = false;
            for (int k = 0; k < l; k++)
                before |= value_of(p, k, name) != 0;
            if (!before) value_figure(p, layers, name);
        }
    }
}

static void largest_table(struct page *p)
{
    int *order = page_order(p, "/sensitivity/largest", "/moved", PAGE_LARGEST_FIRST);
    page_html(p,
              "<div class=\"wide\"><table><caption><span>Where it matters most, those first that "
              "move the "
              "margin most (output spikes a %s); accuracy lost in points</span></caption>"
              "<thead><tr><th>word</th><th>layer</th><th>neuron</th><th>source</th><th>margin "
              "moved</th><th>accuracy lost</th></tr></thead><tbody>\n",
              report_item(p));
    for (int i = 0; i < cJSON_GetArraySize(page_find(p, "/sensitivity/largest")); i++) {
        char at[64];
        snprintf(at, sizeof at, "/sensitivity/largest/%d/what", order[i]);
        page_html(p, "<tr><td>");
        page_text(p, page_string(p, at));
        page_html(p, "</td><td>");
        page_number(p, 1, 0, "/sensitivity/largest/%d/layer", order[i]);
        page_html(p, "</td><td>");
        page_number(p, 1, 0, "/sensitivity/largest/%d/neuron", order[i]);
        page_html(p, "</td><td>");
        snprintf(at, sizeof at, "/sensitivity/largest/%d/source", order[i]);
        if (page_find(p, at)) page_number(p, 1, 0, "%s", at);
        page_html(p, "</td><td>");
        page_number(p, 1, 3, "/sensitivity/largest/%d/moved", order[i]);
        page_html(p, "</td><td>");
        page_number(p, 100, 2, "/sensitivity/largest/%d/accuracy_lost", order[i]);
        page_html(p, "</td></tr>\n");
    }
    page_html(p, "</tbody></table></div>\n");
    free(order);
}

void report_sensitivity(struct page *p)
{
    page_html(p, "<h3>Which words it hangs on</h3>\n");
    if (report_left_out(p, "sensitivity")) return;
    int layers = cJSON_GetArraySize(page_find(p, "/sensitivity/layers"));
    page_html(p, "<p>Each word of the nominal chip was moved alone, and ");
    page_number(p, 1, 0, "/sensitivity/clips");
    page_html(p, " of the ");
    page_number(p, 1, 0, "/sensitivity/clips_of_split");
    page_html(p,
              " %ss run again through the integer model. The margin of one is the output "
              "spikes of its own %s less those of the strongest other, here ",
              report_item(p), report_class(p));
    page_number(p, 1, 2, "/sensitivity/margin");
    page_html(p, " on average; what is drawn is the mean size of its change.%s</p>\n",
              has(p, layers - 1, "weight") ? ""
                                           : " Chips of this chip file do not vary in their "
                                             "weights: no map of weights off by one sigma.");
    page_html(p, "<div class=\"plots\">\n");
    dead_figure(p, layers);
    value_figures(p, layers);
    page_html(p, "</div>\n");
    for (int l = 0; l < layers; l++) {
        page_html(p, "<div class=\"plots\">\n");
        if (has(p, l, "weight")) map_figure(p, l, "weight", "each weight off by one sigma");
        if (has(p, l, "cut")) map_figure(p, l, "cut", "each weight cut");
        page_html(p, "</div>\n");
    }
    largest_table(p);
}
