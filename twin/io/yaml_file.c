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

// --- Changes

static int no_room(const struct yaml_file *y, struct fail *f)
{
    return fail(f, "%s: out of memory", y->name);
}

static int add_text(struct yaml_file *y, const char *text, size_t size)
{
    return yaml_document_add_scalar(&y->document, 0, (const yaml_char_t *)text, (int)size,
                                    YAML_ANY_SCALAR_STYLE);
}

// The value of a key of a mapping, by index: added as `value` (0: a mapping) if it is not there.
static int value_at(struct yaml_file *y, int mapping, const char *key, size_t size, int value)
{
    const yaml_node_pair_t *p = pair_of(y, node_of(y, mapping), key, size);
    if (p) return p->value;
    int name = add_text(y, key, size);
    if (!value) value = yaml_document_add_mapping(&y->document, 0, YAML_ANY_MAPPING_STYLE);
    bool done =
        name && value && yaml_document_append_mapping_pair(&y->document, mapping, name, value);
    return done ? value : 0;
}

static int change_text(yaml_node_t *node, const char *text)
{
    char *copy = strdup(text);
    if (!copy) return -1;
    free(node->data.scalar.value); // libyaml allocates with malloc
    node->data.scalar.value = (yaml_char_t *)copy;
    node->data.scalar.length = strlen(text);
    node->data.scalar.style = YAML_ANY_SCALAR_STYLE;
    return 0;
}

int yaml_set(struct yaml_file *y, const char *path, const char *text, struct fail *f)
{
    const yaml_node_t *node = yaml_node(y, path);
    if (node && node->type != YAML_SCALAR_NODE)
        return fail(f, "%s:%d: %s, no text, cannot be set", y->name, yaml_line(y, path), path);
    if (node) return change_text((yaml_node_t *)node, text) ? no_room(y, f) : 0;
    int at = 1; // the root
    for (;;) {
        size_t size = strcspn(path, ".");
        if (node_of(y, at)->type != YAML_MAPPING_NODE)
            return fail(f, "%s:%d: %s, its place is no mapping", y->name,
                        yaml_line_at(node_of(y, at)->start_mark), path);
        bool last = !path[size];
        int value = last ? add_text(y, text, strlen(text)) : 0;
        if (last && !value) return no_room(y, f);
        at = value_at(y, at, path, size, value);
        if (!at) return no_room(y, f);
        if (last) return 0;
        path += size + 1;
    }
}

struct written {
    char *text;
    size_t n;
};

static int append(void *to, unsigned char *bytes, size_t n)
{
    struct written *w = to;
    char *more = realloc(w->text, w->n + n + 1);
    if (!more) return 0;
    memcpy(more + w->n, bytes, n);
    more[w->n += n] = 0;
    w->text = more;
    return 1;
}

char *yaml_write(struct yaml_file *y, struct fail *f)
{
    yaml_emitter_t e;
    struct written w = {0};
    if (!yaml_emitter_initialize(&e)) {
        yaml_close(y);
        return no_room(y, f), NULL;
    }
    yaml_emitter_set_output(&e, append, &w);
    yaml_emitter_set_unicode(&e, 1);
    yaml_emitter_set_width(&e, -1);
    bool done = yaml_emitter_open(&e);
    if (!done) yaml_close(y);
    done = done && yaml_emitter_dump(&e, &y->document) && yaml_emitter_close(&e); // takes it
    yaml_emitter_delete(&e);
    if (done && w.text) return w.text;
    free(w.text);
    return no_room(y, f), NULL;
}
