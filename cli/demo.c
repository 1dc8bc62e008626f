// spiketwin demo: the main job, from speech to report, as scripts/demo does it.
#include "cli/cli.h"
#include "cli/options.h"

#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct options {
    struct option_set told;
    const char *out, *data, *words;
};

static const struct option_row rows[] = {
    OPT_TEXT(0, 1, "out", 'o', "DIR",
             "Folder for nets, results and report.html (default spiketwin-demo)",
             offsetof(struct options, out)),
    OPT_TEXT(0, 1, "data", 'd', "PATH",
             "Recordings in the layout of Speech Commands (default: a corpus that is made with "
             "espeak-ng)",
             offsetof(struct options, data)),
    OPT_TEXT(0, 1, "words", 'w', "A,B", "Labels to tell apart (default: all that are there)",
             offsetof(struct options, words))};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    return key == ARGP_KEY_INIT ? 0 : options_parse(&o->told, key, arg);
}

static int run(int argc, char **argv)
{
    struct options o = {0};
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    const struct argp argp = {
        o.told.list,
        parse,
        0,
        "Speech in, trained twins, predicted yield, RTL in lockstep, report out: a recurrent net "
        "and a feed-forward one, 100 virtual chips of each, four of them in Verilated RTL. About "
        "four minutes on two cores.\v"
        "Every step is a call of spiketwin, which the script share/spiketwin/scripts/demo shows. "
        "Needs Verilator, g++ and gnuplot, and without --data espeak-ng and Python.\n"
        "Example: spiketwin demo --out demo && xdg-open demo/report.html",
        0,
        0,
        0};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    options_take(&o.told, 0, "", &o);
    if (o.words && !o.data) cli_die("--words goes with --data");
    if (o.data && access(o.data, R_OK | X_OK)) cli_die("--data %s: %s", o.data, strerror(errno));
    char script[2 * FILE_PATH], program[FILE_PATH];
    snprintf(script, sizeof script, "%s/scripts/demo", cli_home());
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n < 0) cli_die("/proc/self/exe: %s", strerror(errno));
    program[n] = 0;
    const char *const command[] = {script,
                                   program,
                                   o.out ? o.out : "spiketwin-demo",
                                   o.data ? o.data : "",
                                   o.words ? o.words : "",
                                   0};
    execv(script, (char *const *)command);
    cli_die("%s: %s", script, strerror(errno));
}

const struct verb verb_demo = {"demo", "the main job, from speech to report", run};
