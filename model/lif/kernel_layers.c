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

enum { WORDS_OF = LAYERS_NEURONS / 64 }; // of a layer's spikes in a tick

// Spikes of a layer in a block.
struct spikes {
    uint64_t z[LAYERS_TICKS][WORDS_OF];
};

// A slice of a layer and what runs in it.
struct slice {
    const struct layers *a;
    int l, first; // layer, first neuron
    const struct stimulus *s;
    const struct trace_layer *t;
    int from, n_ticks;
    const struct spikes *in;
    struct spikes *out;
};

// acc += the sums of the sources in z, 64 a word, of which there are n. Each sum in a register of its own.
FX_LANES_INLINE const int32_t *add_subsets(fx_lanes *acc, const int32_t *table, const uint64_t *z,
                                           int n, const int vectors)
{
    const fx_lanes none = {0};
    fx_lanes a = acc[0], b = vectors > 1 ? acc[1] : none;
    fx_lanes c = vectors > 2 ? acc[2] : none, d = vectors > 2 ? acc[3] : none;
    const size_t width = 16 * (size_t)vectors;
    for (int i = 0; i < n; i += 64, z++) {
        uint64_t bits = *z;
        for (int k = i; k < n && k < i + 64; k += 4, bits /= 16, table += 16 * width) {
            const int32_t *row = table + bits % 16 * width;
            a += *(const fx_lanes *)&row[0];
            if (vectors > 1) b += *(const fx_lanes *)&row[16];
            if (vectors > 2) c += *(const fx_lanes *)&row[32];
            if (vectors > 2) d += *(const fx_lanes *)&row[48];
        }
    }
    acc[0] = a;
    if (vectors > 1) acc[1] = b;
    if (vectors > 2) acc[2] = c;
    if (vectors > 2) acc[3] = d;
    return table;
}

// The same row by row from `first_row` on, held to so many bits after each.
FX_LANES_INLINE void add_in_order(fx_lanes *acc, const struct network_layer *y, const uint64_t *z,
                                  int n, int first_row, int first, int bits, const int vectors)
{
    for (int i = 0; i < n; i += 64, z++)
        for (uint64_t rest = *z; rest; rest &= rest - 1) {
            int row = first_row + i + __builtin_ctzll(rest);
            const int16_t *w = y->w + (size_t)row * (size_t)y->n_pad + first;
            for (int v = 0; v < vectors; v++)
                acc[v] = lanes_clamp(acc[v] + fxl_load16(&w[16 * v]), bits, false, false);
        }
}

// Whether some sum may leave its format on the way.
FX_LANES_INLINE bool may_saturate(const int32_t *limit, const int32_t *u, const int vectors)
{
    fx_lanes beyond = {0};
    for (int v = 0; v < vectors; v++) {
        const fx_lanes most = *(const fx_lanes *)&limit[16 * v], x = *(const fx_lanes *)&u[16 * v];
        beyond |= (x > most) | (-x > most);
    }
    return fxl_bits(beyond) != 0;
}

// Sums of a one-to-one first layer.
FX_LANES_INLINE void gather_words(fx_lanes *acc, const struct slice *c,
                                  const struct network_layer *y, int tick, int bits,
                                  const bool each, const int vectors)
{
    const size_t at = (size_t)(c->from + tick) * (size_t)y->n_in + (size_t)c->first;
    const int n = y->n_in - c->first < 16 * vectors ? y->n_in - c->first : 16 * vectors;
    for (int v = 0; v < vectors && 16 * v < n; v++) {
        int32_t words[16] __attribute__((aligned(64))) = {0};
        fx_lanes x;
        if (!c->s->wide && n - 16 * v >= 16) {
            x = fxl_load_bytes(&c->s->x[at + 16 * (size_t)v]);
        } else { // some lanes are none
            for (int i = 0; i < 16 && 16 * v + i < n; i++)
                words[i] = c->s->wide ? c->s->wide[at + (size_t)(16 * v + i)]
                                      : c->s->x[at + (size_t)(16 * v + i)];
            x = *(const fx_lanes *)words;
        }
        acc[v] += x * fxl_load16(&y->w[c->first + 16 * v]);
        if (each) acc[v] = lanes_clamp(acc[v], bits, false, false);
    }
}

