// A layer of neurons behind an event bus, one neuron at a time: ports and structure as another house would have
// them. Its law is that of lif_layer.v (chips/fpga-q8.8.yaml), of one recurrent layer; it shares no line with that.
//
// Events come as address and charge with req/ack; `step` runs a tick, `busy` falls with its last neuron. What is
// inside is read back by address: the membrane a cycle later, and whether that neuron fired.
`default_nettype none
`timescale 1ns / 1ns
module serial_core #(
    parameter N_AXON = 6,
    parameter N_UNIT = 5
) (
    input  wire        clock,
    input  wire        nreset,     // asynchronous, low: memories stay, state to zero
    input  wire        aer_req,
    input  wire [11:0] aer_addr,
    input  wire [7:0]  aer_charge, // UQ4.4
    output reg         aer_ack,
    input  wire        step,
    input  wire [15:0] drift,      // Q1.15 of a tick
    output reg         busy,
    input  wire [11:0] look_addr,
    output reg  [15:0] look_pot,
    output reg         look_fired
);
localparam N_ROW = N_AXON + N_UNIT;

reg signed [15:0] mem_w [0:N_UNIT*N_ROW-1];
reg        [15:0] mem_decay [0:N_UNIT-1], mem_slope [0:N_UNIT-1];
reg signed [15:0] mem_level [0:N_UNIT-1], mem_push [0:N_UNIT-1];
reg signed [15:0] pot [0:N_UNIT-1];
reg signed [31:0] sum [0:N_UNIT-1];
reg [N_UNIT-1:0]  fired, fires;
reg [11:0]        at;
integer           k;

initial begin
    $readmemh("mem/layer0_weight.hex", mem_w);
    $readmemh("mem/layer0_lambda.hex", mem_decay);
    $readmemh("mem/layer0_lambda_slope.hex", mem_slope);
    $readmemh("mem/layer0_theta.hex", mem_level);
    $readmemh("mem/layer0_bias.hex", mem_push);
end

// a / 2^s, half to the even neighbour: the whole part, and what is left over decides.
function signed [47:0] half_even(input signed [47:0] a, input integer s);
    reg signed [47:0] whole;
    reg [47:0] rest, middle;
    begin
        whole = a >>> s;
        rest = a - (whole <<< s);
        middle = 48'd1 << (s - 1);
        half_even = whole;
        if (rest > middle || (rest == middle && whole[0])) half_even = whole + 48'sd1;
    end
endfunction

function signed [15:0] bounded(input signed [47:0] a);
    begin
        bounded = a[15:0];
        if (a > 48'sd32767) bounded = 16'sh7fff;
        if (a < -48'sd32768) bounded = 16'sh8000;
    end
endfunction

// What the spikes of the last tick bring to a neuron: each as an event of charge 1 LSB.
function signed [47:0] own(input [11:0] unit);
    integer j;
    begin
        own = 48'sd0;
        for (j = 0; j < N_UNIT; j = j + 1)
            if (fired[j]) own = own + mem_w[unit*N_ROW + N_AXON + j];
    end
endfunction

reg signed [47:0] charge, decay, leak, next;
reg signed [15:0] held;

always @(posedge clock or negedge nreset) begin
    if (!nreset) begin
        {aer_ack, busy, at, fired, fires} <= 0;
        for (k = 0; k < N_UNIT; k = k + 1) begin
            pot[k] <= 16'd0;
            sum[k] <= 32'd0;
        end
    end else begin
        aer_ack <= aer_req && !aer_ack;
        if (aer_req && !aer_ack)
            for (k = 0; k < N_UNIT; k = k + 1)
                sum[k] <= sum[k] + mem_w[k*N_ROW + aer_addr] * $signed({1'b0, aer_charge});
        if (step && !busy) begin
            busy <= 1'b1;
            at <= 12'd0;
        end
        if (busy) begin
            charge = half_even(sum[at] + own(at), 4);
            decay = $signed({1'b0, mem_slope[at]}) * $signed(drift);
            decay = half_even(decay, 15) + $signed({1'b0, mem_decay[at]});
            if (decay < 48'sd0) decay = 48'sd0;
            if (decay > 48'sd65535) decay = 48'sd65535;
            leak = half_even(pot[at] * decay, 16);
            next = pot[at] - leak + charge + mem_push[at];
            held = bounded(next);
            fires[at] <= held >= mem_level[at];
            pot[at] <= held >= mem_level[at] ? bounded(held - mem_level[at]) : held;
            sum[at] <= 32'd0;
            at <= at + 12'd1;
            if (at == N_UNIT - 1) begin
                busy <= 1'b0;
                fired <= fires;
                fired[at] <= held >= mem_level[at];
            end
        end
    end
    look_pot <= pot[look_addr];
    look_fired <= fired[look_addr];
end
endmodule
`default_nettype wire
