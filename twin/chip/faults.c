#include "twin/chip/faults.h"

#include "twin/io/rng.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct reading {
    struct faults *to;
    const char *path;
    int line;
    const struct law_kind *kind;
    const void *law;
    const struct image_shape *shape;
    struct fail *f;
    char *at; // what is left of the line
};

static int bad(struct reading *r, const char *what, const char *value, const char *allowed)
{
    return fail(r->f, "%s:%d: %s, %s, allowed %s", r->path, r->line, what, value, allowed);
}

// The next word of the line, "" at its end.
static char *next(struct reading *r)
{
    char *word = r->at + strspn(r->at, " \t");
    r->at = word + strcspn(word, " \t");
    if (*r->at) *r->at++ = 0;
    return word;
}

static int number(struct reading *r, const char *what, int hi, int *to)
{
    char *word = next(r), *end, allowed[40];
    errno = 0;
    long x = strtol(word, &end, 10);
    *to = (int)x;
    if (*word && !*end && !errno && x >= 0 && x <= hi) return 0;
    snprintf(allowed, sizeof allowed, "whole numbers 0..%d", hi);
    return bad(r, what, *word ? word : "missing", allowed);
}

static int place(struct reading *r, int *layer, int *neuron)
{
    if (number(r, "layer", r->shape->n_layers - 1, layer)) return -1;
    return number(r, "neuron", r->shape->layer[*layer].n_out - 1, neuron);
}

static int word_bits(const struct reading *r, int word)
{
    return r->kind->word[word].range(r->law).bits;
}

// The weight is the first word of every law.
enum { WEIGHT };

static int read_fixed(struct reading *r, bool dead)
{
    struct fault_fixed x = {.dead = dead};
    if (place(r, &x.layer, &x.neuron)) return -1;
    if (!dead &&
        (number(r, "row", image_fan_in(r->shape, x.layer) - 1, &x.row) ||
         number(r, "bit", word_bits(r, WEIGHT) - 1, &x.bit) || number(r, "value", 1, &x.value)))
        return -1;
    struct fault_fixed *all =
        realloc(r->to->fixed, ((size_t)r->to->n_fixed + 1) * sizeof *r->to->fixed);
    if (!all) return fail(r->f, "%s: out of memory", r->path);
    r->to->fixed = all;
    all[r->to->n_fixed++] = x;
    return 0;
}

// Whether every pattern of bits of a state word is a word, but for 0 where the least is 1.
static bool flips(const struct law_kind *kind, const void *law, int word)
{
    struct law_range r = kind->word[word].range(law);
    return kind->word[word].scope == LAW_STATE && r.bits &&
           r.hi - r.lo + 1 >= (int64_t)fx_umax(r.bits);
}

static int read_flip(struct reading *r)
{
    struct stimulus_write x = {.flip = true};
    int bit, bits = 0;
    if (number(r, "tick", INT32_MAX, &x.tick) || place(r, &x.layer, &x.neuron)) return -1;
    const char *name = next(r);
    char allowed[256] = "weight";
    for (int word = 0; word < r->kind->n_words; word++) {
        if (word != WEIGHT && !flips(r->kind, r->law, word)) continue;
        if (!strcmp(name, r->kind->word[word].name)) {
            x.word = word;
            bits = word_bits(r, word);
        }
        size_t used = strlen(allowed);
        if (word != WEIGHT)
            snprintf(allowed + used, sizeof allowed - used, ", %s", r->kind->word[word].name);
    }
    if (!bits) return bad(r, "word", *name ? name : "missing", allowed);
    if (number(r, "bit", bits - 1, &bit)) return -1;
    if (x.word == WEIGHT && number(r, "row", image_fan_in(r->shape, x.layer) - 1, &x.row))
        return -1;
    x.value = (int32_t)(uint32_t)fx_one(bit);
    struct stimulus_write *all =
        realloc(r->to->flip, ((size_t)r->to->n_flips + 1) * sizeof *r->to->flip);
    if (!all) return fail(r->f, "%s: out of memory", r->path);
    r->to->flip = all;
    all[r->to->n_flips++] = x;
    return 0;
}

