#include "cosim/vectors/vectors_hints.h"
#include "model/laws/engine.h"
#include "model/lif/network.h"

#include <stdlib.h>
#include <string.h>

// One clip at a time: its stimulus and what the file says came out of it. Arrays grow with what was
// read, whatever the file says will come.
struct clip {
    int number, ticks, room;
    long line;
    uint8_t *x;       // (room, n_in)
    int16_t *jitter;  // (room)
    struct trace got; // rows of n_out; (room) of them
};

struct checker {
    const struct image *im;
    const struct engine *engine;
    void *memory;     // of the engine
    int32_t *at_rest; // (image_neurons) v, u and r each
    struct vectors_shape shape;
    bool image_named;
    struct clip clip;
    struct vectors_check *c;
    struct vectors_hints *hints;
};

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static bool grow(void *array, int room, size_t row)
{
    void *old, *more;
    memcpy(&old, array, sizeof old);
    more = row && (size_t)room > SIZE_MAX / row ? 0 : realloc(old, (size_t)room * row);
    if (more) memcpy(array, &more, sizeof more);
    return more != 0;
}

// Room for one tick more.
static int make_room(struct checker *k, int tick, char *message, size_t size)
{
    struct clip *c = &k->clip;
    if (tick < c->room) return 0;
    int room = c->room > INT32_MAX / 2 ? INT32_MAX : c->room ? 2 * c->room : 16;
    bool there =
        grow(&c->x, room, (size_t)k->shape.n_in) && grow(&c->jitter, room, sizeof *c->jitter);
    for (int l = 0; there && l < k->shape.n_layers; l++) {
        struct trace_layer *y = &c->got.layer[l];
        size_t n = (size_t)k->shape.n_out[l], row = n * sizeof *y->v;
        y->stride = (int)n;
        there = grow(&y->z, room, (size_t)trace_spike_words((int)n) * sizeof *y->z) &&
                grow(&y->v, room, row) && (!k->shape.u_bits || grow(&y->u, room, row)) &&
                (!k->shape.r_bits || grow(&y->r, room, row));
    }
    if (!there) {
        snprintf(message, size, "clip %d: no memory for %d ticks", c->number, room);
        return -1;
    }
    c->room = room;
    return 0;
}

static void free_clip(struct clip *c)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        free(c->got.layer[l].z);
        free(c->got.layer[l].v);
        free(c->got.layer[l].u);
        free(c->got.layer[l].r);
    }
    free(c->x);
    free(c->jitter);
}

static void take_result(struct checker *k, const struct vectors_record *t)
{
    struct trace_layer *to = &k->clip.got.layer[t->layer];
    int n_out = k->shape.n_out[t->layer], words = trace_spike_words(n_out);
    int32_t *row = t->words == 'V' ? to->v : t->words == 'U' ? to->u : to->r;
    if (t->words == 'Z')
        memcpy(to->z + (size_t)t->tick * (size_t)words, t->z, (size_t)words * sizeof *t->z);
    else
        memcpy(row + (size_t)t->tick * (size_t)to->stride, t->word,
               (size_t)n_out * sizeof *t->word);
}

static void compare_word(struct checker *k, char kind, int tick, int layer, int neuron,
                         int32_t expected, int32_t got, int32_t at_rest)
{
    struct vectors_check *c = k->c;
    *(kind == 'Z' ? &c->spikes : &c->words) += 1;
    if (expected != at_rest) {
        c->moved++;
        c->still[layer] = false;
        if (kind == 'Z') c->silent[layer] = false;
        if (kind == 'Z') c->fired++;
    }
    if (expected == got) return;
    *(kind == 'Z' ? &c->spikes_differ : &c->words_differ) += 1;
    if (c->differs) return;
    c->differs = true;
    c->line = k->clip.line;
    c->clip = k->clip.number;
    c->tick = tick;
    c->layer = layer;
    c->neuron = neuron;
    c->word = kind;
    c->expected = expected;
    c->got = got;
}

