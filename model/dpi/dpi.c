#include "model/dpi/dpi.h"

const struct dpi_law dpi_compat = {DPI_FORMATS};
const struct dpi_law dpi_silicon = {
    .gaba = true, .leak_once = true, .fresh_vmem = true, DPI_FORMATS};

const char *dpi_law_check(const struct dpi_law *law)
{
    int f = law->current.frac_bits, current = law_bits(law->current);
    if (f < 0 || law->current.int_bits < 1 || current > 48)
        return "current: 1 or more whole bits, at most 48 in all";
    if (law->weight.frac_bits > f || law_bits(law->weight) < 2 || law_bits(law->weight) > 32)
        return "weight: 2..32 bits, no more fraction bits than current";
    if (law->factor_frac < 8 || law->factor_frac > 31) return "factor_frac: 8..31";
    if (law->log_frac < 8 || law->log_frac > 24) return "log_frac: 8..24";
    if (law->table_bits < 2 || law->table_bits > DPI_MAX_TABLE_BITS ||
        law->table_bits >= law->log_frac)
        return "table_bits: 2..12, fewer than log_frac";
    if (law_bits(law->gain) < 2 || law_bits(law->gain) > 40 || law->gain.frac_bits < 0)
        return "gain: 2..40 bits";
    if (law_bits(law->rate) < 4 || law_bits(law->rate) > 56 || law->rate.int_bits < 2 ||
        law->rate.frac_bits < 1 || law->rate.frac_bits > f + law->gain.frac_bits)
        return "rate: 4..56 bits, 1 or more fraction bits, no more than current and gain together";
    if (law->max_spikes < 1 || law->max_spikes > LAW_MAX_SPIKES) return "max_spikes: 1..63";
    return 0;
}

// Between two entries of a table, straight: x has log_frac bits, its upper ones choose the entries.
static int32_t interpolate(const struct dpi_law *law, const int32_t *table, int64_t x)
{
    int rest_bits = law->log_frac - law->table_bits;
    int64_t i = fx_shr_floor(x, rest_bits), rest = x - fx_shl(i, rest_bits);
    int64_t rise = (int64_t)table[i + 1] - table[i];
    return table[i] + (int32_t)fx_shr_rne(rise * rest, rest_bits);
}

int32_t dpi_log2(const struct dpi_law *law, const struct dpi_tables *t, int64_t x)
{
    int l = law->log_frac, top = fx_ubits((uint64_t)x) - 1;
    int64_t below = x - fx_shl(1, top); // after the leading one
    int64_t mantissa = top > l ? fx_shr_floor(below, top - l) : fx_shl(below, l - top);
    return (int32_t)fx_shl(top, l) + interpolate(law, t->log2, mantissa);
}

struct dpi_power dpi_exp2(const struct dpi_law *law, const struct dpi_tables *t, int64_t p)
{
    int64_t whole = fx_shr_floor(p, law->log_frac);
    return (struct dpi_power){interpolate(law, t->exp2, p - fx_shl(whole, law->log_frac)),
                              (int32_t)whole};
}

// x·2^(p / 2^L), rounded and held to the current's format; x < 2^49.
static int64_t scaled(const struct dpi_law *law, const struct dpi_tables *t, int64_t x, int64_t p)
{
    struct dpi_power power = dpi_exp2(law, t, p);
    int left = power.exponent > 0 ? power.exponent : 0;
    int right = law->log_frac + left - power.exponent;
    if (left > law_bits(law->current)) return dpi_current_max(law);
    fx_wide product = fx_mul(x * fx_shl(1, left), power.mantissa);
    return fx_wide_sat(fx_wide_shr_rne(product, right), 0, dpi_current_max(law));
}

