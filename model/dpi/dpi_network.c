#include "model/dpi/dpi_network.h"

#include <string.h>

int dpi_image_neurons(const struct dpi_image *im)
{
    int n = 0;
    for (int l = 0; l < im->n_layers; l++)
        n += im->layer[l].n_out;
    return n;
}

void dpi_image_rest(const struct dpi_image *im, struct dpi_state *state)
{
    for (int l = 0; l < im->n_layers; l++)
        for (int n = 0; n < im->layer[l].n_out; n++)
            *state++ = dpi_rest(&im->law, &im->layer[l].neuron[n]);
}

// Adds the row of one source, x events, to what a layer gathers.
static void gather_row(const struct dpi_law *law, const int32_t *w, int n_out, int32_t x,
                       struct dpi_gathered *g)
{
    for (int n = 0; n < n_out; n++)
        dpi_gather(law, &g[n], w[n], x);
}

static void record(struct dpi_trace_layer *t, size_t at, const struct dpi_stages *s,
                   const struct dpi_state *after)
{
    if (t->z) t->z[at] = (uint8_t)s->fire;
    if (t->c) t->c[at] = s->integrate;
    if (t->state) t->state[at] = *after;
    if (t->stages) t->stages[at] = *s;
}

// One tick of a layer. x: (n_in) of the first layer, else NULL and `before` the layer that feeds
// it.
static void tick_layer(const struct dpi_image *im, int l, const uint8_t *x,
                       const struct dpi_state *before, struct dpi_state *state, int tick,
                       struct dpi_trace *t)
{
    const struct dpi_layer *y = &im->layer[l];
    struct dpi_gathered g[DPI_MAX_NEURONS];
    memset(g, 0, (size_t)y->n_out * sizeof *g);
    for (int i = 0; i < y->n_in; i++) {
        int32_t count = x ? x[i] : before[i].z;
        if (count) gather_row(&im->law, y->w + (size_t)i * (size_t)y->n_out, y->n_out, count, g);
    }
    for (int m = 0; y->recurrent && m < y->n_out; m++)
        if (state[m].z)
            gather_row(&im->law, y->w + (size_t)(y->n_in + m) * (size_t)y->n_out, y->n_out,
                       state[m].z, g);
    for (int n = 0; n < y->n_out; n++) {
        struct dpi_stages s = dpi_step(&im->law, im->tables, &y->neuron[n], &state[n], g[n]);
        record(&t->layer[l], (size_t)tick * (size_t)y->n_out + (size_t)n, &s, &state[n]);
        if (l == im->n_layers - 1) t->count[n] += (int32_t)s.fire;
    }
}

void dpi_run(const struct dpi_image *im, const struct dpi_stimulus *s, struct dpi_state *state,
             struct dpi_trace *t)
{
    memset(t->count, 0, (size_t)im->layer[im->n_layers - 1].n_out * sizeof *t->count);
    for (int tick = 0; tick < s->n_ticks; tick++) {
        const struct dpi_state *before = 0;
        struct dpi_state *own = state;
        for (int l = 0; l < im->n_layers; l++) {
            const uint8_t *x = s->x + (size_t)tick * (size_t)im->layer[0].n_in;
            tick_layer(im, l, l == 0 ? x : 0, before, own, tick, t);
            before = own;
            own += im->layer[l].n_out;
        }
    }
}
