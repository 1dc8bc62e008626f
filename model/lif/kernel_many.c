// The kernel of many clips: network_run_ref's bits, in 16-bit lanes, layer after layer.
//
// Compiled once for each instruction set (ISA_NAME). As in kernel.c one inlined body is
// instantiated for the laws in use, so that in those no choice is left inside a tick; any other law
// runs the same body with its choices taken at run time. Domain: what model/lif/many.c proves.
#include "base/isa.h"
#include "model/lif/many_packed.h"
#include "model/lif/many_wide.h"

#define MANY_BUILD ISA_FUNCTION(many_build)
#define MANY_RUN   ISA_FUNCTION(many_run)

many_build_kernel MANY_BUILD;
many_run_kernel MANY_RUN;

// Inputs of layer 0 that are not 0, as bits.
static void read_inputs(struct many *m, const struct block *b)
{
    const struct many_layer *y = &m->layer[0];
    const int n_in = y->n_in, units = y->units_in;
    for (int k = 0; k < b->n_clips; k++)
        for (int u = 0; u < units; u++) {
            const uint8_t *x = b->s[k].x + (size_t)b->first_tick * (size_t)n_in + u * MANY_UNIT;
            const int n = n_in - u * MANY_UNIT < MANY_UNIT ? n_in - u * MANY_UNIT : MANY_UNIT;
            // 16 bytes from x on are the clip's, but perhaps in its last ticks
            const int ahead = (MANY_UNIT - n + n_in - 1) / n_in;
            const bool ends = b->first_tick + b->n_ticks > b->s[k].n_ticks - ahead;
            const unsigned mask = (unsigned)fx_umax(n);
            uint16_t *to = m->x + k * units + u;
            int tick = 0;
            for (; tick < b->n_ticks - (ends ? ahead : 0); tick++, x += n_in) {
                *to = (uint16_t)(fx16_nonzero_bytes(x) & mask);
                to += MANY_CLIPS * units;
            }
            for (tick = tick > 0 ? tick : 0; tick < b->n_ticks; tick++, x += n_in) {
                uint8_t padded[MANY_UNIT] = {0};
                __builtin_memcpy(padded, x, (size_t)n);
                *to = fx16_nonzero_bytes(padded);
                to += MANY_CLIPS * units;
            }
        }
}

// Word i of a layer's spike bits of one clip and tick.
static uint64_t spike_word(const struct many_layer *y, int tick, int clip, int i)
{
    const uint16_t *z = y->z + (tick * MANY_CLIPS + clip) * y->units_out + 4 * i;
    uint64_t word = 0;
    int units = y->units_out - 4 * i;
    if (units >= 4)
        __builtin_memcpy(&word, z, sizeof word);
    else
        for (int u = 0; u < units; u++)
            word |= fx_one(MANY_UNIT * u) * z[u];
    return word;
}

// Spikes of a layer into the traces: bits, and how many; of a wide last layer, whose.
static void record(struct many *m, int l, const struct block *b)
{
    const struct many_layer *y = &m->layer[l];
    const bool counted = l == m->n_layers - 1 && y->neurons < y->lanes; // already, in lanes
    const int n_words = trace_spike_words(y->n_out);
    for (int k = 0; k < b->n_clips; k++) {
        struct trace *t = &b->t[k];
        uint64_t *to = t->layer[l].z ? t->layer[l].z + b->first_tick * n_words : 0;
        for (int i = 0; i < n_words; i++) {
            for (int tick = 0; to && tick < b->n_ticks; tick++)
                to[tick * n_words + i] = spike_word(y, tick, k, i);
            int64_t spikes = 0;
            for (int tick = 0; t->spikes && !counted && tick < b->n_ticks; tick++)
                spikes += __builtin_popcountll(spike_word(y, tick, k, i));
            if (t->spikes) t->spikes[l] += spikes;
            for (int tick = 0; l == m->n_layers - 1 && !counted && tick < b->n_ticks; tick++)
                for (uint64_t rest = spike_word(y, tick, k, i); rest; rest &= rest - 1)
                    t->count[64 * i + __builtin_ctzll(rest)]++;
        }
    }
}

