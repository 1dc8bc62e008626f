#include "twin/dpi/dpi_words.h"

#include "base/basic_math.h"

#include <stdlib.h>
#include <string.h>

bool dpi_circuit_sound(const struct dpi_circuit *c, struct dpi_circuit_wrong *wrong)
{
    const struct {
        const char *name;
        double value;
        bool may_be_zero;
    } list[DPI_CIRCUIT_VALUES] = {
#define VALUE(name, may_be_zero, what) {#name, c->name, may_be_zero},
        DPI_CIRCUIT(VALUE)
#undef VALUE
    };
    for (int i = 0; i < DPI_CIRCUIT_VALUES; i++) {
        bool fits = list[i].may_be_zero ? list[i].value >= 0 : list[i].value > 0;
        if (fits && list[i].value <= DPI_CIRCUIT_MOST) continue;
        *wrong = (struct dpi_circuit_wrong){list[i].name, list[i].value, list[i].may_be_zero};
        return false;
    }
    return true;
}

int dpi_circuit_check(const struct dpi_circuit *c, struct fail *f)
{
    struct dpi_circuit_wrong w;
    if (dpi_circuit_sound(c, &w)) return 0;
    return fail(f, "%s: %g, allowed: %s and finite", w.name, w.value,
                w.value > DPI_CIRCUIT_MOST ? "up to 1e12"
                : w.may_be_zero            ? "0 or more"
                                           : "more than 0");
}

// x to nearest, held to lo..hi.
static int64_t word(double x, int64_t lo, int64_t hi, const char *name, struct dpi_clamped *clamped)
{
    double y = nearbyint(x);
    if (y >= (double)lo && y <= (double)hi) return (int64_t)y;
    if (!clamped->words++) clamped->first = name;
    return y > (double)hi ? hi : lo;
}

void dpi_words_tables(const struct dpi_law *law, struct dpi_tables *t)
{
    const double ln2 = 0.6931471805599453;
    int n = (int)fx_shl(1, law->table_bits);
    double one = ldexp(1, law->log_frac);
    memset(t, 0, sizeof *t);
    for (int i = 0; i <= n; i++) {
        double x = ldexp(i, -law->table_bits);
        t->log2[i] = (int32_t)nearbyint(one * basic_log(1 + x) / ln2);
        t->exp2[i] = (int32_t)nearbyint(one * basic_exp(x * ln2));
    }
    t->efold = (int32_t)nearbyint(one / ln2);
}

static double kappa(const struct dpi_circuit *c)
{
    return (c->kappa_n + c->kappa_p) / 2;
}

// x / τ of a DPI whose leak is itau.
static double over_tau(const struct dpi_circuit *c, double x, double itau, double capacitance)
{
    return x * (kappa(c) * fmax(itau, c->Io)) / (c->Ut * capacitance);
}

// 1 − e^(−t/τ) of a pulse.
static double kick(const struct dpi_circuit *c, double pulse_c, double pulse_i, double itau,
                   double capacitance)
{
    return -basic_expm1(-over_tau(c, c->Vth * pulse_c / pulse_i, itau, capacitance));
}

static double kick_syn(const struct dpi_circuit *c)
{
    return kick(c, c->C_pulse, c->Ipulse, c->Itau_syn, c->C_syn);
}

double dpi_words_charge(const struct dpi_circuit *c)
{
    return kick_syn(c) * (fmax(c->Igain_syn, c->Io) / fmax(c->Itau_syn, c->Io));
}

int32_t dpi_words_weight(const struct dpi_law *law, const struct dpi_scale *scale, double charge,
                         double iw, struct dpi_clamped *clamped)
{
    int bits = law_bits(law->weight);
    return (int32_t)word(ldexp(charge * iw / scale->unit, law->weight.frac_bits), fx_min(bits),
                         fx_max(bits), "weight", clamped);
}

// Ticks that a timer set to t_ref takes to 0 in steps of dt, as Rockpool's float64 counts them:
// what rounding leaves of the last step blocks a tick more.
static double period(double t_ref, double dt)
{
    double n = 0;
    if (!(t_ref / dt <= UINT16_MAX)) return INFINITY;
    for (; t_ref > 0; n++)
        t_ref -= dt;
    return n;
}

