// DPI networks as HDF5 files. Layout: twin/dpi/dpi_net.h.
#include "twin/dpi/dpi_net.h"
#include "twin/io/hdf5_io.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const FILE_VERSION = "dpi-1";

static int put_all(hid_t file, const struct dpi_net *n)
{
    hsize_t two = 2, in[2] = {(hsize_t)n->n_in, (hsize_t)n->n_neurons};
    hsize_t rec[2] = {in[1], in[1]}, circuit[2] = {in[1], DPI_CIRCUIT_VALUES};
    int32_t shape[2] = {n->n_in, n->n_neurons};
    hid_t own = hdf5_make_group(file, "spiketwin");
    int bad = own < 0 || hdf5_put_text(own, "version", FILE_VERSION) ||
              hdf5_put_text(own, "chip", n->chip) ||
              hdf5_put(own, "Iscale", H5T_IEEE_F64LE, 0, 0, &n->Iscale) ||
              hdf5_put(own, "dt", H5T_IEEE_F64LE, 0, 0, &n->dt) ||
              hdf5_put(own, "shape", H5T_STD_I32LE, 1, &two, shape) ||
              (n->n_in && hdf5_put(own, "w_in", H5T_IEEE_F64LE, 2, in, n->w_in)) ||
              hdf5_put(own, "w_rec", H5T_IEEE_F64LE, 2, rec, n->w_rec) ||
              (n->circuit && hdf5_put(own, "circuit", H5T_IEEE_F64LE, 2, circuit, n->circuit));
    if (own >= 0) H5Gclose(own);
    return bad;
}

int dpi_net_save(const struct dpi_net *n, const char *path, struct fail *f)
{
    if (dpi_net_check(n, path, f)) return -1;
    hid_t file = hdf5_create();
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    return hdf5_commit(file, put_all(file, n), path, f);
}

static int get_all(struct dpi_net *n, hid_t own, const char *path, struct fail *f)
{
    char version[16];
    int32_t shape[2];
    hsize_t two = 2;
    struct fail why = {""};
    if (hdf5_get_text(own, "version", version, sizeof version) || strcmp(version, FILE_VERSION))
        return fail(f, "%s: /spiketwin/version is not %s: no DPI net", path, FILE_VERSION);
    if (hdf5_get(own, "shape", H5T_NATIVE_INT32, 1, &two, shape))
        return fail(f, "%s: /spiketwin/shape is missing or damaged", path);
    int with_circuits = H5Lexists(own, "circuit", H5P_DEFAULT) > 0;
    if (dpi_net_init(n, shape[0], shape[1], with_circuits, &why))
        return fail(f, "%s: %s", path, why.text);
    hsize_t in[2] = {(hsize_t)n->n_in, (hsize_t)n->n_neurons};
    hsize_t rec[2] = {in[1], in[1]}, circuit[2] = {in[1], DPI_CIRCUIT_VALUES};
    const char *lacks = 0;
    if (hdf5_get_text(own, "chip", n->chip, sizeof n->chip)) lacks = "chip";
    if (hdf5_get(own, "Iscale", H5T_NATIVE_DOUBLE, 0, 0, &n->Iscale)) lacks = "Iscale";
    if (hdf5_get(own, "dt", H5T_NATIVE_DOUBLE, 0, 0, &n->dt)) lacks = "dt";
    if (n->n_in && hdf5_get(own, "w_in", H5T_NATIVE_DOUBLE, 2, in, n->w_in)) lacks = "w_in";
    if (hdf5_get(own, "w_rec", H5T_NATIVE_DOUBLE, 2, rec, n->w_rec)) lacks = "w_rec";
    if (n->circuit && hdf5_get(own, "circuit", H5T_NATIVE_DOUBLE, 2, circuit, n->circuit))
        lacks = "circuit";
    if (lacks)
        return fail(f, "%s: /spiketwin/%s is missing, damaged or of another shape", path, lacks);
    return dpi_net_check(n, path, f);
}

int dpi_net_load(struct dpi_net *n, const char *path, struct fail *f)
{
    *n = (struct dpi_net){0};
    if (access(path, F_OK)) return fail(f, "%s: no such file", path);
    hid_t file = hdf5_open(path);
    if (file < 0) return fail(f, "%s: not an HDF5 file, or damaged", path);
    hid_t own = H5Gopen2(file, "spiketwin", H5P_DEFAULT);
    int bad = own < 0 ? fail(f, "%s: no group /spiketwin: not written by spiketwin", path)
                      : get_all(n, own, path, f);
    if (own >= 0) H5Gclose(own);
    H5Fclose(file);
    if (bad) dpi_net_fini(n);
    return bad;
}
