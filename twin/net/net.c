#include "base/basic_math.h"
#include "twin/net/net.h"

#include "model/lif/network.h"
#include "twin/chip/physics.h"
#include "twin/net/project.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct net_words net_words_of(const struct chip *c)
{
    const struct physics *p = physics_of(c->kind);
    struct net_words words = {.kind = c->kind};
    for (int i = 0; i < p->n; i++)
        words.has[i] = c->kind == &lif_kind && i < NET_DECAY ? true : p->word_of(c, i).bits > 0;
    return words;
}

int net_check_words(const struct net *n, const struct chip *c, struct fail *f)
{
    static const char *const what[NET_NEURON] = {
        [NET_DECAY] = "law.currents, the decay of a synaptic current",
        [NET_GAIN] = "law.gain, the gain of the input",
        [NET_REST] = "law.rest, where the membrane leaks to",
        [NET_RESET] = "law.rest, where the membrane goes after a spike"};
    const struct net_words wanted = net_words_of(c);
    if (n->words.kind != c->kind)
        return fail(f, "%s: a chip of the law %s, the net is of the law %s", c->name, c->kind->name,
                    n->words.kind->name);
    for (int i = NET_DECAY; i < NET_NEURON && c->kind == &lif_kind; i++) {
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

size_t net_size(const struct image_shape *s, const struct net_words *words)
{
    size_t n = 0;
    for (int l = 0; l < s->n_layers; l++) {
        int each = image_fan_in(s, l);
        for (int i = 0; i < CHIP_VALUES; i++)
            each += words->has[i];
        n += (size_t)s->layer[l].n_out * (size_t)each;
    }
    return n;
}

int net_new(struct net *n, const struct image_shape *shape, const struct net_words *words,
            struct fail *f)
{
    // Of LIF λ comes first: what is in files.
    static const int lif[CHIP_VALUES] = {NET_LAMBDA, NET_THETA, NET_BIAS,  NET_DECAY,
                                         NET_GAIN,   NET_REST,  NET_RESET, CHIP_VALUES - 1};
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
        y->n_source = image_fan_in(shape, l);
        y->w = at;
        at += (size_t)y->n_source * (size_t)y->n_out;
        for (int i = 0; i < CHIP_VALUES; i++) {
            int which = words->kind == &lif_kind ? lif[i] : i;
            if (!words->has[which]) continue;
            y->value[which] = at;
            at += y->n_out;
        }
        if (words->kind != &lif_kind) continue;
        y->lambda = y->value[NET_LAMBDA];
        y->theta = y->value[NET_THETA];
        y->bias = y->value[NET_BIAS];
        y->decay = y->value[NET_DECAY];
        y->gain = y->value[NET_GAIN];
        y->rest = y->value[NET_REST];
        y->reset = y->value[NET_RESET];
    }
    return 0;
}

int net_init(struct net *n, const struct image_shape *shape, const struct chip *c, struct fail *f)
{
    const struct net_words words = net_words_of(c);
    const struct physics *p = physics_of(c->kind);
    if (net_new(n, shape, &words, f)) return -1;
    if (c->kind == &lif_kind) {
        n->leak_kind = c->law.leak_kind;
        n->decay_kind = c->law.decay_kind;
    }
    for (int l = 0; l < shape->n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        bool front = l == 0 && shape->layer[l].topology == IMAGE_ONE_TO_ONE;
        for (int k = 0; k < p->n; k++)
            for (int i = 0; i < y->n_out && y->value[k]; i++)
                y->value[k][i] = (float)p->nominal(c, k, front);
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
