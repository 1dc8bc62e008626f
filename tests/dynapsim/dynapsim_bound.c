// The bound on the error, carried along the trace: an enclosure of every state that a law in these
// formats can be in, as long as its spikes are those of the trace.
//
// Each stage is evaluated in interval arithmetic on the real parameters. A word is the real value
// ± 1/2 LSB of its format, a rounding adds ± 1/2 LSB, log2 and exp2 what lies between a chord and
// the curve. Nothing here reads a word of the image or a stage of the model. Derivation:
// docs/dynapse2.md.
#include "tests/dynapsim/dynapsim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// Currents in LSB of current, voltages as log2 of a ratio, gains for one LSB of current.
struct range {
    double lo, hi;
};

static struct range about(double x, double half)
{
    return (struct range){x - half, x + half};
}

static struct range sum(struct range a, struct range b)
{
    return (struct range){a.lo + b.lo, a.hi + b.hi};
}

static struct range less(struct range a, struct range b)
{
    return (struct range){a.lo - b.hi, a.hi - b.lo};
}

static struct range times(struct range a, struct range b)
{
    double p = a.lo * b.lo, q = a.lo * b.hi, r = a.hi * b.lo, s = a.hi * b.hi;
    return (struct range){fmin(fmin(p, q), fmin(r, s)), fmax(fmax(p, q), fmax(r, s))};
}

static struct range larger(struct range a, struct range b)
{
    return (struct range){fmax(a.lo, b.lo), fmax(a.hi, b.hi)};
}

static struct range common(struct range a, struct range b)
{
    return (struct range){fmax(a.lo, b.lo), fmin(a.hi, b.hi)};
}

static struct range wider(struct range a, double by)
{
    return (struct range){a.lo - by, a.hi + by};
}

// What the formats lose.
struct losses {
    double factor, log, gain, rate, weight; // half an LSB of each; log in units of 1
    double lsb;                             // A of an LSB of current
    double log2_off, exp2_off;              // of a logarithm, and of a power relatively
};

static struct losses losses_of(const struct dpi_law *law, double unit)
{
    double h2 = ldexp(1, -2 * law->table_bits), log_lsb = ldexp(1, -law->log_frac);
    int f = law->current.frac_bits;
    return (struct losses){
        .factor = ldexp(0.5, -law->factor_frac),
        .log = log_lsb / 2,
        .gain = ldexp(0.5, -law->gain.frac_bits - f),
        .rate = ldexp(0.5, -law->rate.frac_bits),
        .weight = ldexp(0.5, f - law->weight.frac_bits),
        .lsb = ldexp(unit, -f),
        // Chord: h²/8·max|f''|; 1/2 LSB for the entries, 1/2 for what is between; log2 drops what
        // lies under log_frac bits of its argument.
        .log2_off = h2 / 8 / log(2) + log_lsb + log_lsb / log(2),
        .exp2_off = h2 / 8 * 2 * log(2) * log(2) + log_lsb,
    };
}

struct enclosure { // of one neuron's state
    struct range isyn, iahp, imem, v;
    int timer;
};

static double kappa(const struct dpi_circuit *c)
{
    return (c->kappa_n + c->kappa_p) / 2;
}

static double over_tau(const struct dpi_circuit *c, double x, double itau, double capacitance)
{
    return x * kappa(c) * fmax(itau, c->Io) / (c->Ut * capacitance);
}

// The two DPIs. gathered: A of weight in this tick.
static void synapses(const struct dynapsim *d, const struct dpi_circuit *c, const struct losses *o,
                     double iw, double events, int spikes, struct enclosure *e)
{
    double kick = -expm1(-over_tau(c, c->Vth * c->C_pulse / c->Ipulse, c->Itau_syn, c->C_syn));
    double gain = fmax(c->Igain_syn, c->Io) / fmax(c->Itau_syn, c->Io);
    double decay = exp(-over_tau(c, d->scale.dt, c->Itau_syn, c->C_syn));
    struct range in = larger(about(kick * gain * iw / o->lsb, events * o->weight),
                             about(kick * c->Io / o->lsb, 0.5));
    e->isyn = sum(wider(times(e->isyn, about(decay, 2 * o->factor)), 0.5), in);
    double kick_ahp =
        -expm1(-over_tau(c, c->Vth * c->C_pulse_ahp / c->Ipulse_ahp, c->Itau_ahp, c->C_ahp));
    double gain_ahp = fmax(c->Igain_ahp, c->Io) / fmax(c->Itau_ahp, c->Io);
    double decay_ahp = exp(-over_tau(c, d->scale.dt, c->Itau_ahp, c->C_ahp));
    struct range jump = about(kick_ahp * gain_ahp * c->Iw_ahp / o->lsb, 0.5);
    struct range left = wider(times(e->iahp, about(decay_ahp, 2 * o->factor)), 0.5);
    e->iahp = larger(sum(left, times(jump, about(spikes, 0))), about(c->Io / o->lsb, 0.5));
}

