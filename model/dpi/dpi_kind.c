// The DPI law as a row: what stands in model/dpi/dpi.h and model/dpi/dpi_network.h, word by word.
#include "model/dpi/dpi_network.h"
#include "model/fields.h"

static struct law_range within(int64_t lo, int64_t hi, int bits, int frac)
{
    return (struct law_range){lo, hi, bits, frac, lo < 0};
}

static struct law_range with_sign(struct law_format f)
{
    return within(fx_min(law_bits(f)), fx_max(law_bits(f)), law_bits(f), f.frac_bits);
}

static struct law_range current(const void *of)
{
    const struct dpi_law *law = of;
    return within(0, dpi_current_max(law), law_bits(law->current), law->current.frac_bits);
}

static struct law_range current_from_1(const void *of)
{
    struct law_range r = current(of);
    r.lo = 1;
    return r;
}

static struct law_range gaba(const void *of)
{
    return ((const struct dpi_law *)of)->gaba ? current(of) : (struct law_range){0};
}

static struct law_range weight(const void *of)
{
    return with_sign(((const struct dpi_law *)of)->weight);
}

static struct law_range factor(const void *of)
{
    int bits = ((const struct dpi_law *)of)->factor_frac;
    return within(0, fx_umax(bits), bits, bits);
}

static struct law_range gain(const void *of)
{
    struct law_format f = ((const struct dpi_law *)of)->gain;
    return within(0, fx_umax(law_bits(f)), law_bits(f), f.frac_bits);
}

static struct law_range rate(const void *of)
{
    return with_sign(((const struct dpi_law *)of)->rate);
}

static struct law_range logarithm(const void *of) // Q7.n
{
    int8_t frac = (int8_t)((const struct dpi_law *)of)->log_frac;
    return with_sign((struct law_format){7, frac});
}

static struct law_range logarithm_from_0(const void *of)
{
    struct law_range r = logarithm(of);
    r.lo = 0;
    return r;
}

static struct law_range logarithm_from_1(const void *of)
{
    struct law_range r = logarithm(of);
    r.lo = 1;
    return r;
}

static struct law_range table_log2(const void *of) // 0 .. 1
{
    int frac = ((const struct dpi_law *)of)->log_frac;
    return within(0, fx_shl(1, frac), frac + 2, frac);
}

static struct law_range table_exp2(const void *of) // 1 .. 2
{
    int frac = ((const struct dpi_law *)of)->log_frac;
    return within(fx_shl(1, frac), fx_shl(2, frac), frac + 2, frac);
}

static int table_entries(const void *of)
{
    return 1 + (int)fx_shl(1, ((const struct dpi_law *)of)->table_bits);
}

static struct law_range ticks(const void *of)
{
    (void)of;
    return within(0, UINT16_MAX, 16, 0);
}

static struct law_range spikes(const void *of)
{
    return within(0, ((const struct dpi_law *)of)->max_spikes, fx_ubits(LAW_MAX_SPIKES), 0);
}

static struct law_range gathered(const void *of)
{
    return within(INT64_MIN, INT64_MAX, 64, ((const struct dpi_law *)of)->weight.frac_bits);
}

#define LAW(member) offsetof(struct dpi_law, member)
#define NEURON(member)                                                                             \
    LAW_NEURON, offsetof(struct dpi_neuron, member), sizeof(((struct dpi_neuron *)0)->member)
#define CHIP(member) LAW_CHIP, offsetof(struct dpi_tables, member), sizeof(int32_t)
#define STATE(member)                                                                              \
    LAW_STATE, offsetof(struct dpi_state, member), sizeof(((struct dpi_state *)0)->member)
#define STAGE(member)                                                                              \
    LAW_STAGE, offsetof(struct dpi_stages, member), sizeof(((struct dpi_stages *)0)->member)

