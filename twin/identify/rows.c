#include "twin/identify/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- neurons and their rows --------------------------------------------------------------------------

int rows_column(const struct recording *r, enum recording_role role, const char *key)
{
    for (int i = 0; i < r->n_columns; i++)
        if (r->column[i].role == role && !strcmp(r->column[i].key, key)) return i;
    return -1;
}

int rows_count(const struct recording *r, enum recording_role role)
{
    int n = 0;
    for (int i = 0; i < r->n_columns; i++)
        n += r->column[i].role == role;
    return n;
}

// The layer of a key is what stands before its number: "out_0" is of "out".
static bool same_layer(const char *a, const char *b)
{
    size_t n = strcspn(a, "0123456789"), m = strcspn(b, "0123456789");
    return n == m && !strncmp(a, b, n);
}

struct build {
    const struct recording *r;
    int64_t *at;
};

static const int64_t *state(struct build *b, enum recording_role role, const char *key, int later,
                            int frac)
{
    int c = rows_column(b->r, role, key);
    if (c < 0) return 0;
    const struct recording_column *column = &b->r->column[c];
    int64_t *to = b->at;
    b->at += b->r->n_rows;
    for (int t = 0; t < b->r->n_rows; t++) {
        int from = t - later;
        bool there = from >= 0 && !(later && b->r->begins[t]);
        to[t] = !there                ? 0
                : frac < 0            ? column->word[from]
                : frac < column->frac ? column->word[from]
                                      : fx_shl(column->word[from], frac - column->frac);
    }
    return to;
}

static void hear(struct neuron_found *n, int *n_x, int column, bool spikes)
{
    n->n_listed++;
    if (*n_x == UNIT_SOURCES) return;
    n->source[*n_x] = column;
    n->source_is_spikes[(*n_x)++] = spikes;
}

static void list_sources(const struct identified *x, struct neuron_found *n)
{
    const struct recording *r = x->r;
    n->unit.n_x = n->n_listed = 0;
    for (int i = 0; i < r->n_columns; i++)
        if (r->column[i].role == RECORDING_INPUT) hear(n, &n->unit.n_x, i, false);
    for (int i = 0; n->view.heard && i < r->n_columns; i++)
        if (r->column[i].role == RECORDING_SPIKE) hear(n, &n->unit.n_x, i, true);
}

static void fill_sources(const struct identified *x, struct neuron_found *n, int32_t *to)
{
    const struct recording *r = x->r;
    const struct view *v = &n->view;
    for (int k = 0; k < n->unit.n_x; k++) {
        const struct recording_column *c = &r->column[n->source[k]];
        const bool spikes = n->source_is_spikes[k];
        const int lag = !spikes ? v->lag : v->heard == 2 && !same_layer(c->key, n->key) ? 0 : 1;
        const int weight = spikes ? -1 : rows_column(r, RECORDING_GAIN, c->key);
        const bool weighted = weight >= 0 && rows_count(r, RECORDING_GAIN) > 1;
        const int more = spikes ? 0 : identify_source_frac(x, n->source[k]) - c->frac;
        for (int t = 0; t < r->n_rows; t++) {
            const bool there = t >= lag && !(lag && r->begins[t]);
            int64_t word = there ? c->word[t - lag] : 0;
            word = fx_shl(word, more);
            if (!spikes && v->input_bits) word = fx_sat(word, 0, fx_umax(v->input_bits));
            if (weighted && there) word *= r->column[weight].word[t - lag];
            to[(size_t)t * (size_t)n->unit.n_x + (size_t)k] =
                (int32_t)fx_sat(word, INT32_MIN, INT32_MAX);
        }
    }
}

