// What the commands of a run left in its folder, checked, as one JSON object.
#include "cli/report/report.h"
#include "cli/report/report_fields.h"

#include "base/file.h"
#include "twin/io/labels.h"
#include "twin/io/statistics.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct run {
    char path[RUN_FILES][4096];
    cJSON *file[RUN_FILES]; // NULL where the folder has none
};

cJSON *report_read_log(const char *folder)
{
    char path[4096], place[4160], *line = 0;
    size_t room = 0;
    ssize_t n;
    int number = 0;
    snprintf(path, sizeof path, "%s/log.jsonl", folder);
    FILE *f = fopen(path, "r");
    if (!f) cli_die("%s: %s", path, strerror(errno));
    cJSON *list = cJSON_CreateArray();
    while ((n = getline(&line, &room, f)) > 0) {
        const char *end = 0;
        snprintf(place, sizeof place, "%s: line %d", path, ++number);
        cJSON *row = cJSON_ParseWithLengthOpts(line, (size_t)n + 1, &end, true);
        if (!cJSON_IsObject(row)) cli_die("%s: not a JSON object, or torn", place);
        report_check(row, &report_log_row, place);
        bool steps = cJSON_GetObjectItemCaseSensitive(row, "step");
        static const char *const of_epochs[] = {"epoch", "held"};
        for (int i = 0; i < 2 && !steps; i++)
            if (!cJSON_GetObjectItemCaseSensitive(row, of_epochs[i]))
                cli_die("%s: /%s is missing or not a number", place, of_epochs[i]);
        cJSON_AddItemToArray(list, row);
    }
    if (ferror(f)) cli_die("%s: %s", path, strerror(errno));
    fclose(f);
    free(line);
    if (number == 0) cli_die("%s: no epochs", path);
    return list;
}

// Everything of `from` but its provenance, which goes to /provenance/MAKER. Of a name that is there
// twice the first counts, as for the checks.
static void take(cJSON *to, cJSON *provenance, const cJSON *from, const char *maker)
{
    const cJSON *x;
    cJSON_ArrayForEach(x, from)
    {
        bool origin = strcmp(x->string, "provenance") == 0;
        if (x != cJSON_GetObjectItemCaseSensitive(from, x->string)) continue;
        cJSON_AddItemToObject(origin ? provenance : to, origin ? maker : x->string,
                              cJSON_Duplicate(x, true));
    }
}

static bool has(const cJSON *json, const char *name) // something that is not null
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(json, name);
    return x && !cJSON_IsNull(x);
}

static void add_left_out(cJSON *net, const struct run *r)
{
    const cJSON *predict = r->file[RUN_PREDICT];
    const bool dynapse = has(predict, "mismatch"); // told of DYNAP-SE2 nets alone
    cJSON *list = cJSON_AddObjectToObject(net, "left_out");
    const struct {
        const char *part;
        bool there;
        const char *why;
    } row[] = {
        {"verdict", has(predict, "yield_curve"),
         "No verdict: predict.json was made by a program that gave no yield over the limit."},
        {"intervals", has(predict, "intervals"),
         "Not in predict.json: made by a program that knew no intervals over speakers."},
        {"attribution", has(predict, "attribution"), "Not run: spiketwin predict --attribution."},
        {"sweeps", cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(predict, "sweeps")) > 0,
         "Not run: spiketwin predict --sweep all."},
        {"confusion", has(cJSON_GetObjectItemCaseSensitive(predict, "nominal_chip"), "confusion"),
         has(predict, "figure") ? "Outputs say numbers in every tick, and not one of them."
                                : "Not in predict.json: made by a program that kept no decisions."},
        {"undecided",
         has(cJSON_GetObjectItemCaseSensitive(predict, "virtual_chips"), "undecided") &&
             has(cJSON_GetObjectItemCaseSensitive(predict, "nominal_chip"), "undecided"),
         "Whether the chips decide at all is not in predict.json: made by a program that did not "
         "count clips without output spikes."},
        {"power", has(predict, "power"), "Not known: the chip file has no power figures."},
        {"neurobench", has(predict, "neurobench"),
         "Not in predict.json: made by a program that counted none, or of a DYNAP-SE2 net."},
        {"sensitivity", r->file[RUN_SENSITIVITY],
         "Not run: spiketwin sensitivity, into sensitivity.json."},
        {"cosim", r->file[RUN_COSIM], "Not run: spiketwin cosim, into cosim.json of a run folder."},
        {"training", r->file[RUN_TRAIN],
         "Not known of a prediction alone: the log of spiketwin train is in its run folder."},
        {"right", r->file[RUN_RIGHT],
         "Not run: spiketwin replay --clip right, into replay-right.json."},
        {"wrong", r->file[RUN_WRONG],
         "Not run: spiketwin replay --clip wrong, into replay-wrong.json."},
        {"faults", r->file[RUN_FAULTS],
         dynapse ? "Left out: spiketwin faults does not take DYNAP-SE2 nets."
                 : "Not run: spiketwin faults, into faults.json."},
        {"adequacy", r->file[RUN_ADEQUACY], "Not run: spiketwin adequacy, into adequacy.json."},
        {"fit", !dynapse || r->file[RUN_MAP] || r->file[RUN_QUANTISE],
         "Not run: spiketwin map, into map.json."},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (!row[i].there) cJSON_AddStringToObject(list, row[i].part, row[i].why);
}

