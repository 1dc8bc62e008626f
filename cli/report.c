// spiketwin report: run folders in, report.json and report.html out, and the table on stdout.
#include "cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    const char *out;
    const char *folder[REPORT_MAX_RUNS];
    int n_runs;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (o->n_runs == REPORT_MAX_RUNS) return ARGP_ERR_UNKNOWN;
        o->folder[o->n_runs++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static char *read_text(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f) cli_die("%s: %s", path, strerror(errno));
    size_t room = 0, used = 0;
    char *text = 0;
    do {
        room += 65536;
        text = realloc(text, room + 1);
        if (!text) cli_die("%s: out of memory", path);
        used += fread(text + used, 1, room - used, f);
    } while (used == room);
    if (ferror(f)) cli_die("%s: %s", path, strerror(errno));
    fclose(f);
    text[used] = 0;
    return text;
}

static cJSON *read_json(const char *folder, const char *file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    char *text = read_text(path);
    cJSON *json = cJSON_Parse(text);
    if (!cJSON_IsObject(json)) cli_die("%s: not a JSON object", path);
    free(text);
    return json;
}

static const cJSON *at_path(const cJSON *json, const char *path)
{
    char part[128];
    while (json && *path) {
        size_t n = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        json = cJSON_GetObjectItemCaseSensitive(json, part);
        path += n + (path[n] == '.');
    }
    return json;
}

double report_number(const struct report_run *r, const char *file, const char *path)
{
    const cJSON *json = strcmp(file, "train.json") == 0     ? r->train
                        : strcmp(file, "predict.json") == 0 ? r->predict
                                                            : r->cosim;
    const cJSON *x = at_path(json, path);
    if (!cJSON_IsNumber(x)) cli_die("%s/%s: %s is missing or not a number", r->folder, file, path);
    return x->valuedouble;
}

void report_read_log(struct report_run *r)
{
    char path[4096], *save = 0;
    snprintf(path, sizeof path, "%s/log.jsonl", r->folder);
    char *text = read_text(path);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(0, "\n", &save)) {
        cJSON *row = cJSON_Parse(line);
        static const char *const field[] = {"epoch", "loss", "train", "held"};
        double value[4];
        for (int i = 0; i < 4; i++) {
            const cJSON *x = cJSON_GetObjectItemCaseSensitive(row, field[i]);
            if (!cJSON_IsNumber(x))
                cli_die("%s: line %d: %s is missing", path, r->n_epochs + 1, field[i]);
            value[i] = x->valuedouble;
        }
        r->log = realloc(r->log, ((size_t)r->n_epochs + 1) * sizeof *r->log);
        if (!r->log) cli_die("%s: out of memory", path);
        r->log[r->n_epochs++] = (struct report_epoch){(int)value[0], value[1], value[2], value[3]};
        cJSON_Delete(row);
    }
    if (r->n_epochs == 0) cli_die("%s: no epochs", path);
    free(text);
}

