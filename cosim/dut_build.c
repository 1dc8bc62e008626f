#include "cosim/dut_build.h"

#include <stdio.h>

int dut_build(const struct law *law, const struct image_shape *shape,
              const struct dut_build_options *o, char *path, char *message, size_t size)
{
    const char *what = dut_check(law, shape);
    if (what) {
        snprintf(message, size, "no RTL for this chip: %s", what);
        return -1;
    }
    struct dut_parameter list[DUT_PARAMETERS];
    char text[DUT_PARAMETERS][80], config[4096];
    const char *arguments[DUT_PARAMETERS + 1] = {0};
    dut_parameters(law, shape, list);
    for (int i = 0; i < DUT_PARAMETERS; i++) {
        snprintf(text[i], sizeof text[i], "-G%.20s=%.47s", list[i].name, list[i].value);
        arguments[i] = text[i];
    }
    FILE *f = fmemopen(config, sizeof config, "w");
    if (f) dut_print_config(f, law, shape, o->waves);
    if (!f || fclose(f)) {
        snprintf(message, size, "out of memory");
        return -1;
    }
    struct dut_top top = {.top = "stw_net",
                          .source = o->waves ? "cosim/stw_twin.sv" : 0,
                          .arguments = arguments,
                          .cpp = "cosim/dut.cpp",
                          .config = config};
    return dut_build_top(&top, o, path, message, size);
}
