// train of DYNAP-SE2 nets: the run of `spiketwin train -c dynapse2`, on data or on event patterns.
#include "dpi.h"
#include "options.h"
#include "run.h"

#include <cstddef>

extern "C" {
#include "twin/task/patterns/dpi_ears.h"
#include "twin/train/dpi_run.h"
#include "twin/train/dpi_train_rows.h"
}

#define AT(member)                           offsetof(struct dpi_run_options, member)
#define ROW_FLAG(name, letter, what, member) {FLAG, name, what, AT(member), 0, 1, 1, nullptr},
#define ROW_WHOLE(name, letter, unit, what, member, lo, hi)                                        \
    {WHOLE, name, what, AT(member), lo, hi, 1, nullptr},
#define ROW_NUMBER(name, letter, unit, what, member, lo, hi)                                       \
    {NUMBER, name, what, AT(member), lo, hi, 1, nullptr},
#define ROW_REAL(name, unit, what, member, lo, hi)                                                 \
    {REAL, name, what, AT(member), lo, hi, 1, nullptr},

static const std::vector<Row> rows = {DPI_TRAIN_ROWS(ROW_FLAG, ROW_WHOLE, ROW_NUMBER, ROW_REAL)};

// A run with what it hears.
struct Run {
    struct dpi_run x = {};
    struct chip ears = {};
    std::string front; // text of the chip file whose front end hears sound
    Data d;
    std::unique_ptr<Folder> folder;
    Heard heard;
    ~Run() { dpi_run_fini(&x); }
};

static void take_hidden(struct dpi_shape &shape, const std::vector<int> &hidden)
{
    if (hidden.empty() || hidden.size() > DPI_HIDDEN)
        refuse("hidden: %zu layers, allowed 1..%d", hidden.size(), (int)DPI_HIDDEN);
    memset(shape.n_hidden, 0, sizeof shape.n_hidden);
    for (size_t i = 0; i < hidden.size(); i++) {
        if (hidden[i] < (i ? 1 : 0) || hidden[i] > DPI_RUN_HIDDEN)
            refuse("hidden: %d, allowed %d..%d", hidden[i], i ? 1 : 0, (int)DPI_RUN_HIDDEN);
        if (i && !hidden[0]) refuse("hidden: 0, allowed 0 alone");
        shape.n_hidden[i] = hidden[i];
    }
}

static void open_ears(Run &r, const DpiChip &chip, nb::handle data, nb::handle front)
{
    struct fail f = {};
    if (!is_sound(data)) {
        if (!front.is_none()) refuse("front: of recordings, these are events or arrays");
        dpi_hears_events(&r.ears, chip.c.name, chip.c.dt);
        return;
    }
    std::string path;
    r.front = chip_text(front.is_none() ? nb::handle(nb::str("fpga-q8.8")) : front, path);
    check(dpi_hears_sound(&r.ears, chip.c.name, r.front.c_str(), path.c_str(), &f), f);
    r.x.front_file = r.front.c_str();
}

static int after_steps(void *context, const struct dpi_train *t, const struct dpi_train_row *e,
                       struct fail *f)
{
    Run &r = *static_cast<Run *>(context);
    const struct dpi_run &x = r.x;
    if (r.folder->is &&
        (run_folder_steps(&r.folder->r, e, t->bad_chips, f) ||
         dpi_train_save(t, &x.chip, &x.task, &x.options, r.folder->r.checkpoint, f)))
        return -1;
    nb::gil_scoped_acquire mine;
    nb::dict row;
    row["step"] = e->step;
    row["loss"] = e->loss;
    row["train"] = e->right;
    row["lr"] = e->lr;
    row["bad_chips"] = t->bad_chips;
    return r.heard.row(row, "", f);
}

