// A matrix as text.
#include "tests/fuzz/harness.h"
#include "twin/io/matrix_csv.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct matrix m;
    struct fail f = {""};
    if (matrix_read(&m, fuzz_file(bytes, n), &f)) {
        fuzz_refused(f.text);
    } else {
        fuzz_need(m.rows > 0 && m.columns > 0, "a matrix without numbers was taken");
        for (size_t i = 0; i < m.rows * m.columns; i++)
            fuzz_need(isfinite(m.x[i]), "a number that is not finite was taken");
        fuzz_taken();
    }
    matrix_fini(&m);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    static const char text[] = "# to, from\n1, 2.5,-3e-4\n 0x1p3\t0 7\r\n\n9,8,7\n";
    fuzz_seed(folder, "three_rows", text, sizeof text - 1);
}
