#include "cli/nearest.h"

#include <string.h>

// Edits that make one word of the other, swapped neighbours one of them (optimal string alignment); words of up to
// 31 letters.
static int edits_between(const char *a, const char *b)
{
    enum { MOST = 32 };
    int d[MOST][MOST], n = (int)strlen(a), m = (int)strlen(b);
    if (n >= MOST || m >= MOST) return MOST;
    for (int i = 0; i <= n; i++)
        for (int j = 0; j <= m; j++) {
            if (!i || !j) {
                d[i][j] = i + j;
                continue;
            }
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

struct nearest nearest_to(const char *given)
{
    return (struct nearest){.given = given, .edits = 3};
}

void nearest_try(struct nearest *n, const char *word)
{
    int edits = edits_between(n->given, word);
    if (edits >= n->edits) return;
    n->edits = edits;
    n->word = word;
}
