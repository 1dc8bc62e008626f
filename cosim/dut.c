#include "cosim/dut.h"

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

static bool same_format(struct law_format a, struct law_format b)
{
    return a.int_bits == b.int_bits && a.frac_bits == b.frac_bits;
}

static const char *law_differs(const struct law *a, const struct law *b)
{
    if (!same_format(a->input, b->input)) return "law: input format";
    if (!same_format(a->weight, b->weight)) return "law: weight format";
    if (!same_format(a->membrane, b->membrane)) return "law: membrane format";
    if (!same_format(a->leak, b->leak)) return "law: leak format";
    if (a->has_gain != b->has_gain) return "law: has_gain";
    if (a->has_gain && !same_format(a->gain, b->gain)) return "law: gain format";
    if (a->input_signed != b->input_signed) return "law: input_signed";
    if (a->leak_signed != b->leak_signed) return "law: leak_signed";
    if (a->has_rest != b->has_rest) return "law: has_rest";
    if (a->decay_last != b->decay_last) return "law: decay_last";
    if (a->saturate_each != b->saturate_each) return "law: saturate_each";
    if (a->saturate_increment != b->saturate_increment) return "law: saturate_increment";
    if (a->refractory_hold != b->refractory_hold) return "law: refractory_hold";
    if (a->currents != b->currents) return "law: currents";
    if (a->currents && !same_format(a->current, b->current)) return "law: current format";
    if (a->round_current != b->round_current) return "law: round_current";
    if (a->currents && a->round_decay != b->round_decay) return "law: round_decay";
    if (a->round_leak != b->round_leak) return "law: round_leak";
    if (a->leak_kind != b->leak_kind) return "law: leak_kind";
    if (a->currents && a->decay_kind != b->decay_kind) return "law: decay_kind";
    if (a->wrap != b->wrap) return "law: wrap";
    if (a->floor_zero != b->floor_zero) return "law: floor_zero";
    if (a->fire_gt != b->fire_gt) return "law: fire_gt";
    if (a->reset_subtract != b->reset_subtract) return "law: reset_subtract";
    if (a->integrate_first != b->integrate_first) return "law: integrate_first";
    if (a->refractory_ticks != b->refractory_ticks) return "law: refractory_ticks";
    return 0;
}

const char *dut_mismatch(const struct dut_ops *ops, const struct image *im)
{
    const char *what = law_differs(ops->law, &im->law);
    if (what) return what;
    if (ops->shape->n_layers != im->n_layers) return "shape: number of layers";
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        if (ops->shape->layer[l].n_in != y->n_in) return "shape: sources of a layer";
        if (ops->shape->layer[l].n_out != y->n_out) return "shape: neurons of a layer";
        if (ops->shape->layer[l].topology != y->topology) return "shape: topology of a layer";
        if (ops->shape->layer[l].recurrent != y->recurrent) return "shape: recurrence of a layer";
        if (ops->shape->layer[l].delayed != y->delayed) return "shape: delay of a layer";
        if (ops->shape->layer[l].max_spikes != y->max_spikes) return "shape: spikes of a layer";
    }
    return 0;
}

int dut_load(struct dut_handle *h, const struct image *im, char *message, size_t size)
{
    const char *what = dut_mismatch(h->ops, im);
    if (what) {
        snprintf(message, size, "the DUT was built for another chip: %s differs", what);
        return -1;
    }
    what = image_check(im);
    if (what) {
        snprintf(message, size, "image: a %s word is outside its format", what);
        return -1;
    }
    return h->ops->load(h->dut, im, message, size);
}
