// spiketwin._core: the library as a Python module.
#include "spiketwin.h"

extern "C" {
#include "base/home.h"
}

#include <cstdarg>
#include <cstring>
#include <dlfcn.h>
#include <omp.h>

void check(int bad, const struct fail &f)
{
    if (bad) throw Error(f.text);
}

void refuse(const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    throw Error(text);
}

void warn(const std::string &text)
{
    if (PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 1)) throw nb::python_error();
}

bool Interrupt::stop(void *of)
{
    Interrupt &i = *static_cast<Interrupt *>(of);
    using namespace std::chrono_literals;
    if (std::this_thread::get_id() != i.asker) return i.over;
    const auto now = std::chrono::steady_clock::now();
    if (i.over || now - i.last < 20ms) return i.over;
    i.last = now;
    nb::gil_scoped_acquire mine;
    if (PyErr_CheckSignals()) {
        try {
            throw nb::python_error();
        } catch (...) {
            i.thrown = std::current_exception();
        }
        i.over = true;
    }
    return i.over;
}

static std::string module_folder();

std::string home()
{
    struct fail f = {};
    char told[FILE_PATH];
    const int is = home_told(told, &f);
    if (is < 0) throw Error(f.text);
    return is ? told : module_folder();
}

static std::string module_folder()
{
    Dl_info info;
    if (!dladdr(reinterpret_cast<void *>(&module_folder), &info) || !info.dli_fname)
        refuse("the module's own folder is not known");
    std::string path = info.dli_fname;
    return path.substr(0, path.rfind('/'));
}

void *lines(size_t bytes)
{
    size_t whole = (bytes + 63) / 64 * 64;
    void *p = aligned_alloc(64, whole ? whole : 64);
    if (!p) throw std::bad_alloc();
    return memset(p, 0, whole);
}

NB_MODULE(_core, m)
{
    nb::set_leak_warnings(false); // at exit torch still holds what it was given
    m.doc() = "The library of spiketwin: see the package.";
    nb::exception<Error>(m, "Error", PyExc_ValueError).attr("__doc__") =
        "Bad input, in the program's own words: place, value and allowed range in one line.";
    m.def(
        "threads", [] { return omp_get_max_threads(); },
        "Threads that calls use. They never change a result.");
    m.def(
        "set_threads",
        [](int n) {
            if (n < 1 || n > 1024) refuse("threads: %d, allowed 1..1024", n);
            omp_set_num_threads(n);
        },
        nb::arg("n"), "Threads of calls from this thread on, as --threads of the program.");
    m.def(
        "folder", &home,
        "The folder with chips/ and rtl/: that of the package, or what $SPIKETWIN_HOME says, as in "
        "the program.");
    bind_dpi_chip(m);
    bind_chip(m);
    bind_dpi_net(m);
    bind_net(m);
    bind_virtual(m);
    bind_dpi_virtual(m);
    bind_through(m);
    bind_step(m);
    bind_predict(m);
    bind_train(m);
    bind_replay(m);
    bind_verify(m);
    bind_dpi_jobs(m);
    bind_dpi_train(m);
    bind_faults(m);
    bind_identify(m);
}
