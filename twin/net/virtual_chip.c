#include "twin/net/virtual_chip.h"

#include "base/clones.h"
#include "twin/chip/faults.h"
#include "twin/chip/physics.h"
#include "twin/net/project.h"
#include "twin/net/quantise.h"
#include "twin/io/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// An image, and memory for what makes it: so nothing can fail on the way. Untouched until it is used.
struct made {
    struct image im;                   // first: what callers have
    double *scratch;                   // three numbers to a weight of the largest layer
    struct virtual_chip_stored stored; // of virtual_chip_make
};

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static size_t weights_of(const struct image_shape *s, int l)
{
    return (size_t)image_fan_in(s, l) * (size_t)s->layer[l].n_out;
}

static size_t all_weights(const struct image_shape *s)
{
    size_t n = 0;
    for (int l = 0; l < s->n_layers; l++)
        n += weights_of(s, l);
    return n;
}

static size_t scratch_of(const struct image_shape *s)
{
    size_t most = 0;
    for (int l = 0; l < s->n_layers; l++) {
        size_t n = weights_of(s, l) + (size_t)s->layer[l].n_out;
        if (n > most) most = n;
    }
    return 3 * (most + 8);
}

enum { STORED = sizeof(double) + sizeof(float) }; // bytes a weight

static void stored_lay_out(struct virtual_chip_stored *q, const struct image_shape *s, void *memory)
{
    double *charge = memory;
    float *slope = (float *)(charge + all_weights(s));
    for (int l = 0; l < s->n_layers; l++) {
        q->charge[l] = charge;
        q->slope[l] = slope;
        charge += weights_of(s, l);
        slope += weights_of(s, l);
    }
}

struct image *virtual_chip_new(const struct chip *c, const struct image_shape *shape)
{
    size_t head = aligned(sizeof(struct made)), words = image_bytes(c->kind, c->params, shape);
    size_t scratch = aligned(scratch_of(shape) * sizeof(double));
    char *memory = aligned_alloc(64, head + words + scratch + aligned(all_weights(shape) * STORED));
    if (!memory) return 0;
    memset(memory, 0, head + words);
    struct made *d = (struct made *)memory;
    image_lay_out(&d->im, c->kind, c->params, shape, memory + head);
    d->scratch = (double *)(memory + head + words);
    stored_lay_out(&d->stored, shape, memory + head + words + scratch);
    return &d->im;
}

void virtual_chip_free(struct image *im)
{
    free(im);
}

// Who draws: the chip, and where in it. Each (k, kind, layer) is a stream of its own.
struct draw {
    uint64_t seed;
    uint32_t k;
    int layer;
    bool on; // false: nominal, nothing varies
};

// die + local·N_i: element 0 of the stream is the die's draw, 1.. are the elements in order.
struct varied {
    double die;
    double local;
    double *normal; // (n); where nothing varies (8) zeros
    size_t step;    // to the next element: 1, or 0 where nothing varies
};

// Draws n elements into `room`, which has space for 8 at least.
static struct varied vary(double *room, size_t n, const struct chip_variation *v,
                          const struct draw *d, enum rng_kind kind)
{
    if (!d->on || (v->die == 0 && v->local == 0)) {
        memset(room, 0, 8 * sizeof *room);
        return (struct varied){.normal = room};
    }
    double die = 0;
    struct rng_stream s = {d->seed, d->k, kind, (uint64_t)d->layer};
    if (v->die != 0) rng_normals(s, &die, 1);
    rng_normals_from(s, 1, room, n);
    return (struct varied){v->die * die, v->local, room, 1};
}

static double varied_at(const struct varied *v, size_t i)
{
    return v->die + v->local * v->normal[v->step * i];
}

// What makes words of a row of charges.
struct row {
    struct varied gain, offset;
    double input;  // 1 + variation of the source
    double scale;  // words a membrane unit
    double lo, hi; // of a word
};

typedef double reals __attribute__((vector_size(64)));
typedef int64_t masks __attribute__((vector_size(64)));
typedef int32_t wholes __attribute__((vector_size(32)));
typedef int16_t words __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(32)));

struct eight { // weights
    reals charge, gain, offset;
    floats slope, kept; // kept: slope times the weight's variation
    words w;
    reals clamped; // 1 where the word was clamped
};

