#include "twin/train/run_files.h"

const struct run_file run_files[RUN_FILES] = {
    [RUN_TRAIN] = {"train.json", "train", "", true, false}, // with its net
    [RUN_PREDICT] = {"predict.json", "predict", "", true, true},
    [RUN_COSIM] = {"cosim.json", "cosim", "", true, true},
    [RUN_SENSITIVITY] = {"sensitivity.json", "sensitivity", "", true, true},
    [RUN_RIGHT] = {"replay-right.json", "replay", " --virtual-chip K --clip right", true, true},
    [RUN_WRONG] = {"replay-wrong.json", "replay", " --virtual-chip K --clip wrong", true, true},
    [RUN_FAULTS] = {"faults.json", "faults", " --exhaustive --tests", true, true},
    [RUN_ADEQUACY] = {"adequacy.json", "adequacy", " VECTORS", false, true},
    [RUN_MAP] = {"map.json", "map", "", false, true},
    [RUN_QUANTISE] = {"quantise.json", "quantise", "", false, false}}; // of matrices, of no net
