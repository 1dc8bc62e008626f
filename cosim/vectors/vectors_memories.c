#include "cosim/vectors/golden_json.h"
#include "cosim/vectors/vectors.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Addresses as in rtl/stw_layer.sv: weights at neuron · rows + row.
int64_t vectors_memory_word(const struct law_image *im, int layer, int word, int at)
{
    const int rows = im->layer[layer].n_rows;
    switch (im->kind->word[word].scope) {
    case LAW_SYNAPSE:
        return law_image_word(im, layer, word, at / rows, at % rows);
    case LAW_CHIP:
        return law_image_word(im, layer, word, 0, at);
    default:
        return law_image_word(im, layer, word, at, 0);
    }
}

static int memory_bits(const struct law_kind *kind, const void *params, int word)
{
    int bits = kind->word[word].range(params).bits;
    bool factor = kind == &lif_kind && word >= WORD_LAMBDA && word <= WORD_MU_SLOPE;
    return factor && bits < 16 ? 16 : bits;
}

struct vectors_memory vectors_memory_of(const struct law_kind *kind, const void *params, int layer,
                                        int rows, int neurons, int word)
{
    const struct law_word *x = &kind->word[word];
    struct vectors_memory m = {.bits = memory_bits(kind, params, word)};
    if (x->scope == LAW_CHIP)
        m.n = x->entries ? x->entries(params) : 1;
    else
        m.n = x->scope == LAW_SYNAPSE ? rows * neurons : neurons;
    if (x->scope == LAW_CHIP)
        snprintf(m.name, sizeof m.name, "chip_%s.hex", x->name);
    else
        snprintf(m.name, sizeof m.name, "layer%d_%s.hex", layer, x->name);
    for (char *at = m.name; (at = strchr(at, ' '));)
        *at = '_';
    m.there = m.bits > 0 && (x->scope != LAW_CHIP || layer == 0);
    return m;
}

static int write_memory(const char *folder, const struct law_image *im, int layer, int word,
                        const struct vectors_memory *m, struct fail *f)
{
    char *text = 0;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to) return fail(f, "%s/%s: out of memory", folder, m->name);
    for (int i = 0; i < m->n; i++)
        fprintf(to, "%0*llx\n", (m->bits + 3) / 4,
                (unsigned long long)((uint64_t)vectors_memory_word(im, layer, word, i) &
                                     (uint64_t)fx_umax(m->bits)));
    int bad = ferror(to);
    bad |= fclose(to) || !text; // for want of memory at its end fclose gives no error
    bad = bad ? fail(f, "%s/%s: out of memory", folder, m->name)
              : file_write_in(folder, m->name, text, n, f);
    free(text);
    return bad;
}

int vectors_chip_json(const struct law_image *im, const char *folder, struct fail *f)
{
    cJSON *json = golden_image_json(im);
    char *text = json ? cJSON_Print(json) : 0;
    int rc = text ? file_write_in(folder, "chip.json", text, strlen(text), f)
                  : fail(f, "%s/chip.json: out of memory", folder);
    cJSON_free(text);
    cJSON_Delete(json);
    return rc;
}

int vectors_memories(const struct law_image *im, const char *folder, struct fail *f)
{
    for (int l = 0; l < im->shape.n_layers; l++)
        for (int word = 0; word < im->kind->first_state; word++) {
            const struct vectors_memory m = vectors_memory_of(
                im->kind, im->law, l, im->layer[l].n_rows, im->shape.layer[l].n_out, word);
            if (m.there && write_memory(folder, im, l, word, &m, f)) return -1;
        }
    return vectors_chip_json(im, folder, f);
}
