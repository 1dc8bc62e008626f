#include "cosim/vectors/golden_json.h"

#include "cosim/vectors/vectors_text.h"
#include "model/lif/law_fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- writing -------------------------------------------------------------------------------------

static bool put(cJSON *json, const struct field *x, const void *from)
{
    char text[16];
    struct law_format format;
    if (x->kind == FIELD_SIGN) return true; // its format tells it
    if (x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED) {
        const struct field *sign = x->kind == FIELD_FORMAT ? field_sign(x) : 0;
        bool is_unsigned = sign ? !field_get(sign, from) : x->kind == FIELD_UNSIGNED;
        memcpy(&format, (const char *)from + x->at, sizeof format);
        if (x->optional && !format.int_bits && !format.frac_bits) return true;
        snprintf(text, sizeof text, "%sQ%d.%d", is_unsigned ? "U" : "", format.int_bits,
                 format.frac_bits);
        return cJSON_AddStringToObject(json, x->name, text);
    }
    int value = field_get(x, from);
    if (x->optional && !value) return true;
    if (x->names) return cJSON_AddStringToObject(json, x->name, x->names[value]);
    if (x->kind == FIELD_SWITCH) return cJSON_AddBoolToObject(json, x->name, value);
    return cJSON_AddNumberToObject(json, x->name, value);
}

bool golden_put_law(cJSON *json, const struct law_kind *kind, const void *params)
{
    if (kind != &lif_kind && !cJSON_AddStringToObject(json, "family", kind->name)) return false;
    for (const struct field *x = kind->parameter; x->name; x++)
        if (!put(json, x, params)) return false;
    return true;
}

bool golden_put_layer(cJSON *json, const struct image_shape *s, int layer)
{
    for (const struct field *x = layer_fields; x->name; x++)
        if (!put(json, x, &s->layer[layer])) return false;
    return true;
}

cJSON *golden_image_json(const struct law_image *im)
{
    char hash[20];
    cJSON *json = cJSON_CreateObject(), *law = cJSON_AddObjectToObject(json, "law");
    bool there = law && golden_put_law(law, im->kind, im->law);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)law_image_hash(im));
    there = there && cJSON_AddStringToObject(json, "image_hash", hash);
    cJSON *layers = there ? cJSON_AddArrayToObject(json, "layers") : 0;
    there = layers;
    for (int l = 0; l < im->shape.n_layers && there; l++) {
        cJSON *one = cJSON_CreateObject();
        there = one && cJSON_AddItemToArray(layers, one) && golden_put_layer(one, &im->shape, l);
    }
    if (there) return json;
    cJSON_Delete(json);
    return 0;
}

// --- reading -------------------------------------------------------------------------------------

// The value as it stands in the file, for a message.
static const char *shown(const cJSON *value, char text[VECTORS_QUOTE])
{
    char *json = cJSON_PrintUnformatted(value);
    const char *it = json ? json : "?";
    vectors_quote(it, strlen(it), text);
    free(json);
    return text;
}

static bool take_format(const cJSON *value, bool *is_signed, struct law_format *to)
{
    const char *at = cJSON_GetStringValue(value);
    char *end;
    if (!at) return false;
    *is_signed = *at != 'U';
    at += !*is_signed;
    if (*at++ != 'Q' || (*at != '-' && (*at < '0' || *at > '9'))) return false;
    long m = strtol(at, &end, 10);
    if (*end != '.' || (end[1] != '-' && (end[1] < '0' || end[1] > '9'))) return false;
    long n = strtol(end + 1, &end, 10);
    *to = (struct law_format){(int8_t)m, (int8_t)n};
    return !*end && m > -64 && m < 64 && n > -64 && n < 64;
}

