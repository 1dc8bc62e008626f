// The ticks of twin/dpi_backward.h, compiled once for each instruction set (ISA_NAME).
#include "twin/dpi_backward.h"

#include <string.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#ifndef ISA_NAME
#define ISA_NAME generic
#endif
#define BACKWARD_RUN JOIN(dpi_backward_run_, ISA_NAME)
#define RECORD_MAKE  JOIN(dpi_record_make_, ISA_NAME)

void RECORD_MAKE(struct dpi_record *to, const struct dpi_lanes_record *from, int n, float lsb,
                 float log_lsb);

void BACKWARD_RUN(struct dpi_backward *b, const struct dpi_events *events,
                  const struct dpi_record *before, const struct dpi_record *record,
                  const float *gspike, bool each_tick, float *gbefore);

typedef float lanes __attribute__((vector_size(4 * DPI_LANES)));
typedef int32_t masks __attribute__((vector_size(4 * DPI_LANES)));
#define LANES_INLINE static inline __attribute__((always_inline))
#define AT(x)        (*(lanes *)(x))
#define READ(x)      (*(const lanes *)(x))

LANES_INLINE lanes where(masks m, lanes a, lanes b)
{
    return (lanes)((m & (masks)a) | (~m & (masks)b));
}

LANES_INLINE lanes kept(masks m, lanes a)
{
    return (lanes)(m & (masks)a);
}

LANES_INLINE lanes load(const float *x) // of any alignment
{
    lanes y;
    memcpy(&y, x, sizeof y);
    return y;
}

LANES_INLINE masks lanes_of(int32_t mask)
{
    const masks bit = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    return (mask & bit) != 0;
}

// One neuron, one tick. `last` is the record of the tick before, NULL in the first.
LANES_INLINE void neuron_back(const struct dpi_backward *b, const struct dpi_backward_neuron *c,
                              struct dpi_backward_state *s, const struct dpi_record *now,
                              const struct dpi_record *last, lanes gspike)
{
    const lanes io = READ(c->io), igain = READ(c->igain), itau = READ(c->itau);
    const lanes u = READ(now->imem), x = READ(now->above), z = READ(now->spikes);
    const lanes iin = READ(now->iin), ifb = READ(now->ifb), iahp = READ(now->iahp);
    const lanes m = last ? where(READ(last->spikes) > 0, io, READ(last->imem)) : READ(c->start);
    const lanes ileak = itau + iahp, with_gain = m + igain, step = READ(c->step);

    lanes depth = 1 - b->options.slope * x; // x < 0: 1 + β|x|
    lanes surrogate = where(x > 0, 1 - (lanes){0}, 1 / (depth * depth));
    lanes feedback = b->fresh_vmem ? kept(z == 0, AT(s->glog)) : AT(s->glog);
    lanes glog = (gspike + b->options.back * AT(s->gspike)) * surrogate + feedback;
    lanes gu = glog / u + kept(z == 0, AT(s->gm));
    gu = kept(u > io, gu);

    // Imem = m + step·m·(S + Ifb), S = Ileak·(Igain·(Iin − Ileak) − m·Ileak)/(Itau·(m + Igain))
    lanes inverse = 1 / (itau * with_gain);
    lanes by_m = gu * step * m;
    lanes s_term = ileak * (igain * (iin - ileak) - m * ileak) * inverse;
    lanes gm =
        gu * (1 + step * (s_term + ifb)) - by_m * (ileak * igain * iin) * inverse / with_gain;
    lanes giin = by_m * ileak * igain * inverse;
    lanes gleak = by_m * (igain * (iin - 2 * ileak) - 2 * m * ileak) * inverse;
    masks open = iin > io;
    giin = kept(open, giin);
    if (!b->leak_once) gleak -= giin;
    lanes gisyn = giin + AT(s->gisyn), ggaba = AT(s->ggaba) - giin;
    lanes giahp = kept(iahp > io, gleak + AT(s->giahp));

    AT(s->gm) = gm;
    AT(s->glog) = by_m * ifb * READ(c->power); // Ifb = Io·(Imem/Io)^power of the tick before
    AT(s->gisyn) = gisyn * READ(c->syn_decay);
    AT(s->ggaba) = ggaba * READ(c->syn_decay);
    AT(s->giahp) = giahp * READ(c->ahp_decay);
    AT(s->gspike) = giahp * READ(c->ahp_kick);
    lanes excited = READ(now->driven), inhibited = READ(now->inhibited);
    AT(s->gsum) = gisyn * READ(c->drive) * (excited + b->options.off * (1 - excited));
    AT(s->gless) = b->gaba
                       ? -ggaba * READ(c->drive) * (inhibited + b->options.off * (1 - inhibited))
                       : AT(s->gsum);
}

