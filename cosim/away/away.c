#include "cosim/away/away.h"

#include "base/file.h"
#include "cosim/away/away_text.h"
#include "cosim/dut/dut_rtl.h"
#include "cosim/vectors/signature.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES = 96, NAME = 96, MOST = 1 << 22 };

// The texts of cosim/away/folder/ and where each goes; @ is the net's name.
static const struct {
    const char *text, *to;
} texts[] = {{"stw_top.sv", "rtl/stw_top.sv"},
             {"stw_axis.sv", "rtl/stw_axis.sv"},
             {"stw_up5k.sv", "rtl/stw_up5k.sv"},
             {"tb_plain.sv", "bench/tb_plain.sv"},
             {"tb_axis.sv", "bench/tb_axis.sv"},
             {"synth.ys", "synth/synth.ys"},
             {"up5k.pcf", "synth/up5k.pcf"},
             {"files.f", "files.f"},
             {"stw.core", "@.core"},
             {"Makefile", "Makefile"},
             {"README.md", "README.md"}};
enum { TEXTS = sizeof texts / sizeof *texts };

struct sources { // of rtl/, by name
    int n;
    struct {
        char name[NAME]; // without .sv
        char *text;      // read where the top needs it
    } at[FILES];
};

static char *read_one(const char *root, const char *folder, const char *name, struct fail *f)
{
    char path[FILE_PATH];
    size_t n;
    if (snprintf(path, sizeof path, "%s/%s/%s", root, folder, name) < (int)sizeof path)
        return file_read(path, MOST, &n, f);
    fail(f, "%s: a path of at most %zu bytes", root, sizeof path);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int list_sources(struct sources *s, const char *root, struct fail *f)
{
    char path[FILE_PATH];
    if (snprintf(path, sizeof path, "%s/rtl", root) >= (int)sizeof path)
        return fail(f, "%s: a path of at most %zu bytes", root, sizeof path);
    DIR *d = opendir(path);
    if (!d) return fail(f, "%s: %s", path, strerror(errno));
    for (struct dirent *e; (e = readdir(d));) {
        size_t n = strlen(e->d_name);
        if (n < 4 || strcmp(e->d_name + n - 3, ".sv") || n - 3 >= NAME || s->n == FILES) continue;
        memcpy(s->at[s->n].name, e->d_name, n - 3);
        s->n++;
    }
    closedir(d);
    qsort(s->at, (size_t)s->n, sizeof *s->at, by_name);
    return 0;
}

// Reads a module and those that its text names, where there is a file of that name.
static int read_module(struct sources *s, const char *root, const char *name, size_t length,
                       struct fail *f)
{
    char file[NAME + 4];
    int at = 0;
    while (at < s->n && (strlen(s->at[at].name) != length || strncmp(s->at[at].name, name, length)))
        at++;
    if (at == s->n || s->at[at].text) return 0;
    snprintf(file, sizeof file, "%s.sv", s->at[at].name);
    s->at[at].text = read_one(root, "rtl", file, f);
    if (!s->at[at].text) return -1;
    for (const char *x = s->at[at].text; (x = strstr(x, "stw_"));) {
        size_t n = strspn(x, "abcdefghijklmnopqrstuvwxyz0123456789_");
        if (read_module(s, root, x, n, f)) return -1;
        x += n;
    }
    return 0;
}

static int write_rtl(const struct sources *s, const char *folder, struct fail *f)
{
    char name[NAME + 16];
    for (int i = 0; i < s->n; i++) {
        if (!s->at[i].text) continue;
        snprintf(name, sizeof name, "rtl/%s.sv", s->at[i].name);
        if (file_write_in(folder, name, s->at[i].text, strlen(s->at[i].text), f)) return -1;
    }
    return 0;
}

// The lists of sources that the folder's files have: what is copied, then what is written.
static void source_keys(struct away_keys *k, const struct sources *s)
{
    static const struct {
        const char *key, *before, *after;
    } list[] = {{"FILES", "rtl/", ".sv\n"},
                {"READ_RTL", "read_verilog -sv rtl/", ".sv\n"},
                {"CORE_RTL", "      - rtl/", ".sv\n"}};
    static const char *const written[] = {"stw_filled", "stw_top", "stw_axis", "stw_up5k"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        size_t n;
        FILE *to = away_key_begin(k, list[i].key, &n);
        for (int at = 0; to && at < s->n; at++)
            if (s->at[at].text)
                fprintf(to, "%s%s%s", list[i].before, s->at[at].name, list[i].after);
        for (size_t at = 0; to && at < sizeof written / sizeof *written; at++)
            fprintf(to, "%s%s%s", list[i].before, written[at], list[i].after);
        away_key_end(k, to);
    }
}

static int write_texts(const struct away *a, const struct away_keys *k, const char *folder,
                       struct fail *f)
{
    for (int i = 0; i < TEXTS; i++) {
        char name[NAME + 128];
        char *text = read_one(a->root, "cosim/away/folder", texts[i].text, f);
        char *filled = text ? away_fill(text, k, texts[i].text, f) : 0;
        snprintf(name, sizeof name, "%s%s", *texts[i].to == '@' ? a->name : "",
                 texts[i].to + (*texts[i].to == '@'));
        int bad = filled ? file_write_in(folder, name, filled, strlen(filled), f) : -1;
        free(filled);
        free(text);
        if (bad) return -1;
    }
    return 0;
}

static int write_signatures(const struct away *a, const char *folder, struct fail *f)
{
    char *text = 0;
    size_t n = 0;
    FILE *in = fmemopen((void *)a->vectors, strlen(a->vectors), "r");
    FILE *to = open_memstream(&text, &n);
    int bad = in && to ? 0 : fail(f, "%s: out of memory", folder);
    if (!bad && signature_lines(in, "bench/vectors.vec", to, f->text, sizeof f->text) < 0) bad = -1;
    if (to && (ferror(to) | fclose(to)) && !bad) bad = fail(f, "%s: out of memory", folder);
    if (!bad) bad = file_write_in(folder, "bench/signatures.txt", text, n, f);
    if (in) fclose(in);
    free(text);
    return bad;
}

static int make_folders(const char *folder, struct fail *f)
{
    static const char *const names[] = {"rtl", "mem", "bench", "synth"};
    char path[FILE_PATH];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (snprintf(path, sizeof path, "%s/%s", folder, names[i]) >= (int)sizeof path)
            return fail(f, "%s: a path of at most %zu bytes", folder, sizeof path);
        if (mkdir(path, 0777)) return fail(f, "%s: %s", path, strerror(errno));
    }
    return 0;
}

