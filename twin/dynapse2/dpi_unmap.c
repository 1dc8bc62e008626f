// The net of a configuration: who sends a tag to a core is looked up in all SRAMs.
#include "twin/dynapse2/dpi_map.h"

#include "model/fx.h"

#include <math.h>
#include <stdlib.h>

// Who sends which tag to which core, sorted by core and tag.
struct sender {
    int core, tag;
    int source; // inputs first
};

static int by_core_and_tag(const void *a, const void *b)
{
    const struct sender *p = a, *q = b;
    if (p->core != q->core) return p->core < q->core ? -1 : 1;
    if (p->tag != q->tag) return p->tag < q->tag ? -1 : 1;
    return (p->source > q->source) - (p->source < q->source);
}

static size_t add_senders(struct sender *all, size_t n, const struct dynapse_destination *d,
                          int n_destinations, int source, int cores)
{
    for (int k = 0; k < n_destinations; k++)
        for (int core = 0; core < cores; core++) {
            if (!fx_bit(d[k].cores, core)) continue;
            if (all) all[n] = (struct sender){d[k].chip * cores + core, d[k].tag, source};
            n++;
        }
    return n;
}

static size_t list_senders(struct sender *all, const struct dynapse_config *g, int cores)
{
    size_t n = 0;
    for (int i = 0; i < g->n_inputs; i++)
        n = add_senders(all, n, g->input[i].destination, g->input[i].n_destinations, i, cores);
    for (int i = 0; i < g->n_neurons; i++)
        n = add_senders(all, n, g->neuron[i].destination, g->neuron[i].n_destinations,
                        g->n_inputs + i, cores);
    return n;
}

static size_t first_sender(const struct sender *all, size_t n, int core, int tag)
{
    size_t lo = 0;
    while (n) {
        size_t half = n / 2;
        const struct sender *at = &all[lo + half];
        bool below = at->core < core || (at->core == core && at->tag < tag);
        lo = below ? lo + half + 1 : lo;
        n = below ? n - half - 1 : half;
    }
    return lo;
}

static int unmap_neuron(struct dpi_net *n, const struct dynapse_config *g,
                        const struct dynapse_chip *c, const struct sender *all, size_t n_senders,
                        int i, const char *name, struct fail *f)
{
    const struct dynapse_neuron *from = &g->neuron[i];
    double base[DYNAPSE_BASE_CURRENTS];
    dynapse_core_bases(g, c, from->core, base);
    n->circuit[i] = dynapse_core_circuit(g, c, from->core);
    for (int k = 0; k < from->n_synapses; k++) {
        const struct dynapse_synapse *y = &from->synapse[k];
        double weight = dpi_level(base, y->mask) / g->Iscale;
        for (size_t s = first_sender(all, n_senders, from->core, y->tag);
             s < n_senders && all[s].core == from->core && all[s].tag == y->tag; s++) {
            bool input = all[s].source < g->n_inputs;
            int row = input ? all[s].source : all[s].source - g->n_inputs;
            double *w =
                (input ? n->w_in : n->w_rec) + (size_t)row * (size_t)n->n_neurons + (size_t)i;
            if (*w != 0 && signbit(*w) != y->inhibit)
                return fail(f,
                            "%s: neuron %d: %s %d comes by AMPA and by GABA, allowed one dendrite",
                            name, i, input ? "input" : "neuron", row);
            *w += y->inhibit ? -weight : weight;
        }
    }
    return 0;
}

static int check_dendrites(const struct dynapse_config *g, const struct dynapse_chip *c, int i,
                           const char *name, struct fail *f)
{
    static const enum dynapse_bias pair[2][2] = {{DYNAPSE_DEAM_EGAIN_P, DYNAPSE_DEGA_IGAIN_P},
                                                 {DYNAPSE_DEAM_ETAU_P, DYNAPSE_DEGA_ITAU_P}};
    const struct dynapse_code *code = g->bias[g->neuron[i].core];
    for (int k = 0; k < 2; k++) {
        double ampa = dynapse_current(c, pair[k][0], code[pair[k][0]]);
        double gaba = dynapse_current(c, pair[k][1], code[pair[k][1]]);
        if (ampa != gaba)
            return fail(f,
                        "%s: neuron %d: %s, %g A, allowed that of %s, %g A (a net has one synapse)",
                        name, i, dynapse_bias_names[pair[k][1]], gaba,
                        dynapse_bias_names[pair[k][0]], ampa);
    }
    return 0;
}

int dpi_unmap(struct dpi_net *n, const struct dynapse_config *g, const struct dynapse_chip *c,
              const char *name, struct fail *f)
{
    if (dpi_net_init(n, g->n_inputs, g->n_neurons, 1, f)) return -1;
    size_t n_senders = list_senders(0, g, c->limits.cores);
    struct sender *all = malloc((n_senders + 1) * sizeof *all);
    int bad = all ? 0 : fail(f, "%s: no memory", name);
    if (!bad) list_senders(all, g, c->limits.cores);
    if (!bad) qsort(all, n_senders, sizeof *all, by_core_and_tag);
    n->Iscale = g->Iscale;
    n->dt = g->dt;
    for (size_t i = 0; i < sizeof n->chip; i++)
        n->chip[i] = g->chip[i];
    for (int i = 0; !bad && i < g->n_neurons; i++)
        bad =
            check_dendrites(g, c, i, name, f) || unmap_neuron(n, g, c, all, n_senders, i, name, f);
    free(all);
    bad = bad || dpi_net_check(n, name, f);
    if (bad) dpi_net_fini(n);
    return bad ? -1 : 0;
}