// clang-format off
static const struct field parameters[] = {
    {"gaba",        FIELD_SWITCH,   LAW(gaba),        0, 0, 1, 0, false},
    {"leak_once",   FIELD_SWITCH,   LAW(leak_once),   0, 0, 1, 0, false},
    {"fresh_vmem",  FIELD_SWITCH,   LAW(fresh_vmem),  0, 0, 1, 0, false},
    {"current",     FIELD_UNSIGNED, LAW(current),     0, 0, 0, 0, false},
    {"weight",      FIELD_FORMAT,   LAW(weight),      0, 0, 0, 0, false},
    {"factor_frac", FIELD_BYTE,     LAW(factor_frac), 0, 8, 31, 0, false},
    {"log_frac",    FIELD_BYTE,     LAW(log_frac),    0, 8, 24, 0, false},
    {"table_bits",  FIELD_BYTE,     LAW(table_bits),  0, 2, DPI_MAX_TABLE_BITS, 0, false},
    {"gain",        FIELD_UNSIGNED, LAW(gain),        0, 0, 0, 0, false},
    {"rate",        FIELD_FORMAT,   LAW(rate),        0, 0, 0, 0, false},
    {"max_spikes",  FIELD_BYTE,     LAW(max_spikes),  0, 1, LAW_MAX_SPIKES, 0, false},
    {0}};

static const struct law_word words[DPI_WORDS] = {
    [DPI_WEIGHT]    = {"weight", LAW_SYNAPSE, 0, sizeof(int32_t), weight, 0, "current that a spike of the source brings"},
    [DPI_IO]        = {"io",            NEURON(io),        current_from_1,   0, "dark current, and floor of iahp, iin and imem"},
    [DPI_IDC]       = {"idc",           NEURON(idc),       current,          0, "constant input", LAW_ZERO},
    [DPI_ITAU]      = {"itau",          NEURON(itau),      current_from_1,   0, "leak of the membrane"},
    [DPI_IGAIN]     = {"igain",         NEURON(igain),     current_from_1,   0, "gain of the membrane"},
    [DPI_FLOOR0]    = {"floor",         NEURON(floor[0]),  current,          0, "what a synapse gets in a tick without events"},
    [DPI_FLOOR1]    = {"floor of GABA", NEURON(floor[1]),  current,          0, "the same of the GABA dendrite"},
    [DPI_JUMP]      = {"jump",          NEURON(jump),      current,          0, "what a spike adds to the AHP"},
    [DPI_DECAY0]    = {"decay",         NEURON(decay[0]),  factor,           0, "of the synapse"},
    [DPI_DECAY1]    = {"decay of GABA", NEURON(decay[1]),  factor,           0, "of the GABA dendrite"},
    [DPI_DECAY_AHP] = {"decay_ahp",     NEURON(decay_ahp), factor,           0, "of the AHP"},
    [DPI_ALPHA]     = {"alpha",         NEURON(alpha),     factor,           0, "exponent of the feedback"},
    [DPI_GAIN]      = {"gain",          NEURON(gain),      gain,             0, "what one Io of feedback adds to ln imem in a tick"},
    [DPI_GAIN_TAU]  = {"gain_tau",      NEURON(gain_tau),  gain,             0, "the same times Io / itau"},
    [DPI_LOG_IO]    = {"log_io",        NEURON(log_io),    logarithm_from_0, 0, "of io in LSB of current"},
    [DPI_LOG_GAIN]  = {"log_gain",      NEURON(log_gain),  logarithm_from_0, 0, "of igain in LSB of current"},
    [DPI_THETA]     = {"theta",         NEURON(theta),     logarithm,        0, "spiking threshold over io", LAW_MOST},
    [DPI_PERIOD]    = {"period",        NEURON(period),    ticks,            0, "ticks of refractory period"},
    [DPI_LOG2]      = {"log2",          CHIP(log2),        table_log2,       table_entries, "log2(1 + i / 2^table_bits)"},
    [DPI_EXP2]      = {"exp2",          CHIP(exp2),        table_exp2,       table_entries, "2^(i / 2^table_bits)"},
    [DPI_EFOLD]     = {"efold",         CHIP(efold),       logarithm_from_1, 0, "log2(e)"},
    [DPI_ISYN]      = {"isyn",          STATE(isyn),       current,          0, "synaptic current"},
    [DPI_GABA]      = {"gaba",          STATE(gaba),       gaba,             0, "current of the GABA dendrite"},
    [DPI_IAHP]      = {"iahp",          STATE(iahp),       current,          0, "after-hyperpolarisation"},
    [DPI_IMEM]      = {"imem",          STATE(imem),       current_from_1,   0, "membrane"},
    [DPI_VMEM]      = {"vmem",          STATE(vmem),       logarithm,        0, "its logarithm over io, for the feedback"},
    [DPI_TIMER]     = {"timer",         STATE(timer),      ticks,            0, "refractory ticks left"},
    [DPI_Z]         = {"z",             STATE(z),          spikes,           0, "spikes of the tick before"}};

