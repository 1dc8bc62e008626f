#include "cli/decisions.h"

#include "twin/predict/decision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *decisions_clip_name(const struct speech *s, int clip)
{
    const char *path = s->set.clip[clip].path, *at = strrchr(path, '/');
    while (at > path && at[-1] != '/')
        at--;
    return at;
}

void decisions_write(const char *path, const struct speech *s, const int *clip, int n_clips,
                     const uint32_t *k, const uint16_t *const *said, int n_chips)
{
    char *text = 0;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) cli_die("out of memory");
    for (int c = 0; c < n_chips; c++)
        for (int i = 0; i < n_clips; i++)
            fprintf(to, "%u %s %s\n", k[c], decisions_clip_name(s, clip[i]),
                    s->set.labels.text[decision_class(said[c][i])]);
    cli_end_text(to, &text);
    cli_write_text(text, path);
    free(text);
}
