#include "twin/dpi/dpi_net.h"

#include "twin/dpi/dpi_words.h"
#include "twin/chip/dynapse_chip.h"
#include "twin/io/speakers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int dpi_net_init(struct dpi_net *n, int n_in, int n_neurons, int with_circuits, struct fail *f)
{
    *n = (struct dpi_net){.n_in = n_in, .n_neurons = n_neurons};
    if (n_in < 0 || n_in > DPI_NET_MAX)
        return fail(f, "inputs, %d, allowed 0..%d", n_in, DPI_NET_MAX);
    if (n_neurons < 1 || n_neurons > DPI_NET_MAX)
        return fail(f, "neurons, %d, allowed 1..%d", n_neurons, DPI_NET_MAX);
    size_t to = (size_t)n_neurons;
    n->w_in = calloc((size_t)n_in * to + 1, sizeof *n->w_in);
    n->w_rec = calloc(to * to, sizeof *n->w_rec);
    if (with_circuits) n->circuit = calloc(to, sizeof *n->circuit);
    if (n->w_in && n->w_rec && (n->circuit || !with_circuits)) return 0;
    dpi_net_fini(n);
    return fail(f, "no memory for %d inputs and %d neurons", n_in, n_neurons);
}

static int keep(char **at, const char *text, struct fail *f)
{
    char *copy = text ? strdup(text) : 0;
    if (text && !copy) return fail(f, "net: out of memory");
    free(*at);
    *at = copy;
    return 0;
}

int dpi_net_trained_like(struct dpi_net *n, const struct dpi_net *from, struct fail *f)
{
    n->clip_ms = from->clip_ms;
    n->front_rate = from->front_rate;
    memcpy(n->law, from->law, sizeof n->law);
    return labels_copy(&n->labels, &from->labels, f) ||
                   speakers_add(&n->speaker, &n->n_speakers, from->speaker, from->n_speakers, f) ||
                   keep(&n->front_file, from->front_file, f)
               ? -1
               : 0;
}

int dpi_net_like(struct dpi_net *n, const struct dpi_net *from, struct fail *f)
{
    if (dpi_net_init(n, from->n_in, from->n_neurons, from->circuit != 0, f)) return -1;
    memcpy(n->chip, from->chip, sizeof n->chip);
    n->Iscale = from->Iscale;
    n->dt = from->dt;
    if (from->circuit) memcpy(n->circuit, from->circuit, (size_t)n->n_neurons * sizeof *n->circuit);
    if (!dpi_net_trained_like(n, from, f)) return 0;
    dpi_net_fini(n);
    return -1;
}

int dpi_net_keep_chip(struct dpi_net *n, const char *text, struct fail *f)
{
    return keep(&n->chip_file, text, f);
}

int dpi_net_keep_front(struct dpi_net *n, const char *text, struct fail *f)
{
    return keep(&n->front_file, text, f);
}

void dpi_net_fini(struct dpi_net *n)
{
    free(n->chip_file);
    free(n->front_file);
    free(n->speaker);
    labels_fini(&n->labels);
    free(n->w_in);
    free(n->w_rec);
    free(n->circuit);
    *n = (struct dpi_net){0};
}

static int check_weights(const struct dpi_net *n, const double *w, int n_from, const char *from,
                         const char *name, struct fail *f)
{
    for (int i = 0; i < n->n_neurons; i++)
        for (int j = 0; j < n_from; j++) {
            double x = w[(size_t)j * (size_t)n->n_neurons + (size_t)i];
            if (!(fabs(x) <= 1e12))
                return fail(f, "%s: neuron %d: weight from %s %d, %g, allowed -1e12..1e12", name, i,
                            from, j, x);
        }
    return 0;
}

static int check_circuit(const struct dpi_circuit *c, int i, const char *name, struct fail *f)
{
    struct dpi_circuit_wrong w;
    if (dpi_circuit_sound(c, &w)) return 0;
    return fail(f, "%s: neuron %d: %s, %g, allowed %s", name, i, w.name, w.value,
                w.value > DPI_CIRCUIT_MOST ? "up to 1e12"
                : w.may_be_zero            ? "0 or more"
                                           : "above 0");
}

int dpi_net_check(const struct dpi_net *n, const char *name, struct fail *f)
{
    if (!(n->Iscale > 0 && n->Iscale <= 1))
        return fail(f, "%s: Iscale, %g, allowed above 0..1 A", name, n->Iscale);
    if (!(n->dt > 0 && n->dt <= 1)) return fail(f, "%s: dt, %g, allowed above 0..1 s", name, n->dt);
    if (check_weights(n, n->w_in, n->n_in, "input", name, f) ||
        check_weights(n, n->w_rec, n->n_neurons, "neuron", name, f))
        return -1;
    if (n->labels.n > n->n_neurons)
        return fail(f, "%s: %d labels, allowed 0..%d (its neurons)", name, n->labels.n,
                    n->n_neurons);
    for (int i = 0; n->circuit && i < n->n_neurons; i++)
        if (check_circuit(&n->circuit[i], i, name, f)) return -1;
    return 0;
}
