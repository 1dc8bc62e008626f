// A chip file of family dpi.
#include "tests/fuzz/harness.h"
#include "twin/dynapse2/dynapse_chip.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct dynapse_chip c;
    struct fail f = {""};
    if (dynapse_chip_load(&c, fuzz_file(bytes, n), &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    fuzz_need(c.limits.cores > 0 && c.limits.neurons > 0, "a chip without neurons was taken");
    fuzz_taken();
    return 0;
}

void fuzz_seeds(const char *folder)
{
    fuzz_seed_copy(folder, "dynapse2", "chips/dynapse2.yaml");
}
