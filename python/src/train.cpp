// train, ablate: the run of `spiketwin train` of LIF nets, from data to the net of the best epoch.
#include "options.h"
#include "run.h"

#include <cstddef>

extern "C" {
#include "twin/train/train_rows.h"
}

#define AT(member) offsetof(struct train_options, member)
#define ROW_FLAG(group, name, letter, what, member)                                                \
    {FLAG, name, what, AT(member), 0, 1, 1, nullptr},
#define ROW_WHOLE(group, name, letter, unit, what, member, lo, hi)                                 \
    {WHOLE, name, what, AT(member), lo, hi, 1, nullptr},
#define ROW_NUMBER(group, name, letter, unit, what, member, lo, hi)                                \
    {NUMBER, name, what, AT(member), lo, hi, 1, nullptr},
#define ROW_REAL(group, name, unit, what, member, lo, hi)                                          \
    {REAL, name, what, AT(member), lo, hi, 1, nullptr},
#define ROW_CHOICE(group, name, what, member, kinds)                                               \
    {CHOICE, name, what, AT(member), 0, 0, 1, kinds},
#define ROW_MS(group, name, what, member, lo, hi)                                                  \
    {NUMBER, name, what " (ms)", AT(member), lo, hi, 1e-3, nullptr},

static const std::vector<Row> rows = {
    TRAIN_ROWS(ROW_FLAG, ROW_WHOLE, ROW_NUMBER, ROW_REAL, ROW_CHOICE, ROW_MS)};

static void take_all(struct train_options &o, struct train_told &told, const nb::kwargs &options)
{
    for (auto [key, value] : options) {
        const std::string name = take_option(&o, rows, nb::cast<std::string>(key), value);
        told.front_start |= name == "front-start";
        told.surrogate |= name == "surrogate";
        told.rate_weight |= name == "rate-weight";
        told.epochs |= name == "epochs";
    }
    if (told.epochs && options.contains("steps"))
        refuse("steps and epochs: each says how long to train; give one of them");
}

static void take_hidden(struct train_options &o, const std::vector<int> &hidden)
{
    if (hidden.empty() || hidden.size() > TRAIN_MAX_HIDDEN)
        refuse("hidden: %zu layers, allowed 1..%d", hidden.size(), (int)TRAIN_MAX_HIDDEN);
    memset(o.n_hidden, 0, sizeof o.n_hidden);
    for (size_t i = 0; i < hidden.size(); i++) {
        if (hidden[i] < 1 || hidden[i] > 1024) refuse("hidden: %d, allowed 1..1024", hidden[i]);
        o.n_hidden[i] = hidden[i];
    }
}

// What a training is asked, with its data.
struct Training {
    std::shared_ptr<Chip> chip;
    std::shared_ptr<Net> from;
    struct train_options o;
    Data d;
    Training(std::shared_ptr<Chip> of, const Ask &ask, const std::vector<int> &hidden,
             const std::string &taps, std::shared_ptr<Net> from_net, uint64_t seed,
             const nb::kwargs &options)
        : chip(of), from(from_net)
    {
        struct fail f = {};
        struct train_told told = {};
        if (chip->c.kind != &lif_kind)
            refuse("%s: law %s, allowed lif", chip->c.name, chip->c.kind->name);
        if (ask.held_percent < 1 || ask.held_percent > 90)
            refuse("held_percent: %d, allowed 1..90", ask.held_percent);
        train_defaults(&o);
        take_hidden(o, hidden);
        check(train_taps(&o, taps.c_str(), &f), f);
        take_all(o, told, options);
        o.seed = seed;
        open_data(d, ask);
        for (const char *name : {TRAIN_OF_FRONT})
            if (!d.corpus->front && options.contains(key_of(name).c_str()))
                refuse("%s: of the layer behind a front end; the data goes past it", name);
        if (from) train_shape_from(&o, &from->n);
        train_suit_data(&o, &told, &chip->c, d.corpus);
    }
};

// A run under a condition of the chip.
struct Run {
    struct chip chip;
    struct train t = {};
    const struct train_options *o;
    Folder *folder; // nullptr: nothing is kept
    Heard heard;
    ~Run() { train_fini(&t); }
};

