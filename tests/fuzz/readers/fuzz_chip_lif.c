// A chip file of family lif: YAML, then every value against its range.
#include "tests/fuzz/harness.h"
#include "twin/chip/chip.h"
#include "twin/io/yaml_file.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

// Written again the file says the same.
static void write_again(const struct chip *c, const char *path)
{
    struct chip again;
    struct fail f = {""};
    char *text = yaml_read(path, &f);
    fuzz_need(text, f.text);
    char *other = chip_change(text, path, 0, 0, &f);
    fuzz_need(other, f.text);
    fuzz_need(!chip_load_text(&again, other, "written", &f), f.text);
    fuzz_need(chip_hash(c) == chip_hash(&again), "another chip was written");
    free(other);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct chip c;
    struct fail f = {""};
    const char *path = fuzz_file(bytes, n);
    if (chip_load(&c, path, &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    fuzz_need(!law_check(&c.law), "a law that cannot be built was taken");
    write_again(&c, path);
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
