#include "base/basic_math.h"
#include "twin/dynapse2/dpi_drc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double dpi_drc_settled(const struct dpi_circuit *c, double weight, double Iscale, double dt)
{
    double Itau = fmax(c->Itau_syn, c->Io), Igain = fmax(c->Igain_syn, c->Io);
    double tau = c->Ut / ((c->kappa_n + c->kappa_p) / 2) * c->C_syn / Itau;
    double pulse = c->Vth * c->C_pulse / c->Ipulse;
    return basic_expm1(-pulse / tau) / basic_expm1(-dt / tau) *
           fmax(Igain / Itau * weight * Iscale, c->Io);
}

double dpi_drc_reach(const struct dpi_circuit *c, double Isyn, double dt, bool leak_once)
{
    enum { STEPS = 100000 };
    double kappa = (c->kappa_n + c->kappa_p) / 2;
    double Itau = fmax(c->Itau_mem, c->Io), Igain = fmax(c->Igain_mem, c->Io), Iahp = c->Io;
    double Ileak = Itau + Iahp, tau = c->Ut / kappa * c->C_mem / Ileak;
    double Iin = fmax(Isyn - (leak_once ? 0 : Ileak) + c->Idc, c->Io);
    double inf = Igain / Itau * (Iin - Ileak), Imem = c->Io;
    for (int i = 0; i < STEPS && !(Imem > c->Ispkthr); i++) {
        double feedback =
            c->Io * basic_pow(Imem / c->Io, kappa / (kappa + 1)) / Ileak * (Imem + Igain);
        double slope = Imem / (tau * (Imem + Igain)) * (inf + feedback - Imem * (1 + Iahp / Itau));
        double next = fmax(Imem + dt * slope, c->Io);
        if (!(next > Imem * (1 + 1e-12))) return Imem;
        Imem = next;
    }
    return Imem;
}

struct sources {
    double weight; // of all excitatory ones that are able, in units of Iscale
    int able;      // how many they are
    int excite;    // excitatory ones in all
    int inhibit;
};

static void add_source(struct sources *s, double w, bool able)
{
    s->excite += w > 0;
    s->inhibit += w < 0;
    s->able += w > 0 && able;
    s->weight += w > 0 && able ? w : 0;
}

static struct sources sources_of(const struct dpi_net *n, const bool *able, int i)
{
    struct sources s = {0};
    size_t width = (size_t)n->n_neurons;
    for (int j = 0; j < n->n_in; j++)
        add_source(&s, n->w_in[(size_t)j * width + (size_t)i], true);
    for (int j = 0; j < n->n_neurons; j++)
        add_source(&s, n->w_rec[(size_t)j * width + (size_t)i], able[j]);
    return s;
}

static void explain(char *why, size_t size, const struct sources *s, const struct dpi_circuit *c,
                    double Isyn, double reached)
{
    if (s->excite + s->inhibit == 0)
        snprintf(why, size,
                 "no input: no weight is set, and Idc of %g A alone drives Imem to %.3g A, Ispkthr "
                 "is %g A",
                 c->Idc, reached, c->Ispkthr);
    else if (s->excite == 0)
        snprintf(why, size, "only inhibition: %d inhibitory weights and no excitatory one",
                 s->inhibit);
    else if (s->able == 0)
        snprintf(why, size, "its excitatory sources, %d, are silent neurons themselves", s->excite);
    else if (c->Igain_mem == 0 || c->Igain_syn == 0)
        snprintf(why, size,
                 "gain: %s is 0; at its floor of %g A Imem stalls at %.3g A, Ispkthr is %g A",
                 c->Igain_syn == 0 ? "Igain_syn" : "Igain_mem", c->Io, reached, c->Ispkthr);
    else
        snprintf(why, size,
                 "threshold out of reach: with all %d excitatory sources in every tick Isyn "
                 "settles at %.3g A and Imem stalls at %.3g A, Ispkthr is %g A",
                 s->able, Isyn, reached, c->Ispkthr);
}

int dpi_drc(struct dpi_silent *out, const struct dpi_net *n, const struct dpi_drc_options *o,
            struct fail *f)
{
    bool *able = calloc((size_t)n->n_neurons, sizeof *able);
    int n_silent = 0;
    if (!able) return fail(f, "no memory for %d neurons", n->n_neurons);
    for (bool grown = true; grown;) {
        grown = false;
        n_silent = 0;
        for (int i = 0; i < n->n_neurons; i++) {
            const struct dpi_circuit *c = n->circuit ? &n->circuit[i] : o->nominal;
            if (able[i]) continue;
            struct sources s = sources_of(n, able, i);
            double Isyn = dpi_drc_settled(c, s.weight * o->events, n->Iscale, n->dt);
            double reached = dpi_drc_reach(c, Isyn, n->dt, o->leak_once);
            if (reached > c->Ispkthr) {
                able[i] = grown = true;
                continue;
            }
            out[n_silent].neuron = i;
            explain(out[n_silent].why, sizeof out->why, &s, c, Isyn, reached);
            n_silent++;
        }
    }
    free(able);
    return n_silent;
}
