#include "cosim/dut_build.h"

#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 128 };

extern char **environ;

static const char *const sources_of_key[] = {
    "rtl/*.sv",   "cosim/dut.cpp", "cosim/dut.h", "cosim/dut_*.c",
    "cosim/*.sv", "model/*.h",     "model/law.c", 0};

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
    for (const unsigned char *at = bytes; n--; at++)
        h = (h ^ *at) * 0x100000001b3u; // FNV-1a, 64 bits
    return h;
}

static int hash_file(uint64_t *h, const char *path, char *message, size_t size)
{
    char block[4096];
    FILE *f = fopen(path, "rb");
    if (!f) {
        snprintf(message, size, "%s: %s", path, strerror(errno));
        return -1;
    }
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        *h = hash_bytes(*h, block, n);
    fclose(f);
    return 0;
}

static int hash_sources(uint64_t *h, const char *root, char *message, size_t size)
{
    for (int i = 0; sources_of_key[i]; i++) {
        char pattern[DUT_PATH];
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s/%s", root, sources_of_key[i]);
        int rc = glob(pattern, 0, 0, &found) ? -1 : 0;
        if (rc) snprintf(message, size, "%s: no such source of the RTL build", pattern);
        for (size_t k = 0; rc == 0 && k < found.gl_pathc; k++)
            rc = hash_file(h, found.gl_pathv[k], message, size);
        if (rc == 0) globfree(&found);
        if (rc) return -1;
    }
    return 0;
}

uint64_t dut_key(const struct law *law, const struct image_shape *shape,
                 const struct dut_build_options *o, char *message, size_t size)
{
    struct dut_parameter list[DUT_PARAMETERS];
    uint64_t h = 0xcbf29ce484222325u;
    dut_parameters(law, shape, list);
    for (int i = 0; i < DUT_PARAMETERS; i++)
        h = hash_bytes(h, list[i].value, strlen(list[i].value) + 1);
    h = hash_bytes(h, o->waves ? "waves" : "plain", 5);
    if (hash_sources(&h, o->root, message, size)) return 0;
    return h ? h : 1;
}

uint64_t dut_top_key(const struct dut_top *t, const struct dut_build_options *o, char *message,
                     size_t size)
{
    uint64_t h = 0xcbf29ce484222325u;
    const char *const *lists[] = {t->sources, t->arguments};
    h = hash_bytes(h, t->top, strlen(t->top) + 1);
    h = hash_bytes(h, t->config, strlen(t->config) + 1);
    h = hash_bytes(h, o->waves ? "waves" : "plain", 5);
    for (int k = 0; k < 2; k++)
        for (int i = 0; lists[k][i]; i++)
            h = hash_bytes(h, lists[k][i], strlen(lists[k][i]) + 1);
    if (hash_file(&h, t->cpp, message, size) || hash_sources(&h, o->root, message, size)) return 0;
    return h ? h : 1;
}

