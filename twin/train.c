#include "twin/train.h"

#include "twin/predict.h"
#include "twin/rng.h"
#include "twin/rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void train_defaults(struct train_options *o)
{
    *o = (struct train_options){.seed = 1,
                                .epochs = 60,
                                .batch = 128,
                                .clips_per_chip = 16,
                                .lr = 4e-3,
                                .lr_leak = 0,
                                .clip_norm = 1,
                                .surrogate = 10,
                                .reset_grad = 0,
                                .logit_scale = 0.2,
                                .rate_target = 0.2,
                                .rate_weight = 1,
                                .shift_ms = 96,
                                .held_chips = 4,
                                .n_hidden = 64,
                                .recurrent = 0,
                                .tau_hidden_s = 0.064,
                                .tau_out_s = 0.064};
}

struct image_shape train_shape(const struct train_options *o, int n_filters, int n_words)
{
    struct image_shape s = {.n_layers = 3};
    s.layer[0].n_in = s.layer[0].n_out = n_filters;
    s.layer[0].topology = IMAGE_ONE_TO_ONE;
    s.layer[1].n_in = n_filters;
    s.layer[1].n_out = o->n_hidden;
    s.layer[1].recurrent = o->recurrent;
    s.layer[2].n_in = o->n_hidden;
    s.layer[2].n_out = n_words;
    return s;
}

static void set_tau(struct net_layer *y, const struct chip *c, double tau_s)
{
    for (int n = 0; n < y->n_out; n++)
        y->lambda[n] = net_leak_of(c, tau_s);
}

// Weights of a layer: θ·(mean + sd·N(0, 1)).
static int draw_weights(struct net_layer *y, double theta, double mean, double sd, uint64_t seed,
                        uint64_t layer)
{
    size_t n = (size_t)y->n_source * (size_t)y->n_out;
    double *normal = malloc(n * sizeof *normal);
    if (!normal) return -1;
    rng_normals((struct rng_stream){seed, 0, RNG_INITIAL_WEIGHTS, layer}, normal, n);
    for (size_t i = 0; i < n; i++)
        y->w[i] = (float)(theta * (mean + sd * normal[i]));
    free(normal);
    return 0;
}

int train_init(struct train *t, const struct chip *c, const struct speech *s,
               const struct train_options *o, struct fail *f)
{
    *t = (struct train){.best_held = -1, .data_hash = dataset_hash(&s->set)};
    const int *n = s->set.n_split;
    if (n[SPLIT_TRAIN] == 0 || n[SPLIT_HELD] == 0)
        return fail(
            f, "training: %d training clips and %d of held-back speakers; both must be above 0",
            n[SPLIT_TRAIN], n[SPLIT_HELD]);
    struct image_shape shape = train_shape(o, s->front.spec.n_filters, s->set.n_words);
    const char *wrong = image_shape_check(&shape);
    if (wrong) return fail(f, "network: %s", wrong);
    if (rules_check_shape(c, &shape, f)) return -1;
    if (net_init(&t->net, &shape, c, f) || net_init(&t->best, &shape, c, f)) goto failed;
    t->m = calloc(t->net.n_values, sizeof(float));
    t->v = calloc(t->net.n_values, sizeof(float));
    if (!t->m || !t->v) goto no_memory;

    struct net_layer *y = t->net.layer;
    double theta = c->threshold, h = o->n_hidden;
    set_tau(&y[1], c, o->tau_hidden_s);
    set_tau(&y[2], c, o->tau_out_s);
    // Standard deviations in thresholds: a neuron's input over one time constant is about one θ.
    if (draw_weights(&y[0], theta, 0.06, 0, o->seed, 0) ||
        draw_weights(&y[1], theta, 0.02, 0.15, o->seed, 1) ||
        draw_weights(&y[2], theta, 0.02, 1 / sqrt(h), o->seed, 2))
        goto no_memory;
    if (o->recurrent) // own spikes start weak
        for (int i = y[1].n_out * shape.layer[1].n_in; i < y[1].n_out * y[1].n_source; i++)
            y[1].w[i] *= 0.5f;
    for (int i = 0; i < s->set.n_words; i++) {
        snprintf(t->net.words[i], sizeof t->net.words[i], "%s", s->set.word[i]);
        snprintf(t->best.words[i], sizeof t->best.words[i], "%s", s->set.word[i]);
    }
    t->net.n_words = t->best.n_words = s->set.n_words;
    return 0;

no_memory:
    fail(f, "training: out of memory");
failed:
    train_fini(t);
    return -1;
}

