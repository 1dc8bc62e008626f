// The state of a DPI training run as one HDF5 file: options as text, counters, weights, moments.
#include "twin/train/dpi_train.h"

#include "base/fnv.h"
#include "twin/io/hdf5_io.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 2048, COUNTERS = 2 };

// What the bits of a run depend on. A checkpoint of other options is another run.
static void identity(const struct dpi_train *t, const struct dynapse_chip *chip,
                     const struct dpi_task *task, const struct dpi_train_options *o, char *text)
{
    uint64_t events = FNV_START, varies, law, circuits;
    varies = law = circuits = events;
    for (int p = 0; p < task->n_patterns; p++)
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
    memset(text, 0, TEXT);
    snprintf(
        text, TEXT,
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
}

static int transfer_all(hid_t file, const struct dpi_train *t, int64_t *counter, bool put)
{
    size_t n = dpi_train_weights(&t->net), inputs = (size_t)(t->net.n_in * t->net.n_neurons);
    return hdf5_transfer(file, "counters", H5T_NATIVE_INT64, counter, COUNTERS, put) ||
           hdf5_transfer(file, "w_in", H5T_NATIVE_DOUBLE, t->net.w_in, inputs, put) ||
           hdf5_transfer(file, "w_rec", H5T_NATIVE_DOUBLE, t->net.w_rec, n - inputs, put) ||
           hdf5_transfer(file, "adam_m", H5T_NATIVE_DOUBLE, t->m, n, put) ||
           hdf5_transfer(file, "adam_v", H5T_NATIVE_DOUBLE, t->v, n, put);
}

int dpi_train_save(const struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, const struct dpi_train_options *o, const char *path,
                   struct fail *f)
{
    char text[TEXT];
    int64_t counter[COUNTERS] = {t->step, t->bad_chips};
    identity(t, chip, task, o, text);
    hid_t file = hdf5_create();
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    int bad = hdf5_transfer(file, "identity", H5T_NATIVE_CHAR, text, TEXT, true) ||
              transfer_all(file, t, counter, true);
    return hdf5_commit(file, bad, path, f);
}

int dpi_train_load(struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, const struct dpi_train_options *o, const char *path,
                   struct fail *f)
{
    char wanted[TEXT];
    int64_t counter[COUNTERS];
    identity(t, chip, task, o, wanted);
    hid_t file = hdf5_resume(path, wanted, TEXT, f);
    if (file < 0) return -1;
    int bad = transfer_all(file, t, counter, false);
    H5Fclose(file);
    if (bad) return fail(f, "%s: damaged, or of another shape", path);
    t->step = (long)counter[0];
    t->bad_chips = (long)counter[1];
    return 0;
}
