// The kernel of model/lif/layers.h: network_run_ref's bits, layer after layer, 16 neurons a vector.
//
// Compiled once for each instruction set. As in kernel.c one inlined body is instantiated for laws of
// chips/, so that no choice is left inside a tick; any other law runs it with its choices taken at run
// time. Domain: what network_init proves, see model/lif/law_lanes.h.
#include "base/isa.h"
#include "model/lif/law_lanes.h"
#include "model/lif/layers.h"

#define KERNEL_LAYERS ISA_FUNCTION(kernel_layers)

layers_kernel KERNEL_LAYERS;

#if defined __x86_64__ && !defined __AVX2__
enum { INSTANCES = false }; // seldom run: not worth the code
#else
enum { INSTANCES = true };
#endif
#if defined __AVX512F__
enum { FULL = true };
#else
enum { FULL = false }; // a width of a slice is not worth code of its own
#endif

// A slice of a layer and what runs in it.
struct slice {
    const struct layers *a;
    int l, first; // layer, first neuron
    int n_clips;
    const struct stimulus *s; // (n_clips)
    const struct trace *t;    // (n_clips)
    int from, n_ticks;
};

// Spikes of a layer and clip in the first tick of the block; those of ticks before it lie before.
FX_LANES_INLINE uint64_t *spikes_of(const struct layers *a, int l, int clip)
{
    const size_t words = (size_t)trace_spike_words(a->net->layer[l].n_out);
    const size_t before = (size_t)a->layer[l].before;
    return a->layer[l].z + ((size_t)clip * (LAYERS_TICKS + before) + before) * words;
}

// acc += the sums of the sources in z, 64 a word, of which there are n; the table is passed on. Each sum
// in a register of its own.
FX_LANES_INLINE const int32_t *add_subsets(fx_lanes *acc, const int32_t *table, const uint64_t *z,
                                           int n, const int vectors)
{
    const fx_lanes none = {0};
    fx_lanes a = acc[0], b = vectors > 1 ? acc[1] : none;
    fx_lanes c = vectors > 2 ? acc[2] : none, d = vectors > 2 ? acc[3] : none;
    const size_t width = 16 * (size_t)vectors;
#define ADD(k)                                                                                     \
    {                                                                                              \
        const int32_t *row = table + (fx_field(bits, 4 * (k), 4) + 16 * (k)) * width;              \
        a += *(const fx_lanes *)&row[0];                                                           \
        if (vectors > 1) b += *(const fx_lanes *)&row[16];                                         \
        if (vectors > 2) c += *(const fx_lanes *)&row[32];                                         \
        if (vectors > 2) d += *(const fx_lanes *)&row[48];                                         \
    }
    for (; n > 0; n -= 64, z++) {
        uint64_t bits = *z;
        int left = n < 64 ? n : 64;
        for (; left > 12; left -= 16, bits /= 65536, table += 4 * 16 * width) {
            ADD(0)
            ADD(1)
            ADD(2)
            ADD(3)
        }
        for (; left > 0; left -= 4, bits /= 16, table += 16 * width)
            ADD(0)
    }
#undef ADD
    acc[0] = a;
    if (vectors > 1) acc[1] = b;
    if (vectors > 2) acc[2] = c;
    if (vectors > 2) acc[3] = d;
    return table;
}

// The same row by row from `first_row` on, held to so many bits after each.
FX_LANES_INLINE void add_in_order(const struct law *law, fx_lanes *acc,
                                  const struct network_layer *y, const uint64_t *z, int n,
                                  int first_row, int first, int bits, const int vectors)
{
    for (int i = 0; i < n; i += 64, z++)
        for (uint64_t rest = *z; rest; rest &= rest - 1) {
            int row = first_row + i + __builtin_ctzll(rest);
            const int16_t *w = y->w + (size_t)row * (size_t)y->n_pad + first;
            for (int v = 0; v < vectors; v++)
                acc[v] = lanes_clamp(law, acc[v] + fxl_load16(&w[16 * v]), bits, false, false);
        }
}

