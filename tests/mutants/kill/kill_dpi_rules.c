// Rules of the DPI law: what its check refuses, what its hash sees.
#include "tests/mutants/kill/kill_dpi.h"
#include "tests/mutants/kill/kill_dpi_chip.h"

#include "model/laws/law_image.h"

// Every word at both ends of its format and beyond, in the check and in the hash.
static int check_words_of_images(void)
{
    struct random r = {23};
    static struct chip c;
    const struct dpi_law law = {.gaba = true,
                                .current = {20, 8},
                                .weight = {10, 4},
                                .factor_frac = 20,
                                .log_frac = 16,
                                .table_bits = 4,
                                .gain = {3, 20},
                                .rate = {10, 12},
                                .max_spikes = 7};
    random_chip(&r, &c, &law);
    struct dpi_neuron *n = &c.n1[1];
    const int64_t current = (1 << 28) - 1, factor = (1 << 20) - 1, log = (1 << 22) - 1;
    int64_t *const wide[] = {&n->io,       &n->idc,  &n->itau, &n->igain,   &n->floor[0],
                             &n->floor[1], &n->jump, &n->gain, &n->gain_tau};
    const int64_t wide_low[] = {1, 0, 1, 1, 0, 0, 0, 0, 0};
    int32_t *const narrow[] = {&n->decay[0], &n->decay[1], &n->decay_ahp, &n->alpha,
                               &n->log_io,   &n->log_gain, &n->theta,     &n->period};
    const int64_t narrow_low[] = {0, 0, 0, 0, 0, 0, -log - 1, 0};
    const int64_t narrow_top[] = {factor, factor, factor, factor, log, log, log, 65535};
    for (int i = 0; i < 17; i++) {
        struct dpi_neuron kept = *n;
        int64_t low = i < 9 ? wide_low[i] : narrow_low[i - 9];
        int64_t top = i < 7 ? current : i < 9 ? (1 << 23) - 1 : narrow_top[i - 9];
        uint64_t hash[4];
        const int64_t values[4] = {low - 1, low, top, top + 1};
        for (int k = 0; k < 4; k++) {
            if (i < 9)
                *wide[i] = values[k];
            else
                *narrow[i - 9] = (int32_t)values[k];
            REQUIRE(!dpi_image_check(&c.im) == (k == 1 || k == 2));
            hash[k] = dpi_image_hash(&c.im);
            for (int before = 0; before < k; before++)
                REQUIRE(hash[before] != hash[k]);
        }
        *n = kept;
    }
    for (int i = 0; i < 2; i++) { // the ends of a weight
        int32_t *w = &c.w1[dpi_sources(&c.im.layer[1]) * 2 - 1], kept = *w;
        *w = i ? 8191 : -8192;
        REQUIRE(!dpi_image_check(&c.im));
        *w += i ? 1 : -1;
        REQUIRE(dpi_image_check(&c.im));
        *w = kept;
    }
    int32_t *const entries[] = {&c.tables.log2[0], &c.tables.log2[16], &c.tables.exp2[0],
                                &c.tables.exp2[16], &c.tables.efold};
    const int32_t good[] = {0, 1 << 16, 1 << 16, 2 << 16, log}, step[] = {-1, 1, -1, 1, 1};
    for (int i = 0; i < 5; i++) {
        int32_t kept = *entries[i];
        uint64_t hash = dpi_image_hash(&c.im);
        *entries[i] = good[i];
        REQUIRE(!dpi_image_check(&c.im));
        *entries[i] += step[i];
        REQUIRE(dpi_image_check(&c.im));
        REQUIRE(dpi_image_hash(&c.im) != hash);
        *entries[i] = kept;
    }
    c.tables.efold = 1;
    REQUIRE(!dpi_image_check(&c.im));
    c.tables.efold = 0;
    REQUIRE(dpi_image_check(&c.im));
    c.tables.efold = 9;
    for (int i = 0; i < 2; i++) { // equal neighbours may be, falling ones not
        int32_t *table = i ? c.tables.exp2 : c.tables.log2, kept = table[7];
        table[7] = table[8];
        REQUIRE(!dpi_image_check(&c.im));
        table[7]++;
        REQUIRE(dpi_image_check(&c.im) || table[8] > table[7]);
        table[7] = kept;
    }
    return 0;
}

