// Leaky integrate-and-fire in lockstep: the kernel's trace, and the reference where stages are asked for.
#include "cosim/lockstep/lockstep_model.h"
#include "model/lif/network.h"

#include <stdlib.h>
#include <string.h>

struct lif_model {
    const struct image *im;
    int n_neurons;
    struct network network;
    void *memory;
    struct trace trace;        // of the last run
    struct law_stages *stages; // (max_ticks, n_neurons)
    struct law_stages one;     // of `again`
    int tick, layer, neuron;   // whose it is
};

static void *cleared(size_t bytes)
{
    bytes = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    if (memory) memset(memory, 0, bytes);
    return memory;
}

static void lif_close(void *of)
{
    struct lif_model *m = of;
    if (!m) return;
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        free(m->trace.layer[l].z);
        free(m->trace.layer[l].c);
        free(m->trace.layer[l].v);
        free(m->trace.layer[l].u);
        free(m->trace.layer[l].u2);
        free(m->trace.layer[l].r);
        free(m->trace.layer[l].n);
    }
    free(m->trace.count);
    free(m->stages);
    free(m->memory);
    free(m);
}

static bool open_layer(struct lif_model *m, int l, size_t ticks)
{
    const struct image *im = m->im;
    struct trace_layer *t = &m->trace.layer[l];
    int n_out = im->layer[l].n_out;
    t->stride = network_padded(n_out);
    size_t words = ticks * (size_t)t->stride * sizeof(int32_t);
    int32_t **const some[] = {&t->c, &t->v, &t->u, &t->u2, &t->r, &t->n};
    const bool wanted[] = {true,
                           true,
                           im->law.currents > 0,
                           im->law.currents > 1,
                           im->law.refractory_ticks > 0,
                           im->layer[l].max_spikes > 1};
    t->z = cleared(ticks * (size_t)trace_spike_words(n_out) * sizeof(uint64_t));
    for (int i = 0; i < 6; i++)
        if (wanted[i] && !(*some[i] = cleared(words))) return false;
    return t->z != 0;
}

static void *lif_open(const struct law_image *view, int max_ticks)
{
    const struct image *im = view->image;
    size_t ticks = (size_t)max_ticks;
    struct lif_model *m = cleared(sizeof *m);
    if (!m) return 0;
    m->im = im;
    m->n_neurons = image_neurons(im);
    m->memory = cleared(network_size(&im->law, &view->shape));
    m->stages = cleared(ticks * (size_t)m->n_neurons * sizeof *m->stages);
    m->trace.count = cleared((size_t)im->layer[im->n_layers - 1].n_out * sizeof(int32_t));
    bool there = m->memory && m->stages && m->trace.count;
    for (int l = 0; l < im->n_layers && there; l++)
        there = open_layer(m, l, ticks);
    if (there) {
        network_init(&m->network, im, m->memory);
        return m;
    }
    lif_close(m);
    return 0;
}

static int first_of(const struct image *im, int layer)
{
    int first = 0;
    for (int l = 0; l < layer; l++)
        first += im->layer[l].n_out;
    return first;
}

static void keep_all(void *context, int tick, int layer, int neuron, const struct law_state *before,
                     const struct law_stages *stages)
{
    struct lif_model *m = context;
    (void)before;
    m->stages[(size_t)tick * (size_t)m->n_neurons + (size_t)(first_of(m->im, layer) + neuron)] =
        *stages;
}

static struct stimulus lif_run(void *of, const struct stimulus *s, const void *start, bool stages)
{
    struct lif_model *m = of;
    (void)start; // its runs begin at rest
    if (stages)
        network_run_watched(&m->network, s, &m->trace, keep_all, m);
    else
        network_run(&m->network, s, &m->trace);
    return *s;
}

static void lif_rest(void *of, void *states)
{
    const struct lif_model *m = of;
    struct law_state *to = states;
    for (int l = 0; l < m->im->n_layers; l++)
        for (int n = 0; n < m->im->layer[l].n_out; n++)
            *to++ =
                (struct law_state){.v = m->im->law.has_rest ? m->im->layer[l].neuron[n].rest : 0};
}

static int32_t word(const int32_t *words, size_t at)
{
    return words ? words[at] : 0;
}

static int32_t spikes_of(const struct trace_layer *t, int n_out, int tick, int n)
{
    return t->n ? t->n[(size_t)tick * (size_t)t->stride + (size_t)n]
                : trace_spiked(t, n_out, tick, n);
}

static void lif_after(void *of, int tick, void *states, int32_t *fired, int64_t *recorded)
{
    const struct lif_model *m = of;
    struct law_state *to = states;
    for (int l = 0; l < m->im->n_layers; l++) {
        const struct trace_layer *t = &m->trace.layer[l];
        int n_out = m->im->layer[l].n_out;
        size_t at = (size_t)tick * (size_t)t->stride;
        for (int n = 0; n < n_out; n++, at++) {
            *to++ = (struct law_state){t->v[at], word(t->u, at), word(t->u2, at), word(t->r, at)};
            *fired++ = spikes_of(t, n_out, tick, n);
            *recorded++ = t->c[at];
        }
    }
}

static const void *lif_stages(void *of, int tick)
{
    const struct lif_model *m = of;
    return m->stages + (size_t)tick * (size_t)m->n_neurons;
}

static void keep_one(void *context, int tick, int layer, int neuron, const struct law_state *before,
                     const struct law_stages *stages)
{
    struct lif_model *m = context;
    (void)before;
    if (tick == m->tick && layer == m->layer && neuron == m->neuron) m->one = *stages;
}

static const void *lif_again(void *of, const struct stimulus *s, int tick, int layer, int neuron)
{
    struct lif_model *m = of;
    struct stimulus until = *s;
    struct trace counts = {.count = m->trace.count};
    until.n_ticks = tick + 1;
    m->tick = tick;
    m->layer = layer;
    m->neuron = neuron;
    network_run_watched(&m->network, &until, &counts, keep_one, m);
    return &m->one;
}

static int32_t lif_spikes(void *of, int tick, int layer, int neuron)
{
    const struct lif_model *m = of;
    return tick < 0 ? 0
                    : spikes_of(&m->trace.layer[layer], m->im->layer[layer].n_out, tick, neuron);
}

const struct lockstep_model lockstep_lif = {&lif_kind, lif_open,   lif_close, lif_run,   lif_rest,
                                            lif_after, lif_stages, lif_again, lif_spikes};
