#include "model/fields.h"

#include "base/fnv.h"
#include "model/law_format.h"
#include "model/law_kind.h"

#include <string.h>

const char *const law_round_names[FX_ROUNDS] = {"floor", "nearest_even", "toward_zero", "ceiling",
                                                "away_from_zero"};

int field_get(const struct field *x, const void *from)
{
    const char *at = (const char *)from + x->at;
    if (x->kind == FIELD_BYTE) return *(const uint8_t *)at;
    if (x->kind == FIELD_SIGN || x->kind == FIELD_SWITCH) return *(const bool *)at;
    int value;
    memcpy(&value, at, sizeof value);
    return value;
}

void field_set(const struct field *x, void *to, int value)
{
    char *at = (char *)to + x->at;
    if (x->kind == FIELD_BYTE)
        *(uint8_t *)at = (uint8_t)value;
    else if (x->kind == FIELD_SIGN || x->kind == FIELD_SWITCH)
        *(bool *)at = value;
    else
        memcpy(at, &value, sizeof value);
}

uint64_t law_params_hash(uint64_t h, const struct law_kind *kind, const void *params)
{
    for (const struct field *x = kind->parameter; x->name; x++) {
        struct law_format format;
        if (x->joins) continue;
        if (x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED) {
            memcpy(&format, (const char *)params + x->at, sizeof format);
            h = fnv_word(fnv_word(h, format.int_bits), format.frac_bits);
        } else {
            int more = x[1].joins ? x[1].joins * field_get(x + 1, params) : 0;
            h = fnv_word(h, field_get(x, params) + more);
        }
    }
    return h;
}

bool field_counts(const struct field *x, const void *from)
{
    return !x->with || ((const unsigned char *)from)[x->with];
}

const struct field *field_sign(const struct field *format)
{
    for (const struct field *x = format; x->name; x++)
        if (x->kind == FIELD_SIGN && x->of == format->at) return x;
    return 0;
}
