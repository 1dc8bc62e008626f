// replay: one virtual chip beside the nominal one, as `spiketwin replay`.
#include "data.h"

extern "C" {
#include "twin/jobs/lif_trace.h"
#include "twin/net/image_diff.h"
#include "twin/net/rules.h"
}

enum { NOMINAL, CHIP, SIDES };

struct Side {
    struct image *image = nullptr;
    struct predict_chip chip = {};
    std::vector<uint16_t> said; // decisions
    std::unique_ptr<struct lif_trace> trace = std::make_unique<struct lif_trace>();
    Owned<uint8_t> z[IMAGE_MAX_LAYERS];
    ~Side() { virtual_chip_free(image); }
};

struct Shown {
    struct task task = {};
    ~Shown() { task_fini(&task); }
};

static nb::list words_of(const Net &net, const Side *side)
{
    std::vector<struct image_diff> diff(IMAGE_DIFFS);
    diff.resize((size_t)image_compare(side[NOMINAL].image, side[CHIP].image, diff.data()));
    nb::list all;
    for (const struct image_diff &d : diff) {
        nb::dict one;
        one["layer"] = d.layer;
        one["kind"] = net.chip->c.kind->word[d.kind].name;
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

static nb::dict side_of(Side &s, const struct task &task, const struct image_shape &shape)
{
    const size_t items = (size_t)task.n_items, heard = (size_t)s.trace->n_heard;
    uint16_t *said = static_cast<uint16_t *>(lines(items * sizeof(uint16_t)));
    int32_t *counts = static_cast<int32_t *>(lines(heard * sizeof(int32_t)));
    nb::dict one;
    nb::list spikes;
    for (size_t i = 0; i < items; i++)
        said[i] = (uint16_t)decision_class(s.said[i]);
    std::copy(s.trace->heard, s.trace->heard + heard, counts);
    for (int l = 0; l < shape.n_layers; l++)
        spikes.append(
            array(s.z[l].release(), {(size_t)task.n_ticks, (size_t)shape.layer[l].n_out}));
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

static nb::dict replay(std::shared_ptr<Net> net, int64_t k, nb::object data, nb::object labels,
                       nb::object clip, uint64_t seed, nb::object speakers,
                       std::optional<std::string> split, const std::string &speaker,
                       const std::string &name)
{
    struct fail f = {};
    if (k < 1 || k > INT32_MAX) refuse("k: %lld, allowed 1..%d", (long long)k, INT32_MAX);
    const int wanted = wanted_of(clip);
    net->ready();
    check(rules_check_shape(&net->chip->c, &net->n.shape, &f), f);
    Data d;
    Shown x;
    Side side[SIDES];
    open_data(d, {&net->chip->c, &net->n, data, labels, speakers, speaker, name, split, {}});
    struct lif_job lif = {};
    lif.chip = &net->chip->c, lif.net = &net->n, lif.corpus = d.corpus;
    lif.clip = d.clip.data(), lif.n_clips = (int)d.clip.size(), lif.seed = seed;
    check(lif_task(&x.task, &lif, &f), f);
    if (wanted >= x.task.n_items) refuse("clip: %d, allowed 0..%d", wanted, x.task.n_items - 1);
    struct predict_job job = lif_predict_job(&lif, &x.task);
    const struct image_shape &shape = net->n.shape;
    int item = 0, bad = 0;
    for (int i = 0; i < SIDES; i++) {
        side[i].said.resize((size_t)x.task.n_items);
        for (int l = 0; l < shape.n_layers; l++) {
            const size_t n = (size_t)x.task.n_ticks * (size_t)shape.layer[l].n_out;
            side[i].z[l].reset(static_cast<uint8_t *>(lines(n)));
            side[i].trace->z[l] = side[i].z[l].get();
        }
    }
    {
        nb::gil_scoped_release free_now;
        for (int i = 0; i < SIDES && !bad; i++) {
            job.first_chip = i == CHIP ? (uint32_t)k : 0, job.n_chips = 1;
            bad = predict_run(&job, &side[i].chip, side[i].said.data(), nullptr, &f);
        }
        if (!bad)
            item = decision_choose(wanted, side[NOMINAL].said.data(), side[CHIP].said.data(),
                                   x.task.label, x.task.n_items);
        for (int i = 0; i < SIDES && !bad; i++) {
            side[i].image = lif_image(&lif, side[i].chip.k);
            bad = side[i].image ? lif_trace(side[i].trace.get(), &lif, side[i].image,
                                            side[i].chip.k, item, &f)
                                : fail(&f, "replay: out of memory");
        }
    }
    check(bad, f);
    int32_t *label = static_cast<int32_t *>(lines((size_t)x.task.n_items * sizeof(int32_t)));
    std::copy(x.task.label, x.task.label + x.task.n_items, label);
    nb::dict r;
    r["k"] = k;
    r["hash"] = hash_text(side[CHIP].chip.hash);
    r["split"] = dataset_split_names[d.split];
    r["n_items"] = x.task.n_items;
    r["label"] = array(label, {(size_t)x.task.n_items});
    r["words"] = words_of(*net, side);
    r["lost"] = told_by(side[NOMINAL], side[CHIP], x.task);
    r["won"] = told_by(side[CHIP], side[NOMINAL], x.task);
    r["item"] = item;
    r["jitter_largest"] = side[CHIP].trace->jitter_largest;
    r["nominal"] = side_of(side[NOMINAL], x.task, shape);
    r["chip"] = side_of(side[CHIP], x.task, shape);
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