// x·igain/(x + igain), which grows with both.
static struct range divided(struct range x, struct range igain)
{
    return (struct range){x.lo * igain.lo / (x.lo + igain.lo), x.hi * igain.hi / (x.hi + igain.hi)};
}

// From the present imem and v to the next before the reset.
static void membrane(const struct dynapsim *d, const struct dpi_circuit *c, const struct losses *o,
                     struct enclosure *e)
{
    double itau_a = fmax(c->Itau_mem, c->Io), k = kappa(c);
    struct range io = about(c->Io / o->lsb, 0.5), itau = about(itau_a / o->lsb, 0.5);
    struct range igain = about(fmax(c->Igain_mem, c->Io) / o->lsb, 0.5);
    double g = d->scale.dt * k / (c->Ut * c->C_mem) * o->lsb; // for one LSB of current
    struct range ileak = sum(itau, e->iahp);
    struct range iin = io;
    if (!e->timer) iin = larger(sum(less(e->isyn, ileak), about(c->Idc / o->lsb, 0.5)), io);
    struct range power = wider(times(about(k / (k + 1), 2 * o->factor), e->v), 2 * o->log);
    double off = o->exp2_off;
    struct range ifb = {c->Io / o->lsb * exp2(power.lo) * (1 - off) - 0.5,
                        c->Io / o->lsb * exp2(power.hi) * (1 + off) + 0.5};
    double off_h = exp2(o->log2_off + o->log) * (1 + off) - 1;
    struct range h = divided(e->imem, igain);
    h = (struct range){h.lo * (1 - off_h) - 0.5, h.hi * (1 + off_h) + 0.5};
    // gain_tau is for one LSB of leak and one of input: g·LSB/Itau
    double per_unit = o->lsb / d->scale.unit, tau_ratio = d->scale.unit / itau_a;
    struct range gain_tau = about(g * tau_ratio, o->gain);
    struct range q = wider(times(times(ileak, about(per_unit, 0)), gain_tau), o->gain);
    struct range a = wider(times(iin, q), o->rate);
    struct range r = wider(less(times(ifb, about(g, o->gain)), times(ileak, q)), o->rate);
    struct range stays = sum(about(1, 0), r);
    struct range moved = sum(times(e->imem, stays), times(h, a));
    // The same by the mean value theorem, which keeps what h and imem have in common.
    double mid = (e->imem.lo + e->imem.hi) / 2, far = (e->imem.hi - e->imem.lo) / 2;
    struct range h_mid = divided(about(mid, 0), igain);
    h_mid = (struct range){h_mid.lo * (1 - off_h) - 0.5, h_mid.hi * (1 + off_h) + 0.5};
    double lo = igain.lo / (e->imem.hi + igain.lo), hi = igain.hi / (e->imem.lo + igain.hi);
    struct range slope = sum(stays, times((struct range){lo * lo, hi * hi}, a));
    struct range at_mid = sum(times(about(mid, 0), stays), times(h_mid, a));
    moved = common(moved, sum(at_mid, times(slope, about(0, far))));
    e->imem = larger(wider(moved, 0.5), io);
    e->v = (struct range){log2(e->imem.lo * o->lsb / c->Io) - o->log2_off - o->log,
                          log2(e->imem.hi * o->lsb / c->Io) + o->log2_off + o->log};
}

// What the spikes of the trace say of v, and the reset.
static void fire(const struct dynapsim *d, const struct dpi_circuit *c, const struct losses *o,
                 int spikes, struct enclosure *e)
{
    double theta = log2(c->Ispkthr / c->Io), efold = 1 / log(2);
    double width = (spikes + 1) * 2 * o->log + 1e-12;
    double top = theta + spikes * efold + width;
    e->v.hi = fmin(e->v.hi, top);
    e->imem.hi = fmin(e->imem.hi, exp2(top + o->log2_off + o->log) * c->Io / o->lsb);
    if (spikes) {
        e->v.lo = fmax(e->v.lo, theta + (spikes - 1) * efold - width);
        e->imem = about(c->Io / o->lsb, 0.5);
        e->timer = 0;
        for (double left = c->Vth * c->C_ref / c->Iref; left > 0; e->timer++)
            left -= d->scale.dt;
    } else if (e->timer) {
        e->timer--;
    }
}

