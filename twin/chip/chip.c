// Chip files of family `lif`: a table of what stands in one, and the law's own from model/fields.h.
#include "twin/chip/chip_rules.h"

#include "base/fnv.h"
#include "model/lif/law_fields.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct chip, member)

static const char *const no_yes[] = {"false", "true"}, *const sign_axes[] = {"sources", "neurons"};

// clang-format off
#define SPREAD(kind, which, of) {"mismatch." #kind, #which, VALUE_NUMBER, AT(mismatch.kind.which), 0, 1, .unit = of, .per = 1}
#define SPREADS(kind, of)       SPREAD(kind, local, of), SPREAD(kind, die, of)
static const struct chip_field head[] = {
    {"", "name", VALUE_TEXT, AT(name), 1, 63},
    {"", "description", VALUE_NOTE, 0, 1, 1000}};
static const struct chip_field rest[] = {
    {"", "tick", VALUE_NUMBER, AT(tick_s), 0.001, 1000, .unit = "ms", .per = 1e3, .optional = true},
    {"", "threshold", VALUE_NUMBER, AT(threshold), 1e-6, 8388607, .unit = "membrane units", .per = 1, .optional = true},
    {"", "tau", VALUE_NUMBER, AT(tau_s), 0.001, 1e6, .unit = "ms", .per = 1e3, .optional = true},
    {"", "front_tau", VALUE_NUMBER, AT(front_tau_s), 0.001, 1e6, .unit = "ms", .per = 1e3, .optional = true},
    {"", "tau_syn", VALUE_NUMBER, AT(tau_syn_s), 0.001, 1e6, .unit = "ms", .per = 1e3, .optional = true},
    {"", "gain", VALUE_NUMBER, AT(gain), 1e-6, 2147483647, .per = 1, .optional = true},
    {"", "rest", VALUE_NUMBER, AT(rest), -2147483648., 2147483647, .unit = "membrane units", .per = 1, .optional = true},
    {"", "reset", VALUE_NUMBER, AT(reset), -2147483648., 2147483647, .unit = "membrane units", .per = 1, .optional = true},
    {"weight", "min", VALUE_NUMBER, AT(weight.min), -32768, 0, .unit = "membrane units", .per = 1},
    {"weight", "max", VALUE_NUMBER, AT(weight.max), 0, 32767, .unit = "membrane units", .per = 1},
    {"weight", "bits", VALUE_WHOLE, AT(weight.bits), 1, 12, .unit = "bits", .optional = true},
    {"weight", "step", VALUE_NUMBER, AT(weight.step), 1e-9, 32767, .unit = "membrane units", .per = 1, .optional = true},
    {"weight", "charges", VALUE_LIST, AT(weight.charges), -32768, 32767, .unit = "membrane units", .most = CHIP_LIST, .optional = true},
    {"weight", "sign_block", VALUE_WHOLE, AT(weight.sign_block), 1, 4096, .unit = "synapses", .optional = true},
    {"weight", "sign_axis", VALUE_SWITCH, AT(weight.sign_along_neurons), 0, 1, .choices = sign_axes, .optional = true},
    {"cores", "neurons", VALUE_LIST, AT(cores.neurons), 1, 1e6, .unit = "neurons", .most = 16},
    {"cores", "fan_in", VALUE_WHOLE, AT(cores.fan_in), 1, 1e6, .unit = "sources"},
    {"power", "spike", VALUE_NUMBER, AT(power.spike_j), 0, 1e6, .unit = "pJ", .per = 1e12},
    {"power", "front_spike", VALUE_NUMBER, AT(power.front_spike_j), 0, 1e6, .unit = "pJ", .per = 1e12},
    {"power", "front", VALUE_NUMBER, AT(power.front_w), 0, 1e9, .unit = "nW", .per = 1e9},
    {"power", "rest", VALUE_NUMBER, AT(power.static_w), 0, 1e9, .unit = "nW", .per = 1e9},
    SPREADS(weight_gain, "of the weight"),
    SPREADS(weight_offset, "membrane units"),
    SPREADS(threshold, "of the threshold"),
    SPREADS(leak, "of the leak"),
    SPREADS(input_gain, "of the weight"),
    {"mismatch", "front_end", VALUE_SWITCH, AT(mismatch.front_end), 0, 1, .choices = no_yes},
    {"jitter", "sigma", VALUE_NUMBER, AT(jitter.sigma), 0, 0.2, .unit = "of a tick", .per = 1},
    {"jitter", "acts_leak", VALUE_SWITCH, AT(jitter.acts_leak), 0, 1, .choices = no_yes},
    {"jitter", "acts_edges", VALUE_SWITCH, AT(jitter.acts_edges), 0, 1, .choices = no_yes},
    {"faults", "stuck_bits", VALUE_NUMBER, AT(faults.stuck_bits), 0, 0.5, .unit = "of the weight bits", .per = 1},
    {"faults", "dead_neurons", VALUE_NUMBER, AT(faults.dead_neurons), 0, 0.5, .unit = "of the neurons", .per = 1},
    {"faults", "bit_flips", VALUE_NUMBER, AT(faults.bit_flips), 0, 0.5, .unit = "a neuron and tick", .per = 1},
    {"frontend", "rate", VALUE_WHOLE, AT(frontend.rate_hz), 1000, 768000, .unit = "Hz"},
    {"frontend", "filters", VALUE_WHOLE, AT(frontend.n_filters), 1, FRONTEND_MAX_FILTERS},
    {"frontend", "f_low", VALUE_NUMBER, AT(frontend.f_low_hz), 1, 384000, .unit = "Hz", .per = 1},
    {"frontend", "f_high", VALUE_NUMBER, AT(frontend.f_high_hz), 1, 384000, .unit = "Hz", .per = 1},
    {"frontend", "bandwidth", VALUE_NUMBER, AT(frontend.bandwidth), 0.1, 4, .unit = "of the distance to the neighbours", .per = 1},
    {"frontend", "hop", VALUE_WHOLE, AT(frontend.hop_samples), 1, 16, .unit = "samples"},
    {"frontend", "floor_bits", VALUE_WHOLE, AT(frontend.floor_bits), 0, 24, .unit = "log2 of a bin sum"},
    {"frontend", "adapt_shift", VALUE_WHOLE, AT(frontend.adapt_shift), 0, 12, .unit = "log2 of ticks"},
    {"frontend", "gain", VALUE_WHOLE, AT(frontend.gain), 1, 255, .unit = "1/16"},
};
// clang-format on
// A chip that is only run on vectors has no need of what comes after the law.
static const char *const optional[] = {"weight", "cores",  "power",    "mismatch",
                                       "jitter", "faults", "frontend", 0};

