// NIR graphs as nets: every kind of node against its own equation, and what is refused, by name.
#include "twin/nir/import.h"

#include "tests/lib/nir_file.h"
#include "twin/net/rules.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define DT         1e-3
#define NEAR(a, b) assert_true(fabs((double)(a) - (double)(b)) <= 1e-6 * (1 + fabs((double)(b))))

struct fixture {
    char path[64];
    struct chip chip, loihi;
    struct nir_file f;
    struct nir_graph g;
    struct nir_import m;
    struct net net;
};

static int setup(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    struct fail f;
    if (!x || chip_load(&x->chip, SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f) ||
        chip_load(&x->loihi, SPIKETWIN_ROOT "/chips/loihi.yaml", &f))
        return -1;
    x->chip.tick_s = x->loihi.tick_s = DT;
    strcpy(x->path, "/tmp/spiketwin-nir-XXXXXX");
    int fd = mkstemp(x->path);
    if (fd < 0) return -1;
    close(fd);
    nir_file_begin(&x->f);
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *x = *state;
    nir_import_fini(&x->m);
    nir_graph_fini(&x->g);
    net_fini(&x->net);
    unlink(x->path);
    free(x);
    return 0;
}

static int import(struct fixture *x, const struct chip *c, const char *dialect, struct fail *f)
{
    struct nir_choice choice = {.dt = DT, .dialect = nir_dialect_of(dialect)};
    if (nir_file_end(&x->f, x->path, f)) return -1;
    return nir_graph_read(&x->g, x->path, f) || nir_import(&x->m, &x->net, &x->g, c, &choice, f);
}

static void imported(struct fixture *x, const struct chip *c)
{
    struct fail f = {""};
    if (import(x, c, "nir", &f)) fail_msg("%s", f.text);
}

static void refused(struct fixture *x, const char *why)
{
    struct fail f = {""};
    if (!import(x, &x->chip, "nir", &f)) fail_msg("taken; expected: %s", why);
    if (!strstr(f.text, why) || strchr(f.text, '\n')) fail_msg("%s; expected: %s", f.text, why);
    assert_true(!x->m.offence && !x->m.chosen.n);
}

// input (n_in) -> .. -> output (n_out)
static void ports(struct fixture *x, int n_in, int n_out)
{
    nir_file_port(&x->f, "input", "Input", n_in);
    nir_file_port(&x->f, "output", "Output", n_out);
}

static void edges(struct fixture *x, const char *const *name)
{
    for (; name[1]; name++)
        nir_file_edge(&x->f, name[0], name[1]);
}

static double weight(const struct fixture *x, int layer, int source, int neuron)
{
    return x->net.layer[layer].w[source * x->net.layer[layer].n_out + neuron];
}

static const double w23[6] = {0.5, -1, 0.25, 2, 0, -0.125}; // (2 to, 3 from)

// v' = v + dt/tau·(v_leak − v + r·(W·x + b)), fires at v_threshold, goes to v_reset: in units in which
// theta is the chip's and v_reset is 0.
static void test_lif(void **state)
{
    struct fixture *x = *state;
    const double tau[2] = {0.01, 0.004}, r[2] = {2, 3}, leak[2] = {0.1, -0.2}, theta[2] = {0.5, 1},
                 reset[2] = {0, -0.25}, b[2] = {0.01, 0.02};
    ports(x, 3, 2);
    nir_file_node(&x->f, "w", "Affine");
    nir_file_matrix(&x->f, "weight", 2, 3, w23);
    nir_file_list(&x->f, "bias", 2, b);
    nir_file_node(&x->f, "n", "LIF");
    nir_file_list(&x->f, "tau", 2, tau);
    nir_file_list(&x->f, "r", 2, r);
    nir_file_list(&x->f, "v_leak", 2, leak);
    nir_file_list(&x->f, "v_threshold", 2, theta);
    nir_file_list(&x->f, "v_reset", 2, reset);
    edges(x, (const char *[]){"input", "w", "n", "output", 0});
    imported(x, &x->chip);
    assert_int_equal(x->net.shape.n_layers, 1);
    for (int i = 0; i < 2; i++) {
        double scale = 8 / (theta[i] - reset[i]), part = DT / tau[i];
        NEAR(x->net.layer[0].theta[i], 8);
        NEAR(x->net.layer[0].lambda[i], part);
        NEAR(x->net.layer[0].bias[i], scale * part * (leak[i] - reset[i] + r[i] * b[i]));
        for (int s = 0; s < 3; s++)
            NEAR(weight(x, 0, s, i), scale * part * r[i] * w23[i * 3 + s]);
    }
    assert_true(nir_import_fits(&x->m, false));
}

