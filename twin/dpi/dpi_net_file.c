// DPI networks as HDF5 files. Layout: twin/dpi/dpi_net.h.
#include "twin/dpi/dpi_net.h"
#include "twin/io/hdf5_io.h"
#include "twin/io/hdf5_read.h"
#include "twin/io/labels.h"
#include "twin/io/speakers.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const FILE_VERSION = "dpi-2", *const OLDER = "dpi-1", *const LABELLED = "dpi-3";

// What a net was trained on.
static int put_training(hid_t own, const struct dpi_net *n)
{
    const int32_t clip_ms = n->clip_ms;
    hsize_t labels = (hsize_t)n->labels.n, speakers = (hsize_t)n->n_speakers, one = 1;
    return hdf5_put_texts(own, "words", 1, &labels, (const char *const *)n->labels.text) ||
           (*n->law && hdf5_put_text(own, "law", n->law)) ||
           (speakers && hdf5_put(own, "speakers", H5T_STD_I64LE, 1, &speakers, n->speaker)) ||
           (clip_ms && hdf5_put(own, "clip_ms", H5T_STD_I32LE, 1, &one, &clip_ms)) ||
           (n->front_file && (hdf5_put_text(own, "front_file", n->front_file) ||
                              hdf5_put(own, "front_rate", H5T_IEEE_F64LE, 0, 0, &n->front_rate)));
}

static int put_all(hid_t file, const struct dpi_net *n)
{
    hsize_t two = 2, in[2] = {(hsize_t)n->n_in, (hsize_t)n->n_neurons};
    hsize_t rec[2] = {in[1], in[1]}, circuit[2] = {in[1], DPI_CIRCUIT_VALUES};
    int32_t shape[2] = {n->n_in, n->n_neurons};
    hid_t own = hdf5_make_group(file, "spiketwin");
    int bad = own < 0 || hdf5_put_text(own, "version", n->labels.n ? LABELLED : FILE_VERSION) ||
              hdf5_put_text(own, "chip", n->chip) ||
              (n->chip_file && hdf5_put_text(own, "chip_file", n->chip_file)) ||
              hdf5_put(own, "Iscale", H5T_IEEE_F64LE, 0, 0, &n->Iscale) ||
              hdf5_put(own, "dt", H5T_IEEE_F64LE, 0, 0, &n->dt) ||
              hdf5_put(own, "shape", H5T_STD_I32LE, 1, &two, shape) ||
              (n->n_in && hdf5_put(own, "w_in", H5T_IEEE_F64LE, 2, in, n->w_in)) ||
              hdf5_put(own, "w_rec", H5T_IEEE_F64LE, 2, rec, n->w_rec) ||
              (n->circuit && hdf5_put(own, "circuit", H5T_IEEE_F64LE, 2, circuit, n->circuit)) ||
              (n->labels.n && put_training(own, n));
    if (own >= 0) H5Gclose(own);
    return bad;
}

int dpi_net_save(const struct dpi_net *n, const char *path, struct fail *f)
{
    if (dpi_net_check(n, path, f)) return -1;
    hid_t file = hdf5_create();
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    return hdf5_commit(file, put_all(file, n), path, f);
}

static int get_chip(struct dpi_net *n, const struct hdf5_file *h, const char *path, struct fail *f)
{
    const char *name = hdf5_text(h, "spiketwin/chip"), *text = hdf5_text(h, "spiketwin/chip_file");
    if (!name || strlen(name) >= sizeof n->chip || strchr(name, '/') ||
        !labels_utf8(name, strlen(name)))
        return fail(f,
                    "%s: /spiketwin/chip is missing or no name of a chip: 0..%zu bytes without /",
                    path, sizeof n->chip - 1);
    strcpy(n->chip, name);
    return dpi_net_keep_chip(n, text, f);
}

static int get_labels(struct dpi_net *n, const struct hdf5_file *h, const char *path,
                      struct fail *f)
{
    struct fail why = {""};
    const struct hdf5_array *a = hdf5_find(h, "spiketwin/words");
    if (!a || a->kind != HDF5_TEXT || a->n_dims != 1 || a->n < 1 || a->n > (size_t)n->n_neurons)
        return fail(f, "%s: /spiketwin/words is missing, damaged or not 1..%d labels (its neurons)",
                    path, n->n_neurons);
    const char *text = a->data;
    for (size_t i = 0; i < a->n; i++, text += strlen(text) + 1)
        if (labels_add(&n->labels, text, &why)) return fail(f, "%s: %s", path, why.text);
    return 0;
}

