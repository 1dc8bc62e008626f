// What replay runs of a DYNAP-SE2 net.
#include "cli/cosim/replay.h"
#include "cli/train/dpi_shown.h"
#include "twin/dpi/dpi_diff.h"

#include <stdlib.h>

static void close_all(void *of)
{
    dpi_shown_close(of);
    free(of);
}

static void compare_all(struct replay *r, const struct predict_job *job)
{
    struct fail f;
    struct dpi_image *im[REPLAY_SIDES];
    for (int side = 0; side < REPLAY_SIDES; side++) {
        im[side] = dpi_job_image(&job[side], job[side].first_chip, &f);
        if (!im[side]) cli_die("%s", f.text);
    }
    for (int kind = DPI_WEIGHT; kind <= DPI_PERIOD; kind++) {
        const struct dpi_diff d = dpi_compare(&im[REPLAY_NOMINAL]->layer[0],
                                              &im[REPLAY_CHIP]->layer[0], (enum dpi_word)kind);
        r->word[r->n_words++] = (struct replay_word){.name = dpi_kind.word[kind].name,
                                                     .words = d.words,
                                                     .differ = d.differ,
                                                     .largest = d.largest,
                                                     .nominal = d.a,
                                                     .chip = d.b,
                                                     .neuron = d.neuron,
                                                     .row = kind == DPI_WEIGHT ? d.row : -1,
                                                     .mean_size = d.mean_size};
    }
    for (int side = 0; side < REPLAY_SIDES; side++)
        dpi_image_free(im[side]);
}

static void membranes_of(struct replay *r, const struct dpi_shown *x, const struct predict_job *job,
                         int side)
{
    struct fail f;
    const uint32_t k = job[side].first_chip;
    struct dpi_image *im = dpi_job_image(&job[side], k, &f);
    if (!im) cli_die("%s", f.text);
    const struct law_image view = law_image_dpi(im, 0);
    uint8_t *words = malloc((size_t)r->task.n_ticks * (size_t)view.shape.layer[0].n_in);
    replay_need(words);
    dpi_shown_words(x, r->o->common.seed, k, r->shown, words);
    const struct stimulus s = {.n_ticks = r->task.n_ticks, .x = words};
    replay_membrane_run(r, side, &view, &s);
    free(words);
    dpi_image_free(im);
}

static void spikes_of(struct replay *r, const struct predict_job *job, int side, int classes)
{
    struct fail f;
    int n = r->extent.n_out[0];
    if (dpi_job_spikes(&job[side], job[side].first_chip, r->shown, r->z[side][0], &f))
        cli_die("%s", f.text);
    r->n_heard = classes;
    for (int t = 0; t < r->task.n_ticks; t++)
        for (int p = 0; p < classes; p++)
            r->heard[side][p] += r->z[side][0][t * n + p];
}

// The chip and the item on the RTL.
static int into_rtl(struct replay *r, const struct dpi_shown *x, struct progress *p)
{
    static struct cosim_options o; // a list of chips in it: large
    o = (struct cosim_options){.patterns = r->o->patterns};
    replay_rtl_begin(r, &o);
    cosim_dpi_chips(r->cosim, x, &r->task, p);
    return replay_rtl_end(r);
}

int replay_run_dpi(struct replay *r, struct replay_options *o, struct progress *p)
{
    struct dpi_shown *x = calloc(1, sizeof *x);
    struct predict_job job[REPLAY_SIDES];
    replay_need(x);
    if (o->n_probes && o->faults)
        cli_die("--membrane and --faults: of a DYNAP-SE2 net allowed one of them");
    dpi_shown_open(x, &job[0], &r->task, o->net, o->chip, o->faults, &o->patterns, &o->common, 0,
                   p);
    if (o->n_probes && !x->dpi.law)
        cli_die("--membrane: --law double has no words: compat or silicon");
    r->opened = x;
    r->close = close_all;
    r->data = dpi_shown_data(x, &o->patterns, &o->common);
    r->split = dpi_shown_split(x, &o->common);
    r->jitter_largest = -1;
    snprintf(r->chip_name, sizeof r->chip_name, "%s", x->file.name);
    job[1] = job[0];
    replay_predict(r, job, p);
    if (x->dpi.law) compare_all(r, job);
    for (int side = 0; side < REPLAY_SIDES; side++) {
        spikes_of(r, job, side, x->shown.n_classes);
        if (o->n_probes) membranes_of(r, x, job, side);
    }
    return o->rtl ? into_rtl(r, x, p) : EXIT_SAME;
}
