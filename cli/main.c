// spiketwin VERB: finds the verb; everything else is in cli/VERB.c.
#include "cli/cli.h"

#include "cli/command.h"
#include "cli/nearest.h"
#include "cli/stop.h"
#include "cli/streams.h"
#include "twin/io/json_io.h"

#include <stdio.h>
#include <string.h>

static const struct verb *const verbs[] = {
    &verb_demo,     &verb_train, &verb_predict, &verb_drc,      &verb_replay,      &verb_calibrate,
    &verb_cosim,    &verb_make,  &verb_gen,     &verb_dut,      &verb_check,       &verb_adequacy,
    &verb_identify, &verb_rtl,   &verb_bench,   &verb_formal,   &verb_faults,      &verb_report,
    &verb_info,     &verb_map,   &verb_unmap,   &verb_quantise, &verb_sensitivity, &verb_mismatch,
    &verb_import,   &verb_run,   &verb_round};
enum { N_VERBS = sizeof verbs / sizeof *verbs };

static void help(FILE *to)
{
    fputs("usage: spiketwin VERB [options]\n\n"
          "A digital twin for spiking chips: one integer model trains, predicts and verifies.\n\n",
          to);
    for (int i = 0; i < N_VERBS; i++)
        fprintf(to, "  %-11s %s\n", verbs[i]->name, verbs[i]->summary);
    fputs("\n`spiketwin VERB --help` tells each verb's options. A first round:\n\n"
          "  spiketwin train --chip fpga-q8.8 --data DIR --out run\n"
          "  spiketwin predict run/net.nir --data DIR --chips 100\n"
          "  spiketwin replay run/net.nir --data DIR --virtual-chip 13\n"
          "  spiketwin cosim run/net.nir --data DIR --chips 0..3\n\n"
          "Exit codes: 0 same or done, 1 differs, 2 could not run.\n",
          to);
}

static void refuse_verb(const char *given)
{
    struct nearest near = nearest_to(given);
    for (int i = 0; i < N_VERBS; i++)
        nearest_try(&near, verbs[i]->name);
    if (near.word)
        cli_die("%s: no such verb; did you mean %s? (see spiketwin --help)", given, near.word);
    cli_die("%s: no such verb (see spiketwin --help)", given);
}

// -h is --help, unless it may be the value of an option before it.
static void read_short_help(int argc, char **argv)
{
    static char help[] = "--help";
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (strcmp(argv[i], "-h") == 0 && (i < 3 || argv[i - 1][0] != '-')) argv[i] = help;
}

int main(int argc, char **argv)
{
    argp_err_exit_status = EXIT_COULD_NOT;
    command_set(argc, argv);
    streams_open();
    stop_open();
    json_memory(cli_no_memory);
    if (argc < 2) {
        help(stderr);
        return streams_end(EXIT_COULD_NOT);
    }
    read_short_help(argc, argv);
    if (strcmp(argv[1], "help") == 0 && argc == 3) { // help VERB is VERB --help
        char *verb = argv[2];
        static char asked[] = "--help";
        argv[1] = verb;
        argv[2] = asked;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--complete") == 0) {
        for (int i = 0; i < N_VERBS; i++)
            printf("%s\t%s\n", verbs[i]->name, verbs[i]->summary);
        return streams_end(EXIT_SAME);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("spiketwin %s\n", cli_version);
        return 0;
    }
    for (int i = 0; i < N_VERBS; i++)
        if (strcmp(argv[1], verbs[i]->name) == 0)
            return streams_end(verbs[i]->run(argc - 1, argv + 1));
    refuse_verb(argv[1]);
}
