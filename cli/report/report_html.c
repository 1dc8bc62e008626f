// The page of the report, from its JSON alone.
#include "cli/report/report.h"

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
    return page_find(p, "/task") ? "showing" : "clip";
}

const char *report_class(const struct page *p)
{
    return page_find(p, "/task") ? "pattern" : "word";
}

static void enter_net(struct page *p, const cJSON *net)
{
    char base[sizeof p->base] = "/nets/"; // RFC 6901: "~0" is ~, "~1" is /
    size_t used = strlen(base);
    for (const char *at = net->string; *at && used + 3 < sizeof base; at++)
        used += (size_t)snprintf(base + used, sizeof base - used,
                                 *at == '~'   ? "~0"
                                 : *at == '/' ? "~1"
                                              : "%c",
                                 *at);
    page_enter(p, net, base);
}

static void anchor(struct page *p, int i, const char *name)
{
    page_html(p, "<li><a href=\"#net-%d\">", i);
    page_text(p, name);
    page_html(p, "</a></li>\n");
}

static void words_of(struct page *p)
{
    const cJSON *word, *list = page_find(p, "/words");
    int i = 0, told = 0;
    cJSON_ArrayForEach(word, list)
    {
        if (!report_is_shown(p, "nominal_chip", i++)) continue;
        page_html(p, "%s“", told++ ? ", " : "");
        page_text(p, cJSON_IsString(word) ? word->valuestring : "");
        page_html(p, "”");
    }
}

// The question of who decides about a tape-out, answered of the first net.
static void answer(struct page *p, const cJSON *json)
{
    page_html(p, "<p class=\"answer\">Of ");
    page_number(p, 1, 0, "/accuracy/chips/n");
    page_html(p, " virtual chips ");
    page_number(p, 100, 1, "/yield/value");
    page_html(p, " %% reach ");
    page_number(p, 100, 2, "/yield/limit");
    page_html(p, " %% (95 %% interval ");
    page_number(p, 100, 1, "/yield/low");
    page_html(p, " to ");
    page_number(p, 100, 1, "/yield/high");
    page_html(p, " %%); their mean accuracy is ");
    page_number(p, 100, 2, "/accuracy/chips/mean");
    page_html(p, " %%, the worst has ");
    page_number(p, 100, 2, "/accuracy/chips/worst");
    page_html(p, " %%. ");
    if (page_find(p, "/cosim")) {
        page_html(p, "The RTL was held against the model that says so: ");
        page_number(p, 1, 0, "/cosim/words");
        page_html(p, " words compared, <span class=\"%s\">",
                  page_value(p, "/cosim/differ") > 0 ? "bad" : "good");
        page_number(p, 1, 0, "/cosim/differ");
        page_html(p, " differ</span>.");
    } else
        page_html(p, "The RTL was not held against the model that says so.");
    page_html(p, "</p>\n<p>");
    enter_net(p, cJSON_GetObjectItemCaseSensitive(json, "nets")->child);
    page_html(p, "These are the figures of the net <b>");
    page_text(p, cJSON_GetObjectItemCaseSensitive(json, "nets")->child->string);
    page_html(p, "</b>, which is to tell ");
    words_of(p);
    page_html(p, " apart, on ");
    page_number(p, 1, 0, "/clips");
    page_html(p, " %ss", report_item(p));
    if (page_find(p, "/speakers")) {
        page_html(p, " of ");
        page_number(p, 1, 0, "/speakers");
        page_html(p, " speakers");
    }
    bool patterns = page_find(p, "/task");
    page_html(p, patterns ? " (task <code>" : " (split <code>");
    page_text(p, page_string(p, patterns ? "/task" : "/split"));
    if (page_find(p, "/data")) {
        page_html(p, "</code> of <code>");
        page_text(p, page_string(p, "/data"));
    }
    if (patterns) {
        page_html(p, "</code>, arithmetic <code>");
        page_text(p, page_string(p, "/law"));
        if (page_find(p, "/mismatch")) {
            page_html(p, "</code>, variation <code>");
            page_number(p, 1, 2, "/mismatch");
            page_html(p, "</code> times the chip file's<code>");
        }
    }
    page_html(
        p,
        "</code>). %sEvery virtual chip has %s of its own, drawn from the chip file's sigmas by "
        "its "
        "number k alone: <code>spiketwin replay --chip K</code> makes it again.</p>\n",
        page_find(p, "/training")
            ? "It was trained through the integer model of its chip, with a fresh virtual chip in "
              "every chunk of a batch. "
            : "",
        patterns ? "circuits and weights" : "weights, thresholds and a clock");
}

