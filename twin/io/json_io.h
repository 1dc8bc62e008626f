// JSON files read and written whole, by cJSON.
#ifndef TWIN_IO_JSON_IO_H
#define TWIN_IO_JSON_IO_H

#include "base/fail.h"

#include <cjson/cJSON.h>

// The document of a file, or NULL; freed with cJSON_Delete.
cJSON *json_read(const char *path, struct fail *f);

// The text of a document, malloc'd; NULL: out of memory. Always UTF-8: of a name that is none (a
// path may be any bytes) each byte that belongs to no character becomes U+FFFD.
char *json_print(const cJSON *json);

// By way of a temporary name, synced, renamed. Numbers print so that they read back to the same.
int json_write(const cJSON *json, const char *path, struct fail *f);

// The member of an object, or NULL with "PATH: KEY, missing or not KIND" where it is not of the
// type (cJSON_Number, cJSON_String, cJSON_Array, cJSON_Object).
const cJSON *json_member(const cJSON *object, const char *key, int type, const char *path,
                         struct fail *f);

// The member as a number of lo..hi, whole if asked for.
int json_number(const cJSON *object, const char *key, double lo, double hi, double *value,
                const char *path, struct fail *f);
int json_integer(const cJSON *object, const char *key, int lo, int hi, int *value, const char *path,
                 struct fail *f);

#endif
