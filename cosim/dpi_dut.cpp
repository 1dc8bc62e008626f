// The Verilated layer behind cosim/dpi_dut.h: the one file that knows Verilator's types.
//
// Ports are unsigned words of 8, 16, 32 or 64 bits; outputs are sign-extended from their width
// here. dut_config.h is written by cosim/dpi_dut_build.c beside the parameters that the RTL is
// built with.
#define _Static_assert static_assert
#include "cosim/dpi_dut.h"

#include "Vstw_net.h"
#include "dut_config.h"
#include "verilated.h"

#include <cstdio>
#include <memory>
#include <new>

struct dpi_dut {
    VerilatedContext context;
    Vstw_net net{&context};
    int64_t cycles = 0;
};

namespace
{

const int LOG_BITS = DUT_SHAPE.law.log_frac + 7;
const int RATE_BITS = law_bits(DUT_SHAPE.law.rate);

// Inputs set before it are taken at its rising edge; outputs after it are those of the next cycle.
void cycle(dpi_dut *d)
{
    d->net.clk_i = 1;
    d->net.eval();
    d->net.clk_i = 0;
    d->net.eval();
    d->cycles++;
}

dpi_dut *create()
try {
    auto d = std::make_unique<dpi_dut>();
    d->net.rst_ni = 1; // so that the next line is a falling edge
    d->net.eval();
    d->net.rst_ni = 0;
    cycle(d.get());
    d->net.rst_ni = 1;
    d->net.eval();
    return d.release();
} catch (const std::bad_alloc &) {
    return nullptr;
}

void destroy(dpi_dut *d)
{
    if (d) d->net.final();
    delete d;
}

void clear(dpi_dut *d)
{
    d->net.clear_i = 1;
    cycle(d);
    d->net.clear_i = 0;
}

void write(dpi_dut *d, dpi_word word, int address, int64_t value)
{
    d->net.write_valid_i = 1;
    d->net.write_select_i = (uint8_t)word;
    d->net.write_addr_i = (uint32_t)address;
    d->net.write_data_i = (uint64_t)value;
    cycle(d);
    d->net.write_valid_i = 0;
}

void read_commit(const Vstw_net &t, dpi_commit *c)
{
    dpi_stages &s = c->stages;
    c->neuron = t.commit_neuron_o;
    s.gather = (int64_t)t.gather_o;
    s.synapse = (int64_t)t.synapse_o;
    s.inhibit = (int64_t)t.inhibit_o;
    s.adapt = (int64_t)t.adapt_o;
    s.leak = (int64_t)t.leak_o;
    s.input = (int64_t)t.input_o;
    s.feedback = (int64_t)t.feedback_o;
    s.divide = (int64_t)t.divide_o;
    s.slope = (int64_t)t.slope_o;
    s.drive = fx_wrap((int64_t)t.drive_o, RATE_BITS);
    s.relax = fx_wrap((int64_t)t.relax_o, RATE_BITS);
    s.integrate = (int64_t)t.integrate_o;
    s.voltage = fx_wrap((int64_t)t.voltage_o, LOG_BITS);
    s.fire = t.fire_o;
    s.reset = (int64_t)t.reset_o;
    s.refract = t.refract_o;
    c->after = dpi_state{s.synapse,
                         s.inhibit,
                         s.adapt,
                         s.reset,
                         (int32_t)fx_wrap((int64_t)t.vmem_o, LOG_BITS),
                         (int32_t)s.refract,
                         (int32_t)s.fire};
}

int64_t tick(dpi_dut *d, const uint8_t *x, dpi_commit *commits, char *message, size_t size)
{
    Vstw_net &t = d->net;
    const dpi_dut_shape &s = DUT_SHAPE;
    int64_t start = d->cycles;
    int64_t limit = (int64_t)s.n_out * (s.n_in + s.n_out + 128) + 64;
    int got = 0;
    if (!t.ready_o) {
        snprintf(message, size, "DUT: not ready for a tick");
        return -1;
    }
    for (int i = 0; i < s.n_in; i++) {
        if (!x[i]) continue;
        if (t.event_valid_i) cycle(d);
        t.event_valid_i = 1;
        t.event_source_i = (uint16_t)i;
        t.event_count_i = x[i];
    }
    t.tick_start_i = 1; // the last event comes with it
    cycle(d);
    t.tick_start_i = 0;
    t.event_valid_i = 0;
    for (bool done = false; !done; cycle(d)) {
        if (limit-- == 0) {
            snprintf(message, size, "DUT: tick never done");
            return -1;
        }
        done = t.tick_done_o;
        if (!t.commit_valid_o) continue;
        if (got < s.n_out) read_commit(t, &commits[got]);
        got++;
    }
    if (got != s.n_out) {
        snprintf(message, size, "DUT: %d commits in a tick of %d neurons", got, s.n_out);
        return -1;
    }
    return d->cycles - start;
}

} // namespace

extern "C" const struct dpi_dut_ops dpi_dut_ops = {DPI_DUT_ABI, &DUT_SHAPE, &create, &destroy,
                                                   &clear,      &write,     &tick};
