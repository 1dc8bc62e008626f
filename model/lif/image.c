#include "model/lif/image.h"

#include "base/fnv.h"
#include "model/fields.h"

#include <string.h>

static int taps_of(const struct image_shape *s, int l)
{
    return s->layer[l].taps ? s->layer[l].taps : 1;
}

int image_late(const struct image_shape *s, int l)
{
    return (taps_of(s, l) - 1) * s->layer[l].spacing;
}

static const char *taps_check(const struct image_shape *s, int l)
{
    int taps = s->layer[l].taps, spacing = s->layer[l].spacing;
    if (taps < 0 || taps > IMAGE_MAX_TAPS) return "taps: 1..64";
    if (taps <= 1) return spacing ? "spacing: only with taps" : 0;
    if (spacing < 1 || spacing > IMAGE_MAX_LATE) return "spacing of taps: 1..63 ticks";
    if (image_late(s, l) > IMAGE_MAX_LATE) return "taps: the last one 1..63 ticks late";
    if (s->layer[l].topology == IMAGE_ONE_TO_ONE) return "one-to-one: no taps";
    if (l == 0) return "taps: not the first layer, whose inputs are words";
    if (s->layer[l - 1].max_spikes > 1) return "taps: only of sources with one spike a tick";
    if (taps * s->layer[l].n_in > IMAGE_MAX_NEURONS)
        return "taps: sources of a layer, each tap counted, 1..4096";
    return 0;
}

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
        const char *taps = taps_check(s, l);
        if (taps) return taps;
    }
    return 0;
}

int image_heard(const struct image_shape *s, int l)
{
    return s->layer[l].topology == IMAGE_ONE_TO_ONE ? 1 : taps_of(s, l) * s->layer[l].n_in;
}

int image_fan_in(const struct image_shape *s, int l)
{
    return image_heard(s, l) + (s->layer[l].recurrent ? s->layer[l].n_out : 0);
}

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static int rows_of(const struct law_kind *kind, const void *params, const struct image_shape *s,
                   int l)
{
    return (kind->synapses ? kind->synapses(params) : 1) * image_fan_in(s, l);
}

size_t image_bytes(const struct law_kind *kind, const void *params, const struct image_shape *s)
{
    size_t bytes = 0;
    for (int l = 0; l < s->n_layers; l++) {
        size_t n = (size_t)s->layer[l].n_out;
        bytes += aligned((size_t)rows_of(kind, params, s, l) * n * kind->word->size);
        bytes += aligned(n * kind->neuron);
    }
    return bytes;
}

size_t image_size(const struct law *law, const struct image_shape *s)
{
    return image_bytes(&lif_kind, law, s);
}

void image_lay_out(struct image *im, const struct law_kind *kind, const void *params,
                   const struct image_shape *s, void *memory)
{
    char *at = memory;
    im->kind = kind;
    memcpy(im->params, params, kind->law);
    im->n_layers = s->n_layers;
    for (int l = 0; l < s->n_layers; l++) {
        struct image_layer *y = &im->layer[l];
        y->n_in = s->layer[l].n_in;
        y->n_out = s->layer[l].n_out;
        y->n_heard = image_heard(s, l);
        y->n_source = image_fan_in(s, l);
        y->n_rows = rows_of(kind, params, s, l);
        y->topology = s->layer[l].topology;
        y->recurrent = s->layer[l].recurrent;
        y->delayed = s->layer[l].delayed;
        y->max_spikes = s->layer[l].max_spikes ? s->layer[l].max_spikes : 1;
        y->taps = taps_of(s, l);
        y->spacing = y->taps > 1 ? s->layer[l].spacing : 0;
        y->input_frac = l == 0 ? im->law.input.frac_bits : 0;
        y->w = (int16_t *)at;
        at += aligned((size_t)y->n_rows * (size_t)y->n_out * kind->word->size);
        y->words = at;
        at += aligned((size_t)y->n_out * kind->neuron);
    }
}

void image_init(struct image *im, const struct law *law, const struct image_shape *s, void *memory)
{
    image_lay_out(im, &lif_kind, law, s, memory);
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
        s.layer[l].taps = im->layer[l].taps > 1 ? im->layer[l].taps : 0;
        s.layer[l].spacing = im->layer[l].spacing;
    }
    return s;
}

// NULL, or the kind of word of one neuron that is outside its format. Words that the law has not
// got are never looked at.
static const char *neuron_check(const struct law_kind *kind, const struct law_range *range,
                                const void *neuron)
{
    for (int word = WORD_WEIGHT + 1; word < kind->first_state; word++) {
        int64_t x = law_get(&kind->word[word], neuron);
        if (range[word].bits && (x < range[word].lo || x > range[word].hi))
            return kind->word[word].name;
    }
    return 0;
}

const char *image_check(const struct image *im)
{
    const struct law_kind *kind = im->kind;
    struct law_range range[LAW_MAX_WORDS];
    for (int word = WORD_WEIGHT; word < kind->first_state; word++)
        range[word] = kind->word[word].range(im->params);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        for (int i = 0; i < y->n_rows * y->n_out; i++)
            if (y->w[i] < range[WORD_WEIGHT].lo || y->w[i] > range[WORD_WEIGHT].hi)
                return kind->word[WORD_WEIGHT].name;
        for (int n = 0; n < y->n_out; n++) {
            const char *what = neuron_check(kind, range, image_words(im, l, n));
            if (what) return what;
        }
    }
    return kind->fits ? kind->fits(im) : 0;
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
    const struct law_kind *kind = im->kind;
    uint64_t h = fnv_word(law_params_hash(FNV_START, kind, im->params), im->n_layers);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        h = fnv_word(fnv_word(h, y->n_in), y->n_out);
        h = fnv_word(fnv_word(h, y->topology), y->recurrent);
        h = fnv_word(fnv_word(h, y->delayed), y->max_spikes);
        if (y->taps > 1) h = fnv_word(fnv_word(h, y->taps), y->spacing);
        for (int i = 0; i < y->n_rows * y->n_out; i++)
            h = fnv_word(h, y->w[i]);
        for (int n = 0; n < y->n_out; n++)
            for (int word = WORD_WEIGHT + 1; word < kind->first_state; word++)
                h = fnv_word(h, law_get(&kind->word[word], image_words(im, l, n)));
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
    return im->kind == &lif_kind && im->law.input_signed ? -fx_min(bits) : fx_umax(bits);
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
                    sum[row >= y->n_heard][n] += w[n] < 0 ? -w[n] : w[n];
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
