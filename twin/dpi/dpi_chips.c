#include "twin/dpi/dpi_chips.h"

#include "twin/dpi/dpi_words.h"
#include "twin/io/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct dpi_variation dpi_variation_of(const struct dynapse_chip *c, double circuit, double weight,
                                      double limit)
{
    struct dpi_variation v = {.cv = c->cv.circuit, c->cv.weight * weight, limit};
    for (int i = 0; i < DPI_CIRCUIT_VALUES; i++)
        ((double *)&v.cv)[i] *= circuit;
    return v;
}

int dpi_chips_init(struct dpi_chips *c, int n_in, int n, struct fail *f)
{
    size_t rows = (size_t)n_in + (size_t)n, cells = rows * (size_t)n;
    *c = (struct dpi_chips){.n_in = n_in, .n = n, .rows = (int)rows};
    c->circuit = calloc((size_t)n * DPI_LANES, sizeof *c->circuit);
    c->w = calloc(cells * DPI_LANES, sizeof *c->w);
    c->gain = calloc(cells * DPI_LANES, sizeof *c->gain);
    c->scratch = calloc(cells, sizeof *c->scratch);
    if (c->circuit && c->w && c->gain && c->scratch) return 0;
    dpi_chips_fini(c);
    return fail(f, "chips of %d x %d: out of memory", n_in, n);
}

void dpi_chips_fini(struct dpi_chips *c)
{
    free(c->circuit);
    free(c->w);
    free(c->gain);
    free(c->scratch);
    *c = (struct dpi_chips){0};
}

static double held(double x, double limit)
{
    return x > limit ? limit : x < -limit ? -limit : x;
}

void dpi_chips_draw(struct dpi_chips *c, int lane, const struct dpi_net *net,
                    const struct dpi_circuit *nominal, const struct dpi_variation *v, uint64_t seed,
                    uint32_t k)
{
    int n = c->n;
    size_t cells = (size_t)c->rows * (size_t)n, inputs = (size_t)c->n_in * (size_t)n;
    struct fail unsound;
    c->sound[lane] = true;
    for (int i = 0; i < n; i++) {
        struct dpi_circuit *to = &c->circuit[i * DPI_LANES + lane];
        double normal[DPI_CIRCUIT_VALUES];
        *to = net->circuit ? net->circuit[i] : *nominal;
        if (k)
            rng_normals((struct rng_stream){seed, k, RNG_CIRCUIT, (uint64_t)i}, normal,
                        DPI_CIRCUIT_VALUES);
        for (int j = 0; j < DPI_CIRCUIT_VALUES && k; j++)
            ((double *)to)[j] *= 1 + ((const double *)&v->cv)[j] * held(normal[j], v->limit);
        if (dpi_circuit_check(to, &unsound)) c->sound[lane] = false;
    }
    bool vary = k && v->weight_cv > 0;
    if (vary) rng_normals((struct rng_stream){seed, k, RNG_WEIGHT_GAIN, 0}, c->scratch, cells);
    for (size_t i = 0; i < cells; i++) {
        double gain = vary ? 1 + v->weight_cv * held(c->scratch[i], v->limit) : 1;
        double w = i < inputs ? net->w_in[i] : net->w_rec[i - inputs];
        c->gain[i * DPI_LANES + (size_t)lane] = (float)gain;
        c->w[i * DPI_LANES + (size_t)lane] = gain * w;
    }
}
