#include "base/isa.h"
#include "twin/lif/backward.h"

#include "twin/chip/physics.h"

#include "base/arena.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

ISA_KERNEL(backward_kernel, backward_neurons)
ISA_KERNEL(backward_kernel, backward_weights)

bool backward_plain(const struct law *law)
{
    return !law_beyond(law) && !law->currents && !law->integrate_first && !law->refractory_ticks &&
           !law->wrap;
}

const char *backward_lacks(const struct law *law)
{
    if (law->leak_when) return "law.leak_when";
    if (law->fire_before) return "law.fire_on";
    if (law->wrap && law->floor_zero) return "law.floor with law.clamp: wrap";
    return 0;
}

static void *floats(struct arena *a, size_t n)
{
    return arena_alloc(a, n * sizeof(float));
}

// Rows and columns of the gradient of the weights from the inputs.
static size_t gw_in_size(const struct backward_layer *y)
{
    if (y->one_to_one) return (size_t)y->n_pad;
    return y->narrow ? (size_t)(y->taps * y->n_out) * (size_t)y->in_pad
                     : (size_t)y->n_heard * (size_t)y->n_pad;
}

// The gradients first.
static void lay_out(struct backward *b, struct arena *a)
{
    size_t ticks = (size_t)b->n_ticks, sources = 0;
    for (int l = 0; l < b->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        size_t n_pad = (size_t)y->n_pad;
        y->gw_in = floats(a, gw_in_size(y));
        if (y->recurrent) y->gw_own = floats(a, (size_t)y->n_out * n_pad);
        for (int i = 0; i < NET_NEURON; i++)
            y->gvalue[i] = floats(a, n_pad);
    }
    b->gradient = (float *)(void *)a->base;
    b->gradient_floats = a->used / sizeof(float);
    for (int l = 0; l < b->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        size_t n_pad = (size_t)y->n_pad, out = (size_t)y->n_out;
        y->w_in = floats(a, y->one_to_one ? n_pad : (size_t)y->taps * out * (size_t)y->in_pad);
        if (y->recurrent) y->w_own = floats(a, out * n_pad);
        y->theta = floats(a, n_pad);
        y->inv_theta = floats(a, n_pad);
        y->beta = floats(a, n_pad);
        y->lambda = floats(a, n_pad);
        y->slope = floats(a, n_pad);
        y->mu = floats(a, n_pad);
        y->mu_slope = floats(a, n_pad);
        y->gain = floats(a, n_pad);
        y->rest = floats(a, n_pad);
        y->reset = floats(a, n_pad);
        y->count = floats(a, n_pad);
        y->gz = floats(a, BACKWARD_GROUP * n_pad);
        y->gv = floats(a, BACKWARD_GROUP * n_pad);
        y->gu = floats(a, BACKWARD_GROUP * n_pad);
        for (int i = 0; i < NET_NEURON; i++)
            y->sum[i] = floats(a, BACKWARD_GROUP * n_pad);
        y->gs = floats(a, BACKWARD_GROUP * backward_gs_size(b, y));
        size_t most = (size_t)(y->n_in > y->n_out ? y->n_in : y->n_out);
        if (most > sources) sources = most;
    }
    size_t words = (sources + 63) / 64, tick_words = (ticks + 63) / 64;
    b->jitter = floats(a, BACKWARD_GROUP * ticks);
    b->active = floats(a, 2 * ticks * words);
    b->ticks = floats(a, 2 * 64 * words * tick_words);
    b->counts = floats(a, ticks * sources / sizeof(float) + 16);
    b->gx = floats(a, (ticks + 1) * (size_t)b->layer[0].in_pad);
}

