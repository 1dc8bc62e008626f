#include "tests/mutants/kill/oracle.h"

#include <string.h>

static __int128 power(int n)
{
    __int128 p = 1;
    while (n-- > 0)
        p *= 2;
    return p;
}

int64_t oracle_divide(int64_t x, int64_t y, int n, enum fx_round r)
{
    __int128 p = (__int128)x * y, d = power(n), q = p / d, rest = p % d;
    if (r == FX_TOWARD_ZERO || rest == 0) return (int64_t)q;
    if (r == FX_AWAY) return (int64_t)(p < 0 ? q - 1 : q + 1);
    if (rest < 0) rest += d, q -= 1; // q is the floor now
    if (r == FX_FLOOR) return (int64_t)q;
    if (r == FX_CEILING) return (int64_t)(q + 1);
    return (int64_t)(2 * rest > d || (2 * rest == d && q % 2) ? q + 1 : q);
}

int64_t oracle_clamp(const struct law *a, __int128 x, int bits, bool wrap, bool floor_zero)
{
    __int128 half = power(bits - 1);
    if (wrap && floor_zero) return (int64_t)((x % half + half) % half);
    if (wrap) {
        __int128 y = x % (2 * half);
        if (y >= half) y -= 2 * half;
        if (y < -half) y += 2 * half;
        return (int64_t)y;
    }
    if (x > half - 1) return (int64_t)(half - 1);
    __int128 lo = floor_zero ? 0 : a->symmetric ? 1 - half : -half;
    return (int64_t)(x < lo ? lo : x);
}

static bool is_shift(enum law_leak kind)
{
    return kind == LAW_LEAK_SHIFT || kind == LAW_LEAK_SHIFT_MOVES || kind == LAW_LEAK_TWO_SHIFTS;
}

static int shift_bits(enum law_leak kind)
{
    return kind == LAW_LEAK_TWO_SHIFTS ? 10 : 5;
}

static int size_of(struct law_format f)
{
    return f.int_bits + f.frac_bits;
}

int oracle_align(const struct law *a, int input_frac)
{
    return a->weight.frac_bits + input_frac + (a->has_gain ? a->gain.frac_bits : 0) -
           a->membrane.frac_bits;
}

static int64_t factor(const struct law *a, enum law_leak kind, int32_t word, int32_t slope,
                      int jitter)
{
    if (is_shift(kind)) return word;
    __int128 x = word + (__int128)oracle_divide(slope, jitter, 15, FX_NEAREST_EVEN);
    int bits = size_of(a->leak);
    __int128 top = power(a->leak_signed ? bits - 1 : bits) - 1, low = a->leak_signed ? -top - 1 : 0;
    return (int64_t)(x < low ? low : x > top ? top : x);
}

static int64_t lost(const struct law *a, enum law_leak kind, enum fx_round r, int64_t x,
                    int64_t lambda)
{
    if (kind == LAW_LEAK_EXPONENTIAL) return oracle_divide(x, lambda, a->leak.frac_bits, r);
    if (kind == LAW_LEAK_SHIFT) return oracle_divide(x, 1, (int)lambda, r);
    if (kind == LAW_LEAK_SHIFT_MOVES) {
        int64_t y = oracle_divide(x, 1, (int)lambda, r);
        return y == 0 && x > 0 ? 1 : y;
    }
    if (kind == LAW_LEAK_TWO_SHIFTS)
        return oracle_divide(x, 1, (int)lambda % 32, r) + oracle_divide(x, 1, (int)lambda / 32, r);
    if (kind == LAW_LEAK_NONE) return 0;
    int64_t size = x < 0 ? -x : x;
    if (size > lambda) size = lambda;
    return x < 0 ? -size : size;
}

int64_t oracle_add(const struct law *a, int64_t acc, int64_t w, int64_t x)
{
    __int128 sum = (__int128)w * x + acc;
    return a->saturate_each ? oracle_clamp(a, sum, size_of(a->current), false, false)
                            : (int64_t)sum;
}

