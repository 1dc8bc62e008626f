// The configuration of a board of DYNAP-SE2 chips (JSON), and the net that it is.
#include "tests/fuzz/harness.h"
#include "twin/dynapse2/dpi_map.h"

#include <stdio.h>

static struct dynapse_chip chip;

static void begin(void)
{
    struct fail f = {""};
    if (chip.name[0]) return;
    fuzz_need(!dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), f.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct dynapse_config g;
    struct dpi_net net = {0};
    struct fail f = {""};
    begin();
    if (dynapse_config_load(&g, &chip, fuzz_file(bytes, n), &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    fuzz_taken();
    if (g.n_neurons <= 64 && g.n_inputs <= 64) {
        if (dpi_unmap(&net, &g, &chip, "the board", &f)) fuzz_refused(f.text);
        dpi_net_fini(&net);
    }
    dynapse_config_fini(&g);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    char path[4096];
    struct dynapse_config g = {0};
    struct dpi_net net;
    struct dpi_core_report report[64];
    struct fail f = {""};
    begin();
    fuzz_need(!dpi_net_init(&net, 2, 3, 0, &f), f.text);
    net.Iscale = chip.Iscale;
    net.dt = chip.dt;
    snprintf(net.chip, sizeof net.chip, "%s", chip.name);
    for (int i = 0; i < 6; i++)
        net.w_in[i] = i - 2;
    net.w_rec[1] = net.w_rec[5] = 0.5;
    fuzz_need(!dpi_map(&g, report, &net, &chip, &dpi_map_default, "seed", &f), f.text);
    snprintf(path, sizeof path, "%s/board", folder);
    fuzz_need(!dynapse_config_save(&g, &chip, path, &f), f.text);
    dynapse_config_fini(&g);
    dpi_net_fini(&net);
}
