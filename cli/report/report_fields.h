// What the files of a run folder have to hold for the report: one table a file, held against the
// file before anything is drawn from it.
//
// A pointer is RFC 6901's, "*" standing for every member of a list. A field's container has a row
// before it. What no row names is not looked at and not drawn.
#ifndef CLI_REPORT_REPORT_FIELDS_H
#define CLI_REPORT_REPORT_FIELDS_H

#include "cli/run_files.h"

enum field_kind { FIELD_NUMBER, FIELD_WHOLE, FIELD_TEXT, FIELD_BOOL, FIELD_LIST, FIELD_OBJECT };

struct report_field {
    const char *pointer;
    enum field_kind kind;
    double lo, hi;  // of a number; bytes of a text; members of a list
    const char *as; // NULL, or where a list or number is: a list has as many members as that list
                    // has or that number says, a number is below it. Its "*" are the pointer's.
    bool optional;  // may be missing, or null
};

struct report_file {
    bool needed;
    const struct report_field *field;
    size_t n;
};

extern const struct report_file report_files[RUN_FILES]; // of cli/run_files.h
extern const struct report_file report_log_row;          // a line of log.jsonl

// A file, each field of its table held against it; NULL where it is not there and not needed. Dies in
// one line that names file, field, value and what is allowed; and where it is needed and not there, the command that
// makes it.
cJSON *report_read(const char *path, const struct report_file *file, const char *made_by);

// The same of JSON that is there already; `path` is for the message.
void report_check(const cJSON *json, const struct report_file *file, const char *path);

#endif
