#include "cli/cli.h"

#include "cli/command.h"
#include "cli/nearest.h"
#include "cli/stop.h"
#include "cli/streams.h"

#include "base/file.h"
#include "twin/io/json_io.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static const char *verb_name = ""; // once its options are read

// One line, whatever is in it.
static void tell_line(const char *format, va_list args)
{
    char text[8192];
    vsnprintf(text, sizeof text, format, args);
    for (char *at = text; (at = strchr(at, '\n'));)
        *at = ' ';
    fprintf(stderr, "spiketwin%s%s: %s\n", *verb_name ? " " : "", verb_name, text);
}

void cli_tell(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell_line(format, args);
    va_end(args);
}

enum { WARNINGS = 16 };
static char *unsaid[WARNINGS];
static int n_unsaid;
static bool mute;

void cli_mute_warnings(void)
{
    mute = true;
}

void cli_warn(const char *format, ...)
{
    va_list args;
    char *text;
    if (mute) return;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0 || n_unsaid == WARNINGS) cli_die("out of memory for a warning");
    if (n_unsaid == 0) atexit(cli_say_warnings);
    unsaid[n_unsaid++] = text;
}

void cli_say_warnings(void)
{
    for (int i = 0; i < n_unsaid; i++) {
        fprintf(stderr, "spiketwin%s%s: warning: %s\n", *verb_name ? " " : "", verb_name,
                unsaid[i]);
        free(unsaid[i]);
    }
    n_unsaid = 0;
}

void cli_die(const char *format, ...)
{
    va_list args;
    while (stop_is_under_way()) // a signal ends us, and has said so
        pause();
    va_start(args, format);
    tell_line(format, args);
    va_end(args);
    n_unsaid = 0;
    exit(streams_end(EXIT_COULD_NOT));
}

void cli_no_memory(void)
{
    cli_die("out of memory");
}

// ARGP_NO_ERRS makes errors ours to tell in one line, but silences --help too.
static unsigned argp_flags(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-?") == 0 ||
            strcmp(argv[i], "--usage") == 0)
            return 0;
    return ARGP_NO_ERRS;
}

// argp does not say which argument it stumbled over: the one after the longest start that parses.
static const char *first_bad(const struct argp *argp, int argc, char **argv, void *input,
                             const void *fresh, size_t size)
{
    char *start[argc + 1];
    for (int n = argc - 1; n > 0; n--) {
        int at = 0;
        memcpy(start, argv, (size_t)n * sizeof *start);
        start[n] = 0;
        memcpy(input, fresh, size);
        if (argp_parse(argp, n, start, ARGP_NO_ERRS, &at, input) == 0) return argv[n];
    }
    return argv[1];
}

// Letters that an option of the verb had, and what it is called: a letter means one thing in all verbs.
static const struct {
    const char *verb;
    char letter;
    const char *name;
} old_letters[] = {
    {"train", 'n', "--hidden"},    {"train", 'l', "--lr"},        {"train", 'r', "--resume"},
    {"make", 'l', "--layer"},      {"bench", 'l', "--layer"},     {"info", 'E', "--equations"},
    {"info", 'w', "--out (-o)"},   {"map", 'L', "--silicon"},     {"map", 'i', "--importance"},
    {"map", 'x', "--exact"},       {"unmap", 'l', "--like"},      {"quantise", 'i', "--importance"},
    {"quantise", 'n', "--starts"}, {"quantise", 'b', "--boxes"},  {"calibrate", 'R', "--range"},
    {"calibrate", 'b', "--bits"},  {"calibrate", 'm', "--clips"}, {"cosim", 'R', "--source"},
    {"cosim", 'o', "--build"},     {"dut", 'R', "--source"},      {"dut", 'o', "--build"},
    {"rtl", 'R', "--source"},      {"faults", 'T', "--tests"},    {"drc", 'm', "--masters"},
    {"gen", 'e', "--expect"},      {"round", 'm', "--mode"},      {"round", 'w', "--wrap"},
    {"replay", 'r', "--raster"},   {"formal", 'w', "--wrapper"}};
