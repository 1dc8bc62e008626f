// Vectors with a device's results, held against the model.
#include "tests/fuzz/readers/vectors_seeds.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    FILE *in = fopen(fuzz_file(bytes, n), "r");
    char message[1024] = "";
    const struct law_image view = law_image_of(fuzz_image());
    struct vectors_check c;
    fuzz_need(in, "no file");
    int rc = vectors_check(in, "stdin", &view, &c, 0, 0, message, sizeof message);
    if (rc < 0) {
        fuzz_refused(message);
    } else {
        fuzz_need(c.words > 0 &&
                      (rc > 0) == (c.words_differ + c.spikes_differ + c.stages_differ > 0),
                  "the verdict is not what was counted");
        fuzz_taken();
    }
    fclose(in);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    vectors_seed(folder, "first_version", 1, true); // which does not say what was sent
    vectors_seed(folder, "results", VECTORS_VERSION, true);
    vectors_seed(folder, "any_law", VECTORS_ANY, true);
}
