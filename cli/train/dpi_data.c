// Data for DYNAP-SE2 nets, through the door of all chips.
#include "cli/train/dpi_shown.h"

#include "twin/io/yaml_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hear_sound(struct dpi_data *d, const char *chip, const char *text, const char *name)
{
    struct fail f;
    if (dpi_hears_sound(&d->ears, chip, text, name, &f)) cli_die("%s", f.text);
}

static bool is_sound(const char *data)
{
    struct fail f;
    int events = events_are(data, &f);
    if (events < 0) cli_die("%s", f.text);
    return !events;
}

static int *split_of(const struct dpi_data *d, enum dataset_split split, int *n)
{
    int *clip = malloc(((size_t)d->corpus->set.n_clips + 1) * sizeof *clip);
    if (!clip) cli_no_memory();
    *n = corpus_split(d->corpus, split, clip);
    return clip;
}

static void open_held(struct dpi_data *d, struct cli_common *c, int held_percent,
                      struct progress *p)
{
    if (c->split == DATASET_SPLITS) c->split = SPLIT_VALIDATION;
    if (c->split < SPLIT_VALIDATION)
        cli_die("--split: %s, allowed validation or test: the calibration hears the others",
                dataset_split_names[c->split]);
    d->corpus = cli_open_data(&d->ears, &d->knows, c, held_percent, SPLIT_HELD, c->split, p);
    d->clip = split_of(d, c->split, &d->n);
    d->held = split_of(d, SPLIT_HELD, &d->n_held);
    if (!d->n) cli_die("%s: no clips in split %s", c->data, dataset_split_names[c->split]);
}

void dpi_data_open(struct dpi_data *d, const struct dpi_net *net, const char *path,
                   const char *chip, struct cli_common *c, int held_percent, struct progress *p)
{
    struct fail f;
    char name[4096];
    snprintf(name, sizeof name, "%s: /spiketwin/front_file", path);
    *d = (struct dpi_data){.n = 0};
    if (!net->labels.n && !c->words)
        cli_die("%s: a net without labels: --labels A,B says what its neurons 0, 1, .. stand for",
                path);
    if (!net->labels.n && labels_parse(&d->told, c->words, &f)) cli_die("--labels: %s", f.text);
    d->knows = dpi_knows(net, net->labels.n ? &net->labels : &d->told);
    if (d->knows.labels.n > net->n_neurons)
        cli_die("--labels: %d labels, allowed up to %d, the neurons of %s", d->knows.labels.n,
                net->n_neurons, path);
    if (!is_sound(c->data))
        dpi_hears_events(&d->ears, chip, net->dt);
    else if (net->front_file)
        hear_sound(d, chip, net->front_file, name);
    else
        cli_die("%s: recordings; %s was trained on %s, and keeps no front end to hear them by",
                c->data, path, net->labels.n ? "events or arrays" : "event patterns");
    if (held_percent)
        open_held(d, c, held_percent, p);
    else
        d->corpus = cli_open_split(&d->ears, &d->knows, c, &d->clip, &d->n, p);
}

void dpi_data_train(struct dpi_data *d, const struct dynapse_chip *chip, const char *front,
                    struct cli_common *c, int held_percent, struct progress *p, char **front_file)
{
    struct fail f;
    char path[4096];
    *d = (struct dpi_data){.n = 0};
    *front_file = 0;
    if (!is_sound(c->data))
        dpi_hears_events(&d->ears, chip->name, chip->dt);
    else {
        cli_chip_path(front, path, sizeof path);
        if (!(*front_file = yaml_read(path, &f))) cli_die("--front: %s", f.text);
        hear_sound(d, chip->name, *front_file, path);
    }
    d->corpus = cli_open_data(&d->ears, 0, c, held_percent, SPLIT_TRAIN, SPLIT_HELD, p);
}

void dpi_data_task(struct dpi_task *t, const struct dpi_data *d, const int *clip, int n, double dt,
                   double front_rate)
{
    struct fail f;
    const struct dpi_encoder encoder = dpi_encodes(&d->ears, front_rate);
    if (dpi_task_of_corpus(t, d->corpus, clip, n, dt, &encoder, &f)) cli_die("%s", f.text);
}

void dpi_data_close(struct dpi_data *d)
{
    free(d->clip);
    free(d->held);
    cli_close_data(d->corpus);
    labels_fini(&d->told);
}
