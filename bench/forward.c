// Speed of the forward pass: prediction and what training records, by instruction set, beside the
// plain ways to do the same; and a roofline: what share of the measured peak each phase reaches.
//
// Net and data of the peers (bench/bench.h). One thread's CPU time, but for "chips": many chips,
// each with its own words, times many clips, on two threads, as the peers count it. One JSON object
// a line.
//
// The peak is of 16-bit additions with one operand in the first-level cache: 32 lanes an
// instruction. A phase's lane operations are counted from its source: 64 lanes · rows added, or
// · instructions of model/lif/many_step.h.
#define ISA_NAME bench
#include "bench/bench.h"
#include "model/lif/kernel_many.c" // its phases, one by one
#include "twin/net/virtual_chip.h"

#include <omp.h>
#include <string.h>

enum { CLIPS = 256, CHIPS = 64, BLOCK = MANY_CLIPS };

struct bench {
    struct chip chip;
    struct image_shape shape;
    struct net net;
    struct image *image;
    uint8_t *x;      // (CLIPS, TICKS, INPUTS)
    int16_t *jitter; // (CLIPS, TICKS)
    struct many many;
    struct network network;
    void *many_memory, *network_memory;
    struct stimulus s[CLIPS];
    struct trace count_only[CLIPS], recorded[CLIPS]; // recorded: into BLOCK places
    int32_t count[CLIPS][CLASSES];
    int64_t spikes[CLIPS][IMAGE_MAX_LAYERS];
};

static void die(const char *why)
{
    fprintf(stderr, "bench/forward: %s\n", why);
    exit(2);
}

static void *zeroed(size_t bytes)
{
    bytes = (bytes + 63) / 64 * 64;
    void *p = aligned_alloc(64, bytes);
    if (!p) die("out of memory");
    return memset(p, 0, bytes);
}

static void bench_init(struct bench *b, bool recurrent)
{
    struct fail f;
    memset(b, 0, sizeof *b);
    b->chip = bench_chip();
    b->chip.jitter.sigma = 0.01; // of a tick
    b->chip.jitter.acts_leak = true;
    b->shape = bench_shape(recurrent);
    if (net_init(&b->net, &b->shape, &b->chip, &f)) die(f.text);
    b->x = zeroed(CLIPS * TICKS * INPUTS);
    b->jitter = zeroed(CLIPS * TICKS * sizeof *b->jitter);
    bench_fill(&b->net, b->x, CLIPS * TICKS * INPUTS);
    b->image = virtual_chip_new(&b->chip, &b->shape);
    b->many_memory = zeroed(many_size(&b->chip.law, &b->shape));
    b->network_memory = zeroed(network_size(&b->chip.law, &b->shape));
    if (!b->image) die("out of memory");
    virtual_chip_make(b->image, &b->chip, &b->net, 1, 1, 0);
    many_init(&b->many, b->image, b->many_memory);
    network_init(&b->network, b->image, b->network_memory);
    if (!b->many.fast) die("the bench's net is beyond the kernel of many clips");
    for (int i = 0; i < CLIPS; i++) {
        int16_t *jitter = b->jitter + i * TICKS;
        virtual_chip_jitter(&b->chip, 1, 1, (uint64_t)i, jitter, TICKS);
        b->s[i] = (struct stimulus){.n_ticks = TICKS, .x = b->x + i * TICKS * INPUTS};
        b->count_only[i] = (struct trace){.count = b->count[i], .spikes = b->spikes[i]};
        b->recorded[i] = b->count_only[i];
        for (int l = 0; l < 2; l++) {
            struct trace_layer *t = &b->recorded[i].layer[l];
            t->stride = network_padded(b->shape.layer[l].n_out);
            if (i >= BLOCK) {
                *t = b->recorded[i % BLOCK].layer[l];
                continue;
            }
            t->z = zeroed(TICKS * sizeof *t->z);
            t->c16 = zeroed(TICKS * (size_t)t->stride * sizeof *t->c16);
        }
    }
}

static void bench_fini(struct bench *b)
{
    for (int i = 0; i < BLOCK; i++)
        for (int l = 0; l < 2; l++) {
            free(b->recorded[i].layer[l].z);
            free(b->recorded[i].layer[l].c16);
        }
    virtual_chip_free(b->image);
    net_fini(&b->net);
    free(b->many_memory);
    free(b->network_memory);
    free(b->jitter);
    free(b->x);
}

