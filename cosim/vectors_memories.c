#include "cosim/vectors.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

struct memory {
    enum image_word word;
    int bits;
    int n;
};

// Addresses as in rtl/stw_layer.sv: weights at neuron · rows + row.
static int32_t word_at(const struct image_layer *y, enum image_word word, int at)
{
    if (word == WORD_WEIGHT) return y->w[at % y->n_rows * y->n_out + at / y->n_rows];
    return image_neuron_word(&y->neuron[at], word);
}

static int write_memory(const struct image_layer *y, const struct memory *m, const char *path,
                        struct fail *f)
{
    char *text = 0;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to) return fail(f, "%s: out of memory", path);
    for (int i = 0; i < m->n; i++)
        fprintf(
            to, "%0*llx\n", (m->bits + 3) / 4,
            (unsigned long long)((uint64_t)word_at(y, m->word, i) & (uint64_t)fx_umax(m->bits)));
    int bad = ferror(to);
    bad |= fclose(to);
    bad = bad ? fail(f, "%s: out of memory", path) : file_write(path, text, n, f);
    free(text);
    return bad;
}

int vectors_memories(const struct image *im, const char *folder, char *message, size_t size)
{
    struct fail f;
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        for (int word = WORD_WEIGHT; word < WORD_V; word++) {
            struct memory m = {(enum image_word)word,
                               image_word_bits(&im->law, (enum image_word)word),
                               word == WORD_WEIGHT ? y->n_rows * y->n_out : y->n_out};
            bool factor = word >= WORD_LAMBDA && word <= WORD_MU_SLOPE;
            if (factor && m.bits < 16) m.bits = 16; // always there, in 16 bits or more
            if (!m.bits) continue;
            char path[1024];
            snprintf(path, sizeof path, "%s/layer%d_%s.hex", folder, l, image_word_names[word]);
            if (write_memory(y, &m, path, &f)) {
                snprintf(message, size, "%s", f.text);
                return -1;
            }
        }
    }
    return 0;
}
