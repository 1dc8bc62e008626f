#include "cosim/lockstep/lockstep.h"

#include "cosim/lockstep/lockstep_model.h"

#include <stdlib.h>
#include <string.h>

static void *cleared(size_t bytes)
{
    return calloc(bytes ? bytes : 1, 1);
}

// The fast model of a law that has one, or the plain one.
static const struct lockstep_model *model_of(const struct law_kind *kind)
{
    static const struct lockstep_model *const own[] = {&lockstep_lif, &lockstep_dpi, 0};
    for (const struct lockstep_model *const *x = own; *x; x++)
        if ((*x)->kind == kind) return *x;
    return &lockstep_reference;
}

struct lockstep *lockstep_new(struct dut_handle *h, const struct law_image *im, int max_ticks,
                              char *message, size_t size)
{
    if (dut_load(h, im, message, size)) return 0;
    struct lockstep *k = cleared(sizeof *k);
    if (!k) goto no_memory;
    const struct law_kind *kind = im->kind;
    *k = (struct lockstep){.h = h,
                           .im = *im,
                           .model = model_of(kind),
                           .max_ticks = max_ticks,
                           .n_neurons = law_image_neurons(im),
                           .n_states = kind->n_words - kind->first_state,
                           .commit = dut_commit_size(kind)};
    size_t n = (size_t)k->n_neurons;
    k->m = k->model->open(im, max_ticks);
    k->commits = cleared(LOCKSTEP_RING * n * k->commit);
    k->before = cleared(LOCKSTEP_RING * n * kind->state);
    k->after = cleared(LOCKSTEP_RING * n * kind->state);
    k->fired = cleared(n * sizeof *k->fired);
    k->recorded = cleared(n * sizeof *k->recorded);
    k->dut_count = cleared((size_t)im->shape.layer[im->shape.n_layers - 1].n_out * sizeof(int32_t));
    for (int i = 0; i < k->n_states; i++)
        k->exists[i] = law_states(kind)[i].range(im->law).bits > 0;
    if (k->m && k->commits && k->before && k->after && k->fired && k->recorded && k->dut_count)
        return k;
no_memory:
    snprintf(message, size, "lockstep: out of memory for %d ticks", max_ticks);
    lockstep_free(k);
    return 0;
}

void lockstep_free(struct lockstep *k)
{
    if (!k) return;
    if (k->model) k->model->close(k->m);
    free(k->commits);
    free(k->before);
    free(k->after);
    free(k->fired);
    free(k->recorded);
    free(k->dut_count);
    free(k);
}

// Place of a layer's first neuron among all.
static int first_of(const struct lockstep *k, int layer)
{
    int first = 0;
    for (int l = 0; l < layer; l++)
        first += k->im.shape.layer[l].n_out;
    return first;
}

// --- writes of a stimulus ------------------------------------------------------------------------

// The word that write `e` makes of x, in its format.
static int64_t written(const struct lockstep *k, const struct stimulus_write *e, int64_t x)
{
    const struct law_range range = k->im.kind->word[e->word].range(k->im.law);
    return stimulus_written(&range, e, x);
}

// A neuron's state after the last tick, with what the stimulus writes into it before this one.
static void write_state(const struct lockstep *k, const struct stimulus *s, int tick, int layer,
                        int neuron, char *state)
{
    for (int i = k->first_write; i < s->n_writes && s->write[i].tick == tick; i++) {
        const struct stimulus_write *e = &s->write[i];
        const struct law_word *x = &k->im.kind->word[e->word];
        if (x->scope == LAW_STATE && e->layer == layer && e->neuron == neuron)
            law_set(x, state, written(k, e, law_get(x, state)));
    }
}

// The DUT's own state before a tick, (bytes) of one neuron, by what it told at the end of the last one.
static void take_told(const struct lockstep *k, int tick, int i, char *state)
{
    const struct law_kind *kind = k->im.kind;
    const char *was = tick > 0 ? lockstep_commit(k, tick - 1, i) + dut_after(kind)
                               : lockstep_state(k, k->before, 0, i);
    memcpy(state, was, kind->state);
}

