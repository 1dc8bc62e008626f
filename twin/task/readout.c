// How spikes are read as numbers.
#include "twin/task/targets.h"

#include "base/basic_math.h"

// Share of the spikes that the neurons of output k could have in a tick, 0..1.
static double share(const struct readout_of *of, int tick, int k)
{
    const struct trace_layer *y = of->layer;
    int spikes = 0;
    for (int n = k * of->each; n < (k + 1) * of->each; n++)
        if (trace_spiked(y, of->n_neurons, tick, n))
            spikes += of->max_spikes > 1 ? y->n[(size_t)tick * (size_t)y->stride + (size_t)n] : 1;
    return (double)spikes / ((double)of->each * of->max_spikes);
}

// f(t) = a·f(t − 1) + (1 − a)·share(t), a = exp(−1/tau): a leaky integrator, from 0.
static void filter_read(const struct targets *g, const struct readout_of *of, double *said)
{
    const double a = basic_exp(-1 / g->tau);
    for (int k = 0; k < g->n_out; k++) {
        double level = 0;
        for (int t = 0; t < g->n_ticks; t++) {
            level = a * level + (1 - a) * share(of, t, k);
            said[t * g->n_out + k] = g->low + (g->high - g->low) * level;
        }
    }
}

static void filter_back(const struct targets *g, const struct readout_of *of, const double *gsaid,
                        float *gz)
{
    const double a = basic_exp(-1 / g->tau),
                 each = (1 - a) * (g->high - g->low) / ((double)of->each * of->max_spikes);
    for (int k = 0; k < g->n_out; k++) {
        double later = 0;
        for (int t = g->n_ticks - 1; t >= 0; t--) {
            later = a * later + gsaid[t * g->n_out + k];
            for (int n = k * of->each; n < (k + 1) * of->each; n++)
                gz[(size_t)t * (size_t)of->n_neurons + (size_t)n] = (float)(each * later);
        }
    }
}

static const struct readout filter = {"filter", filter_read, filter_back};

const struct readout *const readout_rows[] = {&filter, 0};
