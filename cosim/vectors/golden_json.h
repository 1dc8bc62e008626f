// A law and a shape as JSON, written and read by the tables of model/fields.h: what `spiketwin
// info` shows, what `gen --memories` puts into chip.json, and what the golden library reads back.
#ifndef COSIM_VECTORS_GOLDEN_JSON_H
#define COSIM_VECTORS_GOLDEN_JSON_H

#include "base/fail.h"
#include "model/laws/law_image.h"

#include <cjson/cJSON.h>

// Adds the fields to `json`. False: out of memory.
// Of a law other than lif its name too, as "family".
bool golden_put_law(cJSON *json, const struct law_kind *kind, const void *params);
bool golden_put_layer(cJSON *json, const struct image_shape *s, int layer);

// 0, or -1: a field is missing, told twice, unknown, of another type or out of its range. What
// `info` adds to a layer ("sources" and the like) follows from the rest and is passed over.
// params: LAW_BYTES.
int golden_take_law(const struct law_kind **kind, void *params, const cJSON *json, struct fail *f);
int golden_take_shape(const struct law_kind *kind, struct image_shape *s, const cJSON *layers,
                      struct fail *f);

// Law, shape and hash of an image: all of chip.json that the library needs. NULL: out of memory.
cJSON *golden_image_json(const struct law_image *im);

#endif
