#include "shown.h"

static nb::object contiguous(nb::handle x)
{
    return nb::module_::import_("numpy").attr("ascontiguousarray")(x);
}

Shown shown(const struct law_image &view, const char *chip, nb::handle words, nb::handle jitter)
{
    Shown s;
    const struct law_range range = law_image_inputs(&view);
    const int64_t most = range.hi, least = range.lo;
    const bool is_signed = range.is_signed;
    s.kept[0] = contiguous(words);
    nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu> x;
    if (!nb::try_cast(s.kept[0], x)) refuse("events: allowed an array of whole numbers");
    const bool byte = x.dtype() == nb::dtype<uint8_t>() || x.dtype() == nb::dtype<bool>();
    const bool word = x.dtype() == nb::dtype<int32_t>();
    if (!byte && !word)
        refuse("events: allowed uint8, bool or int32, the chip's input words (Chip.input)");
    if (x.ndim() != 2 && x.ndim() != 3)
        refuse("events: %zu dimensions, allowed (ticks, inputs) or (clips, ticks, inputs)",
               x.ndim());
    s.one = x.ndim() == 2;
    s.clips = s.one ? 1 : x.shape(0);
    s.ticks = x.shape(x.ndim() - 2);
    s.n_in = x.shape(x.ndim() - 1);
    if (s.n_in != (size_t)view.shape.layer[0].n_in)
        refuse("events: %zu inputs, the net has %d", s.n_in, view.shape.layer[0].n_in);
    if (s.ticks < 1 || s.ticks > INT32_MAX / 2)
        refuse("events: %zu ticks, allowed 1 and more", s.ticks);
    auto beyond = [&](size_t i, long long value) {
        refuse(
            "events: clip %zu, tick %zu, input %zu: %lld, allowed %lld..%lld (input words of %s)",
            i / (s.n_in * s.ticks), i / s.n_in % s.ticks, i % s.n_in, value, (long long)least,
            (long long)most, chip);
    };
    if (byte) {
        s.byte = static_cast<const uint8_t *>(x.data());
        for (size_t i = 0; most < UINT8_MAX && i < x.size(); i++)
            if (s.byte[i] > most) beyond(i, s.byte[i]);
    } else {
        s.wide = static_cast<const int32_t *>(x.data());
        for (size_t i = 0; i < x.size(); i++)
            if (s.wide[i] > most || s.wide[i] < least) beyond(i, s.wide[i]);
    }
    if (is_signed && byte) {
        s.wides.assign(s.byte, s.byte + x.size());
        s.byte = nullptr, s.wide = s.wides.data();
    }
    if (!is_signed && word) {
        s.bytes.assign(s.wide, s.wide + x.size());
        s.byte = s.bytes.data(), s.wide = nullptr;
    }
    if (jitter.is_none()) return s;
    s.kept[1] = contiguous(jitter);
    nb::ndarray<const int16_t, nb::c_contig, nb::device::cpu> j;
    if (!nb::try_cast(s.kept[1], j)) refuse("jitter: allowed int16, Q1.15 of a tick");
    s.jitter_of_each = j.ndim() == 2;
    if ((j.ndim() != 1 && j.ndim() != 2) || j.shape(j.ndim() - 1) != s.ticks ||
        (s.jitter_of_each && j.shape(0) != s.clips))
        refuse("jitter: allowed (ticks) or (clips, ticks), as events");
    s.jitter = j.data();
    return s;
}
