// The Verilated module that tests/rtl/test_rtl_neuron.c generates: many stw_neuron of different
// laws, one of them selected. All its ports are 64 bits, sign-extended on the RTL's side.
#define _Static_assert static_assert
extern "C" {
#include "model/lif/law.h"
}

#include "Vstw_net.h"
#include "dut_config.h"
#include "verilated.h"

extern "C" struct law_stages neuron_step(int law, const struct law_neuron *n,
                                         struct law_state *state, struct law_gathered acc,
                                         int jitter)
{
    static VerilatedContext context;
    static Vstw_net neurons{&context};
    neurons.select_i = (uint8_t)law;
    neurons.acc_i = (uint64_t)acc.acc;
    neurons.acc2_i = (uint64_t)acc.acc2;
    neurons.heard_i = acc.heard;
    neurons.v_i = (uint64_t)state->v;
    neurons.u_i = (uint64_t)state->u;
    neurons.u2_i = (uint64_t)state->u2;
    neurons.r_i = (uint8_t)state->r;
    neurons.lambda_i = (uint32_t)n->lambda;
    neurons.lambda_slope_i = (uint32_t)n->lambda_slope;
    neurons.mu_i = (uint32_t)n->mu;
    neurons.mu_slope_i = (uint32_t)n->mu_slope;
    neurons.mu2_i = (uint32_t)n->mu2;
    neurons.mu2_slope_i = (uint32_t)n->mu2_slope;
    neurons.gain_i = (uint32_t)n->gain;
    neurons.rest_i = (uint32_t)n->rest;
    neurons.reset_i = (uint32_t)n->reset;
    neurons.theta_i = (uint32_t)n->theta;
    neurons.bias_i = (uint32_t)n->bias;
    neurons.jitter_i = (uint32_t)jitter;
    neurons.eval();
    state->v = (int32_t)neurons.reset_o;
    state->u = (int32_t)neurons.u_o;
    state->u2 = (int32_t)neurons.u2_o;
    state->r = (int32_t)neurons.refract_o;
    return law_stages{(int64_t)neurons.gather_o, (int64_t)neurons.current_o,
                      (int64_t)neurons.leak_o,   (int64_t)neurons.integrate_o,
                      (int32_t)neurons.clamp_o,  (int32_t)neurons.fire_o,
                      (int32_t)neurons.reset_o,  (int32_t)neurons.refract_o};
}
