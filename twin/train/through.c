#include "twin/train/through.h"

#include "model/lif/many.h"
#include "twin/train/lane.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { FORWARD = 16, LEAST_PART = 4, MOST_PART = 64 }; // clips

struct workspace {
    struct many many;
    void *many_memory;
    struct backward backward;
};

struct through {
    const struct chip *chip;
    struct image_shape shape;
    struct through_options options;
    int n_ticks, n_in, n_out, n_threads;
    struct virtual_chip_stored stored;
    struct workspace *workspace; // (n_threads)
};

// One chip of a batch.
struct drawn {
    struct image *image;
    struct virtual_chip_note note;
};

struct tape {
    int max_clips, n_clips; // n_clips: of the batch that is on it
    int each, part;         // clips of a chip; clips whose gradients are added up in one place
    struct drawn *drawn;    // (max_clips, or one) NULL image: not drawn yet
    int max_drawn;
    struct trace *trace;  // (max_clips)
    void *memory;         // of the traces
    uint8_t *word;        // (max_clips, n_ticks, n_in) of real values; NULL: none came yet
    int16_t *jitter;      // (max_clips, n_ticks)
    const uint8_t *shown; // what the batch was shown
    bool jitters;
    float *gradient; // (parts of max_clips, n_values)
    size_t n_values; // of gradient; 0: not there yet
};

static void workspace_fini(struct workspace *w)
{
    free(w->many_memory);
    backward_fini(&w->backward);
}

struct through *through_new(const struct chip *c, const struct image_shape *shape, int n_ticks,
                            const struct through_options *o, struct fail *f)
{
    if (c->kind != &lif_kind || c->law.input_signed) {
        fail(f, "%s: %s, allowed the law lif with inputs without a sign: nothing else is trained",
             c->name, c->kind != &lif_kind ? c->kind->name : "inputs with a sign");
        return 0;
    }
    if (backward_lacks(&c->law)) {
        fail(f, "training: no backward pass for %s as %s has it", backward_lacks(&c->law), c->name);
        return 0;
    }
    if (n_ticks < 1 || o->clips_per_chip < 0) {
        fail(f, "%d ticks, %d clips a chip: allowed 1 and more, 0 and more", n_ticks,
             o->clips_per_chip);
        return 0;
    }
    struct through *t = calloc(1, sizeof *t);
    if (!t) goto no_memory;
    *t = (struct through){.chip = c,
                          .shape = *shape,
                          .options = *o,
                          .n_ticks = n_ticks,
                          .n_in = shape->layer[0].n_in,
                          .n_out = shape->layer[shape->n_layers - 1].n_out,
                          .n_threads = omp_get_max_threads()};
    t->workspace = calloc((size_t)t->n_threads, sizeof *t->workspace);
    if (!t->workspace || virtual_chip_stored_init(&t->stored, shape)) goto no_memory;
    for (int i = 0; i < t->n_threads; i++) {
        struct workspace *w = &t->workspace[i];
        w->many_memory = aligned_alloc(64, many_size(&c->law, shape));
        if (!w->many_memory || backward_init(&w->backward, shape, n_ticks, f)) goto no_memory;
    }
    return t;

no_memory:
    fail(f, "training: out of memory");
    through_free(t);
    return 0;
}

void through_free(struct through *t)
{
    if (!t) return;
    for (int i = 0; t->workspace && i < t->n_threads; i++)
        workspace_fini(&t->workspace[i]);
    virtual_chip_stored_fini(&t->stored);
    free(t->workspace);
    free(t);
}

static void tape_layout(struct tape *y, const struct through *t, struct arena *a)
{
    for (int i = 0; i < y->max_clips; i++)
        lane_trace(&y->trace[i], &t->chip->law, &t->shape, t->n_ticks, a);
}

