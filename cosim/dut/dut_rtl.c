#include "cosim/dut/dut_rtl.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

const struct dut_rtl *dut_rtl_of(const struct law_kind *kind)
{
    static const struct dut_rtl *const own[] = {&dut_rtl_lif, &dut_rtl_dpi, 0};
    for (const struct dut_rtl *const *x = own; *x; x++)
        if ((*x)->kind == kind) return *x;
    return &dut_rtl_any;
}

const char *dut_check(const struct law_kind *kind, const void *law, const struct image_shape *shape)
{
    return dut_rtl_of(kind)->check(kind, law, shape);
}

int dut_parameters(const struct law_kind *kind, const void *law, const struct image_shape *shape,
                   struct dut_parameter list[DUT_PARAMETERS])
{
    return dut_rtl_of(kind)->parameters(kind, law, shape, list);
}

void dut_add_text(struct dut_parameter *list, int *n, const char *name, const char *format, ...)
{
    assert(*n < DUT_PARAMETERS);
    struct dut_parameter *p = &list[(*n)++];
    va_list args;
    p->name = name;
    va_start(args, format);
    vsnprintf(p->value, sizeof p->value, format, args);
    va_end(args);
}

void dut_add(struct dut_parameter *list, int *n, const char *name, int value)
{
    dut_add_text(list, n, name, "%d", value);
}

// A byte a layer, the first lowest; 0 is 1.
void dut_add_bytes(struct dut_parameter *list, int *n, const char *name,
                   const int of[IMAGE_MAX_LAYERS])
{
    char digits[2 * IMAGE_MAX_LAYERS + 1] = "";
    for (int l = IMAGE_MAX_LAYERS - 1; l >= 0; l--)
        snprintf(digits + strlen(digits), sizeof digits - strlen(digits), "%02x",
                 of[l] ? (unsigned)of[l] & 0xff : 1);
    dut_add_text(list, n, name, "64'h%s", digits);
}

void dut_add_shape(struct dut_parameter *list, int *n, const struct image_shape *shape)
{
    char sizes[48] = "";
    int taps[IMAGE_MAX_LAYERS] = {0}, spacing[IMAGE_MAX_LAYERS] = {0};
    unsigned recurrent = 0, one_to_one = 0, delayed = 0;
    for (int i = IMAGE_MAX_LAYERS; i >= 0; i--) {
        int size = i > shape->n_layers ? 0 : i ? shape->layer[i - 1].n_out : shape->layer[0].n_in;
        snprintf(sizes + strlen(sizes), sizeof sizes - strlen(sizes), "%04x", (unsigned)size);
    }
    for (int l = 0; l < shape->n_layers; l++) {
        if (shape->layer[l].recurrent) recurrent |= (unsigned)fx_one(l);
        if (shape->layer[l].topology == IMAGE_ONE_TO_ONE) one_to_one |= (unsigned)fx_one(l);
        if (shape->layer[l].delayed) delayed |= (unsigned)fx_one(l);
        taps[l] = shape->layer[l].taps;
        spacing[l] = shape->layer[l].spacing;
    }
    dut_add(list, n, "NLayers", shape->n_layers);
    dut_add_text(list, n, "Sizes", "144'h%s", sizes);
    dut_add_text(list, n, "Recurrent", "8'h%02x", recurrent);
    dut_add_text(list, n, "OneToOne", "8'h%02x", one_to_one);
    dut_add_text(list, n, "Delayed", "8'h%02x", delayed);
    dut_add_bytes(list, n, "Taps", taps);
    dut_add_bytes(list, n, "Spacing", spacing);
}