// A field of the law as a value of a chip file. False: the value of another field tells it.
static bool of_law(const struct field *x, struct chip_field *to)
{
    static const enum value_kind kinds[] = {[FIELD_FORMAT] = VALUE_FORMAT,
                                            [FIELD_CHOICE] = VALUE_CHOICE,
                                            [FIELD_SWITCH] = VALUE_SWITCH,
                                            [FIELD_BYTE] = VALUE_BYTE};
    if (x->kind == FIELD_SIGN || (x->kind == FIELD_SWITCH && x->of)) return false;
    *to = (struct chip_field){"law", x->name,  kinds[x->kind], AT(law) + x->at,        x->lo,
                              x->hi, x->names, x->unit,        .optional = x->optional};
    if (x->kind != FIELD_FORMAT) return true;
    for (const struct field *y = law_fields; y->name; y++)
        if (y->of == x->at && y->kind == FIELD_SIGN)
            to->sign = AT(law) + y->at;
        else if (y->of && y->of == x->at && y->kind == FIELD_SWITCH)
            to->there = AT(law) + y->at;
    return true;
}

enum { ROWS = 96 };

// What a file has to say comes first.
static struct chip_family family_lif(struct chip_field row[ROWS])
{
    int n = 0;
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        row[n++] = head[i];
    for (int optional_ones = 0; optional_ones < 2; optional_ones++)
        for (const struct field *x = law_fields; x->name; x++)
            if (x->optional == optional_ones && of_law(x, &row[n])) n++;
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        row[n++] = rest[i];
    return (struct chip_family){"lif", row, n, optional};
}

// Closes the file where it fails.
static int read_chip(struct chip *c, struct yaml_file *y, const char *const *set, int n,
                     struct fail *f)
{
    struct chip_field row[ROWS];
    const struct chip_family family = family_lif(row);
    memset(c, 0, sizeof *c);
    if (!chip_fields_set(y, &family, set, n, f) && !chip_fields_read(y, &family, c, f) &&
        !chip_check(c, y, f))
        return 0;
    yaml_close(y);
    return -1;
}

int chip_load_text(struct chip *c, const char *text, const char *name, struct fail *f)
{
    struct yaml_file y;
    if (yaml_open(&y, text, name, f) || read_chip(c, &y, 0, 0, f)) return -1;
    yaml_close(&y);
    return 0;
}

char *chip_change(const char *text, const char *name, const char *const *set, int n, struct fail *f)
{
    struct yaml_file y;
    struct chip c;
    if (yaml_open(&y, text, name, f) || read_chip(&c, &y, set, n, f)) return 0;
    return yaml_write(&y, f);
}

int chip_load(struct chip *c, const char *path, struct fail *f)
{
    char *text = yaml_read(path, f);
    int failed = !text || chip_load_text(c, text, path, f);
    free(text);
    return failed ? -1 : 0;
}

uint64_t chip_hash(const struct chip *c)
{
    struct chip_field row[ROWS];
    const struct chip_family family = family_lif(row);
    return chip_fields_hash(&family, c, fnv(FNV_START, c->name, strlen(c->name) + 1));
}
