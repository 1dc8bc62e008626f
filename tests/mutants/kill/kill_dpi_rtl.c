// Lockstep of a changed copy of the DPI layer's RTL: random words and chips that live, every stage.
//
//   kill_dpi_rtl ROOT    ROOT has rtl/, cosim/ and model/; DUTs are kept in ROOT/dut
//
// Prints "survived" or "killed STAGE"; "broken" if it cannot be built or never ends its tick, which
// is a kill too. Exit code 2 if it could not run.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "tests/lib/dpi_random.h"

#include <stdio.h>

enum { TICKS = 200, IN = 3, OUT = 3, CHIPS = 60 };

int main(int argc, char **argv)
{
    const struct dpi_law law = {.gaba = true,
                                .leak_once = false,
                                .fresh_vmem = true,
                                .current = {20, 6},
                                .weight = {18, 4},
                                .factor_frac = 12,
                                .log_frac = 10,
                                .table_bits = 3,
                                .gain = {2, 20},
                                .rate = {13, 10},
                                .max_spikes = 5};
    struct random r = {31};
    struct dut_handle h;
    struct lockstep_result result = {0};
    char out[DUT_PATH], path[DUT_PATH], message[1024];
    if (argc != 2) return 2;
    snprintf(out, sizeof out, "%s/dut", argv[1]);
    struct image_shape shape = {1, {{IN, OUT, IMAGE_DENSE, true, false, law.max_spikes}}};
    struct dut_build_options o = {argv[1], out, false};
    if (dut_build(&dpi_kind, &law, &shape, &o, path, message, sizeof message)) {
        printf("broken: %s\n", message);
        return 0;
    }
    if (dut_open(&h, path, message, sizeof message)) return 2;
    struct dpi_image sizes = {.n_layers = 1,
                              .layer = {{.n_in = IN, .n_out = OUT, .recurrent = true}}};
    for (int k = 0; k < CHIPS; k++) {
        static uint8_t x[TICKS * IN];
        struct dpi_state start[OUT];
        struct dpi_image *im = random_dpi_chip(&r, &law, &sizes, 0.3);
        struct dpi_layer *y = &im->layer[0];
        for (int n = 0; n < OUT; n++) {
            if (k % 3 == 0) random_dpi_neuron(&r, &law, &y->neuron[n]);
            if (k % 3 == 1) y->neuron[n].jump = draw(&r, 0, 20000);
            start[n] = random_dpi_state(&r, &law);
        }
        for (int i = 0; i < TICKS * IN; i++)
            x[i] = (uint8_t)(draw(&r, 0, 9) ? 0 : draw(&r, 0, 9) ? draw(&r, 1, 3) : 255);
        struct stimulus s = {.n_ticks = TICKS, .x = x};
        struct lockstep_options how = {.stages = true, .start = k % 2 ? start : 0};
        const struct law_image view = law_image_dpi(im, 0);
        struct lockstep *both = lockstep_new(&h, &view, TICKS, message, sizeof message);
        int rc = both ? lockstep_run(both, &s, &how, &result, message, sizeof message) : -1;
        if (rc) {
            printf(rc < 0 ? "broken: %s\n" : "killed %s\n", rc < 0 ? message : result.first.what);
            return 0;
        }
        lockstep_free(both);
        dpi_image_free(im);
    }
    printf("survived\n");
    dut_close(&h);
    return 0;
}
