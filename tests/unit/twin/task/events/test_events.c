// Events on the way to a net: which tick they fall into, what a word holds, whose side an item is on.
#include "twin/task/events/events.h"

#include "tests/lib/word_folder.h"

#include <math.h>

enum { ITEMS = 12, UNITS = 9, MOST = 300, TICKS = 40 };

static struct chip chip;
static int n_events[ITEMS], unit[ITEMS][MOST];
static double times[ITEMS][MOST]; // s
static uint32_t random_state = 3;

static uint32_t draw(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state / 65536;
}

static int compare(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

// Items of two labels and four speakers, some at the very edge of a tick, many in one.
static void write_csv(const char *name)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    fprintf(file, "unit,label,time,item,speaker\n");
    for (int i = 0; i < ITEMS; i++)
        for (int k = 0; k < n_events[i]; k++)
            fprintf(file, "%d,%s,%.6f,i%d,s%d\n", unit[i][k], i % 2 ? "b" : "a", times[i][k], i,
                    i / 3);
    fclose(file);
}

static int events_there(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/test_events.XXXXXX");
    if (!mkdtemp(dir)) return -1;
    for (int i = 0; i < ITEMS; i++) {
        n_events[i] = i == 5 ? MOST : 1 + (int)(draw() % MOST);
        for (int k = 0; k < n_events[i]; k++) {
            double at = draw() % (TICKS * 1000) / 1000.0; // ticks
            times[i][k] = 0.008 * (i == 5 ? 7.5 : k % 4 ? at : floor(at));
            unit[i][k] = i == 5 ? 3 : (int)(draw() % UNITS);
        }
        qsort(times[i], (size_t)n_events[i], sizeof(double), compare);
    }
    times[7][n_events[7] - 1] = 0.008 * TICKS - 1e-6;
    unit[7][n_events[7] - 1] = UNITS - 1;
    write_csv("all.csv");
    return chip_load(&chip, SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f);
}

static struct events_ask ask_of(const char *name)
{
    return (struct events_ask){.set = {.dir = path_of(name), .held_percent = 0}, .chip = &chip};
}

// What a chip hears, counted event by event: the tick whose edges it lies between, from the start each
// time, in whole 2^-15 ticks.
static void hear(int item, int shift, const int16_t *jitter, int n_ticks, int counts[][UNITS])
{
    memset(counts, 0, (size_t)n_ticks * sizeof *counts);
    for (int k = 0; k < n_events[item]; k++) {
        int64_t at = llrint(times[item][k] / 0.008 * 32768) + 32768 * (int64_t)shift, begin = 0;
        for (int t = 0; t < n_ticks; t++) {
            int64_t end = begin + 32768 + (jitter ? jitter[t] : 0);
            if (at >= begin && at < end) counts[t][unit[item][k]]++;
            begin = end;
        }
    }
}

static void test_words(void **state)
{
    (void)state;
    static uint8_t words[TICKS * UNITS];
    static int counts[TICKS][UNITS];
    int16_t jitter[TICKS];
    int over = 0, at_edges = 0;
    struct events e;
    struct events_ask ask = ask_of("all.csv");
    if (events_open(&e, &ask, &f)) fail_msg("%s", f.text);
    assert_int_equal(e.corpus.n_in, UNITS);
    assert_int_equal(e.corpus.n_ticks, TICKS);
    assert_int_equal(e.corpus.set.n_clips, ITEMS);
    assert_int_equal(e.one, 16);
    assert_int_equal(e.most, 255);
    assert_true(e.corpus.grain_ms == 8);
    for (int kind = 0; kind < 6; kind++) {
        for (int t = 0; t < TICKS; t++)
            jitter[t] =
                (int16_t)(kind % 3 == 2 ? (int)(draw() % 9000) - 4500 : (int)(draw() % 99) - 49);
        int shift = kind - 2;
        for (int i = 0; i < ITEMS; i++) {
            hear(i, shift, kind % 3 ? jitter : NULL, TICKS, counts);
            corpus_words(&e.corpus, i, shift, kind % 3 ? jitter : NULL, words);
            for (int t = 0; t < TICKS; t++)
                for (int u = 0; u < UNITS; u++) {
                    int held = counts[t][u] < 15 ? counts[t][u] : 15;
                    if (words[t * UNITS + u] != 16 * held)
                        fail_msg("kind %d item %d tick %d unit %d: %d, wanted %d events", kind, i,
                                 t, u, words[t * UNITS + u], counts[t][u]);
                    if (kind == 2) continue;
                    over += counts[t][u] > 15;
                    at_edges += counts[t][u] > 1;
                }
        }
    }
    assert_true(over > 0 && at_edges > 10); // corners were met
    assert_int_equal(e.notes.n_over, MOST - 15);
    assert_int_equal(e.notes.over, 5);
    int64_t all = 0;
    for (int i = 0; i < ITEMS; i++)
        all += n_events[i];
    assert_int_equal(e.notes.n_events, all);
    assert_int_equal(e.notes.n_late, 0);
    assert_string_equal(e.corpus.set.labels.text[1], "b");
    assert_int_equal(e.corpus.set.clip[5].label, 1);
    events_close(&e);
}

