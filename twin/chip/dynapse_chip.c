#include "twin/chip/dynapse_chip.h"

#include "base/fnv.h"

#include "twin/chip/chip_fields.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME(name, may_be_zero, what) #name,
const char *const dpi_circuit_names[DPI_CIRCUIT_VALUES] = {DPI_CIRCUIT(NAME)};

// What the file says of times and gains, from which the nominal currents follow.
struct dynapse_times {
    double tau_mem, tau_syn, tau_ahp, t_ref, t_pulse, t_pulse_ahp; // s
    double gain_mem, gain_syn, gain_ahp;                           // of Itau
};

struct reading {
    struct dynapse_chip chip;
    struct dynapse_times time;
};

#define CHIP(member) offsetof(struct reading, chip.member)
#define TIME(member) offsetof(struct reading, time.member)
#define NUMBER(section, name, to, lo, hi, of, scale)                                               \
    {                                                                                              \
        section, name, VALUE_NUMBER, to, lo, hi, .unit = of, .per = scale                          \
    }
#define WHOLE(section, name, to, lo, hi)                                                           \
    {                                                                                              \
        section, name, VALUE_WHOLE, to, lo, hi                                                     \
    }
#define LIMIT(x, hi)              WHOLE("limits", #x, CHIP(limits.x), 1, hi)
#define FARAD(x)                  NUMBER("capacitance", #x, CHIP(nominal.x), 1e-3, 1e6, "pF", 1e12)
#define CURRENT(x, lo, unit, per) NUMBER("current", #x, CHIP(nominal.x), lo, 1e9, unit, per)
#define IW(i)                     NUMBER("weight", "Iw_" #i, CHIP(Iw[i]), 0, 1e6, "nA", 1e9)
#define FULL(t, row, i)                                                                            \
    NUMBER("bias.full_scale." #t, "coarse_" #i, CHIP(bias.full_scale[row][i]), 1e-3, 1e9, "pA",    \
           1e12)