// The same graph, whatever the order of its nodes' names, in a subgraph in a subgraph, through scalars,
// Scale and Flatten, by a second edge that stands twice.
static void test_subgraphs(void **state)
{
    struct fixture *x = *state;
    struct nir_file inner, *f = &x->f;
    ports(x, 3, 2);
    nir_file_node(f, "z", "Linear");
    nir_file_matrix(f, "weight", 2, 3, w23);
    nir_file_node(f, "flat", "Flatten");
    nir_file_one(f, "start_dim", 0);
    inner = *f;
    inner.at = -1;
    nir_file_graph(&inner, f->nodes, "a");
    nir_file_port(&inner, "i", "Input", 2);
    nir_file_port(&inner, "o", "Output", 2);
    nir_file_node(&inner, "s", "Scale");
    nir_file_list(&inner, "scale", 2, (double[]){2, 4});
    struct nir_file deep = inner;
    deep.at = -1;
    nir_file_graph(&deep, inner.nodes, "b");
    nir_file_port(&deep, "i", "Input", 2);
    nir_file_port(&deep, "o", "Output", 2);
    nir_file_lif(&deep, "n", 0.01, 1, 0, 1);
    nir_file_edge(&deep, "i", "n");
    nir_file_edge(&deep, "n", "o");
    nir_file_edges(&deep);
    nir_file_edge(&inner, "i", "s");
    nir_file_edge(&inner, "s", "b");
    nir_file_edge(&inner, "s", "b");
    nir_file_edge(&inner, "b", "o");
    nir_file_edges(&inner);
    edges(x, (const char *[]){"input", "z", "flat", "a", "output", 0});
    imported(x, &x->chip);
    assert_int_equal(x->g.notes.n, 1);
    assert_non_null(strstr(x->g.notes.text[0], "stands twice"));
    assert_string_equal(x->g.node[x->m.of[0].node[0]].name, "a.b.n");
    for (int i = 0; i < 2; i++)
        for (int s = 0; s < 3; s++)
            NEAR(weight(x, 0, s, i), 8 * 0.1 * (i ? 4 : 2) * w23[i * 3 + s]);
}

// Edges that name a node otherwise than it is called: taken where only one can be meant, and said.
static void test_a_name_that_is_wrong(void **state)
{
    struct fixture *x = *state;
    ports(x, 2, 2);
    nir_file_lif(&x->f, "lif1", 0.01, 1, 0, 1);
    edges(x, (const char *[]){"input", "lif", "output", 0});
    imported(x, &x->chip);
    assert_non_null(strstr(x->g.notes.text[0], "edges name lif, which is no node; node lif1"));
    assert_int_equal(x->net.shape.layer[0].topology, IMAGE_ONE_TO_ONE);
}

// i += dt/tau_syn·(w_in·W·x − i), v += dt/tau_mem·(r·i − v): on a chip with currents. Own spikes by a
// Linear of the layer are further rows.
static void test_current_and_recurrence(void **state)
{
    struct fixture *x = *state;
    const double own[4] = {0, 1, -1, 0.5};
    ports(x, 3, 2);
    nir_file_node(&x->f, "w", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 3, w23);
    nir_file_node(&x->f, "r", "Affine");
    nir_file_matrix(&x->f, "weight", 2, 2, own);
    nir_file_list(&x->f, "bias", 2, (double[]){0.01, 0});
    nir_file_node(&x->f, "n", "CubaLIF");
    nir_file_one(&x->f, "tau_mem", 0.01);
    nir_file_one(&x->f, "tau_syn", 0.002);
    nir_file_one(&x->f, "r", 5);
    nir_file_one(&x->f, "v_leak", 0);
    nir_file_one(&x->f, "v_threshold", 10);
    nir_file_one(&x->f, "w_in", 3);
    edges(x, (const char *[]){"input", "w", "n", "output", 0});
    edges(x, (const char *[]){"n", "r", "n", 0});
    imported(x, &x->loihi);
    const double scale = x->loihi.threshold / 10, gain = scale * 0.1 * 5 * 0.5 * 3;
    assert_true(x->net.shape.layer[0].recurrent);
    for (int i = 0; i < 2; i++) {
        NEAR(x->net.layer[0].decay[i], 0.5);
        for (int s = 0; s < 3; s++)
            NEAR(weight(x, 0, s, i), gain * w23[i * 3 + s]);
        for (int s = 0; s < 2; s++)
            NEAR(weight(x, 0, 3 + s, i), gain * own[i * 2 + s]);
    }
    NEAR(x->net.layer[0].bias[0], scale * 0.1 * 5 * 3 * 0.01); // where i comes to rest
    NEAR(x->net.layer[0].bias[1], 0);
}

