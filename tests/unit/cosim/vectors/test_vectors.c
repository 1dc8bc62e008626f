// Vector files: what is written is read, a DUT in the pipe passes the check, a difference is found,
// and every damaged file is refused with its line and reason.
#include "cosim/vectors/vectors.h"
#include "cosim/vectors/vectors_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/lib/fake_dut.h"
#include "tests/rtl/rtl_random.h"

enum { TICKS = 6, ROOM = 1 << 20 };

static const struct image_shape small = {
    2, {{5, 5, IMAGE_ONE_TO_ONE, false}, {5, 67, IMAGE_DENSE, true}}};

struct bench {
    struct image im;
    struct law_image view; // of it
    void *memory;
    struct image_shape shape;
    struct dut dut;
    struct dut_ops ops;
    struct dut_handle h;
    char *in, *out; // ROOM each
};

static void setup(struct bench *b)
{
    struct random r = {6};
    struct law law = law_of_demo;
    struct vectors_writer w;
    char message[512];
    uint8_t x[2][TICKS * 5];
    int16_t jitter[2][TICKS];
    struct stimulus s[2];
    law.currents = 1;
    law.current = (struct law_format){5, 8};
    law.refractory_ticks = 2;
    *b = (struct bench){.in = calloc(1, ROOM), .out = calloc(1, ROOM)};
    b->memory = random_image(&r, &law, &small, &b->im);
    b->view = law_image_of(&b->im);
    b->h = fake_open(&b->dut, &b->ops, &b->im, &b->shape);
    FILE *f = fmemopen(b->in, ROOM, "w");
    vectors_begin(&w, f, &b->view, VECTORS_VERSION);
    vectors_head(&w, "chip", "k=3");
    vectors_head_image(&w, &b->view);
    for (int clip = 0; clip < 2; clip++) {
        random_stimulus(&r, &b->im, TICKS, x[clip], jitter[clip]);
        s[clip] = (struct stimulus){.n_ticks = TICKS, .x = x[clip], .jitter = jitter[clip]};
        struct vectors_stimulus sent = vectors_stimulus_of(7 + clip, &s[clip], 5);
        vectors_head_clip(&w, &sent);
    }
    vectors_shape(&w);
    for (int clip = 0; clip < 2; clip++)
        vectors_whole_clip(&w, 7 + clip, "a clip", &s[clip], 0);
    assert_int_equal(vectors_end(&w, message, sizeof message), 0);
    fclose(f);
}

static void teardown(struct bench *b)
{
    fake_close(&b->dut);
    free(b->memory);
    free(b->in);
    free(b->out);
}

static int64_t dut(struct bench *b, char *message)
{
    FILE *in = fmemopen(b->in, strlen(b->in), "r"), *out = fmemopen(b->out, ROOM, "w");
    int64_t rc = vectors_dut(in, "in", out, &b->h, &b->view, false, message, 512);
    fclose(in);
    fclose(out);
    return rc;
}

static int check(struct bench *b, const char *text, struct vectors_check *c, char *message)
{
    FILE *f = fmemopen((void *)text, strlen(text), "r");
    int rc = vectors_check(f, "out", &b->view, c, 0, 0, message, 512);
    fclose(f);
    return rc;
}

static void test_gen_dut_check(void **unused)
{
    (void)unused;
    struct bench b;
    struct vectors_check c;
    char message[512] = "";
    setup(&b);
    if (dut(&b, message) != 2 * TICKS * 100) fail_msg("%s", message);
    if (check(&b, b.out, &c, message)) fail_msg("%s (%s)", message, c.word);
    assert_true(c.stimulus_known);
    assert_int_equal(c.words, 2 * TICKS * 72 * 3);
    assert_int_equal(c.spikes, 2 * TICKS * 72);
    assert_int_equal(c.counts.results, 2 * TICKS * 2 * 4);

    // The results of one DUT are dropped by the next; the file stays the same.
    char *first = strdup(b.out);
    memcpy(b.in, first, strlen(first) + 1);
    memset(b.out, 0, ROOM);
    assert_int_equal(dut(&b, message), 2 * TICKS * 100);
    assert_string_equal(b.out, first);
    free(first);

    b.dut.fault = FAKE_MEMORY;
    b.dut.fault_tick = 3;
    b.dut.fault_layer = 1;
    b.dut.fault_neuron = 66;
    memset(b.out, 0, ROOM);
    assert_int_equal(dut(&b, message), 2 * TICKS * 100);
    assert_int_equal(check(&b, b.out, &c, message), 1);
    assert_int_equal(c.tick, 3);
    assert_int_equal(c.layer, 1);
    assert_int_equal(c.neuron, 66);
    assert_int_equal(c.clip, 7);
    assert_true(c.words_differ + c.spikes_differ > 0);
    teardown(&b);
}

