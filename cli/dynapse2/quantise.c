// spiketwin quantise: four base currents for the weights of a core.
#include "cli/cli.h"
#include "cli/options.h"

#include "twin/dynapse2/dpi_quantise.h"
#include "twin/io/matrix_csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct options {
    struct cli_common common;
    const char *importance;
    int starts;
    long boxes;
    const char *file[256];
    int n_files;
};

enum { KEY_IMPORTANCE = 0x600, KEY_STARTS, KEY_BOXES };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        return 0;
    case KEY_IMPORTANCE:
        o->importance = arg;
        return 0;
    case KEY_STARTS:
        o->starts = (int)cli_integer("--starts", arg, 1, 1000000);
        return 0;
    case KEY_BOXES:
        o->boxes = (long)cli_integer("--boxes", arg, 0, 1000000000000);
        return 0;
    case ARGP_KEY_ARG:
        if (o->n_files == sizeof o->file / sizeof *o->file) return ARGP_ERR_UNKNOWN;
        o->file[o->n_files++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static cJSON *result_json(const char *file, const struct matrix *m, const struct dpi_quantised *q)
{
    cJSON *one = cJSON_CreateObject(), *rows;
    cJSON_AddStringToObject(one, "matrix", file);
    cJSON_AddNumberToObject(one, "weights", (double)q->n);
    cJSON_AddItemToObject(one, "base_currents", cJSON_CreateDoubleArray(q->base, DPI_BASES));
    cJSON_AddNumberToObject(one, "rms", q->rms);
    cJSON_AddNumberToObject(one, "worst", q->worst);
    cJSON_AddBoolToObject(one, "proved", q->proved);
    cJSON_AddNumberToObject(one, "boxes", (double)q->boxes);
    rows = cJSON_AddArrayToObject(one, "masks"); // below 0: inhibition
    for (size_t r = 0; r < m->rows; r++) {
        cJSON *row = cJSON_CreateArray();
        for (size_t k = 0; k < m->columns; k++) {
            double w = m->x[r * m->columns + k];
            int mask = (int)dpi_nearest_mask(q->base, fabs(w));
            cJSON_AddItemToArray(row, cJSON_CreateNumber(w < 0 ? -mask : mask));
        }
        cJSON_AddItemToArray(rows, row);
    }
    return one;
}

static int run(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"importance", KEY_IMPORTANCE, "FILE", 0,
         "A matrix of the same shape: how much an error of each weight counts", 1},
        {"starts", KEY_STARTS, "N", 0, "Starts of alternating least squares (default 300)", 1},
        {"boxes", KEY_BOXES, "N", 0,
         "Give up the proof after so many boxes (default 1048576); 0: do not try it", 1},
        {0}};
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "MATRIX...",
        "Four base currents whose 16 subset sums lie nearest to the magnitudes of a matrix (CSV) "
        "in mean square, as a core of DYNAP-SE2 stores weights; with a proof that no others are "
        "nearer. --json also tells the mask of each weight.\v"
        "Example: spiketwin quantise weights.csv\n"
        "Method and figures: docs/dynapse2-mapping.md",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1},
                        .starts = dpi_quantise_default.starts,
                        .boxes = dpi_quantise_default.boxes};
    struct fail f = {""};
    cJSON *json = cJSON_CreateObject(), *all = cJSON_AddArrayToObject(json, "matrices");
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.n_files) cli_die("a matrix is needed");
    for (int i = 0; i < o.n_files; i++) {
        struct matrix m, weigh = {0};
        struct dpi_quantised q;
        struct dpi_quantise_options how = {o.starts, o.common.seed, o.boxes, 0};
        if (matrix_read(&m, o.file[i], &f)) cli_die("%s", f.text);
        if (o.importance && matrix_read(&weigh, o.importance, &f)) cli_die("%s", f.text);
        if (o.importance && (weigh.rows != m.rows || weigh.columns != m.columns))
            cli_die("%s: %zu x %zu, allowed %zu x %zu as %s", o.importance, weigh.rows,
                    weigh.columns, m.rows, m.columns, o.file[i]);
        how.importance = weigh.x;
        if (dpi_quantise(&q, m.x, m.rows * m.columns, &how, &f))
            cli_die("%s: %s", o.file[i], f.text);
        if (o.common.json)
            cJSON_AddItemToArray(all, result_json(o.file[i], &m, &q));
        else {
            if (!i)
                printf("%8s %12s %12s %7s %12s %12s %12s %12s  %s\n", "weights", "rms", "worst",
                       "proved", "base 0", "1", "2", "3", "matrix");
            printf("%8zu %12.6g %12.6g %7s %12.6g %12.6g %12.6g %12.6g  %s\n", q.n, q.rms, q.worst,
                   q.proved ? "yes" : "no", q.base[0], q.base[1], q.base[2], q.base[3], o.file[i]);
        }
        matrix_fini(&m);
        matrix_fini(&weigh);
    }
    if (o.common.json) {
        cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common));
        cli_print_json(json);
    } else
        cJSON_Delete(json);
    return EXIT_SAME;
}

const struct verb verb_quantise = {"quantise", "four base currents for the weights of a core", run};
