// Laws at random, run by the model on inputs at random, are found again from the table of their words: SPIKETWIN_LAWS
// of them (default 30). A law counts as found where every choice of the true one is
// among those of the class, and its threshold and leak in their intervals.
#include "twin/identify/identify.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TICKS = 1000 };

static uint32_t seed;

static int below(int n)
{
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 8) % (uint32_t)n);
}

static struct candidate draw(void)
{
    static const enum law_leak kinds[] = {LAW_LEAK_NONE,        LAW_LEAK_EXPONENTIAL,
                                          LAW_LEAK_EXPONENTIAL, LAW_LEAK_SHIFT,
                                          LAW_LEAK_LINEAR,      LAW_LEAK_SHIFT_MOVES};
    struct candidate c = {.layer = {0, 1}};
    struct law *l = &c.law;
    l->input = (struct law_format){8, 0};
    l->weight = (struct law_format){8, 0};
    l->membrane = (struct law_format){below(2) ? 16 : 12, 0};
    l->leak = (struct law_format){1, 12};
    l->leak_kind = kinds[below(6)];
    l->round_leak = (enum fx_round)below(FX_ROUNDS);
    l->integrate_first = below(2);
    l->wrap = below(4) == 0;
    l->floor_zero = !l->wrap && below(4) == 0;
    l->fire_gt = below(2);
    l->reset_subtract = below(2);
    l->refractory_ticks = (uint8_t)(below(2) ? 0 : below(5));
    l->refractory_hold = below(3) == 0;
    c.n.lambda = l->leak_kind == LAW_LEAK_EXPONENTIAL ? 20 + below(1500)
                 : l->leak_kind == LAW_LEAK_LINEAR    ? 1 + below(20)
                                                      : 1 + below(6);
    c.n.theta = 200 + below(700);
    c.n.bias = below(3) ? 0 : below(21) - 10;
    c.w[0][0] = 40 + below(80);
    c.w[0][1] = -10 - below(60);
    return c;
}

static char *show(const struct candidate *c)
{
    char *text = malloc(TICKS * 48 + 64);
    int used = sprintf(text, "x_0,x_1,v,spike\n");
    int32_t x[2];
    struct law_state s = {0};
    const struct unit u = {.n = 1, .n_x = 2, .x = x};
    for (int t = 0; t < TICKS; t++) {
        x[0] = below(3) ? below(4) : 0;
        x[1] = below(3) ? 0 : below(3) * (t % 200 < 40 ? 4 : 1);
        struct law_stages done = unit_step(&u, c, &s, 0, 0);
        used += sprintf(text + used, "%d,%d,%d,%d\n", x[0], x[1], s.v, done.fire);
    }
    return text;
}

// The true law is in the class: its choices are, its threshold and weights are those of a member, and its bias is one of
// those of the class.
static bool among(const struct identified *x, const struct candidate *c)
{
    bool choices = false, words = false;
    const struct bounds bias = class_bias(&x->alike, 0);
    for (int i = 0; i < x->alike.n; i++)
        choices |= class_same(&x->alike, &x->alike.law[i], &c->law);
    for (int i = 0; i < x->neuron[0].laws.n; i++) {
        const struct member *m = &x->neuron[0].laws.m[i];
        words |= c->n.theta >= m->theta.lo - 1 && c->n.theta <= m->theta.hi + 1 &&
                 c->n.bias >= bias.lo && c->n.bias <= bias.hi && c->w[0][0] == m->c.w[0][0] &&
                 c->w[0][1] == m->c.w[0][1];
    }
    return choices && words;
}

static void test_random_laws(void **state)
{
    (void)state;
    const char *told = getenv("SPIKETWIN_LAWS");
    const int n = told ? atoi(told) : 30;
    int explained = 0, found = 0, narrow = 0, left_out = 0;
    double longest = 0;
    for (int i = 0; i < n; i++) {
        seed = (uint32_t)i * 7919u + 1;
        const struct candidate c = draw();
        struct recording r;
        struct identified x;
        struct fail f;
        char *text = show(&c);
        clock_t start = clock();
        if (recording_read_text(&r, text, strlen(text), "it", 0, 0, &f) || identify(&x, &r, 10, &f))
            fail_msg("%s", f.text);
        double took = (double)(clock() - start) / CLOCKS_PER_SEC;
        longest = took > longest ? took : longest;
        const bool right = x.explained && among(&x, &c);
        explained += x.explained;
        left_out += x.alike.full || x.alike.cut || x.deadline.passed;
        found += right;
        narrow += x.alike.n == 1;
        if (!right)
            printf("law %d: %s (%d), leak kind %s %d, round %d, late %d, wrap %d, floor %d, "
                   "refractory %d, bias %d, %.2f s\n",
                   i, x.explained ? "another class" : "not explained", x.alike.n,
                   law_leak_names[c.law.leak_kind], c.n.lambda, (int)c.law.round_leak,
                   c.law.integrate_first, c.law.wrap, c.law.floor_zero, c.law.refractory_ticks,
                   c.n.bias, took);
        identify_fini(&x);
        recording_fini(&r);
        free(text);
    }
    printf("identify: %d of %d random laws in the class found, %d explained, %d alone in it, %.2f "
           "s at most; %d cut\n",
           found, n, explained, narrow, longest, left_out);
    assert_true(found >= n - n / 100);
    assert_true(longest < 10);
}

