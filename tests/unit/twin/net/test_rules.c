// The rule check: nets made by hand that break one rule each, and that rule alone fires.
#include "tests/lib/legal_net.h"
#include "twin/net/rules.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

// Checks, and holds the outcome to: `rule` (RULES: none) counts n values, all others none. The
// first offence, if one is wanted, goes to *first.
static void only(struct fixture *x, bool stored, bool words, enum rule rule, size_t n,
                 struct rules_offence *first)
{
    struct rules_report r;
    struct fail f = {""};
    if (rules_check(&r, &x->chip, &x->net, stored ? x->code : 0, words, &f)) fail_msg("%s", f.text);
    for (int i = 0; i < RULES; i++)
        if (r.count[i] != (i == (int)rule ? n : 0))
            fail_msg("%s: %zu, wanted %s", rules_names[i], r.count[i],
                     rule < RULES ? rules_names[rule] : "none");
    assert_int_equal(rules_pass(&r), rule == RULES);
    assert_int_equal(r.n_offences, rule < RULE_CORES ? n : 0);
    assert_int_equal(r.stored, stored);
    assert_int_equal(r.n_weights, 16 + 36 * 20 + 20 * 2);
    if (first) {
        assert_int_equal(r.n_offences, n);
        *first = r.offence[0];
    }
    rules_fini(&r);
}

static void offence_is(const struct rules_offence *o, const char *what, int layer, int source,
                       int neuron, double value, double legal)
{
    assert_string_equal(o->what, what);
    assert_int_equal(o->layer, layer);
    assert_int_equal(o->source, source);
    assert_int_equal(o->neuron, neuron);
    if (fabs(o->value - value) > 1e-6) fail_msg("value %g, wanted %g", o->value, value);
    if (fabs(o->legal - legal) > 1e-6) fail_msg("legal %g, wanted %g", o->legal, legal);
}

static void test_the_legal_net_passes(void **state)
{
    struct fixture *x = *state;
    for (int axis = 0; axis < 2; axis++) {
        x->chip.weight.sign_along_neurons = axis;
        only(x, true, false, RULES, 0, 0);
        only(x, false, false, RULES, 0, 0);
        only(x, false, true, RULES, 0, 0);
    }
    // A level computed in single precision, step by step, is one: and a hundredth of a step is not.
    float step = (2 * 1.66f) / 63.0f;
    struct net_layer *y = &x->net.layer[1];
    for (int i = 0; i < 36 * 20; i++)
        y->w[i] = -1.66f + (float)x->codes[1][i] * step;
    only(x, false, false, RULES, 0, 0);
}

static void test_range_alone(void **state)
{
    struct fixture *x = *state;
    struct rules_offence o;
    struct net_layer *y = &x->net.layer[1];
    int at = 7 * 20 + 11, sign = y->w[at] > 0 ? 1 : -1;
    y->w[at] = sign > 0 ? level(65) : level(-2); // a level that would be, two beyond the end
    only(x, false, false, RULE_RANGE, 1, &o);
    offence_is(&o, "weight", 1, 7, 11, sign * 1.66 * 67 / 63, sign * 1.66);
    x->codes[1][at] = sign > 0 ? 65 : -2;
    only(x, true, false, RULE_RANGE, 1, &o);
    offence_is(&o, "weight", 1, 7, 11, sign * 1.66 * 67 / 63, sign * 1.66);
}

static void test_grid_alone(void **state)
{
    struct fixture *x = *state;
    struct rules_offence o;
    struct net_layer *y = &x->net.layer[1];
    int at = 30 * 20 + 4, sign = y->w[at] > 0 ? 1 : -1; // of an own neuron
    double was = y->w[at], step = 2 * 1.66 / 63;
    y->w[at] = (float)(was + sign * 0.01 * step);
    only(x, false, false, RULE_GRID, 1, &o);
    offence_is(&o, "weight", 1, 30, 4, was + sign * 0.01 * step, was);
    y->w[at] = 0; // no level
    only(x, false, false, RULE_GRID, 1, &o);
    offence_is(&o, "weight", 1, 30, 4, 0, sign * 1.66 / 63);
    only(x, true, false, RULE_CODE, 1, 0); // what was stored is another than this master makes
}