static void read_run(struct report_run *r, const char *folder)
{
    const char *slash = strrchr(folder, '/');
    *r = (struct report_run){.folder = folder};
    snprintf(r->name, sizeof r->name, "%s", slash && slash[1] ? slash + 1 : folder);
    r->train = read_json(folder, "train.json");
    r->predict = read_json(folder, "predict.json");
    r->cosim = read_json(folder, "cosim.json");
    report_read_log(r);
    const cJSON *chips = cJSON_GetObjectItemCaseSensitive(r->predict, "chips"), *one;
    r->accuracy = calloc((size_t)cJSON_GetArraySize(chips) + 1, sizeof *r->accuracy);
    if (!r->accuracy) cli_die("out of memory");
    cJSON_ArrayForEach(one, chips)
    {
        const cJSON *k = cJSON_GetObjectItemCaseSensitive(one, "k");
        const cJSON *accuracy = cJSON_GetObjectItemCaseSensitive(one, "accuracy");
        if (!cJSON_IsNumber(k) || !cJSON_IsNumber(accuracy))
            cli_die("%s/predict.json: chips: k or accuracy is missing", folder);
        if (k->valuedouble > 0) r->accuracy[r->n_chips++] = accuracy->valuedouble;
    }
    if (r->n_chips == 0) cli_die("%s/predict.json: no chips", folder);
    static const char *const wanted[] = {"accuracy.nominal",
                                         "accuracy.quantised",
                                         "accuracy.chips.n",
                                         "accuracy.chips.mean",
                                         "accuracy.chips.sd",
                                         "accuracy.chips.p5",
                                         "accuracy.chips.worst",
                                         "accuracy.chips.worst_chip",
                                         "yield.limit",
                                         "yield.value",
                                         "yield.low",
                                         "yield.high",
                                         "clips"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        report_number(r, "predict.json", wanted[i]);
    static const char *const evidence[] = {"words", "spikes", "differ", "decisions.compared",
                                           "decisions.differ"};
    for (size_t i = 0; i < sizeof evidence / sizeof *evidence; i++)
        report_number(r, "cosim.json", evidence[i]);
    if (report_number(r, "cosim.json", "words") == 0)
        cli_die("%s/cosim.json: no words compared", folder);
}

static void copy(cJSON *to, const cJSON *from, const char *name)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(from, name);
    if (x) cJSON_AddItemToObject(to, name, cJSON_Duplicate(x, true));
}

static cJSON *net_json(const struct report_run *r)
{
    cJSON *net = cJSON_CreateObject();
    copy(net, r->predict, "accuracy");
    copy(net, r->predict, "yield");
    cJSON *cosim = cJSON_AddObjectToObject(net, "cosim");
    copy(cosim, r->cosim, "words");
    copy(cosim, r->cosim, "spikes");
    copy(cosim, r->cosim, "differ");
    const cJSON *chips = cJSON_GetObjectItemCaseSensitive(r->cosim, "chips");
    cJSON_AddNumberToObject(cosim, "chips", cJSON_GetArraySize(chips));
    copy(cosim, r->cosim, "decisions");
    cJSON_AddItemToObject(cosim, "per_chip", cJSON_Duplicate(chips, true));
    copy(net, r->predict, "clips");
    copy(net, r->predict, "split");
    copy(net, r->predict, "words");
    cJSON *training = cJSON_AddObjectToObject(net, "training");
    copy(training, r->train, "best_epoch");
    copy(training, r->train, "held");
    copy(training, r->train, "bad_steps");
    cJSON *provenance = cJSON_AddObjectToObject(net, "provenance");
    cJSON_AddItemToObject(provenance, "train",
                          cJSON_Duplicate(cJSON_GetObjectItem(r->train, "provenance"), true));
    cJSON_AddItemToObject(provenance, "predict",
                          cJSON_Duplicate(cJSON_GetObjectItem(r->predict, "provenance"), true));
    cJSON_AddItemToObject(provenance, "cosim",
                          cJSON_Duplicate(cJSON_GetObjectItem(r->cosim, "provenance"), true));
    return net;
}

// Top level: the first run, the headline; nets: every run.
static cJSON *to_json(const struct options *o, const struct report_run *runs)
{
    cJSON *json = cJSON_CreateObject(), *first = net_json(&runs[0]);
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "net", runs[0].name);
    copy(json, first, "accuracy");
    copy(json, first, "yield");
    copy(json, first, "cosim");
    cJSON *nets = cJSON_AddObjectToObject(json, "nets");
    for (int i = 0; i < o->n_runs; i++)
        cJSON_AddItemToObject(nets, runs[i].name, net_json(&runs[i]));
    cJSON_Delete(first);
    return json;
}

struct row {
    const char *label, *path;
    double scale;
    const char *format;
};