void dpi_words_neuron(const struct dpi_law *law, const struct dpi_scale *scale,
                      const struct dpi_circuit *c, struct dpi_neuron *n,
                      struct dpi_clamped *clamped)
{
    const double ln2 = 0.6931471805599453;
    int64_t top = dpi_current_max(law), factor_top = fx_umax(law->factor_frac);
    int64_t gain_top = fx_umax(law_bits(law->gain)), log_top = fx_max(7 + law->log_frac);
    double per_a = ldexp(1, law->current.frac_bits) / scale->unit; // LSB of current in an A
    double factor = ldexp(1, law->factor_frac), log = ldexp(1, law->log_frac) / ln2;
    double itau = fmax(c->Itau_mem, c->Io), igain = fmax(c->Igain_mem, c->Io);
    double ahp_gain = fmax(c->Igain_ahp, c->Io) / fmax(c->Itau_ahp, c->Io) * c->Iw_ahp;
    double gain =
        ldexp(scale->unit * scale->dt * kappa(c) / (c->Ut * c->C_mem), law->gain.frac_bits);
    *n = (struct dpi_neuron){
        .io = word(c->Io * per_a, 1, top, "io", clamped),
        .idc = word(c->Idc * per_a, 0, top, "idc", clamped),
        .itau = word(itau * per_a, 1, top, "itau", clamped),
        .igain = word(igain * per_a, 1, top, "igain", clamped),
        .jump =
            word(kick(c, c->C_pulse_ahp, c->Ipulse_ahp, c->Itau_ahp, c->C_ahp) * ahp_gain * per_a,
                 0, top, "jump", clamped),
        .decay_ahp =
            (int32_t)word(factor * basic_exp(-over_tau(c, scale->dt, c->Itau_ahp, c->C_ahp)), 0,
                          factor_top, "decay_ahp", clamped),
        .alpha =
            (int32_t)word(factor * (kappa(c) / (kappa(c) + 1)), 0, factor_top, "alpha", clamped),
        .gain = word(gain, 0, gain_top, "gain", clamped),
        .gain_tau = word(gain * (scale->unit / itau), 0, gain_top, "gain_tau", clamped),
        .log_io = (int32_t)word(log * basic_log(c->Io * per_a), 0, log_top, "log_io", clamped),
        .log_gain = (int32_t)word(log * basic_log(igain * per_a), 0, log_top, "log_gain", clamped),
        .theta =
            (int32_t)word(log * basic_log(c->Ispkthr / c->Io), -log_top, log_top, "theta", clamped),
        .period = (int32_t)word(period(c->Vth * c->C_ref / c->Iref, scale->dt), 0, UINT16_MAX,
                                "period", clamped)};
    double decay = factor * basic_exp(-over_tau(c, scale->dt, c->Itau_syn, c->C_syn));
    for (int i = 0; i < 2; i++) {
        n->decay[i] = (int32_t)word(decay, 0, factor_top, "decay", clamped);
        n->floor[i] = word(kick_syn(c) * c->Io * per_a, 0, top, "floor", clamped);
    }
}

struct dpi_image *dpi_image_new(const struct dpi_law *law, const struct dpi_image *sizes)
{
    size_t neurons = (size_t)dpi_image_neurons(sizes), words = 0;
    for (int l = 0; l < sizes->n_layers; l++)
        words += (size_t)dpi_sources(&sizes->layer[l]) * (size_t)sizes->layer[l].n_out;
    size_t bytes = sizeof(struct dpi_image) + neurons * sizeof(struct dpi_neuron) +
                   sizeof(struct dpi_tables) + words * sizeof(int32_t);
    struct dpi_image *im = calloc(1, bytes);
    if (!im) return 0;
    *im = *sizes;
    im->law = *law;
    struct dpi_neuron *neuron = (struct dpi_neuron *)(im + 1);
    im->tables = (struct dpi_tables *)(neuron + neurons);
    dpi_words_tables(law, im->tables);
    int32_t *w = (int32_t *)(im->tables + 1);
    for (int l = 0; l < sizes->n_layers; l++) {
        struct dpi_layer *y = &im->layer[l];
        y->neuron = neuron;
        neuron += y->n_out;
        y->w = w;
        w += (size_t)dpi_sources(y) * (size_t)y->n_out;
    }
    return im;
}

void dpi_image_free(struct dpi_image *im)
{
    free(im);
}
