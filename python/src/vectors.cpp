#include "vectors.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

extern "C" {
#include "base/file.h"
#include "cosim/adequacy/adequacy.h"
#include "cosim/vectors/vectors_clips.h"
#include "cosim/vectors/vectors_show.h"
#include "twin/task/events/random_events.h"
}

const char gen_doc[] =
    R"(Writes vectors for a device, as `spiketwin gen` (docs/vectors.md): what it is shown, and what is expected.

path     of the file, whole or not there
events   uint8, bool or int32 input words, (ticks, inputs) or (clips, ticks, inputs); jitter int16, Q1.15 of a tick, as run's
random   in place of events: `clips` items of `ticks` ticks (100) at random, of this seed, as --random
corners  in place of both: what is searched for to reach as much as can be in `ticks` ticks (2000), as --corners
expect   with the golden model's results of each tick; stages: and with every stage of each neuron
net      its name in the file's head)";

const char adequacy_doc[] =
    R"(Which wrong devices the vectors of a file would let through, as `spiketwin adequacy`: a dict.

devices, found; single_bits (that are stuck), single_bits_found; groups, a dict each: name, devices, found; bits, a dict each
kind of word: word, devices, found; pass, names of the devices that would pass; clips, ticks.)";

struct Clips : corners_clips {
    Clips() : corners_clips() {}
    ~Clips() { corners_clips_free(this); }
};

// What goes into the file, item by item.
struct Items {
    const GenChip *chip;
    std::optional<Shown> shown;
    struct random_events draw = {};
    Clips found;
    const char *name;
};

static struct stimulus show(const void *context, int i, int32_t *words, int16_t *jitter)
{
    const Items &x = *static_cast<const Items *>(context);
    if (x.shown) return x.shown->clip((size_t)i);
    if (x.found.n) return corners_stimulus(&x.found.clip[i]);
    struct stimulus s = {};
    random_events_show(&x.draw, i, words);
    s.n_ticks = x.draw.n_ticks, s.wide = words;
    if (x.chip->jitter(i, jitter, s.n_ticks)) s.jitter = jitter;
    return s;
}

static const char *name(const void *context, int i, char text[32])
{
    snprintf(text, 32, "%s/%d", static_cast<const Items *>(context)->name, i);
    return text;
}

static void find_corners(Items &x, const struct law_image &view, uint64_t seed, int ticks)
{
    const struct corners_plan plan = {seed, ticks, CORNERS_EFFORT, true};
    Clips all;
    bool whole;
    {
        nb::gil_scoped_release free_now;
        whole =
            corners_search(&view, &plan, nullptr, &all) && corners_distil(&view, &all, &x.found);
    }
    if (!whole) throw std::bad_alloc();
    if (!x.found.n) refuse("corners: nothing that is shown reaches any corner");
}

