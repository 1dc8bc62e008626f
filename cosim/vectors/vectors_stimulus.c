#include "cosim/vectors/vectors_stimulus.h"

#include "base/fnv.h"

// Eight bytes, the lowest first.
static uint64_t hash_word(uint64_t h, int64_t word)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)word >> 8 * i);
    return fnv(h, bytes, sizeof bytes);
}

void vectors_stimulus_begin(struct vectors_stimulus *s, int clip)
{
    *s =
        (struct vectors_stimulus){.clip = clip, .events_hash = FNV_START, .jitter_hash = FNV_START};
}

void vectors_stimulus_tick(struct vectors_stimulus *s, int jitter, const int32_t *x, int n_in)
{
    for (int i = 0; i < n_in; i++) {
        if (!x[i]) continue;
        s->events_hash = hash_word(hash_word(hash_word(s->events_hash, s->ticks), i), x[i]);
        s->events++;
    }
    s->jitter_hash = hash_word(s->jitter_hash, jitter);
    s->jitters |= jitter != 0;
    s->ticks++;
}

struct vectors_stimulus vectors_stimulus_of(int clip, const struct stimulus *s, int n_in)
{
    struct vectors_stimulus it;
    int32_t x[IMAGE_MAX_NEURONS];
    vectors_stimulus_begin(&it, clip);
    for (int tick = 0; tick < s->n_ticks; tick++) {
        for (int i = 0; i < n_in; i++)
            x[i] = stimulus_x(s, n_in, tick, i);
        vectors_stimulus_tick(&it, s->jitter ? s->jitter[tick] : 0, x, n_in);
    }
    return it;
}

void vectors_sent_begin(struct vectors_sent *s)
{
    *s = (struct vectors_sent){.hash = FNV_START};
}

void vectors_sent_add(struct vectors_sent *s, const struct vectors_stimulus *clip)
{
    s->clips++;
    s->ticks += clip->ticks;
    s->events += clip->events;
    s->hash = hash_word(hash_word(hash_word(s->hash, clip->clip), clip->ticks), clip->events);
    s->hash = hash_word(hash_word(s->hash, (int64_t)clip->events_hash), (int64_t)clip->jitter_hash);
}