static void compare_neuron(struct checker *k, const struct trace *expected, int tick, int l, int n)
{
    const struct trace_layer *e = &expected->layer[l], *g = &k->clip.got.layer[l];
    int n_out = k->shape.n_out[l], neuron = n;
    for (int before = 0; before < l; before++)
        neuron += k->shape.n_out[before];
    const int32_t *rest = k->at_rest + 3 * neuron;
    size_t at = (size_t)tick * (size_t)e->stride + (size_t)n;
    size_t of = (size_t)tick * (size_t)g->stride + (size_t)n;
    compare_word(k, 'Z', tick, l, n, trace_spiked(e, n_out, tick, n),
                 trace_spiked(g, n_out, tick, n), 0);
    compare_word(k, 'V', tick, l, n, e->v[at], g->v[of], rest[0]);
    if (k->shape.u_bits) compare_word(k, 'U', tick, l, n, e->u[at], g->u[of], rest[1]);
    if (k->shape.r_bits) compare_word(k, 'R', tick, l, n, e->r[at], g->r[of], rest[2]);
}

// Lays one layer's arrays out at `at` (or only measures them, at NULL). Returns the bytes.
static size_t lay_out(struct trace_layer *t, int n_out, int ticks, char *at)
{
    t->stride = network_padded(n_out);
    size_t z = rounded((size_t)ticks * (size_t)trace_spike_words(n_out) * sizeof *t->z);
    size_t words = (size_t)ticks * (size_t)t->stride * sizeof(int32_t);
    if (at) {
        t->z = (uint64_t *)at;
        t->v = (int32_t *)(at + z);
        t->u = (int32_t *)(at + z + words);
        t->r = (int32_t *)(at + z + 2 * words);
        t->c = (int32_t *)(at + z + 3 * words);
    }
    return z + 4 * words;
}

// The model on the clip's stimulus, and every word of it against what came. 0 or -1.
static int end_clip(struct checker *k, bool results, char *message, size_t size)
{
    struct clip *c = &k->clip;
    struct trace expected = {0};
    int n_layers = k->shape.n_layers;
    int64_t differ = k->c->words_differ + k->c->spikes_differ;
    if (!c->ticks || !results) return 0;
    size_t count = rounded((size_t)k->shape.n_out[n_layers - 1] * sizeof(int32_t)), bytes = count;
    for (int l = 0; l < n_layers; l++)
        bytes += lay_out(&expected.layer[l], k->shape.n_out[l], c->ticks, 0);
    char *memory = aligned_alloc(64, bytes), *at = memory + count;
    if (!memory) {
        snprintf(message, size, "clip %d: no memory for %d ticks", c->number, c->ticks);
        return -1;
    }
    memset(memory, 0, bytes);
    expected.count = (int32_t *)memory;
    for (int l = 0; l < n_layers; l++)
        at += lay_out(&expected.layer[l], k->shape.n_out[l], c->ticks, at);
    struct stimulus s = {.n_ticks = c->ticks, .x = c->x, .jitter = c->jitter};
    k->engine->run(k->memory, 1, &s, &expected);
    for (int tick = 0; tick < c->ticks; tick++)
        for (int l = 0; l < n_layers; l++)
            for (int n = 0; n < k->shape.n_out[l]; n++)
                compare_neuron(k, &expected, tick, l, n);
    if (k->c->words_differ + k->c->spikes_differ > differ)
        vectors_hints_count(k->hints, &k->shape, c->ticks, &expected, &c->got);
    free(memory);
    return 0;
}

static void begin_clip(struct checker *k, const struct vectors_record *t, long line)
{
    k->clip.number = t->clip;
    k->clip.ticks = t->ticks;
    k->clip.line = line;
}

static int take_tick(struct checker *k, const struct vectors_reader *reader,
                     const struct vectors_record *t, char *message, size_t size)
{
    struct clip *c = &k->clip;
    if (vectors_without_results(reader)) return 0; // nothing will be compared: nothing is kept
    if (make_room(k, t->tick, message, size)) return -1;
    memcpy(c->x + (size_t)t->tick * (size_t)k->shape.n_in, t->x, (size_t)k->shape.n_in);
    c->jitter[t->tick] = (int16_t)t->jitter;
    return 0;
}

