#include "base/basic_math.h"
#include "twin/lif/loss.h"

#include "twin/net/quantise.h"

#include <assert.h>
#include <math.h>

double loss_cross_entropy(const int32_t *count, int n_out, int population, int label, float scale,
                          float *gcount)
{
    int32_t logit[IMAGE_MAX_NEURONS]; // in units of scale
    int n = n_out / population;
    net_class_counts(count, n_out, population, logit);
    double sum = 0, top = INT32_MIN;
    for (int k = 0; k < n; k++)
        top = logit[k] > top ? logit[k] : top;
    for (int k = 0; k < n; k++)
        sum += basic_exp(scale * (logit[k] - top));
    for (int k = 0; k < n; k++) {
        double p = basic_exp(scale * (logit[k] - top)) / sum;
        for (int i = 0; i < population; i++)
            gcount[k * population + i] = (float)(scale * (p - (k == label)));
    }
    return basic_log(sum) - scale * (logit[label] - top);
}

double loss_squared(const double *said, const double *target, size_t n, double scale, double *gsaid)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double off = said[i] - target[i];
        sum += off * off;
        gsaid[i] = 2 * scale * off;
    }
    return scale * sum;
}

double loss_firing_rate(const struct loss_rate *o, const int32_t *count, int n, int n_ticks,
                        float *gz)
{
    // Of the square of one neuron's deviation.
    double weight = o->kind == LOSS_RATE_ABOVE ? o->weight / n : (double)o->weight * o->weight;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double off = (double)count[i] / n_ticks - o->target;
        if (o->kind == LOSS_RATE_ABOVE && off < 0) off = 0;
        sum += weight * off * off;
        gz[i] = (float)(2 * weight * off / n_ticks);
    }
    return sum;
}

double loss_wrap(float weight, int32_t end, const int32_t *c, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double over = fabs((double)c[i]) / end - LOSS_WRAP_FROM;
        if (over > 0) sum += over * over;
    }
    return weight * sum;
}

static size_t weights_of(const struct net_layer *y)
{
    return (size_t)y->n_source * (size_t)y->n_out;
}

double loss_magnitude(const struct net *n, double limit, double factor, float *g)
{
    size_t weights = 0;
    double sum = 0;
    for (int l = 0; l < n->shape.n_layers; l++)
        weights += weights_of(&n->layer[l]);
    for (int l = 0; l < n->shape.n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        for (size_t i = 0; i < weights_of(y); i++) {
            double over = fabs(y->w[i]) - limit;
            if (over <= 0) continue;
            sum += over * over;
            if (g)
                g[y->w - n->values + (ptrdiff_t)i] +=
                    (float)(factor * copysign(2 * over / (double)weights, y->w[i]));
        }
    }
    return sum / (double)weights;
}

// One block of n: w and g of its first weight, and how far the next one is.
static double block_loss(const float *w, int n, int stride, double factor, float *g)
{
    double up = 0, down = 0;
    for (int i = 0; i < n; i++)
        *(w[i * stride] > 0 ? &up : &down) += fabs(w[i * stride]);
    bool press_down = up < down; // the positive weights are the lesser part
    for (int i = 0; g && i < n; i++) {
        if (press_down && w[i * stride] > 0) g[i * stride] += (float)factor;
        if (!press_down && w[i * stride] < 0) g[i * stride] -= (float)factor;
    }
    return press_down ? up : down;
}

double loss_topology(const struct chip *c, const struct net *n, double factor, float *g)
{
    double sum = 0;
    for (int l = 0; l < n->shape.n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        float *gw = g ? g + (y->w - n->values) : 0;
        for (int s = 0; s < y->n_source; s++)
            for (int m = 0; m < y->n_out; m++) {
                struct quantise_block b;
                int at = s * y->n_out + m;
                if (!quantise_block_of(c, n, l, s, m, &b)) continue;
                if (b.first != (b.of_sources ? s : m)) continue; // once for each block
                sum += block_loss(y->w + at, b.last - b.first + 1, b.of_sources ? y->n_out : 1,
                                  factor, gw ? gw + at : 0);
            }
    }
    return sum;
}
