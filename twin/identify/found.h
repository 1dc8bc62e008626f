// What was identified, as JSON and as a chip file; and the words in which it is told.
#ifndef TWIN_IDENTIFY_FOUND_H
#define TWIN_IDENTIFY_FOUND_H

#include "twin/identify/identify.h"

#include <cjson/cJSON.h>

cJSON *found_json(const struct identified *x, const char *file);

// The text of a chip file with the law that is found, its formats for all neurons; malloc'd. NULL with a message,
// where no chip file holds it.
char *found_chip(const struct identified *x, struct fail *f);

// Law i of the class.
const struct law *found_law(const struct identified *x, int i);
// The member of a neuron that the first law of the class is made of.
const struct member *found_member(const struct identified *x, int neuron);
// A value of a choice, by its name where it has one.
const char *found_value(const struct field *x, int value, char text[16]);
// Why a choice is open whatever the laws are.
const char *found_untouched(const struct field *f);
// The values of a choice over all laws, "a, b", runs of numbers as "3..7"; how many.
int found_values(const struct identified *x, const struct field *field, char *text, size_t size);
// Bits of the membrane, or of the current: those of the law where a clamp acts, else the usual width that holds the
// words of all neurons.
int found_bits(const struct identified *x, bool current);
// How the rows were read, where not as they stand.
void found_rows(const struct identified *x, char *text, size_t size);
// A weight of a candidate, in membrane units.
double found_weight(const struct identified *x, const struct neuron_found *n,
                    const struct candidate *c, int synapse, int source);

#endif
