// Runs every mutant of one network in lockstep with the model (cosim/lockstep.c, every stage) and
// says of each "N killed" or "N survived". Mutant 0 is the RTL as it is.
//
//   kill_net NET MUTANTS IMAGES
#include "cosim/lockstep.h"
#include "tests/mutants/laws.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICKS = 40, SECONDS = 20 };

extern const struct dut_ops dut_ops; // cosim/dut.cpp, linked in
extern int mutant_selected;

// Different weights, graded inputs, ticks with no event and with all, jitter, rest between clips.
static bool same(struct dut_handle *h, const struct mutant_net *m, int images)
{
    struct random r = {97};
    bool same = true;
    for (int i = 0; i < images && same; i++) {
        char message[1024];
        uint8_t x[TICKS * 64];
        int16_t jitter[TICKS];
        struct image im;
        void *memory = random_image(&r, &m->law->law, &m->shape, &im);
        struct lockstep *k = lockstep_new(h, &im, TICKS, message, sizeof message);
        if (!k) same = false; // not ready after its words were written
        for (int clip = 0; clip < 3 && same; clip++) {
            struct lockstep_result result = {0};
            struct lockstep_options o = {.stages = true};
            struct stimulus s = {TICKS, x, clip == 1 ? 0 : jitter};
            random_stimulus(&r, &im, TICKS, x, jitter);
            same = lockstep_run(k, &s, &o, &result, message, sizeof message) == 0;
        }
        lockstep_free(k);
        free(memory);
    }
    return same;
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    int net = atoi(argv[1]), n_mutants = atoi(argv[2]), images = atoi(argv[3]);
    if (net < 0 || net >= MUTANT_NETS || images < 1) return 2;
    for (int k = 0; k <= n_mutants; k++) {
        fflush(stdout);
        pid_t child = fork(); // a mutant may abort, or run for ever
        if (child < 0) return 2;
        if (child == 0) {
            alarm(SECONDS);
            close(2); // dut.cpp says what it finds before it aborts
            mutant_selected = k;
            struct dut_handle h = {0, &dut_ops, dut_ops.create()};
            _exit(h.dut && same(&h, &mutant_nets[net], images) ? 0 : 1);
        }
        int status;
        if (waitpid(child, &status, 0) != child) return 2;
        bool survived = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        printf("%d %s\n", k, survived ? "survived" : "killed");
    }
    return 0;
}
