// DpiChip, DpiNet: a DYNAP-SE2's file, and a net that is for it.
#include "dpi.h"

#include <cinttypes>
#include <sys/stat.h>

extern "C" {
#include "twin/dpi/dpi_engine.h"
#include "twin/io/yaml_file.h"
}

std::shared_ptr<DpiChip> dpi_chip_of_text(const std::string &text, const std::string &name,
                                          const nb::dict &set)
{
    struct fail f = {};
    auto chip = std::make_shared<DpiChip>();
    chip->file = changed(dynapse_chip_change, text, name, set);
    check(dynapse_chip_load_text(&chip->c, chip->file.c_str(), name.c_str(), &f), f);
    return chip;
}

static std::shared_ptr<DpiChip> dpi_chip_of_file(nb::object name, const nb::dict &set)
{
    std::string path;
    const std::string text = chip_text(name, path);
    return dpi_chip_of_text(text, path, set);
}

void DpiNet::give(const std::shared_ptr<DpiChip> &to)
{
    struct fail f = {};
    chip = to;
    check(dpi_net_keep_chip(&n, chip->file.c_str(), &f), f);
    snprintf(n.chip, sizeof n.chip, "%s", chip->c.name);
}

void DpiNet::ready(const char *name)
{
    struct fail f = {};
    check(dpi_net_check(&n, name, &f), f);
}

static bool ends_with(const std::string &text, const char *end)
{
    const size_t n = strlen(end);
    return text.size() > n && text.compare(text.size() - n, n, end) == 0;
}

bool is_dpi_net(const std::string &path)
{
    struct fail f = {};
    if (ends_with(path, ".json")) return true; // a trace of Rockpool's
    const int is = dpi_net_is(path.c_str(), &f);
    if (is < 0) throw Error(f.text);
    return is;
}

std::shared_ptr<DpiNet> dpi_load(const std::string &path, std::shared_ptr<DpiChip> chip,
                                 const nb::dict &set)
{
    struct fail f = {};
    auto net = std::make_shared<DpiNet>();
    check(ends_with(path, ".json") ? dpi_net_load_trace(&net->n, path.c_str(), &f)
                                   : dpi_net_load(&net->n, path.c_str(), &f),
          f);
    const std::string name = path + ": /spiketwin/chip_file";
    if (set.size() && chip) refuse("set goes with the net's own chip");
    if (net->n.chip_file) {
        auto own = dpi_chip_of_text(net->n.chip_file, name, nb::dict());
        const std::string hash = hash_text(dynapse_chip_hash(&own->c));
        if (chip && hash != hash_text(dynapse_chip_hash(&chip->c)))
            warn(path + ": made for chip " + own->c.name + " (" + hash + "), chip is another: " +
                 chip->c.name + " (" + hash_text(dynapse_chip_hash(&chip->c)) + "), and is used");
        if (!chip) chip = set.size() ? dpi_chip_of_text(net->n.chip_file, name, set) : own;
    } else if (!chip) {
        chip = dpi_chip_of_file(nb::str("dynapse2"), set);
    }
    net->chip = chip; // what is in the file stays until it is saved
    net->ready(path.c_str());
    return net;
}

static std::shared_ptr<DpiNet> load(nb::object where, std::shared_ptr<DpiChip> chip,
                                    const nb::dict &set)
{
    return dpi_load(net_path(where), chip, set);
}

static void save(DpiNet &net, nb::object path)
{
    struct fail f = {};
    net.ready();
    net.give(net.chip);
    check(dpi_net_save(&net.n, nb::str(path).c_str(), &f), f);
}

using Doubles = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

static Doubles matrix(nb::handle x, const char *what, nb::object &kept)
{
    Doubles m;
    kept = nb::module_::import_("numpy").attr("ascontiguousarray")(x, "float64");
    if (!nb::try_cast(kept, m)) refuse("%s: allowed an array (from, neurons)", what);
    return m;
}

// A parameter of all circuits: their doubles stand in the order of their names.
static double *of_circuit(struct dpi_circuit *c, int i, int value)
{
    return reinterpret_cast<double *>(c + i) + value;
}

