#include "twin/library/spiketwin.h"

#include "model/laws/engine.h"
#include "model/laws/law_image.h"
#include "model/lif/network.h"
#include "twin/net/virtual_chip.h"

#include <stdlib.h>
#include <string.h>

struct spiketwin {
    struct fail fail;
    struct net net;
    struct chip chip;
    struct image *image; // NULL: no net was opened
    uint64_t seed;
    uint32_t k;
    struct law_range input;
};

static int open_net(struct spiketwin *h, const char *path)
{
    if (net_load(&h->net, path, &h->fail)) return -1;
    if (!h->net.chip_file)
        return fail(&h->fail, "%s: an older net, with no more of its chip than the name %s", path,
                    h->net.chip);
    if (chip_load_text(&h->chip, h->net.chip_file, path, &h->fail) ||
        virtual_chip_check(&h->chip, &h->net, &h->fail))
        return -1;
    h->image = virtual_chip_new(&h->chip, &h->net.shape);
    if (!h->image) return fail(&h->fail, "%s: no memory for its chips", path);
    struct law_image view = law_image_of(h->image);
    h->input = law_image_inputs(&view);
    return spiketwin_chip(h, 0, 1);
}

struct spiketwin *spiketwin_open(const char *net)
{
    struct spiketwin *h = calloc(1, sizeof *h);
    if (h && open_net(h, net)) {
        virtual_chip_free(h->image);
        h->image = NULL;
    }
    return h;
}

void spiketwin_close(struct spiketwin *h)
{
    if (!h) return;
    virtual_chip_free(h->image);
    net_fini(&h->net);
    free(h);
}

const char *spiketwin_error(const struct spiketwin *h)
{
    return h->fail.text;
}

// --- the net -------------------------------------------------------------------------------------

int spiketwin_layers(const struct spiketwin *h)
{
    return h->image ? h->image->n_layers : 0;
}

int spiketwin_neurons(const struct spiketwin *h, int layer)
{
    return layer < 0 || layer >= spiketwin_layers(h) ? 0 : h->image->layer[layer].n_out;
}

int spiketwin_inputs(const struct spiketwin *h)
{
    return h->image ? h->net.shape.layer[0].n_in : 0;
}

int spiketwin_outputs(const struct spiketwin *h)
{
    return spiketwin_neurons(h, spiketwin_layers(h) - 1);
}

int spiketwin_labels(const struct spiketwin *h)
{
    return h->net.labels.n;
}

const char *spiketwin_label(const struct spiketwin *h, int i)
{
    return i < 0 || i >= h->net.labels.n ? "" : h->net.labels.text[i];
}

int32_t spiketwin_least(const struct spiketwin *h)
{
    return (int32_t)h->input.lo;
}

int32_t spiketwin_most(const struct spiketwin *h)
{
    return (int32_t)h->input.hi;
}

// --- a chip of it --------------------------------------------------------------------------------

int spiketwin_chip(struct spiketwin *h, uint32_t k, uint64_t seed)
{
    if (!h->image) return -1;
    h->k = k, h->seed = seed;
    virtual_chip_make(h->image, &h->chip, &h->net, seed, k, NULL);
    return 0;
}

uint64_t spiketwin_hash(const struct spiketwin *h)
{
    return h->image ? image_hash(h->image) : 0;
}

// --- what it does --------------------------------------------------------------------------------

int spiketwin_jitter(struct spiketwin *h, uint64_t clip, int ticks, int16_t *jitter)
{
    if (!h->image) return -1;
    if (ticks < 1) return fail(&h->fail, "ticks: %d, allowed 1 and more", ticks);
    virtual_chip_jitter(&h->chip, h->seed, h->k, clip, jitter, ticks);
    return 0;
}

// Clips as the model takes them: bytes where input words have no sign.
struct shown {
    int clips, ticks, n_in;
    const int32_t *wide;   // NULL: byte
    uint8_t *byte;         // owned
    const int16_t *jitter; // NULL: 0
};

static int shown_init(struct shown *s, struct spiketwin *h, int clips, int ticks, const int32_t *x,
                      const int16_t *jitter)
{
    *s = (struct shown){.clips = clips, .ticks = ticks, .n_in = spiketwin_inputs(h)};
    if (!h->image) return -1;
    if (clips < 0) return fail(&h->fail, "clips: %d, allowed 0 and more", clips);
    if (ticks < 1 || ticks > INT32_MAX / 2)
        return fail(&h->fail, "ticks: %d, allowed 1..%d", ticks, INT32_MAX / 2);
    const size_t tick = (size_t)s->n_in, n = (size_t)clips * (size_t)ticks * tick;
    for (size_t i = 0; i < n; i++)
        if (x[i] < h->input.lo || x[i] > h->input.hi)
            return fail(&h->fail, "clip %zu, tick %zu, input %zu: %d, allowed %d..%d",
                        i / tick / (size_t)ticks, i / tick % (size_t)ticks, i % tick, x[i],
                        spiketwin_least(h), spiketwin_most(h));
    s->jitter = jitter;
    if (h->input.is_signed) {
        s->wide = x;
        return 0;
    }
    s->byte = malloc(n + 1);
    if (!s->byte) return fail(&h->fail, "no memory for %d clips", clips);
    for (size_t i = 0; i < n; i++)
        s->byte[i] = (uint8_t)x[i];
    return 0;
}

