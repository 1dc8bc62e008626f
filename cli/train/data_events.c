// Events and arrays: what was read, and what of it is not shown as it lies there.
#include "cli/train/data.h"

#include "twin/task/events/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What was read, for the provenance, which is asked for when the data may be closed.
static cJSON *was_read;
static int n_known;

static void add_file(cJSON *files, const struct events_file *x)
{
    cJSON *file = cJSON_CreateObject();
    cJSON_AddStringToObject(file, "file", x->path);
    cJSON_AddStringToObject(file, "sha256", x->sha256);
    cJSON_AddNumberToObject(file, "items", x->n_items);
    cJSON_AddNumberToObject(file, "events", (double)x->n_events);
    cJSON_AddItemToArray(files, file);
}

static cJSON *tell_json(const struct events *e)
{
    enum { MOST = 100 }; // files told one by one
    cJSON *data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "sha256", e->sha256);
    cJSON_AddNumberToObject(data, "items", e->corpus.set.n_clips);
    cJSON_AddNumberToObject(data, "inputs", e->corpus.n_in);
    cJSON_AddNumberToObject(data, "ticks", e->corpus.n_ticks);
    cJSON_AddNumberToObject(data, "events", (double)e->notes.n_events);
    cJSON *dropped = cJSON_AddObjectToObject(data, "dropped");
    cJSON_AddNumberToObject(dropped, "behind_the_last_tick", (double)e->notes.n_late);
    cJSON_AddNumberToObject(dropped, "beyond_the_input_word", (double)e->notes.n_over);
    cJSON_AddNumberToObject(dropped, "items_of_other_labels", e->items.n_passed);
    cJSON_AddNumberToObject(data, "items_of_known_speakers", n_known);
    cJSON *files = cJSON_AddArrayToObject(data, "files");
    for (int i = 0; i < e->n_files && i < MOST; i++)
        add_file(files, &e->file[i]);
    if (e->n_files > MOST) cJSON_AddNumberToObject(data, "more_files", e->n_files - MOST);
    return data;
}

void data_add_events(cJSON *data)
{
    const cJSON *one = was_read ? was_read->child : 0;
    for (; one; one = one->next)
        cJSON_AddItemToObject(data, one->string, cJSON_Duplicate(one, true));
}

// One line of what is shown.
static void tell(const struct data_ask *ask, const struct events *e)
{
    const struct dataset *d = &e->corpus.set;
    if (ask->common->quiet) return;
    fprintf(stderr,
            "data: %s (sha256 %s%s): %d %s, %d items, %" PRId64 " %s of %d inputs, %d "
            "ticks of %g ms",
            ask->set.dir, e->sha256, e->n_files > 1 ? " of their list" : "", d->labels.n,
            e->corpus.targets ? "outputs" : "labels", d->n_clips, e->notes.n_events,
            e->array ? "values" : "events", e->corpus.n_in, e->corpus.n_ticks,
            1e3 * ask->chip->tick_s);
    for (int i = 0, first = 1; i < DATASET_SPLITS; i++)
        if (d->n_split[i]) {
            fprintf(stderr, "%s %s %d", first ? ":" : ",", dataset_split_names[i], d->n_split[i]);
            first = 0;
        }
    if (e->items.n_speakers) fprintf(stderr, "; %d speakers", e->items.n_speakers);
    if (e->items.n_hashed)
        fprintf(stderr, "; sides of %d by the hash of their %s", e->items.n_hashed,
                d->notes.n_nameless ? "name" : "speaker");
    if (e->corpus.front)
        fprintf(stderr, "; as words of the filters of %s", ask->chip->name);
    else if (ask->chip->frontend.n_filters)
        fprintf(stderr, "; past the front end of %s", ask->chip->name);
    fputc('\n', stderr);
}

