#include "twin/nir/own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// One letter a layer: d for a dense one, o for one to one.
static bool read_layers(struct nir_own *own, const char *text, const struct nir_layers *y)
{
    if (!text || strlen(text) != (size_t)y->n) return false;
    for (int l = 0; l < y->n; l++) {
        if (y->layer[l].n_parts > 1) return false; // no graph of ours
        own->one_to_one[l] = text[l] == 'o';
        if (text[l] != 'o' && text[l] != 'd') return false;
        bool could = y->layer[l].one_to_one || (y->layer[l].n_in == 1 && y->layer[l].n_out == 1);
        if (own->one_to_one[l] && !could) return false;
    }
    return true;
}

// A number a layer, parted by commas; not told: 1 each.
static bool read_spikes(struct nir_own *own, const char *text, int n_layers)
{
    for (int l = 0; l < n_layers; l++) {
        int used = 0;
        own->max_spikes[l] = 1;
        if (!text) continue;
        if (sscanf(text, "%2d%n", &own->max_spikes[l], &used) != 1 || own->max_spikes[l] < 1 ||
            own->max_spikes[l] > LAW_MAX_SPIKES || text[used] != (l + 1 < n_layers ? ',' : 0))
            return false;
        text += used + 1;
    }
    return true;
}

int nir_own_read(struct nir_own *own, struct nir_graph *g, const struct nir_layers *y,
                 const struct chip *c, struct fail *f)
{
    static const char *const field[OWN_VALUES] = {"metadata/rest", "metadata/gain", "metadata/leak",
                                                  "metadata/decay"};
    const char *hash = hdf5_text(&g->file, "node/metadata/chip_hash");
    char own_hash[17];
    snprintf(own_hash, sizeof own_hash, "%016" PRIx64, chip_hash(c));
    *own = (struct nir_own){.is = hash && strcmp(hash, own_hash) == 0};
    own->is = own->is && read_layers(own, hdf5_text(&g->file, "node/metadata/layers"), y);
    own->is = own->is && read_spikes(own, hdf5_text(&g->file, "node/metadata/max_spikes"), y->n);
    for (int l = 0; own->is && l < y->n; l++)
        for (int k = 0; k < OWN_VALUES; k++) {
            struct nir_array a;
            int none = nir_find(g, y->layer[l].part[0].node, field[k], false, &a, f);
            if (none < 0) return -1;
            if (none) continue;
            if (a.n != (size_t)y->layer[l].n_out)
                return fail(f, "%s: node %s: %s has %zu values, allowed %d, one a neuron", g->path,
                            g->node[y->layer[l].part[0].node].name, field[k], a.n,
                            y->layer[l].n_out);
            own->value[l][k] = a.x;
        }
    return 0;
}

bool nir_own_has(const struct nir_own *own, int layer, enum nir_own_which which)
{
    return own->is && own->value[layer][which];
}

double nir_own_value(const struct nir_own *own, int layer, enum nir_own_which which, int neuron)
{
    const double *x = own->value[layer][which];
    return x ? x[neuron] : which == OWN_GAIN ? 1 : 0;
}

int nir_own_labels(const struct nir_graph *g, struct labels *l, struct fail *f)
{
    const char *text = hdf5_text(&g->file, "node/metadata/labels");
    struct fail why = {""};
    if (!text || !*text) return 0;
    return labels_parse(l, text, &why) ? fail(f, "%s: metadata: labels: %s", g->path, why.text) : 0;
}
