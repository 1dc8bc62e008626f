// Back through neurons and ticks: dL/ds of every neuron, compiled once for each instruction set.
//
// Mirrors model/lif/kernel.c, layers and ticks in reverse. For each layer, the last one first: dL/dz of
// all ticks from the layer after it (no tick waits for another); then the stages of a tick in
// reverse, tick by tick, several vectors of neurons side by side. fused() is the same bits in
// hardware or in libm.
#include "base/isa.h"
#include "twin/lif/backward.h"
#include "twin/lif/backward_lanes.h"

#include <string.h>

#define BACKWARD_NEURONS ISA_FUNCTION(backward_neurons)

backward_kernel BACKWARD_NEURONS;

// --- dL/dz ---------------------------------------------------------------------------------------

// out[r] = init[r] + Σ_k a[r][k]·w[k] for `rows` rows of `blocks` vectors. Few sums at once wait
// for each other, so they are cut in two, even and odd k.
LANES_INLINE void multiply_tile(const int rows, const int blocks, float *out, size_t out_stride,
                                const float *init, size_t init_stride, const float *a,
                                size_t a_stride, const float *w, size_t w_stride, int n_k)
{
    const bool two = rows * blocks <= 8;
    lanes sum[8][4], odd[8][4];
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < blocks; i++) {
            sum[r][i] = *(const lanes *)&init[(size_t)r * init_stride + 16 * (size_t)i];
            odd[r][i] = (lanes){0};
        }
    int k = 0;
    for (; k + 2 <= n_k; k += 2, w += 2 * w_stride)
        for (int r = 0; r < rows; r++) {
            const lanes a0 = each(a[(size_t)r * a_stride + (size_t)k]);
            const lanes a1 = each(a[(size_t)r * a_stride + (size_t)k + 1]);
            for (int i = 0; i < blocks; i++) {
                const lanes w0 = *(const lanes *)&w[16 * i];
                const lanes w1 = *(const lanes *)&w[w_stride + 16 * (size_t)i];
                sum[r][i] = fused(a0, w0, sum[r][i]);
                if (two)
                    odd[r][i] = fused(a1, w1, odd[r][i]);
                else
                    sum[r][i] = fused(a1, w1, sum[r][i]);
            }
        }
    for (; k < n_k; k++)
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < blocks; i++)
                sum[r][i] = fused(each(a[(size_t)r * a_stride + (size_t)k]),
                                  *(const lanes *)&w[16 * i], sum[r][i]);
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < blocks; i++)
            *(lanes *)&out[(size_t)r * out_stride + 16 * (size_t)i] =
                two ? sum[r][i] + odd[r][i] : sum[r][i];
}

// The same for any number of rows and n_lanes neurons; w has n_lanes columns.
LANES_INLINE void multiply(float *out, size_t out_stride, const float *init, size_t init_stride,
                           const float *a, size_t a_stride, const float *w, int n_lanes, int n_k,
                           int n_rows)
{
#define TILE(rows, blocks)                                                                         \
    multiply_tile(rows, blocks, out + at, out_stride, init + at, init_stride, a, a_stride, w + at, \
                  (size_t)n_lanes, n_k)
#define TILES(rows)                                                                                \
    for (; n_rows >= (rows); n_rows -= (rows), out += (rows)*out_stride,                           \
                             init += (rows)*init_stride, a += (rows)*a_stride) {                   \
        int at = 0;                                                                                \
        for (; at + 64 <= n_lanes; at += 64)                                                       \
            TILE(rows, 4);                                                                         \
        for (; at + 32 <= n_lanes; at += 32)                                                       \
            TILE(rows, 2);                                                                         \
        for (; at + 16 <= n_lanes; at += 16)                                                       \
            TILE(rows, 1);                                                                         \
    }
    TILES(4)
    TILES(1)
#undef TILES
#undef TILE
}