// What versions 1 and 2 have no letters for: two currents, several spikes, wide inputs with a sign.
static void test_any_law(void **unused)
{
    (void)unused;
    static const struct image_shape shape = {
        2, {{3, 4, IMAGE_DENSE, true, false, 3}, {4, 2, IMAGE_DENSE, false, false, 1}}};
    struct random r = {61};
    struct law law = law_of_demo;
    struct vectors_writer w;
    struct vectors_model m;
    struct vectors_check c;
    struct bench b = {.out = calloc(1, ROOM)};
    char message[512] = "";
    int32_t x[TICKS * 3];
    law.input_signed = true;
    law.input = (struct law_format){8, 4};
    law.currents = 2;
    law.current = (struct law_format){5, 8};
    b.memory = random_image(&r, &law, &shape, &b.im);
    b.view = law_image_of(&b.im);
    assert_int_equal(vectors_version_of(&b.view), VECTORS_ANY);
    for (int i = 0; i < TICKS * 3; i++)
        x[i] = (int32_t)draw(&r, -2048, 2047);
    struct stimulus s = {.n_ticks = TICKS, .wide = x};
    assert_true(vectors_model_init(&m, &b.view));
    int64_t *words = calloc(TICKS, (size_t)m.row * sizeof *words);
    vectors_model_run(&m, &s, words, 0);
    FILE *f = fmemopen(b.out, ROOM, "w");
    vectors_begin(&w, f, &b.view, VECTORS_ANY);
    vectors_head_image(&w, &b.view);
    struct vectors_stimulus sent = vectors_stimulus_of(0, &s, 3);
    vectors_head_clip(&w, &sent);
    vectors_shape(&w);
    vectors_whole_clip(&w, 0, "one", &s, &(struct vectors_results){.words = words});
    assert_int_equal(vectors_end(&w, message, sizeof message), 0);
    fclose(f);
    assert_non_null(strstr(b.out, "\nS 2 3 12 1 3 4 2 2 1 v 16 1 u 13 1 u2 13 1\n"));
    if (check(&b, b.out, &c, message)) fail_msg("%s (%s)", message, c.word);
    assert_int_equal(c.words, TICKS * 6 * 3);

    static const struct {
        const char *old, *new, *reason;
    } damage[] = {
        {"S 2 3 12 1 3 4 2 2 1 v", "S 2 9 12 1 3 4 2 2 1 v", "out:5: states: 1..8"},
        {"S 2 3 12 1 3 4 2", "S 2 3 33 1 3 4 2", "out:5: bits of x: 1..32"},
        {"S 2 3 12 1 3 4 2", "S 2 3 32 0 3 4 2", "out:5: bits of x: 1..31 without a sign"},
        {"S 2 3 12 1 3 4 2", "S 2 3 12 1 3 4 7", "out:5: bits of the spikes of layer 0: 1..6"},
        {"v 16 1", "v 64 1", "out:5: bits of v: 1..63"},
        {"v 16 1", "v 16 2", "out:5: sign of v: 0..1"},
        {"v 16 1", "a_name_of_17_char 16 1", "out:5: state 0 of 3: its name, 1..15 characters"},
        {"v 16 1 u 13 1 u2 13 1", "v 16 1 u 13 1", "out:5: state 2 of 3: its name"},
        {"v 16 1", "v 15 1", "line 5: the vectors were made for another image"},
        {"W 0 0 u2 ", "W 0 0 u ", "out:11: words of \"u\", u2 is due"},
        {"W 0 0 u2", "V 0 0", "out:11: unexpected record \"V 0 0"},
        {"W 0 0 v ", "W 0 0 v z", "out:9: word 0 of 4: \"z"},
        {"Z 0 0 ", "Z 0 0 4 ", "out:8: word 0 of 4: \"4\" has more than 2 bits"},
    };
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        const char *at = strstr(b.out, damage[i].old);
        if (!at) fail_msg("%zu is not there", i);
        char *text = calloc(1, ROOM);
        sprintf(text, "%.*s%s%s", (int)(at - b.out), b.out, damage[i].new,
                at + strlen(damage[i].old));
        assert_int_equal(check(&b, text, &c, message), -1);
        if (!strstr(message, damage[i].reason))
            fail_msg("damage %zu: \"%s\" where \"%s\" is due", i, message, damage[i].reason);
        free(text);
    }

    words[m.place[1] + 5]++; // the second current of layer 1's first neuron, in its first tick
    f = fmemopen(b.out, ROOM, "w");
    vectors_begin(&w, f, &b.view, VECTORS_ANY);
    vectors_head_image(&w, &b.view);
    vectors_head_clip(&w, &sent);
    vectors_shape(&w);
    vectors_whole_clip(&w, 0, "one", &s, &(struct vectors_results){.words = words});
    assert_int_equal(vectors_end(&w, message, sizeof message), 0);
    fclose(f);
    assert_int_equal(check(&b, b.out, &c, message), 1);
    assert_string_equal(c.word, "u");
    assert_int_equal(c.layer, 1);
    assert_int_equal(c.neuron, 1);
    vectors_model_fini(&m);
    free(words);
    free(b.memory);
    free(b.out);
}

