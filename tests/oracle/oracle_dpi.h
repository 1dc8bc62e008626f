// The oracle of the DPI law: the table of model/dpi/dpi.h written a second time, from its words alone.
//
// Shares no code and no way of computing with model/: integers of 128 bits, bits dropped by
// division with remainder, the leading one found by doubling, the spikes of a tick by one division.
// Slow on purpose.
#ifndef TESTS_ORACLE_ORACLE_DPI_H
#define TESTS_ORACLE_ORACLE_DPI_H

#include "model/dpi/dpi_network.h"
#include "tests/oracle/oracle.h"

// What a tick went through, for counting corners.
struct oracle_dpi_seen {
    bool tie, current_top, input_low, blocked, rate_low, rate_high, gain_top, floored;
    bool fed_low, share_high, floor_wins, underflow;
};

static inline oracle_int oracle_dpi_rne(oracle_int x, int n, struct oracle_dpi_seen *seen)
{
    oracle_int m;
    oracle_euclid(x, oracle_power(n), &m);
    seen->tie |= m + m == oracle_power(n);
    return oracle_divide(x, n, FX_NEAREST_EVEN);
}

static inline oracle_int oracle_dpi_top(struct law_format f)
{
    return oracle_power(f.int_bits + f.frac_bits) - 1;
}

// Between entry floor(x / 2^(L − T)) of a table and the next, x of 0 .. 2^L − 1.
static inline oracle_int oracle_dpi_look_up(const struct dpi_law *a, const int32_t *table,
                                            oracle_int x, struct oracle_dpi_seen *seen)
{
    oracle_int rest, i = oracle_euclid(x, oracle_power(a->log_frac - a->table_bits), &rest);
    oracle_int rise = (oracle_int)table[i + 1] - table[i];
    return table[i] + oracle_dpi_rne(rise * rest, a->log_frac - a->table_bits, seen);
}

static inline oracle_int oracle_dpi_log2(const struct dpi_law *a, const struct dpi_tables *t,
                                         oracle_int x, struct oracle_dpi_seen *seen)
{
    int top = 0;
    while (oracle_power(top + 1) <= x)
        top++;
    oracle_int unused, one = oracle_power(a->log_frac);
    oracle_int mantissa = oracle_euclid((x - oracle_power(top)) * one, oracle_power(top), &unused);
    return top * one + oracle_dpi_look_up(a, t->log2, mantissa, seen);
}

// x·2^(p / 2^L)
static inline oracle_int oracle_dpi_scaled(const struct dpi_law *a, const struct dpi_tables *t,
                                           oracle_int x, oracle_int p, struct oracle_dpi_seen *seen)
{
    oracle_int fraction, whole = oracle_euclid(p, oracle_power(a->log_frac), &fraction);
    oracle_int y = x * oracle_dpi_look_up(a, t->exp2, fraction, seen);
    if (whole > 60) return oracle_dpi_top(a->current);
    if (whole > 0)
        y = oracle_dpi_rne(y * oracle_power((int)whole), a->log_frac, seen);
    else
        y = oracle_dpi_rne(y, a->log_frac - (int)whole, seen);
    seen->underflow |= y == 0;
    return oracle_saturate(y, 0, oracle_dpi_top(a->current));
}

static inline oracle_int oracle_dpi_synapse(const struct dpi_law *a, oracle_int i, oracle_int decay,
                                            oracle_int gathered, oracle_int floor,
                                            struct oracle_dpi_seen *seen)
{
    oracle_int in = gathered * oracle_power(a->current.frac_bits - a->weight.frac_bits);
    seen->floor_wins |= in < floor;
    if (in < floor) in = floor;
    oracle_int sum = in + oracle_dpi_rne(i * decay, a->factor_frac, seen);
    seen->current_top |= sum > oracle_dpi_top(a->current);
    return oracle_saturate(sum, 0, oracle_dpi_top(a->current));
}

