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
//               Kind 5 two shifts    l = round(x / 2^a) + round(x / 2^b), λ = a + 32·b
//
// With Staged there are registers after δ·j, rne, λ_t, x·λ_t and l: 2 cycles from x to l, 5 from the other words.
// Of Kind 1 one multiplier and its register serve both: δ·j from the cycle of early_i on, the first with these words, and
// x·λ_t from the next one on.
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
  parameter int LambdaSigned = 0,
  parameter int Staged       = 0
) (
  input  logic                      clk_i,
  input  logic                      early_i,
  input  logic signed [InW-1:0]     x_i,
  input  logic        [LambdaW-1:0] lambda_i,
  input  logic        [15:0]        slope_i,
  input  logic signed [15:0]        jitter_i,
  output logic signed [OutW-1:0]    l_o
);

  logic signed [LambdaW:0] lambda, lambda_t;
  logic signed [OutW-1:0]  leaked;
  logic signed [32:0]      early_product;  // in the cycle after early_i
  localparam int Shared = (Kind == 1) ? Staged : 0;

  stw_cut #(.Width(OutW), .On(Staged)) u_leaked (.clk_i, .d_i(leaked), .q_o(l_o));

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
    moved_t                  shifted, moving_by, moved;
    logic signed [HeldW-1:0] held;

    if (Shared != 0) begin : gen_shared
      logic early_q;
      always_ff @(posedge clk_i) begin
        early_q <= early_i;
        if (early_q) shifted <= moving_by;
      end
      assign shifting = early_product;
    end else begin : gen_own
      product_t moving;
      logic     unused_early;
      assign unused_early = ^{early_i, early_product};
      assign moving = $signed({17'b0, slope_i}) * 33'(jitter_i);
      stw_cut #(.Width(33), .On(Staged)) u_shifting (.clk_i, .d_i(moving), .q_o(shifting));
      stw_cut #(.Width(MovedW), .On(Staged)) u_shifted (.clk_i, .d_i(moving_by), .q_o(shifted));
    end
    stw_shr #(.InW(33), .OutW(MovedW), .MaxN(15), .Round(1)) u_shr (
      .x_i(shifting), .n_i(4'd15), .y_o(moving_by)
    );
    assign moved = MovedW'(lambda) + shifted;
    stw_clamp #(
      .InW(MovedW), .OutW(HeldW), .Wrap(0), .FloorZero((LambdaSigned != 0) ? 0 : 1)
    ) u_clamp (
      .x_i(moved), .y_o(held)
    );
    stw_cut #(.Width(LambdaW + 1), .On(Staged)) u_lambda_t (
      .clk_i, .d_i((LambdaW + 1)'(held)), .q_o(lambda_t)
    );
  end else begin : gen_still
    logic unused_jitter;
    assign unused_jitter = ^{slope_i, jitter_i, early_i, early_product};
    assign lambda_t = lambda;
  end

  if (Kind == 1) begin : gen_exponential
    localparam int ProductW = InW + LambdaW + 1;
    localparam int FracW    = (Frac > 0) ? $clog2(Frac + 1) : 1;
    logic signed [ProductW-1:0] product;

    if (Shared != 0) begin : gen_shared
      localparam int XW = (InW > 16) ? InW : 16;
      localparam int LW = (LambdaW > 16) ? LambdaW + 1 : 17;
      logic signed [XW-1:0]      x;
      logic signed [LW-1:0]      factor;
      logic signed [XW+LW-1:0]   both, both_q;
      assign x             = early_i ? XW'(jitter_i) : XW'(x_i);
      assign factor        = early_i ? LW'($signed({1'b0, slope_i})) : LW'(lambda_t);
      assign both          = (XW + LW)'(x) * (XW + LW)'(factor);
      assign early_product = 33'(both_q);
      assign product       = ProductW'(both_q);
      stw_cut #(.Width(XW + LW), .On(1)) u_product (.clk_i, .d_i(both), .q_o(both_q));
      if (XW + LW > 33) begin : gen_unused
        logic unused_both;
        assign unused_both = ^both_q[XW+LW-1:33];
      end
    end else begin : gen_own
      assign early_product = '0;
      assign product = ProductW'(x_i) * ProductW'(lambda_t);
    end
    stw_shr #(.InW(ProductW), .OutW(OutW), .MaxN(Frac), .Round(Round)) u_shr (
      .x_i(product), .n_i(FracW'(Frac)), .y_o(leaked)
    );
  end else if (Kind == 2 || Kind == 4) begin : gen_shift
    assign early_product = '0;
    logic signed [OutW-1:0] quotient;
    logic                   unused_sign;
    assign unused_sign = lambda_t[LambdaW];
    stw_shr #(.InW(InW), .OutW(OutW), .MaxN((1 << LambdaW) - 1), .Round(Round)) u_shr (
      .x_i(x_i), .n_i(lambda_t[LambdaW-1:0]), .y_o(quotient)
    );
    if (Kind == 4) begin : gen_moves
      assign leaked = (quotient == '0 && x_i != '0 && !x_i[InW-1]) ? OutW'(1) : quotient;
    end else begin : gen_may_stand
      assign leaked = quotient;
    end
  end else if (Kind == 5) begin : gen_two_shifts
    assign early_product = '0;
    logic signed [OutW-1:0] first, second;
    logic                   unused_sign;
    assign unused_sign = lambda_t[LambdaW];
    stw_shr #(.InW(InW), .OutW(OutW), .MaxN(31), .Round(Round)) u_first (
      .x_i(x_i), .n_i(lambda_t[4:0]), .y_o(first)
    );
    stw_shr #(.InW(InW), .OutW(OutW), .MaxN(31), .Round(Round)) u_second (
      .x_i(x_i), .n_i(lambda_t[9:5]), .y_o(second)
    );
    assign leaked = first + second;
  end else if (Kind == 3) begin : gen_linear
    assign early_product = '0;
    localparam int W = ((InW > LambdaW) ? InW : LambdaW) + 2;
    typedef logic signed [W-1:0] wide_t;
    wide_t x, hi, held;

    assign x    = W'(x_i);
    assign hi   = W'(lambda_t);
    assign held = (x < -hi) ? -hi : (x > hi) ? hi : x;
    assign leaked = OutW'(held);

    if (W > OutW) begin : gen_unused
      logic unused_held;
      assign unused_held = ^held[W-1:OutW];  // |held| <= |x|
    end
  end else begin : gen_none
    assign early_product = '0;
    logic unused_x;
    assign unused_x = ^{x_i, lambda_t};
    assign leaked = '0;
  end

  if (Kind < 0 || Kind > 5 || (Kind == 5 && LambdaW != 10) || LambdaW < 1 || LambdaW > ((LambdaSigned != 0) ? 32 : 16) || Frac < 0 ||
      (LambdaSigned != 0 && Kind == 3)) begin : gen_check
    stw_parameter_error u_kind_is_0_to_5_and_lambda_1_to_16_bits_signed_32_and_not_linear ();
  end

endmodule

`default_nettype wire
