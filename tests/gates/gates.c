// The gate-level netlist against the golden model. tests/gates/run drives it:
//
//   gates cases                            names of the cases
//   gates parameters CASE                  NAME VALUE lines, the parameters of stw_net
//   gates bits CASE                        bits of state and words that the architecture has
//   gates run CASE TREE IMAGES             TREE/rtl in lockstep; "key value" lines
//   gates faults CASE TREE FILE N          faults 0..N-1, one at a time: its number goes into FILE
//
// Exit codes: 0 same, 1 differs, 2 could not run. With faults: 0 if the fault-free netlist is the
// same.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "tests/rtl/rtl_random.h"
#include "twin/chip/chip.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { TICKS = 60, CLIPS = 3, FAULT_TICKS = 40, FAULT_IMAGES = 4 };

struct gates_case {
    const char *name;
    struct law law;
    struct image_shape shape;
};

static _Noreturn void stop(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gates: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

static struct law law_of_chip(const char *path)
{
    struct chip chip;
    struct fail f = {0};
    if (chip_load(&chip, path, &f)) stop("%s", f.text);
    return chip.law;
}

// The demo chip's law with each choice that it does not make: all memories exist, all three
// roundings occur, it fires on > and resets to zero, and it still saturates.
static struct law other_choices(struct law a)
{
    a.currents = 1;
    a.current = (struct law_format){6, a.membrane.frac_bits};
    a.decay_kind = LAW_LEAK_EXPONENTIAL;
    a.leak_kind = LAW_LEAK_LINEAR;
    a.round_current = FX_FLOOR;
    a.round_decay = FX_TOWARD_ZERO;
    a.fire_gt = true;
    a.floor_zero = true;
    a.reset_subtract = false;
    a.integrate_first = true;
    a.refractory_ticks = 3;
    a.wrap = false;
    return a;
}

static int cases(struct gates_case at[3])
{
    struct law demo = law_of_chip(SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml");
    at[0] = (struct gates_case){"layer", demo, {1, {{16, 16, IMAGE_DENSE, true}}}};
    at[1] = (struct gates_case){"choices", other_choices(demo), {1, {{6, 9, IMAGE_DENSE, true}}}};
    at[2] = (struct gates_case){"xylo-v2",
                                law_of_chip(SPIKETWIN_ROOT "/chips/xylo-v2.yaml"),
                                {2,
                                 {{.n_in = 5, .n_out = 6, .recurrent = true, .max_spikes = 31},
                                  {.n_in = 6, .n_out = 3, .delayed = true, .max_spikes = 1}}}};
    return 3;
}

// Bits that the model says a chip must hold: state between ticks and every word that its law reads.
static int64_t architecture_bits(const struct law *a, const struct image_shape *s)
{
    int neuron = 0, synapses = a->currents > 1 ? 2 : 1;
    int64_t bits = 0;
    for (int word = WORD_LAMBDA; word < WORDS; word++)
        neuron += image_word_bits(a, (enum image_word)word);
    for (int l = 0; l < s->n_layers; l++) {
        int n_in = s->layer[l].n_in, n_out = s->layer[l].n_out;
        bool one = s->layer[l].topology == IMAGE_ONE_TO_ONE, rec = s->layer[l].recurrent;
        int sources = synapses * (one ? 1 : n_in + (rec ? n_out : 0));
        bits += (int64_t)n_out * (neuron + sources * law_bits(a->weight));
        // spikes of the tick before
        if (rec)
            bits +=
                n_out * fx_ubits((uint64_t)(s->layer[l].max_spikes ? s->layer[l].max_spikes : 1));
    }
    return bits;
}

static void open_dut(const struct gates_case *c, const char *tree, struct dut_handle *h)
{
    char path[DUT_PATH], out[DUT_PATH], message[1024] = "";
    snprintf(out, sizeof out, "%s/dut", tree);
    struct dut_build_options o = {tree, out, false};
    if (dut_build(&lif_kind, &c->law, &c->shape, &o, path, message, sizeof message) ||
        dut_open(h, path, message, sizeof message))
        stop("%s", message);
}

// One image and its clips on an open DUT, all stages compared. 0 same, 1 differs, -1 stuck.
static int run_image(struct random *r, const struct gates_case *c, struct dut_handle *h, int ticks,
                     struct lockstep_result *sum, bool explain)
{
    struct image im;
    char message[1024] = "";
    void *memory = random_image(r, &c->law, &c->shape, &im);
    uint8_t *x = malloc((size_t)(ticks * c->shape.layer[0].n_in));
    int16_t *jitter = malloc((size_t)ticks * sizeof *jitter);
    const struct law_image view = law_image_of(&im);
    struct lockstep *k = lockstep_new(h, &view, ticks, message, sizeof message);
    int rc = k ? 0 : -1;
    for (int clip = 0; clip < CLIPS && rc == 0; clip++) {
        struct stimulus s = {.n_ticks = ticks, .x = x, .jitter = clip == 1 ? 0 : jitter};
        struct lockstep_options o = {.stages = true};
        random_stimulus(r, &im, ticks, x, jitter);
        rc = lockstep_run(k, &s, &o, sum, message, sizeof message);
    }
    if (explain && rc > 0) lockstep_explain(stderr, &view, &sum->first);
    if (explain && rc < 0) fprintf(stderr, "gates: %s\n", message);
    lockstep_free(k);
    free(jitter);
    free(x);
    free(memory);
    return rc;
}

static int verb_run(const struct gates_case *c, const char *tree, int images)
{
    struct random r = {2028};
    struct dut_handle h = {0};
    struct lockstep_result sum = {0};
    int rc = 0;
    open_dut(c, tree, &h);
    for (int i = 0; i < images && rc == 0; i++)
        rc = run_image(&r, c, &h, TICKS, &sum, true);
    dut_close(&h);
    printf("ticks %lld\ncycles %lld\nwords %lld\nwords_differ %lld\nspikes %lld\n",
           (long long)sum.ticks, (long long)sum.cycles, (long long)sum.words,
           (long long)sum.words_differ, (long long)sum.spikes);
    printf("spikes_differ %lld\nstages %lld\nstages_differ %lld\nfired %lld\n",
           (long long)sum.spikes_differ, (long long)sum.stages, (long long)sum.stages_differ,
           (long long)sum.fired);
    if (rc == 0 && sum.words == 0) stop("no word was compared");
    return rc < 0 ? 2 : rc;
}

// -1 is no fault.
static void plant(const char *file, int number)
{
    FILE *f = fopen(file, "w");
    if (!f || fprintf(f, "%08x\n", (unsigned)number) < 0 || fclose(f))
        stop("%s cannot be written", file);
}

static int verb_faults(const struct gates_case *c, const char *tree, const char *file, int n)
{
    struct lockstep_result none = {0};
    int differs = 0, stuck = 0, first = -1;
    for (int i = -1; i < n; i++) {
        struct random r = {2029}; // the same vectors for each
        struct lockstep_result sum = {0};
        struct dut_handle h = {0};
        plant(file, i);
        open_dut(c, tree, &h); // the file is read when the device is created
        int rc = 0;
        for (int k = 0; k < FAULT_IMAGES && rc == 0; k++)
            rc = run_image(&r, c, &h, FAULT_TICKS, &sum, i < 0);
        dut_close(&h);
        if (i < 0 && rc) return rc < 0 ? 2 : 1;
        if (i < 0) none = sum;
        if (rc > 0 && first < 0) first = i;
        differs += rc > 0;
        stuck += rc < 0;
    }
    printf("faults %d\nfound %d\nstuck %d\nfault_free_words %lld\nfirst_found %d\n", n, differs,
           stuck, (long long)none.words, first);
    return 0;
}

int main(int argc, char **argv)
{
    struct gates_case all[3];
    int n = cases(all);
    if (argc == 2 && !strcmp(argv[1], "cases"))
        for (int i = 0; i < n; i++)
            puts(all[i].name);
    for (int i = 0; i < n && argc > 2; i++) {
        const struct gates_case *c = &all[i];
        if (strcmp(c->name, argv[2])) continue;
        const char *what = dut_check(&lif_kind, &c->law, &c->shape);
        if (what) stop("%s: %s", c->name, what);
        if (!strcmp(argv[1], "parameters")) {
            struct dut_parameter list[DUT_PARAMETERS];
            int n_parameters = dut_parameters(&lif_kind, &c->law, &c->shape, list);
            for (int p = 0; p < n_parameters; p++)
                printf("%s %s\n", list[p].name, list[p].value);
            return 0;
        }
        if (!strcmp(argv[1], "bits")) {
            printf("%lld\n", (long long)architecture_bits(&c->law, &c->shape));
            return 0;
        }
        if (!strcmp(argv[1], "run") && argc == 5) return verb_run(c, argv[3], atoi(argv[4]));
        if (!strcmp(argv[1], "faults") && argc == 6)
            return verb_faults(c, argv[3], argv[4], atoi(argv[5]));
    }
    if (argc != 2) stop("see the head of tests/gates/gates.c");
    return 0;
}
