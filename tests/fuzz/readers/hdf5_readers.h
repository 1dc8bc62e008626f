// The readers of HDF5 files: what each shows of a file, and its seeds. libhdf5 runs in a process
// of its own (twin/io/hdf5_read.h): what kills or hangs it there is a refusal here.
#ifndef TESTS_FUZZ_READERS_HDF5_READERS_H
#define TESTS_FUZZ_READERS_HDF5_READERS_H

#include "tests/fuzz/harness.h"
#include "tests/lib/nir_file.h"
#include "twin/io/hdf5_seal.h"
#include "twin/nir/import.h"
#include "twin/nir/own.h"
#include "twin/io/speakers.h"
#include "twin/train/dpi_train.h"
#include "twin/train/train.h"

#include <stdio.h>
#include <stdlib.h>

static inline const struct chip *lif_chip(void)
{
    static struct chip chip;
    struct fail f = {""};
    if (!chip.name[0])
        fuzz_need(!chip_load(&chip, SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f), f.text);
    return &chip;
}

static inline const struct dynapse_chip *dpi_chip(void)
{
    static struct dynapse_chip chip;
    struct fail f = {""};
    if (!chip.name[0])
        fuzz_need(!dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), f.text);
    return &chip;
}

// Changes the bytes and, mostly, puts the seal right, so that libhdf5 gets to see them.
static inline size_t change_sealed(uint8_t *bytes, size_t n, size_t room, unsigned seed)
{
    n = LLVMFuzzerMutate(bytes, n, room);
    if (seed % 4 && n >= HDF5_SEAL) hdf5_seal_make((char *)bytes, n);
    return n;
}

// --- a net ---------------------------------------------------------------------------------------

static inline void show_net_lif(const char *path)
{
    struct net net;
    struct fail f = {""};
    int16_t *code[IMAGE_MAX_LAYERS];
    if (net_load(&net, path, &f)) {
        fuzz_refused(f.text);
        return;
    }
    fuzz_touch(net.values, net.n_values * sizeof *net.values);
    if (net_load_codes(code, &net, path, &f)) {
        fuzz_refused(f.text);
    } else {
        for (int l = 0; l < net.shape.n_layers; l++) {
            fuzz_touch(code[l],
                       (size_t)(net.layer[l].n_source * net.layer[l].n_out) * sizeof **code);
            free(code[l]);
        }
        fuzz_taken();
    }
    net_fini(&net);
}

static inline void seed_net_lif(const char *folder)
{
    fuzz_seed_copy(folder, "tiny", "vectors/tiny.nir");
    fuzz_seed_copy(folder, "older", "vectors/older.nir");
}

// --- a NIR graph of others, for a chip with synaptic currents and one without ----------------------

static inline const struct chip *loihi_chip(void)
{
    static struct chip chip;
    struct fail f = {""};
    if (!chip.name[0]) fuzz_need(!chip_load(&chip, SPIKETWIN_ROOT "/chips/loihi.yaml", &f), f.text);
    return &chip;
}

static inline void show_nir(const char *path)
{
    struct nir_graph g;
    struct fail f = {""};
    bool taken = false;
    if (nir_graph_read(&g, path, &f)) {
        fuzz_refused(f.text);
        return;
    }
    for (int i = 0; i < 2; i++) {
        const struct chip *c = i ? loihi_chip() : lif_chip();
        const struct nir_choice choice = {.dt = 1e-4, .dialect = nir_dialects, .li_threshold = i};
        struct nir_import m;
        struct net net = {0};
        if (nir_import(&m, &net, &g, c, &choice, &f)) {
            fuzz_refused(f.text);
        } else {
            taken = true;
            fuzz_touch(net.values, net.n_values * sizeof *net.values);
            fuzz_touch(m.offence, m.n_offences * sizeof *m.offence);
            nir_own_labels(&g, &net.labels, &f);
            nir_import_fini(&m);
        }
        net_fini(&net);
    }
    if (taken) fuzz_taken();
    nir_graph_fini(&g);
}

