// What a law and a layer's shape consist of: tables of model/fields.h. tests/unit/model/test_fields.c
// holds them against image_hash, which a field cannot be missing from.
#ifndef MODEL_LIF_LAW_FIELDS_H
#define MODEL_LIF_LAW_FIELDS_H

#include "model/fields.h"
#include "model/lif/image.h"

extern const struct field law_fields[];   // of struct law
extern const struct field layer_fields[]; // of a layer of struct image_shape

#endif
