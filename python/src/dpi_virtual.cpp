// VirtualDpiChip: chip k of a DYNAP-SE2 net, its words, and what it does.
#include "dpi.h"
#include "law.h"
#include "vectors.h"

#include <algorithm>
#include <cmath>
#include <omp.h>

extern "C" {
#include "model/laws/reference.h"
#include "twin/dpi/dpi_engine.h"
#include "twin/jobs/dpi_job.h"
}

struct Engine : dpi_engine {
    bool is = false;
    Engine() : dpi_engine() {}
    ~Engine()
    {
        if (is) dpi_engine_fini(this);
    }
};

struct VirtualDpi {
    std::shared_ptr<DpiNet> net;
    const struct dpi_law *law;
    struct dpi_variation variation;
    double mismatch, truncate;
    uint64_t seed;
    uint32_t k;
    struct dpi_image *image = nullptr;
    int64_t clamped = 0;
    bool sound = false;
    ~VirtualDpi() { dpi_image_free(image); }
    struct law_image view() const { return law_image_dpi(image, 0); }
    int n() const { return net->n.n_neurons; }
    Shown shown(nb::handle events) const
    {
        return ::shown(view(), net->chip->c.name, events, nb::none());
    }
    // All lanes of an engine; `note`, if not NULL, of the chip.
    int open(Engine &e, struct dpi_engine_note *note, struct fail *f) const
    {
        if (dpi_engine_init(&e, &net->chip->c, law, net->n.n_in, n(), 0, f)) return -1;
        e.is = true;
        for (int lane = 0; lane < DPI_LANES; lane++)
            dpi_engine_load(&e, lane, &net->n, &variation, seed, k, lane ? nullptr : note);
        return 0;
    }
};

static std::shared_ptr<VirtualDpi> make(std::shared_ptr<DpiNet> net, int64_t k, uint64_t seed,
                                        std::optional<std::string> law, double mismatch,
                                        double truncate)
{
    struct fail f = {};
    if (k < 0 || k > UINT32_MAX) refuse("k: %lld, allowed 0..%u", (long long)k, UINT32_MAX);
    if (!(mismatch >= 0 && mismatch <= 10)) refuse("mismatch: %g, allowed 0..10", mismatch);
    if (!(truncate >= 0)) refuse("truncate: %g, allowed 0 and more", truncate);
    net->ready(); // its arrays may have been written into
    auto v = std::make_shared<VirtualDpi>();
    v->net = net, v->seed = seed, v->k = (uint32_t)k;
    v->mismatch = mismatch, v->truncate = truncate;
    v->law = law_for(*net, law);
    if (!v->law) refuse("law: double: words of a chip are integers: compat or silicon");
    if (net->n.n_neurons > DPI_MAX_NEURONS)
        refuse("%d neurons, allowed 1..%d", net->n.n_neurons, DPI_MAX_NEURONS);
    v->variation = dpi_variation_of(&net->chip->c, mismatch, mismatch, truncate);
    struct dpi_image sizes = {};
    sizes.n_layers = 1;
    sizes.layer[0].n_in = net->n.n_in, sizes.layer[0].n_out = net->n.n_neurons;
    sizes.layer[0].recurrent = true;
    v->image = dpi_image_new(v->law, &sizes);
    if (!v->image) throw std::bad_alloc();
    struct dpi_engine_note note = {};
    note.image = v->image;
    Engine e;
    int bad;
    {
        nb::gil_scoped_release free_now;
        bad = v->open(e, &note, &f);
    }
    check(bad, f);
    v->clamped = note.clamped.words;
    v->sound = e.chips.sound[0];
    return v;
}

// All that happens in all clips, by the reference.
struct Happened {
    const struct law_kind *kind;
    std::vector<int> word; // of the state, of those that the law has
    size_t ticks, n;
    Owned<int32_t> spikes;
    Owned<int64_t> recorded;
    std::vector<Owned<int64_t>> state;
};

struct Clip {
    const Happened *of;
    size_t at;
};

