// Through: batches through the virtual chips of a net and back, for the graphs of other frameworks.
#include "spiketwin.h"

#include <mutex>

extern "C" {
#include "twin/train/through.h"
#include "twin/train/train.h"
}

struct Through {
    std::shared_ptr<Net> net;
    struct through *t = nullptr;
    int n_ticks;
    std::mutex one_call;              // workspaces serve one at a time
    std::vector<struct tape *> spare; // of batches that are over
    ~Through()
    {
        for (struct tape *y : spare)
            tape_free(y);
        through_free(t);
    }
    size_t n_in() const { return (size_t)net->n.shape.layer[0].n_in; }
    size_t n_out() const { return (size_t)net->n.layer[net->n.shape.n_layers - 1].n_out; }
};

// What a batch left behind, until it goes back.
struct Tape {
    std::shared_ptr<Through> of;
    struct tape *y = nullptr;
    size_t n_clips = 0;
    int64_t rounded = 0, clamped = 0;
    nb::object shown; // the words of the batch, as long as they are needed
    ~Tape()
    {
        if (y) of->spare.push_back(y);
    }
};

// One with room, of what is spare, or a new one.
static void take(Tape &tape, size_t n_clips)
{
    struct fail f = {};
    Through &of = *tape.of;
    while (!of.spare.empty() && !tape.y) {
        struct tape *y = of.spare.back();
        of.spare.pop_back();
        if ((size_t)tape_clips(y) >= n_clips)
            tape.y = y;
        else
            tape_free(y);
    }
    if (!tape.y) tape.y = tape_new(of.t, (int)n_clips, &f);
    if (!tape.y) throw Error(f.text);
}

static std::shared_ptr<Through> open(std::shared_ptr<Net> net, int ticks, int clips_per_chip,
                                     std::optional<double> surrogate, double reset_grad,
                                     bool neurons, bool jitter)
{
    struct fail f = {};
    struct train_options o;
    train_defaults(&o);
    train_suit(&o, &net->chip->c);
    auto of = std::make_shared<Through>();
    struct through_options to = {};
    to.backward.slope = (float)surrogate.value_or(o.surrogate);
    to.backward.reset_grad = (float)reset_grad;
    to.backward.neuron_gradients = neurons;
    to.clips_per_chip = clips_per_chip;
    to.jitter = jitter;
    if (!(to.backward.slope >= 0 && to.backward.slope <= 1000))
        refuse("surrogate: %g, allowed 0..1000", *surrogate);
    if (!(reset_grad >= 0 && reset_grad <= 1)) refuse("reset_grad: %g, allowed 0..1", reset_grad);
    net->ready();
    of->net = net, of->n_ticks = ticks;
    of->t = through_new(&net->chip->c, &net->n.shape, ticks, &to, &f);
    if (!of->t) throw Error(f.text);
    return of;
}

// Counts and spikes come back as arrays; what was not wanted is None.
static nb::tuple forward(std::shared_ptr<Through> of, nb::handle events, int64_t k, uint64_t seed,
                         bool want_counts, bool want_spikes)
{
    struct fail f = {};
    auto tape = std::make_shared<Tape>();
    nb::ndarray<nb::ro, nb::ndim<3>, nb::c_contig, nb::device::cpu> x;
    tape->of = of;
    tape->shown = nb::borrow(events);
    if (!nb::try_cast(tape->shown, x)) // in pieces
        tape->shown = nb::module_::import_("numpy").attr("ascontiguousarray")(events);
    if (!x.is_valid() && !nb::try_cast(tape->shown, x))
        refuse("events: allowed an array (clips, ticks, inputs)");
    const bool word = x.dtype() == nb::dtype<uint8_t>() || x.dtype() == nb::dtype<bool>();
    if (!word && x.dtype() != nb::dtype<float>())
        refuse("events: allowed uint8 or bool, input words (Chip.input), or float32, real values");
    if (x.shape(1) != (size_t)of->n_ticks || x.shape(2) != of->n_in())
        refuse("events: (%zu, %zu, %zu), allowed (clips, %d, %zu)", x.shape(0), x.shape(1),
               x.shape(2), of->n_ticks, of->n_in());
    if (x.shape(0) < 1 || x.shape(0) > 1000000)
        refuse("events: %zu clips, allowed 1..1000000", x.shape(0));
    if (k < 0 || k > UINT32_MAX) refuse("k: %lld, allowed 0..%u", (long long)k, UINT32_MAX);
    const size_t n = tape->n_clips = x.shape(0), ticks = x.shape(1), n_out = of->n_out();
    struct through_in in = {};
    struct through_out out = {};
    Owned<float> counts, spikes;
    if (word)
        in.word = static_cast<const uint8_t *>(x.data());
    else
        in.real = static_cast<const float *>(x.data());
    if (want_counts) counts.reset(static_cast<float *>(malloc(n * n_out * sizeof(float))));
    if (want_spikes) spikes.reset(static_cast<float *>(malloc(n * ticks * n_out * sizeof(float))));
    if ((want_counts && !counts) || (want_spikes && !spikes)) throw std::bad_alloc();
    out.count = counts.get(), out.spikes = spikes.get();
    int bad;
    take(*tape, n);
    {
        nb::gil_scoped_release free_now;
        std::lock_guard<std::mutex> mine(of->one_call);
        bad =
            through_forward(of->t, tape->y, &of->net->n, &in, (int)n, seed, (uint32_t)k, &out, &f);
    }
    check(bad, f);
    tape->rounded = in.rounded, tape->clamped = out.clamped;
    if (!word) tape->shown = nb::none();
    nb::object none = nb::none();
    nb::object c = want_counts ? nb::cast(array(counts.release(), {n, n_out})) : none;
    nb::object z = want_spikes ? nb::cast(array(spikes.release(), {n, ticks, n_out})) : none;
    return nb::make_tuple(c, z, tape);
}

