// The tools' part of dut_build: Verilator makes C++ of the RTL, g++ a shared object of it.
//
// Both run in the folder that they fill, on relative names alone: `tree` is a link to the root of
// the sources, `include` one to Verilator's C++. So no path of the user's stands in an argument, in
// what Verilator writes, or in the shared object. make has no part in it: it refuses folders with
// blanks.
#include "cosim/dut/dut_build.h"

#include "base/fnv.h"
#include "cosim/dut/dut_tools.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

// The oldest Verilator that this has been tried with.
enum { OLDEST_MAJOR = 5, OLDEST_MINOR = 6 };
enum { MAX_ARGUMENTS = 160, MAX_FILES = 96, NAME = 256, MAX_RUNTIME = 8 };

static const char *const verilator_flags[] = {
    "verilator",  "--cc",  "-O3",      "--x-assign", "fast",   "--x-initial", "fast",
    "--noassert", "-Wall", "--prefix", "Vstw_net",   "--Mdir", "obj",         0};
static const char *const compiler_flags[] = {"g++",
                                             "-std=gnu++17",
                                             "-fPIC",
#ifdef __x86_64__
                                             "-fcf-protection=none",
#endif
                                             "-I.",
                                             "-Itree",
                                             "-Iobj",
                                             "-Iinclude",
                                             "-Iinclude/vltstd",
                                             0};
#define MODEL_OPTIMISED   "-O3"
#define RUNTIME_OPTIMISED "-O1"

struct names { // of files of one folder, sorted by their bytes
    int n;
    char at[MAX_FILES][NAME];
};

struct arguments {
    int n;
    const char *at[MAX_ARGUMENTS];
};

struct job { // one build
    const struct dut_top *t;
    const struct dut_build_options *o;
    struct dut_cache *cache;
    char tools[1024];         // what the tools say they are
    char verilator[DUT_PATH]; // its folder
    uint64_t key;
    // What Verilator's list of classes says.
    char define[4][40]; // -DVM_...
    bool fst;
    int n_runtime;
    char runtime[MAX_RUNTIME][NAME]; // names of files in `include`
};

static int told(char *message, size_t size, const char *path)
{
    snprintf(message, size, "%s: %s", path, strerror(errno));
    return -1;
}

static void add(struct arguments *a, const char *text)
{
    if (a->n < MAX_ARGUMENTS - 1) a->at[a->n++] = text;
    a->at[a->n] = 0;
}

