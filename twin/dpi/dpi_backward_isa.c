// The ticks of twin/dpi/dpi_backward.h, compiled once for each instruction set (ISA_NAME).
#include "base/isa.h"
#include "twin/dpi/dpi_backward.h"

#include "model/fx_lanes.h"

#include <string.h>

#define BACKWARD_RUN ISA_FUNCTION(dpi_backward_run)

dpi_backward_kernel BACKWARD_RUN;

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

// Unsigned words, any alignment, in units of lsb.
LANES_INLINE lanes words(const uint32_t x[DPI_LANES], float lsb)
{
    typedef uint32_t unsigned_words __attribute__((vector_size(4 * DPI_LANES)));
    unsigned_words y;
    memcpy(&y, x, sizeof y);
    return lsb * __builtin_convertvector(y, lanes);
}

LANES_INLINE lanes signed_words(const int32_t x[DPI_LANES], float lsb)
{
    masks y;
    memcpy(&y, x, sizeof y);
    return lsb * __builtin_convertvector(y, lanes);
}

LANES_INLINE lanes counts(const uint8_t z[DPI_LANES])
{
    return __builtin_convertvector(fxl_load_bytes(z), lanes);
}

LANES_INLINE lanes spikes_of(const struct dpi_backward *b, const struct dpi_backward_seen *seen,
                             int i, int t)
{
    size_t at = (size_t)t * (size_t)b->n + (size_t)i;
    return seen->real ? READ(seen->real[at].spikes) : counts(seen->spikes[at].z);
}

// struct dpi_record of one neuron and tick.
struct tick {
    lanes imem, ifb, iin, iahp, above, spikes, driven, inhibited;
};

enum { AHEAD = 6 }; // ticks whose record is asked for before its turn

LANES_INLINE struct tick tick_of(const struct dpi_backward *b, const struct dpi_backward_seen *seen,
                                 int i, int t)
{
    const lanes one = 1 - (lanes){0};
    size_t at = (size_t)t * (size_t)b->n + (size_t)i;
    if (seen->real) {
        const struct dpi_record *r = seen->real + at;
        return (struct tick){READ(r->imem),  READ(r->ifb),    READ(r->iin),    READ(r->iahp),
                             READ(r->above), READ(r->spikes), READ(r->driven), READ(r->inhibited)};
    }
    const struct dpi_lanes_spikes *s = seen->spikes + at;
    const struct dpi_lanes_record *r =
        seen->record + (size_t)i * (size_t)seen->events->n_ticks + (size_t)t;
    for (size_t k = 0; k < sizeof *r; k += 64) // it goes back in time, faster than memory follows
        __builtin_prefetch((const char *)(r - AHEAD) + k);
    return (struct tick){words(r->imem, b->lsb),
                         words(r->ifb, b->lsb),
                         words(r->iin, b->lsb),
                         words(r->iahp, b->lsb),
                         signed_words(r->above, b->log_lsb),
                         counts(s->z),
                         kept(lanes_of(s->driven), one),
                         kept(lanes_of(s->inhibited), one)};
}

// Imem at the start of a tick.
LANES_INLINE lanes start_of(const struct dpi_backward *b, const struct dpi_backward_seen *seen,
                            int i, int t)
{
    const struct dpi_backward_neuron *c = &b->neuron[i];
    if (t == 0) return READ(c->start);
    const lanes imem =
        seen->real
            ? READ(seen->real[(size_t)(t - 1) * (size_t)b->n + (size_t)i].imem)
            : words(seen->record[(size_t)i * (size_t)seen->events->n_ticks + (size_t)t - 1].imem,
                    b->lsb);
    return where(spikes_of(b, seen, i, t - 1) > 0, READ(c->io), imem);
}

// One neuron, one tick. m: Imem at its start.
LANES_INLINE void neuron_back(const struct dpi_backward *b, const struct dpi_backward_neuron *c,
                              struct dpi_backward_state *s, struct tick now, lanes m, lanes gspike)
{
    const lanes io = READ(c->io), igain = READ(c->igain), itau = READ(c->itau);
    const lanes u = now.imem, x = now.above, z = now.spikes;
    const lanes iin = now.iin, ifb = now.ifb, iahp = now.iahp;
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
    lanes excited = now.driven, inhibited = now.inhibited;
    AT(s->gsum) = gisyn * READ(c->drive) * (excited + b->options.off * (1 - excited));
    AT(s->gless) = b->gaba
                       ? -ggaba * READ(c->drive) * (inhibited + b->options.off * (1 - inhibited))
                       : AT(s->gsum);
}

// Weights of some neurons and what they gather: rows `stride` floats apart.
struct rows {
    const float *w;
    float *gw;
    size_t stride;
};

// dL/d (w·x) of a weight.
LANES_INLINE lanes by_weight(const struct dpi_backward *b, const struct dpi_backward_state *s,
                             lanes w)
{
    return b->gaba ? where(w < 0, READ(s->gless), READ(s->gsum)) : READ(s->gsum);
}

// gw += x·gsum and, where the source is a neuron, its gx += Σ w·gsum. s: n neurons.
LANES_INLINE void source_back(const struct dpi_backward *b, const struct dpi_backward_state *s,
                              int n, struct rows r, int row, lanes x, float *gx)
{
    lanes sum = {0};
    float *gw = r.gw + (size_t)row * r.stride;
    const float *w = r.w + (size_t)row * r.stride;
    for (int i = 0; i < n; i++) {
        lanes wi = READ(w + i * DPI_LANES), g = by_weight(b, &s[i], wi);
        AT(gw + i * DPI_LANES) += x * g;
        sum += wi * g;
    }
    AT(gx) += sum;
}

