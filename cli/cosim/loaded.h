// A net and the words of one of its virtual chips, for the verbs that pipe vectors.
#ifndef CLI_COSIM_LOADED_H
#define CLI_COSIM_LOADED_H

#include "cli/cli.h"

struct loaded {
    struct chip chip;
    struct net net;
    struct image *image;
};

// chip: another chip file than the net's own, or NULL. Exits with a message if it cannot be loaded.
void loaded_open(struct loaded *l, const char *net, const char *chip, uint64_t seed, uint32_t k);
void loaded_close(struct loaded *l);

// The file, or stdin of NULL or "-". Exits with a message.
FILE *loaded_input(const char *file);

#endif
