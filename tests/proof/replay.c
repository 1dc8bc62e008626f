// The same C functions that are proven, as a program: counter-examples are replayed here, and
// random words run under UBSan, to which a proof is blind.
//
//   replay step NUMBER WORD...      the outputs of law_step_ref for words in the order of the ports
//   replay FUNCTION WORD WORD       a function of tests/proof/functions.h
//   replay random N                 N random cases of every configuration and function; "CASES"
//   when
//                                   no behaviour was undefined (else UBSan ends the program)
#include "tests/proof/functions.h"
#include "tests/rtl/rtl_random.h"

#include <stdio.h>
#include <stdlib.h>

typedef int64_t two_words(int64_t, int64_t);

static const struct {
    const char *name;
    two_words *f;
    int first, least, most; // signed bits of the first word; range of the second
} functions[] = {{"shr_0", shr_0, 62, 0, 62},
                 {"shr_1", shr_1, 62, 0, 62},
                 {"shr_2", shr_2, 62, 0, 62},
                 {"shr_3", shr_3, 62, 0, 62},
                 {"shr_4", shr_4, 62, 0, 62},
                 {"clamp_sat", clamp_sat, 63, 4, 32},
                 {"clamp_symmetric", clamp_symmetric, 63, 4, 32},
                 {"clamp_unsigned", clamp_unsigned, 63, 4, 32},
                 {"clamp_floor", clamp_floor, 63, 4, 32},
                 {"clamp_wrap", clamp_wrap, 63, 4, 32},
#define FIRES(most)                                                                                \
    {"fire_" #most "_0", fire_##most##_0, 32, INT32_MIN, INT32_MAX},                               \
        {"fire_" #most "_1", fire_##most##_1, 32, INT32_MIN, INT32_MAX},                           \
        {"less_" #most "_0", less_##most##_0, 32, INT32_MIN, INT32_MAX},                           \
    {                                                                                              \
        "less_" #most "_1", less_##most##_1, 32, INT32_MIN, INT32_MAX                              \
    }
                 FIRES(1),
                 FIRES(3),
                 FIRES(7),
                 FIRES(15),
                 FIRES(31),
                 FIRES(63)};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

// A word of so many bits, negative where signed: an end, a small one, or any.
static int64_t any_word(struct random *r, int bits)
{
    int64_t lo = bits < 0 ? fx_min(-bits) : 0, hi = bits < 0 ? fx_max(-bits) : fx_umax(bits);
    switch (draw(r, 0, 3)) {
    case 0:
        return draw(r, 0, 1) ? lo : hi;
    case 1:
        return fx_sat(draw(r, -3, 3), lo, hi);
    default: {
        uint64_t top = (uint64_t)draw(r, 0, INT32_MAX), bottom = (uint64_t)draw(r, 0, UINT32_MAX);
        uint64_t x = top << 32 | bottom;
        return bits < 0 ? fx_wrap((int64_t)x, -bits) : (int64_t)(x & (uint64_t)hi);
    }
    }
}

static int64_t run_random(int n)
{
    struct random r = {2028};
    int64_t cases = 0, sum = 0;
    for (int i = 0; i < CONFIGURATIONS; i++)
        for (int k = 0; k < n; k++, cases++) {
            const struct configuration *c = &configurations[i];
            int64_t word[PORTS], out[OUTS];
            for (int p = 0; p < PORTS; p++)
                word[p] = any_word(&r, port_bits(c, p, c->acc_bits));
            port_step(c, word, out);
            sum += out[k % OUTS];
        }
    for (int i = 0; i < FUNCTIONS; i++)
        for (int k = 0; k < n; k++, cases++)
            sum += functions[i].f(any_word(&r, -functions[i].first),
                                  draw(&r, functions[i].least, functions[i].most)) &
                   1;
    return sum == INT64_MIN ? 0 : cases; // the sum is used, so that nothing is left out
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    int64_t word[PORTS] = {0}, out[OUTS];
    if (!strcmp(verb, "random") && argc == 3) {
        printf("%lld\n", (long long)run_random(atoi(argv[2])));
        return 0;
    }
    if (!strcmp(verb, "step") && argc == 3 + PORTS && atoi(argv[2]) < CONFIGURATIONS) {
        for (int p = 0; p < PORTS; p++)
            word[p] = strtoll(argv[3 + p], 0, 10);
        port_step(&configurations[atoi(argv[2])], word, out);
        for (int o = 0; o < OUTS; o++)
            printf("%lld\n", (long long)out[o]);
        return 0;
    }
    for (int i = 0; i < FUNCTIONS; i++)
        if (!strcmp(verb, functions[i].name) && argc == 4) {
            printf("%lld\n",
                   (long long)functions[i].f(strtoll(argv[2], 0, 10), strtoll(argv[3], 0, 10)));
            return 0;
        }
    return 2;
}
