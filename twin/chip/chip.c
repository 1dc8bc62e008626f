// The chip file: one schema says which keys there are, a table what each value is and may be.
//
// The schema is used twice: yaml_check walks it over libyaml's document, which knows the line of
// every node; libcyaml, whose log names the line of the last field that was in order, then reads.
#include "twin/chip/chip.h"

#include "twin/chip/chip_schema.h"
#include "base/fnv.h"
#include "twin/io/memory_file.h"
#include "twin/io/yaml_check.h"
#include "twin/io/yaml_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What a value is, where it goes, and its range in the file's unit.
enum kind { NUMBER, INTEGER, BYTE, SWITCH, CHOICE, LIST, FORMAT_Q, FORMAT_UQ };

struct field {
    const char *path;
    size_t from; // struct chip_quantity in struct chip_file
    size_t to;   // in struct chip
    enum kind kind;
    double lo, hi;
    const char *choices; // SWITCH: "false|true" in this order; CHOICE: enumerators from 0
    const char *unit;    // NULL: none
    double scale;        // NUMBER: struct chip holds value·scale; LIST: the largest count
    size_t told;         // FORMAT, in struct chip, 0 = nowhere: a bool that says whether the format
                         // has a sign (FORMAT_UQ, which then may be Qm.n of 1..32 bits) or is there
};

#define AT(path, to) #path, offsetof(struct chip_file, path), offsetof(struct chip, to)
#define ROUNDS       "floor|nearest_even|toward_zero|ceiling|away_from_zero"
#define LEAKS        "none|exponential|shift|linear|shift_moves"
#define SPREADS(name, unit)                                                                        \
    {AT(mismatch.name.local, mismatch.name.local), NUMBER, 0, 1, 0, unit, 1},                      \
    {                                                                                              \
        AT(mismatch.name.die, mismatch.name.die), NUMBER, 0, 1, 0, unit, 1                         \
    }