// A word of the DUT as it stands before write `at`: what was loaded, as written since, or its state
// as the DUT itself told it.
static int64_t dut_word(const struct lockstep *k, const struct stimulus *s, int at)
{
    const struct stimulus_write *e = &s->write[at];
    const struct law_word *kind = &k->im.kind->word[e->word];
    int since = 0;
    int64_t x;
    if (kind->scope == LAW_STATE) {
        char state[LOCKSTEP_WORDS * sizeof(int64_t)];
        take_told(k, e->tick, first_of(k, e->layer) + e->neuron, state);
        x = law_get(kind, state);
        since = k->first_write;
    } else
        x = law_image_word(&k->im, e->layer, e->word, e->neuron, e->row);
    for (int i = since; i < at; i++) {
        const struct stimulus_write *w = &s->write[i];
        if (w->word == e->word && w->layer == e->layer && w->neuron == e->neuron &&
            w->row == e->row)
            x = written(k, w, x);
    }
    return x;
}

// The writes of a tick, into the DUT. 0 or -1.
static int write_dut(struct lockstep *k, const struct stimulus *s, int tick, char *message,
                     size_t size)
{
    while (k->first_write < s->n_writes && s->write[k->first_write].tick < tick)
        k->first_write++;
    for (int i = k->first_write; i < s->n_writes && s->write[i].tick == tick; i++) {
        const struct stimulus_write *e = &s->write[i];
        int64_t x = written(k, e, e->flip ? dut_word(k, s, i) : 0);
        if (dut_write(k->h, &k->im, e->layer, e->word, e->neuron, e->row, x, message, size))
            return -1;
        if (k->im.kind->word[e->word].scope != LAW_STATE) k->words_written = true;
    }
    return 0;
}

// --- comparison ----------------------------------------------------------------------------------

// Words of two structs that differ, by their table; the bytes that pad them do not count. only: those
// that count; NULL: all.
static int differing(const struct law_word *table, int n, const bool *only, const char *a,
                     const char *b)
{
    int differ = 0;
    for (int i = 0; i < n; i++)
        differ += (!only || only[i]) && law_get(&table[i], a) != law_get(&table[i], b);
    return differ;
}

static bool same_state(const struct lockstep *k, const char *a, const char *b)
{
    return !memcmp(a, b, k->im.kind->state) ||
           !differing(law_states(k->im.kind), k->n_states, 0, a, b);
}

// What differs in one commit; the counts of the result grow.
struct difference {
    bool any;
    bool before; // the state before
    bool lost;   // and the DUT's own state after the last tick was still right: its memory did it
    bool spike;
};

static struct difference compare(const struct lockstep *k, const struct stimulus *s, int tick,
                                 int i, const char *stages, struct lockstep_result *r)
{
    const struct law_kind *kind = k->im.kind;
    const char *c = lockstep_commit(k, tick, i), *stage = c + dut_stages(kind);
    const char *was = lockstep_state(k, k->before, tick, i);
    const char *is = lockstep_state(k, k->after, tick, i), *after = c + dut_after(kind);
    struct difference d = {.spike = law_get(&kind->stage[kind->fire], stage) != k->fired[i]};
    if (!k->h->ops->tells_before || !same_state(k, was, c + dut_before())) {
        char told[LOCKSTEP_WORDS * sizeof(int64_t)];
        struct dut_place at;
        memcpy(&at, c, sizeof at);
        take_told(k, tick, i, told);
        if (tick > 0) write_state(k, s, tick, at.layer, at.neuron, told);
        d.lost = same_state(k, was, told);
        d.before = k->h->ops->tells_before || !d.lost;
    }
    bool recorded = law_get(&kind->stage[kind->recorded], stage) != k->recorded[i];
    bool state = !same_state(k, is, after);
    r->spikes_differ += d.spike;
    if (state) r->words_differ += differing(law_states(kind), k->n_states, k->exists, is, after);
    int differ = 0;
    if (stages && memcmp(stages, stage, kind->stages))
        differ = differing(kind->stage, kind->n_stages, 0, stages, stage);
    r->stages_differ += differ;
    d.any = d.before || d.spike || state || recorded || differ;
    return d;
}