static void print_table(const struct report_run *runs, int n_runs)
{
    static const struct row rows[] = {
        {"nominal (real arithmetic)", "accuracy.nominal", 100, "%14.2f %%"},
        {"quantised (chip 0)", "accuracy.quantised", 100, "%14.2f %%"},
        {"virtual chips", "accuracy.chips.n", 1, "%16.0f"},
        {"  mean", "accuracy.chips.mean", 100, "%14.2f %%"},
        {"  standard deviation", "accuracy.chips.sd", 100, "%14.2f %%"},
        {"  5th percentile", "accuracy.chips.p5", 100, "%14.2f %%"},
        {"  worst", "accuracy.chips.worst", 100, "%14.2f %%"},
        {"  worst chip", "accuracy.chips.worst_chip", 1, "%16.0f"},
        {"yield limit", "yield.limit", 100, "%14.2f %%"},
        {"yield", "yield.value", 100, "%14.1f %%"},
        {"  95 % interval from", "yield.low", 100, "%14.1f %%"},
        {"  to", "yield.high", 100, "%14.1f %%"},
    };
    printf("%-26s", "");
    for (int i = 0; i < n_runs; i++)
        printf("%16s", runs[i].name);
    putchar('\n');
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        printf("%-26s", rows[k].label);
        for (int i = 0; i < n_runs; i++)
            printf(rows[k].format,
                   rows[k].scale * report_number(&runs[i], "predict.json", rows[k].path));
        putchar('\n');
    }
}

static int run(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"out", 'o', "DIR", 0, "Where report.json and report.html go (needed)", 1}, {0}};
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "RUN...",
        "One report from run folders that hold train.json, log.jsonl (spiketwin train), "
        "predict.json "
        "(predict --json) and cosim.json (cosim --json).\v"
        "The first RUN is the headline. Exit 1 if RTL and model differ anywhere.",
        children,
        0,
        0};
    static struct options o = {.common = {.seed = 1}};
    static struct report_run runs[REPORT_MAX_RUNS];
    char path[4096];
    double words = 0, differ = 0, compared = 0, otherwise = 0;
    int chips = 0;
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.out) cli_die("--out DIR is needed");
    if (o.n_runs == 0) cli_die("RUN is needed: a run folder");
    for (int i = 0; i < o.n_runs; i++) {
        read_run(&runs[i], o.folder[i]);
        words += report_number(&runs[i], "cosim.json", "words");
        differ += report_number(&runs[i], "cosim.json", "differ");
        compared += report_number(&runs[i], "cosim.json", "decisions.compared");
        otherwise += report_number(&runs[i], "cosim.json", "decisions.differ");
        chips += cJSON_GetArraySize(cJSON_GetObjectItem(runs[i].cosim, "chips"));
    }
    cJSON *json = to_json(&o, runs);
    char *html = report_html(runs, o.n_runs, json);
    cli_make_folder(o.out);
    snprintf(path, sizeof path, "%s/report.html", o.out);
    cli_write_text(html, path);
    snprintf(path, sizeof path, "%s/report.json", o.out);
    cli_write_json(json, path);
    free(html);
    if (o.common.json)
        cli_print_json(json);
    else {
        print_table(runs, o.n_runs);
        printf("cosim: %.0f words, %.0f differ (%d chips)\n", words, differ, chips);
        printf("RTL and twin decided %.0f clips, %.0f of them otherwise\n", compared, otherwise);
        printf("report: %s/report.html, %s/report.json\n", o.out, o.out);
        cJSON_Delete(json);
    }
    for (int i = 0; i < o.n_runs; i++) {
        cJSON_Delete(runs[i].train);
        cJSON_Delete(runs[i].predict);
        cJSON_Delete(runs[i].cosim);
        free(runs[i].log);
        free(runs[i].accuracy);
    }
    return differ || otherwise ? EXIT_DIFFERS : EXIT_SAME;
}

const struct verb verb_report = {"report", "one report (HTML, JSON) from run folders", run};
