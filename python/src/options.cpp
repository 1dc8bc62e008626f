#include "options.h"

static std::string with(std::string name, char from, char to)
{
    for (char &c : name)
        if (c == from) c = to;
    return name;
}

std::string key_of(const char *option)
{
    return with(option, '-', '_');
}

int choice(const char *name, const char *const *kinds, const std::string &text)
{
    std::string all;
    for (int i = 0; kinds[i]; i++) {
        if (text == kinds[i]) return i;
        all += std::string(i ? ", " : "") + kinds[i];
    }
    refuse("%s: %s, allowed %s", name, text.c_str(), all.c_str());
}

static double number(const Row &row, nb::handle value)
{
    double x;
    if (nb::isinstance<nb::str>(value) || !nb::try_cast(value, x) ||
        !(x >= row.lo && x <= row.hi) || (row.kind == WHOLE && x != (double)(int)x))
        refuse("%s: %s, allowed %g..%g", row.name, nb::str(value).c_str(), row.lo, row.hi);
    return x;
}

static void take(char *to, const Row &row, nb::handle value)
{
    if (row.kind == FLAG)
        *reinterpret_cast<bool *>(to) = nb::cast<bool>(value);
    else if (row.kind == CHOICE)
        *reinterpret_cast<int *>(to) = choice(row.name, row.kinds, nb::str(value).c_str());
    else if (row.kind == WHOLE)
        *reinterpret_cast<int *>(to) = (int)number(row, value);
    else if (row.kind == REAL)
        *reinterpret_cast<float *>(to) = (float)(row.times * number(row, value));
    else
        *reinterpret_cast<double *>(to) = row.times * number(row, value);
}

std::string take_option(void *options, const std::vector<Row> &rows, const std::string &key,
                        nb::handle value)
{
    const std::string name = with(key, '_', '-');
    for (const Row &row : rows)
        if (name == row.name) {
            take(static_cast<char *>(options) + row.at, row, value);
            return name;
        }
    refuse("%s: no such option of train", key.c_str());
}

std::string help_of(const std::vector<Row> &rows)
{
    std::string text;
    for (const Row &row : rows)
        text += "\n" + key_of(row.name) + ": " + row.what;
    return text;
}
