// The corners of the law by name: where implementations go wrong, counted so that none is missed.
#ifndef TESTS_ORACLE_ORACLE_CORNERS_H
#define TESTS_ORACLE_ORACLE_CORNERS_H

#include "tests/oracle/oracle.h"

#include <stdio.h>

#define ORACLE_CORNERS(X)                                                                          \
    X(SATURATED_HIGH, "membrane saturated high")                                                   \
    X(SATURATED_LOW, "membrane saturated low")                                                     \
    X(WRAPPED_HIGH, "membrane wrapped from above")                                                 \
    X(WRAPPED_LOW, "membrane wrapped from below")                                                  \
    X(FLOORED, "membrane floored at 0")                                                            \
    X(AT_THRESHOLD_GE, "at threshold, >= fires")                                                   \
    X(AT_THRESHOLD_GT, "at threshold, > does not")                                                 \
    X(ONE_BELOW, "one below threshold")                                                            \
    X(ONE_ABOVE, "one above threshold")                                                            \
    X(THETA_NEGATIVE, "negative theta fires")                                                      \
    X(THETA_ZERO, "zero theta fires")                                                              \
    X(SEVERAL_SPIKES, "several spikes, not all")                                                   \
    X(ALL_SPIKES, "as many spikes as can be, theta left over")                                     \
    X(EXACT_SPIKES, "several spikes, nothing left over")                                           \
    X(RESET_SATURATED, "reset by subtraction saturated")                                           \
    X(RESET_WRAPPED, "reset by subtraction wrapped")                                               \
    X(RESET_WORD, "reset to a word that is not 0")                                                 \
    X(RESET_NEGATIVE_WORD, "reset below the floor by its word")                                    \
    X(REFRACTORY_HELD, "refractory, theta reached")                                                \
    X(REFRACTORY_LAST, "last refractory tick")                                                     \
    X(REFRACTORY_LONG, "refractory for more than 128 ticks")                                       \
    X(INPUT_DROPPED, "input dropped while refractory")                                             \
    X(HELD_AT_REST, "pulled to rest while refractory")                                             \
    X(LEAKS_REFRACTORY, "leaks while refractory")                                                  \
    X(LEAK_TIE_UP, "leak tie to even, up")                                                         \
    X(LEAK_TIE_DOWN, "leak tie to even, down")                                                     \
    X(LEAK_SHIFT_TIE, "leak tie to even of a shift")                                               \
    X(CURRENT_TIE_UP, "current tie to even, up")                                                   \
    X(CURRENT_TIE_DOWN, "current tie to even, down")                                               \
    X(DECAY_TIE_UP, "decay tie to even, up")                                                       \
    X(DECAY_TIE_DOWN, "decay tie to even, down")                                                   \
    X(JITTER_TIE, "tie in the leak factor's jitter")                                               \
    X(LAMBDA_LOW, "jittered lambda held low")                                                      \
    X(LAMBDA_HIGH, "jittered lambda held high")                                                    \
    X(MU_LOW, "jittered mu held low")                                                              \
    X(MU_HIGH, "jittered mu held high")                                                            \
    X(LAMBDA_NEGATIVE, "negative lambda")                                                          \
    X(MOVES_BY_ONE, "shift that moves by one")                                                     \
    X(SHIFT_BEYOND, "shift by more than the membrane's bits")                                      \
    X(LINEAR_TO_ZERO, "linear leak stops at 0")                                                    \
    X(LINEAR_NOT_TO_ZERO, "linear leak does not reach 0")                                          \
    X(LINEAR_UP, "linear leak of a negative value")                                                \
    X(LINEAR_DECAY_TO_ZERO, "linear decay stops at 0")                                             \
    X(NEGATIVE_FLOOR, "leak of a negative, floor")                                                 \
    X(NEGATIVE_ZERO, "leak of a negative, toward zero")                                            \
    X(NEGATIVE_CEILING, "leak of a negative, ceiling")                                             \
    X(NEGATIVE_AWAY, "leak of a negative, away")                                                   \
    X(IN_NEGATIVE_FLOOR, "negative current, floor")                                                \
    X(IN_NEGATIVE_ZERO, "negative current, toward zero")                                           \
    X(IN_NEGATIVE_CEILING, "negative current, ceiling")                                            \
    X(IN_NEGATIVE_AWAY, "negative current, away")                                                  \
    X(ALIGNED_LEFT, "current aligned to the left")                                                 \
    X(GAIN_NEGATIVE, "negative gain")                                                              \
    X(U_SATURATED, "first current saturated")                                                      \
    X(U2_SATURATED, "second current saturated")                                                    \
    X(U_WRAPPED, "first current wrapped")                                                          \
    X(GATHERED_HELD, "decay last: gathered current saturated")                                     \
    X(LEAK_BEYOND, "leak of an integrated value beyond the membrane")                              \
    X(INCREMENT_HIGH, "increment saturated high")                                                  \
    X(INCREMENT_LOW, "increment saturated low")                                                    \
    X(INCREMENT_BIASED, "increment saturated by its bias")                                         \
    X(INCREMENT_TURNED, "increment saturated high, its bias negative")                             \
    X(BELOW_REST, "positive membrane below its rest")                                              \
    X(LEFT_OUT_LOWEST, "membrane saturated above the lowest word")                                 \
    X(CURRENT_LEFT_OUT, "current saturated above the lowest word")                                 \
    X(TWO_SHIFTS_PARTED, "two shifts rounded apart, not their sum")                                \
    X(TWO_SHIFTS_ALL, "two shifts that take more than all")                                        \
    X(FIRES_OF_BEFORE, "fires by the membrane before, its own below theta")                        \
    X(WAITS_A_TICK, "reaches theta and does not fire yet")                                         \
    X(WRAPPED_UP, "membrane without a sign wrapped from below 0")                                  \
    X(LEAKS_BY_EVENT, "leaks in a tick with an event")                                             \
    X(KEEPS_WITHOUT, "keeps what would leak, without an event")                                    \
    X(LEAKS_WITHOUT, "leaks in a tick without input")                                              \
    X(KEEPS_BY_EVENT, "keeps what would leak, with an event")

