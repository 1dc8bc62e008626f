// Functions that are compiled once for each instruction set; the program takes the best at its
// start. Nothing is fused or reordered (Makefile: MATH), so all give the same bits.
//
// For hot loops that the compiler turns into vectors by itself; what is written in vectors is in
// files named *_isa.c.
#ifndef BASE_CLONES_H
#define BASE_CLONES_H

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

#endif
