// Ticks of the DPI law, neurons and networks, against the oracle of tests/oracle/oracle_dpi.h.
#include "tests/mutants/kill/kill_dpi.h"
#include "tests/mutants/kill/kill_dpi_chip.h"

enum { LAWS = 150, STEPS = 60, TICKS = 30 };

static bool same(const struct dpi_stages *a, const struct dpi_stages *b)
{
    return !memcmp(a, b, sizeof *a);
}

static bool same_state(const struct dpi_state *a, const struct dpi_state *b)
{
    return a->isyn == b->isyn && a->gaba == b->gaba && a->iahp == b->iahp && a->imem == b->imem &&
           a->vmem == b->vmem && a->timer == b->timer && a->z == b->z;
}

static int check_steps(void)
{
    struct random r = {21};
    static struct dpi_tables t;
    for (int i = 0; i < LAWS; i++) {
        struct dpi_law law = random_dpi_law(&r);
        REQUIRE(!dpi_law_check(&law));
        random_tables(&r, &law, &t);
        for (int k = 0; k < STEPS; k++) {
            struct oracle_dpi_seen seen = {0};
            struct dpi_neuron n;
            random_dpi_neuron(&r, &law, &n);
            if (draw(&r, 0, 1)) n.gain = n.gain_tau = n.gain / 1000; // so that little saturates
            struct dpi_state state = random_dpi_state(&r, &law), due = state;
            struct dpi_gathered in = {random_word(&r, 0, 1000000000000), 0};
            if (law.gaba)
                in.inhibit = random_word(&r, 0, 1 << 30);
            else if (draw(&r, 0, 1))
                in.excite = -in.excite;
            struct dpi_stages expected = oracle_dpi_step(&law, &t, &n, &due, in, &seen);
            struct dpi_stages got = dpi_step(&law, &t, &n, &state, in);
            REQUIRE(same(&got, &expected));
            REQUIRE(same_state(&state, &due));
            int64_t x = random_word(&r, 1, ((int64_t)1 << 48) - 1);
            REQUIRE(dpi_log2(&law, &t, x) == oracle_dpi_log2(&law, &t, x, &seen));
        }
    }
    return 0;
}

static int check_names(void)
{
    struct dpi_stages s;
    struct dpi_state t = {1, 2, 3, 4, 5, 6, 7};
    for (int i = 0; i < DPI_STAGES; i++)
        ((int64_t *)&s)[i] = 100 + i;
    for (int i = 0; i < DPI_STAGES; i++)
        REQUIRE(law_get(&dpi_kind.stage[i], &s) == 100 + i);
    for (int i = 0; i < DPI_STATE_WORDS; i++)
        REQUIRE(law_get(&law_states(&dpi_kind)[i], &t) == 1 + i);
    return 0;
}

// Formats: c current, w weight, f factor, g gain, r rate, l logarithm, t table, p ticks, z spikes, - of
// 64 bits and the weight's fraction. As in the tables of model/dpi/dpi.h and rtl/stw_dpi_words.sv.
static int check_ranges(void)
{
    const struct dpi_law a = {.gaba = true,
                              .current = {20, 7},
                              .weight = {15, 5},
                              .factor_frac = 22,
                              .log_frac = 18,
                              .table_bits = 6,
                              .gain = {3, 21},
                              .rate = {11, 14},
                              .max_spikes = 9};
    static const char all[2][DPI_WORDS + 1] = {"wccccccc"
                                               "ffff"
                                               "gg"
                                               "lll"
                                               "p"
                                               "tt"
                                               "l"
                                               "cccc"
                                               "lpz",
                                               "-cccccccgrrclzcp"};
    static const char formats[] = "cwfgrltpz-";
    static const int bits[] = {27, 20, 22, 24, 25, 25, 20, 16, 6, 64};
    static const int frac[] = {7, 5, 22, 21, 14, 18, 18, 0, 0, 5};
    static const bool is_signed[] = {false, true,  false, false, true,
                                     true,  false, false, false, true};
    for (int i = 0; i < 2; i++)
        for (int k = 0; all[i][k]; k++) {
            const struct law_word *x = i ? &dpi_kind.stage[k] : &dpi_kind.word[k];
            struct law_range s = x->range(&a);
            int at = (int)(strchr(formats, all[i][k]) - formats);
            bool low = !i && (k == DPI_LOG_IO || k == DPI_LOG_GAIN || k == DPI_EFOLD);
            int64_t top = at == 6   ? INT64_C(1) << (18 + (k == DPI_EXP2))
                          : at == 8 ? 9
                          : at == 9 ? INT64_MAX
                                    : (INT64_C(1) << (bits[at] - is_signed[at])) - 1;
            REQUIRE(s.bits == bits[at] && s.frac == frac[at]);
            REQUIRE(s.hi == top);
            if (i) REQUIRE(s.is_signed == is_signed[at] && s.lo == (is_signed[at] ? -top - 1 : 0));
            if (low) REQUIRE(s.lo == (k == DPI_EFOLD));
        }
    struct dpi_law without = a;
    without.gaba = false;
    struct law_range none = dpi_kind.word[DPI_GABA].range(&without);
    REQUIRE(none.bits == 0 && none.lo == 0 && none.hi == 0);
    REQUIRE(dpi_kind.word[DPI_LOG2].entries(&a) == 65 && dpi_kind.word[DPI_EXP2].entries(&a) == 65);
    return 0;
}

