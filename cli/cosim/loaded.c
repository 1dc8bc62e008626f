#include "cli/cosim/loaded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void loaded_open(struct loaded *l, const char *net, const char *chip, uint64_t seed, uint32_t k)
{
    if (!net) cli_die("NET is needed: the net.nir of a run folder");
    cli_load_net(&l->net, &l->chip, net, chip);
    l->image = virtual_chip_new(&l->chip, &l->net.shape);
    if (!l->image) cli_die("out of memory");
    virtual_chip_make(l->image, &l->chip, &l->net, seed, k, 0);
}

void loaded_close(struct loaded *l)
{
    virtual_chip_free(l->image);
    net_fini(&l->net);
}

FILE *loaded_input(const char *file)
{
    if (!file || strcmp(file, "-") == 0) return stdin;
    FILE *f = fopen(file, "r");
    if (!f) cli_die("%s: %s", file, strerror(errno));
    return f;
}
