#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "tests/dynapsim/dynapsim.h"

#include <stdlib.h>

int dynapsim_run_rtl(const struct dynapsim *d, const struct dpi_image *im,
                     const struct dpi_state *start, struct dpi_state *after, const char *root,
                     const char *build, struct fail *f)
{
    const struct law_image view = law_image_dpi(im, 0);
    struct dut_build_options o = {root, build, false};
    struct dut_handle h;
    struct stimulus s = {.n_ticks = d->n_ticks, .x = d->x};
    struct lockstep_options same = {
        .stages = true, .keep_going = true, .start = start, .dut_after = after};
    struct lockstep_result r = {0};
    char library[DUT_PATH], message[1024] = "";
    if (dut_build(&dpi_kind, &im->law, &view.shape, &o, library, message, sizeof message) ||
        dut_open(&h, library, message, sizeof message))
        return fail(f, "%s", message);
    struct lockstep *k = lockstep_new(&h, &view, d->n_ticks, message, sizeof message);
    int rc = k ? lockstep_run(k, &s, &same, &r, message, sizeof message) : -1;
    lockstep_free(k);
    dut_close(&h);
    return rc < 0 ? fail(f, "RTL: %s", message) : 0;
}

int dynapsim_trace(const char *dir, const char *name, const char *root, const char *build,
                   struct dynapsim_result sides[2], struct fail *f)
{
    struct dynapsim d;
    struct dynapsim_ranges ranges;
    struct dpi_law law;
    struct dpi_image *im = 0;
    struct dpi_state *start = 0, *after = 0;
    int rc = dynapsim_read(&d, dir, name, f);
    if (rc == 0) {
        dynapsim_ranges(&d, &ranges);
        struct dynapsim_digits digits = dynapsim_finest(&ranges, d.scale.unit);
        rc = dynapsim_law(&ranges, &digits, d.scale.unit, &law, f);
    }
    if (rc == 0) {
        start = calloc((size_t)d.n_out, sizeof *start);
        after = calloc((size_t)d.n_ticks * (size_t)d.n_out, sizeof *after);
        rc = start && after ? 0 : fail(f, "out of memory");
    }
    if (rc == 0) rc = (im = dynapsim_image(&d, &law, start, f)) ? 0 : -1;
    for (int side = 0; side < 2 && rc == 0; side++) {
        rc = side ? dynapsim_run_rtl(&d, im, start, after, root, build, f)
                  : dynapsim_run_model(&d, im, start, after, f);
        if (rc == 0) dynapsim_compare(&d, im, after, &sides[side]);
    }
    dpi_image_free(im);
    free(start);
    free(after);
    dynapsim_free(&d);
    return rc;
}