// The model's side of a tick, and what it had before it.
static void expect(struct lockstep *k, const struct stimulus *s, int tick)
{
    size_t all = (size_t)k->n_neurons * k->im.kind->state;
    char *before = lockstep_state(k, k->before, tick, 0);
    if (tick == 0)
        k->model->rest(k->m, before);
    else
        memcpy(before, lockstep_state(k, k->after, tick - 1, 0), all);
    for (int i = k->first_write; i < s->n_writes && s->write[i].tick == tick; i++) {
        const struct stimulus_write *e = &s->write[i];
        const struct law_word *x = &k->im.kind->word[e->word];
        if (x->scope != LAW_STATE) continue;
        char *state = lockstep_state(k, k->before, tick, first_of(k, e->layer) + e->neuron);
        law_set(x, state, written(k, e, law_get(x, state)));
    }
    k->model->after(k->m, tick, lockstep_state(k, k->after, tick, 0), k->fired, k->recorded);
}

// Whether spikes that a layer hears in this tick, of whatever tick, were not the model's.
static bool what_it_hears_differs(const struct lockstep *k, int tick, int l)
{
    const struct image_shape *shape = &k->im.shape;
    bool any =
        shape->layer[l].recurrent && tick > 0 && k->spikes_differ[(tick - 1) % LOCKSTEP_LATE][l];
    int late = shape->layer[l].delayed, last = late + image_late(shape, l);
    for (; l > 0 && late <= last && late <= tick; late += shape->layer[l].spacing) {
        any |= k->spikes_differ[(tick - late) % LOCKSTEP_LATE][l - 1];
        if (last == late) break; // of one tap
    }
    return any;
}

// Compares one tick. 0, or 1 at a difference that ends the run, or -1.
static int compare_tick(struct lockstep *k, const struct stimulus *s, const struct stimulus *x,
                        const struct lockstep_options *o, int tick, struct lockstep_result *r,
                        char *message, size_t size)
{
    const struct law_kind *kind = k->im.kind;
    const struct image_shape *shape = &k->im.shape;
    const char *stages = k->stages ? k->model->stages(k->m, tick) : 0;
    int words = 0, i = 0;
    bool differ = false, *differs_now = k->spikes_differ[tick % LOCKSTEP_LATE];
    expect(k, s, tick);
    for (int state = 0; state < k->n_states; state++)
        words += k->exists[state];
    memset(differs_now, 0, sizeof *k->spikes_differ);
    for (int l = 0; l < shape->n_layers; l++) {
        bool events_differ = what_it_hears_differs(k, tick, l);
        bool last = l == shape->n_layers - 1;
        for (int n = 0; n < shape->layer[l].n_out; n++, i++) {
            const char *c = lockstep_commit(k, tick, i);
            struct dut_place at;
            memcpy(&at, c, sizeof at);
            if (at.layer != l || at.neuron != n) {
                snprintf(
                    message, size,
                    "DUT: tick %d: commit of layer %d neuron %d where layer %d neuron %d is due",
                    tick, at.layer, at.neuron, l, n);
                return -1;
            }
            struct difference d =
                compare(k, s, tick, i, stages ? stages + (size_t)i * kind->stages : 0, r);
            r->words += words;
            r->spikes++;
            r->fired += k->fired[i];
            r->stages += stages ? kind->n_stages : 0;
            if (last)
                k->dut_count[n] += (int32_t)law_get(&kind->stage[kind->fire], c + dut_stages(kind));
            if (!d.any) continue;
            differs_now[l] |= d.spike;
            bool root = (!d.before || d.lost) && !events_differ;
            if (r->roots + r->inherited == 0 &&
                lockstep_first(k, x, tick, i, root, &r->first, message, size))
                return -1;
            *(root ? &r->roots : &r->inherited) += 1;
            differ = true;
            if (!o->keep_going) return 1;
        }
    }
    return differ;
}

// Both sides as a run begins; what the DUT's first layer will hear goes to *x. 0 or -1.
static int begin(struct lockstep *k, const struct stimulus *s, const struct lockstep_options *o,
                 struct stimulus *x, char *message, size_t size)
{
    if (s->n_ticks < 1 || s->n_ticks > k->max_ticks) {
        snprintf(message, size, "lockstep: %d ticks; 1..%d", s->n_ticks, k->max_ticks);
        return -1;
    }
    if (o->start && k->h->ops->rests) {
        snprintf(message, size, "lockstep: runs under the law %s begin at rest", k->im.kind->name);
        return -1;
    }
    k->stages = o->stages;
    *x = k->model->run(k->m, s, o->start, o->stages);
    if (k->words_written && dut_load(k->h, &k->im, message, size)) return -1;
    k->model->rest(k->m, lockstep_state(k, k->before, 0, 0));
    if (dut_rest(k->h, &k->im, lockstep_state(k, k->before, 0, 0), message, size)) return -1;
    k->words_written = false;
    k->first_write = 0;
    memset(k->spikes_differ, 0, sizeof k->spikes_differ);
    memset(k->dut_count, 0,
           (size_t)k->im.shape.layer[k->im.shape.n_layers - 1].n_out * sizeof(int32_t));
    return 0;
}

