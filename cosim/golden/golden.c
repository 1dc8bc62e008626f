#include "cosim/golden/golden.h"

#include "cosim/corners/corners.h"
#include "cosim/golden/golden_load.h"
#include "cosim/vectors/signature.h"
#include "model/laws/reference.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct golden {
    struct golden_chip chip;
    struct reference model;
    struct corners corners;
    const struct stimulus *stimulus; // of the tick that runs
    void *memory;
    char *stages;                // (neurons of all layers) of the last tick, the law's struct
    int first[IMAGE_MAX_LAYERS]; // of a layer in stages
    int32_t *x;                  // (room, n_in) the clip so far, and the events of the tick to come
    int16_t *jitter;             // (room)
    int ticks, room;
    int clip; // its number, for reports
    FILE *file;
    char *path;
    struct vectors_reader *reader;
    bool image_named;
    bool written;                        // words, since the corners were made of them
    int64_t words, differ, other_than_0; // compared; of them; of what was expected
    char hash[20], error[640], place[256], report[1024];
    char *reached;
};

// A handle that is there and well, else NULL.
static struct golden *well(void *h)
{
    struct golden *g = h;
    return g && !g->error[0] ? g : 0;
}

static int failed(struct golden *g, const char *what, const char *why)
{
    snprintf(g->error, sizeof g->error, "%s: %s", what, why);
    return STW_ERROR;
}

// Room for one tick more, its events zero.
static int make_room(struct golden *g)
{
    size_t n_in = (size_t)g->chip.view.shape.layer[0].n_in;
    if (g->ticks >= g->room) {
        int room = g->room ? 2 * g->room : 256;
        int32_t *x = realloc(g->x, (size_t)room * n_in * sizeof *x);
        if (x) g->x = x;
        int16_t *jitter = realloc(g->jitter, (size_t)room * sizeof *jitter);
        if (jitter) g->jitter = jitter;
        if (!x || !jitter) return failed(g, "stw_tick", "out of memory");
        g->room = room;
    }
    memset(g->x + (size_t)g->ticks * n_in, 0, n_in * sizeof *g->x);
    return 0;
}

void *stw_open(const char *folder)
{
    struct golden *g = calloc(1, sizeof *g);
    struct fail f;
    if (!g) return 0;
    if (golden_load(&g->chip, folder ? folder : "", &f)) {
        snprintf(g->error, sizeof g->error, "%s", f.text);
        return g;
    }
    g->memory = aligned_alloc(64, reference_size(&g->chip.view));
    g->stages = calloc((size_t)law_image_neurons(&g->chip.view), g->chip.view.kind->stages);
    if (!corners_init(&g->corners, &g->chip.view) || !g->memory || !g->stages) {
        failed(g, "stw_open", "out of memory");
        return g;
    }
    reference_init(&g->model, &g->chip.view, g->memory);
    for (int l = 1; l < g->chip.view.shape.n_layers; l++)
        g->first[l] = g->first[l - 1] + g->chip.view.shape.layer[l - 1].n_out;
    snprintf(g->hash, sizeof g->hash, "%016llx", (unsigned long long)law_image_hash(&g->chip.view));
    reference_rest(&g->model);
    make_room(g);
    return g;
}

static void close_vectors(struct golden *g)
{
    vectors_close(g->reader);
    if (g->file) fclose(g->file);
    free(g->path);
    g->reader = 0;
    g->file = 0;
    g->path = 0;
}

void stw_close(void *h)
{
    struct golden *g = h;
    if (!g) return;
    close_vectors(g);
    golden_free(&g->chip);
    free(g->memory);
    free(g->stages);
    free(g->reached);
    corners_fini(&g->corners);
    free(g->x);
    free(g->jitter);
    free(g);
}

const char *stw_error(void *h)
{
    return h ? ((struct golden *)h)->error : "no handle";
}

const char *stw_image(void *h)
{
    struct golden *g = well(h);
    return g ? g->hash : "";
}

int stw_layers(void *h)
{
    struct golden *g = well(h);
    return g ? g->chip.view.shape.n_layers : 0;
}

int stw_sources(void *h)
{
    struct golden *g = well(h);
    return g ? g->chip.view.shape.layer[0].n_in : 0;
}

