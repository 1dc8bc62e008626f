// Texts of chip files for tests: read, written as bad.yaml in a folder of its own.
#ifndef TESTS_LIB_CHIP_TEXT_H
#define TESTS_LIB_CHIP_TEXT_H

static inline char *read_good(const char *path)
{
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    char *text = calloc(1, 20000);
    assert_true(fread(text, 1, 19999, in) > 1000);
    fclose(in);
    return text;
}

static inline void write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static inline char *enter_folder(void)
{
    static char folder[] = "/tmp/spiketwin-chip-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    return folder;
}

static inline void leave_folder(char *folder)
{
    unlink("bad.yaml");
    assert_int_equal(chdir("/"), 0);
    rmdir(folder);
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
}

#endif
