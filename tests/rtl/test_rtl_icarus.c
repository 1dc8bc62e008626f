// The same RTL in another simulator: Icarus reads a vector file through tests/rtl/tb_net.sv and the
// vectors' own checker compares its results with the model. Then the same with what Yosys reads
// from the sources, and with a memory word changed, which must not pass.
#include "cosim/dut/dut_build.h"
#include "cosim/vectors/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { TICKS = 5, CLIPS = 2 };
#define FOLDER TEST_BUILD "/icarus"

static void run(const char *format, ...)
{
    char command[8192];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    if (system(command)) fail_msg("failed: %s", command);
}

static int source_bits(int n)
{
    return n > 1 ? fx_ubits((uint64_t)n - 1) : 1;
}

// tb_config.svh; n: 0 for a netlist, which has the parameters in it.
static void write_config(const struct image *im, const struct dut_parameter *list, int n)
{
    FILE *f = fopen(FOLDER "/tb_config.svh", "w");
    assert_non_null(f);
    fprintf(f, "`define NET_PARAMETERS ");
    for (int i = 0; i < n; i++)
        fprintf(f, "%s.%s(%s)", i ? ", " : "", list[i].name, list[i].value);
    fprintf(f, "\n`define NET_LAYERS %d\n`define NET_SIZES %s\n", im->n_layers, list[1].value);
    fprintf(f, "`define NET_RECURRENT %s\n`define NET_ONE_TO_ONE %s\n", list[2].value,
            list[3].value);
    fprintf(f, "`define NET_V_BITS %d\n`define NET_U_BITS %d\n", law_bits(im->law.membrane),
            im->law.currents ? law_bits(im->law.current) : 1);
    fprintf(f, "`define NET_X_BITS %d\n`define NET_IN_W %d\n", law_bits(im->law.input),
            source_bits(im->layer[0].n_in));
    fclose(f);
}

static void write_vectors(struct random *r, const struct image *im)
{
    struct vectors_writer w;
    char message[512] = "";
    size_t n_in = (size_t)im->layer[0].n_in;
    uint8_t *x = malloc(CLIPS * TICKS * n_in);
    int16_t jitter[CLIPS][TICKS];
    struct stimulus s[CLIPS];
    FILE *f = fopen(FOLDER "/in.txt", "w");
    assert_non_null(f);
    const struct law_image view = law_image_of(im);
    vectors_begin(&w, f, &view, VECTORS_VERSION);
    vectors_head(&w, "chip", "random, with blanks = and signs");
    vectors_head_image(&w, &view);
    for (int clip = 0; clip < CLIPS; clip++) {
        uint8_t *of_clip = x + (size_t)clip * TICKS * n_in;
        s[clip] = (struct stimulus){.n_ticks = TICKS, .x = of_clip, .jitter = jitter[clip]};
        random_stimulus(r, im, TICKS, of_clip, jitter[clip]);
        struct vectors_stimulus sent = vectors_stimulus_of(clip, &s[clip], (int)n_in);
        vectors_head_clip(&w, &sent);
    }
    vectors_shape(&w);
    for (int clip = 0; clip < CLIPS; clip++)
        vectors_whole_clip(&w, clip, "some folder/a \"clip\".wav", &s[clip], 0);
    assert_int_equal(vectors_end(&w, message, sizeof message), 0);
    fclose(f);
    free(x);
}

static int check(const struct image *im, struct vectors_check *c)
{
    char message[512] = "";
    FILE *f = fopen(FOLDER "/out.txt", "r");
    assert_non_null(f);
    const struct law_image view = law_image_of(im);
    int rc = vectors_check(f, "out.txt", &view, c, 0, 0, message, sizeof message);
    if (rc < 0) fail_msg("%s", message);
    fclose(f);
    return rc;
}

static void simulate(void)
{
    run("cd " FOLDER " && rm -f out.txt && vvp -n tb.vvp +in=in.txt +out=out.txt +mem=. > log.txt");
}

