// spiketwin sensitivity: what each word of a trained net is worth, moved alone.
#include "cli/run_files.h"
#include "twin/jobs/sensitivity.h"

#include "cli/options.h"
#include "cli/train/dpi_shown.h"
#include "cli/predict/undecided.h"
#include "twin/jobs/dpi_sensitivity.h"
#include "twin/jobs/lif_job.h"

#include <stdio.h>
#include <stdlib.h>

struct options {
    struct cli_common common;
    struct patterns_options patterns; // of a DYNAP-SE2 net
    struct option_set told;
    const char *net, *chip;
    int clips; // 0: not said
};

static const struct option_row rows[] = {
    OPT_WHOLE(0, 1, "clips", 'n', "N", "Clips, spread evenly over the split (default 100)",
              offsetof(struct options, clips), 1, 1000000),
    OPT_TEXT(0, 1, "chip", 'c', "CHIP", "Another chip file than the net's own",
             offsetof(struct options, chip))};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key == ARGP_KEY_INIT) {
        options_children(state, &o->common, &o->patterns);
        return 0;
    }
    if (key != ARGP_KEY_ARG) return options_parse(&o->told, key, arg);
    if (o->net) return ARGP_ERR_UNKNOWN;
    o->net = cli_net(arg);
    return 0;
}

// All that was asked and found.
struct result {
    const struct options *o;
    char chip[64];            // its name
    const char *data, *split; // NULL: it has none
    int n_clips, n_split;
    struct sensitivity found;
    struct undecided undecided; // of the nominal chip
};

// What was done to a word of this kind.
static const char *title(const struct result *r, int kind, char text[static 64])
{
    if (kind == SENSITIVITY_CUT) return "weight cut";
    if (kind == SENSITIVITY_DEAD) return "neuron dead";
    snprintf(text, 64, "%s off by one sigma", r->found.name[kind]);
    return text;
}

// Means over a probe's clips.
static double of_clips(const struct result *r, const struct sensitivity_probe *x, double sum)
{
    return sum / ((double)x->n_runs * r->n_clips);
}

static double moved(const struct result *r, const struct sensitivity_probe *x)
{
    return of_clips(r, x, (double)x->moved);
}

static double accuracy_lost(const struct result *r, const struct sensitivity_probe *x)
{
    return of_clips(r, x, x->wrong - x->won);
}

// The probes of one kind in one layer stand one behind another; *n is 0 where there are none.
static const struct sensitivity_probe *group(const struct result *r, int layer, int kind, int *n)
{
    const struct sensitivity *s = &r->found;
    int i = 0;
    while (i < s->n && (s->probe[i].layer != layer || s->probe[i].kind != kind))
        i++;
    for (*n = 0; i + *n < s->n && s->probe[i + *n].layer == layer && s->probe[i + *n].kind == kind;
         ++*n)
        ;
    return s->probe + i;
}

static bool of_weight(int kind)
{
    return kind == SENSITIVITY_WEIGHT || kind == SENSITIVITY_CUT;
}

static const struct sensitivity_probe *largest(const struct sensitivity_probe *x, int n)
{
    const struct sensitivity_probe *most = x;
    for (int i = 1; i < n; i++)
        if (x[i].moved > most->moved) most = &x[i];
    return most;
}

// Of weights a row for each source, of neurons one row. Values of neurons stand in a list, by name.
static void add_group(cJSON *to, const struct result *r, int layer, int kind)
{
    int n;
    const struct sensitivity_probe *x = group(r, layer, kind, &n);
    if (n == 0) return;
    cJSON *of;
    if (kind >= SENSITIVITY_VALUE) {
        cJSON_AddItemToArray(cJSON_GetObjectItem(to, "values"), of = cJSON_CreateObject());
        cJSON_AddStringToObject(of, "name", r->found.name[kind]);
    } else
        of = cJSON_AddObjectToObject(to, r->found.name[kind]);
    double sigma = r->found.sigma[layer][kind];
    if (kind == SENSITIVITY_WEIGHT) {
        cJSON_AddNumberToObject(of, "gain_sigma", r->found.gain_sigma);
        cJSON_AddNumberToObject(of, "offset_sigma", r->found.offset_sigma);
    } else if (sigma > 0)
        cJSON_AddNumberToObject(of, "sigma", sigma);
    cJSON_AddNumberToObject(of, "largest", moved(r, largest(x, n)));
    cJSON *table[3] = {cJSON_AddArrayToObject(of, "moved"), cJSON_AddArrayToObject(of, "lost"),
                       cJSON_AddArrayToObject(of, "accuracy_lost")};
    for (int i = 0; i < n; i++) {
        double value[3] = {moved(r, &x[i]), of_clips(r, &x[i], (double)x[i].lost),
                           accuracy_lost(r, &x[i])};
        for (int k = 0; k < 3; k++) {
            if (of_weight(kind) && x[i].neuron == 0)
                cJSON_AddItemToArray(table[k], cJSON_CreateArray());
            cJSON *row = of_weight(kind) ? cJSON_GetArrayItem(table[k], x[i].row) : table[k];
            cJSON_AddItemToArray(row, cJSON_CreateNumber(value[k]));
        }
    }
}