static std::shared_ptr<DpiNet> from_arrays(std::shared_ptr<DpiChip> chip, nb::object w_in,
                                           nb::object w_rec, const nb::dict &circuit,
                                           const std::vector<std::string> &labels,
                                           const std::string &law)
{
    struct fail f = {};
    nb::object kept[2];
    const Doubles in = matrix(w_in, "w_in", kept[0]);
    const size_t n = in.shape(1);
    nb::module_ np = nb::module_::import_("numpy");
    if (w_rec.is_none()) w_rec = np.attr("zeros")(nb::make_tuple(n, n));
    const Doubles rec = matrix(w_rec, "w_rec", kept[1]);
    if (rec.shape(0) != n || rec.shape(1) != n)
        refuse("w_rec: (%zu, %zu), allowed (%zu, %zu)", rec.shape(0), rec.shape(1), n, n);
    if (in.shape(0) > DPI_NET_MAX || n < 1 || n > DPI_NET_MAX)
        refuse("w_in: (%zu, %zu), allowed (0..%d, 1..%d)", in.shape(0), n, DPI_NET_MAX,
               DPI_NET_MAX);
    auto net = std::make_shared<DpiNet>();
    check(dpi_net_init(&net->n, (int)in.shape(0), (int)n, circuit.size() > 0, &f), f);
    memcpy(net->n.w_in, in.data(), in.size() * sizeof(double));
    memcpy(net->n.w_rec, rec.data(), rec.size() * sizeof(double));
    net->n.Iscale = chip->c.Iscale;
    net->n.dt = chip->c.dt;
    for (size_t i = 0; net->n.circuit && i < n; i++)
        net->n.circuit[i] = chip->c.nominal;
    for (auto [key, value] : circuit) {
        const std::string name = nb::cast<std::string>(nb::str(key));
        int v = 0;
        while (v < DPI_CIRCUIT_VALUES && name != dpi_circuit_names[v])
            v++;
        if (v == DPI_CIRCUIT_VALUES) refuse("circuit: %s: no such parameter", name.c_str());
        nb::tuple size = nb::cast<nb::tuple>(np.attr("shape")(value));
        if (size.size() > 1 || (size.size() == 1 && nb::cast<size_t>(size[0]) != n))
            refuse("circuit: %s: of shape %s, allowed one number, or (%zu)", name.c_str(),
                   nb::str(size).c_str(), n);
        nb::object all = np.attr("ascontiguousarray")(np.attr("broadcast_to")(value, n), "float64");
        auto x = nb::cast<nb::ndarray<const double, nb::ndim<1>, nb::c_contig>>(all);
        for (size_t i = 0; i < n; i++)
            *of_circuit(net->n.circuit, (int)i, v) = x.data()[i];
    }
    for (const std::string &one : labels)
        check(labels_add(&net->n.labels, one.c_str(), &f), f);
    if (!law.empty()) {
        law_of(law);
        snprintf(net->n.law, sizeof net->n.law, "%s", law.c_str());
    }
    net->give(chip);
    net->ready();
    return net;
}

static std::shared_ptr<DpiNet> copy(const DpiNet &from)
{
    struct fail f = {};
    auto net = std::make_shared<DpiNet>();
    check(dpi_net_like(&net->n, &from.n, &f), f);
    const size_t n = (size_t)from.n.n_neurons;
    memcpy(net->n.w_in, from.n.w_in, (size_t)from.n.n_in * n * sizeof(double));
    memcpy(net->n.w_rec, from.n.w_rec, n * n * sizeof(double));
    net->give(from.chip);
    return net;
}

static nb::ndarray<nb::numpy, double> view(double *x, std::initializer_list<size_t> shape,
                                           nb::handle owner,
                                           std::initializer_list<int64_t> strides = {})
{
    return nb::ndarray<nb::numpy, double>(x, shape.size(), shape.begin(), owner,
                                          strides.size() ? strides.begin() : nullptr);
}

static nb::dict circuit_of(nb::handle self)
{
    DpiNet &net = nb::cast<DpiNet &>(self);
    nb::dict all;
    for (int v = 0; net.n.circuit && v < DPI_CIRCUIT_VALUES; v++)
        all[dpi_circuit_names[v]] = view(of_circuit(net.n.circuit, 0, v), {(size_t)net.n.n_neurons},
                                         self, {DPI_CIRCUIT_VALUES});
    return all;
}

const struct dpi_law *law_of(const std::string &name)
{
    const struct dpi_law *law;
    if (!dpi_law_of(name.c_str(), &law)) refuse("law: %s, allowed " DPI_LAWS, name.c_str());
    return law;
}

const struct dpi_law *law_for(const DpiNet &net, const std::optional<std::string> &told)
{
    if (!told) return law_of(*net.n.law ? net.n.law : dpi_law_name(&dpi_compat));
    const struct dpi_law *law = law_of(*told);
    if (*net.n.law && *told != net.n.law)
        warn("the net: trained in the arithmetic of law " + std::string(net.n.law) + ", law is " +
             *told);
    return law;
}