static void summary(struct page *p, const cJSON *nets)
{
    static const struct {
        const char *label, *pointer, *unit;
        double scale;
        int decimals;
    } row[] = {{"real arithmetic", "/accuracy/nominal", "%", 100, 2},
               {"quantised, the nominal chip", "/accuracy/quantised", "%", 100, 2},
               {"virtual chips", "/accuracy/chips/n", "", 1, 0},
               {"mean accuracy", "/accuracy/chips/mean", "%", 100, 2},
               {"standard deviation", "/accuracy/chips/sd", "points", 100, 2},
               {"5th percentile", "/accuracy/chips/p5", "%", 100, 2},
               {"worst chip", "/accuracy/chips/worst", "%", 100, 2},
               {"its number k", "/accuracy/chips/worst_chip", "", 1, 0},
               {"limit", "/yield/limit", "%", 100, 2},
               {"yield", "/yield/value", "%", 100, 1},
               {"95 % interval, from", "/yield/low", "%", 100, 1},
               {"to", "/yield/high", "%", 100, 1},
               {"chips that cannot exist", "/virtual_chips/impossible", "", 1, 0},
               {"chips that never decide", "/virtual_chips/undecided/chips_never", "", 1, 0},
               {"decided by no output spike", "/virtual_chips/undecided/silent", "%", 100, 2},
               {"decided by a tie", "/virtual_chips/undecided/tied", "%", 100, 2}};
    const cJSON *net;
    enter_net(p, nets->child);
    page_html(
        p,
        "<div class=\"wide\"><table><caption><span>All nets on the same %ss</span></caption><thead>"
        "<tr><th></th>",
        report_item(p));
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
            enter_net(p, net);
            page_html(p, "<td>");
            if (page_find(p, row[i].pointer)) {
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
               {"sum", "total_j"}};
    page_html(p, "<h3>Energy of a %s</h3>\n", report_item(p));
    if (report_left_out(p, "power")) return;
    page_html(
        p, "<div class=\"wide\"><table><caption><span>Mean over the virtual chips; a clip lasts ");
    page_number(p, 1, 2, "/power/clip_s");
    page_html(p, " s</span></caption><tbody>\n");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        page_html(p, "<tr><td>%s</td><td>", row[i].label);
        page_number(p, 1e9, 2, "/power/%s", row[i].member);
        page_html(p, "</td><td class=\"unit\">nJ</td></tr>\n");
    }
    page_html(p, "<tr><td>mean power</td><td>");
    page_number(p, 1e9, 2, "/power/mean_w");
    page_html(p, "</td><td class=\"unit\">nW</td></tr>\n</tbody></table></div>\n");
    page_command(p, "predict");
}

