// The fast kernel's leak and decay against the oracle on every value of 16 bits, for each kind,
// each rounding, the ends of every factor and each instruction set that this machine has.
//
// A network of one source: in its first tick every neuron's membrane, or current, takes the
// neuron's weight; in the second it leaks.
#include "model/lif/network.h"
#include "tests/oracle/oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NEURONS = IMAGE_MAX_NEURONS, WORD16 = 65536, PARTS = WORD16 / NEURONS, TICKS = 2 };

struct record {
    uint64_t z[TICKS * NEURONS / 64];
    int32_t v[TICKS * NEURONS];
    int32_t u[TICKS * NEURONS];
    int32_t count[NEURONS];
};

struct tally {
    int64_t cases, differ;
};

static void run(const struct law *a, int32_t factor, int part, struct record *m, void *words,
                void *memory, struct tally tally[ISAS])
{
    static const struct image_shape shape = {1, {{1, NEURONS, IMAGE_DENSE}}};
    static const uint8_t x[TICKS] = {1, 0};
    static struct oracle_step expected[TICKS][NEURONS];
    struct stimulus s = {.n_ticks = TICKS, .x = x};
    struct image im;
    struct network net;
    image_init(&im, a, &shape, words);
    for (int n = 0; n < NEURONS; n++) {
        im.layer[0].w[n] = (int16_t)(part + n * PARTS - WORD16 / 2);
        im.layer[0].neuron[n] = (struct law_neuron){
            .lambda = factor, .mu = factor, .theta = (int32_t)oracle_high(law_bits(a->membrane))};
        struct oracle_case k = {.law = *a, .layer = {0, 1}, .n = im.layer[0].neuron[n]};
        for (int t = 0; t < TICKS; t++) {
            k.acc.acc = (int64_t)im.layer[0].w[n] * x[t];
            expected[t][n] = oracle_run(&k);
            k.before = expected[t][n].next;
        }
    }
    network_init(&net, &im, memory);
    assert_true(net.fast);
    for (int isa = 0; isa < ISAS; isa++) {
        if (!network_use_isa(&net, (enum isa)isa)) continue;
        struct trace t = {
            .count = m->count,
            .layer = {{.z = m->z, .v = m->v, .u = a->currents ? m->u : NULL, .stride = NEURONS}}};
        network_run(&net, &s, &t);
        if (!a->currents) memset(m->u, 0, sizeof m->u);
        for (int i = 0; i < TICKS * NEURONS; i++, tally[isa].cases++) {
            const struct law_state *e = &expected[i / NEURONS][i % NEURONS].next;
            if ((m->v[i] == e->v && m->u[i] == e->u) || tally[isa].differ++) continue;
            printf("first difference, %s: kind %d %d rounding %d factor %d of %d: v %d, oracle %d; "
                   "u %d, "
                   "oracle %d\n",
                   isa_names[isa], (int)a->leak_kind, (int)a->decay_kind, (int)a->round_leak,
                   factor, im.layer[0].w[i % NEURONS], m->v[i], e->v, m->u[i], e->u);
        }
    }
}

static void test_leak(void **unused)
{
    (void)unused;
    struct law a = {.input = {1, 0},
                    .weight = {4, 12},
                    .membrane = {4, 12},
                    .current = {4, 12},
                    .leak = {0, 16},
                    .currents = 1};
    struct image_shape shape = {1, {{1, NEURONS, IMAGE_DENSE}}};
    size_t words_size = image_size(&a, &shape);
    size_t memory_size = network_size(&a, &shape);
    void *words = aligned_alloc(64, words_size), *memory = aligned_alloc(64, memory_size);
    struct record *m = aligned_alloc(64, (sizeof *m + 63) / 64 * 64);
    struct tally tally[ISAS] = {{0}};
    static const int32_t factors[] = {0, 1, 20011, 32768, 54321, 65535};
    memset(words, 0, words_size);
    for (int kind = 0; kind <= LAW_LEAK_LINEAR; kind++)
        for (int round = 0; round < (kind == LAW_LEAK_LINEAR ? 1 : FX_ROUNDS); round++)
            for (int i = 0; i < (kind == LAW_LEAK_SHIFT ? 32 : 6); i++)
                for (int part = 0; part < 2 * PARTS; part += ORACLE_SHARE) {
                    // The membrane of a law without currents, then the current of one with.
                    a.currents = part >= PARTS;
                    a.leak_kind = a.currents ? LAW_LEAK_NONE : (enum law_leak)kind;
                    a.decay_kind = a.currents ? (enum law_leak)kind : LAW_LEAK_NONE;
                    a.round_leak = a.round_decay = (enum fx_round)round;
                    assert_null(law_check(&a));
                    run(&a, kind == LAW_LEAK_SHIFT ? i : factors[i], part % PARTS, m, words, memory,
                        tally);
                }
    free(m);
    free(memory);
    free(words);
    int64_t differ = 0;
    for (int i = 0; i < ISAS; i++) {
        char cases[32];
        if (tally[i].cases == 0) {
            printf("left out: kernel %s: not on this machine\n", isa_names[i]);
            continue;
        }
        printf("%s oracle kernel: %s: leak and decay of 16 bits, %s cases %s, %lld differ\n",
               tally[i].differ ? "FAIL" : "PASS", isa_names[i],
               oracle_digits(tally[i].cases, cases),
               ORACLE_SHARE > 1 ? "sampled, 1 in 16" : "exhaustive", (long long)tally[i].differ);
        differ += tally[i].differ;
    }
    assert_true(tally[ISA_GENERIC].cases > 0);
    assert_true(differ == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_leak)};
    return cmocka_run_group_tests(tests, 0, 0);
}