// Of each kind the three words, of all layers, that move the margin most.
static void add_largest(cJSON *list, const struct result *r, int kind)
{
    enum { TOP = 3 };
    char text[64];
    const struct sensitivity_probe *top[TOP] = {0};
    for (int i = 0; i < r->found.n; i++) {
        const struct sensitivity_probe *x = &r->found.probe[i];
        if (x->kind != kind) continue;
        for (int k = 0; k < TOP && x; k++)
            if (!top[k] || x->moved > top[k]->moved) {
                const struct sensitivity_probe *next = top[k];
                top[k] = x;
                x = next;
            }
    }
    for (int k = 0; k < TOP && top[k]; k++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "kind", r->found.name[kind]);
        cJSON_AddStringToObject(one, "what", title(r, kind, text));
        cJSON_AddNumberToObject(one, "layer", top[k]->layer);
        cJSON_AddNumberToObject(one, "neuron", top[k]->neuron);
        if (of_weight(kind) && r->found.shape.layer[top[k]->layer].topology == IMAGE_DENSE)
            cJSON_AddNumberToObject(one, "source", top[k]->row);
        cJSON_AddNumberToObject(one, "moved", moved(r, top[k]));
        cJSON_AddNumberToObject(one, "accuracy_lost", accuracy_lost(r, top[k]));
        cJSON_AddItemToArray(list, one);
    }
}

static cJSON *to_json(const struct result *r)
{
    const struct image_shape *s = &r->found.shape;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&r->o->common));
    cJSON_AddStringToObject(json, "net", r->o->net);
    cJSON_AddStringToObject(json, "chip", r->chip);
    if (r->data) cJSON_AddStringToObject(json, "data", r->data);
    if (r->split) cJSON_AddStringToObject(json, "split", r->split);
    cJSON_AddNumberToObject(json, "clips", r->n_clips);
    cJSON_AddNumberToObject(json, "clips_of_split", r->n_split);
    cJSON_AddNumberToObject(json, "accuracy", (double)r->found.correct / r->n_clips);
    cJSON_AddNumberToObject(json, "margin", (double)r->found.margin / r->n_clips);
    undecided_json(json, &r->undecided);
    cJSON *layers = cJSON_AddArrayToObject(json, "layers");
    for (int l = 0; l < s->n_layers; l++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "layer", l);
        const bool one_to_one = s->layer[l].topology == IMAGE_ONE_TO_ONE; // else rows of all taps
        cJSON_AddNumberToObject(one, "inputs", one_to_one ? s->layer[l].n_in : image_heard(s, l));
        cJSON_AddNumberToObject(one, "neurons", s->layer[l].n_out);
        cJSON_AddBoolToObject(one, "one_to_one", one_to_one);
        cJSON_AddBoolToObject(one, "recurrent", s->layer[l].recurrent);
        for (int kind = 0; kind < SENSITIVITY_KINDS; kind++) {
            if (kind == SENSITIVITY_VALUE) cJSON_AddArrayToObject(one, "values");
            add_group(one, r, l, kind);
        }
        cJSON_AddItemToArray(layers, one);
    }
    cJSON *list = cJSON_AddArrayToObject(json, "largest");
    for (int kind = 0; kind < SENSITIVITY_KINDS; kind++)
        add_largest(list, r, kind);
    return json;
}

static void print_table(const struct result *r)
{
    printf("%d of %d clips, nominal chip: %.2f %% right, margin %.2f output spikes; undecided: no "
           "output spike %.2f %%, a tie %.2f %%\n"
           "margin moved, output spikes a clip     words    mean   largest  accuracy lost there\n",
           r->n_clips, r->n_split, 100.0 * r->found.correct / r->n_clips,
           (double)r->found.margin / r->n_clips, 100 * r->undecided.silent,
           100 * r->undecided.tied);
    for (int l = 0; l < r->found.shape.n_layers; l++)
        for (int kind = 0; kind < SENSITIVITY_KINDS; kind++) {
            int n;
            const struct sensitivity_probe *x = group(r, l, kind, &n);
            if (n == 0) continue;
            const struct sensitivity_probe *most = largest(x, n);
            char text[64];
            double sum = 0;
            for (int i = 0; i < n; i++)
                sum += moved(r, &x[i]);
            printf("  layer %d %-28s %7d %7.3f %9.3f %7.2f points: neuron %d", l,
                   title(r, kind, text), n, sum / n, moved(r, most), 100 * accuracy_lost(r, most),
                   most->neuron);
            if (of_weight(kind)) printf(" source %d", most->row);
            putchar('\n');
        }
}

