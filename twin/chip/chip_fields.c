#include "twin/chip/chip_fields.h"

#include "base/fnv.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 192 };

static const char *const parts[] = {"value", "unit", "source"};
static const struct {
    double lo, hi; // characters
    bool optional;
} part_room[] = {{1, 1000, false}, {0, 64, true}, {1, 1000, false}};

static void join(char path[PATH], const char *section, const char *name)
{
    snprintf(path, PATH, "%.140s%s%.40s", section, *section ? "." : "", name);
}

int chip_fields_refuse(const struct yaml_file *y, const char *path, struct fail *f,
                       const char *format, ...)
{
    char text[sizeof f->text], value[PATH];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    join(value, path, "value");
    int line = yaml_line(y, value);
    return fail(f, "%s:%d: %s, %s", y->name, line ? line : yaml_line(y, path), path, text);
}

// --- Structure: which keys stand where

// The file's mappings against the table.
struct structure {
    const struct yaml_file *y;
    const struct chip_family *family;
    struct fail *f;
};

static const char *kind_of(const yaml_node_t *node)
{
    static const char *const kinds[] = {"nothing", "a value", "a list", "a mapping"};
    return kinds[node->type];
}

static int check_text(const struct structure *s, const yaml_node_t *node, const char *path,
                      double lo, double hi)
{
    int line = yaml_line_at(node->start_mark);
    if (node->type != YAML_SCALAR_NODE)
        return fail(s->f, "%s:%d: %s, %s, allowed a value", s->y->name, line, path, kind_of(node));
    size_t size = node->data.scalar.length;
    for (size_t i = 0; i < size; i++)
        if (iscntrl(node->data.scalar.value[i]))
            return fail(s->f, "%s:%d: %s, a control character, allowed one line of text",
                        s->y->name, line, path);
    if ((double)size < lo || (double)size > hi)
        return fail(s->f, "%s:%d: %s, %zu characters, allowed %g..%g", s->y->name, line, path, size,
                    lo, hi);
    return 0;
}

// The part of `inner` that names a key of `outer`; NULL: it is not below it.
static const char *below(const char *outer, const char *inner, size_t *size)
{
    size_t n = strlen(outer);
    if (strncmp(outer, inner, n) || (n && inner[n] != '.')) return 0;
    const char *key = inner + n + (n > 0);
    *size = strcspn(key, ".");
    return *size ? key : 0;
}

// One key that the table has in a section: a field, or a section of the section.
struct key {
    const char *name;
    size_t size;
    const struct chip_field *field; // NULL: a section
};

// The next key of a section after *row; false: there is none.
static bool next_key(const struct chip_family *family, const char *section, int *row,
                     struct key *key)
{
    for (struct key last = *key; *row < family->n;) {
        const struct chip_field *x = &family->field[(*row)++];
        if (strcmp(x->section, section) == 0)
            *key = (struct key){x->name, strlen(x->name), x};
        else if ((key->name = below(section, x->section, &key->size)) != 0)
            key->field = 0;
        else
            continue;
        if (!last.name || key->size != last.size || memcmp(key->name, last.name, last.size) != 0)
            return true;
    }
    return false;
}

static bool may_lack(const struct chip_family *family, const struct key *key, const char *path)
{
    if (key->field) return key->field->optional;
    for (const char *const *x = family->optional; *x; x++)
        if (strcmp(*x, path) == 0) return true;
    return false;
}

static int check_mapping(const struct structure *s, const yaml_node_t *node, const char *section);

// {value, unit, source}.
static int check_quantity(const struct structure *s, const yaml_node_t *node, const char *path);

static int check_key(const struct structure *s, const struct key *key, const yaml_node_t *node,
                     const char *path)
{
    const struct chip_field *x = key->field;
    if (!x) return check_mapping(s, node, path);
    if (x->kind != VALUE_TEXT && x->kind != VALUE_NOTE) return check_quantity(s, node, path);
    return check_text(s, node, path, x->lo, x->hi);
}

// Keys of a mapping one after the other: each is known, once, and no alias.
static int check_pair(const struct structure *s, const yaml_node_t *map, const yaml_node_pair_t *p,
                      const char *path)
{
    const yaml_document_t *d = &s->y->document;
    const yaml_node_t *key = yaml_document_get_node((yaml_document_t *)d, p->key);
    const yaml_node_t *value = yaml_document_get_node((yaml_document_t *)d, p->value);
    int line = yaml_line_at(key->start_mark);
    const char *text = (const char *)key->data.scalar.value;
    if (yaml_value(s->y, map, text) != value)
        return fail(s->f, "%s:%d: %s, stands twice", s->y->name, line, path);
    if (value->start_mark.index < key->start_mark.index)
        return fail(s->f, "%s:%d: %s, an alias, allowed a value of its own", s->y->name, line,
                    path);
    return 0;
}

