// Layers of DPI lanes against dpi_run of each lane's chip: two and three layers, recurrent or not,
// every instruction set. All state words of all ticks; corners are counted.
//
// dpi_run (model/dpi/dpi_network.c on model/dpi/dpi.c) takes counts of a chip at a time, 64 and 128 bits
// wide; it shares no code with the lanes but model/fx.h.
#include "tests/lib/dpi_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/dpi_lanes_runs.h"

enum { TICKS = 60, N_IN = 5, MOST = 6, LAYERS = 3 };

struct corners {
    long words, spikes, fed, several, inhibited;
};

// What dpi_run says of one lane.
struct expected {
    struct dpi_state state[LAYERS][TICKS * MOST];
    struct dpi_stages stages[LAYERS][TICKS * MOST];
};

static void run_reference(const struct dpi_image *im, const uint8_t *x, struct expected *to)
{
    struct dpi_state state[LAYERS * MOST];
    int32_t count[MOST];
    struct dpi_trace trace = {.count = count};
    for (int l = 0; l < im->n_layers; l++) {
        trace.layer[l].state = to->state[l];
        trace.layer[l].stages = to->stages[l];
    }
    dpi_image_rest(im, state);
    dpi_run(im, &(struct dpi_stimulus){TICKS, x}, state, &trace);
}

// Events of a tick: of each channel a mask of the lanes with 1, 2, ... spikes.
static int pack(uint8_t x[DPI_LANES][TICKS * N_IN], int tick, struct dpi_event *e)
{
    int n = 0;
    for (int i = 0; i < N_IN; i++)
        for (int times = 1;; times++) {
            unsigned mask = 0, bit = 1;
            for (int l = 0; l < DPI_LANES; l++, bit *= 2)
                mask += x[l][tick * N_IN + i] >= times ? bit : 0;
            if (!mask) break;
            e[n++] = (struct dpi_event){(uint16_t)i, (uint16_t)mask};
        }
    return n;
}

static void load(struct dpi_lanes *d, const struct dpi_layer *y, int lane)
{
    for (int n = 0; n < y->n_out; n++) {
        dpi_lanes_load(d, n, lane, &y->neuron[n]);
        for (int row = 0; row < dpi_sources(y); row++)
            *dpi_lanes_weight(d, row, n, lane) = y->w[row * y->n_out + n];
    }
}

