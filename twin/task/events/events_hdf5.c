// Events in the layout of SHD and SSC.
#include "twin/task/events/events_parts.h"

#include "twin/io/hdf5_spikes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct events *e;
    const char *path;
    double scale;
    bool speakers, ticks;
};

int events_take_keys(struct events *e, const char *const *key, int n, const char *place,
                     struct fail *f)
{
    struct labels keys = {0};
    struct fail why;
    int bad = 0;
    for (int i = 0; i < n && !bad; i++)
        if (labels_add(&keys, key[i], &why)) bad = fail(f, "%s: key %d: %s", place, i, why.text);
    if (!bad && e->keys.n && !labels_equal(&keys, &e->keys))
        bad = fail(f, "%s: other keys than the files before", place);
    if (bad || e->keys.n)
        labels_fini(&keys);
    else
        e->keys = keys;
    return bad;
}

static int take_head(void *context, const struct hdf5_spikes_head *h, struct fail *f)
{
    struct reader *r = context;
    char place[300];
    snprintf(place, sizeof place, "%.200s: /extra/keys", r->path);
    r->speakers = h->speakers;
    if (h->n_keys && events_take_keys(r->e, h->key, h->n_keys, place, f)) return -1;
    return events_scale(r->e, h->whole ? TIME_TOLD : TIME_S, r->path, &r->scale, f);
}

static int take_item(void *context, const struct hdf5_spikes_item *h, struct fail *f)
{
    struct reader *r = context;
    char name[24], place[300], number[32], speaker[32];
    int item;
    snprintf(name, sizeof name, "%llu", (unsigned long long)h->index);
    snprintf(place, sizeof place, "%.240s: item %s", r->path, name);
    snprintf(speaker, sizeof speaker, "%lld", (long long)h->speaker);
    const char *label = events_label(r->e, h->label, number, place, f);
    const struct item_told told = {r->path, name, label, r->speakers ? speaker : 0, 0};
    if (!label || events_item(r->e, &told, &item, f)) return -1;
    return events_put(r->e, item, h->time, h->unit, h->n, r->scale, r->ticks ? 0.5 : 0, place, f);
}

int events_read_hdf5(struct events *e, const char *path, char *bytes, size_t n, struct fail *f)
{
    struct reader r = {.e = e, .path = path, .ticks = e->ask.time == TIME_TICKS};
    const struct hdf5_spikes_sink sink = {&r, take_head, take_item};
    return hdf5_spikes_read(bytes, n, path, &sink, f);
}
