#include "model/lif/layers.h"

#include "base/arena.h"

#include <string.h>

ISA_KERNEL(layers_kernel, kernel_layers)

static int groups(int n_sources)
{
    return (n_sources + 3) / 4;
}

static int own_of(const struct image_shape *s, int l)
{
    return s->layer[l].recurrent ? s->layer[l].n_out : 0;
}

static bool shape_fits(const struct image_shape *s)
{
    if (s->layer[0].topology != IMAGE_ONE_TO_ONE) return false;
    for (int l = 0; l < s->n_layers; l++) {
        if (s->layer[l].n_in > LAYERS_NEURONS || s->layer[l].n_out > LAYERS_NEURONS) return false;
        if (own_of(s, l) > LAYERS_OWN) return false;
        if (s->layer[l].delayed || s->layer[l].max_spikes > 1) return false;
        if (image_heard(s, l) > LAYERS_HEARD) return false;
        if (l && s->layer[l].topology == IMAGE_ONE_TO_ONE) return false;
    }
    return true;
}

static void layout(struct layers_layer *y, const struct image_shape *s, int l, struct arena *a)
{
    const size_t n_pad = (size_t)network_padded(s->layer[l].n_out), words = n_pad * sizeof(int32_t);
    const int taps = s->layer[l].taps > 1 ? s->layer[l].taps : 1;
    const int late = l + 1 < s->n_layers ? image_late(s, l + 1) : 0;
    const size_t rows =
        l ? (size_t)(taps * groups(s->layer[l].n_in) + groups(own_of(s, l))) * 16 : 0;
    const size_t z_words = (size_t)trace_spike_words(s->layer[l].n_out);
    y->table = l ? arena_alloc(a, rows * words) : 0;
    y->limit = arena_alloc(a, words);
    y->state = arena_alloc(a, LAYERS_CLIPS * LAYERS_STATES * words);
    y->before = late > 1 ? late : 1;
    y->z = arena_alloc(a, LAYERS_CLIPS * (size_t)(LAYERS_TICKS + y->before) * z_words *
                              sizeof(uint64_t));
}

size_t layers_size(const struct image_shape *s)
{
    struct arena a = {0};
    struct layers_layer y;
    for (int l = 0; shape_fits(s) && l < s->n_layers; l++)
        layout(&y, s, l, &a);
    return a.used;
}

// Sums of all subsets of rows row..row + 3, of which `rows` are there, for `width` neurons from `first`.
static void subsets(int32_t *table, const struct network_layer *y, int row, int rows, int first,
                    int width)
{
    for (int k = 0; k < width; k++)
        table[k] = 0;
    for (int j = 0, half = 1; j < 4; j++, half *= 2) {
        const int16_t *w = y->w + (size_t)(j < rows ? row + j : row) * (size_t)y->n_pad + first;
        for (int a = 0; a < half; a++)
            for (int k = 0; k < width; k++)
                table[(half + a) * width + k] = table[a * width + k] + (j < rows ? w[k] : 0);
    }
}

static int32_t *fill_rows(int32_t *table, const struct network_layer *y, int row, int rows,
                          int first)
{
    const int width = layers_width(y->n_out - first);
    for (int i = 0; i < rows; i += 4, table += 16 * width)
        subsets(table, y, row + i, rows - i < 4 ? rows - i : 4, first, width);
    return table;
}

static void fill_table(int32_t *table, const struct network_layer *y, int n_own)
{
    for (int first = 0; first < y->n_out; first += 64) {
        for (int k = 0; k < y->taps; k++)
            table = fill_rows(table, y, k * y->n_in, y->n_in, first);
        table = fill_rows(table, y, y->n_heard, n_own, first);
    }
}

// No partial sum of an |u| up to it, in any order, leaves the current's format. Below 0: some may.
static void fill_limit(int32_t *limit, const struct network_layer *y, const struct law *law)
{
    for (int n = 0; n < y->n_pad; n++) {
        int64_t sum = 0;
        for (int i = 0; i < y->n_source; i++) {
            int32_t w = y->w[i * y->n_pad + n];
            sum += w < 0 ? -w : w;
        }
        int64_t left = fx_max(law_bits(law->current)) - sum;
        limit[n] = left < 0 ? -1 : (int32_t)left;
    }
}

// Whether the second synapses have weights.
static bool second_weighs(const struct network *net)
{
    for (int l = 0; l < net->n_layers; l++) {
        const struct network_layer *y = &net->layer[l];
        const int16_t *w = y->w + (size_t)y->n_source * (size_t)y->n_pad;
        for (int i = 0; i < y->n_source * y->n_pad; i++)
            if (w[i]) return true;
    }
    return false;
}

// How to make the product of an |a| <= most and a |b| <= factor, which is never negative if `positive`.
static enum lanes_product product_of(int64_t most, int64_t factor, bool positive, int n,
                                     enum fx_round round)
{
    const fx_wide top = (fx_wide)fx_max(32), added = round == FX_FLOOR ? 0 : (fx_wide)fx_one(n);
    if (n < 0 || n > 30) return n < 0 ? LANES_32 : LANES_64;
    if (fx_mul(most, factor) + added <= top) return LANES_32;
    if (fx_mul((int64_t)fx_umax(n), factor) + added > top) return LANES_64;
    const bool shorts =
        positive && n <= 15 && factor <= fx_max(16) && fx_shr_ceil(most, n) <= fx_max(16);
    return shorts ? LANES_SHORT_HALVES : LANES_HALVES;
}

