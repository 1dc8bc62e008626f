// The oracle of a network: ticks of whole layers, with writes, flips, delays and recurrence.
//
// Keeps its own copy of every word and state of an image, as 64-bit integers, and shares nothing
// with model/lif/network.c: a neuron walks its sources in the order of the rows.
#ifndef TESTS_ORACLE_ORACLE_NET_H
#define TESTS_ORACLE_ORACLE_NET_H

#include "model/lif/trace.h"
#include "tests/oracle/oracle_corners.h"

#include <string.h>

enum { ORACLE_TICKS = 24, ORACLE_LAYERS = 3, ORACLE_WIDTH = 96, ORACLE_ROWS = 4 * ORACLE_WIDTH };

struct oracle_neuron {
    int64_t word[WORDS]; // by enum image_word; no weight
};

struct oracle_layer {
    int n_in, n_out, n_source, n_rows, align, max_spikes, taps, spacing;
    bool one_to_one, recurrent, delayed;
    int64_t w[ORACLE_ROWS][ORACLE_WIDTH]; // (n_rows, n_out)
    struct oracle_neuron neuron[ORACLE_WIDTH];
    int64_t spikes[ORACLE_WIDTH]; // of this tick, and of the one before it
    int64_t before[ORACLE_WIDTH];
};

struct oracle_net {
    struct law law;
    int n_layers;
    struct oracle_layer layer[ORACLE_LAYERS];
    // What happened: each neuron's tick, and the output spikes over all ticks.
    struct oracle_step step[ORACLE_TICKS][ORACLE_LAYERS][ORACLE_WIDTH];
    struct law_state began[ORACLE_TICKS][ORACLE_LAYERS][ORACLE_WIDTH]; // after the tick's writes
    int64_t count[ORACLE_WIDTH];
    int64_t layer_spikes[ORACLE_LAYERS];
    int64_t hits[ORACLE_CORNER_COUNT];
    int64_t came_back; // how often saturate_each held a sum that the next source moved back
    bool backwards;    // sources from last to first: wrong, for a test of the test
};

// Bits of a word; *is_signed says how its highest is read. 0: the law has no such word.
static inline int oracle_word_bits(const struct law *a, enum image_word word, bool *is_signed)
{
    bool is_mu2 = word == WORD_MU2 || word == WORD_MU2_SLOPE;
    bool is_slope = word == WORD_LAMBDA_SLOPE || word == WORD_MU_SLOPE || word == WORD_MU2_SLOPE;
    bool is_mu = is_mu2 || word == WORD_MU || word == WORD_MU_SLOPE;
    enum law_leak kind = is_mu ? a->decay_kind : a->leak_kind;
    int bits = 0, needed = is_mu2 || word == WORD_U2 ? 2 : is_mu || word == WORD_U ? 1 : 0;
    *is_signed = true;
    if (a->currents < needed) return 0;
    switch (word) {
    case WORD_WEIGHT:
        return a->weight.int_bits + a->weight.frac_bits;
    case WORD_U:
    case WORD_U2:
        return a->current.int_bits + a->current.frac_bits;
    case WORD_GAIN:
        return a->has_gain ? a->gain.int_bits + a->gain.frac_bits : 0;
    case WORD_REST:
    case WORD_RESET:
        if (!a->has_rest) return 0;
        break;
    case WORD_THETA:
    case WORD_BIAS:
    case WORD_V:
        break;
    case WORD_R:
        *is_signed = false;
        while (oracle_power(bits) <= a->refractory_ticks)
            bits++;
        return bits;
    default: // λ, μ and their slopes
        *is_signed = a->leak_signed && kind == LAW_LEAK_EXPONENTIAL && !is_slope;
        if (kind == LAW_LEAK_NONE) return 0;
        if (kind == LAW_LEAK_TWO_SHIFTS) return is_slope ? 0 : 10;
        if (kind == LAW_LEAK_SHIFT || kind == LAW_LEAK_SHIFT_MOVES) return is_slope ? 0 : 5;
        return is_slope ? 16 : a->leak.int_bits + a->leak.frac_bits;
    }
    return a->membrane.int_bits + a->membrane.frac_bits;
}

