#include "twin/io/yaml_file.h"

#include "base/file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int line_of_byte(const char *text, size_t byte)
{
    int line = 1;
    for (size_t i = 0; i < byte && text[i]; i++)
        line += text[i] == '\n';
    return line;
}

char *yaml_read(const char *path, struct fail *f)
{
    struct stat st;
    size_t n;
    if (stat(path, &st)) return fail(f, "%s: no such file", path), NULL;
    if (!S_ISREG(st.st_mode)) return fail(f, "%s: not a file", path), NULL;
    if (st.st_size > YAML_MOST) {
        fail(f, "%s: %lld bytes, allowed up to %d", path, (long long)st.st_size, YAML_MOST);
        return 0;
    }
    char *text = file_read(path, YAML_MOST, &n, f);
    if (!text || strlen(text) == n) return text;
    fail(f, "%s:%d: a zero byte, allowed text", path, line_of_byte(text, n));
    free(text);
    return 0;
}

static int no_yaml(const yaml_parser_t *p, const char *text, const char *name, struct fail *f)
{
    int line = p->error == YAML_READER_ERROR ? line_of_byte(text, p->problem_offset)
                                             : yaml_line_at(p->problem_mark);
    return fail(f, "%s:%d: not YAML: %s", name, line, p->problem ? p->problem : "no memory");
}

static bool begin(yaml_parser_t *p, const char *text)
{
    if (!yaml_parser_initialize(p)) return false;
    yaml_parser_set_input_string(p, (const unsigned char *)text, strlen(text));
    return true;
}

// Line of the first mapping or list below YAML_DEPTH others; 0: none before what is no YAML. Reads
// no further.
static int too_deep(const char *text)
{
    yaml_parser_t p;
    yaml_event_t e;
    int depth = 0, line = 0;
    if (!begin(&p, text)) return 0;
    for (bool more = true; more && !line && yaml_parser_parse(&p, &e); yaml_event_delete(&e)) {
        more = e.type != YAML_STREAM_END_EVENT;
        if (e.type == YAML_MAPPING_END_EVENT || e.type == YAML_SEQUENCE_END_EVENT) depth--;
        if (e.type == YAML_MAPPING_START_EVENT || e.type == YAML_SEQUENCE_START_EVENT)
            if (++depth > YAML_DEPTH) line = yaml_line_at(e.start_mark);
    }
    yaml_parser_delete(&p);
    return line;
}

// What follows the first document has to be nothing.
static int no_more(yaml_parser_t *p, const char *text, const char *name, struct fail *f)
{
    yaml_document_t second;
    if (!yaml_parser_load(p, &second)) return no_yaml(p, text, name, f);
    const yaml_node_t *root = yaml_document_get_root_node(&second);
    int bad = root ? fail(f, "%s:%d: a second document, allowed one", name,
                          yaml_line_at(root->start_mark))
                   : 0;
    yaml_document_delete(&second);
    return bad;
}

int yaml_open(struct yaml_file *y, const char *text, const char *name, struct fail *f)
{
    yaml_parser_t p;
    int line = too_deep(text), bad;
    if (line) return fail(f, "%s:%d: deeper than %d mappings and lists", name, line, YAML_DEPTH);
    if (!begin(&p, text)) return fail(f, "%s: no memory", name);
    y->name = name;
    if (!yaml_parser_load(&p, &y->document))
        bad = no_yaml(&p, text, name, f);
    else {
        bad = yaml_document_get_root_node(&y->document)
                  ? no_more(&p, text, name, f)
                  : fail(f, "%s:1: empty, allowed one mapping", name);
        if (bad) yaml_close(y);
    }
    yaml_parser_delete(&p);
    return bad;
}

void yaml_close(struct yaml_file *y)
{
    yaml_document_delete(&y->document);
}

// libyaml's own functions take what they do not change without const.
static yaml_node_t *node_of(const struct yaml_file *y, int index)
{
    return yaml_document_get_node((yaml_document_t *)&y->document, index);
}

static const yaml_node_pair_t *pair_of(const struct yaml_file *y, const yaml_node_t *mapping,
                                       const char *key, size_t size)
{
    if (!mapping || mapping->type != YAML_MAPPING_NODE) return 0;
    const yaml_node_pair_t *end = mapping->data.mapping.pairs.top;
    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < end; p++) {
        const yaml_node_t *k = node_of(y, p->key);
        if (k->type == YAML_SCALAR_NODE && k->data.scalar.length == size &&
            memcmp(k->data.scalar.value, key, size) == 0)
            return p;
    }
    return 0;
}

const yaml_node_t *yaml_value(const struct yaml_file *y, const yaml_node_t *mapping,
                              const char *key)
{
    const yaml_node_pair_t *p = pair_of(y, mapping, key, strlen(key));
    return p ? node_of(y, p->value) : 0;
}

static const yaml_node_pair_t *pair_at(const struct yaml_file *y, const char *path)
{
    const yaml_node_t *at = yaml_document_get_root_node((yaml_document_t *)&y->document);
    const yaml_node_pair_t *p = 0;
    for (bool more = true; more; path++) {
        size_t size = strcspn(path, ".");
        p = pair_of(y, at, path, size);
        if (!p) return 0;
        at = node_of(y, p->value);
        path += size;
        more = *path;
    }
    return p;
}

const yaml_node_t *yaml_node(const struct yaml_file *y, const char *path)
{
    const yaml_node_pair_t *p = pair_at(y, path);
    return p ? node_of(y, p->value) : 0;
}

const char *yaml_text(const struct yaml_file *y, const char *path)
{
    const yaml_node_t *node = yaml_node(y, path);
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : 0;
}

int yaml_line(const struct yaml_file *y, const char *path)
{
    const yaml_node_pair_t *p = pair_at(y, path);
    if (!p) return 0;
    const yaml_node_t *value = node_of(y, p->value);
    return yaml_line_at((value->type == YAML_SCALAR_NODE ? value : node_of(y, p->key))->start_mark);
}
