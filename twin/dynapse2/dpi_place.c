#include "twin/dynapse2/dpi_map_parts.h"

#include "model/fx.h"

#include <stdlib.h>
#include <string.h>

static const struct dpi_circuit *circuit_of(const struct dpi_net *n, const struct dynapse_chip *c,
                                            int i)
{
    return n->circuit ? &n->circuit[i] : &c->nominal;
}

// Fills cores in the order given; a core has neurons of one circuit only. `open` (n_cores): the
// first neuron of each core, -1 where none is yet.
static int fill(struct dynapse_config *g, const struct dpi_net *n, const struct dynapse_chip *c,
                const int *order, int *open, const char *name, struct fail *f)
{
    int *taken = calloc((size_t)g->n_cores, sizeof *taken), bad = 0;
    if (!taken) return fail(f, "%s: no memory", name);
    for (int k = 0; k < g->n_cores; k++)
        open[k] = -1;
    for (int at = 0; !bad && at < n->n_neurons; at++) {
        int i = order[at], k = 0;
        while (k < g->n_cores && open[k] >= 0 &&
               (taken[k] == c->limits.neurons ||
                memcmp(circuit_of(n, c, open[k]), circuit_of(n, c, i), sizeof c->nominal)))
            k++;
        if (k == g->n_cores) {
            bad = fail(f,
                       "%s: neuron %d: does not fit: all %d cores (%d neurons of one circuit each) "
                       "are taken by those before it",
                       name, i, g->n_cores, c->limits.neurons);
            break;
        }
        if (open[k] < 0) open[k] = i;
        g->neuron[i].core = k;
        g->neuron[i].slot = taken[k]++;
    }
    free(taken);
    return bad;
}

// Neuron by neuron with its neighbours next to it: breadth first over connections either way.
static void order_by_neighbours(const struct dpi_net *n, int *order)
{
    int size = n->n_neurons, placed = 0;
    unsigned char *seen = calloc((size_t)size, 1);
    for (int root = 0; seen && root < size; root++) {
        if (seen[root]) continue;
        seen[root] = 1;
        order[placed] = root;
        for (int head = placed++; head < placed; head++)
            for (int j = 0; j < size; j++) {
                size_t at = (size_t)order[head] * (size_t)size + (size_t)j;
                size_t back = (size_t)j * (size_t)size + (size_t)order[head];
                if (seen[j] || (n->w_rec[at] == 0 && n->w_rec[back] == 0)) continue;
                seen[j] = 1;
                order[placed++] = j;
            }
    }
    free(seen);
}

// The first neuron that reaches more chips than its SRAM has entries for, or -1.
static int too_far(const struct dynapse_config *g, const struct dpi_net *n,
                   const struct dynapse_chip *c)
{
    int most = c->limits.destinations - c->limits.monitor_destinations;
    for (int i = 0; i < n->n_neurons; i++) {
        uint64_t chips = 0;
        int reached = 0;
        for (int j = 0; j < n->n_neurons; j++)
            if (n->w_rec[(size_t)i * (size_t)n->n_neurons + (size_t)j] != 0)
                chips |= fx_one(g->neuron[j].core / c->limits.cores);
        for (int k = 0; k < c->limits.chips; k++)
            reached += fx_bit(chips, k);
        if (reached > most) return i;
    }
    return -1;
}

int dpi_place(struct dynapse_config *g, const struct dpi_net *n, const struct dynapse_chip *c,
              const char *name, struct fail *f)
{
    int *order = malloc((size_t)n->n_neurons * sizeof *order);
    int *open = malloc((size_t)g->n_cores * sizeof *open);
    int bad = order && open ? 0 : fail(f, "%s: no memory", name);
    for (int i = 0; !bad && i < n->n_neurons; i++)
        order[i] = i;
    if (!bad) bad = fill(g, n, c, order, open, name, f);
    if (!bad && too_far(g, n, c) >= 0) {
        order_by_neighbours(n, order);
        bad = fill(g, n, c, order, open, name, f);
    }
    free(order);
    free(open);
    return bad; // a neuron that still reaches too far is named by dpi_route, which knows the masks
}
