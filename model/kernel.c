// The fast kernel: network_run_ref's bits, 16 neurons at a time.
//
// Compiled once for each instruction set (ISA_FUNCTION). The law is
// data, but one inlined body is instantiated for the laws in KERNEL_LAWS, so that in those no
// choice is left inside a tick; any other law runs the same body with its choices taken at run
// time. Domain (network_init proves it): 16-bit membrane and current, |acc| < 2^30, leak before
// integration.
#include "model/fx_lanes.h"
#include "model/network.h"

#define KERNEL_RUN ISA_FUNCTION(kernel_run)

network_kernel KERNEL_RUN;

// The rows of w whose sources are active in this tick, and the sources' words.
struct events {
    int n;
    const int16_t *row[2 * IMAGE_MAX_NEURONS];
    int16_t x[2 * IMAGE_MAX_NEURONS];
};

// Rows from `row` on (each n_pad words) whose bit is set in z.
FX_LANES_INLINE void events_add_spikes(struct events *e, const uint64_t *z, int n_words,
                                       const int16_t *row, int n_pad)
{
    int n = e->n;
    for (int k = 0; k < n_words; k++, row += 64 * (size_t)n_pad)
        for (uint64_t rest = z[k]; rest; rest &= rest - 1)
            e->row[n++] = row + (size_t)__builtin_ctzll(rest) * (size_t)n_pad;
    e->n = n;
}

// Rows whose word in x is not 0. Eight words at a time: bit 7 of a byte of `set` says "not 0".
FX_LANES_INLINE void events_add_words(struct events *e, const uint8_t *x, int n_in,
                                      const int16_t *row, int n_pad)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7f;
    int n = e->n;
    for (int i = 0; i < n_in; i += 8) {
        uint64_t eight = 0;
        if (n_in - i >= 8)
            __builtin_memcpy(&eight, x + i, 8);
        else
            __builtin_memcpy(&eight, x + i, (size_t)(n_in - i));
        uint64_t set = (((eight & low) + low) | eight) & ~low;
        for (; set; set &= set - 1) {
            int source = i + __builtin_ctzll(set) / 8;
            e->row[n] = row + (size_t)source * (size_t)n_pad;
            e->x[n++] = x[source];
        }
    }
    e->n = n;
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte i of a word is bits 8i..8i+7");

struct sums { // acc of 64 neurons, 16 a lane vector; of a layer's last 32 the upper two are 0
    fx_lanes acc[4];
};

// gather: active rows added up, for the 32 or (both) 64 neurons from `at`; the first n_graded have
// words x, the rest are spikes. One pass over the events for all 64: its length is hard to predict.
FX_LANES_INLINE struct sums gather_narrow(const struct events *e, int at, int n_graded, bool both)
{
    fx_lanes16 low = {0}, high = {0};
    int k = 0;
    for (; k < n_graded; k++) {
        low += *(const fx_lanes16 *)(e->row[k] + at) * e->x[k];
        if (both) high += *(const fx_lanes16 *)(e->row[k] + at + 32) * e->x[k];
    }
    for (; k < e->n; k++) {
        low += *(const fx_lanes16 *)(e->row[k] + at);
        if (both) high += *(const fx_lanes16 *)(e->row[k] + at + 32);
    }
    return (struct sums){
        {fxl_widen_low(low), fxl_widen_high(low), fxl_widen_low(high), fxl_widen_high(high)}};
}

FX_LANES_INLINE struct sums gather_wide(const struct events *e, int at, int n_graded, bool both)
{
    struct sums s = {{{0}}};
    for (int k = 0; k < e->n; k++) {
        int32_t x = k < n_graded ? e->x[k] : 1;
        for (int half = 0; half <= both; half++) {
            fx_lanes16 row = *(const fx_lanes16 *)(e->row[k] + at + 32 * half);
            s.acc[2 * half] += fxl_widen_low(row) * x;
            s.acc[2 * half + 1] += fxl_widen_high(row) * x;
        }
    }
    return s;
}

// gather of a one-to-one layer: source n reaches neuron n only. x is padded to whole lanes.
FX_LANES_INLINE struct sums gather_one_to_one(const struct network_layer *y, const int16_t *x,
                                              int at, bool both)
{
    struct sums s = {{{0}}};
    for (int half = 0; half <= both; half++) {
        fx_lanes16 w = *(const fx_lanes16 *)&y->w[at + 32 * half], a;
        __builtin_memcpy(&a, x + at + 32 * half, sizeof a);
        s.acc[2 * half] = fxl_widen_low(w) * fxl_widen_low(a);
        s.acc[2 * half + 1] = fxl_widen_high(w) * fxl_widen_high(a);
    }
    return s;
}