void gen_of(const struct law_image &view, const GenChip &chip, const std::string &path,
            const GenAsk &ask)
{
    struct fail f = {};
    if ((!ask.events.is_none()) + ask.random.has_value() + ask.corners != 1)
        refuse("events, random, corners: allowed one of them");
    if (!ask.jitter.is_none() && ask.events.is_none()) refuse("jitter: goes with events");
    if (ask.clips < 1) refuse("clips: %d, allowed 1 and more", ask.clips);
    const int ticks = ask.ticks.value_or(ask.corners ? (int)CORNERS_TICKS : 100);
    if (ticks < 1 || ticks > 1000000) refuse("ticks: %d, allowed 1..1000000", ticks);
    Items x;
    struct vectors_shown items = {ask.clips, ticks, show, name, &x, ask.expect, ask.stages};
    x.chip = &chip;
    if (ask.corners) {
        x.name = "corners";
        find_corners(x, view, chip.seed, ticks);
        items.n_items = x.found.n;
        for (int i = 0; i < x.found.n; i++)
            items.n_ticks = std::max(items.n_ticks, x.found.clip[i].n_ticks);
    } else if (ask.random) {
        x.name = "random";
        x.draw.seed = *ask.random, x.draw.n_ticks = ticks, x.draw.high = 1;
        check(random_events_of(&x.draw, &view, &f), f);
    } else {
        x.name = "clip";
        x.shown.emplace(shown(view, chip.name.c_str(), ask.events, ask.jitter));
        items.n_items = (int)x.shown->clips, items.n_ticks = (int)x.shown->ticks;
    }
    char *text = nullptr, message[1024];
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to) throw std::bad_alloc();
    int bad;
    {
        nb::gil_scoped_release free_now;
        struct vectors_writer w;
        vectors_begin(&w, to, &view, vectors_version_of(&view));
        vectors_head(&w, "generator", "spiketwin (Python)");
        vectors_head(&w, "chip", chip.name.c_str());
        vectors_head(&w, "net", ask.net.c_str());
        vectors_head(&w, "seed", std::to_string(chip.seed).c_str());
        vectors_head(&w, "k", std::to_string(chip.k).c_str());
        for (const auto &[key, value] : chip.more)
            vectors_head(&w, key.c_str(), value.c_str());
        vectors_head_image(&w, &view);
        if (ask.random) vectors_head(&w, "random", std::to_string(*ask.random).c_str());
        if (ask.corners) vectors_head(&w, "corners", std::to_string(chip.seed).c_str());
        bad = vectors_show(&w, &view, &items, message, sizeof message);
    }
    const bool whole = !fclose(to);
    Owned<char> kept(text);
    if (bad) throw Error(message);
    if (!whole) throw std::bad_alloc();
    check(file_write(path.c_str(), text, size, &f), f);
}

struct Adequacy : adequacy {
    Adequacy() : adequacy() {}
    ~Adequacy() { adequacy_fini(this); }
};

nb::dict adequacy_of(const struct law_image &view, const std::string &path)
{
    Clips clips;
    Adequacy a;
    char message[1024];
    FILE *in = fopen(path.c_str(), "r");
    if (!in) refuse("%s: %s", path.c_str(), strerror(errno));
    int bad;
    bool whole;
    {
        nb::gil_scoped_release free_now;
        bad = vectors_clips(in, path.c_str(), &view, &clips, message, sizeof message);
        whole = bad || adequacy_init(&a, &view);
        for (int i = 0; !bad && whole && i < clips.n; i++) {
            const struct stimulus s = corners_stimulus(&clips.clip[i]);
            whole = adequacy_show(&a, &s);
        }
        if (!bad && whole) adequacy_end(&a);
    }
    fclose(in);
    if (bad) throw Error(message);
    if (!whole) throw std::bad_alloc();
    const struct adequacy_sum sum = adequacy_sum(&a);
    nb::dict said;
    nb::list groups, bits, pass;
    for (int g = 0; g < WRONG_GROUPS; g++) {
        if (!sum.of[g]) continue;
        nb::dict one;
        one["name"] = wrong_groups[g];
        one["devices"] = sum.of[g];
        one["found"] = sum.found_of[g];
        groups.append(one);
    }
    for (int i = 0; i < a.n_bits; i++) {
        nb::dict one;
        one["word"] = view.kind->word[a.bits[i].word].name;
        one["devices"] = a.bits[i].n;
        one["found"] = a.bits[i].found;
        bits.append(one);
        if (a.bits[i].each > 1)
            warn(std::string(view.kind->word[a.bits[i].word].name) + ": one word of " +
                 std::to_string(a.bits[i].each) + " is asked for its single bits");
    }
    for (int i = 0; i < a.n; i++)
        if (!a.wrong[i].found) pass.append(a.wrong[i].name);
    said["clips"] = clips.n;
    said["ticks"] = a.ticks;
    said["devices"] = sum.n;
    said["found"] = sum.found;
    said["single_bits"] = sum.bits;
    said["single_bits_found"] = sum.bits_found;
    said["groups"] = groups;
    said["bits"] = bits;
    said["pass"] = pass;
    return said;
}