void train_fini(struct train *t)
{
    net_fini(&t->net);
    net_fini(&t->best);
    free(t->m);
    free(t->v);
    *t = (struct train){0};
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Cosine from lr to 0 over the run, after a linear start over the first 2 %.
static double schedule(long step, long n_steps)
{
    double at = ((double)step + 0.5) / (double)n_steps;
    double start = at < 0.02 ? at / 0.02 : 1;
    return start * 0.5 * (1 + cos(3.14159265358979323846 * at));
}

// One Adam step (Kingma and Ba 2015) on `n` values from `at`; unit turns the step into their unit.
static void adam(struct train *t, const float *g, size_t at, size_t n, double lr, double unit)
{
    const double b1 = 0.9, b2 = 0.999, eps = 1e-8;
    double c1 = 1 - pow(b1, (double)t->step), c2 = 1 - pow(b2, (double)t->step);
    for (size_t i = at; i < at + n; i++) {
        double gi = g[i] * unit;
        double m = b1 * t->m[i] + (1 - b1) * gi;
        double v = b2 * t->v[i] + (1 - b2) * gi * gi;
        t->m[i] = (float)m;
        t->v[i] = (float)v;
        t->net.values[i] = (float)(t->net.values[i] - lr * unit * (m / c1) / (sqrt(v / c2) + eps));
    }
}

bool train_update(struct train *t, const struct chip *c, const struct train_options *o, float *g,
                  double factor)
{
    double theta = c->threshold, norm2 = 0;
    for (size_t i = 0; i < t->net.n_values; i++)
        norm2 += (double)g[i] * g[i] * theta * theta;
    if (!isfinite(norm2)) return false;
    if (sqrt(norm2) > o->clip_norm)
        for (size_t i = 0; i < t->net.n_values; i++)
            g[i] = (float)(g[i] * (o->clip_norm / sqrt(norm2)));
    t->step++;
    for (int l = 0; l < t->net.shape.n_layers; l++) {
        struct net_layer *y = &t->net.layer[l];
        size_t weights = (size_t)y->n_source * (size_t)y->n_out;
        adam(t, g, (size_t)(y->w - t->net.values), weights, o->lr * factor, theta);
        for (size_t i = 0; i < weights; i++)
            y->w[i] = fminf(fmaxf(y->w[i], (float)c->weight.min), (float)c->weight.max);
        if (o->lr_leak == 0) continue;
        adam(t, g, (size_t)(y->lambda - t->net.values), (size_t)y->n_out, o->lr_leak * factor, 1);
        for (int n = 0; n < y->n_out; n++)
            y->lambda[n] = fminf(fmaxf(y->lambda[n], 0.004f), 0.9f);
    }
    return true;
}

// The order of an epoch's clips (Fisher and Yates) and their time shifts.
static int plan_epoch(struct batch_clip *plan, const int *clips, int n, const struct speech *s,
                      const struct train_options *o, int epoch)
{
    double *u = malloc((size_t)n * sizeof *u);
    if (!u) return -1;
    double hop_ms = 1e3 * s->front.spec.hop_samples / s->front.spec.rate_hz;
    double reach = o->shift_ms / hop_ms;
    rng_uniforms((struct rng_stream){o->seed, (uint64_t)epoch, RNG_SHIFT, 0}, u, (size_t)n);
    for (int i = 0; i < n; i++)
        plan[i] = (struct batch_clip){clips[i], s->set.clip[clips[i]].label,
                                      (int)nearbyint((2 * u[i] - 1) * reach)};
    rng_uniforms((struct rng_stream){o->seed, (uint64_t)epoch, RNG_SHUFFLE, 0}, u, (size_t)n);
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(u[i] * (i + 1));
        struct batch_clip swap = plan[i];
        plan[i] = plan[j];
        plan[j] = swap;
    }
    free(u);
    return 0;
}

