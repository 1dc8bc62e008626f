#include "tests/mutants/kill/kill_model.h"
#include "tests/mutants/kill/probe.h"

static const struct law plain;

static int check_shifts(struct random *r)
{
    const struct probe *p = &probe_mutated;
    for (int i = 0; i < 4000; i++) {
        int n = (int)draw(r, 0, 61), k = (int)draw(r, 0, 60);
        int64_t x = fx_shr_floor((int64_t)(r->state * 0x9e3779b97f4a7c15u), 2 + k);
        if (i % 3 == 0) x = draw(r, -40, 40), n = (int)draw(r, 0, 5); // ties
        REQUIRE(p->fx_shr_floor(x, n) == oracle_divide(x, 1, n, FX_FLOOR));
        REQUIRE(p->fx_shr_rne(x, n) == oracle_divide(x, 1, n, FX_NEAREST_EVEN));
        REQUIRE(p->fx_shr_tz(x, n) == oracle_divide(x, 1, n, FX_TOWARD_ZERO));
        REQUIRE(p->fx_shr_ceil(x, n) == oracle_divide(x, 1, n, FX_CEILING));
        REQUIRE(p->fx_shr_away(x, n) == oracle_divide(x, 1, n, FX_AWAY));
        for (int round = 0; round < FX_ROUNDS; round++)
            REQUIRE(p->fx_shr(x, n, (enum fx_round)round) ==
                    oracle_divide(x, 1, n, (enum fx_round)round));
        int bits = (int)draw(r, 1, 63);
        int64_t half = (int64_t)1 << (bits - 1);
        REQUIRE(p->fx_max(bits) == half - 1 && p->fx_min(bits) == -half);
        REQUIRE(p->fx_umax(bits - 1) == half - 1);
        REQUIRE(p->fx_wrap(x, bits) == oracle_clamp(&plain, x, bits, true, false));
        REQUIRE(p->fx_sat(x, -half, half - 1) == oracle_clamp(&plain, x, bits, false, false));
        REQUIRE(p->fx_shl(x % half, 63 - bits) == x % half * ((int64_t)1 << (63 - bits)));
        int at = (int)draw(r, 0, 63);
        REQUIRE(p->fx_one(at) == (uint64_t)1 << at);
        REQUIRE(p->fx_bit((uint64_t)x, at) == (((uint64_t)x & (uint64_t)1 << at) != 0));
    }
    for (int64_t x = -3; x <= 3; x++)
        REQUIRE(p->fx_sat(x, -1, 1) == (x < -1 ? -1 : x > 1 ? 1 : x));
    return 0;
}

// Lanes: a fraction of nothing, of one, of all ones and near a half, under a quotient up to the
// ends.
static int check_lanes(struct random *r)
{
    const struct probe *p = &probe_mutated;
    for (int i = 0; i < 3000; i++) {
        int32_t x[16], one[16], each[16], n[16];
        int by = (int)draw(r, 0, 30);
        enum fx_round round = (enum fx_round)draw(r, 0, FX_ROUNDS - 1);
        for (int k = 0; k < 16; k++) {
            int bits = (int)draw(r, 8, 32);
            const int64_t near[] = {0, 1, -1, by ? (int64_t)fx_one(by - 1) : 0};
            int64_t whole = corner_word(r, fx_min(bits), fx_max(bits)) / (int64_t)fx_one(by);
            int64_t y = whole * (int64_t)fx_one(by) + near[draw(r, 0, 3)] + draw(r, -1, 1);
            int64_t room = INT32_MAX - (int64_t)fx_one(by); // the addend stays in the lane
            x[k] = (int32_t)fx_sat(y, -room, room);
            if (round != FX_NEAREST_EVEN && x[k] < 0 && draw(r, 0, 1)) x[k] -= (int32_t)fx_one(by);
            one[k] = each[k] = x[k];
            n[k] = (int32_t)draw(r, 0, 1) ? by : (int32_t)draw(r, 0, by);
        }
        p->lanes_shr(one, by, round);
        p->lanes_shr_each(each, n, round);
        for (int k = 0; k < 16; k++) {
            REQUIRE(one[k] == oracle_divide(x[k], 1, by, round));
            REQUIRE(each[k] == oracle_divide(x[k], 1, n[k], round));
        }
    }
    return 0;
}

// log2 as defined: the power of two below, and how far x is on the way to the next, floored.
static int64_t log2_of(int64_t x, int frac_in, int frac)
{
    __int128 one = (__int128)1 << frac_in, y = x + one, low = 1;
    int64_t whole = 0;
    while (2 * low <= y)
        low *= 2, whole++;
    return (whole - frac_in) * ((int64_t)1 << frac) +
           (int64_t)((y - low) * ((int64_t)1 << frac) / low);
}