// Sums of a dense layer: of the layer before it, and of its own spikes in the tick before.
FX_LANES_INLINE void gather_spikes(fx_lanes *acc, const struct slice *c,
                                   const struct network_layer *y, int tick, const uint64_t *before,
                                   int bits, const bool each, const int vectors)
{
    const uint64_t *z = c->in->z[tick];
    const int own = y->recurrent ? y->n_out : 0;
    if (each && may_saturate(c->a->layer[c->l].limit + c->first, &y->u[c->first], vectors)) {
        add_in_order(acc, y, z, y->n_in, 0, c->first, bits, vectors);
        add_in_order(acc, y, before, own, y->n_in, c->first, bits, vectors);
        return;
    }
    const int groups = (y->n_in + 3) / 4 + (own + 3) / 4;
    const int32_t *table = c->a->layer[c->l].table + (size_t)groups * 16 * (size_t)c->first;
    table = add_subsets(acc, table, z, y->n_in, vectors);
    add_subsets(acc, table, before, own, vectors);
}

FX_LANES_INLINE void run_slice(const struct slice *c, const struct law *law,
                               const struct network_wide *wide, const int vectors)
{
    struct network_layer *y = &c->a->net->layer[c->l];
    const int first = c->first, bits = law->saturate_each ? law_bits(law->current) : 0;
    const bool each = law->saturate_each;
    const uint64_t *before = y->z; // of the tick before the block
    for (int tick = 0; tick < c->n_ticks; tick++) {
        const int jitter = c->s->jitter ? c->s->jitter[c->from + tick] : 0;
        fx_lanes acc[4] = {{0}};
        uint64_t fired = 0;
        y->lambda_now = lanes_jittered(y, law, law->leak_kind, WORD_LAMBDA, y->lambda_t, jitter);
        if (law->currents)
            y->mu_now = lanes_jittered(y, law, law->decay_kind, WORD_MU, y->mu_t, jitter);
        for (int v = 0; each && v < vectors; v++)
            acc[v] = *(const fx_lanes *)&y->u[first + 16 * v];
        if (c->l == 0)
            gather_words(acc, c, y, tick, bits, each, vectors);
        else
            gather_spikes(acc, c, y, tick, before, bits, each, vectors);
        const size_t at = (size_t)(c->from + tick) * (size_t)c->t->stride;
        for (int v = 0; v < vectors; v++) {
            const int n = first + 16 * v;
            struct lanes_tick d = lanes_step(y, law, wide, acc[v], (fx_lanes){0}, n);
            fired |= (uint64_t)fxl_bits(d.fired) * fx_one(16 * v);
            lanes_record(c->t, y, law, d, n, at + (size_t)n);
        }
        c->out->z[tick][first / 64] = fired;
        before = c->out->z[tick];
    }
}

// What a layer did in a block, into the trace.
FX_LANES_INLINE void keep(struct network *net, int l, const struct spikes *out, struct trace *t,
                          int from, int n_ticks)
{
    const int n_words = trace_spike_words(net->layer[l].n_out);
    uint64_t *to = t->layer[l].z ? t->layer[l].z + from * n_words : 0;
    for (int tick = 0; tick < n_ticks; tick++)
        for (int k = 0; k < n_words; k++) {
            uint64_t z = out->z[tick][k];
            if (to) to[tick * n_words + k] = z;
            if (t->spikes) t->spikes[l] += __builtin_popcountll(z);
            for (; l == net->n_layers - 1 && z; z &= z - 1)
                t->count[64 * k + __builtin_ctzll(z)]++;
        }
    for (int k = 0; k < n_words; k++)
        net->layer[l].z[k] = out->z[n_ticks - 1][k];
}