static void expect_same(const struct image *im, int n_ticks)
{
    struct vectors_check c;
    simulate();
    int rc = check(im, &c);
    if (rc)
        print_message("clip %d tick %d layer %d neuron %d %s: expected %lld, Icarus %lld\n", c.clip,
                      c.tick, c.layer, c.neuron, c.word, (long long)c.expected, (long long)c.got);
    assert_int_equal(rc, 0);
    assert_int_equal(c.words,
                     (int64_t)n_ticks * image_neurons(im) * law_state_words(im->kind, im->params));
    assert_int_equal(c.spikes, (int64_t)n_ticks * image_neurons(im));
}

static void compile(const char *sources)
{
    run("iverilog -g2012 -Wall -Wno-timescale -I " FOLDER " -s tb_net -o " FOLDER "/tb.vvp "
        "%s/tests/rtl/tb_net.sv %s > " FOLDER "/iverilog.log 2>&1",
        SPIKETWIN_ROOT, sources);
}

static void yosys_netlist(const struct dut_parameter *list, int n)
{
    FILE *f = fopen(FOLDER "/read.ys", "w");
    assert_non_null(f);
    fprintf(f, "read_verilog -sv %s/rtl/*.sv\n", SPIKETWIN_ROOT);
    for (int i = 0; i < n; i++)
        fprintf(f, "chparam -set %s %s stw_net\n", list[i].name, list[i].value);
    fprintf(f, "hierarchy -check -top stw_net\nproc\nflatten\nopt\nmemory -nomap\nopt -full\n"
               "check -assert\nrename -top stw_net\nwrite_verilog -noattr " FOLDER "/netlist.v\n");
    fclose(f);
    run("yosys -q -l " FOLDER "/yosys.log " FOLDER "/read.ys > /dev/null");
}

static void run_net(struct random *r, const struct law *law, const struct image_shape *shape)
{
    struct image im;
    struct dut_parameter list[DUT_PARAMETERS];
    struct vectors_check c;
    struct fail fail;
    char sources[1024];
    void *memory = random_image(r, law, shape, &im);
    const struct law_image view = law_image_of(&im);
    assert_null(dut_check(&lif_kind, law, shape));
    int n = dut_parameters(&lif_kind, law, shape, list);
    write_config(&im, list, n);
    write_vectors(r, &im);
    assert_int_equal(vectors_memories(&view, FOLDER, &fail), 0);
    snprintf(sources, sizeof sources, "%s/rtl/*.sv", SPIKETWIN_ROOT);
    compile(sources);
    expect_same(&im, CLIPS * TICKS);

    yosys_netlist(list, n);
    write_config(&im, list, 0);
    compile(FOLDER "/netlist.v");
    expect_same(&im, CLIPS * TICKS);

    im.layer[0].neuron[0].bias ^= 1;
    assert_int_equal(vectors_memories(&view, FOLDER, &fail), 0);
    im.layer[0].neuron[0].bias ^= 1;
    simulate();
    assert_int_equal(check(&im, &c), 1);
    assert_int_equal(c.layer, 0);
    assert_int_equal(c.neuron, 0);
    free(memory);
}

static void test_icarus_equals_the_model(void **unused)
{
    (void)unused;
    struct random r = {23};
    mkdir("build", 0777);
    mkdir(FOLDER, 0777);
    run_net(&r, &law_of_demo, &shape_of_demo);
    struct law law = law_of_demo;
    law.currents = 1;
    law.current = (struct law_format){6, 8};
    law.decay_kind = LAW_LEAK_EXPONENTIAL;
    law.leak_kind = LAW_LEAK_LINEAR;
    law.round_decay = FX_TOWARD_ZERO;
    law.refractory_ticks = 3;
    law.integrate_first = true;
    law.wrap = true;
    struct image_shape shape = {2, {{9, 13, IMAGE_DENSE, true}, {13, 1, IMAGE_DENSE, false}}};
    run_net(&r, &law, &shape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_icarus_equals_the_model)};
    return cmocka_run_group_tests(tests, 0, 0);
}
