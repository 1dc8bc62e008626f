#include "cosim/golden/golden_load.h"

#include "cosim/vectors/golden_json.h"
#include "cosim/vectors/vectors_reader.h"
#include "cosim/vectors/vectors_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOAD_PATH = 4096, JSON_BYTES = 1 << 22 };

// The size of a regular file, or -1 with a message.
static int64_t size_of(const char *path, struct fail *f)
{
    struct stat st;
    if (stat(path, &st)) return fail(f, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode)) return fail(f, "%s: no regular file", path);
    return st.st_size;
}

// A whole text file of `least` to `most` bytes on the heap, or NULL with a message.
static char *read_text(const char *path, int64_t least, int64_t most, struct fail *f)
{
    int64_t n = size_of(path, f);
    if (n < 0) return 0;
    if (n < least || n > most) {
        fail(f, "%s: %lld bytes, allowed %lld..%lld", path, (long long)n, (long long)least,
             (long long)most);
        return 0;
    }
    FILE *file = fopen(path, "r");
    char *text = file ? malloc((size_t)n + 1) : 0;
    if (!text)
        fail(f, "%s: %s", path, strerror(errno));
    else {
        size_t got = fread(text, 1, (size_t)n, file);
        text[got] = 0;
        if (got != (size_t)n || fgetc(file) != EOF || strlen(text) != got) {
            fail(f, "%s: not a whole text file", path);
            free(text);
            text = 0;
        }
    }
    if (file) fclose(file);
    return text;
}

// --- the words -----------------------------------------------------------------------------------

struct memory {
    char path[LOAD_PATH];
    const struct law_word *kind;
    int word;
    int bits, digits, n;
    bool is_signed;
};

// The file of a kind of word of a layer. False: the law has no such word, or another layer has its file.
static bool memory_of(struct memory *m, const char *folder, const struct law_kind *kind,
                      const void *params, int layer, int word, int rows, int neurons)
{
    const struct vectors_memory of = vectors_memory_of(kind, params, layer, rows, neurons, word);
    m->word = word;
    m->kind = &kind->word[word];
    m->bits = of.bits;
    m->digits = (m->bits + 3) / 4;
    m->n = of.n;
    m->is_signed = m->kind->range(params).is_signed;
    snprintf(m->path, sizeof m->path, "%s/%s", folder, of.name);
    return of.there;
}

static int64_t least_bytes(const struct memory *m) // one newline fewer than words
{
    return (int64_t)m->n * (m->digits + 1) - 1;
}

// A word into its place; the file goes neuron by neuron, the image source by source.
static void put_word(const struct law_image *im, int layer, const struct memory *m, int at,
                     int64_t word)
{
    const int rows = im->layer[layer].n_rows, neurons = im->shape.layer[layer].n_out;
    const char *to = im->chip;
    size_t place = (size_t)at * m->kind->size;
    if (m->kind->scope == LAW_SYNAPSE) {
        to = im->layer[layer].w;
        place = (size_t)(at % rows * neurons + at / rows) * m->kind->size;
    } else if (m->kind->scope == LAW_NEURON) {
        to = im->layer[layer].neuron;
        place = (size_t)at * im->kind->neuron;
    }
    law_set(m->kind, (void *)(to + place), m->is_signed ? fx_wrap(word, m->bits) : word);
}

static int bad_word(const struct memory *m, int at, const char *token, size_t n, struct fail *f)
{
    char text[VECTORS_QUOTE];
    return fail(f, "%s: word %d of %d: %s, allowed are %d hexadecimal digits of %d bits", m->path,
                at, m->n, vectors_quote(token, n, text), m->digits, m->bits);
}

static int read_words(const struct law_image *im, int layer, const struct memory *m, struct fail *f)
{
    static const char blanks[] = " \t\r\n";
    int i = 0;
    // Each word may be parted by a carriage return too.
    char *text = read_text(m->path, 0, least_bytes(m) + m->n + 16, f), *at = text;
    if (!text) return -1;
    for (at += strspn(at, blanks); *at && i <= m->n; i++) {
        size_t n = strcspn(at, blanks);
        int64_t word = 0;
        bool fits = (int)n == m->digits;
        for (size_t k = 0; k < n && fits; k++) {
            int digit = hex_digit(at[k]);
            fits = digit >= 0;
            word = word * 16 + (digit & 15);
        }
        if (i < m->n && (!fits || word > fx_umax(m->bits))) {
            bad_word(m, i, at, n, f);
            free(text);
            return -1;
        }
        if (i < m->n) put_word(im, layer, m, i, word);
        at += n;
        at += strspn(at, blanks);
    }
    free(text);
    if (i == m->n) return 0;
    return fail(f, "%s: %s%d words, allowed %d", m->path, i > m->n ? "more than " : "",
                i > m->n ? m->n : i, m->n);
}