// Mean accuracy on held-back speakers over chips that training never draws and evaluation never
// sees.
static int judge(const struct train *t, const struct chip *c, const struct speech *s,
                 const struct train_options *o, const int *held, int n_held, double *accuracy,
                 struct fail *f)
{
    struct predict_chip chips[64];
    struct predict_job job = {.chip = c,
                              .net = &t->net,
                              .speech = s,
                              .clip = held,
                              .n_clips = n_held,
                              .seed = o->seed,
                              .first_chip = UINT32_MAX - 63,
                              .n_chips = o->held_chips};
    if (predict_run(&job, chips, 0, 0, f)) return -1;
    *accuracy = 0;
    for (int i = 0; i < o->held_chips; i++)
        *accuracy += (double)chips[i].correct / n_held / o->held_chips;
    return 0;
}

static void keep_best(struct train *t, double held)
{
    if (held <= t->best_held) return;
    t->best_held = held;
    t->best_epoch = t->epoch;
    memcpy(t->best.values, t->net.values, t->net.n_values * sizeof(float));
}

static struct batch_options batch_options_of(const struct train_options *o, int n_layers)
{
    struct batch_options b = {.backward = {.slope = (float)o->surrogate,
                                           .reset_grad = (float)o->reset_grad,
                                           .neuron_gradients = o->lr_leak > 0},
                              .logit_scale = (float)o->logit_scale,
                              .clips_per_chip = o->clips_per_chip};
    for (int l = 0; l < n_layers - 1; l++)
        b.backward.rate[l] =
            (struct loss_rate){LOSS_RATE_ABOVE, (float)o->rate_weight, (float)o->rate_target};
    return b;
}

int train_run(struct train *t, const struct chip *c, const struct speech *s,
              const struct train_options *o, const struct progress *p,
              int (*done)(void *context, const struct train *t, const struct train_epoch *row,
                          struct fail *f),
              void *context, struct fail *f)
{
    int bad = -1, n_clips = s->set.n_clips;
    struct batch_options options = batch_options_of(o, t->net.shape.n_layers);
    int *train = malloc((size_t)n_clips * sizeof *train),
        *held = malloc((size_t)n_clips * sizeof *held);
    struct batch_clip *plan = malloc((size_t)n_clips * sizeof *plan);
    float *g = malloc(t->net.n_values * sizeof *g);
    struct batch *batch = 0;
    if (!train || !held || !plan || !g) {
        fail(f, "training: out of memory");
        goto out;
    }
    int n_train = speech_split(s, SPLIT_TRAIN, train), n_held = speech_split(s, SPLIT_HELD, held);
    batch = batch_new(c, &t->net.shape, s->n_ticks, o->batch, &options, f);
    if (!batch) goto out;
    long steps_each = (n_train + o->batch - 1) / o->batch, n_steps = steps_each * o->epochs;
    uint32_t chips_each = (uint32_t)((o->batch + o->clips_per_chip - 1) / o->clips_per_chip);

    while (t->epoch < o->epochs) {
        struct train_epoch row = {.epoch = t->epoch + 1};
        double start = now_s();
        if (plan_epoch(plan, train, n_train, s, o, t->epoch)) {
            fail(f, "training: out of memory");
            goto out;
        }
        for (long i = 0; i < steps_each; i++) {
            int first = (int)i * o->batch,
                count = n_train - first < o->batch ? n_train - first : o->batch;
            long at = t->epoch * steps_each + i;
            // Training draws its chips in order from the upper half of k, but for the last 64.
            uint32_t k = VIRTUAL_CHIP_TRAINING +
                         (uint32_t)((uint64_t)at * chips_each % (VIRTUAL_CHIP_TRAINING - 1024));
            struct batch_result r =
                batch_gradient(batch, &t->net, s, 0, plan + first, count, o->seed, k, g);
            row.lr = o->lr * schedule(at, n_steps);
            if (!train_update(t, c, o, g, schedule(at, n_steps))) t->bad_steps++;
            row.loss += r.loss * count / n_train;
            row.train += r.correct * count / n_train;
            row.rate += r.rate * count / n_train;
            progress_tell(p, "training steps", at + 1, n_steps);
        }
        row.clips_per_s = n_train / (now_s() - start);
        t->epoch++;
        if (judge(t, c, s, o, held, n_held, &row.held, f)) goto out;
        keep_best(t, row.held);
        row.bad_steps = t->bad_steps;
        row.seconds = now_s() - start;
        if (done && done(context, t, &row, f)) goto out;
    }
    bad = 0;
out:
    batch_free(batch);
    free(g);
    free(plan);
    free(held);
    free(train);
    return bad;
}
