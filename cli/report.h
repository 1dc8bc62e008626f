// One report from run folders: what `train`, `predict` and `cosim` left there. Inside of
// cli/report*.c.
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cli.h"

enum { REPORT_MAX_RUNS = 16 };

struct report_epoch {
    int epoch;
    double loss, train, held; // nats, shares
};

struct report_run {
    const char *folder;
    char name[128]; // base name of the folder
    cJSON *train, *predict, *cosim;
    struct report_epoch *log; // (n_epochs)
    int n_epochs;
    double *accuracy; // (n_chips) of each virtual chip, shares
    int n_chips;
};

// A number of a run's JSON at "a.b.c", or cli_die naming the file and the field.
double report_number(const struct report_run *r, const char *file, const char *path);

// r->log and n_epochs from the folder's log.jsonl; the caller frees the log.
void report_read_log(struct report_run *r);

// SVG of a plot by gnuplot, malloc'd: accuracies of the chips, yield over the limit, learning
// curve.
char *report_plot_accuracy(const struct report_run *r);
char *report_plot_yield(const struct report_run *r);
char *report_plot_learning(const struct report_run *r);

// The page, malloc'd: self-contained HTML.
char *report_html(const struct report_run *runs, int n_runs, const cJSON *json);

#endif
