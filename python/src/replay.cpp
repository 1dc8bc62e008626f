// replay: one virtual chip beside the nominal one, as `spiketwin replay`.
#include "jobs.h"

extern "C" {
#include "twin/jobs/lif_trace.h"
#include "twin/net/image_diff.h"
#include "twin/net/rules.h"
}

LifShown::LifShown(const std::shared_ptr<Net> &net, const Ask &ask, uint64_t seed)
{
    struct fail f = {};
    net->ready();
    check(rules_check_shape(&net->chip->c, &net->n.shape, &f), f);
    open_data(data, ask);
    lif.chip = &net->chip->c, lif.net = &net->n, lif.corpus = data.corpus;
    lif.clip = data.clip.data(), lif.n_clips = (int)data.clip.size(), lif.seed = seed;
    check(lif_task(&task, &lif, &f), f);
}

// Items that one side tells and the other does not.
static nb::object told_by(const Side &yes, const Side &no, const struct task &task)
{
    std::vector<int32_t> item;
    for (int i = 0; i < task.n_items; i++)
        if (decision_class(yes.said[(size_t)i]) == task.label[i] &&
            decision_class(no.said[(size_t)i]) != task.label[i])
            item.push_back(i);
    int32_t *x = static_cast<int32_t *>(lines(item.size() * sizeof(int32_t)));
    std::copy(item.begin(), item.end(), x);
    return nb::cast(array(x, {item.size()}));
}

static nb::dict side_of(Side &s, const struct task &task, const struct predict_extent &has)
{
    const size_t items = (size_t)task.n_items, heard = s.heard.size();
    uint16_t *said = static_cast<uint16_t *>(lines(items * sizeof(uint16_t)));
    int32_t *counts = static_cast<int32_t *>(lines(heard * sizeof(int32_t)));
    nb::dict one;
    nb::list spikes;
    for (size_t i = 0; i < items; i++)
        said[i] = (uint16_t)decision_class(s.said[i]);
    std::copy(s.heard.begin(), s.heard.end(), counts);
    for (int l = 0; l < has.n_layers; l++)
        spikes.append(array(s.z[l].release(), {(size_t)task.n_ticks, (size_t)has.n_out[l]}));
    one["hash"] = hash_text(s.chip.hash);
    one["correct"] = s.chip.correct;
    one["silent"] = s.chip.silent;
    one["tied"] = s.chip.tied;
    one["clamped"] = s.chip.clamped;
    one["decision"] = array(said, {items});
    one["heard"] = array(counts, {heard});
    one["spikes"] = spikes;
    return one;
}

// The number of an item, or which is wanted.
static int wanted_of(nb::handle clip)
{
    int i;
    if (nb::isinstance<nb::str>(clip)) {
        const std::string text = nb::cast<std::string>(clip);
        if (text == "wrong") return DECISION_WRONG;
        if (text == "right") return DECISION_RIGHT;
    } else if (nb::try_cast(clip, i) && i >= 0)
        return i;
    refuse("clip: %s, allowed 0 and more, right, wrong", nb::str(clip).c_str());
}

nb::dict replay_of(struct predict_job job, int64_t k, nb::handle clip, const char *split,
                   const std::function<int(int side, int item, Side &to, struct fail *f)> &trace,
                   const std::function<nb::list()> &words)
{
    struct fail f = {};
    if (k < 1 || k > INT32_MAX) refuse("k: %lld, allowed 1..%d", (long long)k, INT32_MAX);
    const int wanted = wanted_of(clip);
    const struct task &task = *job.task;
    const struct predict_extent has = job.by->extent(&job);
    if (wanted >= task.n_items) refuse("clip: %d, allowed 0..%d", wanted, task.n_items - 1);
    Side side[SIDES];
    Interrupt interrupt;
    int item = 0, bad = 0;
    for (int i = 0; i < SIDES; i++) {
        side[i].said.resize((size_t)task.n_items);
        for (int l = 0; l < has.n_layers; l++)
            side[i].z[l].reset(
                static_cast<uint8_t *>(lines((size_t)task.n_ticks * (size_t)has.n_out[l])));
    }
    {
        nb::gil_scoped_release free_now;
        for (int i = 0; i < SIDES && !bad; i++) {
            job.first_chip = i == CHIP ? (uint32_t)k : 0, job.n_chips = 1;
            bad = predict_run(&job, &side[i].chip, side[i].said.data(), &interrupt.progress, &f);
        }
        if (!bad)
            item = decision_choose(wanted, side[NOMINAL].said.data(), side[CHIP].said.data(),
                                   task.label, task.n_items);
        for (int i = 0; i < SIDES && !bad; i++)
            bad = trace(i, item, side[i], &f);
    }
    interrupt.rethrow();
    check(bad, f);
    int32_t *label = static_cast<int32_t *>(lines((size_t)task.n_items * sizeof(int32_t)));
    std::copy(task.label, task.label + task.n_items, label);
    nb::dict r;
    r["k"] = k;
    r["hash"] = hash_text(side[CHIP].chip.hash);
    r["split"] = split ? nb::object(nb::str(split)) : nb::object(nb::none());
    r["n_items"] = task.n_items;
    r["label"] = array(label, {(size_t)task.n_items});
    r["words"] = words();
    r["lost"] = told_by(side[NOMINAL], side[CHIP], task);
    r["won"] = told_by(side[CHIP], side[NOMINAL], task);
    r["item"] = item;
    r["nominal"] = side_of(side[NOMINAL], task, has);
    r["chip"] = side_of(side[CHIP], task, has);
    return r;
}

