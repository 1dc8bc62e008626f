// Speed of a training step (forward, backward, Adam), as clips a second and as clips a second of
// processor time, and what each part of it costs.
//
// Net and data of the peers (bench/bench.h); a fresh virtual chip every so many clips, or for each.
// The products of the backward pass are given as a share of the fused ones that this machine can do
// (measured here). One JSON object a line; --phases: only the parts. bench/compare.py puts the
// peers beside it.
#include "bench/bench.h"
#include "model/lif/many.h"
#include "twin/train/train.h"

#include <omp.h>
#include <string.h>

struct bench {
    struct chip chip;
    struct image_shape shape;
    struct train train;
    struct train_options options;
    uint8_t *x;
    struct batch_clip *clips;
    float *g;
};

static void die(const char *why)
{
    fprintf(stderr, "bench/train: %s\n", why);
    exit(2);
}

static void bench_init(struct bench *b, bool recurrent, int n_clips)
{
    struct fail f;
    *b = (struct bench){.chip = bench_chip()};
    b->shape = bench_shape(recurrent);
    train_defaults(&b->options);
    if (net_init(&b->train.net, &b->shape, &b->chip, &f)) die(f.text);
    size_t n = b->train.net.n_values, words = (size_t)n_clips * TICKS * INPUTS;
    b->train.m = calloc(n, sizeof(float));
    b->train.v = calloc(n, sizeof(float));
    b->g = calloc(n, sizeof(float));
    b->x = malloc(words);
    b->clips = calloc((size_t)n_clips, sizeof *b->clips);
    if (!b->train.m || !b->train.v || !b->g || !b->x || !b->clips) die("out of memory");
    bench_fill(&b->train.net, b->x, words);
    for (int i = 0; i < n_clips; i++)
        b->clips[i] = (struct batch_clip){i, i % CLASSES, 0};
}

static void bench_fini(struct bench *b)
{
    train_fini(&b->train);
    free(b->x);
    free(b->clips);
    free(b->g);
}

// Median clips/s of whole training steps; *per_cpu_s: the same by the processor time of all
// threads, which others on the machine disturb less.
static double training(bool recurrent, int batch_size, int threads, int clips_per_chip,
                       double *per_cpu_s)
{
    struct bench b;
    struct fail f;
    double rate[REPEATS], cpu_rate[REPEATS];
    omp_set_num_threads(threads);
    bench_init(&b, recurrent, batch_size);
    struct batch_options o = {
        .backward = {.slope = 10}, .logit_scale = 0.2f, .clips_per_chip = clips_per_chip};
    struct batch *batch = batch_new(&b.chip, &b.shape, TICKS, batch_size, &o, &f);
    if (!batch) die(f.text);
    b.options.lr = 1e-9; // the weights, and so the spike rates, stay those of the peers' first step
    uint32_t k = VIRTUAL_CHIP_TRAINING;
    int steps = 1;
    for (int r = -1; r < REPEATS; r++) {
        double start = now_s(), cpu_start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (int i = 0; i < steps; i++) {
            batch_gradient(batch, &b.train.net, 0, b.x, b.clips, batch_size, 1, k, b.g);
            k += (uint32_t)((batch_size + clips_per_chip - 1) / clips_per_chip);
            train_update(&b.train, &b.chip, &b.options, b.g, 1);
        }
        double took = now_s() - start, cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
        if (r < 0) {
            steps = (int)fmax(1, 0.15 * steps / took); // first round: warm-up, sets the length
            continue;
        }
        rate[r] = (double)batch_size * steps / took;
        cpu_rate[r] = (double)batch_size * steps / cpu;
    }
    batch_free(batch);
    bench_fini(&b);
    *per_cpu_s = median(cpu_rate, REPEATS);
    return median(rate, REPEATS);
}

typedef float lanes __attribute__((vector_size(64)));

static lanes fused(lanes a, lanes b, lanes c)
{
#if defined __AVX512F__
    return (lanes)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#else
    return a * b + c; // two instructions, counted as one fused product
#endif
}

// Fused products a second of one core: 16 sums in registers, factors from the first-level cache.
static double peak_products_per_s(void)
{
    enum { ROWS = 64, ROUNDS = 10000 };
    static lanes row[ROWS];
    double best = 0;
    for (int r = 0; r < REPEATS; r++) {
        lanes s[16];
        for (int j = 0; j < 16; j++)
            s[j] = row[j];
        double start = cpu_s();
        for (int k = 0; k < ROUNDS; k++) {
            for (int i = 0; i < ROWS; i += 2)
                for (int j = 0; j < 16; j++)
                    s[j] = fused(row[i], row[i + 1], s[j]);
            __asm__ volatile("" : : "r"(row) : "memory");
        }
        double took = cpu_s() - start;
        for (int j = 0; j < 16; j++)
            row[j] = s[j];
        best = fmax(best, 16.0 * 16 * ROWS / 2 * ROUNDS / took);
    }
    return best;
}

// What each part of a step costs on one thread, in CPU time: the fastest of several rounds.
struct phases {
    double draw, init, load, collect; // of a virtual chip
    double forward, backward;         // of a clip of 16 (backward: of 4) of a chip
    double forward_alone, backward_alone;
    double store, update; // of a step
};

