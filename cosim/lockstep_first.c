#include "cosim/lockstep_first.h"

struct replay {
    int layer, neuron, tick;
    struct lockstep_pair *at;      // of `tick`
    struct lockstep_pair *history; // of the ticks before, latest first
};

static void watch(void *context, int tick, int layer, int neuron, const struct law_state *before,
                  const struct law_stages *stages)
{
    struct replay *p = context;
    int back = p->tick - tick;
    if (layer != p->layer || neuron != p->neuron || back > LOCKSTEP_HISTORY) return;
    struct lockstep_pair *to = back ? &p->history[back - 1] : p->at;
    to->before_expected = *before;
    to->expected = *stages;
}

static void take_got(const struct lockstep *k, struct lockstep_pair *p, int tick,
                     const struct stimulus *s, const struct dut_commit *c)
{
    p->tick = tick;
    p->jitter = s->jitter ? s->jitter[tick] : 0;
    p->before_got = c->before;
    p->got = c->stages;
    p->after_got = c->after;
    p->after_expected = lockstep_after(k, tick, c->layer, c->neuron);
}

// Bits and fraction of a stage's word. Wide stages are shown in as many bits as their values need.
static void stage_format(const struct image *im, int layer, int stage, int64_t a, int64_t b,
                         int *bits, int *frac)
{
    const struct law *law = &im->law;
    uint64_t larger = (uint64_t)(a < 0 ? ~a : a) | (uint64_t)(b < 0 ? ~b : b);
    *bits = fx_ubits(larger) + 1;
    *frac = law->membrane.frac_bits;
    if (stage == 0) *frac = law->weight.frac_bits + im->layer[layer].input_frac;
    if (stage == 4 || stage == 6) *bits = law_bits(law->membrane);
    if (stage == 5) *bits = fx_ubits((uint64_t)im->layer[layer].max_spikes);
    if (stage == 7) *bits = 8;
    if (stage == 5 || stage == 7) *frac = -1;
}

static bool differs(struct lockstep_divergence *d, const char *what, int64_t expected, int64_t got,
                    int bits, int frac)
{
    d->what = what;
    d->expected = expected;
    d->got = got;
    d->bits = bits;
    d->frac = frac;
    return expected != got;
}

static bool find(const struct image *im, struct lockstep_divergence *d)
{
    const struct lockstep_pair *p = &d->at;
    const struct law_state *e = &p->before_expected, *g = &p->before_got;
    int v_bits = law_bits(im->law.membrane), frac = im->law.membrane.frac_bits;
    int u_bits = im->law.currents ? law_bits(im->law.current) : 1;
    if (differs(d, "v before", e->v, g->v, v_bits, frac)) return true;
    if (differs(d, "u before", e->u, g->u, u_bits, frac)) return true;
    if (differs(d, "u2 before", e->u2, g->u2, u_bits, frac)) return true;
    if (differs(d, "r before", e->r, g->r, 8, -1)) return true;
    for (int i = 0; i < LAW_STAGES; i++) {
        int64_t expected = law_get(&lif_kind.stage[i], &p->expected),
                got = law_get(&lif_kind.stage[i], &p->got);
        int bits, stage_frac;
        stage_format(im, d->layer, i, expected, got, &bits, &stage_frac);
        if (differs(d, lif_kind.stage[i].name, expected, got, bits, stage_frac)) return true;
    }
    e = &p->after_expected;
    g = &p->after_got;
    return differs(d, "v after", e->v, g->v, v_bits, frac) ||
           differs(d, "u after", e->u, g->u, u_bits, frac) ||
           differs(d, "u2 after", e->u2, g->u2, u_bits, frac) ||
           differs(d, "r after", e->r, g->r, 8, -1);
}

// Source `row` of the layer gave x; in each synapse that it reaches it is an event.
static void add_event(const struct lockstep *k, struct lockstep_divergence *d, int row, int32_t x)
{
    const struct image_layer *y = &k->im->layer[d->layer];
    bool one = y->topology == IMAGE_ONE_TO_ONE;
    if (!x || (one && row != d->neuron)) return;
    for (int synapse = 0; synapse * y->n_source < y->n_rows; synapse++) {
        int w = y->w[((one ? 0 : row) + synapse * y->n_source) * y->n_out + d->neuron];
        if (d->n_events < LOCKSTEP_EVENTS)
            d->event[d->n_events] = (struct lockstep_event){row, synapse, x, w};
        d->n_events++;
    }
}

static void find_events(const struct lockstep *k, const struct stimulus *s,
                        struct lockstep_divergence *d)
{
    int l = d->layer, tick = d->tick;
    const struct image_layer *y = &k->im->layer[l];
    for (int i = 0; i < y->n_in; i++)
        add_event(k, d, i,
                  l ? lockstep_spikes(k, y->delayed ? tick - 1 : tick, l - 1, i)
                    : stimulus_x(s, y->n_in, tick, i));
    for (int m = 0; y->recurrent && m < y->n_out; m++)
        add_event(k, d, y->n_in + m, lockstep_spikes(k, tick - 1, l, m));
}

int lockstep_first(struct lockstep *k, const struct stimulus *s, int tick,
                   const struct dut_commit *c, bool root, struct lockstep_divergence *d,
                   char *message, size_t size)
{
    *d = (struct lockstep_divergence){
        .tick = tick, .layer = c->layer, .neuron = c->neuron, .root = root};
    struct replay replay = {c->layer, c->neuron, tick, &d->at, d->history};
    struct stimulus until = *s;
    struct trace counts = {.count = k->trace.count};
    until.n_ticks = tick + 1;
    network_run_watched(&k->network, &until, &counts, watch, &replay);
    take_got(k, &d->at, tick, s, c);
    d->n_history = tick < LOCKSTEP_HISTORY ? tick : LOCKSTEP_HISTORY;
    for (int i = 0; i < d->n_history; i++) {
        const struct dut_commit *was =
            &lockstep_commits(k, tick - 1 - i)[c - lockstep_commits(k, tick)];
        take_got(k, &d->history[i], tick - 1 - i, s, was);
    }
    find_events(k, s, d);
    if (find(k->im, d)) return 0;
    snprintf(message, size,
             "tick %d layer %d neuron %d: the model's kernel differs from its own reference", tick,
             c->layer, c->neuron);
    return -1;
}
