#include "cli/report/report_fields.h"

#include "twin/io/json_io.h"
#include "twin/predict/verdict.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) (sizeof table / sizeof *table)

enum { NEURONS = IMAGE_MAX_NEURONS, LAYERS = IMAGE_MAX_LAYERS, TEXT = 4096, COMMAND = 1 << 20 };
#define MANY 9007199254740992.0 // 2^53: whole numbers beyond it are not exact in JSON
#define CHIP 4294967295.0       // largest k

// clang-format off: tables

#define OBJECT(at)                                                                                 \
    {                                                                                              \
        at, FIELD_OBJECT, 0, 0, 0, false                                                           \
    }
#define MAYBE(at)                                                                                  \
    {                                                                                              \
        at, FIELD_OBJECT, 0, 0, 0, true                                                            \
    }
#define NUMBER(at, lo, hi)                                                                         \
    {                                                                                              \
        at, FIELD_NUMBER, lo, hi, 0, false                                                         \
    }
#define WHOLE(at, lo, hi)                                                                          \
    {                                                                                              \
        at, FIELD_WHOLE, lo, hi, 0, false                                                          \
    }
#define COUNTED(at)                                                                                \
    {                                                                                              \
        at, FIELD_WHOLE, 0, MANY, 0, true                                                          \
    }
#define SHARE(at) NUMBER(at, 0, 1)
#define NAME(at)                                                                                   \
    {                                                                                              \
        at, FIELD_TEXT, 0, TEXT, 0, false                                                          \
    }
#define INTERVAL(at, lo, hi) {at, FIELD_LIST, 2, 2, 0, false}, NUMBER(at "/*", lo, hi)
#define MAYBE_ROW(at, as)                                                                          \
    {                                                                                              \
        at, FIELD_LIST, 0, NEURONS, as, true                                                       \
    }
#define ROW(at, as)                                                                                \
    {                                                                                              \
        at, FIELD_LIST, 0, NEURONS, as, false                                                      \
    }
#define PROVENANCE                                                                                 \
    MAYBE("/provenance"), {"/provenance/command", FIELD_TEXT, 0, COMMAND, 0, true},                \
        {"/provenance/version", FIELD_TEXT, 0, TEXT, 0, true},                                     \
        {"/provenance/compiler", FIELD_TEXT, 0, TEXT, 0, true},                                    \
    {                                                                                              \
        "/provenance/machine", FIELD_TEXT, 0, TEXT, 0, true                                        \
    }
#define UNDECIDED(at)                                                                              \
    MAYBE(at "/undecided"), SHARE(at "/undecided/silent"), SHARE(at "/undecided/tied"),            \
        WHOLE(at "/undecided/chips_never", 0, MANY),                                               \
        WHOLE(at "/undecided/chips_never_that_pass", 0, MANY),                                     \
        WHOLE(at "/undecided/chips_partly", 0, MANY),                                              \
        {at "/undecided/layers_never", FIELD_LIST, 1, LAYERS, 0, false},                           \
        WHOLE(at "/undecided/layers_never/*", 0, MANY),                                            \
        {at "/undecided/labels_never", FIELD_LIST, 1, NEURONS, 0, false},                          \
        WHOLE(at "/undecided/labels_never/*", 0, MANY)

static const struct report_field train[] = {
    PROVENANCE,
    {"/best_epoch", FIELD_WHOLE, 1, 1e9, 0, true}, // or
    {"/steps", FIELD_WHOLE, 1, 1e9, 0, true},      // of which the last is kept: check_kept
    {"/held", FIELD_NUMBER, 0, 1, 0, true},
    UNDECIDED(""),
    {"/loss_stands_since", FIELD_WHOLE, 1, 1e9, 0, true},
};

static const struct report_field log_row[] = {
    {"/epoch", FIELD_WHOLE, 1, 1e9, 0, true}, // and held, or
    {"/step", FIELD_WHOLE, 1, 1e9, 0, true},  // this: report_read_log
    NUMBER("/loss", 0, 1e30),
    SHARE("/train"),
    {"/held", FIELD_NUMBER, 0, 1, 0, true},
};

