// The weights of a core to CAM entries: four base currents for all, a mask for each entry.
//
// A weight has one entry; one above the sum of the base currents takes more where its neuron's CAM
// has room. So the base currents are fitted several times, with ever more of the largest weights
// left out of the fit, and the fit is kept that is best when all is said and done.
#include "twin/dynapse2/dpi_map_parts.h"
#include "twin/dpi/dpi_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// How a weight is kept: `full` entries with all base currents, and one with `mask` (0: none).
struct kept {
    int full;
    unsigned mask;
};

// The weights of a core that are not 0, neuron by neuron.
struct core_weights {
    const struct dpi_net *net;
    const struct dynapse_chip *c;
    const struct dpi_map_options *o;
    const int *neuron; // (n_listed)
    int n_listed;
    size_t *first; // (n_listed + 1) of each neuron
    size_t n;
    int *source;        // (n) inputs first
    double *w;          // (n)
    double *importance; // (n)
    struct kept *kept;  // (n)
    double *memory;     // (2·n) to work with
};

static void core_weights_fini(struct core_weights *x)
{
    free(x->first);
    free(x->source);
    free(x->w);
    free(x->importance);
    free(x->kept);
    free(x->memory);
}

static double importance_of(const struct dpi_net *n, const struct dpi_map_options *o, int s, int i)
{
    const double *given = s < n->n_in ? o->importance_in : o->importance_rec;
    size_t row = (size_t)(s < n->n_in ? s : s - n->n_in);
    return given ? given[row * (size_t)n->n_neurons + (size_t)i] : 1;
}

static int core_weights_init(struct core_weights *x, const char *name, struct fail *f)
{
    const struct dpi_net *n = x->net;
    int n_sources = n->n_in + n->n_neurons;
    for (int k = 0; k < x->n_listed; k++)
        for (int s = 0; s < n_sources; s++)
            x->n += dpi_net_weight(n, s, x->neuron[k]) != 0;
    x->first = malloc((size_t)(x->n_listed + 1) * sizeof *x->first);
    x->source = malloc((x->n + 1) * sizeof *x->source);
    x->w = malloc((x->n + 1) * sizeof *x->w);
    x->importance = malloc((x->n + 1) * sizeof *x->importance);
    x->kept = malloc((x->n + 1) * sizeof *x->kept);
    x->memory = malloc((2 * x->n + 1) * sizeof *x->memory);
    if (!x->first || !x->source || !x->w || !x->importance || !x->kept || !x->memory)
        return fail(f, "%s: no memory", name);
    size_t at = 0;
    for (int k = 0; k < x->n_listed; k++) {
        x->first[k] = at;
        for (int s = 0; s < n_sources; s++) {
            double w = dpi_net_weight(n, s, x->neuron[k]);
            if (w == 0) continue;
            x->source[at] = s;
            x->w[at] = w;
            x->importance[at] = importance_of(n, x->o, s, x->neuron[k]);
            if (!(x->importance[at] >= 0 && isfinite(x->importance[at])))
                return fail(f,
                            "%s: neuron %d: importance of a weight, %g, allowed 0 or more, finite",
                            name, x->neuron[k], x->importance[at]);
            at++;
        }
    }
    x->first[x->n_listed] = at;
    return 0;
}

static double kept_weight(const double base[DPI_BASES], struct kept k)
{
    return k.full * dpi_level(base, DPI_LEVELS - 1) + dpi_level(base, k.mask);
}

// One entry a weight; then, as long as the CAM has room and `further` says so, one more for the
// weight that lies furthest above what its entries sum to. kept, w: (n).
static void keep(struct kept *kept, const double *w, size_t n, const double base[DPI_BASES],
                 int room, bool further)
{
    for (size_t s = 0; s < n; s++) {
        kept[s] = (struct kept){0, dpi_nearest_mask(base, fabs(w[s]))};
        room -= kept[s].mask != 0;
    }
    for (; further && room > 0; room--) {
        size_t furthest = 0;
        double most = 0;
        for (size_t s = 0; s < n; s++) {
            double above = fabs(w[s]) - kept_weight(base, kept[s]);
            if (kept[s].mask == DPI_LEVELS - 1 && above > most) most = above, furthest = s;
        }
        unsigned next = dpi_nearest_mask(base, most);
        if (!next) return;
        kept[furthest].full++;
        kept[furthest].mask = next;
    }
}

// Keeps all weights with these base currents (units of the weights). Returns Σ importance·error².
static double keep_all(struct core_weights *x, const double base[DPI_BASES])
{
    double cost = 0;
    for (int k = 0; k < x->n_listed; k++)
        keep(x->kept + x->first[k], x->w + x->first[k], x->first[k + 1] - x->first[k], base,
             x->c->limits.cam_entries, !x->o->one_entry);
    for (size_t at = 0; at < x->n; at++) {
        double off = fabs(x->w[at]) - kept_weight(base, x->kept[at]);
        cost += x->importance[at] * off * off;
    }
    return cost;
}

static int descending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? 1 : -(p > q);
}

// Importance without the `drop` largest magnitudes, which shall take several entries.
static const double *without_largest(const struct core_weights *x, size_t drop)
{
    double *sorted = x->memory, *out = x->memory + x->n;
    for (size_t i = 0; i < x->n; i++)
        sorted[i] = fabs(x->w[i]);
    qsort(sorted, x->n, sizeof *sorted, descending);
    for (size_t i = 0; i < x->n; i++)
        out[i] = drop && fabs(x->w[i]) >= sorted[drop - 1] ? 0 : x->importance[i];
    return out;
}

