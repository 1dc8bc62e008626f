#include "twin/train/dpi_train.h"

#include "base/basic_math.h"
#include "twin/dpi/dpi_engine.h"
#include "twin/io/rng.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

void dpi_train_defaults(struct dpi_train_options *o)
{
    *o = (struct dpi_train_options){.seed = 1,
                                    .steps = 2000,
                                    .groups = 4,
                                    .lr = 0.1,
                                    .init = 2,
                                    .weight_max = 15,
                                    .scale = 5,
                                    .margin = 1,
                                    .clip = 1,
                                    .backward = {.slope = 3},
                                    .law = &dpi_compat,
                                    .clips = 1};
}

static int new_moments(struct dpi_train *t, struct fail *f)
{
    t->m = calloc(dpi_train_weights(&t->net), sizeof *t->m);
    t->v = calloc(dpi_train_weights(&t->net), sizeof *t->v);
    if (t->m && t->v) return 0;
    dpi_train_fini(t);
    return fail(f, "training: out of memory");
}

static struct dpi_shape shape_of(const struct dpi_train *t, const struct dpi_train_options *o)
{
    struct dpi_shape shape = o->shape;
    shape.n_in = t->net.n_in;
    shape.n_out = t->net.labels.n;
    return shape;
}

// Of a corpus: where layers are, and which synapses there are: those of the shape, or of `like`.
static int new_layers(struct dpi_train *t, const struct dpi_train_options *o,
                      const struct dpi_net *like, struct fail *f)
{
    const struct dpi_shape shape = shape_of(t, o);
    size_t n_w = dpi_train_weights(&t->net);
    t->absent = malloc(n_w);
    t->span = malloc((size_t)t->net.n_neurons * sizeof *t->span);
    if (!t->absent || !t->span) return fail(f, "training: out of memory");
    if (dpi_shape_neurons(&shape) != t->net.n_neurons)
        return fail(f, "%d neurons, the hidden layers and %d labels are %d", t->net.n_neurons,
                    shape.n_out, dpi_shape_neurons(&shape));
    dpi_shape_spans(&shape, t->span);
    if (dpi_shape_absent(&shape, o->seed, t->absent, f)) return -1;
    for (size_t i = 0; like && i < n_w; i++) {
        bool is = *dpi_train_weight(like, i) != 0;
        t->absent[i] = !is;
    }
    return 0;
}

int dpi_train_init(struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, int n, const struct dpi_train_options *o,
                   struct fail *f)
{
    *t = (struct dpi_train){0};
    if (dpi_net_init(&t->net, task->n_in, n, 0, f)) return -1;
    strcpy(t->net.chip, chip->name);
    t->net.Iscale = chip->Iscale;
    t->net.dt = chip->dt;
    if (new_moments(t, f)) return -1;
    size_t n_w = dpi_train_weights(&t->net);
    // m is free to use before the first step.
    rng_normals((struct rng_stream){o->seed, 0, RNG_INITIAL_WEIGHTS, 0}, t->m, n_w);
    for (size_t i = 0; i < n_w; i++)
        *dpi_train_weight(&t->net, i) = o->init * t->m[i];
    memset(t->m, 0, n_w * sizeof *t->m);
    if (!task->corpus) return 0;
    if (labels_copy(&t->net.labels, &task->corpus->set.labels, f) || new_layers(t, o, 0, f)) {
        dpi_train_fini(t);
        return -1;
    }
    for (size_t i = 0; i < n_w; i++)
        if (t->absent[i]) *dpi_train_weight(&t->net, i) = 0;
    return 0;
}

int dpi_train_from(struct dpi_train *t, const struct dpi_task *task, const struct dpi_net *net,
                   const struct dpi_train_options *o, struct fail *f)
{
    *t = (struct dpi_train){0};
    if (dpi_net_like(&t->net, net, f)) return -1;
    for (size_t i = 0; i < dpi_train_weights(net); i++)
        *dpi_train_weight(&t->net, i) = *dpi_train_weight(net, i);
    if (new_moments(t, f)) return -1;
    if (!task->corpus || !new_layers(t, o, net, f)) return 0;
    dpi_train_fini(t);
    return -1;
}

void dpi_train_fini(struct dpi_train *t)
{
    dpi_net_fini(&t->net);
    free(t->m);
    free(t->v);
    free(t->absent);
    free(t->span);
    *t = (struct dpi_train){0};
}

double *dpi_train_weight(const struct dpi_net *n, size_t i)
{
    size_t inputs = (size_t)n->n_in * (size_t)n->n_neurons;
    return i < inputs ? &n->w_in[i] : &n->w_rec[i - inputs];
}

