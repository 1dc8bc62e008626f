// A net and the words of one of its virtual chips, for the verbs that pipe vectors: of any law.
#ifndef CLI_COSIM_LOADED_H
#define CLI_COSIM_LOADED_H

#include "cli/train/dpi_shown.h"
#include "cosim/vectors/vectors.h"

// Which net and chip.
struct loaded_options {
    const char *net;
    const char *chip; // another chip file than the net's own, or NULL
    uint32_t k;
    struct patterns_options patterns; // of a DYNAP-SE2 net
};

struct loaded {
    const struct loaded_options *o;
    uint64_t seed;
    struct law_image view; // the chip's words
    const char *chip_name;
    struct chip chip;    // of a net that is no DYNAP-SE2's
    struct net net;      //
    struct image *image; //
    struct loaded_dpi {
        struct dpi_shown shown;
        struct predict_job job;
        struct task task; // if it was opened, with what is shown
        struct dpi_image *image;
    } * dpi; // of a DYNAP-SE2 net; else NULL
};

// shown: opens what a DYNAP-SE2 net is shown too. Exits with a message if it cannot be loaded.
void loaded_open(struct loaded *l, struct loaded_options *o, struct cli_common *common, bool shown);
void loaded_close(struct loaded *l);

// Exits with a message where the chip cannot be made of the net.
void loaded_require_words(const struct loaded *l);

// Provenance of vectors, up to the image.
void loaded_head(const struct loaded *l, struct vectors_writer *w);

// The file, or stdin of NULL or "-". Exits with a message.
FILE *loaded_input(const char *file);

#endif
