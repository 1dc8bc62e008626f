// predict and replay of DYNAP-SE2 nets, on data or on event patterns.
#include "dpi.h"
#include "jobs.h"

#include <cmath>

extern "C" {
#include "twin/dpi/dpi_diff.h"
#include "twin/dpi/dpi_words.h"
#include "twin/jobs/dpi_job.h"
#include "twin/task/patterns/dpi_ears.h"
#include "twin/task/patterns/dpi_patterns.h"
}

// What a net is shown, and by which arithmetic and spread it runs.
struct DpiShown {
    struct chip ears = {};
    struct net knows = {};
    Data data;
    struct dpi_task shown = {};
    struct dpi_varied varied;
    struct dpi_job dpi = {};
    struct task task = {};
    struct predict_job job = {};
    ~DpiShown()
    {
        task_fini(&task);
        dpi_task_free(&shown);
    }
    const char *split() const { return data.corpus ? dataset_split_names[data.split] : nullptr; }
};

// Of event patterns: what is said by name, else what the program takes.
static void open_patterns(DpiShown &x, const DpiNet &net, const nb::kwargs &of)
{
    if (net.n.labels.n && !of.size()) refuse("data is needed: the net was trained for labels");
    nb::dict all;
    for (auto [key, value] : of)
        all[key] = value;
    x.dpi.draws = patterns_of(x.shown, all, true);
    if (net.n.n_in != x.shown.n_in || net.n.n_neurons < x.shown.n_classes)
        refuse("the net: %d inputs and %d neurons, the task needs %d and at least %d", net.n.n_in,
               net.n.n_neurons, x.shown.n_in, x.shown.n_classes);
}

// Sound by the front end that the net keeps; events and arrays as they are.
static void open_ears(DpiShown &x, const DpiNet &net, nb::handle data)
{
    struct fail f = {};
    if (!is_sound(data)) {
        dpi_hears_events(&x.ears, net.chip->c.name, net.n.dt);
        return;
    }
    const std::string path = nb::str(data).c_str();
    if (!net.n.front_file)
        refuse("%s: recordings; the net was trained on %s, and keeps no front end to hear them by",
               path.c_str(), net.n.labels.n ? "events or arrays" : "event patterns");
    check(dpi_hears_sound(&x.ears, net.chip->c.name, net.n.front_file,
                          "the net: /spiketwin/front_file", &f),
          f);
}

static void open(DpiShown &x, DpiNet &net, Ask ask, uint64_t seed,
                 const std::optional<std::string> &law, double mismatch, double truncate,
                 const nb::kwargs &patterns)
{
    struct fail f = {};
    net.ready();
    dpi_varied_init(&x.varied, &net.chip->c, within("mismatch", mismatch, 0, 10));
    x.dpi.net = &net.n, x.dpi.task = &x.shown, x.dpi.law = law_for(net, law), x.dpi.draws = 1;
    x.dpi.truncate = within("truncate", truncate, 0, INFINITY);
    if (ask.data.is_none()) {
        open_patterns(x, net, patterns);
    } else {
        for (auto [key, value] : patterns)
            refuse("%s: of event patterns, data shows something else", nb::str(key).c_str());
        open_ears(x, net, ask.data);
        x.knows = dpi_knows(&net.n, &net.n.labels);
        ask.chip = &x.ears, ask.net = &x.knows;
        open_data(x.data, ask);
        const struct dpi_encoder encoder = dpi_encodes(&x.ears, net.n.front_rate);
        check(dpi_task_of_corpus(&x.shown, x.data.corpus, x.data.clip.data(),
                                 (int)x.data.clip.size(), net.n.dt, &encoder, &f),
              f);
    }
    check(dpi_job_task(&x.task, &x.dpi, &f), f);
    x.job.by = &dpi_predictor, x.job.inputs = &x.dpi, x.job.chip = &x.varied;
    x.job.task = &x.task, x.job.seed = seed;
}

static nb::dict predict(std::shared_ptr<DpiNet> net, nb::object data, nb::object labels, int n,
                        int64_t first, std::optional<double> limit, double relative, uint64_t seed,
                        nb::object speakers, std::optional<std::string> split,
                        const std::string &speaker, int replicates, const std::string &name,
                        std::optional<std::string> law, double mismatch, double truncate,
                        nb::kwargs patterns)
{
    const PredictAsk ask = {n, first, limit, relative, replicates};
    ask.check();
    DpiShown x;
    open(x, *net, {nullptr, nullptr, data, labels, speakers, speaker, name, split, {}}, seed, law,
         mismatch, truncate, patterns);
    return predict_of(x.job, ask, x.split());
}

