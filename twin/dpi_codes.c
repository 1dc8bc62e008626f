// Bias codes of a core: its circuit's currents, then the base currents of its weights.
//
// The current of a weight counts only times the synapse's charge, so what the codes of the circuit
// miss there the base currents make good; and of the codes near the wanted Igain_syn the one is
// taken with which the base currents fall best on codes of their own.
#include "twin/dpi_map_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double dpi_charge(const struct dpi_circuit *c)
{
    double Itau = fmax(c->Itau_syn, c->Io), Igain = fmax(c->Igain_syn, c->Io);
    double tau = c->Ut / ((c->kappa_n + c->kappa_p) / 2) * c->C_syn / Itau;
    return -expm1(-c->Vth * c->C_pulse / c->Ipulse / tau) * (Igain / Itau);
}

// The least Iref that blocks no more ticks than the wanted one does.
static double least_Iref(const struct dpi_circuit *c, double dt)
{
    double ticks = ceil(c->Vth * c->C_ref / c->Iref / dt - 1e-9);
    return ticks > 0 ? c->Vth * c->C_ref / (ticks * dt) : 0;
}

static int set_circuit(struct dynapse_config *g, struct dpi_core_report *report,
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

// A choice of codes: Igain_syn, the base currents, and what they cost.
struct choice {
    struct dynapse_code gain, base[DPI_BASES];
    double per_weight; // A of base current for a weight of 1
    double cost;
};

struct chooser {
    const struct dynapse_chip *c;
    const struct dpi_points *points;
    double top;             // magnitude that is 1 in the points
    double base[DPI_BASES]; // wanted, in weights
};

static double cost_of(const struct chooser *x, const struct choice *h)
{
    double b[DPI_BASES];
    for (int i = 0; i < DPI_BASES; i++)
        b[i] = dynapse_current(x->c, (enum dynapse_bias)(DYNAPSE_SYAM_W0_P + i), h->base[i]) /
               h->per_weight / x->top;
    return dpi_fit_cost(x->points, b);
}

// The codes nearest to the wanted base currents, then single steps of a code while they help.
static void choose_bases(const struct chooser *x, struct choice *h, bool refine)
{
    for (int i = 0; i < DPI_BASES; i++)
        h->base[i] = dynapse_code_of(x->c, (enum dynapse_bias)(DYNAPSE_SYAM_W0_P + i),
                                     x->base[i] * h->per_weight, 0, 0);
    h->cost = cost_of(x, h);
    for (bool better = refine; better;) {
        better = false;
        for (int i = 0; i < DPI_BASES; i++)
            for (int step = -2; step <= 2; step++) {
                struct choice next = *h;
                next.base[i].fine += step;
                if (next.base[i].fine < 0 || next.base[i].fine >= x->c->bias.fine_codes ||
                    !dynapse_code_usable(next.base[i]))
                    continue;
                next.cost = cost_of(x, &next);
                if (next.cost < h->cost) *h = next, better = true;
            }
    }
}

static struct choice with_gain(const struct chooser *x, struct dpi_circuit circuit,
                               struct dynapse_code gain, double charge_per_weight,
                               double refine_below)
{
    struct choice h = {.gain = gain};
    circuit.Igain_syn = dynapse_current(x->c, DYNAPSE_DEAM_EGAIN_P, gain);
    h.per_weight = charge_per_weight / dpi_charge(&circuit);
    choose_bases(x, &h, false);
    if (h.cost < refine_below) choose_bases(x, &h, true);
    return h;
}

// The code nearest to the Igain_syn that the net wants, or one within a factor of 2 that is better.
static struct choice choose(const struct chooser *x, const struct dpi_circuit *circuit,
                            double charge_per_weight)
{
    double want = circuit->Igain_syn, noise = 1e-12 * x->points->sum[2][x->points->n];
    struct dynapse_code nearest = dynapse_code_of(x->c, DYNAPSE_DEAM_EGAIN_P, want, 0, 0);
    struct choice best = with_gain(x, *circuit, nearest, charge_per_weight, INFINITY);
    for (int coarse = 0; coarse < DYNAPSE_COARSE; coarse++)
        for (int fine = 1; fine < x->c->bias.fine_codes; fine++) {
            struct dynapse_code gain = {coarse, fine};
            if (!dynapse_code_usable(gain)) continue;
            double Igain = dynapse_current(x->c, DYNAPSE_DEAM_EGAIN_P, gain);
            if (!(Igain >= want / 2 && Igain <= want * 2)) continue;
            // what is far off does not get good by single steps
            struct choice h = with_gain(x, *circuit, gain, charge_per_weight, 4 * best.cost);
            if (h.cost < best.cost - noise) best = h;
        }
    return best;
}

// All weights of the listed neurons, neuron by neuron.
static size_t gather(double *w, double *importance, const struct dpi_net *n,
                     const struct dpi_map_options *o, const int *neuron, int n_listed)
{
    size_t at = 0, width = (size_t)n->n_neurons;
    for (int k = 0; k < n_listed; k++)
        for (int s = 0; s < n->n_in + n->n_neurons; s++, at++) {
            const double *given = s < n->n_in ? o->importance_in : o->importance_rec;
            size_t row = (size_t)(s < n->n_in ? s : s - n->n_in);
            w[at] = dpi_net_weight(n, s, neuron[k]);
            importance[at] = given ? given[row * width + (size_t)neuron[k]] : 1;
        }
    return at;
}

// How a weight is kept: `full` CAM entries with all base currents, and one with `mask` (0: none).
struct kept {
    int full;
    unsigned mask;
};

static double kept_weight(const double base[DPI_BASES], struct kept k)
{
    return k.full * dpi_level(base, DPI_LEVELS - 1) + dpi_level(base, k.mask);
}

// One entry a weight; then, as long as the CAM has room, one more for the weight that lies furthest
// above what its entries sum to. kept, w: (n_sources).
static void keep(struct kept *kept, const double *w, int n_sources, const double base[DPI_BASES],
                 int room)
{
    for (int s = 0; s < n_sources; s++) {
        kept[s] = (struct kept){0, w[s] != 0 ? dpi_nearest_mask(base, fabs(w[s])) : 0};
        room -= kept[s].mask != 0;
    }
    for (; room > 0; room--) {
        int furthest = 0;
        double most = 0;
        for (int s = 0; s < n_sources; s++) {
            double above = fabs(w[s]) - kept_weight(base, kept[s]);
            if (kept[s].mask == DPI_LEVELS - 1 && above > most) most = above, furthest = s;
        }
        unsigned next = dpi_nearest_mask(base, most);
        if (!next) return;
        kept[furthest].full++;
        kept[furthest].mask = next;
    }
}

static int check_weight(const struct dpi_net *n, const struct dpi_map_options *o, int s, int i,
                        double want, double got, const char *name, struct fail *f)
{
    if (!(o->exact > 0) || fabs(got - want) <= o->exact * fabs(want)) return 0;
    return fail(f,
                "%s: neuron %d: weight from %s %d, %g, nearest %g: its core needs more than %d "
                "base currents",
                name, i, s < n->n_in ? "input" : "neuron", s < n->n_in ? s : s - n->n_in, want, got,
                DPI_BASES);
}

// A base current beyond the generator's range: the largest weight is the cause.
static int check_range(const struct dpi_net *n, const struct dynapse_chip *c, const double *w,
                       const int *neuron, size_t size, double wanted, const char *name,
                       struct fail *f)
{
    double most = dynapse_current(
        c, DYNAPSE_SYAM_W3_P, (struct dynapse_code){DYNAPSE_COARSE - 1, c->bias.fine_codes - 1});
    size_t sources = (size_t)(n->n_in + n->n_neurons), at = 0;
    if (wanted <= 1.05 * most) return 0;
    for (size_t k = 1; k < size; k++)
        if (fabs(w[k]) > fabs(w[at])) at = k;
    return fail(f,
                "%s: neuron %d: weight %g needs a base current of %.3g A, allowed up to %.3g A "
                "(codes of %s)",
                name, neuron[at / sources], w[at], wanted, most,
                dynapse_bias_names[DYNAPSE_SYAM_W3_P]);
}

// The weights of a core, neuron by neuron, and where they go.
struct core_weights {
    const struct dpi_net *net;
    const struct dynapse_chip *c;
    const struct dpi_map_options *o;
    const int *neuron; // (n_listed)
    int n_listed;
    size_t n;           // n_listed·(n_in + n_neurons)
    double *w;          // (n)
    double *importance; // (n)
    struct kept *kept;  // (n)
};

// Keeps all weights with these base currents (units of the weights). Returns Σ importance·error².
static double keep_all(struct core_weights *x, const double base[DPI_BASES])
{
    size_t sources = x->n / (size_t)x->n_listed;
    double cost = 0;
    for (size_t at = 0; at < x->n; at += sources)
        keep(x->kept + at, x->w + at, (int)sources, base, x->c->limits.cam_entries);
    for (size_t at = 0; at < x->n; at++) {
        double off = fabs(x->w[at]) - kept_weight(base, x->kept[at]);
        cost += x->importance[at] * off * off;
    }
    return cost;
}

static void bases_of(const struct dynapse_chip *c, const struct choice *h, double base[DPI_BASES])
{
    for (int i = 0; i < DPI_BASES; i++)
        base[i] = dynapse_current(c, (enum dynapse_bias)(DYNAPSE_SYAM_W0_P + i), h->base[i]) /
                  h->per_weight;
}

static int descending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? 1 : -(p > q);
}