static const struct field fields[] = {
    {AT(law.input, law.input), FORMAT_UQ, 1, 8, .told = offsetof(struct chip, law.input_signed)},
    {AT(law.weight, law.weight), FORMAT_Q, 2, 16, 0, 0, 0},
    {AT(law.membrane, law.membrane), FORMAT_Q, 4, 32, 0, 0, 0},
    {AT(law.leak, law.leak), FORMAT_UQ, 1, 16, .told = offsetof(struct chip, law.leak_signed)},
    {AT(law.round_current, law.round_current), CHOICE, 0, 0, ROUNDS, 0, 0},
    {AT(law.round_leak, law.round_leak), CHOICE, 0, 0, ROUNDS, 0, 0},
    {AT(law.leak_kind, law.leak_kind), CHOICE, 0, 0, LEAKS, 0, 0},
    {AT(law.clamp, law.wrap), SWITCH, 0, 0, "saturate|wrap", 0, 0},
    {AT(law.floor, law.floor_zero), SWITCH, 0, 0, "none|zero", 0, 0},
    {AT(law.fire, law.fire_gt), SWITCH, 0, 0, "ge|gt", 0, 0},
    {AT(law.reset, law.reset_subtract), SWITCH, 0, 0, "zero|subtract", 0, 0},
    {AT(law.order, law.integrate_first), SWITCH, 0, 0, "leak_first|integrate_first", 0, 0},
    {AT(law.refractory_ticks, law.refractory_ticks), BYTE, 0, 255, 0, "ticks", 0},
    {AT(law.currents, law.currents), BYTE, 0, LAW_MAX_CURRENTS, 0, 0, 0},
    {AT(law.current, law.current), FORMAT_Q, 4, 32, 0, 0, 0},
    {AT(law.decay_kind, law.decay_kind), CHOICE, 0, 0, LEAKS, 0, 0},
    {AT(law.round_decay, law.round_decay), CHOICE, 0, 0, ROUNDS, 0, 0},
    {AT(law.decay_order, law.decay_last), SWITCH, 0, 0, "decay_first|gather_first", 0, 0},
    {AT(law.saturation, law.saturate_each), SWITCH, 0, 0, "of_the_sum|after_each_source", 0, 0},
    {AT(law.saturate_sum, law.saturate_increment), SWITCH, 0, 0, "end|increment", 0, 0},
    {AT(law.gain, law.gain), FORMAT_Q, 2, 32, .told = offsetof(struct chip, law.has_gain)},
    {AT(law.rest, law.has_rest), SWITCH, 0, 0, "zero|words", 0, 0},
    {AT(law.refractory, law.refractory_hold), SWITCH, 0, 0, "leaks|holds", 0, 0},
    {AT(tick, tick_s), NUMBER, 0.001, 1000, 0, "ms", 1e-3},
    {AT(threshold, threshold), NUMBER, 1e-6, 8388607, 0, "membrane units", 1},
    {AT(tau, tau_s), NUMBER, 0.001, 1e6, 0, "ms", 1e-3},
    {AT(front_tau, front_tau_s), NUMBER, 0.001, 1e6, 0, "ms", 1e-3},
    {AT(tau_syn, tau_syn_s), NUMBER, 0.001, 1e6, 0, "ms", 1e-3},
    {AT(gain, gain), NUMBER, 1e-6, 2147483647, 0, 0, 1},
    {AT(rest, rest), NUMBER, -2147483648., 2147483647, 0, "membrane units", 1},
    {AT(reset, reset), NUMBER, -2147483648., 2147483647, 0, "membrane units", 1},
    {AT(weight.min, weight.min), NUMBER, -32768, 0, 0, "membrane units", 1},
    {AT(weight.max, weight.max), NUMBER, 0, 32767, 0, "membrane units", 1},
    {AT(weight.bits, weight.bits), INTEGER, 1, 12, 0, "bits", 0},
    {AT(weight.step, weight.step), NUMBER, 1e-9, 32767, 0, "membrane units", 1},
    {AT(weight.charges, weight.charges), LIST, -32768, 32767, 0, "membrane units", CHIP_LIST},
    {AT(weight.sign_block, weight.sign_block), INTEGER, 1, 4096, 0, "synapses", 0},
    {AT(weight.sign_axis, weight.sign_along_neurons), SWITCH, 0, 0, "sources|neurons", 0, 0},
    {AT(cores.neurons, cores.neurons), LIST, 1, 1e6, 0, "neurons", 16},
    {AT(cores.fan_in, cores.fan_in), INTEGER, 1, 1e6, 0, "sources", 0},
    {AT(power.spike, power.spike_j), NUMBER, 0, 1e6, 0, "pJ", 1e-12},
    {AT(power.front_spike, power.front_spike_j), NUMBER, 0, 1e6, 0, "pJ", 1e-12},
    {AT(power.front, power.front_w), NUMBER, 0, 1e9, 0, "nW", 1e-9},
    {AT(power.rest, power.static_w), NUMBER, 0, 1e9, 0, "nW", 1e-9},
    SPREADS(weight_gain, "of the weight"),
    SPREADS(weight_offset, "membrane units"),
    SPREADS(threshold, "of the threshold"),
    SPREADS(leak, "of the leak"),
    SPREADS(input_gain, "of the weight"),
    {AT(mismatch.front_end, mismatch.front_end), SWITCH, 0, 0, "false|true", 0, 0},
    {AT(jitter.sigma, jitter.sigma), NUMBER, 0, 0.2, 0, "of a tick", 1},
    {AT(jitter.acts_leak, jitter.acts_leak), SWITCH, 0, 0, "false|true", 0, 0},
    {AT(jitter.acts_edges, jitter.acts_edges), SWITCH, 0, 0, "false|true", 0, 0},
    {AT(faults.stuck_bits, faults.stuck_bits), NUMBER, 0, 0.5, 0, "of the weight bits", 1},
    {AT(faults.dead_neurons, faults.dead_neurons), NUMBER, 0, 0.5, 0, "of the neurons", 1},
    {AT(faults.bit_flips, faults.bit_flips), NUMBER, 0, 0.5, 0, "a neuron and tick", 1},
    {AT(frontend.rate, frontend.rate_hz), INTEGER, 1000, 768000, 0, "Hz", 0},
    {AT(frontend.filters, frontend.n_filters), INTEGER, 1, FRONTEND_MAX_FILTERS, 0, 0, 0},
    {AT(frontend.f_low, frontend.f_low_hz), NUMBER, 1, 384000, 0, "Hz", 1},
    {AT(frontend.f_high, frontend.f_high_hz), NUMBER, 1, 384000, 0, "Hz", 1},
    {AT(frontend.bandwidth, frontend.bandwidth), NUMBER, 0.1, 4, 0,
     "of the distance to the neighbours", 1},
    {AT(frontend.hop, frontend.hop_samples), INTEGER, 1, 16, 0, "samples", 0},
    {AT(frontend.floor_bits, frontend.floor_bits), INTEGER, 0, 24, 0, "log2 of a bin sum", 0},
    {AT(frontend.adapt_shift, frontend.adapt_shift), INTEGER, 0, 12, 0, "log2 of ticks", 0},
    {AT(frontend.gain, frontend.gain), INTEGER, 1, 255, 0, "1/16", 0},
};