static int read_line(struct reading *r, char *line)
{
    line[strcspn(line, "#\r\n")] = 0;
    r->at = line;
    const char *kind = next(r);
    if (!*kind) return 0;
    int rc = !strcmp(kind, "stuck")  ? read_fixed(r, false)
             : !strcmp(kind, "dead") ? read_fixed(r, true)
             : !strcmp(kind, "flip") ? read_flip(r)
                                     : bad(r, "fault", kind, "stuck, dead or flip");
    if (rc) return -1;
    const char *more = next(r);
    return *more ? bad(r, "after the fault", more, "nothing") : 0;
}

// By tick; of one tick as they stand in the file.
static void sort_flips(struct faults *a)
{
    for (int i = 1; i < a->n_flips; i++) {
        struct stimulus_write x = a->flip[i];
        int at = i;
        for (; at > 0 && a->flip[at - 1].tick > x.tick; at--)
            a->flip[at] = a->flip[at - 1];
        a->flip[at] = x;
    }
}

int faults_read(struct faults *a, const char *path, const struct law_kind *kind, const void *law,
                const struct image_shape *shape, struct fail *f)
{
    struct reading r = {a, path, 0, kind, law, shape, f, 0};
    char *line = 0;
    size_t room = 0;
    int rc = 0;
    *a = (struct faults){0};
    FILE *in = fopen(path, "r");
    if (!in) return fail(f, "%s: %s", path, strerror(errno));
    while (rc == 0 && getline(&line, &room, in) >= 0) {
        r.line++;
        rc = read_line(&r, line);
    }
    if (rc == 0 && ferror(in)) rc = fail(f, "%s: %s", path, strerror(errno));
    if (rc == 0 && a->n_fixed + a->n_flips == 0) rc = fail(f, "%s: no fault in it", path);
    free(line);
    fclose(in);
    if (rc) faults_free(a);
    sort_flips(a);
    return rc;
}

void faults_free(struct faults *a)
{
    free(a->fixed);
    free(a->flip);
    *a = (struct faults){0};
}

// Where a word that is not of the state lies, without its offset in the struct.
static void *place_of(const struct law_image *im, int layer, int word, int neuron, int row)
{
    const struct law_word *x = &im->kind->word[word];
    size_t at = x->scope == LAW_SYNAPSE
                    ? (size_t)(row * im->shape.layer[layer].n_out + neuron) * x->size
                    : (size_t)neuron * im->kind->neuron;
    const void *from = x->scope == LAW_SYNAPSE ? im->layer[layer].w : im->layer[layer].neuron;
    return (char *)from + at;
}

static void stick(const struct law_image *im, int layer, int neuron, int row, int bit, bool value)
{
    const struct law_word *x = &im->kind->word[WEIGHT];
    void *w = place_of(im, layer, WEIGHT, neuron, row);
    uint64_t word = (uint64_t)law_get(x, w), mask = fx_one(bit);
    law_set(x, w, fx_wrap((int64_t)(value ? word | mask : word & ~mask), x->range(im->law).bits));
}

// Nothing comes in, and the threshold is out of reach.
static void kill(const struct law_image *im, int layer, int neuron)
{
    for (int row = 0; row < im->layer[layer].n_rows; row++)
        law_set(&im->kind->word[WEIGHT], place_of(im, layer, WEIGHT, neuron, row), 0);
    for (int word = 0; word < im->kind->first_state; word++) {
        const struct law_word *x = &im->kind->word[word];
        if (x->dead)
            law_set(x, place_of(im, layer, word, neuron, 0),
                    x->dead == LAW_MOST ? x->range(im->law).hi : 0);
    }
}

void faults_fix(const struct faults *a, const struct law_image *im)
{
    for (int i = 0; a && i < a->n_fixed; i++) {
        const struct fault_fixed *x = &a->fixed[i];
        if (x->dead)
            kill(im, x->layer, x->neuron);
        else
            stick(im, x->layer, x->neuron, x->row, x->bit, x->value);
    }
}

