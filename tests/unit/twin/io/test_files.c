// Whole files, folders for one, words for a shell, text for a terminal, JSON without memory.
#include "base/file.h"
#include "base/text.h"
#include "twin/io/json_io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct fail f;
static char folder[] = "/tmp/spiketwin-files.XXXXXX";

static const char *in(const char *name)
{
    static char path[4][FILE_PATH];
    static int at;
    char *to = path[at++ % 4];
    snprintf(to, FILE_PATH, "%s/%s", folder, name);
    return to;
}

static void is(const char *path, const char *text)
{
    char got[64] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    got[fread(got, 1, sizeof got - 1, file)] = 0;
    fclose(file);
    assert_string_equal(got, text);
}

static void whole_files(void **state)
{
    (void)state;
    const char *path = in("a");
    assert_int_equal(file_write(path, "first", 5, &f), 0);
    assert_int_equal(file_write(path, "second", 6, &f), 0);
    is(path, "second");
    assert_int_equal(file_write_new(path, "third", 5, &f), 1);
    is(path, "second");
    assert_int_equal(file_write_new(in("b"), "new", 3, &f), 0);
    is(in("b"), "new");
    assert_int_equal(file_write(in("none/c"), "x", 1, &f), -1);
    assert_non_null(strstr(f.text, "/none/c: No such file or directory"));
    assert_int_equal(file_write(folder, "x", 1, &f), -1);
    assert_non_null(strstr(f.text, "Is a directory"));
    assert_int_equal(file_write("", "x", 1, &f), -1);
    assert_true(file_streams("-") && file_streams("/dev/null") && !file_streams(path));
    assert_int_equal(file_write("/dev/null", "x", 1, &f), 0);
    struct stat st;
    assert_true(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
}

static void dropped(void **state)
{
    (void)state;
    struct file_new new;
    assert_int_equal(file_begin(&new, in("a"), &f), 0);
    assert_int_equal(access(new.temporary, F_OK), 0);
    file_drop(&new);
    file_drop(&new); // legal
    assert_int_not_equal(access(new.temporary, F_OK), 0);
    is(in("a"), "second");
    // Another writer does not take one that is in use for left behind.
    assert_int_equal(file_begin(&new, in("a"), &f), 0);
    assert_int_equal(file_write(in("b"), "b", 1, &f), 0);
    assert_int_equal(file_append(new.fd, "third", 5), 0);
    assert_int_equal(file_commit(&new, in("a"), &f), 0);
    is(in("a"), "third");
}

static void for_one(void **state)
{
    (void)state;
    struct file_lock a, b;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "in use by process %ld on ", (long)getpid());
    assert_int_equal(file_lock(&a, folder, &f), 0);
    assert_int_equal(file_lock(&b, folder, &f), -1);
    assert_non_null(strstr(f.text, wanted));
    file_unlock(&b); // legal
    file_unlock(&a);
    assert_int_equal(file_lock(&b, folder, &f), 0);
    file_unlock(&b);
    assert_int_not_equal(access(in(".spiketwin-lock"), F_OK), 0);
}

static void shown(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int bytes;
    } row[] = {{"a", 1},
               {"\n", 1},
               {"\t", 1},
               {"\r", 0},
               {"\x1b", 0},
               {"\x7f", 0},
               {"\xc2\x9b", 0},
               {"\xc2\xa0", 2},
               {"\xe2\x80\xae", 0},
               {"\xe2\x82\xac", 3},
               {"\xf0\x9f\x90\xb1", 4},
               {"\xe2\x82", -1},
               {"\xf0", -1},
               {"\x80", 0},
               {"\xc0\x80", 0},
               {"\xed\xa0\x80", 0},
               {"\xf4\x90\x80\x80", 0}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        assert_int_equal(text_shown((const unsigned char *)row[i].text, strlen(row[i].text)),
                         row[i].bytes);
}

// What a shell makes of a quoted word is the word.
static void quoted(void **state)
{
    (void)state;
    static const char *const word[] = {
        "plain-1.5,x=/a:b@c", "",  "a b", "it's", "$HOME `x` \"y\" \\ *", "\x1b[2J\xff'\\n\n\t",
        "\xe2\x82\xac x",     "-", "a\nb"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        char *q = text_quoted(word[i]), got[128] = "", command[FILE_PATH + 8];
        assert_non_null(q);
        for (const char *at = q; *at; at++)
            assert_true((unsigned char)*at >= ' ' || *at == '\t');
        FILE *script = fopen(in("script"), "w");
        assert_non_null(script);
        fprintf(script, "printf %%s %s\n", q);
        fclose(script);
        snprintf(command, sizeof command, "bash %s", in("script"));
        FILE *shell = popen(command, "r");
        assert_non_null(shell);
        got[fread(got, 1, sizeof got - 1, shell)] = 0;
        assert_int_equal(pclose(shell), 0);
        assert_string_equal(got, word[i]);
        free(q);
    }
    unlink(in("script"));
}

static int told;
static void tell(void)
{
    told++;
}

static void no_memory(void **state)
{
    (void)state;
    const char *path = in("j.json");
    json_memory(tell);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", "a\xff\xc3\xbc");
    assert_int_equal(json_write(json, path, &f), 0);
    is(path, "{\n\t\"name\":\t\"a\\ufffd\xc3\xbc\"\n}\n");
    assert_null(cJSON_malloc(SIZE_MAX / 2));
    assert_int_equal(told, 1);
    assert_int_equal(json_write(json, path, &f), -1);
    assert_non_null(strstr(f.text, "out of memory"));
    assert_int_equal(json_write(json, path, &f), 0); // told once
    cJSON_Delete(json);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    static const char *const left[] = {"a", "b", "j.json"};
    for (int i = 0; i < 3; i++)
        unlink(in(left[i]));
    return rmdir(folder); // nothing else is there
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_files), cmocka_unit_test(dropped),
                                       cmocka_unit_test(for_one),     cmocka_unit_test(shown),
                                       cmocka_unit_test(quoted),      cmocka_unit_test(no_memory)};
    return cmocka_run_group_tests(tests, begin, end);
}
