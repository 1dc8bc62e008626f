#include "data.h"

extern "C" {
#include "twin/task/events/events.h"
#include "twin/task/known.h"
#include "twin/task/speech/speech.h"
}

Data::~Data()
{
    corpus_close(corpus);
    free(corpus);
}

void count(std::string &text, int64_t n, const char *what)
{
    if (n) text += (text.empty() ? "" : "; ") + std::to_string(n) + " " + what;
}

void warn_of(const std::string &where, const std::string &text)
{
    if (!text.empty()) warn(where + ": " + text);
}

static void warn_of_events(const std::string &where, const struct events_notes &n)
{
    std::string text;
    count(text, n.n_late, "events or values behind the last tick are not heard");
    count(text, n.n_over, "are more than their input word holds");
    count(text, n.n_rounded, "values are no input words and are rounded to the nearest");
    count(text, n.n_empty, "items have no event");
    warn_of(where, text);
}

static void warn_of_sound(const std::string &where, const struct speech_notes &n)
{
    std::string text;
    count(text, n.n_longer, "clips are longer than what is heard of them");
    count(text, n.n_clipped, "clips have samples over full scale");
    count(text, n.n_silent, "clips are silent");
    warn_of(where, text);
}

static enum dataset_split split_of(const std::string &name)
{
    for (int i = 0; i < DATASET_SPLITS; i++)
        if (name == dataset_split_names[i]) return (enum dataset_split)i;
    refuse("split: %s, allowed train, held, validation, test", name.c_str());
}

static void check_labels(const struct net &n)
{
    if (!n.labels.n) refuse("the net has no labels: it is run on vectors only");
    if (n.labels.n > UINT8_MAX + 1)
        refuse("%d labels, allowed up to %d (a decision is a byte)", n.labels.n, UINT8_MAX + 1);
}

// Labels that are asked for, as the library wants them.
struct Labels {
    struct labels l = {};
    ~Labels() { labels_fini(&l); }
};

// What both kinds of data are asked.
static struct dataset_ask set_of(const Ask &ask, const char *dir, Labels &words)
{
    struct fail f = {};
    struct dataset_ask set = {};
    for (const std::string &one : ask.words)
        check(labels_add(&words.l, one.c_str(), &f), f);
    set.dir = dir;
    set.labels = ask.net ? &ask.net->labels : words.l.n ? &words.l : nullptr;
    set.only = !ask.net && words.l.n > 0;
    set.speaker = ask.speaker.empty() ? nullptr : ask.speaker.c_str();
    return set;
}

static struct events *new_events(Data &d)
{
    auto *e = static_cast<struct events *>(calloc(1, sizeof(struct events)));
    if (!e) throw std::bad_alloc();
    d.corpus = &e->corpus;
    return e;
}

// A file or folder, as --data of the program.
static void open_path(Data &d, const Ask &ask, const std::string &path)
{
    struct fail f = {};
    Labels words;
    int events = events_are(path.c_str(), &f), bad;
    if (events < 0) throw Error(f.text);
    enum dataset_split first = SPLIT_VALIDATION, last = events ? SPLIT_TEST : SPLIT_VALIDATION;
    if (!ask.net) first = SPLIT_TRAIN, last = SPLIT_HELD;
    if (ask.split) first = last = split_of(*ask.split);
    bool wanted[DATASET_SPLITS] = {};
    for (int i = first; i <= (int)last; i++)
        wanted[i] = true;
    struct dataset_ask set = set_of(ask, path.c_str(), words);
    set.held_percent = !ask.net || first == SPLIT_HELD ? ask.held_percent : 0;
    if (events) {
        struct events *e = new_events(d);
        struct events_ask of = {};
        of.set = set, of.wanted = wanted, of.chip = ask.chip;
        of.n_in = ask.net ? ask.net->shape.layer[0].n_in : 0;
        {
            nb::gil_scoped_release free_now;
            bad = events_open(e, &of, &f);
        }
        check(bad, f);
        warn_of_events(path, e->notes);
        if (e->corpus.targets)
            refuse("%s: targets over time, allowed items with labels (the program takes targets)",
                   path.c_str());
        if (ask.net && e->corpus.set.events)
            check(known_refuse(&e->corpus.set, path.c_str(), wanted, ask.net, &f), f);
    } else {
        auto *s = static_cast<struct speech *>(calloc(1, sizeof(struct speech)));
        if (!s) throw std::bad_alloc();
        d.corpus = &s->corpus;
        if (ask.net) set.clip_ms = ask.net->clip_ms ? ask.net->clip_ms : SPEECH_CLIP_MS;
        {
            nb::gil_scoped_release free_now;
            bad = speech_open(s, ask.chip, &set, wanted, nullptr, &f);
        }
        check(bad, f);
        s->corpus.clip_ms = s->clip_ms == SPEECH_CLIP_MS ? 0 : s->clip_ms;
        warn_of_sound(path, s->notes);
        if (ask.net) check(known_refuse(&s->corpus.set, path.c_str(), wanted, ask.net, &f), f);
    }
    if (ask.net && d.corpus->n_in != ask.net->shape.layer[0].n_in)
        refuse("%s: %d inputs, the net has %d", path.c_str(), d.corpus->n_in,
               ask.net->shape.layer[0].n_in);
    if (!ask.net) check(dataset_trainable(&d.corpus->set, &set, &f), f);
    d.split = !ask.split && !d.corpus->set.n_split[first] ? last : first;
}

