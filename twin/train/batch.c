#include "twin/train/batch.h"

#include "model/lif/many.h"
#include "twin/train/lane.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

// Where clips come from.
struct batch_source {
    const struct corpus *corpus; // NULL: from `fixed`
    const uint8_t *fixed;        // (n, n_ticks, n_in)
    uint64_t seed;
};

enum {
    FORWARD = 16,  // clips that go forward together; whole groups of the backward pass
    LEAST_PART = 4 // clips; a gradient for each of fewer would cost more than it
};

// A clip on its way forward and back.
struct lane {
    struct trace trace;
    uint8_t *words;
    int16_t *jitter;
    float gcount[IMAGE_MAX_NEURONS];
    float *gz;            // (n_ticks, n_out) of targets
    double *said, *gsaid; // (n_ticks, outputs)
};

// What one thread needs to run a chunk.
struct workspace {
    struct image *image;
    struct many many;
    void *many_memory;
    struct backward backward;
    struct virtual_chip_note note;
    struct lane *lane; // (FORWARD)
    void *memory;      // of the traces, the note, words and jitter
};

struct batch {
    const struct chip *chip;
    struct image_shape shape;
    struct batch_options options;
    int n_ticks;
    int n_threads;
    struct virtual_chip_stored stored; // of the step's net
    struct workspace *workspace;       // (n_threads)
    int part;                    // clips of whole chips whose gradients are added up in one place
    int max_parts;               // of a batch
    struct batch_result *result; // (max_parts)
    float **gradient;            // (max_parts) each n_values of the net
    size_t n_values;
};

// One clip.
static void lane_layout(struct lane *lane, const struct batch *b, struct arena *a)
{
    const struct image_shape *s = &b->shape;
    size_t ticks = (size_t)b->n_ticks;
    lane_trace(&lane->trace, &b->chip->law, s, b->n_ticks, a);
    lane->words = arena_alloc(a, ticks * (size_t)s->layer[0].n_in);
    lane->jitter = arena_alloc(a, ticks * sizeof(int16_t));
    if (!b->options.targets) return;
    const size_t said = ticks * (size_t)b->options.targets->n_out;
    lane->gz = arena_alloc(a, ticks * (size_t)s->layer[s->n_layers - 1].n_out * sizeof *lane->gz);
    lane->said = arena_alloc(a, said * sizeof *lane->said);
    lane->gsaid = arena_alloc(a, said * sizeof *lane->gsaid);
}

static void workspace_layout(struct workspace *w, const struct batch *b, struct arena *a)
{
    const struct image_shape *s = &b->shape;
    for (int i = 0; i < FORWARD; i++)
        lane_layout(&w->lane[i], b, a);
    for (int l = 0; l < s->n_layers; l++)
        w->note.gain[l] =
            arena_alloc(a, (size_t)image_fan_in(s, l) * (size_t)s->layer[l].n_out * sizeof(float));
}

static int workspace_init(struct workspace *w, const struct batch *b, struct fail *f)
{
    const struct image_shape *s = &b->shape;
    struct arena size = {0}, a = {0};
    w->image = virtual_chip_new(b->chip, s);
    w->many_memory = aligned_alloc(64, many_size(&b->chip->law, s));
    w->lane = calloc(FORWARD, sizeof *w->lane);
    if (!w->image || !w->many_memory || !w->lane) return fail(f, "batch: out of memory");
    workspace_layout(w, b, &size);
    w->memory = a.base = aligned_alloc(ARENA_LINE, size.used);
    if (!w->memory) return fail(f, "batch: out of memory");
    memset(w->memory, 0, size.used);
    workspace_layout(w, b, &a);
    return backward_init(&w->backward, s, b->n_ticks, f);
}

static void workspace_fini(struct workspace *w)
{
    virtual_chip_free(w->image);
    free(w->many_memory);
    free(w->memory);
    free(w->lane);
    backward_fini(&w->backward);
}

