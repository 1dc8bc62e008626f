#include "twin/train/train.h"

#include "base/basic_math.h"
#include "twin/jobs/lif_job.h"
#include "twin/train/sign_anneal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int train_judge(const struct net *net, const struct chip *c, const struct corpus *s, uint64_t seed,
                uint32_t first_chip, int n_chips, struct train_judged *judged, struct fail *f)
{
    struct predict_chip chips[TRAIN_JUDGES];
    size_t n_clips = (size_t)s->set.n_clips;
    int *held = malloc(n_clips * sizeof *held);
    uint16_t *decision = malloc((size_t)n_chips * n_clips * sizeof *decision);
    if (!held || !decision) {
        free(held);
        free(decision);
        return fail(f, "training: out of memory");
    }
    int n_held = corpus_split(s, SPLIT_HELD, held);
    struct lif_job lif = {.chip = c,
                          .net = net,
                          .corpus = s,
                          .clip = held,
                          .n_clips = n_held,
                          .seed = seed,
                          .first_chip = first_chip,
                          .n_chips = n_chips};
    struct task task;
    struct predict_job job = lif_predict_job(&lif, &task);
    int bad = lif_task(&task, &lif, f);
    if (!bad) bad = predict_run(&job, chips, decision, 0, f);
    if (!bad && undecided_count(&judged->undecided, &job, chips, decision, n_chips, 2))
        bad = fail(f, "training: out of memory");
    judged->accuracy = 0;
    for (int i = 0; !bad && i < n_chips; i++)
        judged->accuracy += (double)chips[i].correct / task_points(&task) / n_chips;
    task_fini(&task);
    free(held);
    free(decision);
    return bad;
}

int train_judge_conditions(const struct net *net, const struct chip *c, const struct corpus *s,
                           double accuracy[CHIP_CONDITIONS], struct fail *f)
{
    for (int k = 0; k < CHIP_CONDITIONS; k++) {
        const struct chip under = chip_under(c, (enum chip_condition)k);
        struct train_judged held;
        if (train_judge(net, &under, s, 1, 1, k == CHIP_FULL ? TRAIN_JUDGES : 1, &held, f))
            return -1;
        accuracy[k] = held.accuracy;
    }
    return 0;
}

double train_guess(const struct corpus *s)
{
    return s->targets ? 1 : basic_log(s->set.labels.n);
}

// First weights are drawn anew after so many epochs in a row, and steps in them, that taught nothing; so often.
enum { STUCK_EPOCHS = 5, STUCK_STEPS = 200, MOST_REDRAWN = 3 };

// Whether an epoch taught nothing: a layer fires on no chip, or the loss is what a guess costs.
static bool nothing_learned(const struct train_epoch *row, const struct corpus *s)
{
    const struct undecided *u = &row->undecided;
    for (int l = 0; l < u->n_layers; l++)
        if (u->layer[l] == u->n_chips) return true;
    double guess = train_guess(s);
    return fabs(row->loss - guess) < 0.01 * guess;
}

static int redraw_if_stuck(struct train *t, const struct chip *c, const struct corpus *s,
                           const struct train_options *o, long steps_each, struct train_epoch *row,
                           struct fail *f)
{
    t->stuck = nothing_learned(row, s) ? t->stuck + 1 : 0;
    if (t->stuck < STUCK_EPOCHS || t->stuck * steps_each < STUCK_STEPS ||
        t->redrawn == MOST_REDRAWN || t->from_hash)
        return 0;
    row->redrawn = t->stuck;
    return train_redraw(t, c, s, o, f);
}

static void keep_best(struct train *t, const struct net *now, const struct train_options *o,
                      double held)
{
    bool early = o->patience == 0 && t->epoch <= o->choose_from * o->epochs && t->epoch < o->epochs;
    if (early || held <= t->best_held) return;
    t->best_held = held;
    t->best_epoch = t->epoch;
    memcpy(t->best.values, now->values, now->n_values * sizeof(float));
}

static struct batch_options batch_options_of(const struct train_options *o, const struct corpus *c,
                                             const struct image_shape *s)
{
    struct batch_options b = {.backward = {.slope = (float)o->surrogate,
                                           .reset_grad = (float)o->reset_grad,
                                           .neuron_gradients = o->lr_leak > 0,
                                           .wrap_weight = o->wrap_weight},
                              .logit_scale = (float)o->logit_scale,
                              .population = o->population,
                              .targets = c->targets,
                              .clips_per_chip = o->clips_per_chip};
    for (int l = 0; l < s->n_layers - 1; l++)
        b.backward.rate[l] =
            l == 0 && s->layer[0].topology == IMAGE_ONE_TO_ONE ? o->front_rate : o->rate;
    b.backward.rate[s->n_layers - 1] = o->out_rate;
    return b;
}