static void watch(void *context, int tick, int, int neuron, const void *, const void *stages,
                  const void *after)
{
    const Clip &clip = *static_cast<const Clip *>(context);
    const Happened &h = *clip.of;
    const size_t at = (clip.at * h.ticks + (size_t)tick) * h.n + (size_t)neuron;
    h.spikes.get()[at] = (int32_t)law_get(&h.kind->stage[h.kind->fire], stages);
    h.recorded.get()[at] = law_get(&h.kind->stage[h.kind->recorded], stages);
    for (size_t i = 0; i < h.word.size(); i++)
        h.state[i].get()[at] = law_get(&h.kind->word[h.word[i]], after);
}

template <typename T> static nb::object shaped(Owned<T> &x, const Shown &s, size_t n)
{
    if (s.one) return nb::cast(array(x.release(), {s.ticks, n}));
    return nb::cast(array(x.release(), {s.clips, s.ticks, n}));
}

static nb::tuple run(const VirtualDpi &v, nb::handle events)
{
    const struct law_image view = v.view();
    Shown s = v.shown(events);
    Happened h;
    h.kind = view.kind, h.ticks = s.ticks, h.n = (size_t)v.n();
    const size_t cells = s.clips * s.ticks * h.n;
    h.spikes.reset(static_cast<int32_t *>(lines(cells * sizeof(int32_t))));
    h.recorded.reset(static_cast<int64_t *>(lines(cells * sizeof(int64_t))));
    for (int w = view.kind->first_state; w < view.kind->n_words; w++)
        if (view.kind->word[w].range(view.law).bits) {
            h.word.push_back(w);
            h.state.emplace_back(static_cast<int64_t *>(lines(cells * sizeof(int64_t))));
        }
    bool no_memory = false;
    Interrupt interrupt;
    {
        nb::gil_scoped_release free_now;
#pragma omp parallel reduction(|| : no_memory)
        {
            void *memory = aligned_alloc(64, (reference_size(&view) + 63) / 64 * 64);
            struct reference r;
            no_memory = !memory;
            if (memory) reference_init(&r, &view, memory);
#pragma omp for schedule(dynamic, 1)
            for (long i = 0; i < (long)s.clips; i++) {
                Clip to = {&h, (size_t)i};
                const struct stimulus x = s.clip((size_t)i);
                if (!memory || interrupt.stopped()) continue;
                reference_rest(&r);
                for (int t = 0; t < (int)s.ticks; t++)
                    reference_tick(&r, &x, t, watch, &to);
            }
            free(memory);
        }
    }
    interrupt.rethrow();
    if (no_memory) throw std::bad_alloc();
    nb::dict states;
    for (size_t i = 0; i < h.word.size(); i++)
        states[h.kind->word[h.word[i]].name] = shaped(h.state[i], s, h.n);
    states["c"] = shaped(h.recorded, s, h.n);
    nb::list spikes, all;
    spikes.append(shaped(h.spikes, s, h.n));
    all.append(states);
    return nb::make_tuple(spikes, all);
}

// Sixteen clips side by side, one a lane.
static int run_sixteen(Engine &e, const Shown &s, size_t first, int32_t *count, struct fail *f)
{
    std::vector<dpi_sample::dpi_sample_event> event[DPI_LANES];
    struct dpi_sample sample[DPI_LANES] = {};
    const struct dpi_sample *lane[DPI_LANES] = {};
    struct dpi_events packed = {};
    const size_t n = std::min((size_t)DPI_LANES, s.clips - first), cells = s.ticks * s.n_in;
    for (size_t l = 0; l < n; l++) {
        const uint8_t *x = s.byte + (first + l) * cells;
        for (size_t i = 0; i < cells; i++)
            for (int z = 0; z < x[i]; z++)
                event[l].push_back({(int32_t)(i / s.n_in), (int32_t)(i % s.n_in)});
        sample[l].n_ticks = (int)s.ticks, sample[l].n_channels = (int)s.n_in;
        sample[l].n_events = (int)event[l].size(), sample[l].event = event[l].data();
        lane[l] = &sample[l];
    }
    if (dpi_events_pack(&packed, lane, f)) return -1;
    dpi_engine_run(&e, &packed, false);
    dpi_events_free(&packed);
    for (size_t l = 0; l < n; l++)
        for (int i = 0; i < e.n; i++)
            count[(first + l) * (size_t)e.n + (size_t)i] = e.count[i * DPI_LANES + (int)l];
    return 0;
}