int rows_build(struct identified *x, struct neuron_found *n)
{
    const struct recording *r = x->r;
    const size_t rows = (size_t)r->n_rows;
    const struct view *v = &n->view;
    free(n->memory);
    list_sources(x, n);
    n->memory = calloc(rows * (size_t)n->unit.n_x + rows * 20 + 64, sizeof(int32_t));
    if (!n->memory) return -1;
    struct build b = {r, n->memory};
    struct unit *u = &n->unit;
    u->n = r->n_rows;
    u->begins = r->begins;
    u->from_row = v->from_row;
    u->shown = v->shown;
    u->v = state(&b, RECORDING_MEMBRANE, n->key, 0, n->frac);
    u->z = state(&b, RECORDING_SPIKE, n->key, v->lead, -1);
    u->u[0] = state(&b, RECORDING_CURRENT, n->key, 0, n->frac);
    u->u[1] = state(&b, RECORDING_CURRENT2, n->key, 0, n->frac);
    u->r = state(&b, RECORDING_REFRACTORY, n->key, 0, -1);
    const char *key = rows_column(r, RECORDING_LEAK, n->key) >= 0 ? n->key : "";
    u->leak = state(&b, RECORDING_LEAK, key, v->lag, -1);
    key = rows_column(r, RECORDING_BIAS, n->key) >= 0 ? n->key : "";
    u->bias = state(&b, RECORDING_BIAS, key, v->lag, n->frac);
    u->gain = 0;
    if (rows_count(r, RECORDING_GAIN) == 1)
        for (int i = 0; i < r->n_columns; i++)
            if (r->column[i].role == RECORDING_GAIN)
                u->gain = state(&b, RECORDING_GAIN, r->column[i].key, v->lag, -1);
    fill_sources(x, n, (int32_t *)b.at);
    u->x = (int32_t *)b.at;
    u->sum[0] = u->sum[1] = 0;
    u->deadline = &x->deadline;
    u->x_most = 0;
    for (size_t i = 0; i < rows * (size_t)u->n_x; i++)
        u->x_most = fmax(u->x_most, fabs((double)u->x[i]));
    double gain = 1;
    for (int t = 0; u->gain && t < u->n; t++)
        gain = fmax(gain, fabs((double)u->gain[t]));
    u->x_most *= gain;
    return 0;
}

int rows_spikes(const struct recording *r, const char *key)
{
    int c = rows_column(r, RECORDING_SPIKE, key), n = 0;
    for (int t = 0; c >= 0 && t < r->n_rows; t++)
        n += r->column[c].x[t] != 0;
    return n;
}

// --- words -------------------------------------------------------------------------------------------

// Columns of a role as words of 20 bits: those of a simulator that computes in real numbers.
static void roughen(struct recording *r, enum recording_role role)
{
    double most = 0;
    int frac = 0;
    for (int i = 0; i < r->n_columns; i++)
        for (int t = 0; r->column[i].role == role && t < r->n_rows; t++)
            most = fmax(most, fabs(r->column[i].x[t]));
    while (frac < 60 && most > 0 && ldexp(most, frac + 1) < 524288)
        frac++;
    for (int i = 0; i < r->n_columns; i++) {
        struct recording_column *c = &r->column[i];
        if (c->role != role) continue;
        c->frac = frac;
        for (int t = 0; t < r->n_rows; t++)
            c->word[t] = (int64_t)rint(ldexp(c->x[t], frac));
    }
}

static double largest(const struct recording *r, const struct recording_column *c)
{
    double most = 0;
    for (int t = 0; t < r->n_rows; t++)
        most = fmax(most, fabs((double)c->word[t]));
    return most;
}

static bool fits(const struct recording *r, enum recording_role role, int frac)
{
    for (int i = 0; i < r->n_columns; i++)
        if (r->column[i].role == role &&
            ldexp(largest(r, &r->column[i]), frac - r->column[i].frac) > INT32_MAX)
            return false;
    return true;
}

// The longest fraction of a role's columns, or -1: with it not all are words of 32 bits.
static int common_frac(const struct recording *r, enum recording_role role)
{
    int frac = 0;
    for (int i = 0; i < r->n_columns; i++)
        if (r->column[i].role == role && r->column[i].frac > frac) frac = r->column[i].frac;
    return fits(r, role, frac) ? frac : -1;
}

int identify_source_frac(const struct identified *x, int column)
{
    const struct recording_column *c = &x->r->column[column];
    const int common = common_frac(x->r, RECORDING_INPUT);
    return c->role != RECORDING_INPUT || common < 0 ? c->frac : common;
}