// dL/dz of layer l in all ticks of one clip, into gs: what is the same in each tick, and what comes
// from the layer after it; of the last layer what each tick was given, (n_ticks, n_out), or NULL.
static void spread_gz(struct backward *b, int l, int clip, const float *given)
{
    struct backward_layer *y = &b->layer[l];
    const struct backward_layer *up = l + 1 < b->n_layers ? &b->layer[l + 1] : 0;
    const float *gz = y->gz + (size_t)clip * (size_t)y->n_pad;
    float *gs = y->gs + (size_t)clip * backward_gs_size(b, y);
    // A delayed layer hears of a tick in the next.
    const float *gs_up = up ? up->gs + (size_t)clip * backward_gs_size(b, up) : 0;
    if (up && up->delayed) gs_up += up->n_pad;
    if (up && !up->one_to_one) {
        multiply(gs, (size_t)y->n_pad, gz, 0, gs_up, (size_t)up->n_pad, up->w_in, y->n_pad,
                 up->n_out, b->n_ticks);
        for (int k = 1; k < up->taps; k++) // of a tap, as many ticks later
            multiply(gs, (size_t)y->n_pad, gs, (size_t)y->n_pad,
                     gs_up + (size_t)(k * up->spacing) * (size_t)up->n_pad, (size_t)up->n_pad,
                     up->w_in + (size_t)(k * up->n_out) * (size_t)up->in_pad, y->n_pad, up->n_out,
                     b->n_ticks);
        return;
    }
    for (int tick = 0; tick < b->n_ticks; tick++, gs += y->n_pad) {
        if (!up)
            for (int n = 0; n < y->n_pad; n += 16)
                *(lanes *)&gs[n] = *(const lanes *)&gz[n];
        if (!up && given)
            for (int n = 0; n < y->n_out; n++)
                gs[n] += given[(size_t)tick * (size_t)y->n_out + (size_t)n];
        if (up)
            for (int n = 0; n < y->n_pad; n++)
                gs[n] = gz[n] + up->w_in[n] * gs_up[tick * up->n_pad + n];
    }
}

// dL/dx of the inputs in all ticks of one clip, once gs of layer 0 is dL/ds.
static void give_inputs(struct backward *b, int clip, float *gx)
{
    const struct backward_layer *y = &b->layer[0];
    const float *gs = y->gs + (size_t)clip * backward_gs_size(b, y);
    const size_t row = (size_t)y->n_in;
    if (y->one_to_one) {
        for (int tick = 0; tick < b->n_ticks; tick++)
            for (int n = 0; n < y->n_in; n++)
                gx[(size_t)tick * row + (size_t)n] = y->w_in[n] * gs[tick * y->n_pad + n];
        return;
    }
    const float *zero = b->gx + (size_t)b->n_ticks * (size_t)y->in_pad;
    multiply(b->gx, (size_t)y->in_pad, zero, 0, gs, (size_t)y->n_pad, y->w_in, y->in_pad, y->n_out,
             b->n_ticks); // layer 0 has no taps
    for (int tick = 0; tick < b->n_ticks; tick++)
        memcpy(gx + (size_t)tick * row, b->gx + tick * y->in_pad, row * sizeof *gx);
}

// --- the stages of a tick ------------------------------------------------------------------------

// 16 neurons of one clip.
struct stream {
    const int16_t *c16; // from tick 0; NULL: c, of membranes over 16 bits
    const int32_t *c;
    size_t c_stride; // to the next tick
    float *g;        // from tick 0, n_pad to the next: dL/dz, then dL/ds
    float *gv;       // dL/dv of the tick after the next step, then of the tick before the last
    float *sum[NET_NEURON]; // of the clip: of the gradients of the values of neurons
    const float *jitter;    // (n_ticks)
    int n;                  // first neuron
    // of laws beyond the plain one: what was recorded, c_stride to the next tick, NULL if the law has
    // none; and dL/du of the tick after the next step
    const int32_t *v, *u, *r, *spikes;
    float *gu;
};

LANES_INLINE masks membrane_words(const struct stream *s, int tick, const bool may_be_wide)
{
    size_t at = (size_t)tick * s->c_stride;
    if (may_be_wide && !s->c16) return *(const masks *)(s->c + at);
    return widened(s->c16 + at);
}

