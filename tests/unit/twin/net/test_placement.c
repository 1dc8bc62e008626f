// Layers into cores: what fits, what does not and why, and a placement that holds what it promises.
#include "tests/lib/legal_net.h"
#include "twin/net/rules.h"

struct shape_case {
    int hidden, hidden2;
    bool recurrent, recurrent2;
    const char *wrong; // NULL: it fits
};

static void test_shapes_of_h1v2(void **state)
{
    struct fixture *x = *state;
    static const struct shape_case cases[] = {
        {64, 0, true, false, 0},
        {198, 0, false, false, 0},
        {199, 0, false, false,
         "network: 201 neurons behind the front end, h1v2 has room for 200 (50 + 50 + 100)"},
        {100, 98, true, false, 0}, // a forward layer may span cores
        {50, 100, true, true, 0},
        {101, 0, true, false,
         "network: recurrent layers of 101 neurons, each of which lies in one core, do not fit the "
         "cores of h1v2 (50 + 50 + 100)"},
        {51, 51, true, true,
         "network: recurrent layers of 51, 51 neurons, each of which lies in one core, do not fit "
         "the cores of h1v2 (50 + 50 + 100)"},
        {60, 40, true, true, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct shape_case *y = &cases[i];
        struct image_shape s = {.n_layers = 3};
        struct fail f = {""};
        struct placement p;
        s.layer[0].n_in = s.layer[0].n_out = s.layer[1].n_in = 16;
        s.layer[0].topology = IMAGE_ONE_TO_ONE;
        s.layer[1].n_out = s.layer[2].n_in = y->hidden;
        s.layer[1].recurrent = y->recurrent;
        if (y->hidden2) {
            s.layer[2].n_out = s.layer[3].n_in = y->hidden2;
            s.layer[2].recurrent = y->recurrent2;
            s.n_layers = 4;
        }
        s.layer[s.n_layers - 1].n_out = 2;
        assert_int_equal(rules_check_shape(&x->chip, &s, &f), y->wrong ? -1 : 0);
        assert_string_equal(f.text, y->wrong ? y->wrong : "");
        if (y->wrong) continue;
        assert_int_equal(placement_find(&p, &x->chip, &s, &f), 0);
        for (int l = 0; l < s.n_layers; l++) { // all neurons, each once, recurrent ones together
            int placed = 0, cores = 0;
            for (int k = 0; k < p.n_cores; k++) {
                assert_true(p.neurons[l][k] >= 0);
                placed += p.neurons[l][k];
                cores += p.neurons[l][k] > 0;
            }
            assert_int_equal(placed, l ? s.layer[l].n_out : 0);
            if (s.layer[l].recurrent) assert_int_equal(cores, 1);
        }
        for (int k = 0; k < p.n_cores; k++) {
            int in_core = 0;
            for (int l = 0; l < s.n_layers; l++)
                in_core += p.neurons[l][k];
            assert_true(in_core <= (k < 2 ? 50 : 100));
        }
    }
}

// The first core that has room is not always the right one.
static void test_all_ways_are_tried(void **state)
{
    struct fixture *x = *state;
    struct placement p;
    struct fail f;
    const struct image_shape s = {.n_layers = 3,
                                  .layer = {{16, 50, IMAGE_DENSE, true},
                                            {50, 60, IMAGE_DENSE, true},
                                            {60, 2, IMAGE_DENSE, false}}};
    x->chip.cores.neurons = (struct chip_list){2, {60, 52}};
    assert_int_equal(placement_find(&p, &x->chip, &s, &f), 0);
    assert_int_equal(p.neurons[0][1], 50);
    assert_int_equal(p.neurons[1][0], 60);
    assert_int_equal(p.neurons[2][1], 2);
    x->chip.cores.neurons = (struct chip_list){2, {59, 53}};
    assert_int_equal(placement_find(&p, &x->chip, &s, &f), -1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_shapes_of_h1v2),
        TEST(test_all_ways_are_tried),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
