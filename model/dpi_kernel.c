// The tick of model/dpi_lanes.h, compiled once for each instruction set (ISA_NAME).
//
// Stage for stage model/dpi.c, whose 128-bit products need 64 bits here: dpi_lanes_check.
#include "model/dpi_lanes.h"
#include "model/fx_lanes.h"

#include <string.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#ifndef ISA_NAME
#define ISA_NAME generic
#endif
#define LANES_TICK JOIN(dpi_lanes_tick_, ISA_NAME)

void LANES_TICK(struct dpi_lanes *d, const struct dpi_event *e, int n_events,
                const struct dpi_lanes_record *before, struct dpi_lanes_record *record);

typedef fx_lanes64 lanes;
enum { WIDTH = 8, PARTS = DPI_LANES / WIDTH, UNITS = 2 };
#define AT(x) (((lanes *)(x))[p]) // part p of sixteen lanes

// -1 in the lanes of the mask that part p holds, 0 elsewhere.
FX_LANES_INLINE lanes lanes_of(uint16_t mask, int p)
{
    const lanes bit[PARTS] = {{1, 2, 4, 8, 16, 32, 64, 128},
                              {256, 512, 1024, 2048, 4096, 8192, 16384, 32768}};
    return (fxw_set(mask) & bit[p]) != 0;
}

// sum += x·w of one source's row; with a GABA dendrite w < 0 goes to the second sum.
FX_LANES_INLINE void gather_row(struct dpi_lanes *d, const struct dpi_law *law, int row, int p,
                                lanes x, lanes mask)
{
    const lanes none = {0};
    for (int i = 0; i < d->n; i++) {
        const lanes w = AT(d->w + (size_t)(row * d->n + i) * DPI_LANES) & mask;
        int64_t *excite = d->sum + i * DPI_LANES, *inhibit = excite + d->n * DPI_LANES;
        if (law->gaba) {
            AT(excite) += x * fxw_larger(w, none);
            AT(inhibit) += x * fxw_larger(-w, none);
        } else
            AT(excite) += x * w;
    }
}

FX_LANES_INLINE lanes spikes_of(const struct dpi_lanes_record *r, int p)
{
    lanes y;
    for (int l = 0; l < WIDTH; l++)
        y[l] = r->spikes[p * WIDTH + l];
    return y;
}

FX_LANES_INLINE void gather(struct dpi_lanes *d, const struct dpi_law *law, const int parts,
                            const struct dpi_event *e, int n_events,
                            const struct dpi_lanes_record *before)
{
    enum { FEW = 4 }; // neurons, whose rows cost less than to ask whether they are needed
    const lanes all = fxw_set(-1);
    memset(d->sum, 0, 2 * (size_t)d->n * DPI_LANES * sizeof *d->sum);
    for (int k = 0; k < n_events; k++)
        for (int p = 0; p < parts; p++)
            gather_row(d, law, e[k].channel, p, fxw_set(1), lanes_of(e[k].lanes, p));
    for (int j = 0; before && j < d->n_in; j++)
        for (int p = 0; p < parts; p++) {
            lanes z = spikes_of(&before[j], p);
            if (fxw_any(z)) gather_row(d, law, j, p, z, all);
        }
    for (int j = 0; d->recurrent && j < d->n; j++)
        for (int p = 0; p < parts; p++) {
            lanes z = AT(d->state[j].z);
            if (d->n <= FEW || fxw_any(z)) gather_row(d, law, d->n_in + j, p, z, all);
        }
}

// Between two entries of a table, straight.
FX_LANES_INLINE lanes interpolate(const struct dpi_law *law, const int64_t *table, lanes x)
{
    int rest_bits = law->log_frac - law->table_bits;
    lanes i = fxw_shr_floor(x, rest_bits), rest = x - fxw_shl(i, rest_bits);
    lanes entry = fxw_table(table, i), rise = fxw_shr_floor(entry, 32);
    return (entry & INT64_C(0xffffffff)) + fxw_shr_rne(rise * rest, rest_bits);
}

FX_LANES_INLINE lanes log2_of(const struct dpi_lanes *d, const struct dpi_law *law, lanes x)
{
    int l = law->log_frac;
    lanes top = fxw_top(x), below = x - fxw_scale_each(fxw_set(1), top);
    return fxw_shl(top, l) + interpolate(law, d->log2, fxw_scale_each(below, l - top));
}

