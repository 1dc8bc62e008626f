// The neuron of Izhikevich in fixed point: two states, a quadratic membrane and its recovery.
//
//   v' = v + (k·v² + p·v + bias + i − u)·h     u' = u + a·(b·v − u)·h     h = 2^-halvings ms
//   where v' >= peak: v' becomes c, and u' grows by d
//
// E. M. Izhikevich, "Simple model of spiking neurons", IEEE Trans. Neural Networks 14(6), 2003, equations
// (1) to (3) in mV and ms by Euler's forward steps: k = 0.04, p = 5, bias = 140 are his; they are words
// here, so that his later form k·(v − vr)·(v − vt) fits too. v and u of a tick come from v and u of the
// tick before. Stages, each rounded as the law says, in LSB of the membrane:
//
//   gather     acc = sum over sources of w[n,i]·x[i]                         exact
//   current    i = round(acc / 2^align)                                      wide
//   square     q = round(v·v·k / 2^(frac(membrane) + frac(factor)))          wide
//   linear     l = round(v·p / 2^frac(factor))                               wide
//   integrate  s = v + round((q + l + bias + i − u) / 2^halvings)            wide
//   clamp      c' = saturate s to the membrane's format                      membrane
//   fire       z = c' >= peak                                                1
//   recover    r = u + round(a·(round(b·v / 2^frac(factor)) − u) / 2^(frac(factor) + halvings)),
//              saturated                                                     membrane
//   reset      v' = z ? c : c'                                               membrane
//   adapt      u' = saturate(r + (z ? d : 0))                                membrane
//
// A run begins at v = c, u = round(b·c / 2^frac(factor)). Jitter moves no word.
#ifndef MODEL_IZHIKEVICH_IZHIKEVICH_H
#define MODEL_IZHIKEVICH_IZHIKEVICH_H

#include "model/law_kind.h"

#include "model/law_format.h"

struct izhikevich_law {
    struct law_format input;    // UQ, <= 8 bits, of the words that enter the first layer
    struct law_format weight;   // Q, <= 16 bits, mV of a spike
    struct law_format membrane; // Q, <= 20 bits, of v (mV), u, bias, c, d and peak
    struct law_format factor;   // Q, <= 18 bits, of a, b, k and p
    enum fx_round round;        // of all products and quotients
    uint8_t halvings;           // a tick is 2^-halvings ms, 0..4
};

struct izhikevich_neuron {
    int32_t a, b, c, d; // 1/ms; 1/ms; mV; mV/ms
    int32_t k, p;       // 1/(mV·ms); 1/ms
    int32_t peak;       // mV
    int32_t bias;       // mV/ms
};

struct izhikevich_state {
    int32_t v; // mV
    int32_t u; // mV/ms
};

struct izhikevich_stages {
    int64_t gather, current, square, linear, integrate;
    int32_t clamp, fire, recover, reset, adapt;
};

extern const struct law_kind izhikevich_kind;

#endif