enum oracle_corner {
#define ORACLE_ENUM(name, text) CORNER_##name,
    ORACLE_CORNERS(ORACLE_ENUM)
#undef ORACLE_ENUM
        ORACLE_CORNER_COUNT
};

static const char *const oracle_corner_names[] = {
#define ORACLE_TEXT(name, text) text,
    ORACLE_CORNERS(ORACLE_TEXT)
#undef ORACLE_TEXT
};

static inline bool oracle_beyond(struct law_format f, oracle_int x)
{
    int bits = f.int_bits + f.frac_bits;
    return x < oracle_low(bits) || x > oracle_high(bits);
}

// Of a quotient x / 2^n: exact (0), less (1) or more (3) than a half left over, or a tie (2).
static inline int oracle_left(oracle_int x, int n)
{
    oracle_int d = oracle_power(n), m;
    oracle_euclid(x, d, &m);
    return m == 0 ? 0 : m + m < d ? 1 : m + m == d ? 2 : 3;
}

// A tie's count goes to `up` (the floor is odd) or to the next corner, `up` + 1.
static inline void oracle_count_tie(int64_t *hits, int up, int rounding, oracle_int x, int n)
{
    if (rounding != FX_NEAREST_EVEN || oracle_left(x, n) != 2) return;
    oracle_int m;
    hits[oracle_euclid(x, oracle_power(n), &m) % 2 ? up : up + 1]++;
}

static inline void oracle_count_negative(int64_t *hits, int first, int rounding, oracle_int x,
                                         int n)
{
    if (x >= 0 || oracle_left(x, n) == 0) return;
    hits[first] += rounding == FX_FLOOR;
    hits[first + 1] += rounding == FX_TOWARD_ZERO;
    hits[first + 2] += rounding == FX_CEILING;
    hits[first + 3] += rounding == FX_AWAY;
}

