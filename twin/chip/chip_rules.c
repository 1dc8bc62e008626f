// What a chip file's values have to be together, once each is in its own range.
#include "model/image.h"
#include "twin/chip/chip_schema.h"
#include "twin/io/yaml_lines.h"

#include <math.h>
#include <string.h>

static int check_frontend(struct chip *c, const char *path, struct fail *f)
{
    struct frontend_spec *s = &c->frontend;
    struct frontend probe;
    struct fail why = {""};
    s->bin_ms = 1e3 * c->tick_s;
    // Its words are bytes without a sign: of a wider input's, the lowest bits.
    s->frac_bits = c->law.input.frac_bits;
    s->int_bits = c->law.input.int_bits - c->law.input_signed;
    if (c->law.input_signed && s->int_bits + s->frac_bits > 8) s->int_bits = 8 - s->frac_bits;
    double nyquist = s->rate_hz / 2.0, hop_ms = 1e3 * s->hop_samples / s->rate_hz;
    if (!(s->f_high_hz < nyquist))
        return fail(f, "%s:%d: frontend.f_high, %g, allowed below %g Hz (half the rate)", path,
                    yaml_line_of(path, "frontend.f_high", "value"), s->f_high_hz, nyquist);
    if (!(s->f_low_hz < s->f_high_hz))
        return fail(f, "%s:%d: frontend.f_low, %g, allowed below %g Hz (f_high)", path,
                    yaml_line_of(path, "frontend.f_low", "value"), s->f_low_hz, s->f_high_hz);
    if (s->hop_samples & (s->hop_samples - 1))
        return fail(f, "%s:%d: frontend.hop, %d, allowed 1, 2, 4, 8 or 16 samples", path,
                    yaml_line_of(path, "frontend.hop", "value"), s->hop_samples);
    if (fabs(s->bin_ms / hop_ms - rint(s->bin_ms / hop_ms)) > 1e-6)
        return fail(f, "%s:%d: tick, %.10g, allowed whole hops of %.10g ms", path,
                    yaml_line_of(path, "tick", "value"), s->bin_ms, hop_ms);
    if (frontend_init(&probe, s, &why))
        return fail(f, "%s:%d: %s", path, yaml_line_of(path, "frontend", ""), why.text);
    return 0;
}

// What stands in the file because it runs speech: all of it, or nothing.
static int check_sections(const struct chip_file *raw, const char *path, struct fail *f)
{
    const struct {
        const char *name;
        const char *value;
    } all[] = {{"frontend", raw->frontend.rate.value}, {"tick", raw->tick.value},
               {"threshold", raw->threshold.value},    {"tau", raw->tau.value},
               {"weight", raw->weight.min.value},      {"mismatch", raw->mismatch.front_end.value},
               {"jitter", raw->jitter.sigma.value}};
    for (size_t i = 1; i < sizeof all / sizeof *all; i++)
        if (!all[i].value != !all[0].value)
            return fail(f, "%s:%d: %s, missing, needed where there is %s", path, 1,
                        all[all[i].value ? 0 : i].name, all[all[i].value ? i : 0].name);
    if (raw->front_tau.value && !raw->tau.value)
        return fail(f, "%s:%d: front_tau, %s, allowed where there is tau", path,
                    yaml_line_of(path, "front_tau", "value"), raw->front_tau.value);
    return 0;
}

// What of a synaptic current may be left out only where there is none.
static int check_current(const struct chip_file *raw, const struct chip *c, const char *path,
                         struct fail *f)
{
    if (!c->law.currents || raw->law.decay_kind.value) return 0;
    return fail(f, "%s:%d: law.decay_kind, missing, needed where there are law.currents", path,
                yaml_line_of(path, "law.currents", "value"));
}

