#include "cosim/vectors.h"
#include "model/network.h"

#include <stdlib.h>
#include <string.h>

// One clip at a time: its stimulus and what the file says came out of it.
struct clip {
    int number, ticks;
    long line;
    uint8_t *x;      // (ticks, n_in)
    int16_t *jitter; // (ticks)
    struct trace got, expected;
    char *memory; // of all these arrays
};

struct checker {
    const struct image *im;
    struct network net;
    void *net_memory;
    struct vectors_shape shape;
    bool image_named;
    struct clip clip;
    struct vectors_check *c;
};

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
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
    }
    return z + 3 * words;
}

static int begin_clip(struct checker *k, const struct vectors_record *t, long line, char *message,
                      size_t size)
{
    struct clip *c = &k->clip;
    int n_layers = k->shape.n_layers, n_last = k->shape.n_out[n_layers - 1];
    size_t ticks = (size_t)t->ticks, n_in = (size_t)k->shape.n_in;
    size_t x = rounded(ticks * n_in), jitter = rounded(ticks * sizeof(int16_t));
    size_t count = rounded((size_t)n_last * sizeof(int32_t)), bytes = x + jitter + count;
    for (int l = 0; l < n_layers; l++)
        bytes += 2 * lay_out(&c->got.layer[l], k->shape.n_out[l], t->ticks, 0);
    free(c->memory);
    *c = (struct clip){.number = t->clip, .ticks = t->ticks, .line = line};
    char *at = c->memory = aligned_alloc(64, bytes);
    if (!at) {
        snprintf(message, size, "line %ld: no memory for a clip of %d ticks", line, t->ticks);
        return -1;
    }
    memset(at, 0, bytes);
    c->x = (uint8_t *)at;
    c->jitter = (int16_t *)(at + x);
    c->expected.count = (int32_t *)(at + x + jitter);
    at += x + jitter + count;
    for (int l = 0; l < n_layers; l++) {
        at += lay_out(&c->got.layer[l], k->shape.n_out[l], t->ticks, at);
        at += lay_out(&c->expected.layer[l], k->shape.n_out[l], t->ticks, at);
    }
    return 0;
}

static void take_result(struct checker *k, const struct vectors_record *t)
{
    struct trace_layer *to = &k->clip.got.layer[t->layer];
    int n_out = k->shape.n_out[t->layer], words = trace_spike_words(n_out);
    int32_t *row = t->words == 'V' ? to->v : t->words == 'U' ? to->u : to->r;
    if (t->words == 'Z')
        memcpy(to->z + t->tick * words, t->z, (size_t)words * sizeof *t->z);
    else
        memcpy(row + (size_t)t->tick * (size_t)to->stride, t->word,
               (size_t)n_out * sizeof *t->word);
}

static void compare_word(struct checker *k, char kind, int tick, int layer, int neuron,
                         int32_t expected, int32_t got)
{
    struct vectors_check *c = k->c;
    *(kind == 'Z' ? &c->spikes : &c->words) += 1;
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

static void compare_neuron(struct checker *k, int tick, int l, int n)
{
    const struct trace_layer *e = &k->clip.expected.layer[l], *g = &k->clip.got.layer[l];
    int n_out = k->shape.n_out[l];
    size_t at = (size_t)tick * (size_t)e->stride + (size_t)n;
    compare_word(k, 'Z', tick, l, n, trace_spiked(e, n_out, tick, n),
                 trace_spiked(g, n_out, tick, n));
    compare_word(k, 'V', tick, l, n, e->v[at], g->v[at]);
    if (k->shape.u_bits) compare_word(k, 'U', tick, l, n, e->u[at], g->u[at]);
    if (k->shape.r_bits) compare_word(k, 'R', tick, l, n, e->r[at], g->r[at]);
}

static void end_clip(struct checker *k, int64_t results)
{
    struct clip *c = &k->clip;
    if (!c->memory || !results) return;
    struct stimulus s = {.n_ticks = c->ticks, .x = c->x, .jitter = c->jitter};
    network_run(&k->net, &s, &c->expected);
    for (int tick = 0; tick < c->ticks; tick++)
        for (int l = 0; l < k->shape.n_layers; l++)
            for (int n = 0; n < k->shape.n_out[l]; n++)
                compare_neuron(k, tick, l, n);
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
        end_clip(k, vectors_reader_counts(reader)->results);
        return begin_clip(k, t, vectors_line(reader), message, size);
    case VECTORS_TICK:
        memcpy(k->clip.x + (size_t)t->tick * (size_t)k->shape.n_in, t->x, (size_t)k->shape.n_in);
        k->clip.jitter[t->tick] = (int16_t)t->jitter;
        return 0;
    default:
        take_result(k, t);
        return 0;
    }
}

int vectors_check(FILE *in, const char *name, const struct image *im, struct vectors_check *c,
                  char *message, size_t size)
{
    struct image_shape shape = image_shape_of(im);
    struct checker k = {.im = im, .shape = vectors_shape_of(im), .c = c};
    struct vectors_reader *reader = vectors_open(in, name);
    k.net_memory = aligned_alloc(64, network_size(&im->law, &shape));
    int rc = reader && k.net_memory ? 1 : -1;
    *c = (struct vectors_check){0};
    if (rc > 0 && vectors_cannot(im)) {
        snprintf(message, size, "%s: vectors cannot carry %s", name, vectors_cannot(im));
        rc = -1;
    } else if (rc < 0)
        snprintf(message, size, "%s: out of memory", name);
    else
        network_init(&k.net, im, k.net_memory);
    while (rc > 0) {
        struct vectors_record record;
        rc = vectors_next(reader, &record, message, size);
        if (rc > 0 && take(&k, reader, &record, message, size)) rc = -1;
    }
    if (rc == 0) {
        c->counts = *vectors_reader_counts(reader);
        end_clip(&k, c->counts.results);
        if (c->words == 0) {
            snprintf(message, size, "%s: no result in it: 0 words compared", name);
            rc = -1;
        }
    }
    free(k.clip.memory);
    free(k.net_memory);
    vectors_close(reader);
    return rc ? -1 : c->differs;
}
