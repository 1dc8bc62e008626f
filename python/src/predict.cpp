// predict: accuracy and yield of virtual chips, as arrays.
#include "jobs.h"
#include "run.h"

#include <cmath>

extern "C" {
#include "twin/jobs/lif_job.h"
#include "twin/net/rules.h"
#include "twin/predict/bootstrap.h"
#include "twin/predict/summary.h"
}

static nb::tuple pair(const struct interval &i)
{
    return nb::make_tuple(i.low, i.high);
}

struct Table {
    struct bootstrap_table t = {};
    ~Table() { bootstrap_free(&t); }
};

void PredictAsk::check() const
{
    if (n < 1 || n > 10000000) refuse("n: %d, allowed 1..10000000", n);
    if (first < 1 || first + n - 1 > INT32_MAX)
        refuse("first: %lld, allowed 1..%d", (long long)first, INT32_MAX - n + 1);
    if (limit && !(*limit >= 0 && *limit <= 1)) refuse("limit: %g, allowed 0..1", *limit);
    if (!(relative >= 0 && relative <= 1)) refuse("relative: %g, allowed 0..1", relative);
    if (replicates < 40 || replicates > 1000000)
        refuse("bootstrap: %d, allowed 40..1000000", replicates);
}

nb::dict predict_of(struct predict_job job, const PredictAsk &ask, const char *split)
{
    struct fail f = {};
    const struct task &task = *job.task;
    const int n = ask.n;
    const size_t items = (size_t)task.n_items, chips = (size_t)n;
    const char *lacks = job.by->ideal_lacks(&job);
    std::vector<struct predict_chip> chip(chips + 1); // the nominal one first
    Owned<uint16_t> decision(static_cast<uint16_t *>(lines(chips * items * sizeof(uint16_t))));
    std::vector<uint16_t> nominal(items);
    Table table;
    struct summary s;
    struct bootstrap other, both;
    double ideal = NAN, at = 0;
    struct undecided u;
    int bad;
    Interrupt interrupt;
    {
        nb::gil_scoped_release free_now;
        job.first_chip = 0, job.n_chips = 1;
        bad = predict_run(&job, chip.data(), nominal.data(), &interrupt.progress, &f);
        if (!bad && !lacks) bad = job.by->ideal(&job, &ideal, &f);
        at = ask.limit ? *ask.limit : ask.relative * chip[0].correct / (double)items;
        job.first_chip = (uint32_t)ask.first, job.n_chips = n;
        if (!bad) bad = predict_run(&job, chip.data() + 1, decision.get(), &interrupt.progress, &f);
        if (!bad && (summary_make(&s, chip.data() + 1, n, (int)items, at) ||
                     undecided_count(&u, &job, chip.data() + 1, decision.get(), n, at) ||
                     bootstrap_count(&table.t, &task, decision.get(), n) ||
                     bootstrap_others(&table.t, &at, 1, 0, ask.replicates, job.seed,
                                      &s.yield_interval, &other, &both.mean, &both.yield)))
            bad = fail(&f, "prediction: out of memory");
    }
    interrupt.rethrow();
    check(bad, f);
    warn_of_undecided("predict", u);

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
        label[i] = task.label[i], source[i] = task.source[i];
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
    r["n_speakers"] = task.n_sources;
    r["split"] = split ? nb::object(nb::str(split)) : nb::object(nb::none());
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

static nb::dict predict(std::shared_ptr<Net> net, nb::object data, nb::object labels, int n,
                        int64_t first, std::optional<double> limit, double relative, uint64_t seed,
                        nb::object speakers, std::optional<std::string> split,
                        const std::string &speaker, int replicates, const std::string &name)
{
    struct fail f = {};
    const PredictAsk ask = {n, first, limit, relative, replicates};
    ask.check();
    LifShown x(net, {&net->chip->c, &net->n, data, labels, speakers, speaker, name, split, {}},
               seed);
    check(lif_task_speakers(&x.task, &x.lif, &f), f);
    return predict_of(lif_predict_job(&x.lif, &x.task), ask, dataset_split_names[x.data.split]);
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
