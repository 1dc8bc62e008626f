#include "cosim/dut/dut_save.h"

#include "cosim/dut/dut_rtl.h"
#include "cosim/waves/waves.h"
#include "model/fx.h"
#include "model/lif/image.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { SIGNALS = 96, STAGE = 64, SPIKES = 6, LAYER = 3, NEURON = 12, TWIN = 32 };

struct list {
    int n;
    struct waves_signal at[SIGNALS];
};

static void add(struct list *l, const char *group, const char *name, int bits, int frac,
                enum waves_format format)
{
    assert(l->n < SIGNALS);
    struct waves_signal *x = &l->at[l->n++];
    *x = (struct waves_signal){group, "", bits, frac, format};
    snprintf(x->name, sizeof x->name, "%s", name);
}

// The port of a word, of `bits` bits; what the law has not got is not shown.
static void add_word(struct list *l, const char *group, const char *before,
                     const struct law_word *x, const char *name, const char *after, int bits,
                     const void *law)
{
    char port[WAVES_NAME];
    const struct law_range range = x->range(law);
    if (!range.bits) return;
    snprintf(port, sizeof port, "%s%s%s", before, name, after);
    add(l, group, port, bits ? bits : range.bits, range.frac,
        range.is_signed ? WAVES_SIGNED : WAVES_UNSIGNED);
}

// Bits of a stage's port, 0: those of its word. The sums of a LIF leave in 64.
static int stage_bits(const struct law_kind *kind, int i)
{
    if (i == kind->fire) return SPIKES;
    return !i || (kind == &lif_kind && kind->stage[i].size == sizeof(int64_t)) ? STAGE : 0;
}

static void add_words(struct list *l, const struct dut_rtl *rtl, const struct law_kind *kind,
                      const void *law)
{
    const struct law_word *state = law_states(kind);
    const int n_states = kind->n_words - kind->first_state;
    for (int i = 0; i < n_states && rtl->is_net; i++)
        add_word(l, "words before the tick", "before_", &state[i], state[i].name, "_o", 0, law);
    for (int i = 0; i < kind->n_stages; i++)
        add_word(l, "stages", "", &kind->stage[i], kind->stage[i].name, "_o", stage_bits(kind, i),
                 law);
    for (int i = 0; i < n_states; i++)
        if (kind->left_by[i] < 0)
            add_word(l, "words after the tick", "after_", &state[i], state[i].name, "_o", 0, law);
}

// Of words that are packed in one port.
static void add_packed(struct list *l, const char *name, const struct law_word *x, int n,
                       const void *law)
{
    int bits = 0;
    for (int i = 0; i < n; i++)
        bits += x[i].range(law).bits;
    add(l, "words and stages, packed", name, bits, 0, WAVES_BITS);
}

static void add_twin(struct list *l, const struct law_kind *kind, const void *law)
{
    add(l, "golden model", "u_twin.differs", 0, 0, WAVES_BITS);
    for (int i = 0; i < kind->n_stages; i++)
        if (i < kind->n_stages - 2) // what reset and refract leave is state
            add_word(l, "golden model", "u_twin.", &kind->stage[i], kind->stage[i].name, "",
                     i == kind->fire                          ? SPIKES
                     : kind->stage[i].size == sizeof(int64_t) ? STAGE
                                                              : TWIN,
                     law);
    add_word(l, "golden model", "u_twin.after_", law_states(kind), law_states(kind)->name, "", TWIN,
             law);
}

int dut_save(const char *wave, const struct law_kind *kind, const void *law,
             const struct image_shape *shape, struct fail *f)
{
    const struct dut_rtl *rtl = dut_rtl_of(kind);
    const int n_states = kind->n_words - kind->first_state;
    struct list l = {0};
    char top[WAVES_NAME];
    int neuron = NEURON;
    if (!rtl->is_net)
        for (neuron = 1; fx_one(neuron) < (uint64_t)shape->layer[0].n_out;)
            neuron++; // as $clog2, at least 1
    add(&l, "tick", "clk_i", 0, 0, WAVES_BITS);
    add(&l, "tick", "tick_start_i", 0, 0, WAVES_BITS);
    add(&l, "tick", "tick_done_o", 0, 0, WAVES_BITS);
    if (rtl->is_net) add(&l, "tick", "tick_jitter_i", 16, 15, WAVES_SIGNED);
    add(&l, "layer and neuron", "commit_valid_o", 0, 0, WAVES_BITS);
    if (rtl->is_net) add(&l, "layer and neuron", "commit_layer_o", LAYER, 0, WAVES_UNSIGNED);
    add(&l, "layer and neuron", "commit_neuron_o", neuron, 0, WAVES_UNSIGNED);
    if (rtl->packed) {
        add_packed(&l, "before_o", law_states(kind), n_states, law);
        add_packed(&l, "stages_o", kind->stage, kind->n_stages, law);
        add_packed(&l, "after_o", law_states(kind), n_states, law);
    } else
        add_words(&l, rtl, kind, law);
    if (rtl->twin) add_twin(&l, kind, law);
    snprintf(top, sizeof top, "TOP.%s", rtl->top);
    return waves_write(wave, top, l.at, l.n, f);
}
