#include "cosim/dut/dut.h"

#include "model/lif/law_fields.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int dut_open(struct dut_handle *h, const char *path, char *message, size_t size)
{
    *h = (struct dut_handle){0};
    h->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!h->library) {
        snprintf(message, size, "%s", dlerror());
        return -1;
    }
    h->ops = dlsym(h->library, "dut_ops");
    if (!h->ops || h->ops->abi != DUT_ABI) {
        snprintf(message, size, "%s: not a spiketwin DUT of ABI %d", path, DUT_ABI);
        dut_close(h);
        return -1;
    }
    h->dut = h->ops->create();
    if (!h->dut) {
        snprintf(message, size, "%s: out of memory", path);
        dut_close(h);
        return -1;
    }
    return 0;
}

void dut_close(struct dut_handle *h)
{
    if (h->dut) h->ops->free(h->dut);
    if (h->library) dlclose(h->library);
    *h = (struct dut_handle){0};
}

static bool same_field(const struct field *x, const void *a, const void *b)
{
    if (x->kind != FIELD_FORMAT && x->kind != FIELD_UNSIGNED)
        return field_get(x, a) == field_get(x, b);
    return !memcmp((const char *)a + x->at, (const char *)b + x->at, sizeof(struct law_format));
}

const char *dut_mismatch(const struct dut_ops *ops, const struct law_image *im, char text[64])
{
    if (strcmp(ops->kind, im->kind->name)) return "law";
    for (const struct field *x = im->kind->parameter; x->name; x++) {
        if (!field_counts(x, im->law) && !field_counts(x, ops->law)) continue;
        if (same_field(x, ops->law, im->law)) continue;
        snprintf(text, 64, "law: %s", x->name);
        return text;
    }
    if (ops->shape->n_layers != im->shape.n_layers) return "shape: number of layers";
    for (int l = 0; l < im->shape.n_layers; l++)
        for (const struct field *x = layer_fields; x->name; x++) {
            if (same_field(x, &ops->shape->layer[l], &im->shape.layer[l])) continue;
            snprintf(text, 64, "shape: %s of a layer", x->name);
            return text;
        }
    return 0;
}

int dut_write(struct dut_handle *h, const struct law_image *im, int layer, int word, int neuron,
              int row, int64_t value, char *message, size_t size)
{
    const struct law_word *x = &im->kind->word[word];
    int address = neuron;
    if (!x->range(im->law).bits) {
        snprintf(message, size, "DUT: its law has no word %s", x->name);
        return -1;
    }
    if (x->scope == LAW_SYNAPSE) address = neuron * im->layer[layer].n_rows + row;
    if (x->scope == LAW_CHIP) address = row;
    return h->ops->write(h->dut, layer, word, address, value, message, size);
}

// The words of one neuron; of a chip's word its entries.
static int load_neuron(struct dut_handle *h, const struct law_image *im, int l, int n,
                       char *message, size_t size)
{
    const struct law_kind *k = im->kind;
    for (int word = 0; word < k->first_state; word++) {
        const struct law_word *x = &k->word[word];
        if (!x->range(im->law).bits || x->scope == LAW_CHIP) continue;
        int rows = x->scope == LAW_SYNAPSE ? im->layer[l].n_rows : 1;
        for (int row = 0; row < rows; row++)
            if (dut_write(h, im, l, word, n, row, law_image_word(im, l, word, n, row), message,
                          size))
                return -1;
    }
    return 0;
}

static int load_chip(struct dut_handle *h, const struct law_image *im, char *message, size_t size)
{
    for (int word = 0; word < im->kind->first_state; word++) {
        const struct law_word *x = &im->kind->word[word];
        if (x->scope != LAW_CHIP) continue;
        int entries = x->entries ? x->entries(im->law) : 1;
        for (int i = 0; i < entries; i++)
            if (dut_write(h, im, 0, word, 0, i, law_image_word(im, 0, word, 0, i), message, size))
                return -1;
    }
    return 0;
}

int dut_load(struct dut_handle *h, const struct law_image *im, char *message, size_t size)
{
    char text[64];
    const char *what = dut_mismatch(h->ops, im, text);
    if (what) {
        snprintf(message, size, "the DUT was built for another chip: %s differs", what);
        return -1;
    }
    what = law_image_check(im);
    if (what) {
        snprintf(message, size, "image: a %s word is outside its format", what);
        return -1;
    }
    if (h->ops->clear(h->dut, message, size)) return -1;
    for (int l = 0; l < im->shape.n_layers; l++)
        for (int n = 0; n < im->shape.layer[l].n_out; n++)
            if (load_neuron(h, im, l, n, message, size)) return -1;
    if (load_chip(h, im, message, size)) return -1;
    return h->ops->clear(h->dut, message, size);
}

int dut_rest(struct dut_handle *h, const struct law_image *im, const void *state, char *message,
             size_t size)
{
    const char *at = state;
    if (h->ops->clear(h->dut, message, size)) return -1;
    if (h->ops->rests) return 0;
    for (int l = 0; l < im->shape.n_layers; l++)
        for (int n = 0; n < im->shape.layer[l].n_out; n++, at += im->kind->state)
            for (int word = im->kind->first_state; word < im->kind->n_words; word++) {
                const struct law_word *x = &im->kind->word[word];
                if (x->range(im->law).bits &&
                    dut_write(h, im, l, word, n, 0, law_get(x, at), message, size))
                    return -1;
            }
    return 0;
}
