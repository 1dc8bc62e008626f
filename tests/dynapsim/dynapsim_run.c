#include "tests/dynapsim/dynapsim.h"

#include <stdlib.h>
#include <string.h>

int dynapsim_run_model(const struct dynapsim *d, const struct dpi_image *im,
                       const struct dpi_state *start, struct dpi_state *after, struct fail *f)
{
    struct dpi_state *state = malloc((size_t)d->n_out * sizeof *state);
    int32_t *count = calloc((size_t)d->n_out, sizeof *count);
    if (!state || !count) return fail(f, "out of memory");
    memcpy(state, start, (size_t)d->n_out * sizeof *state);
    struct dpi_stimulus s = {d->n_ticks, d->x};
    struct dpi_trace t = {.layer = {{.state = after}}, .count = count};
    dpi_run(im, &s, state, &t);
    free(state);
    free(count);
    return 0;
}