void dpi_train_seen(const struct dpi_train_options *o, const struct dpi_net *from,
                    struct dpi_net *to)
{
    for (size_t i = 0; i < dpi_train_weights(from); i++) {
        double w = *dpi_train_weight(from, i);
        *dpi_train_weight(to, i) = o->quantised ? dpi_quantised_weight(o->base, w) : w;
    }
}

// softplus(x), and its derivative.
static double softplus(double x, double *slope)
{
    double e = basic_exp(-fabs(x));
    *slope = x > 0 ? 1 / (1 + e) : e / (1 + e);
    return (x > 0 ? x : 0) + basic_log(1 + e);
}

// Loss of one chip on what was shown, its gradient by the counts to g; both `stride` apart.
static double loss_of(const struct dpi_train_options *o, const struct dpi_task *task, int class,
                      const float *counts, int n, int stride, float *g)
{
    double loss = 0, slope, unit = 1 / o->scale;
    for (int i = 0; i < n; i++)
        g[i * stride] = 0;
    for (int i = 0; i < dpi_task_heard(task, n); i++) {
        if (class == DPI_NOISE) { // no neuron over the limit
            loss += softplus(o->margin + (counts[i * stride] - task->reject) * unit, &slope);
            g[i * stride] += (float)(slope * unit);
            continue;
        }
        // The right neuron leads each other one and, of a general task, the limit.
        if (i == class && !task->general) continue;
        double behind = i == class ? task->reject : counts[i * stride];
        loss += softplus(o->margin - (counts[class * stride] - behind) * unit, &slope);
        g[class * stride] -= (float)(slope * unit);
        if (i != class) g[i * stride] += (float)(slope * unit);
    }
    return loss;
}

double dpi_train_silent_loss(const struct dpi_train_options *o, const struct dpi_task *task, int n)
{
    const float none = 0;
    float g;
    double loss = 0;
    if (task->corpus) return o->clips * loss_of(o, task, 0, &none, n, 0, &g);
    for (int shown = 0; shown < dpi_task_shown(task); shown++)
        loss += loss_of(o, task, dpi_task_class(task, shown), &none, n, 0, &g);
    return loss;
}

// What one thread works with.
struct worker {
    struct dpi_engine engine;
    struct dpi_backward back;
    float *gcount; // (n, DPI_LANES)
};

struct group_result {
    double loss, right; // sums over its chips
    int silent, bad;
};

// What chips are shown one after the other: so many things, shown[i·DPI_LANES + lane].
struct showing {
    int n;
    const int *shown; // of a corpus; NULL: all that the task shows
};

static int shown_to(const struct showing *s, int i, int lane)
{
    return s->shown ? s->shown[i * DPI_LANES + lane] : i;
}

// Adds the gradient of each chip, held to its vote times the norm, to g, in the order of the lanes.
static int collect(const struct worker *w, double clip, const double vote[DPI_LANES], double *g)
{
    size_t n = (size_t)w->engine.chips.rows * (size_t)w->engine.n;
    int bad = 0;
    for (int l = 0; l < DPI_LANES; l++) {
        const float *gw = w->back.gw + l, *gain = w->engine.chips.gain + l;
        double norm2 = 0;
        for (size_t i = 0; i < n; i++) {
            double x = (double)gw[i * DPI_LANES] * gain[i * DPI_LANES];
            norm2 += x * x;
        }
        if (!isfinite(norm2)) {
            bad++;
            continue;
        }
        double most = clip * vote[l], norm = sqrt(norm2), factor = norm > most ? most / norm : 1;
        for (size_t i = 0; i < n; i++)
            g[i] += factor * gw[i * DPI_LANES] * gain[i * DPI_LANES];
    }
    return bad;
}

