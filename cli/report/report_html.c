// The page of the report, from its JSON alone.
#include "cli/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool report_left_out(struct page *p, const char *part)
{
    char at[64];
    snprintf(at, sizeof at, "/left_out/%s", part);
    const char *why = page_string(p, at);
    if (!*why) return false;
    page_html(p, "<p class=\"left\">");
    page_text(p, why);
    page_html(p, "</p>\n");
    return true;
}

double report_number(const cJSON *json, const char *name)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsNumber(x) ? x->valuedouble : NAN;
}

bool report_counts(const cJSON *nets, const char *pointer)
{
    const cJSON *net;
    if (strcmp(pointer, "/virtual_chips/impossible") != 0) return true;
    cJSON_ArrayForEach(net, nets)
    {
        struct page at = {.json = net};
        if (page_find(&at, pointer)) return true;
    }
    return false;
}

const char *report_item(const struct page *p)
{
    return page_find(p, "/task") ? "showing" : page_merit(p)->of_item ? "item" : "clip";
}

const char *report_class(const struct page *p)
{
    return page_find(p, "/task") ? "pattern" : page_merit(p)->of_item ? "output" : "word";
}

void report_enter(struct page *p, const cJSON *net, int i)
{
    char base[sizeof p->base] = "/nets/"; // RFC 6901: "~0" is ~, "~1" is /
    size_t used = strlen(base);
    for (const char *at = net->string; *at && used + 3 < sizeof base; at++)
        used += (size_t)snprintf(base + used, sizeof base - used,
                                 *at == '~'   ? "~0"
                                 : *at == '/' ? "~1"
                                              : "%c",
                                 *at);
    page_enter(p, net, base, i);
}

static void anchor(struct page *p, int i, const char *name)
{
    page_html(p, "<li><a href=\"#net-%d\">", i);
    page_text(p, name);
    page_html(p, "</a></li>\n");
}

static void summary(struct page *p, const cJSON *nets)
{
    report_enter(p, nets->child, 0);
    const struct merit *m = page_merit(p);
    const char *spread = m->of_item ? "" : "points";
    const struct {
        const char *label, *pointer, *unit;
        double scale;
        int decimals;
        bool figure; // a share of the points
    } row[] = {{"real arithmetic", "/accuracy/nominal", "", 1, 0, true},
               {"quantised, the nominal chip", "/accuracy/quantised", "", 1, 0, true},
               {"virtual chips", "/accuracy/chips/n", "", 1, 0},
               {"mean of the chips", "/accuracy/chips/mean", "", 1, 0, true},
               {"standard deviation", "/accuracy/chips/sd", spread, merit_scale(m), m->decimals},
               {"5th percentile", "/accuracy/chips/p5", "", 1, 0, true},
               {"worst chip", "/accuracy/chips/worst", "", 1, 0, true},
               {"its number k", "/accuracy/chips/worst_chip", "", 1, 0},
               {"yield at the limit", "/verdict/yield", "%", 100, 1},
               {"95 % interval, other chips, from", "/verdict/chips/0", "%", 100, 1},
               {"to", "/verdict/chips/1", "%", 100, 1},
               {"of other people too, from", "/verdict/all/0", "%", 100, 1},
               {"to", "/verdict/all/1", "%", 100, 1},
               {"chips that cannot exist", "/virtual_chips/impossible", "", 1, 0},
               {"chips that never decide", "/virtual_chips/undecided/chips_never", "", 1, 0},
               {"decided by no output spike", "/virtual_chips/undecided/silent", "%", 100, 2},
               {"decided by a tie", "/virtual_chips/undecided/tied", "%", 100, 2}};
    const cJSON *net;
    page_html(p,
              "<div class=\"wide\"><table><caption><span>All nets on the same %ss, "
              "%s</span></caption><thead>"
              "<tr><th></th>",
              report_item(p), m->name);
    cJSON_ArrayForEach(net, nets)
    {
        page_html(p, "<th>");
        page_text(p, net->string);
        page_html(p, "</th>");
    }
    page_html(p, "<th></th></tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (!report_counts(nets, row[i].pointer)) continue;
        bool counted = false;
        page_html(p, "<tr><td>%s</td>", row[i].label);
        cJSON_ArrayForEach(net, nets)
        {
            report_enter(p, net, 0);
            page_html(p, "<td>");
            if (page_find(p, row[i].pointer)) {
                if (row[i].figure)
                    page_share(p, row[i].pointer);
                else
                    page_number(p, row[i].scale, row[i].decimals, "%s", row[i].pointer);
                counted = true;
            } else if (page_find(p, "/accuracy/nominal_left_out") && i == 0) {
                page_html(p, "left out: it has not ");
                page_text(p, page_string(p, "/accuracy/nominal_left_out"));
            } else
                page_html(p, "not counted");
            page_html(p, "</td>");
        }
        page_html(p, "<td class=\"unit\">%s</td></tr>\n", counted ? row[i].unit : "");
    }
    page_html(p, "</tbody></table></div>\n");
}

