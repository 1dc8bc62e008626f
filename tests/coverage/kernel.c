// Stimuli for the coverage of model/: what the unit tests of the kernel leave out. Runs without
// jitter, traces that record one array only, every instruction set, and laws just outside the
// kernel's 32-bit lanes, where network_run has to take the reference. Kernel and reference are
// compared. Exits with 1 if they differ.
#include "tests/rtl/rtl_random.h"

#include <stdio.h>

enum { NETS = 200, TICKS = 20, STRIDE = 32, ARRAYS = 8 };

// A trace that records array `which` of layer 0 only, and its memory.
struct recorded {
    _Alignas(64) int32_t words[TICKS * STRIDE];
    _Alignas(64) uint64_t z[TICKS];
    int32_t count[STRIDE];
    int64_t spikes[1];
};

static struct trace trace_of(struct recorded *m, int which)
{
    struct trace t = {.count = m->count, .spikes = which == 5 ? m->spikes : 0};
    memset(m, 0, sizeof *m);
    t.layer[0].stride = STRIDE;
    if (which == 0) t.layer[0].z = m->z;
    if (which == 1) t.layer[0].c = m->words;
    if (which == 2) t.layer[0].v = m->words;
    if (which == 3) t.layer[0].u = m->words;
    if (which == 4) t.layer[0].r = m->words;
    if (which == 6) t.layer[0].u2 = m->words;
    if (which == 7) t.layer[0].n = m->words;
    return t;
}

// What padding says is nobody's: only the layer's own neurons count.
static bool same(const struct recorded *a, const struct recorded *b, int n_out)
{
    for (int t = 0; t < TICKS; t++)
        if (a->z[t] != b->z[t] ||
            memcmp(&a->words[t * STRIDE], &b->words[t * STRIDE], (size_t)n_out * sizeof(int32_t)))
            return false;
    return !memcmp(a->count, b->count, sizeof a->count) && a->spikes[0] == b->spikes[0];
}

static int run(struct random *r, const struct law *law, int n_in, bool fast, int *runs)
{
    struct image_shape shape = {1, {{n_in, 7, IMAGE_DENSE, true}}};
    struct image im;
    struct network net;
    static struct recorded got, expected;
    const char *what = law_check(law);
    if (what) return fprintf(stderr, "kernel: %s\n", what), 1;
    void *image = random_image(r, law, &shape, &im);
    size_t bytes = network_size(law, &shape);
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    network_init(&net, &im, memory);
    uint8_t *x = malloc((size_t)(TICKS * n_in));
    int16_t jitter[TICKS];
    int differ = net.fast != fast;
    if (differ) fprintf(stderr, "kernel: fast is %d\n", net.fast);
    differ += law_state_words(&lif_kind, law) != 1 + law->currents + (law->refractory_ticks > 0);
    for (int i = 0; i < 2 * ARRAYS * ISAS; i++) {
        random_stimulus(r, &im, TICKS, x, jitter);
        struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = i % 2 ? jitter : 0};
        struct trace a = trace_of(&got, i / 2 % ARRAYS), b = trace_of(&expected, i / 2 % ARRAYS);
        network_use_isa(&net, (enum isa)(i / (2 * ARRAYS)));
        network_run(&net, &s, &a);
        network_run_ref(&net, &s, &b);
        differ += !same(&got, &expected, 7);
        ++*runs;
    }
    free(x);
    free(memory);
    free(image);
    return differ;
}

