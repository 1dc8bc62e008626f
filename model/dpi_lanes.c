#include "model/dpi_lanes.h"

#include "model/network.h"

#include <string.h>

#define DECLARE(isa)                                                                               \
    void dpi_lanes_tick_##isa(struct dpi_lanes *d, const struct dpi_event *e, int n_events,        \
                              const struct dpi_lanes_record *before,                               \
                              struct dpi_lanes_record *record);
DECLARE(generic)
#ifdef NETWORK_X86_64
DECLARE(avx2)
DECLARE(avx512)
#endif

const char *dpi_lanes_check(const struct dpi_law *law)
{
    // No product of model/dpi.c over 62 bits; see there which words meet.
    int current = law_bits(law->current);
    if (current > 32) return "current over 32 bits";
    if (current + law->factor_frac > 60) return "current and factor over 60 bits";
    if (current + law_bits(law->gain) > 62) return "current and gain over 62 bits";
    if (current + law_bits(law->rate) > 62) return "current and rate over 62 bits";
    if (law->log_frac > 24) return "log over 24 fraction bits";
    return 0;
}

static bool same_format(struct law_format a, struct law_format b)
{
    return a.int_bits == b.int_bits && a.frac_bits == b.frac_bits;
}

static bool same(const struct dpi_law *a, const struct dpi_law *b)
{
    return a->gaba == b->gaba && a->leak_once == b->leak_once && a->fresh_vmem == b->fresh_vmem &&
           same_format(a->current, b->current) && same_format(a->weight, b->weight) &&
           a->factor_frac == b->factor_frac && a->log_frac == b->log_frac &&
           a->table_bits == b->table_bits && same_format(a->gain, b->gain) &&
           same_format(a->rate, b->rate) && a->max_spikes == b->max_spikes;
}

size_t dpi_lanes_size(int n_in, int n, bool recurrent)
{
    size_t rows = (size_t)n_in + (recurrent ? (size_t)n : 0) + 2;
    return (size_t)n * (sizeof(struct dpi_lanes_neuron) + sizeof(struct dpi_lanes_state) +
                        rows * DPI_LANES * sizeof(int64_t));
}

void dpi_lanes_init(struct dpi_lanes *d, const struct dpi_law *law, const struct dpi_tables *t,
                    int n_in, int n, bool recurrent, void *memory)
{
    size_t rows = (size_t)n_in + (recurrent ? (size_t)n : 0);
    int64_t entries = fx_shl(1, law->table_bits);
    memset(memory, 0, dpi_lanes_size(n_in, n, recurrent));
    memset(d, 0, sizeof *d);
    d->law = *law;
    d->body = same(law, &dpi_compat)    ? DPI_COMPAT_LAW
              : same(law, &dpi_silicon) ? DPI_SILICON_LAW
                                        : DPI_ANY_LAW;
    d->used = DPI_LANES;
    d->n_in = n_in;
    d->n = n;
    d->recurrent = recurrent;
    for (int64_t i = 0; i < entries; i++) {
        d->log2[i] = fx_shl(t->log2[i + 1] - t->log2[i], 32) + t->log2[i];
        d->exp2[i] = fx_shl(t->exp2[i + 1] - t->exp2[i], 32) + t->exp2[i];
    }
    d->log2[entries] = t->log2[entries];
    d->exp2[entries] = t->exp2[entries];
    d->efold = t->efold;
    d->neuron = memory;
    d->state = (struct dpi_lanes_state *)(d->neuron + n);
    d->w = (int64_t *)(d->state + n);
    d->sum = d->w + rows * (size_t)n * DPI_LANES;
}

void dpi_lanes_load(struct dpi_lanes *d, int i, int lane, const struct dpi_neuron *words)
{
    struct dpi_lanes_neuron *y = &d->neuron[i];
    y->io[lane] = words->io;
    y->idc[lane] = words->idc;
    y->itau[lane] = words->itau;
    y->igain[lane] = words->igain;
    for (int s = 0; s < 2; s++) {
        y->floor[s][lane] = words->floor[s];
        y->decay[s][lane] = words->decay[s];
    }
    y->jump[lane] = words->jump;
    y->decay_ahp[lane] = words->decay_ahp;
    y->alpha[lane] = words->alpha;
    y->gain[lane] = words->gain;
    y->gain_tau[lane] = words->gain_tau;
    y->log_io[lane] = words->log_io;
    y->log_gain[lane] = words->log_gain;
    y->theta[lane] = words->theta;
    y->period[lane] = words->period;
}

void dpi_lanes_rest(struct dpi_lanes *d)
{
    for (int i = 0; i < d->n; i++)
        for (int l = 0; l < DPI_LANES; l++) {
            const struct dpi_neuron words = {.io = d->neuron[i].io[l]};
            const struct dpi_state rest = dpi_rest(&d->law, &words);
            struct dpi_lanes_state *s = &d->state[i];
            s->isyn[l] = rest.isyn;
            s->gaba[l] = rest.gaba;
            s->iahp[l] = rest.iahp;
            s->imem[l] = rest.imem;
            s->vmem[l] = rest.vmem;
            s->timer[l] = rest.timer;
            s->z[l] = rest.z;
        }
}

void dpi_lanes_tick(struct dpi_lanes *d, const struct dpi_event *e, int n_events,
                    const struct dpi_lanes_record *before, struct dpi_lanes_record *record)
{
#ifdef NETWORK_X86_64
    if (network_has_isa(NETWORK_AVX512)) {
        dpi_lanes_tick_avx512(d, e, n_events, before, record);
        return;
    }
    if (network_has_isa(NETWORK_AVX2)) {
        dpi_lanes_tick_avx2(d, e, n_events, before, record);
        return;
    }
#endif
    dpi_lanes_tick_generic(d, e, n_events, before, record);
}
