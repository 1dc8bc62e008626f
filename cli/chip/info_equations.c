// The law with a chip's numbers, a statement a stage: to lay beside RTL, and to run in Python.
#include "cli/chip/info.h"

#include <inttypes.h>
#include <stdio.h>

// What is missing to run it.
static const char *const FUNCTIONS = "# floor(x, n) and its like: x / 2^n rounded so, n below 0: x "
                                     "* 2^-n. sat(x, bits), wrap(x, bits): to a word of\n"
                                     "# so many bits with a sign; sym(x, bits) leaves its lowest "
                                     "out. limit(x, lo, hi). moving(y, x): "
                                     "1 where x > 0 and y is 0, else y.\n";

static const char *sat_of(const struct law *law)
{
    return law->wrap ? "wrap" : law->symmetric ? "sym" : "sat";
}

// x in the membrane's format.
static void print_held(const struct law *law, const char *to, const char *x, const char *else_)
{
    const int bits = law_bits(law->membrane);
    if (law->wrap && law->floor_zero)
        printf("%s = (%s) %% 2**%d%s\n", to, x, bits - 1, else_);
    else
        printf("%s = %s%s(%s, %d)%s%s\n", to, law->floor_zero ? "max(0, " : "", sat_of(law), x,
               bits, law->floor_zero ? ")" : "", else_);
}

// λ or a decay as it is in the tick, into `name`_t.
static void print_moved(const struct law *law, enum law_leak kind, const char *name)
{
    if (kind == LAW_LEAK_NONE) return;
    if (law_leak_shifts(kind))
        printf("%s_t = %s\n", name, name);
    else
        printf("%s_t = limit(%s + nearest_even(%s_slope * j, 15), %" PRId64 ", %" PRId64 ")\n",
               name, name, name, law_leak_min(law), law_leak_max(law));
}

// What leaks from `x` by `name`_t.
static void print_leaked(const struct law *law, enum law_leak kind, enum fx_round round,
                         const char *to, const char *x, const char *name)
{
    const char *rounds = law_round_names[round];
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        printf("%s = %s(%s * %s_t, %d)\n", to, rounds, x, name, law->leak.frac_bits);
        break;
    case LAW_LEAK_SHIFT:
        printf("%s = %s(%s, %s_t)\n", to, rounds, x, name);
        break;
    case LAW_LEAK_TWO_SHIFTS:
        printf("%s = %s(%s, %s_t %% 32) + %s(%s, %s_t // 32)\n", to, rounds, x, name, rounds, x,
               name);
        break;
    case LAW_LEAK_LINEAR:
        printf("%s = limit(%s, -%s_t, %s_t)\n", to, x, name, name);
        break;
    case LAW_LEAK_SHIFT_MOVES:
        printf("%s = moving(%s(%s, %s_t), %s)\n", to, rounds, x, name, x);
        break;
    default:
        printf("%s = 0\n", to);
    }
}

// Stages gather and current of one synapse; `s` is "" or "2".
static void print_synapse(const struct law *law, const char *s)
{
    const int bits = law_bits(law->current);
    char u[4], mu[4];
    snprintf(u, sizeof u, "u%s", s);
    snprintf(mu, sizeof mu, "mu%s", s);
    if (law->saturate_each) {
        printf("acc%s = %s\n", s, u);
        printf("for a, b in zip(weight%s, x): acc%s = %s(acc%s + a * b, %d)\n", s, s, sat_of(law),
               s, bits);
    } else
        printf("acc%s = sum(a * b for a, b in zip(weight%s, x))\n", s, s);
    printf("i = %s(acc%s%s, align)\n", law_round_names[law->round_current], s,
           law->has_gain ? " * gain" : "");
    if (!law->currents) return;
    print_moved(law, law->decay_kind, mu);
    if (law->saturate_each)
        printf("gathered = i\n");
    else if (law->decay_last)
        printf("gathered = %s(%s + i, %d)\n", sat_of(law), u, bits);
    else
        printf("gathered = %s\n", u);
    print_leaked(law, law->decay_kind, law->round_decay, "decay", "gathered", mu);
    printf("%s = %s(gathered - decay%s, %d)\n", u, sat_of(law), law->decay_last ? "" : " + i",
           bits);
}

static void print_membrane(const struct law *law)
{
    const int bits = law_bits(law->membrane);
    const bool pauses = law->refractory_ticks;
    const char *rest = law->has_rest ? " - rest" : "";
    const char *input = pauses ? "(0 if r > 0 else i + bias)" : "i + bias";
    printf("# leak\n");
    print_moved(law, law->leak_kind, "lam");
    printf("leaking = v%s%s%s\n", rest, law->integrate_first ? " + " : "",
           law->integrate_first ? input : "");
    print_leaked(law, law->leak_kind, law->round_leak, "leak", "leaking", "lam");
    if (law->leak_when)
        printf("if %sany(x): leak = 0\n", law->leak_when == LAW_WHEN_EVENT ? "not " : "");
    if (law->refractory_hold && pauses) printf("if r > 0: leak = v%s\n", rest);
    printf("# integrate\n");
    if (law->saturate_increment) {
        printf("more = %s(%s - leak, %d)\n", sat_of(law), pauses ? "(0 if r > 0 else i)" : "i",
               bits);
        printf("s = v + %s(more + %s, %d)\n", sat_of(law),
               pauses ? "(0 if r > 0 else bias)" : "bias", bits);
    } else
        printf("s = v - leak + %s\n", input);
    printf("# clamp\n");
    print_held(law, "c", "s", "");
}

static void print_spike(const struct law *law)
{
    printf("# fire\n");
    printf("z = 0\n");
    printf("while z < max_spikes%s and %s - z * theta %s theta: z += 1\n",
           law->refractory_ticks ? " and r == 0" : "", law->fire_before ? "v" : "c",
           law->fire_gt ? ">" : ">=");
    printf("# reset\n");
    if (law->reset_subtract)
        print_held(law, "v", "c - z * theta", " if z else c");
    else
        printf("v = %s if z else c\n", law->has_rest ? "reset" : "0");
    printf("# refract\n");
    if (law->refractory_ticks)
        printf("r = %d if z else max(0, r - 1)\n", law->refractory_ticks);
    else
        printf("r = 0\n");
}

void info_print_equations(const struct chip *c)
{
    const struct law *law = &c->law;
    const int first = law_align(law, law->input.frac_bits), spikes = law_align(law, 0);
    printf("# %s: what a neuron does in a tick, in integers (docs/numerics.md). Words by the names "
           "of the memories;\n"
           "# lam is lambda; x of the sources, j the tick's jitter, Q1.15. For every neuron, layer "
           "by layer.\n%s",
           c->name, FUNCTIONS);
    if (first == spikes)
        printf("align = %d\n", first);
    else
        printf("align = %d if first_layer else %d\n", first, spikes);
    printf("# gather, current\n");
    print_synapse(law, "");
    if (law->currents > 1) print_synapse(law, "2");
    if (law->currents) printf("i = %s\n", law->currents > 1 ? "u + u2" : "u");
    print_membrane(law);
    print_spike(law);
}
