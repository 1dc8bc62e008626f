#include "cosim/adequacy/moment.h"
#include "cosim/adequacy/wrong.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- a clip as the right model has it ------------------------------------------------------------

struct tape {
    const struct law_image *im;
    const struct stimulus *s;
    const struct reference *r;
    int n_ticks, neurons, sources; // of all layers
    int first[IMAGE_MAX_LAYERS], of_source[IMAGE_MAX_LAYERS];
    int32_t *x;     // (n_ticks, sources) words that a layer hears: its inputs, then its own spikes
    int32_t *fired; // (n_ticks, neurons)
    char *state;    // (n_ticks + 1, neurons) of the law; row 0: before the first tick
    char *stages;   // (n_ticks, neurons)
    int *active;    // (n_ticks, sources) rows whose word is not 0
    int *n_active;  // (n_ticks, layers)
};

static char *state_at(const struct tape *t, int tick, int neuron)
{
    return t->state + ((size_t)tick * (size_t)t->neurons + (size_t)neuron) * t->im->kind->state;
}

static char *stages_at(const struct tape *t, int tick, int neuron)
{
    return t->stages + ((size_t)tick * (size_t)t->neurons + (size_t)neuron) * t->im->kind->stages;
}

static int32_t *heard_at(const struct tape *t, int tick, int layer)
{
    return t->x + (size_t)tick * (size_t)t->sources + t->of_source[layer];
}

static int32_t *fired_at(const struct tape *t, int tick, int layer)
{
    return t->fired + (size_t)tick * (size_t)t->neurons + t->first[layer];
}

static int heard_by(const struct law_image *im, int layer)
{
    bool one = im->shape.layer[layer].topology == IMAGE_ONE_TO_ONE;
    return one ? im->shape.layer[layer].n_in : image_fan_in(&im->shape, layer);
}

static void keep(void *context, int tick, int layer, int neuron, const void *before,
                 const void *stages, const void *after)
{
    const struct tape *t = context;
    const struct law_kind *kind = t->im->kind;
    int i = t->first[layer] + neuron;
    memcpy(state_at(t, tick, i), before, kind->state);
    memcpy(state_at(t, tick + 1, i), after, kind->state);
    memcpy(stages_at(t, tick, i), stages, kind->stages);
    fired_at(t, tick, layer)[neuron] = (int32_t)law_get(&kind->stage[kind->fire], stages);
    if (neuron) return;
    int n = heard_by(t->im, layer);
    int32_t *x = heard_at(t, tick, layer);
    int *active = t->active + (size_t)tick * (size_t)t->sources + t->of_source[layer], found = 0;
    memcpy(x, t->r->x, (size_t)n * sizeof *x);
    for (int row = 0; row < n; row++)
        if (x[row]) active[found++] = row;
    t->n_active[tick * t->im->shape.n_layers + layer] = found;
}

static void tape_free(struct tape *t)
{
    free(t->x);
    free(t->fired);
    free(t->state);
    free(t->stages);
    free(t->active);
    free(t->n_active);
}

static bool tape_record(struct tape *t, const struct law_image *im, const struct stimulus *s)
{
    struct reference r;
    *t = (struct tape){.im = im, .s = s, .r = &r, .n_ticks = s->n_ticks};
    for (int l = 0; l < im->shape.n_layers; l++) {
        t->first[l] = t->neurons;
        t->of_source[l] = t->sources;
        t->neurons += im->shape.layer[l].n_out;
        t->sources += heard_by(im, l);
    }
    size_t ticks = (size_t)s->n_ticks, neurons = (size_t)t->neurons;
    void *memory = aligned_alloc(64, reference_size(im));
    t->x = calloc(ticks, (size_t)t->sources * sizeof *t->x);
    t->active = calloc(ticks, (size_t)t->sources * sizeof *t->active);
    t->n_active = calloc(ticks, (size_t)im->shape.n_layers * sizeof *t->n_active);
    t->fired = calloc(ticks, neurons * sizeof *t->fired);
    t->state = calloc(ticks + 1, neurons * im->kind->state);
    t->stages = calloc(ticks, neurons * im->kind->stages);
    bool there = memory && t->x && t->active && t->n_active && t->fired && t->state && t->stages;
    if (there) {
        reference_init(&r, im, memory);
        reference_rest(&r);
        for (int tick = 0; tick < s->n_ticks; tick++)
            reference_tick(&r, s, tick, keep, t);
    }
    free(memory);
    return there;
}

