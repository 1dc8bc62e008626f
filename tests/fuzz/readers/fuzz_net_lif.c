// A net file (HDF5): chip name, shape, weights, labels, codes.
#include "tests/fuzz/readers/hdf5_readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    show_net_lif(fuzz_file(bytes, n));
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed)
{
    return change_sealed(bytes, n, room, seed);
}

void fuzz_seeds(const char *folder)
{
    seed_net_lif(folder);
}
