// What trainings of all laws share: the run folder, and who hears of its rows.
#ifndef PYTHON_SRC_RUN_H
#define PYTHON_SRC_RUN_H

#include "data.h"

extern "C" {
#include "twin/predict/undecided.h"
#include "twin/train/run_folder.h"
}

// The run folder of a call, for as long as the call lasts; None: there is none.
struct Folder {
    std::string path;
    struct run_folder r = {};
    bool is = false;
    Folder(nb::handle out, bool resume, bool force);
    ~Folder();
    std::string file(const char *name) const { return path + "/" + name; }
};

// Rows as they come, and what ends the run: Ctrl-C, or what `progress` throws.
struct Heard {
    nb::list log;
    nb::object progress;
    Interrupt interrupt;
    int row(const nb::dict &row, const std::string &warning, struct fail *f);
};

extern const char run_doc[]; // what out, resume, force and progress are, in words

// A warning of chips that never decide; "": of none.
void warn_of_undecided(const char *where, const struct undecided &u);

#endif