// The best base currents for weights of which the `drop` largest do not count, on codes. Proved
// only with all of them.
static int fit(const struct core_weights *x, struct dpi_quantised *q, struct dpi_base_codes *h,
               size_t drop, const struct dpi_circuit *circuit, double charge_per_weight,
               const char *name, struct fail *f)
{
    struct dpi_points points;
    struct dpi_quantise_options o = x->o->quantise;
    struct fail why = {""};
    double top;
    if (drop) o.boxes = 0;
    o.importance = without_largest(x, drop);
    if (dpi_quantise(q, x->w, x->n, &o, &why)) return fail(f, "%s: %s", name, why.text);
    if (dpi_points_init(&points, x->w, o.importance, x->n, &top))
        return fail(f, "%s: no memory", name);
    *h = dpi_code_bases(&points, top, q->base, x->c, circuit, charge_per_weight);
    dpi_points_fini(&points);
    return 0;
}

// A base current beyond the generator's range: the largest weight is the cause.
static int check_range(const struct core_weights *x, double wanted, const char *name,
                       struct fail *f)
{
    struct dynapse_code last = {DYNAPSE_COARSE - 1, x->c->bias.fine_codes - 1};
    double most = dynapse_current(x->c, DYNAPSE_SYAM_W3_P, last);
    size_t at = 0;
    int k = 0;
    if (wanted <= 1.05 * most) return 0;
    for (size_t i = 1; i < x->n; i++)
        if (fabs(x->w[i]) > fabs(x->w[at])) at = i;
    while (x->first[k + 1] <= at)
        k++;
    return fail(f,
                "%s: neuron %d: weight %g needs a base current of %.3g A, allowed up to %.3g A "
                "(codes of %s)",
                name, x->neuron[k], x->w[at], wanted, most, dynapse_bias_names[DYNAPSE_SYAM_W3_P]);
}

static int fit_best(struct core_weights *x, struct dpi_core_report *report,
                    struct dpi_base_codes *best, const struct dpi_circuit *circuit,
                    double charge_per_weight, const char *name, struct fail *f)
{
    double best_cost = INFINITY;
    for (size_t drop = 0; drop <= x->n / 4; drop = drop ? 2 * drop : 1) {
        struct dpi_quantised q;
        struct dpi_base_codes h;
        double base[DPI_BASES];
        if (fit(x, &q, &h, drop, circuit, charge_per_weight, name, f) ||
            (!drop && check_range(x, q.base[DPI_BASES - 1] * h.per_weight, name, f)))
            return -1;
        if (!drop) report->ideal = q;
        dpi_base_currents(&h, x->c, base);
        double cost = keep_all(x, base);
        if (cost < best_cost) *best = h, best_cost = cost;
        if (x->o->one_entry) break;
    }
    return 0;
}

// The masks of what is kept, and how good it is.
static int finish(const struct core_weights *x, unsigned short *mask,
                  struct dpi_core_report *report, const double base[DPI_BASES], const char *name,
                  struct fail *f)
{
    double square = 0;
    int listed = 0, n_in = x->net->n_in;
    for (size_t at = 0; at < x->n; at++) {
        while (x->first[listed + 1] <= at)
            listed++;
        int i = x->neuron[listed], s = x->source[at];
        struct kept k = x->kept[at];
        double got = copysign(kept_weight(base, k), x->w[at]), off = fabs(got - x->w[at]);
        square += off * off;
        report->worst = fmax(report->worst, off);
        report->several += k.full > 0;
        mask[(size_t)s * (size_t)x->net->n_neurons + (size_t)i] =
            (unsigned short)(k.mask + (x->w[at] < 0 ? DPI_MASK_INHIBIT : 0) +
                             (unsigned)k.full * DPI_MASK_FULL);
        if (x->o->exact > 0 && off > x->o->exact * fabs(x->w[at]))
            return fail(f,
                        "%s: neuron %d: weight from %s %d, %g, nearest %g: its core needs more "
                        "than %d base currents",
                        name, i, s < n_in ? "input" : "neuron", s < n_in ? s : s - n_in, x->w[at],
                        got, DPI_BASES);
    }
    report->rms = sqrt(square / fmax((double)report->ideal.n, 1));
    return 0;
}

int dpi_core_map(struct dynapse_config *g, struct dpi_core_report *report, unsigned short *mask,
                 const struct dpi_net *n, const struct dynapse_chip *c,
                 const struct dpi_map_options *o, int core, const int *neuron, int n_listed,
                 const char *name, struct fail *f)
{
    const struct dpi_circuit *want = n->circuit ? &n->circuit[neuron[0]] : &c->nominal;
    struct core_weights x = {.net = n, .c = c, .o = o, .neuron = neuron, .n_listed = n_listed};
    struct dpi_base_codes h;
    report->n_neurons = n_listed;
    int bad = core_weights_init(&x, name, f) ||
              dpi_code_circuit(g, report, want, c, core, neuron[0], name, f);
    if (!bad) {
        struct dpi_circuit coded = dynapse_core_circuit(g, c, core);
        coded.Igain_syn = want->Igain_syn;
        bad = fit_best(&x, report, &h, &coded, n->Iscale * dpi_words_charge(want), name, f);
    }
    if (!bad) {
        double base[DPI_BASES];
        g->bias[core][DYNAPSE_DEAM_EGAIN_P] = g->bias[core][DYNAPSE_DEGA_IGAIN_P] = h.gain;
        memcpy(&g->bias[core][DYNAPSE_SYAM_W0_P], h.base, sizeof h.base);
        dpi_base_currents(&h, c, base);
        keep_all(&x, base);
        bad = finish(&x, mask, report, base, name, f);
    }
    core_weights_fini(&x);
    return bad ? -1 : 0;
}