static struct dpi_gathered gathered(const struct dpi_image *im, int l, int n, const int32_t *x,
                                    const int32_t *own)
{
    const struct dpi_layer *y = &im->layer[l];
    int64_t up = 0, down = 0;
    for (int i = 0; i < y->n_in + (y->recurrent ? y->n_out : 0); i++) {
        int64_t part = (int64_t)y->w[i * y->n_out + n] * (i < y->n_in ? x[i] : own[i - y->n_in]);
        *(part > 0 ? &up : &down) += part;
    }
    if (!im->law.gaba) return (struct dpi_gathered){up + down, 0};
    return (struct dpi_gathered){up, -down};
}

// A neuron's tick by the row of the law, before the oracle's: from the words of the sources.
static void step_by_row(const struct dpi_image *im, int l, int n, const int32_t *x,
                        const int32_t *own, struct dpi_state *state, struct dpi_stages *stages)
{
    const struct dpi_layer *y = &im->layer[l];
    int32_t w[7] = {0}, all[7] = {0}; // a source more than there are
    int n_source = y->n_in + (y->recurrent ? y->n_out : 0);
    for (int i = 0; i < n_source; i++) {
        w[i] = y->w[i * y->n_out + n];
        all[i] = i < y->n_in ? x[i] : own[i - y->n_in];
    }
    w[n_source] = all[n_source] = 1000;
    const struct law_tick t = {.law = &im->law,
                               .chip = im->tables,
                               .neuron = &y->neuron[n],
                               .w = w,
                               .stride = 1,
                               .x = all,
                               .n_source = n_source};
    dpi_kind.step(&t, state, stages);
}

static int check_runs(void)
{
    struct random r = {22};
    static struct chip c;
    for (int k = 0; k < 40; k++) {
        struct dpi_law law = random_dpi_law(&r);
        random_chip(&r, &c, &law);
        REQUIRE(!dpi_image_check(&c.im));
        REQUIRE(dpi_image_neurons(&c.im) == 5);
        c.im.layer[2].n_out = 3; // of a layer that is none
        uint8_t x[TICKS * 2], z[2][TICKS * 3];
        int64_t imem[2][TICKS * 3];
        struct dpi_stages stages[2][TICKS * 3];
        struct dpi_state after[2][TICKS * 3], got[7] = {0}, due[5];
        for (int i = 0; i < TICKS * 2; i++)
            x[i] = (uint8_t)(draw(&r, 0, 3) ? 0 : draw(&r, 1, 255));
        dpi_image_rest(&c.im, got);
        for (int n = 0; n < 5; n++) {
            int64_t io = n < 3 ? c.n0[n].io : c.n1[n - 3].io;
            if (!law.fresh_vmem) io = (int64_t)oracle_power(law.current.frac_bits);
            due[n] = (struct dpi_state){io, law.gaba ? io : 0, io, io, 0, 0, 0};
            REQUIRE(same_state(&due[n], &got[n]));
            struct dpi_state rest = {0};
            dpi_kind.rest(&law, n < 3 ? &c.n0[n] : &c.n1[n - 3], &rest);
            REQUIRE(same_state(&due[n], &rest));
        }
        int32_t count[3] = {-1, -1, -1}, counted[2] = {0, 0};
        struct dpi_trace t = {
            .layer = {{z[0], imem[0], after[0], stages[0]}, {z[1], imem[1], after[1], stages[1]}},
            .count = count};
        struct dpi_stimulus s = {TICKS, x};
        dpi_run(&c.im, &s, got, &t);
        for (int tick = 0; tick < TICKS; tick++) {
            int32_t in[3], own[3];
            for (int i = 0; i < 2; i++)
                in[i] = x[tick * 2 + i];
            for (int l = 0; l < 2; l++) {
                int n_out = l ? 2 : 3;
                for (int n = 0; n < n_out; n++)
                    own[n] = due[3 * l + n].z;
                for (int n = 0; n < n_out; n++) {
                    struct oracle_dpi_seen seen = {0};
                    int at = tick * n_out + n;
                    struct dpi_state state = due[3 * l + n];
                    struct dpi_stages by_row;
                    step_by_row(&c.im, l, n, in, own, &state, &by_row);
                    struct dpi_stages e =
                        oracle_dpi_step(&law, &c.tables, &c.im.layer[l].neuron[n], &due[3 * l + n],
                                        gathered(&c.im, l, n, in, own), &seen);
                    REQUIRE(same(&e, &stages[l][at]));
                    REQUIRE(same_state(&due[3 * l + n], &after[l][at]));
                    REQUIRE(same(&e, &by_row) && same_state(&due[3 * l + n], &state));
                    REQUIRE(z[l][at] == e.fire && imem[l][at] == e.integrate);
                    if (l) counted[n] += (int32_t)e.fire;
                }
                for (int n = 0; n < n_out; n++)
                    in[n] = due[3 * l + n].z;
            }
        }
        for (int n = 0; n < 5; n++)
            REQUIRE(same_state(&due[n], &got[n]));
        REQUIRE(count[0] == counted[0] && count[1] == counted[1] && count[2] == -1);
        REQUIRE(!got[5].imem && !got[6].imem);
        struct dpi_trace bare = {.count = count}; // nothing recorded
        dpi_run(&c.im, &s, got, &bare);
    }
    return 0;
}

int check_dpi_runs(void)
{
    int where = check_steps();
    if (!where) where = check_names();
    if (!where) where = check_ranges();
    return where ? where : check_runs();
}