// Whether the weights of every layer can be in their files: their sizes say so.
static int check_sizes(const char *folder, const struct law_kind *kind, const void *params,
                       const struct image_shape *s, struct fail *f)
{
    const int synapses = kind->synapses ? kind->synapses(params) : 1;
    for (int l = 0; l < s->n_layers; l++) {
        struct memory m;
        memory_of(&m, folder, kind, params, l, 0, synapses * image_fan_in(s, l), s->layer[l].n_out);
        int64_t n = size_of(m.path, f);
        if (n < 0) return -1;
        if (n < least_bytes(&m))
            return fail(f, "%s: %lld bytes, the shape has %d words of %d digits", m.path,
                        (long long)n, m.n, m.digits);
    }
    return 0;
}

// Memory, laid out.
static int lay_out(struct golden_chip *c, const struct law_kind *kind, const void *params,
                   const struct image_shape *s, struct fail *f)
{
    if (kind != &dpi_kind) {
        const size_t bytes = image_bytes(kind, params, s);
        c->memory = aligned_alloc(64, bytes);
        if (!c->memory) return fail(f, "out of memory");
        memset(c->memory, 0, bytes);
        image_lay_out(&c->image, kind, params, s, c->memory);
        c->view = law_image_of(&c->image);
        return 0;
    }
    struct dpi_image *im = &c->dpi;
    struct dpi_layer *y = &im->layer[0];
    *im = (struct dpi_image){.n_layers = 1};
    memcpy(&im->law, params, sizeof im->law);
    *y = (struct dpi_layer){
        .n_in = s->layer[0].n_in, .n_out = s->layer[0].n_out, .recurrent = s->layer[0].recurrent};
    if (s->layer[0].max_spikes != im->law.max_spikes)
        return fail(f, "chip.json: layers, 0, max_spikes: %d, the law has %d",
                    s->layer[0].max_spikes, im->law.max_spikes);
    const size_t neurons = (size_t)y->n_out * sizeof *y->neuron;
    c->memory = calloc(1, sizeof *im->tables + neurons +
                              (size_t)dpi_sources(y) * (size_t)y->n_out * sizeof *y->w);
    if (!c->memory) return fail(f, "out of memory");
    y->neuron = c->memory; // of the largest alignment
    im->tables = (struct dpi_tables *)(y->neuron + y->n_out);
    y->w = (int32_t *)(im->tables + 1);
    c->view = law_image_dpi(im, 0);
    return 0;
}

static int read_image(const char *folder, const cJSON *json, struct golden_chip *c, struct fail *f)
{
    const struct law_kind *kind;
    struct image_shape shape;
    _Alignas(8) unsigned char params[LAW_BYTES];
    struct memory m;
    char hash[20];
    const char *told = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "image_hash"));
    struct fail why;
    if (golden_take_law(&kind, params, cJSON_GetObjectItemCaseSensitive(json, "law"), &why) ||
        golden_take_shape(kind, &shape, cJSON_GetObjectItemCaseSensitive(json, "layers"), &why))
        return fail(f, "%s/chip.json: %s", folder, why.text);
    if (!told) return fail(f, "%s/chip.json: image_hash: is missing", folder);
    if (check_sizes(folder, kind, params, &shape, f)) return -1;
    if (lay_out(c, kind, params, &shape, &why)) return fail(f, "%s/%s", folder, why.text);
    for (int l = 0; l < shape.n_layers; l++)
        for (int word = 0; word < kind->first_state; word++)
            if (memory_of(&m, folder, kind, params, l, word, c->view.layer[l].n_rows,
                          shape.layer[l].n_out) &&
                read_words(&c->view, l, &m, f))
                return -1;
    const char *wrong = law_image_check(&c->view);
    if (wrong) return fail(f, "%s: a %s word is out of its format", folder, wrong);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)law_image_hash(&c->view));
    if (!strcmp(told, hash)) return 0;
    char text[VECTORS_QUOTE];
    return fail(f,
                "%s/chip.json: law, shape and words are those of image %s, not of %s: another "
                "chip's memories, or a law that this library does not know",
                folder, hash, vectors_quote(told, strlen(told), text));
}

void golden_free(struct golden_chip *c)
{
    free(c->memory);
    c->memory = 0;
}

int golden_load(struct golden_chip *c, const char *folder, struct fail *f)
{
    char path[LOAD_PATH];
    c->memory = 0;
    if (strlen(folder) > LOAD_PATH - 64)
        return fail(f, "a folder's path of at most %d bytes", LOAD_PATH - 64);
    snprintf(path, sizeof path, "%s/chip.json", folder);
    char *text = read_text(path, 1, JSON_BYTES, f);
    if (!text) return -1;
    cJSON *json = cJSON_ParseWithOpts(text, 0, true);
    int rc = json ? read_image(folder, json, c, f) : fail(f, "%s: not JSON", path);
    cJSON_Delete(json);
    free(text);
    return rc;
}
