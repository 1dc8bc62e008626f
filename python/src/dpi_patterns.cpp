// Event patterns of DYNAP-SE2 nets, by name.
#include "dpi.h"

extern "C" {
#include "twin/task/patterns/dpi_patterns.h"
}

static const char *const tasks[] = {"frozen-noise", "general"};

double within(const char *name, double x, double lo, double hi)
{
    if (!(x >= lo && x <= hi)) refuse("%s: %g, allowed %g..%g", name, x, lo, hi);
    return x;
}

bool is_of_patterns(const std::string &name)
{
    for (const char *one : {"events", "task", "jitter", "drop", "reject"})
        if (name == one) return true;
    return false;
}

int patterns_of(struct dpi_task &t, const nb::dict &of, bool is_job)
{
    struct fail f = {};
    std::string events, task = tasks[0];
    int draws = 10;
    double jitter = 1, drop = 0.1, reject = 10;
    for (auto [key, value] : of) {
        const std::string name = nb::cast<std::string>(nb::str(key));
        if (name == "events")
            events = nb::str(value).c_str();
        else if (name == "task")
            task = nb::str(value).c_str();
        else if (name == "jitter")
            jitter = within("jitter", nb::cast<double>(value), 0, 100);
        else if (name == "drop")
            drop = within("drop", nb::cast<double>(value), 0, 1);
        else if (name == "reject")
            reject = within("reject", nb::cast<int>(value), 0, 10000);
        else if (name == "draws" && is_job)
            draws = (int)within("draws", nb::cast<int>(value), 1, 65536);
        else
            refuse("%s: no such option of event patterns, allowed events, task, jitter, drop, "
                   "reject, draws",
                   name.c_str());
    }
    const bool general = task == tasks[1];
    if (!general && task != tasks[0])
        refuse("task: %s, allowed %s|%s", task.c_str(), tasks[0], tasks[1]);
    if (!general && of.contains("draws"))
        refuse("draws: without task general every showing is the same");
    check(dpi_task_frozen_noise(&t, events.empty() ? nullptr : events.c_str(), &f), f);
    t.general = general, t.jitter = jitter, t.drop = drop;
    t.reject = (int)reject;
    return general ? draws : 1;
}
