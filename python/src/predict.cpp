// predict: accuracy and yield of virtual chips, as arrays.
#include "spiketwin.h"

#include <cmath>

extern "C" {
#include "twin/jobs/lif_job.h"
#include "twin/net/rules.h"
#include "twin/predict/bootstrap.h"
#include "twin/predict/summary.h"
#include "twin/predict/undecided.h"
#include "twin/task/events.h"
#include "twin/task/known.h"
#include "twin/task/speech.h"
}

// What a net is shown, opened for it.
struct Data {
    struct corpus *corpus = nullptr;
    std::vector<int> clip; // indices of the items that judge
    enum dataset_split split;
    ~Data()
    {
        corpus_close(corpus);
        free(corpus);
    }
};

static void count(std::string &text, int64_t n, const char *what)
{
    if (n) text += (text.empty() ? "" : "; ") + std::to_string(n) + " " + what;
}

static void warn_of(const std::string &where, const std::string &text)
{
    if (!text.empty()) warn(where + ": " + text);
}

static void warn_of_events(const std::string &where, const struct events_notes &n)
{
    std::string text;
    count(text, n.n_late, "events or values behind the last tick are not heard");
    count(text, n.n_over, "are more than their input word holds");
    count(text, n.n_rounded, "values are no input words and are rounded to the nearest");
    count(text, n.n_empty, "items have no event");
    warn_of(where, text);
}

static void warn_of_sound(const std::string &where, const struct speech_notes &n)
{
    std::string text;
    count(text, n.n_longer, "clips are longer than what is heard of them");
    count(text, n.n_clipped, "clips have samples over full scale");
    count(text, n.n_silent, "clips are silent");
    warn_of(where, text);
}

static enum dataset_split split_of(const std::string &name)
{
    for (int i = 0; i < DATASET_SPLITS; i++)
        if (name == dataset_split_names[i]) return (enum dataset_split)i;
    refuse("split: %s, allowed train, held, validation, test", name.c_str());
}

static void check_labels(const Net &net)
{
    if (!net.n.labels.n) refuse("the net has no labels: it is run on vectors only");
    if (net.n.labels.n > UINT8_MAX + 1)
        refuse("%d labels, allowed up to %d (a decision is a byte)", net.n.labels.n, UINT8_MAX + 1);
}

// A file or folder, as --data of the program.
static void open_path(Data &d, const Net &net, const std::string &path,
                      const std::optional<std::string> &split, const std::string &speaker)
{
    struct fail f = {};
    int events = events_are(path.c_str(), &f);
    if (events < 0) throw Error(f.text);
    enum dataset_split first = SPLIT_VALIDATION, last = events ? SPLIT_TEST : SPLIT_VALIDATION;
    if (split) first = last = split_of(*split);
    bool wanted[DATASET_SPLITS] = {};
    for (int i = first; i <= (int)last; i++)
        wanted[i] = true;
    struct dataset_ask set = {};
    set.dir = path.c_str();
    set.labels = &net.n.labels;
    set.held_percent = first == SPLIT_HELD ? 10 : 0;
    set.speaker = speaker.empty() ? nullptr : speaker.c_str();
    const int n_in = net.n.shape.layer[0].n_in;
    if (events) {
        auto *e = static_cast<struct events *>(calloc(1, sizeof(struct events)));
        if (!e) throw std::bad_alloc();
        d.corpus = &e->corpus;
        struct events_ask ask = {};
        ask.set = set, ask.wanted = wanted, ask.chip = &net.chip->c, ask.n_in = n_in;
        int bad;
        {
            nb::gil_scoped_release free_now;
            bad = events_open(e, &ask, &f);
        }
        check(bad, f);
        warn_of_events(path, e->notes);
        if (e->corpus.set.events)
            check(known_refuse(&e->corpus.set, path.c_str(), wanted, &net.n, &f), f);
    } else {
        auto *s = static_cast<struct speech *>(calloc(1, sizeof(struct speech)));
        if (!s) throw std::bad_alloc();
        d.corpus = &s->corpus;
        set.clip_ms = net.n.clip_ms ? net.n.clip_ms : SPEECH_CLIP_MS;
        int bad;
        {
            nb::gil_scoped_release free_now;
            bad = speech_open(s, &net.chip->c, &set, wanted, nullptr, &f);
        }
        check(bad, f);
        s->corpus.clip_ms = s->clip_ms == SPEECH_CLIP_MS ? 0 : s->clip_ms;
        warn_of_sound(path, s->notes);
        check(known_refuse(&s->corpus.set, path.c_str(), wanted, &net.n, &f), f);
    }
    if (d.corpus->n_in != n_in)
        refuse("%s: %d inputs, the net has %d", path.c_str(), d.corpus->n_in, n_in);
    d.split = !split && !d.corpus->set.n_split[first] ? last : first;
}

