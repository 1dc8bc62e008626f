// Chip: a chip file.
#include "dpi.h"

#include <cinttypes>
#include <unistd.h>

extern "C" {
#include "twin/io/yaml_file.h"
}

std::string hash_text(uint64_t hash)
{
    char hex[17];
    snprintf(hex, sizeof hex, "%016" PRIx64, hash);
    return hex;
}

// Of a name: in ./chips, as the program, then at home.
static std::string path_of(const std::string &name)
{
    if (name.find('/') != std::string::npos || name.find(".yaml") != std::string::npos) return name;
    std::string near = "chips/" + name + ".yaml";
    return access(near.c_str(), R_OK) ? home() + "/" + near : near;
}

std::string changed(char *(*change)(const char *, const char *, const char *const *, int,
                                    struct fail *),
                    const std::string &text, const std::string &name, const nb::dict &set)
{
    std::vector<std::string> all;
    std::vector<const char *> list;
    for (auto [key, value] : set)
        all.push_back(nb::cast<std::string>(nb::str(key)) + "=" +
                      (nb::isinstance<nb::bool_>(value) ? (nb::cast<bool>(value) ? "true" : "false")
                                                        : nb::str(value).c_str()));
    if (all.empty()) return text;
    for (const std::string &one : all)
        list.push_back(one.c_str());
    struct fail f = {};
    Owned<char> to(change(text.c_str(), name.c_str(), list.data(), (int)list.size(), &f));
    if (!to) throw Error(f.text);
    return to.get();
}

std::shared_ptr<Chip> chip_of_text(const std::string &text, const std::string &name,
                                   const nb::dict &set)
{
    struct fail f = {};
    auto chip = std::make_shared<Chip>();
    chip->file = changed(chip_change, text, name, set);
    check(chip_load_text(&chip->c, chip->file.c_str(), name.c_str(), &f), f);
    return chip;
}

std::string chip_text(nb::handle name, std::string &path)
{
    struct fail f = {};
    path = path_of(nb::str(name).c_str());
    Owned<char> text(yaml_read(path.c_str(), &f));
    if (!text) throw Error(f.text);
    return text.get();
}

static bool is_dpi(const std::string &text, const std::string &path)
{
    struct fail f = {};
    struct yaml_file y;
    if (yaml_open(&y, text.c_str(), path.c_str(), &f)) return false; // as Chip says it
    const char *family = yaml_text(&y, "family");
    const bool is = family && std::string(family) == dpi_kind.name;
    yaml_close(&y);
    return is;
}

// A Chip, to those who ask for types; of family dpi it is a DpiChip.
struct AnyChip : nb::object {
    static bool any(nb::handle) { return true; }
    NB_OBJECT(AnyChip, nb::object, "Chip", any)
};

static AnyChip chip_of_file(nb::object name, const nb::dict &set)
{
    std::string path;
    const std::string text = chip_text(name, path);
    if (is_dpi(text, path)) return nb::borrow<AnyChip>(nb::cast(dpi_chip_of_text(text, path, set)));
    return nb::borrow<AnyChip>(nb::cast(chip_of_text(text, path, set)));
}

void bind_chip(nb::module_ &m)
{
    nb::class_<Chip>(m, "Chip",
                     R"(A chip file: formats, law, mismatch and all else that chips/NAME.yaml says.

Chip("fpga-q8.8") looks for chips/fpga-q8.8.yaml in the folder that one is in, then among those of the package; a
path is a file; one of family dpi is a DpiChip. `set` changes values as --set of the program: Chip("loihi", set={"jitter.sigma": 0.02}).)")
        .def(nb::new_(&chip_of_file), nb::arg("name"), nb::arg("set") = nb::dict())
        .def_prop_ro("name", [](const Chip &c) { return c.c.name; })
        .def_prop_ro(
            "law", [](const Chip &c) { return c.c.kind->name; }, "Name of its law.")
        .def_prop_ro(
            "hash", [](const Chip &c) { return hash_text(chip_hash(&c.c)); },
            "16 hexadecimal digits: chip_hash of the program.")
        .def_prop_ro(
            "file", [](const Chip &c) { return c.file; }, "Text of its file.")
        .def_prop_ro(
            "tick", [](const Chip &c) { return c.c.tick_s; },
            "s, a tick; 0: it is run on vectors only.")
        .def_prop_ro(
            "threshold", [](const Chip &c) { return c.c.threshold; },
            "Nominal threshold, membrane units.")
        .def_prop_ro(
            "input",
            [](const Chip &c) {
                bool is_signed = c.c.kind == &lif_kind && c.c.law.input_signed;
                int bits = law_bits(c.c.law.input);
                return nb::make_tuple(bits, c.c.law.input.frac_bits, is_signed);
            },
            "(bits, fraction bits, signed) of an input word.")
        .def_prop_ro(
            "weight_range",
            [](const Chip &c) { return nb::make_tuple(c.c.weight.min, c.c.weight.max); },
            "(smallest, largest) weight that it stores, weight units.")
        .def("__repr__", [](const Chip &c) {
            return "<Chip " + std::string(c.c.name) + " " + hash_text(chip_hash(&c.c)) + ">";
        });
}
