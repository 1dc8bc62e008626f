// NeuroBench's metrics of a net of any law of model/law_kind.h: the nominal chip, spike by spike.
#include "twin/jobs/lif_trace.h"

#include "model/laws/engine.h"
#include "model/lif/network.h"

#include <stdlib.h>

// Non-zero weights of each source: what it costs to hear it once.
struct fan {
    int32_t *inputs, *own; // (synapses, sources): of a source of the layer; of an own neuron
    int n_inputs, n_own;
};

struct bench {
    const struct image *im;
    int synapses; // of a source and neuron
    struct fan fan[IMAGE_MAX_LAYERS];
};

static void bench_fini(struct bench *b)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        free(b->fan[l].inputs);
        free(b->fan[l].own);
    }
}

// One to one: source n is heard by neuron n alone.
static void count_fan(struct neurobench *to, struct fan *f, const struct image_layer *y)
{
    const bool dense = y->topology == IMAGE_DENSE;
    for (int row = 0; row < y->n_rows; row++) {
        int s = row / y->n_source, source = row % y->n_source;
        for (int n = 0; n < y->n_out; n++) {
            bool is = y->w[(size_t)row * (size_t)y->n_out + (size_t)n] != 0;
            if (source >= y->n_heard)
                f->own[s * f->n_own + source - y->n_heard] += is;
            else
                f->inputs[s * f->n_inputs + (dense ? source : n)] += is;
            to->zero += !is;
        }
    }
    to->connections += (int64_t)y->n_rows * y->n_out;
}

static bool bench_init(struct bench *b, struct neurobench *to, const struct image *im)
{
    *b = (struct bench){.im = im,
                        .synapses = im->kind->synapses ? im->kind->synapses(im->params) : 1};
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        struct fan *f = &b->fan[l];
        f->n_inputs = y->topology == IMAGE_DENSE ? y->n_heard : y->n_out;
        f->n_own = y->recurrent ? y->n_out : 0;
        f->inputs = calloc((size_t)(b->synapses * f->n_inputs), sizeof *f->inputs);
        f->own = calloc((size_t)(b->synapses * f->n_own) + 1, sizeof *f->own);
        if (!f->inputs || !f->own) {
            bench_fini(b);
            return false;
        }
        count_fan(to, f, y);
    }
    return true;
}

// Words of the chip as parameters, its state as buffers.
static void count_words(struct neurobench *to, const struct image *im)
{
    const struct law_kind *kind = im->kind;
    int64_t neurons = image_neurons(im);
    for (int i = 0; i < kind->n_words; i++) {
        const struct law_word *word = &kind->word[i];
        int bits = word->range(im->params).bits;
        int64_t n = bits == 0                    ? 0
                    : word->scope == LAW_SYNAPSE ? to->connections
                    : word->scope == LAW_CHIP    ? (word->entries ? word->entries(im->params) : 1)
                                                 : neurons;
        to->footprint += n * neurobench_bytes(bits);
        if (word->scope == LAW_SYNAPSE || word->scope == LAW_NEURON) to->parameters += n;
    }
}

struct room {
    void *memory;
    uint8_t *words;
    int32_t *x;
    struct trace t;
};

static void *aligned(size_t bytes)
{
    return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static bool room_init(struct room *r, const struct bench *b, const struct engine *engine, int ticks)
{
    const struct image *im = b->im;
    const size_t n_ticks = (size_t)ticks;
    bool all = true;
    int widest = im->layer[0].n_in;
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        struct trace_layer *t = &r->t.layer[l];
        t->z = aligned(n_ticks * (size_t)trace_spike_words(y->n_out) * sizeof *t->z);
        t->stride = network_padded(y->n_out);
        all &= t->z != 0;
        if (y->max_spikes > 1) {
            t->n = aligned(n_ticks * (size_t)t->stride * sizeof *t->n);
            all &= t->n != 0;
        }
        if (b->fan[l].n_inputs > widest) widest = b->fan[l].n_inputs;
        if (y->n_out > widest) widest = y->n_out;
    }
    r->memory = aligned(engine->size(im));
    r->words = malloc(n_ticks * (size_t)im->layer[0].n_in);
    r->x = malloc((size_t)widest * sizeof *r->x);
    r->t.count = calloc((size_t)im->layer[im->n_layers - 1].n_out, sizeof *r->t.count);
    return all && r->memory && r->words && r->x && r->t.count;
}

static void room_fini(struct room *r)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        free(r->t.layer[l].z);
        free(r->t.layer[l].n);
    }
    free(r->memory);
    free(r->words);
    free(r->x);
    free(r->t.count);
}

// Spikes of neuron n of a layer in a tick; none before the first.
static int32_t spikes(const struct room *r, const struct image_layer *y, int l, int tick, int n)
{
    const struct trace_layer *t = &r->t.layer[l];
    if (tick < 0) return 0;
    return t->n ? t->n[tick * t->stride + n] : trace_spiked(t, y->n_out, tick, n);
}

