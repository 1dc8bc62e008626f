// Chip files of any family: a table says which keys there are, what each value is and may be, and
// where it goes. Each value stands in the file as {value, unit, source}.
#ifndef TWIN_CHIP_CHIP_FIELDS_H
#define TWIN_CHIP_CHIP_FIELDS_H

#include "twin/chip/chip.h"
#include "twin/io/yaml_file.h"

enum value_kind {
    VALUE_TEXT,   // char[hi + 1], of 1..hi characters; stands without unit and source
    VALUE_NOTE,   // the same, kept nowhere
    VALUE_NUMBER, // double, in SI units
    VALUE_WHOLE,  // int
    VALUE_BYTE,   // uint8_t
    VALUE_SWITCH, // bool: false or true by choices[0] or [1]
    VALUE_CHOICE, // an enum of model/, choices[0..hi]
    VALUE_LIST,   // struct chip_list
    VALUE_FORMAT  // struct law_format, of lo..hi bits
};

struct chip_field {
    const char *section; // dotted; "" at the root
    const char *name;
    enum value_kind kind;
    size_t at;     // in what is read
    double lo, hi; // in the file's unit
    const char *const *choices;
    const char *unit; // NULL: none
    double per;       // NUMBER: what is read is value/per, a power of ten: one rounding
    int most;         // LIST: numbers
    size_t sign;      // FORMAT, 0 or: a bool, on where it is Qm.n, then of 1..32 bits; else UQ
    size_t there;     // FORMAT, 0 or: a bool, on where the format is told
    bool optional;    // where its section stands
    bool is_unsigned; // FORMAT: UQm.n alone
    bool unhashed;    // what there is room for: no bit of a result depends on it
    const struct law_kind *only; // of chips of this law; NULL: of any
};

struct chip_family {
    const char *name;
    const struct chip_field *field; // (n), as sections follow each other
    int n;
    const char *const *optional; // sections that may be absent; ends in NULL
};

// The text of a chip file into *to, in which what the file leaves out stays as it is. Refuses with
// "name:line: field, value, allowed range" whatever of it would not be understood.
int chip_fields_read(const struct yaml_file *y, const struct chip_family *family, void *to,
                     struct fail *f);

// Values of the file before it is read: "path=value" each, value of a field of the table. What the
// file leaves out is added, with its unit.
int chip_fields_set(struct yaml_file *y, const struct chip_family *family, const char *const *set,
                    int n, struct fail *f);

// A failure about the value of a field: "name:line: path, " and the rest.
int chip_fields_refuse(const struct yaml_file *y, const char *path, struct fail *f,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

// "Qm.n" or "UQm.n", m and n of one or two digits; false: it is neither.
bool chip_format_parse(const char *text, struct law_format *format);

// FNV-1a over names and values of what is not 0.
uint64_t chip_fields_hash(const struct chip_family *family, const void *of, uint64_t h);

#endif
