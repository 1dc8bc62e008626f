#include "cosim/lockstep.h"

#include "cosim/lockstep_first.h"

#include <stdlib.h>
#include <string.h>

static void *cleared(size_t bytes)
{
    bytes = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    if (memory) memset(memory, 0, bytes);
    return memory;
}

struct lockstep *lockstep_new(struct dut_handle *h, const struct image *im, int max_ticks,
                              char *message, size_t size)
{
    if (dut_load(h, im, message, size)) return 0;
    struct lockstep *k = cleared(sizeof *k);
    if (!k) goto no_memory;
    struct image_shape shape = image_shape_of(im);
    size_t ticks = (size_t)max_ticks;
    *k =
        (struct lockstep){.h = h, .im = im, .max_ticks = max_ticks, .n_neurons = image_neurons(im)};
    k->network_memory = cleared(network_size(&im->law, &shape));
    k->commits = cleared((size_t)k->n_neurons * (LOCKSTEP_HISTORY + 1) * sizeof *k->commits);
    k->stages = cleared(ticks * (size_t)k->n_neurons * sizeof *k->stages);
    size_t outputs = (size_t)im->layer[im->n_layers - 1].n_out * sizeof(int32_t);
    k->trace.count = cleared(outputs);
    k->dut_count = cleared(outputs);
    if (!k->dut_count || !k->network_memory || !k->commits || !k->stages || !k->trace.count)
        goto no_memory;
    for (int l = 0; l < im->n_layers; l++) {
        struct trace_layer *t = &k->trace.layer[l];
        int n_out = im->layer[l].n_out;
        t->stride = network_padded(n_out);
        size_t words = ticks * (size_t)t->stride * sizeof(int32_t);
        t->z = cleared(ticks * (size_t)trace_spike_words(n_out) * sizeof(uint64_t));
        t->c = cleared(words);
        t->v = cleared(words);
        int32_t **const some[] = {&t->u, &t->u2, &t->r, &t->n};
        const bool wanted[] = {im->law.currents > 0, im->law.currents > 1,
                               im->law.refractory_ticks > 0, im->layer[l].max_spikes > 1};
        for (int i = 0; i < 4; i++) {
            *some[i] = wanted[i] ? cleared(words) : 0;
            if (wanted[i] && !*some[i]) goto no_memory;
        }
        if (!t->z || !t->c || !t->v) goto no_memory;
    }
    network_init(&k->network, im, k->network_memory);
    return k;
no_memory:
    snprintf(message, size, "lockstep: out of memory for %d ticks", max_ticks);
    lockstep_free(k);
    return 0;
}

void lockstep_free(struct lockstep *k)
{
    if (!k) return;
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        free(k->trace.layer[l].z);
        free(k->trace.layer[l].c);
        free(k->trace.layer[l].v);
        free(k->trace.layer[l].u);
        free(k->trace.layer[l].u2);
        free(k->trace.layer[l].r);
        free(k->trace.layer[l].n);
    }
    free(k->trace.count);
    free(k->dut_count);
    free(k->stages);
    free(k->commits);
    free(k->network_memory);
    free(k);
}

static void keep_stages(void *context, int tick, int layer, int neuron,
                        const struct law_state *before, const struct law_stages *stages)
{
    struct lockstep *k = context;
    (void)before;
    int first = 0;
    for (int l = 0; l < layer; l++)
        first += k->im->layer[l].n_out;
    k->stages[(size_t)tick * (size_t)k->n_neurons + (size_t)(first + neuron)] = *stages;
}

static int32_t word(const int32_t *words, const struct trace_layer *t, int tick, int n)
{
    return words ? words[(size_t)tick * (size_t)t->stride + (size_t)n] : 0;
}

struct law_state lockstep_after(const struct lockstep *k, int tick, int layer, int n)
{
    const struct trace_layer *t = &k->trace.layer[layer];
    if (tick < 0)
        return (struct law_state){.v =
                                      k->im->law.has_rest ? k->im->layer[layer].neuron[n].rest : 0};
    return (struct law_state){word(t->v, t, tick, n), word(t->u, t, tick, n),
                              word(t->u2, t, tick, n), word(t->r, t, tick, n)};
}

int32_t lockstep_spikes(const struct lockstep *k, int tick, int layer, int n)
{
    const struct trace_layer *t = &k->trace.layer[layer];
    if (tick < 0) return 0;
    return t->n ? word(t->n, t, tick, n) : trace_spiked(t, k->im->layer[layer].n_out, tick, n);
}

static int32_t *state_word(struct law_state *s, enum image_word word)
{
    return word == WORD_V ? &s->v : word == WORD_U ? &s->u : word == WORD_U2 ? &s->u2 : &s->r;
}

// A state after the last tick, with what the stimulus writes into it before this one.
static struct law_state written(const struct lockstep *k, const struct stimulus *s, int tick,
                                int layer, int n, struct law_state state)
{
    for (int i = k->first_write; i < s->n_writes && s->write[i].tick == tick; i++) {
        const struct stimulus_write *e = &s->write[i];
        if (e->word < WORD_V || e->layer != layer || e->neuron != n) continue;
        int32_t *x = state_word(&state, e->word);
        *x = stimulus_written(&k->im->law, e, *x);
    }
    return state;
}

