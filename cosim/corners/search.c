// The search for clips that reach corners: tick after tick, some stimuli are tried on the model from where
// the clip is, and the one that reaches most that is new goes on.
#include "cosim/corners/clips.h"

#include <stdlib.h>
#include <string.h>

enum { TRIES = 14, CLIP_TICKS = 96, IDLE_TICKS = 24, PLAN_TICKS = 12, IDLE_CLIPS = 100 };

enum { WORK = 2000000000 }; // weights that are gone through in the search, a minute's work at most

// What is done for some ticks, to lead a neuron somewhere.
enum aim { QUIET, FULL, SPARSE, DENSE, DRIVE, HIT, AIMS };

struct plan {
    enum aim aim;
    int layer, neuron;
    bool down;      // DRIVE: to the lower end
    int64_t target; // HIT: of the membrane before its reset
    double rate;    // of events
    int ticks;      // left
};

struct search {
    const struct law_image *im;
    const struct corners_plan *plan;
    const struct corners_goal *goal;
    struct corners all, here; // reached so far, and in the tick that is tried
    struct reference r;
    void *memory;
    char *state;    // (neurons) of the law, and the spikes, at the beginning of the tick
    int32_t *fired; //
    uint64_t random;
    int n_in;
    struct corners_interval words; // of an input
    int32_t *x, *best;             // (n_in)
    int16_t jitter, best_jitter;
    double points;   // of the goal, in the tick that is tried
    int32_t *clip_x; // (CLIP_TICKS, n_in)
    int16_t clip_jitter[CLIP_TICKS];
    double *wish; // (most neurons of a layer) twice: which neurons should fire
    int most;     // neurons of a layer
};

static uint64_t next(struct search *s) // splitmix64
{
    uint64_t z = s->random += 0x9e3779b97f4a7c15;
    z = (z ^ fx_field(z, 30, 34)) * 0xbf58476d1ce4e5b9;
    z = (z ^ fx_field(z, 27, 37)) * 0x94d049bb133111eb;
    return z ^ fx_field(z, 31, 33);
}

static int below(struct search *s, int n)
{
    return (int)(next(s) % (uint64_t)n);
}

static double share(struct search *s)
{
    return (double)(next(s) % 0x100000000) / 0x1p32;
}

static int64_t between(struct search *s, int64_t lo, int64_t hi)
{
    return lo + (int64_t)(next(s) % (uint64_t)(hi - lo + 1));
}

// Ticks that are tried at most: of a large net fewer.
static int64_t effort(const struct search *s)
{
    int64_t weights = 1, most = (int64_t)s->plan->ticks * s->plan->effort;
    for (int l = 0; l < s->im->shape.n_layers; l++)
        weights += (int64_t)s->im->layer[l].n_rows * s->im->shape.layer[l].n_out;
    int64_t can = WORK / (weights * TRIES) + IDLE_TICKS;
    return most < can ? most : can;
}

// --- where the model is --------------------------------------------------------------------------

static void save(struct search *s, bool back)
{
    char *state = s->state;
    int32_t *fired = s->fired;
    for (int l = 0; l < s->im->shape.n_layers; l++) {
        size_t n = (size_t)s->im->shape.layer[l].n_out, bytes = n * s->im->kind->state;
        if (back) {
            memcpy(s->r.state[l], state, bytes);
            memcpy(s->r.fired[l], fired, n * sizeof *fired);
        } else {
            memcpy(state, s->r.state[l], bytes);
            memcpy(fired, s->r.fired[l], n * sizeof *fired);
        }
        state += bytes;
        fired += n;
    }
}

struct tried {
    struct search *s;
    const struct stimulus *stimulus;
};

static void watch(void *context, int tick, int layer, int neuron, const void *before,
                  const void *stages, const void *after)
{
    const struct tried *t = context;
    struct search *s = t->s;
    const struct law_tick in = reference_inputs(&s->r, t->stimulus, tick, layer, neuron);
    corners_see(&s->here, &in, layer, neuron, before, stages, after);
    if (s->goal && s->goal->see)
        s->points += s->goal->see(s->goal->context, &in, layer, neuron, before, stages, after);
}