static inline void oracle_count_fire(const struct oracle_case *k, const struct oracle_step *o,
                                     int64_t *hits)
{
    const struct law *a = &k->law;
    oracle_int c = o->s.clamp, theta = k->n.theta, left = c - o->s.fire * theta;
    int z = o->s.fire, most = k->layer.max_spikes, r = k->before.r;
    oracle_int compared = a->fire_before ? k->before.v : c;
    hits[CORNER_FIRES_OF_BEFORE] += a->fire_before && z && c < theta;
    hits[CORNER_WAITS_A_TICK] += a->fire_before && !z && !r && c > theta;
    bool beyond = z && a->reset_subtract && oracle_beyond(a->membrane, left);
    if (a->saturate_increment) {
        int bits = law_bits(a->membrane);
        bool high = o->moves_by > oracle_high(bits), low = o->moves_by < oracle_low(bits);
        hits[CORNER_INCREMENT_HIGH] += high;
        hits[CORNER_INCREMENT_LOW] += low;
        hits[CORNER_INCREMENT_BIASED] +=
            !high && !low && oracle_beyond(a->membrane, o->moves_biased);
        hits[CORNER_INCREMENT_TURNED] += high && k->n.bias < 0 && !r;
    }
    hits[CORNER_SATURATED_HIGH] += !a->wrap && o->s.integrate > c;
    hits[CORNER_SATURATED_LOW] += !a->wrap && !a->floor_zero && o->s.integrate < c;
    hits[CORNER_LEFT_OUT_LOWEST] +=
        a->symmetric && !a->floor_zero && o->s.integrate <= oracle_low(law_bits(a->membrane));
    hits[CORNER_WRAPPED_HIGH] += a->wrap && o->s.integrate > c;
    hits[CORNER_WRAPPED_LOW] += a->wrap && o->s.integrate < c;
    hits[CORNER_WRAPPED_UP] += a->floor_zero && a->wrap && o->s.integrate < 0;
    hits[CORNER_FLOORED] += a->floor_zero && !a->wrap && o->s.integrate < 0;
    hits[CORNER_AT_THRESHOLD_GE] += !r && !a->fire_gt && compared == theta;
    hits[CORNER_AT_THRESHOLD_GT] += !r && a->fire_gt && compared == theta;
    hits[CORNER_ONE_BELOW] += !r && compared == theta - 1;
    hits[CORNER_ONE_ABOVE] += !r && compared == theta + 1;
    hits[CORNER_THETA_NEGATIVE] += z && theta < 0;
    hits[CORNER_THETA_ZERO] += z && theta == 0;
    hits[CORNER_SEVERAL_SPIKES] += z > 1 && z < most;
    hits[CORNER_ALL_SPIKES] += z > 1 && z == most && theta > 0 && compared - z * theta > theta;
    hits[CORNER_EXACT_SPIKES] += z > 1 && theta != 0 && left == 0;
    hits[CORNER_RESET_SATURATED] += beyond && !a->wrap;
    hits[CORNER_RESET_WRAPPED] += beyond && a->wrap;
    hits[CORNER_RESET_WORD] += z && !a->reset_subtract && o->s.reset;
    hits[CORNER_RESET_NEGATIVE_WORD] += z && !a->reset_subtract && a->floor_zero && o->s.reset < 0;
    hits[CORNER_REFRACTORY_HELD] += r && c > theta;
    hits[CORNER_REFRACTORY_LAST] += r == 1;
    hits[CORNER_REFRACTORY_LONG] += r > 128;
    hits[CORNER_INPUT_DROPPED] += r && o->s.current + k->n.bias != 0;
    hits[CORNER_HELD_AT_REST] += r && a->refractory_hold && o->s.leak;
    hits[CORNER_LEAKS_REFRACTORY] += r && !a->refractory_hold && o->s.leak;
}

static inline void oracle_count_leak(const struct oracle_case *k, const struct oracle_step *o,
                                     int64_t *hits)
{
    const struct law *a = &k->law;
    oracle_int x = o->leak_of, y = x * o->lambda_t;
    int frac = a->leak.frac_bits, round = (int)a->round_leak;
    bool shifts = a->leak_kind == LAW_LEAK_SHIFT || a->leak_kind == LAW_LEAK_SHIFT_MOVES;
    hits[CORNER_LEAK_BEYOND] += oracle_beyond(a->membrane, x) && o->s.leak != 0;
    hits[CORNER_BELOW_REST] += k->before.v > 0 && x < 0 && !a->integrate_first;
    if (k->before.r && a->refractory_hold) return;
    const bool would = oracle_leak(a, a->leak_kind, round, x, o->lambda_t) != 0;
    hits[CORNER_LEAKS_BY_EVENT] += would && a->leak_when == LAW_WHEN_EVENT && o->leaks;
    hits[CORNER_KEEPS_WITHOUT] += would && a->leak_when == LAW_WHEN_EVENT && !o->leaks;
    hits[CORNER_LEAKS_WITHOUT] += would && a->leak_when == LAW_WHEN_NO_INPUT && o->leaks;
    hits[CORNER_KEEPS_BY_EVENT] += would && a->leak_when == LAW_WHEN_NO_INPUT && !o->leaks;
    if (!o->leaks) return;
    if (a->leak_kind == LAW_LEAK_EXPONENTIAL) {
        oracle_count_tie(hits, CORNER_LEAK_TIE_UP, round, y, frac);
        oracle_count_negative(hits, CORNER_NEGATIVE_FLOOR, round, y, frac);
        hits[CORNER_LAMBDA_NEGATIVE] += o->lambda_t < 0;
    }
    if (a->leak_kind == LAW_LEAK_TWO_SHIFTS) {
        oracle_int low, high = oracle_euclid(o->lambda_t, 32, &low);
        oracle_int whole = x * (oracle_power(31 - (int)low) + oracle_power(31 - (int)high));
        hits[CORNER_TWO_SHIFTS_PARTED] += oracle_divide(whole, 31, round) != o->s.leak;
        hits[CORNER_TWO_SHIFTS_ALL] += x != 0 && (x > 0 ? o->s.leak > x : o->s.leak < x);
    } else if (shifts) {
        int n = (int)o->lambda_t;
        hits[CORNER_LEAK_SHIFT_TIE] += round == FX_NEAREST_EVEN && oracle_left(x, n) == 2;
        hits[CORNER_SHIFT_BEYOND] += n > a->membrane.int_bits + a->membrane.frac_bits;
        hits[CORNER_MOVES_BY_ONE] +=
            a->leak_kind == LAW_LEAK_SHIFT_MOVES && x > 0 && oracle_divide(x, n, round) == 0;
    } else if (a->leak_kind != LAW_LEAK_NONE) {
        hits[CORNER_JITTER_TIE] += oracle_left((oracle_int)k->n.lambda_slope * k->jitter, 15) == 2;
        hits[CORNER_LAMBDA_LOW] += o->lambda_moved < o->lambda_t;
        hits[CORNER_LAMBDA_HIGH] += o->lambda_moved > o->lambda_t;
    }
    if (a->leak_kind == LAW_LEAK_LINEAR && x != 0) {
        hits[CORNER_LINEAR_TO_ZERO] += o->s.leak == x && o->lambda_t > (x < 0 ? -x : x);
        hits[CORNER_LINEAR_NOT_TO_ZERO] += o->s.leak != x && o->lambda_t > 0;
        hits[CORNER_LINEAR_UP] += o->s.leak < 0;
    }
}

