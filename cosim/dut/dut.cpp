// The Verilated top behind cosim/dut/dut.h: the one file that knows Verilator's types.
//
// Verilator's ports are unsigned words of 8, 16, 32 or 64 bits. Signed inputs are masked to the
// port's bits here and outputs sign-extended from them; both are asserted to have lost nothing.
// dut_config.h is written by cosim/dut/dut_config.c, from the law's row, beside the parameters that the
// RTL is built with.
#define _Static_assert static_assert
#include "cosim/dut/dut.h"

#include "Vstw_net.h"
#include "dut_config.h"
#include "verilated.h"
#if DUT_WAVES
#include "Vstw_net___024root.h"
#include "verilated_fst_c.h"
#endif

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

struct dut {
    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<Vstw_net> net;
    uint64_t time = 0;              // half cycles
    const char *expected = nullptr; // (neurons) commits of the present tick
#if DUT_WAVES
    std::unique_ptr<VerilatedFstC> fst;
#endif
};

namespace
{

__attribute__((format(printf, 3, 4))) int refuse(char *message, size_t size, const char *format,
                                                 ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(message, size, format, args);
    va_end(args);
    return -1;
}

[[noreturn]] void broken(const char *what, int64_t x, int bits)
{
    fprintf(stderr, "dut.cpp: %s 0x%llx is not a word of %d bits\n", what, (unsigned long long)x,
            bits);
    abort();
}

// A word from an output port of `bits`.
inline int64_t word(uint64_t x, int bits, bool is_signed)
{
    if (!is_signed || bits == 64) return (int64_t)x;
    if ((int64_t)x > fx_umax(bits)) broken("output", (int64_t)x, bits);
    return fx_wrap((int64_t)x, bits);
}

// Bits at .. at + bits - 1 of a port; of a wide one, whose parts are 32 bits.
[[maybe_unused]] inline uint64_t packed(uint64_t x, int at, int bits)
{
    return x >> at & (uint64_t)fx_umax(bits);
}

template <std::size_t N> inline uint64_t packed(const VlWide<N> &x, int at, int bits)
{
    std::size_t i = (std::size_t)at / 32;
    uint64_t y = x[i] >> at % 32;
    for (int got = 32 - at % 32; got < bits; got += 32)
        y |= (uint64_t)x[++i] << got;
    return bits == 64 ? y : y & (uint64_t)fx_umax(bits);
}

template <typename T> inline void put(char *to, int64_t x)
{
    T y = (T)x;
    memcpy(to, &y, sizeof y);
}

// A signed word for an input port of `bits`.
uint32_t masked(int32_t x, int bits)
{
    uint32_t y = (uint32_t)x & (uint32_t)fx_umax(bits);
    if (fx_wrap(y, bits) != x) broken("input", x, bits);
    return y;
}

// The commit that the RTL shows now.
void take_commit(const Vstw_net &t, char *c)
{
    dut_place at = {0, t.commit_neuron_o};
#if DUT_IS_NET
    at.layer = t.commit_layer_o;
#endif
    memset(c, 0, DUT_COMMIT);
    memcpy(c, &at, sizeof at);
#define TAKE(type, place, told, bits, is_signed) put<type>(c + place, word(told, bits, is_signed));
    DUT_COMMIT_WORDS(TAKE)
#undef TAKE
}

#if DUT_WAVES && DUT_HAS_TWIN
// The signals of stw_twin for the commit that the RTL shows now.
void show_twin(dut *d)
{
    Vstw_net___024root &t = *d->net->rootp;
    lif_commit got = {}, e;
    take_commit(*d->net, (char *)&got);
    int index = got.at.neuron;
    for (int l = 0; l < got.at.layer; l++)
        index += DUT_SHAPE.layer[l].n_out;
    bool valid = d->net->commit_valid_o && d->expected;
    memcpy(&e, valid ? d->expected + (size_t)index * sizeof e : (const char *)&got, sizeof e);
    t.stw_net__DOT__u_twin__DOT__commit_valid = valid;
    t.stw_net__DOT__u_twin__DOT__layer = (uint8_t)e.at.layer;
    t.stw_net__DOT__u_twin__DOT__neuron = (uint16_t)e.at.neuron;
    t.stw_net__DOT__u_twin__DOT__gather = (uint64_t)e.stages.gather;
    t.stw_net__DOT__u_twin__DOT__current = (uint64_t)e.stages.current;
    t.stw_net__DOT__u_twin__DOT__leak = (uint64_t)e.stages.leak;
    t.stw_net__DOT__u_twin__DOT__integrate = (uint64_t)e.stages.integrate;
    t.stw_net__DOT__u_twin__DOT__clamp = (uint32_t)e.stages.clamp;
    t.stw_net__DOT__u_twin__DOT__fire = (uint8_t)e.stages.fire;
    t.stw_net__DOT__u_twin__DOT__after_v = (uint32_t)e.after.v;
    t.stw_net__DOT__u_twin__DOT__after_u = (uint32_t)e.after.u;
    t.stw_net__DOT__u_twin__DOT__after_u2 = (uint32_t)e.after.u2;
    t.stw_net__DOT__u_twin__DOT__after_r = (uint8_t)e.after.r;
    bool same = !memcmp(&e.after, &got.after, sizeof e.after) &&
                !memcmp(&e.stages, &got.stages, sizeof e.stages);
    t.stw_net__DOT__u_twin__DOT__differs = valid && !same;
}
#endif

void half(dut *d, int clock)
{
    d->net->clk_i = (uint8_t)clock;
    d->net->eval();
#if DUT_WAVES
    if (d->fst) {
#if DUT_HAS_TWIN
        show_twin(d);
#endif
        d->fst->dump(d->time);
    }
#endif
    d->time++;
}

// Inputs set before it are taken at its rising edge; outputs after it are those of the next cycle.
void cycle(dut *d)
{
    half(d, 1);
    half(d, 0);
}

// Cycles until ready_o, or -1 after `limit`.
int64_t until_ready(dut *d, int64_t limit)
{
    for (int64_t n = 0; n < limit; n++) {
        if (d->net->ready_o) return n;
        cycle(d);
    }
    return -1;
}

// Rows of a neuron's weights.
int64_t rows(int l)
{
    return DUT_SYNAPSES * DUT_FAN_IN[l];
}

int dut_write(dut *d, int layer, int word, int address, int64_t value, char *message, size_t size)
{
    Vstw_net &t = *d->net;
    if (!t.ready_o) return refuse(message, size, "DUT: not ready for a write");
#if DUT_IS_NET
    t.write_layer_i = (uint8_t)layer;
#else
    (void)layer;
#endif
    t.write_valid_i = 1;
    t.write_select_i = (uint8_t)word;
    t.write_addr_i = (uint32_t)address;
    t.write_data_i = (decltype(t.write_data_i))value;
    cycle(d);
    t.write_valid_i = 0;
    return 0;
}

void dut_free(dut *d)
{
    if (!d) return;
#if DUT_WAVES
    if (d->fst) d->fst->close();
#endif
    d->net->final();
    delete d;
}

dut *dut_create()
try {
    auto d = std::make_unique<dut>();
    d->context = std::make_unique<VerilatedContext>();
    d->context->traceEverOn(DUT_WAVES);
    d->net = std::make_unique<Vstw_net>(d->context.get());
    d->net->rst_ni = 1; // so that the next line is a falling edge
    half(d.get(), 0);
    d->net->rst_ni = 0;
    cycle(d.get());
    d->net->rst_ni = 1;
    half(d.get(), 0);
    return d.release();
} catch (const std::bad_alloc &) {
    return nullptr;
}

int dut_clear(dut *d, char *message, size_t size)
{
    if (until_ready(d, 2 * IMAGE_MAX_NEURONS) < 0)
        return refuse(message, size, "DUT: never ready after reset");
    d->net->clear_i = 1;
    cycle(d);
    d->net->clear_i = 0;
    if (until_ready(d, 2 * IMAGE_MAX_NEURONS) < 0)
        return refuse(message, size, "DUT: not ready %d cycles after clear_i",
                      2 * IMAGE_MAX_NEURONS);
    return 0;
}

// The word of a source for the event port; 0: no event.
uint32_t input_word(const struct stimulus *s, int tick, int i)
{
    int32_t x = stimulus_x(s, DUT_SHAPE.layer[0].n_in, tick, i);
    if (DUT_INPUT_SIGNED) return masked(x, DUT_INPUT_BITS);
    if (x < 0 || x > fx_umax(DUT_INPUT_BITS)) broken("x", x, DUT_INPUT_BITS);
    return (uint32_t)x;
}

int64_t dut_tick(dut *d, const struct stimulus *s, int tick, void *commits, char *message,
                 size_t size)
{
    Vstw_net &t = *d->net;
    uint64_t start = d->time;
    int64_t limit = 64;
    int n_neurons = 0, got = 0;
    for (int l = 0; l < DUT_SHAPE.n_layers; l++) {
        int64_t n_out = DUT_SHAPE.layer[l].n_out;
        limit += n_out * (rows(l) + 128) + 16;
        limit += DUT_WALK[l];
        n_neurons += (int)n_out;
    }
    if (!t.ready_o) return refuse(message, size, "DUT: not ready for a tick");
#if DUT_IS_NET
    t.tick_jitter_i = (uint16_t)masked(s->jitter ? s->jitter[tick] : 0, 16);
#endif
    for (int i = 0; i < DUT_SHAPE.layer[0].n_in; i++) {
        uint32_t x = input_word(s, tick, i);
        if (!x) continue;
        if (t.event_valid_i) cycle(d);
        t.event_valid_i = 1;
        t.event_source_i = (uint16_t)i;
        t.event_x_i = (decltype(t.event_x_i))x;
    }
    t.tick_start_i = 1; // the last event comes with it
    cycle(d);
    t.tick_start_i = 0;
    t.event_valid_i = 0;
    for (bool done = false; !done; cycle(d)) {
        if (limit-- == 0) return refuse(message, size, "DUT: tick never done");
        done = t.tick_done_o;
        if (!t.commit_valid_o) continue;
        if (got < n_neurons) take_commit(t, (char *)commits + (size_t)got * DUT_COMMIT);
        got++;
    }
    if (got != n_neurons)
        return refuse(message, size, "DUT: %d commits in a tick of %d neurons", got, n_neurons);
    return (int64_t)(d->time - start) / 2;
}

#if DUT_HAS_TWIN
void dut_twin(dut *d, const void *expected)
{
    d->expected = (const char *)expected;
}
#endif

int dut_wave(dut *d, const char *path, char *message, size_t size)
{
#if DUT_WAVES
    if (d->fst) d->fst->close();
    d->fst.reset();
    if (!path) return 0;
    d->fst = std::make_unique<VerilatedFstC>();
    d->net->trace(d->fst.get(), 99);
    d->fst->open(path);
    if (d->fst->isOpen()) return 0;
    d->fst.reset();
    return refuse(message, size, "%s: cannot be written", path);
#else
    (void)d, (void)path;
    return refuse(message, size, "DUT was built without waves");
#endif
}

} // namespace

extern "C" const struct dut_ops dut_ops = {DUT_ABI,   DUT_WAVES,  DUT_IS_NET != 0, DUT_IS_NET != 0,
                                           DUT_KIND,  &DUT_LAW,   &DUT_SHAPE,      &dut_create,
                                           &dut_free, &dut_clear, &dut_write,      &dut_tick,
#if DUT_HAS_TWIN
                                           &dut_twin,
#else
                                           nullptr,
#endif
                                           &dut_wave};