#define SCALE(x) NUMBER("bias.scale", #x, CHIP(bias.scale[DYNAPSE_##x]), 1e-3, 1e3, 0, 1)
#define CV(x, may_be_zero, what)                                                                   \
    NUMBER("mismatch.circuit", #x, CHIP(cv.circuit.x), 0, 1, "of the value", 1),

// clang-format off
static const struct chip_field fields[] = {
    {"", "name", VALUE_TEXT, CHIP(name), 1, 63},
    {"", "family", VALUE_NOTE, 0, 1, 16},
    {"", "description", VALUE_NOTE, 0, 1, 1000},
    LIMIT(chips, 64),
    LIMIT(cores, 16),
    LIMIT(neurons, 4096),
    LIMIT(cam_entries, 4096),
    LIMIT(destinations, 64),
    WHOLE("limits", "monitor_destinations", CHIP(limits.monitor_destinations), 0, 64),
    LIMIT(tags, 65536),
    NUMBER("", "tick", CHIP(dt), 1e-3, 1000, "ms", 1e3),
    FARAD(C_ahp),
    FARAD(C_syn),
    FARAD(C_pulse_ahp),
    FARAD(C_pulse),
    FARAD(C_ref),
    FARAD(C_mem),
    NUMBER("process", "Io", CHIP(nominal.Io), 1e-6, 1e6, "pA", 1e12),
    NUMBER("process", "kappa_n", CHIP(nominal.kappa_n), 0.01, 1, 0, 1),
    NUMBER("process", "kappa_p", CHIP(nominal.kappa_p), 0.01, 1, 0, 1),
    NUMBER("process", "Ut", CHIP(nominal.Ut), 1, 100, "mV", 1e3),
    NUMBER("process", "Vth", CHIP(nominal.Vth), 0.01, 10, "V", 1),
    NUMBER("time", "tau_mem", TIME(tau_mem), 1e-3, 1e6, "ms", 1e3),
    NUMBER("time", "tau_syn", TIME(tau_syn), 1e-3, 1e6, "ms", 1e3),
    NUMBER("time", "tau_ahp", TIME(tau_ahp), 1e-3, 1e6, "ms", 1e3),
    NUMBER("time", "t_ref", TIME(t_ref), 1e-6, 1e6, "ms", 1e3),
    NUMBER("time", "t_pulse", TIME(t_pulse), 1e-3, 1e9, "us", 1e6),
    NUMBER("time", "t_pulse_ahp", TIME(t_pulse_ahp), 1e-3, 1e9, "us", 1e6),
    NUMBER("gain", "mem", TIME(gain_mem), 0, 1e6, "of Itau", 1),
    NUMBER("gain", "syn", TIME(gain_syn), 0, 1e6, "of Itau", 1),
    NUMBER("gain", "ahp", TIME(gain_ahp), 0, 1e6, "of Itau", 1),
    CURRENT(Idc, 0, "pA", 1e12),
    CURRENT(If_nmda, 0, "pA", 1e12),
    CURRENT(Ispkthr, 1e-6, "nA", 1e9),
    CURRENT(Iw_ahp, 0, "pA", 1e12),
    NUMBER("weight", "Iscale", CHIP(Iscale), 1e-6, 1e6, "nA", 1e9),
    IW(0),
    IW(1),
    IW(2),
    IW(3),
    WHOLE("bias", "fine_codes", CHIP(bias.fine_codes), 2, 65536),
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
    DPI_CIRCUIT(CV)
    NUMBER("mismatch", "weight", CHIP(cv.weight), 0, 1, "of the value", 1),
};
// clang-format on
static const char *const optional[] = {0};
static const struct chip_family family = {"dpi", fields, sizeof fields / sizeof *fields, optional};

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

static int check_rules(const struct dynapse_chip *c, const struct yaml_file *y, struct fail *f)
{
    if (c->limits.monitor_destinations > c->limits.destinations)
        return chip_fields_refuse(y, "limits.monitor_destinations", f,
                                  "%d, allowed up to %d (destinations)",
                                  c->limits.monitor_destinations, c->limits.destinations);
    for (int t = 0; t < 2; t++)
        for (int i = 1; i < DYNAPSE_COARSE; i++) {
            char path[48];
            snprintf(path, sizeof path, "bias.full_scale.%c.coarse_%d", "NP"[t], i);
            if (!(c->bias.full_scale[t][i] > c->bias.full_scale[t][i - 1]))
                return chip_fields_refuse(y, path, f, "%g, allowed above coarse_%d",
                                          c->bias.full_scale[t][i] * 1e12, i - 1);
        }
    return 0;
}

// Closes the file where it fails.
static int read_chip(struct dynapse_chip *c, struct yaml_file *y, const char *const *set, int n,
                     struct fail *f)
{
    struct reading r;
    memset(&r, 0, sizeof r);
    memset(c, 0, sizeof *c);
    if (chip_fields_set(y, &family, set, n, f) || chip_fields_read(y, &family, &r, f) ||
        check_rules(&r.chip, y, f)) {
        yaml_close(y);
        return -1;
    }
    derive(&r.chip.nominal, &r.time);
    memcpy(c, &r.chip, sizeof *c); // with its padding, for the hash
    return 0;
}

int dynapse_chip_load_text(struct dynapse_chip *c, const char *text, const char *name,
                           struct fail *f)
{
    struct yaml_file y;
    if (yaml_open(&y, text, name, f) || read_chip(c, &y, 0, 0, f)) return -1;
    yaml_close(&y);
    return 0;
}

char *dynapse_chip_change(const char *text, const char *name, const char *const *set, int n,
                          struct fail *f)
{
    struct yaml_file y;
    struct dynapse_chip c;
    if (yaml_open(&y, text, name, f) || read_chip(&c, &y, set, n, f)) return 0;
    return yaml_write(&y, f);
}

int dynapse_chip_load(struct dynapse_chip *c, const char *path, struct fail *f)
{
    char *text = yaml_read(path, f);
    int failed = !text || dynapse_chip_load_text(c, text, path, f);
    free(text);
    return failed ? -1 : 0;
}

uint64_t dynapse_chip_hash(const struct dynapse_chip *c)
{
    return fnv(FNV_START, c, sizeof *c);
}
