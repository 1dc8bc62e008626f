// What leaks from a word in one tick; the twin of jittered and law_leaked in model/lif/law.c.
//
//   step        formula                                          width
//   moved       λ + rne(δ·j / 2^15)                              MovedW
//   λ_t         moved held to 0 .. 2^LambdaW - 1, or with        LambdaW
//               LambdaSigned to a signed word of LambdaW bits
//   leak        Kind 0 none          l = 0
//               Kind 1 exponential   l = round(x·λ_t / 2^Frac)
//               Kind 2 shift         l = round(x / 2^λ); jitter has no fraction to move
//               Kind 3 linear        l = x held to -λ_t .. λ_t
//               Kind 4 shift moves   as shift, but 1 where x > 0 and it would be 0
//
// The membrane's leak and the decay of the synaptic current are two instances of this.
`default_nettype none

module stw_leak #(
  parameter int InW          = 16,
  parameter int OutW         = 18,
  parameter int LambdaW      = 16,
  parameter int Frac         = 16,
  parameter int Kind         = 1,
  parameter int Round        = 1,
  parameter int LambdaSigned = 0
) (
  input  logic signed [InW-1:0]     x_i,
  input  logic        [LambdaW-1:0] lambda_i,
  input  logic        [15:0]        slope_i,
  input  logic signed [15:0]        jitter_i,
  output logic signed [OutW-1:0]    l_o
);

  logic signed [LambdaW:0] lambda, lambda_t;

  if (LambdaSigned != 0) begin : gen_signed
    assign lambda = (LambdaW + 1)'($signed(lambda_i));
  end else begin : gen_unsigned
    assign lambda = $signed({1'b0, lambda_i});
  end

  if (Kind == 1 || Kind == 3) begin : gen_jitter
    localparam int MovedW = ((LambdaW > 17) ? LambdaW : 17) + 3;
    localparam int HeldW  = (LambdaSigned != 0) ? LambdaW : LambdaW + 1;
    typedef logic signed [32:0] product_t;
    typedef logic signed [MovedW-1:0] moved_t;
    product_t                shifting;
    moved_t                  shifted, moved;
    logic signed [HeldW-1:0] held;

    assign shifting = $signed({17'b0, slope_i}) * 33'(jitter_i);
    stw_shr #(.InW(33), .OutW(MovedW), .MaxN(15), .Round(1)) u_shr (
      .x_i(shifting), .n_i(4'd15), .y_o(shifted)
    );
    assign moved = MovedW'(lambda) + shifted;
    stw_clamp #(
      .InW(MovedW), .OutW(HeldW), .Wrap(0), .FloorZero((LambdaSigned != 0) ? 0 : 1)
    ) u_clamp (
      .x_i(moved), .y_o(held)
    );
    assign lambda_t = (LambdaW + 1)'(held);
  end else begin : gen_still
    logic unused_jitter;
    assign unused_jitter = ^{slope_i, jitter_i};
    assign lambda_t = lambda;
  end

  if (Kind == 1) begin : gen_exponential
    localparam int ProductW = InW + LambdaW + 1;
    localparam int FracW    = (Frac > 0) ? $clog2(Frac + 1) : 1;
    logic signed [ProductW-1:0] product;

    assign product = ProductW'(x_i) * ProductW'(lambda_t);
    stw_shr #(.InW(ProductW), .OutW(OutW), .MaxN(Frac), .Round(Round)) u_shr (
      .x_i(product), .n_i(FracW'(Frac)), .y_o(l_o)
    );
  end else if (Kind == 2 || Kind == 4) begin : gen_shift
    logic signed [OutW-1:0] quotient;
    logic                   unused_sign;
    assign unused_sign = lambda_t[LambdaW];
    stw_shr #(.InW(InW), .OutW(OutW), .MaxN((1 << LambdaW) - 1), .Round(Round)) u_shr (
      .x_i(x_i), .n_i(lambda_t[LambdaW-1:0]), .y_o(quotient)
    );
    if (Kind == 4) begin : gen_moves
      assign l_o = (quotient == '0 && x_i != '0 && !x_i[InW-1]) ? OutW'(1) : quotient;
    end else begin : gen_may_stand
      assign l_o = quotient;
    end
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

  if (Kind < 0 || Kind > 4 || LambdaW < 1 || LambdaW > ((LambdaSigned != 0) ? 32 : 16) || Frac < 0 ||
      (LambdaSigned != 0 && Kind == 3)) begin : gen_check
    stw_parameter_error u_kind_is_0_to_4_and_lambda_1_to_16_bits_signed_32_and_not_linear ();
  end

endmodule

`default_nettype wire
