#include "model/izhikevich/izhikevich.h"

#include "model/fields.h"

static const char *check(const void *of)
{
    const struct izhikevich_law *law = of;
    if (law_bits(law->input) < 1 || law_bits(law->input) > 8) return "input: 1..8 bits";
    if (law_bits(law->weight) < 2 || law_bits(law->weight) > 16) return "weight: 2..16 bits";
    if (law_bits(law->membrane) < 4 || law_bits(law->membrane) > 20) return "membrane: 4..20 bits";
    if (law_bits(law->factor) < 4 || law_bits(law->factor) > 18) return "factor: 4..18 bits";
    if (law->membrane.frac_bits < 0 || law->membrane.frac_bits > 20 || law->factor.frac_bits < 0 ||
        law->factor.frac_bits > 24)
        return "membrane, factor: 0..20 and 0..24 fraction bits";
    if (law->halvings > 4) return "halvings: 0..4";
    int align = law->weight.frac_bits - law->membrane.frac_bits;
    if (align < -15 || align + law->input.frac_bits > 40)
        return "weight and input: fraction bits that line up with the membrane's by -15..40";
    return 0;
}

static int32_t held(const struct izhikevich_law *law, int64_t x)
{
    int bits = law_bits(law->membrane);
    return (int32_t)fx_sat(x, fx_min(bits), fx_max(bits));
}

static int64_t product(const struct izhikevich_law *law, int64_t x, int64_t y, int shift)
{
    return fx_shr(x * y, shift, law->round);
}

static void rest(const void *of, const void *neuron, void *state)
{
    const struct izhikevich_law *law = of;
    const struct izhikevich_neuron *n = neuron;
    *(struct izhikevich_state *)state =
        (struct izhikevich_state){n->c, held(law, product(law, n->b, n->c, law->factor.frac_bits))};
}

static void step(const struct law_tick *in, void *state, void *done)
{
    const struct izhikevich_law *law = in->law;
    const struct izhikevich_neuron *n = in->neuron;
    struct izhikevich_state *s = state;
    struct izhikevich_stages *t = done;
    const int factor = law->factor.frac_bits;
    const int align = law->weight.frac_bits + in->input_frac - law->membrane.frac_bits;
    const int16_t *w = in->w;
    t->gather = 0;
    for (int r = 0; r < in->n_source; r++, w += in->stride)
        t->gather += (int64_t)*w * in->x[r];
    t->current = align >= 0 ? fx_shr(t->gather, align, law->round) : fx_shl(t->gather, -align);
    t->square = product(law, (int64_t)s->v * s->v, n->k, law->membrane.frac_bits + factor);
    t->linear = product(law, s->v, n->p, factor);
    int64_t slope = t->square + t->linear + n->bias + t->current - s->u;
    t->integrate = s->v + fx_shr(slope, law->halvings, law->round);
    t->clamp = held(law, t->integrate);
    t->fire = t->clamp >= n->peak;
    int64_t towards = product(law, n->b, s->v, factor) - s->u;
    t->recover = held(law, s->u + product(law, n->a, towards, factor + law->halvings));
    t->reset = t->fire ? n->c : t->clamp;
    t->adapt = held(law, (int64_t)t->recover + (t->fire ? n->d : 0));
    *s = (struct izhikevich_state){t->reset, t->adapt};
}

static struct law_range with_sign(struct law_format f)
{
    int bits = law_bits(f);
    return (struct law_range){fx_min(bits), fx_max(bits), bits, f.frac_bits, true};
}

static struct law_range weight(const void *of)
{
    return with_sign(((const struct izhikevich_law *)of)->weight);
}

static struct law_range membrane(const void *of)
{
    return with_sign(((const struct izhikevich_law *)of)->membrane);
}

static struct law_range factor(const void *of)
{
    return with_sign(((const struct izhikevich_law *)of)->factor);
}

static struct law_range spikes(const void *of)
{
    (void)of;
    return (struct law_range){0, 1, 1, 0, false};
}

