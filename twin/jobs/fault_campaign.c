#include "twin/jobs/fault_campaign.h"

#include "base/arena.h"
#include "base/fnv.h"
#include "model/laws/engine.h"
#include "twin/jobs/fault_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const fault_class_names[FAULT_CLASSES] = {"same", "masked", "exposed", "critical"};

// What the chip without a fault does: output spikes of every tick, its decisions, and who fires at all.
struct golden {
    uint64_t **z;  // (n_stimuli) of (n_ticks, words of the last layer)
    int *decision; // (n_stimuli)
    bool *
        fires; // (n_stimuli, n_layers + 1, IMAGE_MAX_NEURONS): inputs, then the neurons of each layer
};

struct runner { // what one thread needs
    struct image image;
    void *words;  // of the image
    void *memory; // of the engine
    int32_t *count;
    uint64_t
        *z[IMAGE_MAX_LAYERS]; // (most ticks, words); those below the last: of the golden run alone
};

static bool *fires(const struct golden *g, const struct fault_campaign_job *job, int i, int layer)
{
    return g->fires +
           ((size_t)i * (size_t)(job->image->n_layers + 1) + (size_t)layer) * IMAGE_MAX_NEURONS;
}

static size_t image_room(const struct image *im)
{
    struct image_shape s = image_shape_of(im);
    return image_bytes(im->kind, im->params, &s);
}

// The chip without a fault again.
static void heal(struct runner *r, const struct image *from)
{
    for (int l = 0; l < from->n_layers; l++) {
        const struct image_layer *a = &from->layer[l];
        memcpy(r->image.layer[l].w, a->w, (size_t)a->n_rows * (size_t)a->n_out * sizeof *a->w);
        memcpy(r->image.layer[l].words, a->words, (size_t)a->n_out * from->kind->neuron);
    }
}

static int runner_init(struct runner *r, const struct fault_campaign_job *job)
{
    const struct image *im = job->image;
    struct image_shape s = image_shape_of(im);
    size_t ticks = 1;
    int bad = 0;
    for (int i = 0; i < job->n_stimuli; i++)
        if ((size_t)job->stimulus[i].n_ticks > ticks) ticks = (size_t)job->stimulus[i].n_ticks;
    for (int l = 0; l < im->n_layers; l++) {
        size_t words = (size_t)trace_spike_words(im->layer[l].n_out);
        r->z[l] = aligned_alloc(ARENA_LINE, arena_lines(ticks * words * sizeof *r->z[l]));
        bad |= !r->z[l];
    }
    r->words = aligned_alloc(ARENA_LINE, image_room(im));
    r->memory = aligned_alloc(ARENA_LINE, recorder_of(im->kind)->size(im));
    r->count = malloc((size_t)im->layer[im->n_layers - 1].n_out * sizeof *r->count);
    if (bad || !r->words || !r->memory || !r->count) return -1;
    memset(r->words, 0, image_room(im));
    image_lay_out(&r->image, im->kind, im->params, &s, r->words);
    heal(r, im);
    return 0;
}

static void runner_fini(struct runner *r)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        free(r->z[l]);
    free(r->words);
    free(r->memory);
    free(r->count);
}

static size_t output_bytes(const struct fault_campaign_job *job, int i)
{
    const struct image *im = job->image;
    return (size_t)job->stimulus[i].n_ticks *
           (size_t)trace_spike_words(im->layer[im->n_layers - 1].n_out) * sizeof(uint64_t);
}

// One stimulus on the engine as it was laid out; `all`: spikes of every layer, not of the last alone.
static void run_one(struct runner *r, const struct fault_campaign_job *job, int i, bool all)
{
    struct trace t = {.count = r->count};
    for (int l = all ? 0 : r->image.n_layers - 1; l < r->image.n_layers; l++)
        t.layer[l].z = r->z[l];
    recorder_of(r->image.kind)->run(r->memory, 1, &job->stimulus[i], &t);
}

static void note_fires(const struct golden *g, const struct fault_campaign_job *job,
                       const struct runner *r, int i)
{
    const struct stimulus *s = &job->stimulus[i];
    const struct image *im = job->image;
    int n_in = im->layer[0].n_in;
    for (int tick = 0; tick < s->n_ticks; tick++)
        for (int k = 0; k < n_in; k++)
            if (stimulus_x(s, n_in, tick, k)) fires(g, job, i, 0)[k] = true;
    for (int l = 0; l < im->n_layers; l++) {
        struct trace_layer t = {.z = r->z[l]};
        for (int tick = 0; tick < s->n_ticks; tick++)
            for (int n = 0; n < im->layer[l].n_out; n++)
                if (trace_spiked(&t, im->layer[l].n_out, tick, n))
                    fires(g, job, i, l + 1)[n] = true;
    }
}

