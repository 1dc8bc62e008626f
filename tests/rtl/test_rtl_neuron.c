// rtl/stw_neuron.sv against law_step_ref: every stage, for laws that cover every choice of struct
// law, with random and corner words. One Verilated module holds a neuron of each law.
#include "cosim/dut/dut_build.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { LAWS = 120, WORDS_A_LAW = 12000 };

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
    MANY_SPIKES,
    ALL_SPIKES,
    HELD_AT_REST,
    MOVED_BY_ONE,
    KEPT_ITS_LEAK,
    WRAPPED_UP,
    CORNERS
};
static const char *const corner_names[CORNERS] = {
    "saturated high",      "saturated low", "wrapped",        "floored",      "at threshold",
    "one below threshold", "theta < 0",     "reset clamped",  "held",         "leak tie",
    "current tie",         "current end",   "linear to zero", "λ_t at 0",     "λ_t at its top",
    "many spikes",         "all spikes",    "held at rest",   "moved by one", "kept its leak",
    "wrapped up"};

// A law and how its neuron is fed.
struct instance {
    struct law law;
    int acc_bits;
    int input_frac;
    int max_spikes;
};

typedef struct law_stages neuron_step(int law, const struct law_neuron *n, struct law_state *state,
                                      struct law_gathered acc, int jitter);

static struct law_layer layer_of(const struct instance *in)
{
    return (struct law_layer){law_align(&in->law, in->input_frac), in->max_spikes};
}

static void print_instance(FILE *f, int i, const struct instance *in)
{
    struct dut_parameter list[DUT_PARAMETERS];
    int n = dut_parameters(&lif_kind, &in->law, &shape_of_demo, list);
    const struct law *a = &in->law;
    int v = law_bits(a->membrane), u = a->currents ? law_bits(a->current) : 1;
    int l = law_leak_shifts(a->leak_kind) ? law_shift_bits(a->leak_kind) : law_bits(a->leak);
    int m = a->currents && law_leak_shifts(a->decay_kind) ? law_shift_bits(a->decay_kind)
                                                          : law_bits(a->leak);
    int g = a->has_gain ? law_bits(a->gain) : 1;
    fprintf(f, "  wire signed [%d:0] v%d, c%d; wire signed [%d:0] u%d, w%d; wire [5:0] z%d;\n",
            v - 1, i, i, u - 1, i, i, i);
    fprintf(f, "  wire [7:0] r%d; wire signed [63:0] g%d, i%d, l%d, s%d;\n", i, i, i, i, i);
    fprintf(f, "  stw_neuron #(.AccW(%d), .Align(%d), .MaxSpikes(%d)", in->acc_bits,
            layer_of(in).align, in->max_spikes);
    for (int p = 0; p < n; p++) {
        static const char *const not_a_neurons =
            " NLayers Sizes Recurrent OneToOne Delayed Taps Spacing MaxSpikes InputBits InputFrac "
            "InputSigned "
            "WeightBits WeightFrac MembraneFrac GainFrac ";
        char spaced[32];
        snprintf(spaced, sizeof spaced, " %s ", list[p].name);
        if (!strstr(not_a_neurons, spaced)) fprintf(f, ", .%s(%s)", list[p].name, list[p].value);
    }
    fprintf(f, ") u%d_neuron (\n", i);
    fprintf(f,
            "    .clk_i(1'b0), .early_i(1'b0), .acc_i(acc_i[%d:0]), .acc2_i(acc2_i[%d:0]), "
            ".heard_i(heard_i), .v_i(v_i[%d:0]),\n",
            in->acc_bits - 1, in->acc_bits - 1, v - 1);
    fprintf(f, "    .u_i(u_i[%d:0]), .u2_i(u2_i[%d:0]), .r_i(r_i), .lambda_i(lambda_i[%d:0]),\n",
            u - 1, u - 1, l - 1);
    fprintf(f, "    .lambda_slope_i(lambda_slope_i[15:0]), .mu_i(mu_i[%d:0]),\n", m - 1);
    fprintf(f, "    .mu_slope_i(mu_slope_i[15:0]), .mu2_i(mu2_i[%d:0]),\n", m - 1);
    fprintf(f, "    .mu2_slope_i(mu2_slope_i[15:0]), .gain_i(gain_i[%d:0]),\n", g - 1);
    fprintf(f, "    .theta_i(theta_i[%d:0]), .bias_i(bias_i[%d:0]), .rest_i(rest_i[%d:0]),\n",
            v - 1, v - 1, v - 1);
    fprintf(f, "    .reset_i(reset_i[%d:0]), .jitter_i(jitter_i[15:0]),\n", v - 1);
    fprintf(f, "    .gather_o(g%d), .current_o(i%d), .leak_o(l%d), .integrate_o(s%d),\n", i, i, i,
            i);
    fprintf(f,
            "    .clamp_o(c%d), .fire_o(z%d), .reset_o(v%d), .refract_o(r%d), .u_o(u%d), "
            ".u2_o(w%d));\n",
            i, i, i, i, i, i);
}