int stw_neurons(void *h, int layer)
{
    struct golden *g = well(h);
    return g && layer >= 0 && layer < g->chip.view.shape.n_layers
               ? g->chip.view.shape.layer[layer].n_out
               : 0;
}

int stw_stages(void)
{
    return LAW_STAGES;
}

const char *stw_stage_name(int i)
{
    return i >= 0 && i < LAW_STAGES ? lif_kind.stage[i].name : "";
}

// The i-th state word that the chip's law has, or NULL.
static const struct law_word *word_at(const struct golden *g, int i)
{
    const struct law_kind *kind = g->chip.view.kind;
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
        if (x->range(g->chip.view.law).bits && !i--) return x;
    return 0;
}

int stw_words_of(void *h)
{
    struct golden *g = well(h);
    return g ? law_state_words(g->chip.view.kind, g->chip.view.law) : 0;
}

const char *stw_word_name(void *h, int i)
{
    struct golden *g = well(h);
    const struct law_word *x = g && i >= 0 ? word_at(g, i) : 0;
    return x ? x->name : "";
}

// --- words and state -----------------------------------------------------------------------------

// The word of a name and its range on this layer; NULL: stw_write takes no such word.
static const struct law_word *written_word(const struct golden *g, int layer, const char *name,
                                           struct law_range *range)
{
    const struct law_kind *kind = g->chip.view.kind;
    const struct law_word *fire = &kind->stage[kind->fire];
    if (!strcmp(name, fire->name)) {
        *range = fire->range(g->chip.view.law);
        range->hi = g->chip.view.shape.layer[layer].max_spikes;
        if (range->hi < 1) range->hi = 1;
        return fire;
    }
    for (const struct law_word *x = kind->word; x < kind->word + kind->n_words; x++) {
        *range = x->range(g->chip.view.law);
        if (x->scope != LAW_CHIP && range->bits && !strcmp(name, x->name)) return x;
    }
    return 0;
}

static bool is_layer(const struct golden *g, int layer)
{
    return layer >= 0 && layer < g->chip.view.shape.n_layers;
}

// The word, if the place is there and the value in its range; else NULL with the error.
static const struct law_word *may_write(struct golden *g, int layer, int neuron, const char *name,
                                        int64_t value)
{
    struct law_range range;
    char why[160];
    if (!is_layer(g, layer) || neuron < 0 || neuron >= g->chip.view.shape.layer[layer].n_out) {
        snprintf(why, sizeof why, "no layer %d, neuron %d", layer, neuron);
        failed(g, name, why);
        return 0;
    }
    const struct law_word *x = written_word(g, layer, name, &range);
    if (x && value >= range.lo && value <= range.hi) return x;
    if (x)
        snprintf(why, sizeof why, "layer %d, neuron %d: %" PRId64 ", allowed %" PRId64 "..%" PRId64,
                 layer, neuron, value, range.lo, range.hi);
    failed(g, name, x ? why : "no such word of a neuron or its state");
    return 0;
}

// Into the chip, for rest, and into what the model runs on.
static void write_word(struct golden *g, int layer, int neuron, const struct law_word *x, int row,
                       int64_t value)
{
    const int word = (int)(x - g->chip.view.kind->word);
    law_set(x, (void *)law_image_at(&g->chip.view, layer, word, neuron, row), value);
    law_set(x, (void *)law_image_at(&g->model.im, layer, word, neuron, row), value);
    g->written = true;
}

int stw_write(void *h, int layer, int neuron, const char *word, int64_t value)
{
    struct golden *g = well(h);
    if (!g) return STW_ERROR;
    if (!strcmp(word, g->chip.view.kind->word->name))
        return failed(g, word, "stw_write_weight writes it, which is told the source");
    const struct law_word *x = may_write(g, layer, neuron, word, value);
    if (!x) return STW_ERROR;
    if (x->scope == LAW_STAGE)
        g->model.fired[layer][neuron] = (int32_t)value;
    else if (x->scope == LAW_STATE)
        law_set(x, g->model.state[layer] + (size_t)neuron * g->chip.view.kind->state, value);
    else
        write_word(g, layer, neuron, x, 0, value);
    return 0;
}

