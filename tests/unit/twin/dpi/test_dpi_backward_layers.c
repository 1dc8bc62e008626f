// Backward through a layer that hears another layer, against sums over its ticks.
//
// What a neuron's sum is worth in tick t, S(t), is the gradient of a weight of 0 whose channel has
// one event, in tick t; that gradient test_dpi_backward.c holds to finite differences. From it, in
// double: dL/dw = Σ z(t)·S(t), and dL/d spikes of a source in tick t = Σ w·S(t) over the neurons.
#include "tests/lib/dpi_random.h"
#include "twin/dpi/dpi_backward.h"
#include "twin/dpi/dpi_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    TICKS = 60,
    SOURCES = 4,
    N = 3,
    CHANNELS = SOURCES + TICKS,
    MOST = TICKS * (3 * SOURCES * DPI_LANES + 1)
};

struct side { // a layer forward and back
    struct dpi_lanes lanes;
    struct dpi_backward back;
    struct dpi_lanes_record *record;
    struct dpi_lanes_spikes spikes[TICKS * N];
    int32_t count[N * DPI_LANES];
};

static void run(struct side *s, const struct dpi_circuit *circuit, int n_in, const double *w,
                const struct dpi_events *events, const struct dpi_lanes_spikes *before,
                float *gbefore)
{
    const struct dpi_scale scale = {5e-13, 1e-3};
    struct fail f;
    struct dpi_tables tables;
    struct dpi_clamped clamped = {0};
    struct dpi_chips chips;
    static float gspike[N * TICKS * DPI_LANES];
    void *memory = aligned_alloc(64, dpi_lanes_size(n_in, N, false));
    s->record = aligned_alloc(64, N * TICKS * sizeof *s->record);
    dpi_words_tables(&dpi_compat, &tables);
    dpi_lanes_init(&s->lanes, &dpi_compat, &tables, n_in, N, false, memory);
    assert_int_equal(dpi_chips_init(&chips, n_in, N, &f), 0);
    assert_int_equal(dpi_backward_init(&s->back, n_in, N, false, &f), 0);
    for (int l = 0; l < DPI_LANES; l++)
        for (int i = 0; i < N; i++) {
            const struct dpi_circuit *c = &circuit[i * DPI_LANES + l];
            struct dpi_neuron words;
            chips.circuit[i * DPI_LANES + l] = *c;
            dpi_words_neuron(&dpi_compat, &scale, c, &words, &clamped);
            dpi_lanes_load(&s->lanes, i, l, &words);
            for (int j = 0; j < n_in; j++) {
                double weight = j < SOURCES ? w[j * N + i] : 0;
                chips.w[(j * N + i) * DPI_LANES + l] = weight;
                *dpi_lanes_weight(&s->lanes, j, i, l) = dpi_words_weight(
                    &dpi_compat, &scale, dpi_words_charge(c), 1e-8 * weight, &clamped);
            }
        }
    for (int i = 0; i < N * TICKS * DPI_LANES; i++)
        gspike[i] = (float)(i / DPI_LANES % 7 - 3) / 3; // (N, TICKS, DPI_LANES)
    dpi_lanes_rest(&s->lanes);
    dpi_lanes_run(&s->lanes, &(struct dpi_lanes_run){.n_ticks = TICKS,
                                                     .events = before ? 0 : events,
                                                     .before = before,
                                                     .spikes = s->spikes,
                                                     .record = s->record,
                                                     .count = s->count});
    dpi_backward_load(&s->back, &chips, &dpi_compat, 1e-3, 1e-8, 5e-13);
    s->back.options = (struct dpi_backward_options){.slope = 3, .off = 0.1f};
    const struct dpi_backward_seen seen = {
        .events = events, .record = s->record, .spikes = s->spikes, .before = before};
    dpi_backward_run(&s->back, &seen, gspike, true, gbefore);
    dpi_chips_fini(&chips);
    free(memory);
}

static void layer_before_is_its_events(void **state)
{
    (void)state;
    static struct side heard, told;
    static struct dpi_lanes_spikes before[TICKS * SOURCES];
    static struct dpi_circuit circuit[N * DPI_LANES];
    static struct dpi_event event[MOST];
    static _Alignas(64) float gbefore[SOURCES * TICKS * DPI_LANES];
    int start[TICKS + 1] = {0}, n = 0, spikes = 0;
    double w[SOURCES * N], norm_w = 0, norm_z = 0, worst_w = 0, worst_z = 0;
    struct random r = {79};
    for (int i = 0; i < N * DPI_LANES; i++)
        circuit[i] = random_dpi_circuit(&r, 0.1);
    for (int i = 0; i < SOURCES * N; i++)
        w[i] = (double)draw(&r, -2000, 6000) / 1000;
    for (int t = 0; t < TICKS; t++) {
        for (int j = 0; j < SOURCES; j++) {
            unsigned bit = 1;
            for (int l = 0; l < DPI_LANES; l++, bit *= 2) {
                int z = draw(&r, 0, 2) ? 0 : (int)draw(&r, 1, 3);
                before[t * SOURCES + j].z[l] = (uint8_t)z;
                for (int k = 0; k < z && n < MOST; k++) // in an order of their own
                    event[n++] = (struct dpi_event){(uint16_t)j, (uint16_t)bit};
                assert_true(n < MOST);
            }
        }
        event[n++] = (struct dpi_event){(uint16_t)(SOURCES + t), UINT16_MAX};
        start[t + 1] = n;
    }
    const struct dpi_events events = {TICKS, start, event};
    run(&told, circuit, CHANNELS, w, &events, 0, 0);
    run(&heard, circuit, SOURCES, w, &events, before, gbefore);
    assert_memory_equal(told.spikes, heard.spikes, sizeof told.spikes);
    assert_memory_equal(told.record, heard.record, N * TICKS * sizeof *told.record);
    for (int i = 0; i < N * DPI_LANES; i++)
        spikes += told.count[i];
    for (int l = 0; l < DPI_LANES; l++)
        for (int j = 0; j < SOURCES; j++) {
            double gw[N] = {0};
            for (int t = 0; t < TICKS; t++) {
                double gz = 0;
                for (int i = 0; i < N; i++) {
                    double s = told.back.gw[((SOURCES + t) * N + i) * DPI_LANES + l];
                    gw[i] += s * before[t * SOURCES + j].z[l];
                    gz += w[j * N + i] * s;
                }
                worst_z = fmax(worst_z, fabs(gz - gbefore[(j * TICKS + t) * DPI_LANES + l]));
                norm_z = fmax(norm_z, fabs(gz));
            }
            for (int i = 0; i < N; i++) {
                worst_w = fmax(worst_w, fabs(gw[i] - heard.back.gw[(j * N + i) * DPI_LANES + l]));
                worst_w = fmax(worst_w, fabs(gw[i] - told.back.gw[(j * N + i) * DPI_LANES + l]));
                norm_w = fmax(norm_w, fabs(gw[i]));
            }
        }
    print_message("%d spikes; by weights up to %g, largest difference %g; by spikes up to %g, "
                  "largest difference %g\n",
                  spikes, norm_w, worst_w, norm_z, worst_z);
    assert_true(spikes > 100 && norm_w > 1e-3 && norm_z > 1e-3);
    assert_true(worst_w < 1e-5 * norm_w && worst_z < 1e-6 * norm_z);
    dpi_backward_fini(&told.back);
    dpi_backward_fini(&heard.back);
    free(told.record);
    free(heard.record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(layer_before_is_its_events)};
    return cmocka_run_group_tests(tests, 0, 0);
}
