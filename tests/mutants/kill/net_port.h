// What cosim/dut/dut.cpp sees as Vstw_net: the network with the selected mutant, its ports made as
// unkind as rtl/stw_net.sv allows.
//
//   noise   ports without their valid; and valids, starts and clears in cycles in which the network
//           has to ignore them
//   early   events of the next tick come while later layers still run; dut.cpp's own of the same
//           source are then left out. After a clip's last tick some come that a rest has to forget
//   watch   outputs that dut.cpp does not look at must agree with the commits
//
// Compiled as C++ in the folder of one network, after cosim/dut/dut.h.
#ifndef TESTS_MUTANTS_KILL_NET_PORT_H
#define TESTS_MUTANTS_KILL_NET_PORT_H

#include "Vmutant.h"
#include "dut_config.h"

extern "C" {
extern int mutant_selected;
extern const struct stimulus *mutant_stimulus; // of the run; NULL: none yet
extern int64_t mutant_cycles;
extern bool mutant_wrong; // an output that was watched
}

struct Vstw_net : Vmutant {
    uint32_t noise = 1;
    int tick = -1;       // that runs, or ran last; -1: none since rest
    int next_source = 0; // of the next tick: those before it were sent early
    bool layer0_runs = false, runs = false;

    explicit Vstw_net(VerilatedContext *c) : Vmutant(c) { mutsel = mutant_selected; }

    uint32_t random(int bits)
    {
        noise = noise * 1664525u + 1013904223u;
        return (uint32_t)((uint64_t)noise >> (32 - bits));
    }

    // An event of the next tick, if there is one left, in the order of the sources; after the last
    // tick any.
    void send_early()
    {
        const struct stimulus *s = mutant_stimulus;
        int n_in = DUT_SHAPE.layer[0].n_in, bits = DUT_INPUT_BITS;
        if (!s || tick < 0 || random(2) == 0) return;
        for (; next_source < n_in; next_source++) {
            uint32_t x = random(bits) | 1;
            if (tick + 1 < s->n_ticks)
                x = (uint32_t)(stimulus_x(s, n_in, tick + 1, next_source) & fx_umax(bits));
            if (!x) continue;
            event_valid_i = 1;
            event_source_i = next_source++;
            event_x_i = x;
            return;
        }
    }

    void rise()
    {
        auto valid = event_valid_i, write = write_valid_i, start = tick_start_i, clear = clear_i;
        auto source = event_source_i;
        auto x = event_x_i;
        auto jitter = tick_jitter_i;
        bool was_ready = rst_ni && ready_o, busy = rst_ni && !ready_o;
        int n_in = DUT_SHAPE.layer[0].n_in, source_bits = fx_ubits((uint64_t)n_in - 1);
        if (valid && source < next_source) event_valid_i = 0;
        if (!event_valid_i) {
            event_source_i = random(source_bits ? source_bits : 1) & (source_bits ? ~0u : 0);
            event_x_i = random(DUT_INPUT_BITS);
            if (busy && !event_ready_o) event_valid_i = random(1);
            if (busy && event_ready_o) send_early();
        }
        if (!write) {
            write_select_i = random(4);
            write_layer_i = random(1) ? random(3) : (uint32_t)random(8) % DUT_SHAPE.n_layers;
            write_addr_i = random(1) ? random(26) : random(4);
            write_data_i = random(32);
            if (busy) write_valid_i = random(1);
        }
        if (!start) tick_jitter_i = random(16);
        if (busy) tick_start_i = random(2) == 0, clear_i = random(2) == 0;
        Vmutant::eval();
        if (was_ready && (start || clear)) {
            tick = clear ? -1 : tick + 1;
            runs = layer0_runs = start && !clear;
            next_source = 0;
        }
        event_valid_i = valid, event_source_i = source, event_x_i = x;
        write_valid_i = write, tick_start_i = start, clear_i = clear, tick_jitter_i = jitter;
        mutant_cycles++;
    }

    // In the second half of a cycle, when all is settled.
    void watch()
    {
        int last = DUT_SHAPE.n_layers - 1;
        bool of_last = commit_valid_o && commit_layer_o == last;
        bool done = of_last && commit_neuron_o == DUT_SHAPE.layer[last].n_out - 1;
        bool spiked = of_last && fire_o != 0;
        if (!rst_ni || tick < 0) return;
        if (spike_valid_o != spiked || (spiked && spike_neuron_o != commit_neuron_o) ||
            tick_done_o != done || ready_o != !runs || event_ready_o != !layer0_runs)
            mutant_wrong = true;
        if (commit_valid_o && commit_layer_o == 0 &&
            commit_neuron_o == DUT_SHAPE.layer[0].n_out - 1)
            layer0_runs = false;
        if (done) runs = false;
    }

    void eval()
    {
        if (clk_i) return rise();
        Vmutant::eval();
        watch();
    }
};

#endif
