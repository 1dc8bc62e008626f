// Parameters of rtl/stw_net.sv.
#include "cosim/dut/dut_rtl.h"

static int parameters(const struct law_kind *kind, const void *of, const struct image_shape *shape,
                      struct dut_parameter *list)
{
    const struct law *law = of;
    int spikes[IMAGE_MAX_LAYERS] = {0}, n = 0;
    (void)kind;
    for (int l = 0; l < shape->n_layers; l++)
        spikes[l] = shape->layer[l].max_spikes;
    dut_add_shape(list, &n, shape);
    dut_add_bytes(list, &n, "MaxSpikes", spikes);
    dut_add(list, &n, "InputBits", law_bits(law->input));
    dut_add(list, &n, "InputFrac", law->input.frac_bits);
    dut_add(list, &n, "WeightBits", law_bits(law->weight));
    dut_add(list, &n, "WeightFrac", law->weight.frac_bits);
    dut_add(list, &n, "MembraneBits", law_bits(law->membrane));
    dut_add(list, &n, "MembraneFrac", law->membrane.frac_bits);
    dut_add(list, &n, "CurrentBits", law->currents ? law_bits(law->current) : 1);
    dut_add(list, &n, "LeakBits", law_bits(law->leak));
    dut_add(list, &n, "LeakFrac", law->leak.frac_bits);
    dut_add(list, &n, "GainBits", law->has_gain ? law_bits(law->gain) : 1);
    dut_add(list, &n, "GainFrac", law->has_gain ? law->gain.frac_bits : 0);
    dut_add(list, &n, "RoundCurrent", (int)law->round_current);
    dut_add(list, &n, "RoundDecay", law->currents ? (int)law->round_decay : 0);
    dut_add(list, &n, "RoundLeak", (int)law->round_leak);
    dut_add(list, &n, "LeakKind", (int)law->leak_kind);
    dut_add(list, &n, "LeakWhen", (int)law->leak_when);
    dut_add(list, &n, "DecayKind", law->currents ? (int)law->decay_kind : 0);
    dut_add(list, &n, "Currents", law->currents);
    dut_add(list, &n, "InputSigned", law->input_signed);
    dut_add(list, &n, "LeakSigned", law->leak_signed);
    dut_add(list, &n, "HasGain", law->has_gain);
    dut_add(list, &n, "HasRest", law->has_rest);
    dut_add(list, &n, "DecayLast", law->decay_last);
    dut_add(list, &n, "SaturateEach", law->saturate_each);
    dut_add(list, &n, "SaturateIncrement", law->saturate_increment);
    dut_add(list, &n, "Symmetric", law->symmetric);
    dut_add(list, &n, "Wrap", law->wrap);
    dut_add(list, &n, "FloorZero", law->floor_zero);
    dut_add(list, &n, "FireGt", law->fire_gt);
    dut_add(list, &n, "FireBefore", law->fire_before);
    dut_add(list, &n, "ResetSubtract", law->reset_subtract);
    dut_add(list, &n, "IntegrateFirst", law->integrate_first);
    dut_add(list, &n, "RefractoryHold", law->refractory_hold);
    dut_add(list, &n, "RefractoryTicks", law->refractory_ticks);
    return n;
}

static const char *check(const struct law_kind *kind, const void *of,
                         const struct image_shape *shape)
{
    const struct law *law = of;
    (void)kind;
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

const struct dut_rtl dut_rtl_lif = {.kind = &lif_kind,
                                    .top = "stw_net",
                                    .twin = "cosim/dut/stw_twin.sv",
                                    .is_net = true,
                                    .check = check,
                                    .parameters = parameters};
