#include "twin/io/yaml_lines.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

enum { DEPTH = YAML_DEPTH, NAME = 128, KEYS = 512 };

// A walk over the scalars of nested mappings. What a list holds has the path of the list.
struct walk {
    char key[DEPTH][NAME]; // the path: key of each open mapping, "" of a list
    bool has_key[DEPTH];   // a key was read and waits for its value
    bool is_list[DEPTH];
    int depth;    // open mappings and lists
    int too_deep; // line of the first that is one too many: there the walk ends
    char seen[KEYS][NAME * 2];
    int n_seen;
    bool twice;       // the key just read has been seen in this mapping
    const char *text; // the scalar just read
};

static void path_of(const struct walk *w, char *path, size_t size)
{
    size_t used = 0;
    *path = 0;
    for (int i = 0; i < w->depth && used < size; i++)
        if (!w->is_list[i])
            used += (size_t)snprintf(path + used, size - used, "%s%s", i ? "." : "", w->key[i]);
}

static void take_key(struct walk *w, const char *text)
{
    char path[NAME * 2];
    snprintf(w->key[w->depth - 1], NAME, "%s", text);
    w->has_key[w->depth - 1] = true;
    path_of(w, path, sizeof path);
    w->twice = false;
    for (int i = 0; i < w->n_seen; i++)
        w->twice |= strcmp(w->seen[i], path) == 0;
    if (!w->twice && w->n_seen < KEYS)
        snprintf(w->seen[w->n_seen++], sizeof w->seen[0], "%s", path);
}

FILE *yaml_open(const char *path, struct fail *f)
{
    struct stat st;
    FILE *in = 0;
    if (stat(path, &st))
        fail(f, "%s: no such file", path);
    else if (!S_ISREG(st.st_mode))
        fail(f, "%s: not a file", path);
    else if (st.st_size > YAML_MOST)
        fail(f, "%s: %lld bytes, allowed up to %d", path, (long long)st.st_size, YAML_MOST);
    else if (!(in = fopen(path, "rb")))
        fail(f, "%s: %s", path, strerror(errno));
    return in;
}

static bool begin(struct walk *w, bool is_list, int line)
{
    if (w->depth == DEPTH) {
        w->too_deep = line;
        return false;
    }
    w->key[w->depth][0] = 0;
    w->is_list[w->depth] = is_list;
    w->has_key[w->depth++] = false;
    return true;
}

static void end(struct walk *w)
{
    w->depth--;
    if (w->depth) w->has_key[w->depth - 1] = false;
}

// Calls at(context, walk, line, is_key) for each scalar until it returns true. Returns the line
// where the walk was given up, or 0.
static int each_scalar(const char *file, bool (*at)(void *, const struct walk *, int, bool),
                       void *context)
{
    static const struct walk nothing;
    struct walk w = nothing;
    struct fail f;
    yaml_parser_t parser;
    yaml_event_t event;
    FILE *in = yaml_open(file, &f);
    if (!in) return 0;
    if (yaml_parser_initialize(&parser)) {
        yaml_parser_set_input_file(&parser, in);
        for (bool done = false; !done && yaml_parser_parse(&parser, &event);) {
            int line = (int)event.start_mark.line + 1;
            if (event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT) {
                done = !begin(&w, event.type == YAML_SEQUENCE_START_EVENT, line);
            } else if (event.type == YAML_MAPPING_END_EVENT ||
                       event.type == YAML_SEQUENCE_END_EVENT) {
                end(&w);
            } else if (event.type == YAML_SCALAR_EVENT && w.depth > 0) {
                bool is_key = !w.is_list[w.depth - 1] && !w.has_key[w.depth - 1];
                w.text = (const char *)event.data.scalar.value;
                if (is_key) take_key(&w, w.text);
                done = at(context, &w, line, is_key);
                if (!is_key) w.has_key[w.depth - 1] = false;
            }
            done |= event.type == YAML_STREAM_END_EVENT;
            yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
    }
    fclose(in);
    return w.too_deep;
}

static bool nothing_of_it(void *context, const struct walk *w, int line, bool is_key)
{
    (void)context, (void)w, (void)line, (void)is_key;
    return false;
}

int yaml_too_deep(const char *file)
{
    return each_scalar(file, nothing_of_it, 0);
}

struct wanted {
    const char *path;
    int line;
};

static bool note_line(void *context, const struct walk *w, int line, bool is_key)
{
    struct wanted *x = context;
    char path[NAME * 2];
    path_of(w, path, sizeof path);
    if (strcmp(path, x->path) == 0) x->line = line;
    (void)is_key;
    return false;
}

int yaml_line_of(const char *file, const char *field, const char *part)
{
    char path[NAME * 2];
    struct wanted x = {path, 0};
    snprintf(path, sizeof path, "%s%s%s", field, *part ? "." : "", part);
    each_scalar(file, note_line, &x);
    return x.line;
}

struct copied {
    const char *path;
    char *text;
    size_t size;
    int line;
};

static bool note_text(void *context, const struct walk *w, int line, bool is_key)
{
    struct copied *x = context;
    char path[NAME * 2];
    path_of(w, path, sizeof path);
    if (is_key || strcmp(path, x->path)) return false;
    snprintf(x->text, x->size, "%s", w->text);
    x->line = line;
    return true;
}

int yaml_text_of(const char *file, const char *path, char *text, unsigned long size)
{
    struct copied x = {path, text, size, 0};
    *text = 0;
    each_scalar(file, note_text, &x);
    return x.line;
}

struct duplicate {
    char *path;
    size_t size;
    int line;
};

static bool note_duplicate(void *context, const struct walk *w, int line, bool is_key)
{
    struct duplicate *d = context;
    if (!is_key || !w->twice) return false;
    path_of(w, d->path, d->size);
    d->line = line;
    return true;
}

int yaml_duplicate(const char *file, char *path, unsigned long size)
{
    struct duplicate d = {path, size, 0};
    each_scalar(file, note_duplicate, &d);
    return d.line;
}