struct batch *batch_new(const struct chip *c, const struct image_shape *shape, int n_ticks,
                        int max_clips, const struct batch_options *o, struct fail *f)
{
    struct batch *b = calloc(1, sizeof *b);
    if (!b) goto no_memory;
    *b = (struct batch){.chip = c, .shape = *shape, .options = *o, .n_ticks = n_ticks};
    if (b->options.population == 0) b->options.population = 1;
    int n_out = shape->layer[shape->n_layers - 1].n_out;
    if (b->options.population < 1 || n_out % b->options.population) {
        fail(f, "population %d: it must divide the %d output neurons", b->options.population,
             n_out);
        goto failed;
    }
    b->n_threads = omp_get_max_threads();
    b->part = (LEAST_PART + o->clips_per_chip - 1) / o->clips_per_chip * o->clips_per_chip;
    b->max_parts = (max_clips + b->part - 1) / b->part;
    struct net n = {0};
    if (net_init(&n, shape, c, f)) goto failed;
    b->n_values = n.n_values;
    net_fini(&n);
    if (virtual_chip_stored_init(&b->stored, shape)) goto no_memory;
    b->workspace = calloc((size_t)b->n_threads, sizeof *b->workspace);
    b->result = calloc((size_t)b->max_parts, sizeof *b->result);
    b->gradient = calloc((size_t)b->max_parts, sizeof *b->gradient);
    if (!b->workspace || !b->result || !b->gradient) goto no_memory;
    for (int i = 0; i < b->max_parts; i++)
        if (!(b->gradient[i] = malloc(b->n_values * sizeof(float)))) goto no_memory;
    for (int i = 0; i < b->n_threads; i++)
        if (workspace_init(&b->workspace[i], b, f)) goto failed;
    return b;

no_memory:
    fail(f, "batch: out of memory");
failed:
    batch_free(b);
    return 0;
}

void batch_free(struct batch *b)
{
    if (!b) return;
    for (int i = 0; b->workspace && i < b->n_threads; i++)
        workspace_fini(&b->workspace[i]);
    for (int i = 0; b->gradient && i < b->max_parts; i++)
        free(b->gradient[i]);
    virtual_chip_stored_fini(&b->stored);
    free(b->workspace);
    free(b->gradient);
    free(b->result);
    free(b);
}

// Sets the words that are hidden, of (n_ticks, n_in), to 0.
static void hide(const struct batch_mask *m, int n_ticks, int n_in, uint8_t *words)
{
    memset(words + (size_t)m->tick * (size_t)n_in, 0, (size_t)m->n_ticks * (size_t)n_in);
    for (int t = 0; m->n_inputs > 0 && t < n_ticks; t++)
        memset(words + (size_t)t * (size_t)n_in + m->input, 0, (size_t)m->n_inputs);
}

// What a clip is, before it goes forward.
static struct stimulus hear(const struct batch *b, struct lane *lane,
                            const struct batch_source *from, const struct batch_clip *c, uint32_t k)
{
    if (from->corpus) {
        struct stimulus x = corpus_stimulus(from->corpus, b->chip, from->seed, k, c->clip, c->shift,
                                            lane->words, lane->jitter);
        hide(&c->mask, b->n_ticks, b->shape.layer[0].n_in, lane->words);
        return x;
    }
    size_t clip_words = (size_t)b->n_ticks * (size_t)b->shape.layer[0].n_in;
    return (struct stimulus){.n_ticks = b->n_ticks,
                             .x = from->fixed + (size_t)c->clip * clip_words};
}

// Against the label: the loss, and what goes back.
static void judge_label(const struct batch *b, struct lane *lane, int label, struct batch_result *r)
{
    int n_out = b->shape.layer[b->shape.n_layers - 1].n_out;
    int population = b->options.population;
    int32_t heard[IMAGE_MAX_NEURONS]; // spikes of each class
    r->loss += loss_cross_entropy(lane->trace.count, n_out, population, label,
                                  b->options.logit_scale, lane->gcount);
    net_class_counts(lane->trace.count, n_out, population, heard);
    r->correct += network_decide(heard, n_out / population) == label;
}

// Against targets over time: the mean squared error in units of their variance, so that 1 is what the best constant
// costs.
static void judge_targets(const struct batch *b, struct lane *lane, int item,
                          struct batch_result *r)
{
    const struct targets *g = b->options.targets;
    const struct readout_of of =
        readout_of_outputs(g, &lane->trace.layer[b->shape.n_layers - 1], &b->shape);
    const double *target = targets_of(g, item);
    const size_t first = (size_t)g->skip * (size_t)g->n_out,
                 all = (size_t)g->n_ticks * (size_t)g->n_out;
    g->readout->read(g, &of, lane->said);
    memset(lane->gsaid, 0, first * sizeof *lane->gsaid);
    r->loss += loss_squared(lane->said + first, target + first, all - first,
                            1 / (g->variance * (double)(all - first)), lane->gsaid + first);
    g->readout->back(g, &of, lane->gsaid, lane->gz);
    r->correct +=
        merit_share(g->merit, g->merit->of_item(lane->said, target, g->skip, g->n_ticks, g->n_out));
}

