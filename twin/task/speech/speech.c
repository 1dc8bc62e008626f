#include "twin/task/speech/speech.h"

#include "twin/task/speech/audio.h"
#include "twin/task/speech/features.h"
#include "twin/task/speech/sound_pack.h"
#include "twin/task/speech/windows.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <zlib.h>

// Clips kept as samples, and where one of them is opened: a place for each thread.
struct speech_packed {
    struct packed_clip {
        uint8_t *bytes; // NULL: open, or not wanted
        size_t n_bytes;
    } * clip; // (n_clips)
    int n_threads, n_samples;
    struct opened {
        struct sound_room *room;
        int16_t *samples;   // (n_samples)
        uint16_t *envelope; // (n_hops, n_filters)
    } * opened;             // (n_threads)
};

static size_t envelope_size(const struct speech *s)
{
    return (size_t)s->n_hops * (size_t)s->front.spec.n_filters;
}

static size_t sums_size(const struct speech *s)
{
    return ((size_t)s->n_hops / FRONTEND_BLOCK + 1) * (size_t)s->front.spec.n_filters;
}

// The envelope of a clip and its sums, or NULL for sums: of a packed clip it is this thread's, up
// to the next call.
static const uint16_t *envelope_of(const struct speech *s, int clip, const uint32_t **sums)
{
    int row = s->row ? s->row[clip] : clip;
    *sums = 0;
    if (row >= 0) {
        if (s->sums) *sums = s->sums + (size_t)row * sums_size(s);
        return s->envelope + (size_t)row * envelope_size(s);
    }
    int thread = omp_get_thread_num();
    const struct speech_packed *packed = s->packed;
    assert(packed && packed->clip[clip].bytes && thread < packed->n_threads);
    const struct opened *o = &packed->opened[thread];
    sound_unpack(o->room, packed->clip[clip].bytes, packed->clip[clip].n_bytes, o->samples);
    frontend_envelope(&s->front, o->samples, packed->n_samples, o->envelope);
    return o->envelope;
}

static void free_packed(struct speech_packed *p, int n_clips)
{
    if (!p) return;
    for (int i = 0; p->clip && i < n_clips; i++)
        free(p->clip[i].bytes);
    for (int i = 0; p->opened && i < p->n_threads; i++) {
        sound_room_free(p->opened[i].room);
        free(p->opened[i].samples);
        free(p->opened[i].envelope);
    }
    free(p->clip);
    free(p->opened);
    free(p);
}

static struct speech_packed *new_packed(const struct speech *s, int n_samples)
{
    struct speech_packed *p = calloc(1, sizeof *p);
    if (!p) return 0;
    *p = (struct speech_packed){.n_threads = omp_get_max_threads(), .n_samples = n_samples};
    p->clip = calloc((size_t)s->corpus.set.n_clips, sizeof *p->clip);
    p->opened = calloc((size_t)p->n_threads, sizeof *p->opened);
    bool bad = !p->clip || !p->opened;
    for (int i = 0; !bad && i < p->n_threads; i++) {
        struct opened *o = &p->opened[i];
        o->room = sound_room_new(n_samples);
        o->samples = malloc((size_t)n_samples * sizeof *o->samples);
        o->envelope = malloc(envelope_size(s) * sizeof *o->envelope);
        bad = !o->room || !o->samples || !o->envelope;
    }
    if (!bad) return p;
    free_packed(p, s->corpus.set.n_clips);
    return 0;
}

