// spiketwin dynapse2 ACTION: DYNAP-SE2 nets.
#include "cli/dynapse2/dynapse2.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} actions[] = {
    {"train", "train a net through mismatch", dynapse2_train},
};
enum { N_ACTIONS = sizeof actions / sizeof *actions };

static void help(FILE *to)
{
    fputs("usage: spiketwin dynapse2 ACTION [options]\n\n"
          "Nets of DPI neurons for the DYNAP-SE2: 60 inputs, 2 neurons with recurrence, that tell "
          "two\n"
          "patterns of frozen noise apart on chips of which no two are alike.\n\n",
          to);
    for (int i = 0; i < N_ACTIONS; i++)
        fprintf(to, "  %-9s %s\n", actions[i].name, actions[i].summary);
    fputs("\n`spiketwin dynapse2 ACTION --help` tells each action's options. A first round:\n\n"
          "  spiketwin dynapse2 train --events DIR --out run\n"
          "  spiketwin predict run/net.h5 --events DIR --chips 2000 --limit 1\n",
          to);
}

static int run(int argc, char **argv)
{
    static char name[64];
    if (argc < 2) {
        help(stderr);
        return EXIT_COULD_NOT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) {
        help(stdout);
        return EXIT_SAME;
    }
    for (int i = 0; i < N_ACTIONS; i++)
        if (strcmp(argv[1], actions[i].name) == 0) {
            snprintf(name, sizeof name, "dynapse2 %s", argv[1]);
            argv[1] = name;
            return actions[i].run(argc - 1, argv + 1);
        }
    cli_die("dynapse2 %s: no such action (see spiketwin dynapse2 --help)", argv[1]);
}

const struct verb verb_dynapse2 = {"dynapse2", "DYNAP-SE2: train a net of DPI neurons", run};
