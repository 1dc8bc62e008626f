// What vector files say beside "differs": names that come back whatever is in them, and hints at
// what would match instead.
#include "cosim/vectors/vectors_hints.h"
#include "cosim/vectors/vectors_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

static void test_names_come_back(void **unused)
{
    (void)unused;
    static const char *const names[] = {"a",
                                        "yes/0001.wav",
                                        "a b\tc\nd",
                                        "%20",
                                        "%",
                                        "\"'\\`$(x)",
                                        "caf\xc3\xa9/\xe4\xbd\xa0",
                                        "\x01\x7f\xff",
                                        "E 1 2 3"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int blanks = 0; blanks < 2; blanks++) {
            char text[256] = "";
            FILE *f = fmemopen(text, sizeof text, "w");
            vectors_put_text(f, names[i], blanks);
            fclose(f);
            for (const char *at = text; *at; at++)
                assert_true(*at > ' ' ? *at < 0x7f : blanks && *at == ' ');
            assert_true(vectors_take_text(text));
            assert_string_equal(text, names[i]);
        }
}

// The results of the file moved about as a wrong bench would, and the hint that says how.
static void test_hints(void **unused)
{
    (void)unused;
    struct random r = {11};
    struct vectors_shape s = {.n_layers = 2,
                              .n_states = 2,
                              .state = {{"v", 16, true}, {"r", 8, false}},
                              .n_in = 4,
                              .n_out = {6, 6}};
    enum { ROWS = 40, N = 6, ROW = 2 * 3 * N };
    static const struct {
        int tick, layer, neuron;
        const char *hint;
    } moved[] = {
        {-1, 0, 0, "tick t + 1 would match tick t: the device is one tick late (1404 words"},
        {1, 0, 0, "tick t - 1 would match tick t: the device is one tick early"},
        {0, 0, 1, "neuron n - 1 would match neuron n"},
        {0, 0, -1, "neuron n + 1 would match neuron n"},
        {0, 0, 9, "the order of neurons is reversed"},
        {0, 9, 0, "the order of layers is reversed"}};
    static int64_t due[ROWS][2][3][N], got[ROWS][2][3][N], recorded[ROWS][2][N];
    for (int tick = 0; tick < ROWS; tick++)
        for (int l = 0; l < 2; l++)
            for (int n = 0; n < N; n++) {
                due[tick][l][0][n] = draw(&r, 0, 1);
                due[tick][l][1][n] = recorded[tick][l][n] = draw(&r, -9, 9);
                due[tick][l][2][n] = draw(&r, 0, 9);
            }
    for (size_t i = 0; i < sizeof moved / sizeof *moved; i++) {
        char text[256];
        for (int l = 0; l < 2; l++)
            for (int tick = 0; tick < ROWS; tick++)
                for (int n = 0; n < N; n++) {
                    int from = moved[i].layer ? 1 - l : l, t = tick + moved[i].tick;
                    int m = moved[i].neuron == 9 ? N - 1 - n : n + moved[i].neuron;
                    if (t < 0 || t >= ROWS || m < 0 || m >= N) t = m = 0;
                    for (int kind = 0; kind < 3; kind++)
                        got[tick][l][kind][n] = due[t][from][kind][m];
                }
        struct vectors_hints *h = vectors_hints_new();
        vectors_hints_count(h, &s, ROWS, &due[0][0][0][0], &recorded[0][0][0], &got[0][0][0][0]);
        vectors_hints_tell(h, &s, text, sizeof text);
        if (!strstr(text, moved[i].hint)) fail_msg("%zu: \"%s\"", i, text);
        free(h);
    }
    // Words at random have no hint, nor has a single wrong one.
    memcpy(got, due, sizeof due);
    for (int tick = 0; tick < ROWS; tick++)
        for (int l = 0; l < 2; l++)
            for (int n = 0; n < N; n++)
                got[tick][l][1][n] = draw(&r, -9, 9);
    for (int once = 0; once < 2; once++) {
        char text[256];
        struct vectors_hints *h = vectors_hints_new();
        vectors_hints_count(h, &s, ROWS, &due[0][0][0][0], &recorded[0][0][0], &got[0][0][0][0]);
        vectors_hints_tell(h, &s, text, sizeof text);
        assert_string_equal(text, "");
        free(h);
        memcpy(got, due, sizeof due);
        got[12][1][1][5]++;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_come_back),
        cmocka_unit_test(test_hints),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
