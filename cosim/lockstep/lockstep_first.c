// The first divergence: both sides of its tick and of those before it, and where it began.
#include "cosim/lockstep/lockstep_model.h"

#include <string.h>

static void take(const struct law_word *table, int n, const char *from, int64_t *to)
{
    for (int i = 0; i < n; i++)
        to[i] = law_get(&table[i], from);
}

static void take_pair(struct lockstep *k, const struct stimulus *x, int tick, int layer, int neuron,
                      int i, struct lockstep_pair *p)
{
    const struct law_kind *kind = k->im.kind;
    const struct law_word *states = law_states(kind);
    const char *c = lockstep_commit(k, tick, i);
    p->tick = tick;
    p->jitter = x->jitter ? x->jitter[tick] : 0;
    take(states, k->n_states, lockstep_state(k, k->before, tick, i), p->before[LOCKSTEP_MODEL]);
    take(states, k->n_states, lockstep_state(k, k->after, tick, i), p->after[LOCKSTEP_MODEL]);
    take(kind->stage, kind->n_stages, k->model->again(k->m, x, tick, layer, neuron),
         p->stage[LOCKSTEP_MODEL]);
    const char *before = c + dut_before();
    if (!k->h->ops->tells_before) // what it told last
        before = tick ? lockstep_commit(k, tick - 1, i) + dut_after(kind)
                      : lockstep_state(k, k->before, 0, i);
    take(states, k->n_states, before, p->before[LOCKSTEP_DUT]);
    take(kind->stage, kind->n_stages, c + dut_stages(kind), p->stage[LOCKSTEP_DUT]);
    take(states, k->n_states, c + dut_after(kind), p->after[LOCKSTEP_DUT]);
}

// Whether a word differs; then it is what is told. Wide ones, and counts, in as many bits as their
// values need.
static bool differs(struct lockstep_divergence *d, const struct lockstep *k,
                    const struct law_word *x, const char *when, int64_t expected, int64_t got)
{
    struct law_range range = x->range(k->im.law);
    if (expected == got) return false;
    snprintf(d->what, sizeof d->what, "%s%s", x->name, when);
    d->expected = expected;
    d->got = got;
    d->bits = range.bits;
    d->frac = range.frac;
    bool count = !range.is_signed && range.frac == 0;
    if (range.bits == 64 || count) {
        uint64_t larger =
            (uint64_t)(expected < 0 ? ~expected : expected) | (uint64_t)(got < 0 ? ~got : got);
        d->bits = fx_ubits(larger) + !count;
    }
    if (x == k->im.kind->stage) d->frac += k->im.layer[d->layer].input_frac;
    return true;
}

static bool find(const struct lockstep *k, struct lockstep_divergence *d)
{
    const struct law_kind *kind = k->im.kind;
    const struct lockstep_pair *p = &d->at;
    for (int i = 0; i < k->n_states; i++)
        if (differs(d, k, &law_states(kind)[i], " before", p->before[0][i], p->before[1][i]))
            return true;
    for (int i = 0; i < kind->n_stages; i++)
        if (differs(d, k, &kind->stage[i], "", p->stage[0][i], p->stage[1][i])) return true;
    for (int i = 0; i < k->n_states; i++)
        if (differs(d, k, &law_states(kind)[i], " after", p->after[0][i], p->after[1][i]))
            return true;
    return false;
}

// Source `row` of the layer gave x; in each synapse that it reaches it is an event.
static void add_event(const struct lockstep *k, struct lockstep_divergence *d, int row, int32_t x)
{
    bool one = k->im.shape.layer[d->layer].topology == IMAGE_ONE_TO_ONE;
    int n_source = k->im.layer[d->layer].n_source, n_rows = k->im.layer[d->layer].n_rows;
    if (!x || (one && row != d->neuron)) return;
    for (int synapse = 0; synapse * n_source < n_rows; synapse++) {
        int at = (one ? 0 : row) + synapse * n_source;
        int w = (int)law_image_word(&k->im, d->layer, 0, d->neuron, at);
        if (d->n_events < LOCKSTEP_EVENTS)
            d->event[d->n_events] = (struct lockstep_event){row, synapse, x, w};
        d->n_events++;
    }
}

static void find_events(struct lockstep *k, const struct stimulus *x, struct lockstep_divergence *d)
{
    const struct image_shape *shape = &k->im.shape;
    int l = d->layer, tick = d->tick, n_in = shape->layer[l].n_in, own = tick - 1;
    int heard = shape->layer[l].topology == IMAGE_ONE_TO_ONE ? n_in : image_heard(shape, l);
    for (int i = 0; i < heard; i++) {
        int at = tick - shape->layer[l].delayed - i / n_in * shape->layer[l].spacing;
        add_event(k, d, i,
                  l ? k->model->spikes(k->m, at, l - 1, i % n_in) : stimulus_x(x, n_in, tick, i));
    }
    for (int m = 0; shape->layer[l].recurrent && m < shape->layer[l].n_out; m++)
        add_event(k, d, heard + m, k->model->spikes(k->m, own, l, m));
}

int lockstep_first(struct lockstep *k, const struct stimulus *x, int tick, int i, bool root,
                   struct lockstep_divergence *d, char *message, size_t size)
{
    struct dut_place at;
    memcpy(&at, lockstep_commit(k, tick, i), sizeof at);
    *d = (struct lockstep_divergence){
        .tick = tick, .layer = at.layer, .neuron = at.neuron, .root = root};
    take_pair(k, x, tick, at.layer, at.neuron, i, &d->at);
    d->n_history = tick < LOCKSTEP_HISTORY ? tick : LOCKSTEP_HISTORY;
    for (int back = 0; back < d->n_history; back++)
        take_pair(k, x, tick - 1 - back, at.layer, at.neuron, i, &d->history[back]);
    find_events(k, x, d);
    if (find(k, d)) return 0;
    snprintf(message, size,
             "tick %d layer %d neuron %d: the model's kernel differs from its own reference", tick,
             at.layer, at.neuron);
    return -1;
}
