// The kernel of many clips: network_run_ref's bits, in 16-bit lanes, layer after layer.
//
// Compiled once for each instruction set (ISA_NAME). As in kernel.c one inlined body is
// instantiated for the laws in use, so that in those no choice is left inside a tick; any other law
// runs the same body with its choices taken at run time. Domain: what model/many.c proves.
#include "model/many_packed.h"
#include "model/many_wide.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#ifndef ISA_NAME
#define ISA_NAME generic
#endif
#define MANY_BUILD JOIN(many_build_, ISA_NAME)
#define MANY_RUN   JOIN(many_run_, ISA_NAME)

bool MANY_BUILD(struct many *m);
void MANY_RUN(struct many *m, int n, const struct stimulus *s, struct trace *t);

// Inputs of layer 0 that are not 0, as bits.
static void read_inputs(struct many *m, const struct block *b)
{
    const struct many_layer *y = &m->layer[0];
    for (int k = 0; k < b->n_clips; k++) {
        const struct stimulus *s = &b->s[k];
        const uint8_t *x = s->x + (size_t)b->first_tick * (size_t)y->n_in;
        const uint8_t *end = s->x + (size_t)s->n_ticks * (size_t)y->n_in;
        uint16_t *to = m->x + k * y->units_in;
        for (int tick = 0; tick < b->n_ticks; tick++, to += (MANY_CLIPS - 1) * y->units_in)
            for (int n = y->n_in; n > 0; n -= MANY_UNIT) {
                int some = n < MANY_UNIT ? n : MANY_UNIT;
                uint8_t padded[MANY_UNIT] = {0};
                bool beyond = end - x < MANY_UNIT;
                if (beyond) __builtin_memcpy(padded, x, (size_t)some);
                *to++ = (uint16_t)(fx16_nonzero_bytes(beyond ? padded : x) & fx_umax(some));
                x += some;
            }
    }
}

// Spikes of a layer into the traces: bits, and how many; of a wide last layer, whose.
static void record(struct many *m, int l, const struct block *b)
{
    const struct many_layer *y = &m->layer[l];
    const bool last = l == m->n_layers - 1, packed = y->neurons < y->lanes;
    const int n_words = trace_spike_words(y->n_out), units = y->units_out;
    for (int k = 0; k < b->n_clips; k++) {
        struct trace *t = &b->t[k];
        uint64_t *to = t->layer[l].z ? t->layer[l].z + b->first_tick * n_words : 0;
        if (!to && last && packed) continue;
        int64_t spikes = 0;
        for (int i = 0; i < n_words; i++) {
            const uint16_t *z = y->z + k * units + 4 * i;
            int some = units - 4 * i < 4 ? units - 4 * i : 4;
            for (int tick = 0; tick < b->n_ticks; tick++, z += MANY_CLIPS * units) {
                uint64_t word = z[0];
                if (some == 4)
                    __builtin_memcpy(&word, z, sizeof word);
                else
                    __builtin_memcpy(&word, z, (size_t)some * sizeof *z);
                if (to) to[tick * n_words + i] = word;
                spikes += __builtin_popcountll(word);
                for (uint64_t rest = last && !packed ? word : 0; rest; rest &= rest - 1)
                    t->count[64 * i + __builtin_ctzll(rest)]++;
            }
        }
        if (t->spikes && !(last && packed)) t->spikes[l] += spikes;
    }
}

FX_LANES_INLINE void run_layer(struct many *m, int l, const struct block *b, const struct plan *p)
{
    const struct many_layer *y = &m->layer[l];
    if (y->neurons < y->lanes) {
        run_packed(m, l, b, p);
        return;
    }
    for (int slice = 0; slice < y->n_slices; slice++)
        if (y->lanes > MANY_LANES)
            run_wide(m, l, slice, b, false, 2 * MANY_LANES, p);
        else if (b->n_clips == 1)
            run_wide(m, l, slice, b, true, MANY_LANES, p);
        else
            run_wide(m, l, slice, b, false, MANY_LANES, p);
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
                         .leak_top = fx_umax(law_bits(law->leak))};
}

static bool same_plan(const struct plan *a, const struct plan *b)
{
    return a->leak_kind == b->leak_kind && a->round_leak == b->round_leak && a->wrap == b->wrap &&
           a->floor_zero == b->floor_zero && a->fire_gt == b->fire_gt &&
           a->reset_subtract == b->reset_subtract && a->bits == b->bits && a->jitter == b->jitter &&
           a->jitters_within == b->jitters_within && a->high_lambda == b->high_lambda;
}

// The instance of the plan, if it has one. What a plan leaves out is zero.
#define INSTANCE(...)                                                                              \
    {                                                                                              \
        const struct plan own = {.round_leak = FX_NEAREST_EVEN, .bits = 16, __VA_ARGS__};          \
        if (same_plan(&p, &own)) {                                                                 \
            run_layer(m, l, b, &own);                                                              \
            return;                                                                                \
        }                                                                                          \
    }

static void run_layer_planned(struct many *m, int l, const struct block *b, bool jitter)
{
    struct plan p = plan_of(m, l, jitter);
    // chips/fpga-q8.8.yaml, without and with jitter of the leak
    INSTANCE(.leak_kind = LAW_LEAK_EXPONENTIAL, .reset_subtract = true)
    INSTANCE(.leak_kind = LAW_LEAK_EXPONENTIAL, .reset_subtract = true, .jitter = true,
             .jitters_within = true)
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
