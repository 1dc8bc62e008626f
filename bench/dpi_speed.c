// Speed of a training step under the DPI law: integer forward, backward, Adam, on the nominal chip.
//
//   dpi SECONDS      one JSON line a net; bench/dynapsim.py is the peer, bench/dpi.py puts them
//   side by side
//
// The nets of the peer: 60 -> 2 recurrent, 500 ticks, batch 2, and 16 -> 64 -> 2, 125 ticks, batch
// 16; one thread. The loss is on spike counts.
#include "twin/dpi/dpi_backward.h"
#include "twin/dpi/dpi_events.h"
#include "twin/dpi/dpi_words.h"
#include "twin/io/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LAYERS = 2, MOST = 1 << 20 };

struct layer {
    struct dpi_chips chips;
    struct dpi_lanes lanes;
    struct dpi_backward back;
    struct dpi_lanes_spikes *spikes; // (ticks, n)
    struct dpi_lanes_record *record; // (n, ticks)
    double *w, *m, *v;               // (rows, n)
    int rows;
};

struct bench {
    const char *name;
    int n_layers, size[LAYERS + 1], ticks, batch;
    bool recurrent;
    double rate;
    struct layer layer[LAYERS];
    struct dpi_events events;
    int32_t *count;
    float *gcount, *gbefore;
    int step;
};

static struct dynapse_chip chip;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop(const struct fail *f)
{
    fprintf(stderr, "bench dpi: %s\n", f->text);
    exit(2);
}

// Weights as they are now, into the words of all lanes and the constants of backward.
static void load(struct layer *y)
{
    const struct dpi_scale scale = {chip.nominal.Io, chip.dt};
    struct dpi_clamped clamped = {0};
    double charge = dpi_words_charge(&chip.nominal) * chip.Iscale;
    size_t cells = (size_t)y->rows * (size_t)y->back.n;
    for (size_t i = 0; i < cells; i++) {
        int row = (int)i / y->back.n, n = (int)i % y->back.n;
        int32_t word = dpi_words_weight(&y->lanes.law, &scale, charge, y->w[i], &clamped);
        for (int l = 0; l < DPI_LANES; l++) {
            *dpi_lanes_weight(&y->lanes, row, n, l) = word;
            y->back.w[i * DPI_LANES + (size_t)l] = (float)y->w[i];
        }
    }
    memset(y->back.gw, 0, y->back.n_w * sizeof *y->back.gw);
}

static void layer_init(struct layer *y, int n_in, int n, bool recurrent, int ticks, uint64_t index)
{
    struct fail f;
    struct dpi_tables tables;
    struct dpi_neuron words;
    struct dpi_clamped clamped = {0};
    const struct dpi_scale scale = {chip.nominal.Io, chip.dt};
    y->rows = n_in + (recurrent ? n : 0);
    size_t cells = (size_t)y->rows * (size_t)n;
    dpi_words_tables(&dpi_compat, &tables);
    dpi_lanes_init(&y->lanes, &dpi_compat, &tables, n_in, n, recurrent,
                   aligned_alloc(64, dpi_lanes_size(n_in, n, recurrent)));
    if (dpi_chips_init(&y->chips, n_in, n, &f)) stop(&f);
    if (dpi_backward_init(&y->back, n_in, n, recurrent, &f)) stop(&f);
    y->back.options = (struct dpi_backward_options){.slope = 3};
    y->spikes = aligned_alloc(64, (size_t)(ticks * n) * sizeof *y->spikes);
    y->record = aligned_alloc(64, (size_t)(ticks * n) * sizeof *y->record);
    y->w = calloc(3 * cells, sizeof *y->w);
    y->m = y->w + cells;
    y->v = y->m + cells;
    rng_normals((struct rng_stream){1, 0, RNG_INITIAL_WEIGHTS, index}, y->w, cells);
    for (size_t i = 0; i < cells; i++)
        y->w[i] *= 2;
    dpi_words_neuron(&dpi_compat, &scale, &chip.nominal, &words, &clamped);
    for (int i = 0; i < n; i++)
        for (int l = 0; l < DPI_LANES; l++) {
            y->chips.circuit[i * DPI_LANES + l] = chip.nominal;
            dpi_lanes_load(&y->lanes, i, l, &words);
        }
    dpi_backward_load(&y->back, &y->chips, &dpi_compat, chip.dt, chip.Iscale, chip.nominal.Io);
}

static void bench_init(struct bench *b)
{
    struct fail f;
    struct dpi_sample sample[DPI_LANES];
    const struct dpi_sample *lane[DPI_LANES] = {0};
    for (int l = 0; l < b->batch; l++) {
        if (dpi_sample_poisson(&sample[l], 1, (uint64_t)l, b->ticks, b->size[0], b->rate, &f))
            stop(&f);
        lane[l] = &sample[l];
    }
    if (dpi_events_pack(&b->events, lane, &f)) stop(&f);
    for (int l = 0; l < b->batch; l++)
        dpi_sample_free(&sample[l]);
    for (int i = 0; i < b->n_layers; i++) {
        layer_init(&b->layer[i], b->size[i], b->size[i + 1], b->recurrent, b->ticks, (uint64_t)i);
    }
    size_t out = (size_t)b->size[b->n_layers] * DPI_LANES;
    b->count = calloc(out, sizeof *b->count);
    b->gcount = calloc(out, sizeof *b->gcount);
    b->gbefore = aligned_alloc(64, (size_t)(b->ticks * b->size[b->n_layers - 1]) * DPI_LANES *
                                       sizeof *b->gbefore);
}

