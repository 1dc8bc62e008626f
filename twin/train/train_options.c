// What is told of a run, and what chip and data make of the rest.
#include "twin/train/train.h"
#include "twin/train/train_rows.h"

#include <stdio.h>
#include <string.h>

const char *const train_rate_kinds[] = {"above", "toward", 0};
const char *const train_sign_kinds[] = {"project", "anneal", 0};
const char *const train_first_kinds[] = {"gaussian", "fluctuation", 0};

void train_suit_data(struct train_options *o, const struct train_told *told, const struct chip *c,
                     const struct corpus *s)
{
    o->front_rate.kind = o->out_rate.kind = o->rate.kind;
    struct train_options suited = *o;
    train_suit(&suited, c);
    if (!told->front_start) o->front_start = suited.front_start;
    if (!told->surrogate) o->surrogate = suited.surrogate;
    if (!told->rate_weight && !s->front) o->rate.weight = 30;
    if (s->targets && !told->shift) o->plan.shift_ms = 0; // targets stay where they are
    if (s->targets && !told->masks) o->plan.mask_ticks = o->plan.mask_inputs = 0;
    if (!told->epochs) o->epochs = train_epochs(o->steps, o->batch, s->set.n_split[SPLIT_TRAIN]);
}

void train_shape_from(struct train_options *o, const struct net *from)
{
    const struct image_shape *s = &from->shape;
    memset(o->n_hidden, 0, sizeof o->n_hidden);
    int first = s->layer[0].topology == IMAGE_ONE_TO_ONE; // dense layer
    for (int l = first; l < s->n_layers - 1 && l - first < TRAIN_MAX_HIDDEN; l++)
        o->n_hidden[l - first] = s->layer[l].n_out;
    o->recurrent = s->n_layers > first && s->layer[first].recurrent;
    o->taps = s->n_layers > first ? s->layer[first].taps : 0;
    o->spacing = s->n_layers > first ? s->layer[first].spacing : 0;
    int labels = from->labels.n;
    o->population = labels ? s->layer[s->n_layers - 1].n_out / labels : 1;
}

int train_taps(struct train_options *o, const char *given, struct fail *f)
{
    int used = 0, n = sscanf(given, "%3dx%3d%n", &o->taps, &o->spacing, &used);
    if (n == 1 && strcmp(given, "1") == 0) return 0;
    if (n != 2 || given[used] || o->taps < 2 || o->taps > IMAGE_MAX_TAPS || o->spacing < 1 ||
        (o->taps - 1) * o->spacing > IMAGE_MAX_LATE)
        return fail(f,
                    "taps: %s, allowed 1, or NxTICKS of 2..%d taps, the last one 1..%d ticks late",
                    given, IMAGE_MAX_TAPS, IMAGE_MAX_LATE);
    return 0;
}
