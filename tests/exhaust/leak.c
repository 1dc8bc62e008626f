// The expected side of the leak stage alone, by definition: quotient and remainder of an __int128,
// then what the rounding's name says of the remainder. No shift, nothing of model/.
// -DROUND=NUMBER -DLANES=N.
#include "tests/exhaust/expected.h"

#include <stdbool.h>

const int expected_outputs = 1;

enum { FLOOR, NEAREST_EVEN, TOWARD_ZERO, CEILING, AWAY };

static inline int64_t divided(__int128 x, __int128 by, int round)
{
    __int128 quotient = x / by, rest = x % by; // C's: towards zero
    bool negative = rest < 0 || (rest == 0 && x < 0);
    if (rest < 0) {
        quotient -= 1;
        rest += by;
    }
    bool odd = quotient % 2 != 0, up = false;
    switch (round) {
    case FLOOR:
        break;
    case NEAREST_EVEN:
        up = 2 * rest > by || (2 * rest == by && odd);
        break;
    case TOWARD_ZERO:
        up = negative && rest > 0;
        break;
    case CEILING:
        up = rest > 0;
        break;
    default:
        up = !negative && rest > 0;
    }
    return (int64_t)(quotient + up);
}

void expected(const int16_t a[], const int16_t b[], int64_t out[])
{
    int64_t moved = divided((__int128)LEAK_SLOPE * leak_jitter(ROUND), 32768, NEAREST_EVEN);
    for (int k = 0; k < LANES; k++) {
        int64_t lambda = (uint16_t)b[k] + moved;
        if (lambda < 0) lambda = 0;
        if (lambda > 65535) lambda = 65535;
        out[k] = divided((__int128)a[k] * lambda, 65536, ROUND);
    }
}
