// What kills mutants of the DPI law; as kill_model.h, whose oracle has other names than the DPI's.
#ifndef TESTS_MUTANTS_KILL_KILL_DPI_H
#define TESTS_MUTANTS_KILL_KILL_DPI_H

// The line is the check's name.
#define REQUIRE(what)                                                                              \
    do {                                                                                           \
        if (!(what)) return __LINE__;                                                              \
    } while (0)

int check_dpi_runs(void);  // ticks of neurons and of networks
int check_dpi_rules(void); // laws, sizes, ranges, hash

#endif