#define CONFUSION(at)                                                                              \
    MAYBE_ROW(at "/confusion", "/words"), ROW(at "/confusion/*", "/words"),                        \
        SHARE(at "/confusion/*/*")
// Over what the clips are drawn from: where there is such a thing, see check_speakers.
#define SPOKEN(at, lo, hi) {at, FIELD_LIST, 2, 2, 0, true}, NUMBER(at "/*", lo, hi)
#define DRAWN(at, lo, hi)                                                                          \
    OBJECT(at), INTERVAL(at "/chips", lo, hi), SPOKEN(at "/speakers", lo, hi),                     \
        SPOKEN(at "/chips_and_speakers", lo, hi)
#define EFFECT(at)                                                                                 \
    OBJECT(at), NUMBER(at "/loss", -100, 100), INTERVAL(at "/chips", -100, 100),                   \
        SPOKEN(at "/chips_and_speakers", -100, 100)

static const struct report_field predict[] = {
    PROVENANCE,
    {"/split", FIELD_TEXT, 0, TEXT, 0, true},
    {"/data", FIELD_TEXT, 0, TEXT, 0, true},
    {"/net", FIELD_TEXT, 0, TEXT, 0, true},
    MAYBE("/provenance/data"),
    {"/provenance/data/about", FIELD_TEXT, 0, TEXT, 0, true},
    {"/provenance/chip", FIELD_TEXT, 0, TEXT, 0, true},
    {"/provenance/chip_hash", FIELD_TEXT, 0, TEXT, 0, true},
    WHOLE("/clips", 1, 1e9),
    {"/speakers", FIELD_WHOLE, 1, 1e9, 0, true},
    {"/task", FIELD_TEXT, 1, TEXT, 0, true}, // of DYNAP-SE2 nets, with
    {"/law", FIELD_TEXT, 1, TEXT, 0, true},
    {"/mismatch", FIELD_NUMBER, 0, 10, 0, true},
    {"/words", FIELD_LIST, 1, NEURONS, 0, false},
    NAME("/words/*"),
    MAYBE("/figure"), // of targets over time: what the shares below stand for
    NAME("/figure/name"),
    OBJECT("/accuracy"),
    {"/accuracy/nominal", FIELD_NUMBER, 0, 1, 0, true}, // or why it is left out
    {"/accuracy/nominal_left_out", FIELD_TEXT, 1, TEXT, 0, true},
    SHARE("/accuracy/quantised"),
    OBJECT("/accuracy/chips"),
    WHOLE("/accuracy/chips/n", 1, 1e9),
    SHARE("/accuracy/chips/mean"),
    SHARE("/accuracy/chips/sd"),
    SHARE("/accuracy/chips/p5"),
    SHARE("/accuracy/chips/worst"),
    WHOLE("/accuracy/chips/worst_chip", 1, CHIP),
    OBJECT("/yield"),
    SHARE("/yield/limit"),
    SHARE("/yield/value"),
    SHARE("/yield/low"),
    SHARE("/yield/high"),
    {"/yield/target", FIELD_NUMBER, 0, 1, 0, true},
    {"/yield/limit_share", FIELD_NUMBER, 0, 1, 0, true}, // where no limit was given
    {"/yield_curve", FIELD_LIST, 1, YIELD_POINTS, 0, true},
    OBJECT("/yield_curve/*"),
    SHARE("/yield_curve/*/limit"),
    SHARE("/yield_curve/*/yield"),
    INTERVAL("/yield_curve/*/chips", 0, 1),
    SPOKEN("/yield_curve/*/chips_and_speakers", 0, 1),
    {"/shape", FIELD_TEXT, 0, TEXT, 0, true},
    MAYBE("/chip"),
    OBJECT("/chip/law"),
    {"/chip/law/input", FIELD_TEXT, 0, TEXT, 0, true},
    {"/chip/law/weight", FIELD_TEXT, 0, TEXT, 0, true},
    {"/chip/law/membrane", FIELD_TEXT, 0, TEXT, 0, true},
    {"/chips", FIELD_LIST, 2, 1e9, 0, false}, // the nominal one and others
    OBJECT("/chips/*"),
    WHOLE("/chips/*/k", 0, CHIP),
    SHARE("/chips/*/accuracy"),
    WHOLE("/chips/1/k", 1, CHIP),
    MAYBE("/intervals"),
    WHOLE("/intervals/replicates", 1, 1e9),
    DRAWN("/intervals/mean", -1, 2), // Student's interval knows of no 0 and 1
    DRAWN("/intervals/yield", 0, 1),
    MAYBE("/sequential"),
    SHARE("/sequential/width"),
    WHOLE("/sequential/chips", 1, 1e9),
    {"/sequential/reached", FIELD_BOOL, 0, 0, 0, false},
    INTERVAL("/sequential/yield", 0, 1),
    MAYBE("/nominal_chip"),
    CONFUSION("/nominal_chip"),
    UNDECIDED("/nominal_chip"),
    MAYBE("/virtual_chips"),
    CONFUSION("/virtual_chips"),
    UNDECIDED("/virtual_chips"),
    COUNTED("/virtual_chips/impossible"),
    MAYBE("/power"),
    NUMBER("/power/clip_s", 0, 1e9),
    NUMBER("/power/core_j", 0, 1e9),
    NUMBER("/power/front_spikes_j", 0, 1e9),
    NUMBER("/power/filters_j", 0, 1e9),
    NUMBER("/power/rest_j", 0, 1e9),
    {"/power/synapses_j", FIELD_NUMBER, 0, 1e9, 0, true}, // of digital chips
    {"/power/updates_j", FIELD_NUMBER, 0, 1e9, 0, true},
    NUMBER("/power/total_j", 0, 1e9),
    NUMBER("/power/mean_w", 0, 1e9),
    MAYBE("/neurobench"),
    {"/neurobench/classification_accuracy", FIELD_NUMBER, 0, 1, 0, true}, // of labels
    WHOLE("/neurobench/footprint", 1, MANY),
    WHOLE("/neurobench/parameter_count", 1, MANY),
    SHARE("/neurobench/connection_sparsity"),
    SHARE("/neurobench/activation_sparsity"),
    OBJECT("/neurobench/synaptic_operations"),
    NUMBER("/neurobench/synaptic_operations/Effective_MACs", 0, MANY),
    NUMBER("/neurobench/synaptic_operations/Effective_ACs", 0, MANY),
    NUMBER("/neurobench/synaptic_operations/Dense", 0, MANY),
    {"/neurobench/model_execution_rate", FIELD_NUMBER, 0, MANY, 0, true},
    MAYBE("/attribution"),
    {"/attribution/quantisation", FIELD_NUMBER, -1, 1, 0, true}, // with /accuracy/nominal
    {"/attribution/knobs", FIELD_LIST, 1, 64, 0, false},
    OBJECT("/attribution/knobs/*"),
    NAME("/attribution/knobs/*/knob"),
    NAME("/attribution/knobs/*/unit"),
    NUMBER("/attribution/knobs/*/size", 0, 1e9),
    EFFECT("/attribution/knobs/*/alone"),
    EFFECT("/attribution/knobs/*/on_top"),
    EFFECT("/attribution/all"),
    EFFECT("/attribution/interaction"),
    {"/sweeps", FIELD_LIST, 0, 64, 0, true},
    OBJECT("/sweeps/*"),
    NAME("/sweeps/*/knob"),
    NAME("/sweeps/*/unit"),
    SHARE("/sweeps/*/target_yield"),
    {"/sweeps/*/falls", FIELD_BOOL, 0, 0, 0, false},
    NUMBER("/sweeps/*/at", 0, 1e9),
    {"/sweeps/*/points", FIELD_LIST, 1, 10000, 0, false},
    OBJECT("/sweeps/*/points/*"),
    NUMBER("/sweeps/*/points/*/size", 0, 1e9),
    SHARE("/sweeps/*/points/*/mean"),
    SHARE("/sweeps/*/points/*/yield"),
    INTERVAL("/sweeps/*/points/*/interval", 0, 1),
};

