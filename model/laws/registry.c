// The laws that there are.
#include "model/izhikevich/izhikevich.h"
#include "model/law_kind.h"

const struct law_kind *const law_kinds[] = {&lif_kind, &dpi_kind, &izhikevich_kind, 0};

const struct law_kind *law_kind_of(const char *name)
{
    for (const struct law_kind *const *k = law_kinds; *k; k++)
        if (!strcmp((*k)->name, name)) return *k;
    return 0;
}
