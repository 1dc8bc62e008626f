// How a training run begins: options, shape, first weights.
#include "twin/train/train.h"

#include "base/fnv.h"
#include "twin/io/rng.h"
#include "twin/net/rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void train_defaults(struct train_options *o)
{
    *o = (struct train_options){
        .seed = 1,
        .steps = 16000,
        .batch = 32,
        .clips_per_chip = 4,
        .lr = 3e-3,
        .lr_front = 4e-3,
        .lr_leak = 0,
        .clip_norm = 1,
        .surrogate = 5,
        .reset_grad = 1,
        .logit_scale = 0.2,
        .rate = {LOSS_RATE_ABOVE, 1, 0.1f},
        .front_rate = {LOSS_RATE_ABOVE, 1, 0.2f},
        .wrap_weight = 6,
        .out_rate = {LOSS_RATE_ABOVE, 0, 0.1f},
        .magnitude_limit = 1e9,
        .plan = {.shift_ms = 96, .mask_ticks = 1.0 / 16, .mask_inputs = 1.0 / 8},
        .mask_from = 1.5,
        .held_chips = 4,
        .choose_from = 0.75,
        .n_hidden = {64},
        .recurrent = false,
        .population = 1,
        .initial = {.xi = 3, .mean = 0, .share = 0.9, .rate = 0.06, .least = 0.03}};
}

void train_suit(struct train_options *o, const struct chip *c)
{
    o->front_start =
        (c->law.currents ? 0.35 : 0.2) / (1 + c->law.refractory_ticks); // of what it can
    if (law_beyond(&c->law) || c->law.currents) o->surrogate = 10;
}

int train_epochs(int steps, int batch, int n_clips)
{
    long each = ((long)n_clips + batch - 1) / batch, n = each ? (steps + each - 1) / each : 1;
    if (n < TRAIN_EPOCHS_MIN) n = TRAIN_EPOCHS_MIN;
    return (int)(n < TRAIN_EPOCHS_MAX ? n : TRAIN_EPOCHS_MAX);
}

struct image_shape train_shape(const struct train_options *o, bool front, int n_in, int n_words)
{
    struct image_shape s = {.n_layers = front};
    s.layer[0].n_in = n_in;
    if (front) {
        s.layer[0].n_out = n_in;
        s.layer[0].topology = IMAGE_ONE_TO_ONE;
    }
    for (int i = 0; i < TRAIN_MAX_HIDDEN && o->n_hidden[i]; i++) {
        s.layer[s.n_layers].n_out = o->n_hidden[i];
        s.layer[s.n_layers].taps = o->taps > 1 ? o->taps : 0;
        s.layer[s.n_layers].spacing = o->taps > 1 ? o->spacing : 0;
        s.layer[s.n_layers++].recurrent = o->recurrent;
    }
    s.layer[s.n_layers++].n_out = n_words * o->population;
    for (int l = 1; l < s.n_layers; l++)
        s.layer[l].n_in = s.layer[l - 1].n_out;
    return s;
}

static void set_tau(struct net_layer *y, const struct chip *c, double tau_s)
{
    if (tau_s <= 0) return;
    for (int n = 0; n < y->n_out; n++)
        y->lambda[n] = physics_leak_of(c, tau_s);
}

// Weights of a layer: θ·(mean + sd·N(0, 1)).
static int draw_weights(struct net_layer *y, double theta, double mean, double sd, uint64_t seed,
                        uint64_t layer, int redrawn)
{
    size_t n = (size_t)y->n_source * (size_t)y->n_out;
    double *normal = malloc(n * sizeof *normal);
    if (!normal) return -1;
    rng_normals((struct rng_stream){seed, (uint64_t)redrawn, RNG_INITIAL_WEIGHTS, layer}, normal,
                n);
    for (size_t i = 0; i < n; i++)
        y->w[i] = (float)(theta * (mean + sd * normal[i]));
    free(normal);
    return 0;
}

// Standard deviations in thresholds: a neuron's input over one time constant is about one θ, whatever
// it hears by taps too.
static int gaussian_weights(struct net *n, const struct chip *c, uint64_t seed, int layer,
                            int redrawn)
{
    struct net_layer *y = &n->layer[layer];
    const int heard = image_heard(&n->shape, layer), taps = heard / n->shape.layer[layer].n_in;
    bool front = n->shape.layer[0].topology == IMAGE_ONE_TO_ONE;
    double sd = front && layer == 1 ? 0.15 / sqrt((double)taps) : 1 / sqrt((double)heard);
    double mean = 0.02 / sqrt((double)taps);
    if (draw_weights(y, c->threshold, mean, sd, seed, (uint64_t)layer, redrawn)) return -1;
    for (int i = heard * y->n_out; i < y->n_source * y->n_out; i++) // own spikes start weak
        y->w[i] *= (float)(0.5 * 0.15 / sd);
    return 0;
}

