// From a law and a shape to a Verilated shared object that cosim/dut.h can open.
//
// The parameters of a top of rtl/ come from the law's own and struct image_shape here and nowhere
// else: for Verilator as -G, for Icarus as -P, for Yosys as chparam.
#ifndef COSIM_DUT_DUT_BUILD_H
#define COSIM_DUT_DUT_BUILD_H

#include "cosim/dut/dut_cache.h"
#include "model/laws/law_image.h"

#include <stdio.h>

enum { DUT_PARAMETERS = 48 }; // at most

struct dut_parameter {
    const char *name;
    char value[144]; // decimal, or a sized hexadecimal literal without underscores
};

// All parameters of the law's top for this law and shape; returns how many. `law` is the struct of the
// kind's parameters, here and below.
int dut_parameters(const struct law_kind *kind, const void *law, const struct image_shape *shape,
                   struct dut_parameter list[DUT_PARAMETERS]);

// The same for cosim/dut/dut.cpp: what dut_config.h says of any law, by its row.
void dut_print_config(FILE *f, const struct law_kind *kind, const void *law,
                      const struct image_shape *shape, bool waves);

// NULL if the RTL can be elaborated for it, else what is wrong with it.
const char *dut_check(const struct law_kind *kind, const void *law,
                      const struct image_shape *shape);

struct dut_build_options {
    const char *root; // of the sources: rtl/, cosim/ and model/ are in it; absolute
    const char *out;  // where DUTs are kept, NULL: as dut_cache_open says
    bool waves;       // FST tracing compiled in: slower, a separate build
    bool staged;      // registers between the stages of a neuron; of the law lif
};

// Puts into `path` (DUT_PATH bytes) the shared object for dut_open: built by Verilator and g++ if
// it is not kept yet. Several processes may ask for the same one at once. 0, or -1 with a message that names the tool and its log.
int dut_build(const struct law_kind *kind, const void *law, const struct image_shape *shape,
              const struct dut_build_options *o, char *path, char *message, size_t size);

// As dut_build for any other top. For tests of single modules. Files are relative to the root.
struct dut_top {
    const char *top;              // module
    const char *text;             // SystemVerilog beside rtl/*.sv, NULL: none
    const char *source;           // a file beside rtl/*.sv, NULL: none
    const char *const *arguments; // further arguments of verilator, NULL-ended
    const char *cpp;              // the C++ around the model
    const char *config;           // text of dut_config.h
};
int dut_build_top(const struct dut_top *t, const struct dut_build_options *o, char *path,
                  char *message, size_t size);

#endif
