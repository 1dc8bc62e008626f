// What of a law a stimulus reached, as JSON and as warnings.
#ifndef CLI_COSIM_REACHED_H
#define CLI_COSIM_REACHED_H

#include "cosim/corners/corners.h"

#include <cjson/cJSON.h>

// One chip's part of a run of many: the reference on what is shown, and its corners.
struct reached {
    struct corners corners;
    struct reference reference;
    void *memory;
};

// False: out of memory; reached_fini is legal all the same. The view must outlive it.
bool reached_init(struct reached *r, const struct law_image *im);
void reached_fini(struct reached *r);

// Adds the chip's counts to those of the run; the first makes them. False: out of memory.
bool reached_add(struct corners *all, const struct reached *r);

// Adds "reached": the sums, and "corners", each with its count and what is left of it.
void reached_to_json(cJSON *json, const struct corners *c);

// A warning on stderr for each corner that is not reached and not proven out of reach.
void reached_warn(const char *verb, const struct corners *c);

#endif