static int check_counts(struct random *r)
{
    const struct probe *p = &probe_mutated;
    for (int i = 0; i < 3000; i++) {
        int64_t x = i < 300 ? i : fx_shr_floor(draw(r, 0, fx_umax(36)), (int)draw(r, 0, 30));
        int frac_in = (int)draw(r, 0, 20), frac = (int)draw(r, 0, 16), bits = 0;
        REQUIRE(p->fx_log2((uint64_t)x, frac_in, frac) == (uint32_t)log2_of(x, frac_in, frac));
        int64_t small = x & INT32_MAX;
        REQUIRE(p->fx_log2_lane((uint32_t)small, frac_in, frac) ==
                (uint32_t)log2_of(small, frac_in, frac));
        for (int64_t rest = x; rest; rest /= 2)
            bits++;
        REQUIRE(p->fx_ubits((uint64_t)x) == bits);
        int n = (int)draw(r, 1, 300);
        REQUIRE(p->network_padded(n) % 32 == 0 && p->network_padded(n) >= n);
        REQUIRE(p->network_padded(n) < n + 32);
        REQUIRE(p->trace_spike_words(n) == (n + 63) / 64);
    }
    // the top of each domain
    REQUIRE(p->fx_log2_lane(UINT32_MAX - 255, 8, 16) != 0 && p->fx_ubits(UINT64_MAX) == 64);
    REQUIRE(p->fx_log2_lane(UINT32_MAX - 256, 8, 31) == (uint32_t)log2_of(UINT32_MAX - 256, 8, 31));
    REQUIRE(p->fx_log2(fx_one(48) - 1, 4, 16) == (uint32_t)log2_of((int64_t)fx_one(48) - 1, 4, 16));
    REQUIRE(p->law_bits((struct law_format){5, 3}) == 8);
    uint64_t z[3 * 4] = {0}; // 3 ticks of 200 neurons
    bool spiked[3][200];
    for (int tick = 0; tick < 3; tick++)
        for (int n = 0; n < 200; n++)
            if ((spiked[tick][n] = draw(r, 0, 1))) z[tick * 4 + n / 64] |= (uint64_t)1 << n % 64;
    struct trace_layer t = {.z = z};
    for (int tick = 0; tick < 3; tick++)
        for (int n = 0; n < 200; n++)
            REQUIRE(p->trace_spiked(&t, 200, tick, n) == spiked[tick][n]);
    return 0;
}

// One format of one law, and how many bits it may have.
static int check_bits(struct law *a, struct law_format *f, int lo, int hi, const char *name)
{
    struct law_format was = *f;
    for (int bits = lo - 1; bits <= hi + 1; bits++) {
        f->int_bits = (int8_t)(bits - f->frac_bits);
        const char *said = law_check(a);
        bool refused = bits < lo || bits > hi;
        REQUIRE(refused ? said && !strncmp(said, name, strlen(name)) : !said);
    }
    *f = was;
    return 0;
}

static int check_formats(void)
{
    struct law plain = {.input = {4, 4}, .weight = {8, 8}, .membrane = {8, 8}, .leak = {0, 16}};
    struct law wide = {.input = {4, 4},
                       .weight = {8, 8},
                       .membrane = {8, 8},
                       .current = {8, 8},
                       .leak = {8, 0},
                       .gain = {2, 0},
                       .currents = 1,
                       .input_signed = true,
                       .leak_signed = true,
                       .has_gain = true};
    int where = check_bits(&plain, &plain.input, 1, 8, "input");
    if (!where) where = check_bits(&plain, &plain.weight, 2, 16, "weight:");
    if (!where) where = check_bits(&plain, &plain.membrane, 4, 32, "membrane:");
    if (!where) where = check_bits(&plain, &plain.leak, 1, 16, "leak:");
    if (!where) where = check_bits(&wide, &wide.input, 1, 32, "input");
    if (!where) where = check_bits(&wide, &wide.leak, 1, 32, "leak:");
    if (!where) where = check_bits(&wide, &wide.gain, 2, 32, "gain");
    if (!where) where = check_bits(&wide, &wide.current, 4, 32, "current: 4..32");
    return where;
}

// A change to a good law, and how the refusal begins (0: none).
struct limit {
    struct law law;
    const char *what;
};

