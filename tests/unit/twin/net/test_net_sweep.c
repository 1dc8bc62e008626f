// One wrong byte, anywhere in a net: refused in one line, or the same net. SPIKETWIN_SWEEP is how
// many changes are tried on the sealed net and on that of an older version (docs/robustness.md).
#include "base/file.h"
#include "twin/net/net.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_SECONDS = 70 }; // for one load: more is a hang, and ends the test

struct sweep {
    struct net net; // as it was
    int16_t *code[IMAGE_MAX_LAYERS];
    char path[64];
    int fd;
    char *bytes;
    size_t n_bytes;
    long refused, same, other_name, other_code, other_words;
    double worst_s;
};

static void begin(struct sweep *s, const char *path)
{
    struct fail f = {""};
    *s = (struct sweep){.path = "/tmp/spiketwin-sweep-XXXXXX"};
    s->bytes = file_read(path, 1 << 24, &s->n_bytes, &f);
    s->fd = mkstemp(s->path);
    assert_true(s->bytes && s->fd >= 0);
    assert_int_equal(write(s->fd, s->bytes, s->n_bytes), s->n_bytes);
    if (net_load(&s->net, s->path, &f) || net_load_codes(s->code, &s->net, s->path, &f))
        fail_msg("%s", f.text);
}

static void end(struct sweep *s)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        free(s->code[l]);
    net_fini(&s->net);
    close(s->fd);
    unlink(s->path);
    free(s->bytes);
}

static bool same_codes(const struct sweep *s, int16_t *const *code)
{
    for (int l = 0; l < s->net.shape.n_layers; l++) {
        const struct net_layer *y = &s->net.layer[l];
        size_t n = (size_t)y->n_source * (size_t)y->n_out;
        if (memcmp(code[l], s->code[l], n * sizeof **code)) return false;
    }
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && !strcmp(a, b));
}

static void count(struct sweep *s, const struct net *n, int16_t *const *code)
{
    const struct net *was = &s->net;
    if (n->n_values != was->n_values || memcmp(&n->shape, &was->shape, sizeof n->shape) ||
        memcmp(n->values, was->values, n->n_values * sizeof *n->values))
        s->other_words++;
    else if (!labels_equal(&n->labels, &was->labels) || strcmp(n->chip, was->chip) != 0 ||
             !same_text(n->chip_file, was->chip_file))
        s->other_name++;
    else if (!same_codes(s, code))
        s->other_code++;
    else
        s->same++;
}

static void try(struct sweep *s, size_t at, char change)
{
    struct fail f = {""};
    struct net n;
    int16_t *code[IMAGE_MAX_LAYERS];
    struct timespec from, to;
    char wrong = (char)(s->bytes[at] ^ change);
    assert_int_equal(pwrite(s->fd, &wrong, 1, (off_t)at), 1);
    alarm(MOST_SECONDS);
    clock_gettime(CLOCK_MONOTONIC, &from);
    int bad = net_load(&n, s->path, &f);
    if (!bad && (bad = net_load_codes(code, &n, s->path, &f))) net_fini(&n);
    clock_gettime(CLOCK_MONOTONIC, &to);
    alarm(0);
    double took = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    if (took > s->worst_s) s->worst_s = took;
    assert_int_equal(pwrite(s->fd, &s->bytes[at], 1, (off_t)at), 1);
    if (bad) {
        if (!strstr(f.text, s->path) || strchr(f.text, '\n'))
            fail_msg("byte %zu ^ %02x: %s", at, (unsigned char)change, f.text);
        s->refused++;
        return;
    }
    count(s, &n, code);
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        free(code[l]);
    net_fini(&n);
}

// n changes: places in even steps that meet every byte in the end; one bit, all bits, any.
static void sweep(struct sweep *s, const char *name, long n)
{
    uint64_t random = 1;
    for (long i = 0; i < n; i++) {
        size_t at = (size_t)((uint64_t)i * 40503 % s->n_bytes);
        random = random * 6364136223846793005u + 1442695040888963407u;
        int any = 1 + (int)(random >> 33) % 255;
        try(s, at, (char)(i % 3 == 0 ? 1 << (random >> 40) % 8 : i % 3 == 1 ? 0xFF : any));
    }
    print_message("%s: %ld changes of one byte: %ld refused, %ld the same net, %ld with another "
                  "name, %ld with another stored code, %ld with other words; worst %.2f s\n",
                  name, n, s->refused, s->same, s->other_name, s->other_code, s->other_words,
                  s->worst_s);
    assert_int_equal(s->other_words, 0);
    assert_int_equal(s->refused + s->same + s->other_name + s->other_code, n);
}

static long changes(long usual)
{
    const char *given = getenv("SPIKETWIN_SWEEP");
    return given ? atol(given) : usual;
}

// Behind its seal nothing changes unseen.
static void test_a_sealed_net(void **state)
{
    struct sweep s;
    (void)state;
    begin(&s, SPIKETWIN_ROOT "/vectors/tiny.nir");
    long n = changes(10000);
    sweep(&s, "sealed net", n);
    assert_int_equal(s.refused, n);
    end(&s);
}

// An older net says its weights twice, its labels, its chip's name and its codes once.
static void test_an_older_net(void **state)
{
    struct sweep s;
    (void)state;
    begin(&s, SPIKETWIN_ROOT "/vectors/older.nir");
    sweep(&s, "older net", changes(500));
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sealed_net),
        cmocka_unit_test(test_an_older_net),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
