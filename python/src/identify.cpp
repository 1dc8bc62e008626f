// identify: the law that explains a recording of an unknown machine.
#include "spiketwin.h"

extern "C" {
#include "twin/identify/found.h"
}

std::shared_ptr<Chip> chip_of_text(const std::string &text, const std::string &name,
                                   const nb::dict &set);

struct Recording : recording {
    Recording() : recording() {}
    ~Recording() { recording_fini(this); }
};
struct Identified : identified {
    Identified() : identified() {}
    ~Identified() { identify_fini(this); }
};

static nb::tuple identify(nb::object trace, const nb::dict &columns, double seconds)
{
    struct fail f = {};
    const std::string path = nb::str(trace).c_str();
    std::vector<std::string> role;
    std::vector<const char *> roles;
    if (!(seconds >= 0 && seconds <= 1e6)) refuse("seconds: %g, allowed 0..1e+06", seconds);
    for (auto [key, value] : columns)
        role.push_back(std::string(nb::str(key).c_str()) + "=" + nb::str(value).c_str());
    for (const std::string &one : role)
        roles.push_back(one.c_str());
    Recording r;
    Identified x;
    int bad;
    {
        nb::gil_scoped_release free_now;
        bad = recording_read(&r, path.c_str(), roles.data(), (int)roles.size(), &f) ||
              identify(&x, &r, seconds, &f);
    }
    check(bad, f);
    cJSON *json = found_json(&x, path.c_str());
    Owned<char> text(json ? cJSON_PrintUnformatted(json) : nullptr);
    cJSON_Delete(json);
    if (!text) throw std::bad_alloc();
    nb::object said = nb::module_::import_("json").attr("loads")(text.get());
    if (!x.explained) return nb::make_tuple(said, nb::none());
    Owned<char> chip(found_chip(&x, &f));
    if (!chip) throw Error(f.text);
    return nb::make_tuple(said, chip_of_text(chip.get(), "identified", nb::dict()));
}

void bind_identify(nb::module_ &m)
{
    m.def(
        "identify", static_cast<nb::tuple (*)(nb::object, const nb::dict &, double)>(&identify),
        nb::arg("trace"), nb::arg("columns") = nb::dict(), nb::arg("seconds") = 9.0,
        R"(Which law explains a recording, word for word, as `spiketwin identify` (docs/identify.md): (what was found, Chip or None).

trace     path of a table of inputs, membrane and spikes, a row a tick (CSV)
columns   name to role of columns whose name does not say it: input, membrane, spike, current, current2, refractory, leak,
          gain, bias, time, run, none
seconds   the search ends after so long, and says so; 0: at its end

What was found is the dict that the program prints with --json: explained, laws (how many give every word), law, open (what
the recording leaves open), words of each neuron, .. The chip is of the first of these laws (Chip.file); None: no law is.)");
}
