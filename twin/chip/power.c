#include "twin/chip/power.h"

bool power_known(const struct chip *c)
{
    return c->power.spike_j > 0 || c->power.front_spike_j > 0 || c->power.front_w > 0 ||
           c->power.static_w > 0 || c->power.synapse_j > 0 || c->power.update_j > 0;
}

int power_fan_out(const struct image_shape *s, int layer, bool own)
{
    const int n_out = s->layer[layer].n_out, taps = s->layer[layer].taps;
    if (own) return s->layer[layer].recurrent ? n_out : 0;
    if (s->layer[layer].topology == IMAGE_ONE_TO_ONE) return 1;
    return n_out * (taps > 1 ? taps : 1);
}

struct power_use power_of(const struct chip *c, const struct image_shape *s,
                          const struct power_counts *of)
{
    const double clip_s = of->clip_s, n_clips = (double)of->n_clips;
    struct power_use p = {.clip_s = clip_s,
                          .digital = c->power.synapse_j > 0 || c->power.update_j > 0};
    double events = of->inputs / n_clips * power_fan_out(s, 0, false), neurons = 0;
    for (int l = 0; l < s->n_layers; l++) {
        double a_clip = (double)of->spikes[l] / n_clips;
        neurons += s->layer[l].n_out;
        events += a_clip * power_fan_out(s, l, true);
        if (l + 1 < s->n_layers) events += a_clip * power_fan_out(s, l + 1, false);
        if (l == 0 && s->layer[0].topology == IMAGE_ONE_TO_ONE)
            p.front_spikes = c->power.front_spike_j * a_clip;
        else
            p.core += c->power.spike_j * a_clip;
    }
    p.filters = c->power.front_w * clip_s;
    p.rest = c->power.static_w * clip_s;
    p.synapses = c->power.synapse_j * events;
    p.updates = c->power.update_j * neurons * of->n_ticks;
    p.total = p.core + p.front_spikes + p.filters + p.rest + p.synapses + p.updates;
    p.watts = p.total / clip_s;
    return p;
}