static int check_law_limits(void)
{
    const struct law good = {
        .input = {4, 4}, .weight = {8, 8}, .membrane = {8, 8}, .leak = {0, 16}};
    static struct limit cases[96];
    int n = 0;
#define F(i, f) ((struct law_format){i, f})
#define CASE(text, ...)                                                                            \
    do {                                                                                           \
        struct law a = good;                                                                       \
        __VA_ARGS__;                                                                               \
        cases[n].law = a;                                                                          \
        cases[n++].what = text;                                                                    \
    } while (0)
#define BOTH "membrane and leak: at most"
    CASE(0, (void)a);
    CASE(0, a.leak = F(1, 0));
    CASE("leak: 0..40", a.leak = F(5, -1));
    CASE(0, a.leak = F(-30, 40));
    CASE("leak: 0..40", a.leak = F(-30, 41));
    // the bits of membrane and leak together: 61, rounding to floor or ceiling 64
    CASE(0, a.leak_signed = true, a.leak = F(19, 10), a.membrane = F(24, 8),
         a.round_leak = FX_AWAY);
    CASE(BOTH, a.leak_signed = true, a.leak = F(20, 10), a.membrane = F(24, 8),
         a.round_leak = FX_AWAY);
    CASE(BOTH, a.leak_signed = true, a.leak = F(20, 10), a.membrane = F(24, 8),
         a.round_leak = FX_NEAREST_EVEN);
    CASE(0, a.leak_signed = true, a.leak = F(22, 10), a.membrane = F(24, 8));
    CASE(0, a.leak_signed = true, a.leak = F(22, 10), a.membrane = F(24, 8),
         a.round_leak = FX_CEILING);
    CASE("membrane and leak: a quotient", a.leak_signed = true, a.leak = F(29, 3),
         a.membrane = F(24, 8), a.round_leak = FX_CEILING);
    CASE(0, a.leak_signed = true, a.leak = F(28, 4), a.membrane = F(24, 8),
         a.round_leak = FX_CEILING);
    CASE(0, a.leak_signed = true, a.leak = F(1, 15));
    CASE("signed leak", a.leak_signed = true, a.leak = F(0, 16));
    CASE("signed leak", a.leak_signed = true, a.leak = F(-1, 16));
    CASE("signed leak", a.leak_signed = true, a.leak = F(1, 15), a.leak_kind = LAW_LEAK_LINEAR);
    CASE("signed leak", a.leak_signed = true, a.leak = F(1, 15), a.decay_kind = LAW_LEAK_LINEAR);
    CASE(0, a.leak_kind = LAW_LEAK_LINEAR, a.decay_kind = LAW_LEAK_LINEAR);
    CASE(0, a.gain = F(1, 0)); // without a gain its format is nothing
    CASE("gain", a.has_gain = true, a.gain = F(1, 0));
    CASE(0, a.has_gain = true, a.gain = F(2, 0));
    CASE(0, a.currents = 2, a.current = F(8, 8));
    CASE("currents", a.currents = 3, a.current = F(8, 8));
    CASE("current: as many", a.currents = 1, a.current = F(8, 7));
    CASE("current: as many", a.currents = 2, a.current = F(8, 9));
    CASE(0, a.current = F(1, 0));
    CASE(0, a.weight = F(8, 0), a.membrane = F(5, 15));
    CASE("weight and", a.weight = F(8, 0), a.membrane = F(5, 16));
    CASE(0, a.weight = F(-30, 40), a.membrane = F(8, 4), a.input = F(4, 4));
    CASE("weight and", a.weight = F(-30, 41), a.membrane = F(8, 4), a.input = F(4, 4));
    CASE(0, a.weight = F(-30, 42), a.membrane = F(8, 4), a.input = F(6, 2));
    CASE("weight and", a.weight = F(-26, 38), a.membrane = F(8, 4), a.input = F(4, 4),
         a.has_gain = true, a.gain = F(5, 3));
    CASE(0, a.weight = F(-26, 38), a.membrane = F(8, 4), a.input = F(4, 4), a.has_gain = true,
         a.gain = F(5, 2));
    CASE(0, a.currents = 1, a.membrane = F(6, 8), a.current = F(4, 8));
    CASE(0, a.floor_zero = true, a.wrap = true);
    CASE(0, a.floor_zero = true);
    CASE(0, a.wrap = true);
    CASE("decay_last", a.decay_last = true);
    CASE(0, a.decay_last = true, a.currents = 1, a.current = F(8, 8));
#define EACH                                                                                       \
    a.saturate_each = true, a.decay_last = true, a.currents = 1, a.current = F(8, 8),              \
    a.input = F(4, 0)
    CASE(0, EACH);
    CASE("saturate_each needs decay", EACH, a.decay_last = false);
    CASE("saturate_each needs decay", EACH, a.wrap = true);
    CASE("saturate_each needs decay", EACH, a.has_gain = true, a.gain = F(4, 0));
    CASE("saturate_each needs weights", EACH, a.input = F(3, 1));
    CASE("saturate_each needs weights", EACH, a.weight = F(8, 7));
    CASE("saturate_each needs weights", EACH, a.weight = F(8, 7), a.input = F(3, 1));
    CASE(0, a.saturate_increment = true);
    CASE("saturate_increment", a.saturate_increment = true, a.wrap = true);
    CASE(0, a.symmetric = true);
    CASE("symmetric", a.symmetric = true, a.wrap = true);
    CASE("symmetric", EACH, a.symmetric = true);
    CASE("saturate_increment", a.saturate_increment = true, a.refractory_hold = true);
    for (int i = 0; i < n; i++) {
        const char *said = law_check(&cases[i].law), *want = cases[i].what;
        REQUIRE(!said == !want && (!want || !strncmp(said, want, strlen(want))));
    }
    return check_formats();
}

