#include "twin/jobs/sensitivity.h"

#include "model/lif/network.h"
#include "twin/chip/faults.h"
#include "twin/predict/decision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const sensitivity_names[SENSITIVITY_KINDS] = {"weight", "cut", "threshold", "leak",
                                                          "dead"};

double sensitivity_sigma(const struct chip *c, const struct net *n, int layer,
                         enum sensitivity_kind kind)
{
    bool front_end = layer == 0 && n->shape.layer[0].topology == IMAGE_ONE_TO_ONE;
    if (front_end && !c->mismatch.front_end) return 0;
    if (kind == SENSITIVITY_THRESHOLD) return c->mismatch.threshold.local;
    if (kind == SENSITIVITY_LEAK)
        return law_leak_shifts(c->law.leak_kind) || c->law.leak_kind == LAW_LEAK_NONE
                   ? 0
                   : c->mismatch.leak.local;
    if (kind == SENSITIVITY_WEIGHT)
        return c->mismatch.weight_gain.local > 0 ? c->mismatch.weight_gain.local
                                                 : c->mismatch.weight_offset.local;
    return 0;
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
    x->n_runs = 1;
    if (x->kind == SENSITIVITY_WEIGHT)
        off_by(x, w, sqrt(gain * gain + offset * offset), fx_min(bits), fx_max(bits));
}

static void aim_neuron(struct sensitivity_probe *x, const struct image *im, const struct chip *c)
{
    const struct law_neuron *p = &im->layer[x->layer].neuron[x->neuron];
    x->n_runs = 1;
    if (x->kind == SENSITIVITY_THRESHOLD)
        off_by(x, p->theta, c->mismatch.threshold.local * p->theta, 1,
               fx_max(law_bits(c->law.membrane)));
    if (x->kind == SENSITIVITY_LEAK)
        off_by(x, p->lambda, c->mismatch.leak.local * p->lambda, 0, law_leak_max(&c->law));
}

static int aim_all(struct sensitivity *s, const struct sensitivity_job *job, const struct image *im)
{
    size_t room = 0;
    for (int l = 0; l < im->n_layers; l++)
        room += (2 * (size_t)im->layer[l].n_source + 3) * (size_t)im->layer[l].n_out;
    s->probe = malloc(room * sizeof *s->probe);
    if (!s->probe) return -1;
    s->shape = job->net->shape;
    s->gain_sigma = job->chip->mismatch.weight_gain.local;
    s->offset_sigma = job->chip->mismatch.weight_offset.local;
    for (int l = 0; l < im->n_layers; l++)
        for (int kind = 0; kind < SENSITIVITY_KINDS; kind++) {
            s->sigma[l][kind] =
                sensitivity_sigma(job->chip, job->net, l, (enum sensitivity_kind)kind);
            bool weight = kind == SENSITIVITY_WEIGHT || kind == SENSITIVITY_CUT;
            bool always = kind == SENSITIVITY_CUT || kind == SENSITIVITY_DEAD;
            if (!always && s->sigma[l][kind] == 0) continue;
            for (int row = 0; row < (weight ? im->layer[l].n_source : 1); row++)
                for (int n = 0; n < im->layer[l].n_out; n++) {
                    struct sensitivity_probe *x = &s->probe[s->n++];
                    *x = (struct sensitivity_probe){
                        .kind = kind, .layer = l, .neuron = n, .row = row};
                    (weight ? aim_weight : aim_neuron)(x, im, job->chip);
                }
        }
    return 0;
}

// What all runs share: the clips' words on the nominal chip, and its margins.
struct shared {
    uint8_t *words;  // (n_clips, n_ticks, n_filters)
    int32_t *margin; // (n_clips)
};

struct runner { // what one thread needs
    struct image *image;
    void *memory;
    int32_t *count;
    struct network network;
};

static int runner_init(struct runner *r, const struct sensitivity_job *job)
{
    const struct image_shape *s = &job->net->shape;
    r->image = virtual_chip_new(job->chip, s);
    r->memory = aligned_alloc(64, network_size(&job->chip->law, s));
    r->count = malloc((size_t)s->layer[s->n_layers - 1].n_out * sizeof *r->count);
    if (!r->image || !r->memory || !r->count) return -1;
    virtual_chip_make(r->image, job->chip, job->net, 0, 0, 0);
    return 0;
}