FX_LANES_INLINE struct sums gather(const struct network_layer *y, const struct events *e,
                                   const int16_t *x, int at, int n_graded, bool both)
{
    if (y->topology == IMAGE_ONE_TO_ONE) return gather_one_to_one(y, x, at, both);
    if (y->narrow)
        return both ? gather_narrow(e, at, n_graded, true) : gather_narrow(e, at, n_graded, false);
    return gather_wide(e, at, n_graded, both);
}

FX_LANES_INLINE fx_lanes clamp(fx_lanes x, int bits, bool wrap, bool floor_zero)
{
    if (wrap) return fxl_wrap(x, bits);
    int32_t lo = floor_zero ? 0 : (int32_t)fx_min(bits);
    return fxl_sat(x, fxl_set(lo), fxl_set((int32_t)fx_max(bits)));
}

FX_LANES_INLINE fx_lanes leaked(enum law_leak kind, fx_lanes x, fx_lanes lambda, int frac,
                                enum fx_round round)
{
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        return fxl_shr(x * lambda, frac, round);
    case LAW_LEAK_SHIFT:
        return fxl_shr_each(x, lambda, round);
    case LAW_LEAK_LINEAR:
        return fxl_sat(x, -lambda, lambda);
    default:
        return fxl_set(0);
    }
}

// λ_t of all neurons of a layer for this tick's jitter.
FX_LANES_INLINE void jittered(int32_t *out, const int32_t *lambda, const int32_t *slope, int n_pad,
                              int jitter, int bits)
{
    for (int n = 0; n < n_pad; n += 16) {
        fx_lanes moved = *(const fx_lanes *)&lambda[n] +
                         fxl_shr(*(const fx_lanes *)&slope[n] * jitter, 15, FX_NEAREST_EVEN);
        *(fx_lanes *)&out[n] = fxl_sat(moved, fxl_set(0), fxl_set((int32_t)fx_umax(bits)));
    }
}

// Stages current to refract of 16 neurons from n; returns their spikes as bits.
FX_LANES_INLINE uint32_t update(const struct network_layer *y, const struct law *law,
                                const struct trace_layer *t, const int32_t *lambda_t,
                                const int32_t *mu_t, fx_lanes acc, int n, size_t at)
{
    int bits = law_bits(law->membrane), leak_frac = law->leak.frac_bits;
    fx_lanes v = *(fx_lanes *)&y->v[n], theta = *(fx_lanes *)&y->theta[n];

    fx_lanes current =
        y->align >= 0 ? fxl_shr(acc, y->align, law->round_current) : fxl_shl(acc, -y->align);
    if (law->currents) {
        fx_lanes u = *(fx_lanes *)&y->u[n];
        fx_lanes decay =
            leaked(law->decay_kind, u, *(const fx_lanes *)&mu_t[n], leak_frac, law->round_decay);
        current = clamp(u - decay + current, law_bits(law->current), law->wrap, false);
        *(fx_lanes *)&y->u[n] = current;
        if (t->u) *(fx_lanes *)&t->u[at] = current;
    }

    fx_lanes input = current + *(fx_lanes *)&y->bias[n], resting = fxl_set(-1);
    if (law->refractory_ticks) {
        resting = *(fx_lanes *)&y->r[n] == 0;
        input &= resting;
    }
    fx_lanes l =
        leaked(law->leak_kind, v, *(const fx_lanes *)&lambda_t[n], leak_frac, law->round_leak);
    fx_lanes c = clamp(v - l + input, bits, law->wrap, law->floor_zero);

    fx_lanes z = (law->fire_gt ? c > theta : c >= theta) & resting;
    if (law->reset_subtract)
        v = fxl_select(z, clamp(c - theta, bits, law->wrap, law->floor_zero), c);
    else
        v = ~z & c;
    *(fx_lanes *)&y->v[n] = v;
    if (law->refractory_ticks) {
        fx_lanes r = *(fx_lanes *)&y->r[n];
        r = fxl_select(z, fxl_set(law->refractory_ticks), r - (~resting & 1));
        *(fx_lanes *)&y->r[n] = r;
        if (t->r) *(fx_lanes *)&t->r[at] = r;
    }
    if (t->c) *(fx_lanes *)&t->c[at] = c;
    if (t->c16) fxl_store16(&t->c16[at], c);
    if (t->v) *(fx_lanes *)&t->v[at] = v;
    return fxl_bits(z);
}

