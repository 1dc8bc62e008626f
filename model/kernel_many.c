// The kernel of many clips: network_run_ref's bits, in 16-bit lanes, layer after layer.
//
// Compiled once for each instruction set (ISA_NAME). As in kernel.c one inlined body is
// instantiated for the laws in use, so that in those no choice is left inside a tick.
//
// Gather: sources come as bits, MANY_UNIT a word. For every 4 of them the table of a layer holds
// the sums of all 16 subsets of their rows, made once a chip: whatever spikes, a tick adds one row
// for every 4 sources, and no branch depends on data. The bias is in the first subset sums.
#include "model/fx_lanes16.h"
#include "model/many.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#ifndef ISA_NAME
#define ISA_NAME generic
#endif
#define MANY_BUILD JOIN(many_build_, ISA_NAME)
#define MANY_RUN   JOIN(many_run_, ISA_NAME)

bool MANY_BUILD(struct many *m);
void MANY_RUN(struct many *m, int n, const struct stimulus *s, struct trace *t);

// What of the law is the same for all neurons and ticks: constants, where a law has an instance.
struct plan {
    enum law_leak leak_kind;
    enum fx_round round_leak;
    bool wrap;
    bool floor_zero;
    bool fire_gt;
    bool reset_subtract;
    int bits; // of the membrane
    bool jitter;
    bool jitters_within; // see struct many_layer
    bool high_lambda;
    int leak_shift; // of λ that jitters out of its format
    uint16_t leak_top;
};

// λ_t = λ + rne(δ·j / 2^15), held to its format.
FX_LANES_INLINE fx16 jittered(const struct plan *p, fx16 lambda, fx16 slope, fx16 jitter)
{
    fx16 high = fx16_mul_high(slope, jitter), low = fx16_mul_low(slope, jitter);
    if (p->jitters_within) // slope is 2δ
        return lambda + high - fx16_up(high, low, FX_NEAREST_EVEN);
    fx16 whole = high + high - fx16_negative(low);
    fx16 moved = whole - fx16_up(whole, low + low, FX_NEAREST_EVEN);
    const fx16 sign = fx16_set(INT16_MIN);
    lambda = fx16_shr_unsigned(lambda, p->leak_shift);
    lambda = fx16_add_sat(lambda ^ sign, moved) ^ sign; // saturates as an unsigned word
    lambda -= fx16_sub_sat_unsigned(lambda, fx16_set((int16_t)fx_wrap(p->leak_top, 16)));
    return fx16_shl(lambda, p->leak_shift);
}

// v − leak(v): never more than 16 bits, as the leak has v's sign and at most its magnitude.
FX_LANES_INLINE fx16 kept(const struct plan *p, fx16 v, fx16 lambda)
{
    if (p->leak_kind == LAW_LEAK_NONE) return v;
    if (p->leak_kind == LAW_LEAK_LINEAR) {
        if (p->floor_zero) return fx16_sub_sat_unsigned(v, lambda);
        return v - fx16_smaller(fx16_larger(v, -lambda), lambda);
    }
    fx16 low = fx16_mul_low(v, lambda), high;
    if (p->floor_zero) {
        high = fx16_mul_high_unsigned(v, lambda);
    } else {
        high = fx16_mul_high(v, lambda); // λ − 2^16 for a λ of 2^15 or more
        if (p->high_lambda) high += v & fx16_negative(lambda);
    }
    return v - high + fx16_up(high, low, p->round_leak);
}

struct ticked { // of FX16 neurons
    fx16 c;
    fx16 v;
    fx16_mask fired;
};

// Stages leak to reset; input is current and bias.
FX_LANES_INLINE struct ticked step(const struct plan *p, fx16 v, fx16 input, fx16 lambda,
                                   fx16 theta)
{
    struct ticked y;
    fx16 k = kept(p, v, lambda), less;
    y.c = fx16_clamp(p->wrap ? k + input : fx16_add_sat(k, input), p->bits, p->wrap);
    if (p->floor_zero) y.c = fx16_larger(y.c, fx16_set(0));
    y.fired = p->fire_gt ? fx16_above(y.c, theta) : fx16_at_least(y.c, theta);
    if (p->reset_subtract) {
        less = fx16_clamp(p->wrap ? y.c - theta : fx16_sub_sat(y.c, theta), p->bits, p->wrap);
        if (p->floor_zero) less = fx16_larger(less, fx16_set(0));
    } else {
        less = fx16_set(0);
    }
    y.v = fx16_select(y.fired, less, y.c);
    return y;
}

