// Leaky integrate-and-fire as a row: what stands in model/lif/law.h and model/lif/image.h, word by word.
#include "model/lif/law_fields.h"

static const struct law_range none;

static struct law_range with_sign(struct law_format f)
{
    int bits = law_bits(f);
    return (struct law_range){fx_min(bits), fx_max(bits), bits, f.frac_bits, true};
}

static struct law_range without_sign(int bits, int frac)
{
    return bits ? (struct law_range){0, fx_umax(bits), bits, frac, false} : none;
}

static struct law_range weight(const void *of)
{
    return with_sign(((const struct law *)of)->weight);
}

static struct law_range membrane(const void *of)
{
    return with_sign(((const struct law *)of)->membrane);
}

static struct law_range rest(const void *of)
{
    return ((const struct law *)of)->has_rest ? membrane(of) : none;
}

static struct law_range gain(const void *of)
{
    const struct law *law = of;
    return law->has_gain ? with_sign(law->gain) : none;
}

static struct law_range current(const void *of)
{
    const struct law *law = of;
    return law->currents > 0 ? with_sign(law->current) : none;
}

static struct law_range current2(const void *of)
{
    return ((const struct law *)of)->currents > 1 ? current(of) : none;
}

// A factor, a constant current in LSB of the membrane, or a count of bits.
static struct law_range leak_of(const struct law *law, enum law_leak kind)
{
    if (kind == LAW_LEAK_NONE) return none;
    if (law_leak_shifts(kind)) return without_sign(law_shift_bits(kind), 0);
    struct law_format f = law->leak;
    if (kind == LAW_LEAK_LINEAR)
        f = (struct law_format){(int8_t)(law_bits(f) - law->membrane.frac_bits),
                                law->membrane.frac_bits};
    return law->leak_signed ? with_sign(f) : without_sign(law_bits(f), f.frac_bits);
}

// What a tick of jitter moves it by; a shift has nothing to move.
static struct law_range slope_of(const struct law *law, enum law_leak kind)
{
    if (law_leak_shifts(kind) || kind == LAW_LEAK_NONE) return none;
    return without_sign(16, leak_of(law, kind).frac);
}

static struct law_range lambda(const void *of)
{
    const struct law *law = of;
    return leak_of(law, law->leak_kind);
}

static struct law_range lambda_slope(const void *of)
{
    const struct law *law = of;
    return slope_of(law, law->leak_kind);
}

static struct law_range mu(const void *of)
{
    const struct law *law = of;
    return law->currents > 0 ? leak_of(law, law->decay_kind) : none;
}

static struct law_range mu_slope(const void *of)
{
    const struct law *law = of;
    return law->currents > 0 ? slope_of(law, law->decay_kind) : none;
}

static struct law_range mu2(const void *of)
{
    return ((const struct law *)of)->currents > 1 ? mu(of) : none;
}

static struct law_range mu2_slope(const void *of)
{
    return ((const struct law *)of)->currents > 1 ? mu_slope(of) : none;
}

static struct law_range refractory(const void *of)
{
    return without_sign(fx_ubits(((const struct law *)of)->refractory_ticks), 0);
}

static struct law_range spikes(const void *of)
{
    (void)of;
    return without_sign(fx_ubits(LAW_MAX_SPIKES), 0);
}

static struct law_range ticks(const void *of)
{
    (void)of;
    return without_sign(8, 0);
}

static struct law_range wide(int frac)
{
    return (struct law_range){INT64_MIN, INT64_MAX, 64, frac, true};
}

static struct law_range wide_gather(const void *of) // and the fraction bits of x
{
    return wide(((const struct law *)of)->weight.frac_bits);
}

static struct law_range wide_membrane(const void *of)
{
    return wide(((const struct law *)of)->membrane.frac_bits);
}

#define NEURON(member)                                                                             \
    LAW_NEURON, offsetof(struct law_neuron, member), sizeof(((struct law_neuron *)0)->member)
#define STATE(member)                                                                              \
    LAW_STATE, offsetof(struct law_state, member), sizeof(((struct law_state *)0)->member)
#define STAGE(member)                                                                              \
    LAW_STAGE, offsetof(struct law_stages, member), sizeof(((struct law_stages *)0)->member)

// clang-format off
static const struct law_word words[WORDS] = {
    [WORD_WEIGHT]       = {"weight", LAW_SYNAPSE, 0, sizeof(int16_t), weight, 0, "charge that a spike of the source brings"},
    [WORD_LAMBDA]       = {"lambda",       NEURON(lambda),       lambda,       0, "leak"},
    [WORD_LAMBDA_SLOPE] = {"lambda_slope", NEURON(lambda_slope), lambda_slope, 0, "change of the leak per tick of jitter"},
    [WORD_MU]           = {"mu",           NEURON(mu),           mu,           0, "decay of the synaptic current"},
    [WORD_MU_SLOPE]     = {"mu_slope",     NEURON(mu_slope),     mu_slope,     0, "change of it per tick of jitter"},
    [WORD_THETA]        = {"theta",        NEURON(theta),        membrane,     0, "threshold", LAW_MOST},
    [WORD_BIAS]         = {"bias",         NEURON(bias),         membrane,     0, "added each tick", LAW_ZERO},
    [WORD_MU2]          = {"mu2",          NEURON(mu2),          mu2,          0, "decay of the second current"},
    [WORD_MU2_SLOPE]    = {"mu2_slope",    NEURON(mu2_slope),    mu2_slope,    0, "change of it per tick of jitter"},
    [WORD_GAIN]         = {"gain",         NEURON(gain),         gain,         0, "factor of what was gathered"},
    [WORD_REST]         = {"rest",         NEURON(rest),         rest,         0, "where the membrane leaks to, and begins"},
    [WORD_RESET]        = {"reset",        NEURON(reset),        rest,         0, "where it goes after a spike"},
    [WORD_V]            = {"v",            STATE(v),             membrane,     0, "membrane"},
    [WORD_U]            = {"u",            STATE(u),             current,      0, "synaptic current"},
    [WORD_U2]           = {"u2",           STATE(u2),            current2,     0, "the second one"},
    [WORD_R]            = {"r",            STATE(r),             refractory,   0, "refractory ticks left"}};