// Whether some sum may leave its format on the way.
FX_LANES_INLINE bool may_saturate(const fx_lanes *limit, const fx_lanes *u, const int vectors)
{
    uint32_t beyond = 0;
    for (int v = 0; v < vectors; v++)
        beyond |= fxl_mask_bits(fxl_above(fxl_larger(u[v], -u[v]), limit[v]));
    return beyond != 0;
}

// Whether one of n sources is active.
FX_LANES_INLINE bool any_active(const uint64_t *z, int n)
{
    for (; n > 0; n -= 64, z++)
        if (*z) return true;
    return false;
}

// Sums of a one-to-one first layer: n neurons' words at `at`, which are what it heard as well.
FX_LANES_INLINE void gather_words(const struct law *law, fx_lanes *acc, fx_lanes *heard,
                                  const struct stimulus *s, size_t at, const int16_t *w, int n,
                                  int bits, const bool each, const int vectors)
{
    for (int v = 0; v < vectors && 16 * v < n; v++) {
        int32_t words[16] __attribute__((aligned(64))) = {0};
        fx_lanes x;
        if (!s->wide && n - 16 * v >= 16) {
            x = fxl_load_bytes(&s->x[at + 16 * (size_t)v]);
        } else { // some lanes are none
            for (int i = 0; i < 16 && 16 * v + i < n; i++)
                words[i] =
                    s->wide ? s->wide[at + (size_t)(16 * v + i)] : s->x[at + (size_t)(16 * v + i)];
            x = *(const fx_lanes *)words;
        }
        acc[v] += x * fxl_load16(&w[16 * v]);
        heard[v] = x;
        if (each) acc[v] = lanes_clamp(law, acc[v], bits, false, false);
    }
}

// Words of the neurons of a slice that stay the same over a block.
struct fixed {
    struct lanes_words word[4]; // λ and μ without jitter
    fx_lanes lambda_slope[4], mu_slope[4], limit[4];
};

FX_LANES_INLINE struct fixed fixed_of(const struct slice *c, const int vectors)
{
    const struct network_layer *y = &c->a->net->layer[c->l];
    struct fixed f;
    for (int v = 0; v < vectors; v++) {
        const int n = c->first + 16 * v;
        f.word[v] = (struct lanes_words){.lambda = lanes_at(y->word[WORD_LAMBDA], n),
                                         .mu = lanes_at(y->word[WORD_MU], n),
                                         .theta = lanes_at(y->word[WORD_THETA], n),
                                         .bias = lanes_at(y->word[WORD_BIAS], n),
                                         .gain = lanes_at(y->word[WORD_GAIN], n),
                                         .rest = lanes_at(y->word[WORD_REST], n),
                                         .reset = lanes_at(y->word[WORD_RESET], n)};
        f.lambda_slope[v] = lanes_at(y->word[WORD_LAMBDA_SLOPE], n);
        f.mu_slope[v] = lanes_at(y->word[WORD_MU_SLOPE], n);
        f.limit[v] = lanes_at(c->a->layer[c->l].limit, n);
    }
    return f;
}

// Stages current to refract of vector i of a slice in one tick of one clip. jitter, t: NULL if there is none.
FX_LANES_INLINE void run_vector(const struct law *law, const struct lanes_products *products,
                                int align, const struct fixed *f, int i, const int vectors,
                                const int *jitter, fx_lanes *state, const fx_lanes *acc,
                                const fx_lanes *heard, bool counts, const struct trace_layer *t,
                                size_t at, uint64_t *fired)
{
    fx_lanes *const v = &state[LAYERS_V * vectors + i], *const u = &state[LAYERS_U * vectors + i];
    fx_lanes *const r = &state[LAYERS_R * vectors + i];
    struct lanes_words p = f->word[i];
    struct lanes_state now = {.v = *v};
    if (jitter && !law_leak_shifts(law->leak_kind))
        p.lambda = lanes_moved(law, p.lambda, f->lambda_slope[i], *jitter);
    if (jitter && law->currents && !law_leak_shifts(law->decay_kind))
        p.mu = lanes_moved(law, p.mu, f->mu_slope[i], *jitter);
    if (law->currents) now.u = *u;
    if (law->refractory_ticks) now.r = *r;
    const struct lanes_tick d =
        lanes_step(law, products, align, 1, &p, &now, acc[i], (fx_lanes){0}, heard[i]);
    *v = now.v;
    if (law->currents) *u = now.u;
    if (law->refractory_ticks) *r = now.r;
    if (counts) state[LAYERS_COUNT * vectors + i] += d.z;
    *fired |= (uint64_t)fxl_mask_bits(d.fired) * fx_one(16 * i);
    if (t) lanes_record(t, law, &d, &now, at + 16 * (size_t)i);
}