static const struct report_field cosim[] = {
    PROVENANCE,
    WHOLE("/words", 1, MANY), // nothing compared is never success
    WHOLE("/spikes", 0, MANY),
    WHOLE("/differ", 0, MANY),
    OBJECT("/decisions"),
    WHOLE("/decisions/compared", 0, MANY),
    WHOLE("/decisions/differ", 0, MANY),
    {"/chips", FIELD_LIST, 1, 1e6, 0, false},
    OBJECT("/chips/*"),
    WHOLE("/chips/*/k", 0, CHIP),
    WHOLE("/chips/*/words", 0, MANY),
    WHOLE("/chips/*/differ", 0, MANY),
    WHOLE("/chips/*/clips", 0, MANY),
    COUNTED("/chips/*/twin_correct"), // of labels
    COUNTED("/chips/*/rtl_correct"),
    WHOLE("/chips/*/decisions_differ", 0, MANY),
};

#define OF_WEIGHTS(at)                                                                             \
    MAYBE("/layers/*/" at), NUMBER("/layers/*/" at "/largest", 0, MANY),                           \
        {"/layers/*/" at "/moved", FIELD_LIST, 1, 2 * NEURONS, 0, false},                          \
        ROW("/layers/*/" at "/moved/*", "/layers/*/neurons"),                                      \
        NUMBER("/layers/*/" at "/moved/*/*", 0, MANY)