static std::vector<std::string> texts(nb::handle list)
{
    std::vector<std::string> all;
    if (!list.is_none())
        for (nb::handle one : list)
            all.push_back(nb::str(one).c_str());
    return all;
}

// Of a net a label is its text or its number.
static std::vector<std::string> labels_of(const Ask &ask)
{
    std::vector<std::string> label;
    if (!ask.net) return texts(ask.labels);
    for (nb::handle one : ask.labels) {
        nb::object at = nb::steal(PyNumber_Index(one.ptr()));
        if (!at.is_valid()) {
            PyErr_Clear();
            label.push_back(nb::str(one).c_str());
            continue;
        }
        long long i = nb::cast<long long>(at);
        if (i < 0 || i >= ask.net->labels.n)
            refuse("labels: clip %zu: %lld, allowed 0..%d, or their names", label.size(), i,
                   ask.net->labels.n - 1);
        label.push_back(ask.net->labels.text[i]);
    }
    return label;
}

static std::vector<const char *> pointers(const std::vector<std::string> &text)
{
    std::vector<const char *> all;
    for (const std::string &one : text)
        all.push_back(one.c_str());
    return all;
}

// Arrays: input words or real values (clips, ticks, inputs), and their labels.
static void open_arrays(Data &d, const Ask &ask)
{
    struct fail f = {};
    Labels words;
    nb::object kept = nb::module_::import_("numpy").attr("ascontiguousarray")(ask.data);
    nb::ndarray<nb::ro, nb::ndim<3>, nb::c_contig, nb::device::cpu> x;
    if (!nb::try_cast(kept, x)) refuse("data: allowed a path, or an array (clips, ticks, inputs)");
    const bool word = x.dtype() == nb::dtype<uint8_t>() || x.dtype() == nb::dtype<bool>();
    if (!word && x.dtype() != nb::dtype<float>())
        refuse("data: allowed uint8 or bool, input words (Chip.input), or float32, real values");
    if (ask.labels.is_none()) refuse("labels: of arrays they are needed, one a clip");
    if (x.shape(1) < 1 || x.shape(1) > EVENTS_TICKS || x.shape(2) < 1 ||
        x.shape(2) > IMAGE_MAX_NEURONS)
        refuse("data: (%zu, %zu, %zu), allowed (clips, 1..%d, %d)", x.shape(0), x.shape(1),
               x.shape(2), EVENTS_TICKS,
               ask.net ? ask.net->shape.layer[0].n_in : IMAGE_MAX_NEURONS);
    const std::vector<std::string> label = labels_of(ask), speaker = texts(ask.speakers);
    if (label.size() != x.shape(0) || (!speaker.empty() && speaker.size() != x.shape(0)))
        refuse("labels, speakers: %zu, %zu, allowed %zu, one a clip", label.size(), speaker.size(),
               x.shape(0));
    const std::vector<const char *> by_label = pointers(label), by_speaker = pointers(speaker);
    struct events_arrays a = {};
    a.name = ask.name.c_str();
    a.n = x.shape(0), a.n_ticks = (int)x.shape(1), a.n_in = (int)x.shape(2);
    a.word = word ? static_cast<const uint8_t *>(x.data()) : nullptr;
    a.real = word ? nullptr : static_cast<const float *>(x.data());
    a.label = by_label.data();
    a.speaker = by_speaker.empty() ? nullptr : by_speaker.data();
    a.split = d.split = ask.net ? SPLIT_TEST : DATASET_SPLITS;
    bool wanted[DATASET_SPLITS] = {true, true};
    struct events_ask of = {};
    of.set = set_of(ask, a.name, words);
    of.chip = ask.chip, of.n_in = ask.net ? ask.net->shape.layer[0].n_in : 0;
    if (!ask.net) of.set.held_percent = ask.held_percent, of.wanted = wanted;
    struct events *e = new_events(d);
    check(events_take_arrays(e, &of, &a, &f), f);
    warn_of_events(ask.name, e->notes);
    if (!ask.net) check(dataset_trainable(&d.corpus->set, &of.set, &f), f);
}

static bool is_path(nb::handle data)
{
    return nb::isinstance<nb::str>(data) || nb::hasattr(data, "__fspath__");
}

bool is_sound(nb::handle data)
{
    struct fail f = {};
    if (!is_path(data)) return false;
    const int events = events_are(nb::str(data).c_str(), &f);
    if (events < 0) throw Error(f.text);
    return !events;
}

void open_data(Data &d, const Ask &ask)
{
    if (ask.net) check_labels(*ask.net);
    if (is_path(ask.data))
        open_path(d, ask, nb::str(ask.data).c_str());
    else
        open_arrays(d, ask);
    if (!ask.net) return;
    d.clip.resize((size_t)d.corpus->set.n_clips + 1);
    d.clip.resize((size_t)corpus_split(d.corpus, d.split, d.clip.data()));
    if (d.clip.empty()) refuse("no clips in split %s", dataset_split_names[d.split]);
}