// What came out of it.
static void judge(const struct batch *b, struct lane *lane, const struct batch_clip *clip,
                  struct batch_result *r)
{
    const int last = b->shape.n_layers - 1;
    if (b->options.targets)
        judge_targets(b, lane, clip->clip, r);
    else
        judge_label(b, lane, clip->label, r);
    if (last > 0)
        r->rate += (double)lane->trace.spikes[last - 1] /
                   (b->n_ticks * (double)b->shape.layer[last - 1].n_out);
}

// Adds the gradient of `count` clips of chip k to g.
static void run_chunk(struct batch *b, struct workspace *w, const struct net *n,
                      const struct batch_source *from, const struct batch_clip *clips, int count,
                      uint32_t k, float *g, struct batch_result *r)
{
    virtual_chip_draw(w->image, b->chip, n, &b->stored, from->seed, k, &w->note);
    many_init(&w->many, w->image, w->many_memory);
    backward_load(&w->backward, w->image, &b->options.backward);
    for (int i = 0; i < count; i += FORWARD) {
        struct stimulus stimulus[FORWARD];
        struct trace trace[FORWARD];
        struct backward_clip back[FORWARD];
        int side = count - i < FORWARD ? count - i : FORWARD;
        for (int j = 0; j < side; j++) {
            stimulus[j] = hear(b, &w->lane[j], from, &clips[i + j], k);
            trace[j] = w->lane[j].trace;
        }
        many_run(&w->many, side, stimulus, trace);
        for (int j = 0; j < side; j++) {
            judge(b, &w->lane[j], &clips[i + j], r);
            back[j] = (struct backward_clip){.stimulus = stimulus[j], .trace = &trace[j]};
            if (b->options.targets)
                back[j].gz = w->lane[j].gz;
            else
                back[j].gcount = w->lane[j].gcount;
        }
        for (int j = 0; j < side; j += BACKWARD_GROUP)
            r->rate_loss += backward_run(&w->backward, &back[j],
                                         side - j < BACKWARD_GROUP ? side - j : BACKWARD_GROUP);
    }
    r->clamped += w->note.clamped;
    backward_collect(&w->backward, n, &w->note, g);
}

// The chips of part i, one after the other.
static void run_part(struct batch *b, struct workspace *w, const struct net *n,
                     const struct batch_source *from, const struct batch_clip *clips, int n_clips,
                     uint32_t first_chip, int i)
{
    int each = b->options.clips_per_chip, first = i * b->part, last = first + b->part;
    if (last > n_clips) last = n_clips;
    b->result[i] = (struct batch_result){0};
    memset(b->gradient[i], 0, b->n_values * sizeof(float));
    for (int at = first; at < last; at += each)
        run_chunk(b, w, n, from, clips + at, last - at < each ? last - at : each,
                  first_chip + (uint32_t)(at / each), b->gradient[i], &b->result[i]);
}

struct batch_result batch_gradient(struct batch *b, const struct net *n, const struct corpus *s,
                                   const uint8_t *fixed, const struct batch_clip *clips,
                                   int n_clips, uint64_t seed, uint32_t first_chip, float *g)
{
    enum { SLICE = 1024 }; // values of the net that one thread adds up
    const struct batch_source from = {s, fixed, seed};
    int n_parts = (n_clips + b->part - 1) / b->part;
    virtual_chip_store(&b->stored, b->chip, n);
#pragma omp parallel num_threads(b->n_threads)
    {
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < n_parts; i++)
            run_part(b, &b->workspace[omp_get_thread_num()], n, &from, clips, n_clips, first_chip,
                     i);
#pragma omp for schedule(static)
        for (size_t from_value = 0; from_value < b->n_values; from_value += SLICE) {
            size_t to = from_value + SLICE < b->n_values ? from_value + SLICE : b->n_values;
            memset(g + from_value, 0, (to - from_value) * sizeof *g);
            for (int i = 0; i < n_parts; i++)
                for (size_t j = from_value; j < to; j++)
                    g[j] += b->gradient[i][j];
            for (size_t j = from_value; j < to; j++)
                g[j] /= (float)n_clips;
        }
    }
    struct batch_result total = {0};
    for (int i = 0; i < n_parts; i++) {
        total.loss += b->result[i].loss / n_clips;
        total.rate_loss += b->result[i].rate_loss / n_clips;
        total.correct += b->result[i].correct / n_clips;
        total.rate += b->result[i].rate / n_clips;
        total.clamped += b->result[i].clamped;
    }
    return total;
}
