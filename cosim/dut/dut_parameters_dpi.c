// Parameters of rtl/stw_dpi_net.sv.
#include "cosim/dut/dut_rtl.h"

static int parameters(const struct law_kind *kind, const void *of, const struct image_shape *shape,
                      struct dut_parameter *list)
{
    const struct dpi_law *law = of;
    int n = 0;
    (void)kind;
    dut_add(list, &n, "NIn", shape->layer[0].n_in);
    dut_add(list, &n, "NOut", shape->layer[0].n_out);
    dut_add(list, &n, "Recurrent", shape->layer[0].recurrent);
    dut_add(list, &n, "Gaba", law->gaba);
    dut_add(list, &n, "LeakOnce", law->leak_once);
    dut_add(list, &n, "FreshVmem", law->fresh_vmem);
    dut_add(list, &n, "CurrentBits", law_bits(law->current));
    dut_add(list, &n, "CurrentFrac", law->current.frac_bits);
    dut_add(list, &n, "WeightBits", law_bits(law->weight));
    dut_add(list, &n, "WeightFrac", law->weight.frac_bits);
    dut_add(list, &n, "FactorFrac", law->factor_frac);
    dut_add(list, &n, "LogFrac", law->log_frac);
    dut_add(list, &n, "TableBits", law->table_bits);
    dut_add(list, &n, "GainBits", law_bits(law->gain));
    dut_add(list, &n, "GainFrac", law->gain.frac_bits);
    dut_add(list, &n, "RateBits", law_bits(law->rate));
    dut_add(list, &n, "RateFrac", law->rate.frac_bits);
    dut_add(list, &n, "MaxSpikes", law->max_spikes);
    return n;
}

static const char *check(const struct law_kind *kind, const void *of,
                         const struct image_shape *shape)
{
    const struct dpi_law *law = of;
    (void)kind;
    const char *what = dpi_law_check(law);
    if (what) return what;
    if (shape->n_layers != 1) return "layers: 1";
    int n_in = shape->layer[0].n_in, n_out = shape->layer[0].n_out;
    if (n_in < 1 || n_in > DPI_MAX_NEURONS) return "sources of a layer: 1..4096";
    if (n_out < 1 || n_out > DPI_MAX_NEURONS) return "neurons of a layer: 1..4096";
    return 0;
}

const struct dut_rtl dut_rtl_dpi = {
    .kind = &dpi_kind, .top = "stw_dpi_net", .check = check, .parameters = parameters};
