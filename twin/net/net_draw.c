#include "twin/net/net_draw.h"

#include "twin/chip/physics.h"

#include <math.h>
#include <stdlib.h>

static double between(double lo, double hi, double x)
{
    return x < lo ? lo : x > hi ? hi : x;
}

// u: (n_out, values) of 0..1.
static void draw_layer(struct net_layer *y, const struct chip *c, double word, const double *normal,
                       const double *u)
{
    const struct physics *p = physics_of(c->kind);
    double sd = 1 / (word / 2 * sqrt(y->n_source / 2.0)); // each with half of its largest word
    for (int i = 0; i < y->n_out; i++) {
        double value[CHIP_VALUES];
        double moved = p->draw(c, u + (size_t)i * (size_t)p->n, value);
        for (int k = 0; k < p->n; k++)
            if (y->value[k]) y->value[k][i] = (float)value[k];
        for (int s = 0; s < y->n_source; s++) {
            size_t at = (size_t)s * (size_t)y->n_out + (size_t)i;
            y->w[at] =
                (float)between(c->weight.min, c->weight.max, moved * (0.25 + normal[at]) * sd);
        }
    }
}

int net_draw(struct net *n, const struct chip *c, uint64_t seed, struct fail *f)
{
    const int n_values = physics_of(c->kind)->n;
    for (int l = 0; l < n->shape.n_layers; l++) {
        struct net_layer *y = &n->layer[l];
        size_t n_weights = (size_t)y->n_source * (size_t)y->n_out;
        size_t n_u = (size_t)y->n_out * (size_t)n_values;
        double *normal = malloc((n_weights + n_u) * sizeof *normal);
        if (!normal) return fail(f, "network: out of memory");
        rng_normals((struct rng_stream){seed, 0, RNG_INITIAL_WEIGHTS, (uint64_t)l}, normal,
                    n_weights);
        rng_uniforms((struct rng_stream){seed, 1, RNG_INITIAL_WEIGHTS, (uint64_t)l},
                     normal + n_weights, n_u);
        bool is_signed = c->kind == &lif_kind && c->law.input_signed;
        double word =
            l ? 2
              : ldexp((double)fx_umax(law_bits(c->law.input) - is_signed), -c->law.input.frac_bits);
        draw_layer(y, c, word, normal, normal + n_weights);
        free(normal);
    }
    return 0;
}
