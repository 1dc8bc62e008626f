// model/dpi/dpi.c against the oracle of tests/oracle/oracle_dpi.h: every stage and state word, for
// random laws, words, tables and states; and dpi_run against neurons that gather one by one.
#include "tests/lib/dpi_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/oracle/oracle_dpi.h"

enum { LAWS = 400, STEPS_A_LAW = 500 / ORACLE_SHARE };

static void assert_same(const struct dpi_stages *got, const struct dpi_stages *expected,
                        const struct dpi_state *state, const struct dpi_state *due)
{
    for (int i = 0; i < DPI_STAGES; i++)
        if (law_get(&dpi_kind.stage[i], got) != law_get(&dpi_kind.stage[i], expected))
            fail_msg("%s: %lld, the oracle has %lld", dpi_kind.stage[i].name,
                     (long long)law_get(&dpi_kind.stage[i], got),
                     (long long)law_get(&dpi_kind.stage[i], expected));
    for (int i = 0; i < DPI_STATE_WORDS; i++)
        if (law_get(&law_states(&dpi_kind)[i], state) != law_get(&law_states(&dpi_kind)[i], due))
            fail_msg("%s after: %lld, the oracle has %lld", law_states(&dpi_kind)[i].name,
                     (long long)law_get(&law_states(&dpi_kind)[i], state),
                     (long long)law_get(&law_states(&dpi_kind)[i], due));
}

// Ascending entries anywhere in their range: the law does not know what they stand for.
static void random_tables(struct random *r, const struct dpi_law *a, struct dpi_tables *t)
{
    int n = 1;
    for (int i = 0; i < a->table_bits; i++)
        n *= 2;
    dpi_words_tables(a, t);
    if (draw(r, 0, 1)) return;
    for (int i = 0; i <= n; i++) {
        int64_t log_low = i ? t->log2[i - 1] : 0, exp_low = i ? t->exp2[i - 1] : t->exp2[0];
        int64_t log_room = dpi_word_max(a, DPI_LOG2) - log_low;
        int64_t exp_room = dpi_word_max(a, DPI_EXP2) - exp_low;
        t->log2[i] = (int32_t)(log_low + draw(r, 0, log_room / (n - i + 1)));
        t->exp2[i] = (int32_t)(exp_low + draw(r, 0, exp_room / (n - i + 1)));
    }
    t->efold = (int32_t)random_word(r, 1, dpi_word_max(a, DPI_EFOLD));
}

static void every_stage_is_the_oracles(void **unused)
{
    (void)unused;
    struct random r = {1};
    static struct dpi_tables tables;
    int64_t fired = 0, several = 0, most = 0, seen_count[12] = {0};
    for (int i = 0; i < LAWS; i++) {
        struct dpi_law law = random_dpi_law(&r);
        assert_null(dpi_law_check(&law));
        random_tables(&r, &law, &tables);
        for (int k = 0; k < STEPS_A_LAW; k++) {
            struct oracle_dpi_seen seen = {0};
            struct dpi_neuron n;
            random_dpi_neuron(&r, &law, &n);
            struct dpi_state state = random_dpi_state(&r, &law), due = state;
            struct dpi_gathered in = {draw(&r, -1000, 1000000000000), 0};
            if (draw(&r, 0, 1)) in.excite = draw(&r, -100, 100);
            if (law.gaba) in = (struct dpi_gathered){llabs(in.excite), random_word(&r, 0, 1 << 30)};
            struct dpi_stages expected = oracle_dpi_step(&law, &tables, &n, &due, in, &seen);
            struct dpi_stages got = dpi_step(&law, &tables, &n, &state, in);
            assert_same(&got, &expected, &state, &due);
            fired += got.fire > 0;
            several += got.fire > 1 && got.fire < law.max_spikes;
            most += got.fire == law.max_spikes;
            const bool corners[12] = {seen.tie,        seen.current_top, seen.input_low,
                                      seen.blocked,    seen.rate_low,    seen.rate_high,
                                      seen.gain_top,   seen.floored,     seen.fed_low,
                                      seen.share_high, seen.floor_wins,  seen.underflow};
            for (int c = 0; c < 12; c++)
                seen_count[c] += corners[c];
        }
    }
    static const char *const names[12] = {
        "tie",      "current at its top", "input at io",        "blocked",
        "rate low", "rate high",          "gain at its top",    "floored at io",
        "fed low",  "share high",         "floor of a synapse", "power under half an LSB"};
    for (int c = 0; c < 12; c++) {
        print_message("%s: %lld\n", names[c], (long long)seen_count[c]);
        assert_true(seen_count[c] > 20);
    }
    print_message("fired %lld, several %lld, all %lld of %d\n", (long long)fired,
                  (long long)several, (long long)most, LAWS * STEPS_A_LAW);
    assert_true(fired > 20 && several > 20 && most > 20);
}

