// The DPI law in lockstep: one layer of an image, fed with what the model's layer before it did.
#include "cosim/lockstep/lockstep_model.h"

#include <stdlib.h>
#include <string.h>

struct dpi_model {
    struct dpi_image own; // the image, with weights of its own, which writes change
    const struct dpi_image *im;
    int layer, n_out;
    struct dpi_trace trace;   // state, stages of the layer; z of the one before it
    struct dpi_state *states; // (neurons of all layers) of a run
    struct dpi_state *start;  // (n_out) of the layer, before the first tick
};

static void dpi_close(void *of)
{
    struct dpi_model *m = of;
    if (!m) return;
    for (int l = 0; l < DPI_MAX_LAYERS; l++) {
        free(m->trace.layer[l].z);
        free(m->trace.layer[l].state);
        free(m->trace.layer[l].stages);
    }
    for (int l = 0; l < m->own.n_layers; l++)
        free(m->own.layer[l].w);
    free(m->trace.count);
    free(m->states);
    free(m->start);
    free(m);
}

static size_t weights_of(const struct dpi_layer *y)
{
    return (size_t)dpi_sources(y) * (size_t)y->n_out;
}

static bool own_weights(struct dpi_model *m, const struct dpi_image *im)
{
    bool there = true;
    m->own = *im;
    for (int l = 0; l < im->n_layers; l++) {
        m->own.layer[l].w = calloc(weights_of(&im->layer[l]) + 1, sizeof *m->own.layer[l].w);
        there &= m->own.layer[l].w != 0;
    }
    return there;
}

static void *dpi_open(const struct law_image *view, int max_ticks)
{
    const struct dpi_image *im = view->image;
    struct dpi_model *m = calloc(1, sizeof *m);
    if (!m) return 0;
    m->im = im;
    m->layer = view->first;
    m->n_out = im->layer[m->layer].n_out;
    size_t n_out = (size_t)m->n_out, all = (size_t)max_ticks * n_out;
    struct dpi_trace_layer *t = &m->trace.layer[m->layer];
    t->state = calloc(all, sizeof *t->state);
    t->stages = calloc(all, sizeof *t->stages);
    m->trace.count = calloc((size_t)im->layer[im->n_layers - 1].n_out, sizeof *m->trace.count);
    m->states = calloc((size_t)dpi_image_neurons(im), sizeof *m->states);
    m->start = calloc(n_out, sizeof *m->start);
    bool there =
        own_weights(m, im) && t->state && t->stages && m->trace.count && m->states && m->start;
    if (m->layer && there) {
        size_t fed = (size_t)max_ticks * (size_t)im->layer[m->layer - 1].n_out;
        there = (m->trace.layer[m->layer - 1].z = calloc(fed, 1)) != 0;
    }
    if (there) return m;
    dpi_close(m);
    return 0;
}

// The words that a stimulus writes before a tick: weights, or the state. The layer's number is the DUT's.
static void write_words(struct dpi_model *m, const struct stimulus *s, int *next, int tick)
{
    for (; *next < s->n_writes && s->write[*next].tick <= tick; ++*next) {
        const struct stimulus_write *e = &s->write[*next];
        const struct law_word *x = &dpi_kind.word[e->word];
        const struct law_range range = x->range(&m->own.law);
        struct dpi_layer *y = &m->own.layer[m->layer + e->layer];
        int first = 0;
        for (int l = 0; l < m->layer + e->layer; l++)
            first += m->own.layer[l].n_out;
        void *at = x->scope == LAW_STATE ? (void *)&m->states[first + e->neuron]
                                         : (void *)&y->w[e->row * y->n_out + e->neuron];
        law_set(x, at, stimulus_written(&range, e, law_get(x, at)));
    }
}

// From write to write; m->trace gets the whole, but of its counts the last part.
static void run_parts(struct dpi_model *m, const struct stimulus *s)
{
    int next = 0, n_in = m->own.layer[0].n_in;
    for (int l = 0; l < m->own.n_layers; l++)
        memcpy(m->own.layer[l].w, m->im->layer[l].w,
               weights_of(&m->own.layer[l]) * sizeof *m->own.layer[l].w);
    for (int at = 0, end; at < s->n_ticks; at = end) {
        write_words(m, s, &next, at);
        end = next < s->n_writes && s->write[next].tick < s->n_ticks ? s->write[next].tick
                                                                     : s->n_ticks;
        struct dpi_trace part = {.count = m->trace.count};
        for (int l = 0; l < m->own.n_layers; l++) {
            const struct dpi_trace_layer *t = &m->trace.layer[l];
            size_t from = (size_t)at * (size_t)m->own.layer[l].n_out;
            part.layer[l].z = t->z ? t->z + from : 0;
            part.layer[l].state = t->state ? t->state + from : 0;
            part.layer[l].stages = t->stages ? t->stages + from : 0;
        }
        const uint8_t *x = s->x + (size_t)at * (size_t)n_in;
        dpi_run(&m->own, &(struct dpi_stimulus){end - at, x}, m->states, &part);
    }
}

static struct stimulus dpi_model_run(void *of, const struct stimulus *s, const void *start,
                                     bool stages)
{
    struct dpi_model *m = of;
    struct stimulus heard = {.n_ticks = s->n_ticks, .x = s->x};
    const struct dpi_state *own = m->states;
    (void)stages; // they cost nothing more
    if (start)
        memcpy(m->states, start, (size_t)dpi_image_neurons(m->im) * sizeof *m->states);
    else
        dpi_image_rest(m->im, m->states);
    for (int l = 0; l < m->layer; l++)
        own += m->im->layer[l].n_out;
    memcpy(m->start, own, (size_t)m->n_out * sizeof *m->start);
    run_parts(m, s);
    if (m->layer) heard.x = m->trace.layer[m->layer - 1].z;
    return heard;
}

static void dpi_rest_of(void *of, void *states)
{
    const struct dpi_model *m = of;
    memcpy(states, m->start, (size_t)m->n_out * sizeof *m->start);
}

static void dpi_after(void *of, int tick, void *states, int32_t *fired, int64_t *recorded)
{
    const struct dpi_model *m = of;
    const struct dpi_trace_layer *t = &m->trace.layer[m->layer];
    size_t at = (size_t)tick * (size_t)m->n_out;
    memcpy(states, t->state + at, (size_t)m->n_out * sizeof *t->state);
    for (int n = 0; n < m->n_out; n++, at++) {
        fired[n] = (int32_t)t->stages[at].fire;
        recorded[n] = t->stages[at].integrate;
    }
}

static const void *dpi_stages_of(void *of, int tick)
{
    const struct dpi_model *m = of;
    return m->trace.layer[m->layer].stages + (size_t)tick * (size_t)m->n_out;
}

static const void *dpi_again(void *of, const struct stimulus *s, int tick, int layer, int neuron)
{
    (void)s, (void)layer;
    return (const struct dpi_stages *)dpi_stages_of(of, tick) + neuron;
}

static int32_t dpi_spikes(void *of, int tick, int layer, int neuron)
{
    const struct dpi_model *m = of;
    (void)layer;
    return tick < 0
               ? m->start[neuron].z
               : m->trace.layer[m->layer].state[(size_t)tick * (size_t)m->n_out + (size_t)neuron].z;
}

const struct lockstep_model lockstep_dpi = {&dpi_kind,     dpi_open,    dpi_close,
                                            dpi_model_run, dpi_rest_of, dpi_after,
                                            dpi_stages_of, dpi_again,   dpi_spikes};
