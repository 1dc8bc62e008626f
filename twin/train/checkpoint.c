// The state of a training run as one HDF5 file: options as text, counters, values, moments.
#include "twin/train/train.h"

#include "twin/io/hdf5_io.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *train_identity(const struct train *t, const struct chip *c,
                           const struct train_options *o, char *text, size_t size)
{
    int used = snprintf(
        text, size,
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
        o->topology_weight, o->magnitude_weight, o->magnitude_limit, o->anneal_signs, o->shift_ms,
        o->held_chips, o->choose_from, o->average, o->patience, o->tau_hidden_s, o->tau_out_s,
        o->recurrent, o->population, o->fluctuation, o->initial.xi, o->initial.mean,
        o->initial.share, o->initial.rate, o->front_start);
    for (int i = 0; i < TRAIN_MAX_HIDDEN && o->n_hidden[i]; i++)
        used +=
            snprintf(text + used, size - (size_t)used, "%s%d", i ? "," : "hidden=", o->n_hidden[i]);
    used += snprintf(text + used, size - (size_t)used, " words=");
    for (int i = 0; i < t->net.n_words && used < (int)size; i++)
        used += snprintf(text + used, size - (size_t)used, "%s%s", i ? "," : "", t->net.words[i]);
    return text;
}

enum { TEXT = TRAIN_TEXT, COUNTERS = 4, ARRAYS = 5 };

static void arrays_of(const struct train *t, float **array)
{
    array[0] = t->net.values;
    array[1] = t->best.values;
    array[2] = t->m;
    array[3] = t->v;
    array[4] = t->average.values;
}
static const char *const array_names[ARRAYS] = {"net", "best", "adam_m", "adam_v", "average"};

static int transfer_all(hid_t file, const struct train *t, int64_t *counter, double *best_held,
                        bool put)
{
    float *array[ARRAYS];
    arrays_of(t, array);
    int bad = hdf5_transfer(file, "counters", H5T_NATIVE_INT64, counter, COUNTERS, put) ||
              hdf5_transfer(file, "best_held", H5T_NATIVE_DOUBLE, best_held, 1, put);
    for (int i = 0; !bad && i < ARRAYS; i++)
        bad = hdf5_transfer(file, array_names[i], H5T_NATIVE_FLOAT, array[i], t->net.n_values, put);
    return bad ? -1 : 0;
}

int train_save(const struct train *t, const struct chip *c, const struct train_options *o,
               const char *path, struct fail *f)
{
    char text[TEXT] = "";
    int64_t counter[COUNTERS] = {t->epoch, t->step, t->bad_steps, t->best_epoch};
    double best_held = t->best_held;
    train_identity(t, c, o, text, sizeof text);
    hid_t file = hdf5_create();
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    int bad = hdf5_transfer(file, "identity", H5T_NATIVE_CHAR, text, TEXT, true) ||
              transfer_all(file, t, counter, &best_held, true);
    return hdf5_commit(file, bad, path, f);
}

int train_load(struct train *t, const struct chip *c, const struct train_options *o,
               const char *path, struct fail *f)
{
    char wanted[TEXT] = "";
    int64_t counter[COUNTERS];
    double best_held;
    train_identity(t, c, o, wanted, sizeof wanted);
    hid_t file = hdf5_resume(path, wanted, TEXT, f);
    if (file < 0) return -1;
    int bad = transfer_all(file, t, counter, &best_held, false);
    H5Fclose(file);
    if (bad) return fail(f, "%s: damaged, or of another shape", path);
    t->epoch = (int)counter[0];
    t->step = (long)counter[1];
    t->bad_steps = (long)counter[2];
    t->best_epoch = (int)counter[3];
    t->best_held = best_held;
    return 0;
}
