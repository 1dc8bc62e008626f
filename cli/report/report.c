// spiketwin report: run folders in, report.json and report.html out, and the table on stdout.
#include "cli/predict/verdict_text.h"
#include "cli/report/report.h"
#include "cli/options.h"

#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct options {
    struct cli_common common;
    struct option_set told;
    const char *out;
    const char *limit; // NULL: the first prediction's
    double target;     // below 0: likewise
    const char *folder[REPORT_MAX_RUNS];
    int n_runs;
};

#define AT(member) offsetof(struct options, member)
// clang-format off
static const struct option_row rows[] = {
    OPT_TEXT(0, 1, "out", 'o', "DIR", "Where report.json and report.html go (needed)", AT(out)),
    OPT_TEXT(0, 1, "limit", 'l', "X", "Accuracy that a chip must reach, 0..1, of all nets, or what their figure of merit is (default: that of the first RUN)", AT(limit)),
    OPT_NUMBER(0, 1, "target-yield", 0, "X", "Share of all chips that must reach it, 0..1 (default: that of the first RUN)", AT(target), 0, 1),
};
// clang-format on

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        return 0;
    case ARGP_KEY_ARG:
        if (o->n_runs == REPORT_MAX_RUNS) return ARGP_ERR_UNKNOWN;
        o->folder[o->n_runs++] = arg;
        return 0;
    default:
        return options_parse(&o->told, key, arg);
    }
}

static void print_table(const cJSON *json)
{
    static const struct {
        const char *label, *pointer;
        double scale;
        const char *
            format; // NULL: a share of the points, as the figure that it stands for; scale 0: a difference
    } row[] = {
        {"nominal (real arithmetic)", "/accuracy/nominal", 1, 0},
        {"quantised (chip 0)", "/accuracy/quantised", 1, 0},
        {"virtual chips", "/accuracy/chips/n", 1, "%16.0f"},
        {"  mean", "/accuracy/chips/mean", 1, 0},
        {"  standard deviation", "/accuracy/chips/sd", 0, 0},
        {"  5th percentile", "/accuracy/chips/p5", 1, 0},
        {"  worst", "/accuracy/chips/worst", 1, 0},
        {"  worst chip", "/accuracy/chips/worst_chip", 1, "%16.0f"},
        {"yield limit", "/verdict/limit", 1, 0},
        {"yield", "/verdict/yield", 100, "%14.1f %%"},
        {"  other chips, from", "/verdict/chips/0", 100, "%14.1f %%"},
        {"  to", "/verdict/chips/1", 100, "%14.1f %%"},
        {"  other people too, from", "/verdict/all/0", 100, "%14.1f %%"},
        {"  to", "/verdict/all/1", 100, "%14.1f %%"},
        {"yield wanted", "/verdict/target", 100, "%14.1f %%"},
        {"chips that cannot exist", "/virtual_chips/impossible", 1, "%16.0f"},
        {"chips that never decide", "/virtual_chips/undecided/chips_never", 1, "%16.0f"},
        {"no output spike", "/virtual_chips/undecided/silent", 100, "%14.2f %%"},
        {"a tie", "/virtual_chips/undecided/tied", 100, "%14.2f %%"},
    };
    const cJSON *nets = cJSON_GetObjectItemCaseSensitive(json, "nets"), *net;
    printf("%-26s", "");
    cJSON_ArrayForEach(net, nets) printf("%16s", net->string);
    printf("\n%-26s", "");
    cJSON_ArrayForEach(net, nets)
    {
        struct page at = {.json = net};
        printf("%16s", verdict_answer(page_string(&at, "/verdict/says")));
    }
    putchar('\n');
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (!report_counts(nets, row[i].pointer)) continue;
        printf("%-26s", row[i].label);
        cJSON_ArrayForEach(net, nets)
        {
            struct page at = {.json = net};
            const struct merit *m = page_merit(&at);
            char text[MERIT_TEXT];
            if (page_find(&at, row[i].pointer) && !row[i].format && row[i].scale > 0)
                printf("%16s", merit_text(m, page_value(&at, row[i].pointer), text));
            else if (page_find(&at, row[i].pointer) && !row[i].format)
                printf("%*.*f%s", 16 - (int)strlen(m->unit), m->decimals,
                       merit_scale(m) * page_value(&at, row[i].pointer), m->unit);
            else if (page_find(&at, row[i].pointer))
                printf(row[i].format, row[i].scale * page_value(&at, row[i].pointer));
            else
                printf("%16s", "not counted");
        }
        putchar('\n');
    }
}

struct evidence {
    double words, differ, compared, otherwise, chips;
};

static struct evidence evidence_of(const cJSON *json)
{
    struct evidence e = {0};
    const cJSON *net;
    cJSON_ArrayForEach(net, cJSON_GetObjectItemCaseSensitive(json, "nets"))
    {
        struct page at = {.json = net};
        if (!page_find(&at, "/cosim")) continue;
        e.words += page_value(&at, "/cosim/words");
        e.differ += page_value(&at, "/cosim/differ");
        e.compared += page_value(&at, "/cosim/decisions/compared");
        e.otherwise += page_value(&at, "/cosim/decisions/differ");
        e.chips += page_value(&at, "/cosim/chips");
    }
    return e;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0}, {0}};
    static struct options o = {.common = {.seed = 1}, .target = -1};
    const struct argp argp = {
        o.told.list,
        parse,
        "RUN|PREDICTION...",
        "One report from run folders, of what train, predict, cosim, sensitivity, replay --clip "
        "right|wrong, faults, adequacy and map left there. Of a prediction alone (FILE.json) the "
        "page "
        "has what is in it. Train and predict are needed; what else was not run the page says, and "
        "the command that does it on stderr.\v"
        "The first RUN is the headline. Exit 1 if RTL and model differ anywhere.\n"
        "Example: spiketwin report --out page run",
        children,
        0,
        0};
    char path[4096];
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    cli_parse(&argp, argc, argv, &o, sizeof o);
    options_take(&o.told, 0, "", &o);
    if (!o.out) cli_die("--out DIR is needed");
    if (o.n_runs == 0) cli_die("RUN is needed: a run folder");
    cJSON *json = report_data(&o.common, o.folder, o.n_runs, o.limit, o.target);
    struct evidence e = evidence_of(json);
    char *html = report_html(json);
    const cJSON *net;
    cJSON_ArrayForEach(net, cJSON_GetObjectItemCaseSensitive(json, "nets"))
        report_undecided_warn(net);
    struct file_lock lock; // so that page and numbers are of one report
    struct fail f;
    cli_make_folder(o.out);
    if (file_lock(&lock, o.out, &f)) cli_die("%s", f.text);
    snprintf(path, sizeof path, "%s/report.html", o.out);
    cli_write_text(html, path);
    snprintf(path, sizeof path, "%s/report.json", o.out);
    cli_write_json(json, path);
    file_unlock(&lock);
    free(html);
    if (o.common.json)
        cli_print_json(json);
    else {
        print_table(json);
        if (e.words > 0)
            printf("cosim: %.0f words, %.0f differ (%.0f chips)\n"
                   "RTL and twin decided %.0f clips, %.0f of them otherwise\n",
                   e.words, e.differ, e.chips, e.compared, e.otherwise);
        else
            printf("cosim: not run\n");
        printf("report: %s/report.html, %s/report.json\n", o.out, o.out);
        cJSON_Delete(json);
    }
    return e.differ || e.otherwise ? EXIT_DIFFERS : EXIT_SAME;
}

const struct verb verb_report = {"report", "one report (HTML, JSON) from run folders", run};