// Where the run stands.
struct block {
    int first_tick;
    int n_ticks;
    int n_clips;
    const struct stimulus *s; // (n_clips)
    struct trace *t;          // (n_clips)
};

static const uint16_t *sources_of(const struct many *m, int l, int clip, int *stride)
{
    *stride = l ? m->layer[l - 1].units_out : m->layer[0].units_in;
    const uint16_t *z = l ? m->layer[l - 1].z : m->x;
    return z + (size_t)clip * MANY_TICKS * (size_t)*stride;
}

// --- wide layers: a slice is 64 or 128 neurons of one clip -------------------------------------

// acc += the rows of one unit of sources.
FX_LANES_INLINE void add_unit(fx16 *acc, const int16_t *table, unsigned sources, int lanes)
{
    for (int g = 0; g < 4; g++, sources /= 16, table += 16 * lanes) {
        const int16_t *row = table + (sources % 16) * (unsigned)lanes;
        for (int i = 0; i < lanes / FX16; i++)
            acc[i] += fx16_load(row + i * FX16);
    }
}

// One slice of clips first .. first + n_clips − 1 through the ticks of a block.
FX_LANES_INLINE void run_wide(struct many *m, int l, int slice, const struct block *b, int first,
                              const int n_clips, const int lanes, const struct plan *p)
{
    struct many_layer *y = &m->layer[l];
    enum { MOST = 2 * MANY_LANES / FX16, CLIPS = 4 };
    const int n = lanes / FX16, align = y->align;
    const size_t at = (size_t)(slice * lanes);
    const int16_t *lambda = y->lambda + at, *slope = y->slope + at, *theta = y->theta + at;
    const int own_units = y->recurrent ? lanes / MANY_UNIT : 0;
    const int unit_words = 4 * 16 * lanes;
    const int16_t *table = y->table + (size_t)slice * (size_t)(y->units_in * unit_words);
    const int16_t *own_table = table + y->units_in * unit_words;
    fx16 v[CLIPS][MOST];
    uint64_t own[CLIPS][2] = {{0}};
    const uint16_t *in[CLIPS];
    uint16_t *out[CLIPS];
    int16_t *c16[CLIPS], *state[CLIPS];
    const int16_t *jitter[CLIPS];
    int in_stride = 0, room = 0;

    for (int k = 0; k < n_clips; k++) {
        struct trace_layer *ty = &b->t[first + k].layer[l];
        in[k] = sources_of(m, l, first + k, &in_stride);
        out[k] = y->z + (size_t)(first + k) * MANY_TICKS * (size_t)y->units_out + at / MANY_UNIT;
        state[k] = y->v + (size_t)((first + k) * y->n_slices + slice) * (size_t)lanes;
        c16[k] = ty->c16 ? ty->c16 + (size_t)b->first_tick * (size_t)ty->stride + at : 0;
        if (c16[k]) room = network_padded(y->n_out) - (int)at;
        jitter[k] = p->jitter ? b->s[first + k].jitter + b->first_tick : 0;
        for (int i = 0; i < n; i++)
            v[k][i] = b->first_tick ? fx16_load(state[k] + i * FX16) : fx16_set(0);
        if (b->first_tick)
            for (int i = 0; i < lanes / 64; i++)
                __builtin_memcpy(&own[k][i], out[k] + (MANY_TICKS - 1) * y->units_out + 4 * i, 8);
    }
    for (int tick = 0; tick < b->n_ticks; tick++)
        for (int k = 0; k < n_clips; k++) {
            fx16 acc[MOST];
            const uint16_t *x = in[k] + tick * in_stride;
            for (int i = 0; i < n; i++)
                acc[i] = (fx16){0};
            for (int u = 0; u < y->units_in; u++)
                add_unit(acc, table + u * unit_words, x[u], lanes);
            for (int u = 0; u < own_units; u++) {
                add_unit(acc, own_table + u * unit_words, (unsigned)(own[k][u / 4] % 65536), lanes);
                own[k][u / 4] /= 65536;
            }
            for (int i = 0; i < n; i++) {
                fx16 leak = fx16_load(lambda + i * FX16);
                if (p->jitter)
                    leak = jittered(p, leak, fx16_load(slope + i * FX16),
                                    fx16_set(jitter[k][tick]));
                if (align > 0)
                    acc[i] = fx16_shr(acc[i], align, m->law.round_current) +
                             fx16_load(y->bias + at + i * FX16);
                struct ticked z = step(p, v[k][i], acc[i], leak, fx16_load(theta + i * FX16));
                v[k][i] = z.v;
                uint64_t bits = (uint64_t)fx16_bits(z.fired) * fx_one(i * FX16 % 64);
                own[k][i * FX16 / 64] = i * FX16 % 64 ? own[k][i * FX16 / 64] | bits : bits;
                if (c16[k] && i * FX16 < room)
                    fx16_store(c16[k] + tick * b->t[first + k].layer[l].stride + i * FX16, z.c);
            }
            for (int i = 0; i < lanes / 64; i++)
                __builtin_memcpy(out[k] + tick * y->units_out + 4 * i, &own[k][i], 8);
        }
    for (int k = 0; k < n_clips; k++)
        for (int i = 0; i < n; i++)
            fx16_store(state[k] + i * FX16, v[k][i]);
}

