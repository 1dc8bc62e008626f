// A task with targets over time: its file, a line "---", and a table of targets.
#include "tests/fuzz/harness.h"

#include "twin/task/targets.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct targets g = {.n_out = 0};
    struct labels outputs = {0};
    struct fail f = {"no table behind the task"};
    char *text = fuzz_text(bytes, n), *cut = strstr(text, "\n---\n");
    bool bad = !cut;
    if (cut) {
        char *table = cut + 5;
        *cut = 0;
        bad = targets_read_task(&g, text, "task.yaml", &f) ||
              targets_add(&g, table, (size_t)(text + n - table), "x.csv", &outputs, 1, &f) ||
              targets_end(&g, "x", &f);
    }
    if (bad) {
        fuzz_refused(f.text);
    } else {
        fuzz_need(g.variance > 0 && g.n_ticks > g.skip, "targets without a task were taken");
        fuzz_touch(g.y, (size_t)g.n_ticks * (size_t)g.n_out * sizeof *g.y);
        fuzz_taken();
    }
    targets_fini(&g);
    labels_fini(&outputs);
    free(text);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    static const char two[] =
        "readout: filter\ntau: 5\nlow: -1.5\nhigh: 2.5\nfigure: correlation\nskip: 1\n---\n"
        "a,\"b, c\"\r\n0,1\n# a comment\n1e-1,-1.5\n2.5,.5\n";
    static const char one[] =
        "{readout: filter, tau: 0.1, low: 0, high: 1.6, figure: sMAPE}\n---\ny\n1\n0\n";
    fuzz_seed(folder, "two_outputs", two, sizeof two - 1);
    fuzz_seed(folder, "one_output", one, sizeof one - 1);
}
