#include "model/dpi/dpi_lanes.h"

#include "base/isa.h"
#include "model/dpi/dpi_network.h"

#include <string.h>

ISA_KERNEL(dpi_lanes_kernel, dpi_lanes_run)

const char *dpi_lanes_check(const struct dpi_law *law)
{
    // Words of 32 bits, and no product of model/dpi/dpi.c over 62 bits; see there which words meet.
    int current = law_bits(law->current);
    if (current > 32) return "current over 32 bits";
    if (law_bits(law->gain) > 32) return "gain over 32 bits";
    if (law_bits(law->rate) > 32) return "rate over 32 bits";
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
    size_t rows = (size_t)n_in + (recurrent ? (size_t)n : 0);
    size_t bytes = 2 * DPI_PACKED * sizeof(uint32_t) +
                   (size_t)n * (sizeof(struct dpi_lanes_neuron) + sizeof(struct dpi_lanes_state) +
                                rows * DPI_LANES * sizeof(int32_t) + DPI_LANES);
    return (bytes + 63) / 64 * 64;
}

// Entry and rise to the next in one word: 20 bits of the entry above the first, 12 of the rise
// above the smallest. False if they do not fit.
static bool pack(const int32_t *table, uint32_t packed[DPI_PACKED], uint32_t *least)
{
    const int64_t most = fx_umax(12), ends = fx_umax(20);
    int64_t smallest = ends;
    for (int i = 0; i < DPI_PACKED; i++)
        smallest = fx_sat(table[i + 1] - table[i], 0, smallest);
    for (int i = 0; i < DPI_PACKED; i++) {
        int64_t rise = table[i + 1] - table[i] - smallest, entry = table[i] - table[0];
        if (rise > most || entry > ends) return false;
        packed[i] = (uint32_t)(fx_shl(rise, 20) + entry);
    }
    *least = (uint32_t)smallest;
    return true;
}

void dpi_lanes_init(struct dpi_lanes *d, const struct dpi_law *law, const struct dpi_tables *t,
                    int n_in, int n, bool recurrent, void *memory)
{
    int64_t entries = fx_shl(1, law->table_bits);
    memset(memory, 0, dpi_lanes_size(n_in, n, recurrent));
    memset(d, 0, sizeof *d);
    d->law = *law;
    d->n_in = n_in;
    d->n = n;
    d->recurrent = recurrent;
    for (int64_t i = 0; i <= entries; i++) {
        d->log2[i] = (uint32_t)t->log2[i];
        d->exp2[i] = (uint32_t)t->exp2[i];
    }
    d->efold = (uint32_t)t->efold;
    d->packed[0] = memory;
    d->packed[1] = d->packed[0] + DPI_PACKED;
    d->neuron = (struct dpi_lanes_neuron *)(d->packed[1] + DPI_PACKED);
    d->state = (struct dpi_lanes_state *)(d->neuron + n);
    d->w = (int32_t *)(d->state + n);
    d->own = (uint8_t *)(d->w + (size_t)n * (size_t)dpi_lanes_rows(d) * DPI_LANES);
    if (same(law, &dpi_compat)) d->body = DPI_COMPAT_LAW;
    if (same(law, &dpi_silicon)) d->body = DPI_SILICON_LAW;
    if (d->body != DPI_ANY_LAW &&
        (t->log2[0] || t->exp2[0] != fx_shl(1, law->log_frac) ||
         !pack(t->log2, d->packed[0], &d->least[0]) || !pack(t->exp2, d->packed[1], &d->least[1])))
        d->body = DPI_ANY_LAW;
}

void dpi_lanes_load(struct dpi_lanes *d, int i, int lane, const struct dpi_neuron *words)
{
    struct dpi_lanes_neuron *y = &d->neuron[i];
    y->io[lane] = (uint32_t)words->io;
    y->idc[lane] = (uint32_t)words->idc;
    y->itau[lane] = (uint32_t)words->itau;
    y->igain[lane] = (uint32_t)words->igain;
    for (int s = 0; s < 2; s++) {
        y->floor[s][lane] = (uint32_t)words->floor[s];
        y->decay[s][lane] = (uint32_t)words->decay[s];
    }
    y->jump[lane] = (uint32_t)words->jump;
    y->decay_ahp[lane] = (uint32_t)words->decay_ahp;
    y->alpha[lane] = (uint32_t)words->alpha;
    y->gain[lane] = (uint32_t)words->gain;
    y->gain_tau[lane] = (uint32_t)words->gain_tau;
    y->log_io[lane] = words->log_io;
    y->log_gain[lane] = words->log_gain;
    y->theta[lane] = words->theta;
    y->period[lane] = words->period;
}

void dpi_lanes_load_state(struct dpi_lanes *d, int i, int lane, const struct dpi_state *words)
{
    struct dpi_lanes_state *s = &d->state[i];
    s->isyn[lane] = (uint32_t)words->isyn;
    s->gaba[lane] = (uint32_t)words->gaba;
    s->iahp[lane] = (uint32_t)words->iahp;
    s->imem[lane] = (uint32_t)words->imem;
    s->vmem[lane] = words->vmem;
    s->timer[lane] = words->timer;
    s->z[lane] = words->z;
}

void dpi_lanes_flip(struct dpi_lanes *d, int i, int word, int row, int32_t bits)
{
    struct dpi_lanes_state *s = &d->state[i];
    void *const of[] = {s->isyn, s->gaba, s->iahp, s->imem, s->vmem, s->timer};
    const struct law_range range = dpi_kind.word[word].range(&d->law);
    int32_t *at = word == DPI_WEIGHT ? dpi_lanes_weight(d, row, i, 0) : of[word - DPI_ISYN];
    for (int lane = 0; lane < DPI_LANES; lane++) {
        int64_t x = (int64_t)at[lane] ^ bits;
        at[lane] = (int32_t)(range.is_signed ? fx_wrap(x, range.bits) : x & fx_umax(range.bits));
    }
}

void dpi_lanes_rest(struct dpi_lanes *d)
{
    memset(d->own, 0, (size_t)d->n * DPI_LANES);
    for (int i = 0; i < d->n; i++)
        for (int l = 0; l < DPI_LANES; l++) {
            const struct dpi_neuron words = {.io = d->neuron[i].io[l]};
            const struct dpi_state rest = dpi_rest(&d->law, &words);
            dpi_lanes_load_state(d, i, l, &rest);
        }
}

void dpi_lanes_run(struct dpi_lanes *d, const struct dpi_lanes_run *run)
{
    dpi_lanes_run_isa[isa_best()](d, run);
}
