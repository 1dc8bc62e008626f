// Division by a constant 2^N with a declared rounding, or multiplication where N is negative.
//
//   y = round(x / 2^N)      N <= 62, any x; Round as in stw_shr.sv
//
// OutW is the caller's promise that the result fits: InW - N bits and one for a carry do.
`default_nettype none

module stw_divide #(
  parameter int InW   = 24,
  parameter int OutW  = 21,
  parameter int N     = 4,
  parameter int Round = 1
) (
  input  logic signed [InW-1:0]  x_i,
  output logic signed [OutW-1:0] y_o
);

  if (N > 0) begin : gen_right
    localparam int NW = $clog2(N + 1);
    stw_shr #(.InW(InW), .OutW(OutW), .MaxN(N), .Round(Round)) u_shr (.x_i, .n_i(NW'(N)), .y_o);
  end else begin : gen_left
    assign y_o = OutW'(x_i) <<< (-N);
  end

endmodule

`default_nettype wire