static struct stimulus clip_of(const struct shown *s, int i)
{
    const size_t at = (size_t)i * (size_t)s->ticks;
    return (struct stimulus){.n_ticks = s->ticks,
                             .x = s->byte ? s->byte + at * (size_t)s->n_in : NULL,
                             .wide = s->wide ? s->wide + at * (size_t)s->n_in : NULL,
                             .jitter = s->jitter ? s->jitter + at : NULL};
}

static void *zeroed(size_t bytes)
{
    bytes = (bytes + 64) / 64 * 64;
    void *p = aligned_alloc(64, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

int spiketwin_run(struct spiketwin *h, int clips, int ticks, const int32_t *x,
                  const int16_t *jitter, int32_t *counts)
{
    struct shown s;
    if (shown_init(&s, h, clips, ticks, x, jitter)) return -1;
    const struct engine *e = engine_of(h->image->kind);
    const size_t n_out = (size_t)spiketwin_outputs(h);
    const int groups = (clips + ENGINE_STIMULI - 1) / ENGINE_STIMULI;
    bool no_memory = false;
#pragma omp parallel reduction(|| : no_memory)
    {
        void *memory = zeroed(e->size(h->image));
        if (memory) e->init(memory, h->image);
        no_memory = !memory;
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < groups; g++) {
            struct stimulus stimulus[ENGINE_STIMULI];
            struct trace trace[ENGINE_STIMULI] = {0};
            int n = 0;
            for (int i = g * ENGINE_STIMULI; n < ENGINE_STIMULI && i < clips; i++, n++) {
                stimulus[n] = clip_of(&s, i);
                trace[n].count = counts + (size_t)i * n_out;
            }
            if (memory) e->run(memory, n, stimulus, trace);
        }
        free(memory);
    }
    free(s.byte);
    return no_memory ? fail(&h->fail, "no memory to run %d clips", clips) : 0;
}

// The array of a trace's layer that a word is recorded into; NULL: it is not of this law.
static int32_t **place_of(const struct image *im, struct trace_layer *t, const char *word)
{
    if (!strcmp(word, "spikes")) return &t->n;
    for (int w = im->kind->first_state; w < im->kind->n_words; w++)
        if (!strcmp(im->kind->word[w].name, word) && im->kind->word[w].range(im->params).bits > 0)
            return !strcmp(word, "v")    ? &t->v
                   : !strcmp(word, "u")  ? &t->u
                   : !strcmp(word, "u2") ? &t->u2
                   : !strcmp(word, "r")  ? &t->r
                                         : NULL;
    return NULL;
}

int spiketwin_state(struct spiketwin *h, int ticks, const int32_t *x, const int16_t *jitter,
                    int layer, const char *word, int32_t *to)
{
    struct shown s;
    struct trace trace = {0};
    if (!h->image) return -1;
    if (!spiketwin_neurons(h, layer))
        return fail(&h->fail, "layer: %d, allowed 0..%d", layer, spiketwin_layers(h) - 1);
    struct trace_layer *t = &trace.layer[layer];
    int32_t **const place = place_of(h->image, t, word);
    if (!place)
        return fail(&h->fail, "word: %s, allowed spikes and the state words of %s", word,
                    h->image->kind->name);
    if (shown_init(&s, h, 1, ticks, x, jitter)) return -1;
    const struct engine *e = recorder_of(h->image->kind);
    const struct stimulus clip = clip_of(&s, 0);
    const int n_out = spiketwin_neurons(h, layer);
    t->stride = network_padded(n_out);
    int32_t *words = zeroed((size_t)ticks * (size_t)t->stride * sizeof *words);
    void *memory = zeroed(e->size(h->image));
    *place = words;
    t->z = zeroed((size_t)ticks * (size_t)trace_spike_words(n_out) * sizeof *t->z);
    trace.count = zeroed((size_t)spiketwin_outputs(h) * sizeof *trace.count);
    const bool room = words && memory && t->z && trace.count;
    if (room) {
        e->init(memory, h->image);
        e->run(memory, 1, &clip, &trace);
        for (int i = 0; i < ticks; i++)
            memcpy(to + (size_t)i * (size_t)n_out, words + (size_t)i * (size_t)t->stride,
                   (size_t)n_out * sizeof *to);
    }
    free(words), free(memory), free(t->z), free(trace.count), free(s.byte);
    return room ? 0 : fail(&h->fail, "no memory for %d ticks of layer %d", ticks, layer);
}

int spiketwin_decide(const struct spiketwin *h, const int32_t *counts)
{
    return h->image ? net_decide(&h->net, counts) : -1;
}
