// The tick of twin/dpi/dpi_float.h, compiled once for each instruction set (ISA_NAME).
#include "base/isa.h"
#include "twin/dpi/dpi_float.h"
#include "twin/dpi/dpi_math.h"

#include <math.h>
#include <string.h>

#define FLOAT_TICK    ISA_FUNCTION(dpi_float_tick)
#define FLOAT_CIRCUIT ISA_FUNCTION(dpi_float_circuit)

enum { DPI_PARTS = DPI_LANES / DPI_VECTOR };

dpi_float_circuit_kernel FLOAT_CIRCUIT;
dpi_float_tick_kernel FLOAT_TICK;

// -1 in the lanes of the mask, 0 elsewhere; part 0 holds lanes 0..7.
DPI_INLINE dpi_m lanes_of(unsigned mask, int part)
{
    const dpi_m bit = {1, 2, 4, 8, 16, 32, 64, 128};
    return (((int64_t)mask / (part ? 256 : 1)) & bit) != 0;
}

DPI_INLINE dpi_v wide(const float *x)
{
    dpi_v y;
    for (int i = 0; i < DPI_VECTOR; i++)
        y[i] = x[i];
    return y;
}

DPI_INLINE void narrow(float *y, dpi_v x)
{
    for (int i = 0; i < DPI_VECTOR; i++)
        y[i] = (float)x[i];
}

#define AT(x) (((dpi_v *)(x))[p]) // part p of sixteen lanes

// sum[i] = Σ over sources, in the order events (or layer before), own neurons.
static void gather(struct dpi_float *d, const struct dpi_event *e, int n_events,
                   const struct dpi_record *before)
{
    int n = d->n;
    const dpi_v *w = (const dpi_v *)d->w;
    dpi_v *sum = (dpi_v *)d->sum;
    memset(sum, 0, (size_t)n * DPI_PARTS * sizeof *sum);
    for (int k = 0; k < n_events; k++) {
        const dpi_v *row = w + (size_t)(e[k].channel * n) * DPI_PARTS;
        for (int i = 0; i < n; i++)
            for (int p = 0; p < DPI_PARTS; p++)
                sum[i * DPI_PARTS + p] +=
                    (dpi_v)(lanes_of(e[k].lanes, p) & (dpi_m)row[i * DPI_PARTS + p]);
    }
    for (int j = 0; before && j < d->n_in; j++) {
        const dpi_v *row = w + (size_t)(j * n) * DPI_PARTS;
        for (int p = 0; p < DPI_PARTS; p++) {
            dpi_v z = wide(before[j].spikes + p * DPI_VECTOR);
            for (int i = 0; i < n; i++)
                sum[i * DPI_PARTS + p] += z * row[i * DPI_PARTS + p];
        }
    }
    for (int j = 0; d->recurrent && j < n; j++) {
        const dpi_v *row = w + (size_t)((d->n_in + j) * n) * DPI_PARTS;
        for (int p = 0; p < DPI_PARTS; p++)
            for (int i = 0; i < n; i++)
                sum[i * DPI_PARTS + p] += AT(d->state[j].spikes) * row[i * DPI_PARTS + p];
    }
}

