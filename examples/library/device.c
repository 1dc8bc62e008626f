// The twin as a device: between gen and check it answers each tick with the words of chip K of a net.
//
//   cc device.c -o device $(pkg-config --cflags --libs spiketwin)
//   spiketwin gen NET -d DIR -k 3 | ./device NET 3 | spiketwin check NET -k 3
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <spiketwin.h>

enum { LINE = 1 << 20, TICKS = 4096 };
static char line[LINE], *said[TICKS]; // lines of a clip
static const char *const words[] = {"spikes", "v", "u", "r"};

int main(int argc, char **argv)
{
    struct spiketwin *h = spiketwin_open(argc > 1 ? argv[1] : "net.nir");
    long bits[3] = {0}, results = 0; // of v, u and r; records that were answered
    int ticks = 0;
    if (*spiketwin_error(h) || spiketwin_chip(h, (uint32_t)atoi(argc > 2 ? argv[2] : "0"), 1))
        return fprintf(stderr, "%s\n", spiketwin_error(h)), 2;
    int n_in = spiketwin_inputs(h), *state[8][4] = {{0}}; // (layer, word) to (ticks, neurons)
    int32_t *x = calloc((size_t)n_in * TICKS, sizeof *x);
    int16_t jitter[TICKS];
    while (fgets(line, LINE, stdin)) {
        if (*line == 'S') sscanf(line, "S %*d %ld %ld %ld", &bits[0], &bits[1], &bits[2]);
        if (*line == 'C')
            memset(x, 0, sizeof *x * (size_t)n_in * TICKS), sscanf(line, "C %*d %d", &ticks);
        if (*line == 'E') {
            long c, t, e;
            sscanf(line, "E %ld %ld %ld", &c, &t, &e),
                printf("E %ld %ld %ld %ld\n", c, t, e, results);
        }
        if (*line != 'T') {
            if (*line != 'E') fputs(line, stdout);
            continue;
        }
        char *at = line + 2;
        const int tick = (int)strtol(at, &at, 10);
        if (tick >= TICKS) return fprintf(stderr, "device: more than %d ticks\n", TICKS), 2;
        jitter[tick] = (int16_t)strtol(at, &at, 16);
        for (int n = (int)strtol(at, &at, 10), source; n; n--)
            source = (int)strtol(at, &at, 10),
            x[tick * n_in + source] = (int32_t)strtol(at + 1, &at, 16);
        free(said[tick]), said[tick] = strdup(line);
        if (tick + 1 < ticks) continue;
        for (int l = 0; l < spiketwin_layers(h); l++)
            for (int w = 0; w < 4; w++) {
                if (w && !bits[w - 1]) continue;
                state[l][w] =
                    realloc(state[l][w], sizeof(int) * (size_t)(ticks * spiketwin_neurons(h, l)));
                if (spiketwin_state(h, ticks, x, jitter, l, words[w], state[l][w]))
                    return fprintf(stderr, "%s\n", spiketwin_error(h)), 2;
            }
        for (int t = 0; t < ticks; t++) {
            fputs(said[t], stdout);
            for (int l = 0; l < spiketwin_layers(h); l++) {
                const int n = spiketwin_neurons(h, l), *z = state[l][0] + t * n;
                printf("Z %d %d ", t, l), results++;
                for (int d = (n + 3) / 4 - 1; d >= 0; d--) { // neuron 0 is the lowest bit
                    int digit = 0;
                    for (int b = 0; b < 4 && 4 * d + b < n; b++)
                        digit |= (z[4 * d + b] > 0) << b;
                    printf("%x", (unsigned)digit);
                }
                for (int w = 1; w < 4; w++) {
                    if (!bits[w - 1]) continue;
                    printf("\n%c %d %d", "ZVUR"[w], t, l), results++;
                    for (int i = 0; i < n; i++)
                        printf(" %0*llx", (int)(bits[w - 1] + 3) / 4,
                               (long long)state[l][w][t * n + i] &
                                   ((1LL << (bits[w - 1] + 3) / 4 * 4) - 1));
                }
                putchar('\n');
            }
        }
    }
    spiketwin_close(h);
    return 0;
}
