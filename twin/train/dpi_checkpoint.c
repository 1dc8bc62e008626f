// The state of a DPI training run as one HDF5 file: options as text, counters, weights, moments.
#include "twin/train/dpi_train.h"

#include "base/fnv.h"
#include "twin/io/hdf5_io.h"
#include "twin/train/resume.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTERS = 2 };

// What the bits of a run depend on. A checkpoint of other options is another run.
// malloc'd; NULL: out of memory.
static char *identity(const struct dpi_train *t, const struct dynapse_chip *chip,
                      const struct dpi_task *task, const struct dpi_train_options *o)
{
    char *text = 0;
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
    return n < 0 ? 0 : text;
}

int dpi_train_save(const struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, const struct dpi_train_options *o, const char *path,
                   struct fail *f)
{
    const int64_t counter[COUNTERS] = {t->step, t->bad_chips};
    const size_t inputs = (size_t)(t->net.n_in * t->net.n_neurons);
    const hsize_t counters = COUNTERS, n = dpi_train_weights(&t->net), in = inputs,
                  rec = n - inputs;
    char *text = identity(t, chip, task, o);
    if (!text) return fail(f, "%s: out of memory", path);
    hid_t file = hdf5_create();
    int bad = file < 0 || hdf5_put_text(file, "identity", text) ||
              hdf5_put(file, "counters", H5T_STD_I64LE, 1, &counters, counter) ||
              hdf5_put(file, "w_in", H5T_IEEE_F64LE, 1, &in, t->net.w_in) ||
              hdf5_put(file, "w_rec", H5T_IEEE_F64LE, 1, &rec, t->net.w_rec) ||
              hdf5_put(file, "adam_m", H5T_IEEE_F64LE, 1, &n, t->m) ||
              hdf5_put(file, "adam_v", H5T_IEEE_F64LE, 1, &n, t->v);
    free(text);
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    return hdf5_commit(file, bad, path, f);
}

static int load(struct dpi_train *t, const struct hdf5_file *h, const char *path, struct fail *f)
{
    const size_t inputs = (size_t)(t->net.n_in * t->net.n_neurons);
    const uint64_t counters = COUNTERS, n = dpi_train_weights(&t->net), in = inputs;
    const uint64_t rec = n - inputs;
    const int64_t *counter = hdf5_wholes(h, "counters", 1, &counters);
    const double *w_in = hdf5_reals(h, "w_in", 1, &in), *w_rec = hdf5_reals(h, "w_rec", 1, &rec);
    const double *m = hdf5_reals(h, "adam_m", 1, &n), *v = hdf5_reals(h, "adam_v", 1, &n);
    if (!counter || !w_in || !w_rec || !m || !v || counter[0] < 0 || counter[1] < 0)
        return fail(f, "%s: damaged, or of another shape", path);
    memcpy(t->net.w_in, w_in, in * sizeof *w_in);
    memcpy(t->net.w_rec, w_rec, rec * sizeof *w_rec);
    memcpy(t->m, m, n * sizeof *m);
    memcpy(t->v, v, n * sizeof *v);
    t->step = (long)counter[0];
    t->bad_chips = (long)counter[1];
    return 0;
}

int dpi_train_load(struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, const struct dpi_train_options *o, const char *path,
                   struct fail *f)
{
    struct hdf5_file h;
    char *wanted = identity(t, chip, task, o);
    int bad = wanted ? resume_open(&h, path, wanted, f) : fail(f, "%s: out of memory", path);
    free(wanted);
    if (bad) return -1;
    bad = load(t, &h, path, f);
    hdf5_close(&h);
    return bad;
}
