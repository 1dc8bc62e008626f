#include "cosim/vectors/vectors_clips.h"

#include <stdlib.h>
#include <string.h>

struct taker {
    const struct law_image *im;
    struct vectors_shape shape;
    bool image_named;
    int32_t *x;      // (room, n_in) of the clip so far
    int16_t *jitter; // (room)
    int ticks, room;
    struct corners_clips *to;
};

static bool make_room(struct taker *k)
{
    if (k->ticks < k->room) return true;
    int room = k->room > INT32_MAX / 2 ? INT32_MAX : k->room ? 2 * k->room : 64;
    int32_t *x = realloc(k->x, (size_t)room * (size_t)k->shape.n_in * sizeof *x);
    if (x) k->x = x;
    int16_t *jitter = realloc(k->jitter, (size_t)room * sizeof *jitter);
    if (jitter) k->jitter = jitter;
    if (!x || !jitter) return false;
    k->room = room;
    return true;
}

static bool end_clip(struct taker *k)
{
    const struct stimulus s = {.n_ticks = k->ticks, .wide = k->x, .jitter = k->jitter};
    bool there = !k->ticks || corners_clips_add(k->to, &s, k->shape.n_in);
    k->ticks = 0;
    return there;
}

// 0; -1: another image; -2: out of memory.
static int take(struct taker *k, const struct vectors_reader *reader,
                const struct vectors_record *t)
{
    char hash[20];
    switch (t->kind) {
    case VECTORS_HEAD:
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)law_image_hash(k->im));
        if (!strcmp(t->key, "image")) k->image_named = !strcmp(t->value, hash);
        return 0;
    case VECTORS_SHAPE:
        return k->image_named && !memcmp(vectors_reader_shape(reader), &k->shape, sizeof k->shape)
                   ? 0
                   : -1;
    case VECTORS_CLIP:
        return end_clip(k) ? 0 : -2;
    case VECTORS_TICK:
        if (!make_room(k)) return -2;
        memcpy(k->x + (size_t)k->ticks * (size_t)k->shape.n_in, t->x,
               (size_t)k->shape.n_in * sizeof *k->x);
        k->jitter[k->ticks++] = (int16_t)t->jitter;
        return 0;
    default:
        return 0;
    }
}

int vectors_clips(FILE *in, const char *name, const struct law_image *im, struct corners_clips *to,
                  char *message, size_t size)
{
    struct taker k = {.im = im, .shape = vectors_shape_of(im), .to = to};
    struct vectors_reader *reader = vectors_open(in, name);
    struct vectors_record record;
    int rc = reader ? 1 : -2;
    while (rc > 0) {
        rc = vectors_next(reader, &record, message, size);
        if (rc < 0) break;
        int taken = rc > 0 ? take(&k, reader, &record) : end_clip(&k) ? 0 : -2;
        if (taken == -1)
            snprintf(message, size, "%s:%ld: the vectors were made for another image", name,
                     vectors_line(reader));
        if (taken) rc = taken;
    }
    if (rc == -2) snprintf(message, size, "%s: out of memory", name);
    if (rc == 0 && !to->n) {
        snprintf(message, size, "%s: no clip in it: nothing is shown", name);
        rc = -1;
    }
    free(k.x);
    free(k.jitter);
    vectors_close(reader);
    return rc ? -1 : 0;
}
