#include "twin/io/json_io.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST = 1 << 28 }; // bytes of a file

static json_handler *on_short;
static atomic_bool is_short;

static void *take(size_t n)
{
    void *memory = malloc(n);
    if (!memory) atomic_store(&is_short, true);
    if (!memory && on_short) on_short();
    return memory;
}

void json_memory(json_handler *handler)
{
    on_short = handler;
    cJSON_InitHooks(&(cJSON_Hooks){take, free});
}

cJSON *json_read(const char *path, struct fail *f)
{
    struct stat st;
    FILE *file = fopen(path, "rbe");
    if (!file || fstat(fileno(file), &st) || !S_ISREG(st.st_mode) || st.st_size > MOST) {
        fail(f, "%s: %s", path, !file ? strerror(errno) : "not a file of up to 256 MiB");
        if (file) fclose(file);
        return 0;
    }
    size_t size = (size_t)st.st_size;
    char *text = malloc(size + 1);
    if (!text) {
        fclose(file);
        fail(f, "%s: out of memory", path);
        return 0;
    }
    size_t got = fread(text, 1, size, file);
    bool cut = ferror(file);
    int why = errno;
    fclose(file);
    const char *end = text;
    text[got] = 0;
    cJSON *json = cut ? 0 : cJSON_ParseWithLengthOpts(text, got + 1, &end, 1);
    if (cut)
        fail(f, "%s: %s", path, strerror(why));
    else if (atomic_exchange(&is_short, false)) {
        fail(f, "%s: out of memory", path);
        cJSON_Delete(json);
        json = 0;
    } else if (!json) {
        int line = 1;
        for (const char *at = text; at && at < end; at++)
            line += *at == '\n';
        fail(f, "%s:%d: not JSON", path, line);
    }
    free(text);
    return json;
}

// The text with what is not UTF-8 replaced, and a newline; malloc'd.
static char *valid_text(const char *text, size_t *size)
{
    static const char instead[] = "\\ufffd";
    size_t n = strlen(text), used = 0;
    char *out = malloc(6 * n + 2);
    for (size_t i = 0; out && i < n;) {
        int bytes = text_character((const unsigned char *)text + i, n - i);
        memcpy(out + used, bytes > 0 ? text + i : instead, bytes > 0 ? (size_t)bytes : 6);
        used += bytes > 0 ? (size_t)bytes : 6;
        i += bytes > 0 ? (size_t)bytes : 1;
    }
    if (out) out[used++] = '\n';
    *size = used;
    return out;
}

// cJSON takes 15 digits for enough where they read back to almost the same: numbers that they do not
// give back become text of 17.
static void print_numbers(cJSON *json)
{
    for (cJSON *x = json; x; x = x->next) {
        char text[32];
        print_numbers(x->child);
        if (!cJSON_IsNumber(x) || !isfinite(x->valuedouble)) continue;
        snprintf(text, sizeof text, "%.15g", x->valuedouble);
        if (strtod(text, 0) == x->valuedouble) continue;
        int n = snprintf(text, sizeof text, "%.17g", x->valuedouble);
        char *raw = cJSON_malloc((size_t)n + 1);
        if (!raw) continue; // remembered: is_short
        memcpy(raw, text, (size_t)n + 1);
        x->type = cJSON_Raw | (x->type & ~0xff);
        x->valuestring = raw;
    }
}

int json_write(const cJSON *json, const char *path, struct fail *f)
{
    size_t n = 0;
    cJSON *copy = cJSON_Duplicate(json, true);
    print_numbers(copy);
    char *printed = copy ? cJSON_Print(copy) : 0, *text = 0;
    cJSON_Delete(copy);
    if (printed) text = valid_text(printed, &n);
    cJSON_free(printed);
    bool lacks = atomic_exchange(&is_short, false) || !text;
    int bad = lacks ? fail(f, "%s: out of memory", path) : file_write(path, text, n, f);
    free(text);
    return bad;
}

const cJSON *json_member(const cJSON *object, const char *key, int type, const char *path,
                         struct fail *f)
{
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(object, key);
    if (x && (x->type & 0xff) == type) return x;
    fail(f, "%s: %s, %s, allowed %s", path, key, x ? "of another type" : "missing",
         type == cJSON_Number   ? "a number"
         : type == cJSON_String ? "a text"
         : type == cJSON_Array  ? "a list"
                                : "an object");
    return 0;
}

int json_number(const cJSON *object, const char *key, double lo, double hi, double *value,
                const char *path, struct fail *f)
{
    const cJSON *x = json_member(object, key, cJSON_Number, path, f);
    if (!x) return -1;
    if (!(x->valuedouble >= lo && x->valuedouble <= hi))
        return fail(f, "%s: %s, %.10g, allowed %.10g..%.10g", path, key, x->valuedouble, lo, hi);
    *value = x->valuedouble;
    return 0;
}

int json_integer(const cJSON *object, const char *key, int lo, int hi, int *value, const char *path,
                 struct fail *f)
{
    double real = 0;
    if (json_number(object, key, lo, hi, &real, path, f)) return -1;
    if (real != floor(real))
        return fail(f, "%s: %s, %.10g, allowed whole numbers %d..%d", path, key, real, lo, hi);
    *value = (int)real;
    return 0;
}