// --- packed layers: a slice is at most 16 neurons of several clips ------------------------------

// Current and bias of one clip into its lanes of every tick, from dense sources: a table of 256
// sums for every 8 sources, 4 neurons in a number.
FX_LANES_INLINE void gather_packed(struct many *m, int l, int clip, int place, int n_ticks,
                                   const int fours)
{
    const struct many_layer *y = &m->layer[l];
    int stride;
    const uint16_t *z = sources_of(m, l, clip, &stride);
    const uint64_t *table = (const uint64_t *)y->table;
    int16_t *to = m->input + place * 4 * fours;
    for (int tick = 0; tick < n_ticks; tick++, z += stride, to += MANY_LANES) {
        uint64_t sum[4];
        for (int i = 0; i < fours; i++)
            sum[i] = FX16_FOUR;
        for (int u = 0; u < y->units_in; u++)
            for (int half = 0; half < 2; half++) {
                unsigned eight = half ? z[u] / 256u : z[u] % 256u;
                const uint64_t *row =
                    table + ((unsigned)(2 * u + half) * 256u + eight) * (unsigned)fours;
                for (int i = 0; i < fours; i++)
                    sum[i] += row[i];
            }
        for (int i = 0; i < fours; i++)
            sum[i] = fx16_four_words(sum[i]);
        __builtin_memcpy(to, sum, (size_t)fours * sizeof *sum);
    }
}

// The same of a one-to-one layer: source n reaches neuron n only.
static void gather_one_to_one(struct many *m, int l, int slice, int clip, int place,
                              const struct block *b)
{
    const struct many_layer *y = &m->layer[l];
    int stride, first = slice * MANY_UNIT, n = y->n_in - first < 16 ? y->n_in - first : 16;
    const uint16_t *z = sources_of(m, l, clip, &stride) + slice;
    const struct stimulus *s = &b->s[clip];
    const fx_lanes w = fxl_load16(y->w + first), bias = fxl_load16(y->bias + slice * y->lanes);
    const size_t end = (size_t)s->n_ticks * (size_t)y->n_in;
    size_t at = (size_t)b->first_tick * (size_t)y->n_in + (size_t)first;
    int16_t *to = m->input + place * MANY_UNIT;
    for (int tick = 0; tick < b->n_ticks; tick++, at += (size_t)y->n_in, to += MANY_LANES) {
        uint8_t x[16] = {0};
        if (l)
            for (int i = 0; i < n; i++)
                x[i] = fx_bit(z[tick * stride], i);
        else if (at + 16 <= end) // of the next tick perhaps, whose w is 0
            __builtin_memcpy(x, s->x + at, 16);
        else
            __builtin_memcpy(x, s->x + at, (size_t)n);
        fxl_store16(to, fxl_shr(w * fxl_load_bytes(x), y->align, m->law.round_current) + bias);
    }
}

