// The gradient through the DPI chain against finite differences of a relaxed model.
//
// The relaxed model is written here once more, in long double and from the equations. It keeps the
// spikes, resets and refractory ticks of one base run and adds to each count the change of a smooth
// function of ln(Imem/Ispkthr) whose derivative is the surrogate.
#include "base/isa.h"
#include "model/lif/network.h"
#include "tests/lib/dpi_nominal.h"
#include "twin/dpi/dpi_backward.h"
#include "twin/dpi/dpi_events.h"
#include "twin/io/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N_IN = 5, N = 3, TICKS = 150, ROWS = N_IN + N, LANE = 3 };
typedef long double real;

struct relaxed {
    struct dpi_circuit circuit[N];
    double w[ROWS][N];
    int events[TICKS][N_IN];
    double slope;
    bool hold; // use the spikes below, else make them
    real z0[TICKS][N], x0[TICKS][N];
    bool silicon;              // the modes of dpi_silicon
    struct dpi_record *record; // (TICKS, N) what the base run was, lane LANE
    int spikes, inhibited, resets;
};

static real smooth(real x, real slope)
{
    return x > 0 ? x : x / (1 - slope * x);
}

// Σ over neurons of cost[i]·count[i].
static real relaxed_run(struct relaxed *r, const double cost[N])
{
    real isyn[N], gaba[N] = {0}, iahp[N], imem[N], last[N] = {0}, feed[N], timer[N] = {0}, loss = 0;
    for (int i = 0; i < N; i++) {
        isyn[i] = iahp[i] = imem[i] = r->silicon ? r->circuit[i].Io : 5e-13L;
        if (r->silicon) gaba[i] = r->circuit[i].Io;
        feed[i] = r->circuit[i].Io;
    }
    for (int t = 0; t < TICKS; t++) {
        real next[N];
        for (int i = 0; i < N; i++) {
            const struct dpi_circuit *c = &r->circuit[i];
            real kappa = ((real)c->kappa_n + c->kappa_p) / 2, sum = 0, less = 0;
            for (int k = 0; k < ROWS; k++) {
                real x = k < N_IN ? r->events[t][k] : last[k - N_IN];
                if (r->silicon && r->w[k][i] < 0)
                    less -= r->w[k][i] * x;
                else
                    sum += r->w[k][i] * x;
            }
            real tau_syn = c->Ut / kappa * c->C_syn / c->Itau_syn;
            real tau_ahp = c->Ut / kappa * c->C_ahp / c->Itau_ahp;
            real pulse = c->Vth * c->C_pulse / c->Ipulse;
            real pulse_ahp = c->Vth * c->C_pulse_ahp / c->Ipulse_ahp;
            real iinf = c->Igain_syn / c->Itau_syn * 1e-8L * sum;
            real linf = c->Igain_syn / c->Itau_syn * 1e-8L * less;
            bool driven = iinf > c->Io, inhibited = linf > c->Io;
            r->inhibited += r->silicon ? inhibited : sum < 0;
            if (!driven) iinf = c->Io;
            if (!inhibited) linf = c->Io;
            if (r->silicon)
                gaba[i] = gaba[i] * expl(-1e-3L / tau_syn) - expm1l(-pulse / tau_syn) * linf;
            isyn[i] = isyn[i] * expl(-1e-3L / tau_syn) - expm1l(-pulse / tau_syn) * iinf;
            iahp[i] = iahp[i] * expl(-1e-3L / tau_ahp) - expm1l(-pulse_ahp / tau_ahp) *
                                                             c->Igain_ahp / c->Itau_ahp *
                                                             c->Iw_ahp * last[i];
            if (iahp[i] < c->Io) iahp[i] = c->Io;
            real leak = c->Itau_mem + iahp[i];
            real in = isyn[i] - gaba[i] - (r->silicon ? 0 : leak) + c->Idc;
            if (timer[i]) in = 0;
            if (in < c->Io) in = c->Io;
            real tau = c->Ut / kappa * c->C_mem / leak, m = imem[i];
            real f = feed[i] / leak * (m + c->Igain_mem);
            real inf = c->Igain_mem / c->Itau_mem * (in - leak);
            real u = m + 1e-3L * m / (tau * (m + c->Igain_mem)) *
                             (inf + f - m * (1 + iahp[i] / c->Itau_mem));
            if (u < c->Io) u = c->Io;
            real x = logl(u / c->Ispkthr), z = ceill(x);
            if (z < 0) z = 0;
            if (!r->hold) {
                r->z0[t][i] = z;
                r->x0[t][i] = x;
                r->spikes += (int)z;
                r->resets += z > 0;
                struct dpi_record *to = &r->record[t * N + i];
                to->imem[LANE] = (float)(1e12L * u);
                to->ifb[LANE] = (float)(1e12L * feed[i]);
                to->iin[LANE] = (float)(1e12L * in);
                to->iahp[LANE] = (float)(1e12L * iahp[i]);
                to->above[LANE] = (float)x;
                to->spikes[LANE] = (float)z;
                to->driven[LANE] = driven;
                to->inhibited[LANE] = inhibited;
            }
            bool fired = r->z0[t][i] > 0;
            next[i] = r->z0[t][i] + smooth(x, r->slope) - smooth(r->x0[t][i], r->slope);
            timer[i] = fired ? c->Vth * c->C_ref / c->Iref : fmaxl(timer[i] - 1e-3L, 0);
            feed[i] = fired && r->silicon ? c->Io : c->Io * powl(u / c->Io, kappa / (kappa + 1));
            imem[i] = fired ? c->Io : u;
            loss += cost[i] * next[i];
        }
        memcpy(last, next, sizeof last);
    }
    return loss;
}

