// Stimuli for the coverage of model/: every rule of law_check, image_shape_check and image_check
// broken on its own, on both sides of its range where it has two. Exits with 1 if one is accepted.
#include "tests/rtl/rtl_random.h"

#include <stdio.h>

static int refused, accepted;

static void expect_refusal(const char *what, const char *message)
{
    refused += message != 0;
    accepted += message == 0;
    if (!message) fprintf(stderr, "refusals: accepted: %s\n", what);
}

#define LAW(change)                                                                                \
    do {                                                                                           \
        struct law a = law_of_demo;                                                                \
        a.current = a.membrane;                                                                    \
        change;                                                                                    \
        expect_refusal(#change, law_check(&a));                                                    \
    } while (0)

static void laws(void)
{
    LAW(a.input = ((struct law_format){0, 0}));
    LAW(a.input = ((struct law_format){5, 4}));
    LAW(a.weight = ((struct law_format){1, 0}));
    LAW(a.weight = ((struct law_format){9, 8}));
    LAW(a.membrane = ((struct law_format){3, 0}));
    LAW(a.membrane = ((struct law_format){25, 8}));
    LAW(a.leak = ((struct law_format){0, 0}));
    LAW(a.leak = ((struct law_format){1, 16}));
    LAW(a.leak = ((struct law_format){1, -1}));
    LAW(a.leak = ((struct law_format){-1, -1}));
    LAW(a.leak = ((struct law_format){2, -1}));
    LAW(a.leak = ((struct law_format){-40, 41}));
    LAW(a.currents = 1; a.current = ((struct law_format){1, 2}));
    LAW(a.currents = 1; a.current = ((struct law_format){25, 8}));
    LAW(a.currents = 1; a.current = ((struct law_format){9, 7}));
    LAW(a.symmetric = a.wrap = true);
    LAW(a.input_signed = true; a.input = ((struct law_format){25, 8}));
    LAW(a.leak_signed = true; a.leak = ((struct law_format){25, 8}));
    LAW(a.leak_signed = true; a.leak = ((struct law_format){0, 16}));
    LAW(a.leak_signed = true; a.leak = ((struct law_format){2, 8}); a.leak_kind = LAW_LEAK_LINEAR);
    LAW(a.leak_signed = true; a.leak = ((struct law_format){2, 8}); a.decay_kind = LAW_LEAK_LINEAR);
    LAW(a.membrane = ((struct law_format){24, 8}); a.leak = ((struct law_format){25, 7});
        a.leak_signed = true; a.round_leak = FX_NEAREST_EVEN);
    LAW(a.membrane = ((struct law_format){32, 0}); a.leak = ((struct law_format){29, 3});
        a.leak_signed = true; a.round_leak = FX_CEILING);
    LAW(a.has_gain = true; a.gain = ((struct law_format){1, 0}));
    LAW(a.has_gain = true; a.gain = ((struct law_format){25, 8}));
    LAW(a.currents = 3);
    LAW(a.decay_last = true);
    LAW(a.currents = 1; a.saturate_each = true);
    LAW(a.currents = 1; a.decay_last = a.saturate_each = a.wrap = true);
    LAW(a.currents = 1; a.decay_last = a.saturate_each = a.has_gain = true);
    LAW(a.currents = 1; a.decay_last = a.saturate_each = true; a.weight.frac_bits = 7);
    LAW(a.currents = 1; a.decay_last = a.saturate_each = true);
    LAW(a.saturate_increment = a.wrap = true);
    LAW(a.saturate_increment = a.refractory_hold = true);
    LAW(a.weight = ((struct law_format){16, 0}); a.membrane = ((struct law_format){4, 20}));
    LAW(a.weight = ((struct law_format){-30, 38}); a.membrane = ((struct law_format){16, 0}));
}

#define SHAPE(change)                                                                              \
    do {                                                                                           \
        struct image_shape s = shape_of_demo;                                                      \
        change;                                                                                    \
        expect_refusal(#change, image_shape_check(&s));                                            \
    } while (0)

static void shapes(void)
{
    SHAPE(s.n_layers = 0);
    SHAPE(s.n_layers = IMAGE_MAX_LAYERS + 1);
    SHAPE(s.layer[0].n_in = 0);
    SHAPE(s.layer[0].n_in = IMAGE_MAX_NEURONS + 1);
    SHAPE(s.layer[2].n_out = 0);
    SHAPE(s.layer[2].n_out = IMAGE_MAX_NEURONS + 1);
    SHAPE(s.layer[1].n_in = 17);
    SHAPE(s.layer[0].n_out = 17);
    SHAPE(s.layer[0].recurrent = true);
    SHAPE(s.layer[0].delayed = true);
    SHAPE(s.layer[1].max_spikes = -1);
    SHAPE(s.layer[1].max_spikes = 2);
    SHAPE(s.layer[1].max_spikes = 127);
}

// One word of an image at `bad`, and back.
#define WORD(at, bad)                                                                              \
    do {                                                                                           \
        struct image im;                                                                           \
        void *memory = random_image(&r, &a, &shape_of_demo, &im);                                  \
        if (image_check(&im)) accepted++, fprintf(stderr, "refusals: a legal image\n");            \
        im.layer[1].at = bad;                                                                      \
        expect_refusal(#at " = " #bad, image_check(&im));                                          \
        free(memory);                                                                              \
    } while (0)

static void words(void)
{
    struct random r = {3};
    struct law a = law_of_demo;
    a.weight = (struct law_format){4, 8};
    a.currents = 1;
    a.current = a.membrane;
    a.decay_kind = LAW_LEAK_EXPONENTIAL;
    WORD(w[5], 2048);
    WORD(w[5], -2049);
    WORD(neuron[3].lambda, 65536);
    WORD(neuron[3].lambda, -1);
    WORD(neuron[3].lambda_slope, 65536);
    WORD(neuron[3].lambda_slope, -1);
    WORD(neuron[3].mu, 65536);
    WORD(neuron[3].mu, -1);
    WORD(neuron[3].mu_slope, 65536);
    WORD(neuron[3].mu_slope, -1);
    WORD(neuron[3].theta, 32768);
    WORD(neuron[3].theta, -32769);
    WORD(neuron[3].bias, 32768);
    WORD(neuron[3].bias, -32769);
}

int main(void)
{
    laws();
    shapes();
    words();
    printf("%d refused, %d accepted\n", refused, accepted);
    return accepted || !refused;
}