static void lockstep(struct page *p, const cJSON *nets)
{
    static const char *const member[] = {
        "k", "words", "differ", "clips", "twin_correct", "rtl_correct", "decisions_differ"};
    const cJSON *net;
    enter_net(p, nets->child);
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
        enter_net(p, net);
        for (int i = 0; i < cJSON_GetArraySize(page_find(p, "/cosim/per_chip")); i++) {
            page_html(p, "<tr><td>");
            page_text(p, net->string);
            page_html(p, "</td>");
            for (int k = 0; k < 7; k++) {
                char at[64];
                snprintf(at, sizeof at, "/cosim/per_chip/%d/%s", i, member[k]);
                bool verdict = k == 2 || k == 6;
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
    cJSON_ArrayForEach(net, nets)
    {
        enter_net(p, net);
        if (!report_left_out(p, "cosim")) page_command(p, "cosim");
    }
    page_html(p, "</section>\n");
}

static void origin(struct page *p, const char *name, const cJSON *of)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, of)
    {
        enum { MEMBERS = 5, CHIP = 3 }; // a report itself has no chip
        const char *const member[MEMBERS] = {"version", "compiler", "machine", "chip", "chip_hash"};
        page_html(p, "<dt>");
        page_text(p, name);
        page_html(p, "%s", *name ? ": " : "");
        page_text(p, one->string);
        page_html(p, "</dt>\n<dd class=\"command\"><code>");
        page_text(p, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(one, "command"))
                         ? cJSON_GetObjectItemCaseSensitive(one, "command")->valuestring
                         : "unknown");
        page_html(p, "<br>");
        for (int i = 0; i < MEMBERS; i++) {
            const cJSON *x = cJSON_GetObjectItemCaseSensitive(one, member[i]);
            if (i >= CHIP && !x) continue;
            page_html(p, "%s%s ", i ? ", " : "", member[i]);
            page_text(p, cJSON_IsString(x) ? x->valuestring : "unknown");
        }
        page_html(p, "</code></dd>\n");
    }
}

static void provenance(struct page *p, const cJSON *json)
{
    const cJSON *net;
    page_html(p, "<section><h2 id=\"provenance\">Provenance</h2>\n<p>Every number of this page is "
                 "in <code>report.json</code> beside it, at the place that it shows under the "
                 "pointer; every figure was made by the command below it. The same command with "
                 "the same version gives the same bits on any number of threads.</p>\n<dl>\n");
    cJSON_ArrayForEach(net, cJSON_GetObjectItemCaseSensitive(json, "nets"))
        origin(p, net->string, cJSON_GetObjectItemCaseSensitive(net, "provenance"));
    cJSON *own = cJSON_CreateObject();
    cJSON_AddItemReferenceToObject(own, "this report",
                                   cJSON_GetObjectItemCaseSensitive(json, "provenance"));
    origin(p, "", own);
    cJSON_Delete(own);
    page_html(p, "</dl></section>\n");
}

char *report_html(const cJSON *json)
{
    struct page p;
    const cJSON *nets = cJSON_GetObjectItemCaseSensitive(json, "nets"), *net;
    int i = 0;
    page_begin(&p, json, "spiketwin report");
    page_html(&p, "<header><h1>What the chips will do</h1>\n");
    cJSON_ArrayForEach(net, nets)
    {
        enter_net(&p, net);
        report_undecided(&p, net->string);
    }
    page_enter(&p, json, "");
    answer(&p, json);
    page_html(&p, "</header>\n<nav aria-label=\"Parts\"><ul>\n");
    cJSON_ArrayForEach(net, nets) anchor(&p, i++, net->string);
    page_html(&p, "<li><a href=\"#rtl\">RTL in lockstep</a></li>\n"
                  "<li><a href=\"#provenance\">Provenance</a></li>\n</ul></nav>\n");
    summary(&p, nets);
    i = 0;
    cJSON_ArrayForEach(net, nets)
    {
        enter_net(&p, net);
        page_html(&p, "<section class=\"net\"><h2 id=\"net-%d\">", i++);
        page_text(&p, net->string);
        page_html(&p, "</h2>\n");
        report_accuracy(&p);
        report_attribution(&p);
        report_sweeps(&p);
        report_sensitivity(&p);
        report_confusion(&p);
        report_spikes(&p);
        report_power(&p);
        report_learning(&p);
        page_html(&p, "</section>\n");
    }
    lockstep(&p, nets);
    provenance(&p, json);
    return page_end(&p);
}
