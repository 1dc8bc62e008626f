// A layer of leaky integrate-and-fire neurons, all of them in one clock cycle: plain Verilog, as
// somebody else would write it. It shares no line and no structure with rtl/ (which works through
// events one by one, eight stages deep) and stands here for "your own RTL".
//
// Its law is that of chips/fpga-q8.8.yaml: weights, membrane, threshold and bias Q8.8, leak UQ0.16,
// rounding to nearest even, saturation, fires at >=, reset by subtraction. Other laws: not this RTL.
//
// The words come from PREFIX_weight.hex and so on at start-up (block RAM contents). What is named
// `tap_` is for a debugger: synthesis drops it where nobody reads it.
`default_nettype none
`timescale 1ns / 1ns
module lif_layer #(
    parameter PREFIX   = "mem/layer0",
    parameter INPUTS   = 16,
    parameter NEURONS  = 16,
    parameter PAIRED   = 0,  // 1: input n reaches neuron n only
    parameter FEEDBACK = 0,  // 1: the layer's spikes of the last tick are inputs too
    parameter XW       = 8,  // bits of an input
    parameter POINT    = 4   // of them behind the binary point
) (
    input  wire                  clk,
    input  wire                  reset,   // synchronous; state to zero
    input  wire                  go,      // one tick
    input  wire [INPUTS*XW-1:0]  x,
    input  wire signed [15:0]    jitter,  // Q1.15 of a tick
    output reg                   done,    // the cycle after go
    output reg  [NEURONS-1:0]    spike,
    output wire [NEURONS*16-1:0] membrane
);

localparam SOURCES = PAIRED ? 1 : INPUTS + (FEEDBACK ? NEURONS : 0);

reg signed [15:0] weight [0:NEURONS*SOURCES-1];
reg        [15:0] lambda [0:NEURONS-1];
reg        [15:0] slope  [0:NEURONS-1];
reg signed [15:0] theta  [0:NEURONS-1];
reg signed [15:0] bias   [0:NEURONS-1];
reg signed [15:0] v      [0:NEURONS-1];

initial begin
    $readmemh({PREFIX, "_weight.hex"}, weight);
    $readmemh({PREFIX, "_lambda.hex"}, lambda);
    $readmemh({PREFIX, "_lambda_slope.hex"}, slope);
    $readmemh({PREFIX, "_theta.hex"}, theta);
    $readmemh({PREFIX, "_bias.hex"}, bias);
end

// y / 2^n to the nearest, ties to the even one: half an LSB less one bit, plus one if odd, floored.
function signed [47:0] nearest;
    input signed [47:0] y;
    input integer n;
    begin
        if (n == 0)
            nearest = y;
        else
            nearest = (y + ((48'sd1 <<< (n - 1)) - 48'sd1) + (y[n] ? 48'sd1 : 48'sd0)) >>> n;
    end
endfunction

function signed [15:0] saturated;
    input signed [47:0] y;
    saturated = y > 48'sd32767 ? 16'sh7fff : y < -48'sd32768 ? 16'sh8000 : y[15:0];
endfunction

// All of one neuron's tick, in 48 bits: wide enough for 4096 inputs of 8 bits.
reg signed [47:0] tap_sum     [0:NEURONS-1];
reg signed [47:0] tap_current [0:NEURONS-1];
reg signed [47:0] tap_leak    [0:NEURONS-1];
reg signed [47:0] tap_total   [0:NEURONS-1];
reg signed [15:0] tap_held    [0:NEURONS-1];
reg signed [47:0] sum, current, old, factor, leak, total;
reg signed [15:0] held;
integer n, i;

always @(posedge clk) begin
    done <= go && !reset;
    if (reset) begin
        spike <= {NEURONS{1'b0}};
        for (n = 0; n < NEURONS; n = n + 1) v[n] <= 16'sd0;
    end else if (go) begin
        for (n = 0; n < NEURONS; n = n + 1) begin
            sum = 48'sd0;
            if (PAIRED)
                sum = weight[n] * $signed({1'b0, x[n*XW +: XW]});
            else
                for (i = 0; i < INPUTS; i = i + 1)
                    sum = sum + weight[n*SOURCES + i] * $signed({1'b0, x[i*XW +: XW]});
            if (FEEDBACK)
                for (i = 0; i < NEURONS; i = i + 1)
                    if (spike[i]) sum = sum + weight[n*SOURCES + INPUTS + i];
            current = nearest(sum, POINT);

            factor = $signed({1'b0, slope[n]}) * jitter;
            factor = $signed({1'b0, lambda[n]}) + nearest(factor, 15);
            if (factor < 48'sd0) factor = 48'sd0;
            if (factor > 48'sd65535) factor = 48'sd65535;

            old = v[n];
`ifdef FAULT
            leak = (old * factor) >>> 16;  // planted: floors instead of rounding
`else
            leak = nearest(old * factor, 16);
`endif
            total = old - leak + current + bias[n];
            held = saturated(total);
            spike[n] <= held >= theta[n];
            v[n] <= held >= theta[n] ? saturated(held - theta[n]) : held;

            tap_sum[n] = sum;
            tap_current[n] = current;
            tap_leak[n] = leak;
            tap_total[n] = total;
            tap_held[n] = held;
        end
    end
end

genvar g;
generate
    for (g = 0; g < NEURONS; g = g + 1) begin : flat
        assign membrane[16*g +: 16] = v[g];
    end
endgenerate

endmodule
`default_nettype wire
