#include "cosim/vectors/vectors_hints.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 1 + VECTORS_STATES };

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

// A clip on both sides.
struct clip {
    const struct vectors_shape *s;
    int ticks, row, neurons;
    const int64_t *expected, *recorded, *got;
};

static void count(struct vectors_hints *h, enum supposition what, const struct clip *c, int tick,
                  int l, int kind)
{
    const struct vectors_shape *s = c->s;
    int n_out = s->n_out[l], from = l, when = tick, first = 0;
    if (what == LATE || what == EARLY) when += what == LATE ? 1 : -1;
    if (what == NEXT_LAYER || what == LAYER_BEFORE) from += what == NEXT_LAYER ? 1 : -1;
    if (what == LAYERS_REVERSED) from = s->n_layers - 1 - l;
    if (when < 0 || when >= c->ticks || from < 0 || from >= s->n_layers || s->n_out[from] != n_out)
        return;
    if (what == BEFORE_RESET && (!kind || strcmp(s->state[kind - 1].name, "v"))) return;
    for (int before = 0; before < l; before++)
        first += s->n_out[before];
    const int64_t *due = c->expected + (size_t)tick * (size_t)c->row + vectors_place(s, l, kind);
    const int64_t *got = c->got + (size_t)when * (size_t)c->row + vectors_place(s, from, kind);
    if (what == BEFORE_RESET) due = c->recorded + (size_t)tick * (size_t)c->neurons + first;
    for (int n = 0; n < n_out; n++) {
        int other = what == NEXT_NEURON        ? n + 1
                    : what == NEURON_BEFORE    ? n - 1
                    : what == NEURONS_REVERSED ? n_out - 1 - n
                                               : n;
        if (other < 0 || other >= n_out) continue;
        h->of[what][l][kind].words++;
        h->of[what][l][kind].differ += due[n] != got[other];
    }
}

void vectors_hints_count(struct vectors_hints *h, const struct vectors_shape *s, int ticks,
                         const int64_t *expected, const int64_t *recorded, const int64_t *got)
{
    struct clip c = {s, ticks, vectors_tick_words(s), 0, expected, recorded, got};
    for (int l = 0; l < s->n_layers; l++)
        c.neurons += s->n_out[l];
    for (int what = 0; what < SUPPOSITIONS; what++)
        for (int tick = 0; tick < ticks; tick++)
            for (int l = 0; l < s->n_layers; l++)
                for (int kind = 0; kind <= s->n_states; kind++)
                    count(h, (enum supposition)what, &c, tick, l, kind);
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

// ", ZV of layer 1" unless it is everywhere.
static void where(const struct vectors_hints *h, const struct vectors_shape *s, char *text,
                  size_t size)
{
    int cells = 0;
    size_t used = 0;
    *text = 0;
    for (int l = 0; l < s->n_layers; l++) {
        char names[KINDS * VECTORS_NAME] = "";
        int n = 0;
        for (int kind = 0; kind <= s->n_states; kind++) {
            if (!h->of[AS_IT_IS][l][kind].differ) continue;
            const char *name = vectors_kind_name(s, kind);
            size_t at = strlen(names);
            bool apart = at && (name[1] || names[at - 1] > 'Z');
            snprintf(names + at, sizeof names - at, "%s%s", apart ? " " : "", name);
            n++;
        }
        cells += n;
        if (n && used < size)
            used += (size_t)snprintf(text + used, size - used, ", %s of layer %d", names, l);
    }
    if (cells == (1 + s->n_states) * s->n_layers) *text = 0;
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