// Arrays: input words or real values (clips, ticks, inputs), and their labels.
static void open_arrays(Data &d, const Net &net, nb::handle events, nb::handle labels,
                        nb::handle speakers, const std::string &name)
{
    struct fail f = {};
    nb::object kept = nb::module_::import_("numpy").attr("ascontiguousarray")(events);
    nb::ndarray<nb::ro, nb::ndim<3>, nb::c_contig, nb::device::cpu> x;
    if (!nb::try_cast(kept, x)) refuse("data: allowed a path, or an array (clips, ticks, inputs)");
    const bool word = x.dtype() == nb::dtype<uint8_t>() || x.dtype() == nb::dtype<bool>();
    if (!word && x.dtype() != nb::dtype<float>())
        refuse("data: allowed uint8 or bool, input words (Chip.input), or float32, real values");
    if (labels.is_none()) refuse("labels: of arrays they are needed, one a clip");
    if (x.shape(1) < 1 || x.shape(1) > EVENTS_TICKS || x.shape(2) > IMAGE_MAX_NEURONS)
        refuse("data: (%zu, %zu, %zu), allowed (clips, 1..%d, %d)", x.shape(0), x.shape(1),
               x.shape(2), EVENTS_TICKS, net.n.shape.layer[0].n_in);
    std::vector<std::string> label, speaker;
    for (nb::handle one : labels) {
        nb::object at = nb::steal(PyNumber_Index(one.ptr()));
        if (!at.is_valid()) PyErr_Clear();
        if (at.is_valid()) {
            long long i = nb::cast<long long>(at);
            if (i < 0 || i >= net.n.labels.n)
                refuse("labels: clip %zu: %lld, allowed 0..%d, or their names", label.size(), i,
                       net.n.labels.n - 1);
            label.push_back(net.n.labels.text[i]);
        } else
            label.push_back(nb::str(one).c_str());
    }
    for (nb::handle one : speakers.is_none() ? nb::handle(nb::tuple()) : speakers)
        speaker.push_back(nb::str(one).c_str());
    if (label.size() != x.shape(0) || (!speaker.empty() && speaker.size() != x.shape(0)))
        refuse("labels, speakers: %zu, %zu, allowed %zu, one a clip", label.size(), speaker.size(),
               x.shape(0));
    std::vector<const char *> by_label, by_speaker;
    for (const std::string &one : label)
        by_label.push_back(one.c_str());
    for (const std::string &one : speaker)
        by_speaker.push_back(one.c_str());
    struct events_arrays a = {};
    a.name = name.c_str();
    a.n = x.shape(0), a.n_ticks = (int)x.shape(1), a.n_in = (int)x.shape(2);
    a.word = word ? static_cast<const uint8_t *>(x.data()) : nullptr;
    a.real = word ? nullptr : static_cast<const float *>(x.data());
    a.label = by_label.data();
    a.speaker = by_speaker.empty() ? nullptr : by_speaker.data();
    a.split = d.split = SPLIT_TEST;
    struct events_ask ask = {};
    ask.set.dir = name.c_str(), ask.set.labels = &net.n.labels;
    ask.chip = &net.chip->c, ask.n_in = net.n.shape.layer[0].n_in;
    auto *e = static_cast<struct events *>(calloc(1, sizeof(struct events)));
    if (!e) throw std::bad_alloc();
    d.corpus = &e->corpus;
    check(events_take_arrays(e, &ask, &a, &f), f);
    warn_of_events(name, e->notes);
}

