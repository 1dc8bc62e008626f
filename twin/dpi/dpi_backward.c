#include "twin/dpi/dpi_backward.h"

#include "base/isa.h"
#include "base/basic_math.h"
#include "twin/dpi/dpi_words.h"

#include <stdlib.h>
#include <string.h>

ISA_KERNEL(dpi_backward_kernel, dpi_backward_run)

int dpi_backward_init(struct dpi_backward *b, int n_in, int n, bool recurrent, struct fail *f)
{
    size_t rows = (size_t)n_in + (recurrent ? (size_t)n : 0);
    size_t neurons = (size_t)n * sizeof *b->neuron, states = (size_t)n * sizeof *b->state;
    *b = (struct dpi_backward){.n_in = n_in, .n = n, .recurrent = recurrent};
    b->n_w = rows * (size_t)n * DPI_LANES;
    size_t n_column = 2 * (size_t)n_in * DPI_LANES;
    size_t bytes = neurons + states + 2 * (b->n_w + n_column) * sizeof(float);
    char *at = b->memory = aligned_alloc(64, bytes);
    if (!at) return fail(f, "DPI layer of %d x %d: out of memory", n_in, n);
    memset(at, 0, bytes);
    b->neuron = (void *)at;
    b->state = (void *)(at + neurons);
    b->w = (void *)(at + neurons + states);
    b->gw = b->w + b->n_w;
    b->column = b->gw + b->n_w;
    return 0;
}

void dpi_backward_fini(struct dpi_backward *b)
{
    free(b->memory);
    *b = (struct dpi_backward){0};
}

static double over_tau(const struct dpi_circuit *c, double x, double itau, double capacitance)
{
    return x * fmax(itau, c->Io) * (c->kappa_n + c->kappa_p) / 2 / (c->Ut * capacitance);
}

void dpi_backward_load(struct dpi_backward *b, const struct dpi_chips *chips,
                       const struct dpi_law *law, double dt, double iscale, double start_io)
{
    const double pico = 1e12;
    const float lsb = law ? (float)ldexp(pico * start_io, -law->current.frac_bits) : 0;
    b->lsb = lsb;
    b->log_lsb = law ? (float)ldexp(0.6931471805599453, -law->log_frac) : 0;
    b->gaba = law && law->gaba;
    b->leak_once = law && law->leak_once;
    b->fresh_vmem = law && law->fresh_vmem;
    for (int i = 0; i < b->n; i++)
        for (int l = 0; l < DPI_LANES; l++) {
            const struct dpi_circuit *c = &chips->circuit[i * DPI_LANES + l];
            struct dpi_backward_neuron *to = &b->neuron[i];
            double kappa = (c->kappa_n + c->kappa_p) / 2;
            double pulse_ahp = c->Vth * c->C_pulse_ahp / c->Ipulse_ahp;
            double ahp = -basic_expm1(-over_tau(c, pulse_ahp, c->Itau_ahp, c->C_ahp)) *
                         fmax(c->Igain_ahp, c->Io) / fmax(c->Itau_ahp, c->Io) * c->Iw_ahp;
            to->io[l] = (float)(c->Io * pico);
            if (law) // to the bit what the record has where a current lies on its floor
                to->io[l] = lsb * (float)nearbyint(c->Io * pico / lsb);
            to->itau[l] = (float)(fmax(c->Itau_mem, c->Io) * pico);
            to->igain[l] = (float)(fmax(c->Igain_mem, c->Io) * pico);
            to->step[l] = (float)(dt * kappa / (c->Ut * c->C_mem) / pico);
            to->power[l] = (float)(kappa / (kappa + 1));
            to->start[l] = (float)((b->fresh_vmem ? c->Io : start_io) * pico);
            to->syn_decay[l] = (float)basic_exp(-over_tau(c, dt, c->Itau_syn, c->C_syn));
            to->drive[l] = (float)(dpi_words_charge(c) * iscale * pico);
            to->ahp_decay[l] = (float)basic_exp(-over_tau(c, dt, c->Itau_ahp, c->C_ahp));
            to->ahp_kick[l] = (float)(ahp * pico);
        }
    for (size_t i = 0; i < b->n_w; i++)
        b->w[i] = (float)chips->w[i];
    memset(b->gw, 0, b->n_w * sizeof *b->gw);
}

void dpi_backward_run(struct dpi_backward *b, const struct dpi_backward_seen *seen,
                      const float *gspike, bool each_tick, float *gbefore)
{
    dpi_backward_run_isa[isa_best()](b, seen, gspike, each_tick, gbefore);
}
