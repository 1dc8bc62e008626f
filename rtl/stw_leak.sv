// What leaks from a word in one tick; the twin of jittered and leaked in model/law.c.
//
//   step        formula                                          width
//   moved       λ + rne(δ·j / 2^15)                              20
//   λ_t         moved held to 0 .. 2^LambdaW - 1                 LambdaW
//   leak        Kind 0 none          l = 0
//               Kind 1 exponential   l = round(x·λ_t / 2^Frac)
//               Kind 2 shift         l = round(x / 2^λ); jitter has no fraction to move
//               Kind 3 linear        l = x held to -λ_t .. λ_t
//
// The membrane's leak and the decay of the synaptic current are two instances of this.
`default_nettype none

module stw_leak #(
  parameter int InW     = 16,
  parameter int OutW    = 18,
  parameter int LambdaW = 16,
  parameter int Frac    = 16,
  parameter int Kind    = 1,
  parameter int Round   = 1
) (
  input  logic signed [InW-1:0]     x_i,
  input  logic        [LambdaW-1:0] lambda_i,
  input  logic        [15:0]        slope_i,
  input  logic signed [15:0]        jitter_i,
  output logic signed [OutW-1:0]    l_o
);

  logic signed [LambdaW:0] lambda_t;

  if (Kind == 1 || Kind == 3) begin : gen_jitter
    typedef logic signed [32:0] product_t;
    typedef logic signed [19:0] moved_t;
    product_t shifting;
    moved_t   shifted, moved;

    assign shifting = $signed({17'b0, slope_i}) * 33'(jitter_i);
    stw_shr #(.InW(33), .OutW(20), .MaxN(15), .Round(1)) u_shr (
      .x_i(shifting), .n_i(4'd15), .y_o(shifted)
    );
    assign moved = $signed(20'(lambda_i)) + shifted;
    stw_clamp #(.InW(20), .OutW(LambdaW + 1), .Wrap(0), .FloorZero(1)) u_clamp (
      .x_i(moved), .y_o(lambda_t)
    );
  end else begin : gen_still
    logic unused_jitter;
    assign unused_jitter = ^{slope_i, jitter_i};
    assign lambda_t = $signed({1'b0, lambda_i});
  end

  if (Kind == 1) begin : gen_exponential
    localparam int ProductW = InW + LambdaW + 1;
    localparam int FracW    = (Frac > 0) ? $clog2(Frac + 1) : 1;
    logic signed [ProductW-1:0] product;

    assign product = ProductW'(x_i) * ProductW'(lambda_t);
    stw_shr #(.InW(ProductW), .OutW(OutW), .MaxN(Frac), .Round(Round)) u_shr (
      .x_i(product), .n_i(FracW'(Frac)), .y_o(l_o)
    );
  end else if (Kind == 2) begin : gen_shift
    logic unused_sign;
    assign unused_sign = lambda_t[LambdaW];
    stw_shr #(.InW(InW), .OutW(OutW), .MaxN((1 << LambdaW) - 1), .Round(Round)) u_shr (
      .x_i(x_i), .n_i(lambda_t[LambdaW-1:0]), .y_o(l_o)
    );
  end else if (Kind == 3) begin : gen_linear
    localparam int W = ((InW > LambdaW) ? InW : LambdaW) + 2;
    typedef logic signed [W-1:0] wide_t;
    wide_t x, hi, held;

    assign x    = W'(x_i);
    assign hi   = W'(lambda_t);
    assign held = (x < -hi) ? -hi : (x > hi) ? hi : x;
    assign l_o  = OutW'(held);

    if (W > OutW) begin : gen_unused
      logic unused_held;
      assign unused_held = ^held[W-1:OutW];  // |held| <= |x|
    end
  end else begin : gen_none
    logic unused_x;
    assign unused_x = ^{x_i, lambda_t};
    assign l_o = '0;
  end

  if (Kind < 0 || Kind > 3 || LambdaW < 1 || LambdaW > 16 || Frac < 0) begin : gen_check
    stw_parameter_error u_kind_is_0_to_3_and_lambda_1_to_16_bits ();
  end

endmodule

`default_nettype wire
