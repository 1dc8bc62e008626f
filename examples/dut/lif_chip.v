// A chip of three lif_layers: front end (one to one), hidden (perhaps with feedback), output. That is
// the shape of the nets that `spiketwin train` makes. One tick takes three cycles: the spikes of a
// layer reach the next in the same tick.
`default_nettype none
`timescale 1ns / 1ns
module lif_chip #(
    parameter FOLDER   = "mem",
    parameter INPUTS   = 16,
    parameter HIDDEN   = 12,
    parameter OUTPUTS  = 2,
    parameter FEEDBACK = 1
) (
    input  wire                  clk,
    input  wire                  reset,
    input  wire                  start,   // one tick; x and jitter stay until done
    input  wire [INPUTS*8-1:0]   x,       // UQ4.4 each
    input  wire signed [15:0]    jitter,
    output wire                  done,
    output wire [INPUTS-1:0]     spike0,
    output wire [HIDDEN-1:0]     spike1,
    output wire [OUTPUTS-1:0]    spike2,
    output wire [INPUTS*16-1:0]  v0,
    output wire [HIDDEN*16-1:0]  v1,
    output wire [OUTPUTS*16-1:0] v2
);

wire done0, done1;

lif_layer #(.PREFIX({FOLDER, "/layer0"}), .INPUTS(INPUTS), .NEURONS(INPUTS), .PAIRED(1)) front (
    .clk(clk), .reset(reset), .go(start), .x(x), .jitter(jitter),
    .done(done0), .spike(spike0), .membrane(v0));

lif_layer #(.PREFIX({FOLDER, "/layer1"}), .INPUTS(INPUTS), .NEURONS(HIDDEN), .FEEDBACK(FEEDBACK),
            .XW(1), .POINT(0)) hidden (
    .clk(clk), .reset(reset), .go(done0), .x(spike0), .jitter(jitter),
    .done(done1), .spike(spike1), .membrane(v1));

lif_layer #(.PREFIX({FOLDER, "/layer2"}), .INPUTS(HIDDEN), .NEURONS(OUTPUTS),
            .XW(1), .POINT(0)) out (
    .clk(clk), .reset(reset), .go(done1), .x(spike1), .jitter(jitter),
    .done(done), .spike(spike2), .membrane(v2));

endmodule
`default_nettype wire
