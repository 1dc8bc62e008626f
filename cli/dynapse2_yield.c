// spiketwin dynapse2 yield: on what share of virtual chips a net is right.
#include "cli/dynapse2.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct dynapse2_common common;
    const char *net;
    const char *mismatch; // "0.33,1,2,3"
    double limit;
    int chips, draws;
};

enum { KEY_LIMIT = 1000, KEY_DRAWS };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        return 0;
    case 'n':
        o->chips = (int)cli_integer("--chips", arg, 1, 10000000);
        return 0;
    case 'm':
        o->mismatch = arg;
        return 0;
    case KEY_LIMIT:
        o->limit = cli_number("--limit", arg, 0, INFINITY);
        return 0;
    case KEY_DRAWS:
        o->draws = (int)cli_integer("--draws", arg, 1, 65536);
        return 0;
    case ARGP_KEY_ARG:
        if (o->net) return ARGP_ERR_UNKNOWN;
        o->net = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"chips", 'n', "N", 0, "Virtual chips, none of them ever trained on (default 2000)", 1},
    {"mismatch", 'm', "X,Y", 0,
     "Times the chip file's coefficients of variation (default 0.33,1,2,3: 3.3, 10, 20, 30 %)", 1},
    {"limit", KEY_LIMIT, "SIGMA", 0,
     "Chips stay within so many standard deviations (default inf: an untruncated Gaussian, whose "
     "impossible chips count as wrong)",
     1},
    {"draws", KEY_DRAWS, "N", 0, "With --general: how often each is shown to a chip (default 10)",
     1},
    {0}};

static cJSON *row_of(const struct dpi_yield *y, double circuit, double weight)
{
    cJSON *row = cJSON_CreateObject();
    cJSON_AddNumberToObject(row, "mismatch", circuit);
    cJSON_AddBoolToObject(row, "weights_vary", weight > 0);
    cJSON_AddNumberToObject(row, "chips", y->n_chips);
    cJSON_AddNumberToObject(row, "right", y->all_right);
    cJSON_AddNumberToObject(row, "yield", (double)y->all_right / y->n_chips);
    cJSON_AddNumberToObject(row, "low", y->low);
    cJSON_AddNumberToObject(row, "high", y->high);
    cJSON_AddNumberToObject(row, "unsound", y->unsound);
    cJSON_AddNumberToObject(row, "accuracy", y->accuracy);
    cJSON_AddNumberToObject(row, "accuracy_p5", y->p5);
    cJSON_AddNumberToObject(row, "worst_chip", y->worst);
    cJSON_AddNumberToObject(row, "worst_accuracy", y->worst_accuracy);
    return row;
}

int dynapse2_yield(int argc, char **argv)
{
    static const struct argp_child children[] = {{&dynapse2_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET",
        "On what share of virtual chips the net answers everything right, with circuit parameters "
        "varied, and with the weights varied too.\v"
        "NET is a net.h5, or the JSON of a reference trace. The same chips for every net.\n"
        "Example: spiketwin dynapse2 yield build/se2/net.h5 -E ../shared/data/dynapsim -L silicon",
        children,
        0,
        0};
    struct options o = {.common = dynapse2_defaults,
                        .mismatch = "0.33,1,2,3",
                        .limit = INFINITY,
                        .chips = 2000,
                        .draws = 10};
    struct fail f;
    struct dynapse_chip chip;
    struct dpi_task task;
    struct dpi_net net;
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.net) cli_die("a net.h5 is needed");
    cli_load_dpi_net(&net, &chip, o.net, o.common.chip);
    dynapse2_load_task(&task, &o.common);
    dynapse2_check_net(&net, &task, o.net);

    struct progress *p = cli_progress(&o.common.common);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common.common));
    cJSON_AddStringToObject(json, "net", o.net);
    cJSON_AddStringToObject(json, "law", o.common.law);
    cJSON *rows = cJSON_AddArrayToObject(json, "yield");
    char *copy = strdup(o.mismatch), *at = copy, *part;
    if (!copy) cli_no_memory();
    while ((part = strsep(&at, ","))) {
        double circuit = cli_number("--mismatch", part, 0, 10);
        for (int vary = 0; vary < 2; vary++) {
            struct dpi_yield y;
            double weight = vary ? circuit : 0;
            struct dpi_yield_job job = {.chip = &chip,
                                        .net = &net,
                                        .law = dynapse2_law(o.common.law),
                                        .task = &task,
                                        .variation =
                                            dpi_variation_of(&chip, circuit, weight, o.limit),
                                        .seed = o.common.common.seed,
                                        .first_chip = 1,
                                        .n_chips = o.chips,
                                        .draws = task.general ? o.draws : 1};
            if (dpi_yield_run(&job, &y, 0, p, &f)) cli_die("%s", f.text);
            cJSON_AddItemToArray(rows, row_of(&y, circuit, weight));
        }
    }
    free(copy);
    cli_progress_done(p);
    if (o.common.common.json)
        cli_print_json(json);
    else {
        printf("%-10s %-22s %8s  %-16s %10s %8s\n", "mismatch", "varied", "yield", "95 % interval",
               "accuracy", "unsound");
        for (const cJSON *r = rows->child; r; r = r->next) {
#define GET(name) cJSON_GetObjectItem(r, name)->valuedouble
            printf("x %-8g %-22s %6.2f %%  %6.2f..%-6.2f %% %8.2f %% %8g\n", GET("mismatch"),
                   cJSON_IsTrue(cJSON_GetObjectItem(r, "weights_vary")) ? "circuits and weights"
                                                                        : "circuits",
                   100 * GET("yield"), 100 * GET("low"), 100 * GET("high"), 100 * GET("accuracy"),
                   GET("unsound"));
        }
        cJSON_Delete(json);
    }
    dpi_net_fini(&net);
    dpi_task_free(&task);
    return EXIT_SAME;
}