static void need(const struct run *r, enum run_file_kind file, const char *pointer,
                 const char *kind)
{
    struct page at = {.json = r->file[file]};
    if (!page_find(&at, pointer))
        cli_die("%s: %s is missing or not %s", r->path[file], pointer, kind);
}

// What labels have, and targets over time have not.
static void check_labels(const struct run *r)
{
    static const char *const of_chip[] = {"twin_correct", "rtl_correct"};
    char pointer[64];
    const struct page cosim = {.json = r->file[RUN_COSIM]};
    struct page at = {.json = r->file[RUN_PREDICT]};
    if (page_find(&at, "/figure")) {
        if (!merit_find(page_string(&at, "/figure/name")))
            cli_die("%s: /figure/name, %.80s, allowed correlation, sMAPE", r->path[RUN_PREDICT],
                    page_string(&at, "/figure/name"));
        return;
    }
    if (page_find(&at, "/nominal_chip")) need(r, RUN_PREDICT, "/nominal_chip/confusion", "a list");
    if (page_find(&at, "/virtual_chips"))
        need(r, RUN_PREDICT, "/virtual_chips/confusion", "a list");
    for (int i = 0; cosim.json && i < 2 * cJSON_GetArraySize(page_find(&cosim, "/chips")); i++) {
        snprintf(pointer, sizeof pointer, "/chips/%d/%s", i / 2, of_chip[i % 2]);
        need(r, RUN_COSIM, pointer, "a number");
    }
}

static void add_part(cJSON *net, cJSON *provenance, const char *name, const cJSON *from,
                     const char *maker)
{
    if (from) take(cJSON_AddObjectToObject(net, name), provenance, from, maker);
}

// Of a file that holds more than its table says, such as a whole board: what the table says.
static void drop_unnamed(cJSON *from, const struct report_file *file)
{
    for (cJSON *x = from ? from->child : 0, *next; x; x = next) {
        size_t n = strlen(x->string);
        bool named = false;
        next = x->next;
        for (size_t i = 0; i < file->n && !named; i++) {
            const char *at = file->field[i].pointer + 1;
            named = strncmp(at, x->string, n) == 0 && (!at[n] || at[n] == '/');
        }
        if (!named) cJSON_Delete(cJSON_DetachItemViaPointer(from, x));
    }
}

