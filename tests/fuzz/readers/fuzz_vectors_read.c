// Vectors of any law and shape, record by record.
#include "tests/fuzz/readers/vectors_seeds.h"

static void touch(const struct vectors_record *t, const struct vectors_shape *s)
{
    if (t->kind == VECTORS_HEAD) fuzz_touch(t->value, strlen(t->value));
    if (t->kind == VECTORS_CLIP) fuzz_touch(t->name, strlen(t->name));
    if (t->kind == VECTORS_TICK) fuzz_touch(t->x, (size_t)s->n_in * sizeof *t->x);
    if (t->kind != VECTORS_RESULT) return;
    fuzz_need(t->layer >= 0 && t->layer < s->n_layers, "a result of a layer that is not there");
    size_t n = (size_t)s->n_out[t->layer];
    fuzz_touch(t->word, n * sizeof *t->word);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    FILE *in = fopen(fuzz_file(bytes, n), "r");
    struct vectors_reader *r = vectors_open(in, "stdin");
    struct vectors_record record;
    char message[1024] = "";
    int rc;
    fuzz_need(in && r, "no file");
    while ((rc = vectors_next(r, &record, message, sizeof message)) > 0)
        touch(&record, vectors_reader_shape(r));
    if (rc)
        fuzz_refused(message);
    else
        fuzz_taken();
    vectors_close(r);
    fclose(in);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    vectors_seed(folder, "first_version", 1, true);
    vectors_seed(folder, "results", VECTORS_VERSION, true);
    vectors_seed(folder, "stimulus", VECTORS_VERSION, false);
    vectors_seed(folder, "any_law", VECTORS_ANY, true);
}