// The value is on the grid and in range, but of the other sign than the sum of its block; the block
// of the other axis has the same sign as before.
static void sign_alone(struct fixture *x, int source, int neuron)
{
    struct rules_offence o;
    struct net_layer *y = &x->net.layer[1];
    int at = source * 20 + neuron, sign = y->w[at] > 0 ? 1 : -1;
    float was = y->w[at];
    int16_t code = x->codes[1][at];
    y->w[at] = sign > 0 ? level(31) : level(32);
    x->codes[1][at] = sign > 0 ? 31 : 32;
    only(x, false, false, RULE_SIGN, 1, &o);
    offence_is(&o, "weight", 1, source, neuron, -sign * 1.66 / 63, sign * 1.66 / 63);
    only(x, true, false, RULE_SIGN, 1, &o); // what the master makes is legal, what is stored not
    offence_is(&o, "weight", 1, source, neuron, -sign * 1.66 / 63, sign * 1.66 / 63);
    x->chip.weight.sign_block = 1;
    only(x, false, false, RULES, 0, 0);
    x->chip.weight.sign_block = 5;
    y->w[at] = was;
    x->codes[1][at] = code;
}

static void test_sign_alone_on_both_axes(void **state)
{
    struct fixture *x = *state;
    for (int axis = 0; axis < 2; axis++) {
        x->chip.weight.sign_along_neurons = axis;
        sign_alone(x, 3, 8);
        sign_alone(x, 17, 19); // of the own neurons' first block
        sign_alone(x, 35, 19); // of their last
    }
}

// A block along the sources is none along the neurons: one row of a source turned over is legal
// along the neurons if whole blocks turn.
static void test_the_axis_is_the_chips(void **state)
{
    struct fixture *x = *state;
    struct net_layer *y = &x->net.layer[1];
    for (int k = 5; k < 10; k++) { // a whole block of neurons, one row of five sources
        y->w[12 * 20 + k] = -y->w[12 * 20 + k];
        x->codes[1][12 * 20 + k] = (int16_t)(63 - x->codes[1][12 * 20 + k]);
    }
    x->chip.weight.sign_along_neurons = true;
    only(x, false, false, RULES, 0, 0);
    only(x, true, false, RULES, 0, 0);
    x->chip.weight.sign_along_neurons = false;
    struct rules_report r;
    struct fail f;
    assert_int_equal(rules_check(&r, &x->chip, &x->net, 0, false, &f), 0);
    assert_true(r.count[RULE_SIGN] >= 5 && r.count[RULE_RANGE] + r.count[RULE_GRID] == 0);
    rules_fini(&r);
}

static void test_code_alone(void **state)
{
    struct fixture *x = *state;
    struct rules_offence o;
    int at = 5 * 2 + 1, code = x->codes[2][at];
    int other = code == 32 || code == 0 ? code + 1 : code == 31 || code == 63 ? code - 1 : code + 1;
    if ((other >= 32) != (code >= 32)) fail_msg("the test's own codes: %d, %d", code, other);
    x->codes[2][at] = (int16_t)other;
    only(x, true, false, RULE_CODE, 1, &o);
    offence_is(&o, "weight", 2, 5, 1, level(other), level(code));
    only(x, false, false, RULES, 0, 0);
}

static void test_neuron_alone(void **state)
{
    struct fixture *x = *state;
    struct rules_offence o;
    struct net_layer *y = &x->net.layer[2];
    float theta = y->theta[1];
    y->bias[0] = 0.25f;
    only(x, true, false, RULE_NEURON, 1, &o);
    offence_is(&o, "bias", 2, -1, 0, 0.25, 0);
    y->bias[0] = 0;
    y->lambda[0] = 1.5f;
    only(x, false, false, RULE_NEURON, 1, &o);
    offence_is(&o, "leak", 2, -1, 0, 1.5, 65535.0 / 65536);
    y->lambda[0] = 0.1f;
    y->theta[1] = 2 * theta;
    only(x, true, false, RULE_NEURON, 1, &o);
    offence_is(&o, "threshold", 2, -1, 1, 2 * 3.684, 3.684);
    y->theta[1] = theta;
    only(x, true, false, RULES, 0, 0);
}