DPI_INLINE void neuron_tick(struct dpi_float_neuron *c, struct dpi_float_state *s, dpi_v sum, int p,
                            double dt, double iscale, struct dpi_record *record)
{
    const dpi_v io = AT(c->io);
    dpi_v wanted = AT(c->syn_gain) * (iscale * sum);
    dpi_v iinf = dpi_max(wanted, io);
    dpi_v isyn = AT(s->isyn) * AT(c->syn_decay) + AT(c->syn_kick) * iinf;
    dpi_v iahp = dpi_max(AT(s->iahp) * AT(c->ahp_decay) + AT(c->ahp_kick) * AT(s->spikes), io);
    dpi_v ileak = AT(c->itau) + iahp;
    dpi_m open = AT(s->timer) == 0;
    dpi_v iin = dpi_max((dpi_v)(open & (dpi_m)(isyn - ileak + AT(c->idc))), io);
    dpi_v ifb = io * dpi_exp(AT(c->power) * AT(s->lmem));
    dpi_v m = AT(s->imem), with_gain = m + AT(c->igain);
    dpi_v target = AT(c->igain) / AT(c->itau) * (iin - ileak);
    dpi_v feedback = ifb / ileak * with_gain;
    dpi_v slope =
        m * ileak * AT(c->step) / with_gain * (target + feedback - m * (1 + iahp / AT(c->itau)));
    dpi_v imem = dpi_max(m + slope, io);
    dpi_v lmem = dpi_log(imem / io), above = lmem - AT(c->ln_thr);
    dpi_v spikes = dpi_ceil(above);
    spikes = dpi_where(spikes < 0, dpi_each(0), spikes);
    if (record) {
        int at = p * DPI_VECTOR;
        narrow(record->imem + at, imem * 1e12);
        narrow(record->ifb + at, ifb * 1e12);
        narrow(record->iin + at, iin * 1e12);
        narrow(record->iahp + at, iahp * 1e12);
        narrow(record->above + at, above);
        narrow(record->spikes + at, spikes);
        narrow(record->driven + at, dpi_where(wanted > io, dpi_each(1), dpi_each(0)));
        narrow(record->inhibited + at, dpi_each(0));
    }
    dpi_m fired = spikes > 0;
    dpi_v later = AT(s->timer) - dt;
    AT(s->timer) = dpi_where(fired, AT(c->t_ref), dpi_where(later > 0, later, dpi_each(0)));
    AT(s->isyn) = isyn;
    AT(s->iahp) = iahp;
    AT(s->imem) = dpi_where(fired, io, imem);
    AT(s->lmem) = lmem;
    AT(s->spikes) = spikes;
}

void FLOAT_TICK(struct dpi_float *d, const struct dpi_event *e, int n_events,
                const struct dpi_record *before, struct dpi_record *record)
{
    gather(d, e, n_events, before);
    for (int i = 0; i < d->n; i++)
        for (int p = 0; p < DPI_PARTS; p++)
            neuron_tick(&d->neuron[i], &d->state[i], AT(d->sum + i * DPI_LANES), p, d->dt,
                        d->iscale, record ? record + i : 0);
}

DPI_INLINE double exp_of(double x)
{
    return dpi_exp(dpi_each(x))[0];
}

void FLOAT_CIRCUIT(struct dpi_float *d, int i, int lane, const struct dpi_circuit *c)
{
    struct dpi_float_neuron *y = &d->neuron[i];
    double io = c->Io, kappa = (c->kappa_n + c->kappa_p) / 2;
    double itau = fmax(c->Itau_mem, io), igain = fmax(c->Igain_mem, io);
    double itau_syn = fmax(c->Itau_syn, io), itau_ahp = fmax(c->Itau_ahp, io);
    double rate_syn = itau_syn * kappa / (c->Ut * c->C_syn); // 1/τ
    double rate_ahp = itau_ahp * kappa / (c->Ut * c->C_ahp);
    double t_pulse = c->Vth * c->C_pulse / c->Ipulse;
    double t_pulse_ahp = c->Vth * c->C_pulse_ahp / c->Ipulse_ahp;
    y->io[lane] = io;
    y->syn_decay[lane] = exp_of(-d->dt * rate_syn);
    y->syn_kick[lane] = 1 - exp_of(-t_pulse * rate_syn);
    y->syn_gain[lane] = fmax(c->Igain_syn, io) / itau_syn;
    y->ahp_decay[lane] = exp_of(-d->dt * rate_ahp);
    y->ahp_kick[lane] =
        (1 - exp_of(-t_pulse_ahp * rate_ahp)) * fmax(c->Igain_ahp, io) / itau_ahp * c->Iw_ahp;
    y->itau[lane] = itau;
    y->igain[lane] = igain;
    y->idc[lane] = c->Idc;
    y->power[lane] = kappa / (kappa + 1);
    y->ln_thr[lane] = dpi_log(dpi_each(c->Ispkthr / io))[0];
    y->step[lane] = d->dt * kappa / (c->Ut * c->C_mem);
    y->t_ref[lane] = c->Vth * c->C_ref / c->Iref;
}
