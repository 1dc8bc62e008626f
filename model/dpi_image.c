#include "model/dpi_net.h"

static bool in(int64_t x, int64_t lo, int64_t hi)
{
    return x >= lo && x <= hi;
}

static const char *check_neuron(const struct dpi_law *law, const struct dpi_neuron *n)
{
    int64_t current = dpi_current_max(law), factor = fx_umax(law->factor_frac);
    int64_t gain = fx_umax(law_bits(law->gain)), log = fx_max(7 + law->log_frac);
    if (!in(n->io, 1, current)) return "io";
    if (!in(n->idc, 0, current)) return "idc";
    if (!in(n->itau, 1, current)) return "itau";
    if (!in(n->igain, 1, current)) return "igain";
    if (!in(n->jump, 0, current)) return "jump";
    for (int i = 0; i < 2; i++) {
        if (!in(n->floor[i], 0, current)) return "floor";
        if (!in(n->decay[i], 0, factor)) return "decay";
    }
    if (!in(n->decay_ahp, 0, factor)) return "decay_ahp";
    if (!in(n->alpha, 0, factor)) return "alpha";
    if (!in(n->gain, 0, gain)) return "gain";
    if (!in(n->gain_tau, 0, gain)) return "gain_tau";
    if (!in(n->log_io, 0, log)) return "log_io";
    if (!in(n->log_gain, 0, log)) return "log_gain";
    if (!in(n->theta, -log, log)) return "theta";
    if (!in(n->period, 0, UINT16_MAX)) return "period";
    return 0;
}

// Ascending entries within the range of a mantissa: what log2 and exp2 need to be monotone.
static const char *check_tables(const struct dpi_law *law, const struct dpi_tables *t)
{
    int64_t n = fx_shl(1, law->table_bits), one = fx_shl(1, law->log_frac);
    if (t->efold < 1 || t->efold > fx_max(7 + law->log_frac)) return "efold";
    if (t->log2[0] < 0 || t->log2[n] > one) return "log2";
    if (t->exp2[0] < one || t->exp2[n] > 2 * one) return "exp2";
    for (int64_t i = 0; i < n; i++) {
        if (t->log2[i + 1] < t->log2[i]) return "log2";
        if (t->exp2[i + 1] < t->exp2[i]) return "exp2";
    }
    return 0;
}

const char *dpi_image_check(const struct dpi_image *im)
{
    const char *what = dpi_law_check(&im->law);
    if (what) return what;
    if ((what = check_tables(&im->law, im->tables))) return what;
    if (!in(im->n_layers, 1, DPI_MAX_LAYERS)) return "number of layers";
    int bits = law_bits(im->law.weight);
    for (int l = 0; l < im->n_layers; l++) {
        const struct dpi_layer *y = &im->layer[l];
        if (!in(y->n_out, 1, DPI_MAX_NEURONS) || !in(y->n_in, 1, DPI_MAX_NEURONS))
            return "neurons of a layer";
        if (l && y->n_in != im->layer[l - 1].n_out) return "sources of a layer";
        for (int n = 0; n < y->n_out; n++)
            if ((what = check_neuron(&im->law, &y->neuron[n]))) return what;
        for (int64_t i = 0; i < (int64_t)dpi_sources(y) * y->n_out; i++)
            if (!in(y->w[i], fx_min(bits), fx_max(bits))) return "weight";
    }
    return 0;
}

static void hash(uint64_t *h, int64_t x)
{
    for (int i = 0; i < 8; i++) {
        *h ^= (uint64_t)fx_shr_floor(x, 8 * i) & UINT8_MAX;
        *h *= UINT64_C(1099511628211);
    }
}

static void hash_neuron(uint64_t *h, const struct dpi_neuron *n)
{
    const int64_t words[] = {n->io,       n->idc,   n->itau,     n->igain,    n->floor[0],
                             n->floor[1], n->jump,  n->decay[0], n->decay[1], n->decay_ahp,
                             n->alpha,    n->gain,  n->gain_tau, n->log_io,   n->log_gain,
                             n->theta,    n->period};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        hash(h, words[i]);
}

uint64_t dpi_image_hash(const struct dpi_image *im)
{
    const struct dpi_law *a = &im->law;
    const int64_t law[] = {a->gaba,
                           a->leak_once,
                           a->fresh_vmem,
                           a->current.int_bits,
                           a->current.frac_bits,
                           a->weight.int_bits,
                           a->weight.frac_bits,
                           a->factor_frac,
                           a->log_frac,
                           a->table_bits,
                           a->gain.int_bits,
                           a->gain.frac_bits,
                           a->rate.int_bits,
                           a->rate.frac_bits,
                           a->max_spikes,
                           im->n_layers};
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < sizeof law / sizeof *law; i++)
        hash(&h, law[i]);
    for (int64_t i = 0; i <= fx_shl(1, a->table_bits); i++) {
        hash(&h, im->tables->log2[i]);
        hash(&h, im->tables->exp2[i]);
    }
    hash(&h, im->tables->efold);
    for (int l = 0; l < im->n_layers; l++) {
        const struct dpi_layer *y = &im->layer[l];
        hash(&h, y->n_in);
        hash(&h, y->n_out);
        hash(&h, y->recurrent);
        for (int n = 0; n < y->n_out; n++)
            hash_neuron(&h, &y->neuron[n]);
        for (int64_t i = 0; i < (int64_t)dpi_sources(y) * y->n_out; i++)
            hash(&h, y->w[i]);
    }
    return h;
}