// Any laws and shapes, whatever runs them.
static int run_any(struct random *r, int *runs)
{
    int differ = 0;
    for (int i = 0; i < NETS; i++) {
        struct law law = random_law(r);
        if (law_check(&law)) continue;
        struct image_shape shape = random_shape(r);
        struct image im;
        struct network net;
        void *image = random_image(r, &law, &shape, &im);
        size_t bytes = network_size(&law, &shape);
        void *memory = aligned_alloc(64, bytes);
        memset(memory, 0, bytes);
        network_init(&net, &im, memory);
        int n_in = shape.layer[0].n_in;
        uint8_t *x = malloc((size_t)(TICKS * n_in));
        int32_t *wide = malloc((size_t)(TICKS * n_in) * sizeof *wide);
        int16_t jitter[TICKS];
        static int32_t count[2][IMAGE_MAX_NEURONS];
        int64_t spikes[2][IMAGE_MAX_LAYERS];
        random_stimulus(r, &im, TICKS, x, jitter);
        if (law.input_signed) random_wide(r, &im, TICKS, wide);
        struct stimulus s = {.n_ticks = TICKS,
                             .x = law.input_signed ? 0 : x,
                             .wide = law.input_signed ? wide : 0,
                             .jitter = i % 3 ? jitter : 0};
        struct trace a = {.count = count[0], .spikes = i % 2 ? spikes[0] : 0};
        struct trace b = {.count = count[1], .spikes = i % 2 ? spikes[1] : 0};
        network_use_isa(&net, (enum isa)(i % ISAS));
        network_run(&net, &s, &a);
        network_run_ref(&net, &s, &b);
        size_t last = (size_t)shape.layer[shape.n_layers - 1].n_out;
        differ += memcmp(count[0], count[1], last * sizeof **count) != 0;
        for (int l = 0; i % 2 && l < shape.n_layers; l++)
            differ += spikes[0][l] != spikes[1][l];
        ++*runs;
        free(wide);
        free(x);
        free(memory);
        free(image);
    }
    return differ;
}

int main(void)
{
    struct random r = {17};
    int runs = 0, differ = run(&r, &law_of_demo, 12, true, &runs);
    for (int kind = LAW_LEAK_NONE; kind <= LAW_LEAK_LINEAR; kind++)
        for (int round = FX_FLOOR; round <= FX_TOWARD_ZERO; round++) {
            struct law a = law_of_demo;
            a.leak_kind = a.decay_kind = (enum law_leak)kind;
            a.round_leak = a.round_decay = a.round_current = (enum fx_round)round;
            a.currents = 1;
            a.current = a.membrane;
            a.refractory_ticks = 3;
            differ += run(&r, &a, 12, true, &runs);
        }
    for (int flag = 0; flag < 4; flag++) { // one flag off the laws that the kernel is made for
        struct law a = law_of_demo;
        a.floor_zero = flag == 0;
        a.fire_gt = flag == 1;
        a.reset_subtract = flag != 2;
        a.refractory_ticks = flag == 3;
        differ += run(&r, &a, 12, true, &runs);
    }
    struct law wide = law_of_demo; // a current of more than 16 bits
    wide.currents = 1;
    wide.current = (struct law_format){9, 8};
    differ += run(&r, &wide, 12, true, &runs);
    struct law fine = law_of_demo; // 34 bits to drop
    fine.weight = (struct law_format){-14, 30};
    fine.membrane = (struct law_format){16, 0};
    differ += run(&r, &fine, 12, false, &runs);
    struct law coarse = law_of_demo; // a sum that its alignment takes over 30 bits
    coarse.input = (struct law_format){8, 0};
    coarse.weight = (struct law_format){16, 0};
    coarse.membrane = (struct law_format){4, 12};
    differ += run(&r, &coarse, 300, false, &runs);
    struct law long_leak = law_of_demo; // a factor beyond 30 bits
    long_leak.leak_signed = true;
    long_leak.leak = (struct law_format){1, 31};
    differ += run(&r, &long_leak, 12, false, &runs);
    struct law gain = law_of_demo; // a product beyond 61 bits
    gain.has_gain = true;
    gain.gain = (struct law_format){32, 0};
    gain.input = (struct law_format){8, 0};
    gain.weight = (struct law_format){16, 0};
    differ += run(&r, &gain, 300, false, &runs);
    struct law membrane = law_of_demo; // of 31 bits
    membrane.membrane = (struct law_format){23, 8};
    differ += run(&r, &membrane, 12, false, &runs);
    differ += run_any(&r, &runs);
    printf("%d runs, %d differ\n", runs, differ);
    return differ || !runs;
}