static void print_module(FILE *f, const struct instance *in, int n)
{
    fprintf(f, "module neurons (\n  input [7:0] select_i, r_i,\n  input heard_i,\n");
    fprintf(f, "  input [63:0] acc_i, acc2_i, v_i, u_i, u2_i,\n");
    fprintf(f, "  input [31:0] lambda_i, lambda_slope_i, mu_i, mu_slope_i, mu2_i, mu2_slope_i,\n");
    fprintf(f, "  input [31:0] gain_i, theta_i, bias_i, rest_i, reset_i, jitter_i,\n");
    fprintf(f, "  output logic signed [63:0] gather_o, current_o, leak_o, integrate_o, clamp_o,\n");
    fprintf(f, "  output logic signed [63:0] fire_o, reset_o, refract_o, u_o, u2_o);\n");
    for (int i = 0; i < n; i++)
        print_instance(f, i, &in[i]);
    fprintf(f, "  always_comb case (select_i)\n");
    for (int i = 0; i <= n; i++) {
        int k = i < n ? i : 0;
        i < n ? fprintf(f, "    %d: begin\n", i) : fprintf(f, "    default: begin\n");
        fprintf(f, "      gather_o = g%d; current_o = i%d; leak_o = l%d; integrate_o = s%d;\n", k,
                k, k, k);
        fprintf(f, "      clamp_o = 64'(c%d); fire_o = {58'd0, z%d}; reset_o = 64'(v%d);\n", k, k,
                k);
        fprintf(f, "      refract_o = {56'd0, r%d}; u_o = 64'(u%d); u2_o = 64'(w%d);\n    end\n", k,
                k, k);
    }
    fprintf(f, "  endcase\nendmodule\n");
}

static void draw_instances(struct random *r, struct instance *in)
{
    int leak[LAW_LEAKS] = {0}, decay[LAW_LEAKS] = {0}, round[3][FX_ROUNDS] = {0},
        when[LAW_WHENS] = {0}, flag[16][2] = {0};
    int currents[3] = {0}, left = 0, right = 0, many = 0;
    for (int i = 0; i < LAWS; i++) {
        do {
            in[i].law = i ? random_law(r) : law_of_demo;
            in[i].input_frac = draw(r, 0, 1) ? in[i].law.input.frac_bits : 0;
        } while (dut_check(&lif_kind, &in[i].law, &shape_of_demo));
        const struct law *a = &in[i].law;
        in[i].acc_bits =
            a->saturate_each ? law_bits(a->current) : law_bits(a->weight) + (int)draw(r, 0, 12);
        in[i].max_spikes = (int)fx_umax((int)(draw(r, 0, 1) ? 1 : draw(r, 1, 6)));
        leak[a->leak_kind]++;
        when[a->leak_when]++;
        if (a->currents) decay[a->decay_kind]++;
        round[0][a->round_current]++;
        if (a->leak_kind == LAW_LEAK_EXPONENTIAL) round[1][a->round_leak]++;
        if (a->currents && a->decay_kind == LAW_LEAK_EXPONENTIAL) round[2][a->round_decay]++;
        currents[a->currents]++;
        const bool flags[16] = {a->wrap,
                                a->fire_before,
                                a->symmetric,
                                a->floor_zero,
                                a->fire_gt,
                                a->reset_subtract,
                                a->integrate_first,
                                a->refractory_ticks > 0,
                                a->leak_signed,
                                a->has_gain,
                                a->has_rest,
                                a->decay_last,
                                a->saturate_each,
                                a->refractory_hold,
                                a->saturate_increment,
                                law_bits(a->membrane) > 24};
        for (int k = 0; k < 16; k++)
            flag[k][flags[k]]++;
        left += layer_of(&in[i]).align < 0;
        right += layer_of(&in[i]).align > 0;
        many += in[i].max_spikes > 1;
    }
    for (int i = 0; i < LAW_LEAKS; i++)
        assert_true(leak[i] > 0 && decay[i] > 0);
    for (int i = 0; i < LAW_WHENS; i++)
        assert_true(when[i] > 0);
    for (int i = 0; i < 3 * FX_ROUNDS; i++)
        assert_true(round[i / FX_ROUNDS][i % FX_ROUNDS] > 0);
    for (int i = 0; i < 32; i++)
        assert_true(flag[i / 2][i % 2] > 0);
    assert_true(currents[0] && currents[1] && currents[2] && left && right && many);
}