// What a layer with taps hears in a block: bits of its sources in that tick and earlier ones. `late` begins
// with the tick before the block, one further back after the other.
static void hear_taps(struct many *m, int l, const struct block *b)
{
    const struct many_layer *y = &m->layer[l];
    const int each = y->units_tap, from_units = m->layer[l - 1].units_out;
    const uint16_t *z = m->layer[l - 1].z;
    if (!b->first_tick) __builtin_memset(y->late, 0, many_late_words(y) * sizeof *y->late);
    for (int tick = 0; tick < b->n_ticks; tick++)
        for (int k = 0; k < b->n_clips; k++) {
            uint16_t *to = y->x + (tick * MANY_CLIPS + k) * y->units_in;
            for (int tap = 0; tap < y->taps; tap++, to += each) {
                const int then = tick - tap * y->spacing;
                const uint16_t *x = then < 0 ? y->late + ((-1 - then) * MANY_CLIPS + k) * each
                                             : z + (then * MANY_CLIPS + k) * from_units;
                for (int u = 0; u < each; u++)
                    to[u] = x[u];
            }
        }
    // No later block follows a short one.
    for (int back = 0; b->n_ticks == MANY_TICKS && back < IMAGE_MAX_LATE; back++)
        for (int k = 0; k < b->n_clips; k++)
            for (int u = 0; u < each; u++)
                y->late[(back * MANY_CLIPS + k) * each + u] =
                    z[((MANY_TICKS - 1 - back) * MANY_CLIPS + k) * from_units + u];
}
_Static_assert((int)MANY_TICKS >= (int)IMAGE_MAX_LATE,
               "what is late is of this block or the one before");

FX_LANES_INLINE void run_layer(struct many *m, int l, const struct block *b, const struct plan *p)
{
    const struct many_layer *y = &m->layer[l];
    bool traced = false, single = b->n_clips == 1;
    for (int k = 0; k < b->n_clips; k++)
        traced |= b->t[k].layer[l].c16 != 0;
    if (y->neurons < y->lanes) {
        run_packed(m, l, b, p);
    } else if (y->lanes > MANY_LANES) {
        run_wide(m, l, 0, b, p, 2 * MANY_LANES, true, false, true);
    } else if (y->recurrent) {
        if (single)
            run_wide(m, l, 0, b, p, MANY_LANES, true, true, true);
        else if (traced)
            run_wide(m, l, 0, b, p, MANY_LANES, true, false, true);
        else
            run_wide(m, l, 0, b, p, MANY_LANES, true, false, false);
    } else {
        for (int slice = 0; slice < y->n_slices; slice++)
            if (single)
                run_wide(m, l, slice, b, p, MANY_LANES, false, true, true);
            else if (traced)
                run_wide(m, l, slice, b, p, MANY_LANES, false, false, true);
            else
                run_wide(m, l, slice, b, p, MANY_LANES, false, false, false);
    }
}

static struct plan plan_of(const struct many *m, int l, bool jitter)
{
    const struct law *law = &m->law;
    const struct many_layer *y = &m->layer[l];
    bool moves = law->leak_kind == LAW_LEAK_EXPONENTIAL || law->leak_kind == LAW_LEAK_LINEAR;
    int bits = law_bits(law->membrane);
    return (struct plan){.leak_kind = m->leak_kind,
                         .round_leak = law->round_leak,
                         .wrap = law->wrap,
                         .fire_gt = law->fire_gt,
                         .bounded =
                             (bits < 16 && !law->wrap) || law->floor_zero || !law->reset_subtract,
                         .bits = bits,
                         .rounds = !y->one_to_one && y->align > 0,
                         .jitter = jitter && moves,
                         .jitters_within = jitter && moves && y->jitters_within,
                         .high_lambda = y->high_lambda,
                         .leak_shift = m->leak_shift,
                         .leak_top = fx_umax(law_bits(law->leak))};
}

