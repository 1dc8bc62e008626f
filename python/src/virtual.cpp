// VirtualChip: chip k of a net, its words, and what it does.
#include "law.h"
#include "shown.h"
#include "vectors.h"

#include <cstring>
#include <omp.h>

extern "C" {
#include "model/laws/engine.h"
#include "model/lif/network.h"
#include "twin/predict/decision.h"
}

struct Virtual {
    std::shared_ptr<Net> net;
    struct image *image = nullptr;
    uint64_t seed;
    uint32_t k;
    int64_t clamped = 0;
    ~Virtual() { virtual_chip_free(image); }
    int last() const { return image->n_layers - 1; }
    struct law_image view() const { return law_image_of(image); }
};

static std::shared_ptr<Virtual> make(std::shared_ptr<Net> net, int64_t k, uint64_t seed)
{
    if (k < 0 || k > UINT32_MAX) refuse("k: %lld, allowed 0..%u", (long long)k, UINT32_MAX);
    net->ready(); // its arrays may have been written into
    auto v = std::make_shared<Virtual>();
    struct virtual_chip_note note = {};
    v->net = net, v->seed = seed, v->k = (uint32_t)k;
    v->image = virtual_chip_new(&net->chip->c, &net->n.shape);
    if (!v->image) throw std::bad_alloc();
    {
        nb::gil_scoped_release free_now;
        virtual_chip_make(v->image, &net->chip->c, &net->n, seed, v->k, &note);
    }
    v->clamped = note.clamped;
    return v;
}

// One engine a thread, over the clips.
static void over_clips(const Virtual &v, const struct engine *e, const Shown &s,
                       struct trace (*of)(const void *context, size_t clip), const void *context,
                       Interrupt &interrupt)
{
    bool no_memory = false;
    const int at_once = e == recorder_of(v.image->kind) ? 1 : ENGINE_STIMULI;
    const long groups = (long)((s.clips + (size_t)at_once - 1) / (size_t)at_once);
#pragma omp parallel reduction(|| : no_memory)
    {
        void *memory = aligned_alloc(64, e->size(v.image));
        if (memory) e->init(memory, v.image);
        no_memory = !memory;
#pragma omp for schedule(dynamic, 1)
        for (long g = 0; g < groups; g++) {
            struct stimulus x[ENGINE_STIMULI];
            struct trace t[ENGINE_STIMULI];
            size_t first = (size_t)g * (size_t)at_once;
            int n = 0;
            for (; n < at_once && first + (size_t)n < s.clips; n++) {
                x[n] = s.clip(first + (size_t)n);
                t[n] = of(context, first + (size_t)n);
            }
            if (memory && !interrupt.stopped()) e->run(memory, n, x, t);
        }
        free(memory);
    }
    if (no_memory) throw std::bad_alloc();
}

static const char *const state_names[] = {"c", "v", "u", "u2", "r"};
enum { STATES = sizeof state_names / sizeof *state_names };

// Room for all that happens in all clips; blocks are handed to NumPy.
struct Record {
    struct Block {
        Owned<uint64_t> z;
        Owned<int32_t> n, state[STATES];
        size_t stride, z_words, n_out;
    } layer[IMAGE_MAX_LAYERS];
    Owned<int32_t> count;
    size_t ticks, n_out;
    int n_layers;

    struct trace clip(size_t i) const
    {
        struct trace t = {};
        t.count = count.get() + i * n_out;
        for (int l = 0; l < n_layers; l++) {
            const Block &b = layer[l];
            struct trace_layer &y = t.layer[l];
            int32_t **const to[STATES] = {&y.c, &y.v, &y.u, &y.u2, &y.r};
            y.stride = (int)b.stride;
            y.z = b.z.get() + i * ticks * b.z_words;
            y.n = b.n.get() + i * ticks * b.stride;
            for (int k = 0; k < STATES; k++)
                if (b.state[k]) *to[k] = b.state[k].get() + i * ticks * b.stride;
        }
        return t;
    }
};

static bool has_state(const struct image *im, const char *name)
{
    if (!strcmp(name, "c")) return true;
    for (int w = im->kind->first_state; w < im->kind->n_words; w++)
        if (!strcmp(im->kind->word[w].name, name))
            return im->kind->word[w].range(im->params).bits > 0;
    return false;
}

static nb::object shaped(Owned<int32_t> &from, const Shown &s, size_t stride, size_t n_out)
{
    const int64_t row = (int64_t)stride, clip = (int64_t)(s.ticks * stride);
    if (s.one) return nb::cast(array(from.release(), {s.ticks, n_out}, {row, 1}));
    return nb::cast(array(from.release(), {s.clips, s.ticks, n_out}, {clip, row, 1}));
}