// Builds the module and returns its step.
static neuron_step *build(const struct instance *in, void **library)
{
    static char text[LAWS * 8192];
    char message[1024] = "", path[DUT_PATH];
    struct dut_build_options o = {SPIKETWIN_ROOT, "build/dut", false};
    FILE *f = fmemopen(text, sizeof text, "w");
    print_module(f, in, LAWS);
    assert_int_equal(fclose(f), 0);
    const char *arguments[] = {"-Wno-lint", "-Wno-style", 0};
    struct dut_top top = {.top = "neurons",
                          .text = text,
                          .arguments = arguments,
                          .cpp = "tests/rtl/neurons_dut.cpp",
                          .config = ""};
    if (dut_build_top(&top, &o, path, message, sizeof message)) fail_msg("%s", message);
    *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
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
                          const struct law_state *before, const struct law_stages *s, bool heard,
                          int jitter, int64_t *hits)
{
    const struct law *a = &in->law;
    int v_bits = law_bits(a->membrane), align = layer_of(in).align;
    int64_t moved = n->lambda + fx_shr_rne((int64_t)n->lambda_slope * jitter, 15);
    int32_t compared = a->fire_before ? before->v : s->clamp;
    bool factor = a->leak_kind == LAW_LEAK_EXPONENTIAL || a->leak_kind == LAW_LEAK_LINEAR;
    hits[SATURATED_HIGH] += !a->wrap && s->integrate > fx_max(v_bits);
    hits[SATURATED_LOW] += !a->wrap && !a->floor_zero && s->integrate < fx_min(v_bits);
    hits[WRAPPED] += a->wrap && s->integrate != s->clamp;
    hits[FLOORED] += a->floor_zero && !a->wrap && s->integrate < 0;
    hits[WRAPPED_UP] += a->floor_zero && a->wrap && s->integrate < 0;
    hits[MANY_SPIKES] += s->fire > 1;
    hits[ALL_SPIKES] += in->max_spikes > 1 && s->fire == in->max_spikes;
    hits[HELD_AT_REST] += a->refractory_hold && before->r > 0 && before->v != s->reset;
    hits[MOVED_BY_ONE] += a->leak_kind == LAW_LEAK_SHIFT_MOVES && s->leak == 1;
    hits[KEPT_ITS_LEAK] += !law_leaks(a, heard) && before->v && !s->leak;
    hits[AT_THRESHOLD] += before->r == 0 && compared == n->theta;
    hits[BELOW_THRESHOLD] += before->r == 0 && compared == n->theta - 1;
    hits[FIRED_NEGATIVE_THETA] += n->theta < 0 && s->fire;
    hits[RESET_CLAMPED] +=
        s->fire && a->reset_subtract && s->reset != s->clamp - (int64_t)s->fire * n->theta;
    hits[REFRACTORY_HELD] += before->r > 0 && s->gather != 0;
    hits[LEAK_TIE] +=
        a->leak_kind == LAW_LEAK_EXPONENTIAL && !a->integrate_first && !a->has_rest &&
        tie(before->v * fx_sat(moved, law_leak_min(a), law_leak_max(a)), a->leak.frac_bits);
    hits[CURRENT_TIE] += align > 0 && tie(s->gather, align);
    hits[CURRENT_CLAMPED] += a->currents && (s->current == fx_max(law_bits(a->current)) ||
                                             s->current == fx_min(law_bits(a->current)));
    hits[LINEAR_TO_ZERO] += a->leak_kind == LAW_LEAK_LINEAR && !a->integrate_first &&
                            s->leak == before->v && before->v != 0;
    hits[JITTER_LOW_END] += factor && moved < law_leak_min(a);
    hits[JITTER_HIGH_END] += factor && moved > law_leak_max(a);
}