static inline void seed_nir(const char *folder)
{
    static const double w[12] = {0.5, -1, 0.25, 2, 0, -0.125, 1, 1, 1, 0.5, 0.25, -2};
    char path[4096];
    struct fail f = {""};
    struct nir_file chain, sub, conv;
    nir_file_begin(&chain);
    nir_file_port(&chain, "input", "Input", 3);
    nir_file_port(&chain, "output", "Output", 2);
    nir_file_node(&chain, "w", "Affine");
    nir_file_matrix(&chain, "weight", 2, 3, w);
    nir_file_list(&chain, "bias", 2, w);
    nir_file_lif(&chain, "n", 0.01, 1, 0.1, 1);
    nir_file_node(&chain, "d", "Delay");
    nir_file_list(&chain, "delay", 2, (double[]){1e-4, 1e-4});
    nir_file_node(&chain, "t", "IF");
    nir_file_one(&chain, "r", 1e4);
    nir_file_one(&chain, "v_threshold", 1);
    const char *const line[] = {"input", "w", "n", "d", "t", "output"};
    for (int i = 0; i < 5; i++)
        nir_file_edge(&chain, line[i], line[i + 1]);
    snprintf(path, sizeof path, "%s/chain", folder);
    fuzz_need(!nir_file_end(&chain, path, &f), f.text);

    nir_file_begin(&sub);
    nir_file_port(&sub, "input", "Input", 2);
    nir_file_port(&sub, "output", "Output", 2);
    struct nir_file in = sub;
    in.at = -1;
    nir_file_graph(&in, sub.nodes, "g");
    nir_file_port(&in, "i", "Input", 2);
    nir_file_port(&in, "o", "Output", 2);
    nir_file_node(&in, "r", "Linear");
    nir_file_matrix(&in, "weight", 2, 2, w);
    nir_file_node(&in, "n", "CubaLIF");
    nir_file_one(&in, "tau_mem", 0.01);
    nir_file_one(&in, "tau_syn", 0.004);
    nir_file_one(&in, "r", 1);
    nir_file_one(&in, "v_leak", 0);
    nir_file_one(&in, "v_threshold", 1);
    nir_file_edge(&in, "i", "n");
    nir_file_edge(&in, "n", "r");
    nir_file_edge(&in, "r", "n");
    nir_file_edge(&in, "n", "o");
    nir_file_edges(&in);
    nir_file_edge(&sub, "input", "g");
    nir_file_edge(&sub, "g", "output");
    snprintf(path, sizeof path, "%s/subgraph", folder);
    fuzz_need(!nir_file_end(&sub, path, &f), f.text);

    nir_file_begin(&conv);
    nir_file_node(&conv, "input", "Input");
    nir_file_list(&conv, "shape", 3, (double[]){1, 4, 4});
    nir_file_port(&conv, "output", "Output", 2);
    nir_file_node(&conv, "c", "Conv2d");
    nir_file_put(&conv, "weight", 4, (hsize_t[]){2, 1, 2, 2}, w);
    nir_file_node(&conv, "p", "SumPool2d");
    nir_file_list(&conv, "kernel_size", 2, (double[]){3, 3});
    nir_file_list(&conv, "stride", 2, (double[]){3, 3});
    nir_file_list(&conv, "padding", 2, (double[]){0, 0});
    nir_file_node(&conv, "n", "LI");
    nir_file_one(&conv, "tau", 0.01);
    nir_file_one(&conv, "r", 1);
    nir_file_one(&conv, "v_leak", 0);
    const char *const way[] = {"input", "c", "p", "n", "output"};
    for (int i = 0; i < 4; i++)
        nir_file_edge(&conv, way[i], way[i + 1]);
    snprintf(path, sizeof path, "%s/convolution", folder);
    fuzz_need(!nir_file_end(&conv, path, &f), f.text);
}

// --- a net of DPI neurons ------------------------------------------------------------------------

static inline void show_net_dpi(const char *path)
{
    struct dpi_net net;
    struct fail f = {""};
    if (dpi_net_load(&net, path, &f)) {
        fuzz_refused(f.text);
        return;
    }
    size_t neurons = (size_t)net.n_neurons;
    fuzz_touch(net.w_in, (size_t)net.n_in * neurons * sizeof(double));
    fuzz_touch(net.w_rec, neurons * neurons * sizeof(double));
    if (net.circuit) fuzz_touch(net.circuit, neurons * sizeof *net.circuit);
    fuzz_need(!dpi_net_check(&net, "taken", &f), f.text);
    dpi_net_fini(&net);
    fuzz_taken();
}