// "Qm.n" or "UQm.n", m and n of one or two digits.
static bool parse_format(const char *text, const char *prefix, struct law_format *out)
{
    static const char digits[] = "0123456789";
    size_t skip = strlen(prefix);
    if (strncmp(text, prefix, skip)) return false;
    const char *m = text + skip, *n = m + strspn(m, digits) + 1;
    if (n - m < 2 || n - m > 3 || n[-1] != '.') return false;
    size_t size = strspn(n, digits);
    if (size < 1 || size > 2 || n[size]) return false;
    *out = (struct law_format){(int8_t)atoi(m), (int8_t)atoi(n)};
    return true;
}

static int choice_of(const char *text, const char *choices)
{
    size_t size = strlen(text);
    for (int i = 0; *choices; i++) {
        size_t n = strcspn(choices, "|");
        if (n == size && memcmp(choices, text, n) == 0) return i;
        choices += n + (choices[n] == '|');
    }
    return -1;
}

// Numbers with blanks between them, each within lo..hi.
static bool take_list(const struct field *x, const char *text, struct chip_list *out)
{
    if (text[strspn(text, "+-.0123456789eE ")]) return false;
    for (out->n = 0; *(text += strspn(text, " ")); out->n++) {
        char *end;
        double value = strtod(text, &end);
        if (out->n >= (int)x->scale || end == text || (*end && *end != ' ') ||
            !(value >= x->lo && value <= x->hi))
            return false;
        out->x[out->n] = value;
        text = end;
    }
    return out->n > 0;
}

// Parses one value into the chip. False: it is not of its kind or out of its range.
static bool take(const struct field *x, const char *text, struct chip *c)
{
    char *end;
    void *to = (char *)c + x->to;
    struct law_format format;
    if (x->kind == FORMAT_Q || x->kind == FORMAT_UQ) {
        bool *told = x->told ? (bool *)((char *)c + x->told) : 0;
        bool sign = x->kind == FORMAT_Q || (told && *text == 'Q');
        if (!parse_format(text, sign ? "Q" : "UQ", &format)) return false;
        double hi = sign && x->kind == FORMAT_UQ ? 32 : x->hi;
        if (law_bits(format) < x->lo || law_bits(format) > hi) return false;
        *(struct law_format *)to = format;
        if (told) *told = sign;
        return true;
    }
    if (x->kind == SWITCH || x->kind == CHOICE) {
        int i = choice_of(text, x->choices);
        if (i < 0) return false;
        if (x->kind == SWITCH)
            *(bool *)to = i;
        else
            *(unsigned *)to = (unsigned)i; // an enum of fx.h or law.h
        return true;
    }
    if (x->kind == LIST) return take_list(x, text, to);
    if (text[strspn(text, "+-.0123456789eE")]) return false; // strtod takes hex, nan and blanks too
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= x->lo && value <= x->hi)) return false;
    if (x->kind != NUMBER && value != floor(value)) return false;
    if (x->kind == NUMBER) *(double *)to = value * x->scale;
    if (x->kind == INTEGER) *(int *)to = (int)value;
    if (x->kind == BYTE) *(uint8_t *)to = (uint8_t)value;
    return true;
}
_Static_assert(sizeof(enum fx_round) == sizeof(unsigned) &&
                   sizeof(enum law_leak) == sizeof(unsigned),
               "a CHOICE is stored as an unsigned");