static void add_all(struct arguments *a, const char *const *list)
{
    for (; list && *list; list++)
        add(a, *list);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int list_files(struct names *to, const char *folder, const char *pattern, char *message,
                      size_t size)
{
    DIR *d = opendir(folder);
    to->n = 0;
    if (!d) return told(message, size, folder);
    for (struct dirent *e; (e = readdir(d)) && to->n < MAX_FILES;)
        if (fnmatch(pattern, e->d_name, FNM_PERIOD) == 0)
            snprintf(to->at[to->n++], NAME, "%s", e->d_name);
    closedir(d);
    qsort(to->at, (size_t)to->n, NAME, by_bytes);
    if (to->n > 0 && to->n < MAX_FILES) return 0;
    snprintf(message, size, "%s: %d files %s, allowed 1..%d", folder, to->n, pattern,
             MAX_FILES - 1);
    return -1;
}

// --- the key
// ----------------------------------------------------------------------------------------

static uint64_t hash_text(uint64_t h, const char *text)
{
    return fnv(h, text ? text : "", text ? strlen(text) + 1 : 1);
}

static uint64_t hash_list(uint64_t h, const char *const *list)
{
    for (; list && *list; list++)
        h = hash_text(h, *list);
    return hash_text(h, 0);
}

static int hash_source(uint64_t *h, const char *root, const char *name, char *message, size_t size)
{
    char path[DUT_PATH];
    if (snprintf(path, sizeof path, "%s/%s", root, name) >= (int)sizeof path) {
        snprintf(message, size, "%s/%s: path too long", root, name);
        return -1;
    }
    *h = hash_text(*h, name);
    return dut_hash_file(h, path, message, size);
}

static int hash_folder(uint64_t *h, const char *root, const char *folder, const char *pattern,
                       char *message, size_t size)
{
    char path[DUT_PATH], name[2 * NAME];
    struct names found;
    snprintf(path, sizeof path, "%s/%s", root, folder);
    if (list_files(&found, path, pattern, message, size)) return -1;
    for (int k = 0; k < found.n; k++) {
        snprintf(name, sizeof name, "%s/%s", folder, found.at[k]);
        if (hash_source(h, root, name, message, size)) return -1;
    }
    return 0;
}

// The headers of the model: those of all laws, and each law's in a folder of its own.
static int hash_model(uint64_t *h, const char *root, char *message, size_t size)
{
    char path[DUT_PATH], name[2 * NAME];
    struct names found;
    if (hash_folder(h, root, "model", "*.h", message, size)) return -1;
    snprintf(path, sizeof path, "%s/model", root);
    if (list_files(&found, path, "*", message, size)) return -1;
    for (int k = 0; k < found.n; k++) {
        if (strchr(found.at[k], '.')) continue; // a file
        snprintf(name, sizeof name, "model/%s", found.at[k]);
        if (hash_folder(h, root, name, "*.h", message, size)) return -1;
    }
    return 0;
}

// FNV-1a over the tools, their flags, what is in the top, and the bytes of every source.
static int make_key(const struct job *j, uint64_t *key, char *message, size_t size)
{
    const struct dut_top *t = j->t;
    const char *root = j->o->root;
    uint64_t h = hash_text(FNV_START, j->tools);
    h = hash_list(hash_list(h, verilator_flags), compiler_flags);
    h = hash_text(h, MODEL_OPTIMISED RUNTIME_OPTIMISED);
    h = hash_text(hash_text(hash_text(h, t->top), t->text), t->config);
    h = hash_list(h, t->arguments);
    h = hash_text(h, j->o->waves ? "waves" : "plain");
    if (hash_source(&h, root, t->cpp, message, size)) return -1;
    if (t->source && hash_source(&h, root, t->source, message, size)) return -1;
    if (hash_folder(&h, root, "rtl", "*.sv", message, size) ||
        hash_folder(&h, root, "cosim/dut", "*dut.h", message, size) ||
        hash_model(&h, root, message, size))
        return -1;
    *key = h;
    return 0;
}

static void end_at_line(char *text)
{
    text[strcspn(text, "\n")] = 0;
}

static int ask_tools(struct job *j, char *message, size_t size)
{
    static const char *const verilator[] = {"verilator", "--version", 0},
                             *const compiler[] = {"g++", "--version", 0},
                             *const root[] = {"verilator", "--getenv", "VERILATOR_ROOT", 0};
    char version[256], gxx[256];
    int major = 0, minor = 0;
    struct utsname machine;
    if (tools_ask(verilator, version, sizeof version, message, size) ||
        tools_ask(root, j->verilator, sizeof j->verilator, message, size) ||
        tools_ask(compiler, gxx, sizeof gxx, message, size))
        return -1;
    end_at_line(version), end_at_line(gxx), end_at_line(j->verilator);
    if (sscanf(version, "Verilator %d.%d", &major, &minor) != 2 || major < OLDEST_MAJOR ||
        (major == OLDEST_MAJOR && minor < OLDEST_MINOR)) {
        snprintf(message, size, "verilator: version \"%.80s\", allowed Verilator %d.%03d and later",
                 version, OLDEST_MAJOR, OLDEST_MINOR);
        return -1;
    }
    if (uname(&machine)) return told(message, size, "uname");
    snprintf(j->tools, sizeof j->tools, "%s\n%s\n%s\n", version, gxx, machine.machine);
    return 0;
}

// --- the build
// --------------------------------------------------------------------------------------

static int write_text(const char *folder, const char *name, const char *text, char *message,
                      size_t size)
{
    char path[2 * DUT_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "we");
    bool bad = !f || fputs(text, f) < 0;
    if (f && fclose(f)) bad = true;
    return bad ? told(message, size, path) : 0;
}

// `name` in `folder`, a link to `to`.
static int link_to(const char *folder, const char *name, const char *to, char *message, size_t size)
{
    char path[2 * DUT_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return symlink(to, path) ? told(message, size, path) : 0;
}

static int link_include(const struct job *j, const char *folder, char *message, size_t size)
{
    char include[DUT_PATH + 16];
    snprintf(include, sizeof include, "%s/include", j->verilator);
    return link_to(folder, "include", include, message, size);
}

// Reads obj/Vstw_net_classes.mk: what Verilator would tell make.
static int read_classes(struct job *j, const char *folder, char *message, size_t size)
{
    static const char *const flags[4] = {"VM_COVERAGE", "VM_TRACE", "VM_TRACE_FST", "VM_TRACE_VCD"};
    char path[2 * DUT_PATH], line[1024], name[64] = "", value[NAME];
    bool runtime = false;
    snprintf(path, sizeof path, "%s/obj/Vstw_net_classes.mk", folder);
    FILE *f = fopen(path, "re");
    if (!f) return told(message, size, path);
    for (int i = 0; i < 4; i++)
        snprintf(j->define[i], sizeof j->define[i], "-D%s=0", flags[i]);
    j->n_runtime = 0;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%63[A-Z0-9_] += %127s", name, value) == 2)
            runtime = strcmp(name, "VM_GLOBAL_FAST") == 0 || strcmp(name, "VM_GLOBAL_SLOW") == 0;
        else if (sscanf(line, "%63[A-Z0-9_] = %127s", name, value) == 2) {
            for (int i = 0; i < 4; i++)
                if (strcmp(name, flags[i]) == 0)
                    snprintf(j->define[i], sizeof j->define[i], "-D%s=%.16s", flags[i], value);
        } else if (runtime && isspace((unsigned char)*line) && sscanf(line, "%127s", value) == 1 &&
                   strcmp(value, "\\") && j->n_runtime < MAX_RUNTIME)
            snprintf(j->runtime[j->n_runtime++], NAME, "include/%.100s.cpp", value);
    }
    fclose(f);
    j->fst = strcmp(j->define[2], "-DVM_TRACE_FST=1") == 0;
    if (j->n_runtime > 0 && j->n_runtime < MAX_RUNTIME) return 0;
    snprintf(message, size, "%s: %d files of Verilator's own, allowed 1..%d", path, j->n_runtime,
             MAX_RUNTIME - 1);
    return -1;
}

static void add_compiler(struct arguments *a, const struct job *j, const char *optimised)
{
    add_all(a, compiler_flags);
    add(a, optimised);
    add(a, "-DVM_SC=0");
    for (int i = 0; i < 4; i++)
        add(a, j->define[i]);
}

// Verilator's own C++, the same for all DUTs: an entry of its own.
static int make_runtime(void *context, const char *folder, char *message, size_t size)
{
    const struct job *j = context;
    struct arguments a = {0};
    add_compiler(&a, j, RUNTIME_OPTIMISED);
    add_all(&a, (const char *const[]){"-r", "-nostdlib", "-o", "runtime.o", 0});
    for (int i = 0; i < j->n_runtime; i++)
        add(&a, j->runtime[i]);
    return link_include(j, folder, message, size) ? -1 : tools_run(a.at, folder, message, size);
}

static int get_runtime(struct job *j, const char *folder, char *message, size_t size)
{
    char entry[DUT_PATH], path[DUT_PATH + 16];
    uint64_t h = hash_text(hash_text(FNV_START, "runtime"), j->tools);
    h = hash_text(hash_list(h, compiler_flags), RUNTIME_OPTIMISED);
    for (int i = 0; i < 4; i++)
        h = hash_text(h, j->define[i]);
    for (int i = 0; i < j->n_runtime; i++)
        if (hash_source(&h, j->verilator, j->runtime[i], message, size)) return -1;
    if (dut_cache_get(j->cache, h, "runtime.o", make_runtime, j, entry, message, size)) return -1;
    snprintf(path, sizeof path, "%s/runtime.o", entry);
    return link_to(folder, "runtime.o", path, message, size);
}

static int verilate(const struct job *j, const char *folder, char *message, size_t size)
{
    char path[DUT_PATH], source[2 * NAME], rtl[MAX_FILES][NAME + 16];
    struct names found;
    struct arguments a = {0};
    snprintf(path, sizeof path, "%s/rtl", j->o->root);
    if (list_files(&found, path, "*.sv", message, size)) return -1;
    add_all(&a, verilator_flags);
    if (j->o->waves) add(&a, "--trace-fst");
    add(&a, "--top-module");
    add(&a, j->t->top);
    add_all(&a, j->t->arguments);
    if (j->t->text) {
        add(&a, "top.sv");
        if (write_text(folder, "top.sv", j->t->text, message, size)) return -1;
    }
    if (j->t->source) {
        snprintf(source, sizeof source, "tree/%s", j->t->source);
        add(&a, source);
    }
    for (int i = 0; i < found.n; i++) {
        snprintf(rtl[i], sizeof rtl[i], "tree/rtl/%s", found.at[i]);
        add(&a, rtl[i]);
    }
    return tools_run(a.at, folder, message, size);
}

// One unit of all that Verilator wrote, as its own makefile has it.
static int write_unit(const char *folder, char *message, size_t size)
{
    char path[2 * DUT_PATH], *text = 0;
    struct names found;
    size_t n = 0;
    snprintf(path, sizeof path, "%s/obj", folder);
    if (list_files(&found, path, "*.cpp", message, size)) return -1;
    FILE *f = open_memstream(&text, &n);
    for (int i = 0; f && i < found.n; i++)
        fprintf(f, "#include \"obj/%s\"\n", found.at[i]);
    if (!f || fclose(f)) {
        free(text);
        return told(message, size, path);
    }
    int bad = write_text(folder, "model.cpp", text, message, size);
    free(text);
    return bad;
}

// What only the tools needed.
static void remove_parts(const char *folder)
{
    static const char *const parts[] = {"obj", "tree", "include", "runtime.o", "model.cpp", 0};
    char path[2 * DUT_PATH];
    for (int i = 0; parts[i]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        dut_cache_remove(path);
    }
}

static int make_dut(void *context, const char *folder, char *message, size_t size)
{
    struct job *j = context;
    struct arguments a = {0};
    char cpp[2 * NAME];
    uint64_t key;
    if (link_to(folder, "tree", j->o->root, message, size) ||
        link_include(j, folder, message, size) ||
        write_text(folder, "dut_config.h", j->t->config, message, size) ||
        verilate(j, folder, message, size) || read_classes(j, folder, message, size) ||
        write_unit(folder, message, size) || get_runtime(j, folder, message, size))
        return -1;
    snprintf(cpp, sizeof cpp, "tree/%s", j->t->cpp);
    add_compiler(&a, j, MODEL_OPTIMISED);
    add_all(&a, (const char *const[]){"-shared", "-o", "dut.so", "model.cpp", cpp, "runtime.o",
                                      "-pthread", "-latomic", j->fst ? "-lz" : 0, 0});
    if (tools_run(a.at, folder, message, size)) return -1;
    remove_parts(folder);
    if (make_key(j, &key, message, size)) return -1;
    if (key == j->key) return 0;
    snprintf(message, size, "%s: a source was changed while it was built: start again", j->o->root);
    return -1;
}

int dut_build_top(const struct dut_top *t, const struct dut_build_options *o, char *path,
                  char *message, size_t size)
{
    struct dut_cache cache;
    struct job j = {.t = t, .o = o, .cache = &cache};
    char entry[DUT_PATH];
    if (ask_tools(&j, message, size) || make_key(&j, &j.key, message, size) ||
        dut_cache_open(&cache, o->out, message, size))
        return -1;
    int bad = dut_cache_get(&cache, j.key, "dut.so", make_dut, &j, entry, message, size);
    if (!bad) bad = dut_cache_library(&cache, entry, "dut.so", path, message, size);
    dut_cache_close(&cache);
    return bad;
}
