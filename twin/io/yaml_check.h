// The structure of a YAML file against a libcyaml schema, by line.
//
// libcyaml's own log names the line of the last field that was in order; this walks the same schema
// over libyaml's document, which knows the line of every node. Schemas of mappings and strings
// only.
#ifndef TWIN_IO_YAML_CHECK_H
#define TWIN_IO_YAML_CHECK_H

#include "base/fail.h"

#include <cyaml/cyaml.h>

// Refuses with "file:line: field, what it is, allowed what": no file, too large or deep
// (yaml_lines.h), not YAML, empty, a second document, an unknown, missing or doubled key, an alias,
// text where a mapping is due or the reverse.
int yaml_check(const char *path, const cyaml_schema_value_t *schema, struct fail *f);

#endif
