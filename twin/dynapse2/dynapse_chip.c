#include "twin/dynapse2/dynapse_chip.h"

#include "base/fnv.h"

#include "twin/dynapse2/dynapse_schema.h"
#include "twin/io/memory_file.h"
#include "twin/io/yaml_check.h"
#include "twin/io/yaml_lines.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const dpi_circuit_names[DPI_CIRCUIT_VALUES] = {
    "Idc",    "If_nmda", "Igain_ahp", "Igain_mem",   "Igain_syn", "Ipulse_ahp",
    "Ipulse", "Iref",    "Ispkthr",   "Itau_ahp",    "Itau_mem",  "Itau_syn",
    "Iw_ahp", "C_ahp",   "C_syn",     "C_pulse_ahp", "C_pulse",   "C_ref",
    "C_mem",  "Io",      "kappa_n",   "kappa_p",     "Ut",        "Vth"};

// What the file says of times and gains, from which the nominal currents follow.
struct dynapse_times {
    double tau_mem, tau_syn, tau_ahp, t_ref, t_pulse, t_pulse_ahp; // s
    double gain_mem, gain_syn, gain_ahp;                           // of Itau
};

struct reading {
    struct dynapse_chip chip;
    struct dynapse_times time;
};

// A number of the file: where it goes, its range in the file's unit, and the unit.
struct field {
    const char *path;
    size_t from; // struct chip_quantity in struct dynapse_file
    size_t to;   // in struct reading
    double lo, hi;
    const char *unit; // NULL: none
    double per;       // struct reading holds value/per (a power of ten: one rounding); 0: an int
};

#define FROM(path)   #path, offsetof(struct dynapse_file, path)
#define CHIP(member) offsetof(struct reading, chip.member)
#define TIME(member) offsetof(struct reading, time.member)
#define LIMIT(x, hi)                                                                               \
    {                                                                                              \
        FROM(limits.x), CHIP(limits.x), 1, hi, 0, 0                                                \
    }
#define FARAD(x)                                                                                   \
    {                                                                                              \
        FROM(capacitance.x), CHIP(nominal.x), 1e-3, 1e6, "pF", 1e12                                \
    }
#define CURRENT(x, lo, unit, per)                                                                  \
    {                                                                                              \
        FROM(current.x), CHIP(nominal.x), lo, 1e9, unit, per                                       \
    }