struct Images {
    struct image *of[SIDES] = {};
    ~Images()
    {
        for (struct image *im : of)
            virtual_chip_free(im);
    }
};

static nb::list words_of(const struct law_kind *kind, const Images &image)
{
    std::vector<struct image_diff> diff(IMAGE_DIFFS);
    diff.resize((size_t)image_compare(image.of[NOMINAL], image.of[CHIP], diff.data()));
    nb::list all;
    for (const struct image_diff &d : diff) {
        nb::dict one;
        one["layer"] = d.layer;
        one["kind"] = kind->word[d.kind].name;
        one["words"] = d.words;
        one["differ"] = d.differ;
        one["mean_size_lsb"] = d.mean_size;
        one["largest_lsb"] = d.largest;
        one["neuron"] = d.neuron;
        one["row"] = d.kind == WORD_WEIGHT ? d.row : 0;
        one["nominal"] = d.a;
        one["chip"] = d.b;
        all.append(one);
    }
    return all;
}

static nb::dict replay(std::shared_ptr<Net> net, int64_t k, nb::object data, nb::object labels,
                       nb::object clip, uint64_t seed, nb::object speakers,
                       std::optional<std::string> split, const std::string &speaker,
                       const std::string &name)
{
    LifShown x(net, {&net->chip->c, &net->n, data, labels, speakers, speaker, name, split, {}},
               seed);
    Images image;
    auto trace = std::make_unique<struct lif_trace>();
    auto r = replay_of(
        lif_predict_job(&x.lif, &x.task), k, clip, dataset_split_names[x.data.split],
        [&](int i, int item, Side &to, struct fail *f) {
            for (int l = 0; l < net->n.shape.n_layers; l++)
                trace->z[l] = to.z[l].get();
            image.of[i] = lif_image(&x.lif, to.chip.k);
            if (!image.of[i]) return fail(f, "replay: out of memory");
            if (lif_trace(trace.get(), &x.lif, image.of[i], to.chip.k, item, f)) return -1;
            to.heard.assign(trace->heard, trace->heard + trace->n_heard);
            return 0;
        },
        [&] { return words_of(net->chip->c.kind, image); });
    r["jitter_largest"] = trace->jitter_largest; // the chip's: it is the last that ran
    return r;
}

void bind_replay(nb::module_ &m)
{
    m.def(
        "replay", &replay, nb::arg("net"), nb::arg("k"), nb::arg("data"),
        nb::arg("labels") = nb::none(), nb::arg("clip") = "wrong", nb::arg("seed") = 1,
        nb::arg("speakers") = nb::none(), nb::arg("split") = nb::none(), nb::arg("speaker") = "",
        nb::arg("name") = "arrays.npz",
        R"(Virtual chip k (1 or more, as predict named it) beside the nominal one, as `spiketwin replay`.

data, labels, speakers, split, speaker, name   as predict's
clip    whose spikes are shown: its index in the split; "right": the first that both chips tell; "wrong": the first that
        the chip lost, else the first that it does not tell, else 0

A dict: hash (of the chip's words), n_items, label int32 (n_items), words (a dict a layer and kind: how many words there
are, how many differ from the nominal ones, and the largest difference, in LSB), lost and won int32 (indices of items that
the nominal chip alone, the chip alone, tells), item (shown), jitter_largest (of its clock, Q1.15 of a tick), and of both
sides, nominal and chip: correct, silent, tied (items), clamped (words), decision uint16 (n_items), heard int32 (classes),
output spikes of the item shown, and its spikes, a layer each uint8 (ticks, n_out).)");
}
