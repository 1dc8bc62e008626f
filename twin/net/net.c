#include "base/basic_math.h"
#include "twin/net/net.h"

#include "model/lif/network.h"
#include "twin/net/project.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const net_neuron_names[NET_NEURON] = {"threshold", "leak", "bias", "decay",
                                                  "gain",      "rest", "reset"};

static double leak_of(const struct chip *c, enum law_leak kind, double tau_s)
{
    switch (kind) {
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
    return (float)project_held(c, NET_LAMBDA, leak_of(c, c->law.leak_kind, tau_s));
}

float net_decay_of(const struct chip *c, double tau_s)
{
    return (float)project_held(c, NET_DECAY, leak_of(c, c->law.decay_kind, tau_s));
}

float *net_neuron(const struct net_layer *y, enum net_neuron which)
{
    float *const values[NET_NEURON] = {y->theta, y->lambda, y->bias, y->decay,
                                       y->gain,  y->rest,   y->reset};
    return values[which];
}

struct net_words net_words_of(const struct law *law)
{
    return (struct net_words){
        .has = {[NET_THETA] = true,
                [NET_LAMBDA] = true,
                [NET_BIAS] = true,
                [NET_DECAY] = law->currents && law->decay_kind != LAW_LEAK_NONE,
                [NET_GAIN] = law->has_gain,
                [NET_REST] = law->has_rest,
                [NET_RESET] = law->has_rest}};
}

int net_check_words(const struct net *n, const struct chip *c, struct fail *f)
{
    static const char *const what[NET_NEURON] = {
        [NET_DECAY] = "law.currents, the decay of a synaptic current",
        [NET_GAIN] = "law.gain, the gain of the input",
        [NET_REST] = "law.rest, where the membrane leaks to",
        [NET_RESET] = "law.rest, where the membrane goes after a spike"};
    const struct net_words wanted = net_words_of(&c->law);
    for (int i = NET_DECAY; i < NET_NEURON; i++) {
        bool zero = i == NET_REST || i == NET_RESET;
        if (wanted.has[i] && !zero && !n->words.has[i])
            return fail(f, "%s: %s: the net has no value for it", c->name, what[i]);
        if (n->words.has[i] && !wanted.has[i])
            return fail(f, "%s: %s: the net has values for it, the chip has no such word", c->name,
                        what[i]);
    }
    return 0;
}

void net_class_counts(const int32_t *count, int n_out, int population, int32_t *sum)
{
    assert(population > 0 && n_out % population == 0);
    for (int k = 0; k < n_out / population; k++) {
        sum[k] = 0;
        for (int i = 0; i < population; i++)
            sum[k] += count[k * population + i];
    }
}

int net_decide(const struct net *n, const int32_t *count)
{
    int32_t heard[IMAGE_MAX_NEURONS];
    int n_out = n->shape.layer[n->shape.n_layers - 1].n_out;
    int labels = n->labels.n, population = labels && n_out % labels == 0 ? n_out / labels : 1;
    net_class_counts(count, n_out, population, heard);
    return network_decide(heard, n_out / population);
}

static int sources_of(const struct image_shape *s, int l)
{
    if (s->layer[l].topology == IMAGE_ONE_TO_ONE) return 1;
    return s->layer[l].n_in + (s->layer[l].recurrent ? s->layer[l].n_out : 0);
}

size_t net_size(const struct image_shape *s, const struct net_words *words)
{
    size_t n = 0;
    for (int l = 0; l < s->n_layers; l++) {
        int each = sources_of(s, l);
        for (int i = 0; i < NET_NEURON; i++)
            each += words->has[i];
        n += (size_t)s->layer[l].n_out * (size_t)each;
    }
    return n;
}

// Values of one kind of a neuron at *at, if the net has them.
static float *take(float **at, const struct net *n, int n_out, enum net_neuron which)
{
    if (!n->words.has[which]) return 0;
    float *values = *at;
    *at += n_out;
    return values;
}

int net_new(struct net *n, const struct image_shape *shape, const struct net_words *words,
            struct fail *f)
{
    *n = (struct net){.shape = *shape,
                      .n_values = net_size(shape, words),
                      .words = *words,
                      .leak_kind = LAW_LEAK_EXPONENTIAL,
                      .decay_kind = LAW_LEAK_EXPONENTIAL};
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
        y->decay = take(&at, n, y->n_out, NET_DECAY);
        y->gain = take(&at, n, y->n_out, NET_GAIN);
        y->rest = take(&at, n, y->n_out, NET_REST);
        y->reset = take(&at, n, y->n_out, NET_RESET);
    }
    return 0;
}

int net_init(struct net *n, const struct image_shape *shape, const struct chip *c, struct fail *f)
{
    const struct net_words words = net_words_of(&c->law);
    if (net_new(n, shape, &words, f)) return -1;
    n->leak_kind = c->law.leak_kind;
    n->decay_kind = c->law.decay_kind;
    for (int l = 0; l < shape->n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        bool front = l == 0 && shape->layer[l].topology == IMAGE_ONE_TO_ONE && c->front_tau_s > 0;
        for (int i = 0; i < y->n_out; i++) {
            y->lambda[i] = net_leak_of(c, front ? c->front_tau_s : c->tau_s);
            y->theta[i] = (float)c->threshold;
            if (y->decay) y->decay[i] = net_decay_of(c, c->tau_syn_s);
            if (y->gain) y->gain[i] = (float)c->gain;
            if (y->rest) y->rest[i] = (float)c->rest;
            if (y->reset) y->reset[i] = (float)c->reset;
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
