#include "twin/chip/chip_rules.h"

#include "model/lif/image.h"
#include "twin/chip/physics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int check_frontend(struct chip *c, const struct yaml_file *y, struct fail *f)
{
    struct frontend_spec *s = &c->frontend;
    struct frontend probe;
    struct fail why = {""};
    s->bin_ms = 1e3 * c->tick_s;
    // Its words are bytes without a sign: of a wider input's, the lowest bits.
    s->frac_bits = c->law.input.frac_bits;
    bool input_signed = c->kind == &lif_kind && c->law.input_signed;
    s->int_bits = c->law.input.int_bits - input_signed;
    if (input_signed && s->int_bits + s->frac_bits > 8) s->int_bits = 8 - s->frac_bits;
    double nyquist = s->rate_hz / 2.0, hop_ms = 1e3 * s->hop_samples / s->rate_hz;
    if (!(s->f_high_hz < nyquist))
        return chip_fields_refuse(y, "frontend.f_high", f,
                                  "%g, allowed below %g Hz (half the rate)", s->f_high_hz, nyquist);
    if (!(s->f_low_hz < s->f_high_hz))
        return chip_fields_refuse(y, "frontend.f_low", f, "%g, allowed below %g Hz (f_high)",
                                  s->f_low_hz, s->f_high_hz);
    if (s->hop_samples & (s->hop_samples - 1))
        return chip_fields_refuse(y, "frontend.hop", f, "%d, allowed 1, 2, 4, 8 or 16 samples",
                                  s->hop_samples);
    if (fabs(s->bin_ms / hop_ms - rint(s->bin_ms / hop_ms)) > 1e-6)
        return chip_fields_refuse(y, "tick", f, "%.10g, allowed whole hops of %.10g ms", s->bin_ms,
                                  hop_ms);
    if (frontend_init(&probe, s, &why))
        return fail(f, "%s:%d: %s", y->name, yaml_line(y, "frontend"), why.text);
    return 0;
}

// What stands in the file because it runs data: all of it, or nothing; a front end besides, where it
// hears sound.
static int check_sections(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    static const char *const all[] = {"tick", "weight", "mismatch", "jitter", "threshold", "tau"};
    const char *first = yaml_node(y, "frontend") ? "frontend" : 0;
    const size_t n = c->kind == &lif_kind ? 6 : 4;
    for (size_t i = 0; i < n && !first; i++)
        if (yaml_node(y, all[i])) first = all[i];
    for (size_t i = 0; i < n && first; i++)
        if (!yaml_node(y, all[i]))
            return fail(f, "%s:1: %s, missing, needed where there is %s", y->name, all[i], first);
    const char *lacks = !yaml_node(y, "tau") ? "tau" : !yaml_node(y, "frontend") ? "frontend" : 0;
    if (lacks && yaml_node(y, "front_tau"))
        return chip_fields_refuse(y, "front_tau", f, "%s, allowed where there is %s",
                                  yaml_text(y, "front_tau.value"), lacks);
    return 0;
}

// What of a synaptic current may be left out only where there is none.
static int check_current(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    if (!c->law.currents || yaml_node(y, "law.decay_kind")) return 0;
    return fail(f, "%s:%d: law.decay_kind, missing, needed where there are law.currents", y->name,
                yaml_line(y, "law.currents.value"));
}

