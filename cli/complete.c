// The options of a verb as its table has them, a line each. `spiketwin VERB --complete` is what completion of a shell
// asks for, `=` behind those that take a value; verbs: `spiketwin --complete` (cli/main.c). `spiketwin VERB --letters`:
// each letter and its name, so that a test can hold all verbs against each other.
#include "cli/cli.h"

#include "cli/nearest.h"

#include <stdio.h>
#include <string.h>

static bool ends(const struct argp_option *o)
{
    return !o->name && !o->key && !o->doc && !o->group;
}

void cli_complete(const struct argp *argp)
{
    const char *value = 0; // an alias takes what its option does
    for (const struct argp_option *o = argp->options; o && !ends(o); o++) {
        if (!(o->flags & OPTION_ALIAS)) value = o->flags & OPTION_ARG_OPTIONAL ? 0 : o->arg;
        if (o->name && !(o->flags & OPTION_HIDDEN)) printf("--%s%s\n", o->name, value ? "=" : "");
    }
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        cli_complete(c->argp);
}

void cli_letters(const struct argp *argp)
{
    int letter = 0; // an alias has that of its option
    for (const struct argp_option *o = argp->options; o && !ends(o); o++) {
        if (!(o->flags & OPTION_ALIAS)) letter = o->key;
        if (o->name && letter > ' ' && letter < 0x7f) printf("%c\t%s\n", letter, o->name);
    }
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        cli_letters(c->argp);
}

void cli_nearest_option(const struct argp *argp, struct nearest *n)
{
    for (const struct argp_option *o = argp->options; o && !ends(o); o++)
        if (o->name && !(o->flags & OPTION_HIDDEN)) nearest_try(n, o->name);
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        cli_nearest_option(c->argp, n);
}

bool cli_has_option(const struct argp *argp, const char *given)
{
    size_t n = strcspn(given, "=");
    for (const struct argp_option *o = argp->options; o && !ends(o); o++)
        if (o->name && strncmp(o->name, given, n) == 0) return true; // getopt takes a beginning
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        if (cli_has_option(c->argp, given)) return true;
    return false;
}
