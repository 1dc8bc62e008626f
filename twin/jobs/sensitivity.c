#include "twin/jobs/sensitivity.h"

#include "model/laws/engine.h"
#include "twin/chip/faults.h"
#include "twin/predict/decision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void sensitivity_name(struct sensitivity *s)
{
    s->name[SENSITIVITY_WEIGHT] = "weight";
    s->name[SENSITIVITY_CUT] = "cut";
    s->name[SENSITIVITY_DEAD] = "dead";
}

static bool of_weights(int kind)
{
    return kind == SENSITIVITY_WEIGHT || kind == SENSITIVITY_CUT;
}

static bool always(int kind)
{
    return kind == SENSITIVITY_CUT || kind == SENSITIVITY_DEAD;
}

static double sigma_of(const struct chip *c, const struct net *n, int layer, int kind)
{
    const struct physics *p = physics_of(c->kind);
    const int value = kind - SENSITIVITY_VALUE;
    bool front_end = layer == 0 && n->shape.layer[0].topology == IMAGE_ONE_TO_ONE;
    if (front_end && !c->mismatch.front_end) return 0;
    if (kind == SENSITIVITY_WEIGHT)
        return c->mismatch.weight_gain.local > 0 ? c->mismatch.weight_gain.local
                                                 : c->mismatch.weight_offset.local;
    if (value < 0 || value >= p->n || !p->word_of(c, value).bits) return 0;
    const struct physics_spread spread = p->spread(c, value);
    return spread.of ? spread.of->local : 0;
}

static int32_t held(double x, int64_t lo, int64_t hi)
{
    double w = nearbyint(x);
    return (int32_t)(w < (double)lo ? lo : w > (double)hi ? hi : (int64_t)w);
}

// The two words one σ (in LSB) above and below.
static void off_by(struct sensitivity_probe *x, int32_t word, double sigma, int64_t lo, int64_t hi)
{
    x->word[0] = held(word + sigma, lo, hi);
    x->word[1] = held(word - sigma, lo, hi);
    x->n_runs = 2;
}

static void aim_weight(struct sensitivity_probe *x, const struct image *im, const struct chip *c)
{
    const struct image_layer *y = &im->layer[x->layer];
    int bits = law_bits(c->law.weight);
    int32_t w = y->w[x->row * y->n_out + x->neuron];
    double offset = ldexp(c->mismatch.weight_offset.local, c->law.weight.frac_bits);
    double gain = c->mismatch.weight_gain.local * w;
    off_by(x, w, sqrt(gain * gain + offset * offset), fx_min(bits), fx_max(bits));
}

static void aim_value(struct sensitivity_probe *x, const struct image *im, const struct chip *c,
                      double sigma)
{
    const struct physics *p = physics_of(c->kind);
    const int value = x->kind - SENSITIVITY_VALUE;
    const struct physics_word range = p->word_of(c, value);
    const int64_t word =
        law_get(&c->kind->word[p->value[value].word], image_words(im, x->layer, x->neuron));
    off_by(x, (int32_t)word, sigma * fabs((double)word), range.lo, range.hi);
}

static int aim_all(struct sensitivity *s, const struct sensitivity_job *job, const struct image *im)
{
    size_t room = 0;
    for (int l = 0; l < im->n_layers; l++)
        room += (2 * (size_t)im->layer[l].n_source + 1 + CHIP_VALUES) * (size_t)im->layer[l].n_out;
    s->probe = malloc(room * sizeof *s->probe);
    if (!s->probe) return -1;
    s->shape = job->net->shape;
    s->gain_sigma = job->chip->mismatch.weight_gain.local;
    s->offset_sigma = job->chip->mismatch.weight_offset.local;
    sensitivity_name(s);
    const struct physics *p = physics_of(job->chip->kind);
    for (int value = 0; value < p->n; value++)
        s->name[SENSITIVITY_VALUE + value] = p->value[value].name;
    for (int l = 0; l < im->n_layers; l++)
        for (int kind = 0; kind < SENSITIVITY_KINDS; kind++) {
            const double sigma = s->sigma[l][kind] = sigma_of(job->chip, job->net, l, kind);
            if (!always(kind) && sigma == 0) continue;
            for (int row = 0; row < (of_weights(kind) ? im->layer[l].n_source : 1); row++)
                for (int n = 0; n < im->layer[l].n_out; n++) {
                    struct sensitivity_probe *x = &s->probe[s->n++];
                    *x = (struct sensitivity_probe){
                        .kind = kind, .layer = l, .neuron = n, .row = row, .n_runs = 1};
                    if (kind == SENSITIVITY_WEIGHT) aim_weight(x, im, job->chip);
                    if (kind >= SENSITIVITY_VALUE) aim_value(x, im, job->chip, sigma);
                }
        }
    return 0;
}