enum { RECORDED = 11, FIRE = 13 };
static const struct law_word stages[DPI_STAGES] = {
    {"gather",    STAGE(gather),    gathered,  0, "excitation less inhibition"},
    {"synapse",   STAGE(synapse),   current,   0, "isyn'"},
    {"inhibit",   STAGE(inhibit),   current,   0, "gaba'"},
    {"adapt",     STAGE(adapt),     current,   0, "iahp'"},
    {"leak",      STAGE(leak),      current,   0, "itau and iahp'"},
    {"input",     STAGE(input),     current,   0, "what flows into the membrane"},
    {"feedback",  STAGE(feedback),  current,   0, "the membrane's positive feedback"},
    {"divide",    STAGE(divide),    current,   0, "imem·igain / (imem + igain)"},
    {"slope",     STAGE(slope),     gain,      0, "ileak·gain_tau"},
    {"drive",     STAGE(drive),     rate,      0, "iin·slope"},
    {"relax",     STAGE(relax),     rate,      0, "feedback less leak"},
    [RECORDED] = {"integrate", STAGE(integrate), current, 0, "the membrane before its reset"},
    {"voltage",   STAGE(voltage),   logarithm, 0, "its logarithm over io"},
    [FIRE]     = {"fire", STAGE(fire), spikes, 0, "spikes of the tick"},
    {"reset",     STAGE(reset),     current,   0, "imem'"},
    {"refract",   STAGE(refract),   ticks,     0, "timer'"}};
// clang-format on

static const signed char left_by[DPI_STATE_WORDS] = {1, 2, 3, 14, -1, 15, FIRE};

static const char *check(const void *law)
{
    return dpi_law_check(law);
}

static void rest(const void *law, const void *neuron, void *state)
{
    *(struct dpi_state *)state = dpi_rest(law, neuron);
}

static void step(const struct law_tick *t, void *state, void *done)
{
    const int32_t *w = t->w;
    struct dpi_gathered g = {0};
    for (int r = 0; r < t->n_source; r++, w += t->stride)
        if (t->x[r]) dpi_gather(t->law, &g, *w, t->x[r]);
    *(struct dpi_stages *)done = dpi_step(t->law, t->chip, t->neuron, state, g);
}

const struct law_kind dpi_kind = {.name = "dpi",
                                  .parameter = parameters,
                                  .word = words,
                                  .stage = stages,
                                  .n_words = DPI_WORDS,
                                  .first_state = DPI_ISYN,
                                  .n_stages = DPI_STAGES,
                                  .recorded = RECORDED,
                                  .fire = FIRE,
                                  .left_by = left_by,
                                  .law = sizeof(struct dpi_law),
                                  .neuron = sizeof(struct dpi_neuron),
                                  .chip = sizeof(struct dpi_tables),
                                  .state = sizeof(struct dpi_state),
                                  .stages = sizeof(struct dpi_stages),
                                  .check = check,
                                  .rest = rest,
                                  .step = step};
