// Float parity of the DPI law with Rockpool's DynapSim: every trace of ../shared/data/dynapsim.
//
// Expected values are Rockpool's own records. All instruction sets agree in every bit.
#include "base/isa.h"
#include "model/lif/network.h"
#include "tests/lib/dpi_nominal.h"
#include "twin/dpi/dpi_events.h"
#include "twin/io/rng.h"

#include <cjson/cJSON.h>
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DATA SPIKETWIN_ROOT "/../shared/data/dynapsim"
enum { NOMINAL_LANE = 5 }; // any lane must do

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long n = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)n + 1);
    assert_int_equal(fread(text, 1, (size_t)n, file), n);
    fclose(file);
    return text;
}

static double number(const cJSON *json, const char *name, int i)
{
    const cJSON *x = cJSON_GetObjectItem(json, name);
    assert_non_null(x);
    return cJSON_IsArray(x) ? cJSON_GetArrayItem(x, i)->valuedouble : x->valuedouble;
}

static struct dpi_circuit circuit_of(const cJSON *p, int i)
{
    static const char *const names[DPI_CIRCUIT_VALUES] = {
        "Idc",    "If_nmda", "Igain_ahp", "Igain_mem",   "Igain_syn", "Ipulse_ahp",
        "Ipulse", "Iref",    "Ispkthr",   "Itau_ahp",    "Itau_mem",  "Itau_syn",
        "Iw_ahp", "C_ahp",   "C_syn",     "C_pulse_ahp", "C_pulse",   "C_ref",
        "C_mem",  "Io",      "kappa_n",   "kappa_p",     "Ut",        "Vth"};
    struct dpi_circuit c;
    for (int k = 0; k < DPI_CIRCUIT_VALUES; k++)
        ((double *)&c)[k] = number(p, names[k], i);
    return c;
}

static double relative(double got, double wanted)
{
    return fabs(got - wanted) / fabs(wanted);
}

// Runs the trace in one lane and returns the largest relative difference of a current.
static double run_trace(const char *json_path, long *words)
{
    char path[512], line[4096];
    char *text = read_all(json_path);
    cJSON *json = cJSON_Parse(text);
    const cJSON *p = cJSON_GetObjectItem(json, "parameters");
    int n_in = (int)number(json, "n_inputs", 0), n = (int)number(json, "n_neurons", 0);
    int ticks = (int)number(json, "ticks", 0);
    struct fail f;
    struct dpi_float d;
    struct dpi_sample sample;
    struct dpi_events events;
    bool recurrent = cJSON_IsArray(cJSON_GetObjectItem(json, "w_rec"));
    assert_int_equal(dpi_float_init(&d, n_in, n, recurrent, &f), 0);
    d.dt = number(p, "dt", 0);
    d.iscale = number(p, "Iscale", 0);
    for (int i = 0; i < n; i++) {
        struct dpi_circuit c = circuit_of(p, i);
        dpi_float_circuit(&d, i, NOMINAL_LANE, &c);
        for (int row = 0; row < n_in + recurrent * n; row++) {
            const cJSON *w =
                row < n_in ? cJSON_GetObjectItem(json, "w_in") : cJSON_GetObjectItem(json, "w_rec");
            w = cJSON_GetArrayItem(w, row < n_in ? row : row - n_in);
            *dpi_float_weight(&d, row, i, NOMINAL_LANE) = cJSON_GetArrayItem(w, i)->valuedouble;
        }
    }
    snprintf(path, sizeof path, "%.*s.events.csv", (int)(strlen(json_path) - 5), json_path);
    assert_int_equal(dpi_sample_load(&sample, path, ticks, n_in, &f), 0);
    const struct dpi_sample *lanes[DPI_LANES] = {[NOMINAL_LANE] = &sample};
    assert_int_equal(dpi_events_pack(&events, lanes, &f), 0);
    dpi_float_start(&d, number(cJSON_GetObjectItem(json, "initial_state"), "isyn", 0));

    snprintf(path, sizeof path, "%.*s.csv", (int)(strlen(json_path) - 5), json_path);
    FILE *csv = fopen(path, "r");
    assert_non_null(csv);
    double worst = 0;
    int rows = 0;
    while (fgets(line, sizeof line, csv)) {
        if (line[0] == '#' || line[0] == 't') continue;
        char *at = line;
        assert_int_equal(strtol(at, &at, 10), rows);
        dpi_float_tick(&d, events.event + events.start[rows],
                       events.start[rows + 1] - events.start[rows], 0, 0);
        for (int i = 0; i < n; i++) {
            double v[5];
            for (int k = 0; k < 5; k++)
                v[k] = strtod(at + 1, &at);
            const struct dpi_float_state *s = &d.state[i];
            worst = fmax(worst, relative(s->isyn[NOMINAL_LANE], v[0]));
            worst = fmax(worst, relative(s->iahp[NOMINAL_LANE], v[1]));
            worst = fmax(worst, relative(s->imem[NOMINAL_LANE], v[2]));
            struct dpi_circuit c = circuit_of(p, i);
            double vmem = s->lmem[NOMINAL_LANE] * c.Ut / ((c.kappa_n + c.kappa_p) / 2);
            assert_true(fabs(vmem - v[3]) < 1e-12);
            assert_true(s->spikes[NOMINAL_LANE] == v[4]);
            *words += 5;
        }
        rows++;
    }
    assert_int_equal(rows, ticks);
    fclose(csv);
    dpi_events_free(&events);
    dpi_sample_free(&sample);
    dpi_float_fini(&d);
    cJSON_Delete(json);
    free(text);
    return worst;
}

