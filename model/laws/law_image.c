#include "model/laws/law_image.h"

struct law_image law_image_of(const struct image *im)
{
    struct law_image v = {
        .kind = im->kind, .image = im, .law = im->params, .shape = image_shape_of(im)};
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        v.layer[l].n_source = y->n_source;
        v.layer[l].n_rows = y->n_rows;
        v.layer[l].input_frac = y->input_frac;
        v.layer[l].w = y->w;
        v.layer[l].neuron = y->words;
    }
    return v;
}

struct law_image law_image_dpi(const struct dpi_image *im, int layer)
{
    const struct dpi_layer *y = &im->layer[layer];
    struct law_image v = {
        .kind = &dpi_kind,
        .image = im,
        .law = &im->law,
        .chip = im->tables,
        .first = layer,
        .shape = {1, {{y->n_in, y->n_out, IMAGE_DENSE, y->recurrent, false, im->law.max_spikes}}}};
    v.layer[0].n_source = v.layer[0].n_rows = dpi_sources(y);
    v.layer[0].w = y->w;
    v.layer[0].neuron = y->neuron;
    return v;
}

const void *law_image_at(const struct law_image *v, int layer, int word, int neuron, int row)
{
    const struct law_word *x = &v->kind->word[word];
    const char *from = v->chip;
    size_t at = (size_t)row * x->size;
    if (x->scope == LAW_SYNAPSE) {
        from = v->layer[layer].w;
        at = (size_t)(row * v->shape.layer[layer].n_out + neuron) * x->size;
    } else if (x->scope == LAW_NEURON) {
        from = v->layer[layer].neuron;
        at = (size_t)neuron * v->kind->neuron;
    }
    return from + at;
}

int64_t law_image_word(const struct law_image *v, int layer, int word, int neuron, int row)
{
    return law_get(&v->kind->word[word], law_image_at(v, layer, word, neuron, row));
}

const char *law_image_check(const struct law_image *v)
{
    return v->kind == &dpi_kind ? dpi_image_check(v->image) : image_check(v->image);
}

int law_image_neurons(const struct law_image *v)
{
    int n = 0;
    for (int l = 0; l < v->shape.n_layers; l++)
        n += v->shape.layer[l].n_out;
    return n;
}

struct law_range law_image_inputs(const struct law_image *v)
{
    // A DPI neuron is sent events, up to so many a tick; of any other law the input's format stands first.
    if (v->kind == &dpi_kind) return (struct law_range){0, UINT8_MAX, 8, 0, false};
    const struct law *law = v->law;
    const int bits = law_bits(law->input), frac = law->input.frac_bits;
    if (v->kind == &lif_kind && law->input_signed)
        return (struct law_range){fx_min(bits), fx_max(bits), bits, frac, true};
    return (struct law_range){0, fx_umax(bits), bits, frac, false};
}

uint64_t law_image_hash(const struct law_image *v)
{
    return v->kind == &dpi_kind ? dpi_image_hash(v->image) : image_hash(v->image);
}