#define OF_NEURONS(at, what, lo)                                                                   \
    MAYBE("/layers/*/" at), ROW("/layers/*/" at "/" what, "/layers/*/neurons"),                    \
        NUMBER("/layers/*/" at "/" what "/*", lo, MANY)

static const struct report_field sensitivity[] = {
    PROVENANCE,
    WHOLE("/clips", 1, 1e9),
    WHOLE("/clips_of_split", 1, 1e9),
    NUMBER("/margin", -MANY, MANY),
    UNDECIDED(""),
    {"/layers", FIELD_LIST, 1, LAYERS, 0, false},
    OBJECT("/layers/*"),
    WHOLE("/layers/*/layer", 0, LAYERS - 1),
    WHOLE("/layers/*/inputs", 1, NEURONS),
    WHOLE("/layers/*/neurons", 1, NEURONS),
    OF_WEIGHTS("weight"),
    OF_WEIGHTS("cut"),
    OF_NEURONS("dead", "accuracy_lost", -1),
    {"/layers/*/values", FIELD_LIST, 0, CHIP_VALUES, 0, false},
    OF_NEURONS("values/*", "moved", 0),
    NAME("/layers/*/values/*/name"),
    {"/largest", FIELD_LIST, 0, 1000, 0, false},
    OBJECT("/largest/*"),
    NAME("/largest/*/what"),
    WHOLE("/largest/*/layer", 0, LAYERS - 1),
    WHOLE("/largest/*/neuron", 0, NEURONS - 1),
    {"/largest/*/source", FIELD_WHOLE, 0, 2 * NEURONS - 1, 0, true},
    NUMBER("/largest/*/moved", 0, MANY),
    NUMBER("/largest/*/accuracy_lost", -1, 1),
};

#define SPIKES(side)                                                                               \
    ROW("/shown/" side, "/shown/neurons"), {"/shown/" side "/*", FIELD_LIST, 0, 1e8, 0, false},    \
        {"/shown/" side "/*/*", FIELD_LIST, 2, 2, 0, false},                                       \
        {"/shown/" side "/*/*/0", FIELD_WHOLE, 0, MANY, "/shown/ticks", false},                    \
    {                                                                                              \
        "/shown/" side "/*/*/1", FIELD_WHOLE, 0, NEURONS, "/shown/neurons/*", false                \
    }

