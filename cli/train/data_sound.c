// Recordings: what of a folder and its sound is not heard as it lies there.
#include "cli/train/data.h"

#include "twin/task/speech/speech.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *data_speakers_by(const struct dataset *d)
{
    static const char *const by[] = {[SPEAKERS_BY_NAME] = "names SPEAKER_nohash_N",
                                     [SPEAKERS_BY_LIST] = "speakers.txt",
                                     [SPEAKERS_BY_REGEX] = "--speaker",
                                     [SPEAKERS_BY_FILE] = "the file"};
    return d->speakers == SPEAKERS_BY_NAME && d->notes.n_nameless == d->n_clips ? "files"
                                                                                : by[d->speakers];
}

void data_warn_of_folder(const struct dataset *d)
{
    static const char *const list[] = {"validation_list.txt", "testing_list.txt"};
    const struct dataset_notes *n = &d->notes;
    if (n->n_unread)
        cli_warn("%d files or folders in the words' folders are no sound by their extension and "
                 "are not heard, such as %s",
                 n->n_unread, n->unread);
    if (n->n_unread_folders)
        cli_warn("%d folders hold files but no sound, so they are no words, such as %s",
                 n->n_unread_folders, n->unread_folder);
    for (int i = 0; i < 2; i++)
        if (n->n_elsewhere[i])
            cli_warn("%s: %d entries of %d folders that are not here", list[i], n->n_elsewhere[i],
                     n->n_elsewhere_folders[i]);
    if (n->n_speakers_elsewhere)
        cli_warn("speakers.txt: %d entries name no clip of these words", n->n_speakers_elsewhere);
}

static void warn_of_speakers(const struct dataset *d)
{
    int n = 0;
    for (int i = 0; i < DATASET_SPLITS; i++)
        n += d->n_speakers[i];
    if (d->notes.n_nameless)
        cli_warn("%d of %d clips have no name SPEAKER_nohash_N: each such file is a speaker of its "
                 "own, and accuracy on speakers held back flatters (--speaker, or speakers.txt)",
                 d->notes.n_nameless, d->n_clips);
    else if (n == d->n_clips)
        cli_warn("each of %d speakers has one clip: accuracy on speakers held back flatters if "
                 "some of them are the same (--speaker, or speakers.txt)",
                 n);
}

static void warn_of_sound(const struct speech *s)
{
    const struct speech_notes *n = &s->notes;
    const struct dataset_clip *clip = s->corpus.set.clip;
    if (n->n_longer)
        cli_warn("%d of %d clips are longer than %d ms: the rest is not heard (up to %.0f ms, %s)",
                 n->n_longer, n->n_heard, s->clip_ms, n->longest_ms, clip[n->longest].path);
    if (n->n_cut) cli_warn("%d recordings are cut in windows of %d ms", n->n_cut, s->clip_ms);
    if (n->n_tails)
        cli_warn("the ends of %d recordings, under half a window, are not heard (%.0f ms in all)",
                 n->n_tails, n->tails_ms);
    if (n->n_clipped)
        cli_warn("%" PRId64 " samples of %d clips are over full scale and are clipped, such as %s",
                 n->clipped_samples, n->n_clipped, clip[n->clipped].path);
    if (n->n_silent)
        cli_warn("%d of %d clips are silent (every sample that is heard is 0), such as %s",
                 n->n_silent, n->n_heard, clip[n->silent].path);
}

// One line of what is trained on.
static void tell_data(const struct speech *s)
{
    const struct dataset *d = &s->corpus.set;
    fprintf(stderr, "data: %d words, %d clips", d->labels.n, d->n_clips);
    for (int i = 0, first = 1; i < DATASET_SPLITS; i++)
        if (d->n_split[i]) {
            fprintf(stderr, "%s %s %d of %d speakers", first ? ":" : ",", dataset_split_names[i],
                    d->n_split[i], d->n_speakers[i]);
            first = 0;
        }
    fprintf(stderr, "; speakers by %s", data_speakers_by(d));
    if (s->notes.n_resampled) fprintf(stderr, "; %d resampled", s->notes.n_resampled);
    if (s->notes.n_mixed) fprintf(stderr, "; %d of several channels, averaged", s->notes.n_mixed);
    fputc('\n', stderr);
}

struct corpus *data_open_sound(const struct data_ask *ask, struct progress *p)
{
    struct fail f;
    struct speech *s = calloc(1, sizeof *s);
    if (!s) cli_no_memory();
    data_refuse_options(ask->common, "recordings");
    struct dataset_ask set = ask->set;
    const int net_ms = ask->net && ask->net->clip_ms ? ask->net->clip_ms : SPEECH_CLIP_MS;
    set.clip_ms = ask->common->clip_ms ? ask->common->clip_ms : ask->net ? net_ms : 0;
    set.windows = ask->common->windows;
    set.features = ask->common->features;
    if (speech_open(s, ask->chip, &set, ask->wanted, p, &f)) cli_die("%s", f.text);
    const struct dataset *clips = &s->corpus.set;
    if (!ask->net && dataset_trainable(clips, &ask->set, &f)) cli_die("%s", f.text);
    if (ask->net && s->corpus.n_in != ask->net->shape.layer[0].n_in)
        cli_die("the chip's front end has %d filters, the net %d inputs", s->corpus.n_in,
                ask->net->shape.layer[0].n_in);
    if (ask->net && s->clip_ms != net_ms)
        cli_warn("clips of %d ms, the net was trained on %d ms", s->clip_ms, net_ms);
    s->corpus.clip_ms = s->clip_ms == SPEECH_CLIP_MS ? 0 : s->clip_ms;
    if (ask->net) data_refuse_known(ask, clips);
    if (!ask->net && !ask->common->quiet) tell_data(s);
    if (set.features && !ask->common->quiet)
        fprintf(stderr, "features: %d of %d clips from %s\n", s->n_saved,
                (int)(s->n_open + s->n_packed), set.features);
    data_warn_of_folder(clips);
    warn_of_speakers(clips);
    warn_of_sound(s);
    return &s->corpus;
}
