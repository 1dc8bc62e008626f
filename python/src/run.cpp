#include "run.h"

const char run_doc[] =
    R"(progress  called after each row of the log with it; what it throws ends the run
out       a run folder, as the program's --out: net, log.jsonl and checkpoint.h5; what `spiketwin train` writes of a run
          beside them (train.json, curves) it does not. None: nothing is written
resume    go on where the run in `out` was interrupted, here or in the program, to the same bits; force: begin anew
          where it holds one)";

Folder::Folder(nb::handle out, bool resume, bool force)
{
    struct fail f = {};
    if (out.is_none() && (resume || force))
        refuse("%s: needs out, the run folder", resume ? "resume" : "force");
    if (out.is_none()) return;
    path = nb::str(out).c_str();
    const int bad = run_folder_open(&r, path.c_str(), resume, force, &f);
    struct fail other = {};
    if (bad) run_folder_close(&r, &other);
    check(bad, f);
    is = true;
}

Folder::~Folder()
{
    struct fail f = {};
    if (is) run_folder_close(&r, &f);
}

int Heard::row(const nb::dict &row, const std::string &warning, struct fail *f)
{
    try {
        log.append(row);
        if (PyErr_CheckSignals()) throw nb::python_error();
        if (!progress.is_none()) progress(row);
        if (!warning.empty()) warn(warning);
        return 0;
    } catch (...) {
        interrupt.thrown = std::current_exception();
        return fail(f, "training: stopped");
    }
}

void warn_of_undecided(const char *where, const struct undecided &u)
{
    std::string text;
    count(text, u.never, "chips on which no output ever fires");
    count(text, u.partly, "chips that never say one of the labels that they heard");
    if (u.silent + u.tied >= UNDECIDED_SHARE)
        text += (text.empty() ? "" : "; ") + std::to_string(100 * (u.silent + u.tied)) +
                " % of decisions are by silence or a tie";
    warn_of(where, text);
}
