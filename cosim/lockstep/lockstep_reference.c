// Any law in lockstep by its plain reference, with every stage.
#include "cosim/lockstep/lockstep_model.h"
#include "model/laws/reference.h"

#include <stdlib.h>
#include <string.h>

struct plain_model {
    struct law_image im;
    size_t n_neurons;
    struct reference reference;
    void *memory;
    char *rest;   // (neurons) of the law's state
    char *states; // (max_ticks, neurons) after each tick of the last run
    char *stages; // (max_ticks, neurons)
};

static size_t first_of(const struct plain_model *m, int layer)
{
    size_t first = 0;
    for (int l = 0; l < layer; l++)
        first += (size_t)m->im.shape.layer[l].n_out;
    return first;
}

static char *states_at(const struct plain_model *m, int tick)
{
    return m->states + (size_t)tick * m->n_neurons * m->im.kind->state;
}

static char *stages_at(const struct plain_model *m, int tick)
{
    return m->stages + (size_t)tick * m->n_neurons * m->im.kind->stages;
}

static void plain_close(void *of)
{
    struct plain_model *m = of;
    if (!m) return;
    free(m->memory);
    free(m->rest);
    free(m->states);
    free(m->stages);
    free(m);
}

static void *plain_open(const struct law_image *im, int max_ticks)
{
    struct plain_model *m = calloc(1, sizeof *m);
    if (!m) return 0;
    m->im = *im;
    m->n_neurons = (size_t)law_image_neurons(im);
    size_t all = (size_t)max_ticks * m->n_neurons;
    m->memory = aligned_alloc(64, reference_size(im));
    m->rest = calloc(m->n_neurons, im->kind->state);
    m->states = calloc(all, im->kind->state);
    m->stages = calloc(all, im->kind->stages);
    if (m->memory && m->rest && m->states && m->stages) {
        reference_init(&m->reference, &m->im, m->memory);
        return m;
    }
    plain_close(m);
    return 0;
}

static void keep(void *context, int tick, int layer, int neuron, const void *before,
                 const void *stages, const void *after)
{
    const struct plain_model *m = context;
    const struct law_kind *kind = m->im.kind;
    size_t i = first_of(m, layer) + (size_t)neuron;
    (void)before;
    memcpy(states_at(m, tick) + i * kind->state, after, kind->state);
    memcpy(stages_at(m, tick) + i * kind->stages, stages, kind->stages);
}

static struct stimulus plain_run(void *of, const struct stimulus *s, const void *start, bool stages)
{
    struct plain_model *m = of;
    char *to = m->rest;
    (void)start, (void)stages; // its runs begin at rest, and it has every stage anyway
    reference_rest(&m->reference);
    for (int l = 0; l < m->im.shape.n_layers; l++) {
        size_t bytes = (size_t)m->im.shape.layer[l].n_out * m->im.kind->state;
        memcpy(to, m->reference.state[l], bytes);
        to += bytes;
    }
    for (int tick = 0; tick < s->n_ticks; tick++)
        reference_tick(&m->reference, s, tick, keep, m);
    return *s;
}

static void plain_rest_of(void *of, void *states)
{
    const struct plain_model *m = of;
    memcpy(states, m->rest, m->n_neurons * m->im.kind->state);
}

static void plain_after(void *of, int tick, void *states, int32_t *fired, int64_t *recorded)
{
    const struct plain_model *m = of;
    const struct law_kind *kind = m->im.kind;
    const char *stages = stages_at(m, tick);
    memcpy(states, states_at(m, tick), m->n_neurons * kind->state);
    for (size_t i = 0; i < m->n_neurons; i++, stages += kind->stages) {
        fired[i] = (int32_t)law_get(&kind->stage[kind->fire], stages);
        recorded[i] = law_get(&kind->stage[kind->recorded], stages);
    }
}

static const void *plain_stages(void *of, int tick)
{
    return stages_at(of, tick);
}

static const void *plain_again(void *of, const struct stimulus *s, int tick, int layer, int neuron)
{
    const struct plain_model *m = of;
    (void)s;
    return stages_at(m, tick) + (first_of(m, layer) + (size_t)neuron) * m->im.kind->stages;
}

static int32_t plain_spikes(void *of, int tick, int layer, int neuron)
{
    const struct law_kind *kind = ((const struct plain_model *)of)->im.kind;
    return tick < 0 ? 0
                    : (int32_t)law_get(&kind->stage[kind->fire],
                                       plain_again(of, 0, tick, layer, neuron));
}

const struct lockstep_model lockstep_reference = {
    0,           plain_open,   plain_close, plain_run,   plain_rest_of,
    plain_after, plain_stages, plain_again, plain_spikes};
