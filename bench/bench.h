// What the benches share: clocks, medians, and the net, chip and data of the peers
// (../shared/peers): 16 binary inputs at 10 % -> 64 hidden, feed-forward or recurrent -> 2, 125
// ticks.
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "model/fx_lanes.h"
#include "twin/chip/chip.h"
#include "twin/net/net.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TICKS = 125, INPUTS = 16, HIDDEN = 64, CLASSES = 2, REPEATS = 9 };

static inline double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double now_s(void)
{
    return seconds(CLOCK_MONOTONIC);
}

// Time of this thread alone, whatever else the machine does.
static inline double cpu_s(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

static inline int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static inline double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, ascending);
    return x[n / 2];
}

// 16-bit additions a second of one core: rows from the first-level cache onto registers, enough of
// them that no addition waits for the one before.
static inline double peak_adds_per_s(void)
{
    enum { ROWS = 32, WIDE = 8, ROUNDS = 10000 };
    static fx_lanes16 row[ROWS][WIDE];
    double best = 0;
    for (int r = 0; r < 200; r++) { // the best of many short ones: others use the core too
        fx_lanes16 sum[WIDE] = {{0}};
        double start = cpu_s();
        for (int k = 0; k < ROUNDS; k++) {
            for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 8
                for (int j = 0; j < WIDE; j++)
                    sum[j] += row[i][j];
            __asm__ volatile("" : : "r"(row) : "memory");
        }
        double took = cpu_s() - start;
        for (int j = 0; j < WIDE; j++)
            row[0][j] = sum[j];
        best = fmax(best, 32.0 * WIDE * ROWS * ROUNDS / took);
    }
    return best;
}

static inline struct chip bench_chip(void)
{
    struct chip c = {
        .kind = &lif_kind, .name = "bench", .tick_s = 0.008, .threshold = 8, .tau_s = 0.076};
    c.law = (struct law){.input = {1, 0},
                         .weight = {8, 8},
                         .membrane = {8, 8},
                         .leak = {0, 16},
                         .round_current = FX_NEAREST_EVEN,
                         .round_leak = FX_NEAREST_EVEN,
                         .leak_kind = LAW_LEAK_EXPONENTIAL,
                         .reset_subtract = true};
    c.weight.min = -128;
    c.weight.max = 127.99609375;
    c.mismatch.weight_gain.local = 0.03;
    c.mismatch.threshold.local = 0.05;
    c.mismatch.front_end = true;
    return c;
}

static inline struct image_shape bench_shape(bool recurrent)
{
    return (struct image_shape){
        .n_layers = 2,
        .layer = {{INPUTS, HIDDEN, IMAGE_DENSE, recurrent}, {HIDDEN, CLASSES, IMAGE_DENSE, false}}};
}

// Weights like the peers' (bench common: standard deviations in thresholds), binary clips at 10 %.
static inline void bench_fill(struct net *n, uint8_t *x, size_t n_words)
{
    uint64_t s = 1;
    for (int l = 0; l < n->shape.n_layers; l++)
        for (int i = 0; i < n->layer[l].n_source * n->layer[l].n_out; i++) {
            double z = -6;
            for (int k = 0; k < 12; k++) {
                s = s * 6364136223846793005u + 1442695040888963407u;
                z += (double)(s >> 32) / 4294967296.0;
            }
            bool own = l == 0 && i >= INPUTS * HIDDEN;
            n->layer[l].w[i] = (float)(8 * (own ? 0.08 * z
                                            : l ? 0.15 * z + 0.03
                                                : 0.35 * z + 0.08));
        }
    for (size_t i = 0; i < n_words; i++) {
        s = s * 6364136223846793005u + 1442695040888963407u;
        x[i] = (s >> 32) < 429496730u;
    }
}

#endif
