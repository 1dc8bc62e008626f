// The net of a reference trace (JSON).
#include "tests/fuzz/harness.h"
#include "twin/dpi/dpi_net.h"
#include "twin/chip/dynapse_chip.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct dpi_net net;
    struct fail f = {""};
    if (dpi_net_load_trace(&net, fuzz_file(bytes, n), &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    size_t neurons = (size_t)net.n_neurons;
    fuzz_touch(net.w_in, (size_t)net.n_in * neurons * sizeof(double));
    fuzz_touch(net.w_rec, neurons * neurons * sizeof(double));
    fuzz_touch(net.circuit, neurons * sizeof *net.circuit);
    dpi_net_fini(&net);
    fuzz_taken();
    return 0;
}

void fuzz_seeds(const char *folder)
{
    char text[8192];
    struct dynapse_chip chip;
    struct fail f = {""};
    fuzz_need(!dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), f.text);
    int used = snprintf(
        text, sizeof text,
        "{\"n_inputs\": 1, \"n_neurons\": 2, \"w_in\": [[1, -2]], "
        "\"w_rec\": [[0, 0.5], [0, 0]], \"parameters\": {\"Iscale\": 1e-08, \"dt\": 0.001");
    for (int k = 0; k < DPI_CIRCUIT_VALUES; k++) {
        double x = ((const double *)&chip.nominal)[k];
        used += snprintf(text + used, sizeof text - (size_t)used, ", \"%s\": [%.17g, %.17g]",
                         dpi_circuit_names[k], x, x);
    }
    snprintf(text + used, sizeof text - (size_t)used, "}}");
    fuzz_seed(folder, "two_neurons", text, strlen(text));
}
