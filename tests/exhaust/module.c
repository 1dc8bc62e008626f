// Prints what is generated from tests/exhaust/configuration.h.
//
//   module list                      number, name of each configuration, whether exhausted or wide
//   module neuron NUMBER LANES       a SystemVerilog module of LANES neurons of one configuration:
//                                    acc and one state word are inputs, all others constants
//   module free NUMBER               one neuron, every word a port; the RTL side of a proof
//   module ports NUMBER              name, bits and sign of those ports
//   module leak ROUND LANES          a module of LANES stw_leak that multiply
//
// The parameters come from cosim/dut_build.h, as everywhere.
#include "cosim/dut/dut_build.h"
#include "tests/exhaust/configuration.h"
#include "tests/exhaust/expected.h"

#include <stdlib.h>
#include <string.h>

static const char *const port_names[PORTS] = {
    "acc",    "acc2",         "heard", "v",        "u",     "u2",        "r",
    "lambda", "lambda_slope", "mu",    "mu_slope", "mu2",   "mu2_slope", "gain",
    "theta",  "bias",         "rest",  "reset",    "jitter"};
static const char *const out_names[OUTS] = {"gather", "current", "leak",    "integrate", "clamp",
                                            "fire",   "reset",   "refract", "u",         "u2"};

static void print_parameters(const struct configuration *c, int acc_bits)
{
    static const struct image_shape shape = {1, {{1, 1, IMAGE_DENSE, false}}};
    static const char not_a_neurons[] = " NLayers Sizes Recurrent OneToOne Delayed Taps Spacing "
                                        "MaxSpikes InputBits InputFrac InputSigned "
                                        "WeightBits WeightFrac MembraneFrac GainFrac ";
    struct dut_parameter list[DUT_PARAMETERS];
    int n = dut_parameters(&lif_kind, &c->law, &shape, list);
    printf("stw_neuron #(.AccW(%d), .Align(%d), .MaxSpikes(%d)", acc_bits, layer_of(c).align,
           c->max_spikes);
    for (int p = 0; p < n; p++) {
        char spaced[64];
        snprintf(spaced, sizeof spaced, " %s ", list[p].name);
        if (!strstr(not_a_neurons, spaced)) printf(", .%s(%s)", list[p].name, list[p].value);
    }
    printf(") u_neuron (.clk_i(1'b0), .early_i(1'b0), ");
}

static int width(int bits)
{
    return bits < 0 ? -bits : bits;
}

// Bits of what leaves the neuron; the wide stages leave as 64.
static int out_bits(const struct configuration *c, int out)
{
    int v = port_bits(c, PORT_V, 16), u = port_bits(c, PORT_U, 16);
    const int bits[OUTS] = {-64, -64, -64, -64, v, 6, v, 8, u, u};
    return bits[out];
}

static void print_neurons(const struct configuration *c, int lanes)
{
    int runs = c->over_u ? PORT_U : PORT_V;
    printf("module lanes (input logic signed [15:0] a_i [%d], b_i [%d],\n", lanes, lanes);
    printf("  output logic signed [63:0] out_o [%d]);\n", OUTS * lanes);
    printf("  for (genvar k = 0; k < %d; k++) begin : gen_lane\n", lanes);
    for (int o = 0; o < OUTS; o++)
        printf("    logic %s [%d:0] %s;\n", out_bits(c, o) < 0 ? "signed" : "",
               width(out_bits(c, o)) - 1, out_names[o]);
    printf("    ");
    print_parameters(c, 16);
    for (int p = 0; p < PORTS; p++) {
        int bits = width(port_bits(c, p, 16));
        unsigned long long word = (uint64_t)port_word(c, p) & (uint64_t)fx_umax(bits);
        if (p == runs)
            printf(".%s_i(a_i[k]), ", port_names[p]);
        else if (p == PORT_ACC)
            printf(".%s_i(b_i[k]), ", port_names[p]);
        else
            printf(".%s_i(%d'h%llx), ", port_names[p], bits, word);
    }
    for (int o = 0; o < OUTS; o++)
        printf("%s.%s_o(%s)", o ? ", " : "", out_names[o], out_names[o]);
    printf(");\n");
    for (int o = 0; o < OUTS; o++)
        printf("    assign out_o[%d + k] = 64'(%s);\n", o * lanes, out_names[o]);
    printf("  end\nendmodule\n");
}