// A net as the chip gets it at this point of the run.
static const struct net *net_now(struct train *t, const struct net *n, const struct chip *c,
                                 const struct train_options *o, double progress)
{
    if (!o->anneal_signs) return n;
    sign_anneal_forward(c, n, sign_anneal_alpha(progress), &t->annealed);
    return &t->annealed;
}

// What the weights themselves cost: adds its gradient, returns the loss.
static double weight_losses(const struct net *n, const struct chip *c,
                            const struct train_options *o, float *g)
{
    double theta = c->threshold, topology = o->topology_weight / theta,
           magnitude = o->magnitude_weight / (theta * theta), loss = 0;
    if (topology > 0 && c->weight.sign_block) loss += topology * loss_topology(c, n, topology, g);
    if (magnitude > 0) loss += magnitude * loss_magnitude(n, o->magnitude_limit, magnitude, g);
    return loss;
}

bool train_stopped(const struct train *t, const struct train_options *o)
{
    return o->patience > 0 && t->epoch - t->best_epoch >= o->patience;
}

int train_run(struct train *t, const struct chip *c, const struct corpus *s,
              const struct train_options *o, const struct progress *p,
              int (*done)(void *context, const struct train *t, const struct train_epoch *row,
                          struct fail *f),
              void *context, struct fail *f)
{
    int bad = -1, n_clips = s->set.n_clips;
    struct batch_options options = batch_options_of(o, s, &t->net.shape);
    int *train = malloc((size_t)n_clips * sizeof *train);
    struct batch_clip *plan = malloc((size_t)n_clips * sizeof *plan);
    float *g = malloc(t->net.n_values * sizeof *g);
    struct batch *batch = 0;
    if (!train || !plan || !g) {
        fail(f, "training: out of memory");
        goto out;
    }
    int n_train = corpus_split(s, SPLIT_TRAIN, train);
    batch = batch_new(c, &t->net.shape, s->n_ticks, o->batch, &options, f);
    if (!batch) goto out;
    long steps_each = (n_train + o->batch - 1) / o->batch, n_steps = steps_each * o->epochs;
    uint32_t chips_each = (uint32_t)((o->batch + o->clips_per_chip - 1) / o->clips_per_chip);

    while (t->epoch < o->epochs && !train_stopped(t, o)) {
        struct train_epoch row = {.epoch = t->epoch + 1};
        long bad_before = t->bad_steps;
        double start = now_s();
        if (plan_epoch(plan, train, n_train, s, &o->plan, o->seed, t->epoch, t->mask_since >= 0)) {
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
            double progress = (double)at / (double)n_steps;
            const struct net *now = net_now(t, &t->net, c, o, progress);
            struct batch_result r =
                batch_gradient(batch, now, s, 0, plan + first, count, o->seed, k, g);
            if (o->anneal_signs) sign_anneal_backward(c, &t->net, sign_anneal_alpha(progress), g);
            row.weight_loss = weight_losses(&t->net, c, o, g);
            row.lr = o->lr * train_schedule(at, n_steps);
            if (!train_update(t, c, o, g, train_schedule(at, n_steps)))
                t->bad_steps++;
            else if (o->average > 0)
                train_average(t, o->average * (double)steps_each);
            row.loss += r.loss * count / n_train;
            row.rate_loss += r.rate_loss * count / n_train;
            row.train += r.correct * count / n_train;
            row.rate += r.rate * count / n_train;
            progress_tell(p, "training steps", at + 1, n_steps);
            if (progress_stopped(p)) {
                fail(f, "training: stopped");
                goto out;
            }
        }
        if (t->bad_steps - bad_before == steps_each) {
            fail(f,
                 "training: no step of epoch %d had a finite gradient; lower the weights of the "
                 "losses, "
                 "the logit scale or the learning rate (%g)",
                 row.epoch, o->lr);
            goto out;
        }
        row.clips_per_s = n_train / (now_s() - start);
        t->epoch++;
        const struct net *now =
            net_now(t, o->average > 0 ? &t->average : &t->net, c, o, (double)t->epoch / o->epochs);
        struct train_judged judged;
        if (train_judge(now, c, s, o->seed, TRAIN_FIRST_JUDGE, o->held_chips, &judged, f)) goto out;
        row.held = judged.accuracy;
        row.undecided = judged.undecided;
        if (t->mask_since < 0 && 1 - row.held > o->mask_from * (1 - row.train))
            t->mask_since = t->epoch;
        keep_best(t, now, o, row.held);
        row.bad_steps = t->bad_steps;
        if (redraw_if_stuck(t, c, s, o, steps_each, &row, f)) goto out;
        row.seconds = now_s() - start;
        if (done && done(context, t, &row, f)) goto out;
    }
    bad = 0;
out:
    batch_free(batch);
    free(g);
    free(plan);
    free(train);
    return bad;
}
