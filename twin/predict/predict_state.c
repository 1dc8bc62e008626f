#include "twin/predict/predict_state.h"

#include "twin/io/kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kept_kind kind = {
    {'S', 'T', 'W', 'C', 'H', 'I', 'P', 'S'}, "predict", "prediction"};

struct head { // of a record
    uint64_t part, hash;
    int64_t clamped;
    int64_t spikes[IMAGE_MAX_LAYERS];
    uint32_t k;
    int32_t correct;
};

struct entry { // where a chip's record stands
    uint64_t part;
    uint32_t k;
    off_t at;
};

struct predict_state {
    struct kept kept;
    const struct task *task;
    struct predict_extent extent;
    int n_items;
    bool wide; // a decision has two bytes
    struct entry *entry;
    int n, room;
    int n_opened;
    bool sorted;
};

static int by_chip(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->part != y->part) return x->part < y->part ? -1 : 1;
    return (x->k > y->k) - (x->k < y->k);
}

static int note(struct predict_state *s, uint64_t part, uint32_t k, off_t at)
{
    if (s->n == s->room) {
        int room = s->room ? 2 * s->room : 256;
        struct entry *more = realloc(s->entry, (size_t)room * sizeof *more);
        if (!more) return -1;
        s->entry = more;
        s->room = room;
    }
    s->entry[s->n++] = (struct entry){part, k, at};
    s->sorted = false;
    return 0;
}

enum { BYTE_CLASS = 0x3f, BYTE_TIED = 0x40, BYTE_SILENT = 0x80 };

static void put_decisions(const struct predict_state *s, unsigned char *to,
                          const uint16_t *decision)
{
    if (s->wide) memcpy(to, decision, (size_t)s->n_items * sizeof *decision);
    for (int i = 0; !s->wide && i < s->n_items; i++)
        to[i] = (unsigned char)(decision_class(decision[i]) |
                                (decision[i] & DECISION_TIED ? BYTE_TIED : 0) |
                                (decision[i] & DECISION_SILENT ? BYTE_SILENT : 0));
}

static uint16_t get_decision(const struct predict_state *s, const unsigned char *from, int i)
{
    uint16_t x;
    if (!s->wide)
        return (uint16_t)((from[i] & BYTE_CLASS) | (from[i] & BYTE_TIED ? DECISION_TIED : 0) |
                          (from[i] & BYTE_SILENT ? DECISION_SILENT : 0));
    memcpy(&x, from + (size_t)i * sizeof x, sizeof x);
    return x;
}

static int off(const struct predict_state *s, uint32_t k, const char *what, int64_t is,
               int64_t least, int64_t most, struct fail *f)
{
    return fail(f,
                "%s: chip %" PRIu32 ": %s, %" PRId64 ", allowed %" PRId64 "..%" PRId64
                ": not what spiketwin predict left there",
                s->kept.path, k, what, is, least, most);
}

// A whole record as a chip and its decisions (n_items, may be NULL), if a chip can have said that.
static int read_record(const struct predict_state *s, const unsigned char *record,
                       struct predict_chip *out, uint16_t *decision, struct fail *f)
{
    const struct task *t = s->task;
    struct head h;
    memcpy(&h, record, sizeof h);
    *out =
        (struct predict_chip){.k = h.k, .correct = h.correct, .clamped = h.clamped, .hash = h.hash};
    memcpy(out->spikes, h.spikes, sizeof h.spikes);
    int correct = 0;
    int64_t least_spikes = 0;
    for (int i = 0; i < s->n_items; i++) {
        uint16_t x = get_decision(s, record + sizeof h, i);
        int class = decision_class(x);
        if (!task_graded(t) && class >= t->n_classes)
            return off(s, h.k, "a decision's class", class, 0, t->n_classes - 1, f);
        int takes = t->takes(t, x);
        if (takes < 0)
            return fail(f, "%s: chip %" PRIu32 ": decision of item %d, %#x, is no decision: %s",
                        s->kept.path, h.k, i, x, t->decisions);
        least_spikes += takes;
        correct += decision_points(t, i, x);
        out->tied += decision_tied(t, x);
        out->silent += (x & DECISION_SILENT) != 0;
        if (decision) decision[i] = x;
    }
    if (h.correct != correct) return off(s, h.k, "correct", h.correct, correct, correct, f);
    if (h.clamped < 0 || h.clamped > s->extent.words)
        return off(s, h.k, "clamped", h.clamped, 0, s->extent.words, f);
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        bool last = l == s->extent.n_layers - 1;
        int64_t least = last ? least_spikes : 0, most = s->n_items * s->extent.spikes[l];
        if (last && out->silent == s->n_items) most = 0;
        char what[32];
        snprintf(what, sizeof what, "spikes of layer %d", l);
        if (h.spikes[l] < least || h.spikes[l] > most)
            return off(s, h.k, what, h.spikes[l], least, most, f);
    }
    return 0;
}

