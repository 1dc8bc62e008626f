// chip.json of the golden library, beside memories that are whole.
#include "tests/fuzz/readers/golden_folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    golden_folder();
    return golden_show("chip.json", bytes, n);
}

void fuzz_seeds(const char *folder)
{
    golden_folder();
    char path[4200];
    snprintf(path, sizeof path, "%s/chip.json", fuzz_folder());
    fuzz_seed_copy(folder, "chip3", path);
}