// Sixteen fresh chips from k on: their summed gradient to g.
static int run_group(struct worker *w, const struct dpi_net *net, const struct dpi_task *task,
                     const struct dpi_train_options *o, const struct showing *all, uint32_t first,
                     double *g, struct group_result *r, struct fail *f)
{
    struct dpi_engine *e = &w->engine;
    uint32_t k[DPI_LANES];
    int right[DPI_LANES] = {0};
    bool silent[DPI_LANES];
    double vote[DPI_LANES] = {0}; // how far the chip is from what is wanted: Σ |dL/d count|
    *r = (struct group_result){0};
    for (int l = 0; l < DPI_LANES; l++) {
        k[l] = first + (uint32_t)l;
        silent[l] = true;
        dpi_engine_load(e, l, net, &o->variation, o->seed, k[l], 0);
    }
    dpi_backward_load(&w->back, &e->chips, o->law, e->dt, e->iscale, e->chip->nominal.Io);
    for (int i = 0; i < all->n; i++) {
        struct dpi_events room = {0};
        int shown[DPI_LANES];
        for (int l = 0; l < DPI_LANES; l++)
            shown[l] = shown_to(all, i, l);
        const struct dpi_events *events = dpi_task_lanes(task, shown, o->seed, k, 0, &room, f);
        if (!events) return -1;
        dpi_engine_run(e, events, true);
        for (int l = 0; l < DPI_LANES; l++) {
            int class = dpi_task_class(task, shown[l]);
            r->loss += loss_of(o, task, class, e->counts + l, e->n, DPI_LANES, w->gcount + l);
            for (int j = 0; j < e->n; j++) {
                vote[l] += o->scale * fabsf(w->gcount[j * DPI_LANES + l]);
                silent[l] &= e->counts[j * DPI_LANES + l] == 0;
            }
            right[l] += dpi_task_right(task, class, e->counts + l, e->n, DPI_LANES);
        }
        const struct dpi_backward_seen seen = dpi_engine_seen(e, events);
        dpi_backward_run(&w->back, &seen, w->gcount, false, 0);
        dpi_events_free(&room);
    }
    for (int l = 0; l < DPI_LANES; l++) {
        r->right += task->corpus ? (double)right[l] / all->n : right[l] == all->n;
        r->silent += silent[l];
        if (!o->weigh) vote[l] = 1;
    }
    memset(g, 0, dpi_train_weights(net) * sizeof *g);
    r->bad = collect(w, o->clip, vote, g);
    return 0;
}

// Clips in an order of their own for each pass over them (Fisher and Yates), a pure function of (seed, pass).
struct order {
    long pass; // that `clip` is of; -1: none yet
    int *clip; // (n)
    double *u; // (n)
    int *plan; // (groups, clips, DPI_LANES) of a step
};

static void shuffle(struct order *x, int n, uint64_t seed, long pass)
{
    if (x->pass == pass) return;
    x->pass = pass;
    rng_uniforms((struct rng_stream){seed, (uint64_t)pass, RNG_SHUFFLE, 0}, x->u, (size_t)n);
    for (int i = 0; i < n; i++)
        x->clip[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(x->u[i] * (i + 1)), swap = x->clip[i];
        x->clip[i] = x->clip[j];
        x->clip[j] = swap;
    }
}

static void plan_step(struct order *x, int n, const struct dpi_train_options *o, long step)
{
    const long each = (long)o->groups * o->clips * DPI_LANES;
    for (long i = 0; i < each; i++) {
        long at = step * each + i;
        shuffle(x, n, o->seed, at / n);
        x->plan[i] = x->clip[at % n];
    }
}

static int order_init(struct order *x, const struct dpi_task *task,
                      const struct dpi_train_options *o, struct fail *f)
{
    size_t n = (size_t)dpi_task_shown(task), each = (size_t)(o->groups * o->clips) * DPI_LANES;
    *x = (struct order){.pass = -1};
    if (!task->corpus) return 0;
    x->clip = malloc((n + 1) * sizeof *x->clip);
    x->u = malloc((n + 1) * sizeof *x->u);
    x->plan = malloc(each * sizeof *x->plan);
    return x->clip && x->u && x->plan ? 0 : fail(f, "training: out of memory");
}

static void order_fini(struct order *x)
{
    free(x->clip);
    free(x->u);
    free(x->plan);
}

// What group i of a step is shown.
static struct showing showing_of(const struct order *x, const struct dpi_task *task,
                                 const struct dpi_train_options *o, int i)
{
    if (!task->corpus) return (struct showing){dpi_task_shown(task), 0};
    return (struct showing){o->clips, x->plan + i * o->clips * DPI_LANES};
}

// Cosine from lr to 0, after a linear start over the first 2 %.
static double schedule(long step, long steps)
{
    double at = ((double)step + 0.5) / (double)steps, start = at < 0.02 ? at / 0.02 : 1;
    // cos(pi·at) = 1 − 2 sin²; by its series, for the same bits everywhere.
    double x = 3.14159265358979323846 * (at - 0.5), term = x, sum = x;
    for (int i = 1; i < 14; i++) {
        term *= -x * x / ((2 * i) * (2 * i + 1));
        sum += term;
    }
    return start * 0.5 * (1 - sum);
}

// One Adam step (Kingma and Ba 2015).
static void update(struct dpi_train *t, const struct dpi_train_options *o, const double *g,
                   double lr)
{
    const double b1 = 0.9, b2 = 0.999, eps = 1e-8;
    t->step++;
    double c1 = 1 - basic_exp((double)t->step * basic_log(b1));
    double c2 = 1 - basic_exp((double)t->step * basic_log(b2));
    for (size_t i = 0; i < dpi_train_weights(&t->net); i++) {
        double *w = dpi_train_weight(&t->net, i);
        if (t->absent && t->absent[i]) continue;
        t->m[i] = b1 * t->m[i] + (1 - b1) * g[i];
        t->v[i] = b2 * t->v[i] + (1 - b2) * g[i] * g[i];
        *w -= lr * (t->m[i] / c1) / (sqrt(t->v[i] / c2) + eps);
        *w = fmin(fmax(*w, -o->weight_max), o->weight_max);
    }
}

