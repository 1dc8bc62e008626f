// Bias codes of a core: its circuit's currents, then the base currents of its weights.
//
// The current of a weight counts only times the synapse's charge, so what the codes of the circuit
// miss there the base currents make good; and of the codes near the wanted Igain_syn the one is
// taken with which the base currents fall best on codes of their own.
#include "twin/dynapse2/dpi_map_parts.h"
#include "twin/dpi/dpi_words.h"

#include <math.h>

// The least Iref that blocks no more ticks than the wanted one does.
static double least_Iref(const struct dpi_circuit *c, double dt)
{
    double ticks = ceil(c->Vth * c->C_ref / c->Iref / dt - 1e-9);
    return ticks > 0 ? c->Vth * c->C_ref / (ticks * dt) : 0;
}

int dpi_code_circuit(struct dynapse_config *g, struct dpi_core_report *report,
                     const struct dpi_circuit *want, const struct dynapse_chip *c, int core,
                     int neuron, const char *name, struct fail *f)
{
    static const enum dynapse_bias divides[] = {
        DYNAPSE_SOAD_PWTAU_N, DYNAPSE_SYPD_EXT_N,  DYNAPSE_SOIF_REFR_N, DYNAPSE_SOIF_SPKTHR_P,
        DYNAPSE_SOAD_TAU_P,   DYNAPSE_SOIF_LEAK_N, DYNAPSE_DEAM_ETAU_P};
    const double *value = (const double *)want, *fixed = (const double *)&c->nominal;
    struct dynapse_code *code = g->bias[core];
    for (int k = DYNAPSE_CIRCUIT_CURRENTS; k < DPI_CIRCUIT_VALUES; k++)
        if (fabs(value[k] - fixed[k]) > 1e-9 * fixed[k])
            return fail(f, "%s: neuron %d: %s, %g, allowed %g (the chip's, it cannot be set)", name,
                        neuron, dpi_circuit_names[k], value[k], fixed[k]);
    for (int b = 0; b < DYNAPSE_CIRCUIT_CURRENTS; b++) {
        double error, least = b == DYNAPSE_SOIF_REFR_N ? least_Iref(want, g->dt) : 0;
        code[b] = dynapse_code_of(c, (enum dynapse_bias)b, value[b], least, &error);
        if (fabs(error) > 0.5 && value[b] > c->nominal.Io)
            return fail(
                f, "%s: neuron %d: %s, %g A, allowed up to %g A (codes of %s)", name, neuron,
                dpi_circuit_names[b], value[b],
                dynapse_current(c, (enum dynapse_bias)b,
                                (struct dynapse_code){DYNAPSE_COARSE - 1, c->bias.fine_codes - 1}),
                dynapse_bias_names[b]);
        if (b != DYNAPSE_DENM_NMREV_N && fabs(error) > fabs(report->circuit_error)) {
            report->circuit_error = error;
            report->circuit_worst = (enum dynapse_bias)b;
        }
    }
    for (size_t k = 0; k < sizeof divides / sizeof *divides; k++)
        if (!code[divides[k]].fine)
            return fail(f, "%s: neuron %d: %s, %g A, allowed from %g A (code 0,1 of %s)", name,
                        neuron, dpi_circuit_names[divides[k]], value[divides[k]],
                        dynapse_current(c, divides[k], (struct dynapse_code){0, 1}),
                        dynapse_bias_names[divides[k]]);
    code[DYNAPSE_DEGA_ITAU_P] = code[DYNAPSE_DEAM_ETAU_P];
    return 0;
}

struct chooser {
    const struct dynapse_chip *c;
    const struct dpi_points *points;
    double top;         // magnitude that is 1 in the points
    const double *base; // (DPI_BASES) wanted, in weights
};

static double cost_of(const struct chooser *x, const struct dpi_base_codes *h)
{
    double b[DPI_BASES];
    dpi_base_currents(h, x->c, b);
    for (int i = 0; i < DPI_BASES; i++)
        b[i] /= x->top;
    return dpi_fit_cost(x->points, b);
}

// The codes nearest to the wanted base currents, then single steps of a code while they help.
static void choose_bases(const struct chooser *x, struct dpi_base_codes *h, bool refine)
{
    for (int i = 0; i < DPI_BASES; i++)
        h->base[i] = dynapse_code_of(x->c, (enum dynapse_bias)(DYNAPSE_SYAM_W0_P + i),
                                     x->base[i] * h->per_weight, 0, 0);
    h->cost = cost_of(x, h);
    for (bool better = refine; better;) {
        better = false;
        for (int i = 0; i < DPI_BASES; i++)
            for (int step = -2; step <= 2; step++) {
                struct dpi_base_codes next = *h;
                next.base[i].fine += step;
                if (next.base[i].fine < 0 || next.base[i].fine >= x->c->bias.fine_codes ||
                    !dynapse_code_usable(next.base[i]))
                    continue;
                next.cost = cost_of(x, &next);
                if (next.cost < h->cost) *h = next, better = true;
            }
    }
}

static struct dpi_base_codes with_gain(const struct chooser *x, struct dpi_circuit circuit,
                                       struct dynapse_code gain, double charge_per_weight,
                                       double refine_below)
{
    struct dpi_base_codes h = {.gain = gain};
    circuit.Igain_syn = dynapse_current(x->c, DYNAPSE_DEAM_EGAIN_P, gain);
    h.per_weight = charge_per_weight / dpi_words_charge(&circuit);
    choose_bases(x, &h, false);
    if (h.cost < refine_below) choose_bases(x, &h, true);
    return h;
}

void dpi_base_currents(const struct dpi_base_codes *h, const struct dynapse_chip *c,
                       double base[DPI_BASES])
{
    for (int i = 0; i < DPI_BASES; i++)
        base[i] = dynapse_current(c, (enum dynapse_bias)(DYNAPSE_SYAM_W0_P + i), h->base[i]) /
                  h->per_weight;
}

struct dpi_base_codes dpi_code_bases(const struct dpi_points *points, double top,
                                     const double base[DPI_BASES], const struct dynapse_chip *c,
                                     const struct dpi_circuit *circuit, double charge_per_weight)
{
    struct chooser x = {c, points, top > 0 ? top : 1, base};
    double want = circuit->Igain_syn, noise = 1e-12 * points->sum[2][points->n];
    struct dynapse_code nearest = dynapse_code_of(c, DYNAPSE_DEAM_EGAIN_P, want, 0, 0);
    struct dpi_base_codes best = with_gain(&x, *circuit, nearest, charge_per_weight, INFINITY);
    for (int coarse = 0; coarse < DYNAPSE_COARSE; coarse++)
        for (int fine = 1; fine < c->bias.fine_codes; fine++) {
            struct dynapse_code gain = {coarse, fine};
            double Igain = dynapse_current(c, DYNAPSE_DEAM_EGAIN_P, gain);
            if (!dynapse_code_usable(gain) || !(Igain >= want / 2 && Igain <= want * 2)) continue;
            // what is far off does not get good by single steps
            struct dpi_base_codes h =
                with_gain(&x, *circuit, gain, charge_per_weight, 1.5 * best.cost);
            if (h.cost < best.cost - noise) best = h;
        }
    return best;
}
