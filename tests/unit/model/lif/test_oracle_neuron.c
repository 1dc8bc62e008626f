// The law against the oracle on random laws, words and states, with every corner counted; and a
// list of wrong laws, each of which these very cases must be able to tell from the right one.
#include "tests/oracle/oracle_corners.h"
#include "tests/oracle/oracle_faults.h"
#include "tests/rtl/rtl_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

// Fewer laws where each case is slow, but as many as it takes to hit every corner.
enum { LAWS = ORACLE_SHARE > 1 ? 2000 : 8000, CASES = 400, SOURCES = 20 };

// A state word of `bits`, signed; 0 bits: the law has none.
static int32_t random_state(struct random *r, int bits)
{
    return bits ? corner_word(r, (int64_t)oracle_low(bits), (int64_t)oracle_high(bits)) : 0;
}

static int64_t random_sum(struct random *r, int64_t bound)
{
    int64_t small = bound < 4096 ? bound : 4096;
    if (draw(r, 0, 1)) return draw(r, -small, small);
    return draw(r, 0, 3) ? draw(r, -bound, bound) : draw(r, 0, 1) ? bound : -bound;
}

// Moves acc to where the membrane ends within one of a multiple of θ, as near as rounding lets it.
static void aim(struct random *r, struct oracle_case *k, int64_t bound)
{
    k->acc = (struct law_gathered){.heard = k->acc.heard};
    oracle_int goal = draw(r, 1, k->layer.max_spikes) * (oracle_int)k->n.theta + draw(r, -1, 1), m;
    goal -= oracle_run(k).s.integrate;
    goal = k->layer.align < 0 ? oracle_euclid(goal, oracle_power(-k->layer.align), &m)
                              : goal * oracle_power(k->layer.align);
    if (k->law.has_gain && k->n.gain) goal /= k->n.gain;
    k->acc.acc = (int64_t)oracle_saturate(goal, -bound, bound);
}

static struct oracle_case random_case(struct random *r, const struct image *im, int64_t bound)
{
    const struct law *a = &im->law;
    int bits = law_bits(a->current);
    struct oracle_case k = {.law = *a,
                            .layer = image_law_layer(im, 0),
                            .n = im->layer[0].neuron[draw(r, 0, im->layer[0].n_out - 1)]};
    k.layer.max_spikes = (int)oracle_power((int)(draw(r, 0, 1) ? 1 : draw(r, 2, 6))) - 1;
    k.before = (struct law_state){.v = random_state(r, law_bits(a->membrane)),
                                  .u = random_state(r, a->currents > 0 ? bits : 0),
                                  .u2 = random_state(r, a->currents > 1 ? bits : 0)};
    if (a->refractory_ticks && draw(r, 0, 1))
        k.before.r = (int32_t)(draw(r, 0, 1) ? 1 : draw(r, 1, a->refractory_ticks));
    k.acc.heard = draw(r, 0, 1);
    k.jitter = draw(r, 0, 1) ? (int)draw(r, -1000, 1000) : corner_word(r, -32768, 32767);
    if (draw(r, 0, 3) == 0) {
        aim(r, &k, bound);
    } else {
        k.acc.acc = random_sum(r, bound);
        if (a->currents > 1) k.acc.acc2 = random_sum(r, bound);
    }
    return k;
}

static void compare(const struct oracle_case *k, const struct oracle_step *o, int64_t *differ)
{
    struct law_state state = k->before;
    struct law_stages got = law_step_ref(&k->law, &k->layer, &k->n, &state, k->acc, k->jitter);
    if (oracle_same(&got, &state, &o->s, &o->next) || (*differ)++) return;
    const struct law *a = &k->law;
    printf("first difference: v %d u %d u2 %d r %d acc %lld %lld jitter %d align %d spikes %d\n",
           k->before.v, k->before.u, k->before.u2, k->before.r, (long long)k->acc.acc,
           (long long)k->acc.acc2, k->jitter, k->layer.align, k->layer.max_spikes);
    printf("  membrane Q%d.%d leak %d.%d kind %d decay %d rounds %d %d %d currents %d\n",
           a->membrane.int_bits, a->membrane.frac_bits, a->leak.int_bits, a->leak.frac_bits,
           (int)a->leak_kind, (int)a->decay_kind, (int)a->round_current, (int)a->round_decay,
           (int)a->round_leak, a->currents);
    printf("  lambda %d %d mu %d %d theta %d bias %d mu2 %d %d gain %d rest %d reset %d\n",
           k->n.lambda, k->n.lambda_slope, k->n.mu, k->n.mu_slope, k->n.theta, k->n.bias, k->n.mu2,
           k->n.mu2_slope, k->n.gain, k->n.rest, k->n.reset);
    for (int i = 0; i < LAW_STAGES; i++)
        printf("  %s: %lld, oracle %lld\n", lif_kind.stage[i].name,
               (long long)law_get(&lif_kind.stage[i], &got),
               (long long)law_get(&lif_kind.stage[i], &o->s));
    printf("  u: %d, oracle %d; u2: %d, oracle %d\n", state.u, o->next.u, state.u2, o->next.u2);
}