// Importance without the `drop` largest magnitudes, which shall take several entries.
static void without_largest(const struct core_weights *x, int drop, double *sorted, double *out)
{
    for (size_t i = 0; i < x->n; i++)
        sorted[i] = fabs(x->w[i]);
    qsort(sorted, x->n, sizeof *sorted, descending);
    for (size_t i = 0; i < x->n; i++)
        out[i] = drop && fabs(x->w[i]) >= sorted[drop - 1] ? 0 : x->importance[i];
}

// The best base currents for weights of which the `drop` largest do not count, on codes.
static int fit(const struct core_weights *x, struct dpi_quantised *q, struct choice *h, int drop,
               const struct dpi_circuit *circuit, double charge_per_weight, double *memory,
               const char *name, struct fail *f)
{
    struct dpi_points points = {0};
    struct chooser chooser = {.c = x->c, .points = &points};
    struct dpi_quantise_options o = x->o->quantise;
    struct fail why = {""};
    if (drop) o.boxes = 0;
    without_largest(x, drop, memory, memory + x->n);
    o.importance = memory + x->n;
    if (dpi_quantise(q, x->w, x->n, &o, &why)) return fail(f, "%s: %s", name, why.text);
    if (dpi_points_init(&points, x->w, o.importance, x->n, &chooser.top))
        return fail(f, "%s: no memory", name);
    if (!(chooser.top > 0)) chooser.top = 1;
    memcpy(chooser.base, q->base, sizeof q->base);
    *h = choose(&chooser, circuit, charge_per_weight);
    dpi_points_fini(&points);
    return 0;
}

