// The runs of model/dpi/dpi_lanes.h, compiled once for each instruction set (ISA_NAME).
//
// Stage for stage model/dpi/dpi.c, in words of 32 bits and products of 64: dpi_lanes_check.
#include "base/isa.h"
#include "model/dpi/dpi_gather.h"

#define LANES_RUN ISA_FUNCTION(dpi_lanes_run)

dpi_lanes_kernel LANES_RUN;

// struct dpi_lanes_state, as words.
struct group {
    fx_words isyn[UNITS], gaba[UNITS], iahp[UNITS], imem[UNITS];
    fx_words vmem[UNITS], timer[UNITS], z[UNITS], count[UNITS];
};

enum { LOG2, EXP2 };

// Between two entries of a table, straight.
FX_LANES_INLINE fx_words interpolate(const struct dpi_lanes *d, const struct dpi_law *law,
                                     const bool packed, const int which, fx_words x)
{
    const int rest_bits = law->log_frac - law->table_bits;
    const fx_words i = fxu_shr_floor(x, rest_bits), rest = x & (uint32_t)fx_umax(rest_bits);
#if defined __AVX512F__
    if (packed) {
        const fx_words word = fxu_table256(d->packed[which], i);
        const fx_words entry = (word & (uint32_t)fx_umax(20)) +
                               (which == EXP2 ? (uint32_t)fx_shl(1, law->log_frac) : 0);
        return entry + fxu_shr_rne((fxu_shr_floor(word, 20) + d->least[which]) * rest, rest_bits);
    }
#else
    (void)packed;
#endif
    const uint32_t *table = which == EXP2 ? d->exp2 : d->log2;
    const fx_words entry = fxu_table(table, i), rise = fxu_table(table + 1, i) - entry;
    return entry + fxp_words(fxp_shr_rne(fxp_mul(rise, rest), rest_bits));
}

// log2 of x + 2^32·carry.
FX_LANES_INLINE fx_words log2_of(const struct dpi_lanes *d, const struct dpi_law *law,
                                 const bool packed, fx_words x, fx_words_mask carry)
{
    const fx_words drop = fxu_select(carry, fxu_set(0), fxu_lead(x) + 1); // to the leading one
    const fx_words mantissa = fxu_shr_floor(fxu_shl_each(x, drop), 32 - law->log_frac);
    return fxu_shl(32 - drop, law->log_frac) + interpolate(d, law, packed, LOG2, mantissa);
}