// The next current of one synapse; without a state of its own what its sum alone is worth.
static int64_t synapse(const struct law *a, int64_t acc, int align, int32_t gain, int32_t u,
                       int64_t mu)
{
    int64_t by = a->has_gain ? gain : 1;
    int64_t i = align < 0 ? acc * by * (int64_t)power(-align)
                          : oracle_divide(acc, by, align, a->round_current);
    int bits = size_of(a->current);
    if (a->currents == 0) return i;
    if (!a->decay_last) {
        int64_t decay = lost(a, a->decay_kind, a->round_decay, u, mu);
        return oracle_clamp(a, (__int128)u + i - decay, bits, a->wrap, false);
    }
    int64_t whole = a->saturate_each ? i : oracle_clamp(a, (__int128)u + i, bits, a->wrap, false);
    int64_t decay = lost(a, a->decay_kind, a->round_decay, whole, mu);
    return oracle_clamp(a, (__int128)whole - decay, bits, a->wrap, false);
}

// How many times θ can be taken from c before it no longer fires: for θ > 0 a quotient.
static int32_t fitting(const struct law *a, int64_t c, int64_t theta, int max_spikes)
{
    int64_t most = max_spikes, z = most;
    if (a->fire_gt ? c <= theta : c < theta) return 0;
    if (theta > 0) z = a->fire_gt ? (c - 1) / theta : c / theta;
    return (int32_t)(z > most ? most : z);
}

struct law_stages oracle_step(const struct law *a, const struct law_neuron *n, struct law_state *s,
                              struct law_gathered acc, int align, int max_spikes, int jitter)
{
    struct law_stages t = {.gather = acc.acc};
    int v_bits = size_of(a->membrane);
    bool held = s->r != 0;
    int64_t rest = a->has_rest ? n->rest : 0;
    int64_t mu = factor(a, a->decay_kind, n->mu, n->mu_slope, jitter);
    t.current = synapse(a, acc.acc, align, n->gain, s->u, mu);
    if (a->currents >= 1) s->u = (int32_t)t.current;
    if (a->currents == 2) {
        mu = factor(a, a->decay_kind, n->mu2, n->mu2_slope, jitter);
        s->u2 = (int32_t)synapse(a, acc.acc2, align, n->gain, s->u2, mu);
        t.current += s->u2;
    }
    int64_t in = held ? 0 : t.current + n->bias;
    int64_t above = s->v - rest;
    bool quiet = (a->leak_when == LAW_WHEN_EVENT && !acc.heard) ||
                 (a->leak_when == LAW_WHEN_NO_INPUT && acc.heard);
    t.leak = held && a->refractory_hold ? above
             : quiet                    ? 0
                     : lost(a, a->leak_kind, a->round_leak, a->integrate_first ? above + in : above,
                            factor(a, a->leak_kind, n->lambda, n->lambda_slope, jitter));
    t.integrate = in + s->v - t.leak;
    if (a->saturate_increment) {
        int64_t by =
            oracle_clamp(a, (held ? 0 : t.current) - (__int128)t.leak, v_bits, false, false);
        by = oracle_clamp(a, by + (__int128)(held ? 0 : n->bias), v_bits, false, false);
        t.integrate = s->v + by;
    }
    t.clamp = (int32_t)oracle_clamp(a, t.integrate, v_bits, a->wrap, a->floor_zero);
    t.fire = held ? 0 : fitting(a, a->fire_before ? s->v : t.clamp, n->theta, max_spikes);
    t.reset = t.clamp;
    if (t.fire > 0 && a->reset_subtract)
        t.reset = (int32_t)oracle_clamp(a, t.clamp - (__int128)n->theta * t.fire, v_bits, a->wrap,
                                        a->floor_zero);
    else if (t.fire > 0)
        t.reset = a->has_rest ? n->reset : 0;
    t.refract = t.fire ? a->refractory_ticks : held ? s->r - 1 : 0;
    s->v = t.reset;
    s->r = t.refract;
    return t;
}