// Chips in which the leak or the decay acts last get weights with which they do the same.
static void test_orders(void **state)
{
    struct fixture *x = *state;
    struct chip c = x->loihi;
    c.law.integrate_first = true;
    c.law.decay_last = true;
    ports(x, 1, 1);
    nir_file_node(&x->f, "n", "CubaLIF");
    nir_file_one(&x->f, "tau_mem", 0.01);
    nir_file_one(&x->f, "tau_syn", 0.004);
    nir_file_one(&x->f, "r", 1);
    nir_file_one(&x->f, "v_leak", 0.5);
    nir_file_one(&x->f, "v_threshold", 1);
    edges(x, (const char *[]){"input", "n", "output", 0});
    imported(x, &c);
    NEAR(weight(x, 0, 0, 0), c.threshold * 0.1 * 0.25 / (1 - 0.1) / (1 - 0.25));
    NEAR(x->net.layer[0].bias[0], c.threshold * 0.1 * 0.5 / (1 - 0.1));
}

static void test_if_threshold_and_delay(void **state)
{
    struct fixture *x = *state;
    ports(x, 2, 2);
    nir_file_node(&x->f, "a", "IF");
    nir_file_one(&x->f, "r", 100);
    nir_file_one(&x->f, "v_threshold", 2);
    nir_file_node(&x->f, "d", "Delay");
    nir_file_list(&x->f, "delay", 2, (double[]){DT, DT});
    nir_file_node(&x->f, "t", "Threshold");
    nir_file_one(&x->f, "threshold", 0.5);
    edges(x, (const char *[]){"input", "a", "d", "t", "output", 0});
    imported(x, &x->chip);
    assert_int_equal(x->net.shape.n_layers, 2);
    assert_false(x->net.shape.layer[0].delayed);
    assert_true(x->net.shape.layer[1].delayed);
    NEAR(x->net.layer[0].lambda[1], 0);
    NEAR(weight(x, 0, 0, 1), 8 / 2. * DT * 100);
    assert_true(x->net.layer[1].lambda[0] == (float)(65535. / 65536)); // the largest word
    NEAR(weight(x, 1, 0, 0), 8 / 0.5);
    assert_true(nir_import_fits(&x->m, false));
}

// A convolution's rows against its definition, value by value.
static void test_convolution(void **state)
{
    struct fixture *x = *state;
    enum { C = 2, H = 5, W = 4, OUT = 4, KH = 3, KW = 2, OH = 2, OW = 4 };
    const int stride[2] = {2, 1}, padding[2] = {1, 1}, dilation[2] = {2, 2};
    double w[OUT * 1 * KH * KW], b[OUT];
    for (int i = 0; i < OUT * KH * KW; i++)
        w[i] = 0.25 * (i % 7) - 0.5;
    for (int i = 0; i < OUT; i++)
        b[i] = 0.1 * i;
    nir_file_node(&x->f, "input", "Input");
    nir_file_list(&x->f, "shape", 3, (double[]){C, H, W});
    nir_file_port(&x->f, "output", "Output", OUT * OH * OW);
    nir_file_node(&x->f, "c", "Conv2d");
    nir_file_put(&x->f, "weight", 4, (hsize_t[]){OUT, 1, KH, KW}, w);
    nir_file_list(&x->f, "bias", OUT, b);
    nir_file_list(&x->f, "stride", 2, (double[]){stride[0], stride[1]});
    nir_file_list(&x->f, "padding", 2, (double[]){padding[0], padding[1]});
    nir_file_list(&x->f, "dilation", 2, (double[]){dilation[0], dilation[1]});
    nir_file_one(&x->f, "groups", C);
    nir_file_lif(&x->f, "n", 0.01, 1, 0, 1);
    edges(x, (const char *[]){"input", "c", "n", "output", 0});
    imported(x, &x->chip);
    assert_int_equal(x->net.shape.layer[0].n_out, OUT * OH * OW);
    const int oh = (H + 2 * padding[0] - dilation[0] * (KH - 1) - 1) / stride[0] + 1;
    const int ow = (W + 2 * padding[1] - dilation[1] * (KW - 1) - 1) / stride[1] + 1;
    assert_true(oh == OH && ow == OW);
    for (int o = 0; o < OUT; o++)
        for (int m = 0; m < oh; m++)
            for (int n = 0; n < ow; n++)
                for (int c = 0; c < C; c++)
                    for (int i = 0; i < H; i++)
                        for (int j = 0; j < W; j++) {
                            double expected = 0;
                            for (int k = 0; k < KH; k++)
                                for (int l = 0; l < KW; l++)
                                    if (o / (OUT / C) == c &&
                                        m * stride[0] + k * dilation[0] - padding[0] == i &&
                                        n * stride[1] + l * dilation[1] - padding[1] == j)
                                        expected += w[(o * KH + k) * KW + l];
                            NEAR(weight(x, 0, (c * H + i) * W + j, (o * oh + m) * ow + n),
                                 0.8 * expected);
                        }
    NEAR(x->net.layer[0].bias[oh * ow], 0.8 * b[1]);
}

