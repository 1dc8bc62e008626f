// A memory ($readmemh) of the golden library, beside a whole chip.json: the first byte chooses
// which, the rest is in it.
#include "tests/fuzz/readers/golden_folder.h"

static const char *const file[] = {"layer0_weight.hex", "layer1_weight.hex", "layer2_lambda.hex",
                                   "layer1_theta.hex", "layer2_bias.hex"};
enum { FILES = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t whole[FILES][65536];
    static size_t size[FILES];
    golden_folder();
    if (!n) return 0;
    int i = bytes[0] % FILES;
    if (!size[i]) size[i] = golden_read(file[i], whole[i], sizeof whole[i]);
    golden_show(file[i], bytes + 1, n - 1);
    fuzz_put(file[i], whole[i], size[i]);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    golden_folder();
    for (uint8_t i = 0; i < FILES; i++) {
        uint8_t bytes[65536] = {i};
        fuzz_seed(folder, file[i], bytes, 1 + golden_read(file[i], bytes + 1, sizeof bytes - 1));
    }
}
