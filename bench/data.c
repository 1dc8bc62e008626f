// What a recording takes in memory, open and packed, and what one use of it takes in time.
//
//   bench/data [DIR [CHIP]]       default: speech_commands of SPIKETWIN_DATA or ../shared/data
//
// One JSON object. Open: the front end's envelope and its sums. Packed: samples without loss; clips
// beyond open_limit_bytes are kept so (twin/task/speech/speech.h).
#include "bench/bench.h"
#include "twin/task/speech/speech.h"

#include <omp.h>
#include <sys/resource.h>

static void die(const char *why)
{
    fprintf(stderr, "bench/data: %s\n", why);
    exit(2);
}

// Processor seconds a clip of hearing all wanted ones once, each on a clock and at a shift of its
// own; the best of a few rounds.
static double use(const struct speech *s, int n)
{
    uint8_t *words = malloc((size_t)s->corpus.n_ticks * (size_t)s->front.spec.n_filters);
    int16_t *jitter = calloc((size_t)s->corpus.n_ticks, sizeof *jitter);
    double best = INFINITY;
    if (!words || !jitter) die("out of memory");
    for (int t = 0; t < s->corpus.n_ticks; t++)
        jitter[t] = (int16_t)(t * 37 % 1000 - 500);
    for (int round = 0; round < 3; round++) {
        double start = cpu_s();
        for (int i = 0; i < n; i++)
            corpus_words(&s->corpus, i, i % 80 - 40, jitter, words);
        best = fmin(best, (cpu_s() - start) / n);
    }
    free(words);
    free(jitter);
    return best;
}

int main(int argc, char **argv)
{
    const char *shared = getenv("SPIKETWIN_DATA");
    char dir[4096];
    struct chip chip;
    struct speech open, packed;
    struct fail f;
    struct rusage usage;
    snprintf(dir, sizeof dir, "%s/speech_commands", shared ? shared : "../shared/data");
    if (argc > 1) snprintf(dir, sizeof dir, "%s", argv[1]);
    if (chip_load(&chip, argc > 2 ? argv[2] : SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f))
        die(f.text);
    const struct dataset_ask ask = {.dir = dir};
    if (speech_open_within(&packed, &chip, &ask, 0, 0, 0, &f)) die(f.text);
    int n = packed.corpus.set.n_clips < 500 ? packed.corpus.set.n_clips : 500;
    double packed_s = use(&packed, n);
    double packed_kb = 1e-3 * (double)packed.packed_bytes / (double)packed.n_packed;
    int n_clips = packed.corpus.set.n_clips;
    speech_close(&packed);
    if (speech_open(&open, &chip, &ask, 0, 0, &f)) die(f.text);
    n = (int)open.n_open < n ? (int)open.n_open : n;
    double open_s = use(&open, n);
    double open_kb = 1e-3 * open.front.spec.n_filters *
                     (2.0 * open.n_hops + 4.0 * (open.n_hops / FRONTEND_BLOCK + 1));
    speech_close(&open);
    if (getrusage(RUSAGE_SELF, &usage)) die("getrusage");
    printf("{\"bench\":\"data\",\"clips\":%d,\"filters\":%d,\"packed_kB_a_clip\":%.1f,"
           "\"open_kB_a_clip\":%.1f,\"open_limit_bytes\":%zu,\"packed_use_us\":%.1f,"
           "\"open_use_us\":%.1f,\"most_resident_MB\":%.0f}\n",
           n_clips, chip.frontend.n_filters, packed_kb, open_kb, SPEECH_OPEN_BYTES, packed_s * 1e6,
           open_s * 1e6, (double)usage.ru_maxrss * 1.024e-3);
    return 0;
}
