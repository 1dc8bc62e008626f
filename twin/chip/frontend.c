#include "base/basic_math.h"
#include "twin/chip/frontend.h"

#include "model/fx.h"
#include "base/clones.h"

#include <math.h>
#include <string.h>

// Filters are run in blocks of this many lanes; a block's state lives in local arrays, so that the
// innermost loop is over filters and the compiler makes vectors of it.
enum { LANES = 16 };
_Static_assert(FRONTEND_MAX_FILTERS % LANES == 0, "blocks of filters are whole");

enum {
    MAX_HOP = 16,
    MAX_BIN_HOPS = 4096, // two of them of full words, and 2^MAX_FLOOR_BITS, fit 32 bits
    ENVELOPE_FRAC = 1,   // UQ15.1
    MAX_GAIN = 4096,
    MAX_FLOOR_BITS = 24,
    MAX_ADAPT_SHIFT = 12
};

// Mel scale of O'Shaughnessy (1987).
static double mel_of_hz(double hz)
{
    return 2595.0 * basic_log(1.0 + hz / 700.0) / basic_log(10.0);
}

static double hz_of_mel(double mel)
{
    return 700.0 * basic_expm1(mel / 2595.0 * basic_log(10.0));
}

static int32_t coefficient(double value)
{
    return (int32_t)lrint(ldexp(value, FRONTEND_COEF_FRAC));
}

// Audio EQ Cookbook, BPF with 0 dB peak: (α − α·z⁻²) / (1 + α − 2·cos ω0·z⁻¹ + (1 − α)·z⁻²). With
// α = tan(π·width / rate) the −3 dB width is exact at any centre (Regalia and Mitra, 1987). One of
// two in cascade has the −1.5 dB points there, which divides α by √(√2 − 1).
static void design(struct frontend *fe, int k, double centre_hz, double width_hz)
{
    double rate = fe->spec.rate_hz;
    double half = M_PI * width_hz / rate;
    double alpha = basic_sin(half) / basic_cos(half) / sqrt(M_SQRT2 - 1.0);
    fe->centre_hz[k] = centre_hz;
    fe->width_hz[k] = width_hz;
    fe->b0[k] = coefficient(alpha / (1.0 + alpha));
    fe->a1[k] = coefficient(-2.0 * basic_cos(2.0 * M_PI * centre_hz / rate) / (1.0 + alpha));
    fe->a2[k] = coefficient((1.0 - alpha) / (1.0 + alpha));
}

static int check_range(const char *name, double value, double lo, double hi, struct fail *f)
{
    if (value >= lo && value <= hi) return 0; // false for a NaN as well
    return fail(f, "frontend: %s is %g, allowed is %g to %g", name, value, lo, hi);
}

static int check(const struct frontend_spec *s, struct fail *f)
{
    if (check_range("rate_hz", s->rate_hz, 1000, 768000, f)) return -1;
    if (check_range("n_filters", s->n_filters, 1, FRONTEND_MAX_FILTERS, f)) return -1;
    if (check_range("f_low_hz", s->f_low_hz, 0, s->rate_hz / 2.0, f)) return -1;
    if (!(s->f_high_hz > s->f_low_hz && s->f_high_hz < s->rate_hz / 2.0))
        return fail(f,
                    "frontend: f_high_hz is %g, allowed is above f_low_hz %g and below half of "
                    "rate_hz %d",
                    s->f_high_hz, s->f_low_hz, s->rate_hz);
    if (check_range("bandwidth", s->bandwidth, 0.1, 4, f)) return -1;
    if (check_range("hop_samples", s->hop_samples, 1, MAX_HOP, f)) return -1;
    if (s->hop_samples & (s->hop_samples - 1))
        return fail(f, "frontend: hop_samples is %d, allowed is a power of two", s->hop_samples);
    if (check_range("bin_ms", s->bin_ms, 0.01, 1000, f)) return -1;
    double hops = s->bin_ms * s->rate_hz / 1000.0 / s->hop_samples;
    if (check_range("hops in bin_ms", hops, 1, MAX_BIN_HOPS, f)) return -1;
    if (fabs(hops - rint(hops)) > 1e-6)
        return fail(f, "frontend: bin_ms is %g, that is %g hops of %d samples: must be whole",
                    s->bin_ms, hops, s->hop_samples);
    if (check_range("int_bits", s->int_bits, 0, 8, f)) return -1;
    if (check_range("frac_bits", s->frac_bits, 0, 8, f)) return -1;
    if (check_range("int_bits + frac_bits", s->int_bits + s->frac_bits, 1, 8, f)) return -1;
    if (check_range("floor_bits", s->floor_bits, 0, MAX_FLOOR_BITS, f)) return -1;
    if (check_range("adapt_shift", s->adapt_shift, 0, MAX_ADAPT_SHIFT, f)) return -1;
    return check_range("gain", s->gain, 1, MAX_GAIN, f);
}