static void open_data(Data &d, const Net &net, nb::handle data, nb::handle labels,
                      nb::handle speakers, const std::optional<std::string> &split,
                      const std::string &speaker, const std::string &name)
{
    check_labels(net);
    const bool path = nb::isinstance<nb::str>(data) || nb::hasattr(data, "__fspath__");
    if (path)
        open_path(d, net, nb::str(data).c_str(), split, speaker);
    else
        open_arrays(d, net, data, labels, speakers, name);
    d.clip.resize((size_t)d.corpus->set.n_clips + 1);
    d.clip.resize((size_t)corpus_split(d.corpus, d.split, d.clip.data()));
    if (d.clip.empty()) refuse("no clips in split %s", dataset_split_names[d.split]);
}

static nb::tuple pair(const struct interval &i)
{
    return nb::make_tuple(i.low, i.high);
}

// The parts of a prediction whose memory is the library's.
struct Parts {
    struct task task = {};
    struct bootstrap_table table = {};
    ~Parts()
    {
        bootstrap_free(&table);
        task_fini(&task);
    }
};

static nb::dict predict(std::shared_ptr<Net> net, nb::object data, nb::object labels, int n,
                        int64_t first, std::optional<double> limit, double relative, uint64_t seed,
                        nb::object speakers, std::optional<std::string> split,
                        const std::string &speaker, int replicates, const std::string &name)
{
    struct fail f = {};
    if (n < 1 || n > 10000000) refuse("n: %d, allowed 1..10000000", n);
    if (first < 1 || first + n - 1 > INT32_MAX)
        refuse("first: %lld, allowed 1..%d", (long long)first, INT32_MAX - n + 1);
    if (limit && !(*limit >= 0 && *limit <= 1)) refuse("limit: %g, allowed 0..1", *limit);
    if (!(relative >= 0 && relative <= 1)) refuse("relative: %g, allowed 0..1", relative);
    if (replicates < 40 || replicates > 1000000)
        refuse("bootstrap: %d, allowed 40..1000000", replicates);
    net->ready();
    check(rules_check_shape(&net->chip->c, &net->n.shape, &f), f);
    Data d;
    Parts p;
    open_data(d, *net, data, labels, speakers, split, speaker, name);
    struct lif_job lif = {};
    lif.chip = &net->chip->c, lif.net = &net->n, lif.corpus = d.corpus;
    lif.clip = d.clip.data(), lif.n_clips = (int)d.clip.size(), lif.seed = seed;
    check(lif_task(&p.task, &lif, &f), f);
    check(lif_task_speakers(&p.task, &lif, &f), f);
    struct predict_job job = lif_predict_job(&lif, &p.task);
    const size_t items = (size_t)p.task.n_items, chips = (size_t)n;
    const char *lacks = job.by->ideal_lacks(&job);
    std::vector<struct predict_chip> chip(chips + 1); // the nominal one first
    Owned<uint16_t> decision(static_cast<uint16_t *>(lines(chips * items * sizeof(uint16_t))));
    std::vector<uint16_t> nominal(items);
    struct summary s;
    struct bootstrap other, both;
    double ideal = NAN, at = 0;
    struct undecided u;
    int bad;
    {
        nb::gil_scoped_release free_now;
        job.first_chip = 0, job.n_chips = 1;
        bad = predict_run(&job, chip.data(), nominal.data(), nullptr, &f);
        if (!bad && !lacks) bad = job.by->ideal(&job, &ideal, &f);
        at = limit ? *limit : relative * chip[0].correct / (double)items;
        job.first_chip = (uint32_t)first, job.n_chips = n;
        if (!bad) bad = predict_run(&job, chip.data() + 1, decision.get(), nullptr, &f);
        if (!bad && (summary_make(&s, chip.data() + 1, n, (int)items, at) ||
                     undecided_count(&u, &job, chip.data() + 1, decision.get(), n, at) ||
                     bootstrap_count(&p.table, decision.get(), n, p.task.label, p.task.source,
                                     (int)items, p.task.n_sources) ||
                     bootstrap_others(&p.table, &at, 1, 0, replicates, seed, &s.yield_interval,
                                      &other, &both.mean, &both.yield)))
            bad = fail(&f, "prediction: out of memory");
    }
    check(bad, f);
    std::string text;
    count(text, u.never, "chips on which no output ever fires");
    count(text, u.partly, "chips that never say one of the labels that they heard");
    if (u.silent + u.tied >= UNDECIDED_SHARE)
        text += (text.empty() ? "" : "; ") + std::to_string(100 * (u.silent + u.tied)) +
                " % of decisions are by silence or a tie";
    warn_of("predict", text);

    auto per_chip = [&](auto type, auto of) {
        using T = decltype(type);
        T *x = static_cast<T *>(lines(chips * sizeof(T)));
        for (size_t i = 0; i < chips; i++)
            x[i] = (T)of(chip[i + 1]);
        return array(x, {chips});
    };
    nb::dict r;
    int32_t *label = static_cast<int32_t *>(lines(items * sizeof(int32_t)));
    int32_t *source = static_cast<int32_t *>(lines(items * sizeof(int32_t)));
    for (size_t i = 0; i < items; i++)
        label[i] = p.task.label[i], source[i] = p.task.source[i];
    r["k"] = per_chip(uint32_t{}, [](const auto &c) { return c.k; });
    r["accuracy"] =
        per_chip(double{}, [&](const auto &c) { return (double)c.correct / (double)items; });
    r["tied"] = per_chip(int32_t{}, [](const auto &c) { return c.tied; });
    r["silent"] = per_chip(int32_t{}, [](const auto &c) { return c.silent; });
    r["clamped"] = per_chip(int64_t{}, [](const auto &c) { return c.clamped; });
    r["hash"] = per_chip(uint64_t{}, [](const auto &c) { return c.hash; });
    for (size_t i = 0; i < chips * items; i++)
        decision.get()[i] &= DECISION_CLASS;
    r["decision"] = array(decision.release(), {chips, items});
    r["label"] = array(label, {items});
    r["speaker"] = array(source, {items});
    r["n_items"] = items;
    r["n_speakers"] = p.task.n_sources;
    r["split"] = dataset_split_names[d.split];
    r["ideal"] = lacks ? nb::object(nb::none()) : nb::cast(ideal);
    r["nominal"] = chip[0].correct / (double)items;
    r["limit"] = at;
    r["mean"] = s.mean;
    r["mean_interval"] = pair(s.mean_interval);
    r["sd"] = s.sd;
    r["p5"] = s.p5;
    r["p5_interval"] = pair(s.p5_interval);
    r["worst"] = s.worst;
    r["worst_chip"] = s.worst_chip;
    r["yield"] = s.yield;
    r["yield_interval"] = pair(s.yield_interval);
    r["mean_speakers"] = pair(other.mean);
    r["yield_speakers"] = pair(other.yield);
    r["mean_both"] = pair(both.mean);
    r["yield_both"] = pair(both.yield);
    return r;
}

