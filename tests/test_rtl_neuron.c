// rtl/stw_neuron.sv against law_step_ref: every stage, for laws that cover every choice of struct
// law, with random and corner words. One Verilated module holds a neuron of each law.
#include "cosim/dut_build.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/rtl_random.h"

enum { LAWS = 60, WORDS_A_LAW = 20000 };

enum corner {
    SATURATED_HIGH,
    SATURATED_LOW,
    WRAPPED,
    FLOORED,
    AT_THRESHOLD,
    BELOW_THRESHOLD,
    FIRED_NEGATIVE_THETA,
    RESET_CLAMPED,
    REFRACTORY_HELD,
    LEAK_TIE,
    CURRENT_TIE,
    CURRENT_CLAMPED,
    LINEAR_TO_ZERO,
    JITTER_LOW_END,
    JITTER_HIGH_END,
    CORNERS
};
static const char *const corner_names[CORNERS] = {
    "saturated high",      "saturated low", "wrapped",        "floored",  "at threshold",
    "one below threshold", "theta < 0",     "reset clamped",  "held",     "leak tie",
    "current tie",         "current end",   "linear to zero", "λ_t at 0", "λ_t at its top"};

// A law and how its neuron is fed.
struct instance {
    struct law law;
    int acc_bits;
    int input_frac;
};

typedef struct law_stages neuron_step(int law, const struct law_neuron *n, struct law_state *state,
                                      int64_t acc, int jitter);

static void print_instance(FILE *f, int i, const struct instance *in)
{
    struct dut_parameter list[DUT_PARAMETERS];
    dut_parameters(&in->law, &shape_of_demo, list);
    const struct law *a = &in->law;
    int v = law_bits(a->membrane), u = a->has_current ? law_bits(a->current) : 1;
    int l = a->leak_kind == LAW_LEAK_SHIFT ? 5 : law_bits(a->leak);
    int m = a->has_current && a->decay_kind == LAW_LEAK_SHIFT ? 5 : law_bits(a->leak);
    fprintf(f, "  wire signed [%d:0] v%d, c%d; wire signed [%d:0] u%d; wire z%d; wire [7:0] r%d;\n",
            v - 1, i, i, u - 1, i, i, i);
    fprintf(f, "  wire signed [63:0] g%d, i%d, l%d, s%d;\n", i, i, i, i);
    fprintf(f, "  stw_neuron #(.AccW(%d), .Align(%d)", in->acc_bits, law_align(a, in->input_frac));
    for (int p = 0; p < DUT_PARAMETERS; p++) {
        static const char *const not_a_neurons = " NLayers Sizes Recurrent OneToOne InputBits "
                                                 "InputFrac WeightBits WeightFrac MembraneFrac ";
        char spaced[32];
        snprintf(spaced, sizeof spaced, " %s ", list[p].name);
        if (!strstr(not_a_neurons, spaced)) fprintf(f, ", .%s(%s)", list[p].name, list[p].value);
    }
    fprintf(f, ") u%d_neuron (\n", i);
    fprintf(f, "    .acc_i(acc_i[%d:0]), .v_i(v_i[%d:0]), .u_i(u_i[%d:0]), .r_i(r_i),\n",
            in->acc_bits - 1, v - 1, u - 1);
    fprintf(f, "    .lambda_i(lambda_i[%d:0]), .lambda_slope_i(lambda_slope_i[15:0]),\n", l - 1);
    fprintf(f, "    .mu_i(mu_i[%d:0]), .mu_slope_i(mu_slope_i[15:0]),\n", m - 1);
    fprintf(f, "    .theta_i(theta_i[%d:0]), .bias_i(bias_i[%d:0]), .jitter_i(jitter_i[15:0]),\n",
            v - 1, v - 1);
    fprintf(f, "    .gather_o(g%d), .current_o(i%d), .leak_o(l%d), .integrate_o(s%d),\n", i, i, i,
            i);
    fprintf(f, "    .clamp_o(c%d), .fire_o(z%d), .reset_o(v%d), .refract_o(r%d), .u_o(u%d));\n", i,
            i, i, i, i);
}