static void warn_of_events(const struct data_ask *ask, const struct events *e)
{
    const struct events_notes *n = &e->notes;
    const struct dataset_clip *clip = e->corpus.set.clip;
    const char *what = e->array ? "values" : "events";
    if (n->n_late)
        cli_warn("%" PRId64 " %s behind the last of %d ticks are not heard (up to tick %.0f, %s)",
                 n->n_late, what, e->corpus.n_ticks, n->latest, n->late);
    if (n->n_over && e->array)
        cli_warn("%" PRId64 " values are over the largest input word of %s, %g, and are clipped",
                 n->n_over, ask->chip->name, (double)e->most / e->one);
    else if (n->n_over)
        cli_warn("%" PRId64
                 " events are more than the %d of a unit and tick that the input word of "
                 "%s holds, and are not heard, most of them in %s",
                 n->n_over, e->most / e->one, ask->chip->name, clip[n->over].path);
    if (n->n_rounded)
        cli_warn("%" PRId64 " values are no input words of %s and are rounded to the nearest, in "
                 "steps of 1/%d",
                 n->n_rounded, ask->chip->name, e->has_step ? e->one : e->most);
    if (n->n_empty)
        cli_warn("%d of %d items have no event, such as %s", n->n_empty, e->corpus.set.n_clips,
                 clip[n->empty].path);
    if (e->items.n_passed) cli_warn("%d items of other labels are passed over", e->items.n_passed);
}

// The publisher of a file parts training from test, and some have speakers on both sides: said, not refused.
static void warn_of_speakers(const struct data_ask *ask, const struct events *e)
{
    const struct dataset *d = &e->corpus.set;
    const struct dataset_clip *example = 0;
    n_known = 0;
    for (int i = 0; ask->net && i < d->n_clips; i++) {
        const struct dataset_clip *c = &d->clip[i];
        bool judges = c->split == SPLIT_VALIDATION || c->split == SPLIT_TEST;
        if (!judges || !ask->wanted[c->split] || c->alone ||
            !net_knows_speaker(ask->net, c->speaker))
            continue;
        if (!n_known++) example = c;
    }
    if (n_known)
        cli_warn("%d items are of speakers whom the net was trained on, such as %s of %s: accuracy "
                 "on people whom it has not heard may be lower",
                 n_known, example->who, example->path);
    if (e->items.n_shared)
        cli_warn("%d speakers have items on two sides, as the data parts them", e->items.n_shared);
    if (!ask->net && d->notes.n_nameless)
        cli_warn(
            "%d of %d items tell no speaker: each is one of its own, and accuracy on those held "
            "back flatters",
            d->notes.n_nameless, d->n_clips);
}

static void check_front(const struct data_ask *ask, const struct events *e)
{
    if (!ask->net || e->corpus.n_in == ask->net->shape.layer[0].n_in) return;
    cli_die("%s: %d inputs, the net has %d", ask->set.dir, e->corpus.n_in,
            ask->net->shape.layer[0].n_in);
}

struct corpus *data_open_events(const struct data_ask *ask)
{
    struct fail f;
    const struct cli_common *o = ask->common;
    struct events *e = malloc(sizeof *e);
    if (!e) cli_no_memory();
    const char *given = o->clip_ms    ? "clip-ms"
                        : o->windows  ? "windows"
                        : o->features ? "features"
                                      : 0;
    if (given) cli_die("--%s: allowed of recordings, %s are events or arrays", given, o->data);
    if (o->units && ask->net) cli_die("--units: of training; the net has its inputs");
    const struct events_ask of = {.set = ask->set,
                                  .wanted = ask->wanted,
                                  .chip = ask->chip,
                                  .n_in = ask->net ? ask->net->shape.layer[0].n_in : o->units,
                                  .n_ticks = o->ticks,
                                  .time = o->time};
    if (events_open(e, &of, &f)) cli_die("%s", f.text);
    check_front(ask, e);
    if (!ask->net && !e->corpus.targets && dataset_trainable(&e->corpus.set, &ask->set, &f))
        cli_die("%s", f.text);
    tell(ask, e);
    if (!e->corpus.set.events) {
        warn_of_events(ask, e);
        if (!e->corpus.targets) warn_of_speakers(ask, e);
    } else {
        if (ask->net) data_refuse_known(ask, &e->corpus.set);
        data_warn_of_folder(&e->corpus.set);
        warn_of_events(ask, e);
        if (!ask->net) warn_of_speakers(ask, e);
    }
    cJSON_Delete(was_read);
    was_read = tell_json(e);
    return &e->corpus;
}