static const struct report_field replay[] = {
    PROVENANCE,
    WHOLE("/chip", 1, CHIP),
    OBJECT("/shown"),
    NAME("/shown/clip"),
    NAME("/shown/word"),
    NAME("/shown/nominal_said"),
    NAME("/shown/chip_said"),
    WHOLE("/shown/ticks", 1, 1e6),
    {"/shown/neurons", FIELD_LIST, 1, LAYERS, 0, false},
    WHOLE("/shown/neurons/*", 1, NEURONS),
    SPIKES("nominal"),
    SPIKES("chip"),
};

#define FAULTS_COUNTED(at)                                                                         \
    OBJECT(at), WHOLE(at "/layer", 0, LAYERS - 1), WHOLE(at "/number", 0, MANY),                   \
        WHOLE(at "/same", 0, MANY), WHOLE(at "/masked", 0, MANY), WHOLE(at "/exposed", 0, MANY),   \
        WHOLE(at "/critical", 0, MANY), SHARE(at "/accuracy_lost")

static const struct report_field faults[] = {
    PROVENANCE,
    WHOLE("/clips", 1, 1e9),
    SHARE("/accuracy"),
    NUMBER("/critical_points", 0, 100),
    {"/groups", FIELD_LIST, 1, 2 * LAYERS, 0, false},
    FAULTS_COUNTED("/groups/*"),
    NAME("/groups/*/fault"),
    {"/bits", FIELD_LIST, 0, 32 * LAYERS, 0, false},
    FAULTS_COUNTED("/bits/*"),
    WHOLE("/bits/*/bit", 0, 31),
    {"/costliest", FIELD_LIST, 0, 1000, 0, false},
    OBJECT("/costliest/*"),
    NAME("/costliest/*/fault"),
    WHOLE("/costliest/*/layer", 0, LAYERS - 1),
    WHOLE("/costliest/*/neuron", 0, NEURONS - 1),
    {"/costliest/*/row", FIELD_WHOLE, 0, MANY, 0, true}, // of a stuck bit
    {"/costliest/*/bit", FIELD_WHOLE, 0, 31, 0, true},
    {"/costliest/*/value", FIELD_WHOLE, 0, 1, 0, true},
    WHOLE("/costliest/*/clips_exposed", 0, 1e9),
    WHOLE("/costliest/*/clips_decided_otherwise", 0, 1e9),
    SHARE("/costliest/*/accuracy_lost"),
    MAYBE("/tests"),
    WHOLE("/tests/exposed", 0, MANY),
    WHOLE("/tests/same", 0, MANY),
    WHOLE("/tests/masked", 0, MANY),
    WHOLE("/tests/least", 0, 1e9),
    {"/tests/clips", FIELD_LIST, 0, 1e6, 0, false},
    WHOLE("/tests/number", 0, 1e6),
};

#define FOUND(at)                                                                                  \
    WHOLE(at "/devices", 0, MANY), WHOLE(at "/found", 0, MANY), SHARE(at "/found_share")

static const struct report_field adequacy[] = {
    PROVENANCE,
    NAME("/vectors"),
    WHOLE("/virtual_chip", 0, CHIP),
    WHOLE("/clips", 1, 1e9),
    WHOLE("/ticks", 0, MANY),
    FOUND(""),
    WHOLE("/passes", 0, MANY),
    WHOLE("/single_bits", 0, MANY),
    SHARE("/single_bits_found_share"),
    {"/groups", FIELD_LIST, 1, 64, 0, false},
    OBJECT("/groups/*"),
    NAME("/groups/*/name"),
    FOUND("/groups/*"),
    {"/bits", FIELD_LIST, 0, 64, 0, false},
    OBJECT("/bits/*"),
    NAME("/bits/*/word"),
    FOUND("/bits/*"),
    WHOLE("/bits/*/one_word_of", 1, MANY),
    {"/pass", FIELD_LIST, 0, 1e6, 0, false},
    NAME("/pass/*"),
};

