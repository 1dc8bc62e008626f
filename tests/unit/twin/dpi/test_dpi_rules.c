// Rules of the DPI law and its images: what is refused, by name, and what the hash sees.
#include "tests/lib/dpi_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct dpi_law fine = {.current = {24, 20},
                                    .weight = {20, 12},
                                    .factor_frac = 31,
                                    .log_frac = 24,
                                    .table_bits = 12,
                                    .gain = {4, 36},
                                    .rate = {26, 30},
                                    .max_spikes = 7};

static void formats_for_training(void **unused)
{
    (void)unused;
    assert_null(dpi_law_check(&dpi_compat));
    assert_null(dpi_law_check(&dpi_silicon));
    assert_false(dpi_compat.gaba || dpi_compat.leak_once || dpi_compat.fresh_vmem);
    assert_true(dpi_silicon.gaba && dpi_silicon.leak_once && dpi_silicon.fresh_vmem);
}

// Each rule of dpi_law_check, from both sides.
static void laws_that_cannot_be(void **unused)
{
    (void)unused;
    static const struct {
        const char *rule;
        int8_t a, b; // the format's whole and fraction bits, or the number
    } cases[] = {{"current", 29, 20}, {"current", 0, 20}, {"current", 24, -1}, {"weight", 8, 21},
                 {"weight", 1, 0},    {"weight", 21, 12}, {"factor_frac", 7},  {"factor_frac", 32},
                 {"log_frac", 7},     {"log_frac", 25},   {"table_bits", 1},   {"table_bits", 13},
                 {"table_bits", 24},  {"gain", 1, 0},     {"gain", 5, 36},     {"gain", 5, -1},
                 {"rate", 2, 1},      {"rate", 27, 30},   {"rate", 1, 30},     {"rate", 26, 0},
                 {"rate", -2, 57},    {"max_spikes", 0},  {"max_spikes", 64}};
    assert_null(dpi_law_check(&fine));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dpi_law law = fine;
        const char *rule = cases[i].rule;
        const struct law_format format = {cases[i].a, cases[i].b};
        if (!strcmp(rule, "current")) law.current = format;
        if (!strcmp(rule, "weight")) law.weight = format;
        if (!strcmp(rule, "gain")) law.gain = format;
        if (!strcmp(rule, "rate")) law.rate = format;
        if (!strcmp(rule, "factor_frac")) law.factor_frac = (uint8_t)cases[i].a;
        if (!strcmp(rule, "log_frac")) law.log_frac = (uint8_t)cases[i].a;
        if (!strcmp(rule, "table_bits")) law.table_bits = (uint8_t)cases[i].a;
        if (!strcmp(rule, "max_spikes")) law.max_spikes = (uint8_t)cases[i].a;
        const char *what = dpi_law_check(&law);
        if (!what || strncmp(what, rule, strlen(rule)))
            fail_msg("case %d: %s, due: %s", (int)i, what ? what : "allowed", rule);
    }
    struct dpi_law law = fine;
    law.gain.frac_bits = 9; // current and gain together have fewer than rate
    assert_non_null(strstr(dpi_law_check(&law), "rate: "));
    law = fine;
    law.log_frac = 12;
    assert_non_null(strstr(dpi_law_check(&law), "table_bits: "));
}

// Every word is in the hash; every word that is out of its format is named.
static void every_word_counts(void **unused)
{
    (void)unused;
    struct random r = {12};
    struct dpi_image sizes = {
        .n_layers = 2,
        .layer = {{.n_in = 2, .n_out = 2, .recurrent = true}, {.n_in = 2, .n_out = 1}}};
    struct dpi_image *im = random_dpi_chip(&r, &dpi_silicon, &sizes, 0.1);
    struct dpi_neuron *n = &im->layer[1].neuron[0], kept = *n;
    int64_t *const wide[] = {&n->io,       &n->idc,  &n->itau, &n->igain,   &n->floor[0],
                             &n->floor[1], &n->jump, &n->gain, &n->gain_tau};
    const char *const wide_names[] = {"io",   "idc",  "itau",    "igain", "floor", "floor of GABA",
                                      "jump", "gain", "gain_tau"};
    int32_t *const narrow[] = {&n->decay[0], &n->decay[1], &n->decay_ahp, &n->alpha,
                               &n->log_io,   &n->log_gain, &n->theta,     &n->period};
    const char *const narrow_names[] = {"decay",  "decay of GABA", "decay_ahp", "alpha",
                                        "log_io", "log_gain",      "theta",     "period"};
    assert_null(dpi_image_check(im));
    uint64_t hash = dpi_image_hash(im);
    assert_true(hash == dpi_image_hash(im));
    for (int i = 0; i < 9; i++, *n = kept) {
        *wide[i] += 1;
        assert_true(dpi_image_hash(im) != hash);
        *wide[i] = (int64_t)1 << 40;
        assert_string_equal(dpi_image_check(im), wide_names[i]);
    }
    for (int i = 0; i < 8; i++, *n = kept) {
        *narrow[i] += 1;
        assert_true(dpi_image_hash(im) != hash);
        *narrow[i] = INT32_MAX;
        assert_string_equal(dpi_image_check(im), narrow_names[i]);
    }
    assert_true(dpi_image_hash(im) == hash);
    im->layer[0].w[7] += 1;
    assert_true(dpi_image_hash(im) != hash);
    im->layer[0].w[7] -= 1;
    im->tables->exp2[256] -= 1;
    assert_true(dpi_image_hash(im) != hash);
    im->tables->exp2[256] += 2;
    assert_string_equal(dpi_image_check(im), "exp2");
    im->tables->exp2[256] -= 1;
    im->tables->log2[3] = im->tables->log2[2] - 1;
    assert_string_equal(dpi_image_check(im), "log2");
    im->tables->log2[3] += 100;
    im->law.leak_once = false;
    assert_true(dpi_image_hash(im) != hash);
    im->tables->efold = 0;
    assert_string_equal(dpi_image_check(im), "efold");
    im->tables->efold = 1;
    im->law.weight = (struct law_format){2, 0};
    assert_string_equal(dpi_image_check(im), "weight");
    im->law.max_spikes = 0;
    assert_string_equal(dpi_image_check(im), "max_spikes: 1..63");
    im->law = dpi_silicon;
    const struct dpi_layer layer = im->layer[1];
    im->layer[1].n_in = 3;
    assert_string_equal(dpi_image_check(im), "sources of a layer");
    for (int bad = 0; bad < 4; bad++, im->layer[1] = layer) {
        *(bad % 2 ? &im->layer[1].n_in : &im->layer[1].n_out) = bad < 2 ? 0 : DPI_MAX_NEURONS + 1;
        assert_string_equal(dpi_image_check(im), "neurons of a layer");
    }
    for (int bad = 0; bad < 2; bad++) {
        im->n_layers = bad ? DPI_MAX_LAYERS + 1 : 0;
        assert_string_equal(dpi_image_check(im), "number of layers");
    }
    for (int word = 0; word < DPI_WORDS; word++) // of state too
        assert_int_equal(dpi_word_min(&fine, word) < dpi_word_max(&fine, word),
                         word != DPI_GABA || fine.gaba); // a word that this law may not have
    assert_int_equal(dpi_word_max(&fine, DPI_Z), 7);
    assert_int_equal(dpi_word_max(&fine, DPI_TIMER), 65535);
    dpi_image_free(im);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(formats_for_training),
                                       cmocka_unit_test(laws_that_cannot_be),
                                       cmocka_unit_test(every_word_counts)};
    return cmocka_run_group_tests(tests, 0, 0);
}
