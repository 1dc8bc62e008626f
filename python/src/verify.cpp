// What holds a net and others' devices against the model: drc, gen, check; and quantise.
#include "law.h"

extern "C" {
#include "twin/dynapse2/dpi_quantise.h"
#include "twin/net/project.h"
#include "twin/net/quantise.h"
#include "twin/net/rules.h"
}

struct Report : rules_report {
    Report() : rules_report() {}
    ~Report() { rules_fini(this); }
};

static nb::list placement_of(const Net &net, const struct placement &p)
{
    nb::list all;
    for (int l = 0; p.n_cores && l < net.n.shape.n_layers; l++) {
        nb::dict one, cores;
        one["layer"] = l;
        one["front_end"] = placement_in_front(&net.n.shape, l);
        for (int k = 0; k < p.n_cores; k++)
            if (p.neurons[l][k]) cores[nb::int_(k)] = p.neurons[l][k];
        one["cores"] = cores;
        all.append(one);
    }
    return all;
}

static nb::dict drc(Net &net, bool masters)
{
    struct fail f = {};
    Report r;
    const struct chip *c = &net.chip->c;
    std::vector<int16_t> codes[IMAGE_MAX_LAYERS];
    int16_t *code[IMAGE_MAX_LAYERS] = {};
    if (!chip_runs(c))
        refuse("%s: its file ends after the law: there is nothing to check a net against", c->name);
    for (int l = 0; !masters && l < net.n.shape.n_layers; l++) {
        struct quantised q = {};
        codes[l].resize((size_t)net.n.layer[l].n_source * (size_t)net.n.layer[l].n_out);
        q.code = code[l] = codes[l].data();
        quantise_layer(c, &net.n, l, &q);
    }
    check(rules_check(&r, c, &net.n, masters ? nullptr : code, masters, &f), f);
    nb::dict said, broken, messages;
    nb::list offences;
    for (int i = 0; i < RULES; i++) {
        broken[rules_names[i]] = r.count[i];
        if (*r.text[i]) messages[rules_names[i]] = r.text[i];
    }
    for (size_t k = 0; k < r.n_offences; k++) {
        const struct rules_offence &o = r.offence[k];
        nb::dict one;
        nb::list rules;
        one["what"] = o.what;
        one["layer"] = o.layer;
        if (o.source >= 0) one["source"] = o.source;
        one["neuron"] = o.neuron;
        one["value"] = o.value;
        one["legal"] = o.legal;
        for (int i = 0; i < RULES; i++)
            if (o.broken[i]) rules.append(rules_names[i]);
        one["rules"] = rules;
        offences.append(one);
    }
    said["passes"] = rules_pass(&r);
    said["checked"] = r.stored ? "codes" : "real values";
    said["weights"] = r.n_weights;
    said["broken"] = broken;
    said["messages"] = messages;
    said["placement"] = placement_of(net, r.placement);
    said["offences"] = offences;
    return said;
}

static std::shared_ptr<Net> legal(const Net &from)
{
    struct fail f = {};
    auto net = std::make_shared<Net>();
    check(project_legal(&net->n, &from.chip->c, &from.n, &f), f);
    net->give(from.chip);
    net->notes = from.notes;
    return net;
}

struct Image {
    struct image *im;
    Image(Net &net, int64_t k, uint64_t seed)
    {
        if (k < 0 || k > INT32_MAX) refuse("k: %lld, allowed 0..%d", (long long)k, INT32_MAX);
        net.ready();
        im = virtual_chip_new(&net.chip->c, &net.n.shape);
        if (!im) throw std::bad_alloc();
        virtual_chip_make(im, &net.chip->c, &net.n, seed, (uint32_t)k, nullptr);
    }
    ~Image() { virtual_chip_free(im); }
};

static nb::dict check_file(Net &net, nb::object vectors, int64_t k, uint64_t seed)
{
    Image image(net, k, seed);
    return check_of(law_image_of(image.im), nb::str(vectors).c_str());
}