static int golden_init(struct golden *g, const struct fault_campaign_job *job, int *correct)
{
    size_t n = (size_t)job->n_stimuli;
    struct runner r = {0};
    g->z = calloc(n + 1, sizeof *g->z);
    g->decision = calloc(n + 1, sizeof *g->decision);
    g->fires = calloc(n + 1, (size_t)(job->image->n_layers + 1) * IMAGE_MAX_NEURONS);
    int bad = runner_init(&r, job) || !g->z || !g->decision || !g->fires;
    if (!bad) recorder_of(job->image->kind)->init(r.memory, &r.image);
    for (int i = 0; !bad && i < job->n_stimuli; i++) {
        run_one(&r, job, i, true);
        note_fires(g, job, &r, i);
        g->decision[i] = net_decide(job->net, r.count);
        *correct += g->decision[i] == job->label[i];
        g->z[i] = malloc(output_bytes(job, i) + 1);
        bad = !g->z[i];
        if (!bad) memcpy(g->z[i], r.z[job->image->n_layers - 1], output_bytes(job, i));
    }
    runner_fini(&r);
    return bad ? -1 : 0;
}

static void golden_fini(struct golden *g, int n)
{
    for (int i = 0; g->z && i < n; i++)
        free(g->z[i]);
    free(g->z);
    free(g->decision);
    free(g->fires);
}

// Whether the fault can change anything in a stimulus: a weight adds where its source fires.
static bool reaches(const struct fault_fixed *x, const struct golden *g,
                    const struct fault_campaign_job *job, int i)
{
    const struct image_layer *y = &job->image->layer[x->layer];
    if (x->dead) return fires(g, job, i, x->layer + 1)[x->neuron];
    if (y->topology == IMAGE_ONE_TO_ONE) return fires(g, job, i, x->layer)[x->neuron];
    if (x->row >= y->n_heard) return fires(g, job, i, x->layer + 1)[x->row - y->n_heard];
    return fires(g, job, i, x->layer)[x->row % y->n_in];
}

static bool same_words(const struct image *a, const struct image *b)
{
    for (int l = 0; l < a->n_layers; l++) {
        const struct image_layer *y = &a->layer[l];
        if (memcmp(y->w, b->layer[l].w, (size_t)y->n_rows * (size_t)y->n_out * sizeof *y->w) ||
            memcmp(y->words, b->layer[l].words, (size_t)y->n_out * a->kind->neuron))
            return false;
    }
    return true;
}

// The bit is what it is stuck at; without a look at the whole image, for most faults are of bits.
static bool same_bit(const struct fault_fixed *x, const struct image *im)
{
    const struct image_layer *y = &im->layer[x->layer];
    return fx_bit((uint64_t)(int64_t)y->w[x->row * y->n_out + x->neuron], x->bit) == x->value;
}

enum fault_class fault_class_of(const struct fault_campaign_job *job, int exposed, int lost)
{
    if (lost > 0 && lost >= job->critical * job->n_stimuli) return FAULT_CRITICAL;
    return exposed ? FAULT_EXPOSED : FAULT_MASKED;
}

// in: bits of the stimuli that expose it, or NULL.
static void run_fault(struct fault_result *x, uint64_t *in, struct runner *r,
                      const struct golden *g, const struct fault_campaign_job *job)
{
    const struct faults one = {.fixed = &x->fault, .n_fixed = 1};
    if (!x->fault.dead && same_bit(&x->fault, job->image)) return;
    faults_fix_image(&one, &r->image);
    if (x->fault.dead && same_words(&r->image, job->image)) return;
    recorder_of(r->image.kind)->init(r->memory, &r->image);
    for (int i = 0; i < job->n_stimuli; i++) {
        if (!reaches(&x->fault, g, job, i)) continue;
        run_one(r, job, i, false);
        if (!memcmp(r->z[r->image.n_layers - 1], g->z[i], output_bytes(job, i))) continue;
        int decision = net_decide(job->net, r->count);
        x->exposed++;
        if (in) in[i / 64] |= fx_one(i % 64);
        x->decided += decision != g->decision[i];
        x->lost += (g->decision[i] == job->label[i]) - (decision == job->label[i]);
    }
    x->is = fault_class_of(job, x->exposed, x->lost);
    heal(r, job->image);
}

// All faults of a chip, or their number where there is no room to write.
static size_t aim(struct fault_result *to, const struct image *im)
{
    int bits = im->kind->word[0].range(im->params).bits;
    size_t n = 0;
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        for (int row = 0; row < y->n_source; row++)
            for (int k = 0; k < y->n_out; k++)
                for (int bit = 0; bit < 2 * bits; bit++, n++)
                    if (to)
                        to[n].fault = (struct fault_fixed){
                            .layer = l, .neuron = k, .row = row, .bit = bit / 2, .value = bit % 2};
        for (int k = 0; k < y->n_out; k++, n++)
            if (to) to[n].fault = (struct fault_fixed){.dead = true, .layer = l, .neuron = k};
    }
    return n;
}