struct DpiImages {
    struct dpi_image *of[SIDES] = {};
    ~DpiImages()
    {
        for (struct dpi_image *im : of)
            dpi_image_free(im);
    }
};

static nb::list words_of(const DpiImages &image)
{
    nb::list all;
    for (int kind = DPI_WEIGHT; image.of[CHIP] && kind <= DPI_PERIOD; kind++) {
        const struct dpi_diff d = dpi_compare(&image.of[NOMINAL]->layer[0],
                                              &image.of[CHIP]->layer[0], (enum dpi_word)kind);
        nb::dict one;
        one["layer"] = 0;
        one["kind"] = dpi_kind.word[kind].name;
        one["words"] = d.words;
        one["differ"] = d.differ;
        one["mean_size_lsb"] = d.mean_size;
        one["largest_lsb"] = d.largest;
        one["neuron"] = d.neuron;
        one["row"] = d.row;
        one["nominal"] = d.a;
        one["chip"] = d.b;
        all.append(one);
    }
    return all;
}

static nb::dict replay(std::shared_ptr<DpiNet> net, int64_t k, nb::object data, nb::object labels,
                       nb::object clip, uint64_t seed, nb::object speakers,
                       std::optional<std::string> split, const std::string &speaker,
                       const std::string &name, std::optional<std::string> law, double mismatch,
                       double truncate, nb::kwargs patterns)
{
    DpiShown x;
    DpiImages image;
    open(x, *net, {nullptr, nullptr, data, labels, speakers, speaker, name, split, {}}, seed, law,
         mismatch, truncate, patterns);
    return replay_of(
        x.job, k, clip, x.split(),
        [&](int i, int item, Side &to, struct fail *f) {
            if (dpi_job_spikes(&x.job, to.chip.k, item, to.z[0].get(), f)) return -1;
            to.heard.assign((size_t)x.shown.n_classes, 0);
            for (int t = 0; t < x.task.n_ticks; t++)
                for (int c = 0; c < x.shown.n_classes; c++)
                    to.heard[(size_t)c] += to.z[0].get()[t * net->n.n_neurons + c];
            if (!x.dpi.law) return 0;
            image.of[i] = dpi_job_image(&x.job, to.chip.k, f);
            return image.of[i] ? 0 : -1;
        },
        [&] { return words_of(image); });
}

void bind_dpi_jobs(nb::module_ &m)
{
    m.def("predict", &predict, nb::arg("net"), nb::arg("data") = nb::none(),
          nb::arg("labels") = nb::none(), nb::arg("n") = 100, nb::arg("first") = 1,
          nb::arg("limit") = nb::none(), nb::arg("relative") = 0.98, nb::arg("seed") = 1,
          nb::arg("speakers") = nb::none(), nb::arg("split") = nb::none(), nb::arg("speaker") = "",
          nb::arg("bootstrap") = 1000, nb::arg("name") = "arrays.npz", nb::arg("law") = nb::none(),
          nb::arg("mismatch") = 1.0, nb::arg("truncate") = INFINITY, nb::arg("patterns"),
          R"(The same of a DYNAP-SE2 net.

data       as above, an array's words numbers of events; None: event patterns
law        compat, silicon or double (real numbers); None: the net's own, else compat
mismatch   times the chip file's coefficients of variation, of circuits and weights
truncate   chips stay within so many standard deviations
..         of event patterns, as the program's options: events (a folder), task ("frozen-noise", "general"), jitter, drop,
           reject, draws

Without data, split is None, label and decision count classes of patterns.)");
    m.def("replay", &replay, nb::arg("net"), nb::arg("k"), nb::arg("data") = nb::none(),
          nb::arg("labels") = nb::none(), nb::arg("clip") = "wrong", nb::arg("seed") = 1,
          nb::arg("speakers") = nb::none(), nb::arg("split") = nb::none(), nb::arg("speaker") = "",
          nb::arg("name") = "arrays.npz", nb::arg("law") = nb::none(), nb::arg("mismatch") = 1.0,
          nb::arg("truncate") = INFINITY, nb::arg("patterns"),
          R"(The same of a DYNAP-SE2 net; law, mismatch, truncate and patterns as predict's.

There is no jitter_largest; words are none in double; spikes uint8 (ticks, n), at most 255 of a tick.)");
}