// Charge to word, as word_of: to nearest, a tie to the even neighbour, by 1.5·2^52, whose last
// digit is a whole; x is held to one beyond the range before, so that it fits.
static inline __attribute__((always_inline)) void make_eight(struct eight *e, const struct row *row)
{
    const double whole = 6755399441055744;
    const reals zero = {0}, one = 1 - zero, lo = row->lo - zero, hi = row->hi - zero;
#define PICK(mask, a, b) ((reals)(((mask) & (masks)(a)) | (~(mask) & (masks)(b))))
    reals factor = (1 + (row->gain.die + row->gain.local * e->gain)) * row->input;
    reals x = (e->charge * factor + (row->offset.die + row->offset.local * e->offset)) * row->scale;
    x = PICK(x > lo - 1, x, lo - 1);
    x = PICK(x < hi + 1, x, hi + 1);
    x = x + whole - whole;
    e->clamped = PICK(x < lo, one, zero) + PICK(x > hi, one, zero);
    x = PICK(x > lo, x, lo);
    x = PICK(x < hi, x, hi);
#undef PICK
    e->w = __builtin_convertvector(__builtin_convertvector(x, wholes), words);
    e->kept = e->slope * __builtin_convertvector(factor, floats);
}

// The weights from..to - 1 of one source gain; kept may be NULL. Returns how many were clamped.
CLONES
static int64_t make_row(const struct row *row, int16_t *w, float *kept, const double *charge,
                        const float *slope, size_t from, size_t to)
{
    reals clamped = {0};
    for (size_t i = from; i < to; i += 8) {
        struct eight e;
        const double *gain = row->gain.normal + row->gain.step * i;
        const double *offset = row->offset.normal + row->offset.step * i;
        if (to - i >= 8) {
            memcpy(&e.charge, charge + i, sizeof e.charge);
            memcpy(&e.gain, gain, sizeof e.gain);
            memcpy(&e.offset, offset, sizeof e.offset);
            memcpy(&e.slope, slope + i, sizeof e.slope);
            make_eight(&e, row);
            memcpy(w + i, &e.w, sizeof e.w);
            if (kept) memcpy(kept + i, &e.kept, sizeof e.kept);
            clamped += e.clamped;
            continue;
        }
        const size_t m = to - i;
        e = (struct eight){.charge = {0}};
        memcpy(&e.charge, charge + i, m * sizeof *charge);
        memcpy(&e.gain, gain, m * sizeof *gain);
        memcpy(&e.offset, offset, m * sizeof *offset);
        memcpy(&e.slope, slope + i, m * sizeof *slope);
        make_eight(&e, row);
        memcpy(w + i, &e.w, m * sizeof *w);
        if (kept) memcpy(kept + i, &e.kept, m * sizeof *kept);
        for (size_t j = 0; j < m; j++)
            clamped[j] += e.clamped[j];
    }
    int64_t sum = 0;
    for (int j = 0; j < 8; j++)
        sum += (int64_t)clamped[j];
    return sum;
}

// Codes, then physical values, then varied, then words.
static void make_weights(struct image_layer *y, const struct chip *c,
                         const struct virtual_chip_stored *q, const struct draw *d,
                         struct virtual_chip_note *note, double *scratch)
{
    const struct law_range range = c->kind->word[WORD_WEIGHT].range(c->params);
    const bool one_to_one = y->topology == IMAGE_ONE_TO_ONE;
    int layer = d->layer;
    size_t n = (size_t)y->n_source * (size_t)y->n_out;
    struct row row = {
        .scale = ldexp(1, range.frac), .lo = (double)range.lo, .hi = (double)range.hi};
    struct draw first = *d;
    first.on = d->on && layer == 0;
    row.gain = vary(scratch, n, &c->mismatch.weight_gain, d, RNG_WEIGHT_GAIN);
    row.offset = vary(scratch + n + 8, n, &c->mismatch.weight_offset, d, RNG_WEIGHT_OFFSET);
    struct varied input = vary(scratch + 2 * n + 16, one_to_one ? n : (size_t)y->n_source,
                               &c->mismatch.input_gain, &first, RNG_INPUT_GAIN);
    // Weights of one source gain: of a source; all of them where sources do not vary.
    size_t length = input.step == 0 ? n : one_to_one ? 1 : (size_t)y->n_out;
    for (size_t s = 0; s * length < n; s++) {
        row.input = 1 + varied_at(&input, s);
        int64_t clamped = make_row(&row, y->w, note ? note->gain[layer] : 0, q->charge[layer],
                                   q->slope[layer], s * length, (s + 1) * length);
        if (note) note->clamped += clamped;
    }
}

// Each value that the net has to its word, varied; then the words that follow from them.
static void make_neurons(struct image_layer *y, const struct net_layer *from, const struct chip *c,
                         const struct draw *d, struct virtual_chip_note *note, double *scratch)
{
    const struct law_kind *kind = c->kind;
    const struct physics *p = physics_of(kind);
    char *neurons = y->words;
    int64_t clamped = 0;
    memset(y->words, 0, (size_t)y->n_out * kind->neuron);
    for (int k = 0; k < p->n; k++) {
        const struct physics_word w = p->word_of(c, k);
        const struct law_word *word = &kind->word[p->value[k].word];
        const struct physics_spread spread = p->spread(c, k);
        static const struct chip_variation none;
        if (!w.bits || !from->value[k]) continue;
        const struct varied varies =
            vary(scratch, (size_t)y->n_out, spread.of ? spread.of : &none, d, spread.stream);
        for (int i = 0; i < y->n_out; i++) {
            double x = from->value[k][i] * (1 + varied_at(&varies, (size_t)i)) * w.unit;
            law_set(word, neurons + (size_t)i * kind->neuron,
                    physics_round(x, w.lo, w.hi, &clamped));
        }
    }
    for (int i = 0; i < y->n_out && p->derive; i++)
        p->derive(c, neurons + (size_t)i * kind->neuron, &clamped);
    if (note) note->clamped += clamped;
}

