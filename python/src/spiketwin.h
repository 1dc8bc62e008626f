// What the parts of the Python module share: owners of the library's structs, and its failures as exceptions.
//
// No logic here: each method calls the library, with the interpreter's lock released where it takes time.
#ifndef PYTHON_SRC_SPIKETWIN_H
#define PYTHON_SRC_SPIKETWIN_H

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

extern "C" {
#include "twin/dpi/dpi_net.h"
#include "twin/chip/dynapse_chip.h"
#include "twin/io/progress.h"
#include "twin/net/virtual_chip.h"
}

namespace nb = nanobind;

// The library's message, whole, as spiketwin.Error.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws what was written where a function said -1.
void check(int bad, const struct fail &f);

// printf into an Error.
[[noreturn]] void refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

// warnings.warn.
void warn(const std::string &text);

// Ctrl-C in a call that is long: the work is told to stop, and what the handler threw goes on up.
struct Interrupt {
    std::thread::id asker = std::this_thread::get_id();
    std::exception_ptr thrown;
    std::atomic<bool> over{false};
    std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
    struct progress progress = {nullptr, this, &Interrupt::stop};
    static bool stop(void *of);
    bool stopped() { return stop(this); } // of a loop of our own, lock of the interpreter released
    void rethrow() const                  // before what the work says of it
    {
        if (thrown) std::rethrow_exception(thrown);
    }
};

// The folder with chips/ and rtl/: what $SPIKETWIN_HOME says, else that of the module.
std::string home();

// Memory of the library, and its end.
struct Free {
    void operator()(void *p) const { free(p); }
};
template <typename T> using Owned = std::unique_ptr<T, Free>;

// Zeroed, on a cache line of its own; MemoryError where there is none.
void *lines(size_t bytes);

// A numpy array that owns its memory (of malloc, or lines).
template <typename T>
nb::ndarray<nb::numpy, T> array(T *data, std::initializer_list<size_t> shape,
                                std::initializer_list<int64_t> strides = {})
{
    nb::capsule owner(data, [](void *p) noexcept { free(p); });
    return nb::ndarray<nb::numpy, T>(data, shape.size(), shape.begin(), owner,
                                     strides.size() ? strides.begin() : nullptr);
}

struct Chip {
    struct chip c;
    std::string file; // text of the chip file, with the values of `set`
};

struct Net {
    struct net n = {};
    std::shared_ptr<Chip> chip;
    std::vector<std::string> notes; // what a NIR graph left open
    ~Net() { net_fini(&n); }
    void give(const std::shared_ptr<Chip> &to); // the net is of this chip from now on
    void ready();                               // refuses a net that its chip cannot be made of
};

// The same of a DYNAP-SE2.
struct DpiChip {
    struct dynapse_chip c;
    std::string file;
};

struct DpiNet {
    struct dpi_net n = {};
    std::shared_ptr<DpiChip> chip;
    ~DpiNet() { dpi_net_fini(&n); }
    void give(const std::shared_ptr<DpiChip> &to);
    void ready(const char *name = "the net"); // refuses weights and circuits that are none
};

std::string hash_text(uint64_t hash);

// The neuron's values of a layer by name, as the law has them.
const char *value_name(const struct chip &c, int value);

// The text of a chip file by its name or path, which goes to *path.
std::string chip_text(nb::handle name, std::string &path);

// The text of a chip file with values changed, by the family's own function.
std::string changed(char *(*change)(const char *, const char *, const char *const *, int,
                                    struct fail *),
                    const std::string &text, const std::string &name, const nb::dict &set);

// The file of a net: what lies there, or in a run folder.
std::string net_path(nb::handle where);

// A method of a class that was bound elsewhere.
template <typename F, typename... More>
void method(nb::module_ &m, const char *of, const char *name, F &&f, More &&...more)
{
    nb::object type = m.attr(of);
    type.attr(name) = nb::cpp_function(std::forward<F>(f), nb::name(name), nb::scope(type),
                                       nb::is_method(), std::forward<More>(more)...);
}

void bind_chip(nb::module_ &m);
void bind_net(nb::module_ &m);
void bind_virtual(nb::module_ &m);
void bind_through(nb::module_ &m);
void bind_step(nb::module_ &m);
void bind_predict(nb::module_ &m);
void bind_train(nb::module_ &m);
void bind_replay(nb::module_ &m);
void bind_verify(nb::module_ &m);
void bind_dpi_chip(nb::module_ &m);
void bind_dpi_net(nb::module_ &m);
void bind_dpi_virtual(nb::module_ &m);
void bind_dpi_jobs(nb::module_ &m);
void bind_dpi_train(nb::module_ &m);
void bind_faults(nb::module_ &m);
void bind_identify(nb::module_ &m);

#endif
