// Division by 2^n with a declared rounding; the twin of fx_shr in model/fx.h.
//
//   y = round(x / 2^n)      0 <= n <= MaxN, any x
//
//   Round   name           y                                  model/fx.h
//   0       floor          towards minus infinity             fx_shr_floor
//   1       nearest even   to nearest, a tie to the even one  fx_shr_rne
//   2       toward zero    drops the magnitude's fraction     fx_shr_tz
//   3       ceiling        towards plus infinity              fx_shr_ceil
//   4       away           from zero: a fraction is a whole   fx_shr_away
//
// All five add a word below 2^n and shift: that word is what the rounding is. OutW is the
// caller's promise that the result fits; nothing is saturated here.
`default_nettype none

module stw_shr #(
  parameter int InW   = 33,
  parameter int OutW  = 18,
  parameter int MaxN  = 16,
  parameter int Round = 1,
  localparam int NW   = (MaxN > 0) ? $clog2(MaxN + 1) : 1
) (
  input  logic signed [InW-1:0]  x_i,
  input  logic        [NW-1:0]   n_i,
  output logic signed [OutW-1:0] y_o
);

  // Room for x, for 2^MaxN, and for the carry of their sum.
  localparam int W = ((InW > MaxN) ? InW : MaxN) + 2;
  typedef logic signed [W-1:0] wide_t;

  wide_t x, below, added, quotient;

  assign x     = W'(x_i);
  assign below = (W'(1) << n_i) - W'(1);  // n ones: the largest fraction

  if (Round == 0) begin : gen_floor
    logic unused_below;
    assign unused_below = ^below;
    assign added = '0;
  end else if (Round == 1) begin : gen_nearest_even
    wide_t floored, odd;
    logic  unused_floored;
    assign unused_floored = ^floored;
    assign floored = x >>> n_i;
    assign odd     = (floored[0] && n_i != '0) ? W'(1) : W'(0);
    assign added   = (below >>> 1) + odd;  // just below a half; a half when the floor is odd
  end else if (Round == 2) begin : gen_toward_zero
    assign added = x[W-1] ? below : '0;
  end else if (Round == 3) begin : gen_ceiling
    assign added = below;
  end else begin : gen_away
    assign added = x[W-1] ? '0 : below;
  end

  assign quotient = (x + added) >>> n_i;
  assign y_o = OutW'(quotient);

  if (W > OutW) begin : gen_unused
    logic unused_quotient;
    assign unused_quotient = ^quotient[W-1:OutW];  // copies of the sign, by the caller's promise
  end

  if (Round < 0 || Round > 4 || MaxN < 0 || MaxN > 62) begin : gen_check
    stw_parameter_error u_round_is_0_to_4_and_max_n_0_to_62 ();
  end

endmodule

`default_nettype wire
