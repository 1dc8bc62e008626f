#include "twin/jobs/fault_tests.h"

#include <stdlib.h>

static const uint64_t *bits_of(const struct fault_campaign *c, size_t fault)
{
    return c->exposed + fault * c->exposed_words;
}

static bool has(const uint64_t *bits, int i)
{
    return fx_bit(bits[i / 64], i % 64);
}

// exposes: how many of the faults that are left each stimulus exposes.
static void tally(size_t *exposes, const struct fault_campaign *c, size_t fault, int n_stimuli,
                  bool left)
{
    for (int i = 0; i < n_stimuli; i++)
        if (has(bits_of(c, fault), i)) {
            if (left)
                exposes[i]++;
            else
                exposes[i]--;
        }
}

static void choose(struct fault_tests *t, const struct fault_campaign *c, bool *left,
                   size_t *exposes, int n_stimuli)
{
    for (size_t open = t->exposed; open;) {
        int best = 0;
        for (int i = 1; i < n_stimuli; i++)
            if (exposes[i] > exposes[best]) best = i;
        t->test[t->n++] = (struct fault_test){best, exposes[best]};
        open -= exposes[best];
        for (size_t k = 0; k < c->n; k++) {
            if (!left[k] || !has(bits_of(c, k), best)) continue;
            left[k] = false;
            tally(exposes, c, k, n_stimuli, false);
        }
    }
}

// Faults with the fewest stimuli first, each that shares none with those before.
static int independent(const struct fault_campaign *c, uint64_t *used, int n_stimuli)
{
    int n = 0;
    for (int size = 1; size <= n_stimuli; size++)
        for (size_t k = 0; k < c->n; k++) {
            if (c->result[k].exposed != size) continue;
            bool apart = true;
            for (size_t w = 0; w < c->exposed_words; w++)
                apart = apart && !(used[w] & bits_of(c, k)[w]);
            for (size_t w = 0; apart && w < c->exposed_words; w++)
                used[w] |= bits_of(c, k)[w];
            n += apart;
        }
    return n;
}

int fault_tests_choose(struct fault_tests *t, const struct fault_campaign *c, int n_stimuli,
                       struct fail *f)
{
    *t = (struct fault_tests){.test = calloc((size_t)n_stimuli + 1, sizeof *t->test)};
    bool *left = calloc(c->n + 1, sizeof *left);
    size_t *exposes = calloc((size_t)n_stimuli + 1, sizeof *exposes);
    uint64_t *used = calloc(c->exposed_words + 1, sizeof *used);
    int bad = !t->test || !left || !exposes || !used;
    for (size_t k = 0; !bad && k < c->n; k++) {
        left[k] = c->result[k].exposed > 0;
        if (left[k]) tally(exposes, c, k, n_stimuli, true);
        t->exposed += left[k];
        t->same += c->result[k].is == FAULT_SAME;
        t->masked += c->result[k].is == FAULT_MASKED;
    }
    if (!bad) {
        choose(t, c, left, exposes, n_stimuli);
        t->least = independent(c, used, n_stimuli);
    }
    free(left);
    free(exposes);
    free(used);
    if (!bad) return 0;
    fault_tests_free(t);
    return fail(f, "tests: out of memory");
}

void fault_tests_free(struct fault_tests *t)
{
    free(t->test);
    *t = (struct fault_tests){0};
}