static void test_pools(void **state)
{
    struct fixture *x = *state;
    nir_file_node(&x->f, "input", "Input");
    nir_file_list(&x->f, "shape", 3, (double[]){1, 4, 4});
    nir_file_port(&x->f, "output", "Output", 1);
    nir_file_node(&x->f, "s", "SumPool2d");
    nir_file_list(&x->f, "kernel_size", 2, (double[]){2, 2});
    nir_file_list(&x->f, "stride", 2, (double[]){2, 2});
    nir_file_list(&x->f, "padding", 2, (double[]){0, 0});
    nir_file_node(&x->f, "a", "AvgPool2d");
    nir_file_list(&x->f, "kernel_size", 2, (double[]){2, 2});
    nir_file_list(&x->f, "stride", 2, (double[]){2, 2});
    nir_file_list(&x->f, "padding", 2, (double[]){0, 0});
    nir_file_lif(&x->f, "n", 0.01, 1, 0, 1);
    edges(x, (const char *[]){"input", "s", "a", "n", "output", 0});
    imported(x, &x->chip);
    for (int s = 0; s < 16; s++)
        NEAR(weight(x, 0, s, 0), 0.8 * 0.25);
}

// What the chip cannot hold is told value by value, all of it, and the net has the nearest.
static void test_offences(void **state)
{
    struct fixture *x = *state;
    ports(x, 3, 2);
    nir_file_node(&x->f, "w", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 3, (double[]){300, 1, 0, 0, -400, 1});
    nir_file_lif(&x->f, "n", 0.01, 1, 3000, 1);
    edges(x, (const char *[]){"input", "w", "n", "output", 0});
    imported(x, &x->chip);
    assert_int_equal(x->m.n_offences, 4); // two weights, two biases
    assert_int_equal(x->m.n_never, 0);
    assert_false(nir_import_fits(&x->m, false));
    assert_true(nir_import_fits(&x->m, true));
    assert_string_equal(x->m.offence[0].what, "bias");
    NEAR(x->m.offence[0].nearest, 32767 / 256.);
    assert_string_equal(x->m.offence[1].what, "weight");
    NEAR(x->m.offence[1].value, 240);
    assert_int_equal(x->m.offence[1].source, 0);
}

static void test_no_current_on_the_chip(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "n", "CubaLIF");
    nir_file_one(&x->f, "tau_mem", 0.01);
    nir_file_one(&x->f, "tau_syn", 0.004);
    nir_file_one(&x->f, "r", 1);
    nir_file_one(&x->f, "v_leak", 0);
    nir_file_one(&x->f, "v_threshold", 1);
    edges(x, (const char *[]){"input", "n", "output", 0});
    imported(x, &x->chip);
    assert_int_equal(x->m.n_never, 1);
    assert_false(nir_import_fits(&x->m, true));
}

// What some frameworks mean: all of the input in a tick, an exact leak.
static void test_dialects(void **state)
{
    struct fixture *x = *state;
    struct fail f = {""};
    ports(x, 1, 1);
    nir_file_lif(&x->f, "n", 0.01, 77, 0, 1);
    edges(x, (const char *[]){"input", "n", "output", 0});
    if (import(x, &x->chip, "rockpool", &f)) fail_msg("%s", f.text);
    NEAR(weight(x, 0, 0, 0), 8);
    NEAR(x->net.layer[0].lambda[0], 1 - exp(-0.1));
}

// An integrator that never fires, made to.
static void test_li_with_a_threshold(void **state)
{
    struct fixture *x = *state;
    struct fail f = {""};
    struct nir_choice choice = {.dt = DT, .dialect = nir_dialects, .li_threshold = 0.5};
    ports(x, 1, 1);
    nir_file_node(&x->f, "li", "LI");
    nir_file_one(&x->f, "tau", 0.01);
    nir_file_one(&x->f, "r", 3);
    nir_file_one(&x->f, "v_leak", 0);
    edges(x, (const char *[]){"input", "li", "output", 0});
    if (nir_file_end(&x->f, x->path, &f) || nir_graph_read(&x->g, x->path, &f) ||
        nir_import(&x->m, &x->net, &x->g, &x->chip, &choice, &f))
        fail_msg("%s", f.text);
    NEAR(weight(x, 0, 0, 0), 8 / 0.5 * 0.1 * 3);
}

// --- Refused

static void lif_after(struct fixture *x, const char *const *name)
{
    nir_file_lif(&x->f, "n", 0.01, 1, 0, 1);
    edges(x, name);
}

static void test_unknown_type(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "what", "Softmax");
    lif_after(x, (const char *[]){"input", "what", "n", "output", 0});
    refused(x, "node what: type Softmax, allowed Input, Output, Linear");
}

