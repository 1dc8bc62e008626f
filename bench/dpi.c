// The DPI law: what a neuron-tick costs in the model and in lockstep, on mismatched chips.
//
//   build/release/bench/dpi [WORDS]
//
// The frozen-noise net (60 inputs at 50 Hz, 2 recurrent neurons, 500 ticks) in the formats of
// training. Model: 2000 chips, 2 stimuli each. Lockstep: further chips until WORDS state words
// (10^7 if not given) are compared; then the same stimuli on the bare Verilated layer, in rounds
// that take turns. Exit code 1 if a word differs.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "tests/lib/dpi_nominal.h"
#include "twin/dpi/dpi_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHIPS = 2000, TICKS = 500, IN = 60, OUT = 2, SAMPLES = 2 };

static void die(const char *why)
{
    fprintf(stderr, "bench/dpi: %s\n", why);
    exit(2);
}

static double now_s(void) // of this process
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t lcg = 1;
static double uniform(void)
{
    lcg = lcg * 6364136223846793005u + 1442695040888963407u;
    return (double)(lcg >> 33) / 2147483648.0;
}

// Circuits ± 30 % (uniform), weights of the trained net's size.
static void draw_chip(struct dpi_image *im, struct dpi_clamped *clamped)
{
    const struct dpi_scale scale = {5e-13, 1e-3};
    struct dpi_layer *y = &im->layer[0];
    for (int n = 0; n < OUT; n++) {
        struct dpi_circuit c = dpi_nominal;
        for (int i = 0; i < DPI_CIRCUIT_VALUES; i++)
            ((double *)&c)[i] *= 0.7 + 0.6 * uniform();
        dpi_words_neuron(&im->law, &scale, &c, &y->neuron[n], clamped);
        double charge = dpi_words_charge(&c);
        for (int i = 0; i < dpi_sources(y); i++)
            y->w[i * OUT + n] =
                dpi_words_weight(&im->law, &scale, charge, 1e-8 * (16 * uniform() - 7.5), clamped);
    }
}

static void bench_model(struct dpi_image *im, const struct dpi_stimulus *s)
{
    struct dpi_clamped clamped = {0};
    int32_t count[OUT];
    int64_t spikes = 0;
    double spent = 0;
    for (int chip = 0; chip < CHIPS; chip++) {
        draw_chip(im, &clamped);
        double start = now_s();
        for (int i = 0; i < SAMPLES; i++) {
            struct dpi_state state[OUT];
            struct dpi_trace t = {.count = count};
            dpi_image_rest(im, state);
            dpi_run(im, &s[i], state, &t);
            spikes += count[0] + count[1];
        }
        spent += now_s() - start;
    }
    printf("model, reference: %d chips x %d samples x %d ticks x %d neurons: %.2f s, %.0f ns a "
           "neuron-tick; %" PRId64 " spikes, %" PRId64 " words clamped\n",
           CHIPS, SAMPLES, TICKS, OUT, spent, 1e9 * spent / CHIPS / SAMPLES / TICKS / OUT, spikes,
           clamped.words);
}

static double bare(struct dut_handle *h, const struct dpi_image *im, const struct stimulus *s,
                   int64_t *cycles)
{
    struct dpi_state state[OUT];
    static struct dpi_commit commits[OUT];
    char message[1024];
    const struct law_image view = law_image_dpi(im, 0);
    dpi_image_rest(im, state);
    double start = now_s();
    if (dut_rest(h, &view, state, message, sizeof message)) die(message);
    for (int t = 0; t < TICKS; t++) {
        int64_t n = h->ops->tick(h->dut, s, t, commits, message, sizeof message);
        if (n < 0) die(message);
        *cycles += n;
    }
    return now_s() - start;
}

static int bench_lockstep(struct dpi_image *im, const struct stimulus *s, int64_t words)
{
    const struct law_image view = law_image_dpi(im, 0);
    const struct lockstep_options how = {.stages = true};
    struct dut_build_options o = {SPIKETWIN_ROOT, "build/dut", false};
    struct dut_handle h;
    struct lockstep_result r = {0};
    struct dpi_clamped clamped = {0};
    char path[DUT_PATH], message[1024];
    double compared = 0, alone = 0;
    int64_t cycles = 0;
    int chips = 0, rc = 0;
    if (dut_build(&dpi_kind, &im->law, &view.shape, &o, path, message, sizeof message) ||
        dut_open(&h, path, message, sizeof message))
        die(message);
    for (; r.words < words && rc == 0; chips++) {
        draw_chip(im, &clamped);
        struct lockstep *k = lockstep_new(&h, &view, TICKS, message, sizeof message);
        if (!k) die(message);
        double start = now_s();
        rc = lockstep_run(k, &s[chips % SAMPLES], &how, &r, message, sizeof message);
        compared += now_s() - start;
        if (rc < 0) die(message);
        lockstep_free(k);
        alone += bare(&h, im, &s[chips % SAMPLES], &cycles);
    }
    printf("lockstep, %s: %d chips, %" PRId64 " state words, %" PRId64 " differ; %" PRId64
           " stages, %" PRId64 " differ; %" PRId64 " spikes\n",
           im->law.gaba ? "silicon" : "compat", chips, r.words, r.words_differ, r.stages,
           r.stages_differ, r.fired);
    printf("  %.1f s: %.2e state words a minute, %.2e values; %.2f times the bare layer's time, "
           "which runs %.1f M cycles/s, %.1f cycles a neuron-tick\n",
           compared, 60 * (double)r.words / compared, 60 * (double)(r.words + r.stages) / compared,
           compared / alone, 1e-6 * (double)cycles / alone,
           (double)r.cycles / (double)(r.ticks * OUT));
    if (rc) lockstep_explain(stdout, &view, &r.first);
    dut_close(&h);
    return rc;
}

int main(int argc, char **argv)
{
    static uint8_t x[SAMPLES][TICKS * IN];
    int64_t words = argc > 1 ? atoll(argv[1]) : 10000000;
    int rc = 0;
    if (argc > 2 || words < 1) die("usage: bench/dpi [WORDS]");
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < TICKS * IN; k++)
            x[i][k] = (uint8_t)((uniform() < 0.05) + (uniform() < 0.001));
    const struct dpi_stimulus s[SAMPLES] = {{TICKS, x[0]}, {TICKS, x[1]}};
    const struct stimulus both[SAMPLES] = {{.n_ticks = TICKS, .x = x[0]},
                                           {.n_ticks = TICKS, .x = x[1]}};
    struct dpi_image sizes = {.n_layers = 1,
                              .layer = {{.n_in = IN, .n_out = OUT, .recurrent = true}}};
    for (int mode = 0; mode < 2; mode++) {
        struct dpi_image *im = dpi_image_new(mode ? &dpi_silicon : &dpi_compat, &sizes);
        if (!im) die("out of memory");
        bench_model(im, s);
        rc |= bench_lockstep(im, both, words / 2);
        dpi_image_free(im);
    }
    return rc;
}
