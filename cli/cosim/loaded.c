#include "cli/cosim/loaded.h"

#include "twin/dpi/dpi_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void open_dpi(struct loaded *l, struct loaded_options *o, struct cli_common *common,
                     bool shown)
{
    struct loaded_dpi *d = l->dpi = calloc(1, sizeof *d);
    struct fail f;
    if (!d) cli_die("out of memory");
    if (shown) {
        struct progress *p = cli_progress(common);
        dpi_shown_open(&d->shown, &d->job, &d->task, o->net, o->chip, 0, &o->patterns, common, 0,
                       p);
        cli_progress_done(p);
    } else
        dpi_shown_load(&d->shown, &d->job, o->net, o->chip, &o->patterns, common);
    if (!d->shown.dpi.law)
        cli_die("--law: double: words of a chip are integers: compat or silicon");
    if (d->shown.net.n_neurons > DPI_MAX_NEURONS)
        cli_die("%s: %d neurons, allowed 1..%d", o->net, d->shown.net.n_neurons, DPI_MAX_NEURONS);
    d->image = dpi_job_image(&d->job, o->k, &f);
    if (!d->image) cli_die("%s", f.text);
    l->view = law_image_dpi(d->image, 0);
    l->chip_name = d->shown.file.name;
}

void loaded_open(struct loaded *l, struct loaded_options *o, struct cli_common *common, bool shown)
{
    *l = (struct loaded){.o = o, .seed = common->seed};
    if (!o->net) cli_die("NET is needed: the net.nir of a run folder");
    if (cli_is_dpi_net(o->net)) {
        open_dpi(l, o, common, shown);
        return;
    }
    patterns_refuse(&o->patterns, o->net);
    cli_load_net(&l->net, &l->chip, o->net, o->chip);
    l->image = virtual_chip_new(&l->chip, &l->net.shape);
    if (!l->image) cli_die("out of memory");
    virtual_chip_make(l->image, &l->chip, &l->net, l->seed, o->k, 0);
    l->view = law_image_of(l->image);
    l->chip_name = l->chip.name;
}

void loaded_close(struct loaded *l)
{
    if (l->dpi) {
        dpi_image_free(l->dpi->image);
        task_fini(&l->dpi->task);
        dpi_shown_close(&l->dpi->shown);
        free(l->dpi);
        return;
    }
    virtual_chip_free(l->image);
    net_fini(&l->net);
}

void loaded_require_words(const struct loaded *l)
{
    if (!l->dpi) cli_require_words(&l->chip, &l->net, l->o->net);
}

void loaded_head(const struct loaded *l, struct vectors_writer *w)
{
    const struct patterns_options *p = &l->o->patterns;
    char text[64];
    snprintf(text, sizeof text, "spiketwin %s", cli_version);
    vectors_head(w, "generator", text);
    vectors_head(w, "chip", l->chip_name);
    vectors_head(w, "net", l->o->net);
    snprintf(text, sizeof text, "%" PRIu64, l->seed);
    vectors_head(w, "seed", text);
    snprintf(text, sizeof text, "%u", l->o->k);
    vectors_head(w, "k", text);
    if (l->dpi) { // what else chip K hangs on
        vectors_head(w, "law", p->law);
        snprintf(text, sizeof text, "%.17g", p->mismatch);
        vectors_head(w, "mismatch", text);
        snprintf(text, sizeof text, "%.17g", p->truncate);
        vectors_head(w, "truncate", text);
    }
    vectors_head_image(w, &l->view);
}

FILE *loaded_input(const char *file)
{
    if (!file || strcmp(file, "-") == 0) return stdin;
    FILE *f = fopen(file, "r");
    if (!f) cli_die("%s: %s", file, strerror(errno));
    return f;
}
