// What a DYNAP-SE2 net is shown, opened: sound, events or arrays by the door of all chips (--data), else event
// patterns.
#ifndef CLI_TRAIN_DPI_SHOWN_H
#define CLI_TRAIN_DPI_SHOWN_H

#include "cli/train/patterns.h"
#include "twin/task/patterns/dpi_ears.h"

// Data as the door of all chips has it, which asks what chip and net hear it.
struct dpi_data {
    struct chip
        ears; // tick, input words: events; or the front end of another chip, which hears sound
    struct net
        knows; // inputs, labels and speakers of the net; its texts are the net's, but for `told`
    struct labels told; // by --labels, of a net that has none
    struct corpus *corpus;
    int *clip; // (n) that are shown
    int *held; // (n_held) of training speakers who were held back, if they were asked for
    int n, n_held;
};

// The clips of the split that was told, for a net; with held_percent above 0 those that such a share holds back
// of training as well.
void dpi_data_open(struct dpi_data *d, const struct dpi_net *net, const char *path,
                   const char *chip, struct cli_common *c, int held_percent, struct progress *p);

// Opens what trains, of whose speakers `held_percent` are held back. *front_file: the text of the chip file whose
// front end hears sound, malloc'd, else NULL. Which clips are for what is left open.
void dpi_data_train(struct dpi_data *d, const struct dynapse_chip *chip, const char *front,
                    struct cli_common *c, int held_percent, struct progress *p, char **front_file);

// A task of n clips of it, by the tick and encoder of the net.
void dpi_data_task(struct dpi_task *t, const struct dpi_data *d, const int *clip, int n, double dt,
                   double front_rate);
void dpi_data_close(struct dpi_data *d); // a zeroed one is legal

// A net with its chip and what it is shown.
struct dpi_shown {
    struct dynapse_chip file;
    struct dpi_varied chip;
    struct dpi_net net;
    struct dpi_data data; // of no event patterns
    struct dpi_task shown;
    struct faults faults;
    struct dpi_job dpi, sound; // sound: for a prediction's, without faults
};

// Loads the net of `path` and its chip (`chip` if not NULL), and fills *job, for the words of virtual chips: it
// has no task. *o has the net's law from then on, if it says one and none was told.
void dpi_shown_load(struct dpi_shown *x, struct predict_job *job, const char *path,
                    const char *chip, struct patterns_options *o, const struct cli_common *common);

// The same, with a list of faults (NULL: none), and opens what the net is shown: *task, which points into *x.
// held_percent: of dpi_data_open. Dies, also where options of patterns and of data are mixed.
void dpi_shown_open(struct dpi_shown *x, struct predict_job *job, struct task *task,
                    const char *path, const char *chip, const char *faults,
                    struct patterns_options *o, struct cli_common *common, int held_percent,
                    struct progress *p);
// How many events each input has in each tick of an item, as chip k is shown it: words (n_ticks, n_in). Dies
// where an input has more than a word holds.
void dpi_shown_words(const struct dpi_shown *x, uint64_t seed, uint32_t k, int item,
                     uint8_t *words);
void dpi_shown_close(struct dpi_shown *x);

// "2 showings of 2 patterns", or "250 clips of 30 speakers (validation)", with the law.
void dpi_shown_title(const struct dpi_shown *x, const struct task *task,
                     const struct patterns_options *o, const struct cli_common *common, char *text,
                     size_t size);

// What was given as data, and its split: NULL: it has none.
const char *dpi_shown_data(const struct dpi_shown *x, const struct patterns_options *o,
                           const struct cli_common *common);
const char *dpi_shown_split(const struct dpi_shown *x, const struct cli_common *common);

#endif