static struct law_range wide(const void *of)
{
    int frac = ((const struct izhikevich_law *)of)->membrane.frac_bits;
    return (struct law_range){INT64_MIN, INT64_MAX, 64, frac, true};
}

#define LAW(member) offsetof(struct izhikevich_law, member)
#define AT(scope, type, member)                                                                    \
    scope, offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define NEURON(member) AT(LAW_NEURON, izhikevich_neuron, member)
#define STATE(member)  AT(LAW_STATE, izhikevich_state, member)
#define STAGE(member)  AT(LAW_STAGE, izhikevich_stages, member)

// clang-format off
static const struct field parameters[] = {
    {"input",    FIELD_UNSIGNED, LAW(input),    0, 1, 8},
    {"weight",   FIELD_FORMAT,   LAW(weight),   0, 2, 16},
    {"membrane", FIELD_FORMAT,   LAW(membrane), 0, 4, 20},
    {"factor",   FIELD_FORMAT,   LAW(factor),   0, 4, 18},
    {"round",    FIELD_CHOICE,   LAW(round),    law_round_names, 0, FX_ROUNDS - 1},
    {"halvings", FIELD_BYTE,     LAW(halvings), 0, 0, 4},
    {0}};

static const struct law_word words[] = {
    {"weight", LAW_SYNAPSE, 0, sizeof(int16_t), weight, 0, "what a spike of the source adds"},
    {"a",    NEURON(a),    factor,   0, "rate of recovery", LAW_ZERO},
    {"b",    NEURON(b),    factor,   0, "how far recovery follows the membrane", LAW_ZERO},
    {"c",    NEURON(c),    membrane, 0, "the membrane after a spike, and where it begins", LAW_ZERO},
    {"d",    NEURON(d),    membrane, 0, "what a spike adds to recovery", LAW_ZERO},
    {"k",    NEURON(k),    factor,   0, "of the membrane's square", LAW_ZERO},
    {"p",    NEURON(p),    factor,   0, "of the membrane", LAW_ZERO},
    {"peak", NEURON(peak), membrane, 0, "the membrane that is a spike", LAW_MOST},
    {"bias", NEURON(bias), membrane, 0, "added each tick", LAW_ZERO},
    {"v",    STATE(v),     membrane, 0, "membrane"},
    {"u",    STATE(u),     membrane, 0, "recovery"}};

static const struct law_word stages[] = {
    {"gather",    STAGE(gather),    wide,     0, "sum of w·x"},
    {"current",   STAGE(current),   wide,     0, "that in LSB of the membrane"},
    {"square",    STAGE(square),    wide,     0, "k·v²"},
    {"linear",    STAGE(linear),    wide,     0, "p·v"},
    {"integrate", STAGE(integrate), wide,     0, "the membrane after a step"},
    {"clamp",     STAGE(clamp),     membrane, 0, "that in its format"},
    {"fire",      STAGE(fire),      spikes,   0, "spike of the tick"},
    {"recover",   STAGE(recover),   membrane, 0, "recovery after a step"},
    {"reset",     STAGE(reset),     membrane, 0, "the membrane after a spike"},
    {"adapt",     STAGE(adapt),     membrane, 0, "recovery after a spike"}};
// clang-format on

enum { FIRST_STATE = 9, CLAMP = 5, FIRE = 6, RESET = 8, ADAPT = 9 };
static const signed char left_by[] = {RESET, ADAPT};

const struct law_kind izhikevich_kind = {.name = "izhikevich",
                                         .parameter = parameters,
                                         .word = words,
                                         .stage = stages,
                                         .n_words = sizeof words / sizeof *words,
                                         .first_state = FIRST_STATE,
                                         .n_stages = sizeof stages / sizeof *stages,
                                         .recorded = CLAMP,
                                         .fire = FIRE,
                                         .left_by = left_by,
                                         .law = sizeof(struct izhikevich_law),
                                         .neuron = sizeof(struct izhikevich_neuron),
                                         .state = sizeof(struct izhikevich_state),
                                         .stages = sizeof(struct izhikevich_stages),
                                         .check = check,
                                         .rest = rest,
                                         .step = step};
