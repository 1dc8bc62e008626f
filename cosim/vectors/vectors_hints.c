#include "cosim/vectors/vectors_hints.h"

#include <inttypes.h>
#include <stdlib.h>

enum word { Z, V, U, R, KINDS };
static const char kind_names[KINDS + 1] = "ZVUR";

// What is taken in the place of tick, layer and neuron of the device, or of the model's word.
enum supposition {
    AS_IT_IS,
    LATE,
    EARLY,
    NEXT_NEURON,
    NEURON_BEFORE,
    NEURONS_REVERSED,
    NEXT_LAYER,
    LAYER_BEFORE,
    LAYERS_REVERSED,
    BEFORE_RESET,
    SUPPOSITIONS
};

static const char *const sentences[SUPPOSITIONS] = {
    [LATE] = "tick t + 1 would match tick t: the device is one tick late",
    [EARLY] = "tick t - 1 would match tick t: the device is one tick early",
    [NEXT_NEURON] = "neuron n + 1 would match neuron n: the device counts one too far",
    [NEURON_BEFORE] = "neuron n - 1 would match neuron n: the device counts one too few",
    [NEURONS_REVERSED] = "neuron N - 1 - n would match neuron n: the order of neurons is reversed",
    [NEXT_LAYER] = "layer l + 1 would match layer l",
    [LAYER_BEFORE] = "layer l - 1 would match layer l",
    [LAYERS_REVERSED] = "layer L - 1 - l would match layer l: the order of layers is reversed",
    [BEFORE_RESET] = "the membrane before the reset (stage clamp) would match"};

struct vectors_hints {
    struct {
        int64_t words, differ;
    } of[SUPPOSITIONS][IMAGE_MAX_LAYERS][KINDS];
};

struct vectors_hints *vectors_hints_new(void)
{
    return calloc(1, sizeof(struct vectors_hints));
}

static int32_t word(const struct trace_layer *y, enum word kind, int n_out, int tick, int n)
{
    size_t at = (size_t)tick * (size_t)y->stride + (size_t)n;
    return kind == Z ? trace_spiked(y, n_out, tick, n)
                     : (kind == V   ? y->v
                        : kind == U ? y->u
                                    : y->r)[at];
}

static void count(struct vectors_hints *h, enum supposition what, const struct vectors_shape *s,
                  int ticks, const struct trace *expected, const struct trace *got, int tick, int l,
                  enum word kind)
{
    int n_out = s->n_out[l], from = l, when = tick;
    const struct trace_layer *e = &expected->layer[l];
    if (what == LATE || what == EARLY) when += what == LATE ? 1 : -1;
    if (what == NEXT_LAYER || what == LAYER_BEFORE) from += what == NEXT_LAYER ? 1 : -1;
    if (what == LAYERS_REVERSED) from = s->n_layers - 1 - l;
    if (when < 0 || when >= ticks || from < 0 || from >= s->n_layers || s->n_out[from] != n_out)
        return;
    if (what == BEFORE_RESET && kind != V) return;
    for (int n = 0; n < n_out; n++) {
        int other = what == NEXT_NEURON        ? n + 1
                    : what == NEURON_BEFORE    ? n - 1
                    : what == NEURONS_REVERSED ? n_out - 1 - n
                                               : n;
        if (other < 0 || other >= n_out) continue;
        int32_t due = what == BEFORE_RESET ? e->c[(size_t)tick * (size_t)e->stride + (size_t)n]
                                           : word(e, kind, n_out, tick, n);
        h->of[what][l][kind].words++;
        h->of[what][l][kind].differ += due != word(&got->layer[from], kind, n_out, when, other);
    }
}

void vectors_hints_count(struct vectors_hints *h, const struct vectors_shape *s, int ticks,
                         const struct trace *expected, const struct trace *got)
{
    for (int what = 0; what < SUPPOSITIONS; what++)
        for (int tick = 0; tick < ticks; tick++)
            for (int l = 0; l < s->n_layers; l++)
                for (int kind = 0; kind < KINDS; kind++)
                    if (kind < U || (kind == U ? s->u_bits : s->r_bits))
                        count(h, (enum supposition)what, s, ticks, expected, got, tick, l,
                              (enum word)kind);
}

// Sums over the layers and words that differ as they are: only there something is to be explained.
static void sum(const struct vectors_hints *h, enum supposition what, int64_t *words,
                int64_t *differ)
{
    *words = *differ = 0;
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        for (int kind = 0; kind < KINDS; kind++) {
            if (!h->of[AS_IT_IS][l][kind].differ) continue;
            *words += h->of[what][l][kind].words;
            *differ += h->of[what][l][kind].differ;
        }
}

// " (in layer 1, words V)" unless it is everywhere.
static void where(const struct vectors_hints *h, const struct vectors_shape *s, char *text,
                  size_t size)
{
    int kinds_there = 2 + (s->u_bits > 0) + (s->r_bits > 0), cells = 0;
    size_t used = 0;
    *text = 0;
    for (int l = 0; l < s->n_layers; l++) {
        char names[KINDS + 1] = "";
        int n = 0;
        for (int kind = 0; kind < KINDS; kind++)
            if (h->of[AS_IT_IS][l][kind].differ) names[n++] = kind_names[kind];
        cells += n;
        names[n] = 0;
        if (n && used < size)
            used += (size_t)snprintf(text + used, size - used, ", %s of layer %d", names, l);
    }
    if (cells == kinds_there * s->n_layers) *text = 0;
}

void vectors_hints_tell(const struct vectors_hints *h, const struct vectors_shape *s, char *text,
                        size_t size)
{
    int64_t all, wrong, words, differ, least = -1;
    char places[128];
    *text = 0;
    sum(h, AS_IT_IS, &all, &wrong);
    for (int what = AS_IT_IS + 1; wrong && what < SUPPOSITIONS; what++) {
        sum(h, (enum supposition)what, &words, &differ);
        int64_t left = differ + all - words; // not explained: wrong, or without a word to compare
        if (2 * words < all || 10 * differ >= wrong || (least >= 0 && left >= least)) continue;
        least = left;
        where(h, s, places, sizeof places);
        snprintf(text, size, "%s (%" PRId64 " words and spike bits, %" PRId64 " differ%s)",
                 sentences[what], words, differ, places);
    }
}
