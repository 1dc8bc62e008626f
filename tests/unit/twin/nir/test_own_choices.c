// Whatever a law and a layer may choose is still there in a net that was written and read: from the file, and from the
// graph alone with what its metadata say. Laws and shapes at random, until each value of each choice of
// their tables was there.
#include "model/lif/law_fields.h"
#include "twin/net/virtual_chip.h"
#include "twin/nir/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fnv.h"
#include "tests/rtl/rtl_random.h"

enum { NETS = 300, FIELDS = 40, VALUES = 64 };

// Which values of a table's fields that are choices were seen, here and in nets that came through the graph.
struct seen {
    bool value[2][FIELDS][VALUES];
};

static bool is_choice(const struct field *x)
{
    return x->kind == FIELD_CHOICE || x->kind == FIELD_SWITCH || x->kind == FIELD_SIGN;
}

static void see(struct seen *s, int where, const struct field *table, const void *of)
{
    for (int i = 0; table[i].name; i++)
        if (is_choice(&table[i]) && field_counts(&table[i], of))
            s->value[where][i][field_get(&table[i], of)] = true;
}

static void expect_all(const struct seen *s, int where, const struct field *table)
{
    for (int i = 0; table[i].name; i++)
        for (int value = 0;
             is_choice(&table[i]) && value <= (table[i].kind == FIELD_CHOICE ? table[i].hi : 1);
             value++)
            if (!s->value[where][i][value])
                fail_msg("%s: value %d was not there", table[i].name, value);
}

// A chip file of the law.
static void write_chip(const struct law *law, char *text, size_t size)
{
    FILE *f = fmemopen(text, size, "w");
    const double lsb = 1 / (double)fx_one(law->membrane.frac_bits);
    const double most = (double)fx_max(law_bits(law->membrane)) * lsb;
    fprintf(f, "name: own\ndescription: of a test\nlaw:\n");
    for (const struct field *x = law_fields; x->name; x++) {
        struct law_format format;
        memcpy(&format, (const char *)law + x->at, sizeof format);
        if (x->kind == FIELD_SIGN || (x->kind == FIELD_SWITCH && x->of))
            continue; // told by formats
        const bool may = x->optional && x->kind != FIELD_FORMAT && x->kind != FIELD_CHOICE;
        if (!field_counts(x, law) || (may && !field_get(x, law))) continue;
        fprintf(f, "  %s: {value: ", x->name);
        if (x->kind == FIELD_FORMAT) {
            const struct field *sign = field_sign(x);
            fprintf(f, "%sQ%d.%d", sign && !field_get(sign, law) ? "U" : "", format.int_bits,
                    format.frac_bits);
        } else if (x->names)
            fprintf(f, "%s", x->names[field_get(x, law)]);
        else
            fprintf(f, "%d", field_get(x, law));
        fprintf(f, "%s%s, source: test}\n", x->unit ? ", unit: " : "", x->unit ? x->unit : "");
    }
    fprintf(f, "tick: {value: 8, unit: ms, source: test}\n");
    fprintf(f, "threshold: {value: %.17g, unit: membrane units, source: test}\n",
            most / 2 > lsb ? most / 2 : lsb);
    fprintf(f, "tau: {value: 64, unit: ms, source: test}\n");
    if (law->currents && law->decay_kind != LAW_LEAK_NONE)
        fprintf(f, "tau_syn: {value: 16, unit: ms, source: test}\n");
    if (law->has_gain) fprintf(f, "gain: {value: 0.5, source: test}\n");
    if (law->has_rest)
        fprintf(f,
                "rest: {value: %.17g, unit: membrane units, source: test}\n"
                "reset: {value: %.17g, unit: membrane units, source: test}\n",
                most / 8, most / 16);
    const double w = (double)fx_max(law_bits(law->weight)) / (double)fx_one(law->weight.frac_bits);
    fprintf(f, "weight:\n");
    for (int i = 0; i < 2; i++)
        fprintf(f, "  %s: {value: %.17g, unit: membrane units, source: test}\n", i ? "max" : "min",
                i ? w : -w);
    fprintf(f, "mismatch:\n");
    static const struct {
        const char *name, *unit;
    } varies[] = {{"weight_gain", "of the weight"},
                  {"weight_offset", "membrane units"},
                  {"threshold", "of the threshold"},
                  {"leak", "of the leak"},
                  {"input_gain", "of the weight"}};
    for (size_t i = 0; i < sizeof varies / sizeof *varies; i++)
        fprintf(f,
                "  %s:\n    local: {value: 0.02, unit: %s, source: test}\n"
                "    die: {value: 0.01, unit: %s, source: test}\n",
                varies[i].name, varies[i].unit, varies[i].unit);
    fprintf(f, "  front_end: {value: true, source: test}\njitter:\n"
               "  sigma: {value: 0.01, unit: of a tick, source: test}\n"
               "  acts_leak: {value: true, source: test}\n"
               "  acts_edges: {value: true, source: test}\n");
    fclose(f);
}