static void forward(struct bench *b, bool record)
{
    int last = b->n_layers - 1, n_out = b->size[b->n_layers];
    memset(b->count, 0, (size_t)(n_out * DPI_LANES) * sizeof *b->count);
    for (int i = 0; i < b->n_layers; i++) {
        struct layer *y = &b->layer[i];
        dpi_lanes_rest(&y->lanes);
        dpi_lanes_run(&y->lanes,
                      &(struct dpi_lanes_run){.n_ticks = b->ticks,
                                              .events = i ? 0 : &b->events,
                                              .before = i ? b->layer[i - 1].spikes : 0,
                                              .spikes = record || i < last ? y->spikes : 0,
                                              .record = record ? y->record : 0,
                                              .count = i == last ? b->count : 0});
    }
}

static void adam(struct layer *y, int step, int batch)
{
    const double lr = 1e-2, b1 = 0.9, b2 = 0.999;
    double c1 = 1 - pow(b1, step), c2 = 1 - pow(b2, step);
    size_t cells = (size_t)y->rows * (size_t)y->back.n;
    for (size_t i = 0; i < cells; i++) {
        double g = 0;
        for (int l = 0; l < batch; l++)
            g += y->back.gw[i * DPI_LANES + (size_t)l] / batch;
        y->m[i] = b1 * y->m[i] + (1 - b1) * g;
        y->v[i] = b2 * y->v[i] + (1 - b2) * g * g;
        y->w[i] -= lr * (y->m[i] / c1) / (sqrt(y->v[i] / c2) + 1e-8);
    }
}

static void train(struct bench *b)
{
    int last = b->n_layers - 1, n_out = b->size[b->n_layers];
    for (int i = 0; i < b->n_layers; i++)
        load(&b->layer[i]);
    forward(b, true);
    for (int l = 0; l < b->batch; l++) // push the right one up, the others down
        for (int i = 0; i < n_out; i++) {
            float wanted = i == l % n_out ? 40 : 0;
            b->gcount[i * DPI_LANES + l] = ((float)b->count[i * DPI_LANES + l] - wanted) / 40;
        }
    for (int i = last; i >= 0; i--) {
        struct layer *y = &b->layer[i];
        const struct dpi_backward_seen seen = {.events = &b->events,
                                               .record = y->record,
                                               .spikes = y->spikes,
                                               .before = i ? b->layer[i - 1].spikes : 0};
        dpi_backward_run(&y->back, &seen, i == last ? b->gcount : b->gbefore, i != last,
                         i ? b->gbefore : 0);
    }
    b->step++;
    for (int i = 0; i < b->n_layers; i++)
        adam(&b->layer[i], b->step, b->batch);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// Median clips/s of as many steps as the seconds allow; and clips a second of processor time.
static double median(struct bench *b, bool training, double seconds, double *of_cpu)
{
    double *rate = malloc(MOST * sizeof *rate), end = now_s() + seconds;
    clock_t start = clock();
    int n = 0;
    while (n < 5 || (now_s() < end && n < MOST)) {
        double t = now_s();
        if (training)
            train(b);
        else {
            for (int i = 0; i < b->n_layers; i++)
                load(&b->layer[i]);
            forward(b, false);
        }
        rate[n++] = b->batch / (now_s() - t);
    }
    qsort(rate, (size_t)n, sizeof *rate, ascending);
    double m = rate[n / 2];
    free(rate);
    *of_cpu = b->batch * (double)n / ((double)(clock() - start) / CLOCKS_PER_SEC);
    return m;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    struct fail f;
    if (dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f)) stop(&f);
    struct bench benches[] = {{.name = "60-2",
                               .n_layers = 1,
                               .size = {60, 2},
                               .ticks = 500,
                               .batch = 2,
                               .recurrent = true,
                               .rate = 0.05},
                              {.name = "16-64-2",
                               .n_layers = 2,
                               .size = {16, 64, 2},
                               .ticks = 125,
                               .batch = 16,
                               .rate = 0.1}};
    for (int i = 0; i < 2; i++) {
        double of_cpu, ignored;
        bench_init(&benches[i]);
        train(&benches[i]);
        double trained = median(&benches[i], true, seconds, &of_cpu);
        double ran = median(&benches[i], false, seconds, &ignored);
        printf(
            "{\"net\": \"%s\", \"batch\": %d, \"ticks\": %d, \"train\": %.1f, \"forward\": %.1f, "
            "\"train_cpu\": %.1f}\n",
            benches[i].name, benches[i].batch, benches[i].ticks, trained, ran, of_cpu);
        fflush(stdout);
    }
    return 0;
}