static int make_folders(char *path, char *message, size_t size)
{
    for (char *at = path + 1;; at++) {
        char c = *at;
        if (c != '/' && c) continue;
        *at = 0;
        if (mkdir(path, 0777) && errno != EEXIST) {
            snprintf(message, size, "%s: %s", path, strerror(errno));
            return -1;
        }
        *at = c;
        if (!c) return 0;
    }
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

static void remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// The environment without what a make around us would tell Verilator's make.
static char **clean_environment(char **to)
{
    int n = 0;
    for (char **e = environ; *e && n < 1023; e++)
        if (strncmp(*e, "MAKE", 4) && strncmp(*e, "MFLAGS=", 7)) to[n++] = *e;
    to[n] = 0;
    return to;
}

// Runs a program with its output in a log file. 0, or -1 with a message.
static int run_logged(char *const argv[], const char *log, char *message, size_t size)
{
    char *clean[1024];
    struct child child;
    struct fail f = {""};
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int rc = in < 0 || out < 0
                 ? fail(&f, "%s: %s", in < 0 ? "/dev/null" : log, strerror(errno))
                 : child_start(&child, argv, clean_environment(clean), in, out, out, &f);
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    if (rc) {
        snprintf(message, size, "%s; it builds the RTL for co-simulation (Debian: apt install %s)",
                 f.text, argv[0]);
        return -1;
    }
    int status = child_wait(&child);
    if (!status) return 0;
    snprintf(message, size, "%s failed (%s %d); its output: %s", argv[0],
             status < 256 ? "exit" : "signal", status % 256, log);
    return -1;
}

static int write_text(const char *path, const char *text, char *message, size_t size)
{
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f)) {
        snprintf(message, size, "%s: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

static int verilate(const struct dut_top *t, const struct dut_build_options *o, const char *folder,
                    char *message, size_t size)
{
    char *argv[MAX_ARGUMENTS], cflags[3 * DUT_PATH], config[2 * DUT_PATH], log[2 * DUT_PATH],
        mdir[2 * DUT_PATH], so[2 * DUT_PATH], pattern[DUT_PATH];
    glob_t rtl;
    int n = 0;
    snprintf(config, sizeof config, "%s/dut_config.h", folder);
    snprintf(log, sizeof log, "%s/build.log", folder);
    snprintf(mdir, sizeof mdir, "%s/obj", folder);
    snprintf(so, sizeof so, "%s/dut.so", folder);
    snprintf(cflags, sizeof cflags, "-fPIC -std=gnu++17 -I%s -I%s", o->root, folder);
    if (write_text(config, t->config, message, size)) return -1;
    snprintf(pattern, sizeof pattern, "%s/rtl/*.sv", o->root);
    if (glob(pattern, 0, 0, &rtl)) {
        snprintf(message, size, "%s: no RTL there", pattern);
        return -1;
    }
    const char *const fixed[] = {"verilator",
                                 "--cc",
                                 "--exe",
                                 "--build",
                                 "-O3",
                                 "--x-assign",
                                 "fast",
                                 "--x-initial",
                                 "fast",
                                 "--noassert",
                                 "-Wall",
                                 "--top-module",
                                 t->top,
                                 "--prefix",
                                 "Vstw_net",
                                 "--Mdir",
                                 mdir,
                                 "-CFLAGS",
                                 cflags,
                                 "-LDFLAGS",
                                 "-shared",
                                 "-MAKEFLAGS",
                                 "OPT_FAST=-O3",
                                 "-MAKEFLAGS",
                                 "OPT_SLOW=-O1",
                                 "-MAKEFLAGS",
                                 "OPT_GLOBAL=-O1",
                                 "-o",
                                 so,
                                 o->waves ? "--trace-fst" : 0};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (fixed[i]) argv[n++] = (char *)fixed[i];
    for (int i = 0; t->arguments[i] && n < MAX_ARGUMENTS - 2; i++)
        argv[n++] = (char *)t->arguments[i];
    for (int i = 0; t->sources[i] && n < MAX_ARGUMENTS - 2; i++)
        argv[n++] = (char *)t->sources[i];
    for (size_t i = 0; i < rtl.gl_pathc && n < MAX_ARGUMENTS - 2; i++)
        argv[n++] = rtl.gl_pathv[i];
    argv[n++] = (char *)t->cpp;
    argv[n] = 0;
    int rc = run_logged(argv, log, message, size);
    globfree(&rtl);
    if (rc == 0) remove_folder(mdir);
    return rc;
}

int dut_build_top(const struct dut_top *t, const struct dut_build_options *o, uint64_t key,
                  char *path, char *message, size_t size)
{
    char out[DUT_PATH], ready[DUT_PATH + 32], building[DUT_PATH + 64];
    int n = snprintf(out, sizeof out, "%s", o->out);
    if (n >= DUT_PATH - 64) {
        snprintf(message, size, "%s: path too long", o->out);
        return -1;
    }
    snprintf(ready, sizeof ready, "%s/%016llx", out, (unsigned long long)key);
    snprintf(path, DUT_PATH, "%s/%016llx/dut.so", o->out, (unsigned long long)key);
    if (access(path, R_OK) == 0) return 0;
    snprintf(building, sizeof building, "%s.%ld", ready, (long)getpid());
    char folders[DUT_PATH + 64];
    memcpy(folders, building, sizeof folders);
    if (make_folders(folders, message, size)) return -1;
    char *absolute = realpath(building, 0); // Verilator's make runs elsewhere
    if (!absolute) snprintf(message, size, "%s: %s", building, strerror(errno));
    int rc = absolute ? verilate(t, o, absolute, message, size) : -1;
    free(absolute);
    if (rc) return -1;
    if (rename(building, ready) && access(path, R_OK)) {
        snprintf(message, size, "%s: %s", ready, strerror(errno));
        return -1;
    }
    remove_folder(building); // there only if another process was first
    return 0;
}

static void print_config(FILE *f, const struct law *a, const struct image_shape *s, bool waves)
{
    const struct law_format formats[] = {a->input,   a->weight, a->membrane,
                                         a->current, a->leak,   a->gain};
    const int flags[] = {
        a->currents,        a->input_signed,    a->leak_signed,    a->has_gain,
        a->has_rest,        a->decay_last,      a->saturate_each,  a->wrap,
        a->floor_zero,      a->fire_gt,         a->reset_subtract, a->integrate_first,
        a->refractory_hold, a->refractory_ticks};
    fprintf(f, "#define DUT_WAVES %d\n#define DUT_CURRENTS %d\n", waves, a->currents);
    fprintf(f, "#define DUT_MEMBRANE_BITS %d\n#define DUT_CURRENT_BITS %d\n", law_bits(a->membrane),
            a->currents ? law_bits(a->current) : 1);
    fprintf(f, "static const struct law DUT_LAW = {");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        fprintf(f, "{%d, %d}, ", formats[i].int_bits, formats[i].frac_bits);
    fprintf(f, "\n    (fx_round)%d, (fx_round)%d, (fx_round)%d, (law_leak)%d, (law_leak)%d,\n   ",
            (int)a->round_current, (int)a->round_decay, (int)a->round_leak, (int)a->leak_kind,
            (int)a->decay_kind);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        fprintf(f, " %d,", flags[i]);
    fprintf(f, "};\nstatic const struct image_shape DUT_SHAPE = {%d, {", s->n_layers);
    for (int l = 0; l < s->n_layers; l++)
        fprintf(f, "{%d, %d, (image_topology)%d, %d, %d, %d}, ", s->layer[l].n_in,
                s->layer[l].n_out, (int)s->layer[l].topology, s->layer[l].recurrent,
                s->layer[l].delayed, s->layer[l].max_spikes ? s->layer[l].max_spikes : 1);
    fprintf(f, "}};\n");
}

int dut_build(const struct law *law, const struct image_shape *shape,
              const struct dut_build_options *o, char *path, char *message, size_t size)
{
    const char *what = dut_check(law, shape);
    if (what) {
        snprintf(message, size, "no RTL for this chip: %s", what);
        return -1;
    }
    uint64_t key = dut_key(law, shape, o, message, size);
    if (!key) return -1;
    struct dut_parameter list[DUT_PARAMETERS];
    char text[DUT_PARAMETERS][80], cpp[DUT_PATH], twin[DUT_PATH], config[4096];
    const char *arguments[DUT_PARAMETERS + 1] = {0}, *sources[] = {o->waves ? twin : 0, 0};
    dut_parameters(law, shape, list);
    for (int i = 0; i < DUT_PARAMETERS; i++) {
        snprintf(text[i], sizeof text[i], "-G%.20s=%.47s", list[i].name, list[i].value);
        arguments[i] = text[i];
    }
    snprintf(cpp, sizeof cpp, "%s/cosim/dut.cpp", o->root);
    snprintf(twin, sizeof twin, "%s/cosim/stw_twin.sv", o->root);
    FILE *f = fmemopen(config, sizeof config, "w");
    if (f) print_config(f, law, shape, o->waves);
    if (!f || fclose(f)) {
        snprintf(message, size, "out of memory");
        return -1;
    }
    struct dut_top top = {"stw_net", sources, arguments, cpp, config};
    return dut_build_top(&top, o, key, path, message, size);
}
