// The DPI lanes of every instruction set that this machine has, and a neuron's words in one lane of
// them against those of dpi_step. Include after cmocka.h.
#ifndef TESTS_LIB_DPI_LANES_RUNS_H
#define TESTS_LIB_DPI_LANES_RUNS_H

#include "model/dpi/dpi_lanes.h"
#include "model/lif/network.h"

ISA_KERNEL(dpi_lanes_kernel, dpi_lanes_run)
typedef dpi_lanes_kernel run_fn;

static void every_instruction_set(void (*check)(run_fn *run, const char *name))
{
    for (int isa = 0; isa < ISAS; isa++)
        if (isa_has((enum isa)isa)) check(dpi_lanes_run_isa[isa], isa_names[isa]);
}

static void same(int64_t got, int64_t wanted, long *words)
{
    assert_int_equal(got, wanted);
    ++*words;
}

// Neuron i in lane l after one tick: its state, record and spikes; `words` counts them.
static void same_words(const struct dpi_lanes *d, const struct dpi_lanes_record *record,
                       const struct dpi_lanes_spikes *spikes, const struct dpi_neuron *neuron,
                       const struct dpi_state *r, const struct dpi_stages *s, int i, int l,
                       long *words)
{
    const struct dpi_lanes_state *y = &d->state[i];
    same(y->isyn[l], r->isyn, words);
    same(y->gaba[l], r->gaba, words);
    same(y->iahp[l], r->iahp, words);
    same(y->imem[l], r->imem, words);
    same(y->vmem[l], r->vmem, words);
    same(y->timer[l], r->timer, words);
    same(y->z[l], r->z, words);
    same(record[i].imem[l], s->integrate, words);
    same(record[i].ifb[l], s->feedback, words);
    same(record[i].iin[l], s->input, words);
    same(record[i].iahp[l], s->adapt, words);
    same(record[i].above[l], s->voltage - neuron->theta, words);
    same(spikes[i].z[l], s->fire, words);
}

#endif
