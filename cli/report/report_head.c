// Of the report: the first screen. Does it pass, by how much, what was it measured on?
#include "cli/predict/verdict_text.h"
#include "cli/report/plot.h"
#include "cli/report/report.h"

#include <string.h>

static const char *const colours[] = {PLOT_BLUE, PLOT_ORANGE, PLOT_GREEN, PLOT_GREY};
enum { COLOURS = sizeof colours / sizeof *colours };

static void interval(struct page *p, int decimals, const char *at)
{
    page_number(p, 100, decimals, "%s/0", at);
    page_html(p, " to ");
    page_number(p, 100, decimals, "%s/1", at);
    page_html(p, " %%");
}

// What would close an open one.
static void more(struct page *p)
{
    const char *const of[] = {"chips", "speakers"};
    if (strcmp(page_string(p, "/verdict/says"), verdict_names[VERDICT_OPEN]) != 0) return;
    page_html(p, " These %ss cannot tell: ", report_item(p));
    for (int i = 0; i < 2; i++) {
        char at[64];
        snprintf(at, sizeof at, "/verdict/more_%s", of[i]);
        if (!page_find(p, at)) {
            page_html(p, "no number of %s would, the yield is what is wanted.", of[i]);
            return;
        }
        if (page_value(p, at) == 0) continue;
        page_html(p, "about ");
        page_number(p, 1, 0, "%s", at);
        page_html(p, " more %s would%s.", of[i], i ? ", if they are like these" : "");
        return;
    }
}

static void verdict(struct page *p, const char *name)
{
    static const char *const look[] = {"good", "bad", "open"}; // as verdict_names
    const char *says = page_string(p, "/verdict/says");
    page_html(p, "<p class=\"answer\"><b>");
    page_text(p, name);
    page_html(p, "</b> ");
    if (report_left_out(p, "verdict")) {
        page_html(p, "</p>\n");
        return;
    }
    for (int i = VERDICT_PASSES; i <= VERDICT_OPEN; i++)
        if (strcmp(verdict_names[i], says) == 0)
            page_html(p, "<span class=\"verdict %s\">%s</span> ", look[i], verdict_answer(says));
    page_number(p, 100, 1, "/verdict/yield");
    page_html(p, " %% of ");
    page_number(p, 1, 0, "/accuracy/chips/n");
    page_html(p, " virtual chips reach ");
    page_share(p, "/verdict/limit");
    page_html(p, ". Of other chips%s ",
              page_find(p, "/speakers") ? ", heard with other people," : "");
    interval(p, 1, "/verdict/all");
    page_html(p, " do (95 %% interval); ");
    page_number(p, 100, 1, "/verdict/target");
    page_html(p, " %% are wanted.");
    more(p);
    page_html(p, "</p>\n");
}

static void limit_of(struct page *p, const cJSON *json)
{
    page_enter(p, json, "", 0);
    page_html(p, "<p class=\"soft\">The limit, ");
    page_share(p, "/limit/value");
    if (page_find(p, "/limit/share")) {
        page_html(p, ", is ");
        page_number(p, 100, 1, "/limit/share");
        page_html(p, " %% of what the nominal chip of ");
        page_text(p, page_string(p, "/limit/of"));
        page_html(p, " reaches");
    } else
        page_html(p, ", was given");
    page_html(p, ". It is one for all nets of this page.</p>\n");
}

