#include "cosim/vectors/signature.h"
#include "cosim/vectors/vectors_hints.h"
#include "cosim/vectors/vectors_model.h"
#include "cosim/vectors/vectors_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// One clip at a time: its stimulus and what the file says came out of it. Arrays grow with what was
// read, whatever the file says will come.
struct clip {
    int number, ticks, room;
    long line;
    int32_t *x;      // (room, n_in)
    int16_t *jitter; // (room)
    int64_t *got;    // (room, row)
    int64_t *stages; // (stage_room, stage_row)
    int stage_room;
};

struct checker {
    const struct law_image *im;
    struct vectors_model model;
    int64_t *at_rest; // (row) of a tick
    struct vectors_shape shape;
    size_t row;                    // result words of a tick
    size_t stage_row;              // words of all stages of a tick
    bool has_stage[LAW_MAX_WORDS]; // the file has it
    bool stages;                   // it has any
    bool image_named;
    struct clip clip;
    struct vectors_check *c;
    struct vectors_signatures *signatures; // NULL: there are none
    struct vectors_hints *hints;
};

static bool grow(void *array, int room, size_t row)
{
    void *old, *more;
    memcpy(&old, array, sizeof old);
    more = row && (size_t)room > SIZE_MAX / row ? 0 : realloc(old, (size_t)room * row);
    if (more) memcpy(array, &more, sizeof more);
    return more != 0;
}

// Room for one tick more.
static int make_room(struct checker *k, int tick, char *message, size_t size)
{
    struct clip *c = &k->clip;
    if (tick < c->room) return 0;
    int room = c->room > INT32_MAX / 2 ? INT32_MAX : c->room ? 2 * c->room : 16;
    if (!grow(&c->x, room, (size_t)k->shape.n_in * sizeof *c->x) ||
        !grow(&c->jitter, room, sizeof *c->jitter) ||
        !grow(&c->got, room, k->row * sizeof *c->got)) {
        snprintf(message, size, "clip %d: no memory for %d ticks", c->number, room);
        return -1;
    }
    c->room = room;
    return 0;
}

static void take_result(struct checker *k, const struct vectors_record *t)
{
    memcpy(k->clip.got + (size_t)t->tick * k->row + vectors_place(&k->shape, t->layer, t->of),
           t->word, (size_t)k->shape.n_out[t->layer] * sizeof *t->word);
}

// The words of a stage; -1 with a message: the law has no such stage, or there is no memory.
static int take_stage(struct checker *k, const struct vectors_record *t, long line, char *message,
                      size_t size)
{
    const struct law_kind *kind = k->im->kind;
    struct clip *c = &k->clip;
    int i = 0;
    while (i < kind->n_stages && strcmp(kind->stage[i].name, t->name))
        i++;
    if (i == kind->n_stages) {
        int n = snprintf(message, size, "line %ld: stage %s: allowed", line, t->name);
        for (i = 0; i < kind->n_stages; i++)
            n +=
                snprintf(message + n, size - (size_t)n, "%s %s", i ? "," : "", kind->stage[i].name);
        return -1;
    }
    if (c->stage_room < c->room && !grow(&c->stages, c->room, k->stage_row * sizeof *c->stages)) {
        snprintf(message, size, "clip %d: no memory for the stages of %d ticks", c->number,
                 c->room);
        return -1;
    }
    c->stage_room = c->room;
    k->stages = k->has_stage[i] = true;
    memcpy(c->stages + (size_t)t->tick * k->stage_row + vectors_stage_place(k->im, t->layer, i),
           t->word, (size_t)k->shape.n_out[t->layer] * sizeof *t->word);
    return 0;
}