#define IW(i)                                                                                      \
    {                                                                                              \
        FROM(weight.Iw_##i), CHIP(Iw[i]), 0, 1e6, "nA", 1e9                                        \
    }
#define FULL(t, row, i)                                                                            \
    {                                                                                              \
        FROM(bias.full_scale.t.coarse_##i), CHIP(bias.full_scale[row][i]), 1e-3, 1e9, "pA", 1e12   \
    }
#define SCALE(x)                                                                                   \
    {                                                                                              \
        FROM(bias.scale.x), CHIP(bias.scale[DYNAPSE_##x]), 1e-3, 1e3, 0, 1                         \
    }
#define CV(x)                                                                                      \
    {                                                                                              \
        FROM(mismatch.circuit.x), CHIP(cv.circuit.x), 0, 1, "of the value", 1                      \
    }

static const struct field fields[] = {
    LIMIT(chips, 64),
    LIMIT(cores, 16),
    LIMIT(neurons, 4096),
    LIMIT(cam_entries, 4096),
    LIMIT(destinations, 64),
    {FROM(limits.monitor_destinations), CHIP(limits.monitor_destinations), 0, 64, 0, 0},
    LIMIT(tags, 65536),
    {FROM(tick), CHIP(dt), 1e-3, 1000, "ms", 1e3},
    FARAD(C_ahp),
    FARAD(C_syn),
    FARAD(C_pulse_ahp),
    FARAD(C_pulse),
    FARAD(C_ref),
    FARAD(C_mem),
    {FROM(process.Io), CHIP(nominal.Io), 1e-6, 1e6, "pA", 1e12},
    {FROM(process.kappa_n), CHIP(nominal.kappa_n), 0.01, 1, 0, 1},
    {FROM(process.kappa_p), CHIP(nominal.kappa_p), 0.01, 1, 0, 1},
    {FROM(process.Ut), CHIP(nominal.Ut), 1, 100, "mV", 1e3},
    {FROM(process.Vth), CHIP(nominal.Vth), 0.01, 10, "V", 1},
    {FROM(time.tau_mem), TIME(tau_mem), 1e-3, 1e6, "ms", 1e3},
    {FROM(time.tau_syn), TIME(tau_syn), 1e-3, 1e6, "ms", 1e3},
    {FROM(time.tau_ahp), TIME(tau_ahp), 1e-3, 1e6, "ms", 1e3},
    {FROM(time.t_ref), TIME(t_ref), 1e-6, 1e6, "ms", 1e3},
    {FROM(time.t_pulse), TIME(t_pulse), 1e-3, 1e9, "us", 1e6},
    {FROM(time.t_pulse_ahp), TIME(t_pulse_ahp), 1e-3, 1e9, "us", 1e6},
    {FROM(gain.mem), TIME(gain_mem), 0, 1e6, "of Itau", 1},
    {FROM(gain.syn), TIME(gain_syn), 0, 1e6, "of Itau", 1},
    {FROM(gain.ahp), TIME(gain_ahp), 0, 1e6, "of Itau", 1},
    CURRENT(Idc, 0, "pA", 1e12),
    CURRENT(If_nmda, 0, "pA", 1e12),
    CURRENT(Ispkthr, 1e-6, "nA", 1e9),
    CURRENT(Iw_ahp, 0, "pA", 1e12),
    {FROM(weight.Iscale), CHIP(Iscale), 1e-6, 1e6, "nA", 1e9},
    IW(0),
    IW(1),
    IW(2),
    IW(3),
    {FROM(bias.fine_codes), CHIP(bias.fine_codes), 2, 65536, 0, 0},
    FULL(N, 0, 0),
    FULL(N, 0, 1),
    FULL(N, 0, 2),
    FULL(N, 0, 3),
    FULL(N, 0, 4),
    FULL(N, 0, 5),
    FULL(P, 1, 0),
    FULL(P, 1, 1),
    FULL(P, 1, 2),
    FULL(P, 1, 3),
    FULL(P, 1, 4),
    FULL(P, 1, 5),
    SCALE(SOIF_DC_P),
    SCALE(DENM_NMREV_N),
    SCALE(SOAD_GAIN_P),
    SCALE(SOIF_GAIN_N),
    SCALE(DEAM_EGAIN_P),
    SCALE(DEGA_IGAIN_P),
    SCALE(SOAD_PWTAU_N),
    SCALE(SYPD_EXT_N),
    SCALE(SOIF_REFR_N),
    SCALE(SOIF_SPKTHR_P),
    SCALE(SOAD_TAU_P),
    SCALE(SOIF_LEAK_N),
    SCALE(DEAM_ETAU_P),
    SCALE(DEGA_ITAU_P),
    SCALE(SOAD_W_N),
    SCALE(SYAM_W0_P),
    SCALE(SYAM_W1_P),
    SCALE(SYAM_W2_P),
    SCALE(SYAM_W3_P),
    CV(Idc),
    CV(If_nmda),
    CV(Igain_ahp),
    CV(Igain_mem),
    CV(Igain_syn),
    CV(Ipulse_ahp),
    CV(Ipulse),
    CV(Iref),
    CV(Ispkthr),
    CV(Itau_ahp),
    CV(Itau_mem),
    CV(Itau_syn),
    CV(Iw_ahp),
    CV(C_ahp),
    CV(C_syn),
    CV(C_pulse_ahp),
    CV(C_pulse),
    CV(C_ref),
    CV(C_mem),
    CV(Io),
    CV(kappa_n),
    CV(kappa_p),
    CV(Ut),
    CV(Vth),
    {FROM(mismatch.weight), CHIP(cv.weight), 0, 1, "of the value", 1},
};

// Decimal text only: strtod takes hex, nan and blanks too.
static bool take(const struct field *x, const char *text, struct reading *r)
{
    char *end;
    void *to = (char *)r + x->to;
    if (text[strspn(text, "+-.0123456789eE")]) return false;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= x->lo && value <= x->hi)) return false;
    if (!x->per && value != floor(value)) return false;
    if (x->per)
        *(double *)to = value / x->per;
    else
        *(int *)to = (int)value;
    return true;
}

static int take_all(struct reading *r, const struct dynapse_file *raw, const char *path,
                    struct fail *f)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct field *x = &fields[i];
        const struct chip_quantity *q = (const void *)((const char *)raw + x->from);
        if (!take(x, q->value, r))
            return fail(f, "%s:%d: %s, %s, allowed %s%.10g..%.10g%s%s", path,
                        yaml_line_of(path, x->path, "value"), x->path, q->value,
                        x->per ? "" : "whole numbers ", x->lo, x->hi, x->unit ? " " : "",
                        x->unit ? x->unit : "");
        if (strcmp(x->unit ? x->unit : "", q->unit ? q->unit : ""))
            return fail(f, "%s:%d: %s, unit %s, allowed %s", path,
                        yaml_line_of(path, x->path, q->unit ? "unit" : "value"), x->path,
                        q->unit ? q->unit : "missing", x->unit ? x->unit : "none");
    }
    return 0;
}

