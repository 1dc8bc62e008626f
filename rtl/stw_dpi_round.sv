// Division by 2^n to nearest, ties to even; the twin of fx_wide_shr_rne in model/fx.h.
//
//   y = rne(x / 2^n)      0 <= n, any x
`default_nettype none

module stw_dpi_round #(
  parameter int W  = 63,
  parameter int NW = 6
) (
  input  logic signed [W-1:0]  x_i,
  input  logic        [NW-1:0] n_i,
  output logic signed [W-1:0]  y_o
);

  typedef logic signed [W-1:0] word_t;

  logic [W-1:0] dropped, below_half;
  word_t floored, up;
  logic [W-1:0] unsigned_x;
  logic         half, rest;

  assign unsigned_x = x_i;

  assign dropped    = ~((~W'(0)) << n_i);  // ones where bits are lost
  assign below_half = W'(dropped >> 1);
  assign half       = (unsigned_x & dropped & ~below_half) != '0;  // the first bit that is lost
  assign rest       = (unsigned_x & below_half) != '0;
  assign floored    = x_i >>> n_i;
  assign up         = (half && (rest || floored[0])) ? W'(1) : W'(0);
  assign y_o        = floored + up;

endmodule

`default_nettype wire