static nb::ndarray<nb::numpy, int32_t> counts(const VirtualDpi &v, nb::handle events)
{
    Shown s = v.shown(events);
    const size_t n = (size_t)v.n();
    Owned<int32_t> count(static_cast<int32_t *>(lines((s.clips + 1) * n * sizeof(int32_t))));
    struct fail f = {};
    int bad = 0;
    Interrupt interrupt;
    {
        nb::gil_scoped_release free_now;
#pragma omp parallel
        {
            Engine e;
            struct fail why = {};
            int stop = v.open(e, nullptr, &why);
#pragma omp for schedule(dynamic, 1)
            for (long g = 0; g < (long)((s.clips + DPI_LANES - 1) / DPI_LANES); g++)
                if (!stop && !interrupt.stopped())
                    stop = run_sixteen(e, s, (size_t)g * DPI_LANES, count.get(), &why);
#pragma omp critical(dpi_counts)
            if (stop && !bad) bad = stop, f = why;
        }
    }
    interrupt.rethrow();
    check(bad, f);
    if (s.one) return array(count.release(), {n});
    return array(count.release(), {s.clips, n});
}

static nb::ndarray<nb::numpy, int32_t>
decide(const VirtualDpi &v,
       nb::ndarray<const int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu> count)
{
    const size_t n = (size_t)v.n();
    if (count.shape(1) != n) refuse("counts: %zu neurons, the net has %zu", count.shape(1), n);
    if (!v.net->n.labels.n) refuse("the net has no labels");
    struct dpi_task task = {};
    task.n_classes = task.n_heard = v.net->n.labels.n;
    std::vector<float> one(n);
    int32_t *said = static_cast<int32_t *>(lines((count.shape(0) + 1) * sizeof(int32_t)));
    for (size_t i = 0; i < count.shape(0); i++) {
        for (size_t j = 0; j < n; j++)
            one[j] = (float)count.data()[i * n + j];
        said[i] = decision_class(dpi_job_decision(&task, one.data(), (int)n, 1, v.sound));
    }
    return array(said, {count.shape(0)});
}

static void gen(const VirtualDpi &v, nb::object path, nb::object events,
                std::optional<uint64_t> random, bool corners, int clips, std::optional<int> ticks,
                bool expect, bool stages, const std::string &net)
{
    char mismatch[32], truncate[32];
    snprintf(mismatch, sizeof mismatch, "%.17g", v.mismatch);
    snprintf(truncate, sizeof truncate, "%.17g", v.truncate);
    const GenChip of = {
        v.net->chip->c.name,
        v.seed,
        v.k,
        {{"law", dpi_law_name(v.law)}, {"mismatch", mismatch}, {"truncate", truncate}},
        [](int, int16_t *, int) { return false; }};
    gen_of(v.view(), of, nb::str(path).c_str(),
           {events, nb::none(), random, corners, clips, ticks, expect, stages, net});
}

static nb::dict check_file(std::shared_ptr<DpiNet> net, nb::object vectors, int64_t k,
                           uint64_t seed, std::optional<std::string> law, double mismatch,
                           double truncate)
{
    auto v = make(net, k, seed, law, mismatch, truncate);
    return check_of(v->view(), nb::str(vectors).c_str());
}

