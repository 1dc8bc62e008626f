#include "twin/task/speech.h"

#include "twin/task/audio.h"
#include "twin/chip/virtual_chip.h"

#include <stdlib.h>

static uint16_t *envelope_of(const struct speech *s, int clip)
{
    return s->envelope + (size_t)clip * (size_t)s->n_hops * (size_t)s->front.spec.n_filters;
}

static uint32_t *sums_of(const struct speech *s, int clip)
{
    size_t each = ((size_t)s->n_hops / FRONTEND_BLOCK + 1) * (size_t)s->front.spec.n_filters;
    return s->sums ? s->sums + (size_t)clip * each : 0;
}

// In any order of the clips.
static void note(struct speech_notes *n, int clip, const struct audio_heard *h)
{
    n->n_heard++;
    n->n_resampled += h->resampled;
    n->n_mixed += h->mixed;
    if (h->ms > SPEECH_CLIP_MS) {
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

// All clips, in parallel; the failure of the first clip (in order) is the one that is told.
static int run_front_end(struct speech *s, int n_samples, const bool *wanted,
                         const struct progress *p, struct fail *f)
{
    int n = s->set.n_clips, first_bad = n;
    long done = 0, total = 0;
    for (int i = 0; i < n; i++)
        total += !wanted || wanted[s->set.clip[i].split];
#pragma omp parallel
    {
        int16_t *samples = malloc((size_t)n_samples * sizeof *samples);
#pragma omp for schedule(dynamic, 16)
        for (int i = 0; i < n; i++) {
            if (wanted && !wanted[s->set.clip[i].split]) continue;
            struct fail why = {""};
            struct audio_heard heard = {0};
            int bad = !samples ? fail(&why, "front end: out of memory")
                               : audio_load(s->set.clip[i].path, s->front.spec.rate_hz, n_samples,
                                            samples, &heard, &why);
            if (!bad) {
                frontend_envelope(&s->front, samples, n_samples, envelope_of(s, i));
                frontend_sums(&s->front, envelope_of(s, i), s->n_hops, sums_of(s, i));
            }
#pragma omp critical(speech)
            {
                if (bad && i < first_bad) {
                    first_bad = i;
                    *f = why;
                }
                if (!bad) note(&s->notes, i, &heard);
                progress_tell(p, "front end", ++done, total);
            }
        }
        free(samples);
    }
    return first_bad < n ? -1 : 0;
}

int speech_open(struct speech *s, const struct chip *c, const struct dataset_ask *ask,
                const bool *wanted, const struct progress *p, struct fail *f)
{
    *s = (struct speech){0};
    if (!c->frontend.n_filters)
        return fail(f, "chip %s has no front end: it is run on vectors only", c->name);
    if (frontend_init(&s->front, &c->frontend, f)) return -1;
    if (dataset_open(&s->set, ask, f)) return -1;
    int n_samples = c->frontend.rate_hz / 1000 * SPEECH_CLIP_MS;
    s->n_hops = n_samples / c->frontend.hop_samples;
    s->n_ticks = s->n_hops / s->front.bin_hops;
    size_t words_each = (size_t)s->n_hops * (size_t)c->frontend.n_filters;
    s->envelope = malloc((size_t)s->set.n_clips * words_each * sizeof *s->envelope);
    s->sums = malloc((size_t)s->set.n_clips * ((size_t)s->n_hops / FRONTEND_BLOCK + 1) *
                     (size_t)c->frontend.n_filters * sizeof *s->sums);
    int bad = s->envelope && s->sums
                  ? run_front_end(s, n_samples, wanted, p, f)
                  : fail(f, "%s: out of memory for %d clips", ask->dir, s->set.n_clips);
    if (bad) speech_close(s);
    return bad;
}

void speech_close(struct speech *s)
{
    dataset_close(&s->set);
    free(s->envelope);
    free(s->sums);
    *s = (struct speech){0};
}

int speech_split(const struct speech *s, enum dataset_split split, int *index)
{
    int n = 0;
    for (int i = 0; i < s->set.n_clips; i++)
        if (s->set.clip[i].split == split) index[n++] = i;
    return n;
}

void speech_words(const struct speech *s, int clip, int shift_hops, const int16_t *jitter,
                  uint8_t *words)
{
    frontend_bin(&s->front, envelope_of(s, clip), sums_of(s, clip), s->n_hops, shift_hops, jitter,
                 s->n_ticks, words);
}

struct stimulus speech_stimulus(const struct speech *s, const struct chip *c, uint64_t seed,
                                uint32_t k, int clip, int shift_hops, uint8_t *words,
                                int16_t *jitter)
{
    virtual_chip_jitter(c, seed, k, s->set.clip[clip].id, jitter, s->n_ticks);
    speech_words(s, clip, shift_hops, c->jitter.acts_edges ? jitter : 0, words);
    return (struct stimulus){s->n_ticks, words, c->jitter.acts_leak ? jitter : 0};
}