// Where two words differ, for the first time or again.
static void differ_at(struct checker *k, int tick, int layer, int neuron, int64_t expected,
                      int64_t got, bool stage, const char *word)
{
    struct vectors_check *c = k->c;
    if (c->differs) return;
    c->differs = true;
    c->line = k->clip.line;
    c->clip = k->clip.number;
    c->tick = tick;
    c->layer = layer;
    c->neuron = neuron;
    c->stage = stage;
    snprintf(c->word, sizeof c->word, "%s", word);
    c->expected = expected;
    c->got = got;
}

// The stages of a neuron that the file has, in the order in which the law passes them.
static void compare_stages(struct checker *k, const int64_t *expected, int tick, int layer,
                           int neuron)
{
    const struct law_kind *kind = k->im->kind;
    for (int i = 0; i < kind->n_stages; i++) {
        const size_t at =
            (size_t)tick * k->stage_row + (size_t)(vectors_stage_place(k->im, layer, i) + neuron);
        if (!k->has_stage[i]) continue;
        k->c->stages++;
        if (expected[at] == k->clip.stages[at]) continue;
        k->c->stages_differ++;
        differ_at(k, tick, layer, neuron, expected[at], k->clip.stages[at], true,
                  kind->stage[i].name);
    }
}

// One word of a tick: `at` in its row. got: NULL where only its signature came.
static void compare_word(struct checker *k, const int64_t *expected, const int64_t *got, int kind,
                         int tick, int layer, int neuron)
{
    struct vectors_check *c = k->c;
    int at = vectors_place(&k->shape, layer, kind) + neuron;
    if (expected[at] != k->at_rest[at]) {
        c->moved++;
        c->still[layer] = false;
        if (!kind) c->silent[layer] = false;
        if (!kind) c->fired += expected[at];
    }
    if (!got) return;
    *(kind ? &c->words : &c->spikes) += 1;
    if (expected[at] == got[at]) return;
    *(kind ? &c->words_differ : &c->spikes_differ) += 1;
    differ_at(k, tick, layer, neuron, expected[at], got[at], false,
              vectors_kind_name(&k->shape, kind));
}

// A line of 8 hexadecimal digits. 0 or -1.
static int read_signature(struct vectors_signatures *g, uint32_t *to, char *message, size_t size)
{
    char line[VECTORS_QUOTE], quote[VECTORS_QUOTE];
    size_t n = 0;
    int c;
    while ((c = fgetc(g->f)) != EOF && c != '\n')
        if (n < sizeof line - 1) line[n++] = (char)c;
    if (c == EOF && !n) {
        snprintf(message, size, "%s: short: %" PRId64 " lines, and more ticks were sent", g->name,
                 g->n);
        return -1;
    }
    n -= n && line[n - 1] == '\r';
    line[n] = 0;
    if (n == 8 && strspn(line, "0123456789abcdefABCDEF") == n) {
        *to = (uint32_t)strtoul(line, 0, 16);
        return 0;
    }
    snprintf(message, size, "%s: line %" PRId64 ": %s: a signature is 8 hexadecimal digits%s",
             g->name, g->n + 1, vectors_quote(line, n, quote),
             strpbrk(line, "xXzZ") ? "; x and z are unknown: is the device reset?" : "");
    return -1;
}

// The signature of a tick against the model's. 0 or -1.
static int compare_signature(struct checker *k, const int64_t *expected, int tick, char *message,
                             size_t size)
{
    struct vectors_signatures *g = k->signatures;
    uint32_t got, wanted = signature_of(&k->shape, expected);
    if (read_signature(g, &got, message, size)) return -1;
    g->n++;
    if (got == wanted || g->differ++) return 0;
    g->clip = k->clip.number;
    g->tick = tick;
    g->expected = wanted;
    g->got = got;
    g->clue = signature_clue(&k->shape, expected, got);
    return 0;
}