static void test_fewer_ticks(void **state)
{
    (void)state;
    struct events e;
    struct events_ask ask = ask_of("all.csv");
    int late = 0;
    ask.n_ticks = 20;
    for (int i = 0; i < ITEMS; i++)
        for (int k = 0; k < n_events[i]; k++)
            late += llrint(times[i][k] / 0.008 * 32768) >= 20 * 32768;
    if (events_open(&e, &ask, &f)) fail_msg("%s", f.text);
    assert_int_equal(e.corpus.n_ticks, 20);
    assert_int_equal(e.notes.n_late, late);
    assert_true(e.notes.latest > TICKS - 0.001 && e.notes.latest < TICKS);
    assert_non_null(strstr(e.notes.late, "item i7"));
    events_close(&e);
    ask.n_ticks = 200;
    if (events_open(&e, &ask, &f)) fail_msg("%s", f.text);
    assert_int_equal(e.corpus.n_ticks, 200);
    events_close(&e);
}

// An item's side: told, or of its file, or of its speaker.
static void test_sides(void **state)
{
    (void)state;
    struct events e;
    static const struct {
        const char *name;
        int split; // -1: by hash
    } files[] = {{"all.csv", -1},          {"x_train.csv", SPLIT_TRAIN},
                 {"test.csv", SPLIT_TEST}, {"a-valid-1.csv", SPLIT_VALIDATION},
                 {"latest.csv", -1},       {"train_test.csv", -1}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_csv(files[i].name);
        struct events_ask ask = ask_of(files[i].name);
        if (events_open(&e, &ask, &f)) fail_msg("%s", f.text);
        const struct dataset *s = &e.corpus.set;
        assert_int_equal(e.items.n_hashed, files[i].split < 0 ? ITEMS : 0);
        for (int k = 0; k < ITEMS; k++) {
            if (files[i].split >= 0) assert_int_equal(s->clip[k].split, files[i].split);
            if (k % 3) assert_int_equal(s->clip[k].split, s->clip[k - 1].split); // one speaker
        }
        assert_int_equal(e.items.n_speakers, ITEMS / 3);
        assert_int_equal(e.items.n_shared, 0);
        events_close(&e);
    }
    FILE *file = fopen(path_of("told.csv"), "w");
    fputs("item,tick,unit,label,split\n\"a, 1\",0,0,x,train\n\"a, 1\",1,0,x,train\nb,0,1,y,test\n"
          "c,2,1,10,valid\nd,1,0,9,train\n",
          file);
    fclose(file);
    struct events_ask ask = ask_of("told.csv");
    if (events_open(&e, &ask, &f)) fail_msg("%s", f.text);
    const struct dataset *s = &e.corpus.set;
    assert_int_equal(s->n_split[SPLIT_TRAIN], 2);
    assert_int_equal(s->clip[1].split, SPLIT_TEST);
    assert_int_equal(s->clip[2].split, SPLIT_VALIDATION);
    assert_int_equal(e.corpus.n_ticks, 3);
    assert_true(s->clip[0].alone);
    assert_string_equal(s->labels.text[0], "9"); // numbers by their size, then names
    assert_string_equal(s->labels.text[1], "10");
    assert_string_equal(s->labels.text[3], "y");
    assert_int_equal(s->clip[2].label, 1);
    uint64_t hash = dataset_hash(s);
    events_close(&e);
    file = fopen(path_of("told.csv"), "a"); // one event more is other data
    fputs("d,1,1,9,train\n", file);
    fclose(file);
    ask = ask_of("told.csv");
    if (events_open(&e, &ask, &f)) fail_msg("%s", f.text);
    assert_true(dataset_hash(&e.corpus.set) != hash);
    events_close(&e);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"item,time,unit\na,0,0\n", ":1: no column `label`, allowed item, time, unit, label"},
        {"item,unit,label\na,0,x\n", ":1: no column `time`, allowed time, time_s"},
        {"item,time,unit,label\na,-0.1,0,x\n", ": item a: event 0: time -0.1, allowed 0 and more"},
        {"item,time,unit,label\na,nan,0,x\n", ": item a: event 0: time nan, allowed 0 and more"},
        {"item,time,unit,label\na,inf,0,x\n", ": item a: event 0: time inf, allowed 0 and more"},
        {"item,time,unit,label\na,1e300,0,x\n", ": item a: event 0: time 1e+300 is tick"},
        {"item,time,unit,label\na,1,0,x\na,.5,0,x\n",
         ": item a: event 1: time 0.5 behind one of 1, allowed ascending times"},
        {"item,time,unit,label\na,1,9,x\n",
         ": item a: event 0: unit 9, allowed 0..8, the net's inputs"},
        {"item,time,unit,label\na,1,-1,x\n", ": item a: event 0: unit -1, allowed 0..8"},
        {"item,time,unit,label\na,1,1.5,x\n", ":2: unit `1.5`, allowed whole numbers"},
        {"item,time,unit,label\na,1,99999999999999999999,x\n", ":2: unit `9999999"},
        {"item,time,unit,label\na,x,1,x\n", ":2: time `x`, allowed numbers"},
        {"item,time,unit,label\na,,1,x\n", ":2: time ``, allowed numbers"},
        {"item,time,unit,label\na,1,1,x\na,2,1,y\n",
         ":3: item `a` has another label, speaker or split in the rows before"},
        {"item,time,unit,label\na,1,1,x\nb,2,1,y\na,3,1,x\n", "/x/a: told twice"},
        {"item,time,unit,label\na,1,1,x\nb,1,1,x\n", ": one label (`x`), allowed is 2 or more"},
        {"item,time,unit,label\na,1,1,\n", ": item a: label \"\": 0 bytes"},
        {"item,time,unit,label,split\na,1,1,x,both\n",
         ": item a: split both, allowed train, validation, test"},
        {"item,time,unit,label\n", ": no items"},
        {"", ": empty: no line of names"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct events e;
        FILE *file = fopen(path_of("bad.csv"), "w");
        fputs(bad[i].text, file);
        fclose(file);
        struct events_ask ask = ask_of("bad.csv");
        ask.n_in = UNITS;
        f.text[0] = 0;
        assert_int_equal(events_open(&e, &ask, &f), -1);
        size_t at = strlen(path_of("bad.csv"));
        if (strncmp(f.text, path_of("bad.csv"), at) != 0 ||
            strncmp(f.text + at, bad[i].why, strlen(bad[i].why)) != 0)
            fail_msg("%s\nwanted: %s", f.text, bad[i].why);
    }
}