static nb::dict row_of(const struct train_epoch &e)
{
    nb::dict row;
    row["epoch"] = e.epoch;
    row["loss"] = e.loss;
    row["train"] = e.train;
    row["held"] = e.held;
    row["rate"] = e.rate;
    row["lr"] = e.lr;
    row["rate_loss"] = e.rate_loss;
    row["weight_loss"] = e.weight_loss;
    row["bad_steps"] = e.bad_steps;
    row["seconds"] = e.seconds;
    row["clips_per_s"] = e.clips_per_s;
    return row;
}

static int after_epoch(void *context, const struct train *t, const struct train_epoch *e,
                       struct fail *f)
{
    Run &r = *static_cast<Run *>(context);
    if (r.folder && (run_folder_epoch(&r.folder->r, e, f) ||
                     train_save(t, &r.chip, r.o, r.folder->r.checkpoint, f)))
        return -1;
    nb::gil_scoped_acquire mine;
    return r.heard.row(row_of(*e),
                       e->redrawn ? "epoch " + std::to_string(e->epoch) +
                                        ": nothing was learned in " + std::to_string(e->redrawn) +
                                        " epochs: first weights are drawn anew"
                                  : "",
                       f);
}

// (Net of the best epoch, what came of it).
static std::pair<std::shared_ptr<Net>, nb::dict>
train_under(Training &x, int condition, Folder *folder, const nb::object &progress)
{
    struct fail f = {};
    struct train_judged judged;
    Run r;
    r.chip = chip_under(&x.chip->c, (enum chip_condition)condition);
    r.o = &x.o, r.folder = folder, r.heard.progress = progress;
    check(train_init(&r.t, &r.chip, x.d.corpus, &x.o, x.from ? &x.from->n : nullptr, &f), f);
    if (folder && run_folder_resumes(&folder->r))
        check(train_load(&r.t, &r.chip, &x.o, folder->r.checkpoint, &f), f);
    if (folder) check(run_folder_begin(&folder->r, "epoch", r.t.epoch, &f), f);
    int bad;
    {
        nb::gil_scoped_release free_now;
        bad = train_run(&r.t, &r.chip, x.d.corpus, &x.o, &r.heard.interrupt.progress, after_epoch,
                        &r, &f);
        if (!bad)
            bad = train_judge(&r.t.best, &r.chip, x.d.corpus, x.o.seed, TRAIN_FIRST_JUDGE,
                              x.o.held_chips, &judged, &f);
    }
    r.heard.interrupt.rethrow();
    check(bad, f);
    Owned<char> identity(train_identity(&r.t, &r.chip, &x.o));
    if (!identity) throw std::bad_alloc();
    auto net = std::make_shared<Net>();
    std::swap(net->n, r.t.best);
    net->n.clip_ms = x.d.corpus->clip_ms;
    net->give(x.chip);
    if (folder) check(net_save(&net->n, &r.chip, folder->file("net.nir").c_str(), &f), f);
    warn_of_undecided("train", judged.undecided);
    nb::dict said;
    said["condition"] = chip_condition_names[condition];
    said["epochs"] = r.t.epoch;
    said["best_epoch"] = r.t.best_epoch;
    said["held"] = r.t.best_held;
    said["bad_steps"] = r.t.bad_steps;
    said["options"] = identity.get();
    said["log"] = r.heard.log;
    return {net, said};
}

static nb::tuple train(std::shared_ptr<Chip> chip, nb::object data, nb::object labels,
                       const std::vector<int> &hidden, const std::string &taps,
                       std::shared_ptr<Net> from, nb::object speakers, const std::string &speaker,
                       const std::vector<std::string> &words, int held_percent, uint64_t seed,
                       const std::string &name, const std::string &condition, nb::object progress,
                       nb::object out, bool resume, bool force, nb::kwargs options)
{
    const int under = choice("condition", chip_condition_names, condition);
    Training x(chip,
               {&chip->c, nullptr, data, labels, speakers, speaker, name, {}, words, held_percent},
               hidden, taps, from, seed, options);
    Folder folder(out, resume, force);
    auto [net, said] = train_under(x, under, folder.is ? &folder : nullptr, progress);
    return nb::make_tuple(net, said);
}