static void print_module(FILE *f, const struct instance *in, int n)
{
    fprintf(f, "module neurons (\n  input [7:0] select_i, r_i,\n");
    fprintf(f, "  input [63:0] acc_i, v_i, u_i,\n");
    fprintf(f, "  input [31:0] lambda_i, lambda_slope_i, mu_i, mu_slope_i, theta_i, bias_i,\n");
    fprintf(f, "  input [31:0] jitter_i,\n");
    fprintf(f, "  output logic signed [63:0] gather_o, current_o, leak_o, integrate_o, clamp_o,\n");
    fprintf(f, "  output logic signed [63:0] fire_o, reset_o, refract_o, u_o);\n");
    for (int i = 0; i < n; i++)
        print_instance(f, i, &in[i]);
    fprintf(f, "  always_comb case (select_i)\n");
    for (int i = 0; i <= n; i++) {
        int k = i < n ? i : 0;
        i < n ? fprintf(f, "    %d: begin\n", i) : fprintf(f, "    default: begin\n");
        fprintf(f, "      gather_o = g%d; current_o = i%d; leak_o = l%d; integrate_o = s%d;\n", k,
                k, k, k);
        fprintf(f, "      clamp_o = 64'(c%d); fire_o = {63'd0, z%d}; reset_o = 64'(v%d);\n", k, k,
                k);
        fprintf(f, "      refract_o = {56'd0, r%d}; u_o = 64'(u%d);\n    end\n", k, k);
    }
    fprintf(f, "  endcase\nendmodule\n");
}

static void draw_instances(struct random *r, struct instance *in)
{
    int leak[4] = {0}, decay[4] = {0}, round[3][3] = {0}, flag[6][2] = {0}, left = 0, right = 0;
    for (int i = 0; i < LAWS; i++) {
        do {
            in[i].law = i ? random_law(r) : law_of_demo;
            in[i].input_frac = draw(r, 0, 1) ? in[i].law.input.frac_bits : 0;
        } while (dut_check(&in[i].law, &shape_of_demo));
        in[i].acc_bits = law_bits(in[i].law.weight) + (int)draw(r, 0, 12);
        const struct law *a = &in[i].law;
        leak[a->leak_kind]++;
        if (a->has_current) decay[a->decay_kind]++;
        round[0][a->round_current]++;
        if (a->leak_kind == LAW_LEAK_EXPONENTIAL) round[1][a->round_leak]++;
        if (a->has_current && a->decay_kind == LAW_LEAK_EXPONENTIAL) round[2][a->round_decay]++;
        flag[0][a->wrap]++;
        flag[1][a->floor_zero]++;
        flag[2][a->fire_gt]++;
        flag[3][a->reset_subtract]++;
        flag[4][a->integrate_first]++;
        flag[5][a->refractory_ticks > 0]++;
        left += law_align(a, in[i].input_frac) < 0;
        right += law_align(a, in[i].input_frac) > 0;
    }
    for (int i = 0; i < 4; i++)
        assert_true(leak[i] > 0 && decay[i] > 0);
    for (int i = 0; i < 9; i++)
        assert_true(round[i / 3][i % 3] > 0);
    for (int i = 0; i < 12; i++)
        assert_true(flag[i / 2][i % 2] > 0);
    assert_true(left > 0 && right > 0);
}