static void worker_fini(struct worker *w)
{
    dpi_engine_fini(&w->engine);
    dpi_backward_fini(&w->back);
    free(w->gcount);
}

static int worker_init(struct worker *w, const struct dynapse_chip *chip, const struct dpi_train *t,
                       const struct dpi_task *task, const struct dpi_train_options *o,
                       struct fail *f)
{
    int n_in = t->net.n_in, n = t->net.n_neurons;
    *w = (struct worker){0};
    if (dpi_engine_init(&w->engine, chip, o->law, n_in, n, task->n_ticks, f)) return -1;
    if (dpi_backward_init(&w->back, n_in, n, true, f)) return -1;
    w->back.options = o->backward;
    w->back.span = t->span;
    const struct dpi_shape shape = shape_of(t, o);
    if (t->span) w->back.hears = dpi_shape_first(&shape, 0);
    w->gcount = calloc((size_t)(n * DPI_LANES), sizeof *w->gcount);
    return w->gcount ? 0 : fail(f, "training: out of memory");
}

// The first chip of a step's group g; training draws its chips in order from the upper half of k.
static uint32_t chip_of(const struct dpi_train_options *o, long step, int g)
{
    uint64_t at = ((uint64_t)step * (uint64_t)o->groups + (uint64_t)g) * DPI_LANES;
    return DPI_TRAINING + (uint32_t)(at % (DPI_TRAINING - DPI_LANES));
}

int dpi_train_run(struct dpi_train *t, const struct dynapse_chip *chip, const struct dpi_task *task,
                  const struct dpi_train_options *o, int every, const struct progress *p,
                  int (*done)(void *context, const struct dpi_train *t,
                              const struct dpi_train_row *row, struct fail *f),
                  void *context, struct fail *f)
{
    int threads = omp_get_max_threads() < o->groups ? omp_get_max_threads() : o->groups, bad = 0;
    size_t n_w = dpi_train_weights(&t->net);
    double chips = (double)o->groups * DPI_LANES;
    struct dpi_net seen = {0};
    struct dpi_train_row row = {0};
    struct order order = {.pass = -1};
    struct worker *worker = calloc((size_t)threads, sizeof *worker);
    struct group_result *result = calloc((size_t)o->groups, sizeof *result);
    double *g = calloc((size_t)o->groups * n_w, sizeof *g);
    if (!worker || !result || !g) bad = fail(f, "training: out of memory");
    for (int i = 0; i < threads && !bad; i++)
        bad = worker_init(&worker[i], chip, t, task, o, f);
    if (!bad) bad = dpi_net_like(&seen, &t->net, f) || order_init(&order, task, o, f);
    while (!bad && t->step < o->steps) {
        dpi_train_seen(o, &t->net, &seen);
        if (task->corpus) plan_step(&order, dpi_task_shown(task), o, t->step);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
        for (int i = 0; i < o->groups; i++) {
            struct fail why;
            const struct showing shown = showing_of(&order, task, o, i);
            if (!run_group(&worker[omp_get_thread_num()], &seen, task, o, &shown,
                           chip_of(o, t->step, i), g + (size_t)i * n_w, &result[i], &why))
                continue;
#pragma omp critical
            {
                *f = why;
                bad = -1;
            }
        }
        if (bad) break;
        for (int i = 0; i < o->groups; i++) {
            row.loss += result[i].loss / chips;
            row.right += result[i].right / chips;
            row.chips += DPI_LANES;
            row.silent += result[i].silent;
            t->bad_chips += result[i].bad;
            for (size_t k = 0; i && k < n_w; k++)
                g[k] += g[(size_t)i * n_w + k];
        }
        for (size_t k = 0; k < n_w; k++)
            g[k] /= chips;
        row.lr = o->lr * schedule(t->step, o->steps);
        update(t, o, g, row.lr);
        progress_tell(p, "training steps", t->step, o->steps);
        if (progress_stopped(p)) {
            bad = fail(f, "training: stopped");
            break;
        }
        if (t->step % every && t->step < o->steps) continue;
        long since = t->step % every ? t->step % every : every;
        row.step = t->step;
        row.loss /= (double)since;
        row.right /= (double)since;
        if (done) bad = done(context, t, &row, f);
        row = (struct dpi_train_row){0};
    }
    for (int i = 0; worker && i < threads; i++)
        worker_fini(&worker[i]);
    dpi_net_fini(&seen);
    order_fini(&order);
    free(worker);
    free(result);
    free(g);
    return bad ? -1 : 0;
}