// Names that an option of the verb had.
static const struct {
    const char *verb, *old, *name;
} old_names[] = {{"replay", "--chip-file", "--chip (-c)"}, {"info", "--write", "--out (-o)"}};

static void refuse_option(const struct argp *argp, const char *bad)
{
    for (size_t i = 0; i < sizeof old_letters / sizeof *old_letters; i++)
        if (strcmp(verb_name, old_letters[i].verb) == 0 && bad[0] == '-' &&
            bad[1] == old_letters[i].letter)
            cli_die("-%c: here it is %s; a letter means one thing in all verbs (see spiketwin %s "
                    "--help)",
                    bad[1], old_letters[i].name, verb_name);
    for (size_t i = 0; i < sizeof old_names / sizeof *old_names; i++)
        if (strcmp(verb_name, old_names[i].verb) == 0 &&
            strncmp(bad, old_names[i].old, strlen(old_names[i].old)) == 0)
            cli_die("%s: it is %s now (see spiketwin %s --help)", old_names[i].old,
                    old_names[i].name, verb_name);
    if (strncmp(bad, "--", 2) == 0 && !cli_has_option(argp, bad + 2)) {
        char given[64];
        snprintf(given, sizeof given, "%.*s", (int)strcspn(bad + 2, "="), bad + 2);
        struct nearest near = nearest_to(given);
        cli_nearest_option(argp, &near);
        if (near.word)
            cli_die("--%s: no such option; did you mean --%s? (see spiketwin %s --help)", given,
                    near.word, verb_name);
    }
    cli_die("%s: unknown option, or one without its value (see spiketwin %s --help)", bad,
            verb_name);
}

void cli_parse(const struct argp *argp, int argc, char **argv, void *input, size_t size)
{
    static char name[64];
    char *given[argc + 1]; // getopt reorders what it is given
    int at = 0;
    void *fresh = malloc(size);
    if (!fresh) cli_no_memory();
    memcpy(fresh, input, size);
    verb_name = argv[0];
    if (argc == 2 && strcmp(argv[1], "--complete") == 0) {
        cli_complete(argp);
        puts("--help");
        exit(streams_end(EXIT_SAME));
    }
    if (argc == 2 && strcmp(argv[1], "--letters") == 0) {
        cli_letters(argp);
        exit(streams_end(EXIT_SAME));
    }
    snprintf(name, sizeof name, "spiketwin %s", argv[0]);
    memcpy(given, argv, (size_t)argc * sizeof *given);
    given[0] = name;
    given[argc] = 0;
    program_invocation_name = name;
    if (argp_parse(argp, argc, given, argp_flags(argc, argv), &at, input))
        refuse_option(argp, first_bad(argp, argc, argv, input, fresh, size));
    if (at < argc)
        cli_die("%s: one argument too many (see spiketwin %s --help)", given[at], verb_name);
    free(fresh);
}

void cli_end_text(FILE *to, char *const *text)
{
    bool bad = ferror(to);
    if (fclose(to) || bad || !*text) cli_no_memory();
}

double cli_number(const char *option, const char *text, double lo, double hi)
{
    char *end;
    errno = 0;
    double x = strtod(text, &end);
    if (end == text || *end || errno || !(x >= lo && x <= hi))
        cli_die("%s: %s, allowed %g..%g", option, text, lo, hi);
    return x;
}

int64_t cli_integer(const char *option, const char *text, int64_t lo, int64_t hi)
{
    char *end;
    errno = 0;
    long long x = strtoll(text, &end, 10);
    if (end == text || *end || errno || x < lo || x > hi)
        cli_die("%s: %s, allowed %lld..%lld", option, text, (long long)lo, (long long)hi);
    return x;
}

struct teller {
    struct progress progress;
    struct timespec start, shown;
    char what[64];
};

static double seconds_since(const struct timespec *from)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) + 1e-9 * (double)(now.tv_nsec - from->tv_nsec);
}