// The same of a source that reaches some neurons only.
LANES_INLINE void span_back(const struct dpi_backward *b, struct dpi_backward_state *s,
                            struct rows r, int j, lanes x)
{
    const struct dpi_backward_span to = b->span[j];
    const size_t at = (size_t)to.from * DPI_LANES, own = (size_t)to.ahead * DPI_LANES;
    const struct rows ahead = {r.w + at, r.gw + at, r.stride},
                      same = {r.w + own, r.gw + own, r.stride};
    AT(s[j].gahead) = (lanes){0};
    source_back(b, s + to.from, to.ahead - to.from, ahead, b->n_in + j, x, s[j].gahead);
    source_back(b, s + to.ahead, to.to - to.ahead, same, b->n_in + j, x, s[j].gspike);
}

// Tick t of n neurons from neuron i on.
LANES_INLINE void tick_back(struct dpi_backward *b, const struct dpi_backward_seen *seen, int i,
                            int n, int t, struct rows r, const float *gspike, bool each_tick,
                            float *gbefore)
{
    const struct dpi_events *e = seen->events;
    const size_t n_ticks = (size_t)e->n_ticks;
    struct dpi_backward_state *s = b->state + i;
    for (int k = 0; k < n; k++) {
        size_t at = each_tick ? (size_t)(i + k) * n_ticks + (size_t)t : (size_t)(i + k);
        lanes g = load(gspike + at * DPI_LANES);
        if (b->span) g += AT(s[k].gahead);
        neuron_back(b, &b->neuron[i + k], s + k, tick_of(b, seen, i + k, t),
                    start_of(b, seen, i + k, t), g);
    }
    for (int k = e->start[t]; !seen->before && k < e->start[t + 1]; k++) {
        masks hears = lanes_of(e->event[k].lanes);
        size_t at = (size_t)e->event[k].channel * r.stride + (size_t)(b->hears * DPI_LANES);
        for (int j = b->hears; j < n; j++, at += DPI_LANES)
            AT(r.gw + at) += kept(hears, by_weight(b, s + j, READ(r.w + at)));
    }
    for (int j = 0; seen->before && j < b->n_in; j++)
        source_back(b, s, n, r, j, counts(seen->before[(size_t)t * (size_t)b->n_in + (size_t)j].z),
                    gbefore + ((size_t)j * n_ticks + (size_t)t) * DPI_LANES);
}

// All ticks of n neurons that do not hear each other; their weights side by side.
LANES_INLINE void column_back(struct dpi_backward *b, const struct dpi_backward_seen *seen, int i,
                              const int n, const float *gspike, bool each_tick, float *gbefore)
{
    const size_t stride = (size_t)(n * DPI_LANES), size = stride * sizeof(float);
    const size_t n_column = (size_t)b->n_in * stride;
    const struct rows r = {b->column, b->column + n_column, stride};
    const size_t first = (size_t)(i * DPI_LANES), row = (size_t)(b->n * DPI_LANES);
    for (size_t j = 0; j < (size_t)b->n_in; j++) {
        memcpy(b->column + j * stride, b->w + first + j * row, size);
        memcpy(r.gw + j * stride, b->gw + first + j * row, size);
    }
    for (int t = seen->events->n_ticks - 1; t >= 0; t--)
        tick_back(b, seen, i, n, t, r, gspike, each_tick, gbefore);
    for (size_t j = 0; j < (size_t)b->n_in; j++)
        memcpy(b->gw + first + j * row, r.gw + j * stride, size);
}

// A layer whose neurons do not hear each other goes neuron after neuron, as model/dpi/dpi_kernel.c
// does.
LANES_INLINE void run_back(struct dpi_backward *b, const struct dpi_backward_seen *seen,
                           const float *gspike, bool each_tick, float *gbefore)
{
    const int n = b->n, n_ticks = seen->events->n_ticks;
    const size_t stride = (size_t)(n * DPI_LANES);
    memset(b->state, 0, (size_t)n * sizeof *b->state);
    if (seen->before) memset(gbefore, 0, (size_t)(n_ticks * b->n_in * DPI_LANES) * sizeof *gbefore);
    int i = 0;
    for (; !b->recurrent && i + 1 < n; i += 2)
        column_back(b, seen, i, 2, gspike, each_tick, gbefore);
    for (; !b->recurrent && i < n; i++)
        column_back(b, seen, i, 1, gspike, each_tick, gbefore);
    const struct rows all = {b->w, b->gw, stride};
    for (int t = n_ticks - 1; b->recurrent && t >= 0; t--) {
        tick_back(b, seen, 0, n, t, all, gspike, each_tick, gbefore);
        for (int j = 0; t && b->span && j < n; j++)
            span_back(b, b->state, all, j, spikes_of(b, seen, j, t - 1));
        for (int j = 0; t && !b->span && j < n; j++)
            source_back(b, b->state, n, all, b->n_in + j, spikes_of(b, seen, j, t - 1),
                        b->state[j].gspike);
    }
}

void BACKWARD_RUN(struct dpi_backward *b, const struct dpi_backward_seen *seen, const float *gspike,
                  bool each_tick, float *gbefore)
{
    run_back(b, seen, gspike, each_tick, gbefore);
}
