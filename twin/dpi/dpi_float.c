#include "twin/dpi/dpi_float.h"

#include "base/isa.h"

#include <stdlib.h>
#include <string.h>

ISA_KERNEL(dpi_float_circuit_kernel, dpi_float_circuit)
ISA_KERNEL(dpi_float_tick_kernel, dpi_float_tick)

int dpi_float_init(struct dpi_float *d, int n_in, int n, bool recurrent, struct fail *f)
{
    size_t rows = (size_t)n_in + (recurrent ? (size_t)n : 0), cells = (size_t)n * DPI_LANES;
    size_t neurons = (size_t)n * sizeof *d->neuron, states = (size_t)n * sizeof *d->state;
    size_t bytes = neurons + states + (rows + 1) * cells * sizeof *d->w;
    *d = (struct dpi_float){.n_in = n_in, .n = n, .recurrent = recurrent};
    char *at = d->memory = aligned_alloc(64, bytes);
    if (!at) return fail(f, "DPI layer of %d x %d: out of memory", n_in, n);
    memset(at, 0, bytes);
    d->neuron = (void *)at;
    d->state = (void *)(at + neurons);
    d->w = (void *)(at + neurons + states);
    d->sum = d->w + rows * cells;
    return 0;
}

void dpi_float_fini(struct dpi_float *d)
{
    free(d->memory);
    *d = (struct dpi_float){0};
}

void dpi_float_circuit(struct dpi_float *d, int i, int lane, const struct dpi_circuit *c)
{
    dpi_float_circuit_isa[isa_best()](d, i, lane, c);
}

void dpi_float_start(struct dpi_float *d, double io)
{
    memset(d->state, 0, (size_t)d->n * sizeof *d->state);
    for (int i = 0; i < d->n; i++)
        for (int l = 0; l < DPI_LANES; l++)
            d->state[i].isyn[l] = d->state[i].iahp[l] = d->state[i].imem[l] = io;
}

void dpi_float_tick(struct dpi_float *d, const struct dpi_event *e, int n_events,
                    const struct dpi_record *before, struct dpi_record *record)
{
    dpi_float_tick_isa[isa_best()](d, e, n_events, before, record);
}

void dpi_float_run(struct dpi_float *d, const struct dpi_events *events,
                   const struct dpi_record *before, struct dpi_record *record, float *counts)
{
    memset(counts, 0, (size_t)(d->n * DPI_LANES) * sizeof *counts);
    for (int t = 0; t < events->n_ticks; t++) {
        int first = before ? 0 : events->start[t];
        int n_events = before ? 0 : events->start[t + 1] - first;
        dpi_float_tick(d, events->event + first, n_events, before ? before + t * d->n_in : 0,
                       record ? record + t * d->n : 0);
        for (int i = 0; i < d->n; i++)
            for (int l = 0; l < DPI_LANES; l++)
                counts[i * DPI_LANES + l] += (float)d->state[i].spikes[l];
    }
}