// x·2^(p / 2^L), rounded and held to the current's format.
FX_LANES_INLINE lanes scaled(const struct dpi_lanes *d, const struct dpi_law *law, lanes x, lanes p)
{
    int l = law->log_frac;
    const lanes top = fxw_set(dpi_current_max(law)), none = {0};
    lanes whole = fxw_shr_floor(p, l), right = l - whole;
    lanes product = x * interpolate(law, d->exp2, p - fxw_shl(whole, l));
    // Above 2^50 to the right nothing is left: below 2^58 there is, but for the rounded half.
    lanes down = fxw_shr_rne_each(product, fxw_sat(right, fxw_set(1), fxw_set(60)));
    // x >= 1 and a mantissa >= 2^L: a factor of 2^34 saturates whatever the rest.
    lanes up = fxw_scale_each(fxw_smaller(product, top), fxw_sat(-right, none, fxw_set(29)));
    up = fxw_select(product > top, top, up);
    return fxw_sat(fxw_select(right > 0, down, up), none, top);
}

FX_LANES_INLINE lanes synapse(const struct dpi_law *law, lanes i, lanes decay, lanes gathered,
                              lanes floor)
{
    lanes in = fxw_shl(gathered, law->current.frac_bits - law->weight.frac_bits);
    lanes sum = fxw_shr_rne(i * decay, law->factor_frac) + fxw_larger(in, floor);
    return fxw_sat(sum, fxw_set(0), fxw_set(dpi_current_max(law)));
}

FX_LANES_INLINE lanes rate(const struct dpi_law *law, lanes x)
{
    int bits = law_bits(law->rate);
    int n = law->current.frac_bits + law->gain.frac_bits - law->rate.frac_bits;
    return fxw_sat(fxw_shr_rne(x, n), fxw_set(fx_min(bits)), fxw_set(fx_max(bits)));
}

// Some neurons' parts, from neuron i on. Every statement runs for all of them before the next:
// chains of dependent operations side by side keep a core busier than one after the other.
#define EACH     for (int u = 0; u < units; u++)
#define OF(x)    (((lanes *)(n[u / parts].x))[u % parts])
#define STATE(x) (((lanes *)(s[u / parts].x))[u % parts])
#define SUM(row) (((lanes *)(sum + ((row)*d->n + u / parts) * DPI_LANES))[u % parts])