void oracle_rest(struct oracle *o, const struct image *im)
{
    memset(o, 0, sizeof *o);
    for (int l = 0; l < im->n_layers; l++)
        for (int n = 0; n < im->layer[l].n_out; n++)
            o->state[l][n].v = im->law.has_rest ? im->layer[l].neuron[n].rest : 0;
}

// What neuron n of layer l gathers in one synapse, source by source in the order of the rows.
static int64_t gathered(const struct oracle *o, const struct image *im, const struct stimulus *s,
                        int tick, int32_t last[][ORACLE_NEURONS], int l, int n, bool second)
{
    const struct image_layer *y = &im->layer[l];
    bool one = y->topology == IMAGE_ONE_TO_ONE;
    int rows = one ? 1 : y->n_in + (y->recurrent ? y->n_out : 0);
    const int16_t *w = y->w + (second ? rows * y->n_out : 0);
    int64_t acc = !im->law.saturate_each ? 0 : second ? o->state[l][n].u2 : o->state[l][n].u;
    for (int i = one ? n : 0; i < (one ? n + 1 : y->n_in); i++) {
        int64_t x = l == 0       ? s->wide ? s->wide[tick * y->n_in + i] : s->x[tick * y->n_in + i]
                          : y->delayed ? last[l - 1][i]
                                 : o->z[l - 1][i];
        acc = oracle_add(&im->law, acc, w[one ? n : i * y->n_out + n], x);
    }
    for (int m = 0; y->recurrent && m < y->n_out; m++)
        acc = oracle_add(&im->law, acc, w[(y->n_in + m) * y->n_out + n], last[l][m]);
    return acc;
}

// Whether a row of the neuron carries a word that is not 0.
static bool hears(const struct image *im, const struct oracle *o, const struct stimulus *s,
                  int tick, int32_t last[][ORACLE_NEURONS], int l, int n)
{
    const struct image_layer *y = &im->layer[l];
    bool one = y->topology == IMAGE_ONE_TO_ONE, any = false;
    for (int i = one ? n : 0; i < (one ? n + 1 : y->n_in); i++)
        any |= (l == 0       ? s->wide ? s->wide[tick * y->n_in + i] : s->x[tick * y->n_in + i]
                      : y->delayed ? last[l - 1][i]
                             : o->z[l - 1][i]) != 0;
    for (int m = 0; y->recurrent && m < y->n_out; m++)
        any |= last[l][m] != 0;
    return any;
}

void oracle_tick(struct oracle *o, const struct image *im, const struct stimulus *s, int tick)
{
    static int32_t last[IMAGE_MAX_LAYERS][ORACLE_NEURONS]; // spikes of the tick before
    for (int l = 0; l < im->n_layers; l++)
        memcpy(last[l], o->z[l], (size_t)im->layer[l].n_out * sizeof **last);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        int align = oracle_align(&im->law, l == 0 ? im->law.input.frac_bits : 0);
        for (int n = 0; n < y->n_out; n++) {
            struct law_gathered acc = {gathered(o, im, s, tick, last, l, n, false), 0};
            if (im->law.currents == 2) acc.acc2 = gathered(o, im, s, tick, last, l, n, true);
            acc.heard = hears(im, o, s, tick, last, l, n);
            o->before[l][n] = o->state[l][n];
            o->stages[l][n] = oracle_step(&im->law, &y->neuron[n], &o->state[l][n], acc, align,
                                          y->max_spikes, s->jitter ? s->jitter[tick] : 0);
            o->z[l][n] = o->stages[l][n].fire;
            o->spikes[l] += o->z[l][n];
            if (l == im->n_layers - 1) o->count[n] += o->z[l][n];
        }
    }
}

