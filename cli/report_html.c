// The report as one page: no script, nothing from elsewhere, readable on a phone and on paper.
#include "cli/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const HEAD =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>spiketwin report</title>\n<style>\n"
    ":root{color-scheme:light "
    "dark;--ink:#1d2939;--soft:#667085;--paper:#fff;--card:#fff;--line:#d0d5dd;"
    "--good:#067647;--bad:#b42318}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e7ec;--soft:#98a2b3;--paper:#101828;"
    "--card:#f2f4f7;--line:#344054;--good:#47cd89;--bad:#f97066}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:60rem;margin:auto;padding:1rem}\n"
    "h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;"
    "border-bottom:1px solid var(--line)}\n"
    "h3{font-size:1rem;margin:1.2rem 0 .3rem}p{max-width:45rem}.soft{color:var(--soft)}\n"
    ".good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.25rem .8rem;border-bottom:1px solid var(--line);text-align:right}"
    "th:first-child,td:first-child{text-align:left;padding-left:0}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr));gap:"
    "1rem}\n"
    "figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.5rem;"
    "padding:.5rem;break-inside:avoid}figcaption{font-size:.9rem;color:#475467;padding:0 .5rem}\n"
    "figure svg{width:100%;height:auto}code{font-size:.85em;overflow-wrap:anywhere}\n"
    "@media print{body{max-width:none;font-size:11pt}}\n"
    "</style></head><body>\n";

struct page {
    char *text;
    size_t size;
    FILE *f;
};

static void text(struct page *p, const char *s)
{
    for (; *s; s++) {
        if (*s == '<')
            fputs("&lt;", p->f);
        else if (*s == '>')
            fputs("&gt;", p->f);
        else if (*s == '&')
            fputs("&amp;", p->f);
        else if (*s == '"')
            fputs("&quot;", p->f);
        else
            fputc(*s, p->f);
    }
}

static void html(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void html(struct page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(p->f, format, args);
    va_end(args);
}

static void figure(struct page *p, char *svg, const char *caption)
{
    html(p, "<figure>%s<figcaption>%s</figcaption></figure>\n", svg, caption);
    free(svg);
}

static double predicted(const struct report_run *r, const char *path)
{
    return report_number(r, "predict.json", path);
}

static void summary(struct page *p, const struct report_run *runs, int n_runs)
{
    html(p, "<div class=\"wide\"><table><tr><th></th>");
    for (int i = 0; i < n_runs; i++) {
        html(p, "<th>");
        text(p, runs[i].name);
        html(p, "</th>");
    }
    static const struct {
        const char *label, *path, *format;
        double scale;
    } row[] = {{"nominal: real arithmetic", "accuracy.nominal", "%.2f %%", 100},
               {"quantised: chip 0", "accuracy.quantised", "%.2f %%", 100},
               {"virtual chips", "accuracy.chips.n", "%.0f", 1},
               {"mean accuracy", "accuracy.chips.mean", "%.2f %%", 100},
               {"standard deviation", "accuracy.chips.sd", "%.2f points", 100},
               {"5th percentile", "accuracy.chips.p5", "%.2f %%", 100},
               {"worst", "accuracy.chips.worst", "%.2f %%", 100},
               {"worst chip (k)", "accuracy.chips.worst_chip", "%.0f", 1},
               {"yield limit", "yield.limit", "%.2f %%", 100},
               {"yield", "yield.value", "%.1f %%", 100},
               {"yield, 95 % from", "yield.low", "%.1f %%", 100},
               {"yield, 95 % to", "yield.high", "%.1f %%", 100}};
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        html(p, "</tr>\n<tr><td>%s</td>", row[k].label);
        for (int i = 0; i < n_runs; i++) {
            char value[64];
            snprintf(value, sizeof value, row[k].format,
                     row[k].scale * predicted(&runs[i], row[k].path));
            html(p, "<td>%s</td>", value);
        }
    }
    html(p, "</tr></table></div>\n");
}

static double chip_number(const cJSON *chip, const char *name)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(chip, name);
    return cJSON_IsNumber(x) ? x->valuedouble : 0;
}

