#include "twin/dpi_map.h"

#include "twin/dpi_map_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct dpi_map_options dpi_map_default = {
    .quantise = {.starts = 300, .seed = 1, .boxes = 1048576}};

static int map_cores(struct dynapse_config *g, struct dpi_core_report *report, unsigned short *mask,
                     int *listed, const struct dpi_net *n, const struct dynapse_chip *c,
                     const struct dpi_map_options *o, const char *name, struct fail *f)
{
    for (int core = 0; core < g->n_cores; core++) {
        int n_listed = 0;
        for (int i = 0; i < n->n_neurons; i++)
            if (g->neuron[i].core == core) listed[n_listed++] = i;
        if (n_listed &&
            dpi_core_map(g, &report[core], mask, n, c, o, core, listed, n_listed, name, f))
            return -1;
    }
    return 0;
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
    int *listed = malloc((size_t)n->n_neurons * sizeof *listed);
    int bad = mask && listed ? 0 : fail(f, "%s: no memory", name);
    bad = bad || dpi_place(g, n, c, name, f) ||
          map_cores(g, report, mask, listed, n, c, o, name, f) || dpi_route(g, mask, c, name, f);
    free(mask);
    free(listed);
    return bad ? -1 : 0;
}
