// What the neurons of model/dpi/dpi_kernel.c get in a tick: events, and spikes of other neurons.
//
// Sums that the weights prove to fit 32 bits are made in 32, else in 64. For dpi_kernel.c only.
#ifndef MODEL_DPI_DPI_GATHER_H
#define MODEL_DPI_DPI_GATHER_H

#include "model/dpi/dpi_lanes.h"
#include "model/fx_products.h"

// Some neurons, from neuron i on. Every statement runs for all of them before the next: chains of
// dependent operations side by side keep a core busier than one after the other.
#if defined __AVX512F__
enum { UNITS = 2 };
#else
enum { UNITS = 1 };
#endif
#define EACH  for (int u = 0; u < units; u++)
#define OF(x) fxu_load(n[u].x)

// What the neurons of a group got in a tick, in LSB of current, and where it is above their floor;
// [0] excite, [1] inhibit.
struct gathered {
    fx_words in[2][UNITS];
    fx_words_mask above[2][UNITS];
};

FX_LANES_INLINE bool silent(const uint8_t z[DPI_LANES])
{
    uint64_t x[2];
    __builtin_memcpy(x, z, sizeof x);
    return !(x[0] | x[1]);
}

FX_LANES_INLINE const int32_t *weights(const struct dpi_lanes *d, int i, int row)
{
    return d->w + (size_t)(i * dpi_lanes_rows(d) + row) * DPI_LANES;
}

// Spikes of the sources of rows [from, from + n): z of row from + j stands `stride` bytes after
// that of the row before.
struct sources {
    const uint8_t *z;
    size_t stride;
    int from, n;
    bool ask; // whether a source is silent: more to do than its row for few neurons
};

FX_LANES_INLINE struct sources heard(const struct dpi_lanes *d, const struct dpi_lanes_run *run,
                                     int t)
{
    if (!run->before) return (struct sources){0};
    const struct dpi_lanes_spikes *s = run->before + (size_t)t * (size_t)d->n_in;
    return (struct sources){s->z, sizeof *s, 0, d->n_in, true};
}

FX_LANES_INLINE struct sources own(const struct dpi_lanes *d)
{
    enum { FEW = 4 };
    return (struct sources){d->own, DPI_LANES, d->n_in, d->recurrent ? d->n : 0, d->n > FEW};
}

// Sums of which dpi_lanes' weights prove that they fit 32 bits with a sign: see is_narrow.
FX_LANES_INLINE void narrow_sources(const struct dpi_lanes *d, const struct dpi_law *law, int i,
                                    const int units, struct sources s, fx_words sum[2][UNITS])
{
    for (int j = 0; j < s.n; j++) {
        const uint8_t *bytes = s.z + (size_t)j * s.stride;
        if (s.ask && silent(bytes)) continue;
        const fx_words z = fxu_load_bytes(bytes);
        EACH
        {
            const fx_words w = fxu_load(weights(d, i + u, s.from + j));
            sum[0][u] += z * (law->gaba ? fxu_positive(w) : w);
            if (law->gaba) sum[1][u] -= z * fxu_negative(w);
        }
    }
}

FX_LANES_INLINE void gather_narrow(const struct dpi_lanes *d, const struct dpi_law *law, int i,
                                   const int units, const struct dpi_lanes_run *run, int t,
                                   struct gathered *g)
{
    const int to_current = law->current.frac_bits - law->weight.frac_bits;
    const struct dpi_lanes_neuron *n = d->neuron + i;
    fx_words sum[2][UNITS] = {0};
    const struct dpi_events *events = run->events;
    const struct dpi_event *e = events ? events->event + events->start[t] : 0;
    const struct dpi_event *end = events ? events->event + events->start[t + 1] : 0;
    const int32_t *row[UNITS];
    EACH row[u] = weights(d, i + u, 0);
    for (; e < end; e++) {
        const fx_words_mask lanes = fxu_mask(e->lanes);
        const size_t at = (size_t)e->channel * DPI_LANES;
        EACH
        {
            const fx_words w = fxu_load(row[u] + at);
            sum[0][u] = fxu_add_where(lanes, sum[0][u], law->gaba ? fxu_positive(w) : w);
            if (law->gaba) sum[1][u] = fxu_sub_where(lanes, sum[1][u], fxu_negative(w));
        }
    }
    narrow_sources(d, law, i, units, heard(d, run, t), sum);
    narrow_sources(d, law, i, units, own(d), sum);
    for (int s = 0; s < 2; s++) {
        EACH g->in[s][u] = fxu_shl(fxu_positive(sum[s][u]), to_current);
        EACH g->above[s][u] = fxu_above(g->in[s][u], OF(floor[s]));
        EACH g->in[s][u] = fxu_smaller(g->in[s][u], fxu_set((uint32_t)dpi_current_max(law)));
    }
}

