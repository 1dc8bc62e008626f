// A layer whose lanes are at most 16 neurons of several clips. For model/lif/kernel_many.c only.
//
// What a tick gathers depends on no state, so a slice's currents are gathered first, for all ticks;
// then its neurons run through them.
#ifndef MODEL_LIF_MANY_PACKED_H
#define MODEL_LIF_MANY_PACKED_H

#include "model/lif/many_step.h"

// Current and bias of clips from `first` on, from dense sources: a table of 256 sums for every 8
// sources, 4 neurons in a number. n_eights: of sources.
FX_LANES_INLINE void gather_dense(struct many *m, int l, int first, int n_clips, int n_ticks,
                                  const int fours, const int n_eights)
{
    int stride;
    const uint16_t *z = sources_of(m, l, &stride) + first * stride;
    const uint64_t *table = (const uint64_t *)(const void *)m->layer[l].table;
    for (int tick = 0; tick < n_ticks; tick++, z += MANY_CLIPS * stride) {
        int16_t *to = m->input + tick * MANY_LANES;
        for (int k = 0; k < n_clips; k++, to += 4 * fours) {
            const uint8_t *eight = (const uint8_t *)(z + k * stride); // bits 8i..8i+7 are byte i
            uint64_t sum[4], words;
            for (int i = 0; i < fours; i++)
                sum[i] = FX16_FOUR;
            for (int g = 0; g < n_eights; g++)
                for (int i = 0; i < fours; i++)
                    sum[i] += table[(g * 256 + eight[g]) * fours + i];
            for (int i = 0; i < fours; i++) {
                words = fx16_four_words(sum[i]);
                __builtin_memcpy(to + 4 * i, &words, sizeof words);
            }
        }
    }
}

// The same of one clip of a one-to-one layer: source n reaches neuron n only.
FX_LANES_INLINE void gather_one_to_one(struct many *m, int l, int slice, int clip, int place,
                                       const struct block *b)
{
    const struct many_layer *y = &m->layer[l];
    const int first = slice * MANY_UNIT, n = y->n_in - first < 16 ? y->n_in - first : 16;
    const struct stimulus *s = &b->s[clip];
    const fx_lanes w = fxl_load16(y->w + first), bias = fxl_load16(y->bias + slice * y->lanes);
    const size_t end = (size_t)s->n_ticks * (size_t)y->n_in;
    size_t at = (size_t)b->first_tick * (size_t)y->n_in + (size_t)first;
    int16_t *to = m->input + place * MANY_UNIT;
    int stride;
    const uint16_t *z = sources_of(m, l, &stride) + clip * stride + slice;
    for (int tick = 0; tick < b->n_ticks; tick++, at += (size_t)y->n_in, to += MANY_LANES) {
        uint8_t padded[16] = {0};
        const uint8_t *x = padded;
        if (l)
            for (int i = 0; i < n; i++)
                padded[i] = fx_bit(z[tick * MANY_CLIPS * stride], i);
        else if (at + 16 <= end) // ends with others' words, perhaps, whose w is 0
            x = s->x + at;
        else
            __builtin_memcpy(padded, s->x + at, (size_t)n);
        fxl_store16(to, fxl_shr(w * fxl_load_bytes(x), y->align, m->law.round_current) + bias);
    }
}

static inline void gather_slice(struct many *m, int l, int slice, int first, int n_clips,
                                const struct block *b, bool jitter)
{
    const struct many_layer *y = &m->layer[l];
    const int n_ticks = b->n_ticks, fours = y->one_to_one ? 0 : y->neurons / 4;
    const int n_eights = 2 * y->units_in;
    if (fours == 1 && n_eights == 8) gather_dense(m, l, first, n_clips, n_ticks, 1, 8);
    if (fours == 1 && n_eights != 8) gather_dense(m, l, first, n_clips, n_ticks, 1, n_eights);
    if (fours == 2) gather_dense(m, l, first, n_clips, n_ticks, 2, n_eights);
    if (fours == 4) gather_dense(m, l, first, n_clips, n_ticks, 4, n_eights);
    for (int k = 0; k < n_clips; k++) {
        if (y->one_to_one) gather_one_to_one(m, l, slice, first + k, k, b);
        for (int tick = 0; jitter && tick < b->n_ticks; tick++) {
            uint64_t four = fx16_four_same(b->s[first + k].jitter[b->first_tick + tick]);
            for (int i = 0; i < y->neurons; i += 4)
                __builtin_memcpy(m->jitter + tick * MANY_LANES + k * y->neurons + i, &four, 8);
        }
    }
}

