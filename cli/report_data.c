// What the commands of a run left in its folder, checked, as one JSON object.
#include "cli/report.h"

#include "twin/io/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const char *folder;
    cJSON *train, *predict, *cosim;
    cJSON *sensitivity, *right, *wrong; // NULL where the folder has none
};

static char *read_text(const char *path, bool needed)
{
    FILE *f = fopen(path, "r");
    if (!f && errno == ENOENT && !needed) return 0;
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

static cJSON *read_json(const char *folder, const char *file, bool needed)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    char *text = read_text(path, needed);
    if (!text) return 0;
    cJSON *json = cJSON_Parse(text);
    if (!cJSON_IsObject(json)) cli_die("%s: not a JSON object, or torn", path);
    free(text);
    return json;
}

// Numbers that the page cannot do without.
static void check(const struct run *r, const char *file, const cJSON *json,
                  const char *const *pointer, size_t n)
{
    struct page at = {.json = json};
    for (size_t i = 0; json && i < n; i++)
        if (!cJSON_IsNumber(page_find(&at, pointer[i])))
            cli_die("%s/%s: %s is missing or not a number", r->folder, file, pointer[i]);
}
#define CHECK(r, file, json, ...)                                                                  \
    check(r, file, json, (const char *const[]){__VA_ARGS__},                                       \
          sizeof(const char *const[]){__VA_ARGS__} / sizeof(char *))

static void check_run(const struct run *r)
{
    CHECK(r, "train.json", r->train, "/best_epoch");
    CHECK(r, "predict.json", r->predict, "/clips", "/accuracy/nominal", "/accuracy/quantised",
          "/accuracy/chips/n", "/accuracy/chips/mean", "/accuracy/chips/sd", "/accuracy/chips/p5",
          "/accuracy/chips/worst", "/accuracy/chips/worst_chip", "/yield/limit", "/yield/value",
          "/yield/low", "/yield/high", "/chips/1/k", "/chips/1/accuracy");
    CHECK(r, "cosim.json", r->cosim, "/words", "/spikes", "/differ", "/decisions/compared",
          "/decisions/differ", "/chips/0/k");
    CHECK(r, "sensitivity.json", r->sensitivity, "/clips", "/margin", "/layers/0/neurons");
    CHECK(r, "replay-right.json", r->right, "/chip", "/shown/ticks", "/shown/neurons/0");
    CHECK(r, "replay-wrong.json", r->wrong, "/chip", "/shown/ticks", "/shown/neurons/0");
    const cJSON *chip;
    cJSON_ArrayForEach(chip, cJSON_GetObjectItemCaseSensitive(r->predict, "chips"))
    {
        if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(chip, "k")) ||
            !cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(chip, "accuracy")))
            cli_die("%s/predict.json: chips: k or accuracy is missing", r->folder);
    }
    cJSON_ArrayForEach(chip, cJSON_GetObjectItemCaseSensitive(r->cosim, "chips"))
    {
        static const char *const field[] = {
            "k", "words", "differ", "clips", "twin_correct", "rtl_correct", "decisions_differ"};
        for (size_t i = 0; i < sizeof field / sizeof *field; i++)
            if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(chip, field[i])))
                cli_die("%s/cosim.json: chips: %s is missing or not a number", r->folder, field[i]);
    }
    if (cJSON_GetObjectItemCaseSensitive(r->cosim, "words")->valuedouble == 0)
        cli_die("%s/cosim.json: no words compared", r->folder);
}

cJSON *report_read_log(const char *folder)
{
    static const char *const field[] = {"epoch", "loss", "train", "held"};
    char path[4096], *save = 0;
    snprintf(path, sizeof path, "%s/log.jsonl", folder);
    char *text = read_text(path, true);
    cJSON *list = cJSON_CreateArray();
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(0, "\n", &save)) {
        cJSON *row = cJSON_Parse(line);
        for (int i = 0; i < 4; i++)
            if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(row, field[i])))
                cli_die("%s: line %d: %s is missing", path, cJSON_GetArraySize(list) + 1, field[i]);
        cJSON_AddItemToArray(list, row);
    }
    if (cJSON_GetArraySize(list) == 0) cli_die("%s: no epochs", path);
    free(text);
    return list;
}

// Everything of `from` but its provenance, which goes to /provenance/MAKER.
static void take(cJSON *to, cJSON *provenance, const cJSON *from, const char *maker)
{
    const cJSON *x;
    cJSON_ArrayForEach(x, from)
    {
        bool origin = strcmp(x->string, "provenance") == 0;
        cJSON_AddItemToObject(origin ? provenance : to, origin ? maker : x->string,
                              cJSON_Duplicate(x, true));
    }
}