// Stages reset to leak of `count` streams, ticks from `last` down to `first`. What is const is
// known where this is inlined: no choice is left inside the loop, but for `more`: a reset that is
// differentiated, and the neurons' own gradients.
LANES_INLINE void step(const struct backward *b, const struct backward_layer *y,
                       const struct stream *s, const int count, const bool same, int first,
                       int last, const bool subtract, const bool linear, const bool jitter,
                       const bool more)
{
    const struct law *law = &b->law;
    const masks top = (masks){0} + (int32_t)fx_max(law_bits(law->membrane));
    const masks bottom =
        (masks){0} + (law->floor_zero ? 0 : (int32_t)fx_min(law_bits(law->membrane)));
    const lanes zero = {0}, one = each(1), lsb = each(b->lsb), attach = each(b->options.reset_grad);
    const masks gt = (masks){0} + (int32_t)law->fire_gt;
    const bool own = more && b->options.neuron_gradients;
    const size_t n_pad = (size_t)y->n_pad;
    masks theta[4];
    lanes beta[4], inv_theta[4], lambda[4], slope[4], gv[4], gbias[4], gtheta[4], glambda[4];
    for (int i = 0; i < count; i++) {
        const int n = s[i].n, of = same ? 0 : i;
        theta[of] = *(const masks *)&y->theta[n];
        beta[of] = *(const lanes *)&y->beta[n];
        inv_theta[of] = *(const lanes *)&y->inv_theta[n];
        lambda[of] = *(const lanes *)&y->lambda[n];
        slope[of] = *(const lanes *)&y->slope[n];
        gv[i] = *(const lanes *)s[i].gv;
        gbias[i] = *(const lanes *)s[i].sum[NET_BIAS];
        gtheta[i] = *(const lanes *)s[i].sum[NET_THETA];
        glambda[i] = *(const lanes *)s[i].sum[NET_LAMBDA];
    }
    for (int tick = last; tick >= first; tick--)
        for (int i = 0; i < count; i++) {
            const int of = same ? 0 : i;
            float *at = s[i].g + (size_t)tick * n_pad;
            const masks word = membrane_words(&s[i], tick, more), over = word - theta[of];
            const which fired = at_least(over, gt);
            lanes q = fused(beta[of], magnitude(real(over)), one);
            lanes surrogate = inv_theta[of] / (q * q), gz = *(const lanes *)at;
            if (more) gz -= attach * (subtract ? real(theta[of]) * lsb : real(word) * lsb) * gv[i];
            lanes dz = gz * surrogate, through = subtract ? gv[i] : where(fired, zero, gv[i]);
            lanes g = where(at_least(word, top) | at_least(bottom, word), zero, through + dz);
            *(lanes *)at = g;
            if (own) {
                gbias[i] += g;
                gtheta[i] -= dz + (subtract ? where(fired, gv[i], zero) : zero);
            }

            lanes lambda_t = lambda[of], v = zero;
            if (jitter) {
                lambda_t += slope[of] * each(s[i].jitter[tick]);
                lambda_t = where(real_at_least(lambda_t, zero), lambda_t, zero);
            }
            if ((linear || own) && tick > 0) { // v of the tick before, from its c
                const masks w = membrane_words(&s[i], tick - 1, more), above = w - theta[of];
                v = where(at_least(above, gt), subtract ? real(above) : zero, real(w)) * lsb;
            }
            lanes keep =
                linear ? where(real_at_least(magnitude(v), lambda_t), one, zero) : one - lambda_t;
            gv[i] = g * keep;
            if (own)
                glambda[i] -= g * (linear ? where(real_at_least(v, lambda_t), one,
                                                  where(real_at_least(-lambda_t, v), -one, zero))
                                          : v);
        }
    for (int i = 0; i < count; i++) {
        *(lanes *)s[i].gv = gv[i];
        if (!own) continue;
        *(lanes *)s[i].sum[NET_BIAS] = gbias[i];
        *(lanes *)s[i].sum[NET_THETA] = gtheta[i];
        *(lanes *)s[i].sum[NET_LAMBDA] = glambda[i];
    }
}

// A factor of the leak or decay that jitter moves; never below 0.
LANES_INLINE lanes moved_by(lanes factor, lanes slope, float jitter)
{
    const lanes zero = {0}, moved = factor + slope * each(jitter);
    return where(real_at_least(moved, zero), moved, zero);
}