static nb::dict
quantise(nb::ndarray<const double, nb::c_contig, nb::device::cpu> weights,
         std::optional<nb::ndarray<const double, nb::c_contig, nb::device::cpu>> importance,
         int starts, int64_t boxes, uint64_t seed)
{
    struct fail f = {};
    struct dpi_quantised q = {};
    if (starts < 1 || starts > 1000000) refuse("starts: %d, allowed 1..1000000", starts);
    if (boxes < 0 || boxes > 1000000000000)
        refuse("boxes: %lld, allowed 0..1000000000000", (long long)boxes);
    if (weights.ndim() < 1 || weights.ndim() > 2)
        refuse("weights: %zu dimensions, allowed 1, 2", weights.ndim());
    bool alike = !importance || importance->ndim() == weights.ndim();
    for (size_t i = 0; alike && importance && i < weights.ndim(); i++)
        alike = importance->shape(i) == weights.shape(i);
    if (!alike) refuse("importance: allowed of the shape of the weights");
    struct dpi_quantise_options o = {starts, seed, (long)boxes,
                                     importance ? importance->data() : nullptr};
    int bad;
    {
        nb::gil_scoped_release free_now;
        bad = dpi_quantise(&q, weights.data(), weights.size(), &o, &f);
    }
    check(bad, f);
    double *base = static_cast<double *>(lines(DPI_BASES * sizeof(double)));
    int8_t *mask = static_cast<int8_t *>(lines(weights.size()));
    std::copy(q.base, q.base + DPI_BASES, base);
    for (size_t i = 0; i < weights.size(); i++) {
        const double w = weights.data()[i];
        const int m = (int)dpi_nearest_mask(q.base, w < 0 ? -w : w);
        mask[i] = (int8_t)(w < 0 ? -m : m);
    }
    nb::dict said;
    said["base_currents"] = array(base, {DPI_BASES});
    said["masks"] = weights.ndim() == 1
                        ? nb::cast(array(mask, {weights.shape(0)}))
                        : nb::cast(array(mask, {weights.shape(0), weights.shape(1)}));
    said["weights"] = q.n;
    said["rms"] = q.rms;
    said["worst"] = q.worst;
    said["proved"] = q.proved;
    said["boxes"] = q.boxes;
    return said;
}

void bind_verify(nb::module_ &m)
{
    method(m, "Net", "drc", &drc, nb::arg("masters") = false,
           R"(Whether its chip can hold this net, as `spiketwin drc`: a dict.

masters   check the real-valued weights too, not the codes that save() stores

passes; checked; weights (how many); broken, how many values break each rule; messages, of the rules of its shape; placement,
the cores of each layer; offences, a dict each: what, layer, source, neuron, value and legal, the nearest that breaks none
(weight or membrane units), rules.)");
    method(m, "Net", "legal", &legal,
           "The nearest net that its chip can hold, as --fix of `spiketwin drc`; rules of the "
           "shape it does not mend.");
    method(m, "Net", "check", &check_file, nb::arg("vectors"), nb::arg("k") = 0,
           nb::arg("seed") = 1, check_doc);
    m.def(
        "quantise", &quantise, nb::arg("weights"), nb::arg("importance") = nb::none(),
        nb::arg("starts") = dpi_quantise_default.starts,
        nb::arg("boxes") = dpi_quantise_default.boxes, nb::arg("seed") = 1,
        R"(Four base currents for the weights of a DYNAP-SE2 core, as `spiketwin quantise`: a dict.

weights      float64 (n) or (n, m), any sign, any unit
importance   of the same shape: how much an error of each counts
starts       of alternating least squares; boxes: the proof is given up after so many, 0: it is not tried

base_currents float64 (4), ascending, in the weights' unit; masks int8 as weights, a bit a base current, below 0: inhibition;
weights (that are not 0), rms, worst, proved (no others are nearer), boxes.)");
}
