#include "twin/train/initialise.h"

#include "model/lif/network.h"
#include "twin/net/quantise.h"
#include "twin/io/rng.h"
#include "twin/net/virtual_chip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The first `layers` layers of a net, sharing its values.
static struct net part_of(const struct net *n, int layers)
{
    struct net part = *n;
    part.shape.n_layers = layers;
    return part;
}

// Adds up each neuron's spikes over the clips of this thread's share. -1: out of memory.
static int count_spikes(const struct image *im, const struct chip *c, const struct corpus *s,
                        const int *clip, int n_clips, void *memory, int64_t *sum)
{
    int last = im->n_layers - 1, n_out = im->layer[last].n_out;
    int32_t count[IMAGE_MAX_NEURONS];
    uint8_t *words = malloc((size_t)s->n_ticks * (size_t)im->layer[0].n_in);
    int16_t *jitter = malloc((size_t)s->n_ticks * sizeof *jitter);
    struct network network;
    int bad = !words || !jitter || !memory || !sum ? -1 : 0;
    if (!bad) network_init(&network, im, memory);
#pragma omp for
    for (int i = 0; i < n_clips; i++) {
        if (bad) continue;
        struct stimulus x = corpus_stimulus(s, c, 0, 0, clip[i], 0, words, jitter);
        struct trace t = {.count = count};
        network_run(&network, &x, &t);
        for (int k = 0; k < n_out; k++)
            sum[k] += count[k];
    }
    free(jitter);
    free(words);
    return bad;
}

int initialise_rates(const struct net *n, const struct chip *c, const struct corpus *s,
                     const int *clip, int n_clips, int layer, double *rate, struct fail *f)
{
    struct net part = part_of(n, layer + 1);
    int n_out = n->layer[layer].n_out;
    size_t bytes = network_size(&c->law, &part.shape);
    struct image *im = virtual_chip_new(c, &part.shape);
    int64_t total[IMAGE_MAX_NEURONS] = {0};
    bool failed = !im || n_clips <= 0;
    if (im) virtual_chip_make(im, c, &part, 0, 0, 0);
    bool no_memory = false;
#pragma omp parallel if (!failed)
    {
        int64_t *sum = calloc((size_t)n_out, sizeof *sum);
        void *memory = aligned_alloc(64, bytes);
        int bad = failed ? 0 : count_spikes(im, c, s, clip, n_clips, memory, sum);
#pragma omp critical
        {
            no_memory |= bad != 0;
            for (int k = 0; sum && k < n_out; k++)
                total[k] += sum[k];
        }
        free(memory);
        free(sum);
    }
    virtual_chip_free(im);
    if (failed || no_memory)
        return fail(f, "initial weights: %s", im && !no_memory ? "no clips" : "out of memory");
    for (int k = 0; k < n_out; k++)
        rate[k] = (double)total[k] / ((double)n_clips * s->n_ticks);
    return 0;
}

int initialise_front(struct net *n, const struct chip *c, const struct corpus *s, const int *clip,
                     int n_clips, double target, double *worst, struct fail *f)
{
    struct net_layer *y = &n->layer[0];
    int first, last, lo[IMAGE_MAX_NEURONS], hi[IMAGE_MAX_NEURONS];
    double below[IMAGE_MAX_NEURONS] = {0}, above[IMAGE_MAX_NEURONS], rate[IMAGE_MAX_NEURONS];
    quantise_codes(c, &first, &last);
    int zero = (int)floor(-quantise_level(c, 0) * (last - first) / (c->weight.max - c->weight.min));
    for (int k = 0; k < y->n_out; k++) {
        lo[k] = zero; // stands for a rate of 0
        hi[k] = last;
        y->w[k] = (float)quantise_level(c, last);
    }
    if (initialise_rates(n, c, s, clip, n_clips, 0, above, f)) return -1;
    for (int open = 1; open;) {
        open = 0;
        for (int k = 0; k < y->n_out; k++)
            y->w[k] = (float)quantise_level(c, lo[k] + (hi[k] - lo[k]) / 2);
        if (initialise_rates(n, c, s, clip, n_clips, 0, rate, f)) return -1;
        for (int k = 0; k < y->n_out; k++) {
            int at = lo[k] + (hi[k] - lo[k]) / 2;
            if (hi[k] - lo[k] < 2) continue;
            if (rate[k] < target) {
                lo[k] = at;
                below[k] = rate[k];
            } else {
                hi[k] = at;
                above[k] = rate[k];
            }
            open |= hi[k] - lo[k] > 1;
        }
    }
    *worst = 0;
    for (int k = 0; k < y->n_out; k++) {
        bool low = lo[k] > zero && target - below[k] < above[k] - target;
        y->w[k] = (float)quantise_level(c, low ? lo[k] : hi[k]);
        *worst = fmax(*worst, fabs((low ? below[k] : above[k]) - target));
    }
    return 0;
}

