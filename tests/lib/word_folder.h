// A folder of words in a temporary place, for the tests of dataset.
#ifndef TESTS_LIB_WORD_FOLDER_H
#define TESTS_LIB_WORD_FOLDER_H

#include "twin/task/dataset.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct dataset d;
static struct labels labels;
static struct fail f;

// Opens dir; a list of labels that cannot be read is refused as a command line's is.
static inline int open_dir(const char *words, int held_percent, const char *speaker)
{
    labels_fini(&labels);
    if (words && labels_parse(&labels, words, &f)) return -1;
    const struct dataset_ask ask = {.dir = dir,
                                    .labels = words ? &labels : NULL,
                                    .held_percent = held_percent,
                                    .speaker = speaker};
    return dataset_open(&d, &ask, &f);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline int teardown(void **state)
{
    (void)state;
    dataset_close(&d);
    return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

// Writes DIR/name; folders on the way are made. Clips are never opened, so any content will do.
static inline void put(const char *name, const char *content)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    char *slash = strrchr(path, '/');
    *slash = 0;
    mkdir(path, 0755);
    *slash = '/';
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static inline int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/test_dataset.XXXXXX");
    if (!mkdtemp(dir)) return -1;
    put("yes/ann_nohash_0.wav", "");
    put("yes/ann_nohash_1.FLAC", "");
    put("yes/bob_nohash_0.wav", "");
    put("yes/cid_nohash_0.wav", "");
    put("yes/notes.txt", "");
    put("no/bob_nohash_0.wav", "");
    put("no/ann_nohash_0.wav", "");
    put("no/dee_nohash_0.wav", "");
    put("_background_noise_/hum.wav", "");
    put("papers/readme.txt", "");
    put("validation_list.txt", "yes/bob_nohash_0.wav\r\nno/bob_nohash_0.flac\n");
    put("testing_list.txt", "yes/cid_nohash_0\r\nno/dee_nohash_0.wav");
    return 0;
}

static inline void assert_refused(const char *words, int held_percent, const char *format, ...)
{
    char expected[512];
    va_list args;
    va_start(args, format);
    vsnprintf(expected, sizeof expected, format, args);
    va_end(args);
    f.text[0] = 0;
    assert_int_equal(open_dir(words, held_percent, NULL), -1);
    if (strncmp(f.text, expected, strlen(expected)) != 0)
        fail_msg("%s\nwanted: %s", f.text, expected);
    assert_null(d.clip);
    assert_int_equal(d.labels.n, 0);
}

static inline void open_or_fail(const char *words, int held_percent)
{
    if (open_dir(words, held_percent, NULL)) fail_msg("%s", f.text);
}

static inline const struct dataset_clip *clip_of(const char *name)
{
    for (int i = 0; i < d.n_clips; i++)
        if (!strcmp(d.clip[i].path + strlen(dir) + 1, name)) return &d.clip[i];
    fail_msg("no clip %s", name);
    return NULL;
}

#endif