static int get_training(struct dpi_net *n, const struct hdf5_file *h, const char *path,
                        struct fail *f)
{
    enum { MOST_MS = 600000 };
    const uint64_t one = 1;
    const struct hdf5_array *speakers = hdf5_find(h, "spiketwin/speakers");
    const int64_t *clip_ms = hdf5_wholes(h, "spiketwin/clip_ms", 1, &one);
    const char *front = hdf5_text(h, "spiketwin/front_file");
    const double *rate = hdf5_reals(h, "spiketwin/front_rate", 0, 0);
    const char *law = hdf5_text(h, "spiketwin/law");
    if (get_labels(n, h, path, f)) return -1;
    if (hdf5_find(h, "spiketwin/law") && (!law || strlen(law) >= sizeof n->law))
        return fail(f, "%s: /spiketwin/law is damaged", path);
    if (law) strcpy(n->law, law);
    // Hashes, as signed numbers of the same bits.
    if (speakers &&
        (speakers->kind != HDF5_WHOLE || speakers->n_dims != 1 || speakers->n > INT32_MAX))
        return fail(f, "%s: /spiketwin/speakers is damaged", path);
    if (hdf5_find(h, "spiketwin/clip_ms") && (!clip_ms || *clip_ms < 1 || *clip_ms > MOST_MS))
        return fail(f, "%s: /spiketwin/clip_ms is damaged, allowed 1..%d", path, MOST_MS);
    if (hdf5_find(h, "spiketwin/front_file") &&
        (!front || !rate || !(*rate > 0) || !isfinite(*rate)))
        return fail(f, "%s: /spiketwin/front_file is damaged, or front_rate, allowed above 0",
                    path);
    n->clip_ms = clip_ms ? (int)*clip_ms : 0;
    n->front_rate = front ? *rate : 0;
    return (speakers &&
            speakers_add(&n->speaker, &n->n_speakers, speakers->data, (int)speakers->n, f)) ||
                   dpi_net_keep_front(n, front, f)
               ? -1
               : 0;
}

static int get_all(struct dpi_net *n, const struct hdf5_file *h, const char *path, struct fail *f)
{
    const char *version = hdf5_text(h, "spiketwin/version");
    struct fail why = {""};
    const uint64_t two = 2;
    if (!hdf5_has_group(h, "spiketwin"))
        return fail(f, "%s: no group /spiketwin: not written by spiketwin", path);
    bool older = version && !strcmp(version, OLDER);
    bool labelled = version && !strcmp(version, LABELLED);
    if (!version || (!older && !labelled && strcmp(version, FILE_VERSION) != 0))
        return fail(f, "%s: /spiketwin/version is not %s: no DPI net", path, FILE_VERSION);
    if (!older && !h->sealed)
        return fail(f, "%s: damaged: a file of version %s without its seal", path, version);
    const int64_t *shape = hdf5_wholes(h, "spiketwin/shape", 1, &two);
    if (!shape) return fail(f, "%s: /spiketwin/shape is missing or damaged", path);
    if (shape[0] < 0 || shape[0] > DPI_NET_MAX || shape[1] < 1 || shape[1] > DPI_NET_MAX)
        return fail(f, "%s: %" PRId64 " inputs, %" PRId64 " neurons, allowed 0..%d, 1..%d", path,
                    shape[0], shape[1], DPI_NET_MAX, DPI_NET_MAX);
    const uint64_t in[2] = {(uint64_t)shape[0], (uint64_t)shape[1]}, rec[2] = {in[1], in[1]};
    const uint64_t circuits[2] = {in[1], DPI_CIRCUIT_VALUES};
    bool with = hdf5_find(h, "spiketwin/circuit") != 0;
    const double *Iscale = hdf5_reals(h, "spiketwin/Iscale", 0, 0);
    const double *dt = hdf5_reals(h, "spiketwin/dt", 0, 0);
    const double *w_in = hdf5_reals(h, "spiketwin/w_in", 2, in);
    const double *w_rec = hdf5_reals(h, "spiketwin/w_rec", 2, rec);
    const double *circuit = hdf5_reals(h, "spiketwin/circuit", 2, circuits);
    const char *lacks = !Iscale              ? "Iscale"
                        : !dt                ? "dt"
                        : in[0] && !w_in     ? "w_in"
                        : !w_rec             ? "w_rec"
                        : (with && !circuit) ? "circuit"
                                             : 0;
    if (lacks) // held against what is stored before memory is taken
        return fail(f, "%s: /spiketwin/%s is missing, damaged or of another shape", path, lacks);
    if (dpi_net_init(n, (int)in[0], (int)in[1], with, &why))
        return fail(f, "%s: %s", path, why.text);
    n->Iscale = *Iscale;
    n->dt = *dt;
    if (in[0]) memcpy(n->w_in, w_in, in[0] * in[1] * sizeof *w_in);
    memcpy(n->w_rec, w_rec, rec[0] * rec[1] * sizeof *w_rec);
    if (with) memcpy(n->circuit, circuit, in[1] * sizeof *n->circuit);
    if (labelled && get_training(n, h, path, f)) return -1;
    return get_chip(n, h, path, f) || dpi_net_check(n, path, f) ? -1 : 0;
}

int dpi_net_load(struct dpi_net *n, const char *path, struct fail *f)
{
    struct hdf5_file h;
    *n = (struct dpi_net){0};
    if (hdf5_read(&h, path, f)) return -1;
    int bad = get_all(n, &h, path, f);
    hdf5_close(&h);
    if (bad) dpi_net_fini(n);
    return bad;
}

int dpi_net_is(const char *path, struct fail *f)
{
    struct hdf5_file h;
    if (hdf5_read(&h, path, f)) return -1;
    const char *version = hdf5_text(&h, "spiketwin/version");
    int is = version && strncmp(version, "dpi-", 4) == 0;
    hdf5_close(&h);
    return is;
}
