// Net: master weights, with the chip that they are for.
#include "dpi.h"

#include <algorithm>
#include <cmath>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include "twin/chip/physics.h"
#include "twin/net/net_draw.h"
#include "twin/net/rules.h"
#include "twin/nir/import.h"
#include "twin/nir/own.h"
}

std::shared_ptr<Chip> chip_of_text(const std::string &text, const std::string &name,
                                   const nb::dict &set);

const char *value_name(const struct chip &c, int value)
{
    return physics_of(c.kind)->value[value].name;
}

void Net::ready()
{
    struct fail f = {};
    check(virtual_chip_check(&chip->c, &n, &f), f);
}

void Net::give(const std::shared_ptr<Chip> &to)
{
    struct fail f = {};
    chip = to;
    check(net_keep_chip(&n, chip->file.c_str(), &f), f);
    snprintf(n.chip, sizeof n.chip, "%s", chip->c.name);
    n.chip_hash = chip_hash(&chip->c);
}

std::string net_path(nb::handle where)
{
    struct stat st;
    const std::string path = nb::str(where).c_str();
    if (stat(path.c_str(), &st) || !S_ISDIR(st.st_mode)) return path;
    for (const char *name : {"/net.nir", "/net.h5"})
        if (!access((path + name).c_str(), F_OK)) return path + name;
    refuse("%s: a folder without net.nir or net.h5: no run that ended", path.c_str());
}

static std::shared_ptr<Net> load_lif(const std::string &path, std::shared_ptr<Chip> chip,
                                     const nb::dict &set)
{
    struct fail f = {};
    auto net = std::make_shared<Net>();
    check(net_load(&net->n, path.c_str(), &f), f);
    const std::string name = path + ": /spiketwin/chip_file";
    if (!net->n.chip_file && !chip)
        refuse("%s: an older net, with no more of its chip than the name %s: say chip=Chip(..)",
               path.c_str(), net->n.chip);
    if (!net->n.chip_file) {
        net->give(chip);
    } else {
        std::shared_ptr<Chip> own = chip_of_text(net->n.chip_file, name, nb::dict());
        const std::string hash = hash_text(chip_hash(&own->c));
        if (chip && hash != hash_text(chip_hash(&chip->c)))
            warn(path + ": made for chip " + own->c.name + " (" + hash + "), chip is another: " +
                 chip->c.name + " (" + hash_text(chip_hash(&chip->c)) + "), and is used");
        if (!chip) chip = set.size() ? chip_of_text(net->n.chip_file, name, set) : own;
        net->give(chip);
    }
    if (set.size() && net->chip != chip) refuse("set goes with the net's own chip");
    net->ready();
    return net;
}

// Of a DYNAP-SE2 it is a DpiNet.
static nb::object load(nb::object where, nb::object chip, const nb::dict &set)
{
    const std::string path = net_path(where);
    std::shared_ptr<DpiChip> dpi;
    std::shared_ptr<Chip> lif;
    const bool is = is_dpi_net(path);
    if (!chip.is_none() && !(is ? nb::try_cast(chip, dpi) : nb::try_cast(chip, lif)))
        refuse("%s: chip: allowed a %s, which the net is for", path.c_str(),
               is ? "DpiChip" : "Chip");
    if (is) return nb::cast(dpi_load(path, dpi, set));
    return nb::cast(load_lif(path, lif, set));
}

static void save(Net &net, nb::object path)
{
    struct fail f = {};
    check(net_save(&net.n, &net.chip->c, nb::str(path).c_str(), &f), f);
}

// Labels of outputs, each or so many neurons to a label.
static void label(struct net &n, const std::vector<std::string> &labels)
{
    struct fail f = {};
    int n_out = n.shape.layer[n.shape.n_layers - 1].n_out;
    for (const std::string &one : labels)
        check(labels_add(&n.labels, one.c_str(), &f), f);
    if (n.labels.n && (n.labels.n > n_out || n_out % n.labels.n))
        refuse("labels: %d of them, allowed as many as divide the %d outputs", n.labels.n, n_out);
}

