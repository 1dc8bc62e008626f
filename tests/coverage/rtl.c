// Stimuli for the coverage of rtl/: small nets whose laws make each choice of struct law, in
// lockstep with the model. tests/coverage/run drives it: `rtl nets` prints how many there are, `rtl
// N TREE` runs one; TREE builds the network so that it writes its coverage.
//
// Exit codes: 0 same, 1 differs, 2 could not run.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "tests/rtl/rtl_random.h"

#include <stdio.h>

enum { NETS = 9, CLIPS = 3, WRITES = 200 };

struct net {
    struct law law;
    struct image_shape shape;
    int images, ticks;
};

// Each from the demo's law, so that fields that are new have their default.
static struct net net_of(int i)
{
    struct net n = {law_of_demo, shape_of_demo, 6, 60};
    struct law *a = &n.law;
    switch (i) {
    case 0: // the demo chip, small
        n.shape = (struct image_shape){3,
                                       {{6, 6, IMAGE_ONE_TO_ONE, false},
                                        {6, 9, IMAGE_DENSE, true},
                                        {9, 2, IMAGE_DENSE, false}}};
        break;
    case 1: // the widest words; a refractory counter with all its bits, run down to zero
        a->membrane = a->current = (struct law_format){8, 16};
        a->leak = (struct law_format){2, 14};
        a->currents = 1;
        a->decay_kind = LAW_LEAK_EXPONENTIAL;
        a->round_decay = FX_TOWARD_ZERO;
        a->round_leak = FX_FLOOR;
        a->refractory_ticks = 255;
        n.shape = (struct image_shape){1, {{5, 6, IMAGE_DENSE, true}}};
        n.ticks = 600;
        break;
    case 2: // the most neurons and events: every bit of their numbers changes
        a->leak_kind = LAW_LEAK_LINEAR;
        a->wrap = true;
        a->fire_gt = true;
        a->reset_subtract = false;
        a->round_current = FX_FLOOR;
        n.shape =
            (struct image_shape){2,
                                 {{IMAGE_MAX_NEURONS, IMAGE_MAX_NEURONS, IMAGE_ONE_TO_ONE, false},
                                  {IMAGE_MAX_NEURONS, 2, IMAGE_DENSE, true}}};
        n.images = 3;
        n.ticks = 6;
        break;
    case 3: // many layers
        a->input = (struct law_format){1, 0};
        a->weight = (struct law_format){4, 2};
        a->leak_kind = LAW_LEAK_SHIFT;
        a->round_leak = FX_TOWARD_ZERO;
        n.shape = (struct image_shape){5,
                                       {{3, 3, IMAGE_DENSE, false},
                                        {3, 2, IMAGE_DENSE, false},
                                        {2, 2, IMAGE_ONE_TO_ONE, false},
                                        {2, 3, IMAGE_DENSE, true},
                                        {3, 2, IMAGE_DENSE, false}}};
        break;
    case 4: // a single neuron that feeds itself
        a->leak_kind = LAW_LEAK_LINEAR;
        a->leak_when = LAW_WHEN_NO_INPUT;
        a->currents = 1;
        a->current = (struct law_format){6, 8};
        a->decay_kind = LAW_LEAK_SHIFT;
        a->round_current = FX_TOWARD_ZERO;
        a->floor_zero = true;
        a->refractory_ticks = 5;
        n.shape = (struct image_shape){1, {{1, 1, IMAGE_DENSE, true}}};
        break;
    case 5: // two synapses that saturate source by source, many spikes, a layer that hears late
        a->input = (struct law_format){4, 0};
        a->weight = a->membrane = a->current = (struct law_format){16, 0};
        a->leak = (struct law_format){5, 0};
        a->round_current = a->round_leak = a->round_decay = FX_FLOOR;
        a->leak_kind = a->decay_kind = LAW_LEAK_SHIFT_MOVES;
        a->currents = 2;
        a->decay_last = a->saturate_each = a->saturate_increment = true;
        n.shape = (struct image_shape){
            2,
            {{.n_in = 5, .n_out = 6, .recurrent = true, .max_spikes = 63},
             {.n_in = 6, .n_out = 3, .delayed = true, .max_spikes = 7, .recurrent = true}}};
        break;
    case 6: // signed words of every kind at 32 bits, rest, hold, ceiling
        a->membrane = a->leak = (struct law_format){16, 16};
        a->input = a->gain = (struct law_format){8, 16};
        a->weight = (struct law_format){2, 0};
        a->round_current = FX_FLOOR;
        a->round_leak = FX_CEILING;
        a->input_signed = a->leak_signed = a->has_gain = a->has_rest = true;
        a->wrap = a->refractory_hold = true;
        a->reset_subtract = false;
        a->refractory_ticks = 2;
        n.shape = (struct image_shape){1, {{.n_in = 3, .n_out = 4, .recurrent = true}}};
        n.ticks = 300;
        break;
    case 7: // two synapses with factors, decay after gathering, rest under a leak after integration
        a->current = (struct law_format){8, 8};
        a->leak = (struct law_format){2, 14};
        a->currents = 2;
        a->decay_kind = LAW_LEAK_EXPONENTIAL;
        a->round_current = a->round_decay = FX_AWAY;
        a->round_leak = FX_CEILING;
        a->leak_when = LAW_WHEN_EVENT;
        a->decay_last = a->has_rest = a->integrate_first = a->fire_gt = a->leak_signed = true;
        n.shape = (struct image_shape){
            2,
            {{.n_in = 4, .n_out = 5, .recurrent = true}, {.n_in = 5, .n_out = 2, .max_spikes = 3}}};
        n.ticks = 200;
        break;
    default: // leak after integration, linear decay, wrapping subtraction, the most outputs
        a->currents = 1;
        a->current = (struct law_format){6, 8};
        a->decay_kind = LAW_LEAK_LINEAR;
        a->integrate_first = true;
        a->wrap = true;
        n.shape = (struct image_shape){1, {{3, IMAGE_MAX_NEURONS, IMAGE_DENSE, false}}};
        n.images = 2;
        n.ticks = 4;
    }
    return n;
}

