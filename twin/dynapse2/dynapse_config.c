#include "twin/dynapse2/dynapse_config.h"

#include "model/fx.h"

#include <stdlib.h>
#include <string.h>

int dynapse_config_init(struct dynapse_config *g, const struct dynapse_chip *c, int n_inputs,
                        int n_neurons, struct fail *f)
{
    *g = (struct dynapse_config){.n_inputs = n_inputs, .n_neurons = n_neurons};
    memcpy(g->chip, c->name, sizeof g->chip);
    g->n_cores = c->limits.chips * c->limits.cores;
    g->bias = calloc((size_t)g->n_cores, sizeof *g->bias);
    g->input = calloc((size_t)n_inputs + 1, sizeof *g->input);
    g->neuron = calloc((size_t)n_neurons + 1, sizeof *g->neuron);
    if (g->bias && g->input && g->neuron) return 0;
    g->n_inputs = g->n_neurons = 0;
    dynapse_config_fini(g);
    return fail(f, "no memory for %d inputs and %d neurons", n_inputs, n_neurons);
}

void dynapse_config_fini(struct dynapse_config *g)
{
    for (int i = 0; i < g->n_inputs; i++)
        free(g->input[i].destination);
    for (int i = 0; i < g->n_neurons; i++) {
        free(g->neuron[i].synapse);
        free(g->neuron[i].destination);
    }
    free(g->bias);
    free(g->input);
    free(g->neuron);
    *g = (struct dynapse_config){0};
}

struct dynapse_destination dynapse_monitor(const struct dynapse_chip *c, int neuron)
{
    unsigned cores = (unsigned)(neuron / c->limits.tags) + 1;
    return (struct dynapse_destination){-1, cores, neuron % c->limits.tags};
}

int dynapse_monitor_address(const struct dynapse_chip *c, struct dynapse_destination d)
{
    return (int)(d.cores - 1) * c->limits.tags + d.tag;
}

// What a destination may say, in a line without its owner; 0: nothing is wrong.
static int check_destination(const struct dynapse_chip *c, const struct dynapse_destination *d,
                             const char *name, const char *owner, int i, struct fail *f)
{
    unsigned all = (unsigned)fx_one(c->limits.cores);
    if (d->chip < 0 || d->chip >= c->limits.chips)
        return fail(f, "%s: %s %d: destination on chip %d, allowed 0..%d", name, owner, i, d->chip,
                    c->limits.chips - 1);
    if (d->cores < 1 || d->cores >= all)
        return fail(f, "%s: %s %d: destination with core mask %u, allowed 1..%u", name, owner, i,
                    d->cores, all - 1);
    if (d->tag < 0 || d->tag >= c->limits.tags)
        return fail(f, "%s: %s %d: destination with tag %d, allowed 0..%d", name, owner, i, d->tag,
                    c->limits.tags - 1);
    return 0;
}

static int check_neuron(const struct dynapse_config *g, const struct dynapse_chip *c, int i,
                        const char *name, struct fail *f)
{
    const struct dynapse_neuron *n = &g->neuron[i];
    int most = c->limits.destinations - c->limits.monitor_destinations;
    unsigned masks = (unsigned)fx_one(DYNAPSE_BASE_CURRENTS);
    if (n->core < 0 || n->core >= g->n_cores)
        return fail(f, "%s: neuron %d: core %d, allowed 0..%d", name, i, n->core, g->n_cores - 1);
    if (n->slot < 0 || n->slot >= c->limits.neurons)
        return fail(f, "%s: neuron %d: slot %d, allowed 0..%d", name, i, n->slot,
                    c->limits.neurons - 1);
    if (n->n_synapses > c->limits.cam_entries)
        return fail(f, "%s: neuron %d: fan-in of %d, allowed up to %d CAM entries", name, i,
                    n->n_synapses, c->limits.cam_entries);
    if (n->n_destinations > most)
        return fail(f,
                    "%s: neuron %d: %d destinations, allowed up to %d of %d SRAM entries (%d for "
                    "the monitor)",
                    name, i, n->n_destinations, most, c->limits.destinations,
                    c->limits.monitor_destinations);
    for (int k = 0; k < n->n_synapses; k++) {
        const struct dynapse_synapse *s = &n->synapse[k];
        if (s->tag < 0 || s->tag >= c->limits.tags)
            return fail(f, "%s: neuron %d: synapse %d with tag %d, allowed 0..%d", name, i, k,
                        s->tag, c->limits.tags - 1);
        if (s->mask < 1 || s->mask >= masks)
            return fail(f,
                        "%s: neuron %d: synapse %d with mask %u, allowed 1..%u (%d base currents)",
                        name, i, k, s->mask, masks - 1, DYNAPSE_BASE_CURRENTS);
    }
    for (int k = 0; k < n->n_destinations; k++)
        if (check_destination(c, &n->destination[k], name, "neuron", i, f)) return -1;
    return 0;
}

static int check_slots(const struct dynapse_config *g, const struct dynapse_chip *c,
                       const char *name, struct fail *f)
{
    int size = c->limits.neurons, *taken = calloc((size_t)g->n_cores * (size_t)size, sizeof *taken);
    int bad = taken ? 0 : fail(f, "%s: no memory", name);
    for (int i = 0; !bad && i < g->n_neurons; i++) {
        int *by = &taken[g->neuron[i].core * size + g->neuron[i].slot];
        if (*by)
            bad = fail(f, "%s: neuron %d: core %d slot %d is taken by neuron %d", name, i,
                       g->neuron[i].core, g->neuron[i].slot, *by - 1);
        *by = i + 1;
    }
    free(taken);
    return bad;
}

int dynapse_config_check(const struct dynapse_config *g, const struct dynapse_chip *c,
                         const char *name, struct fail *f)
{
    for (int k = 0; k < g->n_cores; k++)
        for (int b = 0; b < DYNAPSE_BIASES; b++) {
            struct dynapse_code code = g->bias[k][b];
            if (code.coarse < 0 || code.coarse >= DYNAPSE_COARSE || code.fine < 0 ||
                code.fine >= c->bias.fine_codes)
                return fail(f, "%s: core %d: %s, code %d,%d, allowed 0..%d,0..%d", name, k,
                            dynapse_bias_names[b], code.coarse, code.fine, DYNAPSE_COARSE - 1,
                            c->bias.fine_codes - 1);
        }
    for (int i = 0; i < g->n_inputs; i++)
        for (int k = 0; k < g->input[i].n_destinations; k++)
            if (check_destination(c, &g->input[i].destination[k], name, "input", i, f)) return -1;
    for (int i = 0; i < g->n_neurons; i++)
        if (check_neuron(g, c, i, name, f)) return -1;
    return check_slots(g, c, name, f);
}

struct dpi_circuit dynapse_core_circuit(const struct dynapse_config *g,
                                        const struct dynapse_chip *c, int core)
{
    struct dpi_circuit out = c->nominal;
    for (int b = 0; b < DYNAPSE_CIRCUIT_CURRENTS; b++)
        ((double *)&out)[b] = dynapse_current(c, (enum dynapse_bias)b, g->bias[core][b]);
    return out;
}

void dynapse_core_bases(const struct dynapse_config *g, const struct dynapse_chip *c, int core,
                        double base[DYNAPSE_BASE_CURRENTS])
{
    for (int i = 0; i < DYNAPSE_BASE_CURRENTS; i++)
        base[i] = dynapse_current(c, (enum dynapse_bias)(DYNAPSE_SYAM_W0_P + i),
                                  g->bias[core][DYNAPSE_SYAM_W0_P + i]);
}