static nb::tuple ablate(std::shared_ptr<Chip> chip, nb::object data, nb::object labels,
                        const std::vector<int> &hidden, const std::string &taps,
                        std::shared_ptr<Net> from, nb::object speakers, const std::string &speaker,
                        const std::vector<std::string> &words, int held_percent, uint64_t seed,
                        const std::string &name, nb::object progress, nb::kwargs options)
{
    Training x(chip,
               {&chip->c, nullptr, data, labels, speakers, speaker, name, {}, words, held_percent},
               hidden, taps, from, seed, options);
    nb::dict nets, held;
    for (int i = 0; i < CHIP_CONDITIONS; i++) {
        struct fail f = {};
        double accuracy[CHIP_CONDITIONS];
        auto [net, said] = train_under(x, i, nullptr, progress);
        int bad;
        {
            nb::gil_scoped_release free_now;
            bad = train_judge_conditions(&net->n, &chip->c, x.d.corpus, accuracy, &f);
        }
        check(bad, f);
        nb::dict on;
        for (int k = 0; k < CHIP_CONDITIONS; k++)
            on[chip_condition_names[k]] = accuracy[k];
        nets[chip_condition_names[i]] = net;
        held[chip_condition_names[i]] = on;
    }
    return nb::make_tuple(nets, held);
}

// What the program's --help says of each option.
static std::string doc()
{
    return std::string(
               R"(Trains through freshly drawn chips, as `spiketwin train`: (Net of the best epoch, what came of it).

chip      Chip, of the law lif
data      a path: recordings, events or arrays, as --data of the program; or an array (clips, ticks, inputs), uint8 or
          bool input words, float32 real values
labels    of arrays: one a clip; speakers: who each is of. Who is held back, or kept for validation, their hash says
          (docs/data.md), as of a file `name` that tells no splits
hidden    neurons of each hidden layer; taps: "7x5", each source is heard 7 times, 5 ticks later each time
from_net  a Net to go on from, of the same shape
speaker   of recordings: who speaks, a regular expression; words: labels to tell apart, in this order
condition what of the chip is in force: ideal, quantised (codes, no variation) or full
)") + run_doc +
           R"(
..        the options of the program, `-` as `_`, listed below

What came of it is a dict: condition, epochs, best_epoch, held (accuracy on held-back speakers, 0..1), bad_steps, options
(the run's identity) and log, a dict an epoch (of a run that goes on those from there on). The same bits as the program's
net.nir, for any number of threads.
)" + help_of(rows);
}

void bind_train(nb::module_ &m)
{
    m.def("train", &train, nb::arg("chip"), nb::arg("data"), nb::arg("labels") = nb::none(),
          nb::arg("hidden") = std::vector<int>{64}, nb::arg("taps") = "1",
          nb::arg("from_net") = nb::none(), nb::arg("speakers") = nb::none(),
          nb::arg("speaker") = "", nb::arg("words") = std::vector<std::string>(),
          nb::arg("held_percent") = 10, nb::arg("seed") = 1, nb::arg("name") = "arrays.npz",
          nb::arg("condition") = "full", nb::arg("progress") = nb::none(),
          nb::arg("out") = nb::none(), nb::arg("resume") = false, nb::arg("force") = false,
          nb::arg("options"), doc().c_str());
    m.def(
        "ablate", &ablate, nb::arg("chip"), nb::arg("data"), nb::arg("labels") = nb::none(),
        nb::arg("hidden") = std::vector<int>{64}, nb::arg("taps") = "1",
        nb::arg("from_net") = nb::none(), nb::arg("speakers") = nb::none(), nb::arg("speaker") = "",
        nb::arg("words") = std::vector<std::string>(), nb::arg("held_percent") = 10,
        nb::arg("seed") = 1, nb::arg("name") = "arrays.npz", nb::arg("progress") = nb::none(),
        nb::arg("options"),
        R"(Trains under each condition of the chip and judges each net under each, as `spiketwin train --ablate`: (nets, held).

chip and all that follows   as train's

nets is a dict, condition (ideal, quantised, full) to Net; held a dict of dicts, held[trained][judged] the accuracy on
held-back speakers, 0..1: on chip 1, in full the mean of chips 1 to 64.)");
}