static void test_tau_below_a_tick(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_lif(&x->f, "n", 0.5e-3, 1, 0, 1);
    edges(x, (const char *[]){"input", "n", "output", 0});
    refused(x, "node n, neuron 0: tau, 0.5 ms, allowed from 1 ms");
}

static void test_nan(void **state)
{
    struct fixture *x = *state;
    ports(x, 2, 1);
    nir_file_node(&x->f, "w", "Linear");
    nir_file_matrix(&x->f, "weight", 1, 2, (double[]){1, NAN});
    lif_after(x, (const char *[]){"input", "w", "n", "output", 0});
    refused(x, "node w: weight, value 1 is nan, must be finite");
}

// Products beyond all numbers, of numbers that are finite.
static void test_overflow(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "w", "Linear");
    nir_file_matrix(&x->f, "weight", 1, 1, (double[]){1e200});
    nir_file_lif(&x->f, "n", 0.01, 1e200, 0, 1);
    edges(x, (const char *[]){"input", "w", "n", "output", 0});
    refused(x, "node n, neuron 0: weight of source 0, inf, must be finite");
}

static void test_time_in_the_shape(void **state)
{
    struct fixture *x = *state;
    nir_file_node(&x->f, "input", "Input");
    nir_file_list(&x->f, "shape", 2, (double[]){5, 3});
    nir_file_port(&x->f, "output", "Output", 2);
    nir_file_node(&x->f, "w", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 3, w23);
    lif_after(x, (const char *[]){"input", "w", "n", "output", 0});
    refused(x, "node w: gets 15 values, its Linear takes 3: the Input's shape has a batch or time "
               "steps in it");
}

static void test_cycle_without_neurons(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "d", "Delay");
    nir_file_list(&x->f, "delay", 1, (double[]){0});
    nir_file_node(&x->f, "s", "Scale");
    nir_file_one(&x->f, "scale", 1);
    lif_after(x, (const char *[]){"input", "d", "s", "n", "output", 0});
    nir_file_edge(&x->f, "s", "d");
    refused(x, "lies in a cycle without neurons (d, s)");
}

static void test_cycle_of_delay_0(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "d", "Delay");
    nir_file_list(&x->f, "delay", 1, (double[]){0});
    lif_after(x, (const char *[]){"input", "n", "output", 0});
    edges(x, (const char *[]){"n", "d", "n", 0});
    refused(x, "node n: a cycle of Delay 0");
}

static void test_delay_of_many_ticks(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_lif(&x->f, "m", 0.01, 1, 0, 1);
    nir_file_node(&x->f, "d", "Delay");
    nir_file_list(&x->f, "delay", 1, (double[]){3 * DT});
    lif_after(x, (const char *[]){"input", "m", "d", "n", "output", 0});
    imported(x, &x->chip);
    assert_int_equal(x->net.shape.layer[1].taps, 2); // the first of which weighs nothing
    assert_int_equal(x->net.shape.layer[1].spacing, 3);
    assert_false(x->net.shape.layer[1].delayed);
    NEAR(weight(x, 1, 0, 0), 0);
    assert_true(weight(x, 1, 1, 0) > 0);
}

// Three ways from two neurons to one, 3, 5 and 9 ticks late, the last one by a Delay of two values.
static void many_ways(struct fixture *x, double last)
{
    ports(x, 2, 1);
    nir_file_lif(&x->f, "m", 0.01, 1, 0, 1);
    const char *const delays[] = {"a", "b", "c"}, *const weights[] = {"u", "v", "w"};
    const double late[3][2] = {{3 * DT, 3 * DT}, {5 * DT, 5 * DT}, {9 * DT, last}};
    for (int i = 0; i < 3; i++) {
        nir_file_node(&x->f, delays[i], "Delay");
        nir_file_list(&x->f, "delay", 2, late[i]);
        nir_file_node(&x->f, weights[i], "Linear");
        nir_file_matrix(&x->f, "weight", 1, 2, (double[]){i + 1, 10 * (i + 1)});
        edges(x, (const char *[]){"m", delays[i], weights[i], "n", 0});
    }
    nir_file_node(&x->f, "wide", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 2, (double[]){1, 0.5, 0.25, 1});
    lif_after(x, (const char *[]){"n", "output", 0});
    edges(x, (const char *[]){"input", "wide", "m", 0});
}

