// The RTL that there is: a row for each law that has a top of its own, and one for any other.
#ifndef COSIM_DUT_DUT_RTL_H
#define COSIM_DUT_DUT_RTL_H

#include "cosim/dut/dut_build.h"

struct dut_rtl {
    const struct law_kind *kind; // NULL: any
    const char *top;             // module
    const char *twin;            // what stands beside it in builds with waves, NULL: nothing
    bool packed; // its commit port is three vectors, words in the order of the law's tables
    bool is_net; // it has layers and jitter, tells the state before, and rests
    const char *(*check)(const struct law_kind *kind, const void *law,
                         const struct image_shape *shape);
    int (*parameters)(const struct law_kind *kind, const void *law, const struct image_shape *shape,
                      struct dut_parameter *list);
};

extern const struct dut_rtl dut_rtl_lif, dut_rtl_dpi, dut_rtl_any;

const struct dut_rtl *dut_rtl_of(const struct law_kind *kind);

// A parameter more, in decimal; as text, printed like printf.
void dut_add(struct dut_parameter *list, int *n, const char *name, int value);
__attribute__((format(printf, 4, 5))) void dut_add_text(struct dut_parameter *list, int *n,
                                                        const char *name, const char *format, ...);

// A byte a layer, the first lowest; what is 0 stands for 1.
void dut_add_bytes(struct dut_parameter *list, int *n, const char *name,
                   const int of[IMAGE_MAX_LAYERS]);

// NLayers, Sizes, Recurrent, OneToOne, Delayed, Taps and Spacing of a network.
void dut_add_shape(struct dut_parameter *list, int *n, const struct image_shape *shape);

#endif