using Matrix = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Tapped = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Column = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// numpy.ascontiguousarray(x, float32): what is that already is taken as it is.
static nb::object floats(nb::handle x)
{
    return nb::module_::import_("numpy").attr("ascontiguousarray")(x, "float32");
}

static void take_weights(struct net_layer &y, int layer, const struct chip &c, int from,
                         nb::handle x, bool one_to_one)
{
    size_t rows, columns;
    const float *w;
    nb::object kept = floats(x);
    Column column;
    Matrix matrix;
    Tapped tapped;
    if (one_to_one) {
        column = nb::cast<Column>(kept);
        rows = 1, columns = column.shape(0), w = column.data();
    } else if (nb::try_cast(kept, tapped)) { // row k·n_in + f
        rows = tapped.shape(0) * tapped.shape(1), columns = tapped.shape(2), w = tapped.data();
    } else {
        matrix = nb::cast<Matrix>(kept);
        rows = matrix.shape(0), columns = matrix.shape(1), w = matrix.data();
    }
    for (size_t i = 0; i < rows * columns; i++)
        if (!(w[i] >= c.weight.min && w[i] <= c.weight.max))
            refuse("layer %d, source %zu, neuron %zu: weight, %g, allowed %.10g..%.10g (what %s "
                   "stores)",
                   layer, (size_t)from + i / columns, i % columns, (double)w[i], c.weight.min,
                   c.weight.max, c.name);
    memcpy(y.w + (size_t)from * (size_t)y.n_out, w, rows * columns * sizeof *w);
}

static bool says(const nb::dict &one, const char *key)
{
    return one.contains(key) && nb::cast<bool>(one[key]);
}

// A whole number that a layer says of itself, from `least` on.
static int whole(int layer, const char *what, nb::handle x, int least, int most)
{
    int i;
    nb::object index = nb::steal(PyNumber_Index(x.ptr()));
    if (!index.is_valid()) PyErr_Clear();
    if (!index.is_valid() || !nb::try_cast(index, i) || i < least || i > most)
        refuse("layer %d: %s: %s, allowed %d..%d", layer, what, nb::str(x).c_str(), least, most);
    return i;
}

// What a layer of a list of dicts is.
static void shape_of(struct image_shape &s, const nb::dict &one)
{
    int l = s.n_layers;
    if (l == IMAGE_MAX_LAYERS) refuse("layers: more than %d of them", IMAGE_MAX_LAYERS);
    if (!one.contains("weights")) refuse("layer %d: no `weights`", l);
    nb::tuple size =
        nb::cast<nb::tuple>(nb::module_::import_("numpy").attr("shape")(one["weights"]));
    const bool one_to_one = size.size() == 1, tapped = size.size() == 3;
    if (size.size() < 1 || size.size() > 3)
        refuse("layer %d: weights of %zu dimensions, allowed (n_in, n_out), (taps, n_in, n_out), "
               "or (n) one to one",
               l, size.size());
    if (tapped != one.contains("spacing"))
        refuse("layer %d: %s", l,
               tapped ? "weights (taps, n_in, n_out) need a `spacing`, ticks from tap to tap"
                      : "spacing goes with weights (taps, n_in, n_out)");
    s.layer[l].n_in = whole(l, "inputs of weights", size[tapped ? 1 : 0], 1, IMAGE_MAX_NEURONS);
    s.layer[l].n_out = whole(l, "neurons of weights", size[size.size() - 1], 1, IMAGE_MAX_NEURONS);
    if (tapped) {
        s.layer[l].taps = whole(l, "taps", size[0], 1, IMAGE_MAX_TAPS);
        s.layer[l].spacing =
            whole(l, "spacing", one["spacing"], s.layer[l].taps > 1, IMAGE_MAX_LATE);
    }
    s.layer[l].topology = one_to_one ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
    s.layer[l].recurrent = one.contains("own");
    s.layer[l].delayed = says(one, "delayed");
    s.layer[l].max_spikes = 1;
    if (one.contains("max_spikes"))
        s.layer[l].max_spikes = whole(l, "max_spikes", one["max_spikes"], 1, LAW_MAX_SPIKES);
    s.n_layers++;
    if (l && s.layer[l - 1].n_out != s.layer[l].n_in)
        refuse("layer %d: weights of %d inputs, the layer before it has %d neurons", l,
               s.layer[l].n_in, s.layer[l - 1].n_out);
    if (s.layer[l].recurrent) {
        nb::tuple own =
            nb::cast<nb::tuple>(nb::module_::import_("numpy").attr("shape")(one["own"]));
        if (own.size() != 2 || nb::cast<int>(own[0]) != s.layer[l].n_out ||
            nb::cast<int>(own[1]) != s.layer[l].n_out)
            refuse("layer %d: own, allowed (%d, %d)", l, s.layer[l].n_out, s.layer[l].n_out);
    }
}

