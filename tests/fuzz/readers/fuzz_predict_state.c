// The state file of a prediction.
#include "tests/fuzz/readers/kept_mutator.h"
#include "twin/jobs/lif_job.h"
#include "twin/predict/predict_state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CLIPS = 5, RECORD = 24 + 8 * IMAGE_MAX_LAYERS + 8 + CLIPS + 4 };
static const char identity[] = "net=1 data=2";

// Two classes on two output neurons behind two others; labels 0 1 0 1 0.
static struct dataset_clip clips[CLIPS] = {
    {.label = 0}, {.label = 1}, {.label = 0}, {.label = 1}, {.label = 0}};
static const int clip[CLIPS] = {0, 1, 2, 3, 4};
static struct net net = {.words.kind = &lif_kind,
                         .shape = {.n_layers = 2, .layer = {{.n_in = 2, .n_out = 2}, {2, 2}}}};
static struct corpus corpus = {.n_ticks = 10, .set = {.clip = clips, .n_clips = CLIPS}};
static const struct lif_job lif = {.net = &net, .corpus = &corpus, .clip = clip, .n_clips = CLIPS};

// Made at the first call.
static const struct predict_job *the_job(void)
{
    static struct task task;
    static struct predict_job job;
    struct fail f = {""};
    if (!job.by) {
        fuzz_need(lif_task(&task, &lif, &f) == 0, f.text);
        job = lif_predict_job(&lif, &task);
    }
    return &job;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fail f = {""};
    struct predict_state *s = predict_state_open(fuzz_file(bytes, n), identity, the_job(), &f);
    if (!s) {
        fuzz_refused(f.text);
        return 0;
    }
    for (uint32_t k = 0; k < 4; k++) {
        struct predict_chip chip;
        uint16_t decision[CLIPS];
        int found = predict_state_find(s, 1, k, &chip, decision, &f);
        if (found < 0) fuzz_refused(f.text);
        if (found <= 0) continue;
        fuzz_need(chip.k == k, "another chip was found");
        int right = 0;
        for (int i = 0; i < CLIPS; i++) {
            fuzz_need(decision_class(decision[i]) < 2, "a class that the net has not");
            right += decision_class(decision[i]) == clips[i].label;
        }
        fuzz_need(chip.correct == right, "correct is not what the decisions say");
        fuzz_need(chip.spikes[0] >= 0 && chip.spikes[0] <= 2 * 10 * CLIPS,
                  "more spikes than ticks");
    }
    predict_state_close(s);
    fuzz_taken();
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed)
{
    return kept_mutate(bytes, n, room, seed, RECORD);
}

void fuzz_seeds(const char *folder)
{
    char path[4096];
    struct fail f = {""};
    struct predict_chip chip[3] = {{.k = 1, .correct = 2, .spikes = {4, 9}},
                                   {.k = 2, .correct = 3, .spikes = {4, 9}},
                                   {.k = 3, .correct = 3}};
    uint16_t decision[3][CLIPS] = {
        {0, 1, 1, 0, 1},
        {1, 1, DECISION_TIED, 0, 0},
        {DECISION_SILENT, DECISION_SILENT, DECISION_SILENT, DECISION_SILENT, DECISION_SILENT}};
    snprintf(path, sizeof path, "%s/three_chips", folder);
    unlink(path);
    struct predict_state *s = predict_state_open(path, identity, the_job(), &f);
    fuzz_need(s && !predict_state_add(s, 1, chip, decision[0], 3, &f), f.text);
    predict_state_close(s);
}
