#include "cosim/golden_load.h"

#include <cjson/cJSON.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOAD_PATH = 1024 };

struct loading {
    const char *folder;
    char *message;
    size_t size;
};

__attribute__((format(printf, 3, 4))) static int bad(const struct loading *g, const char *file,
                                                     const char *format, ...)
{
    va_list args;
    int n = snprintf(g->message, g->size, "%s/%s: ", g->folder, file);
    if (n < 0 || (size_t)n >= g->size) return -1;
    va_start(args, format);
    vsnprintf(g->message + n, g->size - (size_t)n, format, args);
    va_end(args);
    return -1;
}

// A whole text file on the heap, or NULL with a message.
static char *read_text(const struct loading *g, const char *file)
{
    char path[LOAD_PATH], *text = 0;
    size_t used = 0, room = 0;
    snprintf(path, sizeof path, "%s/%s", g->folder, file);
    FILE *f = fopen(path, "r");
    if (!f || getdelim(&text, &room, 0, f) < 0) {
        bad(g, file, "%s", f ? "empty" : strerror(errno));
        free(text);
        text = 0;
    } else {
        used = strlen(text);
        if (fgetc(f) != EOF || used == 0) {
            bad(g, file, "not a text file");
            free(text);
            text = 0;
        }
    }
    if (f) fclose(f);
    return text;
}

// --- the law, by name ----------------------------------------------------------------------------

enum field_kind { FORMAT, ROUND, LEAK, SWITCH, BYTE };

static const struct field {
    const char *name;
    enum field_kind kind;
    size_t at;          // in struct law
    const char *choice; // SWITCH: what it is called when it is on
} fields[] = {
    {"input", FORMAT, offsetof(struct law, input), 0},
    {"weight", FORMAT, offsetof(struct law, weight), 0},
    {"membrane", FORMAT, offsetof(struct law, membrane), 0},
    {"current", FORMAT, offsetof(struct law, current), 0},
    {"leak", FORMAT, offsetof(struct law, leak), 0},
    {"round_current", ROUND, offsetof(struct law, round_current), 0},
    {"round_decay", ROUND, offsetof(struct law, round_decay), 0},
    {"round_leak", ROUND, offsetof(struct law, round_leak), 0},
    {"leak_kind", LEAK, offsetof(struct law, leak_kind), 0},
    {"decay_kind", LEAK, offsetof(struct law, decay_kind), 0},
    {"clamp", SWITCH, offsetof(struct law, wrap), "wrap"},
    {"floor", SWITCH, offsetof(struct law, floor_zero), "zero"},
    {"fire", SWITCH, offsetof(struct law, fire_gt), "gt"},
    {"reset", SWITCH, offsetof(struct law, reset_subtract), "subtract"},
    {"order", SWITCH, offsetof(struct law, integrate_first), "integrate_first"},
    {"refractory_ticks", BYTE, offsetof(struct law, refractory_ticks), 0},
};

static int choice_of(const char *text, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(text, names[i])) return i;
    return -1;
}

// False: the value is none that this library knows.
static bool read_field(const struct field *x, const cJSON *value, void *to)
{
    const char *text = cJSON_IsString(value) ? value->valuestring : "";
    int i, m, n;
    switch (x->kind) {
    case FORMAT:
        if (sscanf(text, "%*1[U]Q%d.%d", &m, &n) != 2 && sscanf(text, "Q%d.%d", &m, &n) != 2)
            return false;
        *(struct law_format *)to = (struct law_format){(int8_t)m, (int8_t)n};
        return m > -64 && m < 64 && n > -64 && n < 64;
    case ROUND:
        i = choice_of(text, law_round_names, FX_ROUNDS);
        if (i >= 0) *(enum fx_round *)to = (enum fx_round)i;
        return i >= 0;
    case LEAK:
        i = choice_of(text, law_leak_names, LAW_LEAKS);
        if (i >= 0) *(enum law_leak *)to = (enum law_leak)i;
        return i >= 0;
    case SWITCH:
        *(bool *)to = !strcmp(text, x->choice);
        return cJSON_IsString(value);
    default:
        *(uint8_t *)to = (uint8_t)value->valueint;
        return cJSON_IsNumber(value) && value->valueint >= 0 && value->valueint <= 255;
    }
}

static int read_law(const struct loading *g, const cJSON *json, struct law *law)
{
    const char *wrong;
    *law = (struct law){0};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, fields[i].name);
        if (value && !read_field(&fields[i], value, (char *)law + fields[i].at))
            return bad(g, "chip.json", "law, %s: a value that is unknown here", fields[i].name);
    }
    law->currents = cJSON_HasObjectItem(json, "current");
    wrong = law_check(law);
    return wrong ? bad(g, "chip.json", "law, %s", wrong) : 0;
}

