// What a struct of parameters consists of, field by field: a table from which whatever writes, reads
// or lists it follows. Names and choices are those of chip files. An "on" of a switch is its second name.
#ifndef MODEL_FIELDS_H
#define MODEL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_FORMAT,   // struct law_format, as Qm.n or UQm.n, of lo..hi bits; with a sign field 1..32
    FIELD_UNSIGNED, // struct law_format, always UQm.n
    FIELD_SIGN,     // bool, told by the Q or UQ of the format that `of` is the offset of
    FIELD_CHOICE,   // an enum: names[0 .. hi]
    FIELD_SWITCH,   // bool: names[0] or names[1]; without names it is true or false
    FIELD_BYTE,     // uint8_t, lo..hi
    FIELD_COUNT     // int, lo..hi
};

struct field {
    const char *name; // NULL ends a table
    enum field_kind kind;
    size_t at; // in the struct
    const char *const *names;
    int lo, hi;
    size_t of;        // SIGN; SWITCH: on where the format there is told, in a chip file; else 0
    bool optional;    // where it is not told it is 0; what is 0 need not be told
    const char *unit; // NULL: none
    size_t with;      // 0, or the byte or switch that has to be on for it to mean anything
    int joins;        // in hashes it is the field before it that grows, by so many times this one:
                      // what came later, and leaves what was as it was; else 0
};

struct law_kind; // model/law_kind.h

// FNV-1a over the parameters of a law, in the order of its table.
uint64_t law_params_hash(uint64_t h, const struct law_kind *kind, const void *params);

// The value of a field that is no format.
int field_get(const struct field *x, const void *from);
void field_set(const struct field *x, void *to, int value);

// Whether the field means anything beside the others.
bool field_counts(const struct field *x, const void *from);

// The sign field of a FIELD_FORMAT, which comes after it in its table, or NULL: it always has a sign.
const struct field *field_sign(const struct field *format);

#endif