int stw_write_weight(void *h, int layer, int neuron, int source, int64_t value)
{
    struct golden *g = well(h);
    if (!g) return STW_ERROR;
    const struct law_word *x = may_write(g, layer, neuron, g->chip.view.kind->word->name, value);
    if (!x) return STW_ERROR;
    const int rows = g->chip.view.layer[layer].n_rows;
    if (source < 0 || source >= rows) {
        char why[96];
        snprintf(why, sizeof why, "layer %d, neuron %d: source %d, allowed 0..%d", layer, neuron,
                 source, rows - 1);
        return failed(g, x->name, why);
    }
    write_word(g, layer, neuron, x, source, value);
    return 0;
}

static struct law_range range_of(void *h, int layer, const char *word)
{
    struct golden *g = well(h);
    struct law_range range = {0};
    if (!g || !is_layer(g, layer) || !written_word(g, layer, word, &range))
        return (struct law_range){0};
    return range;
}

int64_t stw_least(void *h, int layer, const char *word)
{
    return range_of(h, layer, word).lo;
}

int64_t stw_most(void *h, int layer, const char *word)
{
    return range_of(h, layer, word).hi;
}

// The corners of the words that were written; what was reached on others stays.
static int renew_corners(struct golden *g)
{
    struct corners now;
    const char *wrong = law_image_check(&g->chip.view);
    if (wrong) return failed(g, "stw_tick, words that were written", wrong);
    if (!corners_init(&now, &g->chip.view)) {
        corners_fini(&now);
        return failed(g, "stw_tick", "out of memory");
    }
    corners_add(&now, &g->corners);
    corners_fini(&g->corners);
    g->corners = now;
    g->written = false;
    return 0;
}

// --- stimulus ------------------------------------------------------------------------------------

int stw_rest(void *h)
{
    struct golden *g = well(h);
    if (!g) return STW_ERROR;
    if (g->ticks) g->clip++;
    g->ticks = 0;
    reference_rest(&g->model);
    return make_room(g);
}

int stw_event(void *h, int source, int x)
{
    struct golden *g = well(h);
    if (!g) return STW_ERROR;
    if (source < 0 || source >= g->chip.view.shape.layer[0].n_in)
        return failed(g, "stw_event", "no such source");
    const struct law_range inputs = law_image_inputs(&g->chip.view);
    if (x < inputs.lo || x > inputs.hi)
        return failed(g, "stw_event", "x is out of the input format");
    g->x[(size_t)g->ticks * (size_t)g->chip.view.shape.layer[0].n_in + (size_t)source] = x;
    return 0;
}

static char *stages_of(const struct golden *g, int layer, int neuron)
{
    return g->stages + (size_t)(g->first[layer] + neuron) * g->chip.view.kind->stages;
}

static void keep(void *context, int tick, int layer, int neuron, const void *before,
                 const void *stages, const void *after)
{
    struct golden *g = context;
    const struct law_tick in = reference_inputs(&g->model, g->stimulus, tick, layer, neuron);
    corners_see(&g->corners, &in, layer, neuron, before, stages, after);
    memcpy(stages_of(g, layer, neuron), stages, g->chip.view.kind->stages);
}

static int run_tick(struct golden *g, int jitter)
{
    if (g->written && renew_corners(g)) return STW_ERROR;
    g->jitter[g->ticks++] = (int16_t)jitter;
    struct stimulus s = {.n_ticks = g->ticks, .wide = g->x, .jitter = g->jitter};
    g->stimulus = &s;
    corners_see_tick(&g->corners, &s, g->ticks - 1);
    reference_tick(&g->model, &s, g->ticks - 1, keep, g);
    return make_room(g);
}

int stw_tick(void *h, int jitter)
{
    struct golden *g = well(h);
    if (!g) return STW_ERROR;
    if (jitter < fx_min(16) || jitter > fx_max(16))
        return failed(g, "stw_tick", "jitter is a word of 16 bits");
    return run_tick(g, jitter);
}

int stw_vectors(void *h, const char *path)
{
    struct golden *g = well(h);
    if (!g) return STW_ERROR;
    close_vectors(g);
    g->path = strdup(path);
    g->file = fopen(path, "r");
    if (!g->file) return failed(g, path, strerror(errno));
    g->reader = g->path ? vectors_open(g->file, g->path) : 0;
    if (!g->reader) return failed(g, path, "out of memory");
    g->image_named = false;
    return 0;
}