using Gradient = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;

static const float *gradient(const std::optional<Gradient> &g, std::initializer_list<size_t> shape,
                             const char *what)
{
    if (!g) return nullptr;
    size_t i = 0;
    bool is = g->ndim() == shape.size();
    for (size_t size : shape)
        is = is && g->shape(i++) == size;
    if (!is) refuse("%s: of another shape than what went forward", what);
    return g->data();
}

static nb::tuple back(Tape &tape, std::optional<Gradient> counts, std::optional<Gradient> spikes,
                      bool want_inputs)
{
    struct fail f = {};
    Through &of = *tape.of;
    const size_t n = tape.n_clips, ticks = (size_t)of.n_ticks, n_in = of.n_in();
    const float *gcount = gradient(counts, {n, of.n_out()}, "counts");
    const float *gz = gradient(spikes, {n, ticks, of.n_out()}, "spikes");
    Owned<float> g(static_cast<float *>(malloc((of.net->n.n_values + 1) * sizeof(float))));
    Owned<float> gx(want_inputs ? static_cast<float *>(malloc(n * ticks * n_in * sizeof(float)))
                                : nullptr);
    if (!g || (want_inputs && !gx)) throw std::bad_alloc();
    int bad;
    {
        nb::gil_scoped_release free_now;
        std::lock_guard<std::mutex> mine(of.one_call);
        bad = through_back(of.t, tape.y, &of.net->n, gcount, gz, g.get(), gx.get(), &f);
    }
    check(bad, f);
    nb::object values = nb::cast(array(g.release(), {of.net->n.n_values}));
    nb::object inputs = nb::none();
    if (want_inputs) inputs = nb::cast(array(gx.release(), {n, ticks, n_in}));
    return nb::make_tuple(values, inputs);
}

void bind_through(nb::module_ &m)
{
    m.attr("TRAINING") = (uint32_t)VIRTUAL_CHIP_TRAINING;
    nb::class_<Tape>(m, "Tape", "What a batch left behind on its way forward (Through.forward).")
        .def(
            "back", &back, nb::arg("counts") = nb::none(), nb::arg("spikes") = nb::none(),
            nb::arg("inputs") = false,
            R"(The way back: (gradient of Net.values, gradient of the events or None), of the clips' sum.

counts: float32 (clips, n_out), dL/d counts; spikes: float32 (clips, ticks, n_out). May be asked again.)")
        .def_prop_ro(
            "rounded", [](const Tape &y) { return y.rounded; },
            "Real values that were no input words: the nearest were taken.")
        .def_prop_ro(
            "clamped", [](const Tape &y) { return y.clamped; },
            "Words of the chips that did not fit their format and were clamped.");
    nb::class_<Through>(
        m, "Through",
        R"(Batches through virtual chips of a net and back: what the layers of torch and JAX stand on.

ticks            of a clip
clips_per_chip   a chip every so many clips; 0: one for the whole batch
surrogate        steepness of dz/dc (None: that of `spiketwin train`); reset_grad 1: through the reset
neurons          gradients of thresholds, leaks, biases, decays and gains too
jitter           each chip's clock jitters, as its file says (on the leak)

Forward is the integer kernel of the chips; back is that of `spiketwin train` (docs/numerics.md, "Backward"): the
same bits as its step for any number of threads.)")
        .def(nb::new_(&open), nb::arg("net"), nb::arg("ticks"), nb::arg("clips_per_chip") = 0,
             nb::arg("surrogate") = nb::none(), nb::arg("reset_grad") = 1.0,
             nb::arg("neurons") = false, nb::arg("jitter") = true)
        .def(
            "forward", &forward, nb::arg("events"), nb::arg("k"), nb::arg("seed") = 1,
            nb::arg("counts") = true, nb::arg("spikes") = false,
            R"((counts or None, spikes or None, Tape) of chips k, k + 1, ..; k = 0 is the nominal chip.

events   uint8 or bool input words, no copy (they must stay as they are until the way back), or float32 real
         values, (clips, ticks, inputs); counts float32 (clips, n_out); spikes float32 (clips, ticks, n_out))");
}
