#include "twin/net/placement.h"

#include <stdio.h>

bool placement_in_front(const struct image_shape *s, int layer)
{
    return layer == 0 && s->layer[0].topology == IMAGE_ONE_TO_ONE;
}

struct search {
    const struct image_shape *shape;
    struct placement *p;
    int room[PLACEMENT_CORES]; // left
};

static void put(struct search *a, int layer, int core, int neurons)
{
    a->p->neurons[layer][core] += neurons;
    a->room[core] -= neurons;
}

// Each recurrent layer from `layer` on into one core. Of cores with equal room only the first is
// tried: the others give the same.
static bool place_recurrent(struct search *a, int layer)
{
    while (layer < a->shape->n_layers && !a->shape->layer[layer].recurrent)
        layer++;
    if (layer == a->shape->n_layers) return true;
    int size = a->shape->layer[layer].n_out;
    for (int core = 0; core < a->p->n_cores; core++) {
        bool tried = a->room[core] < size;
        for (int other = 0; other < core; other++)
            tried |= a->room[other] == a->room[core];
        if (tried) continue;
        put(a, layer, core, size);
        if (place_recurrent(a, layer + 1)) return true;
        put(a, layer, core, -size);
    }
    return false;
}

// The smallest core that holds the layer whole, or -1.
static int whole_core(const struct search *a, int size)
{
    int best = -1;
    for (int core = 0; core < a->p->n_cores; core++)
        if (a->room[core] >= size && (best < 0 || a->room[core] < a->room[best])) best = core;
    return best;
}

static void place_forward(struct search *a, int layer)
{
    int left = a->shape->layer[layer].n_out, core = whole_core(a, left);
    if (core >= 0) put(a, layer, core, left);
    for (int k = 0; core < 0 && left; k++) {
        int n = left < a->room[k] ? left : a->room[k];
        put(a, layer, k, n);
        left -= n;
    }
}

// "50 + 50 + 100"
static const char *cores_text(const struct chip *c, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < c->cores.neurons.n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%g", i ? " + " : "",
                                 c->cores.neurons.x[i]);
    return text;
}

static const char *recurrent_text(const struct image_shape *s, char *text, size_t size)
{
    size_t used = 0;
    for (int l = 0; l < s->n_layers && used < size; l++)
        if (s->layer[l].recurrent)
            used += (size_t)snprintf(text + used, size - used, "%s%d", used ? ", " : "",
                                     s->layer[l].n_out);
    return text;
}

int placement_find(struct placement *p, const struct chip *c, const struct image_shape *s,
                   struct fail *f)
{
    struct search a = {s, p, {0}};
    char text[256];
    int room = 0, needed = 0;
    *p = (struct placement){.n_cores = c->cores.neurons.n};
    if (!p->n_cores) return 0;
    for (int i = 0; i < p->n_cores; i++)
        room += a.room[i] = (int)c->cores.neurons.x[i];
    for (int l = 0; l < s->n_layers; l++)
        needed += placement_in_front(s, l) ? 0 : s->layer[l].n_out;
    if (needed > room)
        return fail(f, "%d neurons behind the front end, %s has room for %d (%s)", needed, c->name,
                    room, cores_text(c, text, sizeof text));
    if (!place_recurrent(&a, 0)) {
        char sizes[128];
        *p = (struct placement){.n_cores = p->n_cores};
        return fail(f,
                    "recurrent layers of %s neurons, each of which lies in one core, do not fit "
                    "the cores of %s (%s)",
                    recurrent_text(s, sizes, sizeof sizes), c->name,
                    cores_text(c, text, sizeof text));
    }
    for (int l = 0; l < s->n_layers; l++)
        if (!placement_in_front(s, l) && !s->layer[l].recurrent) place_forward(&a, l);
    return 0;
}