// Words of input formats other than UQ4.4.
static void test_formats(void **state)
{
    (void)state;
    static const struct {
        int int_bits, frac_bits, one, most;
    } formats[] = {{1, 0, 1, 1},     {4, 0, 1, 15},    {0, 4, 15, 15}, {8, 0, 1, 255},
                   {1, 7, 128, 255}, {0, 8, 255, 255}, {12, 0, 1, 255}};
    uint8_t words[TICKS * UNITS];
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct events e;
        struct chip c = chip;
        c.law.input.int_bits = formats[i].int_bits;
        c.law.input.frac_bits = formats[i].frac_bits;
        struct events_ask ask = ask_of("all.csv");
        ask.chip = &c;
        if (events_open(&e, &ask, &f)) fail_msg("%s", f.text);
        assert_int_equal(e.one, formats[i].one);
        assert_int_equal(e.most, formats[i].most);
        corpus_words(&e.corpus, 5, 0, NULL, words); // all in one tick
        int held = formats[i].most / formats[i].one;
        if (held > MOST) held = MOST;
        assert_int_equal(words[7 * UNITS + 3], held * formats[i].one);
        events_close(&e);
    }
}

int main(void)
{
#define THERE(name) cmocka_unit_test_setup_teardown(name, events_there, teardown)
    const struct CMUnitTest tests[] = {
        THERE(test_words),   THERE(test_fewer_ticks), THERE(test_sides),
        THERE(test_refused), THERE(test_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
