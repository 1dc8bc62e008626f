// A NIR graph (HDF5) of whoever wrote it, as a net for a chip.
#include "tests/fuzz/readers/hdf5_readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    show_nir(fuzz_file(bytes, n));
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed)
{
    return change_sealed(bytes, n, room, seed);
}

void fuzz_seeds(const char *folder)
{
    seed_nir(folder);
}
