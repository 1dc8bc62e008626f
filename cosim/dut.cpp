// The Verilated network behind cosim/dut.h: the one file that knows Verilator's types.
//
// Verilator's ports are unsigned words of 8, 16, 32 or 64 bits. Signed inputs are masked to the
// port's bits here and outputs sign-extended from them; both are asserted to have lost nothing.
// dut_config.h is written by cosim/dut_build.c beside the parameters that the RTL is built with.
#define _Static_assert static_assert
#include "cosim/dut.h"

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
#include <memory>
#include <new>

struct dut {
    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<Vstw_net> net;
    uint64_t time = 0;                    // half cycles
    const dut_commit *expected = nullptr; // (neurons) of the present tick
#if DUT_WAVES
    std::unique_ptr<VerilatedFstC> fst;
#endif
};

namespace
{

enum { V_BITS = DUT_MEMBRANE_BITS, U_BITS = DUT_CURRENT_BITS };

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

// A signed word for an input port of `bits`.
uint32_t masked(int32_t x, int bits)
{
    uint32_t y = (uint32_t)x & (uint32_t)fx_umax(bits);
    if (fx_wrap(y, bits) != x) broken("input", x, bits);
    return y;
}

// A signed word from an output port of `bits`.
int32_t extended(uint32_t x, int bits)
{
    if ((int64_t)x > fx_umax(bits)) broken("output", x, bits);
    return (int32_t)fx_wrap(x, bits);
}

void read_commit(const Vstw_net &t, dut_commit *c);

#if DUT_WAVES
// The signals of stw_twin for the commit that the RTL shows now.
void show_twin(dut *d)
{
    Vstw_net___024root &t = *d->net->rootp;
    dut_commit got = {};
    read_commit(*d->net, &got);
    int index = got.neuron;
    for (int l = 0; l < got.layer; l++)
        index += DUT_SHAPE.layer[l].n_out;
    bool valid = d->net->commit_valid_o && d->expected;
    const dut_commit &e = valid ? d->expected[index] : got;
    t.stw_net__DOT__u_twin__DOT__commit_valid = valid;
    t.stw_net__DOT__u_twin__DOT__layer = (uint8_t)e.layer;
    t.stw_net__DOT__u_twin__DOT__neuron = (uint16_t)e.neuron;
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
    bool same = e.after.v == got.after.v && e.after.u == got.after.u &&
                e.after.u2 == got.after.u2 && e.after.r == got.after.r;
    for (int i = 0; i < LAW_STAGES; i++)
        same &= law_get(&lif_kind.stage[i], &e.stages) == law_get(&lif_kind.stage[i], &got.stages);
    t.stw_net__DOT__u_twin__DOT__differs = valid && !same;
}
#endif

void half(dut *d, int clock)
{
    d->net->clk_i = (uint8_t)clock;
    d->net->eval();
#if DUT_WAVES
    if (d->fst) {
        show_twin(d);
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

void read_commit(const Vstw_net &t, dut_commit *c)
{
    c->layer = t.commit_layer_o;
    c->neuron = t.commit_neuron_o;
    c->before.v = extended(t.before_v_o, V_BITS);
    c->before.u = DUT_CURRENTS > 0 ? extended(t.before_u_o, U_BITS) : 0;
    c->before.u2 = DUT_CURRENTS > 1 ? extended(t.before_u2_o, U_BITS) : 0;
    c->before.r = t.before_r_o;
    c->stages.gather = (int64_t)t.gather_o;
    c->stages.current = (int64_t)t.current_o;
    c->stages.leak = (int64_t)t.leak_o;
    c->stages.integrate = (int64_t)t.integrate_o;
    c->stages.clamp = extended(t.clamp_o, V_BITS);
    c->stages.fire = t.fire_o;
    c->stages.reset = extended(t.reset_o, V_BITS);
    c->stages.refract = t.refract_o;
    c->after.v = c->stages.reset;
    c->after.u = DUT_CURRENTS > 0 ? extended(t.after_u_o, U_BITS) : 0;
    c->after.u2 = DUT_CURRENTS > 1 ? extended(t.after_u2_o, U_BITS) : 0;
    c->after.r = c->stages.refract;
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

void write_word(dut *d, image_word what, int layer, int address, int32_t word)
{
    d->net->write_valid_i = 1;
    d->net->write_select_i = what;
    d->net->write_layer_i = (uint8_t)layer;
    d->net->write_addr_i = (uint32_t)address;
    d->net->write_data_i = (uint32_t)word;
    cycle(d);
    d->net->write_valid_i = 0;
}

void write_layer(dut *d, int l, const image_layer *y)
{
    for (int n = 0; n < y->n_out; n++) {
        for (int row = 0; row < y->n_rows; row++)
            write_word(d, WORD_WEIGHT, l, n * y->n_rows + row, y->w[row * y->n_out + n]);
        for (int word = WORD_LAMBDA; word < WORD_V; word++)
            write_word(d, (image_word)word, l, n,
                       law_get(&lif_kind.word[(image_word)word], &y->neuron[n]));
    }
}

int rows(int l)
{
    int n = DUT_SHAPE.layer[l].topology == IMAGE_ONE_TO_ONE ? 1 : DUT_SHAPE.layer[l].n_in;
    if (DUT_SHAPE.layer[l].recurrent) n += DUT_SHAPE.layer[l].n_out;
    return DUT_CURRENTS > 1 ? 2 * n : n;
}

int dut_write(dut *d, int layer, image_word word, int neuron, int row, int32_t value, char *message,
              size_t size)
{
    if (!d->net->ready_o) return refuse(message, size, "DUT: not ready for a write");
    if (!image_word_bits(&DUT_LAW, word))
        return refuse(message, size, "DUT: its law has no word %d", (int)word);
    write_word(d, word, layer, word == WORD_WEIGHT ? neuron * rows(layer) + row : neuron, value);
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

int dut_rest(dut *d, char *message, size_t size)
{
    d->net->clear_i = 1;
    cycle(d);
    d->net->clear_i = 0;
    if (until_ready(d, 2 * IMAGE_MAX_NEURONS) < 0)
        return refuse(message, size, "DUT: not ready %d cycles after clear_i",
                      2 * IMAGE_MAX_NEURONS);
    return 0;
}

int load_words(dut *d, const image *im, char *message, size_t size)
{
    if (until_ready(d, 2 * IMAGE_MAX_NEURONS) < 0)
        return refuse(message, size, "DUT: never ready after reset");
    for (int l = 0; l < im->n_layers; l++)
        write_layer(d, l, &im->layer[l]);
    return dut_rest(d, message, size);
}

// The word of a source for the event port; 0: no event.
uint32_t input_word(const struct stimulus *s, int tick, int i)
{
    int32_t x = stimulus_x(s, DUT_SHAPE.layer[0].n_in, tick, i);
    int bits = law_bits(DUT_LAW.input);
    if (DUT_LAW.input_signed) return masked(x, bits);
    if (x < 0 || x > fx_umax(bits)) broken("x", x, bits);
    return (uint32_t)x;
}

int64_t dut_tick(dut *d, const struct stimulus *s, int tick, dut_commit *commits, char *message,
                 size_t size)
{
    Vstw_net &t = *d->net;
    uint64_t start = d->time;
    int64_t limit = 64;
    int n_neurons = 0, got = 0;
    for (int l = 0; l < DUT_SHAPE.n_layers; l++) {
        int64_t n_out = DUT_SHAPE.layer[l].n_out;
        limit += n_out * (rows(l) + 4) + 16;
        n_neurons += (int)n_out;
    }
    if (!t.ready_o) return refuse(message, size, "DUT: not ready for a tick");
    t.tick_jitter_i = (uint16_t)masked(s->jitter ? s->jitter[tick] : 0, 16);
    for (int i = 0; i < DUT_SHAPE.layer[0].n_in; i++) {
        uint32_t x = input_word(s, tick, i);
        if (!x) continue;
        if (t.event_valid_i) cycle(d);
        t.event_valid_i = 1;
        t.event_source_i = (uint16_t)i;
        t.event_x_i = x;
    }
    t.tick_start_i = 1; // the last event comes with it
    cycle(d);
    t.tick_start_i = 0;
    t.event_valid_i = 0;
    for (bool done = false; !done; cycle(d)) {
        if (limit-- == 0) return refuse(message, size, "DUT: tick never done");
        done = t.tick_done_o;
        if (!t.commit_valid_o) continue;
        if (got < n_neurons) read_commit(t, &commits[got]);
        got++;
    }
    if (got != n_neurons)
        return refuse(message, size, "DUT: %d commits in a tick of %d neurons", got, n_neurons);
    return (int64_t)(d->time - start) / 2;
}

void dut_twin(dut *d, const dut_commit *expected)
{
    d->expected = expected;
}

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

extern "C" const struct dut_ops dut_ops = {DUT_ABI,     DUT_WAVES, &DUT_LAW,    &DUT_SHAPE,
                                           &dut_create, &dut_free, &load_words, &dut_rest,
                                           &dut_write,  &dut_tick, &dut_twin,   &dut_wave};