// A network tick of the oracle: each neuron looks at each of its sources.
static struct dpi_gathered gathered(const struct dpi_image *im, int l, int n, const int32_t *x,
                                    const struct dpi_state *own)
{
    const struct dpi_layer *y = &im->layer[l];
    oracle_int positive = 0, negative = 0;
    for (int i = 0; i < dpi_sources(y); i++) {
        oracle_int w = y->w[i * y->n_out + n];
        oracle_int part = w * (i < y->n_in ? x[i] : own[i - y->n_in].z);
        if (w > 0)
            positive += part;
        else
            negative += part;
    }
    if (!im->law.gaba) return (struct dpi_gathered){(int64_t)(positive + negative), 0};
    return (struct dpi_gathered){(int64_t)positive, (int64_t)-negative};
}

enum { TICKS = 150, NEURONS = 7 };

static void a_network_is_its_neurons(void **unused)
{
    (void)unused;
    struct random r = {2};
    struct dpi_image sizes = {.n_layers = 2,
                              .layer = {{.n_in = 5, .n_out = 4, .recurrent = true},
                                        {.n_in = 4, .n_out = 3, .recurrent = false}}};
    int64_t spikes[2] = {0};
    for (int k = 0; k < 40; k++) {
        struct dpi_law law = k % 2 ? dpi_silicon : dpi_compat;
        sizes.layer[1].recurrent = k % 4 < 2;
        struct dpi_image *im = random_dpi_chip(&r, &law, &sizes, 0.3);
        assert_null(dpi_image_check(im));
        uint8_t x[TICKS * 5];
        for (int i = 0; i < TICKS * 5; i++)
            x[i] = (uint8_t)(draw(&r, 0, 4) ? 0 : draw(&r, 1, 3));
        struct dpi_state got[NEURONS], due[NEURONS];
        dpi_image_rest(im, got);
        memcpy(due, got, sizeof due);
        struct dpi_stages s0[TICKS * 4], s1[TICKS * 3];
        int32_t count[3], counted[3] = {0};
        struct dpi_trace t = {.layer = {{.stages = s0}, {.stages = s1}}, .count = count};
        // In two parts, the second carried on.
        struct dpi_stimulus first = {60, x}, rest = {TICKS - 60, x + 60 * 5};
        dpi_run(im, &first, got, &t);
        for (int i = 0; i < 3; i++)
            counted[i] = -count[i];
        struct dpi_trace u = {.layer = {{.stages = s0 + 60 * 4}, {.stages = s1 + 60 * 3}},
                              .count = count};
        dpi_run(im, &rest, got, &u);
        for (int i = 0; i < 3; i++)
            counted[i] -= count[i];
        for (int tick = 0; tick < TICKS; tick++) {
            int32_t in[5];
            for (int i = 0; i < 5; i++)
                in[i] = x[tick * 5 + i];
            for (int l = 0, at = 0; l < 2; at += im->layer[l++].n_out) {
                struct dpi_state before[4];
                int n_out = im->layer[l].n_out;
                memcpy(before, due + at, (size_t)n_out * sizeof *before);
                for (int n = 0; n < n_out; n++) {
                    struct oracle_dpi_seen seen = {0};
                    struct dpi_stages expected =
                        oracle_dpi_step(&law, im->tables, &im->layer[l].neuron[n], &due[at + n],
                                        gathered(im, l, n, in, before), &seen);
                    const struct dpi_stages *s = l ? &s1[tick * 3 + n] : &s0[tick * 4 + n];
                    assert_same(s, &expected, &due[at + n], &due[at + n]);
                    spikes[l] += expected.fire;
                    if (l) counted[n] += (int32_t)expected.fire;
                }
                for (int n = 0; n < n_out; n++)
                    in[n] = due[at + n].z;
            }
        }
        for (int n = 0; n < NEURONS; n++)
            for (int i = 0; i < DPI_STATE_WORDS; i++)
                assert_int_equal(law_get(&law_states(&dpi_kind)[i], &got[n]),
                                 law_get(&law_states(&dpi_kind)[i], &due[n]));
        for (int n = 0; n < 3; n++)
            assert_int_equal(counted[n], 0);
        dpi_image_free(im);
    }
    print_message("spikes: %lld, %lld\n", (long long)spikes[0], (long long)spikes[1]);
    assert_true(spikes[0] > 1000 && spikes[1] > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_stage_is_the_oracles),
                                       cmocka_unit_test(a_network_is_its_neurons)};
    return cmocka_run_group_tests(tests, 0, 0);
}
