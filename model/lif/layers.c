#include "model/lif/layers.h"

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
        if (l && s->layer[l].topology == IMAGE_ONE_TO_ONE) return false;
    }
    return true;
}

// Words of a layer: its table and its limits.
static size_t layer_words(const struct image_shape *s, int l)
{
    size_t n_pad = (size_t)network_padded(s->layer[l].n_out);
    if (l == 0) return n_pad;
    return (size_t)(groups(s->layer[l].n_in) + groups(own_of(s, l))) * 16 * n_pad + n_pad;
}

size_t layers_size(const struct image_shape *s)
{
    size_t words = 0;
    if (!shape_fits(s)) return 0;
    for (int l = 0; l < s->n_layers; l++)
        words += layer_words(s, l);
    return words * sizeof(int32_t);
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

static int32_t *fill_table(int32_t *table, const struct network_layer *y, int row, int rows,
                           int first)
{
    const int width = layers_width(y->n_out - first);
    for (int i = 0; i < rows; i += 4, table += 16 * width)
        subsets(table, y, row + i, rows - i < 4 ? rows - i : 4, first, width);
    return table;
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

bool layers_init(struct layers *a, struct network *net, void *memory)
{
    const struct image_shape shape = image_shape_of(net->image);
    int32_t *at = memory;
    *a = (struct layers){.net = net, .law = net->law};
    if (!net->fast || !shape_fits(&shape)) return false;
    if (a->law.currents > 1) {
        if (second_weighs(net)) return false;
        a->law.currents = 1;
    }
    for (int l = 0; l < net->n_layers; l++) {
        const struct network_layer *y = &net->layer[l];
        a->layer[l].limit = at;
        if (a->law.saturate_each) fill_limit(at, y, &a->law);
        at += y->n_pad;
        if (!l) continue;
        int32_t *table = a->layer[l].table = at;
        for (int first = 0; first < y->n_out; first += 64) {
            table = fill_table(table, y, 0, y->n_in, first);
            table = fill_table(table, y, y->n_in, own_of(&shape, l), first);
        }
        at += layer_words(&shape, l) - (size_t)y->n_pad;
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

void layers_run(struct layers *a, const struct stimulus *s, struct trace *t)
{
    network_rest(a->net, t);
    for (int from = 0; from < s->n_ticks; from += LAYERS_TICKS) {
        int n = s->n_ticks - from < LAYERS_TICKS ? s->n_ticks - from : LAYERS_TICKS;
        kernel_layers_isa[a->net->isa](a, s, t, from, n);
    }
}
