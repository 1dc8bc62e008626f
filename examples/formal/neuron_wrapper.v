// rtl/stw_neuron.sv bound, of any law with the words λ, θ, bias and at most one current: a tick a cycle where `free` says so. It is a
// step without a state: what it leaves is kept here, and the sum of the one event of a tick is made here.
`include "stwf.vh"
module stwf_wrapper (`STWF_PORTS);
    localparam M = `STWF_MEMBRANE_BITS, U = `STWF_CURRENT_BITS, W = `STWF_WEIGHT_BITS, X = `STWF_X_BITS;
    wire signed [W-1:0] w = stwf_fixed[W-1:0];
    wire signed [W+X-1:0] sum = stwf_event_valid ? w * $signed({1'b0, stwf_event_x}) : 0;
    wire signed [U-1:0] u_after;
    reg signed [M-1:0] v;
    reg signed [U-1:0] u;
    reg [15:0] ticks;
`ifdef STWF_HAS_U
    assign stwf_mu = stwf_fixed[223:192], stwf_mu_slope = stwf_fixed[239:224], stwf_before_u = u, stwf_after_u = u_after;
    wire [`STWF_LEAK_BITS-1:0] mu = stwf_mu;
    wire [15:0] mu_slope = stwf_mu_slope;
`else
    wire [`STWF_LEAK_BITS-1:0] mu = 0, mu_slope = 0;
`endif
    stw_neuron #(.AccW(W+X), .Align(`STWF_ALIGN), .MembraneBits(M), .CurrentBits(U), .LeakBits(`STWF_LEAK_BITS), .LeakFrac(`STWF_LEAK_FRAC),
        .RoundCurrent(`STWF_ROUND_CURRENT), .RoundDecay(`STWF_ROUND_DECAY), .RoundLeak(`STWF_ROUND_LEAK), .LeakKind(`STWF_LEAK_KIND),
        .DecayKind(`STWF_DECAY_KIND), .Currents(`STWF_CURRENTS), .DecayLast(`STWF_DECAY_ORDER), .Wrap(`STWF_CLAMP), .FloorZero(`STWF_FLOOR),
        .FireGt(`STWF_FIRE), .ResetSubtract(`STWF_RESET), .IntegrateFirst(`STWF_ORDER)) core (
        .clk_i(clock), .early_i(1'b0), .acc_i(sum), .acc2_i(sum), .v_i(v), .u_i(u), .u2_i(u), .r_i(8'd0), .lambda_i(stwf_lambda),
        .lambda_slope_i(stwf_lambda_slope), .mu_i(mu), .mu_slope_i(mu_slope), .mu2_i(mu), .mu2_slope_i(mu_slope), .gain_i(1'b0),
        .theta_i(stwf_theta), .bias_i(stwf_bias), .rest_i(v), .reset_i(v), .jitter_i(stwf_jitter), .gather_o(stwf_gather),
        .current_o(stwf_current), .leak_o(stwf_leak), .integrate_o(stwf_integrate), .clamp_o(stwf_clamp), .fire_o(stwf_fire),
        .reset_o(stwf_after_v), .refract_o(), .u_o(u_after), .u2_o());
    always @(posedge clock) begin
        ticks <= (reset || stwf_clear) ? 0 : ticks + stwf_start;
        {v, u} <= (reset || stwf_clear) ? 0 : stwf_start ? {stwf_after_v, u_after} : {v, u};
    end
    assign stwf_clear = stwf_free[0], stwf_start = stwf_free[1] && !stwf_clear && !reset, stwf_done = stwf_start;
    assign stwf_valid = stwf_start, stwf_tick = ticks, stwf_layer = 0, stwf_neuron = 0, stwf_jitter = stwf_free[31:16];
    assign stwf_event_valid = stwf_start && stwf_free[2], stwf_event_next = 0, stwf_event_x = stwf_free[15:8], stwf_event_w = w;
    assign stwf_lambda = stwf_fixed[63:32], stwf_lambda_slope = stwf_fixed[79:64], stwf_theta = stwf_fixed[127:96];
    assign stwf_bias = stwf_fixed[159:128], stwf_before_v = v, stwf_shown = 5'b11111;
endmodule