// recorded: some clip's trace takes words. first_layer: one-to-one.
FX_LANES_INLINE void run_slice(const struct slice *c, const struct law *law,
                               const struct lanes_products *products, const bool constant,
                               const int vectors, const bool first_layer, const bool recorded)
{
    const struct layers *const a = c->a;
    const struct network_layer *const y = &a->net->layer[c->l];
    const struct fixed f = fixed_of(c, vectors);
    const int align = y->align, n_in = y->n_in, own = y->recurrent ? y->n_out : 0, first = c->first;
    const int n_clips = c->n_clips, n_ticks = c->n_ticks, bits = law_bits(law->current);
    const bool each = law->saturate_each, counts = c->l == a->net->n_layers - 1;
    const size_t words = (size_t)trace_spike_words(y->n_out);
    const size_t in_words = first_layer ? 0 : (size_t)trace_spike_words(n_in);
    const size_t groups = (size_t)(y->taps * ((n_in + 3) / 4) + (own + 3) / 4);
    const int32_t *const table =
        first_layer ? 0 : a->layer[c->l].table + groups * 16 * (size_t)first;
    fx_lanes *const states =
        (fx_lanes *)layers_state(&a->layer[c->l], y->n_out, first, 0, LAYERS_V);
    for (int tick = 0; tick < n_ticks; tick++)
        for (int clip = 0; clip < n_clips; clip++) {
            const struct stimulus *const s = &c->s[clip];
            uint64_t *const out = spikes_of(a, c->l, clip) + (size_t)tick * words;
            const uint64_t *const in =
                first_layer ? 0 : spikes_of(a, c->l - 1, clip) + (size_t)tick * in_words;
            fx_lanes *const state = states + clip * LAYERS_STATES * vectors;
            const fx_lanes *const u = state + LAYERS_U * vectors;
            fx_lanes acc[4] = {{0}}, heard[4] = {{0}};
            if (law->leak_when && !first_layer) {
                bool active = any_active(in, n_in) || any_active(out - words, own);
                for (int k = 1; k < y->taps; k++)
                    active = active || any_active(in - (size_t)(k * y->spacing) * in_words, n_in);
                for (int i = 0; i < vectors; i++)
                    heard[i] = fxl_set(active);
            }
            for (int i = 0; each && i < vectors; i++)
                acc[i] = u[i];
            if (first_layer) {
                const size_t at = (size_t)(c->from + tick) * (size_t)n_in + (size_t)first;
                gather_words(law, acc, heard, s, at, y->w + first, n_in - first, bits, each,
                             vectors);
            } else if (each && may_saturate(f.limit, u, vectors)) {
                for (int k = 0; k < y->taps; k++)
                    add_in_order(law, acc, y, in - (size_t)(k * y->spacing) * in_words, n_in,
                                 k * n_in, first, bits, vectors);
                add_in_order(law, acc, y, out - words, own, y->n_heard, first, bits, vectors);
            } else {
                const int32_t *next = add_subsets(acc, table, in, n_in, vectors);
                for (int k = 1; k < y->taps; k++)
                    next = add_subsets(acc, next, in - (size_t)(k * y->spacing) * in_words, n_in,
                                       vectors);
                if (own) add_subsets(acc, next, out - words, own, vectors);
            }
            const bool moved = s->jitter != 0;
            const int jitter = moved ? s->jitter[c->from + tick] : 0;
            uint64_t fired = 0;
            const struct trace_layer t = c->t[clip].layer[c->l];
            const size_t at = (size_t)(c->from + tick) * (size_t)t.stride + (size_t)first;
#define VECTOR(i)                                                                                  \
    run_vector(law, products, align, &f, i, vectors, moved ? &jitter : 0, state, acc, heard,       \
               counts, recorded ? &t : 0, at, &fired)
            if (constant) {
                VECTOR(0);
                if (vectors > 1) VECTOR(1);
                if (vectors > 2) VECTOR(2);
                if (vectors > 2) VECTOR(3);
            } else {
                for (int i = 0; i < vectors; i++)
                    VECTOR(i);
            }
#undef VECTOR
            out[first / 64] = fired;
        }
}

