// One report from run folders. Inside of cli/report*.c.
//
// In two steps: what train, predict, sensitivity, replay and cosim left in the folders becomes one
// JSON object (report_data.c); the page is drawn from that object alone, so that both say the same.
#ifndef CLI_REPORT_REPORT_H
#define CLI_REPORT_REPORT_H

#include "cli/report/page.h"

enum { REPORT_MAX_RUNS = 16 };

// The whole: {provenance, net, limit, accuracy, yield, cosim, nets: {NAME: ...}}, the first run being
// the headline. limit (of their figure of merit) NULL, target below 0: those of the headline's prediction. Dies, naming file and field,
// where something needed is missing or torn.
cJSON *report_data(const struct cli_common *common, const char *const *folder, int n_folders,
                   const char *limit, double target);
void report_add_verdicts(cJSON *json, const char *limit, double target);

// The page, malloc'd.
char *report_html(const cJSON *json);

// The epochs in a run folder's log.jsonl, and their plot, malloc'd, with the one that was kept.
cJSON *report_read_log(const char *folder);
char *report_plot_learning(const cJSON *log, const cJSON *kept, // kept NULL: the last
                           const struct merit *m);
// Held-back accuracy and loss of several runs in one plot: log and name (n).
char *report_plot_runs(cJSON *const *log, const char *const *name, int n, const struct merit *m);

// The number of this name in an object; NAN: it has none.
double report_number(const cJSON *json, const char *name);

// Whether a row of the tables of all nets is told: of chips that cannot exist only where a net's law has them.
bool report_counts(const cJSON *nets, const char *pointer);

// What a net is shown, and what one of its labels is: "clip" and "word", "showing" and "pattern".
const char *report_item(const struct page *p);
const char *report_class(const struct page *p);

// Whether there were items of a label: some can be said only. `of`: "nominal_chip".
bool report_is_shown(const struct page *p, const char *of, int label);

// What is said in place of a part that was not run: /left_out/PART. Returns whether it was left
// out.
bool report_left_out(struct page *p, const char *part);

// Whether the nominal chip and all virtual chips of /nets/NAME say anything at all, and whether
// training did: sentences for the head of the page, and warnings on stderr.
void report_undecided(struct page *p, const char *name);
void report_undecided_warn(const cJSON *net);

// Enters /nets/NAME, the i-th.
void report_enter(struct page *p, const cJSON *net, int i);

// The first screen.
void report_head(struct page *p, const cJSON *json);

// The sections of a net, on a page that has entered /nets/NAME.
void report_accuracy(struct page *p);
void report_attribution(struct page *p);
void report_sweeps(struct page *p);
void report_sensitivity(struct page *p);
void report_confusion(struct page *p);
void report_faults(struct page *p);
void report_adequacy(struct page *p);
void report_fit(struct page *p);
void report_spikes(struct page *p);
void report_power(struct page *p);
void report_neurobench(struct page *p);
void report_learning(struct page *p);

#endif