static int check_neuron(const struct chip *c, const struct net_layer *y, int layer, int i,
                        struct fail *f)
{
    const struct physics *p = physics_of(c->kind);
    for (int k = 0; k < p->n; k++) {
        const struct physics_word w = p->word_of(c, k);
        if (!w.bits || !y->value[k]) continue;
        float value = y->value[k][i];
        double word = nearbyint(value * w.unit);
        if (!w.whole && word >= (double)w.lo && word <= (double)w.hi) continue;
        if (value == (float)physics_held(c, k, value)) continue;
        return fail(f, "layer %d, neuron %d: %s, %.9g, allowed %s%.9g..%.9g (the word of %s)",
                    layer, i, p->value[k].name, value, w.whole ? "whole numbers " : "",
                    (double)w.lo / w.unit, (double)w.hi / w.unit, c->name);
    }
    return 0;
}

int virtual_chip_check(const struct chip *c, const struct net *n, struct fail *f)
{
    if (net_check_words(n, c, f)) return -1;
    for (int l = 0; l < n->shape.n_layers; l++)
        for (int i = 0; i < n->layer[l].n_out; i++)
            if (check_neuron(c, &n->layer[l], l, i, f)) return -1;
    struct image *im = virtual_chip_new(c, &n->shape);
    if (!im) return fail(f, "%s: out of memory", c->name);
    virtual_chip_make(im, c, n, 0, 0, 0);
    const char *what = image_check(im);
    virtual_chip_free(im);
    return what ? fail(f, "%s: %s: out of its format", c->name, what) : 0;
}

int virtual_chip_stored_init(struct virtual_chip_stored *q, const struct image_shape *shape)
{
    *q = (struct virtual_chip_stored){.memory = malloc(all_weights(shape) * STORED)};
    if (!q->memory) return -1;
    stored_lay_out(q, shape, q->memory);
    return 0;
}

void virtual_chip_stored_fini(struct virtual_chip_stored *q)
{
    free(q->memory);
    *q = (struct virtual_chip_stored){0};
}

void virtual_chip_store(struct virtual_chip_stored *q, const struct chip *c, const struct net *n)
{
    for (int l = 0; l < n->shape.n_layers; l++)
        quantise_layer(c, n, l, &(struct quantised){.charge = q->charge[l], .slope = q->slope[l]});
}

void virtual_chip_draw(struct image *im, const struct chip *c, const struct net *n,
                       const struct virtual_chip_stored *q, uint64_t seed, uint32_t k,
                       struct virtual_chip_note *note)
{
    double *scratch = ((struct made *)im)->scratch;
    if (note) note->clamped = 0;
    for (int l = 0; l < im->n_layers; l++) {
        bool front_end = l == 0 && im->layer[l].topology == IMAGE_ONE_TO_ONE;
        struct draw d = {seed, k, l, k != 0 && (c->mismatch.front_end || !front_end)};
        make_weights(&im->layer[l], c, q, &d, note, scratch);
        make_neurons(&im->layer[l], &n->layer[l], c, &d, note, scratch);
    }
    faults_draw_fixed(c, seed, k, im);
}

void virtual_chip_make(struct image *im, const struct chip *c, const struct net *n, uint64_t seed,
                       uint32_t k, struct virtual_chip_note *note)
{
    struct virtual_chip_stored *q = &((struct made *)im)->stored;
    virtual_chip_store(q, c, n);
    virtual_chip_draw(im, c, n, q, seed, k, note);
}

void virtual_chip_jitter(const struct chip *c, uint64_t seed, uint32_t k, uint64_t clip,
                         int16_t *jitter, int n_ticks)
{
    enum { BLOCK = 128 };
    double draw[BLOCK];
    int64_t clamped = 0;
    for (int t = 0; t < n_ticks; t += BLOCK) {
        int n = n_ticks - t < BLOCK ? n_ticks - t : BLOCK;
        bool on = k != 0 && c->jitter.sigma > 0;
        if (on)
            rng_normals_from((struct rng_stream){seed, k, RNG_JITTER, clip}, (size_t)t, draw,
                             (size_t)n);
        for (int i = 0; i < n; i++)
            jitter[t + i] = (int16_t)(on ? physics_round(c->jitter.sigma * draw[i] * 32768, -32768,
                                                         32767, &clamped)
                                         : 0);
    }
}
