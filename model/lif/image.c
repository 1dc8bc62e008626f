#include "model/lif/image.h"

#include "base/fnv.h"

const char *image_shape_check(const struct image_shape *s)
{
    if (s->n_layers < 1 || s->n_layers > IMAGE_MAX_LAYERS) return "layers: 1..8";
    for (int l = 0; l < s->n_layers; l++) {
        int n_in = s->layer[l].n_in, n_out = s->layer[l].n_out;
        if (n_in < 1 || n_in > IMAGE_MAX_NEURONS) return "sources of a layer: 1..4096";
        if (n_out < 1 || n_out > IMAGE_MAX_NEURONS) return "neurons of a layer: 1..4096";
        if (l > 0 && n_in != s->layer[l - 1].n_out) return "a layer must fit the one before it";
        if (s->layer[l].topology == IMAGE_ONE_TO_ONE && n_in != n_out)
            return "one-to-one: as many neurons as sources";
        if (s->layer[l].topology == IMAGE_ONE_TO_ONE && s->layer[l].recurrent)
            return "one-to-one: not recurrent";
        if (l == 0 && s->layer[l].delayed) return "delayed: not the first layer";
        int z = s->layer[l].max_spikes;
        if (z < 0 || z > LAW_MAX_SPIKES || fx_umax(fx_ubits((uint64_t)z)) != z)
            return "max_spikes: 1, 3, 7, 15, 31 or 63";
    }
    return 0;
}

static int source_rows(const struct image_shape *s, int l)
{
    if (s->layer[l].topology == IMAGE_ONE_TO_ONE) return 1;
    return s->layer[l].n_in + (s->layer[l].recurrent ? s->layer[l].n_out : 0);
}

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static int synapses(const struct law *law)
{
    return law->currents > 1 ? law->currents : 1;
}

size_t image_size(const struct law *law, const struct image_shape *s)
{
    size_t bytes = 0;
    for (int l = 0; l < s->n_layers; l++) {
        size_t n = (size_t)s->layer[l].n_out;
        bytes += aligned((size_t)(synapses(law) * source_rows(s, l)) * n * sizeof(int16_t));
        bytes += aligned(n * sizeof(struct law_neuron));
    }
    return bytes;
}

void image_init(struct image *im, const struct law *law, const struct image_shape *s, void *memory)
{
    char *at = memory;
    im->law = *law;
    im->n_layers = s->n_layers;
    for (int l = 0; l < s->n_layers; l++) {
        struct image_layer *y = &im->layer[l];
        y->n_in = s->layer[l].n_in;
        y->n_out = s->layer[l].n_out;
        y->n_source = source_rows(s, l);
        y->n_rows = synapses(law) * y->n_source;
        y->topology = s->layer[l].topology;
        y->recurrent = s->layer[l].recurrent;
        y->delayed = s->layer[l].delayed;
        y->max_spikes = s->layer[l].max_spikes ? s->layer[l].max_spikes : 1;
        y->input_frac = l == 0 ? law->input.frac_bits : 0;
        y->w = (int16_t *)at;
        at += aligned((size_t)y->n_rows * (size_t)y->n_out * sizeof(int16_t));
        y->neuron = (struct law_neuron *)at;
        at += aligned((size_t)y->n_out * sizeof(struct law_neuron));
    }
}

struct image_shape image_shape_of(const struct image *im)
{
    struct image_shape s = {.n_layers = im->n_layers};
    for (int l = 0; l < im->n_layers; l++) {
        s.layer[l].n_in = im->layer[l].n_in;
        s.layer[l].n_out = im->layer[l].n_out;
        s.layer[l].topology = im->layer[l].topology;
        s.layer[l].recurrent = im->layer[l].recurrent;
        s.layer[l].delayed = im->layer[l].delayed;
        s.layer[l].max_spikes = im->layer[l].max_spikes;
    }
    return s;
}

// NULL, or the kind of word of one neuron that is outside its format. Words that the law has not
// got are never looked at.
static const char *neuron_check(const struct law_range *range, const struct law_neuron *p)
{
    for (int word = WORD_LAMBDA; word < WORD_V; word++) {
        int64_t x = law_get(&lif_kind.word[word], p);
        if (range[word].bits && (x < range[word].lo || x > range[word].hi))
            return lif_kind.word[word].name;
    }
    return 0;
}

// Whether what a layer can gather stays within the 62 bits that the model computes in.
static bool gathered_fits(const struct image *im, int l)
{
    const struct law *law = &im->law;
    int bits = fx_ubits((uint64_t)image_gather_bound(im, l)), align = image_law_layer(im, l).align;
    if (law->has_gain) bits += law_bits(law->gain) - 1;
    bool whole = law->round_current == FX_FLOOR || law->round_current == FX_CEILING;
    int limit = whole && align >= 0 ? 63 : 62;
    bits = align < 0 ? bits - align : bits;
    bool both = law->integrate_first && law->leak_kind == LAW_LEAK_EXPONENTIAL;
    int sum = (bits > law_bits(law->membrane) ? bits : law_bits(law->membrane)) + 2;
    return bits <= limit && (!both || sum + law_bits(law->leak) <= 62);
}