// What all runs share: the clips' words on the nominal chip, and its margins.
struct shared {
    uint8_t *words;  // (n_clips, n_ticks, n_filters)
    int32_t *margin; // (n_clips)
    bool *right;     // (n_clips)
};

struct runner { // what one thread needs
    struct image *image;
    const struct engine *engine;
    void *memory;    // of the engine
    int32_t *count;  // (ENGINE_STIMULI, n_out)
    int32_t *margin; // (n_clips)
    bool *right;     // (n_clips)
    struct stimulus stimulus[ENGINE_STIMULI];
    struct trace trace[ENGINE_STIMULI];
};

static int runner_init(struct runner *r, const struct sensitivity_job *job)
{
    const struct image_shape *s = &job->net->shape;
    const int n_out = s->layer[s->n_layers - 1].n_out;
    r->image = virtual_chip_new(job->chip, s);
    r->engine = engine_of(job->chip->kind);
    r->memory = r->image ? aligned_alloc(64, r->engine->size(r->image)) : 0;
    r->count = malloc(ENGINE_STIMULI * (size_t)n_out * sizeof *r->count);
    r->margin = malloc((size_t)job->n_clips * sizeof *r->margin);
    r->right = malloc((size_t)job->n_clips * sizeof *r->right);
    if (!r->image || !r->memory || !r->count || !r->margin || !r->right) return -1;
    for (int p = 0; p < ENGINE_STIMULI; p++)
        r->trace[p] = (struct trace){.count = r->count + p * n_out};
    virtual_chip_make(r->image, job->chip, job->net, 0, 0, 0);
    return 0;
}

static void runner_fini(struct runner *r)
{
    virtual_chip_free(r->image);
    free(r->memory);
    free(r->count);
    free(r->margin);
    free(r->right);
}

static int32_t margin_of(const struct net *n, const int32_t *count, int label)
{
    int32_t heard[IMAGE_MAX_NEURONS], other = 0; // of no other class: no spikes
    int classes = decision_heard(n, count, heard);
    for (int i = 0; i < classes; i++)
        if (i != label && heard[i] > other) other = heard[i];
    return heard[label] - other;
}

static int label_of(const struct sensitivity_job *job, int i)
{
    return job->corpus->set.clip[job->clip[i]].label;
}

// All clips on the runner's image as it now is: their margins, and whether each is decided right.
static void run_clips(struct runner *r, const struct sensitivity_job *job,
                      const struct shared *with, int32_t *margin, bool *right)
{
    const struct corpus *corpus = job->corpus;
    size_t clip = (size_t)corpus->n_ticks * (size_t)job->net->shape.layer[0].n_in;
    r->engine->init(r->memory, r->image);
    for (int first = 0; first < job->n_clips; first += ENGINE_STIMULI) {
        int n = job->n_clips - first < ENGINE_STIMULI ? job->n_clips - first : ENGINE_STIMULI;
        for (int p = 0; p < n; p++)
            r->stimulus[p] = (struct stimulus){.n_ticks = corpus->n_ticks,
                                               .x = with->words + (size_t)(first + p) * clip};
        r->engine->run(r->memory, n, r->stimulus, r->trace);
        for (int p = 0; p < n; p++) {
            const int i = first + p, label = label_of(job, i);
            right[i] = net_decide(job->net, r->trace[p].count) == label;
            margin[i] = margin_of(job->net, r->trace[p].count, label);
        }
    }
}