static const char *key_text(const struct structure *s, const yaml_node_pair_t *p, int *line)
{
    const yaml_node_t *key = yaml_document_get_node((yaml_document_t *)&s->y->document, p->key);
    *line = yaml_line_at(key->start_mark);
    return key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "?";
}

static int check_is_mapping(const struct structure *s, const yaml_node_t *node, const char *path)
{
    if (node->type == YAML_MAPPING_NODE) return 0;
    return fail(s->f, "%s:%d: %s, %s, allowed a mapping", s->y->name,
                yaml_line_at(node->start_mark), *path ? path : "the file", kind_of(node));
}

static int missing(const struct structure *s, const yaml_node_t *node, const char *section,
                   const char *path)
{
    return fail(s->f, "%s:%d: %s, missing, needed in %s", s->y->name,
                yaml_line_at(node->start_mark), path, *section ? section : "the file");
}

static int check_quantity(const struct structure *s, const yaml_node_t *node, const char *path)
{
    enum { PARTS = sizeof parts / sizeof *parts };
    char child[PATH];
    int line;
    if (check_is_mapping(s, node, path)) return -1;
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
         p < node->data.mapping.pairs.top; p++) {
        const char *text = key_text(s, p, &line);
        int i = 0;
        join(child, path, text);
        while (i < PARTS && strcmp(parts[i], text) != 0)
            i++;
        if (i == PARTS)
            return fail(s->f, "%s:%d: %s, unknown key, allowed value|unit|source", s->y->name, line,
                        child);
        if (check_pair(s, node, p, child) ||
            check_text(s, yaml_value(s->y, node, text), child, part_room[i].lo, part_room[i].hi))
            return -1;
    }
    for (int i = 0; i < PARTS; i++) {
        join(child, path, parts[i]);
        if (!part_room[i].optional && !yaml_value(s->y, node, parts[i]))
            return missing(s, node, path, child);
    }
    return 0;
}

static int unknown_key(const struct structure *s, const char *section, const char *path, int line)
{
    char keys[512] = "";
    size_t used = 0;
    struct key key = {0};
    for (int row = 0; next_key(s->family, section, &row, &key) && used < sizeof keys;)
        used += (size_t)snprintf(keys + used, sizeof keys - used, "%s%.*s", used ? "|" : "",
                                 (int)key.size, key.name);
    return fail(s->f, "%s:%d: %s, unknown key, allowed %s", s->y->name, line, path, keys);
}

static int check_mapping(const struct structure *s, const yaml_node_t *node, const char *section)
{
    char path[PATH];
    int line;
    if (check_is_mapping(s, node, section)) return -1;
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
         p < node->data.mapping.pairs.top; p++) {
        const char *text = key_text(s, p, &line);
        struct key key = {0};
        bool known = false;
        join(path, section, text);
        for (int row = 0; !known && next_key(s->family, section, &row, &key);)
            known = key.size == strlen(text) && memcmp(key.name, text, key.size) == 0;
        if (!known) return unknown_key(s, section, path, line);
        if (check_pair(s, node, p, path) || check_key(s, &key, yaml_value(s->y, node, text), path))
            return -1;
    }
    struct key key = {0};
    for (int row = 0; next_key(s->family, section, &row, &key);) {
        char name[PATH];
        snprintf(name, sizeof name, "%.*s", (int)key.size, key.name);
        join(path, section, name);
        if (!may_lack(s->family, &key, path) && !yaml_value(s->y, node, name))
            return missing(s, node, section, path);
    }
    return 0;
}

// A chip file of another family says nothing about what else is wrong with it. One without the key
// is a LIF chip; one without a law is no chip file at all.
static int check_family(const struct structure *s)
{
    const char *told = yaml_text(s->y, "family");
    int line = yaml_line(s->y, told ? "family" : "law");
    if (!line || strcmp(s->family->name, told ? told : "lif") == 0) return 0;
    return fail(s->f, "%s:%d: family, %s, allowed %s here", s->y->name, line,
                told ? told : "lif (none stated)", s->family->name);
}

// --- Values

bool chip_format_parse(const char *text, struct law_format *out)
{
    static const char digits[] = "0123456789";
    text += *text == 'U';
    if (*text != 'Q') return false;
    const char *m = text + 1, *n = m + strspn(m, digits) + 1;
    if (n - m < 2 || n - m > 3 || n[-1] != '.') return false;
    size_t size = strspn(n, digits);
    if (size < 1 || size > 2 || n[size]) return false;
    *out = (struct law_format){(int8_t)atoi(m), (int8_t)atoi(n)};
    return true;
}

