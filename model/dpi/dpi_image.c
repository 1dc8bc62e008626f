#include "model/dpi/dpi_network.h"

#include "base/fnv.h"
#include "model/fields.h"

static bool in(int64_t x, int64_t lo, int64_t hi)
{
    return x >= lo && x <= hi;
}

int64_t dpi_word_min(const struct dpi_law *law, enum dpi_word word)
{
    return dpi_kind.word[word].range(law).lo;
}

int64_t dpi_word_max(const struct dpi_law *law, enum dpi_word word)
{
    return dpi_kind.word[word].range(law).hi;
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
                if (!fits(&im->law, word, law_get(&dpi_kind.word[word], &y->neuron[n])))
                    return dpi_kind.word[word].name;
        for (int64_t i = 0; i < (int64_t)dpi_sources(y) * y->n_out; i++)
            if (!fits(&im->law, DPI_WEIGHT, y->w[i])) return "weight";
    }
    return 0;
}

uint64_t dpi_image_hash(const struct dpi_image *im)
{
    const struct dpi_law *a = &im->law;
    uint64_t h = fnv_word(law_params_hash(FNV_START, &dpi_kind, a), im->n_layers);
    for (int64_t i = 0; i <= fx_shl(1, a->table_bits); i++) {
        h = fnv_word(h, im->tables->log2[i]);
        h = fnv_word(h, im->tables->exp2[i]);
    }
    h = fnv_word(h, im->tables->efold);
    for (int l = 0; l < im->n_layers; l++) {
        const struct dpi_layer *y = &im->layer[l];
        h = fnv_word(h, y->n_in);
        h = fnv_word(h, y->n_out);
        h = fnv_word(h, y->recurrent);
        for (int n = 0; n < y->n_out; n++)
            for (int word = DPI_IO; word <= DPI_PERIOD; word++)
                h = fnv_word(h, law_get(&dpi_kind.word[word], &y->neuron[n]));
        for (int64_t i = 0; i < (int64_t)dpi_sources(y) * y->n_out; i++)
            h = fnv_word(h, y->w[i]);
    }
    return h;
}