// What a dict of a layer says besides the values of its neurons.
static const char *const of_shape[] = {"weights", "own", "spacing", "delayed", "max_spikes"};

// The values of neurons that a dict says, each an array or one for all.
static void take_values(struct net_layer &y, int layer, const struct chip &c, const nb::dict &one)
{
    const struct physics *p = physics_of(c.kind);
    nb::module_ np = nb::module_::import_("numpy");
    std::string known;
    for (const char *name : of_shape)
        known += (known.empty() ? "" : ", ") + std::string(name);
    for (int i = 0; i < p->n; i++)
        if (y.value[i]) known += std::string(", ") + p->value[i].name;
    for (auto [key, value] : one) {
        std::string name = nb::cast<std::string>(key);
        if (std::find(std::begin(of_shape), std::end(of_shape), name) != std::end(of_shape))
            continue;
        int i = 0;
        while (i < p->n && (name != p->value[i].name || !y.value[i]))
            i++;
        if (i == p->n) refuse("layer %d: %s, allowed %s", layer, name.c_str(), known.c_str());
        nb::tuple size = nb::cast<nb::tuple>(np.attr("shape")(value));
        if (size.size() > 1 || (size.size() == 1 && nb::cast<int>(size[0]) != y.n_out))
            refuse("layer %d: %s: of shape %s, allowed one number, or (%d)", layer, name.c_str(),
                   nb::str(size).c_str(), y.n_out);
        nb::object all = floats(np.attr("broadcast_to")(value, y.n_out));
        memcpy(y.value[i], nb::cast<Column>(all).data(), (size_t)y.n_out * sizeof(float));
    }
}

static std::shared_ptr<Net> from_arrays(std::shared_ptr<Chip> chip, nb::list layers,
                                        const std::vector<std::string> &labels)
{
    struct fail f = {};
    struct image_shape shape = {};
    for (nb::handle one : layers)
        shape_of(shape, nb::cast<nb::dict>(one));
    const char *wrong = image_shape_check(&shape);
    if (wrong) refuse("layers: %s", wrong);
    check(rules_check_delay(&chip->c, &shape, &f), f);
    auto net = std::make_shared<Net>();
    check(net_init(&net->n, &shape, &chip->c, &f), f);
    net->give(chip);
    for (int l = 0; l < shape.n_layers; l++) {
        nb::dict one = nb::cast<nb::dict>(layers[(size_t)l]);
        struct net_layer &y = net->n.layer[l];
        take_weights(y, l, chip->c, 0, one["weights"], shape.layer[l].topology == IMAGE_ONE_TO_ONE);
        if (shape.layer[l].recurrent)
            take_weights(y, l, chip->c, image_heard(&shape, l), one["own"], false);
        take_values(y, l, chip->c, one);
    }
    label(net->n, labels);
    net->ready();
    return net;
}

// As the program's `make CHIP --random SEED`.
static std::shared_ptr<Net> drawn(std::shared_ptr<Chip> chip, nb::list layers, uint64_t seed,
                                  const std::vector<std::string> &labels)
{
    struct fail f = {};
    auto net = from_arrays(chip, layers, labels);
    check(net_draw(&net->n, &chip->c, seed, &f), f);
    net->ready();
    return net;
}

