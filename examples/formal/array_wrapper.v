// array.v bound: a tick a cycle where `free` says so; all words are fixed and arbitrary. Lanes: its three sources.
`include "stwf.vh"
module stwf_wrapper (`STWF_PORTS);
    wire tick = stwf_free[0], n = stwf_watch[0];
    wire [2:0] pulse = stwf_free[3:1];
    wire [31:0] membrane, held, after;
    wire [47:0] sum, leak, total;
    wire [1:0] fires;
    array core (.clk(clock), .rst(reset), .forget(stwf_clear), .tick(tick && !stwf_clear), .pulse(pulse), .jitter(stwf_jitter),
                .weight(stwf_fixed[95:0]), .lambda(stwf_fixed[127:96]), .slope(stwf_fixed[159:128]),
                .theta(stwf_fixed[191:160]), .bias(stwf_fixed[223:192]), .membrane(membrane), .fires(fires),
                .probe_sum(sum), .probe_leak(leak), .probe_total(total), .probe_held(held), .probe_after(after));
    reg [15:0] ticks;
    always @(posedge clock) ticks <= (reset || stwf_clear) ? 16'd0 : ticks + stwf_start;

    assign stwf_clear = stwf_free[4];
    assign stwf_start = tick && !stwf_clear && !reset;
    assign stwf_done = stwf_start;
    assign stwf_valid = stwf_start; // of the watched neuron: all commit at once
    assign stwf_tick = ticks;
    assign stwf_layer = 8'd0;
    assign stwf_neuron = stwf_watch;
    assign stwf_jitter = stwf_free[31:16];
    assign stwf_event_valid = pulse & {3{stwf_start}};
    assign stwf_event_next = 3'd0;
    assign stwf_event_x = 3'b111;
    assign stwf_event_w = stwf_fixed[48*n +: 48];
    assign stwf_lambda = stwf_fixed[96 + 16*n +: 16];
    assign stwf_lambda_slope = stwf_fixed[128 + 16*n +: 16];
    assign stwf_theta = stwf_fixed[160 + 16*n +: 16];
    assign stwf_bias = stwf_fixed[192 + 16*n +: 16];
    assign stwf_before_v = membrane[16*n +: 16];
    assign stwf_shown = 5'b11101; // all but the current, which is the sum
    assign stwf_gather = $signed(sum[24*n +: 24]);
    assign stwf_leak = $signed(leak[24*n +: 24]);
    assign stwf_integrate = $signed(total[24*n +: 24]);
    assign stwf_clamp = held[16*n +: 16];
    assign stwf_fire = fires[n];
    assign stwf_after_v = after[16*n +: 16];
endmodule