// The model's state before a tick.
static struct law_state state_before(const struct lockstep *k, const struct stimulus *s, int tick,
                                     int layer, int n)
{
    return written(k, s, tick, layer, n, lockstep_after(k, tick - 1, layer, n));
}

// The same of the DUT, by what it told at the end of the last tick.
static struct law_state state_told(const struct lockstep *k, const struct stimulus *s, int tick,
                                   const struct dut_commit *c)
{
    const struct dut_commit *last =
        &lockstep_commits(k, tick - 1 + LOCKSTEP_HISTORY + 1)[c - lockstep_commits(k, tick)];
    struct law_state state = tick > 0 ? last->after : lockstep_after(k, -1, c->layer, c->neuron);
    return written(k, s, tick, c->layer, c->neuron, state);
}

static bool same_state(const struct law_state *a, const struct law_state *b)
{
    return a->v == b->v && a->u == b->u && a->u2 == b->u2 && a->r == b->r;
}

// A word of the DUT as it stands before write `at`: what was loaded, as written since, or its state
// as the DUT itself told it.
static int32_t dut_word(const struct lockstep *k, const struct stimulus *s, int at)
{
    const struct stimulus_write *e = &s->write[at];
    const struct image_layer *y = &k->im->layer[e->layer];
    int first = 0, since = 0;
    int32_t x;
    for (int l = 0; l < e->layer; l++)
        first += k->im->layer[l].n_out;
    if (e->word >= WORD_V) {
        struct law_state state = lockstep_after(k, -1, e->layer, e->neuron);
        if (e->tick > 0) state = lockstep_commits(k, e->tick - 1)[first + e->neuron].after;
        x = *state_word(&state, e->word);
        since = k->first_write;
    } else if (e->word == WORD_WEIGHT) {
        x = y->w[e->row * y->n_out + e->neuron];
    } else {
        x = law_get(&lif_kind.word[e->word], &y->neuron[e->neuron]);
    }
    for (int i = since; i < at; i++) {
        const struct stimulus_write *w = &s->write[i];
        if (w->word == e->word && w->layer == e->layer && w->neuron == e->neuron &&
            w->row == e->row)
            x = stimulus_written(&k->im->law, w, x);
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
        int32_t x = stimulus_written(&k->im->law, e, e->flip ? dut_word(k, s, i) : 0);
        if (k->h->ops->write(k->h->dut, e->layer, e->word, e->neuron, e->row, x, message, size))
            return -1;
        if (e->word < WORD_V) k->words_written = true;
    }
    return 0;
}

// What differs in one commit; the counts of the result grow.
struct difference {
    bool any;
    bool before; // the state before
    bool lost;   // and the DUT's own state after the last tick was still right: its memory did it
    bool spike;
};

static struct difference compare(const struct lockstep *k, const struct stimulus *s,
                                 const struct dut_commit *c, int tick,
                                 const struct law_stages *stages, struct lockstep_result *r)
{
    const struct trace_layer *t = &k->trace.layer[c->layer];
    const struct law *law = &k->im->law;
    struct law_state was = state_before(k, s, tick, c->layer, c->neuron),
                     is = lockstep_after(k, tick, c->layer, c->neuron);
    int32_t fired = lockstep_spikes(k, tick, c->layer, c->neuron);
    struct law_state told = state_told(k, s, tick, c);
    struct difference d = {.before = !same_state(&was, &c->before),
                           .lost = same_state(&was, &told),
                           .spike = c->stages.fire != fired};
    int words = (is.v != c->after.v) + (is.u != c->after.u) + (is.u2 != c->after.u2) +
                (law->refractory_ticks && is.r != c->after.r);
    bool clamp = word(t->c, t, tick, c->neuron) != c->stages.clamp;
    if (c->layer == k->im->n_layers - 1) k->dut_count[c->neuron] += c->stages.fire;
    r->words += image_state_words(law);
    r->words_differ += words;
    r->spikes++;
    r->spikes_differ += d.spike;
    r->fired += fired;
    int differ = 0;
    if (stages) {
        for (int i = 0; i < LAW_STAGES; i++)
            differ +=
                law_get(&lif_kind.stage[i], stages) != law_get(&lif_kind.stage[i], &c->stages);
        r->stages += LAW_STAGES;
        r->stages_differ += differ;
    }
    d.any = d.before || d.spike || words || clamp || differ || is.v != c->stages.reset ||
            !same_state(&is, &c->after);
    return d;
}

