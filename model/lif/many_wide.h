// A layer whose lanes are neurons of one clip. For model/lif/kernel_many.c only.
//
// Gather: sources come as bits, MANY_UNIT a word. For every 4 of them the layer's table holds the
// sums of all 16 subsets of their rows, made once a chip: whatever spikes, a tick adds one row for
// every 4 sources, and no branch depends on data. The first subset sums hold the bias too.
#ifndef MODEL_LIF_MANY_WIDE_H
#define MODEL_LIF_MANY_WIDE_H

#include "model/lif/many_step.h"

enum { MANY_MOST = 2 * MANY_LANES / FX16 }; // registers of a slice

// acc += the rows of one unit of sources.
FX_LANES_INLINE void add_unit(fx16 *acc, const int16_t *table, unsigned sources, int lanes)
{
    for (int g = 0; g < 4; g++, sources /= 16, table += 16 * lanes) {
        const int16_t *row = table + (sources % 16) * (unsigned)lanes;
        for (int i = 0; i < lanes / FX16; i++)
            acc[i] += fx16_load(row + i * FX16);
    }
}

// One slice of a layer for a block. The state of clip k is in y->v, or, of a single clip, in
// registers all along.
FX_LANES_INLINE void run_wide(struct many *m, int l, int slice, const struct block *b,
                              const struct plan *p, const int lanes, const bool recurrent,
                              const bool single, const bool traced)
{
    struct many_layer *y = &m->layer[l];
    const int n = lanes / FX16, n_clips = single ? 1 : b->n_clips;
    const int words = y->n_slices * lanes, at = slice * lanes, units_out = y->units_out;
    const int own_units = recurrent ? y->lanes / MANY_UNIT : 0, unit_words = 4 * 16 * lanes;
    const int units_in = y->units_in, room = network_padded(y->n_out) - at;
    const int16_t *table = y->table + slice * (units_in + own_units) * unit_words;
    const int16_t *own_table = table + units_in * unit_words;
    const struct bounds bounds = bounds_of(&m->law);
    int in_stride;
    const uint16_t *in = sources_of(m, l, &in_stride);
    uint16_t *z = y->z + at / MANY_UNIT;
    const uint16_t *before = z + (MANY_TICKS - 1) * MANY_CLIPS * units_out;
    const int16_t *jitter[MANY_CLIPS];
    int16_t *c16[MANY_CLIPS];
    fx16 v[MANY_MOST], lambda[MANY_MOST], slope[MANY_MOST], theta[MANY_MOST];

    for (int k = 0; k < n_clips; k++) {
        struct trace_layer *ty = &b->t[k].layer[l];
        jitter[k] = p->jitter ? b->s[k].jitter + b->first_tick : 0;
        c16[k] = ty->c16 ? ty->c16 + (size_t)b->first_tick * (size_t)ty->stride + at : 0;
        if (b->first_tick) continue;
        for (int i = 0; i < lanes; i++)
            y->v[k * words + at + i] = 0;
        for (int i = 0; i < lanes / MANY_UNIT; i++)
            y->z[((MANY_TICKS - 1) * MANY_CLIPS + k) * units_out + at / MANY_UNIT + i] = 0;
    }
    for (int i = 0; i < n; i++) {
        v[i] = fx16_load(y->v + at + i * FX16);
        lambda[i] = fx16_load(y->lambda + at + i * FX16);
        slope[i] = fx16_load(y->slope + at + i * FX16);
        theta[i] = fx16_load(y->theta + at + i * FX16);
    }
    for (int tick = 0; tick < b->n_ticks; tick++) {
        const uint16_t *x = in + tick * MANY_CLIPS * in_stride;
        uint16_t *out = z + tick * MANY_CLIPS * units_out;
        int16_t *state = y->v + at;
        for (int k = 0; k < n_clips; k++, x += in_stride, state += words) {
            fx16 acc[MANY_MOST], odd[MANY_MOST];
            for (int i = 0; i < n; i++)
                acc[i] = odd[i] = (fx16){0};
            for (int u = 0; u < units_in; u++)
                add_unit(acc, table + u * unit_words, x[u], lanes);
            for (int u = 0; u < own_units; u += 2) {
                const uint16_t *own = before + k * units_out + u;
                add_unit(acc, own_table + u * unit_words, own[0], lanes);
                add_unit(odd, own_table + (u + 1) * unit_words, own[1], lanes);
            }
            uint64_t fired[2] = {0};
            for (int i = 0; i < n; i++) {
                fx16 input = recurrent ? acc[i] + odd[i] : acc[i], leak = lambda[i];
                if (p->jitter) leak = jittered(p, leak, slope[i], fx16_set(jitter[k][tick]));
                if (p->rounds)
                    input = fx16_shr(input, y->align, m->law.round_current) +
                            fx16_load(y->bias + at + i * FX16);
                if (!single) v[i] = fx16_load(state + i * FX16);
                struct ticked d = step(p, &bounds, v[i], input, leak, theta[i]);
                v[i] = d.v;
                if (!single) fx16_store(state + i * FX16, v[i]);
                fired[i * FX16 / 64] |= (uint64_t)fx16_bits(d.fired) * fx_one(i * FX16 % 64);
                if (traced && c16[k] && i * FX16 < room)
                    fx16_store(c16[k] + tick * b->t[k].layer[l].stride + i * FX16, d.c);
            }
            __builtin_memcpy(out + k * units_out, fired, (size_t)lanes / 8);
        }
        before = out;
    }
    for (int i = 0; single && i < n; i++)
        fx16_store(y->v + at + i * FX16, v[i]);
}

