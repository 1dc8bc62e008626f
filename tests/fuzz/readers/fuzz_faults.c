// A list of faults, for the image of the harnesses.
#include "tests/fuzz/harness.h"
#include "twin/chip/faults.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const struct image *im = fuzz_image();
    struct image_shape shape = image_shape_of(im);
    struct faults a;
    struct fail f = {""};
    if (faults_read(&a, fuzz_file(bytes, n), &lif_kind, &im->law, &shape, &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    for (int i = 0; i < a.n_fixed; i++) {
        const struct fault_fixed *x = &a.fixed[i];
        const struct image_layer *y = &im->layer[x->layer];
        fuzz_need(x->neuron >= 0 && x->neuron < y->n_out && x->row >= 0 && x->row < y->n_rows,
                  "a fault outside the net was taken");
    }
    for (int i = 1; i < a.n_flips; i++)
        fuzz_need(a.flip[i].tick >= a.flip[i - 1].tick, "flips are not sorted");
    faults_free(&a);
    fuzz_taken();
    return 0;
}

void fuzz_seeds(const char *folder)
{
    static const char text[] = "# all kinds\nstuck 1 2 3 4 1\ndead 0 1\nflip 9 1 1 v 15 # late\n"
                               "flip 3 1 0 weight 7 2\n";
    fuzz_seed(folder, "all_kinds", text, sizeof text - 1);
}
