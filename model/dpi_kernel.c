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
enum { WIDTH = 8, PARTS = DPI_LANES / WIDTH };
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

FX_LANES_INLINE void gather(struct dpi_lanes *d, const struct dpi_law *law,
                            const struct dpi_event *e, int n_events,
                            const struct dpi_lanes_record *before)
{
    enum { FEW = 4 }; // neurons, whose rows cost less than to ask whether they are needed
    const lanes all = fxw_set(-1);
    const int parts = (d->used + WIDTH - 1) / WIDTH;
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

FX_LANES_INLINE void neuron_tick(const struct dpi_lanes *d, const struct dpi_law *law,
                                 struct dpi_lanes_neuron *n, struct dpi_lanes_state *s, int i,
                                 int p, struct dpi_lanes_record *record)
{
    const lanes none = {0}, top = fxw_set(dpi_current_max(law)), io = AT(n->io);
    int f = law->current.frac_bits, to_current = f - law->weight.frac_bits;
    lanes excite = AT(d->sum + i * DPI_LANES), inhibit = AT(d->sum + (d->n + i) * DPI_LANES);
    lanes imem = AT(s->imem), timer = AT(s->timer);

    lanes isyn = synapse(law, AT(s->isyn), AT(n->decay[0]), excite, AT(n->floor[0]));
    lanes gaba =
        law->gaba ? synapse(law, AT(s->gaba), AT(n->decay[1]), inhibit, AT(n->floor[1])) : none;
    lanes ahp = fxw_shr_rne(AT(s->iahp) * AT(n->decay_ahp), law->factor_frac);
    ahp = fxw_sat(ahp + AT(n->jump) * AT(s->z), io, top);
    lanes leak = fxw_sat(AT(n->itau) + ahp, none, top);
    lanes iin = fxw_sat(isyn - gaba - (law->leak_once ? none : leak) + AT(n->idc), io, top);
    iin = fxw_select(timer != 0, io, iin);
    lanes v = fxw_shr_rne(AT(n->alpha) * AT(s->vmem), law->factor_frac);
    lanes ifb = scaled(d, law, fxw_set(1), AT(n->log_io) + v);
    lanes h = scaled(d, law, imem, AT(n->log_gain) - log2_of(d, law, imem + AT(n->igain)));
    lanes slope = fxw_sat(fxw_shr_rne(leak * AT(n->gain_tau), f), none,
                          fxw_set(fx_umax(law_bits(law->gain))));
    lanes drive = rate(law, iin * slope);
    lanes relax = rate(law, ifb * AT(n->gain) - leak * slope);
    lanes change = fxw_shr_rne(h * drive + imem * relax, law->rate.frac_bits);
    lanes c = fxw_sat(imem + change, io, top);
    lanes voltage = log2_of(d, law, c) - AT(n->log_io), above = voltage - AT(n->theta);
    lanes z = -(above > 0), over = above > d->efold; // the first is common, a second is rare
    for (int k = 1; k < law->max_spikes && fxw_any(over); k++) {
        z -= over;
        over = above > (int64_t)(k + 1) * d->efold;
    }
    lanes fired = z > 0;
    if (record) {
        int at = p * WIDTH;
        fxw_store32(record->imem + at, c);
        fxw_store32(record->ifb + at, ifb);
        fxw_store32(record->iin + at, iin);
        fxw_store32(record->iahp + at, ahp);
        fxw_store32(record->above + at, above);
        fxw_store32(record->spikes + at, z);
        fxw_store32(record->driven + at,
                    ((fxw_shl(excite, to_current) > AT(n->floor[0])) & 1) +
                        ((fxw_shl(inhibit, to_current) > AT(n->floor[1])) & 2));
    }
    AT(s->isyn) = isyn;
    AT(s->gaba) = gaba;
    AT(s->iahp) = ahp;
    AT(s->imem) = fxw_select(fired, io, c);
    AT(s->vmem) = law->fresh_vmem ? fxw_select(fired, none, voltage) : voltage;
    AT(s->timer) = fxw_select(fired, AT(n->period), fxw_larger(timer - 1, none));
    AT(s->z) = z;
}

FX_LANES_INLINE void tick(struct dpi_lanes *d, const struct dpi_law *law, const struct dpi_event *e,
                          int n_events, const struct dpi_lanes_record *before,
                          struct dpi_lanes_record *record)
{
    gather(d, law, e, n_events, before);
    for (int i = 0; i < d->n; i++)
        for (int p = 0; p * WIDTH < d->used; p++)
            neuron_tick(d, law, &d->neuron[i], &d->state[i], i, p, record ? record + i : 0);
}

// With the formats known when compiled no shift has to ask how far.
void LANES_TICK(struct dpi_lanes *d, const struct dpi_event *e, int n_events,
                const struct dpi_lanes_record *before, struct dpi_lanes_record *record)
{
    const struct dpi_law compat = {DPI_FORMATS};
    const struct dpi_law silicon = {
        .gaba = true, .leak_once = true, .fresh_vmem = true, DPI_FORMATS};
    if (d->body == DPI_COMPAT_LAW)
        tick(d, &compat, e, n_events, before, record);
    else if (d->body == DPI_SILICON_LAW)
        tick(d, &silicon, e, n_events, before, record);
    else
        tick(d, &d->law, e, n_events, before, record);
}
