// Runs every mutant of one neuron over the same words and says of each "N killed" or "N survived".
// Expected values are law_step_ref's. Mutant 0 is the RTL as it is.
//
//   kill_neuron LAW MUTANTS WORDS
#include "tests/mutants/kill/laws.h"

#include <stdio.h>

// Generated beside the Verilated module: whether an output of the mutant is not what the law says.
bool neuron_differs(int mutant, const struct law_neuron *n, const struct law_state *before,
                    struct law_gathered acc, int jitter, const struct law_stages *e,
                    const struct law_state *after);

struct words {
    struct law_neuron n;
    struct law_state before, after;
    struct law_gathered acc;
    int jitter;
    struct law_stages e;
};

static int align_of(const struct mutant_law *m)
{
    return law_align(&m->law, m->law.input.frac_bits);
}

static void expect(const struct mutant_law *m, struct words *w)
{
    struct law_layer layer = {align_of(m), m->max_spikes};
    w->after = w->before;
    w->e = law_step_ref(&m->law, &layer, &w->n, &w->after, w->acc, w->jitter);
}

// x with x · odd = 1 modulo 2^32 (Newton: each step doubles the bits that are right).
static uint32_t inverse(uint32_t odd)
{
    uint32_t x = odd;
    for (int i = 0; i < 5; i++)
        x *= 2 - odd * x;
    return x;
}

// 0, or a power of two below 2^bits of either sign: what one wrong bit makes of a comparison is
// seen that far from where it decides.
static int64_t off(struct random *r, int bits)
{
    if (draw(r, 0, 2) == 0) return 0;
    int64_t distance = (int64_t)fx_one((int)draw(r, 0, draw(r, 0, 1) ? 0 : bits - 1));
    return draw(r, 0, 1) ? distance : -distance;
}

// A word of `bits` whose product with an odd factor has a fraction (of `frac` bits) at, just below
// or just above a tie or a whole number: what a rounding decides on.
static int64_t at_a_tie(struct random *r, int64_t factor, int frac, int bits)
{
    int64_t target = draw(r, 0, 2) ? (int64_t)fx_one(frac - 1) : 0;
    uint32_t x = (uint32_t)(target + off(r, frac)) * inverse((uint32_t)factor);
    uint64_t above = (uint64_t)draw(r, 0, fx_umax(16)) << frac; // free: above the fraction
    return fx_wrap((int64_t)(((uint64_t)x & (uint64_t)fx_umax(frac)) | above), bits);
}

static int32_t close_to(struct random *r, int64_t x, int64_t lo, int64_t hi)
{
    return (int32_t)fx_sat(x + off(r, fx_ubits((uint64_t)hi)), lo, hi);
}

// A sum at a tie of its alignment, or anything.
static int64_t random_acc(struct random *r, const struct mutant_law *m, int32_t gain)
{
    int align = align_of(m);
    int64_t top = fx_max(m->acc_bits), acc;
    if (draw(r, 0, 2) == 0) return corner_word(r, -top - 1, top);
    if (m->law.has_gain && align > 0 && gain % 2) return at_a_tie(r, gain, align, m->acc_bits);
    acc = fx_shl(draw(r, -200, 200), align > 0 ? align : 0);
    if (align > 0 && draw(r, 0, 1)) acc += (int64_t)fx_one(align - 1) + draw(r, -1, 1);
    return fx_sat(acc, -top - 1, top);
}

// The factor word so that with its slope and the jitter it comes out at an end of its format.
static int32_t to_an_end(struct random *r, const struct law *a, int32_t slope, int jitter)
{
    int64_t low = law_leak_min(a), top = law_leak_max(a), end = draw(r, 0, 1) ? top : low;
    return close_to(r, end - fx_shr_rne((int64_t)slope * jitter, 15), low, top);
}