// What a layer did in a block, into the traces.
static void record(const struct slice *c)
{
    const int n_words = trace_spike_words(c->a->net->layer[c->l].n_out);
    for (int clip = 0; clip < c->n_clips; clip++) {
        const struct trace *t = &c->t[clip];
        uint64_t *to = t->layer[c->l].z ? t->layer[c->l].z + c->from * n_words : 0;
        uint64_t *z = spikes_of(c->a, c->l, clip);
        int64_t spikes = 0;
        for (int k = 0; k < c->n_ticks * n_words; k++) {
            if (to) to[k] = z[k];
            spikes += __builtin_popcountll(z[k]);
        }
        if (t->spikes) t->spikes[c->l] += spikes;
    }
}

// Of all layers, when no one hears them any more, what the next block begins with.
static void keep_before(const struct slice *c)
{
    for (int l = 0; l < c->a->net->n_layers; l++) {
        const int n_words = trace_spike_words(c->a->net->layer[l].n_out);
        for (int clip = 0; clip < c->n_clips; clip++) {
            uint64_t *z = spikes_of(c->a, l, clip);
            for (int k = -c->a->layer[l].before * n_words; k < 0; k++)
                z[k] = z[c->n_ticks * n_words + k];
        }
    }
}

static bool is_recorded(const struct slice *c)
{
    for (int clip = 0; clip < c->n_clips; clip++) {
        const struct trace_layer *t = &c->t[clip].layer[c->l];
        if (t->c || t->c16 || t->v || t->u || t->r) return true;
    }
    return false;
}

// constant: each width of a slice has code of its own.
FX_LANES_INLINE void run_layer(struct slice *c, const struct law *law,
                               const struct lanes_products *products, const bool constant,
                               const bool first_layer, const bool recorded)
{
    const int n_out = c->a->net->layer[c->l].n_out;
    for (c->first = 0; c->first < n_out; c->first += 64) {
        const int vectors = layers_width(n_out - c->first) / 16;
        if (!constant)
            run_slice(c, law, products, constant, vectors, first_layer, recorded);
        else if (vectors == 1)
            run_slice(c, law, products, constant, 1, first_layer, recorded);
        else if (vectors == 2)
            run_slice(c, law, products, constant, 2, first_layer, recorded);
        else
            run_slice(c, law, products, constant, 4, first_layer, recorded);
    }
}

FX_LANES_INLINE void run(const struct slice *block, const struct law *law,
                         const struct lanes_products *products, const bool constant)
{
    struct slice c = *block;
    for (c.l = 0; c.l < c.a->net->n_layers; c.l++) {
        const bool recorded = is_recorded(&c);
        if (!constant)
            run_layer(&c, law, products, false, c.l == 0, recorded);
        else if (c.l == 0 && !recorded)
            run_layer(&c, law, products, true, true, false);
        else if (c.l == 0)
            run_layer(&c, law, products, true, true, true);
        else if (!recorded)
            run_layer(&c, law, products, true, false, false);
        else
            run_layer(&c, law, products, true, false, true);
        record(&c);
    }
    keep_before(block);
}