// Ways through the clips, each all of them once.
typedef void way(struct bench *b);

static void by_reference(struct bench *b)
{
    for (int i = 0; i < 4; i++) // slow: a few stand for all
        network_run_ref(&b->network, &b->s[i], &b->count_only[i]);
}

static void clip_by_clip(struct bench *b)
{
    for (int i = 0; i < CLIPS; i++)
        network_run(&b->network, &b->s[i], &b->count_only[i]);
}

static void many_counted(struct bench *b)
{
    many_run(&b->many, CLIPS, b->s, b->count_only);
}

static void many_recorded(struct bench *b)
{
    for (int i = 0; i < CLIPS; i += BLOCK)
        many_run(&b->many, BLOCK, b->s + i, b->recorded + i);
}

static void fresh_recorded(struct bench *b) // a chip's tables made for each clip
{
    for (int i = 0; i < CLIPS; i++) {
        enum isa isa = b->many.isa;
        many_init(&b->many, b->image, b->many_memory);
        if (isa != b->many.isa) many_use_isa(&b->many, isa);
        many_run(&b->many, 1, b->s + i, b->recorded + i);
    }
}

// The same net as one writes it in C: no table, no lanes but the compiler's, floor for rounding.
static void plain_loops(struct bench *b)
{
    for (int i = 0; i < CLIPS; i++) {
        int32_t v1[HIDDEN] = {0}, v2[CLASSES] = {0}, z[HIDDEN] = {0}, count[CLASSES] = {0};
        const struct image_layer *y = b->image->layer, *o = y + 1;
        for (int t = 0; t < TICKS; t++) {
            const uint8_t *x = b->s[i].x + t * INPUTS;
            int32_t acc[HIDDEN] = {0}, own[HIDDEN];
            memcpy(own, z, sizeof own);
            for (int k = 0; k < INPUTS; k++)
                for (int n = 0; n < HIDDEN; n++)
                    acc[n] += x[k] * y->w[k * HIDDEN + n];
            for (int k = 0; y->recurrent && k < HIDDEN; k++)
                for (int n = 0; n < HIDDEN; n++)
                    acc[n] += own[k] * y->w[(INPUTS + k) * HIDDEN + n];
            for (int n = 0; n < HIDDEN; n++) {
                int32_t c = v1[n] - v1[n] * y->neuron[n].lambda / 65536 + acc[n];
                c = c > 32767 ? 32767 : c < -32768 ? -32768 : c;
                z[n] = c >= y->neuron[n].theta;
                v1[n] = z[n] ? c - y->neuron[n].theta : c;
            }
            for (int n = 0; n < CLASSES; n++) {
                int32_t sum = 0;
                for (int k = 0; k < HIDDEN; k++)
                    sum += z[k] * o->w[k * CLASSES + n];
                int32_t c = v2[n] - v2[n] * o->neuron[n].lambda / 65536 + sum;
                c = c > 32767 ? 32767 : c < -32768 ? -32768 : c;
                bool fired = c >= o->neuron[n].theta;
                v2[n] = fired ? c - o->neuron[n].theta : c;
                count[n] += fired;
            }
        }
        memcpy(b->count[i], count, sizeof count);
    }
}

// Median clips/s of a way.
static double speed(struct bench *b, way *go, int clips)
{
    double rate[REPEATS];
    int rounds = 1;
    for (int r = -1; r < REPEATS; r++) {
        double start = cpu_s();
        for (int k = 0; k < rounds; k++)
            go(b);
        double took = cpu_s() - start;
        if (r < 0)
            rounds = (int)fmax(1, 0.03 * rounds / took); // warm-up, sets the length
        else
            rate[r] = clips * rounds / took;
    }
    return median(rate, REPEATS);
}

// Synaptic additions of a clip that events make: spikes times fan-out.
static double adds_of_a_clip(struct bench *b, bool recurrent)
{
    double in = 0, own = 0;
    many_counted(b);
    for (int i = 0; i < CLIPS * TICKS * INPUTS; i++)
        in += b->x[i];
    for (int i = 0; i < CLIPS; i++)
        own += (double)b->spikes[i][0];
    return (in * HIDDEN + own * (CLASSES + (recurrent ? HIDDEN : 0))) / CLIPS;
}