static int find_twice(struct predict_state *s, struct fail *f)
{
    if (s->n == 0) return 0;
    qsort(s->entry, (size_t)s->n, sizeof *s->entry, by_chip);
    s->sorted = true;
    for (int i = 1; i < s->n; i++)
        if (by_chip(&s->entry[i - 1], &s->entry[i]) == 0)
            return fail(f,
                        "%s: chip %" PRIu32 ": there twice: not what spiketwin predict left there",
                        s->kept.path, s->entry[i].k);
    return 0;
}

static int take(void *to, const unsigned char *record, off_t at, struct fail *f)
{
    struct predict_state *s = to;
    struct predict_chip chip;
    uint64_t part;
    memcpy(&part, record, sizeof part);
    if (read_record(s, record, &chip, 0, f)) return -1;
    return note(s, part, chip.k, at) ? fail(f, "%s: out of memory", s->kept.path) : 0;
}

struct predict_state *predict_state_open(const char *path, const char *identity,
                                         const struct predict_job *job, struct fail *f)
{
    struct predict_state *s = calloc(1, sizeof *s);
    if (!s) {
        fail(f, "%s: out of memory", path);
        return 0;
    }
    s->task = job->task;
    s->extent = job->by->extent(job);
    s->n_items = job->task->n_items;
    s->wide = s->task->n_classes > BYTE_CLASS + 1 || task_graded(s->task);
    size_t record = sizeof(struct head) + (size_t)s->n_items * (s->wide ? 2 : 1) + KEPT_CRC;
    if (!kept_open(&s->kept, &kind, path, identity, record, take, s, f) && !find_twice(s, f)) {
        s->n_opened = s->n;
        return s;
    }
    predict_state_close(s);
    return 0;
}

void predict_state_close(struct predict_state *s)
{
    if (!s) return;
    kept_close(&s->kept);
    free(s->entry);
    free(s);
}

int predict_state_chips(const struct predict_state *s)
{
    return s ? s->n_opened : 0;
}

int64_t predict_state_torn(const struct predict_state *s)
{
    return s ? s->kept.torn : 0;
}

int predict_state_find(struct predict_state *s, uint64_t part, uint32_t k, struct predict_chip *out,
                       uint16_t *decision, struct fail *f)
{
    struct entry key = {part, k, 0}, *e;
    if (!s || s->n == 0) return 0;
    if (!s->sorted) qsort(s->entry, (size_t)s->n, sizeof *s->entry, by_chip);
    s->sorted = true;
    e = bsearch(&key, s->entry, (size_t)s->n, sizeof *s->entry, by_chip);
    if (!e) return 0;
    unsigned char *record = malloc(s->kept.record);
    if (!record) return fail(f, "%s: out of memory", s->kept.path);
    int bad = kept_read(&s->kept, e->at, record)
                  ? read_record(s, record, out, decision, f)
                  : fail(f, "%s: chip %u could not be read again", s->kept.path, k);
    free(record);
    return bad ? -1 : 1;
}

int predict_state_add(struct predict_state *s, uint64_t part, const struct predict_chip *chips,
                      const uint16_t *decision, int n, struct fail *f)
{
    if (!s || n == 0) return 0;
    const size_t each = s->kept.record;
    unsigned char *bytes = malloc(each * (size_t)n), *to = bytes;
    off_t at = 0;
    if (!bytes) return fail(f, "%s: out of memory", s->kept.path);
    for (int i = 0; i < n; i++, to += each) {
        const struct predict_chip *c = &chips[i];
        struct head h = {part, c->hash, c->clamped, {0}, c->k, c->correct};
        memcpy(h.spikes, c->spikes, sizeof h.spikes);
        memcpy(to, &h, sizeof h);
        put_decisions(s, to + sizeof h, decision + (size_t)i * (size_t)s->n_items);
    }
    int bad = kept_add(&s->kept, bytes, n, &at, f);
    free(bytes);
    for (int i = 0; !bad && i < n; i++)
        if (note(s, part, chips[i].k, at + (off_t)((size_t)i * each)))
            bad = fail(f, "%s: out of memory", s->kept.path);
    return bad ? -1 : 0;
}

int predict_state_sync(struct predict_state *s, struct fail *f)
{
    return s ? kept_sync(&s->kept, f) : 0;
}