// What the sources of a layer say in a tick, into r->x: its inputs, each as often as it has taps.
static void hear(struct room *r, const struct bench *b, int l, int tick)
{
    const struct image_layer *y = &b->im->layer[l];
    for (int i = 0; i < b->fan[l].n_inputs; i++) {
        int at = tick - i / y->n_in * y->spacing - y->delayed, source = i % y->n_in;
        r->x[i] = at < 0   ? 0
                  : l == 0 ? r->words[at * y->n_in + source]
                           : spikes(r, &b->im->layer[l - 1], l - 1, at, source);
    }
}

// A call of a layer of connections: operations are accumulations where every input is 0 or 1 (`one`).
static void add_call(struct neurobench_count *c, const int32_t *x, const int32_t *fan, int n,
                     int32_t one, int64_t dense)
{
    int64_t operations = 0;
    bool spiking = true;
    for (int i = 0; i < n; i++) {
        if (!x[i]) continue;
        operations += fan[i];
        spiking &= x[i] == one;
    }
    *(spiking ? &c->acs : &c->macs) += operations;
    c->dense += dense;
}

static void add_tick(struct neurobench_count *c, struct room *r, const struct bench *b, int l,
                     int tick)
{
    const struct image_layer *y = &b->im->layer[l];
    const struct fan *f = &b->fan[l];
    hear(r, b, l, tick);
    for (int s = 0; s < b->synapses; s++)
        add_call(c, r->x, f->inputs + s * f->n_inputs, f->n_inputs, (int32_t)fx_one(y->input_frac),
                 (int64_t)y->n_heard * y->n_out);
    for (int n = 0; n < y->n_out; n++) {
        c->spiked += spikes(r, y, l, tick, n) != 0;
        r->x[n] = spikes(r, y, l, tick - 1, n);
    }
    c->activations += y->n_out;
    for (int s = 0; s < b->synapses && y->recurrent; s++)
        add_call(c, r->x, f->own + s * f->n_own, f->n_own, 1, (int64_t)f->n_own * y->n_out);
}

static void add_item(struct neurobench_count *c, struct room *r, const struct bench *b,
                     const struct lif_job *job, int item)
{
    const struct corpus *corpus = job->corpus;
    const int clip = job->clip[item];
    corpus_words(corpus, clip, 0, 0, r->words);
    const struct stimulus s = {.n_ticks = corpus->n_ticks, .x = r->words};
    recorder_of(b->im->kind)->run(r->memory, 1, &s, &r->t);
    for (int l = 0; l < b->im->n_layers; l++)
        for (int tick = 0; tick < corpus->n_ticks; tick++)
            add_tick(c, r, b, l, tick);
    if (!corpus->targets)
        c->correct +=
            decision_class(decision_of(job->net, r->t.count)) == corpus->set.clip[clip].label;
}

static int count_items(struct neurobench_count *c, const struct bench *b, const struct lif_job *job,
                       struct fail *f)
{
    int64_t macs = 0, acs = 0, dense = 0, spiked = 0, activations = 0, correct = 0;
    bool no_memory = false;
#pragma omp parallel reduction(+ : macs, acs, dense, spiked, activations, correct) reduction(|| : no_memory)
    {
        const struct engine *engine = recorder_of(b->im->kind);
        struct neurobench_count own = {0};
        struct room r = {0};
        no_memory = !room_init(&r, b, engine, job->corpus->n_ticks);
        if (!no_memory) engine->init(r.memory, b->im);
#pragma omp for schedule(dynamic, 4)
        for (int i = 0; i < job->n_clips; i++)
            if (!no_memory) add_item(&own, &r, b, job, i);
        room_fini(&r);
        macs += own.macs;
        acs += own.acs;
        dense += own.dense;
        spiked += own.spiked;
        activations += own.activations;
        correct += own.correct;
    }
    *c = (struct neurobench_count){macs, acs, dense, spiked, activations, correct};
    return no_memory ? fail(f, "NeuroBench's metrics: out of memory") : 0;
}

int lif_neurobench(const struct predict_job *job, struct neurobench *to, struct fail *f)
{
    struct lif_job lif = *(const struct lif_job *)job->inputs;
    const struct chip *chip = lif.chip = job->chip;
    struct image *im = lif_image(&lif, 0);
    struct bench b;
    struct neurobench_count c;
    *to = (struct neurobench){.rate = chip->tick_s > 0 ? 1 / chip->tick_s : 0};
    if (!im || !bench_init(&b, to, im)) {
        virtual_chip_free(im);
        return fail(f, "NeuroBench's metrics: out of memory");
    }
    count_words(to, im);
    int bad = count_items(&c, &b, &lif, f);
    if (!bad) neurobench_make(to, &c, lif.n_clips);
    bench_fini(&b);
    virtual_chip_free(im);
    return bad;
}