// "16 (one to one) -> 12 (recurrent) -> 2" and how many sources a layer's neurons have.
static int read_shape(const struct loading *g, const cJSON *json, struct image_shape *s)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "shape"));
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(json, "layers"), *layer;
    *s = (struct image_shape){0};
    if (!text || !layers) return bad(g, "chip.json", "no shape: is it of a chip, not of a net?");
    cJSON_ArrayForEach(layer, layers)
    {
        const char *end = strstr(text, " -> ");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        int l = s->n_layers, n_out = atoi(text);
        int sources = (int)cJSON_GetNumberValue(cJSON_GetObjectItem(layer, "sources"));
        if (l == IMAGE_MAX_LAYERS) return bad(g, "chip.json", "over 8 layers");
        bool one = memmem(text, length, "one to one", 10);
        bool recurrent = memmem(text, length, "recurrent", 9);
        s->layer[l].n_in = one ? n_out : recurrent ? sources - n_out : sources;
        s->layer[l].n_out = n_out;
        s->layer[l].topology = one ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
        s->layer[l].recurrent = recurrent;
        s->n_layers++;
        text += end ? length + 4 : length;
    }
    const char *wrong = image_shape_check(s);
    return wrong ? bad(g, "chip.json", "shape: %s", wrong) : 0;
}

// --- the words -----------------------------------------------------------------------------------

// The file's n words of `bits` into `to`, sign-extended where they have a sign.
static int read_words(const struct loading *g, int layer, const char *name, int bits,
                      bool is_signed, int n, int32_t *to)
{
    char file[64], *text, *at;
    int i = 0;
    snprintf(file, sizeof file, "layer%d_%s.hex", layer, name);
    if (!(text = at = read_text(g, file))) return -1;
    for (;; i++) {
        char *end;
        long long word = strtoll(at, &end, 16);
        if (end == at || i == n) break;
        if (word < 0 || word > fx_umax(bits)) i = n; // told as a wrong count, at its line
        if (i < n) to[i] = (int32_t)(is_signed ? fx_wrap(word, bits) : word);
        at = end;
    }
    bool whole = i == n && at[strspn(at, " \t\r\n")] == 0;
    free(text);
    return whole ? 0 : bad(g, file, "not %d words of %d bits", n, bits);
}

static int read_layer(const struct loading *g, const struct image *im, int l, int32_t *words)
{
    const struct image_layer *y = &im->layer[l];
    int v_bits = law_bits(im->law.membrane), n_weights = y->n_source * y->n_out;
    const struct {
        const char *name;
        int bits;
        bool is_signed;
        size_t at; // in struct law_neuron
    } of_neuron[] = {{"lambda", 16, false, offsetof(struct law_neuron, lambda)},
                     {"lambda_slope", 16, false, offsetof(struct law_neuron, lambda_slope)},
                     {"mu", 16, false, offsetof(struct law_neuron, mu)},
                     {"mu_slope", 16, false, offsetof(struct law_neuron, mu_slope)},
                     {"theta", v_bits, true, offsetof(struct law_neuron, theta)},
                     {"bias", v_bits, true, offsetof(struct law_neuron, bias)}};
    // The file goes neuron by neuron, the image source by source.
    if (read_words(g, l, "weight", law_bits(im->law.weight), true, n_weights, words)) return -1;
    for (int i = 0; i < n_weights; i++)
        y->w[i % y->n_source * y->n_out + i / y->n_source] = (int16_t)words[i];
    for (size_t k = 0; k < sizeof of_neuron / sizeof *of_neuron; k++) {
        if (read_words(g, l, of_neuron[k].name, of_neuron[k].bits, of_neuron[k].is_signed, y->n_out,
                       words))
            return -1;
        for (int n = 0; n < y->n_out; n++)
            *(int32_t *)((char *)&y->neuron[n] + of_neuron[k].at) = words[n];
    }
    return 0;
}

static int read_image(const struct loading *g, const cJSON *json, struct image *im, void **memory)
{
    struct law law;
    struct image_shape shape;
    const char *told = cJSON_GetStringValue(cJSON_GetObjectItem(json, "image_hash"));
    char hash[20];
    int rc = 0;
    if (read_law(g, cJSON_GetObjectItemCaseSensitive(json, "law"), &law)) return -1;
    if (read_shape(g, json, &shape)) return -1;
    size_t bytes = image_size(&law, &shape);
    int32_t *words = malloc(bytes * sizeof *words); // no layer has more words than bytes
    *memory = aligned_alloc(64, bytes);
    if (!words || !*memory) {
        free(words);
        return bad(g, "chip.json", "out of memory");
    }
    memset(*memory, 0, bytes);
    image_init(im, &law, &shape, *memory);
    for (int l = 0; l < im->n_layers && rc == 0; l++)
        rc = read_layer(g, im, l, words);
    free(words);
    if (rc) return rc;
    if (image_check(im)) return bad(g, "chip.json", "%s: out of its format", image_check(im));
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)image_hash(im));
    return told && !strcmp(told, hash)
               ? 0
               : bad(g, "chip.json",
                     "law, shape and words are those of image %s, not of %s: another chip's "
                     "memories, or a law that this library does not know",
                     hash, told ? told : "any");
}

void *golden_load(struct image *im, const char *folder, char *message, size_t size)
{
    struct loading g = {folder, message, size};
    void *memory = 0;
    char *text = read_text(&g, "chip.json");
    if (!text) return 0;
    cJSON *json = cJSON_Parse(text);
    int rc = json ? read_image(&g, json, im, &memory) : bad(&g, "chip.json", "not JSON");
    cJSON_Delete(json);
    free(text);
    if (rc == 0) return memory;
    free(memory);
    return 0;
}