static void random_net(struct random *r, const struct chip *c, struct net *n)
{
    struct image_shape s = random_shape(r);
    struct fail f;
    random_taps(r, &s);
    if (net_init(n, &s, c, &f)) fail_msg("%s", f.text);
    for (int l = 0; l < s.n_layers; l++) {
        struct net_layer *y = &n->layer[l];
        for (int i = 0; i < y->n_source * y->n_out; i++)
            y->w[i] = (float)(c->threshold * (double)draw(r, -1000, 1000) / 4000);
        for (int i = 0; i < y->n_out; i++)
            y->bias[i] = (float)(c->threshold * (double)draw(r, -1000, 1000) / 40000);
    }
}

static uint64_t chip_image(const struct chip *c, const struct net *n, uint32_t k)
{
    struct image *im = virtual_chip_new(c, &n->shape);
    assert_non_null(im);
    virtual_chip_make(im, c, n, 1, k, 0);
    const uint64_t hash = image_hash(im);
    virtual_chip_free(im);
    return hash;
}

// Fields by the table, so that a new one is asked for as well.
static void same_shape(const struct image_shape *a, const struct image_shape *b)
{
    assert_int_equal(a->n_layers, b->n_layers);
    for (int l = 0; l < a->n_layers; l++)
        for (const struct field *x = layer_fields; x->name; x++) {
            const int p = field_get(x, &a->layer[l]), q = field_get(x, &b->layer[l]);
            const bool at_least_1 = x->lo == 1 && strcmp(x->name, "spacing") != 0;
            if ((at_least_1 && !p ? 1 : p) != (at_least_1 && !q ? 1 : q))
                fail_msg("layer %d, %s: %d was written, %d is read", l, x->name, p, q);
        }
}

static void same_net(const struct chip *c, const struct net *n, const struct net *read)
{
    struct fail f;
    struct chip own = *c;
    same_shape(&n->shape, &read->shape);
    if (read->chip_file && chip_load_text(&own, read->chip_file, "kept", &f))
        fail_msg("%s", f.text);
    assert_true(law_params_hash(FNV_START, own.kind, own.params) ==
                law_params_hash(FNV_START, c->kind, c->params));
    assert_int_equal(read->leak_kind, n->leak_kind);
    if (n->words.has[NET_DECAY]) assert_int_equal(read->decay_kind, n->decay_kind);
    for (uint32_t k = 0; k < 2; k++)
        if (chip_image(&own, read, k) != chip_image(c, n, k)) fail_msg("chip %u is another", k);
}

static void test_every_choice(void **unused)
{
    (void)unused;
    static struct seen laws, layers;
    struct random r = {271};
    char path[] = "/tmp/spiketwin-own-XXXXXX";
    int fd = mkstemp(path), graphs = 0, several[2] = {0};
    assert_true(fd >= 0);
    close(fd);
    for (int i = 0; i < NETS; i++) {
        const struct law law = random_law(&r);
        char text[1 << 14] = "";
        struct chip c;
        struct net n = {.shape = {0}}, read = {.shape = {0}}, graph = {.shape = {0}};
        struct fail f;
        if (law_check(&law)) continue;
        write_chip(&law, text, sizeof text);
        if (chip_load_text(&c, text, "test", &f)) fail_msg("%s\n%s", f.text, text);
        for (const struct field *x = law_fields; x->name; x++)
            if (field_counts(x, &law) && is_choice(x))
                assert_int_equal(field_get(x, &law), field_get(x, &c.law));
        random_net(&r, &c, &n);
        if (net_keep_chip(&n, text, &f) || net_save(&n, &c, path, &f) || net_load(&read, path, &f))
            fail_msg("%s", f.text);
        same_net(&c, &n, &read);
        see(&laws, 0, law_fields, &law);
        for (int l = 0; l < n.shape.n_layers; l++) {
            see(&layers, 0, layer_fields, &n.shape.layer[l]);
            several[0] += n.shape.layer[l].max_spikes > 1;
        }

        // From the graph alone.
        struct nir_graph g = {.node = 0};
        struct nir_import m;
        const struct nir_choice choice = {.dt = c.tick_s, .dialect = nir_dialect_of("nir")};
        if (nir_graph_read(&g, path, &f)) fail_msg("%s", f.text);
        if (nir_import(&m, &graph, &g, &c, &choice, &f)) fail_msg("%s\n%s", f.text, text);
        assert_true(m.own);
        if (!m.n_offences) { // a value that the chip cannot hold is replaced, and told
            same_net(&c, &n, &graph);
            see(&laws, 1, law_fields, &law);
            for (int l = 0; l < n.shape.n_layers; l++) {
                see(&layers, 1, layer_fields, &n.shape.layer[l]);
                several[1] += n.shape.layer[l].max_spikes > 1;
            }
            graphs++;
        }
        nir_import_fini(&m);
        nir_graph_fini(&g);
        net_fini(&graph);
        net_fini(&read);
        net_fini(&n);
    }
    unlink(path);
    for (int where = 0; where < 2; where++) {
        expect_all(&laws, where, law_fields);
        expect_all(&layers, where, layer_fields);
        assert_true(several[where] > 20);
    }
    print_message("%d graphs\n", graphs);
    assert_true(graphs > NETS / 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_choice)};
    return cmocka_run_group_tests(tests, 0, 0);
}
