#include "base/basic_math.h"
#include "twin/chip/virtual_chip.h"

#include "base/clones.h"
#include "twin/chip/faults.h"
#include "twin/chip/quantise.h"
#include "twin/io/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// An image and what its chips are made with.
struct made {
    struct image image; // first: what the caller has is this
    struct virtual_chip_stored stored;
    double *scratch; // (3 * (largest layer + 8))
};

struct image *virtual_chip_new(const struct chip *c, const struct image_shape *shape)
{
    size_t head = (sizeof(struct made) + 63) / 64 * 64;
    size_t bytes = head + image_size(&c->law, shape), room = 0;
    char *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) return 0;
    memset(memory, 0, bytes);
    struct made *m = (struct made *)memory;
    image_init(&m->image, &c->law, shape, memory + head);
    for (int l = 0; l < m->image.n_layers; l++) {
        const struct image_layer *y = &m->image.layer[l];
        size_t most = ((size_t)y->n_source + 1) * (size_t)y->n_out;
        if (most > room) room = most;
    }
    m->scratch = malloc(3 * (room + 8) * sizeof *m->scratch);
    if (m->scratch && virtual_chip_stored_init(&m->stored, shape) == 0) return &m->image;
    virtual_chip_free(&m->image);
    return 0;
}

void virtual_chip_free(struct image *im)
{
    struct made *m = (struct made *)im;
    if (!m) return;
    virtual_chip_stored_fini(&m->stored);
    free(m->scratch);
    free(m);
}

// Real value to the nearest word (ties to even) of lo..hi; what does not fit is clamped and
// counted.
static int32_t word_of(double x, int64_t lo, int64_t hi, int64_t *clamped)
{
    double w = nearbyint(x);
    bool out = !(w >= (double)lo && w <= (double)hi);
    *clamped += out;
    return (int32_t)(out ? w < (double)lo ? lo : hi : (int64_t)w);
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
    const struct law *law = &c->law;
    const bool one_to_one = y->topology == IMAGE_ONE_TO_ONE;
    int bits = law_bits(law->weight), layer = d->layer;
    size_t n = (size_t)y->n_source * (size_t)y->n_out;
    struct row row = {.scale = ldexp(1, law->weight.frac_bits),
                      .lo = (double)fx_min(bits),
                      .hi = (double)fx_max(bits)};
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

// δ: what λ changes by per whole tick of jitter. Exponential: −α ln α with α = 1 − λ, first order
// of 1 − α^(1+ε); linear: λ itself, as charge is current times time; a shift does not move.
static double slope_of(enum law_leak kind, double lambda)
{
    if (kind == LAW_LEAK_LINEAR) return lambda;
    if (kind != LAW_LEAK_EXPONENTIAL || lambda <= 0 || lambda >= 1) return 0;
    return -(1 - lambda) * basic_log1p(-lambda);
}

static void make_neurons(struct image_layer *y, const struct net_layer *from, const struct chip *c,
                         const struct draw *d, struct virtual_chip_note *note, double *scratch)
{
    const struct law *law = &c->law;
    int bits = law_bits(law->membrane), n = y->n_out;
    double unit = ldexp(1, law->membrane.frac_bits), leak_unit = unit;
    int64_t leak_top = fx_umax(law_bits(law->leak)), clamped = 0;
    if (law->leak_kind == LAW_LEAK_EXPONENTIAL) leak_unit = ldexp(1, law->leak.frac_bits);
    if (law->leak_kind == LAW_LEAK_SHIFT) {
        leak_unit = 1;
        leak_top = 31;
    }
    const struct varied theta = vary(scratch, (size_t)n, &c->mismatch.threshold, d, RNG_THRESHOLD);
    const struct varied leak = vary(scratch + n + 8, (size_t)n, &c->mismatch.leak, d, RNG_LEAK);
    for (int i = 0; i < n; i++) {
        struct law_neuron *p = &y->neuron[i];
        double moved = from->lambda[i] *
                       (law->leak_kind == LAW_LEAK_SHIFT ? 1 : 1 + varied_at(&leak, (size_t)i));
        *p = (struct law_neuron){0};
        p->theta = word_of(from->theta[i] * (1 + varied_at(&theta, (size_t)i)) * unit, 1,
                           fx_max(bits), &clamped);
        p->bias = word_of(from->bias[i] * unit, fx_min(bits), fx_max(bits), &clamped);
        p->lambda = word_of(moved * leak_unit, 0, leak_top, &clamped);
        if (c->jitter.acts_leak)
            p->lambda_slope = word_of(slope_of(law->leak_kind, p->lambda / leak_unit) * leak_unit,
                                      0, fx_umax(16), &clamped);
    }
    if (note) note->clamped += clamped;
}

int virtual_chip_stored_init(struct virtual_chip_stored *q, const struct image_shape *shape)
{
    size_t n = 0, of[IMAGE_MAX_LAYERS];
    for (int l = 0; l < shape->n_layers; l++) {
        int rows = shape->layer[l].n_in + (shape->layer[l].recurrent ? shape->layer[l].n_out : 0);
        if (shape->layer[l].topology == IMAGE_ONE_TO_ONE) rows = 1;
        n += of[l] = (size_t)rows * (size_t)shape->layer[l].n_out;
    }
    *q = (struct virtual_chip_stored){.memory = malloc(n * (sizeof(double) + sizeof(float)))};
    if (!q->memory) return -1;
    double *charge = q->memory;
    float *slope = (float *)(charge + n);
    for (int l = 0; l < shape->n_layers; l++) {
        q->charge[l] = charge;
        q->slope[l] = slope;
        charge += of[l];
        slope += of[l];
    }
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
            jitter[t + i] =
                (int16_t)(on ? word_of(c->jitter.sigma * draw[i] * 32768, -32768, 32767, &clamped)
                             : 0);
    }
}