void report_power(struct page *p)
{
    static const struct {
        const char *label, *member;
    } row[] = {{"core", "core_j"},
               {"front-end spikes", "front_spikes_j"},
               {"filters", "filters_j"},
               {"rest of the chip", "rest_j"},
               {"events at synapses", "synapses_j"},
               {"updates of neurons", "updates_j"},
               {"sum", "total_j"}};
    page_html(p, "<h3>Energy of a %s</h3>\n", report_item(p));
    if (report_left_out(p, "power")) return;
    page_html(
        p, "<div class=\"wide\"><table><caption><span>Mean over the virtual chips; a clip lasts ");
    page_number(p, 1, 2, "/power/clip_s");
    page_html(p, " s</span></caption><tbody>\n");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char at[64];
        snprintf(at, sizeof at, "/power/%s", row[i].member);
        if (!page_find(p, at)) continue; // of digital chips
        page_html(p, "<tr><td>%s</td><td>", row[i].label);
        page_number(p, 1e9, 2, "/power/%s", row[i].member);
        page_html(p, "</td><td class=\"unit\">nJ</td></tr>\n");
    }
    page_html(p, "<tr><td>mean power</td><td>");
    page_number(p, 1e9, 2, "/power/mean_w");
    page_html(p, "</td><td class=\"unit\">nW</td></tr>\n</tbody></table></div>\n");
    page_command(p, "predict");
}

void report_neurobench(struct page *p)
{
    static const struct {
        const char *label, *at, *unit;
        double scale;
        int decimals;
    } row[] = {{"classification accuracy", "classification_accuracy", "%", 100, 2},
               {"footprint", "footprint", "bytes", 1, 0},
               {"parameters", "parameter_count", "", 1, 0},
               {"connection sparsity", "connection_sparsity", "%", 100, 2},
               {"activation sparsity", "activation_sparsity", "%", 100, 2},
               {"effective accumulations", "synaptic_operations/Effective_ACs", "", 1, 1},
               {"effective multiplications", "synaptic_operations/Effective_MACs", "", 1, 1},
               {"dense operations", "synaptic_operations/Dense", "", 1, 1},
               {"execution rate", "model_execution_rate", "Hz", 1, 1}};
    page_html(p, "<h3>NeuroBench</h3>\n");
    if (report_left_out(p, "neurobench")) return;
    page_html(
        p,
        "<div class=\"wide\"><table><caption><span>NeuroBench\xe2\x80\x99s metrics of the nominal "
        "chip on the same clips; operations are a clip\xe2\x80\x99s</span></caption><tbody>\n");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char at[64];
        snprintf(at, sizeof at, "/neurobench/%s", row[i].at);
        if (!page_find(p, at)) continue;
        page_html(p, "<tr><td>%s</td><td>", row[i].label);
        page_number(p, row[i].scale, row[i].decimals, "%s", at);
        page_html(p, "</td><td class=\"unit\">%s</td></tr>\n", row[i].unit);
    }
    page_html(p, "</tbody></table></div>\n");
    page_command(p, "predict");
}

static void lockstep(struct page *p, const cJSON *nets)
{
    static const char *const member[] = {
        "k", "words", "differ", "clips", "twin_correct", "rtl_correct", "decisions_differ"};
    const cJSON *net;
    report_enter(p, nets->child, 0);
    const char *item = report_item(p);
    page_html(p,
              "<section><h2 id=\"rtl\">RTL in lockstep</h2>\n<p>The Verilated RTL was loaded "
              "with the words of each chip and heard the same %ss. Every state word of every "
              "neuron was compared in every tick with the golden model, which trained and "
              "predicted; and what the RTL's own output spikes say with what the twin says, "
              "one for one.</p>\n<div class=\"wide\"><table><caption><span>Words compared, and "
              "%ss decided by twin and RTL, each from its own spikes</span></caption><thead><tr>"
              "<th>net</th><th>chip k</th><th>words compared</th><th>differ</th><th>%ss</th>"
              "<th>twin right</th><th>RTL right</th><th>decided otherwise</th></tr></thead>"
              "<tbody>\n",
              item, item, item);
    cJSON_ArrayForEach(net, nets)
    {
        report_enter(p, net, 0);
        for (int i = 0; i < cJSON_GetArraySize(page_find(p, "/cosim/per_chip")); i++) {
            page_html(p, "<tr><td>");
            page_text(p, net->string);
            page_html(p, "</td>");
            for (int k = 0; k < 7; k++) {
                char at[64];
                snprintf(at, sizeof at, "/cosim/per_chip/%d/%s", i, member[k]);
                bool verdict = k == 2 || k == 6;
                if (!page_find(p, at)) { // targets over time: nothing is right or wrong
                    page_html(p, "<td></td>");
                    continue;
                }
                page_html(p, "<td%s>",
                          !verdict                ? ""
                          : page_value(p, at) > 0 ? " class=\"bad\""
                                                  : " class=\"good\"");
                page_number(p, 1, 0, "%s", at);
                page_html(p, "</td>");
            }
            page_html(p, "</tr>\n");
        }
    }
    page_html(p, "</tbody></table></div>\n");
    int i = 0;
    cJSON_ArrayForEach(net, nets)
    {
        report_enter(p, net, i++);
        if (!report_left_out(p, "cosim")) page_command(p, "cosim");
    }
    page_html(p, "</section>\n");
}

