#include "twin/train/lane.h"

void lane_trace(struct trace *t, const struct law *law, const struct image_shape *s, int n_ticks,
                struct arena *a)
{
    size_t ticks = (size_t)n_ticks;
    bool plain = backward_plain(law);
    for (int l = 0; l < s->n_layers; l++)
        plain = plain && s->layer[l].max_spikes <= 1;
    for (int l = 0; l < s->n_layers; l++) {
        struct trace_layer *y = &t->layer[l];
        int n_out = s->layer[l].n_out;
        y->stride = network_padded(n_out);
        y->z = arena_alloc(a, ticks * (size_t)trace_spike_words(n_out) * sizeof *y->z);
        if (law_bits(law->membrane) <= 16)
            y->c16 = arena_alloc(a, ticks * (size_t)y->stride * sizeof *y->c16);
        else
            y->c = arena_alloc(a, ticks * (size_t)y->stride * sizeof *y->c);
        int32_t **more[] = {&y->v, &y->u, &y->r, &y->n}; // what the way back of such a law reads
        const bool several = s->layer[l].max_spikes > 1;
        const bool wanted[] = {!plain, law->currents > 0, law->refractory_ticks > 0, several};
        for (int i = 0; i < 4; i++)
            if (wanted[i] && !plain)
                *more[i] = arena_alloc(a, ticks * (size_t)y->stride * sizeof **more);
    }
    t->count = arena_alloc(a, (size_t)s->layer[s->n_layers - 1].n_out * sizeof(int32_t));
    t->spikes = arena_alloc(a, IMAGE_MAX_LAYERS * sizeof(int64_t));
}