// Which clips are open, as long as there is room; those of training, heard once an epoch, last.
static int find_rows(struct speech *s, const bool *wanted, size_t open_bytes, int n_samples,
                     struct fail *f)
{
    size_t n = (size_t)s->corpus.set.n_clips, n_wanted = 0;
    size_t each = envelope_size(s) * sizeof *s->envelope + sums_size(s) * sizeof *s->sums;
    size_t room = open_bytes / each;
    s->row = malloc(n * sizeof *s->row);
    for (int last = 0; s->row && last < 2; last++)
        for (size_t i = 0; i < n; i++) {
            enum dataset_split split = s->corpus.set.clip[i].split;
            if ((split == SPLIT_TRAIN) != last) continue;
            bool wants = !wanted || wanted[split];
            n_wanted += wants;
            s->row[i] = wants && s->n_open < room ? (int)s->n_open++ : -1;
        }
    s->n_packed = n_wanted - s->n_open;
    s->envelope = malloc(s->n_open * envelope_size(s) * sizeof *s->envelope + 1);
    s->sums = malloc(s->n_open * sums_size(s) * sizeof *s->sums + 1);
    if (s->n_packed) s->packed = new_packed(s, n_samples);
    if (s->row && s->envelope && s->sums && (!s->n_packed || s->packed)) return 0;
    return fail(f, "%zu clips of %zu kB: out of memory", s->n_open, each / 1000);
}

static uint16_t *kept_envelope(struct speech *s, int clip)
{
    return s->envelope + (size_t)s->row[clip] * envelope_size(s);
}

static void keep_sums(struct speech *s, int clip)
{
    frontend_sums(&s->front, kept_envelope(s, clip), s->n_hops,
                  s->sums + (size_t)s->row[clip] * sums_size(s));
}

// A clip as it is kept.
static int keep(struct speech *s, int clip, const int16_t *samples, int n_samples, struct fail *f)
{
    if (s->row[clip] >= 0) {
        frontend_envelope(&s->front, samples, n_samples, kept_envelope(s, clip));
        keep_sums(s, clip);
        return 0;
    }
    struct packed_clip *c = &s->packed->clip[clip];
    c->bytes = sound_pack(s->packed->opened[omp_get_thread_num()].room, samples, &c->n_bytes);
    return c->bytes ? 0 : fail(f, "%s: out of memory", s->corpus.set.clip[clip].path);
}

// In any order of the clips.
static void note(struct speech_notes *n, int clip, const struct audio_heard *h, int clip_ms,
                 bool windows)
{
    n->n_heard++;
    n->n_resampled += h->resampled;
    n->n_mixed += h->mixed;
    if (h->ms > clip_ms && !windows) {
        bool most = h->ms > n->longest_ms || (h->ms == n->longest_ms && clip < n->longest);
        if (!n->n_longer++ || most) {
            n->longest = clip;
            n->longest_ms = h->ms;
        }
    }
    if (h->clipped && (!n->n_clipped++ || clip < n->clipped)) n->clipped = clip;
    n->clipped_samples += h->clipped;
    if (h->silent && (!n->n_silent++ || clip < n->silent)) n->silent = clip;
}

// What was heard before, and what is heard now and will be added to it.
struct saved {
    struct features *features;
    struct features_new *added; // (n_clips)
};

// A recording of `each` clips that was heard before: 1, with its envelopes. 0: it has to be heard now. -1
// with a message.
static int take_saved(struct speech *s, const struct saved *saved, const char *file, int clip,
                      int each, struct audio_heard *heard, struct fail *f)
{
    struct features_key key;
    bool all = true;
    if (!saved->features || !features_key(&key, file)) return 0;
    key.windows = each;
    for (key.window = 0; key.window < each; key.window++) {
        const bool open = s->row[clip + key.window] >= 0;
        all = all && open && features_find(saved->features, &key) >= 0;
        if (open) saved->added[clip + key.window].key = key;
    }
    for (key.window = 0; all && key.window < each; key.window++) {
        const int64_t at = features_find(saved->features, &key);
        const int here = clip + key.window;
        features_heard(saved->features, at, heard);
        if (features_read(saved->features, at, kept_envelope(s, here), f)) return -1;
        keep_sums(s, here);
        *saved->added[here].key.sha256 = 0;
    }
    return all;
}