// What one part of a run was made with: its version, compiler, machine and chip.
static char *made_with(const cJSON *part)
{
    enum { MEMBERS = 5, CHIP = 3 }; // a report itself has no chip
    static const char *const member[MEMBERS] = {"version", "compiler", "machine", "chip",
                                                "chip_hash"};
    char *text = 0;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) cli_no_memory();
    for (int i = 0; i < MEMBERS; i++) {
        const cJSON *x = cJSON_GetObjectItemCaseSensitive(part, member[i]);
        if (i >= CHIP && !x) continue;
        fprintf(to, "%s%s %s", i ? ", " : "", member[i],
                cJSON_IsString(x) ? x->valuestring : "unknown");
    }
    cli_end_text(to, &text);
    return text;
}

// `before`: what the part above was made with; it is told where it changes.
static void origin(struct page *p, const char *name, const cJSON *of, char **before)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, of)
    {
        char *with = made_with(one);
        page_html(p, "<dt>");
        page_text(p, name);
        page_html(p, "%s", *name ? ": " : "");
        page_text(p, one->string);
        page_html(p, "</dt>\n");
        page_command_here(p, one->string);
        if (!*before || strcmp(*before, with) != 0) {
            page_html(p, "<br>");
            page_text(p, with);
        }
        page_html(p, "</code></dd>\n");
        free(*before);
        *before = with;
    }
}

static void provenance(struct page *p, const cJSON *json)
{
    const cJSON *net;
    char *before = 0;
    int i = 0;
    page_html(p, "<section><h2 id=\"provenance\">Provenance</h2>\n<p>Every number of this page is "
                 "in <code>report.json</code> beside it, at the place that it shows under the "
                 "pointer. Every figure and table was made by the command that it links to. The "
                 "same command with the same version gives the same bits on any number of "
                 "threads. Version, compiler, machine and chip are told where they "
                 "change.</p>\n<dl class=\"origins\">\n");
    cJSON_ArrayForEach(net, cJSON_GetObjectItemCaseSensitive(json, "nets"))
    {
        report_enter(p, net, i++);
        origin(p, net->string, cJSON_GetObjectItemCaseSensitive(net, "provenance"), &before);
    }
    cJSON *own = cJSON_CreateObject(), *whole = cJSON_CreateObject();
    cJSON_AddItemReferenceToObject(own, "report",
                                   cJSON_GetObjectItemCaseSensitive(json, "provenance"));
    cJSON_AddItemToObject(whole, "provenance", own);
    page_enter(p, whole, "", i);
    origin(p, "", own, &before);
    free(before);
    cJSON_Delete(whole);
    page_html(p, "</dl></section>\n");
}

char *report_html(const cJSON *json)
{
    struct page p;
    const cJSON *nets = cJSON_GetObjectItemCaseSensitive(json, "nets"), *net;
    int i = 0;
    page_begin(&p, json, "spiketwin report");
    report_head(&p, json);
    page_html(&p, "<nav aria-label=\"Parts\"><ul>\n");
    cJSON_ArrayForEach(net, nets) anchor(&p, i++, net->string);
    page_html(&p, "<li><a href=\"#rtl\">RTL in lockstep</a></li>\n"
                  "<li><a href=\"#provenance\">Provenance</a></li>\n</ul></nav>\n");
    summary(&p, nets);
    i = 0;
    cJSON_ArrayForEach(net, nets)
    {
        report_enter(&p, net, i);
        page_html(&p, "<section class=\"net\"><h2 id=\"net-%d\">", i++);
        page_text(&p, net->string);
        page_html(&p, "</h2>\n<div class=\"parts\">\n");
        report_accuracy(&p);
        report_attribution(&p);
        report_sweeps(&p);
        report_sensitivity(&p);
        report_faults(&p);
        report_adequacy(&p);
        report_fit(&p);
        report_confusion(&p);
        report_spikes(&p);
        report_power(&p);
        report_neurobench(&p);
        report_learning(&p);
        page_html(&p, "</div>\n</section>\n");
    }
    lockstep(&p, nets);
    provenance(&p, json);
    return page_end(&p);
}