int backward_init(struct backward *b, const struct image_shape *shape, int n_ticks, struct fail *f)
{
    *b = (struct backward){.n_layers = shape->n_layers, .n_ticks = n_ticks};
    b->isa = isa_best();
    for (int l = 0; l < shape->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        y->n_in = shape->layer[l].n_in;
        y->n_out = shape->layer[l].n_out;
        y->in_pad = backward_padded(y->n_in);
        y->n_pad = backward_padded(y->n_out);
        y->one_to_one = shape->layer[l].topology == IMAGE_ONE_TO_ONE;
        y->recurrent = shape->layer[l].recurrent;
        y->delayed = shape->layer[l].delayed;
        y->max_spikes = shape->layer[l].max_spikes ? shape->layer[l].max_spikes : 1;
        y->in_spikes = l ? b->layer[l - 1].max_spikes : 1;
        y->narrow = y->n_out <= BACKWARD_LANES;
        y->taps = shape->layer[l].taps > 1 ? shape->layer[l].taps : 1;
        y->spacing = y->taps > 1 ? shape->layer[l].spacing : 0;
        y->n_heard = image_heard(shape, l);
        y->n_source = image_fan_in(shape, l);
    }
    struct arena size = {0}, a = {0};
    lay_out(b, &size);
    b->memory = a.base = aligned_alloc(ARENA_LINE, size.used);
    if (!b->memory) return fail(f, "backward pass: out of memory");
    memset(b->memory, 0, size.used);
    lay_out(b, &a);
    return 0;
}

void backward_fini(struct backward *b)
{
    free(b->memory);
    *b = (struct backward){0};
}

static float leak_real(const struct law *law, enum law_leak kind, int32_t word)
{
    if (law_leak_shifts(kind)) return (float)physics_share(kind, word);
    if (kind == LAW_LEAK_LINEAR) return ldexpf((float)word, -law->membrane.frac_bits);
    return kind == LAW_LEAK_NONE ? 0 : ldexpf((float)word, -law->leak.frac_bits);
}

// out (n_cols, stride) = words (n_rows, n_cols) turned over, as real numbers.
static void turn_weights(float *out, int stride, const int16_t *w, int n_rows, int n_cols,
                         float lsb)
{
    for (int n = 0; n < n_cols; n++)
        for (int s = 0; s < n_rows; s++)
            out[n * stride + s] = (float)w[s * n_cols + n] * lsb;
}

void backward_load(struct backward *b, const struct image *im, const struct backward_options *o)
{
    const struct law *law = &im->law;
    b->law = *law;
    b->plain = backward_plain(law);
    b->options = *o;
    b->lsb = ldexpf(1, -law->membrane.frac_bits);
    b->x_lsb = ldexpf(1, -law->input.frac_bits);
    b->binary_input = law_bits(law->input) == 1 && law->input.frac_bits == 0;
    memset(b->gradient, 0, b->gradient_floats * sizeof(float));
    for (int l = 0; l < b->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        const struct image_layer *from = &im->layer[l];
        const float w_lsb = ldexpf(1, -law->weight.frac_bits);
        if (y->one_to_one) turn_weights(y->w_in, 1, from->w, 1, y->n_out, w_lsb);
        for (int k = 0; !y->one_to_one && k < y->taps; k++)
            turn_weights(y->w_in + (size_t)(k * y->n_out) * (size_t)y->in_pad, y->in_pad,
                         from->w + (size_t)(k * y->n_in) * (size_t)y->n_out, y->n_in, y->n_out,
                         w_lsb);
        if (y->recurrent)
            turn_weights(y->w_own, y->n_pad, from->w + (size_t)y->n_heard * (size_t)y->n_out,
                         y->n_out, y->n_out, w_lsb);
        for (int n = 0; n < y->n_out; n++) {
            const struct law_neuron *p = &from->neuron[n];
            bool moves = !law_leak_shifts(law->leak_kind),
                 decays = !law_leak_shifts(law->decay_kind);
            y->lambda[n] = leak_real(law, law->leak_kind, p->lambda);
            y->slope[n] = moves ? leak_real(law, law->leak_kind, p->lambda_slope) : 0;
            y->mu[n] = leak_real(law, law->decay_kind, p->mu);
            y->mu_slope[n] = decays ? leak_real(law, law->decay_kind, p->mu_slope) : 0;
            y->gain[n] = law->has_gain ? ldexpf((float)p->gain, -law->gain.frac_bits) : 1;
            y->rest[n] = law->has_rest ? (float)p->rest * b->lsb : 0;
            y->reset[n] = law->has_rest ? (float)p->reset * b->lsb : 0;
            y->theta[n] = p->theta;
            y->inv_theta[n] = p->theta > 0 ? 1 / ((float)p->theta * b->lsb) : 0;
            y->beta[n] = p->theta > 0 ? o->slope / (float)p->theta : 0;
        }
    }
}

