// Runs every mutant of one network in lockstep with the model (cosim/lockstep/lockstep.c, every stage) and
// says of each "N killed" or "N survived". Mutant 0 is the RTL as it is; the clock cycles that it
// takes are those that a mutant has to take.
//
//   kill_net NET MUTANTS IMAGES
#include "cosim/lockstep/lockstep.h"
#include "tests/mutants/kill/laws.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICKS = 40, WRITES = 120, CLIPS = 3 };
enum { SECONDS = 20 }; // of processor time; the original takes less than four

extern const struct dut_ops dut_ops; // cosim/dut/dut.cpp, linked in

// Read and set by net_port.h.
int mutant_selected;
const struct stimulus *mutant_stimulus;
int64_t mutant_cycles;
bool mutant_wrong;

// Input words: ticks without any, with all, and between.
static void draw_input(struct random *r, const struct image *im, int32_t *wide, uint8_t *x)
{
    bool is_signed = im->law.input_signed;
    int bits = law_bits(im->law.input), n_in = im->layer[0].n_in;
    int64_t hi = is_signed ? fx_max(bits) : fx_umax(bits), lo = is_signed ? -hi - 1 : 0;
    for (int tick = 0; tick < TICKS; tick++) {
        int64_t share = draw(r, 0, 3); // of sources with an event
        for (int i = 0; i < n_in; i++) {
            int32_t word = corner_word(r, lo, hi);
            if (share == 3 && word == 0) word = 1;
            wide[tick * n_in + i] = share == 3 || draw(r, 0, 3) < share ? word : 0;
            x[tick * n_in + i] = (uint8_t)wide[tick * n_in + i];
        }
    }
}

// Different weights, graded inputs, jitter, writes of every kind of word, rest between clips.
static bool same(struct dut_handle *h, const struct mutant_net *m, int images, int64_t *cycles)
{
    struct random r = {97};
    bool same = true;
    for (int i = 0; i < images && same; i++) {
        char message[1024];
        uint8_t x[TICKS * 64];
        int32_t wide[TICKS * 64];
        int16_t jitter[TICKS];
        struct stimulus_write writes[WRITES];
        struct image im;
        void *memory = random_image(&r, &m->law->law, &m->shape, &im);
        for (int l = 0; i % 3 == 1 && l < im.n_layers; l++) // all fire at once
            for (int n = 0; n < im.layer[l].n_out; n++)
                im.layer[l].neuron[n].theta = (int32_t)fx_min(law_bits(im.law.membrane));
        mutant_stimulus = 0;
        const struct law_image view = law_image_of(&im);
        struct lockstep *k = lockstep_new(h, &view, TICKS, message, sizeof message);
        if (!k) same = false; // not ready after its words were written
        for (int clip = 0; clip < CLIPS && same; clip++) {
            struct lockstep_result result = {0};
            struct lockstep_options o = {.stages = true};
            bool is_signed = im.law.input_signed;
            random_stimulus(&r, &im, TICKS, x, jitter);
            draw_input(&r, &im, wide, x);
            random_writes(&r, &im, TICKS, writes, WRITES);
            struct stimulus s = {.n_ticks = TICKS,
                                 .x = is_signed ? 0 : x,
                                 .wide = is_signed ? wide : 0,
                                 .jitter = clip == 1 ? 0 : jitter,
                                 .write = writes,
                                 .n_writes = clip == 0 ? WRITES : 0};
            mutant_stimulus = &s;
            int rc = lockstep_run(k, &s, &o, &result, message, sizeof message);
            if (mutant_selected == 0 && rc < 0) fprintf(stderr, "%s\n", message);
            if (mutant_selected == 0 && rc > 0) lockstep_explain(stderr, &view, &result.first);
            if (mutant_selected == 0 && mutant_wrong) fprintf(stderr, "an output port\n");
            same = rc == 0 && !mutant_wrong;
            int64_t *expected = &cycles[i * CLIPS + clip];
            if (mutant_selected == 0) *expected = mutant_cycles;
            same = same && mutant_cycles == *expected;
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
    int64_t *cycles = mmap(0, (size_t)(images * CLIPS) * sizeof *cycles, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (cycles == MAP_FAILED) return 2;
    for (int k = 0; k <= n_mutants; k++) {
        fflush(stdout);
        pid_t child = fork(); // a mutant may abort, or run for ever
        if (child < 0) return 2;
        if (child == 0) {
            struct rlimit limit = {SECONDS, SECONDS};
            setrlimit(RLIMIT_CPU, &limit);
            alarm(20 * SECONDS);
            if (k) close(2); // dut.cpp says what it finds before it aborts
            mutant_selected = k;
            struct dut_handle h = {0, &dut_ops, dut_ops.create()};
            _exit(h.dut && same(&h, &mutant_nets[net], images, cycles) ? 0 : 1);
        }
        int status;
        if (waitpid(child, &status, 0) != child) return 2;
        bool survived = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        printf("%d %s\n", k, survived ? "survived" : "killed");
    }
    return 0;
}
