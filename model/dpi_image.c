#include "model/dpi_network.h"

static bool in(int64_t x, int64_t lo, int64_t hi)
{
    return x >= lo && x <= hi;
}

const char *const dpi_word_names[DPI_WORDS] = {
    "weight", "io",       "idc",           "itau",      "igain", "floor", "floor of GABA",
    "jump",   "decay",    "decay of GABA", "decay_ahp", "alpha", "gain",  "gain_tau",
    "log_io", "log_gain", "theta",         "period",    "log2",  "exp2",  "efold",
    "isyn",   "gaba",     "iahp",          "imem",      "vmem",  "timer", "z"};

int64_t dpi_word_min(const struct dpi_law *law, enum dpi_word word)
{
    switch (word) {
    case DPI_WEIGHT:
        return fx_min(law_bits(law->weight));
    case DPI_THETA:
    case DPI_VMEM:
        return fx_min(7 + law->log_frac);
    case DPI_IO:
    case DPI_ITAU:
    case DPI_IGAIN:
    case DPI_EFOLD:
    case DPI_IMEM:
        return 1;
    case DPI_EXP2:
        return fx_shl(1, law->log_frac);
    default:
        return 0;
    }
}

int64_t dpi_word_max(const struct dpi_law *law, enum dpi_word word)
{
    switch (word) {
    case DPI_WEIGHT:
        return fx_max(law_bits(law->weight));
    case DPI_DECAY0:
    case DPI_DECAY1:
    case DPI_DECAY_AHP:
    case DPI_ALPHA:
        return fx_umax(law->factor_frac);
    case DPI_GAIN:
    case DPI_GAIN_TAU:
        return fx_umax(law_bits(law->gain));
    case DPI_LOG_IO:
    case DPI_LOG_GAIN:
    case DPI_THETA:
    case DPI_EFOLD:
    case DPI_VMEM:
        return fx_max(7 + law->log_frac);
    case DPI_LOG2:
        return fx_shl(1, law->log_frac);
    case DPI_EXP2:
        return fx_shl(2, law->log_frac);
    case DPI_PERIOD:
    case DPI_TIMER:
        return UINT16_MAX;
    case DPI_Z:
        return law->max_spikes;
    default:
        return dpi_current_max(law);
    }
}

int64_t dpi_neuron_word(const struct dpi_neuron *n, enum dpi_word word)
{
    const int64_t words[DPI_LOG2] = {
        0,           n->io,       n->idc,      n->itau,     n->igain,     n->floor[0],
        n->floor[1], n->jump,     n->decay[0], n->decay[1], n->decay_ahp, n->alpha,
        n->gain,     n->gain_tau, n->log_io,   n->log_gain, n->theta,     n->period};
    return words[word];
}

static bool fits(const struct dpi_law *law, enum dpi_word word, int64_t x)
{
    return in(x, dpi_word_min(law, word), dpi_word_max(law, word));
}

// Ascending entries within the range of a mantissa: what log2 and exp2 need to be monotone.
static const char *check_tables(const struct dpi_law *law, const struct dpi_tables *t)
{
    int64_t n = fx_shl(1, law->table_bits);
    if (!fits(law, DPI_EFOLD, t->efold)) return "efold";
    for (int64_t i = 0; i <= n; i++) {
        if (!fits(law, DPI_LOG2, t->log2[i]) || (i && t->log2[i] < t->log2[i - 1])) return "log2";
        if (!fits(law, DPI_EXP2, t->exp2[i]) || (i && t->exp2[i] < t->exp2[i - 1])) return "exp2";
    }
    return 0;
}

const char *dpi_image_check(const struct dpi_image *im)
{
    const char *what = dpi_law_check(&im->law);
    if (what) return what;
    if ((what = check_tables(&im->law, im->tables))) return what;
    if (!in(im->n_layers, 1, DPI_MAX_LAYERS)) return "number of layers";
    for (int l = 0; l < im->n_layers; l++) {
        const struct dpi_layer *y = &im->layer[l];
        if (!in(y->n_out, 1, DPI_MAX_NEURONS) || !in(y->n_in, 1, DPI_MAX_NEURONS))
            return "neurons of a layer";
        if (l && y->n_in != im->layer[l - 1].n_out) return "sources of a layer";
        for (int n = 0; n < y->n_out; n++)
            for (int word = DPI_IO; word <= DPI_PERIOD; word++)
                if (!fits(&im->law, word, dpi_neuron_word(&y->neuron[n], word)))
                    return dpi_word_names[word];
        for (int64_t i = 0; i < (int64_t)dpi_sources(y) * y->n_out; i++)
            if (!fits(&im->law, DPI_WEIGHT, y->w[i])) return "weight";
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
            for (int word = DPI_IO; word <= DPI_PERIOD; word++)
                hash(&h, dpi_neuron_word(&y->neuron[n], word));
        for (int64_t i = 0; i < (int64_t)dpi_sources(y) * y->n_out; i++)
            hash(&h, y->w[i]);
    }
    return h;
}