// The slice's ticks; c takes the place of the input. count: (MANY_LANES) spikes of each lane.
FX_LANES_INLINE void run_lanes(struct many *m, int l, int slice, int16_t *state,
                               const struct block *b, int16_t *count, const struct plan *p)
{
    const struct many_layer *y = &m->layer[l];
    enum { N = MANY_LANES / FX16 };
    const int at = slice * MANY_LANES;
    const struct bounds bounds = bounds_of(&m->law);
    fx16 v[N], sum[N], lambda[N], theta[N];
    for (int i = 0; i < N; i++) {
        v[i] = b->first_tick ? fx16_load(state + i * FX16) : fx16_set(0);
        sum[i] = fx16_set(0);
        lambda[i] = fx16_load(y->lambda + at + i * FX16);
        theta[i] = fx16_load(y->theta + at + i * FX16);
    }
    for (int tick = 0; tick < b->n_ticks; tick++) {
        int16_t *input = m->input + tick * MANY_LANES;
        uint64_t fired = 0;
        for (int i = 0; i < N; i++) {
            fx16 x = fx16_load(input + i * FX16), leak = lambda[i];
            if (p->rounds)
                x = fx16_shr(x, y->align, m->law.round_current) +
                    fx16_load(y->bias + at + i * FX16);
            if (p->jitter)
                leak = jittered(p, leak, fx16_load(y->slope + at + i * FX16),
                                fx16_load(m->jitter + tick * MANY_LANES + i * FX16));
            struct ticked d = step(p, &bounds, v[i], x, leak, theta[i]);
            v[i] = d.v;
            sum[i] = fx16_count(sum[i], d.fired);
            fx16_store(input + i * FX16, d.c);
            fired |= (uint64_t)fx16_bits(d.fired) * fx_one(i * FX16);
        }
        m->fired[tick] = fired;
    }
    for (int i = 0; i < N; i++) {
        fx16_store(state + i * FX16, v[i]);
        fx16_store(count + i * FX16, sum[i]);
    }
}

// What the slice's clips did, from its lanes to each clip's own place; `neurons` are y->neurons.
static inline void scatter(struct many *m, int l, int slice, int first, int n_clips,
                           const struct block *b, const int16_t *count, const int neurons)
{
    const struct many_layer *y = &m->layer[l];
    const bool last = l == m->n_layers - 1;
    const int from = slice * neurons, n = y->n_out - from < neurons ? y->n_out - from : neurons;
    for (int k = 0; k < n_clips; k++) {
        struct trace *t = &b->t[first + k];
        const struct trace_layer *ty = &t->layer[l];
        uint16_t *z = y->z + (first + k) * y->units_out + slice;
        int16_t *c16 = ty->c16 ? ty->c16 + (size_t)b->first_tick * (size_t)ty->stride + from : 0;
        for (int i = 0; last && i < n; i++)
            t->count[from + i] += count[k * neurons + i];
        for (int tick = 0; (!last || ty->z) && tick < b->n_ticks; tick++)
            z[tick * MANY_CLIPS * y->units_out] =
                (uint16_t)fx_field(m->fired[tick], k * neurons, neurons);
        for (int tick = 0; ty->c16 && tick < b->n_ticks; tick++, c16 += ty->stride)
            __builtin_memcpy(c16, m->input + tick * MANY_LANES + k * neurons, 2 * (size_t)neurons);
    }
}

FX_LANES_INLINE void run_packed(struct many *m, int l, const struct block *b, const struct plan *p)
{
    const struct many_layer *y = &m->layer[l];
    int each = y->lanes / y->neurons;
    for (int first = 0; first < b->n_clips; first += each)
        for (int slice = 0; slice < y->n_slices; slice++) {
            int16_t count[MANY_LANES];
            int n = b->n_clips - first < each ? b->n_clips - first : each;
            int state = (first / each * y->n_slices + slice) * MANY_LANES;
            gather_slice(m, l, slice, first, n, b, p->jitter);
            run_lanes(m, l, slice, y->v + state, b, count, p);
            if (y->neurons == 4)
                scatter(m, l, slice, first, n, b, count, 4);
            else if (y->neurons == 8)
                scatter(m, l, slice, first, n, b, count, 8);
            else
                scatter(m, l, slice, first, n, b, count, 16);
        }
}

// The table of gather_dense.
FX_LANES_INLINE void build_packed(struct many *m, int l, const int fours)
{
    struct many_layer *y = &m->layer[l];
    const struct image_layer *from = &m->image->layer[l];
    uint64_t *table = (uint64_t *)(void *)y->table;
    for (int i = 0; i < y->units_in * MANY_UNIT; i += 8, table += 256 * fours) {
        for (int k = 0; k < fours; k++)
            table[k] = 0;
        for (int n = 0; i == 0 && y->align <= 0 && n < y->neurons; n++)
            table[n / 4] += fx16_word_of_four(y->bias[n], n % 4);
        for (int j = 0, half = 1; j < 8; j++, half *= 2) {
            uint64_t add[4] = {0};
            const int row = many_source(y, i + j);
            for (int n = 0; row >= 0 && n < y->n_out; n++)
                add[n / 4] += fx16_word_of_four(
                    fx_shl(from->w[row * y->n_out + n], y->align < 0 ? -y->align : 0), n % 4);
            for (int a = 0; a < half; a++)
                for (int k = 0; k < fours; k++)
                    table[(half + a) * fours + k] = table[a * fours + k] + add[k];
        }
    }
}

// Whether 16 bits hold current and bias of a layer; the largest sum of a neuron is
// image_gather_bound.
static inline bool packed_fits(const struct many *m, int l)
{
    const struct many_layer *y = &m->layer[l];
    int64_t bias = 0, top = fx_max(16), most = image_gather_bound(m->image, l);
    for (int i = 0; i < y->n_slices * y->lanes; i++) {
        int64_t b = y->bias[i] < 0 ? -y->bias[i] : y->bias[i];
        if (b > bias) bias = b;
    }
    if (y->align < 0) return fx_shl(most, -y->align) + bias <= top;
    bool held = most <= (y->one_to_one ? fx_max(31) : top); // lanes of 32, or of 16 bits
    return held && fx_shr_ceil(most, y->align) + bias <= top;
}

#endif
