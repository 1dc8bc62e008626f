// The tables of fields against image_hash, which has a list of its own: whatever changes the hash
// is in a table, and each field of a table changes the hash. A field that is forgotten fails here.
#include "model/lif/law_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

static size_t size_of(const struct field *x)
{
    return x->kind == FIELD_FORMAT                             ? sizeof(struct law_format)
           : x->kind == FIELD_CHOICE || x->kind == FIELD_COUNT ? sizeof(int)
                                                               : 1;
}

// How many fields of the table hold the byte.
static int holders(const struct field *table, size_t byte)
{
    int n = 0;
    for (const struct field *x = table; x->name; x++)
        n += byte >= x->at && byte < x->at + size_of(x);
    return n;
}

static void test_every_byte_of_the_law(void **unused)
{
    (void)unused;
    struct law law = law_of_demo;
    struct image_shape shape = shape_of_demo;
    struct image im;
    void *memory = aligned_alloc(64, image_size(&law, &shape));
    memset(memory, 0, image_size(&law, &shape));
    image_init(&im, &law, &shape, memory);
    uint64_t hash = image_hash(&im);
    int in_hash = 0;
    for (size_t byte = 0; byte < sizeof im.law; byte++) {
        unsigned char *at = (unsigned char *)&im.law + byte;
        *at ^= 1; // another value of any kind of field, and a valid one of a bool
        bool counts = image_hash(&im) != hash;
        *at ^= 1;
        if (counts != holders(law_fields, byte))
            fail_msg("byte %zu of struct law: in the hash %d times, in the table %d times", byte,
                     counts, holders(law_fields, byte));
        in_hash += counts;
    }
    assert_true(in_hash > 40);
    free(memory);
}

static void test_every_field_of_a_layer(void **unused)
{
    (void)unused;
    struct law law = law_of_demo;
    struct image_shape shape = shape_of_demo;
    size_t covered = 0, size = sizeof shape.layer[0];
    for (size_t byte = 0; byte < size; byte++) {
        int n = holders(layer_fields, byte);
        if (n > 1) fail_msg("byte %zu of a layer is in %d fields", byte, n);
        covered += (size_t)n;
    }
    assert_true(size - covered < _Alignof(int)); // padding after the two bool
    for (const struct field *x = layer_fields; x->name; x++) {
        shape.layer[1].max_spikes = 1; // 0 stands for it
        shape.layer[1].taps = 2;       // with one the spacing is none
        shape.layer[1].spacing = 1;
        struct image_shape other = shape;
        struct image a, b;
        int value = field_get(x, &shape.layer[1]);
        field_set(x, &other.layer[1], value == x->hi ? x->hi - 1 : value + 1);
        void *memory = calloc(1, image_size(&law, &shape) + image_size(&law, &other));
        image_init(&a, &law, &shape, memory);
        image_init(&b, &law, &other, (char *)memory + image_size(&law, &shape));
        if (image_hash(&a) == image_hash(&b)) fail_msg("%s is not in the hash", x->name);
        free(memory);
    }
}

static void test_get_and_set(void **unused)
{
    (void)unused;
    for (const struct field *x = law_fields; x->name; x++) {
        struct law law = {0};
        if (x->kind == FIELD_FORMAT) continue;
        for (int value = x->lo; value <= x->hi; value++) {
            field_set(x, &law, value);
            assert_int_equal(field_get(x, &law), value);
            if (x->names) assert_non_null(x->names[value]);
        }
        if (x->kind == FIELD_SIGN)
            assert_true(x->of == law_fields[0].at || x->of == law_fields[4].at);
    }
    struct law law = {.input_signed = true};
    assert_int_equal(field_get(field_sign(&law_fields[0]), &law), 1);
    assert_null(field_sign(&law_fields[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_of_the_law),
        cmocka_unit_test(test_every_field_of_a_layer),
        cmocka_unit_test(test_get_and_set),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
