// A foreign core: all neurons of a layer at once, a tick a clock, in plain Verilog. Its law is that of chips/fpga-q8.8.yaml
// (docs/numerics.md). Words come by ports; `probe_` is for a verifier and goes away in synthesis where nobody reads it.
`default_nettype none
module array #(
    parameter SOURCES = 3,
    parameter NEURONS = 2
) (
    input  wire                          clk,
    input  wire                          rst,
    input  wire                          forget, // all state to zero
    input  wire                          tick,
    input  wire [SOURCES-1:0]            pulse,  // spikes of this tick
    input  wire signed [15:0]            jitter,
    input  wire [NEURONS*SOURCES*16-1:0] weight, // neuron by neuron
    input  wire [NEURONS*16-1:0]         lambda,
    input  wire [NEURONS*16-1:0]         slope,
    input  wire [NEURONS*16-1:0]         theta,
    input  wire [NEURONS*16-1:0]         bias,
    output wire [NEURONS*16-1:0]         membrane,
    output wire [NEURONS-1:0]            fires,  // in the cycle of `tick`
    output wire [NEURONS*24-1:0]         probe_sum,
    output wire [NEURONS*24-1:0]         probe_leak,
    output wire [NEURONS*24-1:0]         probe_total,
    output wire [NEURONS*16-1:0]         probe_held,
    output wire [NEURONS*16-1:0]         probe_after
);

`ifndef FAULT
`define FAULT 0
`endif

genvar g;
generate
    for (g = 0; g < NEURONS; g = g + 1) begin : cell_
        reg signed [15:0] v;
        reg signed [23:0] sum;
        integer s;
        always @* begin
            sum = 24'sd0;
            for (s = 0; s < SOURCES; s = s + 1)
                if (pulse[s] && !(`FAULT == 5 && s == 2 && pulse[0] && pulse[1]))
                    sum = sum + $signed(weight[(g*SOURCES + s)*16 +: 16]);
        end

        // lambda moved by the jitter, to the nearest, ties to even
        wire signed [32:0] by = $signed({1'b0, slope[16*g +: 16]}) * jitter;
        wire signed [32:0] step = (by + 33'sd16383 + $signed({1'b0, by[15]})) >>> 15;
        wire signed [32:0] moved = $signed({1'b0, lambda[16*g +: 16]}) + step;
        wire [15:0] factor = (moved < 0) ? 16'd0 : (moved > 65535) ? 16'hffff : moved[15:0];

        wire signed [32:0] product = v * $signed({1'b0, factor});
        wire signed [23:0] leak = (`FAULT == 1) ? (product + 33'sd32768) >>> 16 :
                                  (product + 33'sd32767 + $signed({1'b0, product[16]})) >>> 16;
        wire signed [23:0] total = v - leak + sum + $signed(bias[16*g +: 16]);
        wire signed [15:0] held = (`FAULT == 2) ? total[15:0] :
            (`FAULT == 3) ? ((total > 16383) ? 16'sd16383 : (total < -16384) ? -16'sd16384 : total[15:0]) :
            (total > 32767) ? 16'sh7fff : (total < -32768) ? 16'sh8000 : total[15:0];
        wire spikes = (`FAULT == 6) ? held > $signed(theta[16*g +: 16]) : held >= $signed(theta[16*g +: 16]);
        wire signed [16:0] less = held - $signed(theta[16*g +: 16]);
        wire signed [15:0] kept = (less > 32767) ? 16'sh7fff : (less < -32768) ? 16'sh8000 : less[15:0];
        wire signed [15:0] after = !spikes ? held : (`FAULT == 4) ? 16'sd0 : kept;

        always @(posedge clk)
            if (rst || (forget && !(`FAULT == 7 && g == 1))) v <= 16'sd0;
            else if (tick) v <= (`FAULT == 8 && pulse == 0) ? v : after;

        assign membrane[16*g +: 16] = v;
        assign fires[g] = tick && spikes;
        assign probe_sum[24*g +: 24] = sum;
        assign probe_leak[24*g +: 24] = leak;
        assign probe_total[24*g +: 24] = total;
        assign probe_held[16*g +: 16] = held;
        assign probe_after[16*g +: 16] = after;
    end
endgenerate

endmodule
`default_nettype wire
