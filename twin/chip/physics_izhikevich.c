// What a neuron of Izhikevich has in real numbers: millivolts and milliseconds (model/izhikevich.h).
#include "model/izhikevich/izhikevich.h"
#include "twin/chip/physics.h"

#include <math.h>

#define VALUE(name, word, unit, lo, hi)                                                            \
    {                                                                                              \
#name, word, unit, lo, hi, "mismatch." #name                                               \
    }
static const struct physics_value values[] = {
    VALUE(a, 1, "1/ms", 0, 1),       VALUE(b, 2, "1/ms", -8, 8),
    VALUE(c, 3, "mV", -512, 512),    VALUE(d, 4, "mV/ms", -512, 512),
    VALUE(k, 5, "1/(mV ms)", 0, 1),  VALUE(p, 6, "1/ms", -8, 8),
    VALUE(peak, 7, "mV", -512, 512), VALUE(bias, 8, "mV/ms", -512, 512)};
enum { N = sizeof values / sizeof *values };

#define SPREAD(i, name)                                                                            \
    {#name ".local", "of the value", 2, offsetof(struct chip, mismatch.value[i].local)},           \
    {                                                                                              \
#name ".die", "of the value", 2, offsetof(struct chip, mismatch.value[i].die)              \
    }
static const struct knob knob[] = {KNOBS_OF_WEIGHTS, KNOBS_OF_INPUTS, SPREAD(0, a),  SPREAD(1, b),
                                   SPREAD(2, c),     SPREAD(3, d),    SPREAD(4, k),  SPREAD(5, p),
                                   SPREAD(6, peak),  SPREAD(7, bias), KNOBS_OF_CHIPS};
static const struct knobs knobs = {knob, sizeof knob / sizeof *knob, sizeof(struct chip)};

static struct physics_word word_of(const struct chip *c, int value)
{
    const struct law_range r = c->kind->word[values[value].word].range(c->params);
    return (struct physics_word){r.bits, ldexp(1, r.frac), r.lo, r.hi, false};
}

static double nominal(const struct chip *c, int value, bool front)
{
    (void)front;
    return c->value[value];
}

static struct physics_spread spread(const struct chip *c, int value)
{
    return (struct physics_spread){&c->mismatch.value[value], RNG_VALUE + value};
}

// Regular, bursting and fast spiking: figure 2 of the paper lies in these ranges. c and d, as a and b,
// move together.
static double draw(const struct chip *c, const double *u, double *value)
{
    for (int i = 0; i < N; i++)
        value[i] = c->value[i];
    value[0] *= 1 + 4 * u[0] * u[0];
    value[1] *= 1 + u[0] / 4;
    value[2] += 15 * u[1] * u[1];
    value[3] *= 1 - 0.75 * u[1] * u[1];
    value[7] += 8 * u[2];
    return 20; // mV/ms: in twice the tick that it takes from rest to the upper root
}

static const char *check(const struct chip *c, const char **field)
{
    const struct izhikevich_law *law = (const void *)c->params;
    *field = "jitter.acts_leak";
    if (c->jitter.acts_leak) return "true, allowed false: no word of this law moves with a tick";
    *field = "tick";
    if (c->tick_s != 0 && fabs(ldexp(c->tick_s, law->halvings) - 1e-3) > 1e-9)
        return "allowed 2^-halvings ms (law.halvings)";
    return 0;
}

const struct physics physics_izhikevich = {.kind = &izhikevich_kind,
                                           .value = values,
                                           .n = N,
                                           .knobs = &knobs,
                                           .trim = {7, .more = true}, // bias
                                           .word_of = word_of,
                                           .nominal = nominal,
                                           .spread = spread,
                                           .draw = draw,
                                           .check = check};
