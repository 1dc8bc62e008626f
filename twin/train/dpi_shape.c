#include "twin/train/dpi_shape.h"

#include "twin/io/rng.h"

#include <stdlib.h>
#include <string.h>

static int layers(const struct dpi_shape *s)
{
    int n = 0;
    while (n < DPI_HIDDEN && s->n_hidden[n])
        n++;
    return n;
}

int dpi_shape_neurons(const struct dpi_shape *s)
{
    int n = s->n_out;
    for (int l = 0; l < layers(s); l++)
        n += s->n_hidden[l];
    return n;
}

int dpi_shape_first(const struct dpi_shape *s, int l)
{
    int first = dpi_shape_neurons(s);
    for (int i = 0; i <= l && i < layers(s); i++)
        first -= s->n_hidden[i];
    return l < layers(s) ? first : 0;
}

// Of layer l: its neurons are [first, end).
static int end_of(const struct dpi_shape *s, int l)
{
    return l ? dpi_shape_first(s, l - 1) : dpi_shape_neurons(s);
}

// Whether the neurons of a layer hear each other: the outputs do only where they are all that there is.
static bool own(const struct dpi_shape *s, int l)
{
    return s->recurrent && (l < layers(s) || layers(s) == 0);
}

void dpi_shape_spans(const struct dpi_shape *s, struct dpi_backward_span *span)
{
    for (int l = 0; l <= layers(s); l++) {
        int first = dpi_shape_first(s, l), end = end_of(s, l);
        for (int j = first; j < end; j++)
            span[j] = (struct dpi_backward_span){.from = l < layers(s) ? dpi_shape_first(s, l + 1)
                                                                       : first,
                                                 .ahead = first,
                                                 .to = own(s, l) ? end : first};
    }
}

// The rows [from, to) from which neurons of layer l hear others; the inputs' are the first.
static void sources_of(const struct dpi_shape *s, int l, int from[2], int to[2])
{
    from[0] = l ? s->n_in + dpi_shape_first(s, l - 1) : 0;
    to[0] = l ? s->n_in + end_of(s, l - 1) : s->n_in;
    from[1] = to[1] = s->n_in + dpi_shape_first(s, l);
    if (own(s, l)) to[1] = s->n_in + end_of(s, l);
}

int dpi_shape_absent(const struct dpi_shape *s, uint64_t seed, uint8_t *absent, struct fail *f)
{
    size_t n = (size_t)dpi_shape_neurons(s), rows = (size_t)s->n_in + n;
    int *row = malloc(rows * sizeof *row);
    double *u = malloc(rows * sizeof *u);
    if (!row || !u) {
        free(row);
        free(u);
        return fail(f, "training: out of memory");
    }
    memset(absent, 1, rows * n);
    for (int l = 0; l <= layers(s); l++) {
        int from[2], to[2];
        sources_of(s, l, from, to);
        for (int i = dpi_shape_first(s, l); i < end_of(s, l); i++) {
            int some = 0;
            for (int part = 0; part < 2; part++)
                for (int r = from[part]; r < to[part]; r++)
                    row[some++] = r;
            int keep = some < s->fan_in ? some : s->fan_in;
            rng_uniforms((struct rng_stream){seed, (uint64_t)i, RNG_INITIAL_WEIGHTS, 1}, u, rows);
            for (int k = 0; k < keep; k++) { // the first steps of Fisher and Yates
                int other = k + (keep < some ? (int)(u[k] * (some - k)) : 0), swap = row[k];
                row[k] = row[other];
                row[other] = swap;
                absent[(size_t)row[k] * n + (size_t)i] = 0;
            }
        }
    }
    free(row);
    free(u);
    return 0;
}