static int first_weights(struct train *t, const struct chip *c, const struct corpus *s,
                         const struct train_options *o, struct fail *f)
{
    struct net *n = &t->net;
    const int last = n->shape.n_layers - 1, first = s->front; // dense layer
    int *clip = malloc((size_t)s->set.n_clips * sizeof *clip);
    int n_clips = clip ? corpus_split(s, SPLIT_TRAIN, clip) : 0, bad = 0;
    if (!clip || (s->front && draw_weights(&n->layer[0], c->threshold, 0.06, 0, o->seed, 0, 0))) {
        free(clip);
        return fail(f, "training: out of memory");
    }
    if (n_clips > TRAIN_MEASURED) n_clips = TRAIN_MEASURED; // of all speakers in the order of names
    for (int l = first; l <= last; l++)
        set_tau(&n->layer[l], c, l < last ? o->tau_hidden_s : o->tau_out_s);
    if (s->front && o->front_start > 0)
        bad = initialise_front(n, c, s, clip, n_clips, o->front_start, &t->front_miss, f);
    // How loud events are nobody has said: layers that do not hear them are woken.
    for (int l = first; l <= last && !bad; l++) {
        if (o->fluctuation)
            bad = initialise_dense(n, c, s, clip, n_clips, l, &o->initial, o->seed, t->redrawn, f);
        else if (gaussian_weights(n, c, o->seed, l, t->redrawn))
            bad = fail(f, "training: out of memory");
        double least = o->initial.least * (1 + t->redrawn);
        if (!bad) bad = initialise_wake(n, c, s, clip, n_clips, l, least, f);
    }
    free(clip);
    return bad;
}

// A net to go on from keeps its shape, whatever it is; these inputs and classes it has to have.
static int check_from(const struct net *from, int n_inputs, int n_words, int population,
                      struct fail *f)
{
    const struct image_shape *s = &from->shape;
    int n_in = s->layer[0].n_in, n_out = s->layer[s->n_layers - 1].n_out;
    if (n_in != n_inputs)
        return fail(f, "training: the net to go on from has %d inputs, allowed %d", n_in, n_inputs);
    if (n_out != n_words * population)
        return fail(f, "training: the net to go on from has %d outputs, allowed %d a label, %d",
                    n_out, population, n_words * population);
    return 0;
}

int train_redraw(struct train *t, const struct chip *c, const struct corpus *s,
                 const struct train_options *o, struct fail *f)
{
    t->redrawn++;
    t->stuck = 0;
    t->step = 0;
    t->mask_since = -1;
    memset(t->m, 0, t->net.n_values * sizeof *t->m);
    memset(t->v, 0, t->net.n_values * sizeof *t->v);
    return first_weights(t, c, s, o, f);
}

static int go_on_from(struct train *t, const struct net *from, struct fail *f)
{
    if (memcmp(&from->words, &t->net.words, sizeof from->words))
        return fail(f, "training: the net to go on from was made for a chip of another law");
    memcpy(t->net.values, from->values, from->n_values * sizeof *from->values);
    t->from_hash = fnv(FNV_START, from->values, from->n_values * sizeof *from->values);
    return 0;
}

// Whom the net was trained on, now and before.
static int note_speakers(struct net *n, const struct dataset *d, const struct net *from,
                         struct fail *f)
{
    uint64_t *speaker = malloc(((size_t)d->n_clips + 1) * sizeof *speaker);
    int n_speakers = 0;
    if (!speaker) return fail(f, "training: out of memory");
    for (int i = 0; i < d->n_clips; i++) {
        const struct dataset_clip *c = &d->clip[i];
        if ((c->split == SPLIT_TRAIN || c->split == SPLIT_HELD) && !c->alone)
            speaker[n_speakers++] = c->speaker;
    }
    int bad = net_add_speakers(n, speaker, n_speakers, f);
    free(speaker);
    return bad || (from && net_add_speakers(n, from->speaker, from->n_speakers, f)) ? -1 : 0;
}

int train_init(struct train *t, const struct chip *c, const struct corpus *s,
               const struct train_options *o, const struct net *from, struct fail *f)
{
    *t = (struct train){.best_held = -1, .mask_since = -1, .data_hash = dataset_hash(&s->set)};
    const int *n = s->set.n_split;
    if (n[SPLIT_TRAIN] == 0 || n[SPLIT_HELD] == 0)
        return fail(
            f, "training: %d training clips and %d of held-back speakers; both must be above 0",
            n[SPLIT_TRAIN], n[SPLIT_HELD]);
    int n_words = s->set.labels.n;
    if (from && check_from(from, s->n_in, n_words, o->population, f)) return -1;
    struct image_shape shape = from ? from->shape : train_shape(o, s->front, s->n_in, n_words);
    const char *wrong = image_shape_check(&shape);
    if (wrong) return fail(f, "network: %s", wrong);
    const char *lacks = backward_lacks(&c->law);
    if (lacks) return fail(f, "training: no backward pass for %s as %s has it", lacks, c->name);
    if (o->lr_leak > 0 && law_leak_shifts(c->law.leak_kind))
        return fail(f, "training: a leak's learning rate of %g, allowed 0: %s counts bits",
                    o->lr_leak, c->name);
    if (rules_check_shape(c, &shape, f)) return -1;
    if (net_init(&t->net, &shape, c, f) || net_init(&t->average, &shape, c, f) ||
        net_init(&t->best, &shape, c, f) || net_init(&t->annealed, &shape, c, f))
        goto failed;
    t->m = calloc(t->net.n_values, sizeof(float));
    t->v = calloc(t->net.n_values, sizeof(float));
    if (!t->m || !t->v) {
        fail(f, "training: out of memory");
        goto failed;
    }
    if (from ? go_on_from(t, from, f) : first_weights(t, c, s, o, f)) goto failed;
    struct net *const nets[] = {&t->net, &t->average, &t->best, &t->annealed};
    for (int i = 0; i < 4; i++)
        if (labels_copy(&nets[i]->labels, &s->set.labels, f)) goto failed;
    if (note_speakers(&t->best, &s->set, from, f)) goto failed;
    return 0;

failed:
    train_fini(t);
    return -1;
}

void train_fini(struct train *t)
{
    net_fini(&t->net);
    net_fini(&t->average);
    net_fini(&t->best);
    net_fini(&t->annealed);
    free(t->m);
    free(t->v);
    *t = (struct train){0};
}