int initialise_potential(const struct net *n, const struct chip *c, int layer, double *e1,
                         double *e2, struct fail *f)
{
    enum { TICKS = 4096 };
    struct image_shape one = {.n_layers = 1, .layer = {{1, 1, IMAGE_DENSE, false}}};
    struct chip ideal = chip_under(c, CHIP_IDEAL);
    struct net neuron = {0};
    struct image *im = virtual_chip_new(&ideal, &one);
    void *memory = aligned_alloc(64, network_size(&c->law, &one));
    int32_t *v = aligned_alloc(64, (size_t)network_padded(1) * TICKS * sizeof *v), count[1];
    uint8_t *x = calloc(TICKS, 1);
    int bad = 0;
    if (!im || !memory || !v || !x || net_init(&neuron, &one, &ideal, f)) {
        bad = fail(f, "initial weights: out of memory");
        goto out;
    }
    // One spike through the weight whose charge, as input words go, is the largest power of two
    // below the threshold.
    double unit = ldexp(1, c->law.membrane.frac_bits);
    double charge = ldexp(1, ilogb(fmin(c->threshold, c->weight.max)));
    neuron.layer[0].w[0] = (float)charge;
    for (int p = 0; p < NET_NEURON; p++) {
        const float *from = n->layer[layer].value[p];
        float *to = neuron.layer[0].value[p];
        if (from && to && p != NET_THETA && p != NET_BIAS) *to = *from;
    }
    virtual_chip_make(im, &ideal, &neuron, 0, 0, 0);
    // It never fires; x: 1.0, or what of it an input word and a byte hold.
    im->layer[0].neuron[0].theta = (int32_t)fx_max(law_bits(c->law.membrane));
    double most = fmin(255, (double)image_input_max(im, 0)),
           one_word = ldexp(1, c->law.input.frac_bits);
    x[0] = (uint8_t)fmin(most, one_word);
    charge *= x[0] / one_word;
    const double at_rest = im->layer[0].neuron[0].rest / unit;
    struct network network;
    struct stimulus s = {.n_ticks = TICKS, .x = x};
    struct trace t = {.count = count};
    t.layer[0].v = v;
    t.layer[0].stride = network_padded(1);
    network_init(&network, im, memory);
    network_run(&network, &s, &t);
    // What the rounding of leak and decay leaves forever is no potential.
    double left = (v[(TICKS - 1) * network_padded(1)] / unit - at_rest) / charge, least = 0.01;
    if (left >= least) least += left;
    *e1 = *e2 = 0;
    for (int i = 0; i < TICKS; i++) {
        double u = (v[i * network_padded(1)] / unit - at_rest) / charge;
        if (u < least) break;
        *e1 += u;
        *e2 += u * u;
    }
    if (!(*e2 > 0))
        bad = fail(f, "initial weights: a spike leaves no potential on chip %s", c->name);
out:
    free(x);
    free(v);
    free(memory);
    virtual_chip_free(im);
    net_fini(&neuron);
    return bad;
}

