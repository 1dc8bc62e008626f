#include "cosim/dpi_dut.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int dpi_dut_open(struct dpi_dut_handle *h, const char *path, char *message, size_t size)
{
    *h = (struct dpi_dut_handle){0};
    h->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!h->library) {
        snprintf(message, size, "%s", dlerror());
        return -1;
    }
    h->ops = dlsym(h->library, "dpi_dut_ops");
    if (!h->ops || h->ops->abi != DPI_DUT_ABI) {
        snprintf(message, size, "%s: not a spiketwin DPI DUT of ABI %d", path, DPI_DUT_ABI);
        dpi_dut_close(h);
        return -1;
    }
    h->dut = h->ops->create();
    if (!h->dut) {
        snprintf(message, size, "%s: out of memory", path);
        dpi_dut_close(h);
        return -1;
    }
    return 0;
}

void dpi_dut_close(struct dpi_dut_handle *h)
{
    if (h->dut) h->ops->free(h->dut);
    if (h->library) dlclose(h->library);
    *h = (struct dpi_dut_handle){0};
}

static bool same_law(const struct dpi_law *a, const struct dpi_law *b)
{
    return a->gaba == b->gaba && a->leak_once == b->leak_once && a->fresh_vmem == b->fresh_vmem &&
           a->current.int_bits == b->current.int_bits &&
           a->current.frac_bits == b->current.frac_bits &&
           a->weight.int_bits == b->weight.int_bits && a->weight.frac_bits == b->weight.frac_bits &&
           a->factor_frac == b->factor_frac && a->log_frac == b->log_frac &&
           a->table_bits == b->table_bits && a->gain.int_bits == b->gain.int_bits &&
           a->gain.frac_bits == b->gain.frac_bits && a->rate.int_bits == b->rate.int_bits &&
           a->rate.frac_bits == b->rate.frac_bits && a->max_spikes == b->max_spikes;
}

int dpi_dut_load(struct dpi_dut_handle *h, const struct dpi_image *im, int layer, char *message,
                 size_t size)
{
    const struct dpi_layer *y = &im->layer[layer];
    const struct dpi_dut_shape *s = h->ops->shape;
    const char *what = dpi_image_check(im);
    if (what) {
        snprintf(message, size, "image: a word of kind %s is out of its format", what);
        return -1;
    }
    if (!same_law(&s->law, &im->law) || s->n_in != y->n_in || s->n_out != y->n_out ||
        s->recurrent != y->recurrent) {
        snprintf(message, size, "the DUT was built for another chip: its law or shape differs");
        return -1;
    }
    for (int n = 0; n < y->n_out; n++) {
        for (int i = 0; i < dpi_sources(y); i++)
            h->ops->write(h->dut, DPI_WEIGHT, n * dpi_sources(y) + i, y->w[i * y->n_out + n]);
        for (int word = DPI_IO; word <= DPI_PERIOD; word++)
            h->ops->write(h->dut, word, n, law_get(&dpi_kind.word[word], &y->neuron[n]));
    }
    for (int i = 0; i <= (int)fx_shl(1, im->law.table_bits); i++) {
        h->ops->write(h->dut, DPI_LOG2, i, im->tables->log2[i]);
        h->ops->write(h->dut, DPI_EXP2, i, im->tables->exp2[i]);
    }
    h->ops->write(h->dut, DPI_EFOLD, 0, im->tables->efold);
    return 0;
}

void dpi_dut_start(struct dpi_dut_handle *h, const struct dpi_state *state)
{
    h->ops->clear(h->dut);
    for (int n = 0; n < h->ops->shape->n_out; n++)
        for (int word = 0; word < DPI_STATE_WORDS; word++)
            h->ops->write(h->dut, DPI_ISYN + word, n,
                          law_get(&law_states(&dpi_kind)[word], &state[n]));
}