static bool has_weights(const struct image_layer *y)
{
    for (int i = 0; i < y->n_rows * y->n_out; i++)
        if (y->w[i]) return true;
    return false;
}

static int take(struct checker *k, const struct vectors_reader *reader,
                const struct vectors_record *t, char *message, size_t size)
{
    char hash[20];
    switch (t->kind) {
    case VECTORS_HEAD:
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)image_hash(k->im));
        if (!strcmp(t->key, "image")) k->image_named = !strcmp(t->value, hash);
        return 0;
    case VECTORS_SHAPE:
        if (k->image_named && !memcmp(vectors_reader_shape(reader), &k->shape, sizeof k->shape))
            return 0;
        snprintf(message, size, "line %ld: the vectors were made for another image",
                 vectors_line(reader));
        return -1;
    case VECTORS_CLIP:
        if (end_clip(k, !vectors_without_results(reader), message, size)) return -1;
        begin_clip(k, t, vectors_line(reader));
        return 0;
    case VECTORS_TICK:
        return take_tick(k, reader, t, message, size);
    default:
        if (t->tick < k->clip.room) take_result(k, t);
        return 0;
    }
}

// Reads and compares to the end of the file. 0 or -1.
static int run(struct checker *k, struct vectors_reader *reader, const char *name, char *message,
               size_t size)
{
    int rc = 1;
    struct vectors_check *c = k->c;
    while (rc > 0) {
        struct vectors_record record;
        rc = vectors_next(reader, &record, message, size);
        if (rc > 0 && take(k, reader, &record, message, size)) rc = -1;
    }
    if (rc < 0) return -1;
    const struct vectors_stimulus *sent;
    c->counts = *vectors_reader_counts(reader);
    c->stimulus_known = vectors_version(reader) > 1 && vectors_clips_sent(reader, &sent) > 0;
    c->marked = vectors_marked(reader);
    if (end_clip(k, !vectors_without_results(reader), message, size)) return -1;
    vectors_hints_tell(k->hints, &k->shape, c->hint, sizeof c->hint);
    if (c->words) return 0;
    snprintf(message, size, "%s: no result in it: 0 words compared", name);
    return -1;
}

// The words in which runs begin.
static void take_rest(const struct checker *k)
{
    const struct law_kind *kind = k->im->kind;
    int32_t *at = k->at_rest;
    for (int l = 0; l < k->im->n_layers; l++)
        for (int n = 0; n < k->im->layer[l].n_out; n++, at += 3) {
            _Alignas(8) char state[LAW_MAX_WORDS * sizeof(int64_t)];
            const struct trace_layer to = {.v = at, .u = at + 1, .r = at + 2};
            kind->rest(k->im->params, image_words(k->im, l, n), state);
            for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++) {
                int32_t *word = trace_state(&to, x->name);
                if (word) *word = (int32_t)law_get(x, state);
            }
        }
}

int vectors_check(FILE *in, const char *name, const struct image *im, struct vectors_check *c,
                  char *message, size_t size)
{
    struct checker k = {
        .im = im, .engine = recorder_of(im->kind), .shape = vectors_shape_of(im), .c = c};
    *c = (struct vectors_check){0};
    for (int l = 0; l < im->n_layers; l++) {
        c->still[l] = c->silent[l] = true;
        c->weightless[l] = !has_weights(&im->layer[l]);
    }
    if (vectors_cannot(im)) {
        snprintf(message, size, "%s: vectors cannot carry %s", name, vectors_cannot(im));
        return -1;
    }
    struct vectors_reader *reader = vectors_open(in, name);
    k.memory = aligned_alloc(64, k.engine->size(im));
    k.at_rest = calloc(3 * (size_t)image_neurons(im), sizeof *k.at_rest);
    k.hints = vectors_hints_new();
    int rc = -1;
    if (reader && k.memory && k.at_rest && k.hints) {
        k.engine->init(k.memory, im);
        take_rest(&k);
        rc = run(&k, reader, name, message, size);
    } else
        snprintf(message, size, "%s: out of memory", name);
    free_clip(&k.clip);
    free(k.hints);
    free(k.memory);
    free(k.at_rest);
    vectors_close(reader);
    return rc ? -1 : c->differs;
}
