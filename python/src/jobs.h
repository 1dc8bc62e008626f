// Predictions and replays of virtual chips of any law: by its row (twin/predict/predict.h).
#ifndef PYTHON_SRC_JOBS_H
#define PYTHON_SRC_JOBS_H

#include "data.h"

#include <functional>

extern "C" {
#include "twin/jobs/lif_job.h"
}

// A LIF net and what it is shown.
struct LifShown {
    Data data;
    struct task task = {};
    struct lif_job lif = {};
    LifShown(const std::shared_ptr<Net> &net, const Ask &ask, uint64_t seed);
    ~LifShown() { task_fini(&task); }
};

struct PredictAsk {
    int n;
    int64_t first;
    std::optional<double> limit;
    double relative;
    int replicates;
    void check() const;
};

// split: of the data; NULL: it has none.
nb::dict predict_of(struct predict_job job, const PredictAsk &ask, const char *split);

enum { NOMINAL, CHIP, SIDES };

// What a chip did in the item that is shown.
struct Side {
    struct predict_chip chip = {};
    std::vector<uint16_t> said; // decisions, of all items
    std::vector<int32_t> heard; // output spikes of each class
    Owned<uint8_t> z[IMAGE_MAX_LAYERS];
};

// Runs the nominal chip and chip k, then `trace` of each with the item to show, which fills `heard` and z, (ticks,
// n_out) zeroed; with the interpreter's lock released. Then `words` says what makes them differ.
nb::dict replay_of(struct predict_job job, int64_t k, nb::handle clip, const char *split,
                   const std::function<int(int side, int item, Side &to, struct fail *f)> &trace,
                   const std::function<nb::list()> &words);

#endif
