// train: the run of `spiketwin train` of LIF nets, from data to the net of the best epoch.
#include "data.h"

#include <cstddef>

extern "C" {
#include "twin/train/train.h"
#include "twin/train/train_rows.h"
}

enum Kind { FLAG, WHOLE, NUMBER, REAL, CHOICE };

struct Row {
    Kind kind;
    const char *name, *what;
    size_t at; // in struct train_options
    double lo, hi, times;
    const char *const *kinds;
};

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

static const Row rows[] = {
    TRAIN_ROWS(ROW_FLAG, ROW_WHOLE, ROW_NUMBER, ROW_REAL, ROW_CHOICE, ROW_MS)};

// The program's name of a keyword: clip_norm is clip-norm.
static std::string option_of(std::string name)
{
    for (char &c : name)
        if (c == '_') c = '-';
    return name;
}

static int choice(const Row &row, const std::string &text)
{
    std::string all;
    for (int i = 0; row.kinds[i]; i++) {
        if (text == row.kinds[i]) return i;
        all += std::string(i ? ", " : "") + row.kinds[i];
    }
    refuse("%s: %s, allowed %s", row.name, text.c_str(), all.c_str());
}

static double number(const Row &row, nb::handle value)
{
    double x;
    if (nb::isinstance<nb::str>(value) || !nb::try_cast(value, x) ||
        !(x >= row.lo && x <= row.hi) || (row.kind == WHOLE && x != (double)(int)x))
        refuse("%s: %s, allowed %g..%g", row.name, nb::str(value).c_str(), row.lo, row.hi);
    return x;
}

static void take(struct train_options &o, const Row &row, nb::handle value)
{
    char *to = reinterpret_cast<char *>(&o) + row.at;
    if (row.kind == FLAG)
        *reinterpret_cast<bool *>(to) = nb::cast<bool>(value);
    else if (row.kind == CHOICE)
        *reinterpret_cast<int *>(to) = choice(row, nb::str(value).c_str());
    else if (row.kind == WHOLE)
        *reinterpret_cast<int *>(to) = (int)number(row, value);
    else if (row.kind == REAL)
        *reinterpret_cast<float *>(to) = (float)(row.times * number(row, value));
    else
        *reinterpret_cast<double *>(to) = row.times * number(row, value);
}

