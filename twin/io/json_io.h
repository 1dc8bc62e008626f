// JSON files read and written whole, by cJSON.
#ifndef TWIN_IO_JSON_IO_H
#define TWIN_IO_JSON_IO_H

#include "base/fail.h"

#include <cjson/cJSON.h>

// The document of a file, or NULL; freed with cJSON_Delete.
cJSON *json_read(const char *path, struct fail *f);

// cJSON leaves out what it has no memory for, and says so to nobody who does not ask at every call.
// From here on it is remembered, and `handler` is called (a program's may end it; NULL: nothing).
// A program calls it once, before any JSON.
typedef void json_handler(void);
void json_memory(json_handler *handler);

// As a whole file (base/file.h). Numbers print so that they read back to the same; what is not
// UTF-8 is written as U+FFFD. Refuses a document that memory was short for.
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