static inline void oracle_net_init(struct oracle_net *o, const struct image *im)
{
    memset(o, 0, sizeof *o);
    o->law = im->law;
    o->n_layers = im->n_layers;
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        struct oracle_layer *p = &o->layer[l];
        const struct law *a = &im->law;
        p->n_in = y->n_in;
        p->n_out = y->n_out;
        p->one_to_one = y->topology == IMAGE_ONE_TO_ONE;
        p->recurrent = y->recurrent;
        p->delayed = y->delayed;
        p->max_spikes = y->max_spikes;
        p->taps = y->taps;
        p->spacing = y->spacing;
        p->n_source = p->one_to_one ? 1 : p->taps * p->n_in + (p->recurrent ? p->n_out : 0);
        p->n_rows = a->currents == 2 ? 2 * p->n_source : p->n_source;
        p->align = a->weight.frac_bits + (l ? 0 : a->input.frac_bits) +
                   (a->has_gain ? a->gain.frac_bits : 0) - a->membrane.frac_bits;
        for (int i = 0; i < p->n_rows; i++)
            for (int n = 0; n < p->n_out; n++)
                p->w[i][n] = y->w[i * p->n_out + n];
        for (int n = 0; n < p->n_out; n++) {
            const struct law_neuron *q = &y->neuron[n];
            p->neuron[n] = (struct oracle_neuron){{[WORD_LAMBDA] = q->lambda,
                                                   [WORD_LAMBDA_SLOPE] = q->lambda_slope,
                                                   [WORD_MU] = q->mu,
                                                   [WORD_MU_SLOPE] = q->mu_slope,
                                                   [WORD_THETA] = q->theta,
                                                   [WORD_BIAS] = q->bias,
                                                   [WORD_MU2] = q->mu2,
                                                   [WORD_MU2_SLOPE] = q->mu2_slope,
                                                   [WORD_GAIN] = q->gain,
                                                   [WORD_REST] = q->rest,
                                                   [WORD_RESET] = q->reset,
                                                   [WORD_V] = a->has_rest ? q->rest : 0}};
        }
    }
}

// The digits of a word in base 2, turned over where `mask` has a 1: what XOR does, bit by bit.
static inline int64_t oracle_flipped(int64_t word, int64_t mask, int bits, bool is_signed)
{
    oracle_int place = 1, sum = 0, x, y, one, other;
    oracle_euclid(word, oracle_power(bits), &x);
    oracle_euclid(mask, oracle_power(bits), &y);
    for (int i = 0; i < bits; i++, place *= 2) {
        x = oracle_euclid(x, 2, &one);
        y = oracle_euclid(y, 2, &other);
        sum += one != other ? place : 0;
    }
    return (int64_t)(is_signed ? oracle_wrap(sum, bits) : sum);
}

static inline void oracle_write(struct oracle_net *o, const struct stimulus_write *e)
{
    struct oracle_layer *p = &o->layer[e->layer];
    int64_t *word =
        e->word == WORD_WEIGHT ? &p->w[e->row][e->neuron] : &p->neuron[e->neuron].word[e->word];
    bool is_signed;
    int bits = oracle_word_bits(&o->law, e->word, &is_signed);
    *word = e->flip ? oracle_flipped(*word, e->value, bits, is_signed) : e->value;
}

// Word of source i of a layer in this tick.
static inline int64_t oracle_source(const struct oracle_net *o, const struct stimulus *s, int tick,
                                    int l, int i)
{
    const struct oracle_layer *p = &o->layer[l];
    if (i >= p->taps * p->n_in) return p->before[i - p->taps * p->n_in];
    if (i >= p->n_in) { // what the layer before it fired then
        int then = tick - i / p->n_in * p->spacing - p->delayed;
        return then < 0 ? 0 : o->step[then][l - 1][i % p->n_in].s.fire;
    }
    if (l == 0) return s->wide ? s->wide[tick * p->n_in + i] : (int64_t)s->x[tick * p->n_in + i];
    return p->delayed ? o->layer[l - 1].before[i] : o->layer[l - 1].spikes[i];
}