static nb::tuple run(const Virtual &v, nb::handle events, nb::handle jitter)
{
    const struct image *im = v.image;
    Shown s = shown(v.view(), v.net->chip->c.name, events, jitter);
    Record r;
    r.ticks = s.ticks, r.n_layers = im->n_layers, r.n_out = (size_t)im->layer[v.last()].n_out;
    r.count.reset(static_cast<int32_t *>(lines((s.clips + 1) * r.n_out * sizeof(int32_t))));
    for (int l = 0; l < im->n_layers; l++) {
        Record::Block &b = r.layer[l];
        b.n_out = (size_t)im->layer[l].n_out;
        b.stride = (size_t)network_padded(im->layer[l].n_out);
        b.z_words = (size_t)trace_spike_words(im->layer[l].n_out);
        const size_t bytes = s.clips * s.ticks * b.stride * sizeof(int32_t);
        b.z.reset(static_cast<uint64_t *>(lines(s.clips * s.ticks * b.z_words * sizeof(uint64_t))));
        b.n.reset(static_cast<int32_t *>(lines(bytes)));
        for (int k = 0; k < STATES; k++)
            if (has_state(im, state_names[k]))
                b.state[k].reset(static_cast<int32_t *>(lines(bytes)));
    }
    Interrupt interrupt;
    {
        nb::gil_scoped_release free_now;
        over_clips(
            v, recorder_of(im->kind), s,
            [](const void *context, size_t i) {
                return static_cast<const Record *>(context)->clip(i);
            },
            &r, interrupt);
    }
    interrupt.rethrow();
    nb::list spikes, states;
    for (int l = 0; l < im->n_layers; l++) {
        Record::Block &b = r.layer[l];
        nb::dict all;
        spikes.append(shaped(b.n, s, b.stride, b.n_out));
        for (int k = 0; k < STATES; k++)
            if (b.state[k]) all[state_names[k]] = shaped(b.state[k], s, b.stride, b.n_out);
        states.append(all);
    }
    return nb::make_tuple(spikes, states);
}

static nb::ndarray<nb::numpy, int32_t> counts(const Virtual &v, nb::handle events,
                                              nb::handle jitter)
{
    Shown s = shown(v.view(), v.net->chip->c.name, events, jitter);
    struct Counts {
        Owned<int32_t> count;
        size_t n_out;
    } r;
    r.n_out = (size_t)v.image->layer[v.last()].n_out;
    r.count.reset(static_cast<int32_t *>(lines((s.clips + 1) * r.n_out * sizeof(int32_t))));
    Interrupt interrupt;
    {
        nb::gil_scoped_release free_now;
        over_clips(
            v, engine_of(v.image->kind), s,
            [](const void *context, size_t i) {
                const Counts *of = static_cast<const Counts *>(context);
                struct trace t = {};
                t.count = of->count.get() + i * of->n_out;
                return t;
            },
            &r, interrupt);
    }
    interrupt.rethrow();
    if (s.one) return array(r.count.release(), {r.n_out});
    return array(r.count.release(), {s.clips, r.n_out});
}

static nb::ndarray<nb::numpy, int32_t>
decide(const Virtual &v,
       nb::ndarray<const int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu> count)
{
    const size_t n_out = (size_t)v.image->layer[v.last()].n_out;
    if (count.shape(1) != n_out)
        refuse("counts: %zu outputs, the net has %zu", count.shape(1), n_out);
    int32_t *said = static_cast<int32_t *>(lines((count.shape(0) + 1) * sizeof(int32_t)));
    for (size_t i = 0; i < count.shape(0); i++)
        said[i] = decision_class(decision_of(&v.net->n, count.data() + i * n_out));
    return array(said, {count.shape(0)});
}

static nb::ndarray<nb::numpy, int16_t> jitter_of(const Virtual &v, uint64_t clip, int ticks)
{
    if (ticks < 1) refuse("ticks: %d, allowed 1 and more", ticks);
    int16_t *j = static_cast<int16_t *>(lines((size_t)ticks * sizeof(int16_t)));
    virtual_chip_jitter(&v.net->chip->c, v.seed, v.k, clip, j, ticks);
    return array(j, {(size_t)ticks});
}

static nb::dict cosim(const Virtual &v, nb::handle events, nb::handle jitter,
                      std::optional<std::string> build)
{
    return cosim_of(v.view(), shown(v.view(), v.net->chip->c.name, events, jitter), build);
}