static void run(struct search *s, const int32_t *x, int16_t jitter)
{
    const struct stimulus stimulus = {.n_ticks = 1, .wide = x, .jitter = &jitter};
    struct tried t = {s, &stimulus};
    save(s, true);
    corners_clear(&s->here);
    s->points = 0;
    corners_see_tick(&s->here, &stimulus, 0);
    reference_tick(&s->r, &stimulus, 0, watch, &t);
}

// Points for what is new in the tick that was tried: corners, their bits, and a little for layers that
// had not reached one.
static double gain(const struct search *s)
{
    double sum = s->points;
    for (int i = 0; i < s->all.n; i++) {
        const struct corner *a = &s->all.corner[i], *h = &s->here.corner[i];
        uint64_t had = 0, has = 0, by_layer = 0;
        for (int l = 0; l < s->im->shape.n_layers; l++) {
            had |= a->seen[l];
            has |= h->seen[l];
            by_layer |= h->seen[l] & ~a->seen[l];
        }
        for (uint64_t new = has & ~had & a->bits; new; new &= new - 1)
            sum += a->of_bits ? 0.25 : 1;
        sum += by_layer & a->bits ? 0.01 : 0;
    }
    return sum;
}

// --- what is tried -------------------------------------------------------------------------------

static int64_t weight(const struct search *s, int layer, int source, int neuron)
{
    bool one = s->im->shape.layer[layer].topology == IMAGE_ONE_TO_ONE;
    if (one) return source == neuron ? law_image_word(s->im, layer, 0, neuron, 0) : 0;
    return law_image_word(s->im, layer, 0, neuron, source);
}

// Events that lead a neuron of any layer up or down: back through the weights.
static void drive(struct search *s, const struct plan *p)
{
    double *wish = s->wish, *of = s->wish + s->most;
    memset(wish, 0, (size_t)s->most * sizeof *wish);
    wish[p->neuron] = p->down ? -1 : 1;
    for (int l = p->layer; l >= 0; l--) {
        int n_in = s->im->shape.layer[l].n_in, n_out = s->im->shape.layer[l].n_out;
        for (int i = 0; i < n_in; i++) {
            of[i] = 0;
            for (int n = 0; n < n_out; n++) // of taps the first
                if (wish[n] != 0) of[i] += wish[n] * (double)weight(s, l, i, n);
        }
        memcpy(wish, of, (size_t)n_in * sizeof *wish);
    }
    for (int i = 0; i < s->n_in; i++)
        s->x[i] = (int32_t)(wish[i] > 0 ? s->words.hi : wish[i] < 0 ? s->words.lo : 0);
}

static void sprinkle(struct search *s, double rate, bool largest)
{
    for (int i = 0; i < s->n_in; i++) {
        int64_t x = share(s) < 0.5 ? between(s, s->words.lo, s->words.hi)
                                   : between(s, s->words.lo ? -2 : 0, 2);
        if (largest) x = s->words.hi;
        s->x[i] = share(s) < rate ? (int32_t)fx_sat(x, s->words.lo, s->words.hi) : 0;
    }
}

static int64_t recorded(const struct search *s, int neuron, const int32_t *x, int16_t jitter);

// Events whose sum takes a neuron of the first layer to a membrane: what is missing after a tick without
// events, shared out among its weights from one at random on.
static bool hit(struct search *s, const struct plan *p)
{
    const struct law_word *stage = s->im->kind->stage, *membrane = &stage[s->im->kind->recorded];
    int align = stage->range(s->im->law).frac + s->im->layer[0].input_frac -
                membrane->range(s->im->law).frac;
    memset(s->x, 0, (size_t)s->n_in * sizeof *s->x);
    int64_t from = recorded(s, p->neuron, s->x, s->jitter), due = p->target - from;
    if (align < -24 || align > 24 || llabs(due) > fx_umax(36)) return false;
    int64_t rest = align < 0 ? fx_shr_floor(due, -align) : due * (int64_t)fx_one(align);
    int64_t half = align > 0 ? (int64_t)fx_one(align - 1) : 1;
    int first = below(s, s->n_in);
    for (int round = 0; round < 2; round++)
        for (int j = 0; j < s->n_in && llabs(rest) >= half; j++) {
            int i = (first + j) % s->n_in;
            int64_t w = weight(s, 0, i, p->neuron);
            if (!w) continue;
            int64_t x = fx_sat(s->x[i] + rest / w, s->words.lo, s->words.hi);
            if (!round && share(s) < 0.5) x = x / 2;
            rest -= (x - s->x[i]) * w;
            s->x[i] = (int32_t)x;
        }
    return llabs(rest) < half || share(s) < 0.25;
}

