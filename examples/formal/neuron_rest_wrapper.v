// rtl/stw_neuron.sv bound, of the law of chips/sc-neurocore.yaml, whose words are more: a gain, rest and reset, and signed input words
// (--words). As neuron_wrapper.v: a tick a cycle where `free` says so, what the step leaves is kept here.
`include "stwf.vh"
module stwf_wrapper (`STWF_PORTS);
    localparam M = `STWF_MEMBRANE_BITS, W = `STWF_WEIGHT_BITS, X = `STWF_X_BITS;
    wire signed [W-1:0] w = stwf_fixed[W-1:0];
    wire signed [X-1:0] x = stwf_free[63:32];
    wire signed [W+X-1:0] sum = stwf_event_valid ? w * x : 0;
    reg signed [M-1:0] v;
    reg [15:0] ticks;
    stw_neuron #(.AccW(W+X), .Align(`STWF_ALIGN), .MembraneBits(M), .CurrentBits(1), .LeakBits(`STWF_LEAK_BITS), .LeakFrac(`STWF_LEAK_FRAC),
        .GainBits(`STWF_GAIN_BITS), .RoundCurrent(`STWF_ROUND_CURRENT), .RoundLeak(`STWF_ROUND_LEAK), .LeakKind(`STWF_LEAK_KIND),
        .LeakSigned(`STWF_LEAK_SIGNED), .HasGain(`STWF_INPUT_GAIN), .HasRest(`STWF_REST), .Wrap(`STWF_CLAMP), .FloorZero(`STWF_FLOOR),
        .FireGt(`STWF_FIRE), .ResetSubtract(`STWF_RESET), .RefractoryHold(`STWF_REFRACTORY)) core (
        .clk_i(clock), .early_i(1'b0), .acc_i(sum), .acc2_i(sum), .v_i(v), .u_i(1'b0), .u2_i(1'b0), .r_i(8'd0), .lambda_i(stwf_lambda),
        .lambda_slope_i(stwf_lambda_slope), .mu_i(stwf_lambda), .mu_slope_i(16'd0), .mu2_i(stwf_lambda), .mu2_slope_i(16'd0),
        .gain_i(stwf_gain), .theta_i(stwf_theta), .bias_i(stwf_bias), .rest_i(stwf_rest), .reset_i(stwf_reset), .jitter_i(stwf_jitter),
        .gather_o(stwf_gather), .current_o(stwf_current), .leak_o(stwf_leak), .integrate_o(stwf_integrate), .clamp_o(stwf_clamp),
        .fire_o(stwf_fire), .reset_o(stwf_after_v), .refract_o(), .u_o(), .u2_o());
    always @(posedge clock) begin
        ticks <= (reset || stwf_clear) ? 0 : ticks + stwf_start;
        v <= (reset || stwf_clear) ? stwf_rest : stwf_start ? stwf_after_v : v;
    end
    assign stwf_clear = stwf_free[0], stwf_start = stwf_free[1] && !stwf_clear && !reset, stwf_done = stwf_start;
    assign stwf_valid = stwf_start, stwf_tick = ticks, stwf_layer = 0, stwf_neuron = 0, stwf_jitter = stwf_free[31:16];
    assign stwf_event_valid = stwf_start && stwf_free[2], stwf_event_next = 0, stwf_event_x = x, stwf_event_w = w;
    assign stwf_lambda = stwf_fixed[63:32], stwf_lambda_slope = stwf_fixed[79:64], stwf_theta = stwf_fixed[127:96];
    assign stwf_bias = stwf_fixed[159:128], stwf_gain = stwf_fixed[191:160], stwf_rest = stwf_fixed[223:192];
    assign stwf_reset = stwf_fixed[255:224], stwf_before_v = v, stwf_shown = 5'b11111;
endmodule