// A random net of sixteen chips, of which `used` are in the lanes; the other lanes stay empty.
static void check(struct random *r, const struct dpi_law *law, int n_layers, int used, run_fn *run,
                  struct corners *c)
{
    static struct dpi_lanes lanes[LAYERS];
    static struct expected expected[DPI_LANES];
    static uint8_t x[DPI_LANES][TICKS * N_IN];
    struct dpi_image sizes = {.n_layers = n_layers}, *im[DPI_LANES];
    struct dpi_lanes_record *record[LAYERS];
    struct dpi_lanes_spikes spikes[LAYERS][MOST];
    void *memory[LAYERS];
    for (int l = 0; l < n_layers; l++)
        sizes.layer[l] = (struct dpi_layer){.n_in = l ? sizes.layer[l - 1].n_out : N_IN,
                                            .n_out = (int)draw(r, 1, MOST),
                                            .recurrent = draw(r, 0, 1)};
    for (int lane = 0; lane < DPI_LANES; lane++) {
        im[lane] = random_dpi_chip(r, law, &sizes, 0.1 * (double)draw(r, 0, 9));
        for (int i = 0; i < TICKS * N_IN; i++)
            x[lane][i] = (uint8_t)(draw(r, 0, 5) ? 0 : draw(r, 1, 3));
        run_reference(im[lane], x[lane], &expected[lane]);
    }
    for (int l = 0; l < n_layers; l++) {
        const struct dpi_layer *y = &sizes.layer[l];
        record[l] = aligned_alloc(64, (size_t)y->n_out * sizeof *record[l]);
        memory[l] = aligned_alloc(64, dpi_lanes_size(y->n_in, y->n_out, y->recurrent));
        dpi_lanes_init(&lanes[l], law, im[0]->tables, y->n_in, y->n_out, y->recurrent, memory[l]);
        for (int lane = 0; lane < used; lane++)
            load(&lanes[l], &im[lane]->layer[l], lane);
        dpi_lanes_rest(&lanes[l]);
    }
    for (int t = 0; t < TICKS; t++) {
        struct dpi_event e[3 * N_IN];
        int n_events = pack(x, t, e);
        const int start[2] = {0, n_events};
        const struct dpi_events events = {1, start, e};
        for (int l = 0; l < n_layers; l++)
            run(&lanes[l], &(struct dpi_lanes_run){.n_ticks = 1,
                                                   .events = l ? 0 : &events,
                                                   .before = l ? spikes[l - 1] : 0,
                                                   .spikes = spikes[l],
                                                   .record = record[l]});
        for (int lane = 0; lane < used; lane++)
            for (int l = 0; l < n_layers; l++)
                for (int i = 0; i < sizes.layer[l].n_out; i++) {
                    int at = t * sizes.layer[l].n_out + i;
                    const struct dpi_stages *s = &expected[lane].stages[l][at];
                    same_words(&lanes[l], record[l], spikes[l], &im[lane]->layer[l].neuron[i],
                               &expected[lane].state[l][at], s, i, lane, &c->words);
                    c->spikes += s->fire > 0;
                    c->several += s->fire > 1;
                    c->fed += l && s->gather;
                    c->inhibited += l && s->gather < 0;
                }
    }
    for (int l = 0; l < n_layers; l++) {
        free(memory[l]);
        free(record[l]);
    }
    for (int lane = 0; lane < DPI_LANES; lane++)
        dpi_image_free(im[lane]);
}

static void all_nets(run_fn *run, const char *name)
{
    const struct dpi_law other = {.leak_once = true,
                                  .current = {22, 9},
                                  .weight = {23, 7},
                                  .factor_frac = 20,
                                  .log_frac = 18,
                                  .table_bits = 6,
                                  .gain = {4, 20},
                                  .rate = {14, 14},
                                  .max_spikes = 3};
    const struct dpi_law *const law[] = {&dpi_compat, &dpi_silicon, &other};
    const int used[] = {1, 3, 5, 7, 8, 9, 13, 15, 16};
    struct corners c = {0};
    struct random r = {77};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 9; i++)
            for (int n_layers = 2; n_layers <= LAYERS; n_layers++)
                check(&r, law[k], n_layers, used[i], run, &c);
    print_message("%s: %ld words, 0 differ; ticks with a spike %ld, with several %ld, fed by a "
                  "layer %ld, inhibited by it %ld\n",
                  name, c.words, c.spikes, c.several, c.fed, c.inhibited);
    assert_true(c.words > 1000000 && c.spikes > 1000 && c.several > 100 && c.fed > 1000 &&
                c.inhibited > 100);
}

static void layers_of_lanes_are_the_reference(void **state)
{
    (void)state;
    every_instruction_set(all_nets);
}

// Ascending tables over the whole range of a mantissa, with steps of any size.
static void random_tables(struct random *r, const struct dpi_law *law, struct dpi_tables *t)
{
    int n = (int)fx_shl(1, law->table_bits);
    int64_t one = fx_shl(1, law->log_frac), log2 = 0, exp2 = one;
    t->efold = (int32_t)draw(r, 1, 2 * one);
    for (int i = 0; i <= n; i++) {
        t->log2[i] = (int32_t)log2;
        t->exp2[i] = (int32_t)exp2;
        log2 += draw(r, 0, 2 * (one - log2) / (n - i + 1));
        exp2 += draw(r, 0, 2 * (2 * one - exp2) / (n - i + 1));
        if (log2 > one) log2 = one;
        if (exp2 > 2 * one) exp2 = 2 * one;
    }
}