static void draw_words(struct random *r, const struct mutant_law *m, struct words *w)
{
    const struct law *a = &m->law;
    int v_bits = law_bits(a->membrane), u_bits = a->currents ? law_bits(a->current) : 0;
    int frac = a->leak.frac_bits;
    int64_t v_max = fx_max(v_bits), v_min = -v_max - 1, u_max = u_bits ? fx_max(u_bits) : 0;
    int64_t u_min = u_bits ? -u_max - 1 : 0, rest;
    bool second = a->currents > 1;
    struct law_neuron *n = &w->n;
    *n = random_neuron(r, a);
    rest = a->has_rest ? n->rest : 0;
    w->before = (struct law_state){.v = corner_word(r, v_min, v_max),
                                   .u = u_bits ? corner_word(r, u_min, u_max) : 0,
                                   .u2 = second ? corner_word(r, u_min, u_max) : 0,
                                   .r = draw(r, 0, 2) == 0 ? corner_word(r, 0, 255) : 0};
    w->jitter = draw(r, 0, 1) ? (int)draw(r, -1000, 1000) : corner_word(r, -32768, 32767);
    if (draw(r, 0, 7) == 0) w->before.v = close_to(r, rest, v_min, v_max);
    if (a->has_gain && draw(r, 0, 3)) n->gain |= 1;
    w->acc.acc = random_acc(r, m, n->gain);
    w->acc.acc2 = second ? random_acc(r, m, n->gain) : 0;
    w->acc.heard = a->leak_when && draw(r, 0, 1);
    int64_t kind = draw(r, 0, 9);
    if (kind == 0) { // the jitter's own product, δ·j / 2^15
        int low = (int)draw(r, 0, 1) * (int)draw(r, 0, 11); // zeros below an odd factor
        int64_t odd = draw(r, -32768, 32767) / (int64_t)fx_one(low) | 1;
        w->jitter = (int)fx_sat(odd * (int64_t)fx_one(low), -32768, 32767);
        n->lambda_slope = (int32_t)(at_a_tie(r, odd, 15 - low, 32) & fx_umax(16));
        n->mu_slope = (int32_t)(at_a_tie(r, odd, 15 - low, 32) & fx_umax(16));
    } else if (kind < 5 && frac > 0) { // (v - rest)·λ and u·μ
        n->lambda_slope = n->mu_slope = 0;
        if (a->leak_kind == LAW_LEAK_EXPONENTIAL) {
            n->lambda |= 1;
            w->before.v = (int32_t)fx_wrap(at_a_tie(r, n->lambda, frac, v_bits) + rest, v_bits);
        }
        if (u_bits && a->decay_kind == LAW_LEAK_EXPONENTIAL) {
            n->mu |= 1;
            w->before.u = (int32_t)at_a_tie(r, n->mu, frac, u_bits);
        }
    } else if (kind == 7 && law_leak_shifts(a->leak_kind)) { // v a tie or a whole of its shift
        int by = (int)draw(r, 1, v_bits - 1);
        n->lambda = by;
        if (draw(r, 0, 2) == 0)
            w->before.v = (int32_t)fx_one((int)draw(r, 0, v_bits - 2));
        else
            w->before.v = (int32_t)fx_wrap(draw(r, v_min, v_max) / (int64_t)fx_one(by - 1) *
                                                   (int64_t)fx_one(by - 1) +
                                               off(r, by),
                                           v_bits);
    } else if (kind == 8 && a->decay_last) { // what decays at nought and at the ends
        const int64_t ends[] = {0, u_min, u_max};
        int64_t *acc[] = {&w->acc.acc, &w->acc.acc2};
        const int32_t u[] = {w->before.u, w->before.u2};
        for (int i = 0; i < a->currents; i++) {
            int64_t to = ends[draw(r, 0, 2)] + off(r, 6);
            if (draw(r, 0, 1)) to = (int64_t)fx_one((int)draw(r, 0, u_bits - 1));
            to -= a->saturate_each ? 0 : u[i];
            to = align_of(m) > 0 ? fx_shl(to, align_of(m)) : fx_shr_floor(to, -align_of(m));
            if (law_leak_shifts(a->decay_kind) && draw(r, 0, 1))
                *(i ? &n->mu2 : &n->mu) = (int32_t)draw(r, 0, 7);
            *acc[i] = fx_sat(to, fx_min(m->acc_bits), fx_max(m->acc_bits));
        }
    }
    if (kind == 5) { // the sum at an end of the membrane, or at zero
        expect(m, w);
        const int64_t ends[] = {v_min, v_max, 0};
        n->bias = close_to(r, n->bias + ends[draw(r, 0, 2)] - w->e.integrate, v_min, v_max);
    }
    if (kind == 6) { // λ_t and μ_t at an end of their word
        if (!law_leak_shifts(a->leak_kind)) n->lambda = to_an_end(r, a, n->lambda_slope, w->jitter);
        if (a->currents && !law_leak_shifts(a->decay_kind))
            n->mu = to_an_end(r, a, n->mu_slope, w->jitter);
    }
    expect(m, w);
    if (draw(r, 0, 2) == 0) n->theta = close_to(r, w->e.clamp, v_min, v_max);
    if (m->max_spikes > 1 && draw(r, 0, 1)) // a few θ fit, or just not
        n->theta = close_to(r, w->e.clamp / draw(r, 1, m->max_spikes + 1), v_min, v_max);
    if (draw(r, 0, 9) == 0) // the reset at an end of the membrane
        n->theta = close_to(r, w->e.clamp - (draw(r, 0, 1) ? v_max : v_min), v_min, v_max);
    expect(m, w);
}

static int first_difference(int mutant, const struct words *w, int n_words)
{
    for (int i = 0; i < n_words; i++)
        if (neuron_differs(mutant, &w[i].n, &w[i].before, w[i].acc, w[i].jitter, &w[i].e,
                           &w[i].after))
            return i;
    return -1;
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    int law = atoi(argv[1]), n_mutants = atoi(argv[2]), n_words = atoi(argv[3]);
    if (law < 0 || law >= MUTANT_LAWS || n_words < 1) return 2;
    struct words *w = malloc((size_t)n_words * sizeof *w);
    if (!w) return 2;
    struct random r = {2028 + (uint64_t)law};
    for (int i = 0; i < n_words; i++)
        draw_words(&r, &mutant_laws[law], &w[i]);
    for (int k = 0; k <= n_mutants; k++) {
        int at = first_difference(k, w, n_words);
        printf("%d %s %d\n", k, at < 0 ? "survived" : "killed", at);
    }
    free(w);
    return 0;
}