// What the results hang on: the chip, what it is shown, what it says without a fault, and what is asked.
static void identify(const struct fault_campaign_job *job, const struct golden *g, char *to,
                     size_t size)
{
    uint64_t shown = FNV_START, said = FNV_START;
    const size_t n_in = (size_t)job->image->layer[0].n_in;
    for (int i = 0; i < job->n_stimuli; i++) {
        const struct stimulus *s = &job->stimulus[i];
        shown = fnv(fnv_word(shown, s->n_ticks), s->x, (size_t)s->n_ticks * n_in);
        said = fnv(fnv_word(fnv_word(said, job->label[i]), g->decision[i]), g->z[i],
                   output_bytes(job, i));
    }
    snprintf(to, size,
             "faults=1 version=%s image=%016" PRIx64 " clips=%d shown=%016" PRIx64
             " said=%016" PRIx64 " critical=%.9g tests=%d",
             job->version, image_hash(job->image), job->n_stimuli, shown, said, job->critical,
             job->which);
}

// 0, or -1 with a message.
static int run_all(struct fault_campaign *c, const struct fault_campaign_job *job,
                   const struct golden *g, struct fault_state *state, const struct progress *p,
                   struct fail *f)
{
    const size_t blocks = (c->n + FAULT_BLOCK - 1) / FAULT_BLOCK;
    long done = 0;
    bool failed = false;
#pragma omp parallel
    {
        struct runner r = {0};
        int bad = runner_init(&r, job);
#pragma omp for schedule(dynamic, 1)
        for (size_t block = 0; block < blocks; block++) {
            const size_t first = block * FAULT_BLOCK,
                         end = first + FAULT_BLOCK < c->n ? first + FAULT_BLOCK : c->n;
            const bool has = fault_state_has(state, block);
            for (size_t i = first; i < end && !bad && !has; i++)
                run_fault(&c->result[i], c->exposed ? c->exposed + i * c->exposed_words : 0, &r, g,
                          job);
#pragma omp critical(fault_campaign)
            {
                if (bad && !failed) failed = true, fail(f, "faults: out of memory");
                if (!failed && !has && fault_state_add(state, block, f)) failed = true;
                if (has) c->found += end - first;
                done += (long)(end - first);
                progress_tell(p, "faults", done, (long)c->n);
            }
        }
        runner_fini(&r);
    }
    return failed ? -1 : 0;
}

int fault_campaign_run(struct fault_campaign *c, const struct fault_campaign_job *job,
                       int64_t *torn, const struct progress *p, struct fail *f)
{
    const struct image *im = job->image;
    struct fault_state *state = 0;
    char identity[512];
    *c = (struct fault_campaign){0};
    *torn = 0;
    if (im->layer[im->n_layers - 1].max_spikes > 1)
        return fail(f, "faults: output neurons fire up to %d times a tick, allowed 1",
                    im->layer[im->n_layers - 1].max_spikes);
    struct golden g = {0};
    c->n = aim(0, im);
    c->result = calloc(c->n, sizeof *c->result);
    c->exposed_words = ((size_t)job->n_stimuli + 63) / 64;
    if (job->which) c->exposed = calloc(c->n * c->exposed_words + 1, sizeof *c->exposed);
    bool room = c->result && (c->exposed || !job->which) && golden_init(&g, job, &c->correct) == 0;
    int bad = room ? 0 : fail(f, "faults: out of memory");
    if (!bad) aim(c->result, im);
    if (!bad && job->state) {
        identify(job, &g, identity, sizeof identity);
        state = fault_state_open(job->state, identity, c, job, f);
        *torn = fault_state_torn(state);
        bad = !state;
    }
    if (!bad) bad = run_all(c, job, &g, state, p, f);
    fault_state_close(state);
    golden_fini(&g, job->n_stimuli);
    if (bad) fault_campaign_free(c);
    return bad ? -1 : 0;
}

void fault_campaign_free(struct fault_campaign *c)
{
    free(c->result);
    free(c->exposed);
    *c = (struct fault_campaign){0};
}

int fault_clips_init(struct fault_clips *x, const struct corpus *c, const int *clip, int n,
                     struct fail *f)
{
    const size_t each = (size_t)c->n_ticks * (size_t)c->n_in, clips = (size_t)n;
    *x = (struct fault_clips){.stimulus = malloc(clips * sizeof *x->stimulus),
                              .label = malloc(clips * sizeof *x->label),
                              .words = malloc(clips * each)};
    if (!x->stimulus || !x->label || !x->words) {
        fault_clips_fini(x);
        return fail(f, "faults: out of memory for %d clips", n);
    }
    for (int i = 0; i < n; i++) {
        uint8_t *words = x->words + (size_t)i * each;
        corpus_words(c, clip[i], 0, 0, words);
        x->stimulus[i] = (struct stimulus){.n_ticks = c->n_ticks, .x = words};
        x->label[i] = c->set.clip[clip[i]].label;
    }
    return 0;
}

void fault_clips_fini(struct fault_clips *x)
{
    free(x->stimulus);
    free(x->label);
    free(x->words);
    *x = (struct fault_clips){0};
}
