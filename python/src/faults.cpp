// faults: every stuck bit and dead neuron of the nominal chip, each alone.
#include "data.h"

extern "C" {
#include "twin/jobs/fault_tests.h"
}

struct Heard : fault_clips {
    Heard() : fault_clips() {}
    ~Heard() { fault_clips_fini(this); }
};
struct Campaign : fault_campaign {
    Campaign() : fault_campaign() {}
    ~Campaign() { fault_campaign_free(this); }
};
struct Tests : fault_tests {
    Tests() : fault_tests() {}
    ~Tests() { fault_tests_free(this); }
};
struct Image {
    struct image *im;
    ~Image() { virtual_chip_free(im); }
};

static nb::dict tests_of(const struct fault_tests &t, const std::vector<int> &clip)
{
    const size_t n = (size_t)t.n;
    int32_t *which = static_cast<int32_t *>(lines(n * sizeof(int32_t)));
    int64_t *exposes = static_cast<int64_t *>(lines(n * sizeof(int64_t)));
    for (size_t i = 0; i < n; i++)
        which[i] = clip[(size_t)t.test[i].stimulus], exposes[i] = (int64_t)t.test[i].exposes;
    nb::dict said;
    said["item"] = array(which, {n});
    said["exposes"] = array(exposes, {n});
    said["exposed"] = t.exposed;
    said["same"] = t.same;
    said["masked"] = t.masked;
    said["least"] = t.least;
    return said;
}

static nb::dict faults(std::shared_ptr<Net> net, nb::object data, nb::object labels, int n,
                       double critical, bool tests, nb::object speakers,
                       std::optional<std::string> split, const std::string &speaker,
                       const std::string &name)
{
    struct fail f = {};
    if (n < 1 || n > 1000000) refuse("n: %d, allowed 1..1000000", n);
    if (!(critical >= 0 && critical <= 100)) refuse("critical: %g, allowed 0..100", critical);
    net->ready();
    if (net->chip->c.kind != &lif_kind)
        refuse("%s: law %s, allowed lif", net->chip->c.name, net->chip->c.kind->name);
    Data d;
    open_data(d, {&net->chip->c, &net->n, data, labels, speakers, speaker, name, split, {}});
    d.clip.resize((size_t)corpus_spread(d.clip.data(), (int)d.clip.size(), n));
    const int clips = (int)d.clip.size();
    Heard heard;
    Campaign c;
    Tests t;
    Image image = {virtual_chip_new(&net->chip->c, &net->n.shape)};
    if (!image.im) throw std::bad_alloc();
    Interrupt interrupt;
    int bad;
    {
        nb::gil_scoped_release free_now;
        virtual_chip_make(image.im, &net->chip->c, &net->n, 0, 0, nullptr);
        bad = fault_clips_init(&heard, d.corpus, d.clip.data(), clips, &f);
        const struct fault_campaign_job job = {image.im,    &net->n, heard.stimulus,
                                               heard.label, clips,   critical / 100,
                                               tests,       nullptr, nullptr};
        int64_t torn; // of a state, which there is none of
        if (!bad) bad = fault_campaign_run(&c, &job, &torn, &interrupt.progress, &f);
        if (!bad && tests) bad = fault_tests_choose(&t, &c, clips, &f);
    }
    interrupt.rethrow();
    check(bad, f);
    auto per_fault = [&](auto type, auto of) {
        using T = decltype(type);
        T *x = static_cast<T *>(lines(c.n * sizeof(T)));
        for (size_t i = 0; i < c.n; i++)
            x[i] = (T)of(c.result[i]);
        return array(x, {c.n});
    };
    using Result = const struct fault_result &;
    nb::dict r;
    nb::list names;
    for (const char *one : fault_class_names)
        names.append(one);
    r["dead"] = per_fault(bool{}, [](Result x) { return x.fault.dead; });
    r["layer"] = per_fault(int32_t{}, [](Result x) { return x.fault.layer; });
    r["neuron"] = per_fault(int32_t{}, [](Result x) { return x.fault.neuron; });
    r["row"] = per_fault(int32_t{}, [](Result x) { return x.fault.dead ? -1 : x.fault.row; });
    r["bit"] = per_fault(int32_t{}, [](Result x) { return x.fault.dead ? -1 : x.fault.bit; });
    r["value"] = per_fault(int32_t{}, [](Result x) { return x.fault.dead ? -1 : x.fault.value; });
    r["class"] = per_fault(uint8_t{}, [](Result x) { return x.is; });
    r["exposed"] = per_fault(int32_t{}, [](Result x) { return x.exposed; });
    r["decided"] = per_fault(int32_t{}, [](Result x) { return x.decided; });
    r["lost"] = per_fault(int32_t{}, [](Result x) { return x.lost; });
    r["classes"] = names;
    r["n_items"] = clips;
    r["correct"] = c.correct;
    r["split"] = dataset_split_names[d.split];
    if (tests) r["tests"] = tests_of(t, d.clip);
    return r;
}

void bind_faults(nb::module_ &m)
{
    m.def(
        "faults", &faults, nb::arg("net"), nb::arg("data"), nb::arg("labels") = nb::none(),
        nb::arg("n") = 100, nb::arg("critical") = 1.0, nb::arg("tests") = false,
        nb::arg("speakers") = nb::none(), nb::arg("split") = nb::none(), nb::arg("speaker") = "",
        nb::arg("name") = "arrays.npz",
        R"(What each stuck bit and dead neuron of the nominal chip costs, each alone, as `spiketwin faults --exhaustive`: a dict.

net       Net, of the law lif
data, labels, speakers, split, speaker, name   as predict's
n         items, spread evenly over the split
critical  a fault is critical from so many points of accuracy lost on
tests     also a production test: few of the items that expose every fault that any of them exposes

Arrays, one entry a fault: dead bool; layer, neuron, row, bit, value (that it is stuck at; of dead neurons row, bit and value
are -1), exposed (items in which an output fires in another tick), decided (items decided otherwise), lost (items right
without it less right with it) int32; class uint8, an index of `classes`: same, masked, exposed, critical. n_items, correct
(items right without a fault), split. tests: a dict with item int32 (chosen, by its index in the data) and exposes int64
(faults that no item before it exposes), exposed, same, masked (faults), least (no fewer items can do).)");
}
