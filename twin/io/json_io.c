#include "twin/io/json_io.h"

#include "base/file.h"
#include "twin/io/labels.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 1 << 28 }; // bytes of a file

cJSON *json_read(const char *path, struct fail *f)
{
    struct stat st;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &st) || !S_ISREG(st.st_mode) || st.st_size > MOST) {
        fail(f, "%s: %s", path, !file ? strerror(errno) : "not a file of up to 256 MiB");
        if (file) fclose(file);
        return 0;
    }
    size_t size = (size_t)st.st_size;
    char *text = malloc(size + 1);
    size_t got = text ? fread(text, 1, size, file) : 0;
    fclose(file);
    const char *end = text;
    cJSON *json = 0;
    if (text) {
        text[got] = 0;
        json = cJSON_ParseWithLengthOpts(text, got + 1, &end, 1);
    }
    if (!json) {
        int line = 1;
        for (const char *at = text; at && at < end; at++)
            line += *at == '\n';
        fail(f, "%s:%d: not JSON", path, line);
    }
    free(text);
    return json;
}

// Bytes of the character of UTF-8 that the text begins with, 1..4; 0: it is none.
static size_t character(const char *text, size_t left)
{
    for (size_t n = 1; n <= 4 && n <= left; n++)
        if (labels_utf8(text, n)) return n;
    return 0;
}

char *json_print(const cJSON *json)
{
    static const char unknown[] = "\xEF\xBF\xBD";
    char *raw = cJSON_Print(json);
    size_t left = raw ? strlen(raw) : 0, used = 0;
    char *text = raw ? malloc(3 * left + 1) : 0;
    for (const char *at = raw; text && left > 0;) {
        size_t n = character(at, left), step = n ? n : 1;
        memcpy(text + used, n ? at : unknown, n ? n : 3);
        used += n ? n : 3;
        at += step;
        left -= step;
    }
    if (text) text[used] = 0;
    free(raw);
    return text;
}

int json_write(const cJSON *json, const char *path, struct fail *f)
{
    char temporary[4096];
    char *text = json_print(json);
    if (!text) return fail(f, "%s: out of memory", path);
    file_temporary(path, temporary, sizeof temporary);
    FILE *file = fopen(temporary, "wb");
    int why = file ? 0 : errno;
    if (file && (fputs(text, file) < 0 || fputc('\n', file) < 0)) why = errno;
    if (file && fclose(file) && !why) why = errno;
    free(text);
    if (why) {
        if (file) unlink(temporary);
        return fail(f, "%s: %s", path, strerror(why));
    }
    return file_commit(temporary, path, f);
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