static bool take_format(const struct chip_field *x, const char *text, char *to)
{
    struct law_format format;
    bool sign = x->sign ? *text == 'Q' : !x->is_unsigned;
    if (*text != (sign ? 'Q' : 'U') || !chip_format_parse(text, &format)) return false;
    double lo = x->sign && sign ? 1 : x->lo, hi = x->sign && sign ? 32 : x->hi;
    if (law_bits(format) < lo || law_bits(format) > hi) return false;
    memcpy(to + x->at, &format, sizeof format);
    if (x->sign) *(bool *)(to + x->sign) = sign;
    if (x->there) *(bool *)(to + x->there) = true;
    return true;
}

static bool take_choice(const struct chip_field *x, const char *text, char *to)
{
    for (int i = 0; i <= (int)x->hi; i++)
        if (strcmp(x->choices[i], text) == 0) {
            if (x->kind == VALUE_SWITCH)
                *(bool *)(to + x->at) = i;
            else
                memcpy(to + x->at, &i, sizeof i); // an enum: model/fields.c asserts its size
            return true;
        }
    return false;
}

// Numbers with blanks between them, each within lo..hi.
static bool take_list(const struct chip_field *x, const char *text, struct chip_list *out)
{
    if (text[strspn(text, "+-.0123456789eE ")]) return false;
    for (out->n = 0; *(text += strspn(text, " ")); out->n++) {
        char *end;
        double value = strtod(text, &end);
        if (out->n >= x->most || end == text || (*end && *end != ' ') ||
            !(value >= x->lo && value <= x->hi))
            return false;
        out->x[out->n] = value;
        text = end;
    }
    return out->n > 0;
}

// One value to where it belongs. False: it is not of its kind or out of its range.
static bool take(const struct chip_field *x, const char *text, char *to)
{
    char *end, *at = to + x->at;
    if (x->kind == VALUE_FORMAT) return take_format(x, text, to);
    if (x->kind == VALUE_SWITCH || x->kind == VALUE_CHOICE) return take_choice(x, text, to);
    if (x->kind == VALUE_LIST) return take_list(x, text, (struct chip_list *)(void *)at);
    if (text[strspn(text, "+-.0123456789eE")]) return false; // strtod takes hex, nan and blanks too
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= x->lo && value <= x->hi)) return false;
    if (x->kind != VALUE_NUMBER && value != floor(value)) return false;
    if (x->kind == VALUE_NUMBER) *(double *)(void *)at = value / x->per;
    if (x->kind == VALUE_WHOLE) *(int *)(void *)at = (int)value;
    if (x->kind == VALUE_BYTE) *(uint8_t *)at = (uint8_t)value;
    return true;
}

static int refuse_value(const struct yaml_file *y, const struct chip_field *x, const char *path,
                        const char *text, struct fail *f)
{
    char names[256] = "";
    size_t used = 0;
    for (int i = 0; x->choices && i <= (int)x->hi && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? "|" : "",
                                 x->choices[i]);
    if (x->choices) return chip_fields_refuse(y, path, f, "%s, allowed %s", text, names);
    if (x->kind == VALUE_FORMAT)
        return chip_fields_refuse(y, path, f, "%s, allowed %sm.n with m + n = %g..%g%s", text,
                                  x->sign || x->is_unsigned ? "UQ" : "Q", x->lo, x->hi,
                                  x->sign ? ", or Qm.n with 1..32" : "");
    if (x->kind == VALUE_LIST)
        return chip_fields_refuse(y, path, f, "%s, allowed 1..%d numbers of %.10g..%.10g %s", text,
                                  x->most, x->lo, x->hi, x->unit);
    return chip_fields_refuse(y, path, f, "%s, allowed %s%.10g..%.10g%s%s", text,
                              x->kind == VALUE_NUMBER ? "" : "whole numbers ", x->lo, x->hi,
                              x->unit ? " " : "", x->unit ? x->unit : "");
}

static int read_field(const struct yaml_file *y, const struct chip_field *x, char *to,
                      struct fail *f)
{
    char path[PATH], part[PATH];
    join(path, x->section, x->name);
    if (x->kind == VALUE_NOTE) return 0;
    if (x->kind == VALUE_TEXT) {
        strcpy(to + x->at, yaml_text(y, path)); // its room has been checked
        return 0;
    }
    join(part, path, "value");
    const char *text = yaml_text(y, part);
    if (!text) return 0; // an optional one
    if (!take(x, text, to)) return refuse_value(y, x, path, text, f);
    join(part, path, "unit");
    const char *unit = yaml_text(y, part);
    if (strcmp(x->unit ? x->unit : "", unit ? unit : "") == 0) return 0;
    if (unit)
        return fail(f, "%s:%d: %s, unit %s, allowed %s", y->name, yaml_line(y, part), path, unit,
                    x->unit ? x->unit : "none");
    return chip_fields_refuse(y, path, f, "unit missing, allowed %s", x->unit);
}