// What the DUT told of its state after the tick, into the caller's array.
static void tell_after(const struct lockstep *k, int tick, char *to)
{
    size_t state = k->im.kind->state;
    to += (size_t)tick * (size_t)k->n_neurons * state;
    for (int i = 0; i < k->n_neurons; i++)
        memcpy(to + (size_t)i * state, lockstep_commit(k, tick, i) + dut_after(k->im.kind), state);
}

int lockstep_run(struct lockstep *k, const struct stimulus *s, const struct lockstep_options *o,
                 struct lockstep_result *r, char *message, size_t size)
{
    struct stimulus x;
    if (begin(k, s, o, &x, message, size)) return -1;
    int differ = 0;
    for (int tick = 0; tick < s->n_ticks; tick++) {
        if (write_dut(k, s, tick, message, size)) return -1;
        int64_t cycles =
            k->h->ops->tick(k->h->dut, &x, tick, lockstep_commit(k, tick, 0), message, size);
        if (cycles < 0) return -1;
        r->cycles += cycles;
        r->ticks++;
        if (o->dut_after) tell_after(k, tick, o->dut_after);
        int rc = compare_tick(k, s, &x, o, tick, r, message, size);
        if (rc < 0) return -1;
        differ |= rc;
        if (rc && !o->keep_going) break;
    }
    return differ;
}

const int32_t *lockstep_dut_count(const struct lockstep *k)
{
    return k->dut_count;
}

// --- waves ---------------------------------------------------------------------------------------

// What the model has for the commits of a tick, as a DUT would tell it.
static void show(struct lockstep *k, const struct stimulus *s, int tick, char *to)
{
    const struct law_kind *kind = k->im.kind;
    const char *stages = k->model->stages(k->m, tick);
    expect(k, s, tick);
    for (int l = 0, i = 0; l < k->im.shape.n_layers; l++)
        for (int n = 0; n < k->im.shape.layer[l].n_out; n++, i++, to += k->commit) {
            struct dut_place at = {l, n};
            memcpy(to, &at, sizeof at);
            memcpy(to + dut_before(), lockstep_state(k, k->before, tick, i), kind->state);
            memcpy(to + dut_stages(kind), stages + (size_t)i * kind->stages, kind->stages);
            memcpy(to + dut_after(kind), lockstep_state(k, k->after, tick, i), kind->state);
        }
}

int lockstep_wave(struct dut_handle *waves, const struct law_image *im, const struct stimulus *s,
                  int first, int last, const char *path, char *message, size_t size)
{
    if (first < 0 || last < first || last >= s->n_ticks) {
        snprintf(message, size, "waves of ticks %d..%d; there are 0..%d", first, last,
                 s->n_ticks - 1);
        return -1;
    }
    const struct lockstep_options o = {.stages = true};
    const struct dut_ops *ops = waves->ops;
    struct stimulus x;
    struct lockstep *k = lockstep_new(waves, im, s->n_ticks, message, size);
    if (!k) return -1;
    char *shown = cleared((size_t)k->n_neurons * k->commit);
    int rc = shown ? begin(k, s, &o, &x, message, size) : -1;
    if (!shown) snprintf(message, size, "lockstep: out of memory");
    for (int tick = 0; rc == 0 && tick <= last; tick++) {
        rc = write_dut(k, s, tick, message, size);
        if (rc == 0) show(k, s, tick, shown);
        if (ops->twin) ops->twin(waves->dut, shown);
        if (rc == 0 && tick == first) rc = ops->wave(waves->dut, path, message, size);
        if (rc == 0 &&
            ops->tick(waves->dut, &x, tick, lockstep_commit(k, tick, 0), message, size) < 0)
            rc = -1;
    }
    if (ops->twin) ops->twin(waves->dut, 0);
    free(shown);
    lockstep_free(k);
    if (ops->waves && ops->wave(waves->dut, 0, message, size)) rc = -1;
    return rc;
}
