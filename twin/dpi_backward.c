#include "twin/dpi_backward.h"

#include "model/network.h"

#include <stdlib.h>
#include <string.h>

#define DECLARE(isa)                                                                               \
    void dpi_backward_run_##isa(struct dpi_backward *b, const struct dpi_events *events,           \
                                const struct dpi_record *before, const struct dpi_record *record,  \
                                const float *gspike, bool each_tick, float *gbefore);
DECLARE(generic)
#ifdef NETWORK_X86_64
DECLARE(avx2)
DECLARE(avx512)
#endif

int dpi_backward_init(struct dpi_backward *b, int n_in, int n, bool recurrent, struct fail *f)
{
    size_t rows = (size_t)n_in + (recurrent ? (size_t)n : 0);
    size_t neurons = (size_t)n * sizeof *b->neuron, states = (size_t)n * sizeof *b->state;
    *b = (struct dpi_backward){.n_in = n_in, .n = n, .recurrent = recurrent};
    b->n_w = rows * (size_t)n * DPI_LANES;
    size_t bytes = neurons + states + 2 * b->n_w * sizeof(float);
    char *at = b->memory = aligned_alloc(64, bytes);
    if (!at) return fail(f, "DPI layer of %d x %d: out of memory", n_in, n);
    memset(at, 0, bytes);
    b->neuron = (void *)at;
    b->state = (void *)(at + neurons);
    b->w = (void *)(at + neurons + states);
    b->gw = b->w + b->n_w;
    return 0;
}

void dpi_backward_fini(struct dpi_backward *b)
{
    free(b->memory);
    *b = (struct dpi_backward){0};
}

void dpi_backward_load(struct dpi_backward *b, const struct dpi_float *d, double start_io)
{
    const double pico = 1e12;
    b->start_io = (float)(start_io * pico);
    for (int i = 0; i < b->n; i++)
        for (int l = 0; l < DPI_LANES; l++) {
            const struct dpi_float_neuron *from = &d->neuron[i];
            struct dpi_backward_neuron *to = &b->neuron[i];
            to->io[l] = (float)(from->io[l] * pico);
            to->itau[l] = (float)(from->itau[l] * pico);
            to->igain[l] = (float)(from->igain[l] * pico);
            to->step[l] = (float)(from->step[l] / pico);
            to->power[l] = (float)from->power[l];
            to->syn_decay[l] = (float)from->syn_decay[l];
            to->drive[l] = (float)(from->syn_kick[l] * from->syn_gain[l] * d->iscale * pico);
            to->ahp_decay[l] = (float)from->ahp_decay[l];
            to->ahp_kick[l] = (float)(from->ahp_kick[l] * pico);
        }
    for (size_t i = 0; i < b->n_w; i++)
        b->w[i] = (float)d->w[i];
    memset(b->gw, 0, b->n_w * sizeof *b->gw);
}

void dpi_backward_run(struct dpi_backward *b, const struct dpi_events *events,
                      const struct dpi_record *before, const struct dpi_record *record,
                      const float *gspike, bool each_tick, float *gbefore)
{
#ifdef NETWORK_X86_64
    if (network_has_isa(NETWORK_AVX512)) {
        dpi_backward_run_avx512(b, events, before, record, gspike, each_tick, gbefore);
        return;
    }
    if (network_has_isa(NETWORK_AVX2)) {
        dpi_backward_run_avx2(b, events, before, record, gspike, each_tick, gbefore);
        return;
    }
#endif
    dpi_backward_run_generic(b, events, before, record, gspike, each_tick, gbefore);
}