static std::shared_ptr<Net> from_nir(nb::object graph, std::shared_ptr<Chip> chip,
                                     const std::vector<std::string> &labels, const std::string &as,
                                     double li_threshold, bool rounded)
{
    struct fail f = {};
    char names[128];
    const std::string path = nb::str(graph).c_str();
    const struct nir_dialect *dialect = nir_dialect_of(as.c_str());
    if (!dialect) refuse("as: %s, allowed %s", as.c_str(), nir_dialect_names(names, sizeof names));
    if (!(chip->c.tick_s > 0))
        refuse("%s: has no tick: Chip(.., set={\"tick\": ms}) is needed", chip->c.name);
    const struct nir_choice choice = {chip->c.tick_s, dialect, li_threshold};
    auto net = std::make_shared<Net>();
    struct Graph {
        struct nir_graph g = {};
        struct nir_import m = {};
        ~Graph()
        {
            nir_import_fini(&m);
            nir_graph_fini(&g);
        }
    } x;
    check(nir_graph_read(&x.g, path.c_str(), &f), f);
    check(nir_import(&x.m, &net->n, &x.g, &chip->c, &choice, &f), f);
    label(net->n, labels);
    if (labels.empty()) check(nir_own_labels(&x.g, &net->n.labels, &f), f);
    for (int i = 0; i < x.g.notes.n; i++)
        net->notes.push_back(x.g.notes.text[i]);
    for (int i = 0; i < x.m.chosen.n; i++)
        net->notes.push_back(x.m.chosen.text[i]);
    if (!nir_import_fits(&x.m, rounded)) {
        std::string why = path + ": does not fit " + chip->c.name;
        for (int i = 0; i < 2; i++)
            if (*x.m.rules[i]) why += std::string("; ") + x.m.rules[i];
        if (x.m.n_offences) {
            const struct nir_offence &o = x.m.offence[0];
            char text[400];
            nir_offence_text(&x.g, &o, 1, text, sizeof text);
            why += std::string("; ") + text;
            if (x.m.n_offences > 1)
                why += "; and " + std::to_string(x.m.n_offences - 1) + " more values";
            if (!x.m.n_never) why += " (round=True takes the nearest values)";
        }
        throw Error(why);
    }
    net->give(chip);
    net->ready();
    return net;
}

// The same net with memory of its own.
static std::shared_ptr<Net> copy(const Net &from)
{
    struct fail f = {};
    auto net = std::make_shared<Net>();
    check(net_init(&net->n, &from.n.shape, &from.chip->c, &f), f);
    memcpy(net->n.values, from.n.values, from.n.n_values * sizeof *from.n.values);
    check(labels_copy(&net->n.labels, &from.n.labels, &f), f);
    check(net_add_speakers(&net->n, from.n.speaker, from.n.n_speakers, &f), f);
    net->n.clip_ms = from.n.clip_ms;
    net->notes = from.notes;
    net->give(from.chip);
    return net;
}

// All values into what the chip can store and its words hold.
static void hold(Net &net)
{
    const struct chip &c = net.chip->c;
    for (int l = 0; l < net.n.shape.n_layers; l++) {
        struct net_layer &y = net.n.layer[l];
        for (int i = 0; i < y.n_source * y.n_out; i++)
            y.w[i] = (float)fmin(fmax((double)y.w[i], c.weight.min), c.weight.max);
        for (int value = 0; value < CHIP_VALUES; value++)
            for (int i = 0; y.value[value] && i < y.n_out; i++)
                y.value[value][i] = (float)physics_held(&c, value, (double)y.value[value][i]);
    }
}

// A layer of a net, for looking at and writing into.
struct Layer {
    std::shared_ptr<Net> net;
    int l;
    const struct net_layer &at() const { return net->n.layer[l]; }
};

