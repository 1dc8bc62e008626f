// From a law and a shape to a Verilated shared object that cosim/dut.h can open.
//
// The parameters of rtl/stw_net.sv come from struct law and struct image_shape here and nowhere
// else: for Verilator as -G, for Icarus as -P, for Yosys as chparam.
#ifndef COSIM_DUT_BUILD_H
#define COSIM_DUT_BUILD_H

#include "model/image.h"

#include <stdio.h>

enum { DUT_PARAMETERS = 37, DUT_PATH = 1024 };

struct dut_parameter {
    const char *name;
    char value[48]; // decimal, or a sized hexadecimal literal without underscores
};

// All parameters of stw_net for this law and shape.
void dut_parameters(const struct law *law, const struct image_shape *shape,
                    struct dut_parameter list[DUT_PARAMETERS]);

// NULL if the RTL can be elaborated for it, else what is wrong with it.
const char *dut_check(const struct law *law, const struct image_shape *shape);

struct dut_build_options {
    const char *root; // of the sources: rtl/, cosim/ and model/ are in it; absolute
    const char *out;  // where DUTs are kept, e.g. build/dut; made if missing
    bool waves;       // FST tracing compiled in: slower, a separate build
};

// Key of a build: FNV-1a over law, shape, waves and the bytes of every source. 0: a source could
// not be read, with a message.
uint64_t dut_key(const struct law *law, const struct image_shape *shape,
                 const struct dut_build_options *o, char *message, size_t size);

// Puts the path of the shared object into `path` (DUT_PATH bytes): out/KEY/dut.so, built by
// Verilator if it is not there. Several processes may ask for the same one at once. 0, or -1 with a
// message that names the tool and its log.
int dut_build(const struct law *law, const struct image_shape *shape,
              const struct dut_build_options *o, char *path, char *message, size_t size);

// As dut_build for any other top: top module (file ROOT_TOP.sv or among `sources`), -G parameters,
// one C++ file, a header beside it. For tests of single modules.
struct dut_top {
    const char *top;              // module
    const char *const *sources;   // beside rtl/*.sv, NULL-ended
    const char *const *arguments; // further arguments of verilator, NULL-ended
    const char *cpp;              // absolute path
    const char *config;           // text of dut_config.h
};
int dut_build_top(const struct dut_top *t, const struct dut_build_options *o, uint64_t key,
                  char *path, char *message, size_t size);

// Key of such a build: FNV-1a over what is in `t`, waves and the bytes of every source. 0: a source
// could not be read, with a message.
uint64_t dut_top_key(const struct dut_top *t, const struct dut_build_options *o, char *message,
                     size_t size);

#endif