ISA_KERNEL(dpi_backward_kernel, dpi_backward_run)

// Each instruction set that is here gives the gradient that b->gw has, in every bit of the lane.
static void check_instruction_sets(struct dpi_backward *b, const struct dpi_backward_seen *seen,
                                   const float *gspike)
{
    float *wanted = malloc(b->n_w * sizeof *wanted);
    memcpy(wanted, b->gw, b->n_w * sizeof *wanted);
    for (int isa = ISA_GENERIC; isa < ISAS; isa++) {
        if (!isa_has((enum isa)isa)) continue;
        memset(b->gw, 0, b->n_w * sizeof *b->gw);
        dpi_backward_run_isa[isa](b, seen, gspike, false, 0);
        for (size_t i = LANE; i < b->n_w; i += DPI_LANES)
            assert_memory_equal(&wanted[i], &b->gw[i], sizeof *wanted);
    }
    free(wanted);
}

// `law`: NULL or dpi_compat: one synapse; dpi_silicon: its modes. Its formats do not matter here.
static void check_gradient(const struct dpi_law *law)
{
    const double cost[N] = {1, -0.7, 0.4};
    struct fail f;
    struct relaxed *r = calloc(1, sizeof *r);
    struct dpi_sample sample;
    struct dpi_events events;
    struct dpi_chips chips;
    struct dpi_backward b;
    float gspike[N * DPI_LANES];
    double normal[ROWS * N + N * DPI_CIRCUIT_VALUES];
    rng_normals((struct rng_stream){7, 0, RNG_INITIAL_WEIGHTS, 0}, normal,
                sizeof normal / sizeof *normal);
    assert_int_equal(dpi_chips_init(&chips, N_IN, N, &f), 0);
    assert_int_equal(dpi_backward_init(&b, N_IN, N, true, &f), 0);
    assert_int_equal(dpi_sample_poisson(&sample, 7, 0, TICKS, N_IN, 0.08, &f), 0);
    r->silicon = law && law->gaba;
    r->record = aligned_alloc(64, sizeof *r->record * TICKS * N);
    memset(r->record, 0, sizeof *r->record * TICKS * N);
    for (int i = 0; i < sample.n_events; i++)
        r->events[sample.event[i].tick][sample.event[i].channel]++;
    for (int i = 0; i < N; i++) {
        r->circuit[i] = dpi_adapting(3.5e-10);
        for (int k = 0; k < DPI_CIRCUIT_VALUES; k++)
            ((double *)&r->circuit[i])[k] *=
                1 + 0.1 * normal[ROWS * N + i * DPI_CIRCUIT_VALUES + k];
        // In whole LSB of 2^-10 of 0.5 pA, as the words that floor a record are.
        r->circuit[i].Io = 5e-13 / 1024 * nearbyint(r->circuit[i].Io / 5e-13 * 1024);
        for (int row = 0; row < ROWS; row++)
            r->w[row][i] = (row < N_IN ? 3 : 1) * (normal[row * N + i] + 0.3);
        for (int l = 0; l < DPI_LANES; l++) {
            chips.circuit[i * DPI_LANES + l] = r->circuit[i];
            gspike[i * DPI_LANES + l] = (float)cost[i];
            for (int row = 0; row < ROWS; row++)
                chips.w[(row * N + i) * DPI_LANES + l] = l == LANE ? r->w[row][i] : 0.1 * l;
        }
    }
    const struct dpi_sample *lanes[DPI_LANES] = {[LANE] = &sample};
    assert_int_equal(dpi_events_pack(&events, lanes, &f), 0);
    r->slope = 0.5;
    relaxed_run(r, cost);
    print_message("%d spikes in %d ticks with one, %d inhibited ticks\n", r->spikes, r->resets,
                  r->inhibited);
    assert_true(r->spikes > 20 && r->inhibited > 20);
    b.options = (struct dpi_backward_options){.slope = 0.5f, .back = 1};
    dpi_backward_load(&b, &chips, law, 1e-3, 1e-8, 5e-13);
    const struct dpi_backward_seen seen = {.events = &events, .real = r->record};
    dpi_backward_run(&b, &seen, gspike, false, 0);

    check_instruction_sets(&b, &seen, gspike);

    r->hold = true;
    double norm = 0, worst = 0;
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < N; i++) {
            double at = r->w[row][i], h = 1e-11; // the chain amplifies: longer leaves the line
            r->w[row][i] = at + h;
            real up = relaxed_run(r, cost);
            r->w[row][i] = at - h;
            real down = relaxed_run(r, cost);
            double wanted = (double)((up - down) / ((at + h) - (at - h)));
            r->w[row][i] = at;
            double got = b.gw[(row * N + i) * DPI_LANES + LANE];
            worst = fmax(worst, fabs(got - wanted));
            norm = fmax(norm, fabs(wanted));
        }
    print_message("largest gradient %g, largest difference %g\n", norm, worst);
    assert_true(norm > 0.1);
    assert_true(worst < 1e-4 * norm);
    dpi_events_free(&events);
    dpi_sample_free(&sample);
    dpi_backward_fini(&b);
    dpi_chips_fini(&chips);
    free(r->record);
    free(r);
}

static void compat_gradient_is_that_of_the_relaxed_model(void **state)
{
    (void)state;
    check_gradient(0);
    check_gradient(&dpi_compat);
}

static void silicon_gradient_is_that_of_the_relaxed_model(void **state)
{
    (void)state;
    check_gradient(&dpi_silicon);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compat_gradient_is_that_of_the_relaxed_model),
        cmocka_unit_test(silicon_gradient_is_that_of_the_relaxed_model),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