// A neuron of Xylo whose increments leave 16 bits, where its two versions part.
static char *show_xylo(bool second)
{
    struct candidate c = {.layer = {0, 31}};
    struct law *l = &c.law;
    l->input = (struct law_format){4, 0};
    l->weight = l->membrane = l->current = (struct law_format){16, 0};
    l->leak = (struct law_format){5, 0};
    l->leak_kind = l->decay_kind = LAW_LEAK_SHIFT_MOVES;
    l->currents = 1;
    l->decay_last = l->saturate_each = l->reset_subtract = true;
    l->saturate_increment = second;
    c.n = (struct law_neuron){.lambda = 1, .mu = 2, .theta = 30000};
    c.w[0][0] = 6500;
    c.w[0][1] = -6000;
    char *text = malloc(TICKS * 64 + 64);
    int used = sprintf(text, "in_0,in_1,isyn_0,vmem_0,spikes_0\n");
    int32_t x[2];
    struct law_state s = {0};
    const struct unit u = {.n = 1, .n_x = 2, .x = x};
    seed = 11;
    for (int t = 0; t < 400; t++) {
        const int phase = t % 12; // down to the lower end, then up at once
        x[0] = phase == 9 ? 6 + below(2) : phase == 11 ? below(2) : 0;
        x[1] = phase < 9 ? below(8) > 0 : 0;
        const struct law_stages done = unit_step(&u, &c, &s, 0, 0);
        used += sprintf(text + used, "%d,%d,%d,%d,%d\n", x[0], x[1], s.u, s.v, done.fire);
    }
    return text;
}

static void test_versions_of_xylo(void **state)
{
    (void)state;
    char *text[2] = {show_xylo(false), show_xylo(true)};
    assert_string_not_equal(text[0], text[1]);
    for (int second = 0; second < 2; second++) {
        struct recording r;
        struct identified x;
        struct fail f;
        assert_int_equal(
            recording_read_text(&r, text[second], strlen(text[second]), "it", 0, 0, &f), 0);
        assert_int_equal(identify(&x, &r, 0, &f), 0);
        assert_true(x.explained);
        int of_first = 0; // in a wider word the second does as the first
        for (int i = 0; i < x.alike.n; i++)
            of_first += !x.alike.law[i].saturate_increment;
        if (second)
            assert_int_equal(of_first, 0);
        else
            assert_true(of_first > 0);
        identify_fini(&x);
        recording_fini(&r);
        free(text[second]);
    }
}

static void test_noise(void **state)
{
    (void)state;
    char *text = malloc(TICKS * 48 + 64);
    int used = sprintf(text, "x,v,spike\n");
    seed = 5;
    for (int t = 0; t < 400; t++)
        used += sprintf(text + used, "%d,%d,0\n", below(4), below(1000) - 500);
    struct recording r;
    struct identified x;
    struct fail f;
    assert_int_equal(recording_read_text(&r, text, strlen(text), "it", 0, 0, &f), 0);
    assert_int_equal(identify(&x, &r, 10, &f), 0);
    assert_false(x.explained);
    assert_true(x.neuron[0].nearest.wrong > 100);
    identify_fini(&x);
    recording_fini(&r);
    free(text);
}

static void refuse(const char *text, const char *why)
{
    char copy[256];
    struct recording r;
    struct fail f;
    snprintf(copy, sizeof copy, "%s", text);
    assert_int_equal(recording_read_text(&r, copy, strlen(copy), "it", 0, 0, &f), -1);
    assert_string_equal(f.text, why);
    recording_fini(&r);
}

static void test_reading(void **state)
{
    (void)state;
    char text[] =
        "# a comment\r\ntick;I_t;V;Spikes\r\n0;1;0.125;False\r\n1;0;-0.5;True\r\n0;1;0;False\r\n"
        "1;0;0;False\r\n";
    struct recording r;
    struct fail f;
    assert_int_equal(recording_read_text(&r, text, strlen(text), "it", 0, 0, &f), 0);
    assert_int_equal(r.n_rows, 4);
    assert_int_equal(r.n_runs, 2);
    assert_int_equal(r.column[1].role, RECORDING_INPUT);
    assert_int_equal(r.column[2].role, RECORDING_MEMBRANE);
    assert_int_equal(r.column[2].frac, 3);
    assert_int_equal(r.column[2].word[1], -4);
    assert_int_equal(r.column[3].role, RECORDING_SPIKE);
    assert_int_equal(r.column[3].word[1], 1);
    recording_fini(&r);
    refuse("x,v\n", "it: 0 ticks in it, allowed 2 or more");
    refuse("x,v\n1,2\n", "it: 1 ticks in it, allowed 2 or more");
    refuse("x,v\n1,nan\n", "it:2: v, `nan`, allowed a number of at most 2^53 in size");
    refuse("x,v\n1\n", "it:2: 1 cells, allowed 2, as in the line of names");
    refuse("x,foo\n1,2\n1,2\n",
           "it: no column is a membrane by its name, such as v, vmem or membrane; say which: "
           "--column NAME=membrane");
    refuse("1,2,3,4,5\n1,2,3,4,5\n",
           "it: 5 columns without names, allowed input, membrane and spikes, time before them "
           "or not; name them in the first line");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reading), cmocka_unit_test(test_noise),
                                       cmocka_unit_test(test_versions_of_xylo),
                                       cmocka_unit_test(test_random_laws)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
