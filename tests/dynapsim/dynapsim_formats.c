#include "tests/dynapsim/dynapsim.h"

#include <math.h>
#include <string.h>

static double kappa(const struct dpi_circuit *c)
{
    return (c->kappa_n + c->kappa_p) / 2;
}

static double tau(const struct dpi_circuit *c, double capacitance, double itau)
{
    return c->Ut / kappa(c) * capacitance / fmax(itau, c->Io);
}

// The most that neuron n gathers in a tick, in A of synaptic current, if every neuron spikes
// `spikes` times in each.
static double gathered(const struct dynapsim *d, int n, double spikes)
{
    double own = 0, most = 0, charge = dpi_words_charge(&d->circuit[n]) * d->iscale;
    for (int m = 0; d->recurrent && m < d->n_out; m++)
        own += fmax(d->w[(d->n_in + m) * d->n_out + n], 0) * spikes;
    for (int t = 0; t < d->n_ticks; t++) {
        double sum = 0;
        for (int i = 0; i < d->n_in; i++)
            sum += fmax(d->w[i * d->n_out + n], 0) * d->x[t * d->n_in + i];
        most = fmax(most, sum);
    }
    return charge * (most + own);
}

// Bounds of one neuron: each current's largest value is that of its own recursion at rest, with the
// largest of what goes in.
static void neuron_ranges(const struct dynapsim *d, int n, double spikes, struct dynapsim_ranges *r)
{
    const struct dpi_circuit *c = &d->circuit[n];
    double itau = fmax(c->Itau_mem, c->Io), igain = fmax(c->Igain_mem, c->Io), dt = d->scale.dt;
    double tau_syn = tau(c, c->C_syn, c->Itau_syn), tau_ahp = tau(c, c->C_ahp, c->Itau_ahp);
    double g = dt * kappa(c) / (c->Ut * c->C_mem); // 1/A
    double jump = -expm1(-c->Vth * c->C_pulse_ahp / c->Ipulse_ahp / tau_ahp) *
                  fmax(c->Igain_ahp, c->Io) / fmax(c->Itau_ahp, c->Io) * c->Iw_ahp;
    double isyn = fmax(d->start[0][n], (gathered(d, n, spikes) + c->Io) / -expm1(-dt / tau_syn));
    double iahp = fmax(fmax(d->start[1][n], c->Io), jump * spikes / -expm1(-dt / tau_ahp));
    double iin = isyn + c->Idc + c->Io, slope = g * (itau + iahp) / itau;
    double power = kappa(c) / (kappa(c) + 1);
    double stays = fmax(c->Ispkthr, d->start[2][n]), imem = stays, ifb = 0;
    for (int i = 0; i < 8; i++) { // the feedback may be that of the largest imem
        ifb = c->Io * pow(imem / c->Io, power);
        double fed = c->Io * pow(stays / c->Io, power);
        imem = fmax(stays * (1 + g * fed), c->Io * (1 + g * ifb)) + igain * slope * iin;
    }
    r->isyn = fmax(r->isyn, isyn);
    r->iahp = fmax(r->iahp, iahp);
    r->imem = fmax(r->imem, imem);
    r->current = fmax(fmax(r->current, imem + igain), fmax(iin, itau + iahp));
    r->gain = fmax(r->gain, fmax(g, slope) * d->scale.unit);
    r->rate = fmax(r->rate, fmax(slope * iin, fmax(g * ifb, slope * (itau + iahp))));
    r->spikes = (int)fmax(r->spikes, fmax(1, ceil(log(imem / c->Ispkthr))));
    for (int i = 0; i < d->n_in + (d->recurrent ? d->n_out : 0); i++)
        r->weight = fmax(r->weight, fabs(d->w[i * d->n_out + n]) * d->iscale * dpi_words_charge(c));
}

void dynapsim_ranges(const struct dynapsim *d, struct dynapsim_ranges *r)
{
    int spikes = 1;
    for (int i = 0; i < 16; i++) { // more spikes drive more current, its logarithm more spikes
        *r = (struct dynapsim_ranges){.spikes = 1};
        for (int n = 0; n < d->n_out; n++)
            neuron_ranges(d, n, spikes, r);
        if (r->spikes <= spikes) break;
        spikes = r->spikes;
    }
}

// Whole bits that hold x, and a little more for what is rounded up: the next multiple of `step`, at
// least `least`, so that traces of like size share one RTL.
static int whole_bits(double x, int step, int least)
{
    int bits;
    frexp(1.001 * x, &bits);
    while (bits % step || bits < least)
        bits++;
    return bits;
}

struct whole {
    int current, weight, gain, rate;
};

static struct whole whole_of(const struct dynapsim_ranges *r, double unit)
{
    return (struct whole){.current = whole_bits(r->current / unit, 4, 20),
                          .weight = whole_bits(2 * r->weight / unit, 4, 16), // and the sign
                          .gain = whole_bits(r->gain, 4, 4),
                          .rate = whole_bits(2 * r->rate, 8, 16)};
}

