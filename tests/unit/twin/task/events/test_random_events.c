// Events at random: every input and word comes, at the rate asked for, the same each time.
#include "twin/task/events/random_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { N_IN = 300, TICKS = 400 };
static int32_t x[TICKS * N_IN], again[TICKS * N_IN];

static const struct random_events plain = {7, N_IN, TICKS, 255, false, 0.2, 0.2, false};

static void shows_what_was_asked(void **state)
{
    (void)state;
    int events = 0, of_word[256] = {0}, of_input[N_IN] = {0};
    random_events_show(&plain, 0, x);
    for (int i = 0; i < TICKS * N_IN; i++)
        if (x[i]) events++, of_word[x[i]]++, of_input[i % N_IN]++;
    assert_in_range(events, 0.19 * TICKS * N_IN, 0.21 * TICKS * N_IN); // 0.2: 8 sd either way
    for (int w = 1; w < 256; w++)
        assert_in_range(of_word[w], 40, 160); // about 94
    for (int i = 0; i < N_IN; i++)
        assert_in_range(of_input[i], 40, 130); // about 80
}

static void is_a_function_of_its_numbers(void **state)
{
    (void)state;
    struct random_events other = plain;
    random_events_show(&plain, 3, x);
    random_events_show(&plain, 3, again);
    assert_memory_equal(x, again, sizeof x);
    random_events_show(&plain, 4, again);
    assert_memory_not_equal(x, again, sizeof x);
    other.seed++;
    random_events_show(&other, 3, again);
    assert_memory_not_equal(x, again, sizeof x);
    other = plain;
    other.n_ticks = 10; // a shorter item is the beginning of the longer
    memset(again, 9, sizeof again);
    random_events_show(&other, 3, again);
    assert_memory_equal(x, again, 10 * N_IN * sizeof *x);
    assert_int_equal(again[10 * N_IN], 0x09090909);
}

static int events_of(const struct random_events *r, int item)
{
    int n = 0;
    random_events_show(r, item, x);
    for (int i = 0; i < r->n_ticks * r->n_in; i++)
        n += x[i] != 0;
    return n;
}

static void keeps_to_its_range(void **state)
{
    (void)state;
    struct random_events r = plain;
    r.low = r.high = 0;
    assert_int_equal(events_of(&r, 0), 0);
    r.low = r.high = 1;
    assert_int_equal(events_of(&r, 0), TICKS * N_IN);
    r.low = 0.1, r.high = 0.5;
    int least = TICKS * N_IN, most = 0;
    for (int i = 0; i < 20; i++) {
        int n = events_of(&r, i);
        assert_in_range(n, 0.09 * TICKS * N_IN, 0.51 * TICKS * N_IN);
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    assert_true(most > 2 * least); // each item has a rate of its own
    r.most = 1;
    random_events_show(&r, 0, x);
    for (int i = 0; i < TICKS * N_IN; i++)
        assert_true(x[i] <= 1);
    int below = 0, ends = 0;
    r.is_signed = true;
    r.most = 2;
    random_events_show(&r, 0, x);
    for (int i = 0; i < TICKS * N_IN; i++) {
        assert_in_range(x[i] + 2, 0, 4);
        below += x[i] < 0;
        ends += x[i] == -2;
    }
    assert_true(below > 1000 && ends > 500 && ends < below);
    r.most = INT32_MAX;
    random_events_show(&r, 0, x);
    int64_t low = 0, high = 0;
    for (int i = 0; i < TICKS * N_IN; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    assert_true(low < -2140000000 && high > 2140000000);
}

static void one_event_a_tick(void **state)
{
    (void)state;
    struct random_events r = plain;
    r.one_event = true;
    r.low = r.high = 0.5;
    int ticks = 0, seen[N_IN] = {0}, inputs = 0;
    random_events_show(&r, 1, x);
    for (int t = 0; t < TICKS; t++) {
        int n = 0;
        for (int i = 0; i < N_IN; i++)
            if (x[t * N_IN + i]) n++, seen[i] = 1;
        assert_true(n <= 1);
        ticks += n;
    }
    for (int i = 0; i < N_IN; i++)
        inputs += seen[i];
    assert_in_range(ticks, 140, 260);
    assert_true(inputs > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_was_asked),
        cmocka_unit_test(is_a_function_of_its_numbers),
        cmocka_unit_test(keeps_to_its_range),
        cmocka_unit_test(one_event_a_tick),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