// FNV-1a of the bytes of a word, lowest first.
static void golden_word(uint64_t *h, int64_t x)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)x >> (8 * i));
    for (int i = 0; i < 8; i++)
        *h = (*h ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static uint64_t golden(const struct chip *c)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    const struct dpi_law *a = &c->im.law;
    const int64_t law[] = {a->gaba,
                           a->leak_once,
                           a->fresh_vmem,
                           a->current.int_bits,
                           a->current.frac_bits,
                           a->weight.int_bits,
                           a->weight.frac_bits,
                           a->factor_frac,
                           a->log_frac,
                           a->table_bits,
                           a->gain.int_bits,
                           a->gain.frac_bits,
                           a->rate.int_bits,
                           a->rate.frac_bits,
                           a->max_spikes,
                           2};
    for (int i = 0; i < 16; i++)
        golden_word(&h, law[i]);
    for (int i = 0; i < (1 << a->table_bits) + 1; i++) {
        golden_word(&h, c->tables.log2[i]);
        golden_word(&h, c->tables.exp2[i]);
    }
    golden_word(&h, c->tables.efold);
    for (int l = 0; l < 2; l++) {
        bool recurrent = c->im.layer[l].recurrent;
        int n_in = l ? 3 : 2, n_out = l ? 2 : 3, n_words = (n_in + (recurrent ? n_out : 0)) * n_out;
        golden_word(&h, n_in);
        golden_word(&h, n_out);
        golden_word(&h, recurrent);
        for (int k = 0; k < n_out; k++) {
            const struct dpi_neuron *n = l ? &c->n1[k] : &c->n0[k];
            const int64_t words[] = {n->io,       n->idc,   n->itau,     n->igain,    n->floor[0],
                                     n->floor[1], n->jump,  n->decay[0], n->decay[1], n->decay_ahp,
                                     n->alpha,    n->gain,  n->gain_tau, n->log_io,   n->log_gain,
                                     n->theta,    n->period};
            for (int i = 0; i < 17; i++)
                golden_word(&h, words[i]);
        }
        for (int i = 0; i < n_words; i++)
            golden_word(&h, (l ? c->w1 : c->w0)[i]);
    }
    return h;
}

// The hash byte for byte; the first words, and none but those that count, are checked.
static int check_hash(void)
{
    struct random r = {25};
    static struct chip c;
    for (int k = 0; k < 6; k++) {
        struct dpi_law law = random_dpi_law(&r);
        law.table_bits = 3;
        random_chip(&r, &c, &law);
        REQUIRE(dpi_image_hash(&c.im) == golden(&c));
    }
    random_chip(&r, &c, &dpi_silicon);
    c.im.law.weight = (struct law_format){12, 4};
    memset(c.w0, 0, sizeof c.w0);
    memset(c.w1, 0, sizeof c.w1);
    c.im.layer[1].recurrent = false;
    c.w0[15] = c.w1[6] = INT32_MAX; // of no source
    REQUIRE(!dpi_image_check(&c.im));
    c.w1[0] = INT32_MAX;
    REQUIRE(dpi_image_check(&c.im));
    c.w1[0] = 0;
    c.n0[0].io = 0;
    REQUIRE(dpi_image_check(&c.im));
    c.n0[0].io = 1;
    c.im.n_layers = 1;
    c.im.layer[0].n_in = c.im.layer[0].n_out = 1;
    c.w0[15] = 0;
    REQUIRE(!dpi_image_check(&c.im));
    return 0;
}