const char *away_check(const struct law_kind *kind, const void *law,
                       const struct image_shape *shape, bool staged)
{
    const struct dut_rtl *rtl = dut_rtl_of(kind);
    if (!rtl->is_net) return "its words and vectors are not carried by files (docs/vectors.md)";
    if (staged && rtl->packed) return "registers between stages: of the law lif only";
    return rtl->check(kind, law, shape);
}

int away_write(const struct away *a, const char *folder, struct fail *f)
{
    static const char signature[] = "stw_signature"; // of stw_top.sv, where it is asked for
    const char *top = dut_rtl_of(a->image->kind)->top;
    struct sources *s = calloc(1, sizeof *s);
    struct away_keys k = {0};
    char memories[FILE_PATH], *filled = 0;
    int bad = s ? 0 : fail(f, "%s: out of memory", folder);
    if (!bad)
        bad = list_sources(s, a->root, f) || read_module(s, a->root, top, strlen(top), f) ||
              read_module(s, a->root, signature, strlen(signature), f);
    if (!bad) bad = make_folders(folder, f);
    if (!bad) {
        away_keys_of(&k, a);
        source_keys(&k, s);
        snprintf(memories, sizeof memories, "%.*s/mem", (int)sizeof memories - 8, folder);
        filled = away_memories(a, memories, &k, f);
        bad = !filled;
    }
    if (!bad && k.short_of_memory) bad = fail(f, "%s: out of memory", folder);
    if (!bad)
        bad = write_rtl(s, folder, f) ||
              file_write_in(folder, "rtl/stw_filled.sv", filled, strlen(filled), f) ||
              write_texts(a, &k, folder, f) ||
              file_write_in(folder, "bench/vectors.vec", a->vectors, strlen(a->vectors), f) ||
              write_signatures(a, folder, f);
    free(filled);
    away_keys_fini(&k);
    for (int i = 0; s && i < s->n; i++)
        free(s->at[i].text);
    free(s);
    return bad ? -1 : 0;
}
