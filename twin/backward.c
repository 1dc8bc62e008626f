#include "twin/backward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DECLARE(isa)                                                                               \
    void backward_run_##isa(struct backward *b, const struct stimulus *s, const struct trace *t,   \
                            const float *gcount);
DECLARE(generic)
#ifdef NETWORK_X86_64
DECLARE(avx2)
DECLARE(avx512)
#endif

const char *backward_check(const struct law *law)
{
    if (law->currents) return "a synaptic current state";
    if (law_beyond(law)) return law_beyond(law);
    if (law->integrate_first) return "the leak after integration";
    if (law->refractory_ticks) return "a refractory period";
    if (law->wrap) return "a wrapping membrane";
    return 0;
}

// Lays out one layer from `at` (NULL: only counts); gradients first, so that they are one block.
static size_t gradients_of(struct backward_layer *y, float *at)
{
    size_t n_pad = (size_t)y->n_pad, rows = (size_t)y->n_source * n_pad;
    if (at) {
        y->gw = at;
        y->gtheta = at + rows;
        y->glambda = y->gtheta + n_pad;
        y->gbias = y->glambda + n_pad;
    }
    return rows + 3 * n_pad;
}

static size_t rest_of(struct backward_layer *y, float *at)
{
    size_t n_pad = (size_t)y->n_pad;
    size_t wt = y->one_to_one ? n_pad : (size_t)y->n_out * (size_t)y->source_pad;
    if (at) {
        float **arrays[] = {&y->lambda, &y->slope, &y->theta, &y->inv_theta,
                            &y->gz,     &y->gs,    &y->gv,    &y->grate};
        y->wt = at;
        for (size_t i = 0; i < 8; i++)
            *arrays[i] = at + wt + i * n_pad;
        y->count = (int32_t *)(at + wt + 8 * n_pad);
    }
    return wt + 9 * n_pad;
}

int backward_init(struct backward *b, const struct image_shape *shape, struct fail *f)
{
    size_t floats = 0, gradients = 0;
    *b = (struct backward){.n_layers = shape->n_layers};
    for (int isa = NETWORK_GENERIC; isa < NETWORK_ISAS; isa++)
        if (network_has_isa((enum network_isa)isa)) b->isa = (enum network_isa)isa;
    for (int l = 0; l < shape->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        y->n_in = shape->layer[l].n_in;
        y->n_out = shape->layer[l].n_out;
        y->n_pad = network_padded(y->n_out);
        y->one_to_one = shape->layer[l].topology == IMAGE_ONE_TO_ONE;
        y->recurrent = shape->layer[l].recurrent;
        y->n_source = y->one_to_one ? 1 : y->n_in + (y->recurrent ? y->n_out : 0);
        y->source_pad = network_padded(y->n_source + 15); // whole lanes from any source on
        gradients += gradients_of(y, 0);
        floats += rest_of(y, 0);
    }
    b->memory = aligned_alloc(64, (gradients + floats) * sizeof(float) / 64 * 64 + 64);
    if (!b->memory) return fail(f, "backward pass: out of memory");
    memset(b->memory, 0, (gradients + floats) * sizeof(float));
    b->gradient = b->memory;
    b->gradient_floats = gradients;
    float *at = b->gradient, *rest = b->gradient + gradients;
    for (int l = 0; l < b->n_layers; l++) {
        at += gradients_of(&b->layer[l], at);
        rest += rest_of(&b->layer[l], rest);
    }
    return 0;
}

void backward_fini(struct backward *b)
{
    free(b->memory);
    *b = (struct backward){0};
}

static float leak_real(const struct law *law, int32_t word)
{
    if (law->leak_kind == LAW_LEAK_SHIFT) return ldexpf(1, -(int)word);
    if (law->leak_kind == LAW_LEAK_LINEAR) return ldexpf((float)word, -law->membrane.frac_bits);
    return law->leak_kind == LAW_LEAK_NONE ? 0 : ldexpf((float)word, -law->leak.frac_bits);
}

void backward_load(struct backward *b, const struct image *im, const struct backward_options *o)
{
    const struct law *law = &im->law;
    b->law = *law;
    b->options = *o;
    b->lsb = ldexpf(1, -law->membrane.frac_bits);
    b->x_lsb = ldexpf(1, -law->input.frac_bits);
    memset(b->gradient, 0, b->gradient_floats * sizeof(float));
    for (int l = 0; l < b->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        const struct image_layer *from = &im->layer[l];
        float w_lsb = ldexpf(1, -law->weight.frac_bits);
        for (int s = 0; s < y->n_source; s++)
            for (int n = 0; n < y->n_out; n++)
                y->wt[y->one_to_one ? n : n * y->source_pad + s] =
                    (float)from->w[s * y->n_out + n] * w_lsb;
        for (int n = 0; n < y->n_out; n++) {
            y->lambda[n] = leak_real(law, from->neuron[n].lambda);
            y->slope[n] =
                law->leak_kind == LAW_LEAK_SHIFT ? 0 : leak_real(law, from->neuron[n].lambda_slope);
            y->theta[n] = (float)from->neuron[n].theta * b->lsb;
            y->inv_theta[n] = y->theta[n] > 0 ? 1 / y->theta[n] : 0;
        }
    }
}

// grate of every layer; returns the loss of the rate targets.
static double rate_targets(struct backward *b, const struct stimulus *s, const struct trace *t)
{
    double sum = 0;
    for (int l = 0; l < b->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        int n_words = trace_spike_words(y->n_out);
        memset(y->grate, 0, (size_t)y->n_pad * sizeof(float));
        if (b->options.rate[l].weight == 0) continue;
        memset(y->count, 0, (size_t)y->n_pad * sizeof(int32_t));
        for (int tick = 0; tick < s->n_ticks; tick++)
            for (int k = 0; k < n_words; k++)
                for (uint64_t rest = t->layer[l].z[tick * n_words + k]; rest; rest &= rest - 1)
                    y->count[64 * k + __builtin_ctzll(rest)]++;
        sum += loss_firing_rate(&b->options.rate[l], y->count, y->n_out, s->n_ticks, y->grate);
    }
    return sum;
}

double backward_run(struct backward *b, const struct stimulus *s, const struct trace *t,
                    const float *gcount)
{
    double rate_loss = rate_targets(b, s, t);
#ifdef NETWORK_X86_64
    if (b->isa == NETWORK_AVX512) {
        backward_run_avx512(b, s, t, gcount);
        return rate_loss;
    }
    if (b->isa == NETWORK_AVX2) {
        backward_run_avx2(b, s, t, gcount);
        return rate_loss;
    }
#endif
    backward_run_generic(b, s, t, gcount);
    return rate_loss;
}

void backward_collect(const struct backward *b, const struct net *n,
                      const struct virtual_chip_note *note, float *g)
{
    for (int l = 0; l < b->n_layers; l++) {
        const struct backward_layer *y = &b->layer[l];
        const struct net_layer *to = &n->layer[l];
        float *gw = g + (to->w - n->values), *glambda = g + (to->lambda - n->values);
        float *gtheta = g + (to->theta - n->values), *gbias = g + (to->bias - n->values);
        for (int s = 0; s < y->n_source; s++)
            for (int m = 0; m < y->n_out; m++) {
                int i = s * y->n_out + m;
                gw[i] += y->gw[s * y->n_pad + m] * note->gain[l][i];
            }
        for (int m = 0; m < y->n_out; m++) {
            glambda[m] += y->glambda[m];
            gtheta[m] += y->gtheta[m];
            gbias[m] += y->gbias[m];
        }
    }
}
