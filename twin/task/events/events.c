#include "twin/task/events/events_parts.h"

#include "base/fnv.h"
#include "twin/task/dataset_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { TICK = 32768 }; // of an event's place

const char *const events_time_names[EVENTS_TIMES + 1] = {"told", "s", "ms", "us", "ns", "ticks", 0};

int events_item(struct events *e, const struct item_told *told, int *item, struct fail *f)
{
    *item = items_add(&e->items, told, f);
    return *item == -1 ? -1 : 0;
}

int events_scale(const struct events *e, enum events_time told, const char *place, double *scale,
                 struct fail *f)
{
    static const double seconds[EVENTS_TIMES] = {
        [TIME_S] = 1, [TIME_MS] = 1e-3, [TIME_US] = 1e-6, [TIME_NS] = 1e-9};
    enum events_time unit = e->ask.time != TIME_TOLD ? e->ask.time : told;
    if (unit == TIME_TOLD)
        return fail(f,
                    "%s: times are whole numbers of no unit: --time-unit s, ms, us, ns or ticks "
                    "says it",
                    place);
    *scale = unit == TIME_TICKS ? 1 : seconds[unit] / e->ask.chip->tick_s;
    return 0;
}

const char *events_label(const struct events *e, int64_t number, char text[32], const char *place,
                         struct fail *f)
{
    if (!e->keys.n) {
        snprintf(text, 32, "%lld", (long long)number);
        if (number >= 0) return text;
        fail(f, "%s: label %lld, allowed 0 and more", place, (long long)number);
        return 0;
    }
    if (number >= 0 && number < e->keys.n) return e->keys.text[number];
    fail(f, "%s: label %lld, allowed 0..%d, which have keys", place, (long long)number,
         e->keys.n - 1);
    return 0;
}

// Whether an item that was told is kept.
static bool keeps(const struct events *e, int item)
{
    return item >= 0 && (!e->ask.wanted || e->ask.wanted[e->items.set.clip[item].split]);
}

// Where an item's own begins: items come in order.
static int begin(struct events *e, int item, const char *place, struct fail *f)
{
    if (item < 0) return 0;
    if ((item & (item - 1)) == 0) {
        size_t room = item ? 2 * (size_t)item : 1;
        size_t *more = realloc(e->first, (room + 1) * sizeof *more);
        if (!more) return fail(f, "%s: out of memory", place);
        e->first = more;
    }
    e->first[item] = e->first[item + 1] = e->n;
    return 0;
}

static int make_room(struct events *e, size_t n, const char *place, struct fail *f)
{
    if (n <= e->room - e->n) return 0;
    size_t room = e->n + n > 2 * e->room ? e->n + n : 2 * e->room;
    void *more[3] = {0};
    if (e->array) {
        if ((more[0] = realloc(e->word, room))) e->word = more[0];
    } else {
        if ((more[0] = realloc(e->at, room * sizeof *e->at))) e->at = more[0];
        if ((more[1] = realloc(e->unit, room * sizeof *e->unit))) e->unit = more[1];
    }
    if (!more[0] || (!e->array && !more[1]))
        return fail(f, "%s: no memory for %zu events", place, room);
    e->room = room;
    return 0;
}

static void note_late(struct events_notes *n, double ticks, const char *place)
{
    n->n_late++;
    if (n->n_late > 1 && ticks <= n->latest) return;
    n->latest = ticks;
    snprintf(n->late, sizeof n->late, "%.180s", place);
}

int events_put(struct events *e, int item, const double *time, const int64_t *unit, size_t n,
               double scale, double offset, const char *place, struct fail *f)
{
    const bool kept = keeps(e, item);
    const int most_unit = (e->ask.n_in ? e->ask.n_in : IMAGE_MAX_NEURONS) - 1;
    const double most = EVENTS_TICKS, heard = e->ask.n_ticks ? e->ask.n_ticks : most;
    if (begin(e, item, place, f) || (kept && make_room(e, n, place, f))) return -1;
    for (size_t i = 0; i < n; i++) {
        double ticks = time[i] * scale + offset;
        if (!(time[i] >= 0) || !isfinite(time[i]))
            return fail(f, "%s: event %zu: time %g, allowed 0 and more", place, i, time[i]);
        if (i && time[i] < time[i - 1])
            return fail(f, "%s: event %zu: time %.10g behind one of %.10g, allowed ascending times",
                        place, i, time[i], time[i - 1]);
        if (unit[i] < 0 || unit[i] > most_unit)
            return fail(f, "%s: event %zu: unit %lld, allowed 0..%d%s", place, i,
                        (long long)unit[i], most_unit, e->ask.n_in ? ", the net's inputs" : "");
        double at = nearbyint(ticks * TICK);
        if (!e->ask.n_ticks && !(at < most * TICK))
            return fail(f,
                        "%s: event %zu: time %g is tick %.6g, allowed below %d (--ticks N hears "
                        "the first N)",
                        place, i, time[i], floor(ticks), EVENTS_TICKS);
        if (!(at < heard * TICK)) {
            if (item >= 0) note_late(&e->notes, ticks, place);
            continue;
        }
        // Of items that are passed over too: inputs and ticks do not hang on the labels asked for.
        int last = (int)(at / TICK) + 1;
        if (last > e->corpus.n_ticks) e->corpus.n_ticks = last;
        if (unit[i] > e->notes.highest) e->notes.highest = (int)unit[i];
        e->notes.n_events += item >= 0;
        if (!kept) continue;
        e->at[e->n] = (uint32_t)at;
        e->unit[e->n++] = (uint16_t)unit[i];
    }
    if (item >= 0) e->first[item + 1] = e->n;
    if (item >= 0 && !n && !e->notes.n_empty++) e->notes.empty = item;
    return 0;
}

