// What replay runs of a LIF net: recordings.
#include "cli/cosim/replay.h"

#include "cosim/dut/dut_build.h"
#include "model/laws/engine.h"
#include "twin/net/image_diff.h"
#include "twin/jobs/lif_job.h"

#include <stdlib.h>

struct opened {
    struct chip chip;
    struct net net;
    struct corpus *corpus;
    struct faults faults;
    struct lif_job lif[REPLAY_SIDES];
    int *clip;
};

static struct image *image_of(const struct replay *r, const struct opened *x, int side)
{
    struct image *im = virtual_chip_new(&x->chip, &x->net.shape);
    replay_need(im);
    virtual_chip_make(im, &x->chip, &x->net, r->o->common.seed, r->side[side].k, 0);
    faults_fix_image(x->lif[side].faults, im);
    return im;
}

// The clip that is shown, with every spike.
static void trace_side(struct replay *r, const struct opened *x, int side, const struct image *im)
{
    const struct image_shape *s = &x->net.shape;
    const struct corpus *corpus = x->corpus;
    uint64_t seed = r->o->common.seed;
    uint32_t k = r->side[side].k;
    const struct faults *faults = x->lif[side].faults;
    int clip = x->clip[r->shown], ticks = corpus->n_ticks;
    struct trace trace, *t = &trace;
    const struct engine *engine = recorder_of(im->kind);
    void *memory = aligned_alloc(64, engine->size(im));
    uint8_t *words = malloc((size_t)ticks * (size_t)s->layer[0].n_in);
    int16_t *jitter = malloc((size_t)ticks * sizeof *jitter);
    struct stimulus_write *write =
        malloc(((size_t)faults_room(faults, &x->chip, s, ticks) + 1) * sizeof *write);
    replay_need(memory);
    replay_need(words);
    replay_need(jitter);
    replay_need(write);
    *t = (struct trace){.count = calloc((size_t)s->layer[s->n_layers - 1].n_out, sizeof *t->count),
                        .spikes = calloc(IMAGE_MAX_LAYERS, sizeof *t->spikes)};
    replay_need(t->count);
    replay_need(t->spikes);
    for (int l = 0; l < s->n_layers; l++) {
        size_t bytes = (size_t)ticks * (size_t)trace_spike_words(s->layer[l].n_out) * 8;
        replay_need(t->layer[l].z = aligned_alloc(64, (bytes + 63) / 64 * 64));
    }
    struct stimulus stimulus = corpus_stimulus(corpus, &x->chip, seed, k, clip, 0, words, jitter);
    faults_flip(faults, &x->chip, im, seed, k, corpus->set.clip[clip].id, &stimulus, write);
    engine->init(memory, im);
    engine->run(memory, 1, &stimulus, t);
    for (int i = 0; side == REPLAY_CHIP && i < ticks; i++)
        if (abs(jitter[i]) > r->jitter_largest) r->jitter_largest = abs(jitter[i]);
    r->n_heard = decision_heard(&x->net, t->count, r->heard[side]);
    for (int l = 0; l < s->n_layers; l++) {
        int n_out = s->layer[l].n_out;
        for (int i = 0; i < ticks * n_out; i++)
            r->z[side][l][i] = trace_spiked(&t->layer[l], n_out, i / n_out, i % n_out);
        free(t->layer[l].z);
    }
    free(t->count);
    free(t->spikes);
    free(memory);
    free(words);
    free(jitter);
    free(write);
}

