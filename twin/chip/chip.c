// Chip files of every law on speech: a table of what stands in one, and the law's own from its row.
#include "twin/chip/chip_rules.h"

#include "base/fnv.h"
#include "model/fields.h"
#include "model/lif/image.h"
#include "twin/chip/physics.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct chip, member)

static const char *const no_yes[] = {"false", "true"}, *const sign_axes[] = {"sources", "neurons"};

// clang-format off
#define SPREAD(kind, which, of) {"mismatch." #kind, #which, VALUE_NUMBER, AT(mismatch.kind.which), 0, 1, .unit = of, .per = 1}
#define SPREADS(kind, of)       SPREAD(kind, local, of), SPREAD(kind, die, of)
#define OF_LIF(which, of, part) {"mismatch." #of, #which, VALUE_NUMBER, AT(mismatch.of.which), 0, 1, .unit = part, .per = 1, .only = &lif_kind}
#define MAY(which, of, part)    {"mismatch." #of, #which, VALUE_NUMBER, AT(mismatch.of.which), 0, 1, .unit = part, .per = 1, .optional = true, .only = &lif_kind}
static const struct chip_field head[] = {
    {"", "name", VALUE_TEXT, AT(name), 1, 63},
    {"", "description", VALUE_NOTE, 0, 1, 1000}};
static const struct chip_field rest[] = {
    {"", "tick", VALUE_NUMBER, AT(tick_s), 0.001, 1000, .unit = "ms", .per = 1e3, .optional = true},
    {"", "threshold", VALUE_NUMBER, AT(threshold), 1e-6, 8388607, .unit = "membrane units", .per = 1, .optional = true, .only = &lif_kind},
    {"", "tau", VALUE_NUMBER, AT(tau_s), 0.001, 1e6, .unit = "ms", .per = 1e3, .optional = true, .only = &lif_kind},
    {"", "front_tau", VALUE_NUMBER, AT(front_tau_s), 0.001, 1e6, .unit = "ms", .per = 1e3, .optional = true, .only = &lif_kind},
    {"", "tau_syn", VALUE_NUMBER, AT(tau_syn_s), 0.001, 1e6, .unit = "ms", .per = 1e3, .optional = true, .only = &lif_kind},
    {"", "gain", VALUE_NUMBER, AT(gain), 1e-6, 2147483647, .per = 1, .optional = true, .only = &lif_kind},
    {"", "rest", VALUE_NUMBER, AT(rest), -2147483648., 2147483647, .unit = "membrane units", .per = 1, .optional = true, .only = &lif_kind},
    {"", "reset", VALUE_NUMBER, AT(reset), -2147483648., 2147483647, .unit = "membrane units", .per = 1, .optional = true, .only = &lif_kind},
    {"weight", "min", VALUE_NUMBER, AT(weight.min), -32768, 0, .unit = "membrane units", .per = 1},
    {"weight", "max", VALUE_NUMBER, AT(weight.max), 0, 32767, .unit = "membrane units", .per = 1},
    {"weight", "bits", VALUE_WHOLE, AT(weight.bits), 1, 12, .unit = "bits", .optional = true},
    {"weight", "step", VALUE_NUMBER, AT(weight.step), 1e-9, 32767, .unit = "membrane units", .per = 1, .optional = true},
    {"weight", "charges", VALUE_LIST, AT(weight.charges), -32768, 32767, .unit = "membrane units", .most = CHIP_LIST, .optional = true},
    {"weight", "sign_block", VALUE_WHOLE, AT(weight.sign_block), 1, 4096, .unit = "synapses", .optional = true},
    {"weight", "sign_axis", VALUE_SWITCH, AT(weight.sign_along_neurons), 0, 1, .choices = sign_axes, .optional = true},
    {"cores", "neurons", VALUE_LIST, AT(cores.neurons), 1, 1e6, .unit = "neurons", .most = 16},
    {"cores", "fan_in", VALUE_WHOLE, AT(cores.fan_in), 1, 1e6, .unit = "sources"},
    {"delay", "max", VALUE_WHOLE, AT(delay_max), 0, IMAGE_MAX_LATE, .unit = "ticks", .unhashed = true},
    {"power", "spike", VALUE_NUMBER, AT(power.spike_j), 0, 1e6, .unit = "pJ", .per = 1e12},
    {"power", "front_spike", VALUE_NUMBER, AT(power.front_spike_j), 0, 1e6, .unit = "pJ", .per = 1e12},
    {"power", "front", VALUE_NUMBER, AT(power.front_w), 0, 1e9, .unit = "nW", .per = 1e9},
    {"power", "rest", VALUE_NUMBER, AT(power.static_w), 0, 1e9, .unit = "nW", .per = 1e9},
    {"power", "synapse", VALUE_NUMBER, AT(power.synapse_j), 0, 1e6, .unit = "pJ", .per = 1e12, .optional = true, .unhashed = true},
    {"power", "update", VALUE_NUMBER, AT(power.update_j), 0, 1e6, .unit = "pJ", .per = 1e12, .optional = true, .unhashed = true},
    SPREADS(weight_gain, "of the weight"),
    SPREADS(weight_offset, "membrane units"),
    OF_LIF(local, threshold, "of the threshold"), OF_LIF(die, threshold, "of the threshold"),
    OF_LIF(local, leak, "of the leak"), OF_LIF(die, leak, "of the leak"),
    MAY(local, decay, "of the decay"), MAY(die, decay, "of the decay"),
    MAY(local, gain, "of the gain"), MAY(die, gain, "of the gain"),
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
static const char *const optional[] = {"weight",         "cores",         "delay",  "power",
                                       "mismatch",       "jitter",        "faults", "frontend",
                                       "mismatch.decay", "mismatch.gain", 0};

// A field of the law as a value of a chip file. False: the value of another field tells it.
static bool of_law(const struct field *table, const struct field *x, struct chip_field *to)
{
    static const enum value_kind kinds[] = {[FIELD_FORMAT] = VALUE_FORMAT,
                                            [FIELD_UNSIGNED] = VALUE_FORMAT,
                                            [FIELD_CHOICE] = VALUE_CHOICE,
                                            [FIELD_SWITCH] = VALUE_SWITCH,
                                            [FIELD_BYTE] = VALUE_BYTE};
    if (x->kind == FIELD_SIGN || (x->kind == FIELD_SWITCH && x->of)) return false;
    *to = (struct chip_field){"law", x->name,  kinds[x->kind], AT(params) + x->at,     x->lo,
                              x->hi, x->names, x->unit,        .optional = x->optional};
    to->is_unsigned = x->kind == FIELD_UNSIGNED;
    if (x->kind != FIELD_FORMAT) return true;
    for (const struct field *y = table; y->name; y++)
        if (y->of && y->of == x->at && y->kind == FIELD_SWITCH) to->there = AT(params) + y->at;
    const struct field *sign = field_sign(x);
    if (sign) to->sign = AT(params) + sign->at;
    return true;
}

enum { ROWS = 128 };

static int of_values(const struct physics *p, struct chip_field *row)
{
    for (int i = 0; i < p->n; i++) {
        const struct physics_value *v = &p->value[i];
        size_t at = AT(value) + (size_t)i * sizeof(double);
        row[i] = (struct chip_field){"neuron", v->name, VALUE_NUMBER,    at,
                                     v->lo,    v->hi,   .unit = v->unit, .per = 1};
    }
    return p->n;
}

static int of_spreads(const struct physics *p, struct chip_field *row)
{
    int n = 0;
    for (int i = 0; i < p->n; i++)
        for (int die = 0; die < 2 && p->value[i].varies; die++) {
            size_t at = AT(mismatch.value) + (size_t)i * sizeof(struct chip_variation);
            at += die ? offsetof(struct chip_variation, die) : 0;
            row[n++] = (struct chip_field){p->value[i].varies,
                                           die ? "die" : "local",
                                           VALUE_NUMBER,
                                           at,
                                           .hi = 1,
                                           .unit = "of the value",
                                           .per = 1};
        }
    return n;
}

// What a file has to say comes first.
static struct chip_family family_of(const struct physics *p, struct chip_field row[ROWS])
{
    const bool lif = p->kind == &lif_kind;
    const struct field *table = p->kind->parameter;
    int n = 0;
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        row[n++] = head[i];
    if (!lif) row[n++] = (struct chip_field){"", "family", VALUE_NOTE, 0, 1, 63};
    for (int optional_ones = 0; optional_ones < 2; optional_ones++)
        for (const struct field *x = table; x->name; x++)
            if (x->optional == optional_ones && of_law(table, x, &row[n])) n++;
    if (!lif) n += of_values(p, row + n);
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        if (rest[i].only && rest[i].only != p->kind) continue;
        if (!lif && !strcmp(rest[i].section, "mismatch")) n += of_spreads(p, row + n);
        row[n++] = rest[i];
    }
    return (struct chip_family){p->kind->name, row, n, optional};
}

