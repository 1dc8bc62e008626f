// Input words of clips, NumPy's memory as it is.
#ifndef PYTHON_SRC_SHOWN_H
#define PYTHON_SRC_SHOWN_H

#include "spiketwin.h"

extern "C" {
#include "model/laws/law_image.h"
#include "model/lif/trace.h"
}

// (clips, ticks, inputs), or (ticks, inputs) of one clip.
struct Shown {
    size_t clips, ticks, n_in;
    bool one;
    const uint8_t *byte = nullptr;
    const int32_t *wide = nullptr;
    const int16_t *jitter = nullptr;
    bool jitter_of_each = false;
    nb::object kept[2];
    std::vector<uint8_t> bytes; // of words that came in another size than the model takes
    std::vector<int32_t> wides;

    struct stimulus clip(size_t i) const
    {
        struct stimulus s = {};
        s.n_ticks = (int)ticks;
        if (byte) s.x = byte + i * ticks * n_in;
        if (wide) s.wide = wide + i * ticks * n_in;
        if (jitter) s.jitter = jitter + (jitter_of_each ? i * ticks : 0);
        return s;
    }
};

// What a network of these words may be shown; `chip` is what messages call it.
Shown shown(const struct law_image &view, const char *chip, nb::handle words, nb::handle jitter);

#endif
