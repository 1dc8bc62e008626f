// Step: the step of `spiketwin train` on arrays.
#include "spiketwin.h"

#include <mutex>

extern "C" {
#include "twin/train/train.h"
}

struct Step {
    std::shared_ptr<Net> net;
    struct train t = {}; // its net is the Net's own memory
    struct train_options o;
    struct batch *batch = nullptr;
    std::vector<float> m, v;
    int ticks, most;
    std::mutex one_call;
    ~Step() { batch_free(batch); }
};

static std::shared_ptr<Step> open(std::shared_ptr<Net> net, int ticks, int clips, double lr,
                                  int clips_per_chip, double logit_scale, double rate,
                                  double reset_grad)
{
    struct fail f = {};
    auto s = std::make_shared<Step>();
    net->ready();
    const struct image_shape &shape = net->n.shape;
    if (net->chip->c.kind != &lif_kind)
        refuse("%s: law %s, allowed lif", net->chip->c.name, net->chip->c.kind->name);
    if (ticks < 1 || clips < 1 || clips_per_chip < 1 || !(lr >= 0) || !(rate >= 0) ||
        !(reset_grad >= 0 && reset_grad <= 1))
        refuse("ticks, clips, clips_per_chip: allowed 1 and more; lr, rate: 0 and more; "
               "reset_grad: 0..1");
    train_defaults(&s->o);
    train_suit(&s->o, &net->chip->c);
    s->o.lr = s->o.lr_front = lr;
    struct batch_options o = {};
    o.backward.slope = (float)s->o.surrogate;
    o.backward.reset_grad = (float)reset_grad;
    for (int l = 0; l < shape.n_layers - 1; l++)
        o.backward.rate[l] = {LOSS_RATE_ABOVE, (float)rate, s->o.rate.target};
    o.logit_scale = (float)logit_scale;
    o.clips_per_chip = clips_per_chip;
    const int n_out = shape.layer[shape.n_layers - 1].n_out;
    o.population = net->n.labels.n ? n_out / net->n.labels.n : 1;
    s->net = net, s->ticks = ticks, s->most = clips;
    s->batch = batch_new(&net->chip->c, &shape, ticks, clips, &o, &f);
    if (!s->batch) throw Error(f.text);
    s->m.resize(net->n.n_values);
    s->v.resize(net->n.n_values);
    s->t.net = net->n;
    s->t.m = s->m.data(), s->t.v = s->v.data();
    return s;
}

using Events = nb::ndarray<const uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Labels = nb::ndarray<const int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

static void take_batch(const Step &s, const Events &x, const Labels &labels,
                       std::vector<struct batch_clip> &clips)
{
    const size_t n_in = (size_t)s.net->n.shape.layer[0].n_in;
    if (x.shape(1) != (size_t)s.ticks || x.shape(2) != n_in || x.shape(0) < 1 ||
        x.shape(0) > (size_t)s.most)
        refuse("events: (%zu, %zu, %zu), allowed (1..%d, %d, %zu)", x.shape(0), x.shape(1),
               x.shape(2), s.most, s.ticks, n_in);
    if (labels.shape(0) != x.shape(0))
        refuse("labels: %zu, allowed %zu, one a clip", labels.shape(0), x.shape(0));
    const struct net &n = s.net->n;
    const int n_out = n.shape.layer[n.shape.n_layers - 1].n_out;
    const int classes = n.labels.n ? n.labels.n : n_out;
    for (size_t i = 0; i < x.shape(0); i++) {
        struct batch_clip clip = {};
        clip.clip = (int)i, clip.label = labels.data()[i];
        if (clip.label < 0 || clip.label >= classes)
            refuse("labels: clip %zu: %d, allowed 0..%d", i, clip.label, classes - 1);
        clips.push_back(clip);
    }
}

static nb::dict result_of(const struct batch_result &r)
{
    nb::dict all;
    all["loss"] = r.loss;
    all["rate_loss"] = r.rate_loss;
    all["correct"] = r.correct;
    all["rate"] = r.rate;
    all["clamped"] = r.clamped;
    return all;
}

static nb::tuple gradient(Step &s, Events x, Labels labels, int64_t k, uint64_t seed)
{
    std::vector<struct batch_clip> clips;
    take_batch(s, x, labels, clips);
    if (k < 0 || k > UINT32_MAX) refuse("k: %lld, allowed 0..%u", (long long)k, UINT32_MAX);
    Owned<float> g(static_cast<float *>(lines((s.net->n.n_values + 1) * sizeof(float))));
    struct batch_result r;
    {
        nb::gil_scoped_release free_now;
        std::lock_guard<std::mutex> mine(s.one_call);
        r = batch_gradient(s.batch, &s.net->n, nullptr, x.data(), clips.data(), (int)clips.size(),
                           seed, (uint32_t)k, g.get());
    }
    return nb::make_tuple(result_of(r), array(g.release(), {s.net->n.n_values}));
}

static nb::dict step(Step &s, Events x, Labels labels, int64_t k, uint64_t seed, double factor)
{
    std::vector<struct batch_clip> clips;
    take_batch(s, x, labels, clips);
    if (k < 0 || k > UINT32_MAX) refuse("k: %lld, allowed 0..%u", (long long)k, UINT32_MAX);
    std::vector<float> g(s.net->n.n_values);
    struct batch_result r;
    {
        nb::gil_scoped_release free_now;
        std::lock_guard<std::mutex> mine(s.one_call);
        r = batch_gradient(s.batch, &s.net->n, nullptr, x.data(), clips.data(), (int)clips.size(),
                           seed, (uint32_t)k, g.data());
        train_update(&s.t, &s.net->chip->c, &s.o, g.data(), factor);
    }
    return result_of(r);
}

void bind_step(nb::module_ &m)
{
    nb::class_<Step>(
        m, "Step",
        R"(The step of `spiketwin train` on arrays: forward, backward and Adam in one call.

ticks, clips     of a clip; of a batch at most
lr               thresholds a step
clips_per_chip   a freshly drawn chip every so many clips
logit_scale      logits of the cross-entropy = scale · output spikes
rate             weight of the loss of hidden neurons that fire above a tenth of the ticks (0: none)
reset_grad       1: through the reset, 0: not)")
        .def(nb::new_(&open), nb::arg("net"), nb::arg("ticks"), nb::arg("clips"),
             nb::arg("lr") = 3e-3, nb::arg("clips_per_chip") = 4, nb::arg("logit_scale") = 0.2,
             nb::arg("rate") = 0.0, nb::arg("reset_grad") = 1.0)
        .def("gradient", &gradient, nb::arg("events"), nb::arg("labels"), nb::arg("k"),
             nb::arg("seed") = 1,
             "(what came of it, float32 (n_values)): the gradient of the mean loss on chips k, k + "
             "1, .. of the "
             "words uint8 (clips, ticks, inputs) and int32 labels.")
        .def("__call__", &step, nb::arg("events"), nb::arg("labels"), nb::arg("k"),
             nb::arg("seed") = 1, nb::arg("factor") = 1.0,
             "A step with `factor` times the learning rate: what came of the batch (loss, correct, "
             "rate, ..).");
}