int dynapsim_law(const struct dynapsim_ranges *r, const struct dynapsim_digits *digits, double unit,
                 struct dpi_law *law, struct fail *f)
{
    struct whole whole = whole_of(r, unit);
    int current = whole.current, weight = whole.weight, gain = whole.gain, rate = whole.rate;
    int spikes = 1;
    while (spikes < r->spikes)
        spikes = 2 * spikes + 1;
    if (current + digits->current > 48 || digits->current < 4)
        return fail(f,
                    "currents: up to %g A, %d whole bits of Io; and %d of fraction, allowed 4 or "
                    "more and 48 in all",
                    r->current, current, digits->current);
    if (weight > 32) return fail(f, "weight: %g A an event, allowed: 2^31 Io", r->weight);
    if (spikes > LAW_MAX_SPIKES)
        return fail(f, "spikes in a tick: up to %d, allowed 1..63", r->spikes);
    if (gain + digits->gain > 40 || digits->gain < 8)
        return fail(f,
                    "gain: %g, %d whole bits and %d of fraction, allowed 8 or more and 40 in all",
                    r->gain, gain, digits->gain);
    if (rate + digits->rate > 56 || digits->rate < 4)
        return fail(f,
                    "rate: %g, %d whole bits and %d of fraction, allowed 4 or more and 56 in all",
                    r->rate, rate, digits->rate);
    int weight_frac = digits->current < 32 - weight ? digits->current : 32 - weight;
    *law = (struct dpi_law){.current = {(int8_t)current, (int8_t)digits->current},
                            .weight = {(int8_t)weight, (int8_t)weight_frac},
                            .factor_frac = (uint8_t)digits->factor,
                            .log_frac = (uint8_t)digits->log,
                            .table_bits = (uint8_t)digits->table,
                            .gain = {(int8_t)gain, (int8_t)digits->gain},
                            .rate = {(int8_t)rate, (int8_t)digits->rate},
                            .max_spikes = (uint8_t)spikes};
    const char *what = dpi_law_check(law);
    return what ? fail(f, "law: %s", what) : 0;
}

static int at_most(int digits, int room)
{
    return digits < room ? digits : room;
}

struct dynapsim_digits dynapsim_finest(const struct dynapsim_ranges *r, double unit)
{
    struct whole whole = whole_of(r, unit);
    return (struct dynapsim_digits){.current = at_most(20, 48 - whole.current),
                                    .factor = 31,
                                    .log = 24,
                                    .table = 12,
                                    .gain = at_most(36, 40 - whole.gain),
                                    .rate = at_most(30, 56 - whole.rate)};
}

static int64_t to_word(double x, int64_t top)
{
    return (int64_t)fmin(fmax(nearbyint(x), 0), (double)top);
}

static void start_state(const struct dynapsim *d, const struct dpi_law *law, struct dpi_state *s)
{
    double lsb = ldexp(d->scale.unit, -law->current.frac_bits);
    int64_t top = dpi_current_max(law);
    for (int n = 0; n < d->n_out; n++) {
        double ticks = 0, e_folds = kappa(&d->circuit[n]) * d->start[3][n] / d->circuit[n].Ut;
        for (double left = d->start_timer[n]; left > 0 && ticks < UINT16_MAX; ticks++)
            left -= d->scale.dt;
        s[n] =
            (struct dpi_state){.isyn = to_word(d->start[0][n] / lsb, top),
                               .iahp = to_word(d->start[1][n] / lsb, top),
                               .imem = to_word(d->start[2][n] / lsb, top),
                               .vmem = (int32_t)nearbyint(ldexp(e_folds / log(2), law->log_frac)),
                               .timer = (int32_t)ticks,
                               .z = d->start_spikes[n]};
    }
}

struct dpi_image *dynapsim_image(const struct dynapsim *d, const struct dpi_law *law,
                                 struct dpi_state *start, struct fail *f)
{
    struct dpi_image sizes = {
        .n_layers = 1, .layer = {{.n_in = d->n_in, .n_out = d->n_out, .recurrent = d->recurrent}}};
    struct dpi_image *im = dpi_image_new(law, &sizes);
    struct dpi_clamped clamped = {0};
    const char *what = im ? 0 : "out of memory";
    for (int n = 0; im && n < d->n_out; n++) {
        double charge = dpi_words_charge(&d->circuit[n]);
        dpi_words_neuron(law, &d->scale, &d->circuit[n], &im->layer[0].neuron[n], &clamped);
        for (int i = 0; i < dpi_sources(&im->layer[0]); i++) {
            int at = i * d->n_out + n;
            im->layer[0].w[at] =
                dpi_words_weight(law, &d->scale, charge, d->iscale * d->w[at], &clamped);
        }
    }
    if (clamped.words) what = clamped.first;
    if (!what && (what = dpi_image_check(im))) clamped.words = 1;
    if (what) {
        fail(f, "%s does not fit its format (%lld words)", what, (long long)clamped.words);
        dpi_image_free(im);
        return 0;
    }
    start_state(d, law, start);
    return im;
}
