// The leading one of a word and what comes after it: x = 2^top · (1 + mantissa / 2^LogFrac), bits
// under the mantissa dropped. The twin of the first half of dpi_log2 in model/dpi/dpi.c.
//
// x_i = 0 gives 0 and 0.
`default_nettype none

module stw_dpi_log #(
  parameter int W       = 33,
  parameter int LogFrac = 20,
  localparam int TopW   = $clog2(W)
) (
  input  logic [W-1:0]       x_i,
  output logic [TopW-1:0]    top_o,
  output logic [LogFrac-1:0] mantissa_o
);

  localparam int PadW = W - 1 + LogFrac;

  logic [TopW-1:0] top;
  logic [W-1:0]    lined;  // the leading one in the top bit
  logic [PadW-1:0] padded;

  always_comb begin
    top = '0;
    for (int i = 0; i < W; i++) begin
      if (x_i[i]) top = TopW'(i);
    end
  end

  assign lined      = x_i << (TopW'(W - 1) - top);
  assign padded     = {lined[W-2:0], LogFrac'(0)};
  assign mantissa_o = padded[PadW-1 -: LogFrac];
  assign top_o      = top;

  logic unused_bits;
  assign unused_bits = ^{lined[W-1], padded};

endmodule

`default_nettype wire