static bool same_plan(const struct plan *a, const struct plan *b)
{
    return a->leak_kind == b->leak_kind && a->round_leak == b->round_leak && a->wrap == b->wrap &&
           a->fire_gt == b->fire_gt && a->bounded == b->bounded && a->rounds == b->rounds &&
           a->jitter == b->jitter && a->jitters_within == b->jitters_within &&
           a->high_lambda == b->high_lambda;
}

#if defined __x86_64__ && !defined __AVX2__
enum { INSTANCES = false }; // seldom run: not worth the code
#else
enum { INSTANCES = true };
#endif

// The instance of a plan: saturating, fires at >= θ, a leak rounded to nearest even.
#define INSTANCE(kind, bound, jitters)                                                             \
    {                                                                                              \
        const struct plan own = {.round_leak = FX_NEAREST_EVEN,                                    \
                                 .leak_kind = kind,                                                \
                                 .bounded = bound,                                                 \
                                 .jitter = jitters,                                                \
                                 .jitters_within = jitters};                                       \
        if (INSTANCES && same_plan(&p, &own)) {                                                    \
            run_layer(m, l, b, &own);                                                              \
            return;                                                                                \
        }                                                                                          \
    }

static void run_layer_planned(struct many *m, int l, const struct block *b, bool jitter)
{
    struct plan p = plan_of(m, l, jitter);
    INSTANCE(LAW_LEAK_EXPONENTIAL, false, false) // chips/fpga-q8.8.yaml
    INSTANCE(LAW_LEAK_EXPONENTIAL, false, true)
    INSTANCE(LAW_LEAK_EXPONENTIAL, true, false) // a membrane that is never negative
    INSTANCE(LAW_LEAK_EXPONENTIAL, true, true)
    INSTANCE(LAW_LEAK_LINEAR, true, false)
    INSTANCE(LAW_LEAK_LINEAR, true, true)
    run_layer(m, l, b, &p);
}

void MANY_RUN(struct many *m, int n, const struct stimulus *s, struct trace *t)
{
    const struct many_layer *last = &m->layer[m->n_layers - 1];
    int n_ticks = s[0].n_ticks;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < last->n_out; i++)
            t[k].count[i] = 0;
        for (int l = 0; t[k].spikes && l < m->n_layers; l++)
            t[k].spikes[l] = 0;
    }
    for (int from = 0; from < n_ticks; from += MANY_TICKS) {
        struct block b = {from, n_ticks - from < MANY_TICKS ? n_ticks - from : MANY_TICKS, n, s, t};
        if (!m->layer[0].one_to_one) read_inputs(m, &b);
        for (int l = 0; l < m->n_layers; l++) {
            if (m->layer[l].taps > 1) hear_taps(m, l, &b);
            run_layer_planned(m, l, &b, s[0].jitter != 0);
            record(m, l, &b);
        }
    }
    for (int k = 0; k < n && last->neurons < last->lanes; k++)
        for (int i = 0; t[k].spikes && i < last->n_out; i++)
            t[k].spikes[m->n_layers - 1] += t[k].count[i];
}

bool MANY_BUILD(struct many *m)
{
    for (int l = 0; l < m->n_layers; l++) {
        struct many_layer *y = &m->layer[l];
        const bool packed = y->neurons < y->lanes;
        if (packed && !packed_fits(m, l)) return false;
        for (int i = 0; y->one_to_one && i < y->n_slices * MANY_UNIT; i++)
            y->w[i] = i < y->n_out ? m->image->layer[l].w[i] : 0;
        if (packed && !y->one_to_one && y->neurons == 4) build_packed(m, l, 1);
        if (packed && !y->one_to_one && y->neurons == 8) build_packed(m, l, 2);
        if (packed && !y->one_to_one && y->neurons == 16) build_packed(m, l, 4);
        for (int slice = 0; !packed && slice < y->n_slices; slice++)
            if (!(y->lanes == MANY_LANES ? build_wide(m, l, slice, MANY_LANES)
                                         : build_wide(m, l, slice, 2 * MANY_LANES)))
                return false;
        for (int i = 0; y->jitters_within && i < y->n_slices * y->lanes; i++)
            y->slope[i] = (int16_t)(2 * y->slope[i]);
    }
    return true;
}