int chip_fields_read(const struct yaml_file *y, const struct chip_family *family, void *to,
                     struct fail *f)
{
    const struct structure s = {y, family, f};
    const yaml_node_t *root = yaml_document_get_root_node((yaml_document_t *)&y->document);
    if (check_family(&s) || check_mapping(&s, root, "")) return -1;
    for (int i = 0; i < family->n; i++)
        if (read_field(y, &family->field[i], to, f)) return -1;
    // A name is looked for as chips/NAME.yaml; one with a slash would be any file of the machine.
    const char *name = yaml_text(y, "name");
    return strchr(name, '/') ? chip_fields_refuse(y, "name", f, "%s, allowed without /", name) : 0;
}

// --- Changes

static const struct chip_field *field_at(const struct chip_family *family, const char *path)
{
    for (int i = 0; i < family->n; i++) {
        char own[PATH];
        join(own, family->field[i].section, family->field[i].name);
        if (strcmp(own, path) == 0) return &family->field[i];
    }
    return 0;
}

static int unknown_field(const struct chip_family *family, const char *path, struct fail *f)
{
    const char *last = strrchr(path, '.'), *name = last ? last + 1 : path;
    char like[256] = "";
    size_t used = 0;
    for (int i = 0; i < family->n && used < sizeof like; i++) {
        const struct chip_field *x = &family->field[i];
        char own[PATH];
        join(own, x->section, x->name);
        if (strstr(own, name))
            used +=
                (size_t)snprintf(like + used, sizeof like - used, "%s%s", used ? ", " : "", own);
    }
    return fail(f, "--set %s: a chip of family %s has no such field%s%s", path, family->name,
                used ? "; alike: " : "", like);
}

static int set_field(struct yaml_file *y, const struct chip_field *x, const char *path,
                     const char *value, struct fail *f)
{
    char part[PATH];
    if (x->kind == VALUE_TEXT || x->kind == VALUE_NOTE) return yaml_set(y, path, value, f);
    join(part, path, "value");
    if (yaml_set(y, part, value, f)) return -1;
    join(part, path, "unit");
    if (x->unit && !yaml_node(y, part) && yaml_set(y, part, x->unit, f)) return -1;
    join(part, path, "source");
    return yaml_set(y, part, "--set", f);
}

int chip_fields_set(struct yaml_file *y, const struct chip_family *family, const char *const *set,
                    int n, struct fail *f)
{
    for (int i = 0; i < n; i++) {
        char path[PATH];
        const char *value = strchr(set[i], '=');
        if (!value || value == set[i] || value - set[i] >= PATH || !value[1])
            return fail(f, "--set %.100s: allowed FIELD=VALUE, such as jitter.sigma=0.02", set[i]);
        snprintf(path, sizeof path, "%.*s", (int)(value - set[i]), set[i]);
        const struct chip_field *x = field_at(family, path);
        if (!x) return unknown_field(family, path, f);
        if (set_field(y, x, path, value + 1, f)) return -1;
    }
    return 0;
}

// --- Identity

// A value as it goes into the hash, (CHIP_LIST); returns how many there are, 0: the value that an
// absent field has.
static int hashed(const struct chip_field *x, const char *of, double *value)
{
    const void *at = of + x->at;
    if (x->kind == VALUE_LIST) {
        const struct chip_list *list = at;
        memcpy(value, list->x, (size_t)list->n * sizeof *value);
        return list->n;
    }
    if (x->kind == VALUE_FORMAT) {
        const struct law_format *format = at;
        value[0] = format->int_bits;
        value[1] = format->frac_bits;
        value[2] = (x->sign && *(const bool *)(of + x->sign)) ||
                   (x->there && *(const bool *)(of + x->there));
        return value[0] != 0 || value[1] != 0 || value[2] != 0 ? 3 : 0;
    }
    if (x->kind == VALUE_NUMBER) *value = *(const double *)at;
    if (x->kind == VALUE_WHOLE) *value = *(const int *)at;
    if (x->kind == VALUE_CHOICE) *value = *(const unsigned *)at;
    if (x->kind == VALUE_BYTE) *value = *(const uint8_t *)at;
    if (x->kind == VALUE_SWITCH) *value = *(const bool *)at;
    return *value != 0;
}

uint64_t chip_fields_hash(const struct chip_family *family, const void *of, uint64_t h)
{
    for (int i = 0; i < family->n; i++) {
        const struct chip_field *x = &family->field[i];
        double value[CHIP_LIST] = {0};
        char path[PATH];
        if (x->kind == VALUE_TEXT || x->kind == VALUE_NOTE || x->unhashed) continue;
        int n = hashed(x, of, value);
        if (!n) continue;
        join(path, x->section, x->name);
        h = fnv(h, path, strlen(path) + 1);
        h = fnv(h, value, (size_t)n * sizeof *value);
    }
    return h;
}