FX_LANES_INLINE void neurons_tick(const struct dpi_lanes *d, const struct dpi_law *law, int i,
                                  const int parts, const int units, struct dpi_lanes_record *record)
{
    struct dpi_lanes_neuron *n = d->neuron + i;
    struct dpi_lanes_state *s = d->state + i;
    const lanes none = {0}, top = fxw_set(dpi_current_max(law));
    const lanes gain_top = fxw_set(fx_umax(law_bits(law->gain)));
    const int f = law->current.frac_bits, to_current = f - law->weight.frac_bits;
    int64_t *sum = d->sum + i * DPI_LANES;
    lanes isyn[UNITS], gaba[UNITS], ahp[UNITS], leak[UNITS], iin[UNITS], ifb[UNITS], h[UNITS];
    lanes slope[UNITS], drive[UNITS], relax[UNITS], c[UNITS], v[UNITS], above[UNITS], z[UNITS];
    lanes part[UNITS], over[UNITS], any = none;

    EACH part[u] = OF(log_gain) - log2_of(d, law, STATE(imem) + OF(igain));
    EACH v[u] = OF(log_io) + fxw_shr_rne(OF(alpha) * STATE(vmem), law->factor_frac);
    EACH isyn[u] = synapse(law, STATE(isyn), OF(decay[0]), SUM(0), OF(floor[0]));
    EACH gaba[u] = law->gaba ? synapse(law, STATE(gaba), OF(decay[1]), SUM(1), OF(floor[1])) : none;
    EACH ahp[u] = fxw_shr_rne(STATE(iahp) * OF(decay_ahp), law->factor_frac);
    EACH ahp[u] = fxw_sat(ahp[u] + OF(jump) * STATE(z), OF(io), top);
    EACH leak[u] = fxw_sat(OF(itau) + ahp[u], none, top);
    EACH iin[u] = isyn[u] - gaba[u] - (law->leak_once ? none : leak[u]) + OF(idc);
    EACH iin[u] = fxw_sat(iin[u], OF(io), top);
    EACH iin[u] = fxw_select(STATE(timer) != 0, OF(io), iin[u]);
    EACH ifb[u] = scaled(d, law, fxw_set(1), v[u]);
    EACH h[u] = scaled(d, law, STATE(imem), part[u]);
    EACH slope[u] = fxw_sat(fxw_shr_rne(leak[u] * OF(gain_tau), f), none, gain_top);
    EACH drive[u] = rate(law, iin[u] * slope[u]);
    EACH relax[u] = rate(law, ifb[u] * OF(gain) - leak[u] * slope[u]);
    EACH c[u] = fxw_shr_rne(h[u] * drive[u] + STATE(imem) * relax[u], law->rate.frac_bits);
    EACH c[u] = fxw_sat(STATE(imem) + c[u], OF(io), top);
    EACH v[u] = log2_of(d, law, c[u]) - OF(log_io);
    EACH above[u] = v[u] - OF(theta);
    EACH z[u] = -(above[u] > 0); // the first is common, a second is rare
    EACH over[u] = above[u] > d->efold;
    EACH any |= over[u];
    for (int k = 1; k < law->max_spikes && fxw_any(any); k++) {
        EACH z[u] -= over[u];
        EACH over[u] = above[u] > (int64_t)(k + 1) * d->efold;
        any = none;
        EACH any |= over[u];
    }
    if (record) EACH
        {
            struct dpi_lanes_record *r = record + i + u / parts;
            int at = u % parts * WIDTH;
            fxw_store32(r->imem + at, c[u]);
            fxw_store32(r->ifb + at, ifb[u]);
            fxw_store32(r->iin + at, iin[u]);
            fxw_store32(r->iahp + at, ahp[u]);
            fxw_store32(r->above + at, above[u]);
            fxw_store32(r->spikes + at, z[u]);
            fxw_store32(r->driven + at, ((fxw_shl(SUM(0), to_current) > OF(floor[0])) & 1) +
                                            ((fxw_shl(SUM(1), to_current) > OF(floor[1])) & 2));
        }
    EACH STATE(isyn) = isyn[u];
    EACH STATE(gaba) = gaba[u];
    EACH STATE(iahp) = ahp[u];
    EACH STATE(imem) = fxw_select(z[u] > 0, OF(io), c[u]);
    EACH STATE(vmem) = law->fresh_vmem ? fxw_select(z[u] > 0, none, v[u]) : v[u];
    EACH STATE(timer) = fxw_select(z[u] > 0, OF(period), fxw_larger(STATE(timer) - 1, none));
    EACH STATE(z) = z[u];
}

FX_LANES_INLINE void tick(struct dpi_lanes *d, const struct dpi_law *law, const int parts,
                          const struct dpi_event *e, int n_events,
                          const struct dpi_lanes_record *before, struct dpi_lanes_record *record)
{
    gather(d, law, parts, e, n_events, before);
    const int together = UNITS / parts;
    int i = 0;
    for (; i + together <= d->n; i += together)
        neurons_tick(d, law, i, parts, UNITS, record);
    for (; i < d->n; i++)
        neurons_tick(d, law, i, parts, parts, record);
}

// A body of its own for each law in use: with the formats known when compiled no shift has to ask
// how far. Only where lanes of 64 bits are the machine's own; elsewhere one body does.
#define BODY(name, law, parts)                                                                     \
    static __attribute__((noinline)) void name(                                                    \
        struct dpi_lanes *d, const struct dpi_event *e, int n_events,                              \
        const struct dpi_lanes_record *before, struct dpi_lanes_record *record)                    \
    {                                                                                              \
        tick(d, law, parts, e, n_events, before, record);                                          \
    }

BODY(tick_any, &d->law, PARTS)
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
BODY(tick_compat, (COMPAT), PARTS)
BODY(tick_compat_few, (COMPAT), 1)
BODY(tick_silicon, (SILICON), PARTS)
BODY(tick_silicon_few, (SILICON), 1)
#endif

void LANES_TICK(struct dpi_lanes *d, const struct dpi_event *e, int n_events,
                const struct dpi_lanes_record *before, struct dpi_lanes_record *record)
{
#if defined __AVX512F__
    const bool few = d->used <= WIDTH;
    if (d->body == DPI_COMPAT_LAW)
        (few ? tick_compat_few : tick_compat)(d, e, n_events, before, record);
    else if (d->body == DPI_SILICON_LAW)
        (few ? tick_silicon_few : tick_silicon)(d, e, n_events, before, record);
    else
#endif
        tick_any(d, e, n_events, before, record);
}