static int take(const char *place, const struct field *x, const cJSON *value, void *to,
                struct fail *f)
{
    char text[VECTORS_QUOTE];
    shown(value, text);
    if (x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED) {
        const struct field *sign = x->kind == FIELD_FORMAT ? field_sign(x) : 0;
        struct law_format format;
        bool is_signed, always = x->kind == FIELD_FORMAT;
        if (!take_format(value, &is_signed, &format) || (!sign && is_signed != always))
            return fail(f, "%s, %s: %s, allowed is a format such as %s", place, x->name, text,
                        sign     ? "Q8.8 or UQ8.8"
                        : always ? "Q8.8"
                                 : "UQ8.8");
        memcpy((char *)to + x->at, &format, sizeof format);
        if (sign) field_set(sign, to, is_signed);
        return 0;
    }
    if (x->names) {
        char allowed[160] = "";
        size_t used = 0;
        for (int i = 0; i <= x->hi; i++) {
            if (cJSON_IsString(value) && !strcmp(value->valuestring, x->names[i])) {
                field_set(x, to, i);
                return 0;
            }
            if (used < sizeof allowed)
                used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s",
                                         i ? ", " : "", x->names[i]);
        }
        return fail(f, "%s, %s: %s, allowed %s", place, x->name, text, allowed);
    }
    if (x->kind == FIELD_SWITCH) {
        if (!cJSON_IsBool(value))
            return fail(f, "%s, %s: %s, allowed true and false", place, x->name, text);
        field_set(x, to, cJSON_IsTrue(value));
        return 0;
    }
    double number = cJSON_IsNumber(value) ? value->valuedouble : NAN;
    if (!(number >= x->lo && number <= x->hi) || number != floor(number))
        return fail(f, "%s, %s: %s, allowed whole numbers %d..%d", place, x->name, text, x->lo,
                    x->hi);
    field_set(x, to, (int)number);
    return 0;
}

static const struct field *field_of(const struct field *table, const char *name)
{
    for (const struct field *x = table; x->name; x++)
        if (x->kind != FIELD_SIGN && !strcmp(x->name, name)) return x;
    return 0;
}

// All of an object by a table. `passed`: names that follow from the others; ends in NULL.
static int take_all(const char *place, const struct field *table, const char *const *passed,
                    const cJSON *json, void *to, struct fail *f)
{
    if (!cJSON_IsObject(json)) return fail(f, "%s is missing, or no object", place);
    for (const cJSON *at = json->child; at; at = at->next) {
        char name[VECTORS_QUOTE];
        const struct field *x = field_of(table, at->string);
        const char *const *known = passed;
        while (!x && *known && strcmp(*known, at->string))
            known++;
        vectors_quote(at->string, strlen(at->string), name);
        if (!x && !*known) return fail(f, "%s: %s is unknown here", place, name);
        for (const cJSON *other = json->child; other != at; other = other->next)
            if (!strcmp(other->string, at->string))
                return fail(f, "%s: %s is told twice", place, name);
        if (x && take(place, x, at, to, f)) return -1;
    }
    for (const struct field *x = table; x->name; x++)
        if (!x->optional && !cJSON_GetObjectItemCaseSensitive(json, x->name))
            return fail(f, "%s, %s: is missing", place, x->name);
    return 0;
}

int golden_take_law(const struct law_kind **kind, void *params, const cJSON *json, struct fail *f)
{
    static const char *const follow[] = {"family", 0};
    const cJSON *family = cJSON_GetObjectItemCaseSensitive(json, "family");
    const char *name = cJSON_GetStringValue(family);
    char text[VECTORS_QUOTE];
    *kind = family ? name ? law_kind_of(name) : 0 : &lif_kind;
    if (!*kind)
        return fail(f, "law, family: %s, allowed is a law of this library", shown(family, text));
    memset(params, 0, LAW_BYTES);
    if (take_all("law", (*kind)->parameter, follow + !family, json, params, f)) return -1;
    const char *wrong = (*kind)->check(params);
    return wrong ? fail(f, "law, %s", wrong) : 0;
}

int golden_take_shape(const struct law_kind *kind, struct image_shape *s, const cJSON *layers,
                      struct fail *f)
{
    static const char *const follow[] = {"sources", "synapses", "gather_bound", "accumulator_bits",
                                         0};
    *s = (struct image_shape){0};
    if (!cJSON_IsArray(layers))
        return fail(f, "layers: no list of layers: is it of a chip, not of a net?");
    for (const cJSON *at = layers->child; at; at = at->next) {
        char place[32];
        if (s->n_layers == IMAGE_MAX_LAYERS)
            return fail(f, "layers: more than %d", IMAGE_MAX_LAYERS);
        snprintf(place, sizeof place, "layers, %d", s->n_layers);
        if (take_all(place, layer_fields, follow, at, &s->layer[s->n_layers], f)) return -1;
        s->n_layers++;
    }
    // Of the law dpi dpi_image_check says the rest.
    const bool plain = s->n_layers == 1 && s->layer[0].topology == IMAGE_DENSE &&
                       !s->layer[0].delayed && s->layer[0].taps <= 1 && !s->layer[0].spacing;
    const char *wrong = kind != &dpi_kind ? image_shape_check(s)
                        : plain           ? 0
                                          : "of the law dpi one, dense, without taps or delay";
    return wrong ? fail(f, "layers: %s", wrong) : 0;
}
