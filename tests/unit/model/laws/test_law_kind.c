// The tables of each law against what they describe, which they share nothing with: the structs, byte by
// byte; the hashes of images, which have lists and an order of their own; the numbers of the enums.
#include "model/dpi/dpi_network.h"
#include "model/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

// How many of the words hold the byte of their struct.
static int holders(const struct law_word *table, int n, enum law_scope scope, size_t byte)
{
    int found = 0;
    for (int i = 0; i < n; i++)
        if (table[i].scope == scope)
            found += byte >= table[i].at && byte < table[i].at + table[i].size;
    return found;
}

// Each byte of the struct is one word's, but for what pads its end.
static void expect_all(const struct law_kind *k, const struct law_word *table, int n,
                       enum law_scope scope, size_t size, const char *what)
{
    size_t covered = 0;
    for (size_t byte = 0; byte < size; byte++) {
        int found = holders(table, n, scope, byte);
        if (found > 1) fail_msg("%s, %s: byte %zu is of %d words", k->name, what, byte, found);
        covered += (size_t)found;
        if (!found && byte + sizeof(int32_t) < size)
            fail_msg("%s, %s: byte %zu is of no word", k->name, what, byte);
    }
    assert_true(size - covered < sizeof(int64_t));
}

static void test_every_byte_of_the_structs(void **unused)
{
    (void)unused;
    int laws = 0;
    for (const struct law_kind *const *at = law_kinds; *at; at++, laws++) {
        const struct law_kind *k = *at;
        assert_ptr_equal(law_kind_of(k->name), k);
        expect_all(k, k->word, k->n_words, LAW_NEURON, k->neuron, "words of a neuron");
        expect_all(k, k->word, k->n_words, LAW_STATE, k->state, "state");
        expect_all(k, k->stage, k->n_stages, LAW_STAGE, k->stages, "stages");
        for (int i = 0; i < k->n_words; i++) {
            assert_int_equal(k->word[i].scope == LAW_STATE, i >= k->first_state);
            assert_int_equal(k->word[i].scope == LAW_SYNAPSE, i == 0);
            assert_true(k->word[i].name && *k->word[i].what && k->word[i].range);
            for (int j = 0; j < i; j++)
                assert_string_not_equal(k->word[i].name, k->word[j].name);
        }
        for (int i = 0; i < k->n_stages; i++)
            assert_true(k->stage[i].name && *k->stage[i].what && k->stage[i].range);
        assert_string_equal(k->stage[k->fire].name, "fire");
        // Nothing of the parameters is left out but padding.
        size_t covered = 0;
        for (const struct field *x = k->parameter; x->name; x++)
            covered += x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED
                           ? sizeof(struct law_format)
                       : x->kind == FIELD_CHOICE ? sizeof(int)
                                                 : 1;
        assert_true(k->law - covered < sizeof(int));
    }
    assert_int_equal(laws, 3);
    assert_null(law_kind_of("lapicque"));
}

static void test_get_and_set(void **unused)
{
    (void)unused;
    for (const struct law_kind *const *at = law_kinds; *at; at++)
        for (int i = 0; i < (*at)->n_words; i++) {
            const struct law_word *x = &(*at)->word[i];
            static unsigned char memory[sizeof(struct dpi_tables)];
            memset(memory, 0x55, sizeof memory);
            for (int64_t value = -3; value < 4; value++) {
                law_set(x, memory, value);
                assert_int_equal(law_get(x, memory), value);
            }
            for (size_t byte = 0; byte < sizeof memory; byte++)
                if (byte < x->at || byte >= x->at + x->size) assert_int_equal(memory[byte], 0x55);
        }
}

// The hash of a DPI image sees each word of a neuron and each parameter; that of LIF's parameters is
// test_fields'.
static void test_dpi_hash(void **unused)
{
    (void)unused;
    static struct dpi_tables tables;
    int32_t w[4] = {1, 2, 3, 4};
    struct dpi_neuron neuron[2] = {{0}};
    struct dpi_image im = {.law = dpi_silicon,
                           .tables = &tables,
                           .n_layers = 1,
                           .layer = {{.n_in = 2, .n_out = 2, .w = w, .neuron = neuron}}};
    uint64_t hash = dpi_image_hash(&im);
    for (int word = DPI_IO; word <= DPI_PERIOD; word++) {
        law_set(&dpi_kind.word[word], &neuron[1], 77);
        if (dpi_image_hash(&im) == hash)
            fail_msg("%s is not in the hash", dpi_kind.word[word].name);
        law_set(&dpi_kind.word[word], &neuron[1], 0);
    }
    for (int word = DPI_LOG2; word <= DPI_EFOLD; word++) {
        law_set(&dpi_kind.word[word], &tables, 77);
        assert_true(dpi_image_hash(&im) != hash);
        law_set(&dpi_kind.word[word], &tables, 0);
    }
    size_t covered = 0;
    for (size_t byte = 0; byte < sizeof im.law; byte++) {
        unsigned char *at = (unsigned char *)&im.law + byte;
        int found = 0;
        for (const struct field *x = dpi_kind.parameter; x->name; x++)
            found +=
                byte >= x->at &&
                byte < x->at + (x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED ? 2u : 1u);
        *at ^= 1;
        assert_int_equal(dpi_image_hash(&im) != hash, found);
        *at ^= 1;
        covered += (size_t)found;
    }
    assert_int_equal(covered, sizeof im.law);
    assert_int_equal(dpi_image_hash(&im), hash);
}

// The same of a neuron's words of LIF.
static void test_lif_hash(void **unused)
{
    (void)unused;
    struct law law = law_of_demo;
    struct image_shape shape = shape_of_demo;
    struct image im;
    void *memory = aligned_alloc(64, image_size(&law, &shape));
    memset(memory, 0, image_size(&law, &shape));
    image_init(&im, &law, &shape, memory);
    uint64_t hash = image_hash(&im), seen[WORD_V] = {0};
    for (int word = WORD_LAMBDA; word < WORD_V; word++) {
        law_set(&lif_kind.word[word], &im.layer[1].neuron[3], 77);
        seen[word] = image_hash(&im);
        law_set(&lif_kind.word[word], &im.layer[1].neuron[3], 0);
        assert_true(seen[word] != hash);
        for (int other = WORD_LAMBDA; other < word; other++)
            assert_true(seen[word] != seen[other]);
    }
    assert_int_equal(image_hash(&im), hash);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_of_the_structs),
        cmocka_unit_test(test_get_and_set),
        cmocka_unit_test(test_dpi_hash),
        cmocka_unit_test(test_lif_hash),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