// Sums of a synapse, source by source; how often saturate_each held one that then moved.
static int64_t gather_together(struct random *r, const struct law *a, int64_t *differ)
{
    int bits = law_bits(a->current), in = law_bits(a->input), w_bits = law_bits(a->weight);
    int64_t came_back = 0, acc = a->saturate_each ? random_state(r, bits) : 0;
    oracle_int sum = acc;
    bool was_held = false;
    for (int i = 0; i < SOURCES; i++) {
        int32_t w = random_state(r, w_bits);
        int32_t x = a->input_signed ? random_state(r, in)
                                    : corner_word(r, 0, (int64_t)oracle_power(in) - 1);
        acc = law_gather(a, acc, w, x);
        sum += (oracle_int)w * x;
        if (a->saturate_each) {
            oracle_int held = oracle_saturate(sum, oracle_end(a, bits), oracle_high(bits));
            came_back += was_held && w != 0 && x != 0 && held == sum;
            was_held = held != sum;
            sum = held;
        }
        *differ += sum != acc;
    }
    return came_back;
}

static void test_random_neurons(void **unused)
{
    (void)unused;
    struct random r = {20260801};
    static int64_t hits[ORACLE_CORNER_COUNT];
    static struct seen seen;
    int64_t cases = 0, differ = 0, gathered = 0, gather_differ = 0, came_back = 0, tried = 0;
    int laws = 0, refused = 0, missed = 0;
    while (laws < LAWS) {
        struct law law = random_law(&r);
        if (law_check(&law)) {
            refused++;
            continue;
        }
        struct image_shape one = {1, {{SOURCES, 8, IMAGE_DENSE}}};
        struct image im;
        void *memory = random_image(&r, &law, &one, &im);
        if (image_check(&im)) { // sums beyond what the model computes in
            refused++;
            free(memory);
            continue;
        }
        assert_true(law_leak_min(&law) == oracle_factor_min(&law));
        assert_true(law_leak_max(&law) == oracle_factor_max(&law));
        int64_t bound = law.saturate_each ? (int64_t)oracle_high(law_bits(law.current))
                                          : image_gather_bound(&im, 0);
        for (int i = 0; i < CASES; i++, cases++) {
            struct oracle_case k = random_case(&r, &im, bound);
            struct oracle_step o = oracle_run(&k);
            compare(&k, &o, &differ);
            oracle_count(&k, &o, hits);
            if (i % 8 == 0) {
                try_faults(&k, &o, &seen);
                tried++;
            }
        }
        for (int i = 0; i < 8; i++, gathered += SOURCES)
            came_back += gather_together(&r, &law, &gather_differ);
        free(memory);
        laws++;
    }
    char text[3][32];
    printf("%s oracle neuron: %d random laws (%d refused), %s cases, %lld differ\n",
           differ ? "FAIL" : "PASS", laws, refused, oracle_digits(cases, text[0]),
           (long long)differ);
    printf("%s oracle gather: %s sources, %s held in mid-sum that came back, %lld differ\n",
           gather_differ ? "FAIL" : "PASS", oracle_digits(gathered, text[0]),
           oracle_digits(came_back, text[1]), (long long)gather_differ);
    missed = oracle_missed("random neurons", hits);

    int unseen = 0, shown = 0;
    int64_t least = tried;
    for (int f = 0; f < FAULTS; f++, shown++) {
        if (seen.fault[f] == 0) printf("not seen: %s\n", faults[f].name), unseen++;
        least = seen.fault[f] < least ? seen.fault[f] : least;
    }
    for (int place = 0; place < PLACES; place++)
        for (int i = 0; i < ROUNDINGS; i++, shown++) {
            int64_t n = seen.rounding[place][i];
            if (n == 0)
                printf("not seen: %s: %s for %s\n", place_names[place],
                       rounding_names[roundings[i].wrong], rounding_names[roundings[i].right]),
                    unseen++;
            least = n < least ? n : least;
        }
    printf("%s oracle faults: %d wrong laws tried on %s cases, %d unseen, the rarest differs on "
           "%lld\n",
           unseen ? "FAIL" : "PASS", shown, oracle_digits(tried, text[0]), unseen,
           (long long)least);
    assert_true(differ == 0);
    assert_true(gather_differ == 0);
    assert_true(came_back > 0);
    assert_int_equal(missed, 0);
    assert_int_equal(unseen, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_neurons)};
    return cmocka_run_group_tests(tests, 0, 0);
}
