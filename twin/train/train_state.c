// What the bits of a training run depend on, and its state as a checkpoint.
#include "twin/train/train.h"

#include "twin/train/checkpoint.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *train_identity(const struct train *t, const struct chip *c, const struct train_options *o)
{
    char *text = 0, *labels = labels_list(&t->net.labels);
    size_t size;
    FILE *out = labels ? open_memstream(&text, &size) : 0;
    if (!out) {
        free(labels);
        return 0;
    }
    fprintf(
        out,
        "chip=%s chip_file=%016" PRIx64 " data=%016" PRIx64 " from=%016" PRIx64 " seed=%" PRIu64
        " epochs=%d batch=%d clips_per_chip=%d lr=%.17g lr_front=%.17g lr_leak=%.17g "
        "clip_norm=%.17g surrogate=%.17g reset_grad=%.17g logit_scale=%.17g rate=%d,%.9g,%.9g "
        "front_rate=%d,%.9g,%.9g topology=%.17g magnitude=%.17g,%.17g anneal_signs=%d "
        "shift_ms=%.17g held_chips=%d choose_from=%.17g average=%.17g patience=%d tau=%.17g,%.17g "
        "recurrent=%d "
        "population=%d "
        "fluctuation=%d,%.17g,%.17g,%.17g,%.17g front_start=%.17g ",
        c->name, chip_hash(c), t->data_hash, t->from_hash, o->seed, o->epochs, o->batch,
        o->clips_per_chip, o->lr, o->lr_front, o->lr_leak, o->clip_norm, o->surrogate,
        o->reset_grad, o->logit_scale, o->rate.kind, (double)o->rate.weight, (double)o->rate.target,
        o->front_rate.kind, (double)o->front_rate.weight, (double)o->front_rate.target,
        o->topology_weight, o->magnitude_weight, o->magnitude_limit, o->anneal_signs,
        o->plan.shift_ms, o->held_chips, o->choose_from, o->average, o->patience, o->tau_hidden_s,
        o->tau_out_s, o->recurrent, o->population, o->fluctuation, o->initial.xi, o->initial.mean,
        o->initial.share, o->initial.rate, o->front_start);
    if (o->plan.mask_ticks > 0 || o->plan.mask_inputs > 0)
        fprintf(out, "mask=%.17g,%.17g,%.17g ", o->plan.mask_ticks, o->plan.mask_inputs,
                o->mask_from);
    if (c->law.wrap && o->wrap_weight > 0) fprintf(out, "wrap=%.9g ", (double)o->wrap_weight);
    if (o->out_rate.weight > 0)
        fprintf(out, "out_rate=%d,%.9g,%.9g ", o->out_rate.kind, (double)o->out_rate.weight,
                (double)o->out_rate.target);
    if (o->taps > 1) fprintf(out, "taps=%d,%d ", o->taps, o->spacing);
    if (o->initial.least > 0) fprintf(out, "least=%.17g ", o->initial.least);
    for (int i = 0; i < TRAIN_MAX_HIDDEN && o->n_hidden[i]; i++)
        fprintf(out, "%s%d", i ? "," : "hidden=", o->n_hidden[i]);
    fprintf(out, " words=%s", labels);
    free(labels);
    bool bad = ferror(out); // a stream in memory fails for want of it
    if (!fclose(out) && !bad) return text;
    free(text);
    return 0;
}

enum { COUNTS = 7, PARTS = 7 };

// count: {epoch, step, bad steps, best epoch, mask_since + 1, redrawn, stuck}.
static void parts_of(const struct train *t, int64_t count[COUNTS],
                     struct checkpoint_part part[PARTS])
{
    const size_t n = t->net.n_values;
    const struct checkpoint_part all[PARTS] = {
        {"counters", CHECKPOINT_COUNTS, count, COUNTS},
        {"best_held", CHECKPOINT_DOUBLES, (double *)&t->best_held, 0},
        {"net", CHECKPOINT_FLOATS, t->net.values, n},
        {"best", CHECKPOINT_FLOATS, t->best.values, n},
        {"adam_m", CHECKPOINT_FLOATS, t->m, n},
        {"adam_v", CHECKPOINT_FLOATS, t->v, n},
        {"average", CHECKPOINT_FLOATS, t->average.values, n}};
    memcpy(part, all, sizeof all);
}

int train_save(const struct train *t, const struct chip *c, const struct train_options *o,
               const char *path, struct fail *f)
{
    int64_t count[COUNTS] = {t->epoch,          t->step,    t->bad_steps, t->best_epoch,
                             t->mask_since + 1, t->redrawn, t->stuck};
    struct checkpoint_part part[PARTS];
    parts_of(t, count, part);
    return checkpoint_save(path, train_identity(t, c, o), part, PARTS, f);
}

int train_load(struct train *t, const struct chip *c, const struct train_options *o,
               const char *path, struct fail *f)
{
    int64_t count[COUNTS];
    struct checkpoint_part part[PARTS];
    parts_of(t, count, part);
    if (checkpoint_load(path, train_identity(t, c, o), part, PARTS, f)) return -1;
    if (count[0] > INT_MAX || count[3] > count[0] || count[4] > count[0] + 1 ||
        count[5] > count[0] || count[6] > count[0])
        return fail(f, "%s: damaged, or of another shape", path);
    t->epoch = (int)count[0];
    t->step = (long)count[1];
    t->bad_steps = (long)count[2];
    t->best_epoch = (int)count[3];
    t->mask_since = (int)count[4] - 1;
    t->redrawn = (int)count[5];
    t->stuck = (int)count[6];
    return 0;
}
