// What completion of a shell asks for: options of a verb as its table has them, a line each, `=` behind those that
// take a value. `spiketwin VERB --complete`; verbs: `spiketwin --complete` (cli/main.c).
#include "cli/cli.h"

#include <stdio.h>

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
