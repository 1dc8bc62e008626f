// The DPI law in lanes against dpi_step on each instance: every state word, every tick, both modes,
// every instruction set that this machine has. Corners are counted.
#include "tests/lib/dpi_nominal.h"
#include "twin/dpi/dpi_words.h"
#include "twin/io/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/dpi_lanes_runs.h"

enum { N_IN = 6, N = 3, ROWS = N_IN + N, TICKS = 400 };

static const struct dpi_scale scale = {5e-13, 1e-3};

struct corners {
    long words, spikes, several, blocked, inhibited, floored, saturated;
};

// Words of all lanes; lane l of the reference is (n) neurons and (ROWS, N) weights of its own.
static void draw(const struct dpi_law *law, uint64_t seed, struct dpi_lanes *d,
                 struct dpi_neuron neuron[DPI_LANES][N], int32_t w[DPI_LANES][ROWS][N])
{
    for (int l = 0; l < DPI_LANES; l++)
        for (int i = 0; i < N; i++) {
            double x[DPI_CIRCUIT_VALUES + ROWS];
            struct dpi_clamped clamped = {0};
            struct dpi_circuit c = dpi_adapting(3.5e-9);
            rng_normals((struct rng_stream){seed, (uint64_t)l, RNG_CIRCUIT, (uint64_t)i}, x,
                        DPI_CIRCUIT_VALUES + ROWS);
            // The last lanes vary so much that parameters are negative and words are clamped.
            for (int k = 0; k < DPI_CIRCUIT_VALUES; k++)
                ((double *)&c)[k] *= 1 + 0.05 * l * x[k];
            dpi_words_neuron(law, &scale, &c, &neuron[l][i], &clamped);
            dpi_lanes_load(d, i, l, &neuron[l][i]);
            for (int row = 0; row < ROWS; row++) {
                double iw = 1e-8 * (row < N_IN ? 6 : 3) * (x[DPI_CIRCUIT_VALUES + row] + 0.5);
                if (l == 15) iw *= 100;
                w[l][row][i] = dpi_words_weight(law, &scale, dpi_words_charge(&c), iw, &clamped);
                *dpi_lanes_weight(d, row, i, l) = w[l][row][i];
            }
        }
}

static void compare(const struct dpi_law *law, uint64_t seed, run_fn *run, struct corners *c)
{
    static struct dpi_neuron neuron[DPI_LANES][N];
    static int32_t w[DPI_LANES][ROWS][N];
    static struct dpi_lanes d;
    static struct dpi_tables tables;
    struct dpi_state state[DPI_LANES][N];
    struct dpi_lanes_spikes spikes[N];
    struct dpi_lanes_record *record = aligned_alloc(64, N * sizeof *record);
    void *memory = aligned_alloc(64, dpi_lanes_size(N_IN, N, true));
    uint64_t words[TICKS * 4];
    rng_words((struct rng_stream){seed, 0, RNG_EVENTS, 0}, words, TICKS * 4);
    dpi_words_tables(law, &tables);
    assert_null(dpi_lanes_check(law));
    dpi_lanes_init(&d, law, &tables, N_IN, N, true, memory);
    draw(law, seed, &d, neuron, w);
    dpi_lanes_rest(&d);
    for (int l = 0; l < DPI_LANES; l++)
        for (int i = 0; i < N; i++)
            state[l][i] = dpi_rest(law, &neuron[l][i]);
    for (int t = 0; t < TICKS; t++) {
        struct dpi_event e[2]; // at most two events a tick, each in about half of the lanes
        int n_events = (int)(words[4 * t] % 8 < 3) + (int)(words[4 * t] % 8 < 1);
        for (int k = 0; k < n_events; k++)
            e[k] = (struct dpi_event){(uint16_t)(words[4 * t + 1 + k] % N_IN),
                                      (uint16_t)words[4 * t + 3]};
        const int start[2] = {0, n_events};
        const struct dpi_events events = {1, start, e};
        int32_t count[N * DPI_LANES] = {0};
        run(&d, &(struct dpi_lanes_run){1, .events = &events, .spikes = spikes, .record = record,
                                        .count = count});
        for (int l = 0; l < DPI_LANES; l++) {
            struct dpi_gathered g[N] = {0};
            for (int i = 0; i < N; i++) {
                for (int k = 0; k < n_events; k++)
                    if (fx_bit(e[k].lanes, l)) dpi_gather(law, &g[i], w[l][e[k].channel][i], 1);
                for (int j = 0; j < N; j++)
                    dpi_gather(law, &g[i], w[l][N_IN + j][i], state[l][j].z);
            }
            for (int i = 0; i < N; i++) {
                bool blocked = state[l][i].timer != 0;
                struct dpi_stages s = dpi_step(law, &tables, &neuron[l][i], &state[l][i], g[i]);
                same_words(&d, record, spikes, &neuron[l][i], &state[l][i], &s, i, l, &c->words);
                int64_t floor = neuron[l][i].floor[0];
                same(fx_bit(spikes[i].driven, l), g[i].excite > floor, &c->words);
                same(fx_bit(spikes[i].inhibited, l), g[i].inhibit > neuron[l][i].floor[1],
                     &c->words);
                same(count[i * DPI_LANES + l], s.fire, &c->words);
                c->spikes += s.fire > 0;
                c->several += s.fire > 1;
                c->blocked += blocked;
                c->inhibited += s.gather < 0;
                c->floored += s.integrate == neuron[l][i].io;
                c->saturated += s.integrate == dpi_current_max(law) ||
                                s.synapse == dpi_current_max(law) || s.fire == law->max_spikes;
            }
        }
    }
    free(memory);
    free(record);
}

