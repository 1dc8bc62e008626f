// Instruction sets that kernels are built for, and the one place that chooses among them.
//
// A kernel is a function NAME in a file of its own that the Makefile compiles once a set, with
// -DISA_NAME=generic, avx2, ... ; there it is called ISA_FUNCTION(NAME). Who calls it says
//
//   typedef void some_kernel(int n, float *x);
//   ISA_KERNEL(some_kernel, scale)          the functions scale_generic, ... and their table
//   scale_isa[isa_best()](n, x);
//
// All sets return the same bits.
#ifndef BASE_ISA_H
#define BASE_ISA_H

#include <stdbool.h>

enum isa { ISA_GENERIC, ISA_AVX2, ISA_AVX512, ISAS };

static const char *const isa_names[ISAS] = {"generic", "avx2", "avx512"};

// Whether this machine and build have it.
static inline bool isa_has(enum isa isa)
{
#ifdef ISA_X86_64
    if (isa == ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (isa == ISA_AVX512)
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#endif
    return isa == ISA_GENERIC;
}

static inline enum isa isa_best(void)
{
    return isa_has(ISA_AVX512) ? ISA_AVX512 : isa_has(ISA_AVX2) ? ISA_AVX2 : ISA_GENERIC;
}

#ifdef ISA_X86_64
#define ISA_KERNEL(type, name)                                                                     \
    type name##_generic, name##_avx2, name##_avx512;                                               \
    static type *const name##_isa[ISAS] = {name##_generic, name##_avx2, name##_avx512};
#else
#define ISA_KERNEL(type, name)                                                                     \
    type name##_generic;                                                                           \
    static type *const name##_isa[ISAS] = {name##_generic};
#endif

#ifndef ISA_NAME
#define ISA_NAME generic
#endif
#define ISA_JOIN_(name, set) name##_##set
#define ISA_JOIN(name, set)  ISA_JOIN_(name, set)
#define ISA_FUNCTION(name)   ISA_JOIN(name, ISA_NAME)

#endif