// The clips once more, with what the probe has done to the image.
static void measure(struct sensitivity_probe *x, struct runner *r,
                    const struct sensitivity_job *job, const struct shared *with)
{
    run_clips(r, job, with, r->margin, r->right);
    for (int i = 0; i < job->n_clips; i++) {
        const int32_t change = with->margin[i] - r->margin[i];
        x->lost += change;
        x->moved += abs(change);
        x->won += r->right[i] && !with->right[i];
        x->wrong += with->right[i] && !r->right[i];
    }
}

// Writes the word that a probe is of; returns the one that was there.
static int32_t put(const struct sensitivity_probe *x, struct image *im, int32_t word)
{
    if (of_weights(x->kind)) {
        int16_t *w = &im->layer[x->layer].w[x->row * im->layer[x->layer].n_out + x->neuron];
        const int32_t before = *w;
        *w = (int16_t)word;
        return before;
    }
    const struct physics *p = physics_of(im->kind);
    const struct law_word *of = &im->kind->word[p->value[x->kind - SENSITIVITY_VALUE].word];
    void *neuron = image_words(im, x->layer, x->neuron);
    const int32_t before = (int32_t)law_get(of, neuron);
    law_set(of, neuron, word);
    return before;
}

static void run_probe(struct sensitivity_probe *x, struct runner *r,
                      const struct sensitivity_job *job, const struct shared *with)
{
    if (x->kind == SENSITIVITY_DEAD) {
        struct fault_fixed dead = {.dead = true, .layer = x->layer, .neuron = x->neuron};
        struct faults one = {.fixed = &dead, .n_fixed = 1};
        faults_fix_image(&one, r->image);
        measure(x, r, job, with);
        virtual_chip_make(r->image, job->chip, job->net, 0, 0, 0);
        return;
    }
    for (int run = 0; run < x->n_runs; run++) {
        int32_t nominal = put(x, r->image, x->word[run]);
        // Less than half an LSB: the same chip.
        if (x->word[run] != nominal) measure(x, r, job, with);
        put(x, r->image, nominal);
    }
}

static int run_nominal(struct sensitivity *s, struct shared *with,
                       const struct sensitivity_job *job)
{
    struct runner r = {0};
    const struct corpus *corpus = job->corpus;
    size_t clip = (size_t)corpus->n_ticks * (size_t)job->net->shape.layer[0].n_in;
    with->words = malloc((size_t)job->n_clips * clip);
    with->margin = malloc((size_t)job->n_clips * sizeof *with->margin);
    with->right = malloc((size_t)job->n_clips * sizeof *with->right);
    int bad = !with->words || !with->margin || !with->right || runner_init(&r, job) ||
              aim_all(s, job, r.image);
    for (int i = 0; !bad && i < job->n_clips; i++)
        corpus_words(corpus, job->clip[i], 0, 0, with->words + (size_t)i * clip);
    if (!bad) run_clips(&r, job, with, with->margin, with->right);
    for (int i = 0; !bad && i < job->n_clips; i++) {
        s->correct += with->right[i];
        s->margin += with->margin[i];
    }
    runner_fini(&r);
    return bad ? -1 : 0;
}

int sensitivity_run(struct sensitivity *s, const struct sensitivity_job *job,
                    const struct progress *p, struct fail *f)
{
    struct shared with = {0};
    long done = 0;
    *s = (struct sensitivity){0};
    int starved = run_nominal(s, &with, job);
    if (!starved) {
#pragma omp parallel
        {
            struct runner r = {0};
            int bad = runner_init(&r, job);
#pragma omp for schedule(dynamic, 16)
            for (int i = 0; i < s->n; i++) {
                if (!bad) run_probe(&s->probe[i], &r, job, &with);
#pragma omp critical(sensitivity)
                {
                    starved |= bad;
                    progress_tell(p, "words", ++done, s->n);
                }
            }
            runner_fini(&r);
        }
    }
    free(with.words);
    free(with.margin);
    free(with.right);
    if (!starved) return 0;
    sensitivity_free(s);
    return fail(f, "sensitivity: out of memory");
}

void sensitivity_free(struct sensitivity *s)
{
    free(s->probe);
    *s = (struct sensitivity){0};
}
