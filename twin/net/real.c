#include "twin/net/real.h"

#include "twin/chip/physics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct real_order real_order_of(const struct law *law)
{
    return (struct real_order){.fire_gt = law->fire_gt, .reset_subtract = law->reset_subtract};
}

// Words of what a layer heard in the last ticks.
static size_t late_size(const struct image_shape *s, int l)
{
    return image_late(s, l) ? (IMAGE_MAX_LATE + 1) * (size_t)s->layer[l].n_in : 0;
}

int real_init(struct real *r, const struct law *law, const struct net *n,
              const struct real_order *order, struct fail *f)
{
    enum { DOUBLES = 4, INTS = 3 };
    size_t neurons = 0, late = 0;
    *r = (struct real){.law = law, .net = n, .order = *order};
    for (int l = 0; l < n->shape.n_layers; l++)
        neurons += (size_t)n->layer[l].n_out, late += late_size(&n->shape, l);
    r->memory =
        calloc(neurons * (DOUBLES * sizeof(double) + INTS * sizeof(int)) + late * sizeof(int), 1);
    if (!r->memory) return fail(f, "real arithmetic: out of memory");
    double *real = r->memory;
    int *whole = (int *)(real + DOUBLES * neurons);
    for (int l = 0; l < n->shape.n_layers; l++) {
        struct real_layer *y = &r->layer[l];
        const size_t n_out = (size_t)n->layer[l].n_out;
        double **const reals[DOUBLES] = {&y->v, &y->c, &y->u, &y->owed};
        int **const wholes[INTS] = {&y->r, &y->z, &y->before};
        for (int i = 0; i < DOUBLES; i++, real += n_out)
            *reals[i] = real;
        for (int i = 0; i < INTS; i++, whole += n_out)
            *wholes[i] = whole;
        y->late = whole;
        whole += late_size(&n->shape, l);
    }
    real_rest(r);
    return 0;
}

void real_rest(struct real *r)
{
    r->tick = 0;
    for (int l = 0; l < r->net->shape.n_layers; l++) {
        const struct net_layer *from = &r->net->layer[l];
        struct real_layer *y = &r->layer[l];
        for (int n = 0; n < from->n_out; n++) {
            y->v[n] = y->c[n] = from->rest ? from->rest[n] : 0;
            y->u[n] = y->owed[n] = 0;
            y->r[n] = y->z[n] = y->before[n] = 0;
        }
        memset(y->late, 0, late_size(&r->net->shape, l) * sizeof *y->late);
    }
}

void real_fini(struct real *r)
{
    free(r->memory);
    *r = (struct real){0};
}

// What a layer hears of the one before it; NULL: the first.
static const int *heard(const struct real *r, int l)
{
    const struct real_layer *from = l ? &r->layer[l - 1] : 0;
    bool late = l && (r->net->shape.layer[l].delayed || r->order.spike_late);
    return !l ? 0 : late ? from->before : from->z;
}

static int *heard_late(const struct real *r, int l, int late)
{
    return r->layer[l].late +
           (size_t)((r->tick - late) & IMAGE_MAX_LATE) * (size_t)r->net->shape.layer[l].n_in;
}

// Whether a source of the neuron is active.
static bool hears(const struct real *r, int l, int n, const double *x)
{
    const struct net *net = r->net;
    const int *z = heard(r, l), *own = r->layer[l].before, n_in = net->shape.layer[l].n_in;
    if (net->shape.layer[l].topology == IMAGE_ONE_TO_ONE) return l ? z[n] != 0 : x[n] != 0;
    for (int i = 0; i < n_in; i++)
        if (l ? z[i] != 0 : x[i] != 0) return true;
    for (int k = 1; k < net->shape.layer[l].taps; k++)
        for (int i = 0; i < n_in; i++)
            if (heard_late(r, l, k * net->shape.layer[l].spacing)[i]) return true;
    for (int m = 0; net->shape.layer[l].recurrent && m < net->layer[l].n_out; m++)
        if (own[m]) return true;
    return false;
}

