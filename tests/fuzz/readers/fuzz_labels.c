// A list of labels such as that of the command line.
#include "tests/fuzz/harness.h"
#include "twin/io/labels.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct labels l = {0}, again = {0};
    struct fail f = {""};
    char *text = fuzz_text(bytes, n), *list = 0;
    if (labels_parse(&l, text, &f)) {
        fuzz_refused(f.text);
    } else {
        list = labels_list(&l);
        fuzz_need(list && !labels_parse(&again, list, &f) && labels_equal(&l, &again),
                  "what is written is not read back");
        fuzz_taken();
    }
    labels_fini(&l);
    labels_fini(&again);
    free(list);
    free(text);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    static const char text[] = "yes,no,a\\, b,\\\\,\xc3\xa9,\xe2\x82\xac";
    fuzz_seed(folder, "six", text, sizeof text - 1);
}