static void gather_slice(struct many *m, int l, int slice, int first, int n_clips,
                         const struct block *b)
{
    const struct many_layer *y = &m->layer[l];
    for (int k = 0; k < n_clips; k++) {
        if (y->one_to_one)
            gather_one_to_one(m, l, slice, first + k, k, b);
        else if (y->neurons == 4)
            gather_packed(m, l, first + k, k, b->n_ticks, 1);
        else if (y->neurons == 8)
            gather_packed(m, l, first + k, k, b->n_ticks, 2);
        else
            gather_packed(m, l, first + k, k, b->n_ticks, 4);
        if (!b->s[first + k].jitter) continue;
        const int16_t *j = b->s[first + k].jitter + b->first_tick;
        for (int tick = 0; tick < b->n_ticks; tick++)
            for (int i = 0; i < y->neurons; i++)
                m->jitter[tick * MANY_LANES + k * y->neurons + i] = j[tick];
    }
}

// The slice's ticks; c takes the place of the input. count: (MANY_LANES) spikes of each lane.
FX_LANES_INLINE void run_lanes(struct many *m, int l, int slice, int16_t *state,
                               const struct block *b, int16_t *count, const struct plan *p)
{
    const struct many_layer *y = &m->layer[l];
    enum { N = MANY_LANES / FX16 };
    const int align = y->one_to_one || y->align < 0 ? 0 : y->align;
    const size_t at = (size_t)(slice * MANY_LANES);
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
            if (align > 0)
                x = fx16_shr(x, align, m->law.round_current) +
                    fx16_load(y->bias + at + i * FX16);
            if (p->jitter)
                leak = jittered(p, leak, fx16_load(y->slope + at + i * FX16),
                                fx16_load(m->jitter + tick * MANY_LANES + i * FX16));
            struct ticked z = step(p, v[i], x, leak, theta[i]);
            v[i] = z.v;
            sum[i] = fx16_count(sum[i], z.fired);
            fx16_store(input + i * FX16, z.c);
            fired |= (uint64_t)fx16_bits(z.fired) * fx_one(i * FX16);
        }
        m->fired[tick] = fired;
    }
    for (int i = 0; i < N; i++) {
        fx16_store(state + i * FX16, v[i]);
        fx16_store(count + i * FX16, sum[i]);
    }
}

// What the slice's clips did, from its lanes to each clip's own place.
static void scatter_slice(struct many *m, int l, int slice, int first, int n_clips,
                          const struct block *b, const int16_t *count)
{
    const struct many_layer *y = &m->layer[l];
    bool last = l == m->n_layers - 1;
    for (int k = 0; k < n_clips; k++) {
        struct trace *t = &b->t[first + k];
        struct trace_layer *ty = &t->layer[l];
        int from = slice * y->neurons, n = y->n_out - from < y->neurons ? y->n_out - from : y->neurons;
        const int16_t *c = m->input + k * y->neurons;
        if (last)
            for (int i = 0; i < n; i++)
                t->count[from + i] += count[k * y->neurons + i];
        if (!last || ty->z) {
            uint16_t *z = y->z + (size_t)(first + k) * MANY_TICKS * (size_t)y->units_out + slice;
                for (int tick = 0; tick < b->n_ticks; tick++)
                z[tick * y->units_out] =
                    (uint16_t)fx_field(m->fired[tick], k * y->neurons, y->neurons);
        }
        if (ty->c16)
            for (int tick = 0; tick < b->n_ticks; tick++)
                __builtin_memcpy(ty->c16 + (size_t)(b->first_tick + tick) * (size_t)ty->stride + from,
                                 c + tick * MANY_LANES, (size_t)n * sizeof *c);
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
            size_t state = (size_t)(first / each * y->n_slices + slice) * MANY_LANES;
            gather_slice(m, l, slice, first, n, b);
            run_lanes(m, l, slice, y->v + state, b, count, p);
            scatter_slice(m, l, slice, first, n, b, count);
        }
}

// --- a block of ticks ---------------------------------------------------------------------------

