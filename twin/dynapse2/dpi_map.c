#include "twin/dynapse2/dpi_map.h"

#include "twin/dynapse2/dpi_map_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct dpi_map_options dpi_map_default = {
    .quantise = {.starts = 300, .seed = 1, .boxes = 1048576}};

// The neurons of each core, in their order: listed[first[k]..first[k + 1]).
static void list_cores(const struct dynapse_config *g, int *first, int *listed)
{
    int n = 0;
    for (int core = 0; core < g->n_cores; core++) {
        first[core] = n;
        for (int i = 0; i < g->n_neurons; i++)
            if (g->neuron[i].core == core) listed[n++] = i;
    }
    first[g->n_cores] = n;
}

static int map_cores(struct dynapse_config *g, struct dpi_core_report *report, unsigned short *mask,
                     const struct dpi_net *n, const struct dynapse_chip *c,
                     const struct dpi_map_options *o, const char *name, struct fail *f)
{
    int *listed = malloc(((size_t)g->n_neurons + (size_t)g->n_cores + 1) * sizeof *listed);
    struct fail *why = calloc((size_t)g->n_cores, sizeof *why); // of each core
    int bad = listed && why ? 0 : fail(f, "%s: no memory", name);
    int *first = bad ? 0 : listed + g->n_neurons; // (n_cores + 1)
    if (!bad) list_cores(g, first, listed);
    int n_cores = bad ? 0 : g->n_cores, done = 0;
#pragma omp parallel for schedule(dynamic, 1)
    for (int core = 0; core < n_cores; core++) {
        int size = first[core + 1] - first[core];
        if (size)
            dpi_core_map(g, &report[core], mask, n, c, o, core, listed + first[core], size, name,
                         &why[core]);
#pragma omp critical
        progress_tell(o->progress, "cores", ++done, n_cores);
    }
    for (int core = 0; core < n_cores && !bad; core++)
        if (why[core].text[0]) bad = fail(f, "%s", why[core].text);
    free(listed);
    free(why);
    return bad;
}

int dpi_map(struct dynapse_config *g, struct dpi_core_report *report, const struct dpi_net *n,
            const struct dynapse_chip *c, const struct dpi_map_options *o, const char *name,
            struct fail *f)
{
    *g = (struct dynapse_config){0};
    memset(report, 0, (size_t)(c->limits.chips * c->limits.cores) * sizeof *report);
    if (dpi_net_check(n, name, f)) return -1;
    int most = c->limits.chips * c->limits.cores * c->limits.neurons;
    if (n->n_neurons > most)
        return fail(f, "%s: neuron %d: does not fit, allowed %d neurons on %d chips", name, most,
                    most, c->limits.chips);
    if (dynapse_config_init(g, c, n->n_in, n->n_neurons, f)) return -1;
    g->Iscale = n->Iscale;
    g->dt = n->dt;
    size_t sources = (size_t)n->n_in + (size_t)n->n_neurons;
    unsigned short *mask = calloc(sources * (size_t)n->n_neurons, sizeof *mask);
    int bad = mask ? 0 : fail(f, "%s: no memory", name);
    bad = bad || dpi_place(g, n, c, name, f) || map_cores(g, report, mask, n, c, o, name, f) ||
          dpi_route(g, mask, c, name, f);
    free(mask);
    return bad ? -1 : 0;
}