// What the report adds to predict.json: not to be in it already.
static void refuse_ours(const struct run *r)
{
    static const char *const name[] = {"date",   "sensitivity", "right",   "wrong",
                                       "faults", "adequacy",    "map",     "quantise",
                                       "cosim",  "training",    "left_out"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (cJSON_GetObjectItemCaseSensitive(r->file[RUN_PREDICT], name[i]))
            cli_die("%s: /%s is none of its fields", r->path[RUN_PREDICT], name[i]);
}

// Where clips are of speakers there are intervals over them.
static void check_speakers(const struct run *r)
{
    struct page at = {.json = r->file[RUN_PREDICT]};
    char pointer[96];
    static const char *const of[] = {"alone", "on_top"};
    static const char *const whole[] = {"/intervals/mean/speakers",
                                        "/intervals/mean/chips_and_speakers",
                                        "/intervals/yield/speakers",
                                        "/intervals/yield/chips_and_speakers",
                                        "/attribution/all/chips_and_speakers",
                                        "/attribution/interaction/chips_and_speakers"};
    if (!page_find(&at, "/speakers")) return;
    for (int i = 0; i < 6; i++)
        if (page_find(&at, i < 4 ? "/intervals" : "/attribution"))
            need(r, RUN_PREDICT, whole[i], "a list");
    for (int i = 0; i < 2 * cJSON_GetArraySize(page_find(&at, "/attribution/knobs")); i++) {
        snprintf(pointer, sizeof pointer, "/attribution/knobs/%d/%s/chips_and_speakers", i / 2,
                 of[i % 2]);
        need(r, RUN_PREDICT, pointer, "a list");
    }
}

// An epoch was kept, or the last of the steps.
static void check_kept(const struct run *r)
{
    struct page at = {.json = r->file[RUN_TRAIN]};
    if (at.json && !page_find(&at, "/steps")) need(r, RUN_TRAIN, "/best_epoch", "a number");
    if (at.json && page_find(&at, "/steps")) need(r, RUN_TRAIN, "/held", "a number");
}

// What predict leaves out of real arithmetic it says, and then all of it.
static void check_nominal(const struct run *r)
{
    struct page at = {.json = r->file[RUN_PREDICT]};
    bool lacks = page_find(&at, "/accuracy/nominal_left_out");
    bool attributed = page_find(&at, "/attribution");
    const char *const pointer[] = {"/accuracy/nominal", "/attribution/quantisation"};
    for (int i = 0; i < 1 + attributed; i++) {
        bool there = page_find(&at, pointer[i]);
        if (!there && !lacks) need(r, RUN_PREDICT, pointer[i], "a number");
        if (there && lacks)
            cli_die("%s: %s, and /accuracy/nominal_left_out: one of them is not true",
                    r->path[RUN_PREDICT], pointer[i]);
    }
}

static const char *data_of(const cJSON *train)
{
    struct page at = {.json = train};
    const char *folder = page_string(&at, "/provenance/data/folder");
    return *folder ? folder : 0;
}

// The files of a run folder, or a prediction alone.
static void read_all(struct run *r, const char *at)
{
    char command[2 * FILE_PATH];
    size_t size = strlen(at);
    bool alone = size > 5 && strcmp(at + size - 5, ".json") == 0;
    for (int i = 0; i < RUN_FILES; i++) {
        r->file[i] = 0;
        if (alone && i != RUN_PREDICT) continue;
        if (snprintf(r->path[i], sizeof r->path[i], alone ? "%s" : "%s/%s", at,
                     run_files[i].name) >= (int)sizeof r->path[i])
            cli_die("%.64s...: name too long", at);
        run_file_command(i, i == RUN_TRAIN || alone ? 0 : at, data_of(r->file[RUN_TRAIN]), command,
                         sizeof command);
        r->file[i] = report_read(r->path[i], &report_files[i], command);
    }
}

// What could be there and is not: the commands, a line each.
static void say_missing(const struct run *r, const char *at)
{
    const bool dynapse = has(r->file[RUN_PREDICT], "mismatch");
    char command[2 * FILE_PATH];
    for (int i = 0; i < RUN_FILES && r->file[RUN_TRAIN]; i++) {
        const bool other = i == RUN_MAP ? !dynapse : i == RUN_FAULTS && dynapse;
        if (r->file[i] || !run_files[i].written || other) continue;
        run_file_command(i, at, data_of(r->file[RUN_TRAIN]), command, sizeof command);
        cli_tell("not run: %s", command);
    }
}

static void add_cosim(cJSON *net)
{
    cJSON *cosim = cJSON_GetObjectItemCaseSensitive(net, "cosim");
    if (!cosim) return;
    cJSON *chips = cJSON_DetachItemFromObjectCaseSensitive(cosim, "chips");
    cJSON_AddNumberToObject(cosim, "chips", cJSON_GetArraySize(chips));
    cJSON_AddItemToObject(cosim, "per_chip", chips);
}

static void add_log(cJSON *net, const char *folder)
{
    cJSON *training = cJSON_GetObjectItemCaseSensitive(net, "training");
    if (!training) return;
    cJSON_DeleteItemFromObjectCaseSensitive(training, "epochs_run");
    cJSON_AddItemToObject(training, "epochs_run", report_read_log(folder));
}

// Of the prediction: when its file was written, UTC.
static void add_date(cJSON *net, const char *path)
{
    struct stat at;
    char text[32];
    struct tm utc;
    if (stat(path, &at) || !gmtime_r(&at.st_mtime, &utc)) return;
    strftime(text, sizeof text, "%Y-%m-%d", &utc);
    cJSON_AddStringToObject(net, "date", text);
}

static cJSON *net_of(const char *folder, bool quiet)
{
    static struct run r;
    read_all(&r, folder);
    if (!quiet) say_missing(&r, folder);
    refuse_ours(&r);
    check_nominal(&r);
    check_speakers(&r);
    check_kept(&r);
    check_labels(&r);
    struct page predict = {.json = r.file[RUN_PREDICT]};
    int n = cJSON_GetArraySize(page_find(&predict, "/chips")) - 1;
    if (n != page_value(&predict, "/accuracy/chips/n"))
        cli_die("%s: /accuracy/chips/n is %.0f, /chips has %d and the nominal one",
                r.path[RUN_PREDICT], page_value(&predict, "/accuracy/chips/n"), n);
    cJSON *net = cJSON_CreateObject(), *provenance = cJSON_CreateObject();
    take(net, provenance, r.file[RUN_PREDICT], "predict");
    add_date(net, r.path[RUN_PREDICT]);
    add_part(net, provenance, "sensitivity", r.file[RUN_SENSITIVITY], "sensitivity");
    add_part(net, provenance, "right", r.file[RUN_RIGHT], "replay_right");
    add_part(net, provenance, "wrong", r.file[RUN_WRONG], "replay_wrong");
    add_part(net, provenance, "faults", r.file[RUN_FAULTS], "faults");
    add_part(net, provenance, "adequacy", r.file[RUN_ADEQUACY], "adequacy");
    drop_unnamed(r.file[RUN_MAP], &report_files[RUN_MAP]);
    add_part(net, provenance, "map", r.file[RUN_MAP], "map");
    add_part(net, provenance, "quantise", r.file[RUN_QUANTISE], "quantise");
    add_part(net, provenance, "cosim", r.file[RUN_COSIM], "cosim");
    add_cosim(net);
    add_part(net, provenance, "training", r.file[RUN_TRAIN], "train");
    add_log(net, folder);
    add_left_out(net, &r);
    cJSON_AddItemToObject(net, "provenance", provenance);
    for (int i = 0; i < RUN_FILES; i++)
        cJSON_Delete(r.file[i]);
    return net;
}

// What a net is called: its folder's name, in letters that a page and a terminal can show.
static void name_of(const char *folder, char *name, size_t size)
{
    char whole[PATH_MAX];
    const char *at = realpath(folder, whole) ? whole : folder;
    at = strrchr(at, '/') && strrchr(at, '/')[1] ? strrchr(at, '/') + 1 : at;
    for (size_t used = 0, n; *at && used + 4 < size; at += n ? n : 1) {
        n = labels_letter(at);
        used +=
            (size_t)snprintf(name + used, size - used, "%.*s", n ? (int)n : 3, n ? at : "\uFFFD");
    }
}

static void copy(cJSON *to, const cJSON *from, const char *name)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(from, name);
    if (x) cJSON_AddItemToObject(to, name, cJSON_Duplicate(x, true));
}

