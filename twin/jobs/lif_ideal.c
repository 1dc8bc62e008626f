// What a net decides of each clip in real arithmetic (twin/net/real.h).
#include "twin/jobs/said.h"

#include "model/lif/network.h"
#include "twin/net/real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *lif_ideal_lacks(const struct law *law, const struct image_shape *s)
{
    if (law->currents) return "a synaptic current";
    if (law->has_gain) return "an input gain";
    for (int l = 0; l < s->n_layers; l++) {
        if (s->layer[l].max_spikes > 1) return "several spikes a tick";
        if (s->layer[l].delayed) return "a delayed layer";
    }
    return 0;
}

int lif_ideal(const struct lif_job *lif, double *share, struct fail *f)
{
    const struct chip *c = lif->chip;
    const struct net *n = lif->net;
    const struct corpus *s = lif->corpus;
    const int *clip = lif->clip;
    int n_clips = lif->n_clips;
    int n_in = n->shape.layer[0].n_in, last = n->shape.n_layers - 1;
    int n_classes = n->shape.layer[last].n_out, n_words = trace_spike_words(n_classes);
    int64_t points = 0;
    bool no_memory = false;
    double lsb = ldexp(1, -c->law.input.frac_bits);
#pragma omp parallel reduction(+ : points) reduction(|| : no_memory)
    {
        struct real real;
        struct fail why;
        const struct real_order order = real_order_of(&c->law);
        uint8_t *words = malloc((size_t)s->n_ticks * (size_t)n_in);
        double *x = malloc((size_t)n_in * sizeof *x);
        struct said said = {.said = 0};
        no_memory = s->targets && !said_init(&said, s->targets, &n->shape);
        no_memory |= real_init(&real, &c->law, n, &order, &why) || !words || !x;
#pragma omp for
        for (int i = 0; i < n_clips; i++) {
            int32_t count[IMAGE_MAX_NEURONS] = {0};
            if (no_memory) continue;
            real_rest(&real);
            corpus_words(s, clip[i], 0, 0, words);
            uint64_t *z = said.layer.z;
            if (z) memset(z, 0, (size_t)s->n_ticks * (size_t)n_words * sizeof *z);
            for (int t = 0; t < s->n_ticks; t++) {
                for (int k = 0; k < n_in; k++)
                    x[k] = words[t * n_in + k] * lsb;
                real_tick(&real, x);
                for (int k = 0; k < n_classes; k++) {
                    const bool spiked = real.layer[last].z[k];
                    count[k] += spiked;
                    if (z && spiked) z[t * n_words + k / 64] |= fx_one(k % 64);
                }
            }
            points += said_points(lif, i, said_decision(&said, lif, i, count));
        }
        free(words);
        free(x);
        said_fini(&said);
        real_fini(&real);
    }
    *share = (double)points / ((double)n_clips * (s->targets ? MERIT_POINTS : 1));
    return no_memory ? fail(f, "real arithmetic: out of memory") : 0;
}
