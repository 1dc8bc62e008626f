#include "base/basic_math.h"
#include "twin/chip/net.h"

#include "model/network.h"
#include "twin/train/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

float net_leak_of(const struct chip *c, double tau_s)
{
    switch (c->law.leak_kind) {
    case LAW_LEAK_EXPONENTIAL:
        return (float)-basic_expm1(-c->tick_s / tau_s);
    case LAW_LEAK_SHIFT:
        return (float)fmin(fmax(round(basic_log(tau_s / c->tick_s) / basic_log(2)), 0), 31);
    case LAW_LEAK_LINEAR:
        return (float)(c->threshold * c->tick_s / tau_s);
    default:
        return 0;
    }
}

int net_decide(const struct net *n, const int32_t *count)
{
    int32_t heard[IMAGE_MAX_NEURONS];
    int n_out = n->shape.layer[n->shape.n_layers - 1].n_out;
    int population = n->n_words && n_out % n->n_words == 0 ? n_out / n->n_words : 1;
    loss_class_counts(count, n_out, population, heard);
    return network_decide(heard, n_out / population);
}

int net_init(struct net *n, const struct image_shape *shape, const struct chip *c, struct fail *f)
{
    *n = (struct net){.shape = *shape};
    for (int l = 0; l < shape->n_layers; l++) {
        struct net_layer *y = &n->layer[l];
        bool one = shape->layer[l].topology == IMAGE_ONE_TO_ONE;
        y->n_out = shape->layer[l].n_out;
        y->n_source = one ? 1 : shape->layer[l].n_in + (shape->layer[l].recurrent ? y->n_out : 0);
        n->n_values += (size_t)y->n_out * (size_t)(y->n_source + 3);
    }
    n->values = calloc(n->n_values, sizeof *n->values);
    if (!n->values) return fail(f, "network of %zu values: out of memory", n->n_values);
    float *at = n->values;
    for (int l = 0; l < shape->n_layers; l++) {
        struct net_layer *y = &n->layer[l];
        y->w = at;
        y->lambda = y->w + (size_t)y->n_source * (size_t)y->n_out;
        y->theta = y->lambda + y->n_out;
        y->bias = y->theta + y->n_out;
        at = y->bias + y->n_out;
        bool front = l == 0 && shape->layer[l].topology == IMAGE_ONE_TO_ONE && c->front_tau_s > 0;
        for (int i = 0; i < y->n_out; i++) {
            y->lambda[i] = net_leak_of(c, front ? c->front_tau_s : c->tau_s);
            y->theta[i] = (float)c->threshold;
        }
    }
    memcpy(n->chip, c->name, sizeof n->chip);
    return 0;
}

void net_fini(struct net *n)
{
    free(n->values);
    free(n->speaker);
    *n = (struct net){0};
}
