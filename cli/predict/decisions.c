#include "cli/predict/decisions.h"

#include "twin/predict/decision.h"

#include <stdio.h>
#include <stdlib.h>

void decisions_write(const char *path, const char *const *item_name, int n_items,
                     const char *const *class_name, const uint32_t *k, const uint16_t *const *said,
                     int n_chips)
{
    char *text = 0;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) cli_die("out of memory");
    for (int c = 0; c < n_chips; c++)
        for (int i = 0; i < n_items; i++)
            fprintf(to, "%u %s %s\n", k[c], item_name[i], class_name[decision_class(said[c][i])]);
    cli_end_text(to, &text);
    cli_write_text(text, path);
    free(text);
}