// The law that a file says it is of, lif where it says nothing. NULL: it is none of those here.
static const struct physics *told(const struct yaml_file *y, struct fail *f)
{
    const char *family = yaml_text(y, "family");
    const struct law_kind *kind = family ? law_kind_of(family) : &lif_kind;
    const struct physics *p = kind ? physics_of(kind) : 0;
    char allowed[128] = "";
    for (const struct physics *const *at = all_physics; *at && !p; at++) {
        strcat(allowed, *allowed ? ", " : "");
        strcat(allowed, (*at)->kind->name);
    }
    if (!p)
        fail(f, "%s:%d: family, %.64s, allowed %s here", y->name, yaml_line(y, "family"), family,
             allowed);
    return p;
}

// Closes the file where it fails.
static int read_chip(struct chip *c, struct yaml_file *y, const char *const *set, int n,
                     struct fail *f)
{
    struct chip_field row[ROWS];
    const struct physics *p = told(y, f);
    memset(c, 0, sizeof *c);
    if (!p) {
        yaml_close(y);
        return -1;
    }
    const struct chip_family family = family_of(p, row);
    c->kind = p->kind;
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
    const struct chip_family family = family_of(physics_of(c->kind), row);
    return chip_fields_hash(&family, c, fnv(FNV_START, c->name, strlen(c->name) + 1));
}