static void gen(const Virtual &v, nb::object path, nb::object events, nb::object jitter,
                std::optional<uint64_t> random, bool corners, int clips, std::optional<int> ticks,
                bool expect, bool stages, const std::string &net)
{
    const struct chip *c = &v.net->chip->c;
    const GenChip of = {c->name, v.seed, v.k, {}, [&](int clip, int16_t *j, int n) {
                            virtual_chip_jitter(c, v.seed, v.k, (uint64_t)clip, j, n);
                            return c->jitter.acts_leak;
                        }};
    gen_of(v.view(), of, nb::str(path).c_str(),
           {events, jitter, random, corners, clips, ticks, expect, stages, net});
}

static nb::list words(nb::handle self)
{
    return words_of(nb::cast<const Virtual &>(self).view(), self);
}

void bind_virtual(nb::module_ &m)
{
    nb::class_<Virtual>(
        m, "VirtualChip",
        R"(Chip k of a net: every word drawn, a pure function of (chip, net, seed, k).

k = 0 is the nominal chip; predictions use 1..2^31-1, training what is above. Made by Net.virtual.)")
        .def_prop_ro("k", [](const Virtual &v) { return v.k; })
        .def_prop_ro("seed", [](const Virtual &v) { return v.seed; })
        .def_prop_ro(
            "hash", [](const Virtual &v) { return hash_text(image_hash(v.image)); },
            "16 hexadecimal digits of all its words: image_hash of the program.")
        .def_prop_ro(
            "clamped", [](const Virtual &v) { return v.clamped; },
            "Words that did not fit their format and were clamped.")
        .def_prop_ro("words", &words,
                     "A dict a layer: weight int16 (n_rows, n_out), lambda, theta, .. int64 "
                     "(n_out), in LSB.")
        .def_prop_ro(
            "formats", [](const Virtual &v) { return formats_of(v.view()); },
            "Name to (bits, fraction bits, signed) of weights, neurons' words and states: a word's "
            "real value is word / 2**fraction.")
        .def("run", &run, nb::arg("events"), nb::arg("jitter") = nb::none(),
             R"(Runs events from rest, tick by tick, all states recorded: (spikes, states).

events    uint8, bool or int32 input words (Chip.input), (ticks, inputs), or (clips, ticks, inputs); no copy
          of what lies in one piece
jitter    int16, Q1.15 of a tick, (ticks) or (clips, ticks); None: an even clock (VirtualChip.jitter)
spikes    a layer each: int32 (.., ticks, n_out), spikes of the tick
states    a layer each, a dict of int32 (.., ticks, n_out) words in LSB: v, and u, u2, r where the law has
          them, after the tick; c, the membrane before its reset)")
        .def("counts", &counts, nb::arg("events"), nb::arg("jitter") = nb::none(),
             "Output spikes of each clip, int32 (clips, n_out), or (n_out) of one: the fast "
             "kernel, the same "
             "bits as run.")
        .def("cosim", &cosim, nb::arg("events"), nb::arg("jitter") = nb::none(),
             nb::arg("build") = nb::none(), cosim_doc)
        .def("gen", &gen, nb::arg("path"), nb::arg("events") = nb::none(),
             nb::arg("jitter") = nb::none(), nb::arg("random") = nb::none(),
             nb::arg("corners") = false, nb::arg("clips") = 1, nb::arg("ticks") = nb::none(),
             nb::arg("expect") = false, nb::arg("stages") = false, nb::arg("net") = "net", gen_doc)
        .def(
            "adequacy",
            [](const Virtual &v, nb::object vectors) {
                return adequacy_of(v.view(), nb::str(vectors).c_str());
            },
            nb::arg("vectors"), adequacy_doc)
        .def("decide", &decide, nb::arg("counts"),
             "Class that the chip says, int32 (clips), of counts (clips, n_out): most spikes, of "
             "equals the "
             "first.")
        .def("jitter", &jitter_of, nb::arg("clip"), nb::arg("ticks"),
             "Its clock's jitter in the clip of an id: int16 (ticks), Q1.15 of a tick.")
        .def("__repr__", [](const Virtual &v) {
            return "<VirtualChip " + std::to_string(v.k) + " of " + v.net->chip->c.name + " " +
                   hash_text(image_hash(v.image)) + ">";
        });
    method(m, "Net", "virtual", &make, nb::arg("k") = 0, nb::arg("seed") = 1,
           "The virtual chip k of this net: VirtualChip.");
}