static int take(struct golden *g, const struct vectors_record *t)
{
    struct vectors_shape shape = vectors_shape_of(&g->chip.view);
    switch (t->kind) {
    case VECTORS_HEAD:
        if (!strcmp(t->key, "image")) g->image_named = !strcmp(t->value, g->hash);
        return 0;
    case VECTORS_SHAPE:
        if (g->image_named && !memcmp(vectors_reader_shape(g->reader), &shape, sizeof shape))
            return 0;
        return failed(g, g->path, "the vectors were made for another image");
    case VECTORS_CLIP:
        stw_rest(g);
        g->clip = t->clip;
        return STW_CLIP;
    case VECTORS_TICK:
        for (int i = 0, n_in = g->chip.view.shape.layer[0].n_in; i < n_in; i++)
            g->x[(size_t)g->ticks * (size_t)n_in + (size_t)i] = t->x[i];
        return run_tick(g, t->jitter) ? STW_ERROR : STW_TICK;
    default:
        return 0;
    }
}

int stw_read(void *h)
{
    struct golden *g = well(h);
    if (!g) return STW_ERROR;
    if (!g->reader) return failed(g, "stw_read", "stw_vectors first");
    for (;;) {
        struct vectors_record record;
        int rc = vectors_next(g->reader, &record, g->error, sizeof g->error);
        if (rc <= 0) return rc < 0 ? STW_ERROR : STW_END;
        rc = take(g, &record);
        if (rc) return rc;
    }
}

int stw_x(void *h, int source)
{
    struct golden *g = well(h);
    if (!g || !g->ticks || source < 0 || source >= g->chip.view.shape.layer[0].n_in) return 0;
    return g->x[(size_t)(g->ticks - 1) * (size_t)g->chip.view.shape.layer[0].n_in + (size_t)source];
}

int stw_jitter(void *h)
{
    struct golden *g = well(h);
    return g && g->ticks ? g->jitter[g->ticks - 1] : 0;
}

// --- what the model has --------------------------------------------------------------------------

// A stage or a state word of the last tick. Before the first tick of a clip there is only rest, and
// stages are 0.
static bool find(struct golden *g, int layer, int neuron, const char *what, int64_t *to)
{
    char why[96];
    if (layer < 0 || layer >= g->chip.view.shape.n_layers || neuron < 0 ||
        neuron >= g->chip.view.shape.layer[layer].n_out) {
        snprintf(why, sizeof why, "no layer %d, neuron %d", layer, neuron);
        failed(g, what, why);
        return false;
    }
    const struct law_kind *kind = g->chip.view.kind;
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
        if (!strcmp(what, x->name)) {
            *to = law_get(x, g->model.state[layer] + (size_t)neuron * kind->state);
            return true;
        }
    *to = 0;
    for (int i = 0; i < kind->n_stages; i++)
        if (!strcmp(what, kind->stage[i].name)) {
            if (g->ticks) *to = law_get(&kind->stage[i], stages_of(g, layer, neuron));
            return true;
        }
    failed(g, what, "no such stage or state word");
    return false;
}

int64_t stw_stage(void *h, int layer, int neuron, const char *stage)
{
    struct golden *g = well(h);
    int64_t x = 0;
    return g && find(g, layer, neuron, stage, &x) ? x : 0;
}

int64_t stw_state(void *h, int layer, int neuron, const char *word)
{
    return stw_stage(h, layer, neuron, word);
}

int stw_spike(void *h, int layer, int neuron)
{
    return (int)stw_stage(h, layer, neuron, "fire");
}

uint32_t stw_signature(void *h)
{
    struct golden *g = well(h);
    if (!g || !g->ticks) return 0;
    const struct law_kind *kind = g->chip.view.kind;
    const struct vectors_shape s = vectors_shape_of(&g->chip.view);
    int64_t *words = calloc((size_t)vectors_tick_words(&s), sizeof *words);
    if (!words) {
        failed(g, "stw_signature", "out of memory");
        return 0;
    }
    for (int l = 0; l < s.n_layers; l++)
        for (int n = 0; n < s.n_out[l]; n++) {
            const void *state = g->model.state[l] + (size_t)n * kind->state;
            words[vectors_place(&s, l, 0) + n] =
                law_get(&kind->stage[kind->fire], stages_of(g, l, n));
            for (int i = 0; i < s.n_states; i++)
                words[vectors_place(&s, l, 1 + i) + n] = law_get(word_at(g, i), state);
        }
    const uint32_t signature = signature_of(&s, words);
    free(words);
    return signature;
}

