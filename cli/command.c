#include "cli/command.h"

#include "cli/cli.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count;
static char **words;

void command_set(int argc, char **argv)
{
    count = argc;
    words = argv;
}

const char *command_verb(void)
{
    return count > 1 ? words[1] : "";
}

static void add(FILE *to, const char *word, bool first)
{
    char *quoted = text_quoted(word);
    if (!quoted) cli_die("out of memory");
    fprintf(to, "%s%s", first ? "" : " ", quoted);
    free(quoted);
}

char *command_text(const char *program, const char *less, const char *more)
{
    char *text = 0;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) cli_die("out of memory");
    add(to, program ? program : words[0], true);
    for (int i = 1; i < count; i++) {
        size_t n = strlen(words[i]); // getopt takes "--forc" for "--force"
        bool drop = less && n > 3 && strncmp(words[i], less, n) == 0;
        if (!drop && !(more && strcmp(words[i], more) == 0)) add(to, words[i], false);
    }
    if (more) add(to, more, false);
    cli_end_text(to, &text);
    return text;
}
