#include "twin/nir/dialect.h"

#include <stdio.h>
#include <string.h>

const struct nir_dialect nir_dialects[] = {
    {"nir", .order = {.fire_gt = true}},
    {"norse", .unit_if = true, .unit_syn = true, .order = {.fire_gt = true}},
    {"snntorch", .order = {.fire_gt = true}},
    {"snntorch-delay", .order = {.fire_gt = true, .reset_subtract = true, .reset_late = true}},
    {"sinabs", .exact = true, .unit_if = true, .order = {.reset_subtract = true}},
    {"rockpool", .exact = true, .unit_lif = true, .unit_if = true, .unit_syn = true,
     .late_decay = true, .order = {.reset_subtract = true}},
    {"spyx", .unit_lif = true, .unit_if = true, .unit_syn = true,
     .order = {.fire_gt = true, .reset_subtract = true, .reset_late = true, .spike_late = true}},
    {0}};

const struct nir_dialect *nir_dialect_of(const char *name)
{
    for (const struct nir_dialect *d = nir_dialects; d->name; d++)
        if (strcmp(d->name, name) == 0) return d;
    return 0;
}

const char *nir_dialect_names(char *text, size_t size)
{
    size_t used = 0;
    *text = 0;
    for (const struct nir_dialect *d = nir_dialects; d->name && used < size; d++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", d->name);
    return text;
}
