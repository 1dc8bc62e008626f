#include "cli/options.h"

#include "cli/cli.h"
#include "cli/train/patterns.h"

#include <assert.h>
#include <string.h>

enum { FIRST_KEY = 0x1000 }; // of options without a letter

// The first row of the same name: the option's own.
static int first_of(const struct option_set *s, int i)
{
    int at = 0;
    while (!s->row[at].name || strcmp(s->row[at].name, s->row[i].name) != 0)
        at++;
    return at;
}

void options_children(struct argp_state *state, struct cli_common *common,
                      struct patterns_options *patterns)
{
    // glibc lays an argp without a parser of its own around ours, for --help and --version.
    const struct argp *root = state->root_argp;
    const struct argp *ours = root->parser ? root : root->children->argp;
    const struct argp_child *child = ours->children;
    for (int i = 0; child && child[i].argp; i++) {
        const struct argp *of = child[i].argp;
        const bool pattern =
            of == &patterns_argp || of == &patterns_chip_argp || of == &patterns_job_argp;
        assert(patterns || !pattern);
        state->child_inputs[i] = pattern ? (void *)patterns : common;
    }
}

void options_open(struct option_set *s, const struct option_row *row, int n)
{
    assert(n <= OPTIONS_MOST);
    *s = (struct option_set){.row = row, .n = n};
    for (int i = 0; i < n; i++) {
        struct argp_option *to = &s->list[i];
        *to = (struct argp_option){.doc = row[i].what, .group = row[i].group};
        if (row[i].kind == OPTION_TITLE) continue;
        to->name = row[i].name;
        to->key = row[i].letter ? row[i].letter : FIRST_KEY + first_of(s, i);
        to->arg = row[i].value;
    }
}

error_t options_parse(struct option_set *s, int key, const char *arg)
{
    for (int i = 0; i < s->n; i++)
        if (s->list[i].key && s->list[i].key == key) {
            s->told[first_of(s, i)] = arg ? arg : "";
            return 0;
        }
    return ARGP_ERR_UNKNOWN;
}

const char *options_told(const struct option_set *s, const char *name)
{
    int i = 0;
    while (!s->row[i].name || strcmp(s->row[i].name, name) != 0)
        i++;
    return s->told[i];
}

static int choice(const char *option, const char *text, const char *const *choices)
{
    char all[256] = "";
    int i = 0;
    for (; choices[i]; i++) {
        if (!strcmp(text, choices[i])) return i;
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", choices[i]);
    }
    cli_die("%s: %s, allowed %s", option, text, all);
}

static void take(const struct option_row *x, const char *text, char *to)
{
    char name[64];
    double times = x->times == 0 ? 1 : x->times, number = 0;
    int whole = 0;
    snprintf(name, sizeof name, "--%s", x->name);
    if (x->kind == OPTION_NUMBER || x->kind == OPTION_REAL)
        number = times * cli_number(name, text, x->lo, x->hi);
    if (x->kind == OPTION_WHOLE)
        whole = (int)cli_integer(name, text, (int64_t)x->lo, (int64_t)x->hi);
    if (x->kind == OPTION_CHOICE) whole = choice(name, text, x->choices);
    const bool flag = true;
    const float real = (float)number;
    const struct {
        const void *value;
        size_t size;
    } of[] = {[OPTION_FLAG] = {&flag, sizeof flag},    [OPTION_TEXT] = {&text, sizeof text},
              [OPTION_WHOLE] = {&whole, sizeof whole}, [OPTION_NUMBER] = {&number, sizeof number},
              [OPTION_REAL] = {&real, sizeof real},    [OPTION_CHOICE] = {&whole, sizeof whole}};
    memcpy(to + x->at, of[x->kind].value, of[x->kind].size);
}

void options_take(const struct option_set *s, unsigned law, const char *whose, void *to)
{
    for (int i = 0; i < s->n; i++) {
        if (!s->told[i]) continue;
        int row = i;
        while (row < s->n && (s->row[row].kind == OPTION_TITLE || first_of(s, row) != i ||
                              (s->row[row].laws && !(s->row[row].laws & law))))
            row++;
        if (row == s->n) cli_die("--%s: %s, which has no such option", s->row[i].name, whose);
        take(&s->row[row], s->told[i], to);
    }
}
