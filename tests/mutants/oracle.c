#include "tests/mutants/oracle.h"

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
    if (r == FX_TOWARD_ZERO) return (int64_t)q;
    if (rest < 0) rest += d, q -= 1; // q is the floor now
    if (r == FX_FLOOR) return (int64_t)q;
    return (int64_t)(2 * rest > d || (2 * rest == d && q % 2) ? q + 1 : q);
}

int64_t oracle_clamp(__int128 x, int bits, bool wrap, bool floor_zero)
{
    __int128 half = power(bits - 1);
    if (wrap) {
        __int128 y = x % (2 * half);
        if (y >= half) y -= 2 * half;
        if (y < -half) y += 2 * half;
        return (int64_t)y;
    }
    if (x > half - 1) return (int64_t)(half - 1);
    __int128 lo = floor_zero ? 0 : -half;
    return (int64_t)(x < lo ? lo : x);
}

static int64_t factor(const struct law *a, enum law_leak kind, int32_t word, int32_t slope,
                      int jitter)
{
    if (kind == LAW_LEAK_SHIFT) return word;
    __int128 x = word + (__int128)oracle_divide(slope, jitter, 15, FX_NEAREST_EVEN);
    __int128 top = power(a->leak.int_bits + a->leak.frac_bits) - 1;
    return (int64_t)(x < 0 ? 0 : x > top ? top : x);
}

static int64_t lost(const struct law *a, enum law_leak kind, enum fx_round r, int64_t x,
                    int64_t lambda)
{
    if (kind == LAW_LEAK_EXPONENTIAL) return oracle_divide(x, lambda, a->leak.frac_bits, r);
    if (kind == LAW_LEAK_SHIFT) return oracle_divide(x, 1, (int)lambda, r);
    if (kind == LAW_LEAK_NONE) return 0;
    int64_t size = x < 0 ? -x : x;
    if (size > lambda) size = lambda;
    return x < 0 ? -size : size;
}

struct law_stages oracle_step(const struct law *a, const struct law_neuron *n, struct law_state *s,
                              int64_t acc, int input_frac, int jitter)
{
    struct law_stages t = {.gather = acc};
    int v_bits = a->membrane.int_bits + a->membrane.frac_bits;
    int align = a->weight.frac_bits + input_frac - a->membrane.frac_bits;
    bool held = s->r != 0;
    t.current =
        align < 0 ? acc * (int64_t)power(-align) : oracle_divide(acc, 1, align, a->round_current);
    if (a->has_current) {
        int64_t mu = factor(a, a->decay_kind, n->mu, n->mu_slope, jitter);
        __int128 u = (__int128)s->u + t.current - lost(a, a->decay_kind, a->round_decay, s->u, mu);
        t.current = oracle_clamp(u, a->current.int_bits + a->current.frac_bits, a->wrap, false);
        s->u = (int32_t)t.current;
    }
    int64_t in = held ? 0 : t.current + n->bias;
    t.leak = lost(a, a->leak_kind, a->round_leak, a->integrate_first ? s->v + in : s->v,
                  factor(a, a->leak_kind, n->lambda, n->lambda_slope, jitter));
    t.integrate = in + s->v - t.leak;
    t.clamp = (int32_t)oracle_clamp(t.integrate, v_bits, a->wrap, a->floor_zero);
    t.fire = !held && (t.clamp > n->theta || (t.clamp == n->theta && !a->fire_gt));
    t.reset = t.clamp;
    if (t.fire)
        t.reset = a->reset_subtract ? (int32_t)oracle_clamp((__int128)t.clamp - n->theta, v_bits,
                                                            a->wrap, a->floor_zero)
                                    : 0;
    t.refract = t.fire ? a->refractory_ticks : held ? s->r - 1 : 0;
    s->v = t.reset;
    s->r = t.refract;
    return t;
}

void oracle_tick(struct oracle *o, const struct image *im, const uint8_t *x, int jitter)
{
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        bool own[ORACLE_NEURONS];
        memcpy(own, o->z[l], sizeof own); // of the tick before
        for (int n = 0; n < y->n_out; n++) {
            int64_t acc = 0;
            for (int i = 0; i < y->n_in; i++) {
                int64_t word = l == 0 ? x[i] : o->z[l - 1][i];
                bool one = y->topology == IMAGE_ONE_TO_ONE;
                if (!one || i == n) acc += word * y->w[one ? n : i * y->n_out + n];
            }
            for (int m = 0; y->recurrent && m < y->n_out; m++)
                acc += own[m] * y->w[(y->n_in + m) * y->n_out + n];
            o->before[l][n] = o->state[l][n];
            o->stages[l][n] = oracle_step(&im->law, &y->neuron[n], &o->state[l][n], acc,
                                          l == 0 ? im->law.input.frac_bits : 0, jitter);
            o->z[l][n] = o->stages[l][n].fire;
            o->spikes[l] += o->z[l][n];
            if (l == im->n_layers - 1) o->count[n] += o->z[l][n];
        }
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
    const int64_t rest[] = {a->round_current,  a->round_decay,     a->round_leak,
                            a->leak_kind,      a->decay_kind,      a->has_current,
                            a->wrap,           a->floor_zero,      a->fire_gt,
                            a->reset_subtract, a->integrate_first, a->refractory_ticks};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        h = mix(h, rest[i]);
    h = mix(h, im->n_layers);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        h = mix(mix(mix(mix(h, y->n_in), y->n_out), y->topology), y->recurrent);
        for (int i = 0; i < y->n_source * y->n_out; i++)
            h = mix(h, y->w[i]);
        for (int n = 0; n < y->n_out; n++) {
            const struct law_neuron *p = &y->neuron[n];
            const int32_t words[] = {p->lambda,   p->lambda_slope, p->mu,
                                     p->mu_slope, p->theta,        p->bias};
            for (int i = 0; i < 6; i++)
                h = mix(h, words[i]);
        }
    }
    return h;
}

// The most that positive and negative weights gather together if each takes its largest x.
int64_t oracle_bound(const struct image *im, int layer)
{
    const struct image_layer *y = &im->layer[layer];
    int64_t x_max =
        layer ? 1 : (int64_t)power(im->law.input.int_bits + im->law.input.frac_bits) - 1;
    int64_t bound = 0;
    for (int n = 0; n < y->n_out; n++) {
        int64_t up = 0, down = 0;
        for (int s = 0; s < y->n_source; s++) {
            int64_t w = y->w[s * y->n_out + n] * (s < y->n_in ? x_max : 1);
            if (w > 0) up += w;
            if (w < 0) down -= w;
        }
        if (up + down > bound) bound = up + down;
    }
    return bound;
}