static struct moment moment_of(const struct adequacy *a, const struct tape *t, int tick, int layer,
                               int neuron, struct corners_tick *inside)
{
    const struct law_image *im = t->im;
    const bool one = im->shape.layer[layer].topology == IMAGE_ONE_TO_ONE;
    const int32_t *x = heard_at(t, tick, layer);
    static const int only[] = {0};
    struct moment m = {.layer = layer,
                       .neuron = neuron,
                       .first = tick == 0,
                       .before = state_at(t, tick, t->first[layer] + neuron),
                       .after = state_at(t, tick + 1, t->first[layer] + neuron),
                       .stages = stages_at(t, tick, t->first[layer] + neuron),
                       .own_now = fired_at(t, tick, layer),
                       .own_late = tick > 1 ? fired_at(t, tick - 2, layer) : 0,
                       .heard_late = tick ? heard_at(t, tick - 1, layer) : 0,
                       .late_jitter = t->s->jitter && tick ? t->s->jitter[tick - 1] : 0,
                       .inside = inside};
    m.in = (struct law_tick){
        .law = im->law,
        .chip = im->chip,
        .neuron = (const char *)im->layer[layer].neuron + (size_t)neuron * im->kind->neuron,
        .w = (const char *)im->layer[layer].w + (size_t)neuron * im->kind->word->size,
        .stride = im->shape.layer[layer].n_out,
        .x = one ? x + neuron : x,
        .n_source = im->layer[layer].n_source,
        .input_frac = im->layer[layer].input_frac,
        .max_spikes = im->shape.layer[layer].max_spikes,
        .jitter = t->s->jitter ? t->s->jitter[tick] : 0};
    m.active = t->active + (size_t)tick * (size_t)t->sources + t->of_source[layer];
    m.n_active = t->n_active[tick * im->shape.n_layers + layer];
    if (one) {
        m.active = only;
        m.n_active = m.in.x[0] != 0;
    }
    if (a->keeps && !tick) m.kept = a->kept + (size_t)(t->first[layer] + neuron) * im->kind->state;
    if (a->law && inside) {
        memset(inside, 0, sizeof *inside);
        a->law->tick(&m.in, m.before, m.stages, m.after, inside);
    }
    return m;
}

// Whether a dead or swapped source, or a dead neuron, can bear on a layer's tick at all.
static bool concerns(const struct tape *t, const struct wrong *w, int tick, int layer)
{
    const int32_t *x = heard_at(t, tick, layer);
    if (w->group != WRONG_PART) return true;
    if (w->layer != layer) return false;
    if (w->what == PART_SOURCE_DEAD) return x[w->source] != 0;
    return w->what == PART_NEURON_DEAD || x[w->source] != x[w->source + 1];
}

// --- all that are not found yet ------------------------------------------------------------------

static bool found_on(const struct adequacy *a, const struct tape *t, const struct wrong *w,
                     struct moment_room *room)
{
    struct corners_tick inside;
    const bool looks = w->group == WRONG_ROUNDING;
    memset(room->hidden, 0, (size_t)t->neurons * t->im->kind->state);
    for (int tick = 0; tick < t->n_ticks; tick++)
        for (int l = 0; l < t->im->shape.n_layers; l++) {
            if (!concerns(t, w, tick, l)) continue;
            const bool one = w->group == WRONG_PART && w->what == PART_NEURON_DEAD;
            int first = one ? w->source : 0, end = one ? first + 1 : t->im->shape.layer[l].n_out;
            for (int n = first; n < end; n++) {
                struct moment m = moment_of(a, t, tick, l, n, looks ? &inside : 0);
                m.hidden = room->hidden + (size_t)(t->first[l] + n) * t->im->kind->state;
                if (moment_tells(a, w, &m, room)) return true;
            }
        }
    return false;
}

// Bits of one word that this moment finds out of those that are still alive.
static uint64_t bits_found(const struct adequacy *a, int word, int row, int64_t value, bool one,
                           uint64_t alive, const struct moment *m, struct moment_room *room)
{
    const struct law_range range = a->im.kind->word[word].range(a->im.law);
    uint64_t found = 0;
    for (int b = 0; b < range.bits; b++) {
        if (!fx_bit(alive, b)) continue;
        uint64_t changed = one ? (uint64_t)value | fx_one(b) : (uint64_t)value & ~fx_one(b);
        int64_t now = range.is_signed ? fx_wrap((int64_t)changed, range.bits)
                                      : (int64_t)changed & fx_umax(range.bits);
        if (moment_tells_word(a, word, row, now, m, room)) found |= fx_one(b);
    }
    return found;
}