static void ways(struct bench *b, bool recurrent, double peak)
{
    static const struct {
        const char *name;
        way *go;
        int clips;
        bool jitter;
        bool any_isa; // compiled for this machine alone, or for none
    } all[] = {{"reference", by_reference, 4, false, true},
               {"plain C", plain_loops, CLIPS, false, true},
               {"clip by clip", clip_by_clip, CLIPS, false, false},
               {"prediction", many_counted, CLIPS, false, false},
               {"prediction, jitter", many_counted, CLIPS, true, false},
               {"training", many_recorded, CLIPS, false, false},
               {"training, jitter", many_recorded, CLIPS, true, false},
               {"training, a chip a clip", fresh_recorded, CLIPS, true, false}};
    const double adds = adds_of_a_clip(b, recurrent);
    double plain = 0;
    for (int isa = ISAS - 1; isa >= 0; isa--) {
        if (!many_use_isa(&b->many, (enum isa)isa)) continue;
        network_use_isa(&b->network, (enum isa)isa);
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            if (all[i].any_isa && plain > 0) continue;
            for (int k = 0; k < CLIPS; k++)
                b->s[k].jitter = all[i].jitter ? b->jitter + k * TICKS : 0;
            double clips = speed(b, all[i].go, all[i].clips);
            if (all[i].go == plain_loops) plain = clips;
            printf("{\"bench\":\"forward\",\"net\":\"%s\",\"isa\":\"%s\",\"way\":\"%s\","
                   "\"per_s_med\":%.0f,\"adds_per_s\":%.4g,\"share_of_peak\":%.4f,"
                   "\"times_plain\":%.2f}\n",
                   recurrent ? "rec" : "ff", all[i].any_isa ? "any" : isa_names[isa], all[i].name,
                   clips, clips * adds, clips * adds / peak, plain > 0 ? clips / plain : 0);
            fflush(stdout);
        }
        if (isa == ISA_AVX2 && !isa_has(ISA_AVX512)) break;
    }
    many_use_isa(&b->many, isa_has(ISA_AVX512) ? ISA_AVX512 : ISA_GENERIC);
    for (int k = 0; k < CLIPS; k++)
        b->s[k].jitter = 0;
}

// --- phases of a block of BLOCK clips, compiled for this machine ---------------------------------

typedef void phase(struct many *m, const struct block *b);

static void phase_inputs(struct many *m, const struct block *b)
{
    read_inputs(m, b);
}

// The hidden layer's rows added up, and nothing else.
static void phase_gather(struct many *m, const struct block *b)
{
    const struct many_layer *y = &m->layer[0];
    const int own_units = y->recurrent ? MANY_LANES / MANY_UNIT : 0, words = 64 * MANY_LANES;
    fx16 sink[MANY_MOST] = {{0}};
    for (int tick = 1; tick < b->n_ticks; tick++)
        for (int k = 0; k < b->n_clips; k++) {
            const uint16_t *own = y->z + ((tick - 1) * MANY_CLIPS + k) * y->units_out;
            fx16 acc[MANY_MOST] = {{0}};
            add_unit(acc, y->table, m->x[tick * MANY_CLIPS + k], MANY_LANES);
            for (int u = 0; u < own_units; u++)
                add_unit(acc, y->table + (u + 1) * words, own[u], MANY_LANES);
            for (int i = 0; i < MANY_LANES / FX16; i++)
                sink[i] ^= acc[i];
        }
    fx16_store(m->input, sink[0] ^ sink[MANY_LANES / FX16 - 1]);
}

static void phase_hidden(struct many *m, const struct block *b)
{
    run_layer_planned(m, 0, b, false);
}

static void phase_output_gather(struct many *m, const struct block *b)
{
    gather_slice(m, 1, 0, 0, b->n_clips, b, false);
}

static void phase_output(struct many *m, const struct block *b)
{
    run_layer_planned(m, 1, b, false);
}

static void phase_spikes(struct many *m, const struct block *b)
{
    record(m, 0, b);
}