// The model on the clip's stimulus, and every word of it against what came. 0 or -1.
static int end_clip(struct checker *k, bool results, char *message, size_t size)
{
    struct clip *c = &k->clip;
    int64_t differ = k->c->words_differ + k->c->spikes_differ;
    if (!c->ticks || !(results || k->signatures)) return 0;
    int64_t *expected = calloc((size_t)c->ticks, k->row * sizeof *expected);
    int64_t *recorded = calloc((size_t)c->ticks, (size_t)k->model.neurons * sizeof *recorded);
    int64_t *stages = k->stages ? calloc((size_t)c->ticks, k->stage_row * sizeof *stages) : 0;
    if (!expected || !recorded || (k->stages && !stages)) {
        snprintf(message, size, "clip %d: no memory for %d ticks", c->number, c->ticks);
        free(expected);
        free(recorded);
        free(stages);
        return -1;
    }
    struct stimulus s = {.n_ticks = c->ticks, .wide = c->x, .jitter = c->jitter};
    k->model.stages = stages;
    vectors_model_run(&k->model, &s, expected, recorded);
    int bad = 0;
    for (int tick = 0; tick < c->ticks; tick++) {
        const int64_t *of = expected + (size_t)tick * k->row;
        for (int l = 0; l < k->shape.n_layers; l++)
            for (int n = 0; n < k->shape.n_out[l]; n++) {
                if (stages) compare_stages(k, stages, tick, l, n);
                for (int kind = 0; kind <= k->shape.n_states; kind++)
                    compare_word(k, of, results ? c->got + (size_t)tick * k->row : 0, kind, tick, l,
                                 n);
            }
        if (!bad && k->signatures) bad = compare_signature(k, of, tick, message, size);
    }
    if (k->c->words_differ + k->c->spikes_differ > differ)
        vectors_hints_count(k->hints, &k->shape, c->ticks, expected, recorded, c->got);
    free(expected);
    free(recorded);
    free(stages);
    return bad;
}

static void begin_clip(struct checker *k, const struct vectors_record *t, long line)
{
    k->clip.number = t->clip;
    k->clip.ticks = t->ticks;
    k->clip.line = line;
}

static int take_tick(struct checker *k, const struct vectors_reader *reader,
                     const struct vectors_record *t, char *message, size_t size)
{
    struct clip *c = &k->clip;
    if (vectors_without_results(reader) && !k->signatures)
        return 0; // nothing will be compared: nothing is kept
    if (make_room(k, t->tick, message, size)) return -1;
    memcpy(c->x + (size_t)t->tick * (size_t)k->shape.n_in, t->x,
           (size_t)k->shape.n_in * sizeof *c->x);
    c->jitter[t->tick] = (int16_t)t->jitter;
    return 0;
}

static bool has_weights(const struct law_image *im, int layer)
{
    for (int row = 0; row < im->layer[layer].n_rows; row++)
        for (int n = 0; n < im->shape.layer[layer].n_out; n++)
            if (law_image_word(im, layer, 0, n, row)) return true;
    return false;
}

static int take(struct checker *k, const struct vectors_reader *reader,
                const struct vectors_record *t, char *message, size_t size)
{
    char hash[20];
    switch (t->kind) {
    case VECTORS_HEAD:
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)law_image_hash(k->im));
        if (!strcmp(t->key, "image")) k->image_named = !strcmp(t->value, hash);
        return 0;
    case VECTORS_SHAPE:
        if (k->image_named && !memcmp(vectors_reader_shape(reader), &k->shape, sizeof k->shape))
            return 0;
        snprintf(message, size, "line %ld: the vectors were made for another image",
                 vectors_line(reader));
        return -1;
    case VECTORS_CLIP:
        if (end_clip(k, !vectors_without_results(reader), message, size)) return -1;
        begin_clip(k, t, vectors_line(reader));
        return 0;
    case VECTORS_TICK:
        return take_tick(k, reader, t, message, size);
    case VECTORS_STAGE:
        return t->tick < k->clip.room ? take_stage(k, t, vectors_line(reader), message, size) : 0;
    default:
        if (t->tick < k->clip.room) take_result(k, t);
        return 0;
    }
}