// Words of a tick before the first are 0.
LANES_INLINE masks recorded(const int32_t *from, const struct stream *s, int tick)
{
    return from && tick >= 0 ? *(const masks *)(from + (size_t)tick * s->c_stride) : (masks){0};
}

// Stages reset to gather of one stream under any law, its choices taken at run time. What clamps
// within a sum (saturation after each source, of the increment) counts as not reached.
static void step_any(const struct backward *b, const struct backward_layer *y,
                     const struct stream *s, int first, int last)
{
    const struct law *law = &b->law;
    const int bits = law_bits(law->membrane), u_bits = law->currents ? law_bits(law->current) : 1;
    const masks top = (masks){0} + (int32_t)fx_max(bits), none = {0};
    const masks bottom = none + (law->floor_zero ? 0 : (int32_t)fx_min(bits) + law->symmetric);
    const masks u_top = none + (int32_t)fx_max(u_bits),
                u_bottom = none + ((int32_t)fx_min(u_bits) + law->symmetric);
    const lanes zero = {0}, one = each(1), lsb = each(b->lsb), attach = each(b->options.reset_grad);
    const masks gt = none + (int32_t)law->fire_gt, theta = *(const masks *)&y->theta[s->n];
    const lanes beta = *(const lanes *)&y->beta[s->n],
                inv_theta = *(const lanes *)&y->inv_theta[s->n];
    const lanes rest = *(const lanes *)&y->rest[s->n], reset = *(const lanes *)&y->reset[s->n];
    const lanes gain = *(const lanes *)&y->gain[s->n];
    const bool own = b->options.neuron_gradients, subtract = law->reset_subtract;
    const bool avoid = law->wrap && b->options.wrap_weight > 0;
    const lanes inv_end = each(1 / -(float)fx_min(bits));
    const lanes wrap = 2 * b->options.wrap_weight * inv_end / lsb;
    lanes gv = *(const lanes *)s->gv, gu = *(const lanes *)s->gu;
    lanes gbias = *(const lanes *)s->sum[NET_BIAS], gtheta = *(const lanes *)s->sum[NET_THETA];
    lanes glambda = *(const lanes *)s->sum[NET_LAMBDA], gdecay = *(const lanes *)s->sum[NET_DECAY];
    lanes grest = *(const lanes *)s->sum[NET_REST], greset = *(const lanes *)s->sum[NET_RESET];
    for (int tick = last; tick >= first; tick--) {
        float *at = s->g + (size_t)tick * (size_t)y->n_pad;
        const masks word = membrane_words(s, tick, true);
        const which resting = at_least(recorded(s->r, s, tick - 1), none + 1);
        masks z = none, nearest = none + 1; // spikes, and the multiple of θ that is nearest to c
        if (y->max_spikes > 1) {
            z = recorded(s->spikes, s, tick);
            const masks more = (2 * (word - z * theta) >= theta) | (z == 0);
            nearest = z - (more & (z < y->max_spikes));
        }
        const which fired = y->max_spikes > 1 ? at_least(z, none + 1) : at_least(word - theta, gt);
        const lanes times = y->max_spikes > 1 ? real(z) : where(fired, one, zero);
        lanes q = fused(beta, magnitude(real(word - nearest * theta)), one);
        lanes surrogate = where(resting, zero, inv_theta / (q * q)), c = real(word) * lsb;
        lanes spikes = where(resting, zero, times);
        lanes gz = *(const lanes *)at - attach * (subtract ? real(theta) * lsb : c - reset) * gv;
        lanes dz = gz * surrogate;
        lanes through = subtract ? gv : where(resting, gv, where(fired, zero, gv));
        lanes g = through + dz;
        if (own) greset += gv - through;
        if (!law->wrap) g = where(at_least(word, top) | at_least(bottom, word), zero, g);
        if (avoid) { // loss_wrap
            const lanes x = real(word) * inv_end, over = magnitude(x) - each(LOSS_WRAP_FROM);
            const lanes push = where(real_at_least(over, zero), over, zero) * wrap;
            g += where(real_at_least(x, zero), push, -push);
        }
        if (own) gtheta -= real(nearest) * dz + (subtract ? spikes * gv : zero);

        const float j = s->jitter[tick];
        lanes lambda =
            moved_by(*(const lanes *)&y->lambda[s->n], *(const lanes *)&y->slope[s->n], j);
        lanes leaking = (tick ? real(recorded(s->v, s, tick - 1)) * lsb : rest) - rest;
        lanes keep = one, sign = zero; // d(x − leak)/dx, and of a constant current its direction
        if (law->leak_kind == LAW_LEAK_LINEAR) {
            const lanes x = law->integrate_first ? c - rest : leaking;
            const lanes reach = law->integrate_first ? each(b->lsb / 2) : lambda;
            keep = where(real_at_least(magnitude(x), reach), one, zero);
            sign = where(real_at_least(x, zero), keep, -keep);
        } else if (law->leak_kind != LAW_LEAK_NONE) {
            keep = one - lambda;
            if (law->integrate_first)
                leaking = where(real_at_least(zero, keep), zero, (c - rest) / keep);
        }
        if (own && law->leak_kind != LAW_LEAK_NONE) {
            lanes input = where(resting, zero, g);
            glambda -= (law->refractory_hold ? input : g) *
                       (law->leak_kind == LAW_LEAK_LINEAR ? sign : leaking);
        }
        if (law->refractory_hold) keep = where(resting, zero, keep);
        if (own) grest += g * (one - keep);
        gv = g * keep;
        lanes gin = where(resting, zero, law->integrate_first ? g * keep : g);
        if (own) gbias += gin;
        if (law->currents) {
            const masks u = recorded(s->u, s, tick);
            lanes mu =
                moved_by(*(const lanes *)&y->mu[s->n], *(const lanes *)&y->mu_slope[s->n], j);
            lanes stays = one - mu, total = gu + gin;
            if (law->decay_kind == LAW_LEAK_NONE) stays = one;
            if (law->decay_kind == LAW_LEAK_LINEAR)
                stays = law->decay_last
                            ? where(at_least(none, u) & at_least(u, none), zero, one)
                            : where(real_at_least(
                                        magnitude(real(recorded(s->u, s, tick - 1)) * lsb), mu),
                                    one, zero);
            if (!law->wrap) total = where(at_least(u, u_top) | at_least(u_bottom, u), zero, total);
            if (own) { // what decayed, or of a constant current its direction
                const lanes before = real(recorded(s->u, s, tick - 1)) * lsb, after = real(u) * lsb;
                lanes decaying = before;
                if (law->decay_kind == LAW_LEAK_LINEAR)
                    decaying =
                        where(real_at_least(law->decay_last ? after : before, zero), stays, -stays);
                else if (law->decay_last)
                    decaying = where(real_at_least(zero, stays), zero, after / stays);
                if (law->decay_kind != LAW_LEAK_NONE) gdecay -= total * decaying;
            }
            gu = total * stays;
            gin = law->decay_last ? gu : total;
        }
        *(lanes *)at = gin * gain;
    }
    *(lanes *)s->gv = gv;
    *(lanes *)s->gu = gu;
    if (own && first == 0) grest += gv; // where v begins
    *(lanes *)s->sum[NET_BIAS] = gbias;
    *(lanes *)s->sum[NET_THETA] = gtheta;
    *(lanes *)s->sum[NET_LAMBDA] = glambda;
    *(lanes *)s->sum[NET_DECAY] = gdecay;
    *(lanes *)s->sum[NET_REST] = grest;
    *(lanes *)s->sum[NET_RESET] = greset;
}