static void test_no_results_is_no_pass(void **unused)
{
    (void)unused;
    struct bench b;
    struct vectors_check c;
    char message[512] = "";
    setup(&b);
    assert_int_equal(check(&b, b.in, &c, message), -1);
    assert_string_equal(message, "out: no result in it: 0 words compared");
    teardown(&b);
}

// The first `old` of the text becomes `new`, in a copy.
static char *replaced(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    char *to = calloc(1, strlen(text) + strlen(new) + 1);
    memcpy(to, text, (size_t)(at - text));
    strcat(to, new);
    strcat(to, at + strlen(old));
    return to;
}

static void test_damage_is_refused(void **unused)
{
    (void)unused;
    static const struct {
        const char *old, *new, *reason;
    } damage[] = {
        {"spiketwin-vectors 2", "spiketwin-vectors 4",
         "out:1: \"spiketwin-vectors 4\", this program reads versions 1 to 3"},
        {"spiketwin-vectors 2", "spiketwin-vectors 3", "out:7: states: 1..8"},
        {"spiketwin-vectors 2", "VCD info: dumpfile\nspiketwin-vectors 2",
         "out:1: not a \"spiketwin-vectors 2\": it begins with \"VCD info: dumpfile\"; is it the"},
        {"spiketwin-vectors 2", "\xff\xfes", "out:1: a byte order mark of UTF-16"},
        {"H chip=k=3\n", "H chip\n", "out:2: head: key=value"},
        {"H chip=k=3\n", "H chip=%4\n", "out:2: head: chip: % stands before two"},
        {"H chip=k=3\n", "\n", "out:2: an H or S record is due"},
        {"H image=", "H image=0", "line 7: the vectors were made for another image"},
        {"H image=", "H imag=", "line 7: the vectors were made for another image"},
        {"H clip=7 6", "H clip=7 5", "out:6: stimulus: 2 clips, the H records of 2 before it are"},
        {"H clip=7 6", "H clip=7 x", "out:4: clip: CLIP TICKS EVENTS and two hashes of 16 digits"},
        {"H stimulus=2", "H stimulu=2", "out:7: no H record \"stimulus\" before it"},
        {"S 2 16 13 8 8 5", "S 2 16 13 8 8 5000", "out:7: sources: 1..4096"},
        {"S 2 16 13 8 8 5", "S 9 16 13 8 8 5", "out:7: layers: 1..8"},
        {"S 2 16 13 8 8 5", "S 2 16 12 8 8 5", "line 7: the vectors were made for another image"},
        {"C 7 6 a%20clip", "C 7 6 a clip", "out:8: clip: its name, without blanks (%20 for one)"},
        {"C 7 6 a%20clip", "C 7 6 a%00clip", "out:8: clip: its name: % stands before two"},
        {"C 7 6 a%20clip", "C 7 6 a%20clip ", "out:8: a blank at the end of the line"},
        {"C 7 6 a%20clip", "C 7 0 a%20clip", "out:8: clip: its ticks, 1 or more"},
        {"C 7 6 a%20clip", "C 7 5 a%20clip", "out:8: clip 7 has 5 ticks, 6 were sent"},
        {"C 7 6 a%20clip", "C 9 6 a%20clip", "out:8: clip 9 was not sent, it is none of the 2"},
        {"C 7 6 a%20clip", "C 8 6 a%20clip", "out:8: clip 8 where clip 7 is due: dropped, or out"},
        {"C 8 6 a%20clip", "C 7 6 a%20clip", "clip 7 came back already: repeated, or out of order"},
        {"T 0 ", "T 1 ", "out:9: tick 0 is due"},
        {"T 0 ", "T\t0 ", "out:9: column 2: a tab, fields are parted by one blank"},
        {"T 1 ", "T 1  ",
         "out:18: column 4: two blanks, fields are parted by one (%0d in Verilog)"},
        {"T 1 ", "T 1 0", "out:18: jitter: "},
        {"Z 0 0 ", "Z 0 1 ", "out:10: result of layer 0 is due"},
        {"Z 0 0 ", "V 0 0 ", "out:10: unexpected V record, Z of layer 0 is due"},
        {"Z 0 0 ", "Z 0 0 4", "has 3 hexadecimal digits, 5 bits have 2"},
        {"Z 0 0 0", "Z 0 0 z", "is unknown, is the device reset and its output driven?"},
        {"Z 0 0 0", "Z 0 0 X", "is unknown, is the device reset?"},
        {"V 0 0 ", "V 0 0 0000 ", "out:11: more than was expected"},
        {"V 0 0 ", "V 0 0 xxxx ", "out:11: word 0 of 5: \"xxxx\" is unknown, is the device reset?"},
        {"V 0 0 ", "V 0 0 16'hxxxx ", "out:11: word 0 of 5: \"16'hxxxx\" is unknown"},
        {"V 0 0 ", "V 0 0 16'h0000 ", "\"16'h0000\", allowed are bare hexadecimal digits"},
        {"V 0 0 ", "V 0 0 0x0000 ", "\"0x0000\", allowed are bare hexadecimal digits"},
        {"V 0 0 ", "V 0 0 -1 ", "\"-1\", words are two's complement in hexadecimal"},
        {"V 0 0 ", "V 0 0 0g00 ", "\"0g00\" is no hexadecimal number"},
        {"V 0 0 ", "V 0 0 000 ", "\"000\" has 3 hexadecimal digits, 16 bits have 4"},
        {"U 0 0 ", "U 0 0 ffff ", "out:12: word 0 of 5: \"ffff\" has more than 13 bits"},
        {"E 2 12", "E 2 13", "end: 12 ticks were read"},
        {"E 2 12", "X", "unexpected record \"X"},
        {"E 2 12", "tb.v:9: $finish called at 7\nE 2 12",
         "unexpected record \"tb.v:9: $finish called at 7\"; is it the simulator's? Let only"},
        {"E 2 12", "E 2 12 ", "two blanks"},
    };
    struct bench b;
    struct vectors_check c;
    char message[512] = "";
    setup(&b);
    assert_true(dut(&b, message) > 0);
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        char *text = replaced(b.out, damage[i].old, damage[i].new);
        assert_int_equal(check(&b, text, &c, message), -1);
        if (!strstr(message, damage[i].reason))
            fail_msg("damage %zu: \"%s\" where \"%s\" is due", i, message, damage[i].reason);
        free(text);
    }
    teardown(&b);
}