// Rockpool's formulas: Itau = (Ut/κ)·C/τ with κ = (κn + κp)/2, Igain = gain·Itau, I = Vth·C/t.
static void derive(struct dpi_circuit *n, const struct dynapse_times *t)
{
    double Ut_kappa = n->Ut / ((n->kappa_p + n->kappa_n) / 2);
    n->Itau_mem = Ut_kappa * n->C_mem / t->tau_mem;
    n->Itau_syn = Ut_kappa * n->C_syn / t->tau_syn;
    n->Itau_ahp = Ut_kappa * n->C_ahp / t->tau_ahp;
    n->Igain_mem = n->Itau_mem * t->gain_mem;
    n->Igain_syn = n->Itau_syn * t->gain_syn;
    n->Igain_ahp = n->Itau_ahp * t->gain_ahp;
    n->Iref = n->Vth * n->C_ref / t->t_ref;
    n->Ipulse = n->Vth * n->C_pulse / t->t_pulse;
    n->Ipulse_ahp = n->Vth * n->C_pulse_ahp / t->t_pulse_ahp;
}

static int check_rules(const struct dynapse_chip *c, const char *path, struct fail *f)
{
    if (c->limits.monitor_destinations > c->limits.destinations)
        return fail(f, "%s:%d: limits.monitor_destinations, %d, allowed up to %d (destinations)",
                    path, yaml_line_of(path, "limits.monitor_destinations", "value"),
                    c->limits.monitor_destinations, c->limits.destinations);
    for (int t = 0; t < 2; t++)
        for (int i = 1; i < DYNAPSE_COARSE; i++) {
            char name[48];
            snprintf(name, sizeof name, "bias.full_scale.%c.coarse_%d", "NP"[t], i);
            if (!(c->bias.full_scale[t][i] > c->bias.full_scale[t][i - 1]))
                return fail(f, "%s:%d: %s, %g, allowed above coarse_%d", path,
                            yaml_line_of(path, name, "value"), name,
                            c->bias.full_scale[t][i] * 1e12, i - 1);
        }
    return 0;
}

int dynapse_chip_load(struct dynapse_chip *c, const char *path, struct fail *f)
{
    cyaml_config_t config = {.mem_fn = cyaml_mem, .flags = CYAML_CFG_DEFAULT};
    struct dynapse_file *raw = 0;
    struct reading r;
    memset(&r, 0, sizeof r);
    memset(c, 0, sizeof *c);
    if (chip_family_check(path, "dpi", f) || yaml_check(path, &dynapse_schema, f)) return -1;
    cyaml_err_t bad = cyaml_load_file(path, &config, &dynapse_schema, (cyaml_data_t **)&raw, 0);
    if (bad) return fail(f, "%s: %s", path, cyaml_strerror(bad));
    memcpy(r.chip.name, raw->name, strlen(raw->name));
    int failed = strchr(raw->name, '/')
                     ? fail(f, "%s:%d: name, %s, allowed without /", path,
                            yaml_line_of(path, "name", ""), raw->name)
                     : take_all(&r, raw, path, f) || check_rules(&r.chip, path, f);
    cyaml_free(&config, &dynapse_schema, raw, 0);
    if (failed) return -1;
    derive(&r.chip.nominal, &r.time);
    memcpy(c, &r.chip, sizeof *c); // with its padding, for the hash
    return 0;
}

int dynapse_chip_load_text(struct dynapse_chip *c, const char *text, const char *name,
                           struct fail *f)
{
    struct memory_file file;
    struct fail why = {""};
    if (memory_file_open(&file, text, &why)) return fail(f, "%s: %s", name, why.text);
    int bad = dynapse_chip_load(c, file.path, &why);
    if (bad) memory_file_fail(&file, name, &why, f);
    memory_file_close(&file);
    return bad;
}

uint64_t dynapse_chip_hash(const struct dynapse_chip *c)
{
    return fnv(FNV_START, c, sizeof *c);
}
