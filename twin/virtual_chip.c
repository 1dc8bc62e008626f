#include "twin/virtual_chip.h"

#include "twin/clones.h"
#include "twin/faults.h"
#include "twin/quantise.h"
#include "twin/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct image *virtual_chip_new(const struct chip *c, const struct image_shape *shape)
{
    size_t head = (sizeof(struct image) + 63) / 64 * 64;
    size_t bytes = (head + image_size(&c->law, shape) + 63) / 64 * 64;
    char *memory = aligned_alloc(64, bytes);
    if (!memory) return 0;
    memset(memory, 0, bytes);
    image_init((struct image *)memory, &c->law, shape, memory + head);
    return (struct image *)memory;
}

void virtual_chip_free(struct image *im)
{
    free(im);
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
    double *normal; // (n); zeros where nothing varies
    size_t step;    // to the next row; 0: all rows are the same zeros
};

// Draws n elements into `room`; where nothing varies only the first n_row are there, and are 0.
static struct varied vary(double *room, size_t n, size_t n_row, const struct chip_variation *v,
                          const struct draw *d, enum rng_kind kind)
{
    if (!d->on || (v->die == 0 && v->local == 0)) {
        memset(room, 0, n_row * sizeof *room);
        return (struct varied){.normal = room};
    }
    double die = 0;
    struct rng_stream s = {d->seed, d->k, kind, (uint64_t)d->layer};
    if (v->die != 0) rng_normals(s, &die, 1);
    rng_normals_from(s, 1, room, n);
    return (struct varied){v->die * die, v->local, room, n_row};
}

static double varied_at(const struct varied *v, size_t i)
{
    return v->die + v->local * v->normal[v->step ? i : 0];
}

// What makes words of a row of charges.
struct row {
    struct varied gain, offset;
    double input;  // 1 + variation of the source
    double scale;  // words a membrane unit
    double lo, hi; // of a word
};

// Charge to word, as word_of: to nearest, a tie to the even neighbour, by 1.5·2^52, whose last
// digit is a whole; x is held to one beyond the range before, so that it fits. Returns how many
// were clamped.
CLONES
static int64_t make_row(int16_t *w, float *kept, const double *charge, const float *slope, size_t n,
                        const struct row *row, const double *gain, const double *offset)
{
    const double whole = 6755399441055744, lo = row->lo, hi = row->hi;
    const double gain_die = row->gain.die, gain_local = row->gain.local, input = row->input,
                 offset_die = row->offset.die, offset_local = row->offset.local, scale = row->scale;
    int64_t clamped = 0;
    for (size_t i = 0; i < n; i++) {
        double factor = (1 + (gain_die + gain_local * gain[i])) * input;
        double x = (charge[i] * factor + (offset_die + offset_local * offset[i])) * scale;
        x = x > lo - 1 ? x : lo - 1;
        x = x < hi + 1 ? x : hi + 1;
        x = x + whole - whole;
        clamped += x < lo || x > hi;
        x = x > lo ? x : lo;
        x = x < hi ? x : hi;
        w[i] = (int16_t)(int32_t)x;
        if (kept) kept[i] = slope[i] * (float)factor;
    }
    return clamped;
}

// Codes, then physical values, then varied, then words.
static void make_weights(struct image_layer *y, const struct chip *c,
                         const struct virtual_chip_stored *q, const struct draw *d,
                         struct virtual_chip_note *note, double *scratch)
{
    const struct law *law = &c->law;
    const bool one_to_one = y->topology == IMAGE_ONE_TO_ONE;
    int bits = law_bits(law->weight), layer = d->layer;
    size_t n_out = (size_t)y->n_out, n = (size_t)y->n_source * n_out;
    struct row row = {.scale = ldexp(1, law->weight.frac_bits),
                      .lo = (double)fx_min(bits),
                      .hi = (double)fx_max(bits)};
    struct draw first = *d;
    first.on = d->on && layer == 0;
    row.gain = vary(scratch, n, n_out, &c->mismatch.weight_gain, d, RNG_WEIGHT_GAIN);
    row.offset = vary(scratch + n, n, n_out, &c->mismatch.weight_offset, d, RNG_WEIGHT_OFFSET);
    struct varied input = vary(scratch + 2 * n, one_to_one ? n : (size_t)y->n_source, 1,
                               &c->mismatch.input_gain, &first, RNG_INPUT_GAIN);
    // A source is a row; of a one-to-one layer each has one neuron.
    size_t rows = one_to_one ? n_out : (size_t)y->n_source, length = one_to_one ? 1 : n_out;
    for (size_t s = 0; s < rows; s++) {
        size_t at = s * length;
        row.input = 1 + varied_at(&input, s);
        int64_t clamped =
            make_row(y->w + at, note && note->gain[layer] ? note->gain[layer] + at : 0,
                     q->charge[layer] + at, q->slope[layer] + at, length, &row,
                     row.gain.normal + (row.gain.step ? at : 0),
                     row.offset.normal + (row.offset.step ? at : 0));
        if (note) note->clamped += clamped;
    }
}

// δ: what λ changes by per whole tick of jitter. Exponential: −α ln α with α = 1 − λ, first order
// of 1 − α^(1+ε); linear: λ itself, as charge is current times time; a shift does not move.
static double slope_of(enum law_leak kind, double lambda)
{
    if (kind == LAW_LEAK_LINEAR) return lambda;
    if (kind != LAW_LEAK_EXPONENTIAL || lambda <= 0 || lambda >= 1) return 0;
    return -(1 - lambda) * log1p(-lambda);
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
    const struct varied theta =
        vary(scratch, (size_t)n, 1, &c->mismatch.threshold, d, RNG_THRESHOLD);
    const struct varied leak = vary(scratch + n, (size_t)n, 1, &c->mismatch.leak, d, RNG_LEAK);
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
    size_t room = 0;
    if (note) note->clamped = 0;
    for (int l = 0; l < im->n_layers; l++) {
        size_t most = ((size_t)im->layer[l].n_source + 1) * (size_t)im->layer[l].n_out;
        if (most > room) room = most;
    }
    double *scratch = malloc(3 * room * sizeof *scratch);
    if (!scratch) abort(); // a few hundred kB: nothing sensible is left to do
    for (int l = 0; l < im->n_layers; l++) {
        bool front_end = l == 0 && im->layer[l].topology == IMAGE_ONE_TO_ONE;
        struct draw d = {seed, k, l, k != 0 && (c->mismatch.front_end || !front_end)};
        make_weights(&im->layer[l], c, q, &d, note, scratch);
        make_neurons(&im->layer[l], &n->layer[l], c, &d, note, scratch);
    }
    free(scratch);
    faults_draw_fixed(c, seed, k, im);
}

void virtual_chip_make(struct image *im, const struct chip *c, const struct net *n, uint64_t seed,
                       uint32_t k, struct virtual_chip_note *note)
{
    struct virtual_chip_stored q;
    if (virtual_chip_stored_init(&q, &n->shape)) abort();
    virtual_chip_store(&q, c, n);
    virtual_chip_draw(im, c, n, &q, seed, k, note);
    virtual_chip_stored_fini(&q);
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
