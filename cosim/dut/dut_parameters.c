#include "cosim/dut/dut_build.h"

#include <string.h>

struct list {
    struct dut_parameter *at;
    int n;
};

static void add(struct list *p, const char *name, int value)
{
    p->at[p->n].name = name;
    snprintf(p->at[p->n].value, sizeof p->at[p->n].value, "%d", value);
    p->n++;
}

static void add_hex(struct list *p, const char *name, const char *value)
{
    p->at[p->n].name = name;
    snprintf(p->at[p->n].value, sizeof p->at[p->n].value, "%s", value);
    p->n++;
}

void dut_parameters(const struct law *law, const struct image_shape *shape,
                    struct dut_parameter list[DUT_PARAMETERS])
{
    struct list p = {list, 0};
    char sizes[48] = "144'h", spikes[24] = "64'h", bits[48];
    unsigned recurrent = 0, one_to_one = 0, delayed = 0;
    for (int i = IMAGE_MAX_LAYERS; i >= 0; i--) {
        int n = i > shape->n_layers ? 0 : i ? shape->layer[i - 1].n_out : shape->layer[0].n_in;
        snprintf(sizes + strlen(sizes), sizeof sizes - strlen(sizes), "%04x", (unsigned)n);
    }
    for (int l = IMAGE_MAX_LAYERS - 1; l >= 0; l--) {
        int n = l < shape->n_layers && shape->layer[l].max_spikes ? shape->layer[l].max_spikes : 1;
        snprintf(spikes + strlen(spikes), sizeof spikes - strlen(spikes), "%02x", (unsigned)n);
    }
    for (int l = 0; l < shape->n_layers; l++) {
        if (shape->layer[l].recurrent) recurrent |= (unsigned)fx_one(l);
        if (shape->layer[l].topology == IMAGE_ONE_TO_ONE) one_to_one |= (unsigned)fx_one(l);
        if (shape->layer[l].delayed) delayed |= (unsigned)fx_one(l);
    }
    add(&p, "NLayers", shape->n_layers);
    add_hex(&p, "Sizes", sizes);
    snprintf(bits, sizeof bits, "8'h%02x", recurrent);
    add_hex(&p, "Recurrent", bits);
    snprintf(bits, sizeof bits, "8'h%02x", one_to_one);
    add_hex(&p, "OneToOne", bits);
    snprintf(bits, sizeof bits, "8'h%02x", delayed);
    add_hex(&p, "Delayed", bits);
    add_hex(&p, "MaxSpikes", spikes);
    add(&p, "InputBits", law_bits(law->input));
    add(&p, "InputFrac", law->input.frac_bits);
    add(&p, "WeightBits", law_bits(law->weight));
    add(&p, "WeightFrac", law->weight.frac_bits);
    add(&p, "MembraneBits", law_bits(law->membrane));
    add(&p, "MembraneFrac", law->membrane.frac_bits);
    add(&p, "CurrentBits", law->currents ? law_bits(law->current) : 1);
    add(&p, "LeakBits", law_bits(law->leak));
    add(&p, "LeakFrac", law->leak.frac_bits);
    add(&p, "GainBits", law->has_gain ? law_bits(law->gain) : 1);
    add(&p, "GainFrac", law->has_gain ? law->gain.frac_bits : 0);
    add(&p, "RoundCurrent", (int)law->round_current);
    add(&p, "RoundDecay", law->currents ? (int)law->round_decay : 0);
    add(&p, "RoundLeak", (int)law->round_leak);
    add(&p, "LeakKind", (int)law->leak_kind);
    add(&p, "DecayKind", law->currents ? (int)law->decay_kind : 0);
    add(&p, "Currents", law->currents);
    add(&p, "InputSigned", law->input_signed);
    add(&p, "LeakSigned", law->leak_signed);
    add(&p, "HasGain", law->has_gain);
    add(&p, "HasRest", law->has_rest);
    add(&p, "DecayLast", law->decay_last);
    add(&p, "SaturateEach", law->saturate_each);
    add(&p, "SaturateIncrement", law->saturate_increment);
    add(&p, "Wrap", law->wrap);
    add(&p, "FloorZero", law->floor_zero);
    add(&p, "FireGt", law->fire_gt);
    add(&p, "ResetSubtract", law->reset_subtract);
    add(&p, "IntegrateFirst", law->integrate_first);
    add(&p, "RefractoryHold", law->refractory_hold);
    add(&p, "RefractoryTicks", law->refractory_ticks);
}

const char *dut_check(const struct law *law, const struct image_shape *shape)
{
    const char *what = law_check(law);
    if (!what) what = image_shape_check(shape);
    if (what) return what;
    if (law->leak.frac_bits < 0 || law->leak.frac_bits > 40) return "leak: 0..40 fraction bits";
    for (int l = 0; l < shape->n_layers; l++) {
        int align = law_align(law, l ? 0 : law->input.frac_bits);
        if (align < -15 || align > 40) return "weight, input and membrane are too far apart";
    }
    return 0;
}