static void test_ways_of_several_delays(void **state)
{
    struct fixture *x = *state;
    many_ways(x, 5 * DT);
    imported(x, &x->chip);
    // From a tick late on: 3, 5, 9 are taps 1, 2 and 4 of five, 2 ticks apart.
    assert_int_equal(x->net.shape.layer[1].taps, 5);
    assert_int_equal(x->net.shape.layer[1].spacing, 2);
    assert_true(x->net.shape.layer[1].delayed);
    const double wanted[5][2] = {{0, 0}, {1, 10}, {2, 20 + 30}, {0, 0}, {3, 0}};
    double unit = weight(x, 1, 2, 0);
    for (int tap = 0; tap < 5; tap++)
        for (int i = 0; i < 2; i++)
            NEAR(weight(x, 1, 2 * tap + i, 0), unit * wanted[tap][i]);
    struct chip short_of = x->chip;
    short_of.delay_max = 7;
    struct fail f;
    assert_int_equal(rules_check_delay(&short_of, &x->net.shape, &f), -1);
    assert_string_equal(f.text,
                        "layer 1: 5 taps, the last 8 ticks late, allowed 0..7 (delay.max of "
                        "fpga-q8.8)");
}

static void test_a_delay_between_ticks(void **state)
{
    struct fixture *x = *state;
    many_ways(x, 5.5 * DT);
    refused(x, "node n: hears m after a delay of 0.0055 s, 5.5 ticks, allowed whole ticks 0..64");
}

static void test_a_delay_too_long(void **state)
{
    struct fixture *x = *state;
    many_ways(x, 65 * DT);
    refused(x, "node n: hears m after a delay of 0.065 s, 65 ticks, allowed whole ticks 0..64");
}

static void test_a_delay_below_0(void **state)
{
    struct fixture *x = *state;
    many_ways(x, -DT);
    refused(x, "node c: delay, value 1 is -0.001 s, allowed from 0");
}

static void test_delays_of_too_many(void **state)
{
    struct fixture *x = *state;
    ports(x, 2, 1);
    nir_file_lif(&x->f, "m", 0.01, 1, 0, 1);
    nir_file_node(&x->f, "d", "Delay");
    nir_file_list(&x->f, "delay", 3, (double[]){0, DT, 2 * DT});
    nir_file_node(&x->f, "w", "Linear");
    nir_file_matrix(&x->f, "weight", 1, 2, (double[]){1, 1});
    nir_file_node(&x->f, "wide", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 2, (double[]){1, 0.5, 0.25, 1});
    lif_after(x, (const char *[]){"input", "wide", "m", "d", "w", "n", "output", 0});
    refused(x, "node d: delay");
}

// Inputs that come late, and own spikes that come later than in the next tick, no chip of ours has.
static void test_late_inputs_and_own_spikes(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "d", "Delay");
    nir_file_list(&x->f, "delay", 1, (double[]){2 * DT});
    lif_after(x, (const char *[]){"input", "d", "n", "output", 0});
    refused(x, "node n: hears the input after a delay: allowed 0, show it later");
}

static void test_own_spikes_two_ticks_late(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "d", "Delay");
    nir_file_list(&x->f, "delay", 1, (double[]){2 * DT});
    lif_after(x, (const char *[]){"input", "n", "output", 0});
    edges(x, (const char *[]){"n", "d", "n", 0});
    refused(x, "node n: hears n after a delay of 0.002 s, 2 ticks, allowed whole ticks 0..1");
}

static void test_skip(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_lif(&x->f, "m", 0.01, 1, 0, 1);
    lif_after(x, (const char *[]){"input", "m", "n", "output", 0});
    nir_file_edge(&x->f, "input", "n");
    refused(x, "node n: hears m and input: a layer hears the one before it");
}

static void test_branches(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_lif(&x->f, "m", 0.01, 1, 0, 1);
    lif_after(x, (const char *[]){"input", "n", "output", 0});
    nir_file_edge(&x->f, "input", "m");
    refused(x,
            "nodes m and n both hear the layer before and lead to no other layer: the last layer "
            "is one node");
}

