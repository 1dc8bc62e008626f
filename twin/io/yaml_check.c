#include "twin/io/yaml_check.h"

#include "model/fx.h"
#include "twin/io/yaml_lines.h"

#include <ctype.h>
#include <string.h>
#include <yaml.h>

static int line_at(yaml_mark_t mark)
{
    return (int)mark.line + 1;
}

// A document and where it came from, for check_node.
struct document {
    yaml_document_t yaml;
    const char *path;
    struct fail *f;
};

static int check_text(struct document *d, const yaml_node_t *node, const cyaml_schema_value_t *want,
                      const char *name)
{
    int line = line_at(node->start_mark);
    size_t size = node->data.scalar.length;
    for (size_t i = 0; i < size; i++)
        if (iscntrl(node->data.scalar.value[i]))
            return fail(d->f, "%s:%d: %s, a control character, allowed one line of text", d->path,
                        line, name);
    if (size < want->string.min || size > want->string.max)
        return fail(d->f, "%s:%d: %s, %zu characters, allowed %u..%u", d->path, line, name, size,
                    want->string.min, want->string.max);
    return 0;
}

static int unknown_key(struct document *d, const yaml_node_t *key, const cyaml_schema_value_t *map,
                       const char *name)
{
    char keys[512] = "";
    size_t used = 0;
    for (const cyaml_schema_field_t *x = map->mapping.fields; x->key && used < sizeof keys; x++)
        used += (size_t)snprintf(keys + used, sizeof keys - used, "%s%s", used ? "|" : "", x->key);
    return fail(d->f, "%s:%d: %s, unknown key, allowed %s", d->path, line_at(key->start_mark), name,
                keys);
}

// The node against the schema, in the order of the file; `name` is its dotted path, "" at the root.
static int check_node(struct document *d, const yaml_node_t *node, const cyaml_schema_value_t *want,
                      const char *name)
{
    static const char *const kinds[] = {"nothing", "a value", "a list",
                                        "a mapping"}; // yaml_node_type_t
    bool map = want->type == CYAML_MAPPING;
    const char *shown = *name ? name : "the file", *dot = *name ? "." : "";
    char child[160];
    if (node->type != (map ? YAML_MAPPING_NODE : YAML_SCALAR_NODE))
        return fail(d->f, "%s:%d: %s, %s, allowed %s", d->path, line_at(node->start_mark), shown,
                    kinds[node->type], kinds[map ? YAML_MAPPING_NODE : YAML_SCALAR_NODE]);
    if (!map) return check_text(d, node, want, name);
    uint64_t seen = 0; // bit i: field i of the schema
    const yaml_node_pair_t *end = node->data.mapping.pairs.top;
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < end; p++) {
        const yaml_node_t *key = yaml_document_get_node(&d->yaml, p->key);
        const char *text = key->type == YAML_SCALAR_NODE ? (char *)key->data.scalar.value : "?";
        const cyaml_schema_field_t *x = want->mapping.fields;
        while (x->key && strcmp(x->key, text))
            x++;
        snprintf(child, sizeof child, "%s%s%.40s", name, dot, text);
        if (!x->key) return unknown_key(d, key, want, child);
        seen |= fx_one((int)(x - want->mapping.fields));
        const yaml_node_t *value = yaml_document_get_node(&d->yaml, p->value);
        if (value->start_mark.index < key->start_mark.index)
            return fail(d->f, "%s:%d: %s, an alias, allowed a value of its own", d->path,
                        line_at(key->start_mark), child);
        if (check_node(d, value, &x->value, child)) return -1;
    }
    for (const cyaml_schema_field_t *x = want->mapping.fields; x->key; x++)
        if (!(x->value.flags & CYAML_FLAG_OPTIONAL) &&
            !fx_bit(seen, (int)(x - want->mapping.fields)))
            return fail(d->f, "%s:%d: %s%s%s, missing, needed in %s", d->path,
                        line_at(node->start_mark), name, dot, x->key, shown);
    return 0;
}

// Of text that is not UTF-8 libyaml knows only the byte.
static int line_of_byte(FILE *in, long byte)
{
    int line = 1;
    rewind(in);
    for (int c; byte-- > 0 && (c = getc(in)) != EOF;)
        line += c == '\n';
    return line;
}

// Syntax, then keys and kinds, of the one document of an open file.
static int check_file(FILE *in, const char *path, const cyaml_schema_value_t *schema,
                      struct fail *f)
{
    struct document d = {.path = path, .f = f};
    yaml_parser_t parser;
    int failed = 0;
    if (!yaml_parser_initialize(&parser)) return fail(f, "%s: no memory", path);
    yaml_parser_set_input_file(&parser, in);
    for (int n = 0, more = 1; more && !failed; n++) {
        if (!yaml_parser_load(&parser, &d.yaml)) {
            int line = parser.error == YAML_READER_ERROR
                           ? line_of_byte(in, (long)parser.problem_offset)
                           : line_at(parser.problem_mark);
            failed = fail(f, "%s:%d: not YAML: %s", path, line,
                          parser.problem ? parser.problem : "no memory");
            break;
        }
        const yaml_node_t *root = yaml_document_get_root_node(&d.yaml);
        more = root != 0;
        if (n == 0 && !root)
            failed = fail(f, "%s:1: empty, a chip file has law, tick, threshold, ...", path);
        else if (n == 0)
            failed = check_node(&d, root, schema, "");
        else if (root)
            failed =
                fail(f, "%s:%d: a second document, allowed one", path, line_at(root->start_mark));
        yaml_document_delete(&d.yaml);
    }
    yaml_parser_delete(&parser);
    return failed;
}

int yaml_check(const char *path, const cyaml_schema_value_t *schema, struct fail *f)
{
    char twice[160];
    FILE *in = yaml_open(path, f);
    if (!in) return -1;
    int line = yaml_too_deep(path);
    if (line) {
        fclose(in);
        return fail(f, "%s:%d: deeper than %d mappings and lists", path, line, YAML_DEPTH);
    }
    int failed = check_file(in, path, schema, f);
    fclose(in);
    if (failed) return -1;
    line = yaml_duplicate(path, twice, sizeof twice);
    return line ? fail(f, "%s:%d: %s, stands twice", path, line, twice) : 0;
}