// Largest |factor| of a leak or decay that the words have, jitter included.
static int64_t factor_of(const struct network *net, enum image_word word)
{
    int64_t most = 0;
    for (int l = 0; l < net->n_layers; l++)
        for (int n = 0; n < net->layer[l].n_out; n++) {
            const int64_t x = net->layer[l].word[word][n], slope = net->layer[l].word[word + 1][n];
            const int64_t now = (x < 0 ? -x : x) + slope + 1;
            if (now > most) most = now;
        }
    return most;
}

// Largest |word| of a layer's kind.
static int64_t largest(const struct network_layer *y, enum image_word word)
{
    int64_t most = 0;
    for (int n = 0; n < y->n_out; n++) {
        const int64_t x = y->word[word][n];
        if (x > most || -x > most) most = x < 0 ? -x : x;
    }
    return most;
}

// Products of this image's words: no clip that runs here writes any. bytes: input words are 0..255.
static struct lanes_products products_of(const struct layers *a, bool bytes)
{
    const struct network *net = a->net;
    const struct law *law = &a->law;
    const int64_t v = (int64_t)fx_one(law_bits(law->membrane) - 1),
                  u = law->currents ? (int64_t)fx_one(law_bits(law->current) - 1) : 0;
    const bool positive = !law->leak_signed;
    struct lanes_products p = {LANES_32, LANES_32, LANES_32};
    if (net->wide.leak)
        p.leak = law->integrate_first
                     ? LANES_64
                     : product_of(law->has_rest ? 2 * v : v, factor_of(net, WORD_LAMBDA), positive,
                                  law->leak.frac_bits, law->round_leak);
    if (net->wide.decay)
        p.decay =
            product_of(u, factor_of(net, WORD_MU), positive, law->leak.frac_bits, law->round_decay);
    for (int l = 0; net->wide.gain && l < net->n_layers; l++) {
        const struct network_layer *y = &net->layer[l];
        const int64_t graded = l == 0 ? image_input_max(net->image, 0) : 1, top = fx_umax(8);
        int64_t most = image_gather_bound(net->image, l);
        if (bytes && graded > top) most = most / graded * top;
        if (law->saturate_each) most += u;
        enum lanes_product of =
            product_of(most, largest(y, WORD_GAIN), false, y->align, law->round_current);
        if (of > p.gain) p.gain = of;
    }
    return p;
}

bool layers_init(struct layers *a, struct network *net, void *memory)
{
    const struct image_shape shape = image_shape_of(net->image);
    struct arena arena = {memory, 0};
    *a = (struct layers){.net = net, .law = net->law};
    if (!net->fast || !shape_fits(&shape)) return false;
    const struct law *law = &a->law;
    if (law->currents > 1) {
        if (second_weighs(net)) return false;
        a->law.currents = 1;
    }
    for (int i = 0; i < 2; i++)
        a->products[i] = products_of(a, i == 0);
    for (int l = 0; l < net->n_layers; l++) {
        const struct network_layer *y = &net->layer[l];
        layout(&a->layer[l], &shape, l, &arena);
        if (law->saturate_each) fill_limit(a->layer[l].limit, y, law);
        if (l) fill_table(a->layer[l].table, y, own_of(&shape, l));
    }
    return true;
}

bool layers_take(const struct layers *a, const struct stimulus *s, const struct trace *t)
{
    if (s->n_writes) return false;
    for (int l = 0; l < a->net->n_layers; l++)
        if (t->layer[l].u2 || t->layer[l].n) return false;
    return true;
}

// All at rest, as network_rest has it.
static void rest(struct layers *a, int n, struct trace *t)
{
    for (int l = 0; l < a->net->n_layers; l++) {
        const struct network_layer *y = &a->net->layer[l];
        const struct layers_layer *own = &a->layer[l];
        const size_t words = (size_t)trace_spike_words(y->n_out);
        memset(own->state, 0, sizeof(int32_t) * LAYERS_CLIPS * LAYERS_STATES * (size_t)y->n_pad);
        for (int clip = 0; clip < n; clip++) {
            for (int i = 0; a->law.has_rest && i < y->n_out; i += 64)
                memcpy(layers_state(own, y->n_out, i, clip, LAYERS_V), y->word[WORD_REST] + i,
                       (size_t)layers_width(y->n_out - i) * sizeof(int32_t));
            memset(own->z + (size_t)clip * (size_t)(LAYERS_TICKS + own->before) * words, 0,
                   (size_t)own->before * words * sizeof *own->z);
            if (t[clip].spikes) t[clip].spikes[l] = 0;
        }
    }
}

void layers_run(struct layers *a, int n, const struct stimulus *s, struct trace *t)
{
    const int last = a->net->n_layers - 1, n_ticks = s[0].n_ticks;
    const int n_out = a->net->layer[last].n_out;
    rest(a, n, t);
    for (int from = 0; from < n_ticks; from += LAYERS_TICKS) {
        const int left = n_ticks - from;
        kernel_layers_isa[a->net->isa](a, n, s, t, from, left < LAYERS_TICKS ? left : LAYERS_TICKS);
    }
    for (int clip = 0; clip < n; clip++)
        for (int i = 0; i < n_out; i += 64)
            memcpy(t[clip].count + i, layers_state(&a->layer[last], n_out, i, clip, LAYERS_COUNT),
                   (size_t)(n_out - i < 64 ? n_out - i : 64) * sizeof *t->count);
}