// What membranes of a layer cost in a clip that come near where they wrap.
static double wrap_loss(const struct backward *b, int l, const struct trace_layer *t)
{
    const int32_t end = -(int32_t)fx_min(law_bits(b->law.membrane));
    const int n = b->layer[l].n_out;
    double loss = 0;
    for (int tick = 0; tick < b->n_ticks; tick++) {
        const size_t at = (size_t)tick * (size_t)t->stride;
        int32_t wide[IMAGE_MAX_NEURONS];
        for (int i = 0; t->c16 && i < n; i++)
            wide[i] = t->c16[at + (size_t)i];
        loss += loss_wrap(b->options.wrap_weight, end, t->c16 ? wide : t->c + at, n);
    }
    return loss;
}

// gz of a layer in a clip; returns the loss of its rate target.
static double spread_targets(struct backward *b, int l, const struct backward_clip *clip, float *gz)
{
    struct backward_layer *y = &b->layer[l];
    int n_words = trace_spike_words(y->n_out);
    const struct loss_rate *rate = &b->options.rate[l];
    double loss = 0;
    memset(gz, 0, (size_t)y->n_pad * sizeof *gz);
    if (rate->weight != 0) {
        memset(y->count, 0, (size_t)y->n_pad * sizeof *y->count);
        const struct trace_layer *t = &clip->trace->layer[l];
        for (int tick = 0; tick < b->n_ticks; tick++)
            for (int k = 0; k < n_words; k++)
                for (uint64_t z = t->z[tick * n_words + k]; z; z &= z - 1) {
                    int n = 64 * k + __builtin_ctzll(z);
                    y->count[n] += y->max_spikes > 1 ? t->n[tick * t->stride + n] : 1;
                }
        loss = loss_firing_rate(rate, y->count, y->n_out, b->n_ticks, gz);
    }
    if (l == b->n_layers - 1 && clip->gcount)
        for (int n = 0; n < y->n_out; n++)
            gz[n] += clip->gcount[n];
    return loss;
}

double backward_run(struct backward *b, const struct backward_clip *clips, int n_clips)
{
    assert(n_clips > 0 && n_clips <= BACKWARD_GROUP);
    double loss = 0;
    for (int clip = 0; clip < n_clips; clip++) {
        const struct stimulus *s = &clips[clip].stimulus;
        float *jitter = b->jitter + (size_t)clip * (size_t)b->n_ticks;
        assert(s->n_ticks == b->n_ticks);
        for (int tick = 0; tick < b->n_ticks; tick++)
            jitter[tick] = s->jitter ? (float)s->jitter[tick] / 32768 : 0;
        for (int l = 0; l < b->n_layers; l++) {
            loss += spread_targets(b, l, &clips[clip], b->layer[l].gz + clip * b->layer[l].n_pad);
            if (b->law.wrap && b->options.wrap_weight > 0)
                loss += wrap_loss(b, l, &clips[clip].trace->layer[l]);
        }
    }
    for (int l = 0; l < b->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        size_t floats = (size_t)n_clips * (size_t)y->n_pad;
        memset(y->gv, 0, floats * sizeof(float));
        memset(y->gu, 0, floats * sizeof(float));
        b->plain = b->plain && y->max_spikes == 1;
        for (int i = 0; i < NET_NEURON; i++)
            memset(y->sum[i], 0, floats * sizeof(float));
    }
    backward_neurons_isa[b->isa](b, clips, n_clips);
    backward_weights_isa[b->isa](b, clips, n_clips);
    for (int clip = 0; clip < n_clips && b->options.neuron_gradients; clip++)
        for (int l = 0; l < b->n_layers; l++) {
            struct backward_layer *y = &b->layer[l];
            for (int i = 0; i < NET_NEURON; i++)
                for (int n = 0; n < y->n_out; n++)
                    y->gvalue[i][n] += y->sum[i][clip * y->n_pad + n];
        }
    return loss;
}

