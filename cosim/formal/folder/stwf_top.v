// A wrapper of somebody's core beside the law: docs/formal.md. Its ports, and the macros STWF_..., are in stwf.vh, written from the
// chip file. What is asked of all of it is one check, STWF_CHECK; a simulator that replays a trace says what differed.
`default_nettype none
module stwf_top (
    input wire                    clock,
    input wire [`STWF_FREE-1:0]   stwf_free,
    input wire [`STWF_FIXED-1:0]  stwf_fixed,
    input wire [15:0]             stwf_watch
);

// Two cycles of reset, once. What is fixed is fixed, and there is a neuron that is watched.
reg [1:0] age = 2'd0;
wire resetting = age < 2'd2;
reg [`STWF_FIXED-1:0] fixed_was;
reg [15:0] watch_was;
always @(posedge clock) begin
    if (resetting) age <= age + 2'd1;
    fixed_was <= stwf_fixed;
    watch_was <= stwf_watch;
end

`STWF_WIRES
stwf_wrapper wrapper (.clock(clock), .reset(resetting), .stwf_free(stwf_free), .stwf_fixed(stwf_fixed),
                      .stwf_watch(stwf_watch) `STWF_CONNECT);

wire watched = !resetting && stwf_valid && stwf_neuron == stwf_watch;

`include "stwf_track.v"
`include "stwf_law.v"
`include "stwf_checks.v"

`ifdef FORMAL
always @* begin
    assume (stwf_watch < `STWF_NEURONS);
    if (age != 2'd0) assume (stwf_fixed == fixed_was && stwf_watch == watch_was);
end
`endif

endmodule
`default_nettype wire