// Law and sizes: in the hash, and refused.
static int check_sizes(void)
{
    struct random r = {24};
    static struct chip c;
    random_chip(&r, &c, &dpi_silicon);
    REQUIRE(!dpi_image_check(&c.im));
    uint64_t hash = dpi_image_hash(&c.im), last = hash;
    const struct dpi_image kept = c.im;
    struct dpi_law *a = &c.im.law;
    for (int i = 0; i < 14; i++, c.im = kept) {
        uint8_t *const bytes[] = {&a->factor_frac, &a->log_frac, &a->max_spikes};
        int8_t *const parts[] = {&a->current.int_bits, &a->current.frac_bits, &a->weight.int_bits,
                                 &a->weight.frac_bits, &a->gain.int_bits,     &a->gain.frac_bits,
                                 &a->rate.int_bits,    &a->rate.frac_bits};
        bool *const flags[] = {&a->gaba, &a->leak_once, &a->fresh_vmem};
        if (i < 3)
            *flags[i] = !*flags[i];
        else if (i < 11)
            *parts[i - 3] += 1;
        else
            *bytes[i - 11] += 1;
        uint64_t h = dpi_image_hash(&c.im);
        REQUIRE(h != hash && h != last);
        last = h;
    }
    a->table_bits = 7;
    REQUIRE(dpi_image_hash(&c.im) != hash);
    c.im = kept;
    c.im.layer[1].recurrent = false;
    last = dpi_image_hash(&c.im);
    c.im.layer[1].n_out = 1;
    REQUIRE(dpi_image_hash(&c.im) != last);
    c.im = kept;
    c.im.n_layers = 1;
    REQUIRE(!dpi_image_check(&c.im) && dpi_image_neurons(&c.im) == 3);
    c.im.n_layers = 0;
    REQUIRE(dpi_image_check(&c.im));
    c.im.n_layers = DPI_MAX_LAYERS + 1;
    REQUIRE(dpi_image_check(&c.im));
    const int bad[] = {0, DPI_MAX_NEURONS + 1};
    for (int i = 0; i < 2; i++) {
        c.im = kept;
        c.im.layer[0].n_in = bad[i];
        REQUIRE(dpi_image_check(&c.im));
        c.im = kept;
        c.im.layer[1].n_out = bad[i];
        REQUIRE(dpi_image_check(&c.im));
    }
    c.im = kept;
    c.im.layer[1].n_in = 2;
    REQUIRE(dpi_image_check(&c.im));
    c.im = kept;
    c.im.law.factor_frac = 7;
    REQUIRE(dpi_image_check(&c.im));
    return 0;
}

// The ends of every rule of a law.
// The view of a layer: every word of it and of the chip, where the image has it.
static int check_views(void)
{
    struct random r = {43};
    static struct chip c;
    for (int i = 0; i < 40; i++) {
        struct dpi_law law = random_dpi_law(&r);
        law.max_spikes = (uint8_t)(3 + i % 4);
        random_chip(&r, &c, &law);
        const int l = i % 2;
        const struct dpi_layer *y = &c.im.layer[l];
        const struct law_image v = law_image_dpi(&c.im, l);
        const int rows = y->n_in + (y->recurrent ? y->n_out : 0);
        REQUIRE(v.kind == &dpi_kind && v.image == &c.im && v.law == &c.im.law && v.first == l);
        REQUIRE(v.chip == &c.tables && v.shape.n_layers == 1 && v.shape.layer[0].n_in == y->n_in);
        REQUIRE(v.shape.layer[0].n_out == y->n_out && v.shape.layer[0].recurrent == y->recurrent);
        REQUIRE(!v.shape.layer[0].delayed && v.shape.layer[0].topology == IMAGE_DENSE);
        REQUIRE(v.shape.layer[0].max_spikes == law.max_spikes && !v.layer[0].input_frac);
        REQUIRE(v.layer[0].n_source == rows && v.layer[0].n_rows == rows);
        REQUIRE(v.layer[0].w == y->w && v.layer[0].neuron == y->neuron);
        REQUIRE(!v.shape.layer[1].n_out && !v.layer[1].n_rows && !v.layer[1].neuron);
        REQUIRE(law_image_neurons(&v) == y->n_out && !law_image_check(&v));
        for (int n = 0; n < y->n_out; n++) {
            for (int row = 0; row < rows; row++)
                REQUIRE(law_image_word(&v, 0, DPI_WEIGHT, n, row) == y->w[row * y->n_out + n]);
            REQUIRE(law_image_word(&v, 0, DPI_IO, n, 0) == y->neuron[n].io);
            REQUIRE(law_image_word(&v, 0, DPI_PERIOD, n, 0) == y->neuron[n].period);
        }
        for (int k = 0; k < 3; k++) {
            REQUIRE(law_image_word(&v, 0, DPI_LOG2, 0, k) == c.tables.log2[k]);
            REQUIRE(law_image_word(&v, 0, DPI_EXP2, 1, k) == c.tables.exp2[k]);
        }
        REQUIRE(law_image_word(&v, 0, DPI_EFOLD, 1, 0) == c.tables.efold);
        int32_t was = y->w[0];
        y->w[0] = INT32_MAX;
        REQUIRE(law_bits(law.weight) == 32 || law_image_check(&v));
        y->w[0] = was;
    }
    return 0;
}