int initialise_wake(struct net *n, const struct chip *c, const struct corpus *s, const int *clip,
                    int n_clips, int layer, double least, struct fail *f)
{
    enum { TRIES = 16 };
    const struct net_layer *y = &n->layer[layer];
    double rate[IMAGE_MAX_NEURONS];
    for (int i = 0; least > 0 && i < TRIES; i++) {
        double mean = 0;
        if (initialise_rates(n, c, s, clip, n_clips, layer, rate, f)) return -1;
        for (int k = 0; k < y->n_out; k++)
            mean += rate[k] / y->n_out;
        if (mean >= least) return 0;
        for (int k = 0; k < y->n_source * y->n_out; k++)
            y->w[k] = (float)fmin(fmax(1.4 * y->w[k], c->weight.min), c->weight.max);
    }
    return 0;
}

// Events a source of a layer and tick: spikes of the layer before it, or what the data brings.
static int source_rates(const struct net *n, const struct chip *c, const struct corpus *s,
                        const int *clip, int n_clips, int layer, double *rate, struct fail *f)
{
    if (layer > 0) return initialise_rates(n, c, s, clip, n_clips, layer - 1, rate, f);
    size_t words = (size_t)s->n_ticks * (size_t)s->n_in;
    uint8_t *x = malloc(words);
    if (!x) return fail(f, "initial weights: out of memory");
    memset(rate, 0, (size_t)s->n_in * sizeof *rate);
    const double each = ldexp(1, -c->law.input.frac_bits) / n_clips / s->n_ticks;
    for (int i = 0; i < n_clips; i++) {
        corpus_words(s, clip[i], 0, 0, x);
        for (size_t k = 0; k < words; k++)
            rate[k % (size_t)s->n_in] += each * x[k];
    }
    free(x);
    return 0;
}

int initialise_dense(struct net *n, const struct chip *c, const struct corpus *s, const int *clip,
                     int n_clips, int layer, const struct initialise_fluctuation *o, uint64_t seed,
                     int redrawn, struct fail *f)
{
    struct net_layer *y = &n->layer[layer];
    const int n_in = n->shape.layer[layer].n_in, heard = image_heard(&n->shape, layer);
    const int rows = y->n_source;
    double e1, e2, nu = 0, theta = c->threshold, rate[IMAGE_MAX_NEURONS];
    double share = rows > heard ? o->share : 1;
    if (initialise_potential(n, c, layer, &e1, &e2, f)) return -1;
    if (source_rates(n, c, s, clip, n_clips, layer, rate, f)) return -1;
    for (int i = 0; i < n_in; i++)
        nu += rate[i] / n_in;
    if (!(nu > 0))
        return fail(f, "initial weights: layer %d never fires, layer %d cannot be set up",
                    layer - 1, layer);

    double input = heard * nu; // spikes a tick, by each tap
    double mean = o->mean * theta / (input * e1 + o->xi * sqrt(input * e2));
    double sigma = (theta - input * mean * e1) / o->xi;
    double variance[2] = {share * sigma * sigma / (input * e2) - mean * mean,
                          (1 - share) * sigma * sigma / (y->n_out * o->rate * e2)};
    if (!(variance[0] > 0))
        return fail(f, "initial weights: mean %g, allowed 0 to less than 1 with xi %g", o->mean,
                    o->xi);
    double *normal = malloc((size_t)rows * (size_t)y->n_out * sizeof *normal);
    if (!normal) return fail(f, "initial weights: out of memory");
    rng_normals((struct rng_stream){seed, (uint64_t)redrawn, RNG_INITIAL_WEIGHTS, (uint64_t)layer},
                normal, (size_t)rows * (size_t)y->n_out);
    for (int i = 0; i < rows * y->n_out; i++) {
        bool own = i >= heard * y->n_out;
        double w = (own ? 0 : mean) + sqrt(variance[own]) * normal[i];
        y->w[i] = (float)fmin(fmax(w, c->weight.min), c->weight.max);
    }
    free(normal);
    return 0;
}

// Sums of one neuron over one clip.
struct sums {
    double v, v2;
    int64_t spikes;
};

// What a thread needs to run clips and record all layers.
struct recording {
    struct network network;
    void *memory;
    uint8_t *words;
    int16_t *jitter;
    struct trace t;
};

static void recording_fini(struct recording *r)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        free(r->t.layer[l].c);
        free(r->t.layer[l].n);
    }
    free(r->t.count);
    free(r->jitter);
    free(r->words);
    free(r->memory);
}