// The chip and clip on the RTL.
static int into_rtl(struct replay *r, const struct opened *x, struct progress *p)
{
    static struct cosim_options o; // a list of chips in it: large
    static struct cosim_result result;
    static char library[DUT_PATH];
    char message[1024];
    o = (struct cosim_options){.common = r->o->common,
                               .net = r->o->net,
                               .chip = r->o->chip,
                               .faults = r->o->faults,
                               .out = r->o->build,
                               .source = realpath(r->o->source, 0),
                               .clip = r->shown,
                               .k = {(uint32_t)r->o->k},
                               .n_chips = 1};
    if (!o.source) cli_die("--source: %s: no such folder", r->o->source);
    struct dut_build_options where = {o.source, o.out, false};
    if (dut_build(x->chip.kind, x->chip.params, &x->net.shape, &where, library, message,
                  sizeof message))
        cli_die("%s", message);
    static struct cosim_job job;
    job = (struct cosim_job){.o = &o,
                             .chip = &x->chip,
                             .net = &x->net,
                             .corpus = x->corpus,
                             .clip = x->clip + r->shown,
                             .n_clips = 1,
                             .faults = x->lif[REPLAY_CHIP].faults,
                             .library = library,
                             .result = &result};
    result = (struct cosim_result){.k = o.k[0], .divergent_clip = -1};
    cosim_run_all(&job, p);
    if (result.lockstep.words == 0) cli_die("no words were compared");
    r->cosim = &job;
    return cosim_differ(&result.lockstep) || result.decisions_differ ? EXIT_DIFFERS : EXIT_SAME;
}

static void compare(struct replay *r, const struct opened *x,
                    struct image *const image[REPLAY_SIDES])
{
    struct image_diff diff[IMAGE_DIFFS];
    _Static_assert((int)IMAGE_DIFFS <= (int)REPLAY_WORDS, "room for every kind");
    r->n_words = image_compare(image[REPLAY_NOMINAL], image[REPLAY_CHIP], diff);
    for (int i = 0; i < r->n_words; i++) {
        const struct image_diff *d = &diff[i];
        r->word[i] = (struct replay_word){.name = x->chip.kind->word[d->kind].name,
                                          .layer = d->layer,
                                          .words = d->words,
                                          .differ = d->differ,
                                          .largest = d->largest,
                                          .nominal = d->a,
                                          .chip = d->b,
                                          .neuron = d->neuron,
                                          .row = d->kind == WORD_WEIGHT ? d->row : -1,
                                          .mean_size = d->mean_size};
    }
}

static void close_all(void *of)
{
    struct opened *x = of;
    faults_free(&x->faults);
    free(x->clip);
    cli_close_data(x->corpus);
    net_fini(&x->net);
    free(x);
}

static void open_inputs(struct replay *r, struct opened *x, struct replay_options *o,
                        struct progress *p)
{
    struct fail f;
    patterns_refuse(&o->patterns, o->net);
    cli_load_runnable(&x->net, &x->chip, o->net, o->chip);
    if (o->faults &&
        faults_read(&x->faults, o->faults, x->chip.kind, &x->chip.law, &x->net.shape, &f))
        cli_die("%s", f.text);
    int n;
    x->corpus = cli_open_split(&x->chip, &x->net, &o->common, &x->clip, &n, p);
    r->data = o->common.data;
    r->split = dataset_split_names[o->common.split];
    snprintf(r->chip_name, sizeof r->chip_name, "%s", x->chip.name);
    for (int side = 0; side < REPLAY_SIDES; side++)
        x->lif[side] = (struct lif_job){.chip = &x->chip,
                                        .net = &x->net,
                                        .corpus = x->corpus,
                                        .clip = x->clip,
                                        .n_clips = n,
                                        .faults = o->faults && side == REPLAY_CHIP ? &x->faults : 0,
                                        .seed = o->common.seed};
    if (lif_task(&r->task, x->lif, &f)) cli_die("%s", f.text);
}

int replay_run_lif(struct replay *r, struct replay_options *o, struct progress *p)
{
    struct opened *x = calloc(1, sizeof *x);
    struct predict_job job[REPLAY_SIDES];
    struct image *image[REPLAY_SIDES];
    replay_need(x);
    r->opened = x;
    r->close = close_all;
    open_inputs(r, x, o, p);
    for (int side = 0; side < REPLAY_SIDES; side++)
        job[side] = lif_predict_job(&x->lif[side], &r->task);
    replay_predict(r, job, p);
    for (int side = 0; side < REPLAY_SIDES; side++) {
        image[side] = image_of(r, x, side);
        trace_side(r, x, side, image[side]);
    }
    compare(r, x, image);
    for (int side = 0; side < REPLAY_SIDES; side++)
        virtual_chip_free(image[side]);
    return o->rtl ? into_rtl(r, x, p) : EXIT_SAME;
}
