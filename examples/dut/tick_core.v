// Neurons that sum a tick's spikes and then move, all in one cycle. The laws of chips/syntzulu.yaml and, with HOLDS, of
// chips/quantisenc.yaml, without bias; ports and structure are our own.
//
// `spike` adds a source's weights, `step` ends the tick. What is inside is read back by address.
`default_nettype none
`timescale 1ns / 1ns
module tick_core #(
    parameter N_AXON = 6,
    parameter N_UNIT = 5,
    parameter HOLDS = 0,                // sums stop at the ends, and neurons fire by what they were
    parameter POT = HOLDS ? 8 : 16,     // bits of a membrane,
    parameter WEIGHT = HOLDS ? 5 : 8,   // of a weight,
    parameter RATE = HOLDS ? 7 : 13,    // of a leak,
    parameter POINT = HOLDS ? 4 : 12    // and of its fraction
) (
    input  wire              clock,
    input  wire              nreset, // low: memories stay, membranes to zero
    input  wire              spike,
    input  wire [11:0]       axon,
    input  wire              step,
    input  wire [11:0]       look_addr,
    output wire [POT-1:0]    look_pot,
    output wire              look_fired
);
localparam signed [31:0] MOST = (1 << (POT - 1)) - 1;

reg signed [WEIGHT-1:0] mem_w [0:N_UNIT*N_AXON-1];
reg        [RATE-1:0]   mem_rate [0:N_UNIT-1];
reg signed [POT-1:0]    mem_level [0:N_UNIT-1];
reg signed [POT-1:0]    pot [0:N_UNIT-1];
reg signed [31:0]       sum [0:N_UNIT-1];
reg [N_UNIT-1:0]        fired;

initial begin
    $readmemh("mem/layer0_weight.hex", mem_w);
    $readmemh("mem/layer0_lambda.hex", mem_rate);
    $readmemh("mem/layer0_theta.hex", mem_level);
end

// A share of a membrane: of its size, whatever its sign.
function signed [31:0] share(input signed [31:0] v, input signed [31:0] rate);
    reg [31:0] size;
    begin
        size = ((v < 0 ? -v : v) * rate) >> POINT;
        share = v < 0 ? -size : size;
    end
endfunction

function signed [31:0] stopped(input signed [31:0] a);
    stopped = a > MOST ? MOST : a < -MOST ? -MOST : a;
endfunction

genvar n;
generate
    for (n = 0; n < N_UNIT; n = n + 1) begin : unit
        // What stays, by its own share, or what is left of what goes.
        wire signed [31:0] stays = HOLDS ? stopped(pot[n] - share(pot[n], mem_rate[n]))
                                         : share(pot[n], (1 << POINT) - mem_rate[n]);
        wire signed [31:0] next = HOLDS ? stopped(stays + stopped(sum[n])) : stays + sum[n];
        wire signed [POT-1:0] cut = next;
        wire hit = HOLDS ? pot[n] > mem_level[n] : cut >= mem_level[n];
        always @(posedge clock or negedge nreset)
            if (!nreset) begin
                pot[n] <= 0;
                sum[n] <= 0;
                fired[n] <= 1'b0;
            end else if (step) begin
                pot[n] <= hit ? 0 : cut;
                sum[n] <= 0;
                fired[n] <= hit;
            end else if (spike)
                sum[n] <= sum[n] + mem_w[n * N_AXON + axon];
    end
endgenerate

assign look_pot = pot[look_addr];
assign look_fired = fired[look_addr];
endmodule
`default_nettype wire