static void lockstep(struct page *p, const struct report_run *runs, int n_runs)
{
    html(
        p,
        "<h2>RTL in lockstep</h2>\n<p>The Verilated RTL was loaded with the words of each chip and "
        "ran "
        "the same clips. Every state word of every neuron was compared in every tick with the "
        "golden model, which trained and predicted; and the class that the RTL's own output spikes "
        "say with the class that the twin says, clip for clip.</p>\n<div "
        "class=\"wide\"><table><tr><th>"
        "net</th><th>chip k</th><th>words compared</th><th>differ</th><th>clips</th><th>twin</th>"
        "<th>RTL</th><th>decided otherwise</th></tr>\n");
    for (int i = 0; i < n_runs; i++) {
        const cJSON *chip;
        cJSON_ArrayForEach(chip, cJSON_GetObjectItem(runs[i].cosim, "chips"))
        {
            double clips = chip_number(chip, "clips"), differ = chip_number(chip, "differ");
            html(p, "<tr><td>");
            text(p, runs[i].name);
            html(p,
                 "</td><td>%.0f</td><td>%.0f</td><td class=\"%s\">%.0f</td><td>%.0f</td><td>%.2f "
                 "%%</td>"
                 "<td>%.2f %%</td><td>%.0f</td></tr>\n",
                 chip_number(chip, "k"), chip_number(chip, "words"), differ > 0 ? "bad" : "good",
                 differ, clips, 100 * chip_number(chip, "twin_correct") / clips,
                 100 * chip_number(chip, "rtl_correct") / clips,
                 chip_number(chip, "decisions_differ"));
        }
    }
    html(p, "</table></div>\n");
}

static void command(struct page *p, const char *what, const cJSON *part)
{
    const cJSON *provenance = cJSON_GetObjectItemCaseSensitive(part, "provenance");
    const cJSON *line = cJSON_GetObjectItemCaseSensitive(provenance, "command");
    html(p, "<tr><td>%s</td><td style=\"text-align:left\"><code>", what);
    text(p, cJSON_IsString(line) ? line->valuestring : "unknown");
    html(p, "</code></td></tr>\n");
}

static const char *string_of(const cJSON *json, const char *name)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsString(x) ? x->valuestring : "unknown";
}

static void provenance(struct page *p, const struct report_run *runs, int n_runs, const cJSON *json)
{
    html(p, "<h2>Provenance</h2>\n<div class=\"wide\"><table>\n");
    for (int i = 0; i < n_runs; i++) {
        command(p, "training", runs[i].train);
        command(p, "accuracy and yield", runs[i].predict);
        command(p, "lockstep", runs[i].cosim);
    }
    command(p, "this report", json);
    const cJSON *own = cJSON_GetObjectItem(json, "provenance");
    html(p, "</table></div>\n<p class=\"soft\">spiketwin ");
    text(p, string_of(own, "version"));
    html(p, ", compiler ");
    text(p, string_of(own, "compiler"));
    html(p, ", ");
    text(p, string_of(own, "machine"));
    html(p, ". The same numbers for machines: report.json beside this page.</p>\n");
}

char *report_html(const struct report_run *runs, int n_runs, const cJSON *json)
{
    struct page p = {0};
    double words = 0, differ = 0;
    p.f = open_memstream(&p.text, &p.size);
    if (!p.f) cli_die("report: out of memory");
    for (int i = 0; i < n_runs; i++) {
        words += report_number(&runs[i], "cosim.json", "words");
        differ += report_number(&runs[i], "cosim.json", "differ");
    }
    html(&p, "%s<h1>spiketwin report</h1>\n<p>Networks that tell ", HEAD);
    const cJSON *word, *list = cJSON_GetObjectItem(runs[0].predict, "words");
    cJSON_ArrayForEach(word, list)
    {
        html(&p, "%s\xe2\x80\x9c", word == list->child ? "" : ", ");
        text(&p, cJSON_IsString(word) ? word->valuestring : "");
        html(&p, "\xe2\x80\x9d");
    }
    html(&p,
         " apart were trained through the integer model of their chip with a fresh virtual chip in "
         "every "
         "chunk of a batch; the epoch was chosen on held-back training speakers. The accuracy "
         "below is on "
         "%.0f clips of speakers that training never saw, for the nominal chip and for virtual "
         "chips with "
         "weight, threshold and clock mismatch of their own. Yield is the share of chips that "
         "reach the "
         "limit; its interval covers the finite number of chips, not that of speakers.</p>\n"
         "<p class=\"%s\">cosim: %.0f words, %.0f differ</p>\n",
         predicted(&runs[0], "clips"), differ > 0 ? "bad" : "good", words, differ);
    summary(&p, runs, n_runs);
    for (int i = 0; i < n_runs; i++) {
        html(&p, "<h2>");
        text(&p, runs[i].name);
        html(&p, "</h2>\n<div class=\"plots\">\n");
        figure(&p, report_plot_accuracy(&runs[i]), "Accuracy of each virtual chip.");
        figure(&p, report_plot_yield(&runs[i]), "Share of chips that pass, for every limit.");
        figure(
            &p, report_plot_learning(&runs[i]),
            "Learning. The epoch marked is the one kept, chosen on held-back training speakers.");
        html(&p, "</div>\n");
    }
    lockstep(&p, runs, n_runs);
    provenance(&p, runs, n_runs, json);
    html(&p, "</body></html>\n");
    if (fclose(p.f)) cli_die("report: out of memory");
    return p.text;
}