cJSON *report_data(const struct cli_common *common, const char *const *folder, int n_folders,
                   const char *limit, double target)
{
    cJSON *json = cJSON_CreateObject(), *nets = cJSON_CreateObject();
    for (int i = 0; i < n_folders; i++) {
        char name[1024] = "";
        name_of(folder[i], name, sizeof name);
        if (cJSON_GetObjectItemCaseSensitive(nets, name))
            cli_die("%s: a second run folder of the name %s", folder[i], name);
        cJSON *net = net_of(folder[i], common->quiet);
        cJSON_AddItemToObject(nets, name, net);
        const struct page first = {.json = nets->child}, at = {.json = net};
        if (page_merit(&first) != page_merit(&at))
            cli_die("%s: %s, allowed %s, as of %s: one page has one figure of merit", folder[i],
                    page_merit(&at)->name, page_merit(&first)->name, folder[0]);
    }
    cJSON_AddItemToObject(json, "provenance", cli_provenance(common));
    cJSON_AddStringToObject(json, "net", nets->child->string);
    static const char *const headline[] = {"accuracy", "yield", "cosim", "figure"};
    for (int i = 0; i < 4; i++)
        copy(json, nets->child, headline[i]);
    cJSON_AddItemToObject(json, "nets", nets);
    report_add_verdicts(json, limit, target);
    return json;
}
