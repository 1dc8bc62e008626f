// What replay runs of a LIF net: recordings.
#include "cli/cosim/replay.h"

#include "cosim/dut/dut_build.h"
#include "twin/net/image_diff.h"
#include "twin/jobs/lif_trace.h"

#include <stdlib.h>
#include <string.h>

struct opened {
    struct chip chip;
    struct net net;
    struct corpus *corpus;
    struct faults faults;
    struct lif_job lif[REPLAY_SIDES];
    int *clip;
};

struct shown_to {
    struct replay *r;
    int side;
};

static void show_membranes(void *context, const struct law_image *view, const struct stimulus *s)
{
    const struct shown_to *to = context;
    replay_membrane_run(to->r, to->side, view, s);
}

// The clip that is shown, with every spike.
static void trace_side(struct replay *r, const struct opened *x, int side, const struct image *im)
{
    struct fail f;
    static struct lif_trace t;
    for (int l = 0; l < x->net.shape.n_layers; l++)
        t.z[l] = r->z[side][l];
    struct shown_to to = {r, side};
    t.shown = r->o->n_probes ? show_membranes : 0;
    t.context = &to;
    if (lif_trace(&t, &x->lif[side], im, r->side[side].k, r->shown, &f)) cli_die("%s", f.text);
    r->n_heard = t.n_heard;
    memcpy(r->heard[side], t.heard, sizeof t.heard);
    if (side == REPLAY_CHIP) r->jitter_largest = t.jitter_largest;
}

// The chip and clip on the RTL.
static int into_rtl(struct replay *r, const struct opened *x, struct progress *p)
{
    static struct cosim_options o; // a list of chips in it: large
    static char library[DUT_PATH];
    char message[1024];
    replay_rtl_begin(r, &o);
    struct dut_build_options where = {o.source, o.out, false};
    if (dut_build(x->chip.kind, x->chip.params, &x->net.shape, &where, library, message,
                  sizeof message))
        cli_die("%s", message);
    r->cosim->chip = &x->chip;
    r->cosim->net = &x->net;
    r->cosim->corpus = x->corpus;
    r->cosim->clip = x->clip + r->shown;
    r->cosim->faults = x->lif[REPLAY_CHIP].faults;
    r->cosim->library = library;
    r->cosim->explain = cosim_explain;
    cosim_run_all(r->cosim, p);
    return replay_rtl_end(r);
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
        replay_need(image[side] = lif_image(&x->lif[side], r->side[side].k));
        trace_side(r, x, side, image[side]);
    }
    compare(r, x, image);
    for (int side = 0; side < REPLAY_SIDES; side++)
        virtual_chip_free(image[side]);
    return o->rtl ? into_rtl(r, x, p) : EXIT_SAME;
}