// Where the weight of source s of the inputs lies in (taps, n_out, in_pad).
static int of_neuron(const struct backward_layer *y, int s, int n)
{
    return (s / y->n_in * y->n_out + n) * y->in_pad + s % y->n_in;
}

float backward_weight_gradient(const struct backward *b, int l, int s, int n)
{
    const struct backward_layer *y = &b->layer[l];
    if (y->one_to_one) return y->gw_in[n];
    if (s < y->n_heard) return y->gw_in[y->narrow ? of_neuron(y, s, n) : s * y->n_pad + n];
    s -= y->n_heard;
    return y->narrow ? y->gw_own[n * y->n_pad + s] : y->gw_own[s * y->n_pad + n];
}

// What is gathered is γ·Σ w·x, so that γ·dL/dγ = Σ w·dL/dw.
static float gain_gradient(const struct backward *b, int l, int n)
{
    const struct backward_layer *y = &b->layer[l];
    double sum = 0;
    for (int s = 0; s < y->n_source; s++) {
        const float w = y->one_to_one    ? y->w_in[n]
                        : s < y->n_heard ? y->w_in[of_neuron(y, s, n)]
                                         : y->w_own[n * y->n_pad + s - y->n_heard];
        sum += (double)w * backward_weight_gradient(b, l, s, n);
    }
    return y->gain[n] == 0 ? 0 : (float)(sum / y->gain[n]);
}

float backward_value_gradient(const struct backward *b, int l, enum net_neuron value, int n)
{
    return value == NET_GAIN ? gain_gradient(b, l, n) : b->layer[l].gvalue[value][n];
}

// Whether a value is learnt: θ, λ and bias are of every law.
static bool is_collected(const struct backward *b, enum net_neuron value)
{
    if (value == NET_DECAY) return b->law.decay_kind == LAW_LEAK_EXPONENTIAL;
    return value < NET_REST;
}

// g (n_rows, n_cols) += gradient · gain; the gradient's rows and columns are `row` and `col` apart.
static void collect(float *g, const float *gain, const float *gw, int n_rows, int n_cols, int row,
                    int col)
{
    for (int s = 0; s < n_rows; s++)
        for (int n = 0; n < n_cols; n++)
            g[s * n_cols + n] += gw[s * row + n * col] * gain[s * n_cols + n];
}

void backward_collect(const struct backward *b, const struct net *n,
                      const struct virtual_chip_note *note, float *g)
{
    for (int l = 0; l < b->n_layers; l++) {
        const struct backward_layer *y = &b->layer[l];
        const struct net_layer *to = &n->layer[l];
        float *gw = g + (to->w - n->values);
        const float *gain = note->gain[l];
        const int in = y->n_heard * y->n_out, of_tap = y->n_in * y->n_out;
        if (y->one_to_one)
            collect(gw, gain, y->gw_in, 1, y->n_out, 0, 1);
        else if (!y->narrow)
            collect(gw, gain, y->gw_in, y->n_heard, y->n_out, y->n_pad, 1);
        for (int k = 0; y->narrow && !y->one_to_one && k < y->taps; k++)
            collect(gw + k * of_tap, gain + k * of_tap, y->gw_in + k * y->n_out * y->in_pad,
                    y->n_in, y->n_out, 1, y->in_pad);
        if (y->recurrent && y->narrow)
            collect(gw + in, gain + in, y->gw_own, y->n_out, y->n_out, 1, y->n_pad);
        else if (y->recurrent)
            collect(gw + in, gain + in, y->gw_own, y->n_out, y->n_out, y->n_pad, 1);
        for (int i = 0; i < NET_NEURON && b->options.neuron_gradients; i++)
            for (int m = 0; to->value[i] && is_collected(b, (enum net_neuron)i) && m < y->n_out;
                 m++)
                g[to->value[i] - n->values + m] +=
                    backward_value_gradient(b, l, (enum net_neuron)i, m);
    }
}
