#include "cosim/vectors.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct memory {
    const char *name;
    int bits;
    int n;
    int32_t (*word)(const struct image_layer *y, int address);
};

// Addresses of weights as in rtl/stw_layer.sv: neuron · n_source + source.
static int32_t weight(const struct image_layer *y, int at)
{
    return y->w[at % y->n_source * y->n_out + at / y->n_source];
}
static int32_t lambda(const struct image_layer *y, int n)
{
    return y->neuron[n].lambda;
}
static int32_t lambda_slope(const struct image_layer *y, int n)
{
    return y->neuron[n].lambda_slope;
}
static int32_t mu(const struct image_layer *y, int n)
{
    return y->neuron[n].mu;
}
static int32_t mu_slope(const struct image_layer *y, int n)
{
    return y->neuron[n].mu_slope;
}
static int32_t theta(const struct image_layer *y, int n)
{
    return y->neuron[n].theta;
}
static int32_t bias(const struct image_layer *y, int n)
{
    return y->neuron[n].bias;
}

// To a temporary file, synced, then renamed.
static int write_memory(const struct image_layer *y, const struct memory *m, const char *path)
{
    char part[1100];
    snprintf(part, sizeof part, "%s.part", path);
    FILE *f = fopen(part, "w");
    if (!f) return -1;
    for (int i = 0; i < m->n; i++)
        fprintf(f, "%0*llx\n", (m->bits + 3) / 4,
                (unsigned long long)((uint64_t)m->word(y, i) & (uint64_t)fx_umax(m->bits)));
    int rc = fflush(f) || fsync(fileno(f)) || ferror(f);
    rc |= fclose(f);
    return rc || rename(part, path) ? -1 : 0;
}

int vectors_memories(const struct image *im, const char *folder, char *message, size_t size)
{
    int v_bits = law_bits(im->law.membrane), w_bits = law_bits(im->law.weight);
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        const struct memory all[] = {{"weight", w_bits, y->n_source * y->n_out, weight},
                                     {"lambda", 16, y->n_out, lambda},
                                     {"lambda_slope", 16, y->n_out, lambda_slope},
                                     {"mu", 16, y->n_out, mu},
                                     {"mu_slope", 16, y->n_out, mu_slope},
                                     {"theta", v_bits, y->n_out, theta},
                                     {"bias", v_bits, y->n_out, bias}};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            char path[1024];
            snprintf(path, sizeof path, "%s/layer%d_%s.hex", folder, l, all[i].name);
            if (write_memory(y, &all[i], path)) {
                snprintf(message, size, "%s: %s", path, strerror(errno));
                return -1;
            }
        }
    }
    return 0;
}