static void take_all(struct train_options &o, struct train_told &told, const nb::kwargs &options)
{
    for (auto [key, value] : options) {
        const std::string name = option_of(nb::cast<std::string>(key));
        const Row *row = nullptr;
        for (const Row &one : rows)
            if (name == one.name) row = &one;
        if (!row) refuse("%s: no such option of train", nb::cast<std::string>(key).c_str());
        take(o, *row, value);
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

// A run, and who hears of its epochs.
struct Run {
    struct train t = {};
    nb::list log;
    nb::object progress;
    std::exception_ptr thrown;
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

// After an epoch: what is thrown there, Ctrl-C too, ends the run and goes on up.
static int after_epoch(void *context, const struct train *, const struct train_epoch *e,
                       struct fail *f)
{
    Run &r = *static_cast<Run *>(context);
    nb::gil_scoped_acquire mine;
    try {
        nb::dict row = row_of(*e);
        r.log.append(row);
        if (PyErr_CheckSignals()) throw nb::python_error();
        if (!r.progress.is_none()) r.progress(row);
        if (e->redrawn)
            warn("epoch " + std::to_string(e->epoch) + ": nothing was learned in " +
                 std::to_string(e->redrawn) + " epochs: first weights are drawn anew");
        return 0;
    } catch (...) {
        r.thrown = std::current_exception();
        return fail(f, "stopped");
    }
}

static nb::tuple train(std::shared_ptr<Chip> chip, nb::object data, nb::object labels,
                       const std::vector<int> &hidden, const std::string &taps,
                       std::shared_ptr<Net> from, nb::object speakers, const std::string &speaker,
                       const std::vector<std::string> &words, int held_percent, uint64_t seed,
                       const std::string &name, nb::object progress, nb::kwargs options)
{
    struct fail f = {};
    struct train_options o;
    struct train_told told = {};
    if (chip->c.kind != &lif_kind)
        refuse("%s: law %s, allowed lif", chip->c.name, chip->c.kind->name);
    if (held_percent < 1 || held_percent > 90)
        refuse("held_percent: %d, allowed 1..90", held_percent);
    train_defaults(&o);
    take_hidden(o, hidden);
    check(train_taps(&o, taps.c_str(), &f), f);
    take_all(o, told, options);
    o.seed = seed;
    Data d;
    open_data(d,
              {&chip->c, nullptr, data, labels, speakers, speaker, name, {}, words, held_percent});
    if (from) train_shape_from(&o, &from->n);
    train_suit_data(&o, &told, &chip->c, d.corpus);
    Run r;
    r.progress = progress;
    check(train_init(&r.t, &chip->c, d.corpus, &o, from ? &from->n : nullptr, &f), f);
    int bad;
    {
        nb::gil_scoped_release free_now;
        bad = train_run(&r.t, &chip->c, d.corpus, &o, nullptr, after_epoch, &r, &f);
    }
    if (r.thrown) std::rethrow_exception(r.thrown);
    check(bad, f);
    Owned<char> identity(train_identity(&r.t, &chip->c, &o));
    if (!identity) throw std::bad_alloc();
    auto net = std::make_shared<Net>();
    std::swap(net->n, r.t.best);
    net->n.clip_ms = d.corpus->clip_ms;
    net->give(chip);
    nb::dict said;
    said["epochs"] = r.t.epoch;
    said["best_epoch"] = r.t.best_epoch;
    said["held"] = r.t.best_held;
    said["bad_steps"] = r.t.bad_steps;
    said["options"] = identity.get();
    said["log"] = r.log;
    return nb::make_tuple(net, said);
}

// What the program's --help says of each option.
static std::string doc()
{
    std::string text =
        R"(Trains through freshly drawn chips, as `spiketwin train`: (Net of the best epoch, what came of it).

chip      Chip, of the law lif
data      a path: recordings, events or arrays, as --data of the program; or an array (clips, ticks, inputs), uint8 or
          bool input words, float32 real values
labels    of arrays: one a clip; speakers: who each is of. Who is held back, or kept for validation, their hash says
          (docs/data.md), as of a file `name` that tells no splits
hidden    neurons of each hidden layer; taps: "7x5", each source is heard 7 times, 5 ticks later each time
from_net  a Net to go on from, of the same shape
speaker   of recordings: who speaks, a regular expression; words: labels to tell apart, in this order
progress  called after each epoch with its row; what it throws ends the run
..        the options of the program, `-` as `_`, listed below

What came of it is a dict: epochs, best_epoch, held (accuracy on held-back speakers, 0..1), bad_steps, options (the
run's identity) and log, a dict an epoch. The same bits as the program's net.nir, for any number of threads.
)";
    for (const Row &row : rows) {
        std::string name = row.name;
        for (char &c : name)
            if (c == '-') c = '_';
        text += "\n" + name + ": " + row.what;
    }
    return text;
}

void bind_train(nb::module_ &m)
{
    m.def("train", &train, nb::arg("chip"), nb::arg("data"), nb::arg("labels") = nb::none(),
          nb::arg("hidden") = std::vector<int>{64}, nb::arg("taps") = "1",
          nb::arg("from_net") = nb::none(), nb::arg("speakers") = nb::none(),
          nb::arg("speaker") = "", nb::arg("words") = std::vector<std::string>(),
          nb::arg("held_percent") = 10, nb::arg("seed") = 1, nb::arg("name") = "arrays.npz",
          nb::arg("progress") = nb::none(), nb::arg("options"), doc().c_str());
}
