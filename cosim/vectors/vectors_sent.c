// What the head says was sent, held against what came back.
#include "cosim/vectors/vectors_reader.h"

#include <inttypes.h>
#include <stdlib.h>

// "NUMBER NUMBER ..." then two hashes: the fields of a head, from r->at on.
static bool take_numbers(struct vectors_reader *r, int64_t *to, int n)
{
    for (int i = 0; i < n; i++)
        if ((i && !blank(r)) || !take_decimal(r, 0, INT64_MAX, &to[i])) return false;
    return true;
}

static bool take_hash(struct vectors_reader *r, uint64_t *to)
{
    *to = 0;
    if (!blank(r)) return false;
    for (int i = 0; i < 16; i++) {
        int digit = hex_digit(*r->at);
        if (digit < 0) return false;
        *to = *to * 16 + (uint64_t)digit;
        r->at++;
    }
    return true;
}

int vectors_sent_clip(struct vectors_reader *r, const char *value, const struct problem *p)
{
    int64_t n[3];
    struct vectors_stimulus s = {0};
    r->at = value;
    if (!take_numbers(r, n, 3) || !take_hash(r, &s.events_hash) || !take_hash(r, &s.jitter_hash) ||
        *r->at || n[0] > INT32_MAX || n[1] < 1 || n[1] > INT32_MAX)
        return vectors_bad(p, "clip: CLIP TICKS EVENTS and two hashes of 16 digits");
    if (r->sent_whole) return vectors_bad(p, "clip: after the sum of the clips");
    if (r->n_sent == r->sent_room) {
        int room = r->sent_room ? 2 * r->sent_room : 16;
        struct vectors_stimulus *sent =
            room > r->sent_room ? realloc(r->sent, (size_t)room * sizeof *sent) : 0;
        if (!sent) return vectors_bad(p, "out of memory");
        r->sent = sent;
        r->sent_room = room;
    }
    s.clip = (int)n[0];
    s.ticks = (int)n[1];
    s.events = n[2];
    r->sent[r->n_sent++] = s;
    return 0;
}

int vectors_sent_sum(struct vectors_reader *r, const char *value, const struct problem *p)
{
    int64_t n[3];
    uint64_t hash;
    struct vectors_sent sum;
    r->at = value;
    if (!take_numbers(r, n, 3) || !take_hash(r, &hash) || *r->at)
        return vectors_bad(p, "stimulus: CLIPS TICKS EVENTS and a hash of 16 digits");
    vectors_sent_begin(&sum);
    for (int i = 0; i < r->n_sent; i++)
        vectors_sent_add(&sum, &r->sent[i]);
    if (r->sent_whole || sum.clips != n[0] || sum.ticks != n[1] || sum.events != n[2] ||
        sum.hash != hash)
        return vectors_bad(p,
                           "stimulus: %" PRId64 " clips, the H records of %d before it are not "
                           "those that were written",
                           n[0], r->n_sent);
    r->sent_whole = true;
    return 0;
}

int vectors_sent_at_shape(const struct vectors_reader *r, const struct problem *p)
{
    if (r->version == 1 || r->sent_whole) return 0;
    return vectors_bad(p, "no H record \"stimulus\" before it: what was sent is not known, a "
                          "device has to echo every H record");
}

int vectors_sent_at_clip(struct vectors_reader *r, const struct problem *p)
{
    int64_t at = r->counts.clips, found = -1;
    if (r->version == 1) return 0;
    vectors_stimulus_begin(&r->came, r->clip);
    for (int i = 0; i < r->n_sent && found < 0; i++)
        if (r->sent[i].clip == r->clip) found = i;
    if (found < 0)
        return vectors_bad(p, "clip %d was not sent, it is none of the %d that were", r->clip,
                           r->n_sent);
    if (at < r->n_sent && r->sent[at].clip == r->clip) {
        if (r->sent[at].ticks == r->clip_ticks) return 0;
        return vectors_bad(p, "clip %d has %d ticks, %d were sent", r->clip, r->clip_ticks,
                           r->sent[at].ticks);
    }
    if (found < at)
        return vectors_bad(p, "clip %d came back already: repeated, or out of order", r->clip);
    return vectors_bad(p, "clip %d where clip %d is due: dropped, or out of order", r->clip,
                       r->sent[at].clip);
}

int vectors_sent_after_clip(const struct vectors_reader *r, const struct problem *p)
{
    if (r->version == 1) return 0;
    const struct vectors_stimulus *sent = &r->sent[r->counts.clips - 1], *came = &r->came;
    if (came->events != sent->events)
        return vectors_bad(p, "clip %d came back with %" PRId64 " events, %" PRId64 " were sent",
                           r->clip, came->events, sent->events);
    if (came->events_hash != sent->events_hash)
        return vectors_bad(p,
                           "clip %d came back with %" PRId64 " events, but others than were "
                           "sent: a source, a word or a tick changed",
                           r->clip, came->events);
    if (came->jitter_hash != sent->jitter_hash)
        return vectors_bad(p, "clip %d came back with %s", r->clip,
                           came->jitters ? "other jitter words than were sent"
                                         : "jitter 0 in every tick, which is not what was sent");
    return 0;
}

int vectors_sent_at_end(const struct vectors_reader *r, const struct problem *p)
{
    if (r->version == 1 || r->counts.clips == r->n_sent) return 0;
    return vectors_bad(p,
                       "%" PRId64 " clips came back, %d were sent: clip %d is the first that "
                       "did not",
                       r->counts.clips, r->n_sent, r->sent[r->counts.clips].clip);
}