// A recording through the front end.
static int hear(struct speech *s, const struct saved *saved, const char *file, int clip, int each,
                int n_samples, struct audio_heard *heard, struct fail *f)
{
    const size_t all = (size_t)n_samples * (size_t)each;
    int16_t *samples = all <= INT32_MAX ? malloc(all * sizeof *samples) : 0;
    int bad = !samples ? fail(f, "front end: out of memory")
                       : audio_load(file, s->front.spec.rate_hz, (int)all, samples, heard, f);
    for (int k = 0; k < each && !bad; k++) {
        bad = keep(s, clip + k, samples + (size_t)k * (size_t)n_samples, n_samples, f);
        if (!saved->features || s->row[clip + k] < 0) continue;
        saved->added[clip + k].heard = *heard;
        saved->added[clip + k].envelope = kept_envelope(s, clip + k);
    }
    free(samples);
    return bad;
}

// The recordings of the wanted splits in parallel, the windows of each one behind the other; the failure
// of the first (in order) is the one that is told.
static int run_front_end(struct speech *s, const struct saved *saved, int n_samples,
                         const struct dataset_ask *ask, const bool *wanted,
                         const struct progress *p, struct fail *f)
{
    int n = s->corpus.set.n_clips, first_bad = n, *first;
    const int n_files = windows_files(&s->corpus.set, &first);
    if (n_files < 0) return fail(f, "front end: out of memory");
    long done = 0, total = 0;
    for (int i = 0; i < n; i++)
        total += !wanted || wanted[s->corpus.set.clip[i].split];
#pragma omp parallel
    {
#pragma omp for schedule(dynamic, 16)
        for (int i = 0; i < n_files; i++) {
            const int clip = first[i], each = first[i + 1] - clip;
            if (wanted && !wanted[s->corpus.set.clip[clip].split]) continue;
            struct fail why = {""};
            struct audio_heard heard = {0};
            char *file = windows_file(&s->corpus.set.clip[clip]);
            const int was = file ? take_saved(s, saved, file, clip, each, &heard, &why)
                                 : fail(&why, "front end: out of memory");
            const int bad =
                was ? was < 0 : hear(s, saved, file, clip, each, n_samples, &heard, &why);
#pragma omp critical(speech)
            {
                if (bad && clip < first_bad) {
                    first_bad = clip;
                    *f = why;
                }
                if (!bad) note(&s->notes, clip, &heard, s->clip_ms, ask->windows);
                if (was > 0) s->n_saved += each;
                progress_tell(p, "front end", done += each, total);
            }
            free(file);
        }
    }
    free(first);
    return first_bad < n ? -1 : 0;
}

// The same, by way of a file of envelopes where one is asked for.
static int hear_all(struct speech *s, int n_samples, const struct dataset_ask *ask,
                    const bool *wanted, const struct progress *p, struct fail *f)
{
    const size_t n = (size_t)s->corpus.set.n_clips;
    struct saved saved = {0};
    if (!ask->features) return run_front_end(s, &saved, n_samples, ask, wanted, p, f);
    saved.features = features_open(ask->features, &s->front, s->clip_ms, s->n_hops, f);
    if (!saved.features) return -1;
    saved.added = calloc(n + 1, sizeof *saved.added);
    int bad = saved.added ? run_front_end(s, &saved, n_samples, ask, wanted, p, f)
                          : fail(f, "%s: out of memory", ask->features);
    if (!bad) bad = features_add(saved.features, saved.added, n, f);
    free(saved.added);
    features_close(saved.features);
    return bad;
}

