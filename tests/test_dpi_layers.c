// Layers of DPI lanes against dpi_run of each lane's chip: two and three layers, recurrent or not,
// any number of lanes, every instruction set. All state words of all ticks; corners are counted.
//
// dpi_run (model/dpi_net.c on model/dpi.c) takes counts of a chip at a time, 64 and 128 bits wide;
// it shares no code with the lanes but model/fx.h.
#include "model/dpi_lanes.h"
#include "model/network.h"
#include "tests/dpi_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TICKS = 60, N_IN = 5, MOST = 6, LAYERS = 3 };

#define DECLARE(isa) void dpi_lanes_run_##isa(struct dpi_lanes *d, const struct dpi_lanes_run *run);
DECLARE(generic)
#ifdef NETWORK_X86_64
DECLARE(avx2)
DECLARE(avx512)
#endif
typedef void run_fn(struct dpi_lanes *, const struct dpi_lanes_run *);

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

static void same(int64_t got, int64_t wanted, struct corners *c)
{
    assert_int_equal(got, wanted);
    c->words++;
}

static void compare(const struct dpi_lanes *d, const struct dpi_lanes_record *record,
                    const struct dpi_lanes_spikes *spikes, const struct dpi_neuron *neuron,
                    const struct dpi_state *r, const struct dpi_stages *s, int i, int l,
                    struct corners *c)
{
    const struct dpi_lanes_state *y = &d->state[i];
    same(y->isyn[l], r->isyn, c);
    same(y->gaba[l], r->gaba, c);
    same(y->iahp[l], r->iahp, c);
    same(y->imem[l], r->imem, c);
    same(y->vmem[l], r->vmem, c);
    same(y->timer[l], r->timer, c);
    same(y->z[l], r->z, c);
    same(record[i].imem[l], s->integrate, c);
    same(record[i].ifb[l], s->feedback, c);
    same(record[i].iin[l], s->input, c);
    same(record[i].iahp[l], s->adapt, c);
    same(record[i].above[l], s->voltage - neuron[i].theta, c);
    same(spikes[i].z[l], s->fire, c);
}

// A random net of sixteen chips, `used` of which run in the lanes.
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
        for (int lane = 0; lane < DPI_LANES; lane++)
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
                    compare(&lanes[l], record[l], spikes[l], im[lane]->layer[l].neuron,
                            &expected[lane].state[l][at], s, i, lane, c);
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
    all_nets(dpi_lanes_run_generic, "generic");
#ifdef NETWORK_X86_64
    if (network_has_isa(NETWORK_AVX2)) all_nets(dpi_lanes_run_avx2, "avx2");
    if (network_has_isa(NETWORK_AVX512)) all_nets(dpi_lanes_run_avx512, "avx512");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(layers_of_lanes_are_the_reference)};
    return cmocka_run_group_tests(tests, 0, 0);
}