static nb::tuple train(std::shared_ptr<DpiChip> chip, nb::object data, nb::object labels,
                       std::optional<std::vector<int>> hidden, std::shared_ptr<DpiNet> from,
                       nb::object speakers, const std::string &speaker,
                       const std::vector<std::string> &words, uint64_t seed,
                       const std::string &name, const std::string &law, nb::object front,
                       nb::object progress, nb::object out, bool resume, bool force,
                       nb::kwargs options)
{
    struct fail f = {};
    struct dpi_run_options o;
    const bool is_data = !data.is_none();
    nb::dict patterns;
    Run r;
    struct dpi_run &x = r.x;
    dpi_run_defaults(&o);
    for (auto [key, value] : options)
        if (is_of_patterns(nb::cast<std::string>(key)))
            patterns[key] = value;
        else
            take_option(&o, rows, nb::cast<std::string>(key), value);
    for (const char *one : {DPI_TRAIN_OF_DATA})
        if (!is_data &&
            (options.contains(key_of(one).c_str()) ||
             (std::string(one) == "hidden" ? hidden.has_value()
                                           : std::string(one) == "front" && !front.is_none())))
            refuse("%s: of data; event patterns have nets of their own", one);
    for (auto [key, value] : patterns)
        if (is_data)
            refuse("%s: of event patterns, data shows something else", nb::str(key).c_str());
    const struct dpi_run_told told = {options.contains("mismatch"),
                                      options.contains("weight_mismatch")};
    if (hidden) take_hidden(o.train.shape, *hidden);
    o.train.seed = seed;
    o.train.law = law_of(law);
    x.chip = chip->c;
    check(dpi_run_take(&x, &o, &told, is_data, from != nullptr, &f), f);
    if (is_data) {
        open_ears(r, *chip, data, front);
        if (!x.front_file && options.contains("front_rate"))
            refuse("front-rate: of recordings, these are events or arrays");
        open_data(
            r.d,
            {&r.ears, nullptr, data, labels, speakers, speaker, name, {}, words, o.held_percent});
        const std::string called =
            nb::isinstance<nb::ndarray<>>(data) ? name : nb::str(data).c_str();
        check(dpi_run_hear(&x, &o, &r.ears, r.d.corpus, called.c_str(), &f), f);
        if (o.epochs && options.contains("steps"))
            refuse("steps and epochs: each says how long to train; give one of them");
        check(dpi_run_shape(&x, &o, &f), f);
    } else
        x.draws = patterns_of(x.task, patterns, false);
    if (from) from->ready();
    check(dpi_run_begin(&x, from ? &from->n : nullptr, "from_net", &f), f);
    r.heard.progress = progress;
    r.folder = std::make_unique<Folder>(out, resume, force);
    if (r.folder->is && run_folder_resumes(&r.folder->r))
        check(dpi_train_load(&x.state, &x.chip, &x.task, &x.options, r.folder->r.checkpoint, &f),
              f);
    if (r.folder->is) check(run_folder_begin(&r.folder->r, "step", x.state.step, &f), f);
    int bad;
    {
        nb::gil_scoped_release free_now;
        bad = dpi_train_run(&x.state, &x.chip, &x.task, &x.options, DPI_RUN_EVERY,
                            &r.heard.interrupt.progress, after_steps, &r, &f) ||
              dpi_run_keep(&x, chip->file.c_str(), &f) ||
              (r.folder->is && dpi_net_save(&x.seen, r.folder->file("net.h5").c_str(), &f)) ||
              dpi_run_judge(&x, &r.heard.interrupt.progress, &f);
    }
    r.heard.interrupt.rethrow();
    check(bad, f);
    warn_of_undecided("train", x.undecided);
    Owned<char> identity(dpi_train_identity(&x.state, &x.chip, &x.task, &x.options));
    if (!identity) throw std::bad_alloc();
    auto net = std::make_shared<DpiNet>();
    std::swap(net->n, x.seen);
    net->chip = chip;
    nb::dict said;
    said["steps"] = x.state.step;
    said["held"] = x.held_right;
    said["bad_chips"] = x.state.bad_chips;
    said["options"] = identity.get();
    said["log"] = r.heard.log;
    return nb::make_tuple(net, said);
}

static std::string doc()
{
    return std::string(
               R"(The same of a DYNAP-SE2 net, as `spiketwin train -c dynapse2`: (DpiNet, what came of it).

chip      DpiChip
data, labels, speakers, speaker, words, name   as above, an array's words numbers of events; None: event patterns
hidden    of data: neurons of each hidden layer (None: 64; 0 alone: none)
from_net  a DpiNet to go on from, of the same shape
law       compat, silicon or double (real numbers)
front     of recordings: the chip whose front end hears them (None: fpga-q8.8)
)") + run_doc +
           R"(
..        the options of the program, `-` as `_`, listed below; of event patterns events (a folder), task ("frozen-noise",
          "general"), jitter, drop, reject

What came of it is a dict: steps, held (accuracy, 0..1, on fresh chips and held-back speakers), bad_chips (gradients that were
no number), options (the run's identity) and log, a dict every 100 steps. The same bits as the program's net.h5.
)" + help_of(rows);
}

void bind_dpi_train(nb::module_ &m)
{
    m.def("train", &train, nb::arg("chip"), nb::arg("data") = nb::none(),
          nb::arg("labels") = nb::none(), nb::arg("hidden") = nb::none(),
          nb::arg("from_net") = nb::none(), nb::arg("speakers") = nb::none(),
          nb::arg("speaker") = "", nb::arg("words") = std::vector<std::string>(),
          nb::arg("seed") = 1, nb::arg("name") = "arrays.npz", nb::arg("law") = "compat",
          nb::arg("front") = nb::none(), nb::arg("progress") = nb::none(),
          nb::arg("out") = nb::none(), nb::arg("resume") = false, nb::arg("force") = false,
          nb::arg("options"), doc().c_str());
}