// Words at both ends of their formats, so that every bit of every word has both values.
static void extreme_words(struct image *im, int image)
{
    const struct law *law = &im->law;
    for (int l = 0; l < im->n_layers; l++)
        for (int k = 0; k < im->layer[l].n_out; k++) {
            struct law_neuron *p = &im->layer[l].neuron[k];
            int32_t *const words[] = {&p->lambda, &p->lambda_slope, &p->mu,   &p->mu_slope,
                                      &p->theta,  &p->bias,         &p->mu2,  &p->mu2_slope,
                                      &p->gain,   &p->rest,         &p->reset};
            bool high = image % 3 != 2 && (k + image) % 2; // in the third all fire
            for (int i = 0; i < WORD_V - 1; i++) {
                enum image_word word = (enum image_word)(i + 1);
                int bits = image_word_bits(law, word);
                bool is_signed = image_word_signed(law, word);
                bool up = word == WORD_BIAS ? !high : high;
                if (bits)
                    *words[i] = (int32_t)(up          ? is_signed ? fx_max(bits) : fx_umax(bits)
                                                   : is_signed ? fx_min(bits)
                                                      : 0);
            }
        }
}

static int could_not(const char *message)
{
    fprintf(stderr, "rtl: %s\n", message);
    return 2;
}

static int run(const struct net *n, const char *tree, int number)
{
    char path[DUT_PATH], out[DUT_PATH], message[1024] = "";
    struct dut_handle h = {0};
    struct random r = {(uint64_t)number + 31};
    struct lockstep_result sum = {0};
    uint8_t *x = malloc((size_t)(n->ticks * n->shape.layer[0].n_in));
    int32_t *wide = malloc((size_t)(n->ticks * n->shape.layer[0].n_in) * sizeof *wide);
    int16_t *jitter = malloc((size_t)n->ticks * sizeof *jitter);
    struct stimulus_write *write = malloc(WRITES * sizeof *write);
    int rc = 0;
    snprintf(out, sizeof out, "%s/dut", tree);
    struct dut_build_options o = {tree, out, false};
    if (dut_build(&lif_kind, &n->law, &n->shape, &o, path, message, sizeof message) ||
        dut_open(&h, path, message, sizeof message))
        return could_not(message);
    for (int i = 0; i < n->images && rc == 0; i++) {
        struct image im;
        void *memory = random_image(&r, &n->law, &n->shape, &im);
        if (i >= n->images / 2) extreme_words(&im, i);
        const struct law_image view = law_image_of(&im);
        struct lockstep *k = lockstep_new(&h, &view, n->ticks, message, sizeof message);
        if (!k) return could_not(message);
        for (int clip = 0; clip < CLIPS && rc == 0; clip++) {
            random_stimulus(&r, &im, n->ticks, x, jitter);
            random_wide(&r, &im, n->ticks, wide);
            random_writes(&r, &im, n->ticks, write, WRITES);
            bool is_wide = n->law.input_signed;
            struct stimulus s = {.n_ticks = n->ticks,
                                 .x = is_wide ? 0 : x,
                                 .wide = is_wide ? wide : 0,
                                 .jitter = jitter,
                                 .write = write,
                                 .n_writes = clip == 1 ? WRITES : 0};
            struct lockstep_options all = {.stages = true};
            rc = lockstep_run(k, &s, &all, &sum, message, sizeof message);
        }
        if (rc > 0) lockstep_explain(stderr, &view, &sum.first);
        lockstep_free(k);
        free(memory);
    }
    dut_close(&h);
    free(write);
    free(jitter);
    free(wide);
    free(x);
    if (rc < 0) return could_not(message);
    printf("%lld %lld\n", (long long)sum.words, (long long)sum.words_differ);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "nets")) {
        printf("%d\n", NETS);
        return 0;
    }
    if (argc != 3) return could_not("see the head of tests/coverage/rtl.c");
    struct net n = net_of(atoi(argv[1]));
    const char *what = dut_check(&lif_kind, &n.law, &n.shape);
    return what ? could_not(what) : run(&n, argv[2], atoi(argv[1]));
}