static void all_seeds(run_fn *run, const char *name)
{
    struct corners c = {0};
    const struct dpi_law other = {.gaba = true,
                                  .current = {23, 9},
                                  .weight = {24, 8},
                                  .factor_frac = 20,
                                  .log_frac = 18,
                                  .table_bits = 6,
                                  .gain = {4, 20},
                                  .rate = {14, 14},
                                  .max_spikes = 3};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        compare(&dpi_compat, seed, run, &c);
        compare(&dpi_silicon, seed, run, &c);
        compare(&other, seed, run, &c);
    }
    print_message("%s: %ld words, 0 differ; ticks with a spike %ld, with several %ld, blocked %ld, "
                  "inhibited %ld, at Io %ld, saturated %ld\n",
                  name, c.words, c.spikes, c.several, c.blocked, c.inhibited, c.floored,
                  c.saturated);
    assert_true(c.words > 10000000);
    assert_true(c.spikes > 1000 && c.several > 100 && c.blocked > 1000 && c.inhibited > 1000 &&
                c.floored > 1000 && c.saturated > 100);
}

static void lanes_are_the_reference(void **state)
{
    (void)state;
    every_instruction_set(all_seeds);
}

static void a_law_that_is_too_wide_is_refused(void **state)
{
    (void)state;
    struct dpi_law law = dpi_compat;
    law.current.int_bits++;
    assert_string_equal(dpi_lanes_check(&law), "current over 32 bits");
    law = dpi_compat;
    law.gain.int_bits++;
    assert_string_equal(dpi_lanes_check(&law), "current and gain over 62 bits");
    law = dpi_compat;
    law.rate.int_bits++;
    assert_string_equal(dpi_lanes_check(&law), "current and rate over 62 bits");
    law = dpi_compat;
    law.factor_frac = 29;
    assert_string_equal(dpi_lanes_check(&law), "current and factor over 60 bits");
    law = dpi_compat;
    law.current.int_bits = 10; // no product is too wide, a word is
    law.gain.int_bits = 7;
    assert_string_equal(dpi_lanes_check(&law), "gain over 32 bits");
    law.gain.int_bits = 6;
    law.rate.int_bits = 17;
    assert_string_equal(dpi_lanes_check(&law), "rate over 32 bits");
    law.rate.int_bits = 16;
    assert_null(dpi_lanes_check(&law));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_the_reference),
        cmocka_unit_test(a_law_that_is_too_wide_is_refused),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