static void every_trace_is_reproduced(void **state)
{
    (void)state;
    glob_t found;
    long words = 0;
    int traces = 0;
    if (glob(DATA "/[a-z]_*.json", 0, 0, &found)) {
        print_message("left out: %s is not there\n", DATA);
        skip();
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        double worst = run_trace(found.gl_pathv[i], &words);
        print_message("%s: largest relative difference %.1e\n", strrchr(found.gl_pathv[i], '/') + 1,
                      worst);
        assert_true(worst < 1e-9);
        traces++;
    }
    print_message("%d traces, %ld words\n", traces, words);
    assert_true(traces >= 11 && words > 20000);
    globfree(&found);
}

ISA_KERNEL(dpi_float_tick_kernel, dpi_float_tick)
ISA_KERNEL(dpi_float_circuit_kernel, dpi_float_circuit)

// Chips that vary by 30 %, on all lanes, in one instruction set; the states and records of a run.
static void run_isa(int isa, struct dpi_float_state state[2], struct dpi_record *record)
{
    enum { N = 2, N_IN = 4, TICKS = 200 };
    struct fail f;
    struct dpi_float d;
    struct dpi_sample sample;
    struct dpi_events events;
    assert_int_equal(dpi_float_init(&d, N_IN, N, true, &f), 0);
    d.dt = 1e-3;
    d.iscale = 1e-8;
    for (int i = 0; i < N; i++)
        for (int l = 0; l < DPI_LANES; l++) {
            double x[DPI_CIRCUIT_VALUES + N_IN + N];
            struct dpi_circuit c = dpi_adapting(3.5e-9);
            rng_normals((struct rng_stream){3, (uint64_t)l, RNG_CIRCUIT, (uint64_t)i}, x,
                        DPI_CIRCUIT_VALUES + N_IN + N);
            for (int k = 0; k < DPI_CIRCUIT_VALUES; k++)
                ((double *)&c)[k] *= 1 + 0.3 * fmin(fmax(x[k], -3), 3);
            dpi_float_circuit_isa[isa](&d, i, l, &c);
            for (int row = 0; row < N_IN + N; row++)
                *dpi_float_weight(&d, row, i, l) = 8 * (x[DPI_CIRCUIT_VALUES + row] + 0.5);
        }
    assert_int_equal(dpi_sample_poisson(&sample, 3, 0, TICKS, N_IN, 0.1, &f), 0);
    const struct dpi_sample *lanes[DPI_LANES];
    for (int l = 0; l < DPI_LANES; l++)
        lanes[l] = &sample;
    assert_int_equal(dpi_events_pack(&events, lanes, &f), 0);
    dpi_float_start(&d, 5e-13);
    for (int t = 0; t < TICKS; t++) {
        const struct dpi_event *e = events.event + events.start[t];
        int n = events.start[t + 1] - events.start[t];
        dpi_float_tick_isa[isa](&d, e, n, 0, record);
    }
    memcpy(state, d.state, N * sizeof *state);
    dpi_events_free(&events);
    dpi_sample_free(&sample);
    dpi_float_fini(&d);
}

static void every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    static struct dpi_float_state a[2], b[2];
    static struct dpi_record one[2], other[2];
    int compared = 0;
    run_isa(ISA_GENERIC, a, one);
    assert_true(isfinite(a[0].imem[3]) && a[0].imem[3] > 0);
    for (int isa = ISA_GENERIC + 1; isa < ISAS; isa++) {
        if (!isa_has((enum isa)isa)) continue;
        run_isa(isa, b, other);
        assert_memory_equal(a, b, sizeof a);
        assert_memory_equal(one, other, sizeof one);
        compared++;
    }
    print_message("%d instruction sets beside the generic one\n", compared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_trace_is_reproduced),
        cmocka_unit_test(every_instruction_set_gives_the_same_bits),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
