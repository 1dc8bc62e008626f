#include "cosim/vectors/golden_json.h"
#include "cosim/vectors/vectors.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct memory {
    int word;
    int bits;
    int n;
};

// Addresses as in rtl/stw_layer.sv: weights at neuron · rows + row.
static int64_t word_at(const struct image *im, int layer, int word, int at)
{
    const struct image_layer *y = &im->layer[layer];
    if (word == WORD_WEIGHT) return y->w[at % y->n_rows * y->n_out + at / y->n_rows];
    return law_get(&im->kind->word[word], image_words(im, layer, at));
}

int vectors_memory_bits(const struct law_kind *kind, const void *params, int word)
{
    int bits = kind->word[word].range(params).bits;
    bool factor = kind == &lif_kind && word >= WORD_LAMBDA && word <= WORD_MU_SLOPE;
    return factor && bits < 16 ? 16 : bits;
}

static int write_text(const char *folder, const char *name, const char *text, size_t n,
                      struct fail *f)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return fail(f, "%s: a path of at most %zu bytes", folder, sizeof path);
    return file_write(path, text, n, f);
}

static int write_memory(const char *folder, const char *name, const struct image *im, int layer,
                        const struct memory *m, struct fail *f)
{
    char *text = 0;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to) return fail(f, "%s/%s: out of memory", folder, name);
    for (int i = 0; i < m->n; i++)
        fprintf(to, "%0*llx\n", (m->bits + 3) / 4,
                (unsigned long long)((uint64_t)word_at(im, layer, m->word, i) &
                                     (uint64_t)fx_umax(m->bits)));
    int bad = ferror(to);
    bad |= fclose(to) || !text; // for want of memory at its end fclose gives no error
    bad =
        bad ? fail(f, "%s/%s: out of memory", folder, name) : write_text(folder, name, text, n, f);
    free(text);
    return bad;
}

static int write_image_json(const struct image *im, const char *folder, struct fail *f)
{
    cJSON *json = golden_image_json(im);
    char *text = json ? cJSON_Print(json) : 0;
    int rc = text ? write_text(folder, "chip.json", text, strlen(text), f)
                  : fail(f, "%s/chip.json: out of memory", folder);
    cJSON_free(text);
    cJSON_Delete(json);
    return rc;
}

int vectors_memories(const struct image *im, const char *folder, struct fail *f)
{
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *y = &im->layer[l];
        for (int word = WORD_WEIGHT; word < im->kind->first_state; word++) {
            struct memory m = {word, vectors_memory_bits(im->kind, im->params, word),
                               word == WORD_WEIGHT ? y->n_rows * y->n_out : y->n_out};
            char name[64];
            if (!m.bits) continue;
            snprintf(name, sizeof name, "layer%d_%s.hex", l, im->kind->word[word].name);
            if (write_memory(folder, name, im, l, &m, f)) return -1;
        }
    }
    return write_image_json(im, folder, f);
}