static int take_all(struct chip *c, const struct chip_file *raw, const char *path, struct fail *f)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct field *x = &fields[i];
        const struct chip_quantity *q = (const void *)((const char *)raw + x->from);
        if (!q->value) continue; // an optional one
        int line = yaml_line_of(path, x->path, "value");
        if (!take(x, q->value, c)) {
            if (x->choices)
                return fail(f, "%s:%d: %s, %s, allowed %s", path, line, x->path, q->value,
                            x->choices);
            if (x->kind == FORMAT_Q || x->kind == FORMAT_UQ)
                return fail(f, "%s:%d: %s, %s, allowed %sm.n with m + n = %g..%g%s", path, line,
                            x->path, q->value, x->kind == FORMAT_Q ? "Q" : "UQ", x->lo, x->hi,
                            x->kind == FORMAT_UQ ? ", or Qm.n with 1..32" : "");
            if (x->kind == LIST)
                return fail(f, "%s:%d: %s, %s, allowed 1..%g numbers of %.10g..%.10g %s", path,
                            line, x->path, q->value, x->scale, x->lo, x->hi, x->unit);
            return fail(f, "%s:%d: %s, %s, allowed %s%.10g..%.10g%s%s", path, line, x->path,
                        q->value, x->kind == NUMBER ? "" : "whole numbers ", x->lo, x->hi,
                        x->unit ? " " : "", x->unit ? x->unit : "");
        }
        if (q->unit) line = yaml_line_of(path, x->path, "unit");
        if (strcmp(x->unit ? x->unit : "", q->unit ? q->unit : ""))
            return fail(f, "%s:%d: %s, unit %s, allowed %s", path, line, x->path,
                        q->unit ? q->unit : "missing", x->unit ? x->unit : "none");
    }
    return 0;
}

int chip_load(struct chip *c, const char *path, struct fail *f)
{
    cyaml_config_t config = {.mem_fn = cyaml_mem, .flags = CYAML_CFG_DEFAULT};
    struct chip_file *raw = 0;
    memset(c, 0, sizeof *c);
    if (chip_family_check(path, "lif", f) || yaml_check(path, &chip_schema, f)) return -1;
    cyaml_err_t bad = cyaml_load_file(path, &config, &chip_schema, (cyaml_data_t **)&raw, 0);
    if (bad) return fail(f, "%s: %s", path, cyaml_strerror(bad));
    memcpy(c->name, raw->name, strlen(raw->name));
    int failed = take_all(c, raw, path, f) || chip_check(c, raw, path, f);
    cyaml_free(&config, &chip_schema, raw, 0);
    return failed ? -1 : 0;
}

int chip_load_text(struct chip *c, const char *text, const char *name, struct fail *f)
{
    struct memory_file file;
    struct fail why = {""};
    if (memory_file_open(&file, text, &why)) return fail(f, "%s: %s", name, why.text);
    int bad = chip_load(c, file.path, &why);
    if (bad) memory_file_fail(&file, name, &why, f);
    memory_file_close(&file);
    return bad;
}

// A value of the chip as it goes into the hash, (CHIP_LIST); returns how many there are, 0: the
// value that an absent field has.
static int hashed(const struct field *x, const struct chip *c, double *value)
{
    const void *at = (const char *)c + x->to;
    const struct law_format *format = at;
    const struct chip_list *list = at;
    if (x->kind == LIST) {
        memcpy(value, list->x, (size_t)list->n * sizeof *value);
        return list->n;
    }
    if (x->kind == FORMAT_Q || x->kind == FORMAT_UQ) {
        value[0] = format->int_bits;
        value[1] = format->frac_bits;
        value[2] = x->told && *(const bool *)((const char *)c + x->told);
        return value[0] != 0 || value[1] != 0 || value[2] != 0 ? 3 : 0;
    }
    if (x->kind == NUMBER) *value = *(const double *)at;
    if (x->kind == INTEGER) *value = *(const int *)at;
    if (x->kind == CHOICE) *value = *(const unsigned *)at;
    if (x->kind == BYTE) *value = *(const uint8_t *)at;
    if (x->kind == SWITCH) *value = *(const bool *)at;
    return *value != 0;
}

uint64_t chip_hash(const struct chip *c)
{
    uint64_t h = fnv(FNV_START, c->name, strlen(c->name) + 1);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        double value[CHIP_LIST] = {0};
        int n = hashed(&fields[i], c, value);
        if (!n) continue;
        h = fnv(h, fields[i].path, strlen(fields[i].path) + 1);
        h = fnv(h, value, (size_t)n * sizeof *value);
    }
    return h;
}
