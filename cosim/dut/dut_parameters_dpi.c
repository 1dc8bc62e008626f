#include "cosim/dut/dut_build.h"

void dut_dpi_parameters(const struct dpi_law *law, const struct image_shape *shape,
                        struct dut_parameter list[DUT_DPI_PARAMETERS])
{
    const struct {
        const char *name;
        int value;
    } all[DUT_DPI_PARAMETERS] = {{"NIn", shape->layer[0].n_in},
                                 {"NOut", shape->layer[0].n_out},
                                 {"Recurrent", shape->layer[0].recurrent},
                                 {"Gaba", law->gaba},
                                 {"LeakOnce", law->leak_once},
                                 {"FreshVmem", law->fresh_vmem},
                                 {"CurrentBits", law_bits(law->current)},
                                 {"CurrentFrac", law->current.frac_bits},
                                 {"WeightBits", law_bits(law->weight)},
                                 {"WeightFrac", law->weight.frac_bits},
                                 {"FactorFrac", law->factor_frac},
                                 {"LogFrac", law->log_frac},
                                 {"TableBits", law->table_bits},
                                 {"GainBits", law_bits(law->gain)},
                                 {"GainFrac", law->gain.frac_bits},
                                 {"RateBits", law_bits(law->rate)},
                                 {"RateFrac", law->rate.frac_bits},
                                 {"MaxSpikes", law->max_spikes}};
    for (int i = 0; i < DUT_DPI_PARAMETERS; i++) {
        list[i].name = all[i].name;
        snprintf(list[i].value, sizeof list[i].value, "%d", all[i].value);
    }
}

const char *dut_dpi_check(const struct dpi_law *law, const struct image_shape *shape)
{
    const char *what = dpi_law_check(law);
    if (what) return what;
    if (shape->n_layers != 1) return "layers: 1";
    int n_in = shape->layer[0].n_in, n_out = shape->layer[0].n_out;
    if (n_in < 1 || n_in > DPI_MAX_NEURONS) return "sources of a layer: 1..4096";
    if (n_out < 1 || n_out > DPI_MAX_NEURONS) return "neurons of a layer: 1..4096";
    return 0;
}