// Of fits with ever more weights left to several entries the one that is best with the CAMs as
// large as they are.
static int fit_best(struct core_weights *x, struct dpi_core_report *report, struct choice *best,
                    const struct dpi_circuit *circuit, double charge_per_weight, const char *name,
                    struct fail *f)
{
    static const int drops[] = {0, 1, 2, 4, 8, 16, 32, 64};
    double *memory = malloc((2 * x->n + 1) * sizeof *memory), best_cost = INFINITY;
    int bad = memory ? 0 : fail(f, "%s: no memory", name);
    for (size_t k = 0; !bad && k < sizeof drops / sizeof *drops; k++) {
        struct dpi_quantised q;
        struct choice h;
        double base[DPI_BASES];
        if (drops[k] && (size_t)drops[k] * 4 > report->ideal.n) break;
        bad = fit(x, &q, &h, drops[k], circuit, charge_per_weight, memory, name, f);
        if (bad) break;
        if (!k) report->ideal = q;
        bases_of(x->c, &h, base);
        double cost = keep_all(x, base);
        if (cost < best_cost) *best = h, best_cost = cost;
        if (!k && (bad = check_range(x->net, x->c, x->w, x->neuron, x->n,
                                     q.base[DPI_BASES - 1] * h.per_weight, name, f)))
            break;
    }
    free(memory);
    return bad;
}