// Inputs of layer 0 that are not 0, as bits.
static void read_inputs(struct many *m, const struct block *b)
{
    const struct many_layer *y = &m->layer[0];
    for (int k = 0; k < b->n_clips; k++) {
        const struct stimulus *s = &b->s[k];
        const uint8_t *x = s->x + (size_t)b->first_tick * (size_t)y->n_in;
        const uint8_t *end = s->x + (size_t)s->n_ticks * (size_t)y->n_in;
        uint16_t *to = m->x + (size_t)k * MANY_TICKS * (size_t)y->units_in;
        for (int tick = 0; tick < b->n_ticks; tick++, x += y->n_in)
            for (int u = 0; u < y->units_in; u++) {
                int n = y->n_in - u * MANY_UNIT < MANY_UNIT ? y->n_in - u * MANY_UNIT : MANY_UNIT;
                const uint8_t *at = x + u * MANY_UNIT;
                uint8_t padded[MANY_UNIT] = {0};
                if (end - at < MANY_UNIT) {
                    __builtin_memcpy(padded, at, (size_t)n);
                    at = padded;
                }
                *to++ = (uint16_t)(fx16_nonzero_bytes(at) & fx_umax(n));
            }
    }
}

// Spike bits and counts of a layer into the traces.
static void record(struct many *m, int l, const struct block *b)
{
    const struct many_layer *y = &m->layer[l];
    bool last = l == m->n_layers - 1, packed = y->neurons < y->lanes;
    int n_words = trace_spike_words(y->n_out), units = y->units_out;
    for (int k = 0; k < b->n_clips; k++) {
        struct trace *t = &b->t[k];
        uint64_t *to = t->layer[l].z;
        const uint16_t *z = y->z + (size_t)k * MANY_TICKS * (size_t)units;
        if (to)
            for (int tick = 0; tick < b->n_ticks; tick++)
                for (int i = 0; i < n_words; i++) {
                    uint64_t word = 0;
                    int some = units - 4 * i < 4 ? units - 4 * i : 4;
                    __builtin_memcpy(&word, z + tick * units + 4 * i, (size_t)some * sizeof *z);
                    to[(b->first_tick + tick) * n_words + i] = word;
                }
        if (last && packed) continue; // counted in lanes
        int64_t spikes = 0;
        for (int i = 0; i < b->n_ticks * units; i++) {
            spikes += __builtin_popcount(z[i]);
            for (unsigned rest = last ? z[i] : 0; rest; rest &= rest - 1)
                t->count[i % units * MANY_UNIT + __builtin_ctz(rest)]++;
        }
        if (t->spikes) t->spikes[l] += spikes;
    }
}

FX_LANES_INLINE void run_layer(struct many *m, int l, const struct block *b, const struct plan *p)
{
    const struct many_layer *y = &m->layer[l];
    if (y->neurons < y->lanes) {
        run_packed(m, l, b, p);
        return;
    }
    for (int slice = 0; slice < y->n_slices; slice++) {
        int k = 0;
        if (y->lanes == MANY_LANES) {
            for (; k + 4 <= b->n_clips; k += 4)
                run_wide(m, l, slice, b, k, 4, MANY_LANES, p);
            for (; k < b->n_clips; k++)
                run_wide(m, l, slice, b, k, 1, MANY_LANES, p);
        } else {
            for (; k < b->n_clips; k++)
                run_wide(m, l, slice, b, k, 1, 2 * MANY_LANES, p);
        }
    }
}

// Laws with an instance of their own.
#define PLAN(floor, subtract, jitters)                                                             \
    {                                                                                              \
        .leak_kind = LAW_LEAK_EXPONENTIAL, .round_leak = FX_NEAREST_EVEN, .floor_zero = floor,     \
        .reset_subtract = subtract, .bits = 16, .jitter = jitters, .jitters_within = jitters       \
    }

static bool same_plan(const struct plan *a, const struct plan *b)
{
    return a->leak_kind == b->leak_kind && a->round_leak == b->round_leak && a->wrap == b->wrap &&
           a->floor_zero == b->floor_zero && a->fire_gt == b->fire_gt &&
           a->reset_subtract == b->reset_subtract && a->bits == b->bits &&
           a->jitter == b->jitter && a->jitters_within == b->jitters_within &&
           a->high_lambda == b->high_lambda;
}

