// spiketwin VERB: finds the verb; everything else is in cli/VERB.c.
#include "cli/cli.h"

#include "cli/command.h"
#include "cli/stop.h"
#include "cli/streams.h"
#include "twin/io/json_io.h"

#include <stdio.h>
#include <string.h>

static const struct verb *const verbs[] = {
    &verb_train, &verb_predict, &verb_drc,      &verb_replay,      &verb_calibrate, &verb_cosim,
    &verb_make,  &verb_gen,     &verb_dut,      &verb_check,       &verb_report,    &verb_info,
    &verb_map,   &verb_unmap,   &verb_quantise, &verb_sensitivity, &verb_import,    &verb_run};
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
          "  spiketwin replay run/net.nir --data DIR --chip 13\n"
          "  spiketwin cosim run/net.nir --data DIR --chips 0..3\n\n"
          "Exit codes: 0 same or done, 1 differs, 2 could not run.\n",
          to);
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
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("spiketwin " SPIKETWIN_VERSION);
        return 0;
    }
    for (int i = 0; i < N_VERBS; i++)
        if (strcmp(argv[1], verbs[i]->name) == 0)
            return streams_end(verbs[i]->run(argc - 1, argv + 1));
    cli_die("%s: no such verb (see spiketwin --help)", argv[1]);
}
