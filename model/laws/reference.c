#include "model/laws/reference.h"

#include "base/arena.h"

#include <string.h>

static size_t words_of(const struct law_image *im, int l)
{
    return (size_t)im->layer[l].n_rows * (size_t)im->shape.layer[l].n_out * im->kind->word->size;
}

static int most_sources(const struct law_image *im)
{
    int most = 0;
    for (int l = 0; l < im->shape.n_layers; l++) {
        const int n_in = im->shape.layer[l].n_in, heard = image_heard(&im->shape, l);
        int n = (heard > n_in ? heard : n_in) + im->shape.layer[l].n_out;
        most = n > most ? n : most;
    }
    return most;
}

static size_t late_size(const struct reference *r, int l)
{
    return (IMAGE_MAX_LATE + 1) * (size_t)r->im.shape.layer[l].n_in * sizeof(int32_t);
}

// Where everything lies. Without memory: only how much there is of it.
static void lay_out(struct reference *r, struct arena *a)
{
    const struct law_kind *kind = r->im.kind;
    r->x = arena_alloc(a, (size_t)most_sources(&r->im) * sizeof(int32_t));
    for (int l = 0; l < r->im.shape.n_layers; l++) {
        size_t n = (size_t)r->im.shape.layer[l].n_out;
        r->im.layer[l].w = arena_alloc(a, words_of(&r->im, l));
        r->im.layer[l].neuron = arena_alloc(a, n * kind->neuron);
        r->state[l] = arena_alloc(a, n * kind->state);
        r->fired[l] = arena_alloc(a, n * sizeof(int32_t));
        r->before[l] = arena_alloc(a, n * sizeof(int32_t));
        if (image_late(&r->im.shape, l)) r->late[l] = arena_alloc(a, late_size(r, l));
    }
}

size_t reference_size(const struct law_image *im)
{
    struct reference r = {.im = *im};
    struct arena a = {0};
    lay_out(&r, &a);
    return a.used;
}

void reference_init(struct reference *r, const struct law_image *im, void *memory)
{
    struct arena a = {.base = memory};
    *r = (struct reference){.im = *im, .from = im, .written = true};
    lay_out(r, &a);
}

static const char *neuron_of(const struct reference *r, int layer, int neuron)
{
    return (const char *)r->im.layer[layer].neuron + (size_t)neuron * r->im.kind->neuron;
}

void reference_rest(struct reference *r)
{
    const struct law_kind *kind = r->im.kind;
    for (int l = 0; l < r->im.shape.n_layers; l++) {
        int n_out = r->im.shape.layer[l].n_out;
        if (r->written) {
            memcpy((void *)r->im.layer[l].w, r->from->layer[l].w, words_of(&r->im, l));
            memcpy((void *)r->im.layer[l].neuron, r->from->layer[l].neuron,
                   (size_t)n_out * kind->neuron);
        }
        memset(r->fired[l], 0, (size_t)n_out * sizeof(int32_t));
        if (r->late[l]) memset(r->late[l], 0, late_size(r, l));
        for (int n = 0; n < n_out; n++)
            kind->rest(r->im.law, neuron_of(r, l, n), r->state[l] + (size_t)n * kind->state);
    }
    r->written = false;
    r->next_write = 0;
}

static void write_words(struct reference *r, const struct stimulus *s, int tick)
{
    for (; r->next_write < s->n_writes && s->write[r->next_write].tick == tick; r->next_write++) {
        const struct stimulus_write *e = &s->write[r->next_write];
        const struct law_word *x = &r->im.kind->word[e->word];
        const struct law_range range = x->range(r->im.law);
        char *to = r->state[e->layer] + (size_t)e->neuron * r->im.kind->state;
        if (x->scope == LAW_SYNAPSE)
            to = (char *)r->im.layer[e->layer].w +
                 (size_t)(e->row * r->im.shape.layer[e->layer].n_out + e->neuron) * x->size;
        else if (x->scope == LAW_NEURON)
            to = (char *)neuron_of(r, e->layer, e->neuron);
        law_set(x, to, stimulus_written(&range, e, law_get(x, to)));
        r->written |= x->scope != LAW_STATE;
    }
}

// The words of its taps from those of the first, which are remembered.
static void hear_taps(struct reference *r, int tick, int l)
{
    const size_t n_in = (size_t)r->im.shape.layer[l].n_in, bytes = n_in * sizeof *r->x;
    const int spacing = r->im.shape.layer[l].spacing;
    memcpy(r->late[l] + (size_t)(tick & IMAGE_MAX_LATE) * n_in, r->x, bytes);
    for (int k = 1; k < r->im.shape.layer[l].taps; k++) {
        const size_t row = (size_t)((tick - k * spacing) & IMAGE_MAX_LATE);
        memcpy(r->x + (size_t)k * n_in, r->late[l] + row * n_in, bytes);
    }
}

