#include "model/fields.h"

#include <string.h>

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
