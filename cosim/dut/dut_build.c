#include "cosim/dut/dut_rtl.h"

#include <stdio.h>
#include <stdlib.h>

int dut_build(const struct law_kind *kind, const void *law, const struct image_shape *shape,
              const struct dut_build_options *o, char *path, char *message, size_t size)
{
    const struct dut_rtl *rtl = dut_rtl_of(kind);
    const char *what = dut_check(kind, law, shape);
    if (what) {
        snprintf(message, size, "no RTL for this chip: %s", what);
        return -1;
    }
    struct dut_parameter list[DUT_PARAMETERS];
    char text[DUT_PARAMETERS][176], *config = 0;
    size_t bytes = 0;
    const char *arguments[DUT_PARAMETERS + 2] = {0};
    int n = dut_parameters(kind, law, shape, list);
    for (int i = 0; i < n; i++) {
        snprintf(text[i], sizeof text[i], "-G%.20s=%.143s", list[i].name, list[i].value);
        arguments[i] = text[i];
    }
    if (o->staged) arguments[n] = "-GStaged=1";
    FILE *f = open_memstream(&config, &bytes);
    if (f) dut_print_config(f, kind, law, shape, o->waves);
    if (!f || fclose(f)) {
        free(config);
        snprintf(message, size, "out of memory");
        return -1;
    }
    struct dut_top top = {.top = rtl->top,
                          .source = o->waves ? rtl->twin : 0,
                          .arguments = arguments,
                          .cpp = "cosim/dut/dut.cpp",
                          .config = config};
    int rc = dut_build_top(&top, o, path, message, size);
    free(config);
    return rc;
}