struct tape *tape_new(const struct through *t, int max_clips, struct fail *f)
{
    struct arena size = {0}, a = {0};
    struct tape *y = calloc(1, sizeof *y);
    if (!y) goto no_memory;
    const size_t clips = (size_t)max_clips;
    y->max_clips = max_clips;
    y->each = t->options.clips_per_chip ? t->options.clips_per_chip : max_clips;
    y->part = (LEAST_PART + y->each - 1) / y->each * y->each; // whole chips,
    if (y->part > MOST_PART) y->part = MOST_PART;             // or a piece of one
    if (!t->options.clips_per_chip) y->part = FORWARD;
    y->max_drawn = (max_clips + y->each - 1) / y->each;
    y->drawn = calloc((size_t)y->max_drawn, sizeof *y->drawn);
    y->trace = calloc(clips, sizeof *y->trace);
    if (!y->drawn || !y->trace) goto no_memory;
    tape_layout(y, t, &size);
    y->memory = a.base = aligned_alloc(ARENA_LINE, size.used);
    if (!y->memory) goto no_memory;
    memset(y->memory, 0, size.used);
    tape_layout(y, t, &a);
    if (t->options.jitter && t->chip->jitter.acts_leak && t->chip->jitter.sigma > 0) {
        y->jitter = malloc(clips * (size_t)t->n_ticks * sizeof *y->jitter);
        if (!y->jitter) goto no_memory;
    }
    for (int i = 0; i < y->max_drawn; i++) {
        struct drawn *d = &y->drawn[i];
        d->image = virtual_chip_new(t->chip, &t->shape);
        if (!d->image) goto no_memory;
        for (int l = 0; l < t->shape.n_layers; l++) {
            const struct image_layer *of = &d->image->layer[l];
            size_t n = (size_t)of->n_source * (size_t)of->n_out;
            d->note.gain[l] = malloc((n + 1) * sizeof(float));
            if (!d->note.gain[l]) goto no_memory;
        }
    }
    return y;

no_memory:
    fail(f, "training: out of memory for %d clips", max_clips);
    tape_free(y);
    return 0;
}

void tape_free(struct tape *y)
{
    if (!y) return;
    for (int i = 0; y->drawn && i < y->max_drawn; i++) {
        virtual_chip_free(y->drawn[i].image);
        for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
            free(y->drawn[i].note.gain[l]);
    }
    free(y->drawn);
    free(y->trace);
    free(y->memory);
    free(y->word);
    free(y->jitter);
    free(y->gradient);
    free(y);
}

int tape_clips(const struct tape *y)
{
    return y->max_clips;
}

// Real values as words. `bad`: the first that is none, or n.
static int64_t to_words(const struct law *law, const float *x, uint8_t *word, size_t n, size_t *bad)
{
    const int bits = law_bits(law->input);
    const float unit = ldexpf(1, law->input.frac_bits), most = (float)fx_umax(bits < 8 ? bits : 8);
    int64_t rounded = 0;
    *bad = n;
    for (size_t i = 0; i < n; i++) {
        float w = x[i] * unit, whole = nearbyintf(w);
        if (!(whole >= 0 && whole <= most)) {
            if (*bad == n) *bad = i;
            continue;
        }
        rounded += whole != w;
        word[i] = (uint8_t)whole;
    }
    return rounded;
}

static int take(struct through *t, struct tape *y, struct through_in *x, int n_clips,
                struct fail *f)
{
    const size_t clip = (size_t)t->n_ticks * (size_t)t->n_in;
    int64_t rounded = 0;
    size_t wrong = SIZE_MAX;
    y->shown = x->word;
    if (!x->real) return 0;
    if (!y->word) y->word = malloc((size_t)y->max_clips * clip);
    if (!y->word) return fail(f, "training: out of memory for %d clips", n_clips);
    y->shown = y->word;
#pragma omp parallel for schedule(static) num_threads(t->n_threads) reduction(+ : rounded)         \
    reduction(min : wrong)
    for (int i = 0; i < n_clips; i++) {
        size_t bad, at = (size_t)i * clip;
        rounded += to_words(&t->chip->law, x->real + at, y->word + at, clip, &bad);
        if (bad < clip && at + bad < wrong) wrong = at + bad;
    }
    x->rounded = rounded;
    if (wrong == SIZE_MAX) return 0;
    const int bits = law_bits(t->chip->law.input);
    return fail(
        f, "clip %zu, tick %zu, input %zu: %g, allowed 0..%g (input words of %s)", wrong / clip,
        wrong % clip / (size_t)t->n_in, wrong % (size_t)t->n_in, (double)x->real[wrong],
        ldexp((double)fx_umax(bits < 8 ? bits : 8), -t->chip->law.input.frac_bits), t->chip->name);
}

