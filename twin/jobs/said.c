#include "twin/jobs/said.h"

#include "model/lif/network.h"

#include <stdlib.h>

bool said_init(struct said *x, const struct targets *g, const struct image_shape *s)
{
    const int n_out = s->layer[s->n_layers - 1].n_out,
              max_spikes = s->layer[s->n_layers - 1].max_spikes;
    const size_t ticks = (size_t)g->n_ticks;
    *x = (struct said){.layer = {.stride = network_padded(n_out)}};
    x->layer.z = aligned_alloc(
        64, (ticks * (size_t)trace_spike_words(n_out) * sizeof *x->layer.z + 63) / 64 * 64);
    x->said = malloc(ticks * (size_t)g->n_out * sizeof *x->said);
    if (max_spikes > 1)
        x->layer.n = aligned_alloc(64, ticks * (size_t)x->layer.stride * sizeof *x->layer.n);
    return x->layer.z && x->said && (x->layer.n || max_spikes <= 1);
}

void said_fini(struct said *x)
{
    free(x->layer.z);
    free(x->layer.n);
    free(x->said);
    *x = (struct said){.said = 0};
}

uint16_t said_decision(struct said *x, const struct lif_job *lif, int item, const int32_t *count)
{
    const struct targets *g = lif->corpus->targets;
    if (!g) return decision_of(lif->net, count);
    const struct readout_of of = readout_of_outputs(g, &x->layer, &lif->net->shape);
    bool silent = true;
    for (int i = 0; i < of.n_neurons; i++)
        silent &= !count[i];
    g->readout->read(g, &of, x->said);
    const double value =
        g->merit->of_item(x->said, targets_of(g, lif->clip[item]), g->skip, g->n_ticks, g->n_out);
    return (uint16_t)(merit_points(g->merit, value) | (silent ? DECISION_SILENT : 0));
}

int said_points(const struct lif_job *lif, int item, uint16_t said)
{
    if (lif->corpus->targets) return said & DECISION_POINTS;
    return decision_class(said) == lif->corpus->set.clip[lif->clip[item]].label;
}
