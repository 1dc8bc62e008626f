// The fast kernel: network_run_ref's bits, 16 neurons at a time.
//
// Compiled once for each instruction set. The law is data, but one inlined body is instantiated for
// the law that most chips have, so that no choice is left inside a tick; any other law runs the same
// body with its choices taken at run time. Domain: what network_init proves, see model/lif/law_lanes.h.
#include "base/isa.h"
#include "model/lif/law_lanes.h"

#define KERNEL_RUN ISA_FUNCTION(kernel_run)

network_kernel KERNEL_RUN;

// The rows of w whose sources are active in this tick, and the sources' words.
struct events {
    int n;
    const int16_t *row[2 * IMAGE_MAX_NEURONS];
    int32_t x[2 * IMAGE_MAX_NEURONS]; // of the first that are graded; the others are single spikes
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

FX_LANES_INLINE void events_add_signed(struct events *e, const int32_t *x, int n_in,
                                       const int16_t *row, int n_pad)
{
    for (int i = 0; i < n_in; i++)
        if (x[i]) {
            e->row[e->n] = row + (size_t)i * (size_t)n_pad;
            e->x[e->n++] = x[i];
        }
}

// Events that were added as spikes from the `first` on have counts: spikes of the sources in z.
FX_LANES_INLINE void events_count(struct events *e, int first, const uint64_t *z, int n_words,
                                  const int32_t *spikes)
{
    for (int k = 0; k < n_words; k++)
        for (uint64_t rest = z[k]; rest; rest &= rest - 1)
            e->x[first++] = spikes ? spikes[64 * k + __builtin_ctzll(rest)] : 1;
}

struct sums { // acc of 64 neurons, 16 a lane vector; of a layer's last 32 the upper two are 0
    fx_lanes acc[4];
};

// Where a layer's sums come from in a tick.
struct gathering {
    const struct network_layer *y;
    const struct events *e;
    const int32_t *x; // words of a one-to-one layer's sources, padded to whole lanes
    int n_graded;
};

// gather: active rows added up, for the 32 or (both) 64 neurons from `at`; the first n_graded have
// words x, the rest are spikes. One pass over the events for all 64: its length is hard to predict.
FX_LANES_INLINE struct sums gather_narrow(const struct events *e, size_t at, int n_graded,
                                          bool both)
{
    fx_lanes16 low = {0}, high = {0};
    int k = 0;
    for (; k < n_graded; k++) {
        const int16_t x = (int16_t)fx_wrap(e->x[k], 16); // the others have no weight
        low += *(const fx_lanes16 *)(e->row[k] + at) * x;
        if (both) high += *(const fx_lanes16 *)(e->row[k] + at + 32) * x;
    }
    for (; k < e->n; k++) {
        low += *(const fx_lanes16 *)(e->row[k] + at);
        if (both) high += *(const fx_lanes16 *)(e->row[k] + at + 32);
    }
    return (struct sums){
        {fxl_widen_low(low), fxl_widen_high(low), fxl_widen_low(high), fxl_widen_high(high)}};
}

// The same in 32 bits; each: from `s` on, and held to so many bits after every source.
FX_LANES_INLINE struct sums gather_wide(const struct law *law, struct sums s,
                                        const struct events *e, size_t at, int n_graded, bool both,
                                        int each)
{
    for (int k = 0; k < e->n; k++) {
        int32_t x = k < n_graded ? e->x[k] : 1;
        for (int half = 0; half <= both; half++) {
            fx_lanes16 row = *(const fx_lanes16 *)(e->row[k] + at + 32 * half);
            s.acc[2 * half] += fxl_widen_low(row) * x;
            s.acc[2 * half + 1] += fxl_widen_high(row) * x;
        }
        for (int i = 0; each && i < 4; i++)
            s.acc[i] = lanes_clamp(law, s.acc[i], each, false, false);
    }
    return s;
}

// gather of a one-to-one layer: source n reaches neuron n only.
FX_LANES_INLINE struct sums gather_one_to_one(const struct law *law, struct sums s,
                                              const int16_t *w, const int32_t *x, bool both,
                                              int each)
{
    for (int half = 0; half <= both; half++) {
        fx_lanes16 row = *(const fx_lanes16 *)&w[32 * half];
        fx_lanes a[2];
        __builtin_memcpy(a, x + 32 * half, sizeof a);
        s.acc[2 * half] += fxl_widen_low(row) * a[0];
        s.acc[2 * half + 1] += fxl_widen_high(row) * a[1];
    }
    for (int i = 0; each && i < 4; i++)
        s.acc[i] = lanes_clamp(law, s.acc[i], each, false, false);
    return s;
}

// What one synapse gathers for the neurons from `first` on; u: its current, on which it builds if it
// saturates after every source.
FX_LANES_INLINE struct sums gather(const struct gathering *g, const struct law *law, int synapse,
                                   const int32_t *u, int first, bool both)
{
    const struct network_layer *y = g->y;
    const size_t rows = (size_t)synapse * (size_t)y->n_source * (size_t)y->n_pad;
    const size_t at = rows + (size_t)first;
    const int each = law->saturate_each ? law_bits(law->current) : 0;
    struct sums s = {{{0}}};
    for (int i = 0; each && i < (both ? 4 : 2); i++)
        s.acc[i] = *(const fx_lanes *)&u[first + 16 * i];
    if (y->topology == IMAGE_ONE_TO_ONE)
        return gather_one_to_one(law, s, y->w + at, g->x + first, both, each);
    if (y->narrow && !each)
        return both ? gather_narrow(g->e, at, g->n_graded, true)
                    : gather_narrow(g->e, at, g->n_graded, false);
    return gather_wide(law, s, g->e, at, g->n_graded, both, each);
}

// The sources of layer l that are active in this tick.
FX_LANES_INLINE struct gathering hear(const struct network *net, const struct stimulus *s, int tick,
                                      int l, struct events *e, int32_t *x)
{
    const struct network_layer *y = &net->layer[l], *from = l ? y - 1 : y;
    const uint64_t *z = y->delayed ? from->z_before : from->z;
    const int32_t *spikes = y->delayed ? from->spikes_before : from->spikes;
    const size_t first = (size_t)tick * (size_t)net->layer[0].n_in;
    const int in_words = trace_spike_words(y->n_in), own_words = trace_spike_words(y->n_out);
    e->n = 0;
    if (y->topology == IMAGE_ONE_TO_ONE) {
        for (int i = 0; i < y->n_in; i++)
            x[i] = !l                     ? stimulus_x(s, y->n_in, tick, i)
                   : from->max_spikes > 1 ? spikes[i]
                                          : fx_bit(z[i / 64], i % 64);
        return (struct gathering){y, e, x, 0};
    }
    if (y->taps > 1) __builtin_memcpy(network_late(y, tick, 0), z, (size_t)in_words * sizeof *z);
    bool graded = l ? from->max_spikes > 1 : s->wide || law_bits(net->law.input) > 1;
    for (int k = 0; l && k < y->taps; k++) {
        const uint64_t *heard = k ? network_late(y, tick, k * y->spacing) : z;
        const int so_far = e->n;
        events_add_spikes(e, heard, in_words, y->w + (size_t)(k * y->n_in) * (size_t)y->n_pad,
                          y->n_pad);
        if (graded || y->max_spikes > 1)
            events_count(e, so_far, heard, in_words, graded ? spikes : 0);
    }
    if (!l && s->wide)
        events_add_signed(e, s->wide + first, y->n_in, y->w, y->n_pad);
    else if (!l)
        events_add_words(e, s->x + first, y->n_in, y->w, y->n_pad);
    const int inputs = e->n;
    if (y->recurrent)
        events_add_spikes(e, y->z_before, own_words, y->w + (size_t)y->n_heard * (size_t)y->n_pad,
                          y->n_pad);
    if (y->recurrent && y->max_spikes > 1)
        events_count(e, inputs, y->z_before, own_words, y->spikes_before);
    return (struct gathering){y, e, x, y->max_spikes > 1 ? e->n : graded ? inputs : 0};
}

// The factors of a kind of leak in this tick: the words, or in `moved` what jitter makes of them.
FX_LANES_INLINE const int32_t *jittered(const struct network_layer *y, const struct law *law,
                                        enum law_leak kind, enum image_word word, int32_t *moved,
                                        int jitter)
{
    const int32_t *at = y->word[word], *slope = y->word[word + 1];
    if (!jitter || law_leak_shifts(kind)) return at;
    for (int n = 0; n < y->n_pad; n += 16)
        *(fx_lanes *)&moved[n] = lanes_moved(law, lanes_at(at, n), lanes_at(slope, n), jitter);
    return moved;
}
_Static_assert(WORD_LAMBDA_SLOPE == WORD_LAMBDA + 1 && WORD_MU_SLOPE == WORD_MU + 1 &&
                   WORD_MU2_SLOPE == WORD_MU2 + 1,
               "a factor's slope comes after it");

// Stages current to refract of neurons n..n + 15, recorded at `at` of the trace.
FX_LANES_INLINE struct lanes_tick step(const struct network_layer *y, const struct law *law,
                                       const struct lanes_products *products, fx_lanes acc,
                                       fx_lanes acc2, fx_lanes heard, int n,
                                       const struct trace_layer *t, size_t at)
{
    const struct lanes_words p = {.lambda = lanes_at(y->lambda_now, n),
                                  .mu = lanes_at(law->currents ? y->mu_now : y->u, n),
                                  .mu2 = lanes_at(law->currents > 1 ? y->mu2_now : y->u, n),
                                  .theta = lanes_at(y->word[WORD_THETA], n),
                                  .bias = lanes_at(y->word[WORD_BIAS], n),
                                  .gain = lanes_at(y->word[WORD_GAIN], n),
                                  .rest = lanes_at(y->word[WORD_REST], n),
                                  .reset = lanes_at(y->word[WORD_RESET], n)};
    struct lanes_state s = {lanes_at(y->v, n), lanes_at(y->u, n), lanes_at(y->word[WORD_U2], n),
                            lanes_at(y->r, n)};
    const struct lanes_tick d =
        lanes_step(law, products, y->align, y->max_spikes, &p, &s, acc, acc2, heard);
    *(fx_lanes *)&y->v[n] = s.v;
    if (law->currents) *(fx_lanes *)&y->u[n] = s.u;
    if (law->currents > 1) *(fx_lanes *)&y->word[WORD_U2][n] = s.u2;
    if (law->refractory_ticks) *(fx_lanes *)&y->r[n] = s.r;
    lanes_record(t, law, &d, &s, at);
    return d;
}

// Not 0 where neurons n..n + 15 have a source that is active.
FX_LANES_INLINE fx_lanes heard(const struct gathering *g, const struct law *law, int n)
{
    if (!law->leak_when) return fxl_set(0);
    if (g->y->topology != IMAGE_ONE_TO_ONE) return fxl_set(g->e->n);
    fx_lanes x;
    __builtin_memcpy(&x, g->x + n, sizeof x);
    return x;
}

FX_LANES_INLINE void run_layer(struct network *net, const struct law *law,
                               const struct lanes_products *products, const struct gathering *g,
                               int l, int tick, struct trace *t)
{
    struct network_layer *y = &net->layer[l];
    const struct trace_layer *ty = &t->layer[l];
    const int n_words = trace_spike_words(y->n_out);
    const size_t at = (size_t)tick * (size_t)ty->stride;
    for (int k = 0; k < n_words; k++) {
        int first = 64 * k;
        bool both = y->n_pad - first >= 64;
        struct sums sums = gather(g, law, 0, y->u, first, both), second = {{{0}}};
        if (law->currents > 1) second = gather(g, law, 1, y->word[WORD_U2], first, both);
        uint64_t fired = 0;
        for (int i = 0; i < 4 && first + 16 * i < y->n_out; i++) {
            int n = first + 16 * i;
            struct lanes_tick d = step(y, law, products, sums.acc[i], second.acc[i],
                                       heard(g, law, n), n, ty, at + (size_t)n);
            fired |= (uint64_t)fxl_mask_bits(d.fired) * fx_one(16 * i);
            if (y->max_spikes > 1) *(fx_lanes *)&y->spikes[n] = d.z;
        }
        y->z[k] = fired;
        if (ty->z) ty->z[tick * n_words + k] = fired;
        if (t->spikes && y->max_spikes == 1) t->spikes[l] += __builtin_popcountll(fired);
    }
    for (int n = 0; t->spikes && y->max_spikes > 1 && n < y->n_out; n++)
        t->spikes[l] += y->spikes[n];
}

FX_LANES_INLINE void run(struct network *net, const struct stimulus *s, struct trace *t, int from,
                         int to, const struct law *law, const struct lanes_products *products)
{
    struct events e;
    int32_t x[IMAGE_MAX_NEURONS + NETWORK_PAD] = {0};
    for (int tick = from; tick < to; tick++) {
        int jitter = s->jitter ? s->jitter[tick] : 0;
        for (int l = 0; l < net->n_layers; l++) { // before any layer runs: a delayed one looks back
            struct network_layer *y = &net->layer[l];
            for (int k = 0; k < trace_spike_words(y->n_out); k++)
                y->z_before[k] = y->z[k];
            for (int n = 0; y->max_spikes > 1 && n < y->n_out; n++)
                y->spikes_before[n] = y->spikes[n];
        }
        for (int l = 0; l < net->n_layers; l++) {
            struct network_layer *y = &net->layer[l];
            y->lambda_now = jittered(y, law, law->leak_kind, WORD_LAMBDA, y->lambda_t, jitter);
            if (law->currents)
                y->mu_now = jittered(y, law, law->decay_kind, WORD_MU, y->mu_t, jitter);
            if (law->currents > 1)
                y->mu2_now = jittered(y, law, law->decay_kind, WORD_MU2, y->mu2_t, jitter);
            struct gathering g = hear(net, s, tick, l, &e, x);
            run_layer(net, law, products, &g, l, tick, t);
        }
        struct network_layer *last = &net->layer[net->n_layers - 1];
        for (int k = 0; k < trace_spike_words(last->n_out); k++)
            for (uint64_t rest = last->z[k]; rest; rest &= rest - 1) {
                int n = 64 * k + __builtin_ctzll(rest);
                t->count[n] += last->max_spikes > 1 ? last->spikes[n] : 1;
            }
    }
}

static bool same_kinds(const struct law *a, const struct law *b)
{
    return a->round_current == b->round_current && a->round_leak == b->round_leak &&
           a->leak_kind == b->leak_kind && a->currents == b->currents && a->wrap == b->wrap &&
           a->floor_zero == b->floor_zero && a->fire_gt == b->fire_gt &&
           a->reset_subtract == b->reset_subtract && !a->refractory_ticks == !b->refractory_ticks &&
           a->integrate_first == b->integrate_first && a->input_signed == b->input_signed &&
           a->leak_signed == b->leak_signed && !law_beyond(a) && !law_beyond(b);
}

// Laws with an instance of their own: the arithmetic of chips/fpga-q8.8.yaml.
static const struct law LAW_SUBTRACT = {.round_current = FX_NEAREST_EVEN,
                                        .round_leak = FX_NEAREST_EVEN,
                                        .leak_kind = LAW_LEAK_EXPONENTIAL,
                                        .reset_subtract = true};

// Ticks from .. to - 1; the state before `from` is in the network.
void KERNEL_RUN(struct network *net, const struct stimulus *s, struct trace *t, int from, int to)
{
    if (same_kinds(&net->law, &LAW_SUBTRACT) && !net->wide.leak) {
        struct law law = LAW_SUBTRACT; // kinds are constants, formats are the chip's
        law.input = net->law.input;
        law.weight = net->law.weight;
        law.membrane = net->law.membrane;
        law.leak = net->law.leak;
        run(net, s, t, from, to, &law, &(const struct lanes_products){0});
        return;
    }
    const struct lanes_products products = {net->wide.leak ? LANES_64 : LANES_32,
                                            net->wide.decay ? LANES_64 : LANES_32,
                                            net->wide.gain ? LANES_64 : LANES_32};
    run(net, s, t, from, to, &net->law, &products);
}
