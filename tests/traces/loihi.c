// One neuron of Loihi: Lava's fixed-point model of it, and the chip itself. Row t of the file shows
// what the input of row t - 1 made, so the stimulus is one tick late. The chip shows v = 128 where
// the model shows 0, in the tick of a spike.
#include "tests/traces/traces.h"

#include <stdio.h>
#include <string.h>

// The neuron of the NIR comparison (anchors.md §4): tau 2.5 ms at dt 0.1 ms.
enum { DV = 163, DU = 4095, V_TH = 25, WEIGHT = 10, SCALE = 64, CHIP_SHOWS = 128 };

int loihi_read(struct machine_trace *t, const struct chip *chip, const char *folder,
               const char *file, struct fail *f)
{
    char path[TRACE_PATH];
    struct csv c;
    *t = (struct machine_trace){0};
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (csv_read(&c, path, f) || c.n_columns != 3 || !c.whole) {
        bool floats = c.n_rows && !c.whole;
        csv_free(&c);
        return fail(f, floats ? "values are not whole numbers" : "not input, voltage, spike");
    }
    struct image_shape one = {.n_layers = 1, .layer = {{.n_in = 1, .n_out = 1}}};
    trace_image(t, &chip->law, &one);
    t->im.layer[0].w[0] = WEIGHT * SCALE;
    t->im.layer[0].neuron[0] =
        (struct law_neuron){.lambda = DV, .mu = DU + 1, .theta = V_TH * SCALE};
    size_t ticks = (size_t)c.n_rows;
    uint8_t *x = trace_memory(t, ticks);
    struct words *e = &t->expected[0];
    e->v = trace_memory(t, ticks * sizeof(int32_t));
    e->n = trace_memory(t, ticks * sizeof(int32_t));
    for (int i = 0; i < c.n_rows; i++) {
        if (i > 0) x[i] = c.value[3 * (i - 1)] != 0;
        e->v[i] = (int32_t)c.value[3 * i + 1];
        e->n[i] = (int32_t)c.value[3 * i + 2];
    }
    t->s = (struct stimulus){.n_ticks = c.n_rows, .x = x};
    t->shown_at_spike = strstr(file, "loihi_fixed") ? CHIP_SHOWS : 0;
    csv_free(&c);
    return 0;
}