static void show_bits(struct adequacy *a, const struct tape *t, int layer, int neuron,
                      struct moment_room *room)
{
    const struct law_kind *kind = a->im.kind;
    for (int tick = 0; tick < t->n_ticks; tick++) {
        const struct moment m = moment_of(a, t, tick, layer, neuron, 0);
        for (int stuck = 0; stuck < 2; stuck++) {
            for (int i = 0; i < m.n_active; i++)
                for (int row = m.active[i]; row < a->im.layer[layer].n_rows; row += m.in.n_source) {
                    uint64_t *alive = &a->alive[stuck][0][wrong_weight(&a->im, layer, row, neuron)];
                    if (*alive)
                        *alive &=
                            ~bits_found(a, 0, row, law_image_word(&a->im, layer, 0, neuron, row),
                                        stuck, *alive, &m, room);
                }
            for (int word = 1; word < kind->first_state; word++) {
                if (!a->alive[stuck][word]) continue;
                uint64_t *alive = &a->alive[stuck][word][t->first[layer] + neuron];
                if (*alive)
                    *alive &=
                        ~bits_found(a, word, 0, law_image_word(&a->im, layer, word, neuron, 0),
                                    stuck, *alive, &m, room);
            }
        }
    }
}

bool adequacy_show(struct adequacy *a, const struct stimulus *s)
{
    struct tape t;
    bool there = tape_record(&t, &a->im, s), all = there;
#pragma omp parallel if (there)
    {
        struct moment_room room;
        bool own = moment_room_new(&room, &a->im);
        if (!own) {
#pragma omp atomic write
            all = false;
        }
#pragma omp for schedule(dynamic, 4)
        for (int i = 0; i < a->n; i++)
            if (own && there && !a->wrong[i].found)
                a->wrong[i].found = found_on(a, &t, &a->wrong[i], &room);
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < t.neurons; i++) {
            int l = 0;
            while (l + 1 < a->im.shape.n_layers && i >= t.first[l + 1])
                l++;
            if (own && there) show_bits(a, &t, l, i - t.first[l], &room);
        }
        moment_room_free(&room);
    }
    if (there) {
        a->ticks += s->n_ticks;
        memcpy(a->kept, state_at(&t, t.n_ticks, 0), (size_t)t.neurons * a->im.kind->state);
        a->keeps = true;
    }
    tape_free(&t);
    return there && all;
}

// --- clips that find more ------------------------------------------------------------------------

struct hunt {
    struct adequacy *a;
    struct moment_room room;
    int *active; // rows of the layer
    bool *now;   // (wrong) found in the tick that is tried
};

static double hunt_see(void *context, const struct law_tick *in, int layer, int neuron,
                       const void *before, const void *stages, const void *after)
{
    struct hunt *h = context;
    struct adequacy *a = h->a;
    struct corners_tick inside;
    double points = 0;
    struct moment m = {.in = *in,
                       .layer = layer,
                       .neuron = neuron,
                       .active = h->active,
                       .before = before,
                       .stages = stages,
                       .after = after,
                       .inside = &inside,
                       .alone = true};
    if (!layer && !neuron) memset(h->now, 0, (size_t)a->n * sizeof *h->now);
    for (int row = 0; row < in->n_source; row++)
        if (in->x[row]) h->active[m.n_active++] = row;
    memset(&inside, 0, sizeof inside);
    if (a->law) a->law->tick(in, before, stages, after, &inside);
    for (int i = 0; i < a->n; i++) {
        if (a->wrong[i].found || h->now[i]) continue;
        h->now[i] = moment_tells(a, &a->wrong[i], &m, &h->room);
        points += h->now[i];
    }
    return points;
}

static void hunt_took(void *context)
{
    struct hunt *h = context;
    for (int i = 0; i < h->a->n; i++)
        h->a->wrong[i].found |= h->now[i];
}

static bool hunt_done(void *context)
{
    const struct hunt *h = context;
    for (int i = 0; i < h->a->n; i++)
        if (!h->a->wrong[i].found) return false;
    return true;
}

bool adequacy_kill(struct adequacy *a, uint64_t seed, int ticks, struct corners_clips *to)
{
    struct hunt h = {.a = a};
    int most = 0;
    for (int l = 0; l < a->im.shape.n_layers; l++)
        most = a->im.layer[l].n_source > most ? a->im.layer[l].n_source : most;
    h.active = calloc((size_t)most + 1, sizeof *h.active);
    h.now = calloc((size_t)a->n + 1, sizeof *h.now);
    const struct corners_plan plan = {seed, ticks, 2, true};
    const struct corners_goal goal = {hunt_see, hunt_took, hunt_done, &h};
    bool there = moment_room_new(&h.room, &a->im) && h.active && h.now &&
                 corners_search(&a->im, &plan, &goal, to);
    moment_room_free(&h.room);
    free(h.active);
    free(h.now);
    return there;
}

struct adequacy_sum adequacy_sum(const struct adequacy *a)
{
    struct adequacy_sum s = {.n = a->n};
    for (int i = 0; i < a->n; i++) {
        s.found += a->wrong[i].found;
        s.of[a->wrong[i].group]++;
        s.found_of[a->wrong[i].group] += a->wrong[i].found;
    }
    for (int i = 0; i < a->n_bits; i++) {
        s.bits += a->bits[i].n;
        s.bits_found += a->bits[i].found;
    }
    return s;
}