// What a net of this chip begins with, in the file where, and only where, the law has a word for it.
static int check_values(const struct chip_file *raw, const struct chip *c, const char *path,
                        struct fail *f)
{
    const struct law *law = &c->law;
    bool decays = law->currents && law->decay_kind != LAW_LEAK_NONE, speech = c->frontend.n_filters;
    const struct {
        const char *name, *value, *of;
        bool has, needed;
    } all[] = {{"tau_syn", raw->tau_syn.value, "law.currents that decay", decays, speech},
               {"gain", raw->gain.value, "law.gain", law->has_gain, speech},
               {"rest", raw->rest.value, "law.rest with words", law->has_rest, false},
               {"reset", raw->reset.value, "law.rest with words", law->has_rest, false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int line = all[i].value ? yaml_line_of(path, all[i].name, "value") : 1;
        if (all[i].value && !(all[i].has && speech))
            return fail(f, "%s:%d: %s, %s, allowed where there are %s and a frontend", path, line,
                        all[i].name, all[i].value, all[i].of);
        if (all[i].has && all[i].needed && !all[i].value)
            return fail(f, "%s:%d: %s, missing, needed where there are %s and a frontend", path,
                        line, all[i].name, all[i].of);
    }
    return 0;
}

static int check_word(const struct chip *c, const char *name, double value, enum image_word word,
                      int frac_bits, const char *path, struct fail *f)
{
    double lo = ldexp((double)image_word_min(&c->law, word), -frac_bits);
    double hi = ldexp((double)image_word_max(&c->law, word), -frac_bits);
    if (value >= lo && value <= hi) return 0;
    return fail(f, "%s:%d: %s, %g, allowed %.10g..%.10g (its word)", path,
                yaml_line_of(path, name, "value"), name, value, lo, hi);
}

// What a neuron at rest or after a spike begins with has to fit its word, and not to fire.
static int check_neuron_words(const struct chip *c, const char *path, struct fail *f)
{
    const struct law *law = &c->law;
    const int frac = law->membrane.frac_bits;
    if (law->has_gain && check_word(c, "gain", c->gain, WORD_GAIN, law->gain.frac_bits, path, f))
        return -1;
    if (!law->has_rest) return 0;
    if (check_word(c, "rest", c->rest, WORD_REST, frac, path, f) ||
        check_word(c, "reset", c->reset, WORD_RESET, frac, path, f))
        return -1;
    if (c->rest < c->threshold && c->reset < c->threshold) return 0;
    const char *name = c->rest < c->threshold ? "reset" : "rest";
    return fail(f, "%s:%d: %s, %g, allowed below %g (threshold)", path,
                yaml_line_of(path, name, "value"), name, fmax(c->rest, c->reset), c->threshold);
}

// Rules of the weights' grid.
static int check_grid(const struct chip *c, const char *path, struct fail *f)
{
    int bits = c->weight.bits, n = c->weight.charges.n;
    double step = ldexp(c->weight.step, c->law.weight.frac_bits); // in words
    if (c->weight.step > 0 && (bits || step != floor(step) || step < 1))
        return fail(f,
                    "%s:%d: weight.step, %g, allowed whole multiples of %.10g (one LSB of the "
                    "weight) without weight.bits",
                    path, yaml_line_of(path, "weight.step", "value"), c->weight.step,
                    ldexp(1, -c->law.weight.frac_bits));
    if (c->weight.step > c->weight.max)
        return fail(f, "%s:%d: weight.step, %g, allowed up to %g (weight.max)", path,
                    yaml_line_of(path, "weight.step", "value"), c->weight.step, c->weight.max);
    if (bits && c->weight.min != -c->weight.max)
        return fail(f, "%s:%d: weight.min, %g, allowed %g with weight.bits (a grid around 0)", path,
                    yaml_line_of(path, "weight.min", "value"), c->weight.min, -c->weight.max);
    if (n && (!bits || n != (int)fx_umax(bits) + 1))
        return fail(f, "%s:%d: weight.charges, %d numbers, allowed one for each code, %d", path,
                    yaml_line_of(path, "weight.charges", "value"), n,
                    bits ? (int)fx_umax(bits) + 1 : 0);
    double top = ldexp((double)fx_max(law_bits(c->law.weight)), -c->law.weight.frac_bits);
    for (int i = 0; i < n; i++)
        if (fabs(c->weight.charges.x[i]) > top ||
            (i && c->weight.charges.x[i] <= c->weight.charges.x[i - 1]))
            return fail(
                f,
                "%s:%d: weight.charges, %g, allowed rising numbers within %g (the weight's format)",
                path, yaml_line_of(path, "weight.charges", "value"), c->weight.charges.x[i], top);
    for (int i = 0; c->weight.sign_block && i < n; i++)
        if (i < n / 2 ? c->weight.charges.x[i] >= 0 : c->weight.charges.x[i] <= 0)
            return fail(
                f, "%s:%d: weight.charges, %g, allowed the sign of its level with sign_block", path,
                yaml_line_of(path, "weight.charges", "value"), c->weight.charges.x[i]);
    return 0;
}

static int check_cores(const struct chip *c, const char *path, struct fail *f)
{
    for (int i = 0; i < c->cores.neurons.n; i++)
        if (c->cores.neurons.x[i] != floor(c->cores.neurons.x[i]))
            return fail(f, "%s:%d: cores.neurons, %g, allowed whole numbers", path,
                        yaml_line_of(path, "cores.neurons", "value"), c->cores.neurons.x[i]);
    return 0;
}

// Rules between values.
static int check_rules(struct chip *c, const char *path, struct fail *f)
{
    const char *wrong = law_check(&c->law);
    if (wrong) return fail(f, "%s:%d: law, %s", path, yaml_line_of(path, "law", ""), wrong);
    int bits = law_bits(c->law.membrane), line = yaml_line_of(path, "threshold", "value");
    double lsb = ldexp(1, -c->law.membrane.frac_bits), top = lsb * (double)fx_max(bits);
    if (!c->frontend.n_filters) return 0;
    if (c->threshold > top)
        return fail(f, "%s:%d: threshold, %g, allowed up to %g (the membrane's format)", path, line,
                    c->threshold, top);
    if (c->threshold < lsb) // θ = 0 fires at rest
        return fail(f, "%s:%d: threshold, %g, allowed from %.10g (one LSB of the membrane)", path,
                    line, c->threshold, lsb);
    double w_lsb = ldexp(1, -c->law.weight.frac_bits);
    double w_top = w_lsb * (double)fx_max(law_bits(c->law.weight));
    double w_bottom = w_lsb * (double)fx_min(law_bits(c->law.weight));
    line = yaml_line_of(path, c->weight.max > w_top ? "weight.max" : "weight.min", "value");
    if (c->weight.max > w_top || c->weight.min < w_bottom)
        return fail(f, "%s:%d: weight, %g..%g, allowed %.10g..%.10g (the weight's format)", path,
                    line, c->weight.min, c->weight.max, w_bottom, w_top);
    if (c->weight.max <= c->weight.min)
        return fail(f, "%s:%d: weight, %g..%g, allowed min below max", path, line, c->weight.min,
                    c->weight.max);
    return check_grid(c, path, f) || check_cores(c, path, f) || check_neuron_words(c, path, f) ||
                   check_frontend(c, path, f)
               ? -1
               : 0;
}

// A name is looked for as chips/NAME.yaml; one with a slash would be any file of the machine.
static int check_name(const struct chip *c, const char *path, struct fail *f)
{
    if (!strchr(c->name, '/')) return 0;
    return fail(f, "%s:%d: name, %s, allowed without /", path, yaml_line_of(path, "name", ""),
                c->name);
}

// Without a section on weights a synapse stores every word of their format.
static void every_word(struct chip *c)
{
    int bits = law_bits(c->law.weight);
    c->weight.min = ldexp((double)fx_min(bits), -c->law.weight.frac_bits);
    c->weight.max = ldexp((double)fx_max(bits), -c->law.weight.frac_bits);
}

int chip_check(struct chip *c, const struct chip_file *raw, const char *path, struct fail *f)
{
    if (check_name(c, path, f) || check_sections(raw, path, f) || check_current(raw, c, path, f) ||
        check_values(raw, c, path, f))
        return -1;
    if (!raw->weight.min.value) every_word(c);
    return check_rules(c, path, f);
}
