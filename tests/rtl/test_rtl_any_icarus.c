// rtl/stw_any_net.sv in a second simulator: Icarus runs the RTL and Yosys' netlist of it, and what they
// commit is what the plain reference says, text for text.
#include "cosim/dut/dut_build.h"
#include "model/laws/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/lib/izhikevich_random.h"

#define FOLDER TEST_BUILD "/any_icarus"

enum { TICKS = 30, WRITES = 20 };

__attribute__((format(printf, 1, 2))) static void run(const char *format, ...)
{
    char command[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    if (system(command)) fail_msg("%s", command);
}

static FILE *opened(const char *name)
{
    FILE *f = fopen(name, "we");
    if (!f) fail_msg("%s", name);
    return f;
}

// --- what the reference commits ------------------------------------------------------------------

// Words of a struct as the RTL packs them, the first lowest; hexadecimal.
static void print_packed(FILE *f, const struct law_word *x, int n, const void *law,
                         const void *from)
{
    bool bits[2048] = {false};
    int width = 0;
    for (int i = 0; i < n; i++) {
        int64_t word = law_get(&x[i], from);
        for (int bit = 0; bit < x[i].range(law).bits; bit++)
            bits[width++] = word >> bit & 1;
    }
    fputc(' ', f);
    for (int digit = (width + 3) / 4 - 1; digit >= 0; digit--) {
        const bool *b = bits + 4 * digit;
        fprintf(f, "%x", b[0] + 2 * b[1] + 4 * b[2] + 8 * b[3]);
    }
}

struct watched {
    FILE *f;
    const struct law_image *im;
};

static void watch(void *context, int tick, int layer, int neuron, const void *before,
                  const void *stages, const void *after)
{
    const struct watched *w = context;
    const struct law_kind *k = w->im->kind;
    int n_states = k->n_words - k->first_state;
    (void)tick;
    fprintf(w->f, "%d %d", layer, neuron);
    print_packed(w->f, law_states(k), n_states, w->im->law, before);
    print_packed(w->f, k->stage, k->n_stages, w->im->law, stages);
    print_packed(w->f, law_states(k), n_states, w->im->law, after);
    fprintf(w->f, " %d\n",
            layer == w->im->shape.n_layers - 1 && law_get(&k->stage[k->fire], stages) > 0);
}

static void write_expected(const struct law_image *im, const struct stimulus *s)
{
    struct reference r;
    struct watched w = {opened(FOLDER "/expected.txt"), im};
    void *memory = aligned_alloc(64, reference_size(im));
    reference_init(&r, im, memory);
    reference_rest(&r);
    for (int tick = 0; tick < s->n_ticks; tick++)
        reference_tick(&r, s, tick, watch, &w);
    fclose(w.f);
    free(memory);
}

// --- what the RTL is told ------------------------------------------------------------------------

static void print_write(FILE *f, const struct law_image *im, int layer, int word, int neuron,
                        int row, int64_t value)
{
    int address = word ? neuron : neuron * im->layer[layer].n_rows + row;
    fprintf(f, "w %d %d %d %llx\n", layer, word, address, (unsigned long long)value);
}

static void print_words(FILE *f, const struct law_image *im)
{
    for (int l = 0; l < im->shape.n_layers; l++)
        for (int n = 0; n < im->shape.layer[l].n_out; n++)
            for (int word = 0; word < im->kind->first_state; word++)
                for (int row = 0; row < (word ? 1 : im->layer[l].n_rows); row++)
                    print_write(f, im, l, word, n, row, law_image_word(im, l, word, n, row));
}

// Writes of the stimulus put a word in the place of another: none is flipped here.
static void write_commands(const struct law_image *im, const struct stimulus *s)
{
    FILE *f = opened(FOLDER "/in.txt");
    int n_in = im->shape.layer[0].n_in;
    print_words(f, im);
    fprintf(f, "c 0 0 0 0\n");
    for (int tick = 0, i = 0; tick < s->n_ticks; tick++) {
        for (; i < s->n_writes && s->write[i].tick == tick; i++) {
            const struct stimulus_write *e = &s->write[i];
            print_write(f, im, e->layer, (int)e->word, e->neuron, e->row, e->value);
        }
        for (int source = 0; source < n_in; source++)
            if (stimulus_x(s, n_in, tick, source))
                fprintf(f, "e %d %d 0 0\n", source, stimulus_x(s, n_in, tick, source));
        fprintf(f, "t %d 0 0 0\n", s->jitter[tick]);
    }
    fclose(f);
}

// n: 0 for a netlist, which has the parameters in it.
static void write_config(const struct law_image *im, const struct dut_parameter *list, int n)
{
    FILE *f = opened(FOLDER "/tb_config.svh");
    const struct law_kind *k = im->kind;
    int states = 0, stages = 0, n_in = im->shape.layer[0].n_in;
    struct law_format input;
    memcpy(&input, im->law, sizeof input);
    for (int i = k->first_state; i < k->n_words; i++)
        states += k->word[i].range(im->law).bits;
    for (int i = 0; i < k->n_stages; i++)
        stages += k->stage[i].range(im->law).bits;
    fprintf(f, "`define NET_PARAMETERS ");
    for (int i = 0; i < n; i++)
        fprintf(f, "%s.%s(%s)", i ? ", " : "", list[i].name, list[i].value);
    fprintf(f, "\n`define NET_X_BITS %d\n`define NET_IN_W %d\n", law_bits(input),
            n_in > 1 ? fx_ubits((uint64_t)n_in - 1) : 1);
    fprintf(f, "`define NET_STATE_W %d\n`define NET_STAGE_W %d\n", states, stages);
    fclose(f);
}

static void simulate(const char *sources)
{
    run("iverilog -g2012 -Wall -Wno-timescale -I " FOLDER " -s tb_any -o " FOLDER "/tb.vvp "
        "%s/tests/rtl/tb_any.sv %s > " FOLDER "/iverilog.log 2>&1 && "
        "vvp -n " FOLDER "/tb.vvp +in=" FOLDER "/in.txt +out=" FOLDER "/out.txt > " FOLDER
        "/vvp.log 2>&1",
        SPIKETWIN_ROOT, sources);
}

static void write_netlist(const struct dut_parameter *list, int n)
{
    FILE *f = opened(FOLDER "/read.ys");
    fprintf(f, "read_verilog -sv %s/rtl/*.sv\n", SPIKETWIN_ROOT);
    for (int i = 0; i < n; i++)
        fprintf(f, "chparam -set %s %s stw_any_net\n", list[i].name, list[i].value);
    fprintf(f,
            "hierarchy -check -top stw_any_net\nproc\nflatten\nopt\nmemory -nomap\nopt -full\n"
            "check -assert\nrename -top stw_any_net\nwrite_verilog -noattr " FOLDER "/netlist.v\n");
    fclose(f);
    run("yosys -q -l " FOLDER "/yosys.log " FOLDER "/read.ys > /dev/null");
}

static int count_lines(const char *name)
{
    int n = 0, c;
    FILE *f = fopen(name, "re");
    assert_non_null(f);
    while ((c = fgetc(f)) != EOF)
        n += c == '\n';
    fclose(f);
    return n;
}

static void expect_same(int commits)
{
    assert_int_equal(count_lines(FOLDER "/out.txt"), commits);
    run("cmp " FOLDER "/expected.txt " FOLDER "/out.txt");
}

// The law and shape in both; then one word more in the model alone, which has to differ.
static void run_net(struct random *r, const struct izhikevich_law *law,
                    const struct image_shape *shape)
{
    struct image im;
    struct dut_parameter list[DUT_PARAMETERS];
    struct stimulus_write writes[WRITES];
    uint8_t x[TICKS * 8];
    int16_t jitter[TICKS];
    char sources[1024];
    void *memory = random_izhikevich_image(r, law, shape, &im);
    const struct law_image view = law_image_of(&im);
    int n = dut_parameters(&izhikevich_kind, law, shape, list);
    int commits = TICKS * image_neurons(&im);
    random_stimulus(r, &im, TICKS, x, jitter);
    random_izhikevich_writes(r, &im, TICKS, writes, WRITES);
    for (int i = 0; i < WRITES; i++) {
        struct law_range range = izhikevich_kind.word[writes[i].word].range(law);
        writes[i].flip = false;
        writes[i].value = corner_word(r, range.lo, range.hi);
    }
    struct stimulus s = {
        .n_ticks = TICKS, .x = x, .jitter = jitter, .write = writes, .n_writes = WRITES};
    assert_null(dut_check(&izhikevich_kind, law, shape));
    write_config(&view, list, n);
    write_commands(&view, &s);
    write_expected(&view, &s);
    snprintf(sources, sizeof sources, "%s/rtl/*.sv", SPIKETWIN_ROOT);
    simulate(sources);
    expect_same(commits);

    write_netlist(list, n);
    write_config(&view, list, 0);
    simulate(FOLDER "/netlist.v");
    expect_same(commits);

    ((struct izhikevich_neuron *)image_words(&im, 0, 0))->d ^= 1;
    ((struct izhikevich_neuron *)image_words(&im, 0, 0))->c ^= 1;
    write_expected(&view, &s);
    if (!system("cmp -s " FOLDER "/expected.txt " FOLDER "/out.txt"))
        fail_msg("another c and d, and no commit differs");
    print_message("PASS Icarus: %d commits of RTL, %d of the netlist, 0 differ\n", commits,
                  commits);
    free(memory);
}

static void icarus_equals_the_reference(void **unused)
{
    (void)unused;
    struct random r = {37};
    mkdir(FOLDER, 0777);
    static const struct image_shape shapes[] = {
        {2, {{3, 4, IMAGE_DENSE, true, false, 1}, {4, 3, IMAGE_DENSE, true, true, 1}}},
        {2, {{8, 8, IMAGE_ONE_TO_ONE, false, false, 1}, {8, 2, IMAGE_DENSE, false, false, 1}}}};
    struct izhikevich_law law = izhikevich_of_paper;
    run_net(&r, &law, &shapes[0]);
    law = (struct izhikevich_law){{2, 2}, {8, 2}, {8, 6}, {3, 9}, FX_AWAY, 0};
    run_net(&r, &law, &shapes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(icarus_equals_the_reference)};
    return cmocka_run_group_tests(tests, 0, 0);
}