// What is beyond the plain law is said by name, the first of all.
static int check_beyond(void)
{
    static const char *const names[] = {
        "signed input",    "a signed leak",        "an input gain",    "words for rest",
        "two synaptic",    "synaptic decay after", "saturation after", "saturation of",
        "a membrane held", "symmetric ends",       "spikes of",        "a leak that events",
        "a shift that",    "a shift that",         "a leak of two",    "a membrane without"};
    for (int first = 0; first <= 16; first++) {
        struct law a = {.currents = 1, .leak_kind = LAW_LEAK_SHIFT, .decay_kind = LAW_LEAK_SHIFT};
        a.input_signed = first <= 0;
        a.leak_signed = first <= 1;
        a.has_gain = first <= 2;
        a.has_rest = first <= 3;
        if (first <= 4) a.currents = 2;
        a.decay_last = first <= 5;
        a.saturate_each = first <= 6;
        a.saturate_increment = first <= 7;
        a.refractory_hold = first <= 8;
        a.symmetric = first <= 9;
        a.fire_before = first <= 10;
        if (first <= 11) a.leak_when = LAW_WHEN_EVENT;
        if (first == 12) a.leak_kind = LAW_LEAK_SHIFT_MOVES;
        if (first == 13) a.decay_kind = LAW_LEAK_SHIFT_MOVES;
        if (first == 14) a.leak_kind = LAW_LEAK_TWO_SHIFTS;
        a.wrap = a.floor_zero = first == 15;
        const char *said = law_beyond(&a);
        REQUIRE(first == 16 ? !said : said && !strncmp(said, names[first], strlen(names[first])));
    }
    return 0;
}

// A random law with random words, and the sums and the state to go with them.
struct step {
    struct law a;
    struct law_neuron n;
    struct law_state s;
    struct law_gathered acc;
    int align, max_spikes, jitter;
};

static int64_t random_sum(struct random *r, const struct step *t)
{
    int bits = t->a.saturate_each ? law_bits(t->a.current) : (int)draw(r, 12, 27);
    int64_t acc = corner_word(r, fx_min(bits), fx_max(bits));
    if (t->a.saturate_each || t->align <= 0 || draw(r, 0, 1)) return acc;
    return draw(r, -50, 50) * ((int64_t)1 << (t->align - 1)) + draw(r, -1, 1) * draw(r, 0, 1);
}

static void draw_step(struct random *r, struct step *t)
{
    do
        t->a = random_law(r);
    while (law_check(&t->a));
    const struct law *a = &t->a;
    int v_bits = law_bits(a->membrane), u_bits = a->currents ? law_bits(a->current) : 1;
    int64_t v = fx_max(v_bits), u = fx_max(u_bits);
    t->n = random_neuron(r, a);
    t->align = oracle_align(a, draw(r, 0, 1) ? a->input.frac_bits : 0);
    t->max_spikes = draw(r, 0, 1) ? 1 : (int)fx_umax((int)draw(r, 1, 6));
    t->jitter = corner_word(r, -32768, 32767);
    t->acc = (struct law_gathered){random_sum(r, t), a->currents > 1 ? random_sum(r, t) : 0,
                                   draw(r, 0, 1)};
    t->s = (struct law_state){corner_word(r, -v - 1, v), 0, 0,
                              draw(r, 0, 2) ? 0 : corner_word(r, 0, 255)};
    if (a->currents > 0) t->s.u = corner_word(r, -u - 1, u);
    if (a->currents > 1) t->s.u2 = corner_word(r, -u - 1, u);
    if (!a->leak_signed && a->leak.frac_bits && draw(r, 0, 3) == 0) { // ties of odd words
        if (a->leak_kind == LAW_LEAK_EXPONENTIAL)
            t->n.lambda = (int32_t)fx_one(a->leak.frac_bits - 1), t->n.lambda_slope = 0;
        if (a->decay_kind == LAW_LEAK_EXPONENTIAL)
            t->n.mu = (int32_t)fx_one(a->leak.frac_bits - 1), t->n.mu_slope = 0;
    }
}

