// The lists of a folder of words: the first byte says which, the rest is in it.
#include "tests/fuzz/harness.h"
#include "twin/task/dataset.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const list[] = {"validation_list.txt", "testing_list.txt", "speakers.txt"};

enum { LISTS = sizeof list / sizeof *list };

static void begin(void)
{
    static bool there;
    char path[4200];
    if (there) return;
    there = true;
    for (int w = 0; w < 2; w++) {
        snprintf(path, sizeof path, "%s/%s", fuzz_folder(), w ? "yes" : "no");
        fuzz_need(!mkdir(path, 0755), path);
        for (int i = 0; i < 4; i++) {
            snprintf(path, sizeof path, "%s/s%d_nohash_0.wav", w ? "yes" : "no", i);
            fuzz_put(path, 0, 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct dataset d;
    struct fail f = {""};
    char path[4200];
    const struct dataset_ask ask = {.dir = fuzz_folder(), .held_percent = 20};
    begin();
    if (!n) return 0;
    fuzz_put(list[bytes[0] % LISTS], bytes + 1, n - 1);
    if (dataset_open(&d, &ask, &f)) {
        fuzz_refused(f.text);
    } else {
        fuzz_need(d.labels.n == 2 && d.n_clips == 8, "clips were lost");
        fuzz_need(d.n_split[0] + d.n_split[1] + d.n_split[2] + d.n_split[3] == 8,
                  "a clip is in no split");
        dataset_close(&d);
        fuzz_taken();
    }
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), list[bytes[0] % LISTS]);
    unlink(path);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    static const char text[] = "0no/s1_nohash_0.wav\nyes/s1_nohash_0.wav\n";
    char other[sizeof text];
    memcpy(other, text, sizeof text);
    other[0] = '1';
    fuzz_seed(folder, "validation", text, sizeof text - 1);
    fuzz_seed(folder, "testing", other, sizeof text - 1);
    static const char speakers[] =
        "2no/s0_nohash_0.wav\ta\n./no/s1_nohash_0 b\r\nno/s2_nohash_0.wav c\n"
        "no/s3_nohash_0.wav d\nyes/s0_nohash_0.wav a\n"
        "yes/s1_nohash_0.wav b\nyes/s2_nohash_0.wav c\n"
        "yes/s3_nohash_0.wav d\n";
    fuzz_seed(folder, "speakers", speakers, sizeof speakers - 1);
}