static const struct report_field map[] = {
    PROVENANCE,
    {"/report", FIELD_LIST, 1, 4096, 0, false},
    OBJECT("/report/*"),
    WHOLE("/report/*/chip", 0, 4096),
    WHOLE("/report/*/core", 0, 4096),
    WHOLE("/report/*/neurons", 1, MANY),
    WHOLE("/report/*/weights", 0, MANY),
    NUMBER("/report/*/rms", 0, MANY),
    NUMBER("/report/*/rms_of_one_entry", 0, MANY),
    NUMBER("/report/*/worst", 0, MANY),
    WHOLE("/report/*/of_several_entries", 0, MANY),
    NUMBER("/report/*/bias_error", -MANY, MANY),
    NAME("/report/*/bias_worst"),
    {"/silent", FIELD_LIST, 0, NEURONS, 0, false},
    OBJECT("/silent/*"),
    WHOLE("/silent/*/neuron", 0, NEURONS - 1),
    NAME("/silent/*/why"),
};

static const struct report_field quantise[] = {
    PROVENANCE,
    {"/matrices", FIELD_LIST, 1, 256, 0, false},
    OBJECT("/matrices/*"),
    NAME("/matrices/*/matrix"),
    WHOLE("/matrices/*/weights", 1, MANY),
    {"/matrices/*/base_currents", FIELD_LIST, 4, 4, 0, false},
    NUMBER("/matrices/*/base_currents/*", 0, MANY),
    NUMBER("/matrices/*/rms", 0, MANY),
    NUMBER("/matrices/*/worst", 0, MANY),
    {"/matrices/*/proved", FIELD_BOOL, 0, 0, 0, false},
};

#define FILE_OF(kind, needed, table) [kind] = {needed, table, COUNT(table)}
const struct report_file report_files[RUN_FILES] = {
    FILE_OF(RUN_TRAIN, true, train),    FILE_OF(RUN_PREDICT, true, predict),
    FILE_OF(RUN_COSIM, false, cosim),   FILE_OF(RUN_SENSITIVITY, false, sensitivity),
    FILE_OF(RUN_RIGHT, false, replay),  FILE_OF(RUN_WRONG, false, replay),
    FILE_OF(RUN_FAULTS, false, faults), FILE_OF(RUN_ADEQUACY, false, adequacy),
    FILE_OF(RUN_MAP, false, map),       FILE_OF(RUN_QUANTISE, false, quantise),
};
const struct report_file report_log_row = {true, log_row, COUNT(log_row)};
// clang-format on

enum { DEEP = 8 }; // "*" in a pointer

struct look {
    const cJSON *root;
    const struct report_field *f;
    const char *path;
    int index[DEEP];
};

// A pointer's place with its "*" filled in: what is there, and its name.
static const cJSON *place(const struct look *k, const char *pointer, char *name, size_t size)
{
    const cJSON *at = k->root;
    size_t used = 0;
    *name = 0;
    for (int star = 0; *pointer == '/';) {
        char part[64];
        size_t n = strcspn(++pointer, "/");
        if (n == 1 && *pointer == '*')
            snprintf(part, sizeof part, "%d", k->index[star++]);
        else
            snprintf(part, sizeof part, "%.*s", (int)n, pointer);
        used += (size_t)snprintf(name + used, used < size ? size - used : 0, "/%s", part);
        at = cJSON_IsArray(at) ? cJSON_GetArrayItem(at, atoi(part))
                               : cJSON_GetObjectItemCaseSensitive(at, part);
        pointer += n;
    }
    return at;
}

static void __attribute__((noreturn, format(printf, 2, 3)))
refuse(const struct look *k, const char *format, ...)
{
    char name[512], why[512];
    va_list args;
    place(k, k->f->pointer, name, sizeof name);
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    cli_die("%s: %s %s", k->path, name, why);
}

static const char *const kind_names[] = {"a number",      "a number", "a text",
                                         "true or false", "a list",   "an object"};