static int64_t synapse(const struct dpi_law *law, int64_t i, int32_t decay, int64_t gathered,
                       int64_t floor)
{
    fx_wide in = fx_mul(gathered, fx_shl(1, law->current.frac_bits - law->weight.frac_bits));
    fx_wide sum = fx_wide_shr_rne(fx_mul(i, decay), law->factor_frac) + (in > floor ? in : floor);
    return fx_wide_sat(sum, 0, dpi_current_max(law));
}

static int64_t rate(const struct dpi_law *law, fx_wide x)
{
    int bits = law_bits(law->rate);
    int n = law->current.frac_bits + law->gain.frac_bits - law->rate.frac_bits;
    return fx_wide_sat(fx_wide_shr_rne(x, n), fx_min(bits), fx_max(bits));
}

struct dpi_state dpi_rest(const struct dpi_law *law, const struct dpi_neuron *n)
{
    int64_t io = law->fresh_vmem ? n->io : fx_shl(1, law->current.frac_bits);
    return (struct dpi_state){.isyn = io, .gaba = law->gaba ? io : 0, .iahp = io, .imem = io};
}

struct dpi_stages dpi_step(const struct dpi_law *law, const struct dpi_tables *t,
                           const struct dpi_neuron *n, struct dpi_state *state,
                           struct dpi_gathered in)
{
    struct dpi_stages s;
    struct dpi_state b = *state;
    int64_t top = dpi_current_max(law);
    int f = law->current.frac_bits, d = law->factor_frac;

    s.gather = in.excite - in.inhibit;
    s.synapse = synapse(law, b.isyn, n->decay[0], in.excite, n->floor[0]);
    s.inhibit = law->gaba ? synapse(law, b.gaba, n->decay[1], in.inhibit, n->floor[1]) : 0;
    fx_wide ahp = fx_wide_shr_rne(fx_mul(b.iahp, n->decay_ahp), d) + fx_mul(n->jump, b.z);
    s.adapt = fx_wide_sat(ahp, n->io, top);
    s.leak = fx_sat(n->itau + s.adapt, 0, top);
    int64_t sum = s.synapse - s.inhibit - (law->leak_once ? 0 : s.leak) + n->idc;
    s.input = b.timer ? n->io : fx_sat(sum, n->io, top);
    int64_t v = (int64_t)fx_wide_shr_rne(fx_mul(n->alpha, b.vmem), d);
    int64_t fed = n->log_io + v;
    s.feedback = scaled(law, t, 1, fed > 0 ? fed : 0);
    int64_t part = n->log_gain - (int64_t)dpi_log2(law, t, b.imem + n->igain);
    s.divide = scaled(law, t, b.imem, part < 0 ? part : 0);
    s.slope = fx_wide_sat(fx_wide_shr_rne(fx_mul(s.leak, n->gain_tau), f), 0,
                          fx_umax(law_bits(law->gain)));
    s.drive = rate(law, fx_mul(s.input, s.slope));
    s.relax = rate(law, fx_mul(s.feedback, n->gain) - fx_mul(s.leak, s.slope));
    fx_wide change = fx_mul(s.divide, s.drive) + fx_mul(b.imem, s.relax);
    s.integrate = fx_wide_sat(b.imem + fx_wide_shr_rne(change, law->rate.frac_bits), n->io, top);
    s.voltage = dpi_log2(law, t, s.integrate) - (int64_t)n->log_io;
    s.fire = 0;
    for (int64_t theta = n->theta; s.voltage > theta && s.fire < law->max_spikes; theta += t->efold)
        s.fire++;
    s.reset = s.fire ? n->io : s.integrate;
    s.refract = s.fire ? n->period : b.timer ? b.timer - 1 : 0;

    *state = (struct dpi_state){.isyn = s.synapse,
                                .gaba = s.inhibit,
                                .iahp = s.adapt,
                                .imem = s.reset,
                                .vmem = s.fire && law->fresh_vmem ? 0 : (int32_t)s.voltage,
                                .timer = (int32_t)s.refract,
                                .z = (int32_t)s.fire};
    return s;
}
