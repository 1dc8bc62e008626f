// DYNAP-SE2 nets: what the parts share of them.
#ifndef PYTHON_SRC_DPI_H
#define PYTHON_SRC_DPI_H

#include "spiketwin.h"

extern "C" {
#include "model/dpi/dpi_network.h"
#include "twin/task/patterns/dpi_task.h"
}

// The law of a name; a net's own where none is told, a warning where another is. NULL: double.
const struct dpi_law *law_of(const std::string &name);
const struct dpi_law *law_for(const DpiNet &net, const std::optional<std::string> &told);

std::shared_ptr<DpiChip> dpi_chip_of_text(const std::string &text, const std::string &name,
                                          const nb::dict &set);

// A value that is within lo..hi.
double within(const char *name, double x, double lo, double hi);

// Event patterns, a zeroed task: events, task, jitter, drop, reject and, if a job shows them to chips, draws, by name.
// Returns how often each is shown to a chip.
int patterns_of(struct dpi_task &t, const nb::dict &of, bool is_job);
bool is_of_patterns(const std::string &name);

// Whether a file is such a net, and it.
bool is_dpi_net(const std::string &path);
std::shared_ptr<DpiNet> dpi_load(const std::string &path, std::shared_ptr<DpiChip> chip,
                                 const nb::dict &set);

#endif
