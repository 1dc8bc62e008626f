// The state file of a campaign of faults.
#include "tests/fuzz/readers/kept_mutator.h"
#include "twin/jobs/fault_state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CLIPS = 5, FAULTS = FAULT_BLOCK + 3, RECORD = 8 + FAULT_BLOCK * (16 + 8) + 4 };
static const char identity[] = "net=1 data=2";
static const struct fault_campaign_job job = {.n_stimuli = CLIPS, .critical = 0.3};

struct room {
    struct fault_result result[FAULTS];
    uint64_t exposed[FAULTS];
    struct fault_campaign campaign;
};

static struct fault_campaign *begin(struct room *r)
{
    memset(r, 0, sizeof *r);
    r->campaign = (struct fault_campaign){
        .result = r->result, .n = FAULTS, .exposed = r->exposed, .exposed_words = 1};
    return &r->campaign;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct room r;
    struct fail f = {""};
    struct fault_state *s = fault_state_open(fuzz_file(bytes, n), identity, begin(&r), &job, &f);
    if (!s) {
        fuzz_refused(f.text);
        return 0;
    }
    for (size_t i = 0; i < FAULTS; i++) {
        const struct fault_result *x = &r.result[i];
        if (!fault_state_has(s, i / FAULT_BLOCK))
            fuzz_need(!x->is && !x->exposed, "a fault of no record");
        fuzz_need(x->exposed == __builtin_popcountll(r.exposed[i]), "clips that are not counted");
        fuzz_need(r.exposed[i] < 1u << CLIPS, "a clip that there is not");
        fuzz_need(x->decided <= x->exposed && x->lost <= x->decided, "more are lost than decided");
        fuzz_need((x->is <= FAULT_MASKED) == !x->exposed, "a class that the counts deny");
    }
    fault_state_close(s);
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
    struct room r;
    struct fail f = {""};
    snprintf(path, sizeof path, "%s/two_blocks", folder);
    unlink(path);
    struct fault_campaign *c = begin(&r);
    struct fault_state *s = fault_state_open(path, identity, c, &job, &f);
    fuzz_need(s != 0, f.text);
    for (size_t i = 0; i < FAULTS; i++) {
        const int exposed = (int)(i % 4), lost = i % 4 == 3 ? 2 : 0;
        r.exposed[i] = (1u << exposed) - 1;
        r.result[i].exposed = exposed;
        r.result[i].decided = r.result[i].lost = lost;
        r.result[i].is = i % 8 ? fault_class_of(&job, exposed, lost) : FAULT_SAME;
    }
    fuzz_need(!fault_state_add(s, 0, &f) && !fault_state_add(s, 1, &f), f.text);
    fault_state_close(s);
}
