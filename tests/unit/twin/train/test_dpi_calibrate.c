// Calibration of DYNAP-SE2 nets: a code of a core is the same chip as one whose net asks for that current; what is
// found brings counts of showings nearer that the search did not make.
#include "twin/jobs/dpi_calibrate.h"
#include "twin/task/patterns/dpi_patterns.h"
#include "twin/train/dpi_train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHIPS = 24, ITEMS = 2, CODES = 6 };

static struct dynapse_chip chip;
static struct dpi_task patterns;
static struct dpi_net net;
static struct task task;
static struct dpi_varied varied;
static struct dpi_job dpi;
static const struct trim_options trim = {.range = 0.5, .per_core = 1, .showings = 4};

static int setup(void **state)
{
    (void)state;
    struct fail f;
    struct dpi_train t;
    struct dpi_train_options o;
    assert_int_equal(dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), 0);
    assert_int_equal(dpi_task_frozen_noise(&patterns, 0, &f), 0);
    patterns.jitter = 1;
    patterns.drop = 0.1;
    dpi_train_defaults(&o);
    o.steps = 150;
    o.groups = 1;
    o.law = &dpi_silicon;
    o.variation = dpi_variation_of(&chip, 0, 0, 3);
    assert_int_equal(dpi_train_init(&t, &chip, &patterns, 2, &o, &f), 0);
    assert_int_equal(dpi_train_run(&t, &chip, &patterns, &o, 1000, 0, 0, 0, &f), 0);
    assert_int_equal(dpi_net_like(&net, &t.net, &f), 0);
    dpi_train_seen(&o, &t.net, &net);
    dpi_train_fini(&t);
    dpi_varied_init(&varied, &chip, 2);
    dpi = (struct dpi_job){
        .net = &net, .task = &patterns, .law = &dpi_silicon, .truncate = 3, .draws = 1};
    assert_int_equal(dpi_job_task(&task, &dpi, &f), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    task_fini(&task);
    dpi_net_fini(&net);
    dpi_task_free(&patterns);
    return 0;
}

static struct predict_job job_of(const struct dpi_job *inputs)
{
    return (struct predict_job){.by = &dpi_predictor,
                                .inputs = inputs,
                                .chip = &varied,
                                .task = &task,
                                .seed = 1,
                                .first_chip = 1,
                                .n_chips = CHIPS};
}

static void tuned(int32_t code[CHIPS * CODES])
{
    struct fail f;
    struct predict_job job = job_of(&dpi);
    assert_int_equal(dpi_trims.n(&job, &trim), CODES);
    assert_null(dpi_trims.check(&job, &trim));
    if (dpi_trims.tune(&job, &trim, code, 0, &f)) fail_msg("%s", f.text);
}

static void a_code_is_a_net_that_asks_for_its_current(void **state)
{
    (void)state;
    struct fail f;
    int32_t code[CHIPS * CODES];
    struct predict_chip by_code[CHIPS], by_net, as_it_came[CHIPS];
    struct predict_job job = job_of(&dpi);
    static const enum dynapse_bias bias[3] = {DYNAPSE_SOIF_LEAK_N, DYNAPSE_DEAM_EGAIN_P,
                                              DYNAPSE_SOIF_GAIN_N};
    int moved = 0;
    tuned(code);
    assert_int_equal(predict_run(&job, as_it_came, 0, 0, &f), 0);
    job.trim = &trim;
    job.code = code;
    assert_int_equal(predict_run(&job, by_code, 0, 0, &f), 0);
    for (int i = 0; i < CHIPS; i++) {
        struct dpi_net asks;
        struct dpi_job other = dpi;
        struct predict_job one = job_of(&other);
        const int32_t *own = code + i * CODES;
        assert_int_equal(dpi_net_init(&asks, net.n_in, net.n_neurons, 1, &f), 0);
        memcpy(asks.w_in, net.w_in, (size_t)(net.n_in * net.n_neurons) * sizeof *net.w_in);
        memcpy(asks.w_rec, net.w_rec, (size_t)(net.n_neurons * net.n_neurons) * sizeof *net.w_rec);
        asks.Iscale = net.Iscale;
        asks.dt = net.dt;
        for (int n = 0; n < net.n_neurons; n++) {
            asks.circuit[n] = chip.nominal;
            for (int a = 0; a < 3; a++) {
                int32_t c = own[n * 3 + a];
                struct dynapse_code at = {c / chip.bias.fine_codes, c % chip.bias.fine_codes};
                if (c != DPI_LEFT)
                    ((double *)&asks.circuit[n])[bias[a]] = dynapse_current(&chip, bias[a], at);
                moved += c != DPI_LEFT;
            }
        }
        other.net = &asks;
        one.first_chip = 1 + (uint32_t)i;
        one.n_chips = 1;
        assert_int_equal(predict_run(&one, &by_net, 0, 0, &f), 0);
        assert_int_equal(by_net.hash, by_code[i].hash);
        assert_int_equal(by_net.spikes[0], by_code[i].spikes[0]);
        dpi_net_fini(&asks);
    }
    assert_true(moved > CHIPS);
    int other = 0; // the comparison can fail
    for (int i = 0; i < CHIPS; i++)
        other += as_it_came[i].hash != by_code[i].hash;
    assert_true(other > CHIPS / 2);
}

// Counts of the very patterns, which the search never shows.
static double away(const struct predict_job *job)
{
    uint8_t *nominal = calloc((size_t)(task.n_ticks * 2), 1),
            *own = calloc((size_t)(task.n_ticks * 2), 1);
    double sum = 0;
    struct fail f;
    struct predict_job none = job_of(&dpi);
    assert_true(nominal && own);
    for (int item = 0; item < ITEMS; item++) {
        assert_int_equal(dpi_job_spikes(&none, 0, item, nominal, &f), 0);
        for (uint32_t k = 1; k <= CHIPS; k++) {
            int count[2] = {0};
            assert_int_equal(dpi_job_spikes(job, k, item, own, &f), 0);
            for (int i = 0; i < task.n_ticks * 2; i++)
                count[i % 2] += own[i] - nominal[i];
            sum += abs(count[0]) + abs(count[1]);
        }
    }
    free(nominal);
    free(own);
    return sum;
}

static void other_showings_come_nearer(void **state)
{
    (void)state;
    int32_t code[CHIPS * CODES];
    struct predict_job job = job_of(&dpi);
    tuned(code);
    double before = away(&job);
    job.trim = &trim;
    job.code = code;
    double after = away(&job);
    assert_true(after < 0.6 * before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_a_net_that_asks_for_its_current),
        cmocka_unit_test(other_showings_come_nearer),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
