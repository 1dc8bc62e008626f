// A YAML file of mappings and lines of text, read once. libyaml knows the line of every node.
#ifndef TWIN_IO_YAML_FILE_H
#define TWIN_IO_YAML_FILE_H

#include "base/fail.h"

#include <yaml.h>

// libyaml needs time in the square of the depth, and memory many times the size, of what it reads:
// both are bounded before it does.
enum {
    YAML_MOST = 1 << 20, // bytes of a file
    YAML_DEPTH = 16      // mappings and lists in each other
};

struct yaml_file {
    const char *name; // what messages call it; the caller's
    yaml_document_t document;
};

// The text of a file of up to YAML_MOST bytes; malloc'd, or NULL. What is no file is refused
// unread, a zero byte by its line.
char *yaml_read(const char *path, struct fail *f);

// Refuses with "name:line: what": too deep, not YAML, empty, a second document. The text may go.
int yaml_open(struct yaml_file *y, const char *text, const char *name, struct fail *f);
void yaml_close(struct yaml_file *y); // once, after a yaml_open that did not fail

// The node at a dotted path of mappings, NULL if it is not there. Of a key that stands twice the
// first.
const yaml_node_t *yaml_node(const struct yaml_file *y, const char *path);

// The value of a key of a mapping; NULL: not there, or no mapping.
const yaml_node_t *yaml_value(const struct yaml_file *y, const yaml_node_t *mapping,
                              const char *key);

// The text at a path; NULL: not there, or no text.
const char *yaml_text(const struct yaml_file *y, const char *path);

// Line, from 1, of the text at a path, or of the key of what is no text; 0: not there.
int yaml_line(const struct yaml_file *y, const char *path);

// Changes the text at a path, or adds it, with the mappings that it stands in.
int yaml_set(struct yaml_file *y, const char *path, const char *text, struct fail *f);

// The file as text, without its comments; malloc'd, or NULL. Closes it.
char *yaml_write(struct yaml_file *y, struct fail *f);

static inline int yaml_line_at(yaml_mark_t mark)
{
    return (int)mark.line + 1;
}

#endif