static bool recording_init(struct recording *r, const struct image *im, const struct net *n,
                           const struct chip *c, const struct corpus *s)
{
    *r = (struct recording){.memory = aligned_alloc(64, network_size(&c->law, &n->shape)),
                            .words = malloc((size_t)s->n_ticks * (size_t)im->layer[0].n_in),
                            .jitter = malloc((size_t)s->n_ticks * sizeof *r->jitter)};
    r->t.count = malloc(IMAGE_MAX_NEURONS * sizeof *r->t.count);
    bool all = r->memory && r->words && r->jitter && r->t.count;
    for (int l = 0; l < im->n_layers; l++) {
        struct trace_layer *y = &r->t.layer[l];
        y->stride = network_padded(im->layer[l].n_out);
        const size_t bytes = (size_t)s->n_ticks * (size_t)y->stride * sizeof *y->c;
        y->c = aligned_alloc(64, bytes);
        y->n = aligned_alloc(64, bytes);
        all = all && y->c && y->n;
    }
    if (all) network_init(&r->network, im, r->memory);
    return all;
}

static void add_clip(const struct recording *r, const struct image *im, int n_ticks,
                     struct sums *sum)
{
    for (int l = 0; l < im->n_layers; l++) {
        const struct trace_layer *y = &r->t.layer[l];
        for (int k = 0; k < im->layer[l].n_out; k++, sum++)
            for (int tick = 0; tick < n_ticks; tick++) {
                const double v = y->c[tick * y->stride + k];
                sum->v += v;
                sum->v2 += v * v;
                sum->spikes += y->n[tick * y->stride + k];
            }
    }
}

// Every clip by itself, so that the sums have one order for any number of threads. sum: (n_clips,
// neurons). -1: out of memory.
static int sum_clips(const struct image *im, const struct net *n, const struct chip *c,
                     const struct corpus *s, const int *clip, int n_clips, int neurons,
                     struct sums *sum)
{
    bool bad = false;
#pragma omp parallel
    {
        struct recording r;
        const bool there = recording_init(&r, im, n, c, s);
#pragma omp critical(moments)
        bad |= !there;
#pragma omp for
        for (int i = 0; i < n_clips; i++) {
            if (!there) continue;
            struct stimulus x = corpus_stimulus(s, c, 0, 0, clip[i], 0, r.words, r.jitter);
            network_run(&r.network, &x, &r.t);
            add_clip(&r, im, s->n_ticks, sum + (size_t)i * (size_t)neurons);
        }
        recording_fini(&r);
    }
    return bad ? -1 : 0;
}

int initialise_moments(const struct net *n, const struct chip *c, const struct corpus *s,
                       const int *clip, int n_clips, struct initialise_moment *at, struct fail *f)
{
    int neurons = 0;
    for (int l = 0; l < n->shape.n_layers; l++)
        neurons += n->layer[l].n_out;
    struct image *im = virtual_chip_new(c, &n->shape);
    struct sums *sum = calloc((size_t)n_clips * (size_t)neurons, sizeof *sum);
    int bad = !im || !sum || n_clips < 1;
    if (!bad) {
        virtual_chip_make(im, c, n, 0, 0, 0);
        bad = sum_clips(im, n, c, s, clip, n_clips, neurons, sum);
    }
    const double unit = ldexp(1, c->law.membrane.frac_bits), all = (double)n_clips * s->n_ticks;
    for (int k = 0; !bad && k < neurons; k++) {
        struct sums total = {0};
        for (int i = 0; i < n_clips; i++) {
            const struct sums *one = &sum[(size_t)i * (size_t)neurons + (size_t)k];
            total.v += one->v;
            total.v2 += one->v2;
            total.spikes += one->spikes;
        }
        const double mean = total.v / all;
        at[k] = (struct initialise_moment){mean / unit,
                                           sqrt(fmax(total.v2 / all - mean * mean, 0)) / unit,
                                           (double)total.spikes / all};
    }
    virtual_chip_free(im);
    free(sum);
    return bad ? fail(f, "first weights: out of memory") : 0;
}