static inline oracle_int oracle_dpi_rate(const struct dpi_law *a, oracle_int x,
                                         struct oracle_dpi_seen *seen)
{
    int bits = a->rate.int_bits + a->rate.frac_bits;
    x = oracle_dpi_rne(x, a->current.frac_bits + a->gain.frac_bits - a->rate.frac_bits, seen);
    seen->rate_low |= x < oracle_low(bits);
    seen->rate_high |= x > oracle_high(bits);
    return oracle_saturate(x, oracle_low(bits), oracle_high(bits));
}

static inline struct dpi_stages oracle_dpi_step(const struct dpi_law *a, const struct dpi_tables *t,
                                                const struct dpi_neuron *n, struct dpi_state *state,
                                                struct dpi_gathered in,
                                                struct oracle_dpi_seen *seen)
{
    const struct dpi_state b = *state;
    oracle_int top = oracle_dpi_top(a->current), isyn, gaba = 0, iahp, ileak, iin, ifb, h, q, x;
    isyn = oracle_dpi_synapse(a, b.isyn, n->decay[0], in.excite, n->floor[0], seen);
    if (a->gaba) gaba = oracle_dpi_synapse(a, b.gaba, n->decay[1], in.inhibit, n->floor[1], seen);
    x = oracle_dpi_rne((oracle_int)b.iahp * n->decay_ahp, a->factor_frac, seen);
    iahp = oracle_saturate(x + (oracle_int)n->jump * b.z, n->io, top);
    ileak = oracle_saturate(n->itau + iahp, 0, top);
    iin = isyn - gaba + n->idc;
    if (!a->leak_once) iin -= ileak;
    seen->input_low |= iin < n->io;
    seen->blocked |= b.timer != 0;
    iin = b.timer ? n->io : oracle_saturate(iin, n->io, top);
    x = n->log_io + oracle_dpi_rne((oracle_int)n->alpha * b.vmem, a->factor_frac, seen);
    seen->fed_low |= x < 0;
    ifb = oracle_dpi_scaled(a, t, 1, x < 0 ? 0 : x, seen);
    x = n->log_gain - oracle_dpi_log2(a, t, (oracle_int)b.imem + n->igain, seen);
    seen->share_high |= x > 0;
    h = oracle_dpi_scaled(a, t, b.imem, x > 0 ? 0 : x, seen);
    x = oracle_dpi_rne(ileak * n->gain_tau, a->current.frac_bits, seen);
    seen->gain_top |= x > oracle_dpi_top(a->gain);
    q = oracle_saturate(x, 0, oracle_dpi_top(a->gain));
    oracle_int drive = oracle_dpi_rate(a, iin * q, seen);
    oracle_int relax = oracle_dpi_rate(a, ifb * n->gain - ileak * q, seen);
    x = b.imem + oracle_dpi_rne(h * drive + b.imem * relax, a->rate.frac_bits, seen);
    seen->floored |= x < n->io;
    seen->current_top |= x > top;
    oracle_int c = oracle_saturate(x, n->io, top);
    oracle_int v = oracle_dpi_log2(a, t, c, seen) - n->log_io;
    oracle_int m, z = v <= n->theta ? 0 : oracle_euclid(v - n->theta - 1, t->efold, &m) + 1;
    if (z > a->max_spikes) z = a->max_spikes;
    int32_t timer = b.timer > 0 ? b.timer - 1 : 0, vmem = (int32_t)v;
    if (z > 0) timer = n->period;
    if (z > 0 && a->fresh_vmem) vmem = 0;
    oracle_int imem = z > 0 ? n->io : c;
    *state = (struct dpi_state){(int64_t)isyn, (int64_t)gaba, (int64_t)iahp, (int64_t)imem,
                                vmem,          timer,         (int32_t)z};
    return (struct dpi_stages){in.excite - in.inhibit,
                               (int64_t)isyn,
                               (int64_t)gaba,
                               (int64_t)iahp,
                               (int64_t)ileak,
                               (int64_t)iin,
                               (int64_t)ifb,
                               (int64_t)h,
                               (int64_t)q,
                               (int64_t)drive,
                               (int64_t)relax,
                               (int64_t)c,
                               (int64_t)v,
                               (int64_t)z,
                               (int64_t)imem,
                               timer};
}

#endif