// Accuracies of the chips of each net in outline, and the limit.
static char *plot_all(const cJSON *json)
{
    const cJSON *net, *chip, *nets = cJSON_GetObjectItemCaseSensitive(json, "nets");
    struct page whole = {.json = json};
    const struct merit *m = page_merit(&whole);
    double limit = page_merit_shown(&whole, page_value(&whole, "/limit/value")), low = limit,
           high = limit, step = 0;
    int n = 0;
    cJSON_ArrayForEach(net, nets)
    {
        double clip = m->of_item ? 1e-3 * merit_scale(m) : 100 / report_number(net, "clips");
        if (clip > step) step = clip;
        cJSON_ArrayForEach(chip, cJSON_GetObjectItemCaseSensitive(net, "chips"))
        {
            double x = page_merit_shown(&whole, report_number(chip, "accuracy"));
            if (report_number(chip, "k") == 0) continue;
            if (x < low) low = x;
            if (x > high) high = x;
        }
    }
    while (high - low > 40 * step)
        step *= 2;
    char text[96];
    snprintf(text, sizeof text, "%s%s%s", m->name, *m->unit ? "," : "", m->unit);
    struct plot plot = plot_begin(text, "share of the chips, %", 240);
    plot_mark(&plot, limit, "limit", PLOT_RED, 0);
    fprintf(plot.script,
            "set bmargin 5.2\nset key outside bottom center horizontal\nset yrange [0:*]\n"
            "set xrange [%.6g:%.6g]\nset style fill transparent solid 0.45 noborder\n"
            "step = %.9g\nset boxwidth step\n",
            low - 1.5 * step, high + 1.5 * step, step);
    cJSON_ArrayForEach(net, nets)
    {
        double chips = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(net, "chips")) - 1;
        fprintf(plot.script, "$net%d << EOD\n", n++);
        cJSON_ArrayForEach(chip, cJSON_GetObjectItemCaseSensitive(net, "chips"))
        {
            if (report_number(chip, "k") > 0)
                fprintf(plot.script, "%.6f %.9f\n",
                        page_merit_shown(&whole, report_number(chip, "accuracy")), 100 / chips);
        }
        fprintf(plot.script, "EOD\n");
    }
    n = 0;
    cJSON_ArrayForEach(net, nets)
    {
        fprintf(
            plot.script,
            "%s $net%d using (step * floor($1 / step + 0.001)):2 smooth frequency with boxes lc "
            "rgb '%s' title ",
            n ? "," : "plot", n, colours[n % COLOURS]);
        plot_text(&plot, net->string);
        n++;
    }
    fprintf(plot.script, "\n");
    return plot_end(&plot);
}

static void picture(struct page *p, const cJSON *json)
{
    const struct merit *m = page_merit(p);
    char label[128];
    snprintf(label, sizeof label, "%s of the virtual chips of each net, and the limit",
             m->of_item ? m->name : "Accuracy");
    page_figure_begin(p, plot_all(json), label);
    page_html(p, "%s of the virtual chips of each net, all of them on the same %ss, and the limit.",
              m->of_item ? m->name : "Accuracies", report_item(p));
    page_figure_end(p, "predict");
}