// Two ways from the input to the output, two nodes long each; one of the first nodes has own spikes, and they are of
// different kinds. Each layer is both nodes, without weights between them where the graph has none.
static void test_side_by_side(void **state)
{
    struct fixture *x = *state;
    const double own[4] = {0, 1, -1, 0.5}, up[6] = {1, 2, 3, -1, -2, -3}, late[2] = {0.5, -0.25};
    ports(x, 3, 1);
    nir_file_node(&x->f, "wa", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 3, w23);
    nir_file_lif(&x->f, "a", 0.01, 1, 0, 1);
    nir_file_node(&x->f, "ra", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 2, own);
    nir_file_node(&x->f, "wb", "Affine");
    nir_file_matrix(&x->f, "weight", 3, 3, (double[]){1, 0, 0, 0, 2, 0, 0, 0, 3});
    nir_file_list(&x->f, "bias", 3, (double[]){0.1, 0.2, 0.3});
    nir_file_node(&x->f, "b", "IF");
    nir_file_one(&x->f, "r", 1 / DT);
    nir_file_one(&x->f, "v_threshold", 2);
    nir_file_node(&x->f, "wc", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 3, up);
    nir_file_lif(&x->f, "c", 0.02, 1, 0, 4);
    nir_file_node(&x->f, "wd", "Linear");
    nir_file_matrix(&x->f, "weight", 1, 2, late);
    nir_file_lif(&x->f, "d", 0.005, 1, 0, 1);
    nir_file_node(&x->f, "we", "Linear");
    nir_file_matrix(&x->f, "weight", 1, 2, (double[]){1, 2});
    nir_file_node(&x->f, "wf", "Linear");
    nir_file_matrix(&x->f, "weight", 1, 1, (double[]){3});
    nir_file_lif(&x->f, "out", 0.01, 1, 0, 1);
    edges(x, (const char *[]){"input", "wa", "a", "ra", "a", 0});
    edges(x, (const char *[]){"a", "wd", "d", "wf", "out", "output", 0});
    edges(x, (const char *[]){"input", "wb", "b", "wc", "c", "we", "out", 0});
    imported(x, &x->chip);
    const struct image_shape *s = &x->net.shape;
    char nodes[64];
    nir_import_nodes(&x->m, &x->g, 1, nodes, sizeof nodes);
    assert_string_equal(nodes, "c, d");
    assert_int_equal(s->n_layers, 3);
    assert_true(s->layer[0].n_out == 5 && s->layer[0].recurrent && s->layer[1].n_out == 3);
    assert_true(!s->layer[1].recurrent && s->layer[2].n_in == 3 && s->layer[2].n_out == 1);
    // a, then b: the order of the graph's nodes, which is that of their names.
    for (int source = 0; source < 8; source++) { // inputs, own spikes of a, of b
        for (int i = 0; i < 2; i++)
            NEAR(weight(x, 0, source, i), 8 * 0.1 *
                                              (source < 3   ? w23[i * 3 + source]
                                               : source < 5 ? own[i * 2 + source - 3]
                                                            : 0));
        for (int i = 0; i < 3; i++)
            NEAR(weight(x, 0, source, 2 + i), source == i ? 4 * (i + 1) : 0);
    }
    NEAR(x->net.layer[0].bias[0], 0);
    NEAR(x->net.layer[0].bias[3], 4 * 0.2);
    NEAR(x->net.layer[0].lambda[1], 0.1);
    NEAR(x->net.layer[0].lambda[2], 0);
    // c hears b, d hears a.
    for (int i = 0; i < 2; i++)
        for (int source = 0; source < 5; source++)
            NEAR(weight(x, 1, source, i), source < 2 ? 0 : 2 * 0.05 * up[i * 3 + source - 2]);
    for (int source = 0; source < 5; source++)
        NEAR(weight(x, 1, source, 2), source < 2 ? 8 * 0.2 * late[source] : 0);
    for (int source = 0; source < 3; source++)
        NEAR(weight(x, 2, source, 0), 8 * 0.1 * (source + 1));
}

// What the chip cannot hold is told by the node and its own neuron.
static void test_side_by_side_is_told_by_name(void **state)
{
    struct fixture *x = *state;
    struct fail f;
    char text[300];
    ports(x, 1, 1);
    nir_file_node(&x->f, "wa", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 1, (double[]){1, 1});
    nir_file_lif(&x->f, "a", 0.01, 1, 0, 1);
    nir_file_node(&x->f, "wb", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 1, (double[]){1, 5000});
    nir_file_lif(&x->f, "b", 0.01, 1, 0, 1);
    for (int i = 0; i < 2; i++) {
        nir_file_node(&x->f, i ? "ub" : "ua", "Linear");
        nir_file_matrix(&x->f, "weight", 1, 2, (double[]){1, 1});
    }
    nir_file_lif(&x->f, "out", 0.01, 1, 0, 1);
    edges(x, (const char *[]){"input", "wa", "a", "ua", "out", "output", 0});
    edges(x, (const char *[]){"input", "wb", "b", "ub", "out", 0});
    if (import(x, &x->chip, "nir", &f)) fail_msg("%s", f.text);
    assert_int_equal(x->m.n_offences, 1);
    nir_offence_text(&x->g, x->m.offence, 1, text, sizeof text);
    assert_non_null(strstr(text, "node b, source 0, neuron 1: weight 4000,"));
}

// One way is longer than the other: no chain of layers.
static void test_ways_of_other_lengths(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_lif(&x->f, "a", 0.01, 1, 0, 1);
    nir_file_lif(&x->f, "b", 0.01, 1, 0, 1);
    nir_file_lif(&x->f, "c", 0.01, 1, 0, 1);
    lif_after(x, (const char *[]){"input", "a", "n", "output", 0});
    edges(x, (const char *[]){"input", "b", "c", "n", 0});
    refused(x, "node n: hears a and c: a layer hears the one before it");
}