// --- comparison ----------------------------------------------------------------------------------

// The stage that leaves a state word behind, and the word; a stage's own name for a stage. A word that is
// no stage's just so, as u of LIF, is left by `current`.
static const char *stage_of(const struct golden *g, const char *what, char text[64])
{
    const struct law_kind *kind = g->chip.view.kind;
    for (int i = 0; i < kind->n_words - kind->first_state; i++) {
        int stage = kind->left_by[i];
        if (strcmp(what, law_states(kind)[i].name)) continue;
        snprintf(text, 64, "%s, word %s", stage < 0 ? "current" : kind->stage[stage].name, what);
        return text;
    }
    return what;
}

int stw_check(void *h, int layer, int neuron, const char *what, int64_t got)
{
    struct golden *g = well(h);
    int64_t expected;
    char text[64];
    if (!g) return STW_ERROR;
    if (!g->ticks) return failed(g, "stw_check", "no tick was run");
    if (!find(g, layer, neuron, what, &expected)) return STW_ERROR;
    g->words++;
    g->other_than_0 += expected != 0;
    if (got == expected) return 0;
    if (!g->differ++)
        snprintf(g->place, sizeof g->place,
                 "clip %d, tick %d, layer %d, neuron %d, stage %s: expected %" PRId64
                 ", got %" PRId64,
                 g->clip, g->ticks - 1, layer, neuron, stage_of(g, what, text), expected, got);
    return 1;
}

int64_t stw_words(void *h)
{
    return h ? ((struct golden *)h)->words : 0;
}

int64_t stw_differ(void *h)
{
    return h ? ((struct golden *)h)->differ : 0;
}

const char *stw_report(void *h)
{
    struct golden *g = h;
    if (!g) return stw_error(h);
    bool dead = g->words && !g->other_than_0 && !g->differ;
    snprintf(g->report, sizeof g->report, "%" PRId64 " words, %" PRId64 " differ%s%s%s%s%s",
             g->words, g->differ,
             dead ? ", but the model has 0 in each: a dead device would pass" : "",
             g->differ ? "; first difference: " : "", g->place, g->error[0] ? "; stopped: " : "",
             g->error);
    return g->report;
}

// --- what was reached ----------------------------------------------------------------------------

// The i-th corner that the law has, or NULL.
static const struct corner *corner_at(const struct golden *g, int i)
{
    for (int k = 0; k < g->corners.n; k++)
        if (corner_there(&g->corners.corner[k]) && !i--) return &g->corners.corner[k];
    return 0;
}

int stw_corners(void *h)
{
    struct golden *g = well(h);
    int n = 0;
    for (int k = 0; g && k < g->corners.n; k++)
        n += corner_there(&g->corners.corner[k]);
    return n;
}

const char *stw_corner(void *h, int i)
{
    struct golden *g = well(h);
    const struct corner *x = g && i >= 0 ? corner_at(g, i) : 0;
    return x ? x->name : "";
}

int64_t stw_corner_count(void *h, int i)
{
    struct golden *g = well(h);
    const struct corner *x = g && i >= 0 ? corner_at(g, i) : 0;
    return x ? corner_count(x) : 0;
}

const char *stw_reached(void *h)
{
    struct golden *g = well(h);
    size_t n = 0;
    if (!g) return stw_error(h);
    free(g->reached);
    g->reached = 0;
    FILE *to = open_memstream(&g->reached, &n);
    if (to) corners_print(&g->corners, to);
    return to && !fclose(to) && g->reached ? g->reached : "reached: out of memory\n";
}

int stw_verdict(void *h)
{
    struct golden *g = well(h);
    if (!g || !g->words) return 2;
    return g->differ ? 1 : g->other_than_0 ? 0 : 2;
}
