#include "cosim/vectors/vectors_model.h"

#include <stdlib.h>
#include <string.h>

bool vectors_model_init(struct vectors_model *m, const struct law_image *im)
{
    *m = (struct vectors_model){.im = im, .shape = vectors_shape_of(im)};
    m->row = vectors_tick_words(&m->shape);
    for (int l = 0; l < im->shape.n_layers; l++) {
        m->place[l] = vectors_place(&m->shape, l, 0);
        m->first[l] = m->neurons;
        m->neurons += im->shape.layer[l].n_out;
    }
    m->memory = aligned_alloc(64, reference_size(m->im));
    if (m->memory) reference_init(&m->reference, m->im, m->memory);
    return m->memory != 0;
}

void vectors_model_fini(struct vectors_model *m)
{
    free(m->memory);
    m->memory = 0;
}

// The state words of a neuron, those that the law has, n_out apart.
static void put_states(const struct vectors_model *m, const void *state, int64_t *to, int n_out)
{
    const struct law_kind *kind = m->im->kind;
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
        if (x->range(m->im->law).bits) *(to += n_out) = law_get(x, state);
}

static void keep(void *context, int tick, int layer, int neuron, const void *before,
                 const void *stages, const void *after)
{
    const struct vectors_model *m = context;
    const struct law_kind *kind = m->im->kind;
    int64_t *to = m->words + (size_t)tick * (size_t)m->row + m->place[layer] + neuron;
    *to = law_get(&kind->stage[kind->fire], stages);
    put_states(m, after, to, m->shape.n_out[layer]);
    if (m->recorded)
        m->recorded[(size_t)tick * (size_t)m->neurons + (size_t)(m->first[layer] + neuron)] =
            law_get(&kind->stage[kind->recorded], stages);
    if (m->stages) {
        int64_t *stage = m->stages + (size_t)tick * (size_t)vectors_stage_words(m->im) + neuron;
        for (int i = 0; i < kind->n_stages; i++)
            stage[vectors_stage_place(m->im, layer, i)] = law_get(&kind->stage[i], stages);
    }
    if (!m->corners) return;
    const struct law_tick in = reference_inputs(&m->reference, m->stimulus, tick, layer, neuron);
    corners_see(m->corners, &in, layer, neuron, before, stages, after);
}

void vectors_model_run(struct vectors_model *m, const struct stimulus *s, int64_t *words,
                       int64_t *recorded)
{
    m->stimulus = s;
    m->words = words;
    m->recorded = recorded;
    reference_rest(&m->reference);
    for (int tick = 0; tick < s->n_ticks; tick++) {
        if (m->corners) corners_see_tick(m->corners, s, tick);
        reference_tick(&m->reference, s, tick, keep, m);
    }
}

void vectors_model_rest(const struct vectors_model *m, int64_t *words)
{
    const struct law_image *im = m->im;
    for (int l = 0; l < im->shape.n_layers; l++)
        for (int n = 0; n < im->shape.layer[l].n_out; n++) {
            _Alignas(8) char state[LAW_MAX_WORDS * sizeof(int64_t)];
            int64_t *to = words + m->place[l] + n;
            im->kind->rest(im->law,
                           (const char *)im->layer[l].neuron + (size_t)n * im->kind->neuron, state);
            *to = 0;
            put_states(m, state, to, m->shape.n_out[l]);
        }
}