// Builds the module and returns its step.
static neuron_step *build(const struct instance *in, void **library)
{
    static char text[LAWS * 4096];
    char message[1024] = "", path[DUT_PATH];
    struct dut_build_options o = {SPIKETWIN_ROOT, "build/dut", false};
    FILE *f = fmemopen(text, sizeof text, "w");
    print_module(f, in, LAWS);
    assert_int_equal(fclose(f), 0);
    uint64_t key = dut_key(&in[0].law, &shape_of_demo, &o, message, sizeof message);
    for (const char *at = text; *at; at++)
        key = (key ^ (unsigned char)*at) * 0x100000001b3u;
    char out[] = "build/dut", source[DUT_PATH + 64];
    mkdir("build", 0777);
    mkdir(out, 0777);
    char *absolute_out = realpath(out, 0);
    assert_non_null(absolute_out);
    snprintf(source, sizeof source, "%s/neurons-%016llx.sv", absolute_out, (unsigned long long)key);
    free(absolute_out);
    f = fopen(source, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    const char *sources[] = {source, 0}, *arguments[] = {"-Wno-lint", "-Wno-style", 0};
    struct dut_top top = {"neurons", sources, arguments, SPIKETWIN_ROOT "/tests/neurons_dut.cpp",
                          ""};
    if (dut_build_top(&top, &o, key, path, message, sizeof message)) fail_msg("%s", message);
    char absolute[DUT_PATH + 32];
    snprintf(absolute, sizeof absolute, "./%s", path);
    *library = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
    if (!*library) fail_msg("%s", dlerror());
    void *step = dlsym(*library, "neuron_step");
    assert_non_null(step);
    neuron_step *to;
    memcpy(&to, &step, sizeof to);
    return to;
}

static bool tie(int64_t x, int bits)
{
    return bits > 0 && ((uint64_t)x & (uint64_t)fx_umax(bits)) == fx_one(bits - 1);
}

static void count_corners(const struct instance *in, const struct law_neuron *n,
                          const struct law_state *before, const struct law_stages *s, int jitter,
                          int64_t *hits)
{
    const struct law *a = &in->law;
    int v_bits = law_bits(a->membrane), align = law_align(a, in->input_frac);
    int64_t moved = n->lambda + fx_shr_rne((int64_t)n->lambda_slope * jitter, 15);
    bool factor = a->leak_kind == LAW_LEAK_EXPONENTIAL || a->leak_kind == LAW_LEAK_LINEAR;
    hits[SATURATED_HIGH] += !a->wrap && s->integrate > fx_max(v_bits);
    hits[SATURATED_LOW] += !a->wrap && !a->floor_zero && s->integrate < fx_min(v_bits);
    hits[WRAPPED] += a->wrap && s->integrate != s->clamp;
    hits[FLOORED] += a->floor_zero && s->integrate < 0;
    hits[AT_THRESHOLD] += before->r == 0 && s->clamp == n->theta;
    hits[BELOW_THRESHOLD] += before->r == 0 && s->clamp == n->theta - 1;
    hits[FIRED_NEGATIVE_THETA] += n->theta < 0 && s->fire;
    hits[RESET_CLAMPED] += s->fire && a->reset_subtract && s->reset != s->clamp - n->theta;
    hits[REFRACTORY_HELD] += before->r > 0 && s->gather != 0;
    hits[LEAK_TIE] +=
        a->leak_kind == LAW_LEAK_EXPONENTIAL && !a->integrate_first &&
        tie(before->v * fx_sat(moved, 0, fx_umax(law_bits(a->leak))), a->leak.frac_bits);
    hits[CURRENT_TIE] += align > 0 && tie(s->gather, align);
    hits[CURRENT_CLAMPED] += a->has_current && (s->current == fx_max(law_bits(a->current)) ||
                                                s->current == fx_min(law_bits(a->current)));
    hits[LINEAR_TO_ZERO] += a->leak_kind == LAW_LEAK_LINEAR && !a->integrate_first &&
                            s->leak == before->v && before->v != 0;
    hits[JITTER_LOW_END] += factor && moved < 0;
    hits[JITTER_HIGH_END] += factor && moved > fx_umax(law_bits(a->leak));
}

static void compare(neuron_step *rtl, int i, const struct instance *in, const struct law_neuron *n,
                    const struct law_state *before, int64_t acc, int jitter, struct law_stages *e)
{
    struct law_state expected = *before, got = *before;
    *e = law_step_ref(&in->law, n, &expected, acc, law_align(&in->law, in->input_frac), jitter);
    struct law_stages g = rtl(i, n, &got, acc, jitter);
    for (int k = 0; k < LAW_STAGES; k++)
        if (law_stage(e, k) != law_stage(&g, k))
            fail_msg("law %d stage %s: expected %lld, RTL %lld (v %d u %d r %d acc %lld jitter %d, "
                     "leak kind %d λ %d)",
                     i, law_stage_names[k], (long long)law_stage(e, k), (long long)law_stage(&g, k),
                     before->v, before->u, before->r, (long long)acc, jitter,
                     (int)in->law.leak_kind, n->lambda);
    if (memcmp(&expected, &got, sizeof got))
        fail_msg("law %d: next state (%d, %d, %d), RTL (%d, %d, %d)", i, expected.v, expected.u,
                 expected.r, got.v, got.u, got.r);
}

static int64_t random_acc(struct random *r, const struct instance *in)
{
    int align = law_align(&in->law, in->input_frac);
    int64_t top = fx_max(in->acc_bits), acc;
    if (draw(r, 0, 2) == 0) return corner_word(r, -top - 1, top);
    acc = fx_shl(draw(r, -200, 200), align > 0 ? align : 0); // an even division,
    if (align > 0 && draw(r, 0, 1)) acc += (int64_t)fx_one(align - 1) + draw(r, -1, 1); // a tie
    return fx_sat(acc, -top - 1, top);
}

static void test_every_stage_equals_the_law(void **unused)
{
    (void)unused;
    static struct instance in[LAWS];
    struct random r = {2027};
    int64_t hits[CORNERS] = {0}, compared = 0;
    void *library;
    draw_instances(&r, in);
    neuron_step *rtl = build(in, &library);
    for (int i = 0; i < LAWS; i++) {
        const struct law *a = &in[i].law;
        int64_t v_max = fx_max(law_bits(a->membrane));
        int64_t u_max = a->has_current ? fx_max(law_bits(a->current)) : 0;
        for (int k = 0; k < WORDS_A_LAW; k++) {
            struct law_neuron n = random_neuron(&r, a);
            struct law_state before = {
                corner_word(&r, a->floor_zero ? 0 : -v_max - 1, v_max),
                a->has_current ? corner_word(&r, -u_max - 1, u_max) : 0,
                a->refractory_ticks && draw(&r, 0, 2) == 0 ? corner_word(&r, 0, 255) : 0};
            int jitter =
                draw(&r, 0, 1) ? (int)draw(&r, -1000, 1000) : corner_word(&r, -32768, 32767);
            int64_t acc = random_acc(&r, &in[i]);
            struct law_stages s;
            if (draw(&r, 0, 3) == 0) { // half of the leak's range is a tie of odd membranes
                n.lambda_slope = 0;
                if (a->leak_kind == LAW_LEAK_EXPONENTIAL)
                    n.lambda = (int32_t)fx_one(a->leak.frac_bits - 1);
            }
            compare(rtl, i, &in[i], &n, &before, acc, jitter, &s);
            count_corners(&in[i], &n, &before, &s, jitter, hits);
            n.theta = (int32_t)fx_sat(s.clamp + draw(&r, 0, 1), -v_max - 1, v_max);
            compare(rtl, i, &in[i], &n, &before, acc, jitter, &s);
            count_corners(&in[i], &n, &before, &s, jitter, hits);
            compared += 2 * LAW_STAGES;
        }
    }
    for (int c = 0; c < CORNERS; c++) {
        print_message("corner %-20s %lld\n", corner_names[c], (long long)hits[c]);
        assert_true(hits[c] > 0);
    }
    print_message("PASS stw_neuron: %d laws, %lld stages, 0 differ\n", LAWS, (long long)compared);
    dlclose(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_stage_equals_the_law)};
    return cmocka_run_group_tests(tests, 0, 0);
}