// One tick. The two long chains of dependent words, from imem and from vmem, come first.
FX_LANES_INLINE void tick(const struct dpi_lanes *d, const struct dpi_law *law, const bool packed,
                          int i, const int units, const struct gathered *g, struct group *s,
                          const struct dpi_lanes_run *run, int t)
{
    const struct dpi_lanes_neuron *n = d->neuron + i;
    const int f = law->current.frac_bits, l = law->log_frac, factor = law->factor_frac;
    const int to_rate = f + law->gain.frac_bits - law->rate.frac_bits, rate = law_bits(law->rate);
    const uint32_t top = (uint32_t)dpi_current_max(law), fraction = (uint32_t)fx_umax(l);
    const fx_words none = fxu_set(0), one = fxu_set(1);
    fx_words isyn[UNITS], gaba[UNITS], ahp[UNITS], leak[UNITS], iin[UNITS], ifb[UNITS], c[UNITS];
    fx_words v[UNITS], above[UNITS], part[UNITS], over[UNITS], fed[UNITS], m[UNITS];
    struct fx_products slope[UNITS], drive[UNITS], relax[UNITS], h[UNITS], p[UNITS];
    fx_words_mask carry[UNITS], blocked[UNITS], fire[UNITS], any = fxu_mask(0);

    EACH c[u] = s->imem[u] + OF(igain);
    EACH carry[u] = fxu_above(s->imem[u], c[u]);
    EACH part[u] = OF(log_gain) - log2_of(d, law, packed, c[u], carry[u]);
    EACH part[u] = fxu_negative(part[u]);
    EACH fed[u] = fxp_words(fxp_shr_rne(fxp_mul_signed(s->vmem[u], OF(alpha)), factor));
    EACH fed[u] = fxu_positive(OF(log_io) + fed[u]);

    EACH isyn[u] = fxp_words(fxp_shr_rne(fxp_mul(s->isyn[u], OF(decay[0])), factor));
    EACH isyn[u] = fxu_add_sat(isyn[u], fxu_larger(g->in[0][u], OF(floor[0])), top);
    EACH gaba[u] = none;
    if (law->gaba) {
        EACH gaba[u] = fxp_words(fxp_shr_rne(fxp_mul(s->gaba[u], OF(decay[1])), factor));
        EACH gaba[u] = fxu_add_sat(gaba[u], fxu_larger(g->in[1][u], OF(floor[1])), top);
    }
    EACH p[u] = fxp_shr_rne(fxp_mul(s->iahp[u], OF(decay_ahp)), factor);
    EACH p[u] = fxp_smaller(fxp_add(p[u], fxp_mul(s->z[u], OF(jump))), top);
    EACH ahp[u] = fxu_larger(fxp_words(p[u]), OF(io));
    EACH leak[u] = fxu_add_sat(ahp[u], OF(itau), top);

    EACH iin[u] = isyn[u] + OF(idc);
    EACH any |= carry[u] = fxu_above(isyn[u], iin[u]);
    EACH iin[u] = fxu_sub_sat(iin[u], gaba[u]);
    if (!law->leak_once) EACH iin[u] = fxu_sub_sat(iin[u], leak[u]);
    if (__builtin_expect(fxu_bits(any) != 0, 0)) EACH
        {
            p[u] = fxp_sub(fxp_add(fxp_of(isyn[u]), fxp_of(OF(idc))), fxp_of(gaba[u]));
            if (!law->leak_once) p[u] = fxp_sub(p[u], fxp_of(leak[u]));
            iin[u] = fxp_words(fxp_sat(p[u], 0, top));
        }
    EACH blocked[u] = fxu_nonzero(s->timer[u]);
    EACH iin[u] = fxu_larger(fxu_smaller(iin[u], fxu_set(top)), OF(io));
    EACH iin[u] = fxu_select(blocked[u], OF(io), iin[u]);

    EACH m[u] = interpolate(d, law, packed, EXP2, fed[u] & fraction);
    EACH fed[u] = fxu_shr_floor(fed[u], l);
    EACH ifb[u] = fxu_shr_rne_each(m[u], (uint32_t)l - fed[u]);
    EACH ifb[u] = fxu_select(fxu_above(fed[u], fxu_set(31)), fxu_set(top), ifb[u]);
    EACH ifb[u] = fxu_smaller(ifb[u], fxu_set(top));
    EACH m[u] = interpolate(d, law, packed, EXP2, part[u] & fraction);
    EACH part[u] = (uint32_t)l - fxu_shr_floor_signed(part[u], l);
    EACH h[u] = fxp_shr_rne_each(fxp_mul(s->imem[u], m[u]), part[u]);

    EACH slope[u] = fxp_shr_rne(fxp_mul(leak[u], OF(gain_tau)), f);
    EACH slope[u] = fxp_smaller(slope[u], fx_umax(law_bits(law->gain)));
    EACH drive[u] = fxp_shr_rne(fxp_mul_by(iin[u], slope[u]), to_rate);
    EACH drive[u] = fxp_smaller(drive[u], fx_max(rate));
    EACH relax[u] = fxp_sub(fxp_mul(ifb[u], OF(gain)), fxp_mul_by(leak[u], slope[u]));
    EACH relax[u] = fxp_sat(fxp_shr_rne_signed(relax[u], to_rate), fx_min(rate), fx_max(rate));
    EACH p[u] = fxp_of(s->imem[u]);
    EACH relax[u] = (struct fx_products){relax[u].even * p[u].even, relax[u].odd * p[u].odd};
    EACH drive[u] = (struct fx_products){fxp_mul_low(h[u].even, drive[u].even),
                                         fxp_mul_low(h[u].odd, drive[u].odd)};
    EACH drive[u] = fxp_shr_rne_signed(fxp_add(drive[u], relax[u]), law->rate.frac_bits);
    EACH p[u] = fxp_sat(fxp_add(p[u], drive[u]), 0, top);
    EACH c[u] = fxu_larger(fxp_words(p[u]), OF(io));

    EACH v[u] = log2_of(d, law, packed, c[u], fxu_mask(0)) - OF(log_io);
    EACH above[u] = v[u] - OF(theta);
    EACH fire[u] = fxu_above_signed(above[u], none);
    EACH s->z[u] = fxu_select(fire[u], one, none); // the first is common, a second is rare
    EACH over[u] = fxu_positive(above[u]);
    any = fxu_mask(0);
    EACH any |= carry[u] = fxu_above(over[u], fxu_set(d->efold));
    for (int k = 1; k < law->max_spikes && fxu_bits(any); k++) {
        any = fxu_mask(0);
        EACH s->z[u] = fxu_add_where(carry[u], s->z[u], one);
        EACH over[u] = fxu_sub_sat(over[u], fxu_set(d->efold));
        EACH any |= carry[u] = fxu_above(over[u], fxu_set(d->efold));
    }

    EACH s->isyn[u] = isyn[u];
    EACH s->gaba[u] = gaba[u];
    EACH s->iahp[u] = ahp[u];
    EACH s->imem[u] = fxu_select(fire[u], OF(io), c[u]);
    EACH s->vmem[u] = law->fresh_vmem ? fxu_select(fire[u], none, v[u]) : v[u];
    EACH s->timer[u] = fxu_sub_where(blocked[u], s->timer[u], one);
    EACH s->timer[u] = fxu_select(fire[u], OF(period), s->timer[u]);
    EACH s->count[u] += s->z[u];
    if (run->spikes) EACH
        {
            struct dpi_lanes_spikes *to = run->spikes + (size_t)t * (size_t)d->n + i + u;
            fxu_store_bytes(to->z, s->z[u]);
            to->driven = fxu_bits(g->above[0][u]);
            to->inhibited = fxu_bits(g->above[1][u]);
        }
    if (run->record) EACH
        {
            struct dpi_lanes_record *to =
                run->record + (size_t)(i + u) * (size_t)run->n_ticks + (size_t)t;
            fxu_store(to->imem, c[u]);
            fxu_store(to->ifb, ifb[u]);
            fxu_store(to->iin, iin[u]);
            fxu_store(to->iahp, ahp[u]);
            fxu_store(to->above, above[u]);
        }
}

