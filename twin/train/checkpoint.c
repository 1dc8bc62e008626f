// The state of a training run as one HDF5 file: options as text, counters, values, moments.
#include "twin/train/train.h"

#include "twin/io/hdf5_io.h"
#include "twin/train/resume.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

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
        o->topology_weight, o->magnitude_weight, o->magnitude_limit, o->anneal_signs, o->shift_ms,
        o->held_chips, o->choose_from, o->average, o->patience, o->tau_hidden_s, o->tau_out_s,
        o->recurrent, o->population, o->fluctuation, o->initial.xi, o->initial.mean,
        o->initial.share, o->initial.rate, o->front_start);
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

enum { COUNTERS = 4, ARRAYS = 5 };

static void arrays_of(const struct train *t, float **array)
{
    array[0] = t->net.values;
    array[1] = t->best.values;
    array[2] = t->m;
    array[3] = t->v;
    array[4] = t->average.values;
}
static const char *const array_names[ARRAYS] = {"net", "best", "adam_m", "adam_v", "average"};

int train_save(const struct train *t, const struct chip *c, const struct train_options *o,
               const char *path, struct fail *f)
{
    const int64_t counter[COUNTERS] = {t->epoch, t->step, t->bad_steps, t->best_epoch};
    const hsize_t counters = COUNTERS, n_values = t->net.n_values;
    float *array[ARRAYS];
    char *text = train_identity(t, c, o);
    if (!text) return fail(f, "%s: out of memory", path);
    hid_t file = hdf5_create();
    int bad = file < 0 || hdf5_put_text(file, "identity", text) ||
              hdf5_put(file, "counters", H5T_STD_I64LE, 1, &counters, counter) ||
              hdf5_put(file, "best_held", H5T_IEEE_F64LE, 0, 0, &t->best_held);
    arrays_of(t, array);
    for (int i = 0; !bad && i < ARRAYS; i++)
        bad = hdf5_put(file, array_names[i], H5T_IEEE_F32LE, 1, &n_values, array[i]);
    free(text);
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    return hdf5_commit(file, bad, path, f);
}

static int load(struct train *t, const struct hdf5_file *h, const char *path, struct fail *f)
{
    const uint64_t counters = COUNTERS, n_values = t->net.n_values;
    const int64_t *counter = hdf5_wholes(h, "counters", 1, &counters);
    const double *best_held = hdf5_reals(h, "best_held", 0, 0), *value[ARRAYS];
    bool all = counter && best_held;
    float *array[ARRAYS];
    for (int i = 0; i < ARRAYS; i++)
        all &= (value[i] = hdf5_reals(h, array_names[i], 1, &n_values)) != 0;
    if (!all || counter[0] < 0 || counter[0] > INT_MAX || counter[1] < 0 || counter[2] < 0 ||
        counter[3] < 0 || counter[3] > counter[0])
        return fail(f, "%s: damaged, or of another shape", path);
    arrays_of(t, array);
    for (int i = 0; i < ARRAYS; i++)
        for (size_t k = 0; k < n_values; k++)
            array[i][k] = (float)value[i][k];
    t->epoch = (int)counter[0];
    t->step = (long)counter[1];
    t->bad_steps = (long)counter[2];
    t->best_epoch = (int)counter[3];
    t->best_held = *best_held;
    return 0;
}

int train_load(struct train *t, const struct chip *c, const struct train_options *o,
               const char *path, struct fail *f)
{
    struct hdf5_file h;
    char *wanted = train_identity(t, c, o);
    int bad = wanted ? resume_open(&h, path, wanted, f) : fail(f, "%s: out of memory", path);
    free(wanted);
    if (bad) return -1;
    bad = load(t, &h, path, f);
    hdf5_close(&h);
    return bad;
}