static bool of_kind(const cJSON *x, enum field_kind kind)
{
    switch (kind) {
    case FIELD_NUMBER:
    case FIELD_WHOLE:
        return cJSON_IsNumber(x);
    case FIELD_TEXT:
        return cJSON_IsString(x);
    case FIELD_BOOL:
        return cJSON_IsBool(x);
    case FIELD_LIST:
        return cJSON_IsArray(x);
    default:
        return cJSON_IsObject(x);
    }
}

static void judge(const struct look *k, const cJSON *x)
{
    const struct report_field *f = k->f;
    char other[512];
    if (!of_kind(x, f->kind)) refuse(k, "is missing or not %s", kind_names[f->kind]);
    const cJSON *as = f->as ? place(k, f->as, other, sizeof other) : 0;
    double bound = cJSON_IsArray(as) ? cJSON_GetArraySize(as) : as ? as->valuedouble : 0;
    if (f->kind == FIELD_NUMBER || f->kind == FIELD_WHOLE) {
        double v = x->valuedouble;
        if (!(v >= f->lo && v <= f->hi) || (f->kind == FIELD_WHOLE && v != floor(v)))
            refuse(k,
                   f->hi < MANY ? "is %.10g, allowed %s%.10g..%.10g"
                                : "is %.10g, allowed %s%.10g or more",
                   v, f->kind == FIELD_WHOLE ? "whole numbers " : "", f->lo, f->hi);
        if (f->as && v >= bound) refuse(k, "is %.10g, %s is %.10g", v, other, bound);
        return;
    }
    double n = f->kind == FIELD_LIST   ? cJSON_GetArraySize(x)
               : f->kind == FIELD_TEXT ? (double)strlen(x->valuestring)
                                       : f->lo;
    const char *of = f->kind == FIELD_LIST ? "members" : "bytes";
    if (f->as && n != bound) refuse(k, "has %.0f %s, %s says %.0f", n, of, other, bound);
    if (n < f->lo || n > f->hi) refuse(k, "has %.0f %s, allowed %.0f..%.0f", n, of, f->lo, f->hi);
}

// Goes on to what the rest of the pointer says. What is in no container of its kind is not there:
// the container has a row of its own.
static void walk(struct look *k, const cJSON *at, const char *rest, int stars)
{
    char part[64];
    if (!*rest) {
        judge(k, at);
        return;
    }
    size_t n = strcspn(++rest, "/");
    if (n == 1 && *rest == '*') {
        const cJSON *one = cJSON_IsArray(at) ? at->child : 0;
        for (k->index[stars] = 0; one; one = one->next, k->index[stars]++)
            walk(k, one, rest + n, stars + 1);
        return;
    }
    snprintf(part, sizeof part, "%.*s", (int)n, rest);
    if (!cJSON_IsArray(at) && !cJSON_IsObject(at)) return;
    const cJSON *x = cJSON_IsArray(at) ? cJSON_GetArrayItem(at, atoi(part))
                                       : cJSON_GetObjectItemCaseSensitive(at, part);
    if (x && !(k->f->optional && !rest[n] && cJSON_IsNull(x)))
        walk(k, x, rest + n, stars);
    else if (!rest[n] && !k->f->optional)
        refuse(k, "is missing or not %s", kind_names[k->f->kind]);
}

void report_check(const cJSON *json, const struct report_file *file, const char *path)
{
    for (size_t i = 0; i < file->n; i++) {
        struct look k = {.root = json, .f = &file->field[i], .path = path};
        walk(&k, json, k.f->pointer, 0);
    }
}

cJSON *report_read(const char *path, const struct report_file *file, const char *made_by)
{
    struct fail f;
    if (access(path, F_OK)) {
        if (errno == ENOENT && !file->needed) return 0;
        if (errno == ENOENT) cli_die("%s: %s (made by %s)", path, strerror(errno), made_by);
        cli_die("%s: %s", path, strerror(errno));
    }
    cJSON *json = json_read(path, &f);
    if (!json) cli_die("%s", f.text);
    if (!cJSON_IsObject(json)) cli_die("%s: not a JSON object", path);
    report_check(json, file, path);
    return json;
}