void bind_dpi_virtual(nb::module_ &m)
{
    nb::class_<VirtualDpi>(
        m, "VirtualDpiChip",
        R"(Chip k of a DYNAP-SE2 net: every word drawn, a pure function of (chip, net, seed, k).

k = 0 is the nominal chip; predictions use 1..2^31-1, training what is above. Made by DpiNet.virtual.)")
        .def_prop_ro("k", [](const VirtualDpi &v) { return v.k; })
        .def_prop_ro("seed", [](const VirtualDpi &v) { return v.seed; })
        .def_prop_ro(
            "law", [](const VirtualDpi &v) { return dpi_law_name(v.law); },
            "Its arithmetic: compat or silicon.")
        .def_prop_ro(
            "hash", [](const VirtualDpi &v) { return hash_text(dpi_image_hash(v.image)); },
            "16 hexadecimal digits of all its words: image_hash of the program.")
        .def_prop_ro(
            "clamped", [](const VirtualDpi &v) { return v.clamped; },
            "Words that did not fit their format and were clamped.")
        .def_prop_ro(
            "possible", [](const VirtualDpi &v) { return v.sound; },
            "Whether every parameter is one that a circuit can have.")
        .def_prop_ro(
            "words",
            [](nb::handle self) {
                return words_of(nb::cast<const VirtualDpi &>(self).view(), self);
            },
            "A list of one dict: weight int32 (n_in + n, n), io, itau, theta, .. int64 (n), in "
            "LSB.")
        .def_prop_ro(
            "formats", [](const VirtualDpi &v) { return formats_of(v.view()); },
            "Name to (bits, fraction bits, signed) of weights, neurons' words and states: a word's "
            "real value is word / 2**fraction.")
        .def("run", &run, nb::arg("events"),
             R"(Runs events from rest, tick by tick, all states recorded: (spikes, states).

events    uint8, bool or int32 numbers of events, 0..255, (ticks, inputs), or (clips, ticks, inputs)
spikes    a list of one array, int32 (.., ticks, n), spikes of the tick
states    a list of one dict of int64 (.., ticks, n) words in LSB after the tick: isyn, iahp, imem, vmem, timer, .. as the
          law has them; c, the membrane's current before its reset)")
        .def("counts", &counts, nb::arg("events"),
             "Spikes of each neuron in each clip, int32 (clips, n), or (n) of one: the fast "
             "kernel, the same bits as run.")
        .def(
            "cosim",
            [](const VirtualDpi &v, nb::handle events, std::optional<std::string> build) {
                return cosim_of(v.view(), v.shown(events), build);
            },
            nb::arg("events"), nb::arg("build") = nb::none(), cosim_doc)
        .def("gen", &gen, nb::arg("path"), nb::arg("events") = nb::none(),
             nb::arg("random") = nb::none(), nb::arg("corners") = false, nb::arg("clips") = 1,
             nb::arg("ticks") = nb::none(), nb::arg("expect") = false, nb::arg("stages") = false,
             nb::arg("net") = "net", gen_doc)
        .def(
            "adequacy",
            [](const VirtualDpi &v, nb::object vectors) {
                return adequacy_of(v.view(), nb::str(vectors).c_str());
            },
            nb::arg("vectors"), adequacy_doc)
        .def("decide", &decide, nb::arg("counts"),
             "Class that the chip says, int32 (clips), of counts (clips, n): the neuron of a label "
             "that spikes most; len(labels): none does or two as often; one more: a chip that "
             "cannot exist.")
        .def("__repr__", [](const VirtualDpi &v) {
            return "<VirtualDpiChip " + std::to_string(v.k) + " of " + v.net->chip->c.name + " " +
                   hash_text(dpi_image_hash(v.image)) + ">";
        });
    method(m, "DpiNet", "virtual", &make, nb::arg("k") = 0, nb::arg("seed") = 1,
           nb::arg("law") = nb::none(), nb::arg("mismatch") = 1.0, nb::arg("truncate") = INFINITY,
           R"(The virtual chip k of this net: VirtualDpiChip.

law        compat or silicon; None: the net's own, else compat
mismatch   times the chip file's coefficients of variation, of circuits and weights
truncate   chips stay within so many standard deviations)");
    method(m, "DpiNet", "check", &check_file, nb::arg("vectors"), nb::arg("k") = 0,
           nb::arg("seed") = 1, nb::arg("law") = nb::none(), nb::arg("mismatch") = 1.0,
           nb::arg("truncate") = INFINITY, check_doc);
}