// One tick of neuron n of the trace. before: its spikes and those it hears.
static void step(const struct dynapsim *d, const struct losses *o, int tick, int n,
                 const int *before, struct enclosure *e)
{
    double iw = 0, events = 0;
    for (int i = 0; i < d->n_in + (d->recurrent ? d->n_out : 0); i++) {
        int x = i < d->n_in ? d->x[tick * d->n_in + i] : before[i - d->n_in];
        iw += d->iscale * d->w[i * d->n_out + n] * x;
        events += x;
    }
    synapses(d, &d->circuit[n], o, iw, events, before[n], e);
    membrane(d, &d->circuit[n], o, e);
    fire(d, &d->circuit[n], o, d->spikes[tick * d->n_out + n], e);
}

static struct enclosure begin(const struct dynapsim *d, const struct losses *o, int n)
{
    const struct dpi_circuit *c = &d->circuit[n];
    struct enclosure e = {.isyn = about(d->start[0][n] / o->lsb, 0.5),
                          .iahp = about(d->start[1][n] / o->lsb, 0.5),
                          .imem = about(d->start[2][n] / o->lsb, 0.5),
                          .v = about(kappa(c) * d->start[3][n] / c->Ut / log(2), o->log)};
    for (double left = d->start_timer[n]; left > 0; e.timer++)
        left -= d->scale.dt;
    return e;
}

// One value: both the file's and ours have to be within the enclosure, in which the real one is; so
// the farther end is the bound on their difference. false: one is not.
static bool judge(struct dynapsim_result *r, int i, double file, double got, struct range may)
{
    may = wider(may, 1e-12 * fabs(file)); // the file's own arithmetic
    double error = fabs(got - file), bound = fmax(may.hi - file, file - may.lo);
    r->error[i] = fmax(r->error[i], error);
    r->bound[i] = fmax(r->bound[i], bound);
    r->used = fmax(r->used, error / bound);
    if (i == 2) {
        r->relative = fmax(r->relative, error / file);
        r->relative_bound = fmax(r->relative_bound, bound / file);
    }
    return file >= may.lo && file <= may.hi && got >= may.lo && got <= may.hi;
}

void dynapsim_compare(const struct dynapsim *d, const struct dpi_image *im,
                      const struct dpi_state *after, struct dynapsim_result *r)
{
    struct losses o = losses_of(&im->law, d->scale.unit);
    struct enclosure *e = calloc((size_t)d->n_out, sizeof *e);
    if (!e) abort();
    *r = (struct dynapsim_result){.ticks = d->n_ticks};
    const struct dpi_law *a = &im->law;
    snprintf(
        r->formats, sizeof r->formats,
        "current UQ%d.%d, weight Q%d.%d, factor %d, log %d, tables 2^%d, gain UQ%d.%d, rate Q%d.%d",
        a->current.int_bits, a->current.frac_bits, a->weight.int_bits, a->weight.frac_bits,
        a->factor_frac, a->log_frac, a->table_bits, a->gain.int_bits, a->gain.frac_bits,
        a->rate.int_bits, a->rate.frac_bits);
    for (int n = 0; n < d->n_out; n++)
        e[n] = begin(d, &o, n);
    for (int t = 0; t < d->n_ticks; t++) {
        bool equal = true;
        const int *before = t ? &d->spikes[(t - 1) * d->n_out] : d->start_spikes;
        for (int n = 0; n < d->n_out; n++) {
            int at = t * d->n_out + n;
            const struct dpi_circuit *c = &d->circuit[n];
            const struct dpi_state *s = &after[at];
            step(d, &o, t, n, before, &e[n]);
            double to_log2 = kappa(c) / c->Ut / log(2);
            const double file[] = {d->expected[0][at] / o.lsb, d->expected[1][at] / o.lsb,
                                   d->expected[2][at] / o.lsb, d->expected[3][at] * to_log2};
            const double got[] = {(double)s->isyn, (double)s->iahp, (double)s->imem,
                                  ldexp(s->vmem, -im->law.log_frac)};
            const struct range may[] = {e[n].isyn, e[n].iahp, e[n].imem, e[n].v};
            bool same = s->z == d->spikes[at];
            r->spikes_differ += !same;
            r->values += DYNAPSIM_CURRENTS + 2;
            if (!same && !*r->what)
                snprintf(r->what, sizeof r->what,
                         "tick %d, neuron %d, spikes: %d in the file, %d here", t, n, d->spikes[at],
                         s->z);
            equal &= same;
            for (int i = 0; i <= DYNAPSIM_CURRENTS; i++) {
                if (judge(r, i, file[i], got[i], may[i])) continue;
                equal = false;
                if (!r->beyond++ && !*r->what)
                    snprintf(
                        r->what, sizeof r->what,
                        "tick %d, neuron %d, %s: %.9g in the file, %.9g here, allowed %.9g..%.9g "
                        "(%s)",
                        t, n, dynapsim_names[i], file[i], got[i], may[i].lo, may[i].hi,
                        i < DYNAPSIM_CURRENTS ? "LSB of current" : "log2 of imem / Io");
            }
        }
        r->equal += equal;
    }
    free(e);
}