enum { RECORDED = 4, FIRE = 5 };
static const struct law_word stages[LAW_STAGES] = {
    {"gather",    STAGE(gather),    wide_gather,   0, "sum of w·x"},
    {"current",   STAGE(current),   wide_membrane, 0, "what it adds to the membrane"},
    {"leak",      STAGE(leak),      wide_membrane, 0, "what leaks from the membrane"},
    {"integrate", STAGE(integrate), wide_membrane, 0, "the membrane with both"},
    [RECORDED] = {"clamp", STAGE(clamp), membrane, 0, "that in its format"},
    [FIRE]     = {"fire",  STAGE(fire),  spikes,   0, "spikes of the tick"},
    {"reset",     STAGE(reset),     membrane,      0, "the membrane after them"},
    {"refract",   STAGE(refract),   ticks,         0, "refractory ticks left"}};
// clang-format on

static const signed char left_by[WORDS - WORD_V] = {6, -1, -1, 7};

static const char *check(const void *law)
{
    return law_check(law);
}

static int synapses(const void *of)
{
    const struct law *law = of;
    return law->currents > 1 ? law->currents : 1;
}

// Whether what a layer can gather stays within the 62 bits that the model computes in.
static bool gathered_fits(const struct image *im, int l)
{
    const struct law *law = &im->law;
    int bits = fx_ubits((uint64_t)image_gather_bound(im, l)), align = image_law_layer(im, l).align;
    if (law->has_gain) bits += law_bits(law->gain) - 1;
    bool whole = law->round_current == FX_FLOOR || law->round_current == FX_CEILING;
    int limit = whole && align >= 0 ? 63 : 62;
    bits = align < 0 ? bits - align : bits;
    bool both = law->integrate_first && law->leak_kind == LAW_LEAK_EXPONENTIAL;
    int sum = (bits > law_bits(law->membrane) ? bits : law_bits(law->membrane)) + 2;
    return bits <= limit && (!both || sum + law_bits(law->leak) <= 62);
}

static const char *fits(const struct image *im)
{
    for (int l = 0; l < im->n_layers; l++)
        if (!gathered_fits(im, l)) return "weights: their sum";
    return 0;
}

static void rest_of(const void *law, const void *neuron, void *state)
{
    int32_t v = ((const struct law *)law)->has_rest ? ((const struct law_neuron *)neuron)->rest : 0;
    *(struct law_state *)state = (struct law_state){.v = v};
}

// The sum of one synapse, source by source.
static int64_t gather(const struct law_tick *t, int first_row, int64_t acc)
{
    const int16_t *w = (const int16_t *)t->w + (size_t)first_row * (size_t)t->stride;
    for (int r = 0; r < t->n_source; r++, w += t->stride)
        acc = law_gather(t->law, acc, *w, t->x[r]);
    return acc;
}

static bool heard(const struct law_tick *t)
{
    for (int r = 0; r < t->n_source; r++)
        if (t->x[r]) return true;
    return false;
}

static void step(const struct law_tick *t, void *state, void *done)
{
    const struct law *law = t->law;
    const struct law_layer layer = {law_align(law, t->input_frac), t->max_spikes};
    struct law_state *s = state;
    struct law_gathered acc = {gather(t, 0, law->saturate_each ? s->u : 0), 0};
    if (law->currents > 1) acc.acc2 = gather(t, t->n_source, law->saturate_each ? s->u2 : 0);
    acc.heard = law->leak_when && heard(t);
    *(struct law_stages *)done = law_step_ref(law, &layer, t->neuron, s, acc, t->jitter);
}

const struct law_kind lif_kind = {.name = "lif",
                                  .parameter = law_fields,
                                  .word = words,
                                  .stage = stages,
                                  .n_words = WORDS,
                                  .first_state = WORD_V,
                                  .n_stages = LAW_STAGES,
                                  .recorded = RECORDED,
                                  .fire = FIRE,
                                  .left_by = left_by,
                                  .law = sizeof(struct law),
                                  .neuron = sizeof(struct law_neuron),
                                  .state = sizeof(struct law_state),
                                  .stages = sizeof(struct law_stages),
                                  .check = check,
                                  .synapses = synapses,
                                  .fits = fits,
                                  .rest = rest_of,
                                  .step = step};