void bind_predict(nb::module_ &m)
{
    m.def(
        "predict", &predict, nb::arg("net"), nb::arg("data"), nb::arg("labels") = nb::none(),
        nb::arg("n") = 100, nb::arg("first") = 1, nb::arg("limit") = nb::none(),
        nb::arg("relative") = 0.98, nb::arg("seed") = 1, nb::arg("speakers") = nb::none(),
        nb::arg("split") = nb::none(), nb::arg("speaker") = "", nb::arg("bootstrap") = 1000,
        nb::arg("name") = "arrays.npz",
        R"(Accuracy and yield of chips first..first+n-1 of a net, all on the same clips, as `spiketwin predict`.

data       a path: recordings, events or arrays, as --data of the program; or an array (clips, ticks, inputs), uint8
           or bool input words, float32 real values
labels     of arrays: one a clip, the net's label or its number; speakers: who each is of, for intervals
limit      a chip passes with at least this accuracy, 0..1; None: `relative` of the nominal chip's
split      train, held, validation or test of a path; None: validation, or of events without any test
speaker    of recordings: who speaks, a regular expression
bootstrap  replicates
name       an array's clips are those of a file of this name: what `spiketwin predict -d NAME` says of it, where its
           splits are all "test", are the same bits

A dict. Of each chip, arrays (n): k, accuracy (0..1), tied, silent (clips), clamped (words), hash (uint64); decision uint16
(n, clips), classes; label, speaker int32 (clips). Of all: ideal (real numbers; None: the law has no such run), nominal,
limit, mean, sd, p5 (that 95 % of the chips reach), worst, worst_chip, yield; 95 % intervals (low, high) over other chips
mean_interval, p5_interval, yield_interval, over other speakers mean_speakers, yield_speakers, over both mean_both,
yield_both (docs/prediction.md says what each covers).)");
}
