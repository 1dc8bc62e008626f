// Shows files to a harness without libFuzzer: each FILE, and each file of a FOLDER, of the command
// line. Ends with "N inputs, N taken"; a fault ends the process before, after the name of its file.
#include "tests/fuzz/harness.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t room)
{
    (void)bytes, (void)room;
    return n;
}

static void show(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = 0;
    size_t n = 0, got, room = 0;
    fuzz_need(f, path);
    do {
        bytes = realloc(bytes, room += 65536);
        fuzz_need(bytes, "no memory");
        got = fread(bytes + n, 1, room - n, f);
        n += got;
    } while (n == room);
    fclose(f);
    uint8_t *exact = malloc(n ? n : 1); // so that a byte too far is seen
    fuzz_need(exact, "no memory");
    memcpy(exact, bytes, n);
    free(bytes);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    long inputs = 0;
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        struct dirent **entry;
        int n = scandir(argv[i], &entry, visible, alphasort);
        if (n < 0) {
            show(argv[i]);
            inputs++;
        }
        for (int k = 0; k < n; k++, inputs++) {
            char path[8192];
            snprintf(path, sizeof path, "%s/%s", argv[i], entry[k]->d_name);
            show(path);
            free(entry[k]);
        }
        if (n >= 0) free(entry);
    }
    printf("%ld inputs, %ld taken\n", inputs, fuzz_count_taken());
    return 0;
}