static void tell(void *context, const char *what, long done, long total)
{
    struct teller *t = context;
    if (strcmp(t->what, what) != 0) {
        snprintf(t->what, sizeof t->what, "%s", what);
        clock_gettime(CLOCK_MONOTONIC, &t->start);
        t->shown = (struct timespec){0};
    }
    if (seconds_since(&t->shown) < 0.1 && done < total) return;
    clock_gettime(CLOCK_MONOTONIC, &t->shown);
    double left = seconds_since(&t->start) / (double)done * (double)(total - done);
    streams_clear_line();
    fprintf(stderr, "%s %ld of %ld, %.0f s left", what, done, total, ceil(left));
}

struct progress *cli_progress(const struct cli_common *c)
{
    if (c->quiet || !isatty(STDERR_FILENO)) return 0;
    struct teller *t = calloc(1, sizeof *t);
    if (t) t->progress = (struct progress){tell, t};
    return t ? &t->progress : 0;
}

void cli_progress_done(struct progress *p)
{
    if (!p) return;
    streams_clear_line();
    free(p->context);
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    struct cli_common *c = state->input;
    switch (key) {
    case 's':
        c->seed = (uint64_t)cli_integer("--seed", arg, 0, INT64_MAX);
        return 0;
    case 't':
        c->threads = (int)cli_integer("--threads", arg, 1, 1024);
        omp_set_num_threads(c->threads);
        return 0;
    case 'j':
        c->json = true;
        return 0;
    case 'q':
        c->quiet = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option common_options[] = {
    {"seed", 's', "N", 0, "Seed of every random number (default 1)", 90},
    {"threads", 't', "N", 0, "Threads (default: all cores); never changes a result", 90},
    {"json", 'j', 0, 0, "Result as JSON on stdout instead of a table", 90},
    {"quiet", 'q', 0, 0, "No progress on stderr", 90},
    {0}};
const struct argp cli_common_argp = {common_options, parse_common, 0, 0, 0, 0, 0};

cJSON *cli_provenance(const struct cli_common *c)
{
    struct utsname u;
    cJSON *p = cJSON_CreateObject();
    cJSON_AddStringToObject(p, "version", cli_version);
    char *command = command_text("spiketwin", 0, 0);
    cJSON_AddStringToObject(p, "command", command);
    free(command);
    cli_say_warnings();
    cli_chip_add(p);
    cli_data_add(p);
    cJSON_AddNumberToObject(p, "seed", (double)c->seed);
    cJSON_AddNumberToObject(p, "threads", c->threads ? c->threads : omp_get_max_threads());
    cJSON_AddStringToObject(p, "compiler", __VERSION__);
    if (uname(&u) == 0) {
        char machine[300];
        snprintf(machine, sizeof machine, "%s %s %s", u.sysname, u.release, u.machine);
        cJSON_AddStringToObject(p, "machine", machine);
    }
    return p;
}

void cli_print_json(cJSON *json)
{
    cli_write_json(json, "-");
    cJSON_Delete(json);
}

void cli_write_json(const cJSON *json, const char *path)
{
    struct fail f;
    if (json_write(json, path, &f)) cli_die("%s", f.text);
}

void cli_write_text(const char *text, const char *path)
{
    struct fail f;
    if (file_write(path, text, strlen(text), &f)) cli_die("%s", f.text);
}

void cli_make_folder(const char *path)
{
    struct fail f;
    if (file_make_folder(path, &f)) cli_die("%s", f.text);
}

const char *cli_shape_text(const struct image_shape *s, char *text, size_t size)
{
    size_t used = 0;
    *text = 0;
    for (int l = 0; l < s->n_layers && used < size; l++) {
        used +=
            (size_t)snprintf(text + used, size - used, "%s%d%s", l ? " -> " : "", s->layer[l].n_out,
                             s->layer[l].topology == IMAGE_ONE_TO_ONE ? " (one to one)"
                             : s->layer[l].recurrent                  ? " (recurrent)"
                                                                      : "");
        if (s->layer[l].taps > 1 && used < size)
            used += (size_t)snprintf(text + used, size - used, " (%d taps, %d ticks apart)",
                                     s->layer[l].taps, s->layer[l].spacing);
    }
    return text;
}
