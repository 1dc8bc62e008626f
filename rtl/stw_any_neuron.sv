// The laws that there are: one neuron, one tick of the law Kind, combinational.
//
// Kind is numbered as in model/laws/registry.c, Law as in stw_any_net.sv. Words, states and stages are
// packed in the order of the law's tables, the first lowest; with rest_i what leaves as state is
// that in which runs begin.
`default_nettype none

module stw_any_neuron #(
  parameter int           Kind   = 2,
  parameter int           AccW   = 31,
  parameter int           XFrac  = 4,
  parameter logic [511:0] Law    = 512'h0001_0001_000c_0010_0007_0010_0008_0010_0004_0008,
  parameter int           WordW  = 128,
  parameter int           StateW = 32,
  parameter int           StageW = 385
) (
  input  logic signed [AccW-1:0]   acc_i,
  input  logic        [WordW-1:0]  words_i,
  input  logic        [StateW-1:0] state_i,
  input  logic signed [15:0]       jitter_i,
  input  logic                     rest_i,
  output logic        [StageW-1:0] stages_o,
  output logic        [StateW-1:0] state_o,
  output logic                     fire_o
);

  if (Kind == 2) begin : gen_izhikevich
    stw_izhikevich_neuron #(.AccW(AccW), .XFrac(XFrac), .Law(Law)) u_neuron (
      .acc_i, .words_i, .state_i, .jitter_i, .rest_i, .stages_o, .state_o, .fire_o
    );
  end else begin : gen_none
    stw_parameter_error u_no_law_of_this_kind ();
  end

endmodule

`default_nettype wire