static int check_laws(void)
{
    const struct dpi_law wide = {.current = {28, 20},
                                 .weight = {12, 20},
                                 .factor_frac = 31,
                                 .log_frac = 24,
                                 .table_bits = 12,
                                 .gain = {4, 36},
                                 .rate = {26, 30},
                                 .max_spikes = 63};
    const struct dpi_law small = {.current = {1, 0},
                                  .weight = {2, 0},
                                  .factor_frac = 8,
                                  .log_frac = 8,
                                  .table_bits = 2,
                                  .gain = {1, 1},
                                  .rate = {3, 1},
                                  .max_spikes = 1};
    REQUIRE(!dpi_law_check(&wide) && !dpi_law_check(&small));
    for (int i = 0; i < 22; i++) {
        struct dpi_law a = i < 11 ? wide : small;
        switch (i) {
        case 0:
            a.current.int_bits++;
            break;
        case 1:
            a.weight.int_bits++;
            break;
        case 2:
            a.weight = (struct law_format){9, 21};
            break;
        case 3:
            a.factor_frac++;
            break;
        case 4:
            a.log_frac++;
            break;
        case 5:
            a.table_bits++;
            break;
        case 6:
            a.gain.int_bits++;
            break;
        case 7:
            a.rate.int_bits++;
            break;
        case 8:
            a.max_spikes++;
            break;
        case 9:
            a.rate = (struct law_format){-1, 57};
            break;
        case 10:
            a.gain = (struct law_format){1, 9};
            break;
        case 11:
            a.current.int_bits--;
            break;
        case 12:
            a.current = (struct law_format){5, -1};
            a.weight.frac_bits = -1;
            break;
        case 13:
            a.weight.int_bits--;
            break;
        case 14:
            a.factor_frac--;
            break;
        case 15:
            a.log_frac--;
            break;
        case 16:
            a.table_bits--;
            break;
        case 17:
            a.gain.int_bits--;
            break;
        case 18:
            a.gain = (struct law_format){4, -1};
            break;
        case 19:
            a.rate = (struct law_format){2, 1};
            break;
        case 20:
            a.rate = (struct law_format){4, 0};
            break;
        default:
            a.max_spikes--;
            break;
        }
        REQUIRE(dpi_law_check(&a));
    }
    struct dpi_law a = small; // rate may have as many fraction bits as current and gain together
    a.rate.frac_bits = 2;
    REQUIRE(dpi_law_check(&a));
    a.current.frac_bits = 1;
    REQUIRE(!dpi_law_check(&a));
    a = wide;
    a.gain = (struct law_format){4, 0};
    a.rate = (struct law_format){26, 19};
    REQUIRE(!dpi_law_check(&a));
    a.gain.frac_bits = -1;
    REQUIRE(dpi_law_check(&a));
    a = (struct dpi_law){.current = {5, -1},
                         .weight = {4, -1},
                         .factor_frac = 8,
                         .log_frac = 8,
                         .table_bits = 2,
                         .gain = {2, 6},
                         .rate = {3, 1},
                         .max_spikes = 1};
    REQUIRE(dpi_law_check(&a));
    a.current.frac_bits = 0;
    REQUIRE(!dpi_law_check(&a));
    a = wide;
    a.log_frac = 12;
    REQUIRE(dpi_law_check(&a));
    a.log_frac = 13;
    REQUIRE(!dpi_law_check(&a));
    a = wide;
    a.rate = (struct law_format){1, 30};
    REQUIRE(dpi_law_check(&a));
    a.rate.int_bits = 2;
    REQUIRE(!dpi_law_check(&a));
    return 0;
}

int check_dpi_rules(void)
{
    int where = check_laws();
    if (!where) where = check_words_of_images();
    if (!where) where = check_views();
    if (!where) where = check_hash();
    return where ? where : check_sizes();
}
