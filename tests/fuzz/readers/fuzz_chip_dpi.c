// A chip file of family dpi.
#include "tests/fuzz/harness.h"
#include "twin/chip/dynapse_chip.h"
#include "twin/io/yaml_file.h"

#include <stdlib.h>

// Written again the file says the same.
static void write_again(const struct dynapse_chip *c, const char *path)
{
    struct dynapse_chip again;
    struct fail f = {""};
    char *text = yaml_read(path, &f);
    fuzz_need(text, f.text);
    char *other = dynapse_chip_change(text, path, 0, 0, &f);
    fuzz_need(other, f.text);
    fuzz_need(!dynapse_chip_load_text(&again, other, "written", &f), f.text);
    fuzz_need(dynapse_chip_hash(c) == dynapse_chip_hash(&again), "another chip was written");
    free(other);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct dynapse_chip c;
    struct fail f = {""};
    const char *path = fuzz_file(bytes, n);
    if (dynapse_chip_load(&c, path, &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    fuzz_need(c.limits.cores > 0 && c.limits.neurons > 0, "a chip without neurons was taken");
    write_again(&c, path);
    fuzz_taken();
    return 0;
}

void fuzz_seeds(const char *folder)
{
    fuzz_seed_copy(folder, "dynapse2", "chips/dynapse2.yaml");
}
