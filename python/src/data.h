// What nets are shown: a path as --data of the program, or arrays.
#ifndef PYTHON_SRC_DATA_H
#define PYTHON_SRC_DATA_H

#include "spiketwin.h"

extern "C" {
#include "twin/task/corpus.h"
}

struct Data {
    struct corpus *corpus = nullptr;
    std::vector<int> clip; // indices of the items that judge
    enum dataset_split split = DATASET_SPLITS;
    ~Data();
};

struct Ask {
    const struct chip *chip;
    const struct net *net; // nullptr: one is trained
    nb::handle data, labels, speakers;
    std::string speaker; // a regular expression
    std::string name;    // of arrays
    std::optional<std::string> split;
    std::vector<std::string> words; // of training: labels to tell apart, in this order; empty: all
    int held_percent = 10;
};

// Whether data are recordings: a path with sound at its end.
bool is_sound(nb::handle data);

// For a net the items of a split; for training all of training and held back.
void open_data(Data &d, const Ask &ask);

// "; N what" onto a line of what is not as it seems; and the line as a warning, if there is any.
void count(std::string &text, int64_t n, const char *what);
void warn_of(const std::string &where, const std::string &text);

#endif
