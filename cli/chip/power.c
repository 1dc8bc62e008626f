#include "cli/chip/power.h"

#include <stdio.h>

void power_add_json(cJSON *to, const struct power_use *p)
{
    cJSON *power = cJSON_AddObjectToObject(to, "power");
    cJSON_AddNumberToObject(power, "core_j", p->core);
    cJSON_AddNumberToObject(power, "front_spikes_j", p->front_spikes);
    cJSON_AddNumberToObject(power, "filters_j", p->filters);
    cJSON_AddNumberToObject(power, "rest_j", p->rest);
    if (p->digital) {
        cJSON_AddNumberToObject(power, "synapses_j", p->synapses);
        cJSON_AddNumberToObject(power, "updates_j", p->updates);
    }
    cJSON_AddNumberToObject(power, "total_j", p->total);
    cJSON_AddNumberToObject(power, "clip_s", p->clip_s);
    cJSON_AddNumberToObject(power, "mean_w", p->watts);
}

void power_print(const struct power_use *p)
{
    if (p->digital) {
        printf("  energy a clip (%.3g s)       %.3f nJ synapses, %.3f nJ updates, %.3f nJ spikes, "
               "%.1f "
               "nJ rest: %.1f nJ, %.1f nW\n",
               p->clip_s, 1e9 * p->synapses, 1e9 * p->updates, 1e9 * (p->core + p->front_spikes),
               1e9 * (p->rest + p->filters), 1e9 * p->total, 1e9 * p->watts);
        return;
    }
    printf(
        "  energy a clip (%.3g s)       %.3f nJ core, %.3f nJ front-end spikes, %.1f nJ filters, "
        "%.1f nJ rest: %.1f nJ, %.1f nW\n",
        p->clip_s, 1e9 * p->core, 1e9 * p->front_spikes, 1e9 * p->filters, 1e9 * p->rest,
        1e9 * p->total, 1e9 * p->watts);
}