// A current or a bias has the membrane's words, or is one more input with a weight. *frac: of all of them.
static void settle_added(struct recording *r, enum recording_role role, int *frac)
{
    int own = *frac;
    for (int i = 0; i < r->n_columns; i++)
        if (r->column[i].role == role && r->column[i].frac > own) own = r->column[i].frac;
    if (fits(r, role, own) && fits(r, RECORDING_MEMBRANE, own)) {
        *frac = own;
        return;
    }
    for (int i = 0; i < r->n_columns; i++)
        if (r->column[i].role == role) r->column[i].role = RECORDING_INPUT;
}

static int check_range(const struct recording *r, const struct recording_column *c, int64_t lo,
                       int64_t hi, struct fail *f)
{
    for (int t = 0; t < r->n_rows; t++)
        if (c->word[t] < lo || c->word[t] > hi)
            return fail(f, "%s:%d: %s, %.15g, allowed as %s %.15g..%.15g", r->path, r->line[t],
                        c->name, c->x[t], recording_roles[c->role], ldexp((double)lo, -c->frac),
                        ldexp((double)hi, -c->frac));
    return 0;
}

static int check_words(const struct recording *r, struct fail *f)
{
    for (int i = 0; i < r->n_columns; i++) {
        const struct recording_column *c = &r->column[i];
        const bool counts = c->role == RECORDING_SPIKE || c->role == RECORDING_REFRACTORY;
        if (c->role <= RECORDING_RUN) continue;
        for (int t = 0; counts && t < r->n_rows; t++)
            if (c->x[t] != rint(c->x[t]))
                return fail(f, "%s:%d: %s, %.15g, allowed as %s whole numbers 0..%d", r->path,
                            r->line[t], c->name, c->x[t], recording_roles[c->role],
                            c->role == RECORDING_SPIKE ? LAW_MAX_SPIKES : 255);
        if (check_range(r, c, counts ? 0 : INT32_MIN,
                        c->role == RECORDING_SPIKE        ? LAW_MAX_SPIKES
                        : c->role == RECORDING_REFRACTORY ? 255
                                                          : INT32_MAX,
                        f))
            return -1;
    }
    return 0;
}

static int check_gain(const struct recording *r, struct fail *f)
{
    double input = 0, gain = 0;
    for (int i = 0; i < r->n_columns; i++) {
        if (r->column[i].role == RECORDING_INPUT) input = fmax(input, largest(r, &r->column[i]));
        if (r->column[i].role == RECORDING_GAIN) gain = fmax(gain, largest(r, &r->column[i]));
    }
    if (input * gain < 0x1p55) return 0;
    return fail(f, "%s: inputs times gains, words up to %.6g, allowed below 2^55", r->path,
                input * gain);
}

int rows_settle(struct identified *x, struct fail *f)
{
    struct recording *r = x->r;
    x->whole = true;
    for (int i = 0; i < r->n_columns; i++) {
        const struct recording_column *c = &r->column[i];
        const bool counts = c->role == RECORDING_SPIKE || c->role == RECORDING_REFRACTORY;
        if (c->role <= RECORDING_RUN || c->frac >= 0 || counts) continue;
        if (x->whole) x->rough = c->name;
        x->whole = false;
    }
    for (int role = RECORDING_INPUT; !x->whole && role < RECORDING_ROLES; role++) {
        bool rough = false;
        for (int i = 0; i < r->n_columns; i++)
            rough |= (int)r->column[i].role == role && r->column[i].frac < 0;
        if (rough && role != RECORDING_SPIKE && role != RECORDING_REFRACTORY)
            roughen(r, (enum recording_role)role);
    }
    if (check_words(r, f) || check_gain(r, f)) return -1;
    int frac = common_frac(r, RECORDING_MEMBRANE);
    const bool own = frac < 0; // of each neuron
    frac = own ? 0 : frac;
    settle_added(r, RECORDING_CURRENT, &frac);
    settle_added(r, RECORDING_CURRENT2, &frac);
    settle_added(r, RECORDING_BIAS, &frac);
    for (int i = 0; i < x->n; i++)
        x->neuron[i].frac = own ? r->column[x->neuron[i].membrane].frac : frac;
    return 0;
}