// Row `source` of the image's weights for the lanes of a slice, lined up with the membrane; none:
// 0.
static inline void many_row(const struct many *m, int l, int source, int first, int n, int16_t *row,
                            int lanes)
{
    const struct image_layer *from = &m->image->layer[l];
    int align = m->layer[l].align, i = 0;
    const int16_t *w = from->w + (size_t)(source < 0 ? 0 : source) * (size_t)from->n_out + first;
    if (source >= 0 && n == lanes) __builtin_memcpy(row, w, (size_t)lanes * sizeof *row);
    for (i = source < 0 ? 0 : n; i < lanes; i++)
        row[i] = 0;
    for (i = 0; source >= 0 && n < lanes && i < n; i++)
        row[i] = w[i];
    for (i = 0; align < 0 && i < n; i++)
        row[i] = (int16_t)fx_sat(fx_shl(row[i], -align), fx_min(16), fx_max(16));
}

// What x may add to a sum, above 0 or below.
FX_LANES_INLINE void widen(fx16 *above, fx16 *below, fx16 x)
{
    const fx16 none = {0};
    *above = fx16_add_sat(*above, fx16_larger(x, none));
    *below = fx16_add_sat(*below, fx16_larger(fx16_sub_sat(none, x), none));
}

// The table of one slice. True if 16 bits hold every sum that sources and bias can make: what is
// above 0 of weights and bias, and what is below, each added up with saturation, do not reach 2^15 − 1.
FX_LANES_INLINE bool build_wide(struct many *m, int l, int slice, const int lanes)
{
    struct many_layer *y = &m->layer[l];
    const int first = slice * lanes, n = y->n_out - first < lanes ? y->n_out - first : lanes;
    const int inputs = y->units_in * MANY_UNIT, own = y->recurrent ? lanes : 0;
    int16_t *table = y->table + slice * ((inputs + own) / 4 * 16 * lanes);
    int16_t w[4][2 * MANY_LANES];
    fx16 above[MANY_MOST], below[MANY_MOST];
    for (int k = 0; k < lanes / FX16; k++)
        above[k] = below[k] = (fx16){0};
    for (int k = 0; k < lanes / FX16; k++)
        widen(&above[k], &below[k], fx16_load(y->bias + first + k * FX16));
    for (int i = 0; i < inputs + own; i += 4, table += 16 * lanes) {
        for (int j = 0; j < 4; j++) {
            const int neuron = i + j - inputs, rows = y->taps * y->n_in;
            int row = neuron < y->n_out ? rows + neuron : -1;
            if (i + j < inputs) row = many_source(y, i + j);
            many_row(m, l, row, first, n, w[j], lanes);
        }
        bool biased = i == 0 && y->align <= 0;
        for (int k = 0; k < lanes / FX16; k++) {
            fx16 sum[16];
            sum[0] = biased ? fx16_load(y->bias + first + k * FX16) : fx16_set(0);
            for (int j = 0, half = 1; j < 4; j++, half *= 2) {
                fx16 row = fx16_load(w[j] + k * FX16);
                widen(&above[k], &below[k], row);
                for (int a = 0; a < half; a++)
                    sum[half + a] = fx16_add_wrap(sum[a], row, 16); // the bounds tell
            }
            for (int a = 0; a < 16; a++)
                fx16_store(table + a * lanes + k * FX16, sum[a]);
        }
    }
    uint32_t beyond = 0;
    for (int k = 0; k < lanes / FX16; k++)
        beyond |= fx16_bits(fx16_at_least(fx16_larger(above[k], below[k]), fx16_set(INT16_MAX)));
    return !beyond;
}

#endif
