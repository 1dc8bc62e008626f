#include "twin/train/plan.h"

#include "twin/io/rng.h"

#include <math.h>
#include <stdlib.h>

// A part of 0..of, up to `most` long: where it begins and how long it is, each length and each place
// alike.
static void draw_part(const double u[2], int most, int of, int *first, int *n)
{
    *n = (int)(u[0] * (most + 1));
    *first = (int)(u[1] * (of - *n + 1));
}

// u: room for 2n.
static void draw_masks(struct batch_clip *plan, int n, const struct corpus *s,
                       const struct plan_options *o, uint64_t seed, int epoch, double *u)
{
    const int ticks = (int)nearbyint(o->mask_ticks * s->n_ticks),
              inputs = (int)nearbyint(o->mask_inputs * s->n_in);
    for (uint64_t what = 0; what < 2; what++) {
        rng_uniforms((struct rng_stream){seed, (uint64_t)epoch, RNG_MASK, what}, u, 2 * (size_t)n);
        for (int i = 0; i < n; i++) {
            struct batch_mask *m = &plan[i].mask;
            if (what == 0)
                draw_part(u + 2 * i, ticks, s->n_ticks, &m->tick, &m->n_ticks);
            else
                draw_part(u + 2 * i, inputs, s->n_in, &m->input, &m->n_inputs);
        }
    }
}

int plan_epoch(struct batch_clip *plan, const int *clips, int n, const struct corpus *s,
               const struct plan_options *o, uint64_t seed, int epoch, bool masks)
{
    double *u = malloc(2 * (size_t)n * sizeof *u);
    if (!u) return -1;
    double reach = o->shift_ms / s->grain_ms;
    rng_uniforms((struct rng_stream){seed, (uint64_t)epoch, RNG_SHIFT, 0}, u, (size_t)n);
    for (int i = 0; i < n; i++)
        plan[i] = (struct batch_clip){.clip = clips[i],
                                      .label = s->set.clip[clips[i]].label,
                                      .shift = (int)nearbyint((2 * u[i] - 1) * reach)};
    if (masks) draw_masks(plan, n, s, o, seed, epoch, u);
    rng_uniforms((struct rng_stream){seed, (uint64_t)epoch, RNG_SHUFFLE, 0}, u, (size_t)n);
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(u[i] * (i + 1));
        struct batch_clip swap = plan[i];
        plan[i] = plan[j];
        plan[j] = swap;
    }
    free(u);
    return 0;
}