// dL/d (w·x) of a weight.
LANES_INLINE lanes by_weight(const struct dpi_backward_state *s, lanes w)
{
    return where(w < 0, READ(s->gless), READ(s->gsum));
}

// gw += x·gsum and, where the source is a neuron, its gx += Σ w·gsum.
LANES_INLINE void source_back(struct dpi_backward *b, int row, lanes x, float *gx)
{
    lanes sum = {0};
    float *gw = b->gw + (size_t)(row * b->n) * DPI_LANES;
    const float *w = b->w + (size_t)(row * b->n) * DPI_LANES;
    for (int i = 0; i < b->n; i++) {
        lanes wi = READ(w + i * DPI_LANES), g = by_weight(&b->state[i], wi);
        AT(gw + i * DPI_LANES) += x * g;
        sum += wi * g;
    }
    AT(gx) += sum;
}

void BACKWARD_RUN(struct dpi_backward *b, const struct dpi_events *events,
                  const struct dpi_record *before, const struct dpi_record *record,
                  const float *gspike, bool each_tick, float *gbefore)
{
    int n = b->n;
    memset(b->state, 0, (size_t)n * sizeof *b->state);
    for (int t = events->n_ticks - 1; t >= 0; t--) {
        const struct dpi_record *now = record + t * n, *last = t ? now - n : 0;
        const float *gz = gspike + (each_tick ? t * n * DPI_LANES : 0);
        for (int i = 0; i < n; i++)
            neuron_back(b, &b->neuron[i], &b->state[i], now + i, last ? last + i : 0,
                        load(gz + i * DPI_LANES));
        for (int k = events->start[t]; !before && k < events->start[t + 1]; k++) {
            masks hears = lanes_of(events->event[k].lanes);
            size_t row = (size_t)(events->event[k].channel * n) * DPI_LANES;
            for (int i = 0; i < n; i++, row += DPI_LANES)
                AT(b->gw + row) += kept(hears, by_weight(&b->state[i], READ(b->w + row)));
        }
        for (int j = 0; before && j < b->n_in; j++) {
            float *gx = gbefore + (size_t)(t * b->n_in + j) * DPI_LANES;
            AT(gx) = (lanes){0};
            source_back(b, j, READ(before[t * b->n_in + j].spikes), gx);
        }
        for (int j = 0; b->recurrent && last && j < n; j++)
            source_back(b, b->n_in + j, READ(last[j].spikes), b->state[j].gspike);
    }
}

void RECORD_MAKE(struct dpi_record *to, const struct dpi_lanes_record *from, int n, float lsb,
                 float log_lsb)
{
    for (int i = 0; i < n; i++)
        for (int l = 0; l < DPI_LANES; l++) {
            to[i].imem[l] = lsb * (float)(uint32_t)from[i].imem[l];
            to[i].ifb[l] = lsb * (float)(uint32_t)from[i].ifb[l];
            to[i].iin[l] = lsb * (float)(uint32_t)from[i].iin[l];
            to[i].iahp[l] = lsb * (float)(uint32_t)from[i].iahp[l];
            to[i].above[l] = log_lsb * (float)from[i].above[l];
            to[i].spikes[l] = (float)from[i].spikes[l];
            to[i].driven[l] = (float)(from[i].driven[l] & 1);
            to[i].inhibited[l] = (float)((from[i].driven[l] & 2) / 2);
        }
}