// Share of the chips at or above each limit, with Wilson's interval; of chips only, limit by limit.
static void add_curve(cJSON *net, const struct run *r)
{
    enum { STEPS = 80 };
    const cJSON *chips = cJSON_GetObjectItemCaseSensitive(r->predict, "chips"), *chip;
    struct page at = {.json = r->predict};
    double lo = page_value(&at, "/yield/limit"), hi = page_value(&at, "/accuracy/nominal");
    if (hi < lo) {
        double swap = lo;
        lo = hi;
        hi = swap;
    }
    cJSON_ArrayForEach(chip, chips)
    {
        double x = cJSON_GetObjectItemCaseSensitive(chip, "accuracy")->valuedouble;
        lo = fmin(lo, x);
        hi = fmax(hi, x);
    }
    double room = 0.1 * (hi - lo) + 0.002;
    lo = fmax(0, lo - room);
    hi = fmin(1, hi + room);
    cJSON *list = cJSON_AddArrayToObject(net, "yield_curve");
    for (int i = 0; i <= STEPS; i++) {
        double limit = lo + (hi - lo) * i / STEPS;
        int pass = 0, n = 0;
        cJSON_ArrayForEach(chip, chips)
        {
            if (cJSON_GetObjectItemCaseSensitive(chip, "k")->valuedouble == 0) continue;
            n++;
            pass += cJSON_GetObjectItemCaseSensitive(chip, "accuracy")->valuedouble >= limit;
        }
        struct interval of = statistics_wilson(pass, n, 0.95);
        cJSON *point = cJSON_CreateObject();
        cJSON_AddNumberToObject(point, "limit", limit);
        cJSON_AddNumberToObject(point, "yield", (double)pass / n);
        cJSON_AddNumberToObject(point, "low", of.low);
        cJSON_AddNumberToObject(point, "high", of.high);
        cJSON_AddItemToArray(list, point);
    }
}

static void add_left_out(cJSON *net, const struct run *r)
{
    cJSON *list = cJSON_AddObjectToObject(net, "left_out");
    const struct {
        const char *part;
        bool there;
        const char *why;
    } row[] = {
        {"intervals", cJSON_HasObjectItem(r->predict, "intervals"),
         "Not in predict.json: made by a program that knew no intervals over speakers."},
        {"attribution", cJSON_HasObjectItem(r->predict, "attribution"),
         "Not run: spiketwin predict --attribution."},
        {"sweeps", cJSON_HasObjectItem(r->predict, "sweeps"),
         "Not run: spiketwin predict --sweep all."},
        {"confusion", cJSON_HasObjectItem(r->predict, "virtual_chips"),
         "Not in predict.json: made by a program that kept no decisions."},
        {"power", cJSON_HasObjectItem(r->predict, "power"),
         "Not known: the chip file has no power figures."},
        {"sensitivity", r->sensitivity, "Not run: spiketwin sensitivity, into sensitivity.json."},
        {"right", r->right, "Not run: spiketwin replay --clip right, into replay-right.json."},
        {"wrong", r->wrong, "Not run: spiketwin replay --clip wrong, into replay-wrong.json."},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (!row[i].there) cJSON_AddStringToObject(list, row[i].part, row[i].why);
}

static void add_part(cJSON *net, cJSON *provenance, const char *name, const cJSON *from,
                     const char *maker)
{
    if (from) take(cJSON_AddObjectToObject(net, name), provenance, from, maker);
}

static cJSON *net_of(const char *folder)
{
    struct run r = {.folder = folder};
    r.train = read_json(folder, "train.json", true);
    r.predict = read_json(folder, "predict.json", true);
    r.cosim = read_json(folder, "cosim.json", true);
    r.sensitivity = read_json(folder, "sensitivity.json", false);
    r.right = read_json(folder, "replay-right.json", false);
    r.wrong = read_json(folder, "replay-wrong.json", false);
    check_run(&r);
    cJSON *net = cJSON_CreateObject(), *provenance = cJSON_CreateObject();
    take(net, provenance, r.predict, "predict");
    add_curve(net, &r);
    add_part(net, provenance, "sensitivity", r.sensitivity, "sensitivity");
    add_part(net, provenance, "right", r.right, "replay_right");
    add_part(net, provenance, "wrong", r.wrong, "replay_wrong");
    add_part(net, provenance, "cosim", r.cosim, "cosim");
    cJSON *cosim = cJSON_GetObjectItem(net, "cosim");
    cJSON *chips = cJSON_DetachItemFromObject(cosim, "chips");
    cJSON_AddNumberToObject(cosim, "chips", cJSON_GetArraySize(chips));
    cJSON_AddItemToObject(cosim, "per_chip", chips);
    add_part(net, provenance, "training", r.train, "train");
    cJSON_AddItemToObject(cJSON_GetObjectItem(net, "training"), "epochs_run",
                          report_read_log(folder));
    add_left_out(net, &r);
    cJSON_AddItemToObject(net, "provenance", provenance);
    cJSON *part[] = {r.train, r.predict, r.cosim, r.sensitivity, r.right, r.wrong};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        cJSON_Delete(part[i]);
    return net;
}

static void copy(cJSON *to, const cJSON *from, const char *name)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(from, name);
    if (x) cJSON_AddItemToObject(to, name, cJSON_Duplicate(x, true));
}

cJSON *report_data(const struct cli_common *common, const char *const *folder, int n_folders)
{
    cJSON *json = cJSON_CreateObject(), *nets = cJSON_CreateObject();
    for (int i = 0; i < n_folders; i++) {
        char path[4096], *name;
        snprintf(path, sizeof path, "%s", folder[i]);
        for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
            path[n - 1] = 0;
        name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        if (cJSON_HasObjectItem(nets, name))
            cli_die("%s: a second run folder of the name %s", folder[i], name);
        cJSON_AddItemToObject(nets, name, net_of(folder[i]));
    }
    cJSON_AddItemToObject(json, "provenance", cli_provenance(common));
    cJSON_AddStringToObject(json, "net", nets->child->string);
    static const char *const headline[] = {"accuracy", "yield", "cosim"};
    for (int i = 0; i < 3; i++)
        copy(json, nets->child, headline[i]);
    cJSON_AddItemToObject(json, "nets", nets);
    return json;
}