// constant: the law's kinds are, so that each width of a slice is worth code of its own.
FX_LANES_INLINE void run(struct layers *a, const struct stimulus *s, struct trace *t, int from,
                         int n_ticks, const struct law *law, const struct network_wide *wide,
                         const bool constant)
{
    struct spikes z[2];
    for (int l = 0; l < a->net->n_layers; l++) {
        const int n_out = a->net->layer[l].n_out;
        struct slice c = {a, l, 0, s, &t->layer[l], from, n_ticks, &z[(l + 1) % 2], &z[l % 2]};
        for (; c.first < n_out; c.first += 64) {
            const int vectors = layers_width(n_out - c.first) / 16;
            if (!constant)
                run_slice(&c, law, wide, vectors);
            else if (vectors == 1)
                run_slice(&c, law, wide, 1);
            else if (vectors == 2)
                run_slice(&c, law, wide, 2);
            else
                run_slice(&c, law, wide, 4);
        }
        keep(a->net, l, c.out, t, from, n_ticks);
    }
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
           a->refractory_hold == b->refractory_hold && !a->refractory_ticks == !b->refractory_ticks;
}

#if defined __x86_64__ && !defined __AVX2__
enum { INSTANCES = false }; // seldom run: not worth the code
#else
enum { INSTANCES = true };
#endif

// The instance of a law: its kinds and wide products are constants, formats are the chip's.
#define INSTANCE(wide_leak, wide_decay, wide_gain, ...)                                            \
    {                                                                                              \
        struct law own = __VA_ARGS__;                                                              \
        const struct network_wide wide = {wide_leak, wide_decay, wide_gain};                       \
        const struct network_wide *have = &a->net->wide;                                           \
        if (INSTANCES && same_kinds(&a->law, &own) && have->leak == wide.leak &&                   \
            have->decay == wide.decay && have->gain == wide.gain) {                                \
            own.input = a->law.input;                                                              \
            own.weight = a->law.weight;                                                            \
            own.membrane = a->law.membrane;                                                        \
            own.current = a->law.current;                                                          \
            own.leak = a->law.leak;                                                                \
            own.gain = a->law.gain;                                                                \
            own.saturate_increment = a->law.saturate_increment;                                    \
            if (own.refractory_ticks) own.refractory_ticks = a->law.refractory_ticks;              \
            run(a, s, t, from, n_ticks, &own, &wide, true);                                        \
            return;                                                                                \
        }                                                                                          \
    }

void KERNEL_LAYERS(struct layers *a, const struct stimulus *s, struct trace *t, int from,
                   int n_ticks)
{
    INSTANCE(false, false, false, // chips/xylo-v1.yaml, xylo-v2.yaml
             {.leak_kind = LAW_LEAK_SHIFT_MOVES,
              .decay_kind = LAW_LEAK_SHIFT_MOVES,
              .currents = 1,
              .decay_last = true,
              .saturate_each = true,
              .reset_subtract = true})
    INSTANCE(true, true, false, // chips/loihi.yaml
             {.round_leak = FX_AWAY,
              .round_decay = FX_AWAY,
              .leak_kind = LAW_LEAK_EXPONENTIAL,
              .decay_kind = LAW_LEAK_EXPONENTIAL,
              .currents = 1,
              .fire_gt = true})
    INSTANCE(true, false, true, // chips/sc-neurocore.yaml
             {.round_leak = FX_CEILING,
              .leak_kind = LAW_LEAK_EXPONENTIAL,
              .input_signed = true,
              .leak_signed = true,
              .has_gain = true,
              .has_rest = true,
              .wrap = true,
              .refractory_hold = true})
    run(a, s, t, from, n_ticks, &a->law, &a->net->wide, false);
}
