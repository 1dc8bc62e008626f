#include "cosim/dpi_dut.h"
#include "cosim/dut_build.h"

#include <stdio.h>

enum { PARAMETERS = 18 };

// The parameters of rtl/stw_dpi_net.sv, as arguments of Verilator.
static void parameters(const struct dpi_dut_shape *s, char text[PARAMETERS][40])
{
    const struct dpi_law *a = &s->law;
    const struct {
        const char *name;
        int value;
    } list[PARAMETERS] = {{"NIn", s->n_in},
                          {"NOut", s->n_out},
                          {"Recurrent", s->recurrent},
                          {"Gaba", a->gaba},
                          {"LeakOnce", a->leak_once},
                          {"FreshVmem", a->fresh_vmem},
                          {"CurrentBits", law_bits(a->current)},
                          {"CurrentFrac", a->current.frac_bits},
                          {"WeightBits", law_bits(a->weight)},
                          {"WeightFrac", a->weight.frac_bits},
                          {"FactorFrac", a->factor_frac},
                          {"LogFrac", a->log_frac},
                          {"TableBits", a->table_bits},
                          {"GainBits", law_bits(a->gain)},
                          {"GainFrac", a->gain.frac_bits},
                          {"RateBits", law_bits(a->rate)},
                          {"RateFrac", a->rate.frac_bits},
                          {"MaxSpikes", a->max_spikes}};
    for (int i = 0; i < PARAMETERS; i++)
        snprintf(text[i], 40, "-G%s=%d", list[i].name, list[i].value);
}

// Of the C++ side: the same numbers as a constant.
static void print_config(const struct dpi_dut_shape *s, char *text, size_t size)
{
    const struct dpi_law *a = &s->law;
    snprintf(text, size,
             "static const struct dpi_dut_shape DUT_SHAPE = {\n"
             "    {%d, %d, %d, {%d, %d}, {%d, %d}, %d, %d, %d, {%d, %d}, {%d, %d}, %d},\n"
             "    %d, %d, %d};\n",
             a->gaba, a->leak_once, a->fresh_vmem, a->current.int_bits, a->current.frac_bits,
             a->weight.int_bits, a->weight.frac_bits, a->factor_frac, a->log_frac, a->table_bits,
             a->gain.int_bits, a->gain.frac_bits, a->rate.int_bits, a->rate.frac_bits,
             a->max_spikes, s->n_in, s->n_out, s->recurrent);
}

int dpi_dut_build(const struct dpi_dut_shape *shape, const struct dut_build_options *o, char *path,
                  char *message, size_t size)
{
    const char *what = dpi_law_check(&shape->law);
    if (what) {
        snprintf(message, size, "no RTL for this chip: %s", what);
        return -1;
    }
    char text[PARAMETERS][40], config[1024];
    const char *arguments[PARAMETERS + 1] = {0};
    parameters(shape, text);
    for (int i = 0; i < PARAMETERS; i++)
        arguments[i] = text[i];
    print_config(shape, config, sizeof config);
    struct dut_top top = {
        .top = "stw_dpi_net", .arguments = arguments, .cpp = "cosim/dpi_dut.cpp", .config = config};
    return dut_build_top(&top, o, path, message, size);
}
