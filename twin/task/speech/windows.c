#include "twin/task/speech/windows.h"

#include "base/fnv.h"
#include "twin/task/speech/audio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int windows_measure(struct windows *w, const struct dataset *d, const bool *wanted, struct fail *f)
{
    int first_bad = d->n_clips;
    w->ms = calloc((size_t)d->n_clips + 1, sizeof *w->ms);
    if (!w->ms) return fail(f, "%d recordings: out of memory", d->n_clips);
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < d->n_clips; i++) {
        struct fail why;
        struct audio_heard heard;
        int16_t sample;
        if (wanted && !wanted[d->clip[i].split]) continue;
        int bad = audio_load(d->clip[i].path, w->rate_hz, 1, &sample, &heard, &why);
#pragma omp critical(windows)
        {
            if (bad && i < first_bad) {
                first_bad = i;
                *f = why;
            }
            if (!bad) w->ms[i] = heard.ms;
        }
    }
    for (int i = 0; i < d->n_clips; i++)
        if (w->ms[i] > w->longest_ms) {
            w->longest_ms = w->ms[i];
            w->longest = i;
        }
    return first_bad < d->n_clips ? -1 : 0;
}

// How many windows a recording is.
static int count(struct windows *w, double ms, int clip_ms)
{
    if (ms <= clip_ms) return 1;
    double whole = floor(ms / clip_ms), tail = ms - whole * clip_ms;
    bool heard = tail >= clip_ms / 2.0;
    w->n_cut += whole + heard > 1;
    if (tail > 0 && !heard) {
        w->n_tails++;
        w->tails_ms += tail;
    }
    return (int)whole + heard;
}

static char *name_of(const char *path, int window)
{
    size_t room = strlen(path) + 16;
    char *name = malloc(room);
    if (name) snprintf(name, room, "%s#%d", path, window);
    return name;
}

int windows_cut(struct windows *w, struct dataset *d, int clip_ms, struct fail *f)
{
    enum { MOST = 10000000 };
    double all = 0;
    for (int i = 0; i < d->n_clips; i++)
        all += w->ms[i] / clip_ms + 1;
    if (all > MOST)
        return fail(f, "windows of %d ms: %.0f of them, allowed up to %d", clip_ms, all, MOST);
    struct dataset_clip *clip = calloc((size_t)all + 1, sizeof *clip);
    int n = 0, bad = clip ? 0 : fail(f, "%.0f windows: out of memory", all);
    for (int i = 0; i < d->n_clips && !bad; i++) {
        struct dataset_clip *c = &d->clip[i];
        int each = count(w, w->ms[i], clip_ms);
        for (int k = 0; k < each && !bad; k++, n++) {
            clip[n] = *c;
            clip[n].path = each > 1 ? name_of(c->path, k) : strdup(c->path);
            clip[n].who = strdup(c->who);
            clip[n].window = each > 1 ? k + 1 : 0;
            if (k) clip[n].id = fnv(c->id, &k, sizeof k);
            if (!clip[n].path || !clip[n].who) bad = fail(f, "%s: out of memory", c->path);
        }
        d->n_split[c->split] += each - 1;
    }
    struct dataset_clip *old = bad ? clip : d->clip;
    for (int i = 0; old && i < (bad ? n : d->n_clips); i++) {
        free(old[i].path);
        free(old[i].who);
    }
    free(old);
    if (bad) return -1;
    d->clip = clip;
    d->n_clips = n;
    return 0;
}

void windows_fini(struct windows *w)
{
    free(w->ms);
    w->ms = 0;
}

int windows_files(const struct dataset *d, int **first)
{
    int n = 0;
    *first = malloc(((size_t)d->n_clips + 1) * sizeof **first);
    if (!*first) return -1;
    for (int i = 0; i < d->n_clips; i++)
        if (d->clip[i].window <= 1) (*first)[n++] = i;
    (*first)[n] = d->n_clips;
    return n;
}

char *windows_file(const struct dataset_clip *c)
{
    const char *mark = c->window ? strrchr(c->path, '#') : 0;
    return mark ? strndup(c->path, (size_t)(mark - c->path)) : strdup(c->path);
}