static nb::ndarray<nb::numpy, float> view(float *x, std::initializer_list<size_t> shape,
                                          nb::handle owner)
{
    return nb::ndarray<nb::numpy, float>(x, shape.size(), shape.begin(), owner);
}

static nb::dict values_of(nb::handle self)
{
    const Layer &y = nb::cast<const Layer &>(self);
    nb::dict all;
    for (int i = 0; i < CHIP_VALUES; i++)
        if (y.at().value[i])
            all[value_name(y.net->chip->c, i)] =
                view(y.at().value[i], {(size_t)y.at().n_out}, self);
    return all;
}

// What from_arrays takes, of the net's own memory.
static nb::list arrays_of(std::shared_ptr<Net> net)
{
    nb::list all;
    const struct image_shape &s = net->n.shape;
    for (int l = 0; l < s.n_layers; l++) {
        nb::object self = nb::cast(Layer{net, l});
        const struct net_layer &y = net->n.layer[l];
        const size_t n_in = (size_t)s.layer[l].n_in, n_out = (size_t)y.n_out;
        const size_t taps = s.layer[l].taps > 1 ? (size_t)s.layer[l].taps : 1;
        nb::dict one;
        if (s.layer[l].topology == IMAGE_ONE_TO_ONE)
            one["weights"] = view(y.w, {n_out}, self);
        else if (taps > 1)
            one["weights"] = view(y.w, {taps, n_in, n_out}, self);
        else
            one["weights"] = view(y.w, {n_in, n_out}, self);
        if (taps > 1) one["spacing"] = s.layer[l].spacing;
        if (s.layer[l].recurrent)
            one["own"] = view(y.w + taps * n_in * n_out, {n_out, n_out}, self);
        if (s.layer[l].delayed) one["delayed"] = true;
        if (s.layer[l].max_spikes > 1) one["max_spikes"] = s.layer[l].max_spikes;
        one.update(values_of(self));
        all.append(one);
    }
    return all;
}