uint32_t faults_crc(const struct faults *a)
{
    char line[128];
    uLong crc = 0;
    for (int i = 0; a && i < a->n_fixed; i++) {
        const struct fault_fixed *x = &a->fixed[i];
        int n = snprintf(line, sizeof line, "%d %d %d %d %d %d\n", x->dead, x->layer, x->neuron,
                         x->row, x->bit, x->value);
        crc = crc32(crc, (unsigned char *)line, (uInt)n);
    }
    for (int i = 0; a && i < a->n_flips; i++) {
        const struct stimulus_write *x = &a->flip[i];
        int n = snprintf(line, sizeof line, "%d %d %d %d %d %d %d\n", x->tick, x->layer, x->neuron,
                         x->row, x->word, x->flip, x->value);
        crc = crc32(crc, (unsigned char *)line, (uInt)n);
    }
    return (uint32_t)crc;
}

// A 64-bit draw below it happens with this probability.
static uint64_t below(double probability)
{
    return (uint64_t)ldexp(probability, 64);
}

enum { DRAWS = 1024 }; // at a time

void faults_draw_fixed(const struct chip *c, uint64_t seed, uint32_t k, struct image *im)
{
    if (k == 0 || (c->faults.stuck_bits == 0 && c->faults.dead_neurons == 0)) return;
    int bits = law_bits(im->law.weight);
    const struct law_image view = law_image_of(im);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        size_t n_weights = (size_t)y->n_rows * (size_t)y->n_out, n_out = (size_t)y->n_out;
        uint64_t draw[DRAWS];
        for (size_t i = 0; i < n_weights * (size_t)bits; i++) {
            size_t at = i % DRAWS;
            if (!at)
                rng_words_from((struct rng_stream){seed, k, RNG_STUCK, (uint64_t)l}, i, draw,
                               DRAWS);
            if (draw[at] >= below(c->faults.stuck_bits)) continue;
            int weight = (int)(i / (size_t)bits);
            stick(&view, l, weight % y->n_out, weight / y->n_out, (int)(i % (size_t)bits),
                  draw[at] & 1);
        }
        for (size_t n = 0; n < n_out; n++) {
            size_t at = n % DRAWS;
            if (!at)
                rng_words_from((struct rng_stream){seed, k, RNG_DEAD, (uint64_t)l}, n, draw, DRAWS);
            if (draw[at] < below(c->faults.dead_neurons)) kill(&view, l, (int)n);
        }
    }
}

int faults_room(const struct faults *a, const struct chip *c, const struct image_shape *shape,
                int n_ticks)
{
    int n = a ? a->n_flips : 0;
    for (int l = 0; c->faults.bit_flips > 0 && l < shape->n_layers; l++)
        n += n_ticks * shape->layer[l].n_out;
    return n;
}

// Bit `at` of a neuron's state, counted through its words.
static struct stimulus_write flip_of(const struct image *im, int tick, int layer, int neuron,
                                     int at)
{
    struct stimulus_write x = {.tick = tick, .layer = layer, .neuron = neuron, .flip = true};
    int word = im->kind->first_state, bits;
    for (; at >= (bits = im->kind->word[word].range(im->params).bits); word++)
        at -= bits;
    x.word = word;
    x.value = (int32_t)(uint32_t)fx_one(at);
    return x;
}

void faults_flip(const struct faults *a, const struct chip *c, const struct image *im,
                 uint64_t seed, uint32_t k, uint64_t clip, struct stimulus *s,
                 struct stimulus_write *write)
{
    uint64_t draw[IMAGE_MAX_NEURONS], limit = k ? below(c->faults.bit_flips) : 0;
    int n = 0, listed = 0, bits = 0;
    for (int word = im->kind->first_state; word < im->kind->n_words; word++)
        bits += im->kind->word[word].range(im->params).bits;
    for (int tick = 0; tick < s->n_ticks; tick++) {
        for (; a && listed < a->n_flips && a->flip[listed].tick == tick; listed++)
            write[n++] = a->flip[listed];
        for (int l = 0; limit && l < im->n_layers; l++) {
            uint64_t index = (clip * IMAGE_MAX_LAYERS + (uint64_t)l) * 65536 + (uint64_t)tick;
            rng_words((struct rng_stream){seed, k, RNG_FLIP, index}, draw,
                      (size_t)im->layer[l].n_out);
            for (int i = 0; i < im->layer[l].n_out; i++)
                if (draw[i] < limit) // then draw / limit is uniform, and says which bit
                    write[n++] = flip_of(im, tick, l, i,
                                         (int)((__uint128_t)draw[i] * (unsigned)bits / limit));
        }
    }
    s->write = write;
    s->n_writes = n;
}
