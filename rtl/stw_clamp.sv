// Narrowing to a signed word; the twin of clamp in model/lif/law.c.
//
//   Wrap = 0   y = x held to -2^(OutW-1) .. 2^(OutW-1) - 1     fx_sat
//              Symmetric: from -2^(OutW-1) + 1
//   Wrap = 1   y = the low OutW bits of x                      fx_wrap
//   FloorZero  then y = 0 where y < 0; with Wrap y = the low OutW - 1 bits of x
`default_nettype none

module stw_clamp #(
  parameter int InW       = 20,
  parameter int OutW      = 16,
  parameter int Symmetric = 0,
  parameter int Wrap      = 0,
  parameter int FloorZero = 0
) (
  input  logic signed [InW-1:0]  x_i,
  output logic signed [OutW-1:0] y_o
);

  localparam int W = ((InW > OutW) ? InW : OutW) + 1;
  typedef logic signed [W-1:0] wide_t;

  localparam wide_t Hi = (W'(1) <<< (OutW - 1)) - W'(1);
  localparam wide_t Lo = (FloorZero != 0) ? W'(0) : (Symmetric != 0) ? -Hi : -Hi - W'(1);

  wide_t x, held;

  assign x = W'(x_i);

  if (Wrap != 0 && FloorZero != 0) begin : gen_wrap_unsigned
    assign held = x & Hi;
  end else if (Wrap != 0) begin : gen_wrap
    assign held = x;
  end else begin : gen_saturate
    assign held = (x < Lo) ? Lo : (x > Hi) ? Hi : x;
  end

  assign y_o = OutW'(held);

  logic unused_held;
  assign unused_held = ^held[W-1:OutW];

  if (Wrap != 0 && Symmetric != 0) begin : gen_check_symmetric
    stw_parameter_error u_symmetric_ends_need_saturation ();
  end

endmodule

`default_nettype wire