// What writers on other machines make of the same records is accepted: both line ends, a byte order
// mark, capital digits, no newline at the end.
static void test_other_writers(void **unused)
{
    (void)unused;
    struct bench b;
    struct vectors_check c;
    char message[512] = "", *text = calloc(2, ROOM), *to = text;
    setup(&b);
    assert_true(dut(&b, message) > 0);
    to += sprintf(to, "\xef\xbb\xbf");
    for (const char *at = b.out, *line = at; *at; at++) {
        if (*at == '\n') *to++ = '\r';
        bool digit = *at >= 'a' && *at <= 'f' && strchr("ZVUR", *line);
        *to++ = digit ? (char)(*at - 'a' + 'A') : *at;
        if (*at == '\n') line = at + 1;
    }
    to[-2] = 0; // the last line has no end
    if (check(&b, text, &c, message)) fail_msg("%s", message);
    assert_true(c.marked);
    assert_true(c.stimulus_known);
    assert_true(c.moved > 0 && c.fired > 0);
    free(text);
    teardown(&b);
}

// Version 1: names as they are, and what was sent is not known.
static void test_version_1(void **unused)
{
    (void)unused;
    struct bench b;
    struct vectors_check c;
    char message[512] = "", *text = calloc(1, ROOM), *to = text;
    setup(&b);
    for (char *line = b.in, *next; *line; line = next) {
        next = strchr(line, '\n') + 1;
        if (strncmp(line, "H clip=", 7) && strncmp(line, "H stim", 6)) {
            memcpy(to, line, (size_t)(next - line));
            to += next - line;
        }
    }
    text[strlen("spiketwin-vectors ")] = '1';
    memcpy(b.in, text, ROOM);
    assert_int_equal(dut(&b, message), 2 * TICKS * 100);
    assert_int_equal(strncmp(b.out, "spiketwin-vectors 1\n", 20), 0);
    assert_non_null(strstr(b.out, "C 7 6 a%20clip\n")); // no encoding: it is echoed as it is
    if (check(&b, b.out, &c, message)) fail_msg("%s", message);
    assert_false(c.stimulus_known);
    free(text);
    teardown(&b);
}