// How the law and the options have it, as a number: for a switch.
enum { SUBTRACT = 1, LINEAR = 2, JITTER = 4, MORE = 8 };

LANES_INLINE void step_streams(const struct backward *b, const struct backward_layer *y,
                               const struct stream *s, int n_streams, const bool same, int first,
                               int last, const bool subtract, const bool linear, const bool jitter,
                               const bool more)
{
    for (; n_streams >= 4; n_streams -= 4, s += 4)
        step(b, y, s, 4, same, first, last, subtract, linear, jitter, more);
    for (; n_streams > 0; n_streams--, s++)
        step(b, y, s, 1, true, first, last, subtract, linear, jitter, more);
}

// same: each four streams are four clips of the same neurons.
static void step_all(const struct backward *b, const struct backward_layer *y,
                     const struct stream *s, int n_streams, bool same, int first, int last,
                     int kind)
{
    if (!b->plain) {
        for (int i = 0; i < n_streams; i++)
            step_any(b, y, &s[i], first, last);
        return;
    }
#define STEP(same, k, more)                                                                        \
    step_streams(b, y, s, n_streams, same, first, last, ((k)&SUBTRACT) != 0, ((k)&LINEAR) != 0,    \
                 ((k)&JITTER) != 0, more)
#define KIND(k)                                                                                    \
    case (k):                                                                                      \
        if (same)                                                                                  \
            STEP(true, k, false);                                                                  \
        else                                                                                       \
            STEP(false, k, false);                                                                 \
        break
    switch (kind) {
        KIND(0);
        KIND(1);
        KIND(2);
        KIND(3);
        KIND(4);
        KIND(5);
        KIND(6);
        KIND(7);
    default:
        STEP(false, kind | JITTER, true);
    }
#undef KIND
#undef STEP
}

