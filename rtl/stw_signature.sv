// The signature of a tick: 32 bits over all state words that neurons have after it, each with its place; the twin of
// signature_of in cosim/vectors/signature.c.
//
// CRC-32 (polynomial 04c11db7, reflected; from and xor ffffffff) over the commits of the tick, one a cycle:
//
//   bits    16                     8        StateW, and 0 up to a whole byte
//   lowest  neuron + 4096 · layer  spikes   states of the neuron, the first lowest
//
// signature_o is whole in the cycle after the tick's last commit, and stays until start_i, which comes with no commit.
// A bit of the sum is the parity of bits of the one before and of the commit: which, is worked out here, once.
`default_nettype none

module stw_signature #(
  parameter int StateW = 16
) (
  input  logic              clk_i,
  input  logic              start_i,
  input  logic              valid_i,
  input  logic [2:0]        layer_i,
  input  logic [11:0]       neuron_i,
  input  logic [5:0]        spikes_i,
  input  logic [StateW-1:0] state_i,
  output logic [31:0]       signature_o
);

  localparam int StateBytes = (StateW + 7) / 8;
  localparam int MessageW   = 24 + 8 * StateBytes;
  localparam int W          = 32 + MessageW;  // the sum before, then the commit
  typedef logic [31:0] sum_t;
  typedef logic [W-1:0] parts_t;

  // Which of W bits make bit `which` of the next sum.
  function automatic parts_t parts_of(input logic [4:0] which);
    sum_t sum;
    for (int bit_in = 0; bit_in < W; bit_in++) begin
      sum = (bit_in < 32) ? 32'd1 << bit_in : '0;
      for (int i = 0; i < MessageW; i++) begin
        sum = {1'b0, sum[31:1]} ^ ((sum[0] ^ (bit_in == 32 + i)) ? 32'hedb88320 : 32'd0);
      end
      parts_of[bit_in] = sum[which];
    end
  endfunction

  sum_t   sum_q, next;
  parts_t in;

  assign in = {(8 * StateBytes)'(state_i), 2'd0, spikes_i, 1'b0, layer_i, neuron_i, sum_q};
  for (genvar i = 0; i < 32; i++) begin : gen_bit
    localparam parts_t Parts = parts_of(5'(i));
    assign next[i] = ^(in & Parts);
  end

  always_ff @(posedge clk_i) begin
    if (start_i) sum_q <= '1;
    else if (valid_i) sum_q <= next;
  end
  assign signature_o = ~sum_q;

endmodule

`default_nettype wire
