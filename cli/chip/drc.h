// What spiketwin drc says of a net: as text and as JSON.
#ifndef CLI_CHIP_DRC_H
#define CLI_CHIP_DRC_H

#include "cli/cli.h"

#include "twin/net/rules.h"

// Accuracy over virtual chips 1..n_chips, shares 0..1; all 0 where it was not measured.
struct drc_cost {
    int n_chips, n_clips;
    double before; // mean, the net as it is, on the chip without its rules
    double after;  // mean, the net that keeps them
    double sd;     // sample standard deviation over chips of (after − before)
};

struct drc_fix {
    const char *path; // what --fix names
    bool passes;      // the projected net keeps all rules: it was written
    struct drc_cost cost;
};

void drc_print(const struct chip *c, const struct net *n, const struct rules_report *r);
void drc_print_fix(const struct drc_fix *y);
void drc_add_json(cJSON *json, const struct chip *c, const struct net *n,
                  const struct rules_report *r);
void drc_add_fix(cJSON *json, const struct drc_fix *y);

#endif