// The nominal chip once more, as predict runs it: a net that says nothing has nothing to move.
static void look_whether_it_decides(struct result *r, const struct predict_job *of)
{
    struct fail f;
    struct predict_chip nominal;
    struct predict_job job = *of;
    job.n_chips = 1;
    uint16_t *said = malloc((size_t)job.task->n_items * sizeof *said);
    if (!said) cli_die("out of memory");
    if (predict_run(&job, &nominal, said, 0, &f)) cli_die("%s", f.text);
    undecided_of(&r->undecided, &job, &nominal, said, 1, 2);
    undecided_warn(&r->undecided, "the nominal chip", &job.task->words, -1);
    free(said);
}

static void run_lif(struct result *r, struct options *o, struct progress *p)
{
    struct chip chip;
    struct net net;
    struct corpus *corpus;
    struct task task;
    struct fail f;
    patterns_refuse(&o->patterns, o->net);
    cli_load_runnable(&net, &chip, o->net, o->chip);
    int *clip;
    corpus = cli_open_split(&chip, &net, &o->common, &clip, &r->n_split, p);
    snprintf(r->chip, sizeof r->chip, "%s", chip.name);
    r->data = o->common.data;
    r->split = dataset_split_names[o->common.split];
    r->n_clips = corpus_spread(clip, r->n_split, o->clips ? o->clips : 100);
    struct lif_job lif = {
        .chip = &chip, .net = &net, .corpus = corpus, .clip = clip, .n_clips = r->n_clips};
    if (lif_task(&task, &lif, &f)) cli_die("%s", f.text);
    struct predict_job nominal = lif_predict_job(&lif, &task);
    look_whether_it_decides(r, &nominal);
    task_fini(&task);
    struct sensitivity_job job = {&chip, &net, corpus, clip, r->n_clips};
    if (sensitivity_run(&r->found, &job, p, &f)) cli_die("%s", f.text);
    free(clip);
    cli_close_data(corpus);
    net_fini(&net);
}

static void run_dpi(struct result *r, struct options *o, struct progress *p)
{
    static struct dpi_shown x;
    struct predict_job job;
    struct task task;
    struct fail f;
    if (o->clips && !o->common.data)
        cli_die("--clips: %s is shown event patterns: all that it is shown counts", o->net);
    dpi_shown_open(&x, &job, &task, o->net, o->chip, 0, &o->patterns, &o->common, 0, p);
    snprintf(r->chip, sizeof r->chip, "%s", x.file.name);
    r->data = dpi_shown_data(&x, &o->patterns, &o->common);
    r->split = dpi_shown_split(&x, &o->common);
    r->n_split = task.n_items;
    if (x.data.corpus) { // clips of it, as of other nets
        x.shown.n_clips = corpus_spread(x.data.clip, x.data.n, o->clips ? o->clips : 100);
        task_fini(&task);
        if (dpi_job_task(&task, &x.dpi, &f)) cli_die("%s", f.text);
    }
    r->n_clips = task.n_items;
    look_whether_it_decides(r, &job);
    if (dpi_sensitivity_run(&r->found, &job, p, &f)) cli_die("%s", f.text);
    task_fini(&task);
    dpi_shown_close(&x);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, "Data:", 10},
        {&patterns_job_argp, 0,
         "DYNAP-SE2 nets (net.h5); without --data they are shown event patterns:", 20},
        {&cli_common_argp, 0, 0, 0},
        {&cli_chip_argp, 0, 0, 0},
        {0}};
    struct options o = {.common = {.seed = 1, .split = DATASET_SPLITS},
                        .patterns = patterns_defaults};
    const struct argp argp = {
        o.told.list,
        parse,
        "NET",
        "What each word of the nominal chip is worth: moved alone, all others as they are, and the "
        "same clips run again through the integer model.\v"
        "Each weight one sigma of the chip file up and down, and at 0 (cut); each neuron's "
        "threshold, leak or what else varies one sigma up and down, and the neuron dead. margin: a "
        "clip's output "
        "spikes of its own word less those of the strongest other; moved: mean |change of it|. Of "
        "a "
        "DYNAP-SE2 net (net.h5) without --data clips are showings of event patterns; thresholds "
        "are Ispkthr, leaks "
        "Itau_mem.\n"
        "Example: spiketwin sensitivity build/yes-no/net.nir -d speech_commands --clips 200",
        children,
        0,
        0};
    static struct result r;
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    cli_parse(&argp, argc, argv, &o, sizeof o);
    options_take(&o.told, 0, "", &o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    struct progress *p = cli_progress(&o.common);
    r = (struct result){.o = &o};
    if (cli_is_dpi_net(o.net))
        run_dpi(&r, &o, p);
    else
        run_lif(&r, &o, p);
    cli_progress_done(p);
    if (!o.common.json) print_table(&r);
    run_file_tell(RUN_SENSITIVITY, o.net, &o.common, to_json(&r));
    sensitivity_free(&r.found);
    return EXIT_SAME;
}

const struct verb verb_sensitivity = {"sensitivity", "what each word of a net is worth", run};