static inline void seed_net_dpi(const char *folder)
{
    char path[4096];
    struct fail f = {""};
    for (int with = 0; with < 2; with++) {
        struct dpi_net net;
        fuzz_need(!dpi_net_init(&net, 2 * with, 3, with, &f), f.text);
        net.Iscale = 1e-8;
        net.dt = 1e-3;
        snprintf(net.chip, sizeof net.chip, "dynapse2");
        net.w_rec[1] = -0.5;
        for (int i = 0; with && i < 3; i++)
            net.circuit[i] = dpi_chip()->nominal;
        snprintf(path, sizeof path, "%s/inputs%d", folder, with);
        fuzz_need(!dpi_net_save(&net, path, &f), f.text);
        const uint64_t speaker[2] = {5, 1};
        fuzz_need(!labels_parse(&net.labels, "a,b", &f), f.text);
        fuzz_need(!speakers_add(&net.speaker, &net.n_speakers, speaker, 2, &f), f.text);
        net.clip_ms = 500;
        strcpy(net.law, "silicon");
        net.front_rate = 100;
        fuzz_need(!dpi_net_keep_front(&net, "name: x\n", &f), f.text);
        snprintf(path, sizeof path, "%s/labels%d", folder, with);
        fuzz_need(!dpi_net_save(&net, path, &f), f.text);
        dpi_net_fini(&net);
    }
}

// --- a training run's checkpoint, of the run that these stand for --------------------------------

static inline const struct train_options *lif_options(void)
{
    static struct train_options o;
    if (!o.epochs) train_defaults(&o);
    return &o;
}

static inline void begin_lif(struct train *t)
{
    static const struct image_shape shape = {
        .n_layers = 2, .layer = {{4, 4, IMAGE_ONE_TO_ONE, false}, {4, 2, IMAGE_DENSE, true}}};
    struct fail f = {""};
    *t = (struct train){0};
    fuzz_need(!net_init(&t->net, &shape, lif_chip(), &f) &&
                  !net_init(&t->best, &shape, lif_chip(), &f) &&
                  !net_init(&t->average, &shape, lif_chip(), &f),
              f.text);
    t->m = calloc(t->net.n_values, sizeof *t->m);
    t->v = calloc(t->net.n_values, sizeof *t->v);
    fuzz_need(t->m && t->v, "no memory");
}

static inline void show_checkpoint_lif(const char *path)
{
    struct train t;
    struct fail f = {""};
    begin_lif(&t);
    if (train_load(&t, lif_chip(), lif_options(), path, &f))
        fuzz_refused(f.text);
    else
        fuzz_taken();
    fuzz_touch(t.net.values, t.net.n_values * sizeof *t.net.values);
    train_fini(&t);
}

static inline void seed_checkpoint_lif(const char *folder)
{
    char path[4096];
    struct train t;
    struct fail f = {""};
    begin_lif(&t);
    t.epoch = t.best_epoch = 2;
    snprintf(path, sizeof path, "%s/epoch2", folder);
    fuzz_need(!train_save(&t, lif_chip(), lif_options(), path, &f), f.text);
    train_fini(&t);
}

// --- the same of DPI neurons ---------------------------------------------------------------------

static const struct dpi_task dpi_task_of_ours = {.n_in = 3, .n_ticks = 10};

static inline const struct dpi_train_options *dpi_options(void)
{
    static struct dpi_train_options o;
    if (!o.steps) dpi_train_defaults(&o);
    return &o;
}

static inline void begin_dpi(struct dpi_train *t)
{
    struct fail f = {""};
    *t = (struct dpi_train){0};
    fuzz_need(!dpi_net_init(&t->net, 3, 2, 0, &f), f.text);
    t->m = calloc(dpi_train_weights(&t->net), sizeof *t->m);
    t->v = calloc(dpi_train_weights(&t->net), sizeof *t->v);
    fuzz_need(t->m && t->v, "no memory");
}

static inline void show_checkpoint_dpi(const char *path)
{
    struct dpi_train t;
    struct fail f = {""};
    begin_dpi(&t);
    if (dpi_train_load(&t, dpi_chip(), &dpi_task_of_ours, dpi_options(), path, &f))
        fuzz_refused(f.text);
    else
        fuzz_taken();
    fuzz_touch(t.net.w_in, 6 * sizeof *t.net.w_in);
    fuzz_touch(t.net.w_rec, 4 * sizeof *t.net.w_rec);
    dpi_train_fini(&t);
}

static inline void seed_checkpoint_dpi(const char *folder)
{
    char path[4096];
    struct dpi_train t;
    struct fail f = {""};
    begin_dpi(&t);
    t.step = 7;
    snprintf(path, sizeof path, "%s/step7", folder);
    fuzz_need(!dpi_train_save(&t, dpi_chip(), &dpi_task_of_ours, dpi_options(), path, &f), f.text);
    dpi_train_fini(&t);
}

#endif
