// Faults of DYNAP-SE2 nets: the lanes with a list against the law run tick by tick, with the list's bits turned over
// by hand between them.
#include "twin/dpi/dpi_engine.h"
#include "twin/task/patterns/dpi_patterns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { IN = 60, N = 3, TICKS = 500, FLIPS = 90 };

static uint32_t draw(uint64_t *r, uint32_t n)
{
    *r = *r * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*r >> 33) % n;
}

// Counts of the reference, its image as the engine made it.
static void by_hand(const struct dpi_image *im, const struct faults *a, const struct dpi_sample *s,
                    int32_t count[N])
{
    struct dpi_state state[N];
    uint8_t x[IN];
    int32_t each[N];
    struct dpi_trace t = {.count = each};
    const struct dpi_layer *y = &im->layer[0];
    int next = 0, event = 0;
    int32_t *kept = malloc((size_t)(dpi_sources(y) * N) * sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, y->w, (size_t)(dpi_sources(y) * N) * sizeof *kept);
    memset(count, 0, N * sizeof *count);
    dpi_image_rest(im, state);
    for (int tick = 0; tick < TICKS; tick++) {
        for (; next < a->n_flips && a->flip[next].tick == tick; next++) {
            const struct stimulus_write *e = &a->flip[next];
            int64_t bits = (uint32_t)e->value;
            struct dpi_state *own = &state[e->neuron];
            int32_t *w = &y->w[e->row * N + e->neuron];
            if (e->word == DPI_WEIGHT) *w ^= (int32_t)bits;
            if (e->word == DPI_ISYN) own->isyn ^= bits;
            if (e->word == DPI_GABA) own->gaba ^= bits;
            if (e->word == DPI_IAHP) own->iahp ^= bits;
            if (e->word == DPI_IMEM) own->imem ^= bits;
            if (e->word == DPI_TIMER) own->timer ^= (int32_t)bits;
            if (e->word == DPI_VMEM) { // Q7.20
                int64_t turned = (own->vmem ^ bits) & 0x7ffffff;
                own->vmem = (int32_t)(turned >= 0x4000000 ? turned - 0x8000000 : turned);
            }
        }
        memset(x, 0, sizeof x);
        for (; event < s->n_events && s->event[event].tick == tick; event++)
            x[s->event[event].channel]++;
        dpi_run(im, &(struct dpi_stimulus){1, x}, state, &t);
        for (int n = 0; n < N; n++)
            count[n] += each[n];
    }
    memcpy(y->w, kept, (size_t)(dpi_sources(y) * N) * sizeof *kept);
    free(kept);
}

static void lanes_are_the_law_tick_by_tick(void **state)
{
    (void)state;
    struct fail f;
    struct dynapse_chip chip;
    struct dpi_task task;
    struct dpi_net net;
    uint64_t r = 1;
    static const int words[] = {DPI_WEIGHT, DPI_ISYN,  DPI_IAHP, DPI_IMEM,
                                DPI_VMEM,   DPI_TIMER, DPI_GABA};
    static const int bits[] = {32, 32, 32, 32, 27, 5, 32};
    int moved = 0;
    assert_int_equal(dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), 0);
    assert_int_equal(dpi_task_frozen_noise(&task, 0, &f), 0);
    assert_int_equal(dpi_net_init(&net, IN, N, 0, &f), 0);
    net.Iscale = chip.Iscale;
    net.dt = chip.dt;
    for (int i = 0; i < IN * N; i++)
        net.w_in[i] = (double)draw(&r, 900) / 100 - 4;
    for (int i = 0; i < N * N; i++)
        net.w_rec[i] = (double)draw(&r, 400) / 100 - 2;
    for (int silicon = 0; silicon < 2; silicon++) {
        const struct dpi_law *law = silicon ? &dpi_silicon : &dpi_compat;
        const struct dpi_image sizes = {.n_layers = 1,
                                        .layer = {{.n_in = IN, .n_out = N, .recurrent = true}}};
        const struct dpi_variation v = dpi_variation_of(&chip, 1, 1, 3);
        struct dpi_engine e;
        struct dpi_image *im[DPI_LANES];
        struct stimulus_write flip[FLIPS];
        struct fault_fixed fixed[] = {{.neuron = 1, .row = 7, .bit = 12, .value = 1},
                                      {.dead = true, .neuron = 2}};
        const struct faults a = {fixed, 2, flip, FLIPS};
        for (int i = 0; i < FLIPS; i++) {
            int which = (int)draw(&r, silicon ? 7 : 6);
            flip[i] = (struct stimulus_write){
                .tick = 6 * i - i % 2,
                .neuron = (int)draw(&r, 2),
                .row = words[which] == DPI_WEIGHT ? (int)draw(&r, IN + N) : 0,
                .word = words[which],
                .flip = true,
                .value = (int32_t)(1u << draw(&r, (uint32_t)bits[which]))};
        }
        flip[0].tick = 0;
        assert_int_equal(dpi_engine_init(&e, &chip, law, IN, N, 0, &f), 0);
        for (int l = 0; l < DPI_LANES; l++) {
            im[l] = dpi_image_new(law, &sizes);
            assert_non_null(im[l]);
            struct dpi_engine_note note = {.image = im[l]};
            e.faults = &a;
            dpi_engine_load(&e, l, &net, &v, 1, (uint32_t)l, &note);
            assert_int_equal(im[l]->layer[0].w[7 * N + 1] >> 12 & 1, 1);
            assert_int_equal(im[l]->layer[0].neuron[2].theta, dpi_word_max(law, DPI_THETA));
        }
        for (int p = 0; p < 2; p++) {
            int32_t sound[N * DPI_LANES];
            e.faults = 0;
            dpi_engine_run(&e, &task.frozen[p], false);
            memcpy(sound, e.count, sizeof sound);
            e.faults = &a;
            for (int again = 0; again < 2; again++) { // the second run begins as the first did
                dpi_engine_run(&e, &task.frozen[p], false);
                for (int l = 0; l < DPI_LANES; l++) {
                    int32_t count[N];
                    by_hand(im[l], &a, &task.pattern[p], count);
                    for (int n = 0; n < N; n++) {
                        assert_int_equal(e.count[n * DPI_LANES + l], count[n]);
                        moved += count[n] != sound[n * DPI_LANES + l];
                    }
                    assert_int_equal(count[2], 0);
                }
            }
        }
        for (int l = 0; l < DPI_LANES; l++)
            dpi_image_free(im[l]);
        dpi_engine_fini(&e);
    }
    assert_true(moved > 64); // the comparison can fail
    dpi_net_fini(&net);
    dpi_task_free(&task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lanes_are_the_law_tick_by_tick)};
    return cmocka_run_group_tests(tests, 0, 0);
}