static double gather(const struct real *r, int l, int n, const double *x)
{
    const struct net *net = r->net;
    const struct net_layer *y = &net->layer[l];
    const int *z = heard(r, l), *own = r->layer[l].before;
    int n_in = net->shape.layer[l].n_in, n_out = y->n_out;
    if (net->shape.layer[l].topology == IMAGE_ONE_TO_ONE) return y->w[n] * (l ? z[n] : x[n]);
    double acc = 0;
    for (int i = 0; i < n_in; i++)
        acc += y->w[i * n_out + n] * (l ? z[i] : x[i]);
    for (int k = 1; k < net->shape.layer[l].taps; k++) {
        const int *zk = heard_late(r, l, k * net->shape.layer[l].spacing);
        for (int i = 0; i < n_in; i++)
            acc += y->w[(k * n_in + i) * n_out + n] * zk[i];
    }
    if (net->shape.layer[l].recurrent)
        for (int m = 0, first = image_heard(&net->shape, l); m < n_out; m++)
            if (own[m]) acc += y->w[(first + m) * n_out + n] * (double)own[m];
    return acc;
}

static double leak(enum law_leak kind, double v, double lambda)
{
    switch (kind) {
    case LAW_LEAK_NONE:
        return 0;
    case LAW_LEAK_LINEAR:
        return copysign(fmin(fabs(v), lambda), v);
    case LAW_LEAK_SHIFT:
    case LAW_LEAK_SHIFT_MOVES:
    case LAW_LEAK_TWO_SHIFTS:
        return v * physics_share(kind, (int)lambda);
    default:
        return v * lambda;
    }
}

// What was gathered, through the synaptic current where the law has one.
static double current(const struct real *r, int l, int n, const double *x)
{
    const struct law *law = r->law;
    const struct net_layer *y = &r->net->layer[l];
    double i = gather(r, l, n, x), *u = &r->layer[l].u[n];
    if (y->gain) i *= y->gain[n];
    if (!law->currents) return i;
    double decaying = law->decay_last ? *u + i : *u;
    *u = decaying - leak(law->decay_kind, decaying, y->decay ? y->decay[n] : 0) +
         (law->decay_last ? 0 : i);
    return *u;
}

static int fitted(const struct real *r, double c, double theta, int most)
{
    int z = 0;
    for (; z < most && (r->order.fire_gt ? c > theta : c >= theta); z++)
        c -= theta;
    return z;
}

static void step(struct real *r, int l, int n, const double *x)
{
    const struct law *law = r->law;
    const struct net_layer *from = &r->net->layer[l];
    struct real_layer *y = &r->layer[l];
    int most = r->net->shape.layer[l].max_spikes;
    bool resting = y->r[n] > 0;
    const double before = y->v[n];
    double rest = from->rest ? from->rest[n] : 0, v = y->v[n], i = current(r, l, n, x);
    double in = resting ? 0 : i + from->bias[n];
    double leaks =
        leak(law->leak_kind, law->integrate_first ? v - rest + in : v - rest, from->lambda[n]);
    if (law->leak_when && !law_leaks(law, hears(r, l, n, x))) leaks = 0;
    v += in - leaks;
    v -= y->owed[n];
    if (law->floor_zero && v < 0) v = 0;
    if (resting && law->refractory_hold) v = rest;
    y->c[n] = v;
    int z =
        resting ? 0 : fitted(r, law->fire_before ? before : v, from->theta[n], most > 1 ? most : 1);
    double taken = z * (double)from->theta[n];
    bool late = r->order.reset_late && !law->currents;
    y->owed[n] = r->order.reset_subtract && late ? taken : 0;
    if (z && !r->order.reset_subtract)
        y->v[n] = from->reset ? from->reset[n] : 0;
    else
        y->v[n] = late ? v : v - taken;
    y->r[n] = z ? law->refractory_ticks : resting ? y->r[n] - 1 : 0;
    y->z[n] = z;
}

void real_tick(struct real *r, const double *x)
{
    for (int l = 0; l < r->net->shape.n_layers; l++) {
        struct real_layer *y = &r->layer[l];
        int *before = y->z;
        y->z = y->before;
        y->before = before;
    }
    for (int l = 0; l < r->net->shape.n_layers; l++) {
        if (image_late(&r->net->shape, l))
            memcpy(heard_late(r, l, 0), heard(r, l),
                   (size_t)r->net->shape.layer[l].n_in * sizeof(int));
        for (int n = 0; n < r->net->layer[l].n_out; n++)
            step(r, l, n, x);
    }
    r->tick++;
}