FX_LANES_INLINE void run(struct network *net, const struct stimulus *s, struct trace *t, int from,
                         int to, const struct law *law)
{
    struct events e;
    int16_t x_padded[IMAGE_MAX_NEURONS + NETWORK_PAD] = {0};
    bool graded_input = law_bits(law->input) > 1;
    int leak_bits = law_bits(law->leak);

    for (int tick = from; tick < to; tick++) {
        int jitter = s->jitter ? s->jitter[tick] : 0;
        const uint8_t *x = s->x + (size_t)tick * (size_t)net->layer[0].n_in;
        for (int l = 0; l < net->n_layers; l++) {
            struct network_layer *y = &net->layer[l];
            const struct trace_layer *ty = &t->layer[l];
            int n_words = trace_spike_words(y->n_out);
            size_t at = (size_t)tick * (size_t)ty->stride;
            const int32_t *lambda_t = y->lambda, *mu_t = y->mu;
            if (jitter && law->leak_kind != LAW_LEAK_SHIFT) {
                jittered(y->lambda_t, y->lambda, y->lambda_slope, y->n_pad, jitter, leak_bits);
                lambda_t = y->lambda_t;
            }
            if (jitter && law->currents && law->decay_kind != LAW_LEAK_SHIFT) {
                jittered(y->mu_t, y->mu, y->mu_slope, y->n_pad, jitter, leak_bits);
                mu_t = y->mu_t;
            }

            bool one_to_one = y->topology == IMAGE_ONE_TO_ONE;
            const uint64_t *z_in = l ? net->layer[l - 1].z : 0;
            int n_graded = 0;
            e.n = 0;
            if (one_to_one) {
                for (int i = 0; i < y->n_in; i++)
                    x_padded[i] = l ? (int16_t)fx_bit(z_in[i / 64], i % 64) : x[i];
            } else {
                if (l)
                    events_add_spikes(&e, z_in, trace_spike_words(y->n_in), y->w, y->n_pad);
                else
                    events_add_words(&e, x, y->n_in, y->w, y->n_pad);
                if (l == 0 && graded_input) n_graded = e.n;
                if (y->recurrent)
                    events_add_spikes(&e, y->z_before, n_words,
                                      y->w + (size_t)y->n_in * (size_t)y->n_pad, y->n_pad);
            }

            for (int k = 0; k < n_words; k++) {
                int first = 64 * k;
                struct sums sums = gather(y, &e, x_padded, first, n_graded, y->n_pad - first >= 64);
                uint64_t fired = 0;
                for (int i = 0; i < 4 && first + 16 * i < y->n_out; i++) {
                    int n = first + 16 * i;
                    uint64_t bits =
                        update(y, law, ty, lambda_t, mu_t, sums.acc[i], n, at + (size_t)n);
                    fired |= bits * fx_one(16 * i);
                }
                y->z[k] = fired;
                if (ty->z) ty->z[tick * n_words + k] = fired;
                if (t->spikes) t->spikes[l] += __builtin_popcountll(fired);
            }
            if (y->recurrent)
                for (int k = 0; k < n_words; k++)
                    y->z_before[k] = y->z[k];
        }
        struct network_layer *last = &net->layer[net->n_layers - 1];
        for (int k = 0; k < trace_spike_words(last->n_out); k++)
            for (uint64_t rest = last->z[k]; rest; rest &= rest - 1)
                t->count[64 * k + __builtin_ctzll(rest)]++;
    }
}

static bool same_kinds(const struct law *a, const struct law *b)
{
    return a->round_current == b->round_current && a->round_leak == b->round_leak &&
           a->leak_kind == b->leak_kind && a->currents == b->currents && a->wrap == b->wrap &&
           a->floor_zero == b->floor_zero && a->fire_gt == b->fire_gt &&
           a->reset_subtract == b->reset_subtract && !a->refractory_ticks == !b->refractory_ticks;
}

// Laws with an instance of their own: the arithmetic of chips/fpga-q8.8.yaml.
static const struct law LAW_SUBTRACT = {.round_current = FX_NEAREST_EVEN,
                                        .round_leak = FX_NEAREST_EVEN,
                                        .leak_kind = LAW_LEAK_EXPONENTIAL,
                                        .reset_subtract = true};

// Ticks from .. to - 1; the state before `from` is in the network.
void KERNEL_RUN(struct network *net, const struct stimulus *s, struct trace *t, int from, int to)
{
    if (same_kinds(&net->law, &LAW_SUBTRACT)) {
        struct law law = LAW_SUBTRACT; // kinds are constants, formats are the chip's
        law.input = net->law.input;
        law.weight = net->law.weight;
        law.membrane = net->law.membrane;
        law.leak = net->law.leak;
        run(net, s, t, from, to, &law);
        return;
    }
    run(net, s, t, from, to, &net->law);
}
