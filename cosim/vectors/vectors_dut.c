#include "cosim/vectors/vectors.h"

#include <stdlib.h>
#include <string.h>

struct filter {
    struct dut_handle *h;
    const struct law_image *im;
    FILE *out;
    struct vectors_writer w;
    char *commits;   // (neurons of all layers) of the law
    char *rest;      // the same of its state, in which runs begin
    int64_t *words;  // (vectors_tick_words)
    int64_t *stages; // (vectors_stage_words); NULL: they are not asked for
    int64_t cycles;
    bool image_named;
};

// The commits of one layer as the words of its results.
static void take_layer(const struct filter *f, int layer, const char *c)
{
    const struct law_kind *kind = f->im->kind;
    int n_out = f->im->shape.layer[layer].n_out;
    for (int n = 0; n < n_out; n++, c += dut_commit_size(kind)) {
        int64_t *to = f->words + vectors_place(&f->w.shape, layer, 0) + n;
        *to = law_get(&kind->stage[kind->fire], c + dut_stages(kind));
        for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
            if (x->range(f->im->law).bits) *(to += n_out) = law_get(x, c + dut_after(kind));
        for (int i = 0; f->stages && i < kind->n_stages; i++)
            f->stages[vectors_stage_place(f->im, layer, i) + n] =
                law_get(&kind->stage[i], c + dut_stages(kind));
    }
}

static int run_tick(struct filter *f, const struct vectors_record *t, char *message, size_t size)
{
    int16_t jitter = (int16_t)t->jitter;
    struct stimulus s = {.n_ticks = 1, .wide = t->x, .jitter = &jitter};
    int64_t cycles = f->h->ops->tick(f->h->dut, &s, 0, f->commits, message, size);
    if (cycles < 0) return -1;
    f->cycles += cycles;
    vectors_tick(&f->w, t->tick, t->jitter, t->x);
    const char *c = f->commits;
    for (int l = 0; l < f->im->shape.n_layers; l++) {
        take_layer(f, l, c);
        vectors_layer(&f->w, t->tick, l, f->words);
        if (f->stages) vectors_stages(&f->w, f->im, t->tick, l, f->stages);
        c += (size_t)f->im->shape.layer[l].n_out * dut_commit_size(f->im->kind);
    }
    return 0;
}

static int take(struct filter *f, const struct vectors_reader *reader,
                const struct vectors_record *t, char *message, size_t size)
{
    char hash[20];
    if (!f->w.f) vectors_begin(&f->w, f->out, f->im, vectors_version(reader));
    switch (t->kind) {
    case VECTORS_HEAD:
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)law_image_hash(f->im));
        if (!strcmp(t->key, "image")) f->image_named = !strcmp(t->value, hash);
        vectors_head(&f->w, t->key, t->value);
        return 0;
    case VECTORS_SHAPE:
        if (!f->image_named ||
            memcmp(vectors_reader_shape(reader), &f->w.shape, sizeof f->w.shape)) {
            snprintf(message, size, "line %ld: the vectors were made for another image",
                     vectors_line(reader));
            return -1;
        }
        const struct vectors_stimulus *sent;
        int n_sent = vectors_clips_sent(reader, &sent);
        for (int i = 0; i < n_sent; i++)
            vectors_head_clip(&f->w, &sent[i]);
        vectors_shape(&f->w);
        return 0;
    case VECTORS_CLIP:
        vectors_clip(&f->w, t->clip, t->ticks, t->name);
        return dut_rest(f->h, f->im, f->rest, message, size);
    case VECTORS_TICK:
        return run_tick(f, t, message, size);
    default:
        return 0;
    }
}

// The state in which runs begin, (neurons of all layers). NULL: out of memory.
static char *rest_of(const struct law_image *im)
{
    const struct law_kind *kind = im->kind;
    char *rest = calloc((size_t)law_image_neurons(im), kind->state), *at = rest;
    for (int l = 0; rest && l < im->shape.n_layers; l++)
        for (int n = 0; n < im->shape.layer[l].n_out; n++, at += kind->state)
            kind->rest(im->law, (const char *)im->layer[l].neuron + (size_t)n * kind->neuron, at);
    return rest;
}

int64_t vectors_dut(FILE *in, const char *name, FILE *out, struct dut_handle *h,
                    const struct law_image *im, bool stages, char *message, size_t size)
{
    const struct vectors_shape shape = vectors_shape_of(im);
    if (dut_load(h, im, message, size)) return -1;
    struct filter f = {.h = h, .im = im, .out = out};
    struct vectors_reader *reader = vectors_open(in, name);
    f.commits = malloc((size_t)law_image_neurons(im) * dut_commit_size(im->kind));
    f.words = malloc((size_t)vectors_tick_words(&shape) * sizeof *f.words);
    if (stages) f.stages = malloc((size_t)vectors_stage_words(im) * sizeof *f.stages);
    f.rest = rest_of(im);
    int rc = reader && f.commits && f.words && f.rest && (f.stages || !stages) ? 1 : -1;
    if (rc < 0) snprintf(message, size, "%s: out of memory", name);
    while (rc > 0) {
        struct vectors_record record;
        rc = vectors_next(reader, &record, message, size);
        if (rc > 0 && take(&f, reader, &record, message, size)) rc = -1;
    }
    if (rc == 0) rc = vectors_end(&f.w, message, size);
    free(f.commits);
    free(f.words);
    free(f.stages);
    free(f.rest);
    vectors_close(reader);
    return rc ? -1 : f.cycles;
}
