#include "cosim/dut/dut_build.h"

#include <stdio.h>
#include <stdlib.h>

int dut_build(const struct law_kind *kind, const void *law, const struct image_shape *shape,
              const struct dut_build_options *o, char *path, char *message, size_t size)
{
    bool dpi = kind == &dpi_kind;
    const char *what = dpi ? dut_dpi_check(law, shape) : dut_check(law, shape);
    if (what) {
        snprintf(message, size, "no RTL for this chip: %s", what);
        return -1;
    }
    struct dut_parameter list[DUT_PARAMETERS];
    char text[DUT_PARAMETERS][80], *config = 0;
    size_t bytes = 0;
    const char *arguments[DUT_PARAMETERS + 1] = {0};
    if (dpi)
        dut_dpi_parameters(law, shape, list);
    else
        dut_parameters(law, shape, list);
    for (int i = 0; i < (dpi ? DUT_DPI_PARAMETERS : DUT_PARAMETERS); i++) {
        snprintf(text[i], sizeof text[i], "-G%.20s=%.47s", list[i].name, list[i].value);
        arguments[i] = text[i];
    }
    FILE *f = open_memstream(&config, &bytes);
    if (f) dut_print_config(f, kind, law, shape, o->waves);
    if (!f || fclose(f)) {
        free(config);
        snprintf(message, size, "out of memory");
        return -1;
    }
    struct dut_top top = {.top = dpi ? "stw_dpi_net" : "stw_net",
                          .source = o->waves && !dpi ? "cosim/dut/stw_twin.sv" : 0,
                          .arguments = arguments,
                          .cpp = "cosim/dut/dut.cpp",
                          .config = config};
    int rc = dut_build_top(&top, o, path, message, size);
    free(config);
    return rc;
}
