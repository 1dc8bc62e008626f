#include "tests/fuzz/harness.h"

#include "twin/net/virtual_chip.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long taken;
static char folder[4096];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (*argc != 3 || strcmp((*argv)[1], "--seeds")) return 0;
    fuzz_seeds((*argv)[2]);
    exit(0);
}

void fuzz_need(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

const char *fuzz_file(const uint8_t *bytes, size_t n)
{
    static int fd = -1;
    static char path[4200];
    if (fd < 0) {
        snprintf(path, sizeof path, "%s/input", fuzz_folder());
        fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    }
    fuzz_need(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, bytes, n, 0) == (ssize_t)n,
              "a file cannot be written");
    return path;
}

char *fuzz_text(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);
    fuzz_need(text, "no memory");
    memcpy(text, bytes, n);
    text[n] = 0;
    return text;
}

static void remove_folder(void)
{
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command)) fprintf(stderr, "fuzz: %s stays\n", folder);
}

const char *fuzz_folder(void)
{
    if (*folder) return folder;
    const char *at = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/spiketwin-fuzz.XXXXXX", at ? at : "/tmp");
    fuzz_need(mkdtemp(folder), "no folder for files in TMPDIR");
    atexit(remove_folder);
    return folder;
}

void fuzz_seed(const char *to, const char *name, const void *bytes, size_t n)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", to, name);
    FILE *f = fopen(path, "wb");
    fuzz_need(f && fwrite(bytes, 1, n, f) == n && !fclose(f), path);
}

void fuzz_put(const char *file, const uint8_t *bytes, size_t n)
{
    fuzz_seed(fuzz_folder(), file, bytes, n);
}

void fuzz_seed_copy(const char *to, const char *name, const char *file)
{
    char path[4096], bytes[65536];
    snprintf(path, sizeof path, "%s/%s", SPIKETWIN_ROOT, file);
    FILE *f = fopen(*file == '/' ? file : path, "rb");
    fuzz_need(f, path);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    fuzz_seed(to, name, bytes, n);
}

void fuzz_taken(void)
{
    taken++;
}

long fuzz_count_taken(void)
{
    return taken;
}

void fuzz_refused(const char *message)
{
    fuzz_need(*message, "refused without a message");
}

void fuzz_touch(const void *bytes, size_t n)
{
    uint8_t x = 0;
    for (size_t i = 0; i < n; i++)
        x ^= ((const uint8_t *)bytes)[i];
    __asm__ volatile("" : : "r"(x)); // so that the loop stays
}

const struct image *fuzz_image(void)
{
    static struct image *im;
    struct chip chip;
    struct net net;
    struct fail f = {""};
    if (im) return im;
    fuzz_need(!chip_load(&chip, SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f), f.text);
    fuzz_need(!net_load(&net, SPIKETWIN_ROOT "/vectors/tiny.nir", &f), f.text);
    im = virtual_chip_new(&chip, &net.shape);
    fuzz_need(im, "no memory");
    virtual_chip_make(im, &chip, &net, 1, 3, 0);
    net_fini(&net);
    return im;
}
