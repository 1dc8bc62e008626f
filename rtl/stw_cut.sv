// A register between two stages of a neuron, or with On = 0 none.
`default_nettype none

module stw_cut #(
  parameter int Width = 16,
  parameter int On    = 0
) (
  input  logic             clk_i,
  input  logic [Width-1:0] d_i,
  output logic [Width-1:0] q_o
);

  if (On != 0) begin : gen_register
    logic [Width-1:0] d_q;
    always_ff @(posedge clk_i) d_q <= d_i;
    assign q_o = d_q;
  end else begin : gen_none
    logic unused_clk;
    assign unused_clk = clk_i;
    assign q_o = d_i;
  end

endmodule

`default_nettype wire
