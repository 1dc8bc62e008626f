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

// The file of a kind of word of a layer. False: the law has no such word.
static bool memory_of(struct memory *m, const char *folder, const struct image *im, int layer,
                      int word, int n_rows, int n_out)
{
    m->word = word;
    m->kind = &im->kind->word[word];
    m->bits = vectors_memory_bits(im->kind, im->params, word);
    m->digits = (m->bits + 3) / 4;
    m->n = word == WORD_WEIGHT ? n_rows * n_out : n_out;
    m->is_signed = m->kind->range(im->params).is_signed;
    snprintf(m->path, sizeof m->path, "%s/layer%d_%s.hex", folder, layer, m->kind->name);
    return m->bits > 0;
}

static int64_t least_bytes(const struct memory *m) // one newline fewer than words
{
    return (int64_t)m->n * (m->digits + 1) - 1;
}

// A word into its place in the layer; the file goes neuron by neuron, the image source by source.
static void put_word(const struct image *im, int layer, const struct memory *m, int at,
                     int64_t word)
{
    const struct image_layer *y = &im->layer[layer];
    int32_t value = (int32_t)(m->is_signed ? fx_wrap(word, m->bits) : word);
    if (m->word == WORD_WEIGHT)
        y->w[at % y->n_rows * y->n_out + at / y->n_rows] = (int16_t)value;
    else
        law_set(m->kind, image_words(im, layer, at), value);
}

static int bad_word(const struct memory *m, int at, const char *token, size_t n, struct fail *f)
{
    char text[VECTORS_QUOTE];
    return fail(f, "%s: word %d of %d: %s, allowed are %d hexadecimal digits of %d bits", m->path,
                at, m->n, vectors_quote(token, n, text), m->digits, m->bits);
}

static int read_words(const struct image *im, int layer, const struct memory *m, struct fail *f)
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
static int check_sizes(const char *folder, const struct image *im, const struct image_shape *s,
                       struct fail *f)
{
    for (int l = 0; l < s->n_layers; l++) {
        struct memory m;
        int n_out = s->layer[l].n_out, rows = image_fan_in(s, l);
        int synapses = im->kind->synapses ? im->kind->synapses(im->params) : 1;
        memory_of(&m, folder, im, l, WORD_WEIGHT, synapses * rows, n_out);
        int64_t n = size_of(m.path, f);
        if (n < 0) return -1;
        if (n < least_bytes(&m))
            return fail(f, "%s: %lld bytes, the shape has %d words of %d digits", m.path,
                        (long long)n, m.n, m.digits);
    }
    return 0;
}

static int read_image(const char *folder, const cJSON *json, struct image *im, void **memory,
                      struct fail *f)
{
    struct image_shape shape;
    struct image head;
    struct memory m;
    char hash[20];
    const char *told = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "image_hash"));
    struct fail why;
    if (golden_take_law(&head.kind, head.params, cJSON_GetObjectItemCaseSensitive(json, "law"),
                        &why) ||
        golden_take_shape(&shape, cJSON_GetObjectItemCaseSensitive(json, "layers"), &why))
        return fail(f, "%s/chip.json: %s", folder, why.text);
    if (!told) return fail(f, "%s/chip.json: image_hash: is missing", folder);
    if (check_sizes(folder, &head, &shape, f)) return -1;
    size_t bytes = image_bytes(head.kind, head.params, &shape);
    *memory = aligned_alloc(64, bytes);
    if (!*memory) return fail(f, "%s/chip.json: out of memory", folder);
    memset(*memory, 0, bytes);
    image_lay_out(im, head.kind, head.params, &shape, *memory);
    for (int l = 0; l < im->n_layers; l++)
        for (int word = WORD_WEIGHT; word < im->kind->first_state; word++)
            if (memory_of(&m, folder, im, l, word, im->layer[l].n_rows, im->layer[l].n_out) &&
                read_words(im, l, &m, f))
                return -1;
    const char *wrong = image_check(im);
    if (wrong) return fail(f, "%s: a %s word is out of its format", folder, wrong);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)image_hash(im));
    if (!strcmp(told, hash)) return 0;
    char text[VECTORS_QUOTE];
    return fail(f,
                "%s/chip.json: law, shape and words are those of image %s, not of %s: another "
                "chip's memories, or a law that this library does not know",
                folder, hash, vectors_quote(told, strlen(told), text));
}

void *golden_load(struct image *im, const char *folder, struct fail *f)
{
    char path[LOAD_PATH];
    void *memory = 0;
    if (strlen(folder) > LOAD_PATH - 64) {
        fail(f, "a folder's path of at most %d bytes", LOAD_PATH - 64);
        return 0;
    }
    snprintf(path, sizeof path, "%s/chip.json", folder);
    char *text = read_text(path, 1, JSON_BYTES, f);
    if (!text) return 0;
    cJSON *json = cJSON_ParseWithOpts(text, 0, true);
    int rc = json ? read_image(folder, json, im, &memory, f) : fail(f, "%s: not JSON", path);
    cJSON_Delete(json);
    free(text);
    if (rc == 0) return memory;
    free(memory);
    return 0;
}
