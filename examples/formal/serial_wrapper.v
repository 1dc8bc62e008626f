// serial.v bound: `free` says what comes when it is ready; all words are fixed and arbitrary.
`include "stwf.vh"
module stwf_wrapper (`STWF_PORTS);
    wire ready, update, at, fires;
    wire n = stwf_watch[0], from = stwf_free[3];
    wire signed [23:0] gathered;
    wire signed [16:0] leak;
    wire signed [25:0] total;
    reg [15:0] ticks;
    wire pulse = ready && stwf_free[1] && !stwf_clear;
    serial core (.clk(clock), .rst(reset), .forget(stwf_clear), .pulse(pulse), .from(from), .tick(stwf_start), .ready(ready),
                 .weight(stwf_fixed[63:0]), .shift(stwf_fixed[73:64]), .theta(stwf_fixed[127:96]), .bias(stwf_fixed[159:128]),
                 .update(update), .at(at), .v_from(stwf_before_v), .v_to(stwf_after_v), .r_from(stwf_before_r),
                 .r_to(stwf_after_r), .gathered(gathered), .fires(fires),
                 .probe_leak(leak), .probe_total(total), .probe_held(stwf_clamp));
    always @(posedge clock) ticks <= (reset || stwf_clear) ? 16'd0 : ticks + stwf_start;

    assign stwf_clear = ready && stwf_free[0];
    assign stwf_start = ready && stwf_free[2] && !pulse && !stwf_clear;
    assign stwf_done = update && at == 1'b1;
    assign stwf_valid = update;
    assign stwf_tick = ticks - 16'd1;
    assign stwf_layer = 8'd0;
    assign stwf_neuron = at;
    assign stwf_jitter = 16'd0; // a shift has no use for it
    assign stwf_event_valid = pulse;
    assign stwf_event_next = 1'b0;
    assign stwf_event_x = 1'b1;
    assign stwf_event_w = stwf_fixed[(2*n + from)*16 +: 16];
    assign stwf_lambda = stwf_fixed[64 + 5*at +: 5];
    assign stwf_theta = stwf_fixed[96 + 16*at +: 16];
    assign stwf_bias = stwf_fixed[128 + 16*at +: 16];
    assign stwf_shown = 5'b11101; // all but the current, which is the sum
    assign stwf_gather = gathered;
    assign stwf_leak = leak;
    assign stwf_integrate = total;
    assign stwf_fire = fires;
endmodule
