#include "law.h"

#include <cerrno>

extern "C" {
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "cosim/vectors/vectors_model.h"
}

nb::list words_of(const struct law_image &view, nb::handle owner)
{
    const struct law_kind *kind = view.kind;
    nb::list layers;
    for (int l = 0; l < view.shape.n_layers; l++) {
        const int n_out = view.shape.layer[l].n_out;
        const size_t shape[2] = {(size_t)view.layer[l].n_rows, (size_t)n_out};
        const void *w = view.layer[l].w;
        nb::dict all;
        if (kind->word[0].size == sizeof(int16_t))
            all["weight"] = nb::ndarray<nb::numpy, const int16_t>(w, 2, shape, owner);
        else
            all["weight"] = nb::ndarray<nb::numpy, const int32_t>(w, 2, shape, owner);
        for (int w = 0; w < kind->n_words; w++) {
            if (kind->word[w].scope != LAW_NEURON || !kind->word[w].range(view.law).bits) continue;
            int64_t *x = static_cast<int64_t *>(lines((size_t)n_out * sizeof(int64_t)));
            for (int n = 0; n < n_out; n++)
                x[n] = law_image_word(&view, l, w, n, 0);
            all[kind->word[w].name] = array(x, {(size_t)n_out});
        }
        layers.append(all);
    }
    return layers;
}

nb::dict formats_of(const struct law_image &view)
{
    nb::dict all;
    for (int w = 0; w < view.kind->n_words; w++) {
        const struct law_word &word = view.kind->word[w];
        const struct law_range range = word.range(view.law);
        if (word.scope != LAW_CHIP && range.bits)
            all[word.name] = nb::make_tuple(range.bits, range.frac, range.is_signed);
    }
    return all;
}

const char cosim_doc[] =
    R"(Runs events on the Verilated RTL of the package, loaded with this chip's words, every state word of every tick
compared with the model, as `spiketwin cosim`, to the end of the first clip that differs: a dict.

events, jitter   as run's
build            where Verilated models are kept (None: as the program keeps them); Verilator and g++ build one when it is
                 first wanted

same; words and spikes compared, differ (of both), fired, clips, ticks, cycles; first, where they differ first: clip, tick,
layer, neuron, what, expected, got.)";

// The Verilated network, opened.
struct Dut {
    struct dut_handle h = {};
    struct lockstep *k = nullptr;
    ~Dut()
    {
        lockstep_free(k);
        dut_close(&h);
    }
};

// Up to the first clip that differs; 0 or -1.
static int side_by_side(const struct law_image &view, const Shown &s, const std::string &root,
                        const char *out, struct lockstep_result *r, int *clip, char *message,
                        size_t size)
{
    Dut dut;
    char library[DUT_PATH];
    struct dut_build_options o = {root.c_str(), out, false};
    struct lockstep_options how = {};
    int status = dut_build(view.kind, view.law, &view.shape, &o, library, message, size);
    if (status || dut_open(&dut.h, library, message, size)) return -1;
    dut.k = lockstep_new(&dut.h, &view, (int)s.ticks, message, size);
    if (!dut.k) return -1;
    for (*clip = 0; !status && *clip < (int)s.clips; ++*clip) {
        struct stimulus x = s.clip((size_t)*clip);
        status = lockstep_run(dut.k, &x, &how, r, message, size);
    }
    return status < 0 ? -1 : 0;
}

