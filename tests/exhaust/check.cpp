// All cases of two 16-bit words through the Verilated lanes, each output compared with what is
// expected of it.
//
//   check WORDS FROM TO     WORDS = 65536: every word of both; 4096: one word of every 16 in a row,
//                           both ends, 0 and -1 among them.
//                           FROM..TO: of the first word's, so that processes can share the work
//
// Prints "CASES DIFFER OUTPUTS"; the first case that differs on stderr. Exit codes: 0 same, 1
// differs.
#include "Vlanes.h"
#include "verilated.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

extern "C" {
#include "tests/exhaust/expected.h"
}

// One word of each stratum, all of them when a stratum has one word.
static std::vector<int16_t> words_of(int n)
{
    std::vector<int16_t> words;
    int size = 65536 / n;
    for (int s = 0; s < n; s++) {
        int first = -32768 + s * size, last = first + size - 1;
        unsigned hash = (unsigned)s * 2654435761u >> 16;
        bool from_start = first == 0 || s == 0, from_end = last == -1 || s == n - 1;
        words.push_back((int16_t)(from_start ? first
                                  : from_end ? last
                                             : first + (int)(hash % (unsigned)size)));
    }
    return words;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 0, from = argc > 2 ? atoi(argv[2]) : 0;
    int to = argc > 3 ? atoi(argv[3]) : 0;
    if (n < LANES || 65536 % n || n % LANES || from < 0 || to > n) return 2;
    VerilatedContext context;
    Vlanes lanes{&context};
    const std::vector<int16_t> words = words_of(n);
    const size_t outputs = (size_t)expected_outputs * LANES;
    std::vector<int64_t> want(outputs);
    static_assert(sizeof lanes.a_i == sizeof(int16_t[LANES]), "lanes");
    if (sizeof lanes.out_o != outputs * sizeof(int64_t)) return 2;
    int16_t a[LANES];
    long long cases = 0, differ = 0;

    for (int i = from; i < to; i++) {
        for (int k = 0; k < LANES; k++)
            a[k] = words[(size_t)i];
        memcpy(&lanes.a_i, a, sizeof a);
        for (int j = 0; j < n; j += LANES) {
            const int16_t *b = &words[(size_t)j];
            memcpy(&lanes.b_i, b, sizeof a);
            lanes.eval();
            expected(a, b, want.data());
            cases += LANES;
            if (memcmp(&lanes.out_o, want.data(), outputs * sizeof(int64_t)) == 0) continue;
            const int64_t *got = (const int64_t *)&lanes.out_o;
            for (int k = 0; k < LANES; k++) {
                size_t o = 0;
                while (o < outputs && got[o + (size_t)k] == want[o + (size_t)k])
                    o += LANES;
                if (o == outputs) continue;
                if (differ++ == 0)
                    fprintf(stderr, "first: words %d, %d: output %zu is %lld, expected %lld\n",
                            a[k], b[k], o / LANES, (long long)got[o + (size_t)k],
                            (long long)want[o + (size_t)k]);
            }
        }
    }
    printf("%lld %lld %d\n", cases, differ, expected_outputs);
    return differ ? 1 : 0;
}