// z·w of a row: what excites to the first sum, what inhibits to the second.
FX_LANES_INLINE void wide_row(const struct dpi_lanes *d, int i, int row, const int units,
                              fx_words z, struct fx_products sum[2][UNITS])
{
    EACH
    {
        const fx_words w = fxu_load(weights(d, i + u, row));
        sum[0][u] = fxp_add(sum[0][u], fxp_mul(z, fxu_positive(w)));
        sum[1][u] = fxp_add(sum[1][u], fxp_mul(z, -fxu_negative(w)));
    }
}

// Any sums.
FX_LANES_INLINE void gather_wide(const struct dpi_lanes *d, const struct dpi_law *law, int i,
                                 const int units, const struct dpi_lanes_run *run, int t,
                                 struct gathered *g)
{
    const int to_current = law->current.frac_bits - law->weight.frac_bits;
    const struct dpi_lanes_neuron *n = d->neuron + i;
    const struct sources from[2] = {heard(d, run, t), own(d)};
    struct fx_products sum[2][UNITS] = {0};
    const struct dpi_events *e = run->events;
    for (int k = e ? e->start[t] : 0; e && k < e->start[t + 1]; k++)
        wide_row(d, i, e->event[k].channel, units,
                 fxu_add_where(fxu_mask(e->event[k].lanes), fxu_set(0), fxu_set(1)), sum);
    for (int k = 0; k < 2; k++)
        for (int j = 0; j < from[k].n; j++) {
            const uint8_t *z = from[k].z + (size_t)j * from[k].stride;
            if (!silent(z)) wide_row(d, i, from[k].from + j, units, fxu_load_bytes(z), sum);
        }
    if (!law->gaba) EACH
        {
            sum[0][u] = fxp_sub(sum[0][u], sum[1][u]);
            sum[1][u] = (struct fx_products){0};
        }
    for (int s = 0; s < 2; s++)
        EACH
        {
            const struct fx_products in = fxp_shl(sum[s][u], to_current);
            g->above[s][u] = fxp_above(in, fxp_of(OF(floor[s])));
            g->in[s][u] = fxp_words(fxp_sat(in, 0, dpi_current_max(law)));
        }
}

// How often a row is added in a tick, at most. Channels ascend as long as each is there once.
static int64_t most_times(const struct dpi_lanes *d, const struct dpi_lanes_run *run)
{
    const struct dpi_events *e = run->events;
    int64_t most = 0;
    for (int t = 0; e && t < run->n_ticks; t++) {
        int64_t times = 1;
        for (int k = e->start[t] + 1; k < e->start[t + 1]; k++)
            times += e->event[k].channel <= e->event[k - 1].channel;
        most = times > most ? times : most;
    }
    fx_words z = fxu_set(0);
    for (size_t i = 0; run->before && i < (size_t)run->n_ticks * (size_t)d->n_in; i++)
        z = fxu_larger(z, fxu_load_bytes(run->before[i].z));
    for (int l = 0; l < DPI_LANES; l++)
        most = z[l] > most ? z[l] : most;
    return most;
}

// Whether no sum of any neuron can leave 32 bits with a sign.
static bool is_narrow(const struct dpi_lanes *d, const struct dpi_law *law,
                      const struct dpi_lanes_run *run)
{
    const int to_current = law->current.frac_bits - law->weight.frac_bits;
    const int64_t room = fx_shr_floor(fx_max(32), to_current), z = law->max_spikes;
    const int64_t times = most_times(d, run);
    const uint32_t most[2] = {(uint32_t)fx_sat(times, 0, fx_max(32)), (uint32_t)z};
    fx_words_mask over = fxu_mask(0);
    for (int i = 0; i < d->n; i++) {
        struct fx_products sum = {0};
        for (int row = 0; row < dpi_lanes_rows(d); row++) {
            const fx_words w = fxu_load(weights(d, i, row));
            const fx_words size = fxu_positive(w) - fxu_negative(w);
            sum = fxp_add(sum, fxp_mul(size, fxu_set(most[row >= d->n_in])));
        }
        over |= fxp_above(sum, fxp_of(fxu_set((uint32_t)room)));
    }
    return !fxu_bits(over);
}

#endif