// The masks of what is kept, and how good it is.
static int finish(const struct core_weights *x, unsigned short *mask,
                  struct dpi_core_report *report, const double base[DPI_BASES], const char *name,
                  struct fail *f)
{
    int n_sources = x->net->n_in + x->net->n_neurons;
    double square = 0;
    for (size_t at = 0; at < x->n; at++) {
        int i = x->neuron[at / (size_t)n_sources], s = (int)(at % (size_t)n_sources);
        const struct kept *k = &x->kept[at];
        double got = copysign(kept_weight(base, *k), x->w[at]), off = fabs(got - x->w[at]);
        if (x->w[at] == 0) continue;
        square += off * off;
        report->worst = fmax(report->worst, off);
        report->several += k->full > 0;
        mask[(size_t)s * (size_t)x->net->n_neurons + (size_t)i] =
            (unsigned short)(k->mask + (x->w[at] < 0 ? DPI_MASK_INHIBIT : 0) +
                             k->full * DPI_MASK_FULL);
        if (check_weight(x->net, x->o, s, i, x->w[at], got, name, f)) return -1;
    }
    report->rms = sqrt(square / fmax((double)report->ideal.n, 1));
    return 0;
}

int dpi_codes(struct dynapse_config *g, struct dpi_core_report *report, unsigned short *mask,
              const struct dpi_net *n, const struct dynapse_chip *c,
              const struct dpi_map_options *o, int core, const int *neuron, int n_listed,
              const char *name, struct fail *f)
{
    const struct dpi_circuit *want = n->circuit ? &n->circuit[neuron[0]] : &c->nominal;
    struct core_weights x = {
        n, c, o, neuron, n_listed, (size_t)n_listed * (size_t)(n->n_in + n->n_neurons), 0, 0, 0};
    struct choice h;
    report->n_neurons = n_listed;
    x.w = malloc((x.n + 1) * sizeof *x.w);
    x.importance = malloc((x.n + 1) * sizeof *x.importance);
    x.kept = malloc((x.n + 1) * sizeof *x.kept);
    int bad = x.w && x.importance && x.kept ? 0 : fail(f, "%s: no memory", name);
    bad = bad || set_circuit(g, report, want, c, core, neuron[0], name, f);
    if (!bad) {
        struct dpi_circuit coded = dynapse_core_circuit(g, c, core);
        coded.Igain_syn = want->Igain_syn;
        gather(x.w, x.importance, n, o, neuron, n_listed);
        bad = fit_best(&x, report, &h, &coded, n->Iscale * dpi_charge(want), name, f);
    }
    if (!bad) {
        double base[DPI_BASES];
        g->bias[core][DYNAPSE_DEAM_EGAIN_P] = g->bias[core][DYNAPSE_DEGA_IGAIN_P] = h.gain;
        memcpy(&g->bias[core][DYNAPSE_SYAM_W0_P], h.base, sizeof h.base);
        bases_of(c, &h, base);
        keep_all(&x, base);
        bad = finish(&x, mask, report, base, name, f);
    }
    free(x.kept);
    free(x.importance);
    free(x.w);
    return bad ? -1 : 0;
}
