#include "base/basic_math.h"
#include "twin/chip/net.h"

#include "model/network.h"
#include "twin/chip/project.h"
#include "twin/train/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double leak_of(const struct chip *c, double tau_s)
{
    switch (c->law.leak_kind) {
    case LAW_LEAK_EXPONENTIAL:
        return -basic_expm1(-c->tick_s / tau_s);
    case LAW_LEAK_SHIFT:
    case LAW_LEAK_SHIFT_MOVES:
        return round(basic_log(tau_s / c->tick_s) / basic_log(2));
    case LAW_LEAK_LINEAR:
        return c->threshold * c->tick_s / tau_s;
    default:
        return 0;
    }
}

float net_leak_of(const struct chip *c, double tau_s)
{
    return (float)project_held(c, PROJECT_LAMBDA, leak_of(c, tau_s));
}

int net_decide(const struct net *n, const int32_t *count)
{
    int32_t heard[IMAGE_MAX_NEURONS];
    int n_out = n->shape.layer[n->shape.n_layers - 1].n_out;
    int labels = n->labels.n, population = labels && n_out % labels == 0 ? n_out / labels : 1;
    loss_class_counts(count, n_out, population, heard);
    return network_decide(heard, n_out / population);
}

static int sources_of(const struct image_shape *s, int l)
{
    if (s->layer[l].topology == IMAGE_ONE_TO_ONE) return 1;
    return s->layer[l].n_in + (s->layer[l].recurrent ? s->layer[l].n_out : 0);
}

size_t net_size(const struct image_shape *s)
{
    size_t n = 0;
    for (int l = 0; l < s->n_layers; l++)
        n += (size_t)s->layer[l].n_out * (size_t)(sources_of(s, l) + 3); // w; λ, θ, bias
    return n;
}

int net_new(struct net *n, const struct image_shape *shape, struct fail *f)
{
    *n = (struct net){.shape = *shape, .n_values = net_size(shape)};
    n->values = calloc(n->n_values, sizeof *n->values);
    if (!n->values) return fail(f, "network of %zu values: out of memory", n->n_values);
    float *at = n->values;
    for (int l = 0; l < shape->n_layers; l++) {
        struct net_layer *y = &n->layer[l];
        y->n_out = shape->layer[l].n_out;
        y->n_source = sources_of(shape, l);
        y->w = at;
        y->lambda = y->w + (size_t)y->n_source * (size_t)y->n_out;
        y->theta = y->lambda + y->n_out;
        y->bias = y->theta + y->n_out;
        at = y->bias + y->n_out;
    }
    return 0;
}

int net_init(struct net *n, const struct image_shape *shape, const struct chip *c, struct fail *f)
{
    if (net_new(n, shape, f)) return -1;
    for (int l = 0; l < shape->n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        bool front = l == 0 && shape->layer[l].topology == IMAGE_ONE_TO_ONE && c->front_tau_s > 0;
        for (int i = 0; i < y->n_out; i++) {
            y->lambda[i] = net_leak_of(c, front ? c->front_tau_s : c->tau_s);
            y->theta[i] = (float)c->threshold;
        }
    }
    memcpy(n->chip, c->name, sizeof n->chip);
    return 0;
}

int net_keep_chip(struct net *n, const char *text, struct fail *f)
{
    char *copy = text ? strdup(text) : 0;
    if (text && !copy) return fail(f, "network: out of memory");
    free(n->chip_file);
    n->chip_file = copy;
    return 0;
}

void net_fini(struct net *n)
{
    free(n->values);
    free(n->chip_file);
    labels_fini(&n->labels);
    free(n->speaker);
    *n = (struct net){0};
}
