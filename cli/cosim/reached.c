#include "cli/cosim/reached.h"

#include <stdio.h>
#include <stdlib.h>

bool reached_init(struct reached *r, const struct law_image *im)
{
    *r = (struct reached){0};
    r->memory = aligned_alloc(64, reference_size(im));
    if (!r->memory || !corners_init(&r->corners, im)) return false;
    reference_init(&r->reference, im, r->memory);
    return true;
}

void reached_fini(struct reached *r)
{
    corners_fini(&r->corners);
    free(r->memory);
    r->memory = 0;
}

bool reached_add(struct corners *all, const struct reached *r)
{
    bool there = true;
#pragma omp critical(reached)
    {
        if (all->corner)
            corners_add(all, &r->corners);
        else
            there = corners_copy(all, &r->corners);
    }
    return there;
}

void reached_to_json(cJSON *json, const struct corners *c)
{
    const struct corners_sum sum = corners_sum(c);
    cJSON *to = cJSON_AddObjectToObject(json, "reached");
    cJSON_AddNumberToObject(to, "reached", sum.reached);
    cJSON_AddNumberToObject(to, "out_of_reach", sum.impossible);
    cJSON_AddNumberToObject(to, "not_reached", sum.open);
    cJSON *list = cJSON_AddArrayToObject(to, "corners");
    for (int i = 0; i < c->n; i++) {
        const struct corner *x = &c->corner[i];
        if (!corner_there(x)) continue;
        char left[200];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", x->name);
        cJSON_AddNumberToObject(one, "count", (double)corner_count(x));
        if (x->of_bits) {
            int bits = 0;
            for (int b = 0; b < 64; b++)
                bits += fx_bit(x->bits, b);
            cJSON_AddNumberToObject(one, "bits", bits);
        }
        cJSON *layers = cJSON_AddArrayToObject(one, "layers");
        for (int l = 0; l < c->im.shape.n_layers; l++)
            cJSON_AddItemToArray(layers, cJSON_CreateNumber((double)x->count[l]));
        corner_left(c, x, left, sizeof left);
        if (*left) cJSON_AddStringToObject(one, "left", left);
        cJSON_AddItemToArray(list, one);
    }
}

void reached_warn(const char *verb, const struct corners *c)
{
    for (int i = 0; i < c->n; i++) {
        const struct corner *x = &c->corner[i];
        char left[200];
        if (!corner_there(x) || !corner_open(c, x)) continue;
        corner_left(c, x, left, sizeof left);
        fprintf(stderr, "spiketwin %s: warning: %s: %s\n", verb, x->name, left);
    }
}