// Laws alike in all but formats and the saturation of the increment.
static bool same_kinds(const struct law *a, const struct law *b)
{
    return a->round_current == b->round_current && a->round_decay == b->round_decay &&
           a->round_leak == b->round_leak && a->leak_kind == b->leak_kind &&
           a->decay_kind == b->decay_kind && a->currents == b->currents &&
           a->input_signed == b->input_signed && a->leak_signed == b->leak_signed &&
           a->has_gain == b->has_gain && a->has_rest == b->has_rest &&
           a->decay_last == b->decay_last && a->saturate_each == b->saturate_each &&
           a->wrap == b->wrap && a->floor_zero == b->floor_zero && a->fire_gt == b->fire_gt &&
           a->reset_subtract == b->reset_subtract && a->integrate_first == b->integrate_first &&
           a->refractory_hold == b->refractory_hold && a->leak_when == b->leak_when &&
           a->symmetric == b->symmetric && a->fire_before == b->fire_before &&
           !a->refractory_ticks == !b->refractory_ticks;
}

// The instance of a law, a function of its own: its kinds and products are constants, formats are the chip's.
#define INSTANCE(name, by_leak, by_decay, by_gain, ...)                                            \
    static __attribute__((noinline)) bool name(const struct slice *block,                          \
                                               const struct lanes_products *have)                  \
    {                                                                                              \
        const struct law *law = &block->a->law;                                                    \
        struct law own = __VA_ARGS__;                                                              \
        const struct lanes_products by = {by_leak, by_decay, by_gain};                             \
        if (!INSTANCES || !same_kinds(law, &own) || have->leak != by.leak ||                       \
            have->decay != by.decay || have->gain != by.gain)                                      \
            return false;                                                                          \
        own.input = law->input;                                                                    \
        own.weight = law->weight;                                                                  \
        own.membrane = law->membrane;                                                              \
        own.current = law->current;                                                                \
        own.leak = law->leak;                                                                      \
        own.gain = law->gain;                                                                      \
        own.saturate_increment = law->saturate_increment;                                          \
        if (own.refractory_ticks) own.refractory_ticks = law->refractory_ticks;                    \
        run(block, &own, &by, FULL);                                                               \
        return true;                                                                               \
    }

INSTANCE(run_plain, LANES_32, LANES_32, LANES_32, // chips/fpga-q8.8.yaml, where sums leave 16 bits
         {.round_current = FX_NEAREST_EVEN,
          .round_leak = FX_NEAREST_EVEN,
          .leak_kind = LAW_LEAK_EXPONENTIAL,
          .reset_subtract = true})
INSTANCE(run_xylo, LANES_32, LANES_32, LANES_32, // chips/xylo-v1.yaml, xylo-v2.yaml
         {.leak_kind = LAW_LEAK_SHIFT_MOVES,
          .decay_kind = LAW_LEAK_SHIFT_MOVES,
          .currents = 1,
          .decay_last = true,
          .saturate_each = true,
          .reset_subtract = true})
INSTANCE(run_loihi, LANES_SHORT_HALVES, LANES_SHORT_HALVES, LANES_32, // chips/loihi.yaml
         {.round_leak = FX_AWAY,
          .round_decay = FX_AWAY,
          .leak_kind = LAW_LEAK_EXPONENTIAL,
          .decay_kind = LAW_LEAK_EXPONENTIAL,
          .currents = 1,
          .fire_gt = true})
INSTANCE(run_neurocore, LANES_32, LANES_32, LANES_32, // chips/sc-neurocore.yaml
         {.round_leak = FX_CEILING,
          .leak_kind = LAW_LEAK_EXPONENTIAL,
          .input_signed = true,
          .leak_signed = true,
          .has_gain = true,
          .has_rest = true,
          .wrap = true,
          .refractory_hold = true})

void KERNEL_LAYERS(struct layers *a, int n, const struct stimulus *s, struct trace *t, int from,
                   int n_ticks)
{
    const struct slice block = {a, 0, 0, n, s, t, from, n_ticks};
    bool bytes = true;
    for (int clip = 0; clip < n; clip++)
        bytes = bytes && !s[clip].wide;
    const struct lanes_products *have = &a->products[!bytes];
    if (run_plain(&block, have) || run_xylo(&block, have) || run_loihi(&block, have) ||
        run_neurocore(&block, have))
        return;
    run(&block, &a->law, have, false);
}