void bind_net(nb::module_ &m)
{
    nb::class_<Layer>(m, "Layer", "A layer of a net: its arrays are the net's own memory.")
        .def_prop_ro("n_in", [](const Layer &y) { return y.net->n.shape.layer[y.l].n_in; })
        .def_prop_ro("n_out", [](const Layer &y) { return y.at().n_out; })
        .def_prop_ro("recurrent",
                     [](const Layer &y) { return y.net->n.shape.layer[y.l].recurrent; })
        .def_prop_ro(
            "delayed", [](const Layer &y) { return y.net->n.shape.layer[y.l].delayed; },
            "It hears the layer before it a tick late.")
        .def_prop_ro(
            "one_to_one",
            [](const Layer &y) { return y.net->n.shape.layer[y.l].topology == IMAGE_ONE_TO_ONE; })
        .def_prop_ro(
            "taps",
            [](const Layer &y) {
                const auto &of = y.net->n.shape.layer[y.l];
                return nb::make_tuple(of.taps > 1 ? of.taps : 1, of.taps > 1 ? of.spacing : 0);
            },
            "(times that it hears each source, ticks from one to the next).")
        .def_prop_ro(
            "max_spikes",
            [](const Layer &y) { return std::max(1, y.net->n.shape.layer[y.l].max_spikes); },
            "Of a neuron in a tick, at most.")
        .def_prop_ro(
            "weights",
            [](nb::handle self) {
                const Layer &y = nb::cast<const Layer &>(self);
                return view(y.at().w, {(size_t)y.at().n_source, (size_t)y.at().n_out}, self);
            },
            "float32 (n_source, n_out), membrane units: rows are inputs, tap by tap, then own "
            "neurons of a recurrent layer; one to one a single row. No copy: what is written is "
            "the "
            "net's.")
        .def_prop_ro(
            "values", &values_of,
            "Name to float32 (n_out): threshold, leak, bias, .. as the chip's law has them. "
            "No copy.");
    nb::class_<Net>(m, "Net", R"(Real-valued master weights and the chip that they are for.

Net.load(path), Net.from_nir(graph, chip), Net.from_arrays(chip, layers), Net.random(chip, layers, seed).)")
        .def_static("load", &load, nb::arg("path"), nb::arg("chip") = nb::none(),
                    nb::arg("set") = nb::dict(),
                    nb::sig("def load(path: object, chip: Chip | DpiChip | None = None, set: dict "
                            "= {}) -> Net"),
                    R"(The net of a file, or of a run folder; a net.h5 is a DpiNet.

chip: another than the one in it (a warning says so). set: changes of its own chip's values, as Chip's.)")
        .def_static("from_arrays", &from_arrays, nb::arg("chip"), nb::arg("layers"),
                    nb::arg("labels") = std::vector<std::string>(),
                    R"(A net of arrays in membrane units. layers: a dict each,

  weights    (n_in, n_out); (n) of a layer one to one; (taps, n_in, n_out) of one that hears each source so many times
  spacing    ticks from one of these to the next
  own        (n_out, n_out) of a recurrent layer: row m, from own neuron m
  delayed    it hears the layer before it a tick late
  max_spikes of a neuron in a tick: 1 (default), 3, 7, .. 63
  threshold, leak, bias, ..   (n_out) or one number: what the law has (Layer.values); else the chip's

What the chip cannot hold is refused by layer, source and neuron.)")
        .def_static(
            "random", &drawn, nb::arg("chip"), nb::arg("layers"), nb::arg("seed") = 1,
            nb::arg("labels") = std::vector<std::string>(),
            "The same with values at random, those of `spiketwin make --random SEED`; weights say "
            "shapes only.")
        .def_static("from_nir", &from_nir, nb::arg("graph"), nb::arg("chip"),
                    nb::arg("labels") = std::vector<std::string>(), nb::arg("as_") = "nir",
                    nb::arg("li_threshold") = 0.0, nb::arg("round") = false,
                    R"(The net of a NIR file of any framework, as `spiketwin import`.

A tick stands for the chip's: Chip(name, set={"tick": ms}) for another. as_: who wrote it (nir, norse, snntorch,
snntorch-delay, sinabs, rockpool, spyx). round: the nearest values where the chip cannot hold one. What NIR left
open and the chip decides is in `notes`.)")
        .def("save", &save, nb::arg("path"),
             "Writes the file that the program reads, whole or not at all.")
        .def("arrays", &arrays_of,
             "A dict a layer, what from_arrays takes: float32 arrays that are the net's own "
             "memory, no copy.")
        .def("copy", &copy, "The same net with memory of its own.")
        .def("hold", &hold,
             "Brings every value into what the chip can store and its words hold: for after a step "
             "of an "
             "optimiser.")
        .def_prop_ro("chip", [](const Net &n) { return n.chip; })
        .def_prop_ro(
            "notes", [](const Net &n) { return n.notes; },
            "What a NIR graph left open, a line each.")
        .def_prop_ro("labels",
                     [](const Net &n) {
                         return std::vector<std::string>(n.n.labels.text,
                                                         n.n.labels.text + n.n.labels.n);
                     })
        .def_prop_ro("layers",
                     [](std::shared_ptr<Net> n) {
                         std::vector<Layer> all;
                         for (int l = 0; l < n->n.shape.n_layers; l++)
                             all.push_back({n, l});
                         return all;
                     })
        .def_prop_ro(
            "values",
            [](nb::handle self) {
                const Net &n = nb::cast<const Net &>(self);
                return view(n.n.values, {n.n.n_values}, self);
            },
            "float32 (n_values): all that is learnt, layer by layer: weights, then the values of "
            "neurons. "
            "No copy.")
        .def("__repr__", [](const Net &n) {
            std::string text = "<Net";
            for (int l = 0; l < n.n.shape.n_layers; l++)
                text += (l ? "-" : " " + std::to_string(n.n.shape.layer[0].n_in) + "-") +
                        std::to_string(n.n.shape.layer[l].n_out) +
                        (n.n.shape.layer[l].recurrent ? "r" : "");
            return text + " for " + n.chip->c.name + ">";
        });
}