static void fill(struct search *s, const struct plan *p)
{
    switch (p->aim) {
    case FULL:
        for (int i = 0; i < s->n_in; i++)
            s->x[i] = (int32_t)s->words.hi;
        return;
    case SPARSE:
    case DENSE:
        sprinkle(s, p->rate, p->down);
        return;
    case DRIVE:
        drive(s, p);
        return;
    case HIT:
        if (hit(s, p)) return;
        sprinkle(s, p->rate, false);
        return;
    default:
        memset(s->x, 0, (size_t)s->n_in * sizeof *s->x);
    }
}

// Where a membrane may be wanted: its ends and theirs neighbours, around 0 and around the threshold.
static int64_t target(struct search *s, int neuron)
{
    const struct law_kind *kind = s->im->kind;
    const struct law_range range = kind->stage[kind->recorded].range(s->im->law);
    int64_t around[4] = {range.lo, range.hi, 0, 0};
    for (int word = 1; word < kind->first_state; word++)
        if (kind->word[word].dead == LAW_MOST) // what a membrane is held against
            around[3] = law_image_word(s->im, 0, word, neuron, 0);
    return around[below(s, 4)] + between(s, -2, 2);
}

static struct plan draw_plan(struct search *s)
{
    struct plan p = {.aim = (enum aim)below(s, AIMS), .rate = share(s), .down = below(s, 2)};
    p.layer = below(s, s->im->shape.n_layers);
    if (p.aim == HIT) p.layer = 0;
    p.neuron = below(s, s->im->shape.layer[p.layer].n_out);
    if (p.aim == HIT) p.target = target(s, p.neuron);
    if (p.aim == SPARSE) p.rate *= 0.15;
    if (p.aim == SPARSE || p.aim == DENSE) p.down = below(s, 4) == 0;
    p.ticks = 1 + below(s, PLAN_TICKS * (p.aim == DRIVE ? 4 : 1));
    return p;
}

static int16_t draw_jitter(struct search *s)
{
    static const int16_t ends[] = {INT16_MIN, INT16_MAX, 0, INT16_MIN + 1};
    if (!s->plan->jitters || !s->all.jitters) return 0;
    return below(s, 4) ? (int16_t)between(s, INT16_MIN, INT16_MAX) : ends[below(s, 4)];
}

// The membrane before its reset of a neuron of the first layer.
struct asked {
    const struct law_kind *kind;
    int neuron;
    int64_t found;
};

static void ask(void *context, int tick, int layer, int neuron, const void *before,
                const void *stages, const void *after)
{
    struct asked *a = context;
    (void)tick, (void)before, (void)after;
    if (!layer && neuron == a->neuron)
        a->found = law_get(&a->kind->stage[a->kind->recorded], stages);
}

static int64_t recorded(const struct search *s, int neuron, const int32_t *x, int16_t jitter)
{
    struct asked a = {s->im->kind, neuron, 0};
    struct search *own = (struct search *)s;
    const struct stimulus stimulus = {.n_ticks = 1, .wide = x, .jitter = &jitter};
    save(own, true);
    reference_tick(&own->r, &stimulus, 0, ask, &a);
    return a.found;
}