static struct stimulus stimulus_of(const struct through *t, const struct tape *y, int clip)
{
    const size_t ticks = (size_t)t->n_ticks;
    return (struct stimulus){.n_ticks = t->n_ticks,
                             .x = y->shown + (size_t)clip * ticks * (size_t)t->n_in,
                             .jitter = y->jitters ? y->jitter + (size_t)clip * ticks : 0};
}

static void spikes_of(const struct through *t, const struct trace *trace, float *to)
{
    const struct trace_layer *y = &trace->layer[t->shape.n_layers - 1];
    const bool several = t->shape.layer[t->shape.n_layers - 1].max_spikes > 1;
    for (int tick = 0; tick < t->n_ticks; tick++)
        for (int n = 0; n < t->n_out; n++)
            *to++ = !trace_spiked(y, t->n_out, tick, n) ? 0
                    : several ? (float)y->n[(size_t)tick * (size_t)y->stride + (size_t)n]
                              : 1;
}

// Chip i of a batch that begins with chip k: words of it that had to be clamped.
static int64_t draw(const struct through *t, struct tape *y, const struct net *n, uint64_t seed,
                    uint32_t k, int i)
{
    struct drawn *d = &y->drawn[i];
    virtual_chip_draw(d->image, t->chip, n, &t->stored, seed, k ? k + (uint32_t)i : 0, &d->note);
    return d->note.clamped;
}

// Clips from..to - 1, of one chip.
static void run_some(struct through *t, struct workspace *w, struct tape *y, int from, int to,
                     struct through_out *out)
{
    many_init(&w->many, y->drawn[from / y->each].image, w->many_memory);
    for (int i = from; i < to; i += FORWARD) {
        struct stimulus s[FORWARD];
        int side = to - i < FORWARD ? to - i : FORWARD;
        for (int j = 0; j < side; j++)
            s[j] = stimulus_of(t, y, i + j);
        many_run(&w->many, side, s, y->trace + i);
        for (int j = i; j < i + side; j++) {
            for (int n = 0; out->count && n < t->n_out; n++)
                out->count[(size_t)j * (size_t)t->n_out + (size_t)n] = (float)y->trace[j].count[n];
            if (out->spikes)
                spikes_of(t, &y->trace[j],
                          out->spikes + (size_t)j * (size_t)t->n_ticks * (size_t)t->n_out);
        }
    }
}

int through_forward(struct through *t, struct tape *y, const struct net *n, struct through_in *x,
                    int n_clips, uint64_t seed, uint32_t k, struct through_out *out, struct fail *f)
{
    x->rounded = 0;
    out->clamped = 0;
    y->n_clips = 0;
    if (n_clips < 1 || n_clips > y->max_clips)
        return fail(f, "%d clips, allowed 1..%d", n_clips, y->max_clips);
    for (size_t i = 0; i < n->n_values; i++)
        if (!isfinite(n->values[i]))
            return fail(f, "value %zu of the net is %g, must be finite", i, (double)n->values[i]);
    if (take(t, y, x, n_clips, f)) return -1;
    y->n_clips = n_clips;
    y->jitters = y->jitter && k > 0;
    int64_t clamped = 0;
    const bool own =
        y->part % y->each == 0; // a part draws its own chips, which then lie in the cache
    const int n_chips = own ? 0 : (n_clips + y->each - 1) / y->each;
    const int n_parts = (n_clips + y->part - 1) / y->part;
    virtual_chip_store(&t->stored, t->chip, n);
#pragma omp parallel num_threads(t->n_threads)
    {
#pragma omp for schedule(dynamic, 1) reduction(+ : clamped)
        for (int i = 0; i < n_chips; i++)
            clamped += draw(t, y, n, seed, k, i);
#pragma omp for schedule(dynamic, 1) reduction(+ : clamped)
        for (int i = 0; i < n_parts; i++) {
            int from = i * y->part, end = from + y->part < n_clips ? from + y->part : n_clips;
            for (int j = from; y->jitters && j < end; j++)
                virtual_chip_jitter(t->chip, seed, k + (uint32_t)(j / y->each), (uint64_t)j,
                                    y->jitter + (size_t)j * (size_t)t->n_ticks, t->n_ticks);
            for (int next; from < end; from = next) {
                next = (from / y->each + 1) * y->each;
                if (next > end) next = end;
                if (own) clamped += draw(t, y, n, seed, k, from / y->each);
                run_some(t, &t->workspace[omp_get_thread_num()], y, from, next, out);
            }
        }
    }
    out->clamped = clamped;
    return 0;
}