static void print_free(const struct configuration *c)
{
    printf("module free (\n");
    for (int p = 0; p < PORTS; p++) {
        int bits = port_bits(c, p, c->acc_bits);
        printf("  input logic %s [%d:0] %s_i,\n", bits < 0 ? "signed" : "", width(bits) - 1,
               port_names[p]);
    }
    for (int o = 0; o < OUTS; o++)
        printf("  output logic %s [%d:0] %s_o%s\n", out_bits(c, o) < 0 ? "signed" : "",
               width(out_bits(c, o)) - 1, out_names[o], o < OUTS - 1 ? "," : ");");
    printf("  ");
    print_parameters(c, c->acc_bits);
    for (int p = 0; p < PORTS; p++)
        printf(".%s_i(%s_i), ", port_names[p], port_names[p]);
    for (int o = 0; o < OUTS; o++)
        printf("%s.%s_o(%s_o)", o ? ", " : "", out_names[o], out_names[o]);
    printf(");\nendmodule\n");
}

static void print_ports(const struct configuration *c)
{
    for (int p = 0; p < PORTS; p++) {
        int bits = port_bits(c, p, c->acc_bits);
        printf("in %s %d %d\n", port_names[p], width(bits), bits < 0);
    }
    for (int o = 0; o < OUTS; o++)
        printf("out %s %d %d\n", out_names[o], width(out_bits(c, o)), out_bits(c, o) < 0);
}

static void print_leaks(int round, int lanes)
{
    printf("module lanes (input logic signed [15:0] a_i [%d], b_i [%d],\n", lanes, lanes);
    printf("  output logic signed [63:0] out_o [%d]);\n", lanes);
    printf("  for (genvar k = 0; k < %d; k++) begin : gen_lane\n", lanes);
    printf("    logic signed [17:0] l;\n");
    printf("    stw_leak #(.InW(16), .OutW(18), .LambdaW(16), .Frac(16), .Kind(1), .Round(%d))\n",
           round);
    printf("      u_leak (.clk_i(1'b0), .early_i(1'b0), .x_i(a_i[k]), .lambda_i(b_i[k]), "
           ".slope_i(16'd%d), .jitter_i(16'h%x), "
           ".l_o(l));\n",
           LEAK_SLOPE, (unsigned)leak_jitter(round) & 0xffff);
    printf("    assign out_o[k] = 64'(l);\n  end\nendmodule\n");
}

// That the exhausted configurations have every choice of the law's.
static const char *missing(void)
{
    bool leak[LAW_LEAKS] = {0}, when[LAW_WHENS] = {0}, round[FX_ROUNDS] = {0}, flag[11][2] = {0};
    for (int i = 0; i < EXHAUSTED; i++) {
        const struct configuration *c = &configurations[i];
        leak[c->law.leak_kind] = when[c->law.leak_when] = round[c->law.round_leak] = true;
        flag[0][c->law.wrap] = flag[1][c->law.floor_zero] = flag[2][c->law.fire_gt] = true;
        flag[3][c->law.reset_subtract] = flag[4][c->law.integrate_first] = true;
        flag[5][c->state.r > 0] = flag[6][c->law.currents > 0] = flag[7][c->max_spikes > 1] = true;
        flag[10][c->law.fire_before] = true;
        flag[9][c->law.symmetric] = true;
        flag[8][c->law.saturate_increment] = true;
    }
    for (int i = 0; i < CONFIGURATIONS; i++) {
        const char *what = law_check(&configurations[i].law);
        if (what) return what;
    }
    for (int i = 0; i < LAW_LEAKS; i++)
        if (!leak[i]) return law_leak_names[i];
    for (int i = 0; i < LAW_WHENS; i++)
        if (!when[i]) return law_when_names[i];
    for (int i = 0; i < FX_ROUNDS; i++)
        if (!round[i]) return law_round_names[i];
    for (int i = 0; i < 22; i++)
        if (!flag[i / 2][i % 2]) return "a choice of two";
    return 0;
}

int main(int argc, char **argv)
{
    int number = argc > 2 ? atoi(argv[2]) : 0, lanes = argc > 3 ? atoi(argv[3]) : 1;
    const char *verb = argc > 1 ? argv[1] : "";
    const struct configuration *c = &configurations[number];
    const char *what = missing();
    if (what || number < 0 || number >= CONFIGURATIONS || lanes < 1) {
        fprintf(stderr, "module: %s\n", what ? what : "no such configuration");
        return 2;
    }
    if (!strcmp(verb, "list"))
        for (int i = 0; i < CONFIGURATIONS; i++)
            printf("%d %s %s\n", i, configurations[i].name, i < EXHAUSTED ? "exhausted" : "wide");
    else if (!strcmp(verb, "neuron"))
        print_neurons(c, lanes);
    else if (!strcmp(verb, "free"))
        print_free(c);
    else if (!strcmp(verb, "ports"))
        print_ports(c);
    else if (!strcmp(verb, "leak") && number < FX_ROUNDS)
        print_leaks(number, lanes);
    else
        return 2;
    return 0;
}