// The sum of a neuron's synapse over its sources.
static inline int64_t oracle_gather(struct oracle_net *o, const struct stimulus *s, int tick, int l,
                                    int n, int which)
{
    const struct oracle_layer *p = &o->layer[l];
    const struct law *a = &o->law;
    int bits = a->current.int_bits + a->current.frac_bits;
    oracle_int acc = a->saturate_each ? p->neuron[n].word[which ? WORD_U2 : WORD_U] : 0;
    bool was_held = false;
    for (int k = 0; k < p->n_source; k++) {
        int i = o->backwards ? p->n_source - 1 - k : k;
        int64_t w = p->w[which * p->n_source + i][n];
        oracle_int product = w * (oracle_int)oracle_source(o, s, tick, l, p->one_to_one ? n : i);
        acc += product;
        if (!a->saturate_each) continue;
        bool held = acc < oracle_end(a, bits) || acc > oracle_high(bits);
        o->came_back += was_held && product != 0 && !held;
        was_held = held;
        acc = oracle_saturate(acc, oracle_end(a, bits), oracle_high(bits));
    }
    return (int64_t)acc;
}

// Whether a source of the neuron is active.
static inline bool oracle_heard(const struct oracle_net *o, const struct stimulus *s, int tick,
                                int l, int n)
{
    const struct oracle_layer *p = &o->layer[l];
    int64_t active = 0;
    for (int k = 0; k < p->n_source; k++)
        active += oracle_source(o, s, tick, l, p->one_to_one ? n : k) != 0;
    return active > 0;
}

static inline void oracle_tick(struct oracle_net *o, const struct stimulus *s, int tick, int l)
{
    struct oracle_layer *p = &o->layer[l];
    for (int n = 0; n < p->n_out; n++) {
        int64_t *w = p->neuron[n].word;
        struct oracle_case k = {
            .law = o->law,
            .layer = {p->align, p->max_spikes},
            .n = {(int32_t)w[WORD_LAMBDA], (int32_t)w[WORD_LAMBDA_SLOPE], (int32_t)w[WORD_MU],
                  (int32_t)w[WORD_MU_SLOPE], (int32_t)w[WORD_THETA], (int32_t)w[WORD_BIAS],
                  (int32_t)w[WORD_MU2], (int32_t)w[WORD_MU2_SLOPE], (int32_t)w[WORD_GAIN],
                  (int32_t)w[WORD_REST], (int32_t)w[WORD_RESET]},
            .before = {(int32_t)w[WORD_V], (int32_t)w[WORD_U], (int32_t)w[WORD_U2],
                       (int32_t)w[WORD_R]},
            .acc = {oracle_gather(o, s, tick, l, n, 0),
                    o->law.currents == 2 ? oracle_gather(o, s, tick, l, n, 1) : 0,
                    oracle_heard(o, s, tick, l, n)},
            .jitter = s->jitter ? s->jitter[tick] : 0};
        struct oracle_step *t = &o->step[tick][l][n];
        *t = oracle_run(&k);
        oracle_count(&k, t, o->hits);
        o->began[tick][l][n] = k.before;
        w[WORD_V] = t->next.v;
        w[WORD_U] = t->next.u;
        w[WORD_U2] = t->next.u2;
        w[WORD_R] = t->next.r;
        p->spikes[n] = t->s.fire;
        o->layer_spikes[l] += t->s.fire;
        if (l == o->n_layers - 1) o->count[n] += t->s.fire;
    }
}

// `late`: ticks by which writes come too late, 0 but in a test of the test.
static inline void oracle_net_run(struct oracle_net *o, const struct stimulus *s, int late)
{
    for (int tick = 0; tick < s->n_ticks; tick++) {
        for (int i = 0; i < s->n_writes; i++)
            if (s->write[i].tick + late == tick) oracle_write(o, &s->write[i]);
        for (int l = 0; l < o->n_layers; l++)
            oracle_tick(o, s, tick, l);
        for (int l = 0; l < o->n_layers; l++)
            memcpy(o->layer[l].before, o->layer[l].spikes, sizeof o->layer[l].before);
    }
}

#endif