// One tick of a clip: the best of what was tried is in best and best_jitter. Its points.
static double choose(struct search *s, struct plan *going)
{
    double most = -1;
    for (int i = 0; i < TRIES; i++) {
        struct plan p = *going;
        s->jitter = draw_jitter(s);
        if (i == 1) s->jitter = 0;
        if (i >= TRIES / 2) p = draw_plan(s);
        fill(s, &p);
        run(s, s->x, s->jitter);
        double points = gain(s);
        if (points <= most) continue;
        most = points;
        memcpy(s->best, s->x, (size_t)s->n_in * sizeof *s->x);
        s->best_jitter = s->jitter;
    }
    if (--going->ticks <= 0) *going = draw_plan(s);
    return most;
}

static bool finished(const struct search *s)
{
    if (s->goal && s->goal->done) return s->goal->done(s->goal->context);
    return corners_sum(&s->all).open == 0;
}

// A clip from rest, up to the last tick that reached something new. Its ticks.
static int search_clip(struct search *s, int room)
{
    struct plan going = draw_plan(s);
    int used = 0;
    reference_rest(&s->r);
    save(s, false);
    for (int tick = 0; tick < room && tick < CLIP_TICKS && tick < used + IDLE_TICKS; tick++) {
        double points = choose(s, &going);
        run(s, s->best, s->best_jitter);
        save(s, false);
        memcpy(s->clip_x + (size_t)tick * (size_t)s->n_in, s->best, (size_t)s->n_in * sizeof *s->x);
        s->clip_jitter[tick] = s->best_jitter;
        if (points >= 0.25) {
            // What came on the way counts with the tick that it led to.
            used = tick + 1;
            if (s->goal && s->goal->took) s->goal->took(s->goal->context);
        }
        corners_add(&s->all, &s->here);
        if (used == tick + 1 && finished(s)) break;
    }
    return used;
}

static bool begin(struct search *s)
{
    const struct image_shape *shape = &s->im->shape;
    size_t neurons = (size_t)law_image_neurons(s->im);
    s->n_in = shape->layer[0].n_in;
    s->words = corners_inputs(s->im, 0);
    s->random = s->plan->seed;
    for (int l = 0; l < shape->n_layers; l++) {
        s->most = shape->layer[l].n_in > s->most ? shape->layer[l].n_in : s->most;
        s->most = shape->layer[l].n_out > s->most ? shape->layer[l].n_out : s->most;
    }
    bool there = corners_init(&s->all, s->im);
    there &= corners_init(&s->here, s->im);
    s->memory = aligned_alloc(64, reference_size(s->im));
    s->state = malloc(neurons * s->im->kind->state);
    s->fired = malloc(neurons * sizeof *s->fired);
    s->x = calloc((size_t)s->n_in, sizeof *s->x);
    s->best = calloc((size_t)s->n_in, sizeof *s->best);
    s->clip_x = calloc((size_t)s->n_in * CLIP_TICKS, sizeof *s->clip_x);
    s->wish = calloc(2 * (size_t)s->most, sizeof *s->wish);
    if (!there || !s->memory || !s->state || !s->fired || !s->x || !s->best || !s->clip_x ||
        !s->wish)
        return false;
    reference_init(&s->r, s->im, s->memory);
    return true;
}

bool corners_search(const struct law_image *im, const struct corners_plan *plan,
                    const struct corners_goal *goal, struct corners_clips *to)
{
    struct search s = {.im = im, .plan = plan, .goal = goal};
    bool there = begin(&s);
    int ticks = 0, idle = 0;
    for (int64_t left = there ? effort(&s) : 0;
         there && left > 0 && idle < IDLE_CLIPS && ticks < plan->ticks && !finished(&s);) {
        int used = search_clip(&s, plan->ticks - ticks);
        left -= used + IDLE_TICKS;
        idle = used ? 0 : idle + 1;
        if (!used) continue;
        const struct stimulus clip = {.n_ticks = used, .wide = s.clip_x, .jitter = s.clip_jitter};
        there = corners_clips_add(to, &clip, s.n_in);
        ticks += used;
    }
    corners_fini(&s.all);
    corners_fini(&s.here);
    free(s.memory);
    free(s.state);
    free(s.fired);
    free(s.x);
    free(s.best);
    free(s.clip_x);
    free(s.wish);
    return there;
}
