#include "twin/identify/unit.h"

#include <math.h>

bool unit_holds(const struct unit *u, const int64_t *w)
{
    double most = 0;
    for (int k = 0; k < u->n_x; k++)
        most += fabs((double)w[k]) * u->x_most;
    return most < 0x1p60;
}

static struct law_gathered gather(const struct unit *u, const struct candidate *c,
                                  const struct law_state *state, int tick)
{
    if (u->sum[0] && !c->law.saturate_each)
        return (struct law_gathered){u->sum[0][tick], u->sum[1] ? u->sum[1][tick] : 0};
    const int32_t *x = u->x + (size_t)tick * (size_t)u->n_x;
    struct law_gathered acc = {c->law.saturate_each ? state->u : 0,
                               c->law.saturate_each ? state->u2 : 0};
    for (int i = 0; i < u->n_x; i++) {
        acc.acc = law_gather(&c->law, acc.acc, c->w[0][i], x[i]);
        if (c->law.currents > 1) acc.acc2 = law_gather(&c->law, acc.acc2, c->w[1][i], x[i]);
    }
    return acc;
}

void unit_sums(const struct unit *u, const struct candidate *c, int64_t *a, int64_t *b)
{
    const struct law_state none = {0};
    for (int t = 0; t < u->n; t++) {
        const struct law_gathered acc = gather(u, c, &none, t);
        a[t] = acc.acc;
        if (b) b[t] = acc.acc2;
    }
}

struct law_stages unit_step(const struct unit *u, const struct candidate *c,
                            struct law_state *state, int tick, const int32_t *theta)
{
    struct law_neuron n = c->n;
    if (u->leak) n.lambda = (int32_t)u->leak[tick];
    if (u->gain) n.gain = (int32_t)u->gain[tick];
    if (u->bias) n.bias = (int32_t)u->bias[tick];
    if (theta) n.theta = *theta;
    return law_step_ref(&c->law, &c->layer, &n, state, gather(u, c, state, tick), 0);
}

struct law_state unit_rest(const struct unit *u, const struct candidate *c, int tick)
{
    struct law_state s = {.v = c->law.has_rest ? c->n.rest : 0};
    if (!u->from_row) return s;
    s.v = (int32_t)u->v[tick];
    if (u->u[0]) s.u = (int32_t)u->u[0][tick];
    if (u->u[1]) s.u2 = (int32_t)u->u[1][tick];
    if (u->r) s.r = (int32_t)u->r[tick];
    return s;
}

static bool differs(struct unit_first *f, const char *word, int64_t here, int64_t there)
{
    if (here == there) return false;
    f->word = word;
    f->here = here;
    f->there = there;
    return true;
}

struct unit_first unit_run(const struct unit *u, const struct candidate *c)
{
    struct unit_first f = {.tick = u->n};
    struct law_state s = {0};
    for (int t = 0; t < u->n; t++) {
        if (u->begins[t]) {
            s = unit_rest(u, c, t);
            if (u->from_row) continue;
        }
        const struct law_stages done = unit_step(u, c, &s, t, 0);
        const int64_t v = u->shown == SHOWN_BEFORE ? done.clamp : s.v;
        f.tick = t;
        if ((u->z && differs(&f, "z", done.fire, u->z[t])) ||
            (!(u->shown == SHOWN_OTHER && done.fire) && differs(&f, "v", v, u->v[t])) ||
            (u->u[0] && differs(&f, "u", s.u, u->u[0][t])) ||
            (u->u[1] && differs(&f, "u2", s.u2, u->u[1][t])) ||
            (u->r && differs(&f, "r", s.r, u->r[t])))
            return f;
        f.right++;
    }
    f.tick = u->n;
    return f;
}

int unit_gap(const struct unit *u)
{
    int gap = u->n, last = -1;
    for (int t = 0; u->z && t < u->n; t++) {
        if (u->begins[t]) last = -1;
        if (!u->z[t]) continue;
        if (last >= 0 && t - last < gap) gap = t - last;
        last = t;
    }
    return gap;
}