// What a net of this chip begins with, in the file where, and only where, the law has a word for it.
static int check_values(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    const struct law *law = &c->law;
    bool decays = law->currents && law->decay_kind != LAW_LEAK_NONE, speech = chip_runs(c);
    const struct {
        const char *name, *of;
        bool has, needed;
    } all[] = {{"tau_syn", "law.currents that decay", decays, speech},
               {"gain", "law.gain", law->has_gain, speech},
               {"rest", "law.rest with words", law->has_rest, false},
               {"reset", "law.rest with words", law->has_rest, false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char path[16];
        snprintf(path, sizeof path, "%s.value", all[i].name);
        const char *value = yaml_text(y, path);
        if (value && !(all[i].has && speech))
            return chip_fields_refuse(y, all[i].name, f,
                                      "%s, allowed where there are %s and a frontend", value,
                                      all[i].of);
        if (all[i].has && all[i].needed && !value)
            return fail(f, "%s:1: %s, missing, needed where there are %s and a frontend", y->name,
                        all[i].name, all[i].of);
    }
    return 0;
}

// What varies has to be a word of the law, and no count of bits.
static int check_spreads(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    const struct law *law = &c->law;
    const bool decays =
        law->currents && law->decay_kind != LAW_LEAK_NONE && !law_leak_shifts(law->decay_kind);
    const struct {
        const char *name, *of;
        double size;
        bool has;
    } all[] = {{"mismatch.decay.local", "law.currents whose decay is no shift",
                c->mismatch.decay.local, decays},
               {"mismatch.decay.die", "law.currents whose decay is no shift", c->mismatch.decay.die,
                decays},
               {"mismatch.gain.local", "law.gain", c->mismatch.gain.local, law->has_gain},
               {"mismatch.gain.die", "law.gain", c->mismatch.gain.die, law->has_gain}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].size != 0 && !all[i].has)
            return chip_fields_refuse(y, all[i].name, f, "%g, allowed above 0 where there are %s",
                                      all[i].size, all[i].of);
    return 0;
}

static int check_word(const struct chip *c, const char *name, double value, enum image_word word,
                      int frac_bits, const struct yaml_file *y, struct fail *f)
{
    double lo = ldexp((double)image_word_min(&c->law, word), -frac_bits);
    double hi = ldexp((double)image_word_max(&c->law, word), -frac_bits);
    if (value >= lo && value <= hi) return 0;
    return chip_fields_refuse(y, name, f, "%g, allowed %.10g..%.10g (its word)", value, lo, hi);
}

// What a neuron at rest or after a spike begins with has to fit its word, and not to fire.
static int check_neuron_words(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    const struct law *law = &c->law;
    const int frac = law->membrane.frac_bits;
    if (law->has_gain && check_word(c, "gain", c->gain, WORD_GAIN, law->gain.frac_bits, y, f))
        return -1;
    if (!law->has_rest) return 0;
    if (check_word(c, "rest", c->rest, WORD_REST, frac, y, f) ||
        check_word(c, "reset", c->reset, WORD_RESET, frac, y, f))
        return -1;
    if (c->rest < c->threshold && c->reset < c->threshold) return 0;
    return chip_fields_refuse(y, c->rest < c->threshold ? "reset" : "rest", f,
                              "%g, allowed below %g (threshold)", fmax(c->rest, c->reset),
                              c->threshold);
}

// Rules of the weights' grid.
static int check_grid(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    int bits = c->weight.bits, n = c->weight.charges.n;
    double step = ldexp(c->weight.step, c->law.weight.frac_bits); // in words
    if (c->weight.step > 0 && (bits || step != floor(step) || step < 1))
        return chip_fields_refuse(y, "weight.step", f,
                                  "%g, allowed whole multiples of %.10g (one LSB of the weight) "
                                  "without weight.bits",
                                  c->weight.step, ldexp(1, -c->law.weight.frac_bits));
    if (c->weight.step > c->weight.max)
        return chip_fields_refuse(y, "weight.step", f, "%g, allowed up to %g (weight.max)",
                                  c->weight.step, c->weight.max);
    if (bits && c->weight.min != -c->weight.max)
        return chip_fields_refuse(y, "weight.min", f,
                                  "%g, allowed %g with weight.bits (a grid around 0)",
                                  c->weight.min, -c->weight.max);
    if (n && (!bits || n != (int)fx_umax(bits) + 1))
        return chip_fields_refuse(y, "weight.charges", f,
                                  "%d numbers, allowed one for each code, %d", n,
                                  bits ? (int)fx_umax(bits) + 1 : 0);
    double top = ldexp((double)fx_max(law_bits(c->law.weight)), -c->law.weight.frac_bits);
    for (int i = 0; i < n; i++)
        if (fabs(c->weight.charges.x[i]) > top ||
            (i && c->weight.charges.x[i] <= c->weight.charges.x[i - 1]))
            return chip_fields_refuse(y, "weight.charges", f,
                                      "%g, allowed rising numbers within %g (the weight's format)",
                                      c->weight.charges.x[i], top);
    for (int i = 0; c->weight.sign_block && i < n; i++)
        if (i < n / 2 ? c->weight.charges.x[i] >= 0 : c->weight.charges.x[i] <= 0)
            return chip_fields_refuse(y, "weight.charges", f,
                                      "%g, allowed the sign of its level with sign_block",
                                      c->weight.charges.x[i]);
    return 0;
}

