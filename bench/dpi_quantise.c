// The 4-bit quantiser beside Rockpool's, on the matrices of shared/data/dynapsim/quantiser, and
// what is left of it on the chip.
//
//   build/release/bench/dpi_quantise [FOLDER]
//
// Rockpool's figures and those of plain alternating least squares are read from quantiser.json;
// ours are made here, once as descent only and once with the proof. Exit 1 if one is above theirs.
// Then the matrices as nets on one core: base currents on bias codes, with one CAM entry a weight
// and with as many as the CAM has room for.
#include "twin/dynapse2/dpi_map.h"
#include "twin/io/json_io.h"
#include "twin/io/matrix_csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

// Mean over the seeds of Rockpool's autoencoder.
static double autoencoder_rms(const cJSON *entry)
{
    const cJSON *run, *list = cJSON_GetObjectItem(entry, "autoencoder");
    double sum = 0;
    cJSON_ArrayForEach(run, list) sum += cJSON_GetObjectItem(run, "rms")->valuedouble;
    return sum / cJSON_GetArraySize(list);
}

static struct dpi_quantised quantise(const double *w, size_t n, long boxes, double *ms)
{
    struct dpi_quantised q;
    struct dpi_quantise_options o = dpi_quantise_default;
    struct fail f = {""};
    o.boxes = boxes;
    double from = cpu_ms();
    if (dpi_quantise(&q, w, n, &o, &f)) {
        fprintf(stderr, "%s\n", f.text);
        exit(2);
    }
    *ms = cpu_ms() - from;
    return q;
}

// RMS error of the matrix as a net on the chip; rows beyond 64 - columns are recurrent where the
// name says that there are such.
static void print_mapped(const char *name, const struct matrix *m, const struct dynapse_chip *chip)
{
    struct dpi_core_report report[2][16];
    struct dpi_net net;
    struct fail f = {""};
    int columns = (int)m->columns, rows = (int)m->rows;
    int n_in = strstr(name, "_rec_") ? rows - columns : rows;
    double ms = 0;
    if (dpi_net_init(&net, n_in, columns, 0, &f)) exit(2);
    net.Iscale = chip->Iscale;
    net.dt = chip->dt;
    memcpy(net.w_in, m->x, (size_t)(n_in * columns) * sizeof *m->x);
    memcpy(net.w_rec, m->x + n_in * columns, (size_t)((rows - n_in) * columns) * sizeof *m->x);
    for (int several = 0; several < 2; several++) {
        struct dpi_map_options o = dpi_map_default;
        struct dynapse_config g;
        double from = cpu_ms();
        o.one_entry = !several;
        if (dpi_map(&g, report[several], &net, chip, &o, name, &f)) {
            fprintf(stderr, "%s\n", f.text);
            exit(2);
        }
        ms = cpu_ms() - from;
        dynapse_config_fini(&g);
    }
    printf("%-28.28s %6d %9.6f %9.6f %9.6f %8d %8.1f\n", name, columns, report[0][0].ideal.rms,
           report[0][0].rms, report[1][0].rms, report[1][0].several, ms);
    dpi_net_fini(&net);
}

// How far the proof goes: normal and log-normal weights of ever more synapses, SEEDS matrices each.
static void print_sizes(void)
{
    enum { SEEDS = 8, MOST = 8192 };
    static double w[MOST];
    printf("%-28s %6s %9s %9s %9s %9s %9s\n", "proof by size", "n", "matrices", "proved", "descent",
           "boxes", "ms");
    printf("%-28s %6s %9s %9s %9s %9s %9s\n", "", "", "", "", "missed", "at most", "at most");
    for (int wide = 0; wide < 2; wide++)
        for (size_t n = 4; n <= MOST; n *= n < 16 ? 2 : 4) {
            int proved = 0, missed = 0;
            double boxes = 0, most_ms = 0;
            for (uint64_t seed = 0; seed < SEEDS; seed++) {
                double ms, unused;
                rng_normals((struct rng_stream){seed, n, RNG_QUANTISE, 1}, w, n);
                for (size_t i = 0; wide && i < n; i++)
                    w[i] = exp(w[i]);
                struct dpi_quantised q = quantise(w, n, dpi_quantise_default.boxes, &ms);
                proved += q.proved;
                missed += quantise(w, n, 0, &unused).rms > q.rms * (1 + 1e-6) + 1e-9;
                boxes = fmax(boxes, (double)q.boxes);
                most_ms = fmax(most_ms, ms);
            }
            printf("%-28s %6zu %9d %9d %9d %9.0f %9.1f\n", wide ? "log-normal" : "normal", n, SEEDS,
                   proved, missed, boxes, most_ms);
        }
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : SPIKETWIN_ROOT "/../shared/data/dynapsim/quantiser";
    char path[4096];
    struct dynapse_chip chip;
    struct fail f = {""};
    int above = 0, seen = 0;
    snprintf(path, sizeof path, "%s/quantiser.json", folder);
    cJSON *all = json_read(path, &f);
    if (!all || dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f)) {
        fprintf(stderr, "%s\n", f.text);
        return 2;
    }
    printf("%-28s %6s %9s %9s %9s %9s %8s %8s %7s\n", "RMS error of matrix", "n", "Rockpool", "ALS",
           "ours", "Rockpool", "ms of", "ms with", "proved");
    printf("%-28s %6s %9s %9s %9s %9s %8s %8s\n", "", "", "", "20 starts", "", "/ ours", "descent",
           "proof");
    const cJSON *entry;
    cJSON_ArrayForEach(entry, all)
    {
        const char *name = cJSON_GetObjectItem(entry, "name")->valuestring;
        double theirs = autoencoder_rms(entry), ms, ms_proof;
        double als = cJSON_GetObjectItem(cJSON_GetObjectItem(entry, "als"), "rms")->valuedouble;
        snprintf(path, sizeof path, "%s/%s.csv", folder, name);
        struct matrix m;
        if (matrix_read(&m, path, &f)) {
            printf("%-28.28s left out: no such matrix at hand\n", name);
            matrix_fini(&m);
            continue;
        }
        const double *w = m.x;
        size_t n = m.rows * m.columns;
        struct dpi_quantised descent = quantise(w, n, 0, &ms);
        struct dpi_quantised q = quantise(w, n, dpi_quantise_default.boxes, &ms_proof);
        printf("%-28.28s %6zu %9.6f %9.6f %9.6f %9.2f %8.1f %8.1f %7s\n", name, q.n, theirs, als,
               q.rms, theirs / q.rms, ms, ms_proof, q.proved ? "yes" : "no");
        if (descent.rms > q.rms * (1 + 1e-6))
            printf("%-28.28s descent alone: %.8f\n", name, descent.rms);
        matrix_fini(&m);
        seen++;
        above += q.rms > als || q.rms > theirs;
    }
    printf("%d of %d matrices above plain alternating least squares\n\n", above, seen);
    printf("%-28s %6s %9s %9s %9s %8s %8s\n", "RMS error on the chip", "neuron", "any", "on codes,",
           "several", "weights", "ms");
    printf("%-28s %6s %9s %9s %9s %8s\n", "", "", "current", "one entry", "entries", "of them");
    cJSON_ArrayForEach(entry, all)
    {
        const char *name = cJSON_GetObjectItem(entry, "name")->valuestring;
        snprintf(path, sizeof path, "%s/%s.csv", folder, name);
        struct matrix m;
        if (!matrix_read(&m, path, &f)) print_mapped(name, &m, &chip);
        matrix_fini(&m);
    }
    putchar('\n');
    print_sizes();
    cJSON_Delete(all);
    return above || !seen;
}