// One tick of words at random, as wide as their formats, from a state at random.
static void check_words(struct random *r, const struct dpi_law *law, run_fn *run, struct corners *c)
{
    enum { IN = 3, OUT = 3 };
    static struct dpi_lanes d;
    static struct dpi_tables tables;
    static struct dpi_neuron neuron[DPI_LANES][OUT];
    struct dpi_state state[DPI_LANES][OUT];
    struct dpi_gathered g[DPI_LANES][OUT] = {0};
    struct dpi_lanes_record *record = aligned_alloc(64, OUT * sizeof *record);
    struct dpi_lanes_spikes spikes[OUT], before[IN] = {0};
    void *memory = aligned_alloc(64, dpi_lanes_size(IN, OUT, false));
    random_tables(r, law, &tables);
    dpi_lanes_init(&d, law, &tables, IN, OUT, false, memory);
    for (int lane = 0; lane < DPI_LANES; lane++) {
        for (int j = 0; j < IN; j++)
            before[j].z[lane] = (uint8_t)draw(r, 0, law->max_spikes);
        for (int i = 0; i < OUT; i++) {
            random_dpi_neuron(r, law, &neuron[lane][i]);
            state[lane][i] = random_dpi_state(r, law);
            dpi_lanes_load(&d, i, lane, &neuron[lane][i]);
            dpi_lanes_load_state(&d, i, lane, &state[lane][i]);
            for (int j = 0; j < IN; j++) {
                int64_t w = random_word(r, 0, dpi_word_max(law, DPI_WEIGHT));
                if (draw(r, 0, 2) == 0) w = -w - draw(r, 0, 1);
                *dpi_lanes_weight(&d, j, i, lane) = (int32_t)w;
                dpi_gather(law, &g[lane][i], (int32_t)w, before[j].z[lane]);
            }
        }
    }
    run(&d, &(struct dpi_lanes_run){
                .n_ticks = 1, .before = before, .spikes = spikes, .record = record});
    for (int lane = 0; lane < DPI_LANES; lane++)
        for (int i = 0; i < OUT; i++) {
            const struct dpi_neuron *n = &neuron[lane][i];
            const struct dpi_stages s = dpi_step(law, &tables, n, &state[lane][i], g[lane][i]);
            const int to_current = law->current.frac_bits - law->weight.frac_bits;
            same_words(&d, record, spikes, n, &state[lane][i], &s, i, lane, &c->words);
            same(fx_bit(spikes[i].driven, lane),
                 fx_mul(g[lane][i].excite, fx_shl(1, to_current)) > n->floor[0], &c->words);
            same(fx_bit(spikes[i].inhibited, lane),
                 fx_mul(g[lane][i].inhibit, fx_shl(1, to_current)) > n->floor[1], &c->words);
            c->spikes += s.fire > 0;
            c->several += s.fire > 1;
        }
    free(record);
    free(memory);
}

static void any_words(run_fn *run, const char *name)
{
    struct random r = {78};
    struct corners c = {0};
    int laws = 0;
    for (int k = 0; k < 200; k++) {
        check_words(&r, &dpi_compat, run, &c);
        check_words(&r, &dpi_silicon, run, &c);
    }
    for (int k = 0; k < 4000; k++) {
        const struct dpi_law law = random_dpi_law(&r);
        if (dpi_law_check(&law) || dpi_lanes_check(&law)) continue;
        laws++;
        for (int i = 0; i < 4; i++)
            check_words(&r, &law, run, &c);
    }
    print_message("%s: %ld words of %d laws, 0 differ; ticks with a spike %ld, with several %ld\n",
                  name, c.words, laws, c.spikes, c.several);
    assert_true(laws > 50 && c.spikes > 1000 && c.several > 1000);
}

static void any_words_of_any_law_are_the_reference(void **state)
{
    (void)state;
    any_words(dpi_lanes_run, "this machine's");
    every_instruction_set(any_words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_of_lanes_are_the_reference),
        cmocka_unit_test(any_words_of_any_law_are_the_reference),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
