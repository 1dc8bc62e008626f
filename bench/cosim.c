// Lockstep beside the bare Verilated model: cycles a second, state words a minute, and their ratio.
//
//   build/release/bench/cosim [NET DATA]
//
// The net of the demo (16 one-to-one, 64 recurrent, 2), by default with committed-size random
// weights and features; with NET and DATA a trained net on the first 40 validation clips. Same
// stimuli and the same Verilated library for both; rounds alternate so that a noisy machine hits
// both alike.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "twin/task/speech/speech.h"
#include "twin/net/virtual_chip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIPS = 40, ROUNDS = 7, TICKS = 125 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *why)
{
    fprintf(stderr, "bench/cosim: %s\n", why);
    exit(2);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static uint64_t lcg = 1;
static double uniform(void)
{
    lcg = lcg * 6364136223846793005u + 1442695040888963407u;
    return (double)(lcg >> 33) / 2147483648.0;
}

// Features and weights at random, with rates near those of trained nets.
static void random_case(struct net *net, const struct chip *c, uint8_t *words, int16_t *jitter)
{
    struct fail f;
    struct image_shape s = {.n_layers = 3,
                            .layer = {{16, 16, IMAGE_ONE_TO_ONE, false},
                                      {16, 64, IMAGE_DENSE, true},
                                      {64, 2, IMAGE_DENSE, false}}};
    if (net_init(net, &s, c, &f)) die(f.text);
    for (int l = 0; l < 3; l++)
        for (int i = 0; i < net->layer[l].n_source * net->layer[l].n_out; i++)
            net->layer[l].w[i] = (float)(c->threshold * (l == 0 ? 0.06 : 0.5 * uniform() - 0.25));
    for (int i = 0; i < CLIPS * TICKS * 16; i++)
        words[i] = (uint8_t)(uniform() < 0.5 ? 0 : 80 * uniform());
    for (int i = 0; i < CLIPS * TICKS; i++)
        jitter[i] = (int16_t)(600 * (uniform() - 0.5));
}

static void recorded_case(struct net *net, const struct chip *c, const char *path, const char *data,
                          uint8_t *words, int16_t *jitter)
{
    struct fail f;
    struct speech s;
    if (net_load(net, path, &f)) die(f.text);
    const struct dataset_ask ask = {.dir = data, .labels = &net->labels};
    if (speech_open(&s, c, &ask, 0, 0, &f)) die(f.text);
    int *clip = malloc((size_t)s.corpus.set.n_clips * sizeof *clip);
    if (!clip || corpus_split(&s.corpus, SPLIT_VALIDATION, clip) < CLIPS)
        die("under 40 validation clips");
    for (int i = 0; i < CLIPS; i++) {
        corpus_stimulus(&s.corpus, c, 1, 1, clip[i], 0, words + (size_t)i * TICKS * 16,
                        jitter + i * TICKS);
    }
    free(clip);
    speech_close(&s);
}

int main(int argc, char **argv)
{
    static uint8_t words[CLIPS * TICKS * 16];
    static int16_t jitter[CLIPS * TICKS];
    struct chip c;
    struct net net;
    struct fail f;
    struct dut_handle h;
    struct lockstep_result sum = {0};
    char message[1024], library[DUT_PATH];
    double bare[ROUNDS], locked[ROUNDS], ratio[ROUNDS];
    int64_t cycles = 0;
    if (chip_load(&c, SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f)) die(f.text);
    if (argc == 3)
        recorded_case(&net, &c, argv[1], argv[2], words, jitter);
    else
        random_case(&net, &c, words, jitter);
    struct image *im = virtual_chip_new(&c, &net.shape);
    if (!im) die("out of memory");
    virtual_chip_make(im, &c, &net, 1, 1, 0);
    struct dut_build_options where = {SPIKETWIN_ROOT, "build/dut", false};
    if (dut_build(&lif_kind, &c.law, &net.shape, &where, library, message, sizeof message) ||
        dut_open(&h, library, message, sizeof message))
        die(message);
    const struct law_image view = law_image_of(im);
    struct lockstep *k = lockstep_new(&h, &view, TICKS, message, sizeof message);
    struct lif_commit *commits = calloc((size_t)image_neurons(im), sizeof *commits);
    if (!k || !commits) die(message);
    for (int r = 0; r < ROUNDS; r++) {
        double start = now_s();
        cycles = 0;
        for (int i = 0; i < CLIPS; i++) {
            if (h.ops->clear(h.dut, message, sizeof message)) die(message);
            for (int t = 0; t < TICKS; t++) {
                struct stimulus s = {.n_ticks = TICKS,
                                     .x = words + (size_t)i * TICKS * 16,
                                     .jitter = jitter + i * TICKS};
                int64_t took = h.ops->tick(h.dut, &s, t, commits, message, sizeof message);
                if (took < 0) die(message);
                cycles += took;
            }
        }
        bare[r] = now_s() - start;
        start = now_s();
        sum = (struct lockstep_result){0};
        struct lockstep_options how = {.stages = false};
        for (int i = 0; i < CLIPS; i++) {
            struct stimulus s = {.n_ticks = TICKS,
                                 .x = words + (size_t)i * TICKS * 16,
                                 .jitter = jitter + i * TICKS};
            if (lockstep_run(k, &s, &how, &sum, message, sizeof message))
                die("model and RTL differ");
        }
        locked[r] = now_s() - start;
        ratio[r] = locked[r] / bare[r];
    }
    qsort(bare, ROUNDS, sizeof *bare, ascending);
    qsort(locked, ROUNDS, sizeof *locked, ascending);
    qsort(ratio, ROUNDS, sizeof *ratio, ascending);
    printf(
        "{\"bench\":\"cosim\",\"cycles_a_tick\":%.1f,\"bare_cycles_per_s\":%.4g,"
        "\"lockstep_cycles_per_s\":%.4g,\"words_per_minute\":%.4g,\"words\":%lld,\"differ\":%lld,"
        "\"lockstep_over_bare_time\":%.3f}\n",
        (double)cycles / (CLIPS * TICKS), (double)cycles / bare[ROUNDS / 2],
        (double)cycles / locked[ROUNDS / 2], 60 * (double)sum.words / locked[ROUNDS / 2],
        (long long)sum.words, (long long)(sum.words_differ + sum.spikes_differ), ratio[ROUNDS / 2]);
    lockstep_free(k);
    free(commits);
    dut_close(&h);
    virtual_chip_free(im);
    net_fini(&net);
    return 0;
}