// Neurons side by side that hear one another.
static void test_across(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_lif(&x->f, "a", 0.01, 1, 0, 1);
    nir_file_lif(&x->f, "b", 0.01, 1, 0, 1);
    lif_after(x, (const char *[]){"input", "a", "n", "output", 0});
    edges(x, (const char *[]){"input", "b", "n", 0});
    nir_file_edge(&x->f, "a", "b");
    refused(x, "node b: hears input and a: a layer hears the one before it");
}

static void test_readout_without_spikes(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "li", "LI");
    nir_file_one(&x->f, "tau", 0.01);
    nir_file_one(&x->f, "r", 1);
    nir_file_one(&x->f, "v_leak", 0);
    lif_after(x, (const char *[]){"input", "n", "li", "output", 0});
    refused(x, "node li: LI has no spikes, and a chip's neurons answer with nothing else");
}

static void test_sums_behind_the_last_layer(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_node(&x->f, "w", "Linear");
    nir_file_matrix(&x->f, "weight", 1, 1, (double[]){2});
    lif_after(x, (const char *[]){"input", "n", "w", "output", 0});
    refused(x, "node output: gets sums of the spikes of n");
}

static void test_sizes_that_do_not_fit(void **state)
{
    struct fixture *x = *state;
    ports(x, 4, 2);
    nir_file_node(&x->f, "w", "Linear");
    nir_file_matrix(&x->f, "weight", 2, 3, w23);
    lif_after(x, (const char *[]){"input", "w", "n", "output", 0});
    refused(x, "node w: gets 4 values, its Linear takes 3");
}

static void test_large_convolution(void **state)
{
    struct fixture *x = *state;
    nir_file_node(&x->f, "input", "Input");
    nir_file_list(&x->f, "shape", 3, (double[]){2, 34, 34});
    nir_file_port(&x->f, "output", "Output", 1);
    nir_file_node(&x->f, "c", "Conv2d");
    nir_file_put(&x->f, "weight", 4, (hsize_t[]){8, 2, 1, 1}, (double[16]){1});
    nir_file_list(&x->f, "stride", 2, (double[]){1, 1});
    nir_file_list(&x->f, "padding", 2, (double[]){0, 0});
    lif_after(x, (const char *[]){"input", "c", "n", "output", 0});
    refused(x, "node c: Conv2d as rows of weights: 2312 x 9248, 21381376 weights, allowed 4096 "
               "neurons in a "
               "layer (node n)");
}

static void test_edges_to_nothing(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    lif_after(x, (const char *[]){"input", "a", "b", "output", 0});
    refused(x, "the graph: an edge names a, which is no node");
}

static void test_no_threshold_above_the_reset(void **state)
{
    struct fixture *x = *state;
    ports(x, 1, 1);
    nir_file_lif(&x->f, "n", 0.01, 1, 0, 0);
    edges(x, (const char *[]){"input", "n", "output", 0});
    refused(x, "node n, neuron 0: threshold, 0, allowed above 0 (v_reset)");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_lif),
                                       TEST(test_subgraphs),
                                       TEST(test_a_name_that_is_wrong),
                                       TEST(test_current_and_recurrence),
                                       TEST(test_orders),
                                       TEST(test_if_threshold_and_delay),
                                       TEST(test_convolution),
                                       TEST(test_pools),
                                       TEST(test_offences),
                                       TEST(test_no_current_on_the_chip),
                                       TEST(test_dialects),
                                       TEST(test_li_with_a_threshold),
                                       TEST(test_overflow),
                                       TEST(test_time_in_the_shape),
                                       TEST(test_unknown_type),
                                       TEST(test_tau_below_a_tick),
                                       TEST(test_nan),
                                       TEST(test_cycle_without_neurons),
                                       TEST(test_cycle_of_delay_0),
                                       TEST(test_delay_of_many_ticks),
                                       TEST(test_ways_of_several_delays),
                                       TEST(test_a_delay_between_ticks),
                                       TEST(test_a_delay_too_long),
                                       TEST(test_a_delay_below_0),
                                       TEST(test_delays_of_too_many),
                                       TEST(test_late_inputs_and_own_spikes),
                                       TEST(test_own_spikes_two_ticks_late),
                                       TEST(test_skip),
                                       TEST(test_branches),
                                       TEST(test_side_by_side),
                                       TEST(test_side_by_side_is_told_by_name),
                                       TEST(test_ways_of_other_lengths),
                                       TEST(test_across),
                                       TEST(test_readout_without_spikes),
                                       TEST(test_sums_behind_the_last_layer),
                                       TEST(test_sizes_that_do_not_fit),
                                       TEST(test_large_convolution),
                                       TEST(test_edges_to_nothing),
                                       TEST(test_no_threshold_above_the_reset)};
    return cmocka_run_group_tests(tests, 0, 0);
}
