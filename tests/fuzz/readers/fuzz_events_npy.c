// An array of NumPy, with labels beside it that are in order.
#include "tests/fuzz/readers/events_files.h"

#include <string.h>

static const char labels[] = "label,speaker\na,x\nb,y\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    fuzz_put("x_labels.csv", (const uint8_t *)labels, sizeof labels - 1);
    return show_events("x.npy", 0, bytes, n);
}

void fuzz_seeds(const char *folder)
{
    static const struct {
        const char *name, *head;
        size_t values;
    } kind[] = {{"bytes", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4), }\n", 24},
                {"reals", "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2, 1), }\n", 16},
                {"halves", "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 1, 2), }\n", 8},
                {"wholes", "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 1, 1), }\n", 16}};
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        unsigned char file[256] = "\x93NUMPY\1";
        size_t head = strlen(kind[i].head);
        file[8] = (unsigned char)head;
        memcpy(file + 10, kind[i].head, head);
        file[10 + head] = i == 0; // of reals and halves: 0
        fuzz_seed(folder, kind[i].name, file, 10 + head + kind[i].values);
    }
}