nb::dict cosim_of(const struct law_image &view, const Shown &s,
                  const std::optional<std::string> &build)
{
    auto r = std::make_unique<struct lockstep_result>();
    char message[1024];
    int clips, bad;
    const std::string root = home();
    {
        nb::gil_scoped_release free_now;
        bad = side_by_side(view, s, root, build ? build->c_str() : nullptr, r.get(), &clips,
                           message, sizeof message);
    }
    if (bad) throw Error(message);
    if (!r->words) refuse("no words were compared");
    nb::dict said, first;
    said["same"] = !r->words_differ && !r->spikes_differ;
    said["clips"] = clips;
    said["ticks"] = r->ticks;
    said["cycles"] = r->cycles;
    said["words"] = r->words;
    said["spikes"] = r->spikes;
    said["fired"] = r->fired;
    said["differ"] = r->words_differ + r->spikes_differ;
    if (r->roots + r->inherited > 0) {
        const struct lockstep_divergence &d = r->first;
        first["clip"] = clips - 1;
        first["tick"] = d.tick;
        first["layer"] = d.layer;
        first["neuron"] = d.neuron;
        first["what"] = d.what;
        first["expected"] = d.expected;
        first["got"] = d.got;
        said["first"] = first;
    }
    return said;
}

const char check_doc[] =
    R"(A device's vectors against the golden model of chip k, as `spiketwin check`: a dict.

vectors   path of what a device made of `spiketwin gen` (docs/vectors.md)

same; words and spikes compared, differ (of both); first, where they differ first: clip, tick, layer, neuron, word, expected,
got; hint, what would match instead; clips, ticks, events, not_at_rest, fired; warnings; reached, how often the stimulus was
where a wrong device would differ. What could not be compared is refused, and so is what a dead device would have too.)";

// A file that is closed.
struct File {
    FILE *f;
    File(const std::string &path, const char *mode) : f(fopen(path.c_str(), mode))
    {
        if (!f) refuse("%s: %s", path.c_str(), strerror(errno));
    }
    ~File() { fclose(f); }
};

struct Corners : corners {
    Corners() : corners() {}
    ~Corners() { corners_fini(this); }
};

static nb::dict reached_of(const struct corners &c)
{
    const struct corners_sum sum = corners_sum(&c);
    nb::dict said, count;
    said["reached"] = sum.reached;
    said["out_of_reach"] = sum.impossible;
    said["not_reached"] = sum.open;
    for (int i = 0; i < c.n; i++)
        if (corner_there(&c.corner[i])) count[c.corner[i].name] = corner_count(&c.corner[i]);
    said["corners"] = count;
    return said;
}

nb::dict check_of(const struct law_image &view, const std::string &path)
{
    File in(path, "r");
    struct vectors_check c = {};
    char message[1024], warning[VECTORS_WARNINGS][160];
    Corners reached;
    if (!corners_init(&reached, &view)) throw std::bad_alloc();
    int status;
    {
        nb::gil_scoped_release free_now;
        status = vectors_check(in.f, path.c_str(), &view, &c, nullptr, &reached, message,
                               sizeof message);
    }
    if (status < 0) throw Error(message);
    if (vectors_dead(&c)) throw Error(vectors_dead_text);
    const int n_warnings = vectors_warnings(&c, view.shape.n_layers, warning);
    nb::dict said, first;
    nb::list warnings;
    for (int i = 0; i < n_warnings; i++)
        warnings.append(warning[i]);
    said["same"] = !status;
    said["clips"] = c.counts.clips;
    said["ticks"] = c.counts.ticks;
    said["events"] = c.counts.events;
    said["stimulus_as_sent"] = c.stimulus_known;
    said["words"] = c.words;
    said["spikes"] = c.spikes;
    if (c.stages) said["stages"] = c.stages;
    said["differ"] = c.words_differ + c.spikes_differ + c.stages_differ;
    said["not_at_rest"] = c.moved;
    said["fired"] = c.fired;
    if (c.differs) {
        first["clip"] = c.clip;
        first["line"] = c.line;
        first["tick"] = c.tick;
        first["layer"] = c.layer;
        first["neuron"] = c.neuron;
        first[c.stage ? "stage" : "word"] = c.word;
        first["expected"] = c.expected;
        first["got"] = c.got;
        said["first"] = first;
    }
    if (*c.hint) said["hint"] = c.hint;
    said["warnings"] = warnings;
    said["reached"] = reached_of(reached);
    return said;
}
