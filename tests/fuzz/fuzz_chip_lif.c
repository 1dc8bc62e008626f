// A chip file of family lif: YAML, then every value against its range.
#include "tests/fuzz/harness.h"
#include "twin/chip/chip.h"

#include <glob.h>
#include <string.h>

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

// All chips of the tree but that of the other family.
void fuzz_seeds(const char *folder)
{
    glob_t chips;
    fuzz_need(!glob(SPIKETWIN_ROOT "/chips/*.yaml", 0, 0, &chips), "no chips");
    for (size_t i = 0; i < chips.gl_pathc; i++) {
        const char *file = chips.gl_pathv[i], *name = strrchr(file, '/') + 1;
        if (strcmp(name, "dynapse2.yaml")) fuzz_seed_copy(folder, name, file);
    }
    globfree(&chips);
}