const char *image_check(const struct image *im)
{
    struct law_range range[WORD_V];
    for (int word = WORD_WEIGHT; word < WORD_V; word++)
        range[word] = lif_kind.word[word].range(&im->law);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        for (int i = 0; i < y->n_rows * y->n_out; i++)
            if (y->w[i] < range[WORD_WEIGHT].lo || y->w[i] > range[WORD_WEIGHT].hi)
                return lif_kind.word[WORD_WEIGHT].name;
        for (int n = 0; n < y->n_out; n++) {
            const char *what = neuron_check(range, &y->neuron[n]);
            if (what) return what;
        }
        if (!gathered_fits(im, l)) return "weights: their sum";
    }
    return 0;
}

int image_word_bits(const struct law *law, enum image_word word)
{
    return lif_kind.word[word].range(law).bits;
}

bool image_word_signed(const struct law *law, enum image_word word)
{
    return lif_kind.word[word].range(law).is_signed;
}

int64_t image_word_min(const struct law *law, enum image_word word)
{
    return lif_kind.word[word].range(law).lo;
}

int64_t image_word_max(const struct law *law, enum image_word word)
{
    return lif_kind.word[word].range(law).hi;
}

uint64_t image_hash(const struct image *im)
{
    const struct law *a = &im->law;
    const int64_t head[] = {a->input.int_bits,
                            a->input.frac_bits,
                            a->weight.int_bits,
                            a->weight.frac_bits,
                            a->membrane.int_bits,
                            a->membrane.frac_bits,
                            a->current.int_bits,
                            a->current.frac_bits,
                            a->leak.int_bits,
                            a->leak.frac_bits,
                            a->round_current,
                            a->round_decay,
                            a->round_leak,
                            a->leak_kind,
                            a->decay_kind,
                            a->gain.int_bits,
                            a->gain.frac_bits,
                            a->currents,
                            a->input_signed,
                            a->leak_signed,
                            a->has_gain,
                            a->has_rest,
                            a->decay_last,
                            a->saturate_each + 2 * a->saturate_increment,
                            a->wrap,
                            a->floor_zero,
                            a->fire_gt,
                            a->reset_subtract,
                            a->integrate_first,
                            a->refractory_hold,
                            a->refractory_ticks,
                            im->n_layers};
    uint64_t h = FNV_START;
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        h = fnv_word(h, head[i]);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        h = fnv_word(fnv_word(h, y->n_in), y->n_out);
        h = fnv_word(fnv_word(h, y->topology), y->recurrent);
        h = fnv_word(fnv_word(h, y->delayed), y->max_spikes);
        for (int i = 0; i < y->n_rows * y->n_out; i++)
            h = fnv_word(h, y->w[i]);
        for (int n = 0; n < y->n_out; n++)
            for (int word = WORD_LAMBDA; word < WORD_V; word++)
                h = fnv_word(h, law_get(&lif_kind.word[word], &y->neuron[n]));
    }
    return h;
}

struct law_layer image_law_layer(const struct image *im, int layer)
{
    return (struct law_layer){law_align(&im->law, im->layer[layer].input_frac),
                              im->layer[layer].max_spikes};
}

int64_t image_input_max(const struct image *im, int layer)
{
    if (layer > 0) return im->layer[layer - 1].max_spikes;
    int bits = law_bits(im->law.input);
    return im->law.input_signed ? -fx_min(bits) : fx_umax(bits);
}

int64_t image_gather_bound(const struct image *im, int layer)
{
    enum { BLOCK = 64 }; // neurons side by side
    const struct image_layer *y = &im->layer[layer];
    int64_t x_max = image_input_max(im, layer), largest = 0;
    for (int first = 0; first < y->n_out; first += BLOCK)
        for (int synapse = 0; synapse < y->n_rows; synapse += y->n_source) {
            const int16_t *w = y->w + (size_t)synapse * (size_t)y->n_out + first;
            int n_block = y->n_out - first < BLOCK ? y->n_out - first : BLOCK;
            int32_t sum[2][BLOCK] = {{0}}; // of inputs, of own spikes: at most 2^12 rows of 2^15
            for (int row = 0; row < y->n_source; row++, w += y->n_out)
                for (int n = 0; n < n_block; n++)
                    sum[row >= y->n_in][n] += w[n] < 0 ? -w[n] : w[n];
            for (int n = 0; n < n_block; n++) {
                int64_t most = sum[0][n] * x_max + (int64_t)sum[1][n] * y->max_spikes;
                if (most > largest) largest = most;
            }
        }
    return largest;
}

int image_neurons(const struct image *im)
{
    int n = 0;
    for (int l = 0; l < im->n_layers; l++)
        n += im->layer[l].n_out;
    return n;
}

int image_state_words(const struct law *law)
{
    return 1 + law->currents + (law->refractory_ticks > 0 ? 1 : 0);
}