// Reads and compares to the end of the file. 0 or -1.
static int run(struct checker *k, struct vectors_reader *reader, const char *name, char *message,
               size_t size)
{
    int rc = 1;
    struct vectors_check *c = k->c;
    while (rc > 0) {
        struct vectors_record record;
        rc = vectors_next(reader, &record, message, size);
        if (rc > 0 && take(k, reader, &record, message, size)) rc = -1;
    }
    if (rc < 0) return -1;
    const struct vectors_stimulus *sent;
    c->counts = *vectors_reader_counts(reader);
    c->stimulus_known = vectors_version(reader) > 1 && vectors_clips_sent(reader, &sent) > 0;
    c->marked = vectors_marked(reader);
    if (end_clip(k, !vectors_without_results(reader), message, size)) return -1;
    vectors_hints_tell(k->hints, &k->shape, c->hint, sizeof c->hint);
    if (k->signatures && fgetc(k->signatures->f) != EOF) {
        snprintf(message, size, "%s: more than %" PRId64 " lines, one a tick that was sent",
                 k->signatures->name, k->signatures->n);
        return -1;
    }
    if (c->words || (k->signatures && k->signatures->n)) return 0;
    snprintf(message, size, "%s: no result in it: 0 words compared", name);
    return -1;
}

int vectors_check(FILE *in, const char *name, const struct law_image *im, struct vectors_check *c,
                  struct vectors_signatures *signatures, struct corners *reached, char *message,
                  size_t size)
{
    struct checker k = {.im = im, .shape = vectors_shape_of(im), .c = c, .signatures = signatures};
    k.row = (size_t)vectors_tick_words(&k.shape);
    k.stage_row = (size_t)vectors_stage_words(im);
    *c = (struct vectors_check){0};
    for (int l = 0; l < im->shape.n_layers; l++) {
        c->still[l] = c->silent[l] = true;
        c->weightless[l] = !has_weights(im, l);
    }
    struct vectors_reader *reader = vectors_open(in, name);
    k.at_rest = calloc(k.row, sizeof *k.at_rest);
    k.hints = vectors_hints_new();
    int rc = -1;
    if (vectors_model_init(&k.model, im) && reader && k.at_rest && k.hints) {
        vectors_model_rest(&k.model, k.at_rest);
        k.model.corners = reached;
        rc = run(&k, reader, name, message, size);
    } else
        snprintf(message, size, "%s: out of memory", name);
    vectors_model_fini(&k.model);
    free(k.clip.x);
    free(k.clip.jitter);
    free(k.clip.got);
    free(k.clip.stages);
    free(k.hints);
    free(k.at_rest);
    vectors_close(reader);
    return rc ? -1 : c->differs || (signatures && signatures->differ);
}

int vectors_warnings(const struct vectors_check *c, int n_layers, char text[][160])
{
    int n = 0;
    if (!c->stimulus_known)
        snprintf(text[n++], sizeof *text, "no stimulus hash: what was dropped cannot be seen");
    if (c->marked) snprintf(text[n++], sizeof *text, "line 1: a byte order mark, passed over");
    if (!c->counts.events) snprintf(text[n++], sizeof *text, "no event in any tick");
    for (int l = 0; l < n_layers; l++)
        if (c->weightless[l]) snprintf(text[n++], sizeof *text, "layer %d: every weight is 0", l);
    for (int l = 0; l < n_layers; l++)
        if (c->silent[l])
            snprintf(text[n++], sizeof *text, "layer %d: %s", l,
                     c->still[l] ? "the model never leaves rest, a dead layer would be the same"
                                 : "the model never fires, a layer that cannot would be the same");
    return n;
}

const char vectors_dead_text[] =
    "nothing was compared that a dead device would not have too: no pass";

bool vectors_dead(const struct vectors_check *c)
{
    return !c->differs && !c->moved;
}