static void phases(struct bench *b, bool recurrent, double peak)
{
    enum { STEP = 10 }; // instructions of step and kept: exponential leak, reset by subtraction
    const double rows = 4 * (1 + (recurrent ? HIDDEN / MANY_UNIT : 0));
    const struct {
        const char *name;
        phase *go;
        double lane_ops; // of a clip and tick
    } all[] = {{"inputs to bits", phase_inputs, 0},
               {"hidden: gather", phase_gather, rows * HIDDEN},
               {"hidden: gather to reset", phase_hidden, (rows + STEP) * HIDDEN},
               {"output: gather", phase_output_gather, HIDDEN / 8 * 4},
               {"output: gather to reset", phase_output, HIDDEN / 8 * 4 + (STEP + 1) * 4},
               {"hidden spikes counted", phase_spikes, 0}};
    struct block block = {0, TICKS, BLOCK, b->s, b->count_only};
    if (!MANY_BUILD(&b->many)) die("the tables do not fit");
    MANY_RUN(&b->many, BLOCK, b->s, b->count_only);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        double took[REPEATS];
        enum { ROUNDS = 200 };
        for (int r = 0; r < REPEATS; r++) {
            double start = cpu_s();
            for (int k = 0; k < ROUNDS; k++)
                all[i].go(&b->many, &block);
            took[r] = (cpu_s() - start) / (ROUNDS * BLOCK * TICKS);
        }
        double each = median(took, REPEATS);
        printf("{\"bench\":\"phase\",\"net\":\"%s\",\"lanes\":%d,\"phase\":\"%s\",\"ns\":%.3f,"
               "\"lane_ops_per_s\":%.4g,\"share_of_peak\":%.4f}\n",
               recurrent ? "rec" : "ff", FX16, all[i].name, 1e9 * each, all[i].lane_ops / each,
               all[i].lane_ops / each / peak);
    }
}

// --- chips times clips on two threads, each chip with its own words ------------------------------

static void chips_times_clips(struct bench *b, bool recurrent, bool make, bool jitter)
{
    enum { THREADS = 2 };
    struct image *image[CHIPS];
    void *memory[THREADS];
    double rate[REPEATS], per_cpu[REPEATS];
    for (int k = 0; k < CLIPS; k++)
        b->s[k].jitter = jitter ? b->jitter + k * TICKS : 0;
    for (int i = 0; i < THREADS; i++)
        memory[i] = zeroed(many_size(&b->chip.law, &b->shape));
    for (int i = 0; i < CHIPS; i++) {
        image[i] = virtual_chip_new(&b->chip, &b->shape);
        if (!image[i]) die("out of memory");
        virtual_chip_make(image[i], &b->chip, &b->net, 1, (uint32_t)i + 1, 0);
    }
    for (int r = -1; r < REPEATS; r++) {
        double start = now_s(), busy = 0; // without the time that a thread waits for the other
#pragma omp parallel for schedule(dynamic, 1) num_threads(THREADS) reduction(+ : busy)
        for (int i = 0; i < CHIPS; i++) {
            int32_t count[CLIPS][CLASSES];
            struct trace t[CLIPS];
            struct many m;
            double from = cpu_s();
            if (make) virtual_chip_make(image[i], &b->chip, &b->net, 1, (uint32_t)i + 1, 0);
            many_init(&m, image[i], memory[omp_get_thread_num()]);
            for (int k = 0; k < CLIPS; k++)
                t[k] = (struct trace){.count = count[k]};
            many_run(&m, CLIPS, b->s, t);
            busy += cpu_s() - from;
        }
        if (r < 0) continue;
        rate[r] = CHIPS * CLIPS / (now_s() - start);
        per_cpu[r] = CHIPS * CLIPS / busy;
    }
    printf("{\"bench\":\"chips\",\"net\":\"%s\",\"threads\":%d,\"N\":%d,\"M\":%d,"
           "\"chips_made\":%s,\"jitter\":%s,\"per_s_med\":%.0f,\"per_cpu_s_med\":%.0f}\n",
           recurrent ? "rec" : "ff", THREADS, CHIPS, CLIPS, make ? "true" : "false",
           jitter ? "true" : "false", median(rate, REPEATS), median(per_cpu, REPEATS));
    fflush(stdout);
    for (int i = 0; i < CHIPS; i++)
        virtual_chip_free(image[i]);
    for (int i = 0; i < THREADS; i++)
        free(memory[i]);
}

int main(int argc, char **argv)
{
    const bool only_chips = argc > 1 && !strcmp(argv[1], "--chips");
    static struct bench b;
    double peak = peak_adds_per_s();
    printf("{\"bench\":\"peak\",\"adds_per_s\":%.4g}\n", peak);
    for (int recurrent = 0; recurrent < 2; recurrent++) {
        bench_init(&b, recurrent);
        for (int i = 0; i < 4; i++)
            chips_times_clips(&b, recurrent, i & 1, i & 2);
        if (!only_chips) {
            ways(&b, recurrent, peak);
            phases(&b, recurrent, peak);
        }
        bench_fini(&b);
    }
    return 0;
}
