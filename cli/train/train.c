// spiketwin train: a run folder with the net, the log and what is needed to resume.
#include "cli/train/train.h"

#include "cli/command.h"
#include "cli/report/report.h"
#include "cli/stop.h"
#include "cli/streams.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void train_show(const struct train_run *r, const char *format, ...)
{
    va_list args;
    if (r->o->common.quiet) return;
    streams_clear_line();
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

int train_keep(struct train_run *r, long of, struct fail *f)
{
    long done = r->by->done(r);
    if (r->by->keep(r, f)) return -1;
    if (r->no_resume)
        stop_says(": %s is kept up to %s %ld of %ld; %s", r->folder->path, r->by->unit, done, of,
                  r->no_resume);
    else
        stop_says(" after %s %ld of %ld; go on with: %s", r->by->unit, done, of, r->again);
    return 0;
}

// The checkpoint and the log of a run that goes on, or of a new one.
static void begin(struct train_run *r)
{
    struct fail f;
    r->again = command_text(0, "--force", "--resume");
    if (run_folder_resumes(r->folder) && r->by->load(r, &f)) cli_die("%s", f.text);
    long done = r->by->done(r);
    if (run_folder_begin(r->folder, r->by->unit, done, &f)) cli_die("%s", f.text);
    if (done) {
        cJSON *log = report_read_log(r->folder->path);
        train_watch_resume(&r->watch, log);
        cJSON_Delete(log);
    }
    if (r->no_resume) return;
    if (done)
        stop_says(": nothing new is kept; go on with: %s", r->again);
    else
        stop_says(" before %s 1; go on with: %s", r->by->unit, r->again);
}

// Curves of a run, from its log.
static void write_curves(const char *folder, const cJSON *json)
{
    char path[FILE_PATH];
    cJSON *log = report_read_log(folder);
    const struct page at = {.json = json};
    const struct merit *m = merit_find(page_string(&at, "/figure"));
    char *svg =
        report_plot_learning(log, cJSON_GetObjectItem(json, "best_epoch"), m ? m : &merit_accuracy);
    snprintf(path, sizeof path, "%s/curves.svg", folder);
    cli_write_text(svg, path);
    cJSON_Delete(log);
    free(svg);
}

cJSON *train_into(struct train_run *r, const struct progress *p)
{
    struct fail f;
    char path[FILE_PATH];
    const char *folder = r->folder->path;
    begin(r);
    if (r->by->run(r, p, &f)) cli_die("%s", f.text);
    snprintf(path, sizeof path, "%s/%s", folder, r->by->net);
    if (r->by->save(r, path, &f)) cli_die("%s", f.text);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&r->o->common));
    cJSON_AddStringToObject(json, "net", path);
    r->by->tell(r, json);
    snprintf(path, sizeof path, "%s/train.json", folder);
    cli_write_json(json, path);
    write_curves(folder, json);
    if (run_folder_close(r->folder, &f)) cli_die("%s", f.text);
    stop_says(": %s is done", folder);
    free(r->again);
    return json;
}

void train_hidden(const char *given, int least, int most, int *n_hidden)
{
    char *list = strdup(given), *at = 0;
    int n = 0;
    if (!list) cli_no_memory();
    memset(n_hidden, 0, (size_t)most * sizeof *n_hidden);
    for (char *one = strtok_r(list, ",", &at); one; one = strtok_r(0, ",", &at)) {
        if (n == most) cli_die("--hidden: %s, allowed 1..%d layers", given, most);
        n_hidden[n] = (int)cli_integer("--hidden", one, n ? 1 : least, 1024);
        if (n && !n_hidden[n - 1]) cli_die("--hidden: %s, allowed 0 alone", given);
        n++;
    }
    if (n == 0) cli_die("--hidden: %s, allowed numbers with commas between them", given);
    free(list);
}

void train_tell_options(cJSON *json, char *identity)
{
    if (!identity) cli_no_memory();
    cJSON_AddStringToObject(json, "options", identity);
    free(identity);
}

static int run(int argc, char **argv)
{
    static struct train_command o; // its options are a table
    int law = train_command_parse(&o, argc, argv);
    struct progress *p = cli_progress(&o.common);
    cJSON *json = law == TRAIN_DPI ? train_dpi(&o, p) : train_lif(&o, p);
    if (o.common.json) cli_write_json(json, "-");
    cJSON_Delete(json);
    return EXIT_SAME;
}

const struct verb verb_train = {"train", "train a network through the integer model", run};