static void compare(neuron_step *rtl, int i, const struct instance *in, const struct law_neuron *n,
                    const struct law_state *before, struct law_gathered acc, int jitter,
                    struct law_stages *e)
{
    struct law_state expected = *before, got = *before;
    struct law_layer layer = layer_of(in);
    *e = law_step_ref(&in->law, &layer, n, &expected, acc, jitter);
    struct law_stages g = rtl(i, n, &got, acc, jitter);
    for (int k = 0; k < LAW_STAGES; k++)
        if (law_get(&lif_kind.stage[k], e) != law_get(&lif_kind.stage[k], &g))
            fail_msg("law %d stage %s: expected %lld, RTL %lld (v %d u %d r %d acc %lld jitter %d, "
                     "leak kind %d λ %d)",
                     i, lif_kind.stage[k].name, (long long)law_get(&lif_kind.stage[k], e),
                     (long long)law_get(&lif_kind.stage[k], &g), before->v, before->u, before->r,
                     (long long)acc.acc, jitter, (int)in->law.leak_kind, n->lambda);
    if (memcmp(&expected, &got, sizeof got))
        fail_msg("law %d: next state (%d, %d, %d, %d), RTL (%d, %d, %d, %d)", i, expected.v,
                 expected.u, expected.u2, expected.r, got.v, got.u, got.u2, got.r);
}

static int64_t random_acc(struct random *r, const struct instance *in)
{
    int align = layer_of(in).align;
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
        int64_t u_max = a->currents ? fx_max(law_bits(a->current)) : 0;
        for (int k = 0; k < WORDS_A_LAW; k++) {
            struct law_neuron n = random_neuron(&r, a);
            struct law_state before = {
                corner_word(&r, a->floor_zero ? 0 : -v_max - 1, v_max),
                a->currents ? corner_word(&r, -u_max - 1, u_max) : 0,
                a->currents > 1 ? corner_word(&r, -u_max - 1, u_max) : 0,
                a->refractory_ticks && draw(&r, 0, 2) == 0 ? corner_word(&r, 0, 255) : 0};
            int jitter =
                draw(&r, 0, 1) ? (int)draw(&r, -1000, 1000) : corner_word(&r, -32768, 32767);
            struct law_gathered acc = {random_acc(&r, &in[i]), 0};
            if (a->currents > 1) acc.acc2 = random_acc(&r, &in[i]);
            acc.heard = draw(&r, 0, 1);
            struct law_stages s;
            if (draw(&r, 0, 3) == 0) { // half of the leak's range is a tie of odd membranes
                n.lambda_slope = 0;
                if (a->leak_kind == LAW_LEAK_EXPONENTIAL)
                    n.lambda = (int32_t)fx_one(a->leak.frac_bits - 1);
            }
            compare(rtl, i, &in[i], &n, &before, acc, jitter, &s);
            count_corners(&in[i], &n, &before, &s, acc.heard, jitter, hits);
            n.theta = (int32_t)fx_sat((a->fire_before ? before.v : s.clamp) + draw(&r, 0, 1),
                                      -v_max - 1, v_max);
            compare(rtl, i, &in[i], &n, &before, acc, jitter, &s);
            count_corners(&in[i], &n, &before, &s, acc.heard, jitter, hits);
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