int oracle_bits(const struct law *a, enum image_word word)
{
    bool leaks = a->leak_kind != LAW_LEAK_NONE, decays = a->decay_kind != LAW_LEAK_NONE;
    int r_bits = 0;
    while (power(r_bits) <= a->refractory_ticks)
        r_bits++;
    const int bits[WORDS] = {
        [WORD_WEIGHT] = size_of(a->weight),
        [WORD_LAMBDA] = !leaks                   ? 0
                        : is_shift(a->leak_kind) ? shift_bits(a->leak_kind)
                                                 : size_of(a->leak),
        [WORD_LAMBDA_SLOPE] = !leaks || is_shift(a->leak_kind) ? 0 : 16,
        [WORD_MU] = !decays || !a->currents   ? 0
                    : is_shift(a->decay_kind) ? shift_bits(a->decay_kind)
                                              : size_of(a->leak),
        [WORD_MU_SLOPE] = !decays || !a->currents || is_shift(a->decay_kind) ? 0 : 16,
        [WORD_MU2] = !decays || a->currents < 2 ? 0
                     : is_shift(a->decay_kind)  ? shift_bits(a->decay_kind)
                                                : size_of(a->leak),
        [WORD_MU2_SLOPE] = !decays || a->currents < 2 || is_shift(a->decay_kind) ? 0 : 16,
        [WORD_THETA] = size_of(a->membrane),
        [WORD_BIAS] = size_of(a->membrane),
        [WORD_GAIN] = a->has_gain ? size_of(a->gain) : 0,
        [WORD_REST] = a->has_rest ? size_of(a->membrane) : 0,
        [WORD_RESET] = a->has_rest ? size_of(a->membrane) : 0,
        [WORD_V] = size_of(a->membrane),
        [WORD_U] = a->currents > 0 ? size_of(a->current) : 0,
        [WORD_U2] = a->currents > 1 ? size_of(a->current) : 0,
        [WORD_R] = r_bits};
    return bits[word];
}

bool oracle_signed(const struct law *a, enum image_word word)
{
    bool lambda = a->leak_signed && !is_shift(a->leak_kind);
    bool mu = a->leak_signed && !is_shift(a->decay_kind);
    const bool is_unsigned[WORDS] = {
        [WORD_LAMBDA] = !lambda, [WORD_LAMBDA_SLOPE] = true, [WORD_MU] = !mu, [WORD_MU2] = !mu,
        [WORD_MU_SLOPE] = true,  [WORD_MU2_SLOPE] = true,    [WORD_R] = true};
    return !is_unsigned[word];
}

int32_t *oracle_word(struct law_neuron *n, struct law_state *s, enum image_word word)
{
    int32_t *const words[WORDS] = {[WORD_LAMBDA] = &n->lambda,
                                   [WORD_LAMBDA_SLOPE] = &n->lambda_slope,
                                   [WORD_MU] = &n->mu,
                                   [WORD_MU2] = &n->mu2,
                                   [WORD_MU_SLOPE] = &n->mu_slope,
                                   [WORD_MU2_SLOPE] = &n->mu2_slope,
                                   [WORD_THETA] = &n->theta,
                                   [WORD_BIAS] = &n->bias,
                                   [WORD_GAIN] = &n->gain,
                                   [WORD_REST] = &n->rest,
                                   [WORD_RESET] = &n->reset,
                                   [WORD_V] = &s->v,
                                   [WORD_U] = &s->u,
                                   [WORD_U2] = &s->u2,
                                   [WORD_R] = &s->r};
    return words[word];
}