// How long clips are, and where recordings are cut.
static int find_length(struct speech *s, const struct dataset_ask *ask, const bool *wanted,
                       struct fail *f)
{
    struct windows w = {.rate_hz = s->front.spec.rate_hz};
    s->clip_ms = ask->clip_ms ? ask->clip_ms : SPEECH_CLIP_MS;
    if (s->clip_ms != -1 && (s->clip_ms < SPEECH_LEAST_MS || s->clip_ms > SPEECH_MOST_MS))
        return fail(f, "clips of %d ms, allowed %d..%d", s->clip_ms, SPEECH_LEAST_MS,
                    SPEECH_MOST_MS);
    if (s->clip_ms != -1 && !ask->windows) return 0;
    int bad = windows_measure(&w, &s->corpus.set, wanted, f);
    if (!bad && s->clip_ms == -1) {
        s->clip_ms = (int)fmax(ceil(w.longest_ms), SPEECH_LEAST_MS);
        if (s->clip_ms > SPEECH_MOST_MS)
            bad = fail(f, "%s: %.0f ms, allowed up to %d; --windows cuts what is longer",
                       s->corpus.set.clip[w.longest].path, w.longest_ms, SPEECH_MOST_MS);
    }
    if (!bad && ask->windows) bad = windows_cut(&w, &s->corpus.set, s->clip_ms, f);
    s->notes.n_cut = w.n_cut;
    s->notes.n_tails = w.n_tails;
    s->notes.tails_ms = w.tails_ms;
    windows_fini(&w);
    return bad;
}

int speech_open_within(struct speech *s, const struct chip *c, const struct dataset_ask *ask,
                       const bool *wanted, size_t open_bytes, const struct progress *p,
                       struct fail *f)
{
    *s = (struct speech){0};
    if (!c->frontend.n_filters)
        return fail(f, "chip %s has no front end: it is run on %s only", c->name,
                    chip_runs(c) ? "events, arrays and vectors" : "vectors");
    if (frontend_init(&s->front, &c->frontend, f)) return -1;
    if (dataset_open(&s->corpus.set, ask, f)) return -1;
    if (find_length(s, ask, wanted, f)) {
        speech_close(s);
        return -1;
    }
    // Another length is another corpus.
    if (s->clip_ms != SPEECH_CLIP_MS) s->corpus.set.content = (uint64_t)s->clip_ms;
    int n_samples = c->frontend.rate_hz / 1000 * s->clip_ms;
    s->corpus.kind = &speech_kind;
    s->corpus.front = true;
    s->corpus.n_in = c->frontend.n_filters;
    s->corpus.grain_ms = 1e3 * c->frontend.hop_samples / c->frontend.rate_hz;
    s->n_hops = n_samples / c->frontend.hop_samples;
    s->corpus.n_ticks = s->n_hops / s->front.bin_hops;
    int bad =
        find_rows(s, wanted, open_bytes, n_samples, f) || hear_all(s, n_samples, ask, wanted, p, f);
    for (int i = 0; !bad && s->packed && i < s->corpus.set.n_clips; i++)
        s->packed_bytes += s->packed->clip[i].n_bytes;
    if (bad) speech_close(s);
    return bad ? -1 : 0;
}

int speech_open(struct speech *s, const struct chip *c, const struct dataset_ask *ask,
                const bool *wanted, const struct progress *p, struct fail *f)
{
    return speech_open_within(s, c, ask, wanted, SPEECH_OPEN_BYTES, p, f);
}

void speech_close(struct speech *s)
{
    free_packed(s->packed, s->corpus.set.n_clips);
    dataset_close(&s->corpus.set);
    free(s->envelope);
    free(s->sums);
    free(s->row);
    *s = (struct speech){0};
}

static const struct speech *speech_of(const struct corpus *c)
{
    return (const struct speech *)c; // its first member
}

static void words_of(const struct corpus *c, int clip, int shift_hops, const int16_t *jitter,
                     uint8_t *words)
{
    const struct speech *s = speech_of(c);
    const uint32_t *sums;
    const uint16_t *envelope = envelope_of(s, clip, &sums);
    frontend_bin(&s->front, envelope, sums, s->n_hops, shift_hops, jitter, c->n_ticks, words);
}

static uint32_t crc_of(const struct corpus *c, uint32_t crc, int clip)
{
    const struct speech *s = speech_of(c);
    const uint32_t *sums;
    const uint16_t *envelope = envelope_of(s, clip, &sums);
    return (uint32_t)crc32_z(crc, (const unsigned char *)envelope,
                             envelope_size(s) * sizeof *envelope);
}

static void close_kind(struct corpus *c)
{
    speech_close((struct speech *)c);
}

const struct corpus_kind speech_kind = {words_of, crc_of, close_kind};