void bind_dpi_chip(nb::module_ &m)
{
    nb::class_<DpiChip>(
        m, "DpiChip",
        R"(The chip file of a DYNAP-SE2, family dpi: circuits, their spread, biases, room.

DpiChip("dynapse2"), or Chip("dynapse2"), looks where Chip does; set changes values as --set of the program.)")
        .def(nb::new_(&dpi_chip_of_file), nb::arg("name") = "dynapse2", nb::arg("set") = nb::dict())
        .def_prop_ro("name", [](const DpiChip &c) { return c.c.name; })
        .def_prop_ro(
            "law", [](const DpiChip &) { return dpi_kind.name; }, "Name of its law.")
        .def_prop_ro(
            "hash", [](const DpiChip &c) { return hash_text(dynapse_chip_hash(&c.c)); },
            "16 hexadecimal digits: chip_hash of the program.")
        .def_prop_ro(
            "file", [](const DpiChip &c) { return c.file; }, "Text of its file.")
        .def_prop_ro(
            "tick", [](const DpiChip &c) { return c.c.dt; }, "s, a tick.")
        .def_prop_ro(
            "Iscale", [](const DpiChip &c) { return c.c.Iscale; },
            "A, the current of a weight of 1.")
        .def_prop_ro(
            "circuit",
            [](const DpiChip &c) {
                nb::dict all;
                for (int v = 0; v < DPI_CIRCUIT_VALUES; v++)
                    all[dpi_circuit_names[v]] = reinterpret_cast<const double *>(&c.c.nominal)[v];
                return all;
            },
            "Name to value, SI units: the circuit of every neuron before mismatch.")
        .def("__repr__", [](const DpiChip &c) {
            return "<DpiChip " + std::string(c.c.name) + " " + hash_text(dynapse_chip_hash(&c.c)) +
                   ">";
        });
}

void bind_dpi_net(nb::module_ &m)
{
    nb::class_<DpiNet>(
        m, "DpiNet",
        R"(A net of DYNAP-SE2 neurons and the chip that it is for: weights, and circuits in SI units.

DpiNet.load(path), or Net.load of a net.h5; DpiNet.from_arrays(chip, w_in, w_rec); train(DpiChip(), ..). One population: the
current that a tick's events bring neuron i is Iscale * (sum of w_in[c, i] x[c] + sum of w_rec[j, i] z[j]), x of this
tick, z spikes of the last.)")
        .def_static(
            "load", &load, nb::arg("path"), nb::arg("chip") = nb::none(),
            nb::arg("set") = nb::dict(),
            R"(The net of a file (net.h5), of a run folder, or of a trace of Rockpool's (.json).

chip: another than the one in it (a warning says so). set: changes of its own chip's values, as Chip's.)")
        .def_static("from_arrays", &from_arrays, nb::arg("chip"), nb::arg("w_in"),
                    nb::arg("w_rec") = nb::none(), nb::arg("circuit") = nb::dict(),
                    nb::arg("labels") = std::vector<std::string>(), nb::arg("law") = "",
                    R"(A net of arrays.

w_in      (n_in, n), units of Iscale; below 0: inhibition
w_rec     (n, n), from x to; None: nothing
circuit   name to (n) or one number, SI units (DpiChip.circuit): what is not the chip's
labels    label c is told by neuron c
law       compat, silicon or double: the arithmetic it is for)")
        .def("save", &save, nb::arg("path"),
             "Writes the file that the program reads (net.h5), whole or not at all.")
        .def("copy", &copy, "The same net with memory of its own.")
        .def_prop_ro("chip", [](const DpiNet &n) { return n.chip; })
        .def_prop_ro("n_in", [](const DpiNet &n) { return n.n.n_in; })
        .def_prop_ro("n_neurons", [](const DpiNet &n) { return n.n.n_neurons; })
        .def_prop_ro(
            "law",
            [](const DpiNet &n) { return *n.n.law ? nb::object(nb::str(n.n.law)) : nb::none(); },
            "The arithmetic of its training: compat, silicon or double; None: not known.")
        .def_prop_ro(
            "Iscale", [](const DpiNet &n) { return n.n.Iscale; },
            "A, the current of a weight of 1.")
        .def_prop_ro(
            "tick", [](const DpiNet &n) { return n.n.dt; }, "s, a tick.")
        .def_prop_ro("labels",
                     [](const DpiNet &n) {
                         return std::vector<std::string>(n.n.labels.text,
                                                         n.n.labels.text + n.n.labels.n);
                     })
        .def_prop_ro(
            "w_in",
            [](nb::handle self) {
                const DpiNet &n = nb::cast<const DpiNet &>(self);
                return view(n.n.w_in, {(size_t)n.n.n_in, (size_t)n.n.n_neurons}, self);
            },
            "float64 (n_in, n), units of Iscale. No copy: what is written is the net's.")
        .def_prop_ro(
            "w_rec",
            [](nb::handle self) {
                const DpiNet &n = nb::cast<const DpiNet &>(self);
                return view(n.n.w_rec, {(size_t)n.n.n_neurons, (size_t)n.n.n_neurons}, self);
            },
            "float64 (n, n), from x to. No copy.")
        .def_prop_ro("circuit", &circuit_of,
                     "Name to float64 (n), SI units, no copy; {}: all have the chip's nominal one.")
        .def("__repr__", [](const DpiNet &n) {
            return "<DpiNet " + std::to_string(n.n.n_in) + "-" + std::to_string(n.n.n_neurons) +
                   "r for " + n.chip->c.name + ">";
        });
}
