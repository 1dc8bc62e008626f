// A bench for a device whose ports are not ours: a wrapper with three places to fill in, the names and widths of
// all words by the law's table, a driver that compares, and scripts that run it.
//
// Its texts are the files of cosim/away/bench/, with @KEY@ where the net's own stands.
#ifndef COSIM_AWAY_BENCH_H
#define COSIM_AWAY_BENCH_H

#include "base/fail.h"
#include "model/laws/law_image.h"

enum bench_way { BENCH_PIPE, BENCH_DPI, BENCH_COCOTB, BENCH_WAYS };

struct bench {
    enum bench_way way;
    const char *root; // of the texts: cosim/away/bench/ and examples/ are in it
    const char *name;
    const char *program; // spiketwin
    const char *chip;    // options that name the chip to it: " -k 3"
    const char *vectors; // of the image
    const struct law_image *im;
};

// All files but net.nir into `folder`, which is there.
int bench_write(const struct bench *b, const char *folder, struct fail *f);

#endif
