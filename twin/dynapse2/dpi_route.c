// Sources to tags, CAM entries and SRAM destinations.
//
// A tag means one source to a core. Two sources may share a tag where they reach no core in common,
// and a source may have another tag on every chip: each takes the lowest tag that is free in all
// cores it reaches there.
#include "twin/dynapse2/dpi_map_parts.h"

#include "model/fx.h"

#include <stdio.h>
#include <stdlib.h>

struct router {
    struct dynapse_config *g;
    const struct dynapse_chip *c;
    const unsigned short *mask; // (n_sources, n_neurons)
    unsigned char *taken;       // (n_cores, tags)
    unsigned *cores;            // (chips) mask of the cores that a source reaches
    const char *name;
    struct fail *f;
};

static int entries_of(unsigned mask)
{
    return (int)(mask / DPI_MASK_FULL) + (mask % DPI_MASK_INHIBIT != 0);
}

static int count_fan_in(const struct router *r, int i)
{
    int n = 0;
    for (int s = 0; s < r->g->n_inputs + r->g->n_neurons; s++)
        n += entries_of(r->mask[(size_t)s * (size_t)r->g->n_neurons + (size_t)i]);
    return n;
}

static int make_cams(struct router *r)
{
    for (int i = 0; i < r->g->n_neurons; i++) {
        int n = count_fan_in(r, i);
        if (n > r->c->limits.cam_entries)
            return fail(r->f, "%s: neuron %d: fan-in of %d, allowed up to %d CAM entries", r->name,
                        i, n, r->c->limits.cam_entries);
        r->g->neuron[i].synapse = calloc((size_t)n + 1, sizeof *r->g->neuron[i].synapse);
        if (!r->g->neuron[i].synapse) return fail(r->f, "%s: no memory", r->name);
    }
    return 0;
}

static int free_tag(const struct router *r, int chip)
{
    for (int tag = 0; tag < r->c->limits.tags; tag++) {
        int k = 0;
        while (k < r->c->limits.cores &&
               !(fx_bit(r->cores[chip], k) &&
                 r->taken[(size_t)(chip * r->c->limits.cores + k) * (size_t)r->c->limits.tags +
                          (size_t)tag]))
            k++;
        if (k == r->c->limits.cores) return tag;
    }
    return -1;
}

// The tag of a source on one chip, and the synapses that listen to it.
static int tune(struct router *r, int source, int chip, struct dynapse_destination *d)
{
    struct dynapse_config *g = r->g;
    int tag = free_tag(r, chip);
    bool input = source < g->n_inputs;
    if (tag < 0)
        return fail(
            r->f,
            "%s: %s %d: no tag is free on chip %d: all %d are taken in the cores that it reaches",
            r->name, input ? "input" : "neuron", input ? source : source - g->n_inputs, chip,
            r->c->limits.tags);
    for (int k = 0; k < r->c->limits.cores; k++)
        if (fx_bit(r->cores[chip], k))
            r->taken[(size_t)(chip * r->c->limits.cores + k) * (size_t)r->c->limits.tags +
                     (size_t)tag] = 1;
    for (int i = 0; i < g->n_neurons; i++) {
        unsigned mask = r->mask[(size_t)source * (size_t)g->n_neurons + (size_t)i];
        struct dynapse_neuron *to = &g->neuron[i];
        if (!entries_of(mask) || to->core / r->c->limits.cores != chip) continue;
        bool inhibit = mask / DPI_MASK_INHIBIT % 2;
        for (int k = 0; k < entries_of(mask); k++) {
            unsigned bits =
                k < (int)(mask / DPI_MASK_FULL) ? DPI_MASK_INHIBIT - 1 : mask % DPI_MASK_INHIBIT;
            to->synapse[to->n_synapses++] = (struct dynapse_synapse){tag, bits, inhibit};
        }
    }
    *d = (struct dynapse_destination){chip, r->cores[chip], tag};
    return 0;
}

static int route_source(struct router *r, int source)
{
    struct dynapse_config *g = r->g;
    const struct dynapse_chip *c = r->c;
    int most = c->limits.destinations - c->limits.monitor_destinations, reached = 0;
    for (int k = 0; k < c->limits.chips; k++)
        r->cores[k] = 0;
    for (int i = 0; i < g->n_neurons; i++)
        if (entries_of(r->mask[(size_t)source * (size_t)g->n_neurons + (size_t)i]))
            r->cores[g->neuron[i].core / c->limits.cores] |=
                (unsigned)fx_one(g->neuron[i].core % c->limits.cores);
    for (int k = 0; k < c->limits.chips; k++)
        reached += r->cores[k] != 0;
    bool input = source < g->n_inputs;
    if (!input && reached > most)
        return fail(r->f,
                    "%s: neuron %d: reaches %d chips, allowed up to %d of %d SRAM entries (%d for "
                    "the monitor)",
                    r->name, source - g->n_inputs, reached, most, c->limits.destinations,
                    c->limits.monitor_destinations);
    struct dynapse_destination *d = calloc((size_t)reached + 1, sizeof *d);
    int n = 0;
    if (input)
        g->input[source] = (struct dynapse_input){reached, d};
    else {
        g->neuron[source - g->n_inputs].destination = d;
        g->neuron[source - g->n_inputs].n_destinations = reached;
    }
    if (!d) return fail(r->f, "%s: no memory", r->name);
    for (int k = 0; k < c->limits.chips; k++)
        if (r->cores[k] && tune(r, source, k, &d[n++])) return -1;
    return 0;
}

int dpi_route(struct dynapse_config *g, const unsigned short *mask, const struct dynapse_chip *c,
              const char *name, struct fail *f)
{
    struct router r = {g, c, mask, 0, 0, name, f};
    r.taken = calloc((size_t)g->n_cores * (size_t)c->limits.tags, 1);
    r.cores = calloc((size_t)c->limits.chips, sizeof *r.cores);
    int bad = r.taken && r.cores ? make_cams(&r) : fail(f, "%s: no memory", name);
    for (int s = 0; !bad && s < g->n_inputs + g->n_neurons; s++)
        bad = route_source(&r, s);
    free(r.taken);
    free(r.cores);
    return bad;
}
