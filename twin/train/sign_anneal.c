#include "base/basic_math.h"
#include "twin/train/sign_anneal.h"

#include "twin/net/quantise.h"

#include <math.h>
#include <string.h>

double sign_anneal_alpha(double progress)
{
    return 0.5 * basic_pow(40, progress);
}

// The synapses of one block: every `stride`-th value from `first` on.
struct block {
    size_t first, stride;
    int n;
};

// Calls `at` once for each block of the net.
static void each_block(const struct chip *c, const struct net *n,
                       void (*at)(const struct block *b, void *context), void *context)
{
    for (int l = 0; l < n->shape.n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        struct quantise_block q;
        for (int i = 0; i < y->n_source; i++)
            for (int k = 0; k < y->n_out; k++) {
                if (!quantise_block_of(c, n, l, i, k, &q)) continue;
                if ((q.of_sources ? i : k) != q.first) continue;
                struct block b = {.first = (size_t)(y->w - n->values) + (size_t)(i * y->n_out + k),
                                  .stride = q.of_sources ? (size_t)y->n_out : 1,
                                  .n = q.last - q.first + 1};
                at(&b, context);
            }
    }
}

struct job {
    const float *w;
    double gain; // α / weight.max
    float *out;  // forward: the annealed values; backward: the gradient
};

static double soft_sign(const struct block *b, const struct job *j)
{
    double sum = 0;
    for (int i = 0; i < b->n; i++)
        sum += j->w[b->first + (size_t)i * b->stride];
    return basic_tanh(j->gain * sum);
}

static void forward(const struct block *b, void *context)
{
    const struct job *j = context;
    double s = soft_sign(b, j);
    for (int i = 0; i < b->n; i++) {
        size_t at = b->first + (size_t)i * b->stride;
        j->out[at] = (float)(fabs((double)j->w[at]) * s);
    }
}

// de_i/dw_k = [i = k]·sign(w_k)·s + |w_i|·(α / weight.max)·(1 − s²)
static void backward(const struct block *b, void *context)
{
    const struct job *j = context;
    double s = soft_sign(b, j), through = 0;
    for (int i = 0; i < b->n; i++) {
        size_t at = b->first + (size_t)i * b->stride;
        through += j->out[at] * fabs((double)j->w[at]);
    }
    through *= j->gain * (1 - s * s);
    for (int i = 0; i < b->n; i++) {
        size_t at = b->first + (size_t)i * b->stride;
        j->out[at] = (float)(j->out[at] * copysign(s, s * j->w[at]) + through);
    }
}

void sign_anneal_forward(const struct chip *c, const struct net *n, double alpha, struct net *out)
{
    struct job j = {n->values, alpha / c->weight.max, out->values};
    memcpy(out->values, n->values, n->n_values * sizeof *n->values);
    each_block(c, n, forward, &j);
}

void sign_anneal_backward(const struct chip *c, const struct net *n, double alpha, float *g)
{
    struct job j = {n->values, alpha / c->weight.max, g};
    each_block(c, n, backward, &j);
}
