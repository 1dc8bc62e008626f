#include "cosim/golden_json.h"
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

int vectors_memory_bits(const struct law *law, enum image_word word)
{
    int bits = image_word_bits(law, word);
    bool factor = word >= WORD_LAMBDA && word <= WORD_MU_SLOPE;
    return factor && bits < 16 ? 16 : bits;
}

static void put_memory(FILE *file, const struct image_layer *y, const struct memory *m)
{
    for (int i = 0; i < m->n; i++)
        fprintf(
            file, "%0*llx\n", (m->bits + 3) / 4,
            (unsigned long long)((uint64_t)word_at(y, m->word, i) & (uint64_t)fx_umax(m->bits)));
}

// A whole file or none. `y` and `m`, or `text`.
static int write_file(const char *folder, const char *name, const struct image_layer *y,
                      const struct memory *m, const char *text, struct fail *f)
{
    char path[4096], *bytes = 0;
    size_t n = 0;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return fail(f, "%s: a path of at most %zu bytes", folder, sizeof path);
    FILE *to = open_memstream(&bytes, &n);
    if (!to) return fail(f, "%s: out of memory", path);
    if (text)
        fprintf(to, "%s\n", text);
    else
        put_memory(to, y, m);
    int bad = ferror(to);
    bad |= fclose(to);
    bad = bad ? fail(f, "%s: out of memory", path) : file_write(path, bytes, n, f);
    free(bytes);
    return bad;
}

static int write_image_json(const struct image *im, const char *folder, struct fail *f)
{
    cJSON *json = golden_image_json(im);
    char *text = json ? cJSON_Print(json) : 0;
    int rc = text ? write_file(folder, "chip.json", 0, 0, text, f)
                  : fail(f, "%s/chip.json: out of memory", folder);
    free(text);
    cJSON_Delete(json);
    return rc;
}

int vectors_memories(const struct image *im, const char *folder, struct fail *f)
{
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        for (int word = WORD_WEIGHT; word < WORD_V; word++) {
            struct memory m = {(enum image_word)word,
                               vectors_memory_bits(&im->law, (enum image_word)word),
                               word == WORD_WEIGHT ? y->n_rows * y->n_out : y->n_out};
            char name[64];
            if (!m.bits) continue;
            snprintf(name, sizeof name, "layer%d_%s.hex", l, image_word_names[word]);
            if (write_file(folder, name, y, &m, 0, f)) return -1;
        }
    }
    return write_image_json(im, folder, f);
}
