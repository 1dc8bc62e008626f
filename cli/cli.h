// What the verbs share: option parsing, messages, progress, provenance, output files.
//
// cli/ is the only place that prints and exits. Data goes to stdout, everything else to stderr.
// Exit codes: 0 same or done, 1 differs, 2 could not run.
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "twin/dpi/dpi_net.h"
#include "twin/chip/dynapse_chip.h"
#include "twin/io/progress.h"
#include "twin/task/corpus.h"
#include "twin/task/events/events.h"
#include "twin/net/virtual_chip.h"

#include <argp.h>
#include <cjson/cJSON.h>
#include <stdio.h>

enum { EXIT_SAME = 0, EXIT_DIFFERS = 1, EXIT_COULD_NOT = 2 };

struct verb {
    const char *name;
    const char *summary; // one line for `spiketwin --help`
    int (*run)(int argc, char **argv);
};
extern const struct verb verb_demo, verb_train, verb_predict, verb_drc, verb_replay, verb_calibrate,
    verb_cosim, verb_make, verb_gen, verb_dut, verb_check, verb_adequacy, verb_identify, verb_rtl,
    verb_bench, verb_formal, verb_faults, verb_report, verb_info, verb_map, verb_unmap,
    verb_quantise, verb_sensitivity, verb_mismatch, verb_import, verb_run, verb_round;

// What --set was given, the i-th of it; NULL: no more.
const char *cli_chip_set(int i);

// One more, as if --set had been given: "path=value", the caller's, kept.
void cli_chip_change(const char *set);

// Options that most verbs take. Which of them a verb shows is up to its argp_child table.
struct cli_common {
    const char *data;         // folder of recordings, or a file or folder of events
    const char *words;        // "yes,no", or NULL for all
    const char *speaker;      // a regular expression, or NULL
    enum dataset_split split; // DATASET_SPLITS: not told
    int ticks, units;         // of events; 0: as many as there are
    int clip_ms;              // of recordings; 0: not told, -1: the longest
    bool windows;
    const char *features; // of recordings: a file of what was heard, or NULL
    enum events_time time;
    bool targets; // the verb takes data with targets over time
    uint64_t seed;
    int threads; // 0: all cores
    bool json;
    bool quiet;
};
extern const struct argp cli_common_argp; // --seed --threads --json --quiet
extern const struct argp cli_chip_argp;   // --set; no input
extern const struct argp cli_data_argp;   // --data --labels --split ...

// Options of a verb, a line each: for completion; and "LETTER\tNAME" of those that have a letter.
void cli_complete(const struct argp *argp);
void cli_letters(const struct argp *argp);

// Tries all long names of a verb; whether one begins so ("chip", "chip=x").
struct nearest;
void cli_nearest_option(const struct argp *argp, struct nearest *n);
bool cli_has_option(const struct argp *argp, const char *given);

// argp_parse with one-line errors and exit 2; input is the verb's own struct, of `size` bytes.
void cli_parse(const struct argp *argp, int argc, char **argv, void *input, size_t size);

// Prints "spiketwin VERB: text" on stderr and exits with 2.
void cli_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

// "spiketwin VERB: warning: text" on stderr, said once it is clear that the verb goes on: when its
// data is open, with its provenance, or at its end. A verb that refuses says only why.
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_say_warnings(void);
void cli_mute_warnings(void); // of processes that do the same as another one, which says them

// The same line without the end of the program.
void cli_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

void cli_no_memory(void) __attribute__((noreturn)); // cli_die("out of memory")

// Ends what open_memstream(text, ..) writes, or dies: memory may have been out for a part of it, or
// for its end, which fclose does not say.
void cli_end_text(FILE *to, char *const *text);

// Value of an option, or cli_die naming the option, the value and the allowed range.
double cli_number(const char *option, const char *text, double lo, double hi);
int64_t cli_integer(const char *option, const char *text, int64_t lo, int64_t hi);

// Progress on stderr with the time left: a line that is redrawn, only when stderr is a terminal.
struct progress *cli_progress(const struct cli_common *c);
void cli_progress_done(struct progress *p);

// The folder that chips/ and rtl/ lie in: $SPIKETWIN_HOME; else PREFIX/share/spiketwin of PREFIX/bin/spiketwin, or the
// source tree that the program was built in. Absolute. Exits with a message where there is none.
const char *cli_home(void);

// Where the chip file of a name is ("fpga-q8.8": looked for in ./chips and cli_home()); a path
// is itself.
void cli_chip_path(const char *name_or_path, char *path, size_t size);

// The chip file of a name ("fpga-q8.8": looked for in ./chips and cli_home()) or a path; its
// name and hash go into cli_provenance from then on. cli_load_dynapse: of family dpi.
void cli_load_chip(struct chip *c, const char *name_or_path);
void cli_load_dynapse(struct dynapse_chip *c, const char *name_or_path);
bool cli_chip_is_dpi(const char *name_or_path); // a chip file that says so

// The text of the chip file that is in use, for net_keep_chip; NULL: none.
const char *cli_chip_file(void);

// "chip" and "chip_hash" of the chip in use.
void cli_chip_add(cJSON *json);

// The net that an argument names: a file, or of a run folder its net.nir or net.h5. Exits with a message where a
// folder has neither.
const char *cli_net(const char *given);

// A net and its chip: `chip` if not NULL (a warning says where it is another than the net's), else
// that of the net's own file. An older net has only the name of one, and a warning says so.
void cli_load_net(struct net *n, struct chip *c, const char *path, const char *chip);

// The same for a verb that runs the net on data: its chip's words have to hold it.
void cli_load_runnable(struct net *n, struct chip *c, const char *path, const char *chip);

// Exits with a message where the chip's law is not lif, which `what` is of.
void cli_require_lif(const struct chip *c, const char *what);

// Exits with a message where the chip cannot be made of the net (virtual_chip_check).
void cli_require_words(const struct chip *c, const struct net *n, const char *path);

// Whether a net is one of DPI neurons: a net.h5, or the JSON of a reference trace. Dies where it cannot
// be read.
bool cli_is_dpi_net(const char *path);

// The same of a DPI net (net.h5, or the JSON of a reference trace), with "dynapse2" where nothing
// else is known. c NULL: the net alone.
void cli_load_dpi_net(struct dpi_net *n, struct dynapse_chip *c, const char *path,
                      const char *chip);

// The items of the splits from first to last, for a net or to train one (net NULL). Says what of
// the data is not heard as it is.
struct corpus *cli_open_data(const struct chip *c, const struct net *net,
                             const struct cli_common *common, int held_percent,
                             enum dataset_split first, enum dataset_split last, struct progress *p);
// The same of the one split that was told, else validation, or test where events have no other; o->split
// is it from then on. Its items, on the heap; dies where there are none.
struct corpus *cli_open_split(const struct chip *c, const struct net *net, struct cli_common *o,
                              int **clip, int *n, struct progress *p);
void cli_close_data(struct corpus *c); // NULL is legal

// "data" of the folder in use: where it lies, its hash, who says who speaks.
void cli_data_add(cJSON *json);

extern const char cli_version[]; // as packaging/version says it

// {version, command, seed, threads, machine, compiler, date-free}: how a result came about.
cJSON *cli_provenance(const struct cli_common *c);

// JSON on stdout, or as a whole file (base/file.h).
void cli_print_json(cJSON *json);
void cli_write_json(const cJSON *json, const char *path);
void cli_write_text(const char *text, const char *path);
void cli_make_folder(const char *path); // with its parents

// "16:one 64:rec 2": the shape in words.
const char *cli_shape_text(const struct image_shape *s, char *text, size_t size);

#endif