int frontend_init(struct frontend *fe, const struct frontend_spec *s, struct fail *f)
{
    memset(fe, 0, sizeof *fe);
    if (check(s, f)) return -1;
    fe->spec = *s;
    fe->bin_hops = (int)rint(s->bin_ms * s->rate_hz / 1000.0 / s->hop_samples);

    double low = mel_of_hz(s->f_low_hz);
    double step = (mel_of_hz(s->f_high_hz) - low) / (s->n_filters + 1);
    for (int k = 0; k < s->n_filters; k++) {
        double distance = (hz_of_mel(low + (k + 2) * step) - hz_of_mel(low + k * step)) / 2.0;
        double width = s->bandwidth * distance;
        if (width < s->rate_hz / 2000.0 || width > s->rate_hz / 4.0)
            return fail(
                f, "frontend: filter %d is %g Hz wide, allowed is rate_hz / 2000 to rate_hz / 4", k,
                width);
        design(fe, k, hz_of_mel(low + (k + 1) * step), width);
    }
    return 0;
}

// One block of filters. Widths at the loudest input: x 26 bits; y and z 27, as the impulse
// responses of one and of two filters sum to less than 2; every product below 2^49.
struct block {
    int32_t b0[LANES], a1[LANES], a2[LANES]; // Q2.20
    int32_t y1[LANES], y2[LANES];            // Q22.10, first stage, one and two samples ago
    int32_t z1[LANES], z2[LANES];            // second stage
};

static inline int32_t band_pass(int32_t b0, int32_t a1, int32_t a2, int32_t dx, int32_t y1,
                                int32_t y2)
{
    int64_t sum = (int64_t)b0 * dx - (int64_t)a1 * y1 - (int64_t)a2 * y2;
    return (int32_t)fx_shr_rne(sum, FRONTEND_COEF_FRAC);
}

CLONES void frontend_envelope(const struct frontend *fe, const int16_t *samples, int n_samples,
                              uint16_t *envelope)
{
    int hop = fe->spec.hop_samples, n = fe->spec.n_filters;
    int shift = FRONTEND_GUARD - ENVELOPE_FRAC + fx_ubits((uint64_t)hop) - 1;

    for (int first = 0; first < n; first += LANES) {
        int lanes = n - first < LANES ? n - first : LANES;
        struct block b = {0};
        memcpy(b.b0, fe->b0 + first, sizeof b.b0);
        memcpy(b.a1, fe->a1 + first, sizeof b.a1);
        memcpy(b.a2, fe->a2 + first, sizeof b.a2);
        int32_t x1 = 0, x2 = 0; // Q22.10, the samples before
        for (int h = 0; h < n_samples / hop; h++) {
            int32_t sum[LANES] = {0}; // Σ|z|, UQ.10
            for (int i = 0; i < hop; i++) {
                int32_t x = (int32_t)fx_shl(samples[h * hop + i], FRONTEND_GUARD);
                int32_t dx = x - x2;
                for (int k = 0; k < LANES; k++) {
                    int32_t y = band_pass(b.b0[k], b.a1[k], b.a2[k], dx, b.y1[k], b.y2[k]);
                    int32_t dy = y - b.y2[k];
                    int32_t z = band_pass(b.b0[k], b.a1[k], b.a2[k], dy, b.z1[k], b.z2[k]);
                    b.y2[k] = b.y1[k];
                    b.y1[k] = y;
                    b.z2[k] = b.z1[k];
                    b.z1[k] = z;
                    sum[k] += z < 0 ? -z : z;
                }
                x2 = x1;
                x1 = x;
            }
            uint16_t *out = envelope + (int64_t)h * n + first;
            for (int k = 0; k < lanes; k++)
                out[k] = (uint16_t)fx_sat(fx_shr_rne(sum[k], shift), 0, UINT16_MAX);
        }
    }
}
