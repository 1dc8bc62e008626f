#include "twin/sensitivity.h"

#include "twin/knobs.h"

#include <stdlib.h>

static int source_rows(const struct predict_job *job, int layer)
{
    return job->net->layer[layer].n_source;
}

int sensitivity_elements(const struct predict_job *job)
{
    int n = 0;
    for (int l = 0; l < job->net->shape.n_layers; l++)
        n += job->net->shape.layer[l].n_out * (1 + source_rows(job, l));
    return n;
}

static void list(const struct predict_job *job, struct sensitivity_element *e)
{
    const struct image_shape *s = &job->net->shape;
    for (int l = 0; l < s->n_layers; l++)
        for (int n = 0; n < s->layer[l].n_out; n++)
            *e++ = (struct sensitivity_element){l, n, -1, 0};
    for (int l = 0; l < s->n_layers; l++)
        for (int row = 0; row < source_rows(job, l); row++)
            for (int n = 0; n < s->layer[l].n_out; n++)
                *e++ = (struct sensitivity_element){l, n, row, 0};
}

// Chip k = 1, 2, .. lacks element k − 1; chip 0 nothing.
static void take_away(const void *context, uint32_t k, struct image *im)
{
    const struct sensitivity_element *e = context;
    if (k == 0) return;
    e += k - 1;
    struct image_layer *y = &im->layer[e->layer];
    if (e->row >= 0) {
        y->w[(size_t)e->row * (size_t)y->n_out + (size_t)e->neuron] = 0;
        return;
    }
    const struct fault_fixed dead = {.dead = true, .layer = e->layer, .neuron = e->neuron};
    const struct faults one = {.fixed = (struct fault_fixed *)&dead, .n_fixed = 1};
    faults_fix(&one, im);
}

int sensitivity_run(const struct predict_job *job, struct sensitivity_element *element,
                    const struct progress *p, struct fail *f)
{
    struct chip still;
    struct predict_job without = *job;
    int n = sensitivity_elements(job);
    struct predict_chip *chips = malloc((size_t)n * sizeof *chips);
    if (!chips) return fail(f, "sensitivity: out of memory for %d elements", n);
    list(job, element);
    knobs_only(&still, job->chip, 0);
    without.chip = &still;
    without.first_chip = 1;
    without.n_chips = n;
    without.adjust = take_away;
    without.adjust_context = element;
    int bad = predict_run(&without, chips, 0, p, f);
    for (int i = 0; !bad && i < n; i++)
        element[i].correct = chips[i].correct;
    free(chips);
    return bad;
}