static struct plan plan_of(const struct many *m, int l, bool jitter)
{
    const struct law *law = &m->law;
    const struct many_layer *y = &m->layer[l];
    bool moves = law->leak_kind == LAW_LEAK_EXPONENTIAL || law->leak_kind == LAW_LEAK_LINEAR;
    return (struct plan){.leak_kind = m->leak_kind,
                         .round_leak = law->round_leak,
                         .wrap = law->wrap,
                         .floor_zero = law->floor_zero,
                         .fire_gt = law->fire_gt,
                         .reset_subtract = law->reset_subtract,
                         .bits = law_bits(law->membrane),
                         .jitter = jitter && moves,
                         .jitters_within = jitter && moves && y->jitters_within,
                         .high_lambda = y->high_lambda && !law->floor_zero,
                         .leak_shift = m->leak_shift,
                         .leak_top = (uint16_t)fx_umax(law_bits(law->leak))};
}

static void run_layer_planned(struct many *m, int l, const struct block *b, bool jitter)
{
    struct plan p = plan_of(m, l, jitter);
#define INSTANCE(floor, subtract, jitters)                                                         \
    {                                                                                              \
        static const struct plan q = PLAN(floor, subtract, jitters);                               \
        if (same_plan(&p, &q)) {                                                                   \
            run_layer(m, l, b, &q);                                                                \
            return;                                                                                \
        }                                                                                          \
    }
    INSTANCE(false, true, false)
    INSTANCE(false, true, true)
    run_layer(m, l, b, &p);
}

void MANY_RUN(struct many *m, int n, const struct stimulus *s, struct trace *t)
{
    int last = m->n_layers - 1, n_ticks = s[0].n_ticks;
    bool jitter = false;
    for (int k = 0; k < n; k++) {
        jitter |= s[k].jitter != 0;
        for (int i = 0; i < m->layer[last].n_out; i++)
            t[k].count[i] = 0;
        for (int l = 0; t[k].spikes && l < m->n_layers; l++)
            t[k].spikes[l] = 0;
    }
    for (int from = 0; from < n_ticks; from += MANY_TICKS) {
        struct block b = {from, n_ticks - from < MANY_TICKS ? n_ticks - from : MANY_TICKS, n, s, t};
        if (!m->layer[0].one_to_one) read_inputs(m, &b);
        for (int l = 0; l < m->n_layers; l++) {
            run_layer_planned(m, l, &b, jitter);
            record(m, l, &b);
        }
    }
    for (int k = 0; k < n && m->layer[last].neurons < m->layer[last].lanes; k++)
        for (int i = 0; t[k].spikes && i < m->layer[last].n_out; i++)
            t[k].spikes[last] += t[k].count[i];
}

// --- tables -------------------------------------------------------------------------------------

// Row `source` of the image's weights for the lanes of a slice, lined up with the membrane.
static void row_of(const struct many *m, int l, int source, int first, int n, int16_t *row, int lanes)
{
    const struct image_layer *from = &m->image->layer[l];
    int align = m->layer[l].align;
    if (source >= 0) __builtin_memcpy(row, from->w + (size_t)source * (size_t)from->n_out + first,
                     (size_t)n * sizeof *row);
    for (int i = source >= 0 ? n : 0; i < lanes; i++)
        row[i] = 0;
    for (int i = 0; align < 0 && i < n; i++)
        row[i] = (int16_t)fx_sat(fx_shl(row[i], -align), fx_min(16), fx_max(16));
}

