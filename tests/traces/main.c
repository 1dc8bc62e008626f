// traces DIR [--json FILE]: every trace file under DIR/{scneurocore,xylo,nir,dynapsim} through
// model and RTL.
//
// Exit codes: 0 every tick of every file equal, 1 one differs, 2 none found or one could not be
// run.
#include "tests/dynapsim/dynapsim.h"
#include "tests/traces/traces.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct machine {
    const char *folder, *chip; // "-" at the chip's end: what follows stands at the file name's,
                               // after its last _: its version
    int (*read)(struct machine_trace *t, const struct chip *chip, const char *folder,
                const char *file, struct fail *f);
    const char *pattern; // of the files that are this machine's
    const char *others;  // what the others in the folder are
} machines[] = {{"scneurocore", "sc-neurocore", scneurocore_read, "*.csv", ""},
                {"xylo", "xylo-", xylo_read, "*.csv", ""},
                {"nir", "loihi", loihi_read, "*lava*fixed*.csv",
                 "a trace of another stack's floating point, not of a fixed-point machine"}};

struct totals {
    int files, differ, broken, left_out;
    int64_t ticks, words;
    cJSON *json;
};

static void print_side(const char *name, const char *side, const struct trace_result *r,
                       struct totals *all)
{
    printf("%s: %d ticks, %d equal", name, r->ticks, r->equal);
    if (r->known) printf(", %d known (v reads another word in the tick of a spike)", r->known);
    printf("  (%s)\n", side);
    if (r->first >= 0) printf("  first difference: %s\n", r->what);
    all->differ += r->equal + r->known != r->ticks;
    all->ticks += r->ticks;
    all->words += r->words;
    cJSON *one = cJSON_CreateObject();
    cJSON_AddStringToObject(one, "file", name);
    cJSON_AddStringToObject(one, "side", side);
    cJSON_AddNumberToObject(one, "ticks", r->ticks);
    cJSON_AddNumberToObject(one, "equal", r->equal);
    cJSON_AddNumberToObject(one, "known", r->known);
    cJSON_AddNumberToObject(one, "words", (double)r->words);
    cJSON_AddItemToArray(all->json, one);
}

static int load_chip(struct chip *chip, const struct machine *m, const char *file, struct fail *f)
{
    char path[TRACE_PATH];
    const char *version = strrchr(file, '_');
    bool versions = m->chip[strlen(m->chip) - 1] == '-';
    if (versions && !version)
        return fail(f, "no version at the end of its name, as in NAME_v2.csv");
    snprintf(path, sizeof path, "%s/chips/%s%.*s.yaml", SPIKETWIN_ROOT, m->chip,
             versions ? (int)strcspn(version + 1, ".") : 0, versions ? version + 1 : "");
    return chip_load(chip, path, f);
}

static void run_file(const struct machine *m, const char *folder, const char *file,
                     struct totals *all)
{
    struct machine_trace t = {.n_memory = 0};
    struct chip chip;
    struct trace_result r;
    struct fail f = {""};
    char name[512];
    snprintf(name, sizeof name, "%s/%s", m->folder, file);
    int rc = load_chip(&chip, m, file, &f) || m->read(&t, &chip, folder, file, &f) ? -1 : 0;
    if (rc == 0 && (rc = trace_run_model(&t, &r, &f)) == 0) print_side(name, "model", &r, all);
    if (rc == 0 && (rc = trace_run_rtl(&t, SPIKETWIN_ROOT, "build/dut", &r, &f)) == 0)
        print_side(name, "RTL", &r, all);
    if (rc) {
        printf("%s: could not be run: %s\n", name, f.text);
        all->broken++;
    }
    all->files++;
    fflush(stdout);
    trace_free(&t);
}

static void run_machine(const struct machine *m, const char *dir, struct totals *all)
{
    char path[TRACE_PATH];
    struct dirent **found;
    snprintf(path, sizeof path, "%s/%s", dir, m->folder);
    int n = scandir(path, &found, 0, alphasort);
    if (n < 0) {
        printf("%s: not there, left out\n", path);
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *file = found[i]->d_name;
        if (!fnmatch(m->pattern, file, 0)) {
            run_file(m, path, file, all);
        } else if (!fnmatch("*.csv", file, 0)) {
            printf("%s/%s: left out: %s\n", m->folder, file, m->others);
            all->left_out++;
        }
        free(found[i]);
    }
    free(found);
}

static void run_dynapsim_file(const char *path, const char *name, struct totals *all)
{
    static const char *const side_names[] = {"model", "RTL"};
    struct dynapsim_result r[2];
    struct fail f = {""};
    char shown[512];
    snprintf(shown, sizeof shown, "dynapsim/%s", name);
    all->files++;
    if (dynapsim_trace(path, name, SPIKETWIN_ROOT, "build/dut", r, &f)) {
        printf("%s: could not be run: %s\n", shown, f.text);
        all->broken++;
        return;
    }
    for (int side = 0; side < 2; side++) {
        struct trace_result t = {.ticks = r[side].ticks,
                                 .equal = r[side].equal,
                                 .first = *r[side].what ? 0 : -1,
                                 .words = r[side].values};
        memcpy(t.what, r[side].what, sizeof t.what);
        print_side(shown, side_names[side], &t, all);
    }
    printf("  %s; imem within %.1e of itself, bound %.1e; at most %.2f of a bound is used\n",
           r[0].formats, r[0].relative, r[0].relative_bound, r[0].used);
    fflush(stdout);
}

// A trace is NAME.events.csv, NAME.csv and NAME.json; each of the first has to have the others.
// Equal: spikes, and every current within the bound that follows from the formats.
static void run_dynapsim(const char *dir, struct totals *all)
{
    char path[TRACE_PATH];
    struct dirent **found;
    snprintf(path, sizeof path, "%s/dynapsim", dir);
    int n = scandir(path, &found, 0, alphasort);
    if (n < 0) printf("%s: not there, left out\n", path);
    for (int i = 0; i < n; i++) {
        char *name = found[i]->d_name, *end = strstr(name, ".events.csv");
        if (end && !end[strlen(".events.csv")]) {
            *end = 0;
            run_dynapsim_file(path, name, all);
        }
        free(found[i]);
    }
    if (n >= 0) free(found);
}

int main(int argc, char **argv)
{
    struct totals all = {.json = cJSON_CreateArray()};
    if (argc != 2 && !(argc == 4 && !strcmp(argv[2], "--json"))) {
        fprintf(stderr, "usage: traces DIR [--json FILE]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        run_machine(&machines[i], argv[1], &all);
    run_dynapsim(argv[1], &all);
    printf("traces: %d files, %lld ticks and %lld words compared in model and RTL, %d runs differ, "
           "%d could not be run, %d left out\n",
           all.files, (long long)all.ticks, (long long)all.words, all.differ, all.broken,
           all.left_out);
    if (argc == 4) {
        char *text = cJSON_Print(all.json);
        FILE *out = fopen(argv[3], "w");
        if (!out || fprintf(out, "%s\n", text) < 0 || fclose(out)) {
            fprintf(stderr, "traces: %s could not be written\n", argv[3]);
            return 2;
        }
        free(text);
    }
    cJSON_Delete(all.json);
    if (!all.files)
        fprintf(stderr, "traces: no trace under %s/{scneurocore,xylo,nir,dynapsim}\n", argv[1]);
    return all.differ ? 1 : all.broken || !all.files ? 2 : 0;
}
