// Vectors as the stimulus of a device.
#include "tests/fuzz/readers/vectors_seeds.h"
#include "tests/lib/fake_dut.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const struct image *im = fuzz_image();
    const struct law_image view = law_image_of(im);
    FILE *in = fopen(fuzz_file(bytes, n), "r"), *out = fopen("/dev/null", "w");
    struct dut dut = {.fault_tick = -1};
    struct dut_ops ops;
    struct image_shape shape;
    struct dut_handle h = fake_open(&dut, &ops, im, &shape);
    char message[1024] = "";
    fuzz_need(in && out, "no file");
    if (vectors_dut(in, "stdin", out, &h, &view, false, message, sizeof message) < 0)
        fuzz_refused(message);
    else
        fuzz_taken();
    fake_close(&dut);
    fclose(in);
    fclose(out);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    vectors_seed(folder, "first_version", 1, true);
    vectors_seed(folder, "results", VECTORS_VERSION, true);
    vectors_seed(folder, "any_law", VECTORS_ANY, true);
    vectors_seed(folder, "stimulus", VECTORS_VERSION, false);
}