// Without a grid any real weight in range can be programmed, and only its words where that is
// asked; thresholds and biases are words of each neuron.
static void test_without_a_grid(void **state)
{
    struct fixture *x = *state;
    struct rules_offence o;
    load(&x->chip, "fpga-q8.8");
    only(x, false, false, RULES, 0, 0);
    x->net.layer[1].bias[3] = 0.5f;
    x->net.layer[1].theta[3] = 12;
    only(x, false, false, RULES, 0, 0);
    for (int l = 0; l < 3; l++)
        for (int i = 0; i < x->net.layer[l].n_source * x->net.layer[l].n_out; i++)
            x->net.layer[l].w[i] = (float)(i % 100) / 256;
    only(x, false, true, RULES, 0, 0);
    x->net.layer[0].w[9] = 1.3f / 256;
    only(x, false, false, RULES, 0, 0);
    only(x, false, true, RULE_GRID, 1, &o);
    offence_is(&o, "weight", 0, 0, 9, 1.3 / 256, 1.0 / 256);
    x->net.layer[0].w[9] = 130;
    only(x, false, false, RULE_RANGE, 1, &o);
    offence_is(&o, "weight", 0, 0, 9, 130, 127.99609375);
    x->net.layer[0].w[9] = 0;
    x->net.layer[1].theta[3] = 200;
    only(x, false, false, RULE_NEURON, 1, &o);
    offence_is(&o, "threshold", 1, -1, 3, 200, 127.99609375);
}

static void test_cores_fan_in_and_filters_alone(void **state)
{
    struct fixture *x = *state;
    struct chip h1v2 = x->chip;
    x->chip.cores.neurons = (struct chip_list){2, {19, 19}}; // 22 neurons fit, the recurrent 20 not
    only(x, true, false, RULE_CORES, 1, 0);
    x->chip.cores.neurons = (struct chip_list){1, {21}}; // nor all in one
    only(x, true, false, RULE_CORES, 1, 0);
    x->chip.cores.neurons = (struct chip_list){1, {22}};
    only(x, true, false, RULES, 0, 0);
    x->chip.cores.fan_in = 35;
    only(x, true, false, RULE_FAN_IN, 1, 0);
    x->chip.cores.fan_in = 36;
    only(x, true, false, RULES, 0, 0);
    x->chip = h1v2;
    x->chip.frontend.n_filters = 15;
    only(x, true, false, RULE_FILTERS, 1, 0);
    x->chip.frontend.n_filters = 17;
    only(x, true, false, RULES, 0, 0);
    x->chip = h1v2;
    x->chip.frontend.bandwidth = 3.2; // the last centre is 6.5 kHz, half its width 1.6 kHz
    only(x, true, false, RULE_FILTERS, 1, 0);
    x->chip.frontend.bandwidth = 0.7;
    only(x, true, false, RULES, 0, 0);
    x->net.shape.layer[0].topology = IMAGE_DENSE; // 16 more neurons for the cores, and no front end
    struct rules_report r;
    struct fail f;
    struct net dense;
    assert_int_equal(net_init(&dense, &x->net.shape, &x->chip, &f), 0);
    assert_int_equal(rules_check(&r, &x->chip, &dense, 0, false, &f), 0);
    assert_string_equal(r.text[RULE_FILTERS],
                        "layer 0 is dense, the front end of h1v2 has a neuron for each filter");
    rules_fini(&r);
    net_fini(&dense);
}

// Codes come back from a file as they were stored, and a file without them is refused.
static void test_codes_of_a_file(void **state)
{
    struct fixture *x = *state;
    struct fail f = {""};
    struct net n;
    int16_t *code[IMAGE_MAX_LAYERS];
    char path[] = "/tmp/spiketwin-rules-XXXXXX";
    close(mkstemp(path));
    assert_int_equal(net_save(&x->net, &x->chip, path, &f), 0);
    assert_int_equal(net_load(&n, path, &f), 0);
    assert_int_equal(net_load_codes(code, &n, path, &f), 0);
    for (int l = 0; l < 3; l++) {
        size_t size = (size_t)n.layer[l].n_source * (size_t)n.layer[l].n_out;
        assert_memory_equal(code[l], x->codes[l], size * sizeof(int16_t));
        free(code[l]);
    }
    n.layer[2].n_source = 21;
    assert_int_equal(net_load_codes(code, &n, path, &f), -1);
    assert_non_null(strstr(f.text, ": /spiketwin/codes2 is missing, damaged or not 21 x 2"));
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        assert_null(code[l]);
    unlink(path);
    net_fini(&n);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_legal_net_passes),
        TEST(test_range_alone),
        TEST(test_grid_alone),
        TEST(test_sign_alone_on_both_axes),
        TEST(test_the_axis_is_the_chips),
        TEST(test_code_alone),
        TEST(test_neuron_alone),
        TEST(test_without_a_grid),
        TEST(test_cores_fan_in_and_filters_alone),
        TEST(test_codes_of_a_file),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