static int check_cores(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    for (int i = 0; i < c->cores.neurons.n; i++)
        if (c->cores.neurons.x[i] != floor(c->cores.neurons.x[i]))
            return chip_fields_refuse(y, "cores.neurons", f, "%g, allowed whole numbers",
                                      c->cores.neurons.x[i]);
    return 0;
}

// The nominal values of a neuron have to fit their words.
static int check_physics(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    const struct physics *p = physics_of(c->kind);
    const char *field = "law", *wrong = p->check ? p->check(c, &field) : 0;
    if (wrong) return chip_fields_refuse(y, field, f, "%s", wrong);
    for (int i = 0; i < p->n; i++) {
        const struct physics_word w = p->word_of(c, i);
        double word = nearbyint(c->value[i] * w.unit);
        char path[64];
        snprintf(path, sizeof path, "neuron.%s", p->value[i].name);
        if (!(word >= (double)w.lo && word <= (double)w.hi))
            return chip_fields_refuse(y, path, f, "%g, allowed %.10g..%.10g (its word)",
                                      c->value[i], (double)w.lo / w.unit, (double)w.hi / w.unit);
    }
    return 0;
}

// What of LIF a front end needs.
static int check_threshold(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    int bits = law_bits(c->law.membrane);
    double lsb = ldexp(1, -c->law.membrane.frac_bits), top = lsb * (double)fx_max(bits);
    if (c->threshold > top)
        return chip_fields_refuse(y, "threshold", f, "%g, allowed up to %g (the membrane's format)",
                                  c->threshold, top);
    if (c->threshold < lsb) // θ = 0 fires at rest
        return chip_fields_refuse(y, "threshold", f,
                                  "%g, allowed from %.10g (one LSB of the membrane)", c->threshold,
                                  lsb);
    return 0;
}

static int check_weights(const struct chip *c, const struct yaml_file *y, struct fail *f)
{
    double w_lsb = ldexp(1, -c->law.weight.frac_bits);
    double w_top = w_lsb * (double)fx_max(law_bits(c->law.weight));
    double w_bottom = w_lsb * (double)fx_min(law_bits(c->law.weight));
    int line = yaml_line(y, c->weight.max > w_top ? "weight.max.value" : "weight.min.value");
    if (c->weight.max > w_top || c->weight.min < w_bottom)
        return fail(f, "%s:%d: weight, %g..%g, allowed %.10g..%.10g (the weight's format)", y->name,
                    line, c->weight.min, c->weight.max, w_bottom, w_top);
    if (c->weight.max <= c->weight.min)
        return fail(f, "%s:%d: weight, %g..%g, allowed min below max", y->name, line, c->weight.min,
                    c->weight.max);
    return check_grid(c, y, f);
}

// Rules between values.
static int check_rules(struct chip *c, const struct yaml_file *y, struct fail *f)
{
    const bool lif = c->kind == &lif_kind;
    const char *wrong = c->kind->check(c->params);
    if (wrong) return chip_fields_refuse(y, "law", f, "%s", wrong);
    if (!lif && check_physics(c, y, f)) return -1;
    if (!chip_runs(c)) return 0;
    if (lif && check_threshold(c, y, f)) return -1;
    if (check_weights(c, y, f) || check_cores(c, y, f)) return -1;
    if (lif && (check_neuron_words(c, y, f) || check_spreads(c, y, f))) return -1;
    return c->frontend.n_filters ? check_frontend(c, y, f) : 0;
}

// Without a section on weights a synapse stores every word of their format.
static void every_word(struct chip *c)
{
    int bits = law_bits(c->law.weight);
    c->weight.min = ldexp((double)fx_min(bits), -c->law.weight.frac_bits);
    c->weight.max = ldexp((double)fx_max(bits), -c->law.weight.frac_bits);
}

int chip_check(struct chip *c, const struct yaml_file *y, struct fail *f)
{
    if (check_sections(c, y, f)) return -1;
    if (c->kind == &lif_kind && (check_current(c, y, f) || check_values(c, y, f))) return -1;
    if (!yaml_node(y, "weight")) every_word(c);
    return check_rules(c, y, f);
}
