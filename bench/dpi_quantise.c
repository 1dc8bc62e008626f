// The 4-bit quantiser beside Rockpool's, on the matrices of shared/data/dynapsim/quantiser, and
// what is left of it on the chip.
//
//   build/release/bench/dpi_quantise [FOLDER]
//
// Rockpool's figures and those of plain alternating least squares are read from quantiser.json;
// ours are made here, once as descent only and once with the proof. Exit 1 if one is above theirs.
// Then the matrices as nets on one core: base currents on bias codes, with one CAM entry a weight
// and with as many as the CAM has room for.
#include "twin/dpi_map.h"
#include "twin/json_io.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 1 << 20 };

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

// Numbers of a CSV file, lines with # left out; 0: no such file.
static size_t read_matrix(const char *path, double *w, int *columns)
{
    char line[65536];
    size_t n = 0, from;
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file)) {
        if (*line == '#') continue;
        from = n;
        for (char *at = strtok(line, ", \n"); at && n < MOST; at = strtok(0, ", \n"))
            w[n++] = strtod(at, 0);
        *columns = (int)(n - from);
    }
    fclose(file);
    return n;
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
static void print_mapped(const char *name, const double *w, size_t n, int columns,
                         const struct dynapse_chip *chip)
{
    struct dpi_core_report report[2][16];
    struct dpi_net net;
    struct fail f = {""};
    int rows = (int)n / columns, n_in = strstr(name, "_rec_") ? rows - columns : rows;
    double ms = 0;
    if (dpi_net_init(&net, n_in, columns, 0, &f)) exit(2);
    net.Iscale = chip->Iscale;
    net.dt = chip->dt;
    memcpy(net.w_in, w, (size_t)(n_in * columns) * sizeof *w);
    memcpy(net.w_rec, w + n_in * columns, (n - (size_t)(n_in * columns)) * sizeof *w);
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

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : SPIKETWIN_ROOT "/../shared/data/dynapsim/quantiser";
    static double w[MOST];
    char path[4096];
    struct dynapse_chip chip;
    struct fail f = {""};
    int above = 0, seen = 0, columns = 1;
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
        size_t n = read_matrix(path, w, &columns);
        if (!n) {
            printf("%-28.28s left out: no %s.csv\n", name, name);
            continue;
        }
        struct dpi_quantised descent = quantise(w, n, 0, &ms);
        struct dpi_quantised q = quantise(w, n, dpi_quantise_default.boxes, &ms_proof);
        printf("%-28.28s %6zu %9.6f %9.6f %9.6f %9.2f %8.1f %8.1f %7s\n", name, q.n, theirs, als,
               q.rms, theirs / q.rms, ms, ms_proof, q.proved ? "yes" : "no");
        if (descent.rms > q.rms * (1 + 1e-6))
            printf("%-28.28s descent alone: %.8f\n", name, descent.rms);
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
        size_t n = read_matrix(path, w, &columns);
        if (n) print_mapped(name, w, n, columns, &chip);
    }
    cJSON_Delete(all);
    return above || !seen;
}