static inline void oracle_count_current(const struct oracle_case *k, const struct oracle_step *o,
                                        int64_t *hits)
{
    const struct law *a = &k->law;
    int align = k->layer.align;
    hits[CORNER_ALIGNED_LEFT] += align < 0;
    hits[CORNER_GAIN_NEGATIVE] += a->has_gain && k->n.gain < 0;
    for (int y = 0; y == 0 || y < a->currents; y++) {
        if (align > 0) {
            oracle_count_tie(hits, CORNER_CURRENT_TIE_UP, (int)a->round_current, o->product[y],
                             align);
            oracle_count_negative(hits, CORNER_IN_NEGATIVE_FLOOR, (int)a->round_current,
                                  o->product[y], align);
        }
        if (!a->currents) return;
        bool beyond = oracle_beyond(a->current, o->u_wide[y]);
        hits[y ? CORNER_U2_SATURATED : CORNER_U_SATURATED] += beyond && !a->wrap;
        hits[CORNER_CURRENT_LEFT_OUT] +=
            a->symmetric && o->u_wide[y] <= oracle_low(law_bits(a->current));
        hits[CORNER_U_WRAPPED] += beyond && a->wrap;
        hits[CORNER_GATHERED_HELD] +=
            a->decay_last && !a->wrap && oracle_beyond(a->current, o->s_wide[y]);
        hits[CORNER_LINEAR_DECAY_TO_ZERO] +=
            a->decay_kind == LAW_LEAK_LINEAR && o->decay_of[y] != 0 &&
            o->mu_t[y] > (o->decay_of[y] < 0 ? -o->decay_of[y] : o->decay_of[y]);
        if (a->decay_kind == LAW_LEAK_EXPONENTIAL)
            oracle_count_tie(hits, CORNER_DECAY_TIE_UP, (int)a->round_decay,
                             o->decay_of[y] * o->mu_t[y], a->leak.frac_bits);
        hits[CORNER_MU_LOW] += o->mu_moved[y] < o->mu_t[y];
        hits[CORNER_MU_HIGH] += o->mu_moved[y] > o->mu_t[y];
    }
}

static inline void oracle_count(const struct oracle_case *k, const struct oracle_step *o,
                                int64_t hits[ORACLE_CORNER_COUNT])
{
    oracle_count_fire(k, o, hits);
    oracle_count_leak(k, o, hits);
    oracle_count_current(k, o, hits);
}

// Names each corner that was never hit; how many they are.
static inline int oracle_missed(const char *test, const int64_t hits[ORACLE_CORNER_COUNT])
{
    int missed = 0;
    int64_t least = hits[0];
    for (int i = 0; i < ORACLE_CORNER_COUNT; i++) {
        if (hits[i] == 0) printf("never hit: %s: %s\n", test, oracle_corner_names[i]);
        missed += hits[i] == 0;
        least = hits[i] < least ? hits[i] : least;
    }
    printf("corners of %s: %d of %d hit, the rarest %lld times\n", test,
           ORACLE_CORNER_COUNT - missed, ORACLE_CORNER_COUNT, (long long)least);
    return missed;
}

#endif