// Compares one tick. 0, or 1 at a difference that ends the run, or -1.
static int compare_tick(struct lockstep *k, const struct stimulus *s,
                        const struct lockstep_options *o, int tick, struct lockstep_result *r,
                        char *message, size_t size)
{
    struct dut_commit *now = lockstep_commits(k, tick), *c = now;
    const struct law_stages *stages =
        o->stages ? &k->stages[(size_t)tick * (size_t)k->n_neurons] : 0;
    bool own_before[IMAGE_MAX_LAYERS], differ = false;
    memcpy(own_before, k->spikes_differ, sizeof own_before);
    memset(k->spikes_differ, 0, sizeof k->spikes_differ);
    for (int l = 0; l < k->im->n_layers; l++) {
        bool events_differ =
            (l > 0 && (k->im->layer[l].delayed ? own_before : k->spikes_differ)[l - 1]) ||
            (k->im->layer[l].recurrent && own_before[l]);
        for (int n = 0; n < k->im->layer[l].n_out; n++, c++) {
            if (c->layer != l || c->neuron != n) {
                snprintf(
                    message, size,
                    "DUT: tick %d: commit of layer %d neuron %d where layer %d neuron %d is due",
                    tick, c->layer, c->neuron, l, n);
                return -1;
            }
            struct difference d = compare(k, s, c, tick, stages ? &stages[c - now] : 0, r);
            if (!d.any) continue;
            k->spikes_differ[l] |= d.spike;
            bool root = (!d.before || d.lost) && !events_differ;
            if (r->roots + r->inherited == 0 &&
                lockstep_first(k, s, tick, c, root, &r->first, message, size))
                return -1;
            *(root ? &r->roots : &r->inherited) += 1;
            differ = true;
            if (!o->keep_going) return 1;
        }
    }
    return differ;
}

int lockstep_run(struct lockstep *k, const struct stimulus *s, const struct lockstep_options *o,
                 struct lockstep_result *r, char *message, size_t size)
{
    if (s->n_ticks < 1 || s->n_ticks > k->max_ticks) {
        snprintf(message, size, "lockstep: %d ticks; 1..%d", s->n_ticks, k->max_ticks);
        return -1;
    }
    if (o->stages)
        network_run_watched(&k->network, s, &k->trace, keep_stages, k);
    else
        network_run(&k->network, s, &k->trace);
    if (k->words_written && k->h->ops->load(k->h->dut, k->im, message, size)) return -1;
    if (k->h->ops->rest(k->h->dut, message, size)) return -1;
    k->words_written = false;
    k->first_write = 0;
    memset(k->spikes_differ, 0, sizeof k->spikes_differ);
    memset(k->dut_count, 0, (size_t)k->im->layer[k->im->n_layers - 1].n_out * sizeof(int32_t));
    int differ = 0;
    for (int tick = 0; tick < s->n_ticks; tick++) {
        if (write_dut(k, s, tick, message, size)) return -1;
        int64_t cycles =
            k->h->ops->tick(k->h->dut, s, tick, lockstep_commits(k, tick), message, size);
        if (cycles < 0) return -1;
        r->cycles += cycles;
        r->ticks++;
        int rc = compare_tick(k, s, o, tick, r, message, size);
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

struct shown { // what the twin has for the commits of a tick
    const struct lockstep *k;
    struct dut_commit *commits;
};

static void keep_commit(void *context, int tick, int layer, int neuron,
                        const struct law_state *before, const struct law_stages *stages)
{
    const struct shown *to = context;
    int at = neuron;
    for (int l = 0; l < layer; l++)
        at += to->k->im->layer[l].n_out;
    (void)tick;
    to->commits[at] =
        (struct dut_commit){.layer = layer, .neuron = neuron, .before = *before, .stages = *stages};
}

int lockstep_wave(struct dut_handle *waves, const struct image *im, const struct stimulus *s,
                  int first, int last, const char *path, char *message, size_t size)
{
    if (first < 0 || last < first || last >= s->n_ticks) {
        snprintf(message, size, "waves of ticks %d..%d; there are 0..%d", first, last,
                 s->n_ticks - 1);
        return -1;
    }
    struct lockstep *k = lockstep_new(waves, im, s->n_ticks, message, size);
    struct shown shown = {k, k ? cleared((size_t)k->n_neurons * sizeof *shown.commits) : 0};
    int rc = shown.commits ? 0 : -1;
    if (rc == 0) network_rest(&k->network, &k->trace);
    for (int tick = 0; rc == 0 && tick <= last; tick++) {
        network_tick_watched(&k->network, s, &k->trace, tick, keep_commit, &shown);
        for (int i = 0; i < k->n_neurons; i++) {
            struct dut_commit *c = &shown.commits[i];
            c->after = lockstep_after(k, tick, c->layer, c->neuron);
        }
        if (waves->ops->twin) waves->ops->twin(waves->dut, shown.commits);
        if (tick == first) rc = waves->ops->wave(waves->dut, path, message, size);
        if (rc == 0) rc = write_dut(k, s, tick, message, size);
        if (rc == 0 &&
            waves->ops->tick(waves->dut, s, tick, lockstep_commits(k, tick), message, size) < 0)
            rc = -1;
    }
    if (waves->ops->twin) waves->ops->twin(waves->dut, 0);
    free(shown.commits);
    lockstep_free(k);
    if (waves->ops->waves && waves->ops->wave(waves->dut, 0, message, size)) rc = -1;
    return rc;
}