void oracle_write(struct oracle *o, struct image *im, const struct stimulus *s, int tick)
{
    for (int i = 0; i < s->n_writes; i++) {
        const struct stimulus_write *e = &s->write[i];
        struct image_layer *y = &im->layer[e->layer];
        if (e->tick != tick) continue;
        int16_t *w = &y->w[e->row * y->n_out + e->neuron];
        int32_t *word = oracle_word(&y->neuron[e->neuron], &o->state[e->layer][e->neuron], e->word);
        int64_t x = e->word == WORD_WEIGHT ? *w : *word;
        x = e->flip ? x ^ e->value : e->value;
        __int128 all = power(oracle_bits(&im->law, e->word));
        __int128 y_ = x % all; // the low bits, and of those a signed word
        if (y_ < 0) y_ += all;
        if (oracle_signed(&im->law, e->word) && 2 * y_ >= all) y_ -= all;
        if (e->word == WORD_WEIGHT)
            *w = (int16_t)y_;
        else
            *word = (int32_t)y_;
    }
}

static uint64_t mix(uint64_t h, int64_t word)
{
    uint8_t bytes[8];
    memcpy(bytes, &word, 8); // little-endian machines only, as the kernel asserts
    for (int i = 0; i < 8; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return h;
}

uint64_t oracle_hash(const struct image *im)
{
    const struct law *a = &im->law;
    uint64_t h = 14695981039346656037u;
    const struct law_format f[] = {a->input, a->weight, a->membrane, a->current, a->leak};
    for (int i = 0; i < 5; i++)
        h = mix(mix(h, f[i].int_bits), f[i].frac_bits);
    int64_t saturates = (a->saturate_each ? 1 : 0) + (a->saturate_increment ? 2 : 0);
    int64_t clamp = (a->wrap ? 1 : 0) + (a->symmetric ? 2 : 0);
    int64_t kind = a->leak_kind + 16 * a->leak_when;
    int64_t fires = (a->fire_gt ? 1 : 0) + (a->fire_before ? 2 : 0);
    const int64_t rest[] = {a->round_current,
                            a->round_decay,
                            a->round_leak,
                            kind,
                            a->decay_kind,
                            a->gain.int_bits,
                            a->gain.frac_bits,
                            a->currents,
                            a->input_signed,
                            a->leak_signed,
                            a->has_gain,
                            a->has_rest,
                            a->decay_last,
                            saturates,
                            clamp,
                            a->floor_zero,
                            fires,
                            a->reset_subtract,
                            a->integrate_first,
                            a->refractory_hold,
                            a->refractory_ticks};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        h = mix(h, rest[i]);
    h = mix(h, im->n_layers);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        h = mix(mix(mix(mix(h, y->n_in), y->n_out), y->topology), y->recurrent);
        h = mix(mix(h, y->delayed), y->max_spikes);
        for (int i = 0; i < y->n_rows * y->n_out; i++)
            h = mix(h, y->w[i]);
        for (int n = 0; n < y->n_out; n++) {
            const struct law_neuron *p = &y->neuron[n];
            const int32_t words[] = {p->lambda, p->lambda_slope, p->mu,   p->mu_slope,
                                     p->theta,  p->bias,         p->mu2,  p->mu2_slope,
                                     p->gain,   p->rest,         p->reset};
            for (int i = 0; i < 11; i++)
                h = mix(h, words[i]);
        }
    }
    return h;
}

// The most that positive and negative weights gather together if each takes its largest x; the
// larger of the synapses.
int64_t oracle_bound(const struct image *im, int layer)
{
    const struct image_layer *y = &im->layer[layer];
    const struct law *a = &im->law;
    int64_t x_max = layer             ? im->layer[layer - 1].max_spikes
                    : a->input_signed ? (int64_t)power(size_of(a->input) - 1)
                                      : (int64_t)power(size_of(a->input)) - 1;
    int64_t bound = 0;
    for (int synapse = 0; synapse < (a->currents == 2 ? 2 : 1); synapse++)
        for (int n = 0; n < y->n_out; n++) {
            int64_t up = 0, down = 0;
            for (int s = 0; s < y->n_source; s++) {
                int64_t w = y->w[(synapse * y->n_source + s) * y->n_out + n] *
                            (s < y->n_in ? x_max : y->max_spikes);
                if (w > 0) up += w;
                if (w < 0) down -= w;
            }
            if (up + down > bound) bound = up + down;
        }
    return bound;
}