// The words of a layer's sources.
static void hear(struct reference *r, const struct stimulus *s, int tick, int l)
{
    int n_in = r->im.shape.layer[l].n_in, n_out = r->im.shape.layer[l].n_out;
    for (int i = 0; i < n_in; i++)
        r->x[i] = !l                             ? stimulus_x(s, n_in, tick, i)
                  : r->im.shape.layer[l].delayed ? r->before[l - 1][i]
                                                 : r->fired[l - 1][i];
    if (r->late[l]) hear_taps(r, tick, l);
    if (r->im.shape.layer[l].recurrent)
        memcpy(r->x + image_heard(&r->im.shape, l), r->before[l], (size_t)n_out * sizeof *r->x);
}

struct law_tick reference_inputs(const struct reference *r, const struct stimulus *s, int tick,
                                 int layer, int neuron)
{
    const bool one = r->im.shape.layer[layer].topology == IMAGE_ONE_TO_ONE;
    return (struct law_tick){.law = r->im.law,
                             .chip = r->im.chip,
                             .neuron = neuron_of(r, layer, neuron),
                             .w = (const char *)r->im.layer[layer].w +
                                  (size_t)neuron * r->im.kind->word->size,
                             .stride = r->im.shape.layer[layer].n_out,
                             .x = one ? r->x + neuron : r->x,
                             .n_source = r->im.layer[layer].n_source,
                             .input_frac = r->im.layer[layer].input_frac,
                             .max_spikes = r->im.shape.layer[layer].max_spikes,
                             .jitter = s->jitter ? s->jitter[tick] : 0};
}

static void step_neuron(struct reference *r, const struct stimulus *s, int tick, int l, int n,
                        reference_watch *watch, void *context)
{
    const struct law_kind *kind = r->im.kind;
    _Alignas(8) char before[LAW_MAX_WORDS * sizeof(int64_t)];
    _Alignas(8) char stages[LAW_MAX_WORDS * sizeof(int64_t)];
    char *state = r->state[l] + (size_t)n * kind->state;
    const struct law_tick in = reference_inputs(r, s, tick, l, n);
    memcpy(before, state, kind->state);
    kind->step(&in, state, stages);
    r->fired[l][n] = (int32_t)law_get(&kind->stage[kind->fire], stages);
    if (watch) watch(context, tick, l, n, before, stages, state);
}

void reference_tick(struct reference *r, const struct stimulus *s, int tick, reference_watch *watch,
                    void *context)
{
    write_words(r, s, tick);
    for (int l = 0; l < r->im.shape.n_layers;
         l++) // before any layer runs: a delayed one looks back
        memcpy(r->before[l], r->fired[l], (size_t)r->im.shape.layer[l].n_out * sizeof(int32_t));
    for (int l = 0; l < r->im.shape.n_layers; l++) {
        hear(r, s, tick, l);
        for (int n = 0; n < r->im.shape.layer[l].n_out; n++)
            step_neuron(r, s, tick, l, n, watch, context);
    }
}

struct recorder {
    const struct reference *r;
    struct trace *t;
};

static void record(void *context, int tick, int layer, int neuron, const void *before,
                   const void *stages, const void *after)
{
    const struct recorder *to = context;
    const struct law_kind *kind = to->r->im.kind;
    const struct image_shape *shape = &to->r->im.shape;
    struct trace_layer *y = &to->t->layer[layer];
    size_t at = (size_t)tick * (size_t)y->stride + (size_t)neuron;
    int32_t fired = to->r->fired[layer][neuron];
    (void)before;
    if (layer == shape->n_layers - 1) to->t->count[neuron] += fired;
    if (to->t->spikes) to->t->spikes[layer] += fired;
    if (y->n) y->n[at] = fired;
    if (y->c) y->c[at] = (int32_t)law_get(&kind->stage[kind->recorded], stages);
    uint64_t *z = y->z ? y->z + tick * trace_spike_words(shape->layer[layer].n_out) : 0;
    if (z && neuron % 64 == 0) z[neuron / 64] = 0;
    if (z && fired) z[neuron / 64] |= fx_one(neuron % 64);
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++) {
        int32_t *words = trace_state(y, x->name);
        if (words) words[at] = (int32_t)law_get(x, after);
    }
}

void reference_run(struct reference *r, const struct stimulus *s, struct trace *t)
{
    const struct image_shape *shape = &r->im.shape;
    struct recorder to = {r, t};
    memset(t->count, 0, (size_t)shape->layer[shape->n_layers - 1].n_out * sizeof *t->count);
    if (t->spikes) memset(t->spikes, 0, (size_t)shape->n_layers * sizeof *t->spikes);
    reference_rest(r);
    for (int tick = 0; tick < s->n_ticks; tick++)
        reference_tick(r, s, tick, record, &to);
}