// The gradient of clips from..to - 1, of one chip, is added to g.
static void back_some(struct through *t, struct workspace *w, const struct tape *y,
                      const struct net *n, const float *gcount, const float *gz, int from, int to,
                      float *g, float *gx)
{
    const struct drawn *d = &y->drawn[from / y->each];
    const size_t ticks = (size_t)t->n_ticks, n_out = (size_t)t->n_out;
    backward_load(&w->backward, d->image, &t->options.backward);
    for (int i = from; i < to; i += BACKWARD_GROUP) {
        struct backward_clip back[BACKWARD_GROUP];
        int side = to - i < BACKWARD_GROUP ? to - i : BACKWARD_GROUP;
        for (int j = 0; j < side; j++) {
            const size_t clip = (size_t)(i + j);
            back[j] = (struct backward_clip){
                .stimulus = stimulus_of(t, y, i + j),
                .trace = &y->trace[clip],
                .gcount = gcount ? gcount + clip * n_out : 0,
                .gz = gz ? gz + clip * ticks * n_out : 0,
                .gx = gx ? gx + clip * ticks * (size_t)t->n_in : 0,
            };
        }
        backward_run(&w->backward, back, side);
    }
    backward_collect(&w->backward, n, &d->note, g);
}

int through_back(struct through *t, struct tape *y, const struct net *n, const float *gcount,
                 const float *gz, float *g, float *gx, struct fail *f)
{
    enum { SLICE = 1024 }; // values of the net that one thread adds up
    if (y->n_clips < 1) return fail(f, "nothing went forward on this tape");
    const int n_parts = (y->n_clips + y->part - 1) / y->part;
    const size_t n_values = n->n_values;
    if (y->n_values != n_values) {
        free(y->gradient);
        size_t parts = (size_t)((y->max_clips + y->part - 1) / y->part);
        y->gradient = malloc(parts * n_values * sizeof *y->gradient);
        y->n_values = y->gradient ? n_values : 0;
        if (!y->gradient) return fail(f, "training: out of memory for %d clips", y->n_clips);
    }
#pragma omp parallel num_threads(t->n_threads)
    {
#pragma omp for schedule(dynamic, 1)
        for (int last = 0; last < n_parts; last++) {
            const int i = n_parts - 1 - last; // what went forward last still lies in the cache
            int from = i * y->part, end = from + y->part < y->n_clips ? from + y->part : y->n_clips;
            float *own = y->gradient + (size_t)i * n_values;
            memset(own, 0, n_values * sizeof *own);
            for (int next; from < end; from = next) {
                next = (from / y->each + 1) * y->each;
                if (next > end) next = end;
                back_some(t, &t->workspace[omp_get_thread_num()], y, n, gcount, gz, from, next, own,
                          gx);
            }
        }
#pragma omp for schedule(static)
        for (size_t from_value = 0; from_value < n_values; from_value += SLICE) {
            size_t to = from_value + SLICE < n_values ? from_value + SLICE : n_values;
            memset(g + from_value, 0, (to - from_value) * sizeof *g);
            for (int i = 0; i < n_parts; i++)
                for (size_t j = from_value; j < to; j++)
                    g[j] += y->gradient[(size_t)i * n_values + j];
        }
    }
    return 0;
}