// A file cut anywhere is short, and anything after its end is too much.
static void test_every_cut_is_refused(void **unused)
{
    (void)unused;
    struct bench b;
    struct vectors_check c;
    char message[512] = "";
    setup(&b);
    assert_true(dut(&b, message) > 0);
    size_t n = strlen(b.out);
    for (size_t cut = 1; cut < n - 1; cut += cut + 400 < n ? 37 : 1) { // n - 1: the last newline
        char *text = strndup(b.out, cut);
        assert_int_equal(check(&b, text, &c, message), -1);
        free(text);
    }
    strcat(b.out, "\n");
    assert_int_equal(check(&b, b.out, &c, message), -1);
    assert_non_null(strstr(message, "text after the end record"));
    teardown(&b);
}

static void test_every_record_counts(void **unused)
{
    (void)unused;
    struct bench b;
    struct vectors_check c;
    char message[512] = "";
    setup(&b);
    assert_true(dut(&b, message) > 0);
    for (char *line = b.out; *line;) { // each line left out once
        char *next = strchr(line, '\n') + 1, *text = calloc(1, ROOM);
        memcpy(text, b.out, (size_t)(line - b.out));
        strcat(text, next);
        bool needed = strncmp(line, "H chip", 6) != 0;
        assert_int_equal(check(&b, text, &c, message) == -1, needed);
        free(text);
        line = next;
    }
    teardown(&b);
}

static void test_memories(void **unused)
{
    (void)unused;
    struct bench b;
    char text[32];
    struct fail fail;
    setup(&b);
    mkdir("build", 0777);
    mkdir(TEST_BUILD "/memories", 0777);
    assert_int_equal(vectors_memories(&b.view, TEST_BUILD "/memories", &fail), 0);
    FILE *f = fopen(TEST_BUILD "/memories/layer1_weight.hex", "r");
    assert_non_null(f);
    for (int n = 0; n < 67; n++)
        for (int s = 0; s < 72; s++) {
            char due[32];
            snprintf(due, sizeof due, "%04x\n", (unsigned)(b.im.layer[1].w[s * 67 + n] & 0xffff));
            assert_non_null(fgets(text, sizeof text, f));
            assert_string_equal(text, due);
        }
    assert_null(fgets(text, sizeof text, f));
    fclose(f);
    assert_int_equal(vectors_memories(&b.view, TEST_BUILD "/nowhere", &fail), -1);
    assert_string_equal(fail.text,
                        TEST_BUILD "/nowhere/layer0_weight.hex: No such file or directory");
    teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gen_dut_check),
        cmocka_unit_test(test_any_law),
        cmocka_unit_test(test_no_results_is_no_pass),
        cmocka_unit_test(test_damage_is_refused),
        cmocka_unit_test(test_other_writers),
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_every_record_counts),
        cmocka_unit_test(test_memories),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
