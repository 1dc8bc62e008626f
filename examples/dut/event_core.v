// Neurons that live by events: each that comes, a source or a time reference, goes through all neurons at once, one a cycle.
// The laws of chips/tinyodin.yaml and, with UNSIGNED, of chips/odin.yaml, without bias; ports and structure are our own.
//
// `ev` begins an event, `busy` falls with its last neuron. What is inside is read back by address.
`default_nettype none
`timescale 1ns / 1ns
module event_core #(
    parameter N_AXON = 6,
    parameter N_UNIT = 5,
    parameter UNSIGNED = 0
) (
    input  wire        clock,
    input  wire        nreset,  // low: memories stay, membranes to zero
    input  wire        ev,
    input  wire        ev_time, // a time reference: no source
    input  wire [11:0] ev_addr,
    output reg         busy,
    input  wire [11:0] look_addr,
    output wire [12:0] look_pot,
    output wire        look_fired
);
localparam signed [12:0] TOP = UNSIGNED ? 13'sd255 : 13'sd2047;
localparam signed [12:0] LOW = UNSIGNED ? 13'sd0 : -13'sd2048;

reg signed [3:0]  mem_w [0:N_UNIT*N_AXON-1];
reg        [6:0]  mem_leak [0:N_UNIT-1];
reg        [11:0] mem_level [0:N_UNIT-1]; // not negative
reg signed [12:0] pot [0:N_UNIT-1];
reg [N_UNIT-1:0]  fired;
reg [11:0]        at, row;
reg               by_time;
integer           k;

initial begin
    $readmemh("mem/layer0_weight.hex", mem_w);
    $readmemh("mem/layer0_lambda.hex", mem_leak);
    $readmemh("mem/layer0_theta.hex", mem_level);
end

wire signed [12:0] old = pot[at], step = mem_leak[at];
wire signed [12:0] leaked = (old >= step) ? old - step : (old <= -step) ? old + step : 13'sd0;
wire signed [12:0] summed = old + mem_w[at * N_AXON + row];
wire signed [12:0] moved = by_time ? leaked : (summed > TOP) ? TOP : (summed < LOW) ? LOW : summed;
wire               hit = moved >= $signed({1'b0, mem_level[at]});

always @(posedge clock or negedge nreset)
    if (!nreset) begin
        busy <= 1'b0;
        fired <= 0;
        for (k = 0; k < N_UNIT; k = k + 1) pot[k] <= 13'sd0;
    end else if (ev && !busy) begin
        busy <= 1'b1;
        at <= 12'd0;
        row <= ev_addr;
        by_time <= ev_time;
    end else if (busy) begin
        pot[at] <= hit ? 13'sd0 : moved;
        fired[at] <= hit;
        at <= at + 12'd1;
        if (at == N_UNIT - 1) busy <= 1'b0;
    end

assign look_pot = pot[look_addr];
assign look_fired = fired[look_addr];
endmodule
`default_nettype wire
