// Lockstep of a changed copy of the RTL of any law and of Izhikevich's neuron: random words and neurons
// that live, writes in mid-run, every stage.
//
//   kill_izhikevich_rtl ROOT    ROOT has rtl/, cosim/ and model/; DUTs are kept in ROOT/dut
//
// Prints "survived" or "killed WHAT"; "broken" if it cannot be built or never ends its tick, which
// is a kill too. Exit code 2 if it could not run.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "tests/lib/izhikevich_random.h"

#include <stdio.h>

enum { TICKS = 40, IMAGES = 40, WRITES = 40 };

// Both signs of the alignment, with and without halvings, all kinds of layer.
static const struct {
    struct izhikevich_law law;
    struct image_shape shape;
} cases[] = {{{{4, 4}, {8, 8}, {9, 4}, {4, 12}, FX_NEAREST_EVEN, 2},
              {2, {{3, 4, IMAGE_DENSE, true, false, 1}, {4, 3, IMAGE_DENSE, true, true, 1}}}},
             {{{2, 2}, {8, 2}, {8, 6}, {3, 9}, FX_FLOOR, 0},
              {3,
               {{3, 3, IMAGE_ONE_TO_ONE, false, false, 1},
                {3, 1, IMAGE_DENSE, false, false, 1},
                {1, 6, IMAGE_DENSE, true, false, 1}}}}};
enum { CASES = sizeof cases / sizeof *cases };

// Whether the DUT survives, or -1 with a message.
static int run(struct dut_handle *h, int i, struct lockstep_result *result, char *message,
               size_t size)
{
    struct random r = {41};
    int rc = 0;
    for (int k = 0; k < IMAGES && !rc; k++) {
        uint8_t x[TICKS * 3];
        int16_t jitter[TICKS];
        struct stimulus_write writes[WRITES];
        struct image im;
        void *memory = random_izhikevich_image(&r, &cases[i].law, &cases[i].shape, &im);
        const struct law_image view = law_image_of(&im);
        struct lockstep *both = lockstep_new(h, &view, TICKS, message, size);
        for (int clip = 0; clip < 2 && !rc; clip++) {
            random_stimulus(&r, &im, TICKS, x, jitter);
            random_izhikevich_writes(&r, &im, TICKS, writes, WRITES);
            struct stimulus s = {.n_ticks = TICKS,
                                 .x = x,
                                 .jitter = jitter,
                                 .write = writes,
                                 .n_writes = clip ? WRITES : 0};
            struct lockstep_options how = {.stages = true};
            rc = both ? lockstep_run(both, &s, &how, result, message, size) : -1;
        }
        lockstep_free(both);
        free(memory);
    }
    return rc;
}

int main(int argc, char **argv)
{
    char out[DUT_PATH], path[DUT_PATH], message[1024];
    if (argc < 2) return 2;
    snprintf(out, sizeof out, "%s/dut", argv[1]);
    struct dut_build_options o = {argv[1], out, false};
    for (int i = 0; i < CASES; i++) {
        struct dut_handle h;
        struct lockstep_result result = {0};
        if (dut_build(&izhikevich_kind, &cases[i].law, &cases[i].shape, &o, path, message,
                      sizeof message)) {
            printf("broken: %s\n", message);
            return 0;
        }
        if (dut_open(&h, path, message, sizeof message)) return 2;
        int rc = run(&h, i, &result, message, sizeof message);
        dut_close(&h);
        if (rc) {
            printf(rc < 0 ? "broken: %s\n" : "killed %s\n", rc < 0 ? message : result.first.what);
            return 0;
        }
    }
    printf("survived\n");
    return 0;
}