// dL/ds of a layer in all ticks of the group.
static void step_layer(struct backward *b, int l, const struct backward_clip *clips, int n_clips,
                       int kind)
{
    struct backward_layer *y = &b->layer[l];
    const size_t size = backward_gs_size(b, y), n_pad = (size_t)y->n_pad;
    struct stream s[BACKWARD_GROUP * IMAGE_MAX_NEURONS / BACKWARD_LANES];
    int n_streams = 0;
    for (int n = 0; n < y->n_out; n += 16)
        for (int clip = 0; clip < n_clips; clip++, n_streams++) {
            const struct trace_layer *t = &clips[clip].trace->layer[l];
            size_t at = (size_t)clip * n_pad + (size_t)n;
            s[n_streams] = (struct stream){.c16 = t->c16 ? t->c16 + n : 0,
                                           .c = t->c ? t->c + n : 0,
                                           .c_stride = (size_t)t->stride,
                                           .g = y->gs + (size_t)clip * size + n,
                                           .gv = y->gv + at,
                                           .jitter = b->jitter + (size_t)clip * (size_t)b->n_ticks,
                                           .n = n};
            for (int i = 0; i < NET_NEURON; i++)
                s[n_streams].sum[i] = y->sum[i] + at;
            if (b->plain) continue;
            s[n_streams].v = t->v + n;
            s[n_streams].u = b->law.currents ? t->u + n : 0;
            s[n_streams].r = b->law.refractory_ticks ? t->r + n : 0;
            s[n_streams].spikes = y->max_spikes > 1 ? t->n + n : 0;
            s[n_streams].gu = y->gu + at;
        }
    if (!y->recurrent) {
        step_all(b, y, s, n_streams, n_clips == 4, 0, b->n_ticks - 1, kind);
        return;
    }
    for (int tick = b->n_ticks - 1; tick >= 0; tick--) {
        float *gs = y->gs + (size_t)tick * n_pad;
        multiply(gs, size, gs, size, gs + n_pad, size, y->w_own, y->n_pad, y->n_out, n_clips);
        step_all(b, y, s, n_streams, n_clips == 4, tick, tick, kind);
    }
}

void BACKWARD_NEURONS(struct backward *b, const struct backward_clip *clips, int n_clips)
{
    const struct backward_options *o = &b->options;
    int kind =
        (b->law.reset_subtract ? SUBTRACT : 0) |
        (b->law.leak_kind == LAW_LEAK_LINEAR ? LINEAR : 0) |
        (o->reset_grad != 0 || o->neuron_gradients || !clips[0].trace->layer[0].c16 ? MORE : 0);
    for (int clip = 0; clip < n_clips; clip++)
        if (clips[clip].stimulus.jitter) kind |= JITTER;
    for (int l = b->n_layers - 1; l >= 0; l--) {
        for (int clip = 0; clip < n_clips; clip++)
            spread_gz(b, l, clip, clips[clip].gz);
        step_layer(b, l, clips, n_clips, kind);
    }
    for (int clip = 0; clip < n_clips; clip++)
        if (clips[clip].gx) give_inputs(b, clip, clips[clip].gx);
}