// Sums of all subsets of 4 sources' rows for one slice. True if 16 bits hold every sum that sources
// and bias can make: Σ|w| + |bias|, which saturates, does not reach 2^15 − 1.
FX_LANES_INLINE bool build_wide(struct many *m, int l, int slice)
{
    struct many_layer *y = &m->layer[l];
    const int lanes = y->lanes, first = slice * lanes;
    const int n = y->n_out - first < lanes ? y->n_out - first : lanes;
    const int own = y->recurrent ? lanes : 0, inputs = y->units_in * MANY_UNIT;
    int16_t *table = y->table + (size_t)slice * (size_t)((inputs + own) / 4 * 16 * lanes);
    int16_t w[4][2 * MANY_LANES] __attribute__((aligned(64)));
    fx16 bound[2 * MANY_LANES / FX16];
    for (int k = 0; k < lanes; k += FX16)
        bound[k / FX16] = fx16_magnitude(fx16_load(y->bias + first + k));
    for (int i = 0; i < inputs + own; i += 4, table += 16 * lanes) {
        for (int j = 0; j < 4; j++) {
            int at = i + j < inputs ? i + j : i + j - inputs;
            bool there = at < (i + j < inputs ? y->n_in : y->n_out);
            int source = !there ? -1 : i + j < inputs ? at : y->n_in + at;
            row_of(m, l, source, first, n, w[j], lanes);
        }
        bool biased = i == 0 && y->align <= 0;
        for (int k = 0; k < lanes; k += FX16) {
            fx16 sum[16];
            sum[0] = biased ? fx16_load(y->bias + first + k) : fx16_set(0);
            for (int j = 0, half = 1; j < 4; j++, half *= 2) {
                fx16 row = fx16_load(w[j] + k);
                bound[k / FX16] = fx16_add_sat(bound[k / FX16], fx16_magnitude(row));
                for (int a = 0; a < half; a++)
                    sum[half + a] = sum[a] + row;
            }
            for (int a = 0; a < 16; a++)
                fx16_store(table + a * lanes + k, sum[a]);
        }
    }
    uint32_t beyond = 0;
    for (int k = 0; k < lanes; k += FX16)
        beyond |= fx16_bits(fx16_at_least(bound[k / FX16], fx16_set(INT16_MAX)));
    return !beyond;
}

// The same for 8 sources, 4 neurons in a number.
static void build_packed(struct many *m, int l)
{
    struct many_layer *y = &m->layer[l];
    const int fours = y->neurons / 4;
    uint64_t *table = (uint64_t *)y->table;
    for (int i = 0; i < y->units_in * MANY_UNIT; i += 8, table += 256 * fours) {
        for (int k = 0; k < fours; k++)
            table[k] = i == 0 && y->align <= 0 ? fx16_four(y->bias + 4 * k) : 0;
        for (int j = 0, half = 1; j < 8; j++, half *= 2) {
            int16_t row[16];
            row_of(m, l, i + j < y->n_in ? i + j : -1, 0, y->n_out, row, y->neurons);
            uint64_t add[4];
            for (int k = 0; k < fours; k++)
                add[k] = fx16_four(row + 4 * k);
            for (int a = 0; a < half; a++)
                for (int k = 0; k < fours; k++)
                    table[(half + a) * fours + k] = table[a * fours + k] + add[k];
        }
    }
}

// Whether 16 bits hold current and bias of a layer, whatever its sources are; `most` is Σ|w|·x.
static bool sum_fits(const struct many *m, int l, int64_t most)
{
    const struct many_layer *y = &m->layer[l];
    int64_t bias = 0, top = fx_max(16);
    for (int i = 0; i < y->n_slices * y->lanes; i++) {
        int64_t b = y->bias[i] < 0 ? -y->bias[i] : y->bias[i];
        if (b > bias) bias = b;
    }
    if (y->one_to_one) return most <= fx_max(31) && fx_shr_ceil(most, y->align) + bias <= top;
    if (y->align > 0) return most <= top && fx_shr_ceil(most, y->align) + bias <= top;
    return fx_shl(most, -y->align) + bias <= top;
}

bool MANY_BUILD(struct many *m)
{
    for (int l = 0; l < m->n_layers; l++) {
        struct many_layer *y = &m->layer[l];
        const struct image_layer *from = &m->image->layer[l];
        if (y->neurons < y->lanes) {
            if (!sum_fits(m, l, image_gather_bound(m->image, l))) return false;
            if (y->one_to_one)
                for (int i = 0; i < y->n_slices * MANY_UNIT; i++)
                    y->w[i] = i < y->n_out ? from->w[i] : 0;
            else
                build_packed(m, l);
        } else {
            for (int slice = 0; slice < y->n_slices; slice++)
                if (!build_wide(m, l, slice)) return false;
        }
        if (!y->jitters_within) continue;
        for (int i = 0; i < y->n_slices * y->lanes; i++)
            y->slope[i] = (int16_t)(2 * y->slope[i]);
    }
    return true;
}
