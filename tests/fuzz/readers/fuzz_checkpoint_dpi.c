// The checkpoint of a DPI training run (HDF5), of the run that the harness stands for.
#include "tests/fuzz/readers/hdf5_readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    show_checkpoint_dpi(fuzz_file(bytes, n));
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed)
{
    return change_sealed(bytes, n, room, seed);
}

void fuzz_seeds(const char *folder)
{
    seed_checkpoint_dpi(folder);
}
