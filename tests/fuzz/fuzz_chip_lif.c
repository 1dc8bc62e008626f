// A chip file of family lif: YAML, then every value against its range.
#include "tests/fuzz/harness.h"
#include "twin/chip/chip.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct chip c;
    struct fail f = {""};
    if (chip_load(&c, fuzz_file(bytes, n), &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    fuzz_need(!law_check(&c.law), "a law that cannot be built was taken");
    fuzz_taken();
    return 0;
}

void fuzz_seeds(const char *folder)
{
    static const char *const name[] = {"fpga-q8.8", "h1v1",         "h1v2",
                                       "loihi",     "sc-neurocore", "xylo"};
    for (int i = 0; i < 6; i++) {
        char file[64];
        snprintf(file, sizeof file, "chips/%s.yaml", name[i]);
        fuzz_seed_copy(folder, name[i], file);
    }
}
