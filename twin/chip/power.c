#include "twin/chip/power.h"

bool power_known(const struct chip *c)
{
    return c->power.spike_j > 0 || c->power.front_spike_j > 0 || c->power.front_w > 0 ||
           c->power.static_w > 0;
}

struct power_use power_of(const struct chip *c, const struct image_shape *s, const int64_t *spikes,
                          int64_t n_clips, double clip_s)
{
    struct power_use p = {.clip_s = clip_s};
    for (int l = 0; l < s->n_layers; l++) {
        double a_clip = (double)spikes[l] / (double)n_clips;
        if (l == 0 && s->layer[0].topology == IMAGE_ONE_TO_ONE)
            p.front_spikes = c->power.front_spike_j * a_clip;
        else
            p.core += c->power.spike_j * a_clip;
    }
    p.filters = c->power.front_w * clip_s;
    p.rest = c->power.static_w * clip_s;
    p.total = p.core + p.front_spikes + p.filters + p.rest;
    p.watts = p.total / clip_s;
    return p;
}
