// What the bits of a training run of DPI neurons depend on, and its state as a checkpoint.
#include "twin/train/dpi_train.h"

#include "base/fnv.h"
#include "twin/train/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Frees the text; its end is what the bits of a run on a corpus depend on besides.
static char *with_corpus(char *text, const struct dpi_task *task, const struct dpi_train_options *o)
{
    const int *hidden = o->shape.n_hidden;
    char *all = 0;
    int n = asprintf(&all,
                     "%s data=%016" PRIx64 " items=%d ticks=%d hold=%d step=%d clips=%d "
                     "hidden=%d,%d,%d,%d recurrent=%d fan_in=%d",
                     text, dataset_hash(&task->corpus->set), task->n_clips, task->n_ticks,
                     task->hold, task->step, o->clips, hidden[0], hidden[1], hidden[2], hidden[3],
                     o->shape.recurrent, o->shape.fan_in);
    free(text);
    return n < 0 ? 0 : all;
}

char *dpi_train_identity(const struct dpi_train *t, const struct dynapse_chip *chip,
                         const struct dpi_task *task, const struct dpi_train_options *o)
{
    char *text = 0;
    uint64_t events = FNV_START, varies, law, circuits;
    varies = law = circuits = events;
    for (int p = 0; !task->corpus && p < task->n_classes; p++)
        events = fnv(events, task->pattern[p].event,
                     (size_t)task->pattern[p].n_events * sizeof *task->pattern[p].event);
    varies = fnv(varies, &o->variation, sizeof o->variation);
    circuits = fnv(circuits, &chip->nominal, sizeof chip->nominal);
    if (t->net.circuit)
        circuits = fnv(circuits, t->net.circuit, (size_t)t->net.n_neurons * sizeof *t->net.circuit);
    const int formats[] = {o->law ? o->law->gaba : -1,
                           o->law ? o->law->leak_once : -1,
                           o->law ? o->law->fresh_vmem : -1,
                           o->law ? o->law->current.frac_bits : -1,
                           o->law ? law_bits(o->law->current) : -1,
                           o->law ? o->law->table_bits : -1};
    law = fnv(law, formats, sizeof formats);
    int n = asprintf(
        &text,
        "chip=%s circuits=%016" PRIx64 " law=%016" PRIx64 " task=%016" PRIx64
        " general=%d jitter=%.17g drop=%.17g noise=%.17g reject=%d variation=%016" PRIx64
        " seed=%" PRIu64 " steps=%d groups=%d lr=%.17g init=%.17g weight_max=%.17g "
        "scale=%.17g margin=%.17g clip=%.17g weigh=%d slope=%.9g back=%.9g off=%.9g quantised=%d "
        "base=%.17g,%.17g,%.17g,%.17g shape=%dx%d iscale=%.17g dt=%.17g",
        chip->name, circuits, law, events, task->general, task->jitter, task->drop,
        task->noise_rate, task->reject, varies, o->seed, o->steps, o->groups, o->lr, o->init,
        o->weight_max, o->scale, o->margin, o->clip, o->weigh, o->backward.slope, o->backward.back,
        o->backward.off, o->quantised, o->base[0], o->base[1], o->base[2], o->base[3], t->net.n_in,
        t->net.n_neurons, t->net.Iscale, t->net.dt);
    return n < 0 ? 0 : task->corpus ? with_corpus(text, task, o) : text;
}

enum { COUNTS = 2, PARTS = 5 };

// count: {step, bad chips}.
static void parts_of(const struct dpi_train *t, int64_t count[COUNTS],
                     struct checkpoint_part part[PARTS])
{
    const size_t n = dpi_train_weights(&t->net), in = (size_t)(t->net.n_in * t->net.n_neurons);
    const struct checkpoint_part all[PARTS] = {{"counters", CHECKPOINT_COUNTS, count, COUNTS},
                                               {"w_in", CHECKPOINT_DOUBLES, t->net.w_in, in},
                                               {"w_rec", CHECKPOINT_DOUBLES, t->net.w_rec, n - in},
                                               {"adam_m", CHECKPOINT_DOUBLES, t->m, n},
                                               {"adam_v", CHECKPOINT_DOUBLES, t->v, n}};
    memcpy(part, all, sizeof all);
}

int dpi_train_save(const struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, const struct dpi_train_options *o, const char *path,
                   struct fail *f)
{
    int64_t count[COUNTS] = {t->step, t->bad_chips};
    struct checkpoint_part part[PARTS];
    parts_of(t, count, part);
    return checkpoint_save(path, dpi_train_identity(t, chip, task, o), part, PARTS, f);
}

int dpi_train_load(struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, const struct dpi_train_options *o, const char *path,
                   struct fail *f)
{
    int64_t count[COUNTS];
    struct checkpoint_part part[PARTS];
    parts_of(t, count, part);
    if (checkpoint_load(path, dpi_train_identity(t, chip, task, o), part, PARTS, f)) return -1;
    t->step = (long)count[0];
    t->bad_chips = (long)count[1];
    return 0;
}