// Three figures of the first net.
static void key_figures(struct page *p)
{
    page_html(p, "<dl class=\"key\">\n<div><dt>worst chip</dt><dd>");
    page_share(p, "/accuracy/chips/worst");
    page_html(p, "</dd><dd class=\"soft\">chip ");
    page_number(p, 1, 0, "/accuracy/chips/worst_chip");
    page_html(p, "; mean ");
    page_share(p, "/accuracy/chips/mean");
    page_html(p, "</dd></div>\n<div><dt>RTL against model</dt><dd>");
    if (page_find(p, "/cosim")) {
        page_html(p, "<span class=\"%s\">", page_value(p, "/cosim/differ") > 0 ? "bad" : "good");
        page_number(p, 1, 0, "/cosim/differ");
        page_html(p, " differ</span></dd><dd class=\"soft\">of ");
        page_number(p, 1, 0, "/cosim/words");
        page_html(p, " words</dd></div>\n");
    } else
        page_html(p, "not run</dd><dd class=\"soft\"><code>spiketwin cosim</code></dd></div>\n");
    page_html(p, "<div><dt>energy of a %s</dt><dd>", report_item(p));
    if (page_find(p, "/power")) {
        page_number(p, 1e9, 2, "/power/total_j");
        page_html(p, " nJ</dd><dd class=\"soft\">");
        page_number(p, 1e9, 2, "/power/mean_w");
        page_html(p, " nW</dd></div>\n</dl>\n");
    } else
        page_html(p,
                  "not known</dd><dd class=\"soft\">no power in the chip file</dd></div>\n</dl>\n");
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

// A line "name: value" of text that is there.
static void fact(struct page *p, const char *name, const char *at)
{
    if (!*page_string(p, at)) return;
    page_html(p, " %s <code>", name);
    page_text(p, page_string(p, at));
    page_html(p, "</code>");
}

static void chip_facts(struct page *p)
{
    page_html(p, "<dt>chip</dt><dd>");
    fact(p, "", "/provenance/predict/chip");
    fact(p, "hash", "/provenance/predict/chip_hash");
    fact(p, "inputs", "/chip/law/input");
    fact(p, "weights", "/chip/law/weight");
    fact(p, "membranes", "/chip/law/membrane");
    fact(p, "arithmetic", "/law");
    if (page_find(p, "/mismatch")) {
        page_html(p, " variation ");
        page_number(p, 1, 2, "/mismatch");
        page_html(p, " times the chip file's");
    }
    page_html(p, "</dd>\n");
}

static void data_facts(struct page *p)
{
    page_html(p, "<dt>data</dt><dd>");
    page_number(p, 1, 0, "/clips");
    page_html(p, " %ss", report_item(p));
    if (page_find(p, "/speakers")) {
        page_html(p, " of ");
        page_number(p, 1, 0, "/speakers");
        page_html(p, " speakers");
    }
    fact(p, "split", "/split");
    fact(p, "task", "/task");
    fact(p, "of", "/data");
    if (*page_string(p, "/provenance/predict/data/about")) {
        page_html(p, ": <code>");
        page_text(p, page_string(p, "/provenance/predict/data/about"));
        page_html(p, "</code>");
    }
    page_html(p, "</dd>\n<dt>labels</dt><dd>");
    words_of(p);
    page_html(p, "</dd>\n");
}

static void facts(struct page *p)
{
    page_html(p, "<dl class=\"facts\">\n");
    chip_facts(p);
    page_html(p, "<dt>net</dt><dd>");
    fact(p, "", "/shape");
    fact(p, "file", "/net");
    page_html(p, "%s</dd>\n",
              page_find(p, "/training") ? " trained through the integer model of its chip, with "
                                          "fresh virtual chips all along"
                                        : "");
    data_facts(p);
    page_html(p,
              "<dt>virtual chips</dt><dd>each has %s of its own, drawn from the chip file's sigmas "
              "by its number k alone: <code>spiketwin replay --virtual-chip K</code> makes it "
              "again</dd>\n",
              page_find(p, "/task") ? "circuits and weights" : "weights, thresholds and a clock");
    if (*page_string(p, "/date")) {
        page_html(p, "<dt>date</dt><dd><code>");
        page_text(p, page_string(p, "/date"));
        page_html(p, "</code></dd>\n");
    }
    page_html(p, "</dl>\n");
}

void report_head(struct page *p, const cJSON *json)
{
    const cJSON *net, *nets = cJSON_GetObjectItemCaseSensitive(json, "nets");
    int i = 0;
    page_html(p, "<header><h1>Do these chips pass?</h1>\n");
    cJSON_ArrayForEach(net, nets)
    {
        report_enter(p, net, i++);
        report_undecided(p, net->string);
        verdict(p, net->string);
    }
    limit_of(p, json);
    report_enter(p, nets->child, 0);
    page_html(p, "<div class=\"first\">\n");
    picture(p, json);
    page_html(p, "<div>\n");
    if (nets->child->next) {
        page_html(p, "<p class=\"soft\">Of <b>");
        page_text(p, nets->child->string);
        page_html(p, "</b>, the first net:</p>\n");
    }
    key_figures(p);
    facts(p);
    page_html(p, "</div></div>\n</header>\n");
}