// Value as a word; refuses what is none.
static int to_word(struct events *e, double x, size_t i, const char *place, uint8_t *word,
                   struct fail *f)
{
    const double unit = e->has_step ? e->one : e->most;
    double w = x * unit, whole = nearbyint(w);
    if (!(x >= 0) || !isfinite(x))
        return fail(f, "%s: value %zu is %g, allowed 0 and more", place, i, x);
    e->notes.n_rounded += whole != w;
    if (whole > e->most) {
        e->notes.n_over++;
        whole = e->most;
    }
    *word = (uint8_t)whole;
    return 0;
}

int events_put_array(struct events *e, int item, uint64_t ticks, uint64_t inputs,
                     double (*value)(const void *context, size_t i), const void *context,
                     size_t first, const char *place, struct fail *f)
{
    const uint64_t want = (uint64_t)(e->corpus.n_in ? e->corpus.n_in : IMAGE_MAX_NEURONS);
    if (ticks < 1 || ticks > EVENTS_TICKS)
        return fail(f, "%s: %llu ticks, allowed 1..%d", place, (unsigned long long)ticks,
                    EVENTS_TICKS);
    if (inputs < 1 || inputs > want || (e->corpus.n_in && inputs != want))
        return fail(f, "%s: %llu inputs, allowed %s%llu", place, (unsigned long long)inputs,
                    e->corpus.n_in ? "" : "1..", (unsigned long long)want);
    if (e->ask.n_ticks > (int)ticks)
        return fail(f, "%s: %llu ticks, allowed from %d on (--ticks)", place,
                    (unsigned long long)ticks, e->ask.n_ticks);
    int heard = e->ask.n_ticks ? e->ask.n_ticks : (int)ticks;
    if (e->corpus.n_ticks && e->corpus.n_ticks != heard)
        return fail(f, "%s: %d ticks, allowed %d, as in the arrays before", place, heard,
                    e->corpus.n_ticks);
    e->corpus.n_ticks = heard;
    e->corpus.n_in = (int)inputs;
    if (item < 0) return 0;
    size_t n = (size_t)heard * (size_t)inputs, all = (size_t)ticks * (size_t)inputs;
    bool kept = keeps(e, item), any = false;
    if (begin(e, item, place, f) || (kept && make_room(e, n, place, f))) return -1;
    for (size_t i = 0; i < all; i++) {
        uint8_t word = 0;
        double x = value(context, first + i);
        if (i >= n && x != 0) note_late(&e->notes, (double)(i / (size_t)inputs), place);
        if (i >= n) continue;
        if (to_word(e, x, i, place, &word, f)) return -1;
        any |= word;
        e->notes.n_events += word != 0;
        if (kept) e->word[e->n++] = word;
    }
    e->first[item + 1] = e->n;
    if (!any && !e->notes.n_empty++) e->notes.empty = item;
    return 0;
}

static const struct events *events_of(const struct corpus *c)
{
    return (const struct events *)c; // its first member
}

static void words_of_array(const struct events *e, int item, int shift, uint8_t *words)
{
    const size_t row = (size_t)e->corpus.n_in;
    const uint8_t *from = e->word + e->first[item];
    for (int t = 0; t < e->corpus.n_ticks; t++, words += row)
        if (t - shift >= 0 && t - shift < e->corpus.n_ticks)
            memcpy(words, from + (size_t)(t - shift) * row, row);
        else
            memset(words, 0, row);
}

static void words_of(const struct corpus *c, int item, int shift, const int16_t *jitter,
                     uint8_t *words)
{
    const struct events *e = events_of(c);
    if (e->array) {
        words_of_array(e, item, shift, words);
        return;
    }
    memset(words, 0, (size_t)c->n_ticks * (size_t)c->n_in);
    int64_t edge = 0; // where tick t begins
    int t = 0;
    for (size_t i = e->first[item]; i < e->first[item + 1]; i++) {
        int64_t at = (int64_t)e->at[i] + (int64_t)shift * TICK;
        while (t < c->n_ticks && at >= edge + TICK + (jitter ? jitter[t] : 0))
            edge += TICK + (jitter ? jitter[t] : 0), t++;
        if (at < 0 || t == c->n_ticks) continue;
        uint8_t *word = &words[(size_t)t * (size_t)c->n_in + e->unit[i]];
        if (*word + e->one <= e->most) *word = (uint8_t)(*word + e->one);
    }
}

static uint32_t crc_of(const struct corpus *c, uint32_t crc, int item)
{
    const struct events *e = events_of(c);
    size_t first = e->first[item], n = e->first[item + 1] - first;
    uLong sum = crc;
    if (e->array) return (uint32_t)crc32_z(sum, e->word + first, n);
    for (size_t i = first; i < first + n; i++) {
        uint32_t at = e->at[i], unit = e->unit[i];
        const uint8_t bytes[6] = {(uint8_t)at,           (uint8_t)(at / 256),
                                  (uint8_t)(at / 65536), (uint8_t)(at / 16777216),
                                  (uint8_t)unit,         (uint8_t)(unit / 256)};
        sum = crc32_z(sum, bytes, sizeof bytes);
    }
    return (uint32_t)sum;
}

static void close_kind(struct corpus *c)
{
    events_close((struct events *)c);
}

const struct corpus_kind events_kind = {words_of, crc_of, close_kind};

void events_close(struct events *e)
{
    dataset_close(&e->items.set);
    dataset_close(&e->corpus.set);
    labels_fini(&e->keys);
    targets_fini(&e->targets);
    for (int i = 0; i < e->n_files; i++)
        free(e->file[i].path);
    free(e->file);
    free(e->first);
    free(e->at);
    free(e->unit);
    free(e->word);
    *e = (struct events){.corpus = {.kind = 0}};
}
