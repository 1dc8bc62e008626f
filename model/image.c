#include "model/image.h"

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

size_t image_size(const struct image_shape *s)
{
    size_t bytes = 0;
    for (int l = 0; l < s->n_layers; l++) {
        size_t n = (size_t)s->layer[l].n_out;
        bytes += aligned((size_t)source_rows(s, l) * n * sizeof(int16_t));
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
        y->topology = s->layer[l].topology;
        y->recurrent = s->layer[l].recurrent;
        y->input_frac = l == 0 ? law->input.frac_bits : 0;
        y->w = (int16_t *)at;
        at += aligned((size_t)y->n_source * (size_t)y->n_out * sizeof(int16_t));
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
    }
    return s;
}

static bool within(int64_t x, int64_t lo, int64_t hi)
{
    return x >= lo && x <= hi;
}

const char *image_check(const struct image *im)
{
    const struct law *law = &im->law;
    int w_bits = law_bits(law->weight), v_bits = law_bits(law->membrane);
    int64_t leak_max = law->leak_kind == LAW_LEAK_SHIFT ? 31 : fx_umax(law_bits(law->leak));
    int64_t decay_max = law->decay_kind == LAW_LEAK_SHIFT ? 31 : fx_umax(law_bits(law->leak));
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        for (int i = 0; i < y->n_source * y->n_out; i++)
            if (!within(y->w[i], fx_min(w_bits), fx_max(w_bits))) return "weight";
        for (int n = 0; n < y->n_out; n++) {
            const struct law_neuron *p = &y->neuron[n];
            if (!within(p->lambda, 0, leak_max)) return "leak";
            if (!within(p->lambda_slope, 0, fx_umax(16))) return "leak slope";
            if (!within(p->mu, 0, decay_max)) return "decay";
            if (!within(p->mu_slope, 0, fx_umax(16))) return "decay slope";
            if (!within(p->theta, fx_min(v_bits), fx_max(v_bits))) return "threshold";
            if (!within(p->bias, fx_min(v_bits), fx_max(v_bits))) return "bias";
        }
    }
    return 0;
}

static uint64_t hash_word(uint64_t h, int64_t word)
{
    for (int byte = 0; byte < 8; byte++) {
        h ^= (uint64_t)fx_shr_floor(word, 8 * byte) & 0xff;
        h *= 0x100000001b3u; // FNV-1a, 64 bits
    }
    return h;
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
                            a->has_current,
                            a->wrap,
                            a->floor_zero,
                            a->fire_gt,
                            a->reset_subtract,
                            a->integrate_first,
                            a->refractory_ticks,
                            im->n_layers};
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        h = hash_word(h, head[i]);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        h = hash_word(hash_word(h, y->n_in), y->n_out);
        h = hash_word(hash_word(h, y->topology), y->recurrent);
        for (int i = 0; i < y->n_source * y->n_out; i++)
            h = hash_word(h, y->w[i]);
        for (int n = 0; n < y->n_out; n++) {
            const struct law_neuron *p = &y->neuron[n];
            h = hash_word(hash_word(h, p->lambda), p->lambda_slope);
            h = hash_word(hash_word(h, p->mu), p->mu_slope);
            h = hash_word(hash_word(h, p->theta), p->bias);
        }
    }
    return h;
}

int64_t image_gather_bound(const struct image *im, int layer)
{
    const struct image_layer *y = &im->layer[layer];
    int64_t x_max = layer == 0 ? fx_umax(law_bits(im->law.input)) : 1;
    int64_t largest = 0;
    for (int n = 0; n < y->n_out; n++) {
        int64_t sum = 0;
        for (int s = 0; s < y->n_source; s++) {
            int64_t w = y->w[s * y->n_out + n];
            sum += (w < 0 ? -w : w) * (s < y->n_in ? x_max : 1);
        }
        if (sum > largest) largest = sum;
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
    return 1 + (law->has_current ? 1 : 0) + (law->refractory_ticks > 0 ? 1 : 0);
}