static void runner_fini(struct runner *r)
{
    virtual_chip_free(r->image);
    free(r->memory);
    free(r->count);
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

// One clip on the runner's image as it now is: its margin, and in *right whether it is decided so.
static int32_t run_clip(struct runner *r, const struct sensitivity_job *job,
                        const struct shared *with, int i, bool *right)
{
    const struct corpus *corpus = job->corpus;
    size_t clip = (size_t)corpus->n_ticks * (size_t)job->net->shape.layer[0].n_in;
    struct stimulus s = {.n_ticks = corpus->n_ticks, .x = with->words + (size_t)i * clip};
    struct trace t = {.count = r->count};
    network_run(&r->network, &s, &t);
    *right = net_decide(job->net, r->count) == label_of(job, i);
    return margin_of(job->net, r->count, label_of(job, i));
}

// The clips once more, with what the probe has done to the image.
static void measure(struct sensitivity_probe *x, struct runner *r,
                    const struct sensitivity_job *job, const struct shared *with, const bool *was)
{
    network_init(&r->network, r->image, r->memory);
    for (int i = 0; i < job->n_clips; i++) {
        bool right;
        int32_t change = with->margin[i] - run_clip(r, job, with, i, &right);
        x->lost += change;
        x->moved += abs(change);
        x->won += right && !was[i];
        x->wrong += was[i] && !right;
    }
}

// Writes the word that a probe is of; returns the one that was there.
static int32_t put(const struct sensitivity_probe *x, struct image *im, int32_t word)
{
    struct image_layer *y = &im->layer[x->layer];
    struct law_neuron *p = &y->neuron[x->neuron];
    int16_t *w = &y->w[x->row * y->n_out + x->neuron];
    int32_t *of = x->kind == SENSITIVITY_THRESHOLD ? &p->theta : &p->lambda;
    bool weight = x->kind == SENSITIVITY_WEIGHT || x->kind == SENSITIVITY_CUT;
    int32_t before = weight ? *w : *of;
    if (weight)
        *w = (int16_t)word;
    else
        *of = word;
    return before;
}

static void run_probe(struct sensitivity_probe *x, struct runner *r,
                      const struct sensitivity_job *job, const struct shared *with, const bool *was)
{
    if (x->kind == SENSITIVITY_DEAD) {
        struct fault_fixed dead = {.dead = true, .layer = x->layer, .neuron = x->neuron};
        struct faults one = {.fixed = &dead, .n_fixed = 1};
        faults_fix_image(&one, r->image);
        measure(x, r, job, with, was);
        virtual_chip_make(r->image, job->chip, job->net, 0, 0, 0);
        return;
    }
    for (int run = 0; run < x->n_runs; run++) {
        int32_t nominal = put(x, r->image, x->word[run]);
        // Less than half an LSB: the same chip.
        if (x->word[run] != nominal) measure(x, r, job, with, was);
        put(x, r->image, nominal);
    }
}

static int run_nominal(struct sensitivity *s, struct shared *with, bool *was,
                       const struct sensitivity_job *job)
{
    struct runner r = {0};
    const struct corpus *corpus = job->corpus;
    size_t clip = (size_t)corpus->n_ticks * (size_t)job->net->shape.layer[0].n_in;
    with->words = malloc((size_t)job->n_clips * clip);
    with->margin = malloc((size_t)job->n_clips * sizeof *with->margin);
    int bad = !with->words || !with->margin || runner_init(&r, job) || aim_all(s, job, r.image);
    if (!bad) network_init(&r.network, r.image, r.memory);
    for (int i = 0; !bad && i < job->n_clips; i++) {
        corpus_words(corpus, job->clip[i], 0, 0, with->words + (size_t)i * clip);
        with->margin[i] = run_clip(&r, job, with, i, &was[i]);
        s->correct += was[i];
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
    bool *was = malloc((size_t)job->n_clips);
    *s = (struct sensitivity){0};
    int starved = !was || run_nominal(s, &with, was, job);
    if (!starved) {
#pragma omp parallel
        {
            struct runner r = {0};
            int bad = runner_init(&r, job);
#pragma omp for schedule(dynamic, 16)
            for (int i = 0; i < s->n; i++) {
                if (!bad) run_probe(&s->probe[i], &r, job, &with, was);
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
    free(was);
    if (!starved) return 0;
    sensitivity_free(s);
    return fail(f, "sensitivity: out of memory");
}

void sensitivity_free(struct sensitivity *s)
{
    free(s->probe);
    *s = (struct sensitivity){0};
}