static int check_steps(struct random *r)
{
    for (int i = 0; i < 9000; i++) {
        struct step t;
        draw_step(r, &t);
        const struct law *a = &t.a;
        int64_t v = fx_max(law_bits(a->membrane));
        struct law_state e = t.s, trial = t.s, s = t.s;
        struct law_stages x = oracle_step(a, &t.n, &trial, t.acc, t.align, t.max_spikes, t.jitter);
        if (draw(r, 0, 1)) t.n.theta = (int32_t)fx_sat(x.clamp + draw(r, 0, 1), -v - 1, v);
        if (draw(r, 0, 1) && t.max_spikes > 1)
            t.n.theta = (int32_t)(x.clamp / draw(r, 1, t.max_spikes + 1));
        REQUIRE(law_align(a, 0) == oracle_align(a, 0) && law_align(a, 5) == oracle_align(a, 5));
        int bits = a->leak.int_bits + a->leak.frac_bits;
        REQUIRE(law_leak_max(a) + 1 == (int64_t)1 << (a->leak_signed ? bits - 1 : bits));
        REQUIRE(law_leak_min(a) == (a->leak_signed ? -law_leak_max(a) - 1 : 0));
        int32_t w = corner_word(r, -32768, 32767), word = corner_word(r, -256, 255);
        REQUIRE(law_gather(a, t.s.u, w, word) == oracle_add(a, t.s.u, w, word));
        x = oracle_step(a, &t.n, &e, t.acc, t.align, t.max_spikes, t.jitter);
        struct law_layer layer = {t.align, t.max_spikes};
        struct law_stages g = law_step_ref(a, &layer, &t.n, &s, t.acc, t.jitter);
        const int64_t want[LAW_STAGES] = {x.gather, x.current, x.leak,  x.integrate,
                                          x.clamp,  x.fire,    x.reset, x.refract};
        for (int k = 0; k < LAW_STAGES; k++)
            REQUIRE(law_get(&lif_kind.stage[k], &g) == want[k]);
        REQUIRE(s.v == e.v && s.u == e.u && s.u2 == e.u2 && s.r == e.r);
    }
    return 0;
}

// Writes to words of every kind and width; words of a stimulus.
static int check_stimuli(struct random *r)
{
    const struct probe *p = &probe_mutated;
    const uint8_t x[6] = {1, 2, 3, 250, 5, 6};
    const int32_t wide[6] = {-1, 20, -300, 4000, 5, 1 << 30};
    struct stimulus s = {.x = x};
    for (int i = 0; i < 6; i++) {
        REQUIRE(p->stimulus_x(&s, 3, i / 3, i % 3) == x[i]);
        REQUIRE(p->stimulus_x(&(struct stimulus){.wide = wide}, 3, i / 3, i % 3) == wide[i]);
    }
    for (int kind = 0; kind < LAW_LEAKS; kind++)
        REQUIRE(p->law_leak_shifts((enum law_leak)kind) ==
                (kind == LAW_LEAK_SHIFT || kind == LAW_LEAK_SHIFT_MOVES));
    for (int i = 0; i < 2000; i++) {
        struct law a = random_law(r);
        struct stimulus_write e = {.flip = draw(r, 0, 1)};
        int bits;
        do
            e.word = (enum image_word)draw(r, 0, WORDS - 1);
        while (!(bits = oracle_bits(&a, e.word)));
        int32_t was = corner_word(r, INT32_MIN, INT32_MAX);
        e.value = corner_word(r, INT32_MIN, INT32_MAX);
        int64_t all = (int64_t)1 << bits, y = (e.flip ? was ^ e.value : e.value) % all;
        if (y < 0) y += all;
        if (oracle_signed(&a, e.word) && 2 * y >= all) y -= all;
        const struct law_range range = lif_kind.word[e.word].range(&a);
        REQUIRE(p->stimulus_written(&range, &e, was) == (int32_t)y);
    }
    return 0;
}

int check_words(void)
{
    struct random r = {31};
    int where = check_shifts(&r);
    if (!where) where = check_lanes(&r);
    if (!where) where = check_counts(&r);
    if (!where) where = check_law_limits();
    if (!where) where = check_beyond();
    if (!where) where = check_stimuli(&r);
    return where ? where : check_steps(&r);
}