// Ticks [from, to) of a group.
FX_LANES_INLINE void group_run(struct dpi_lanes *d, const struct dpi_law *law, const bool packed,
                               const bool narrow, int i, const int units,
                               const struct dpi_lanes_run *run, int from, int to)
{
    struct dpi_lanes_state *n = d->state + i; // as OF reads it
    struct group s;
    EACH s.isyn[u] = OF(isyn), s.gaba[u] = OF(gaba), s.iahp[u] = OF(iahp), s.imem[u] = OF(imem);
    EACH s.vmem[u] = OF(vmem), s.timer[u] = OF(timer), s.z[u] = OF(z), s.count[u] = fxu_set(0);
    for (int t = from; t < to; t++) {
        struct gathered g;
        if (narrow)
            gather_narrow(d, law, i, units, run, t, &g);
        else
            gather_wide(d, law, i, units, run, t, &g);
        tick(d, law, packed, i, units, &g, &s, run, t);
    }
    EACH fxu_store(n[u].isyn, s.isyn[u]), fxu_store(n[u].gaba, s.gaba[u]);
    EACH fxu_store(n[u].iahp, s.iahp[u]), fxu_store(n[u].imem, s.imem[u]);
    EACH fxu_store(n[u].vmem, s.vmem[u]), fxu_store(n[u].timer, s.timer[u]);
    EACH fxu_store(n[u].z, s.z[u]);
    if (run->count) EACH
        {
            int32_t *count = run->count + (i + u) * DPI_LANES;
            fxu_store(count, fxu_load(count) + s.count[u]);
        }
}

FX_LANES_INLINE void groups_run(struct dpi_lanes *d, const struct dpi_law *law, const bool packed,
                                const bool narrow, const struct dpi_lanes_run *run, int from,
                                int to)
{
    int i = 0;
    for (; i + UNITS <= d->n; i += UNITS)
        group_run(d, law, packed, narrow, i, UNITS, run, from, to);
    for (; i < d->n; i++)
        group_run(d, law, packed, narrow, i, 1, run, from, to);
}

// A layer whose neurons do not hear each other runs neuron after neuron, so that what they are
// stays close to the core; else tick after tick.
FX_LANES_INLINE void layer_run(struct dpi_lanes *d, const struct dpi_law *law, const bool packed,
                               const bool narrow, const struct dpi_lanes_run *run)
{
    if (!d->recurrent) {
        groups_run(d, law, packed, narrow, run, 0, run->n_ticks);
        return;
    }
    for (int t = 0; t < run->n_ticks; t++) {
        groups_run(d, law, packed, narrow, run, t, t + 1);
        for (int i = 0; i < d->n; i++)
            fxu_store_bytes(d->own + (size_t)i * DPI_LANES, fxu_load(d->state[i].z));
    }
}

// A body of its own for each law in use: with the formats known when compiled no shift has to ask
// how far. Only where lanes of 64 bits are the machine's own; elsewhere one body does.
#define BODY(name, law, packed, narrow)                                                            \
    static __attribute__((noinline)) void name(struct dpi_lanes *d,                                \
                                               const struct dpi_lanes_run *run)                    \
    {                                                                                              \
        layer_run(d, law, packed, narrow, run);                                                    \
    }

BODY(run_any, &d->law, false, true)
BODY(run_any_wide, &d->law, false, false)
#if defined __AVX512F__
#define COMPAT                                                                                     \
    &(const struct dpi_law)                                                                        \
    {                                                                                              \
        DPI_FORMATS                                                                                \
    }
#define SILICON                                                                                    \
    &(const struct dpi_law)                                                                        \
    {                                                                                              \
        .gaba = true, .leak_once = true, .fresh_vmem = true, DPI_FORMATS                           \
    }
BODY(run_compat, (COMPAT), true, true)
BODY(run_compat_wide, (COMPAT), true, false)
BODY(run_silicon, (SILICON), true, true)
BODY(run_silicon_wide, (SILICON), true, false)
#endif

void LANES_RUN(struct dpi_lanes *d, const struct dpi_lanes_run *run)
{
    const bool narrow = is_narrow(d, &d->law, run);
#if defined __AVX512F__
    if (d->body == DPI_COMPAT_LAW) {
        (narrow ? run_compat : run_compat_wide)(d, run);
        return;
    }
    if (d->body == DPI_SILICON_LAW) {
        (narrow ? run_silicon : run_silicon_wide)(d, run);
        return;
    }
#endif
    (narrow ? run_any : run_any_wide)(d, run);
}
