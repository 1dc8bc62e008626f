#include "cosim/waves/waves.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Flags of a trace in GTKWave's save files, in hexadecimal (its analyzer.h).
enum {
    GTKW_DECIMAL = 0x4,
    GTKW_BINARY = 0x8,
    GTKW_RIGHT = 0x20,
    GTKW_BLANK = 0x200,
    GTKW_SIGNED = 0x400,
    GTKW_GROUP_BEGINS = 0x800000,
    GTKW_GROUP_ENDS = 0x1000000,
    GTKW_FRACTION = 0x40000000
};

static unsigned flags_of(const struct waves_signal *x)
{
    unsigned flags = x->format == WAVES_BITS     ? GTKW_BINARY
                     : x->format == WAVES_SIGNED ? GTKW_SIGNED
                                                 : GTKW_DECIMAL;
    return flags | GTKW_RIGHT | (x->frac > 0 ? (unsigned)GTKW_FRACTION : 0);
}

static bool begins(const struct waves_signal *x, int i)
{
    return !i || strcmp(x[i].group, x[i - 1].group) != 0;
}

static bool ends(const struct waves_signal *x, int i, int n)
{
    return i == n - 1 || strcmp(x[i].group, x[i + 1].group) != 0;
}

static void print_gtkw(FILE *to, const char *wave, const char *top, const struct waves_signal *x,
                       int n)
{
    fprintf(to, "[dumpfile] \"%s\"\n[timestart] 0\n[size] 1400 900\n[pos] -1 -1\n", wave);
    for (int i = 0; i < n; i++) {
        if (begins(x, i))
            fprintf(to, "@%x\n-%s\n", (unsigned)(GTKW_GROUP_BEGINS | GTKW_BLANK), x[i].group);
        if (x[i].frac > 0) fprintf(to, "[fpshift_count] %d\n", x[i].frac);
        fprintf(to, "@%x\n%s.%s", flags_of(&x[i]), top, x[i].name);
        fprintf(to, x[i].bits ? "[%d:0]\n" : "\n", x[i].bits - 1);
        if (ends(x, i, n))
            fprintf(to, "@%x\n-%s\n", (unsigned)(GTKW_GROUP_ENDS | GTKW_BLANK), x[i].group);
    }
}

static void print_surfer(FILE *to, const char *wave, const char *top, const struct waves_signal *x,
                         int n)
{
    fprintf(to, "load_file %s\n", wave);
    for (int i = 0; i < n; i++) {
        if (begins(x, i)) fprintf(to, "divider_add %s\n", x[i].group);
        fprintf(to, "variable_add %s.%s\n", top, x[i].name);
    }
}

const char *waves_no_name(const char *wave)
{
    return strpbrk(wave, "\"\\\n\r") ? "a name without \", \\ and line ends is needed" : 0;
}

static int write_one(const char *wave, size_t stem, const char *end,
                     void (*print)(FILE *, const char *, const char *, const struct waves_signal *,
                                   int),
                     const char *top, const struct waves_signal *x, int n, struct fail *f)
{
    const char *slash = strrchr(wave, '/');
    char path[FILE_PATH], *text = 0;
    size_t bytes;
    if (snprintf(path, sizeof path, "%.*s%s", (int)stem, wave, end) >= (int)sizeof path)
        return fail(f, "%s: a path of at most %zu bytes", wave, sizeof path);
    FILE *to = open_memstream(&text, &bytes);
    if (!to) return fail(f, "out of memory");
    print(to, slash ? slash + 1 : wave, top, x, n);
    bool bad = ferror(to);
    int rc = fclose(to) || bad ? fail(f, "out of memory") : file_write(path, text, bytes, f);
    free(text);
    return rc;
}

int waves_write(const char *wave, const char *top, const struct waves_signal *x, int n,
                struct fail *f)
{
    const char *no = waves_no_name(wave);
    size_t stem = strlen(wave);
    if (no) return fail(f, "%s: %s", wave, no);
    if (stem > 4 && (!strcmp(wave + stem - 4, ".fst") || !strcmp(wave + stem - 4, ".vcd")))
        stem -= 4;
    return write_one(wave, stem, ".gtkw", print_gtkw, top, x, n, f) ||
                   write_one(wave, stem, ".sucl", print_surfer, top, x, n, f)
               ? -1
               : 0;
}