static void take_phases(struct phases *p, struct bench *b, struct image *im, void *memory,
                        struct many *many, struct backward *back,
                        struct virtual_chip_stored *stored, struct virtual_chip_note *note,
                        const struct stimulus *s, struct trace *t,
                        const struct backward_clip *clips)
{
    const struct backward_options options = {.slope = 10};
    double start;
#define TAKE(phase, times, code)                                                                   \
    start = cpu_s();                                                                               \
    for (int i = 0; i < (times); i++)                                                              \
        code;                                                                                      \
    p->phase = fmin(p->phase, (cpu_s() - start) / (times))
    TAKE(store, 16, virtual_chip_store(stored, &b->chip, &b->train.net));
    TAKE(draw, 16,
         virtual_chip_draw(im, &b->chip, &b->train.net, stored, 1, VIRTUAL_CHIP_TRAINING, note));
    TAKE(init, 16, many_init(many, im, memory));
    TAKE(load, 16, backward_load(back, im, &options));
    TAKE(forward, 4, many_run(many, MANY_CLIPS, s, t));
    TAKE(forward_alone, 64, many_run(many, 1, &s[i % MANY_CLIPS], &t[i % MANY_CLIPS]));
    TAKE(backward, 16, backward_run(back, &clips[i * BACKWARD_GROUP % MANY_CLIPS], BACKWARD_GROUP));
    TAKE(backward_alone, 64, backward_run(back, &clips[i % MANY_CLIPS], 1));
    TAKE(collect, 16, backward_collect(back, &b->train.net, note, b->g));
    TAKE(update, 16, train_update(&b->train, &b->chip, &b->options, b->g, 0));
#undef TAKE
}

static void phases(bool recurrent, double peak)
{
    struct bench b;
    struct fail f;
    bench_init(&b, recurrent, MANY_CLIPS);
    struct image *im = virtual_chip_new(&b.chip, &b.shape);
    void *memory = aligned_alloc(64, many_size(&b.chip.law, &b.shape));
    struct virtual_chip_note note = {0};
    struct many many;
    struct backward back;
    static int16_t c[MANY_CLIPS][2][TICKS * HIDDEN] __attribute__((aligned(64)));
    static uint64_t z[MANY_CLIPS][2][TICKS];
    int32_t count[MANY_CLIPS][CLASSES];
    const float gcount[CLASSES] = {0.1f, -0.1f};
    struct stimulus s[MANY_CLIPS];
    struct trace t[MANY_CLIPS];
    struct backward_clip clips[MANY_CLIPS];
    struct virtual_chip_stored stored;
    if (!im || !memory || virtual_chip_stored_init(&stored, &b.shape) ||
        backward_init(&back, &b.shape, TICKS, &f))
        die("out of memory");
    for (int l = 0; l < 2; l++)
        if (!(note.gain[l] = calloc(b.train.net.n_values, sizeof(float)))) die("out of memory");
    for (int i = 0; i < MANY_CLIPS; i++) {
        s[i] = (struct stimulus){.n_ticks = TICKS, .x = b.x + (size_t)i * TICKS * INPUTS};
        t[i] = (struct trace){.count = count[i]};
        for (int l = 0; l < 2; l++)
            t[i].layer[l] = (struct trace_layer){
                .z = z[i][l], .c16 = c[i][l], .stride = network_padded(l ? CLASSES : HIDDEN)};
        clips[i] = (struct backward_clip){s[i], &t[i], gcount};
    }
    struct phases p;
    for (size_t i = 0; i < sizeof p / sizeof(double); i++)
        ((double *)&p)[i] = INFINITY;
    for (int r = 0; r < 4 * REPEATS; r++)
        take_phases(&p, &b, im, memory, &many, &back, &stored, &note, s, t, clips);
    p.forward /= MANY_CLIPS;
    p.backward /= BACKWARD_GROUP;
    double products = (double)TICKS * HIDDEN * (CLASSES + (recurrent ? HIDDEN : 0));
    printf("{\"bench\":\"phases\",\"net\":\"%s\",\"clip_us\":{\"forward\":%.3f,\"backward\":%.3f,"
           "\"forward_alone\":%.3f,\"backward_alone\":%.3f},\"chip_us\":{\"draw\":%.3f,"
           "\"init\":%.3f,\"load\":%.3f,\"collect\":%.3f},\"step_us\":{\"store\":%.3f,\"update\":%."
           "3f},"
           "\"backward_products_share_of_peak\":%.3f}\n",
           recurrent ? "rec" : "ff", p.forward * 1e6, p.backward * 1e6, p.forward_alone * 1e6,
           p.backward_alone * 1e6, p.draw * 1e6, p.init * 1e6, p.load * 1e6, p.collect * 1e6,
           p.store * 1e6, p.update * 1e6, products / p.backward / peak);
    for (int l = 0; l < 2; l++)
        free(note.gain[l]);
    backward_fini(&back);
    virtual_chip_stored_fini(&stored);
    virtual_chip_free(im);
    free(memory);
    bench_fini(&b);
}

int main(int argc, char **argv)
{
    static const struct {
        int batch, clips_per_chip;
    } modes[] = {{16, 8}, {256, 16}, {1024, 64}, {256, 1}};
    double peak = peak_products_per_s();
    printf("{\"bench\":\"peak\",\"products_per_s\":%.4g}\n", peak);
    phases(false, peak);
    phases(true, peak);
    if (argc > 1 && !strcmp(argv[1], "--phases")) return 0;
    for (int recurrent = 0; recurrent < 2; recurrent++) {
        const char *net = recurrent ? "rec" : "ff";
        for (int threads = 1; threads <= 2; threads++)
            for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
                int batch = modes[i].batch, each = modes[i].clips_per_chip;
                double per_cpu_s, per_s = training(recurrent, batch, threads, each, &per_cpu_s);
                printf("{\"bench\":\"train\",\"net\":\"%s\",\"threads\":%d,\"B\":%d,"
                       "\"clips_per_chip\":%d,\"per_s_med\":%.0f,\"per_cpu_s_med\":%.0f}\n",
                       net, threads, batch, each, per_s, per_cpu_s);
                fflush(stdout);
            }
    }
    return 0;
}
