// The stage `current` of one synapse; the twin of current_of in model/lif/law.c.
//
//   i = round(acc·γ / 2^Align), γ only with HasGain
//
//   HasCurrent  DecayLast  SaturateEach   y
//   0                                     i
//   1           0                         clamp(u - decay(u) + i)
//   1           1          0              s = clamp(u + i), clamp(s - decay(s))
//   1           1          1              s = i (acc began at u), clamp(s - decay(s))
//
// With Staged there are registers after acc·γ, i, s, the sum and y, and those of stw_leak.sv.
`default_nettype none

module stw_current #(
  parameter int AccW         = 24,
  parameter int Align        = 4,
  parameter int OutW         = 22,  // of y: CurrentBits with HasCurrent, else AlignedW
  parameter int CurrentBits  = 16,
  parameter int LeakBits     = 16,
  parameter int LeakFrac     = 16,
  parameter int LeakSigned   = 0,
  parameter int GainBits     = 1,
  parameter int RoundCurrent = 1,
  parameter int RoundDecay   = 1,
  parameter int DecayKind    = 0,
  parameter int HasCurrent   = 0,
  parameter int HasGain      = 0,
  parameter int DecayLast    = 0,
  parameter int SaturateEach = 0,
  parameter int Symmetric    = 0,
  parameter int Wrap         = 0,
  parameter int Staged       = 0,
  localparam int MuW         = (DecayKind == 5) ? 10 : (DecayKind == 2 || DecayKind == 4) ? 5 : LeakBits
) (
  input  logic                          clk_i,
  input  logic                          early_i,
  input  logic signed [AccW-1:0]        acc_i,
  input  logic signed [GainBits-1:0]    gain_i,
  input  logic signed [CurrentBits-1:0] u_i,
  input  logic        [MuW-1:0]         mu_i,
  input  logic        [15:0]            mu_slope_i,
  input  logic signed [15:0]            jitter_i,
  output logic signed [OutW-1:0]        y_o
);

  localparam int ProductW = AccW + ((HasGain != 0) ? GainBits : 0);
  localparam int ShiftedW = ((ProductW > Align) ? ProductW - Align : 1) + 1;
  localparam int AlignedW = (Align < 0) ? ProductW - Align : ShiftedW;

  logic signed [ProductW-1:0] product;
  logic signed [AlignedW-1:0] shifted, aligned;

  if (HasGain != 0) begin : gen_gain
    logic signed [ProductW-1:0] multiplied;
    assign multiplied = ProductW'(acc_i) * ProductW'(gain_i);
    stw_cut #(.Width(ProductW), .On(Staged)) u_product (
      .clk_i, .d_i(multiplied), .q_o(product)
    );
  end else begin : gen_no_gain
    logic unused_gain;
    assign unused_gain = ^gain_i;
    assign product = acc_i;
  end

  if (Align > 0) begin : gen_align_right
    stw_shr #(.InW(ProductW), .OutW(AlignedW), .MaxN(Align), .Round(RoundCurrent)) u_shr (
      .x_i(product), .n_i($clog2(Align + 1)'(Align)), .y_o(shifted)
    );
  end else begin : gen_align_left
    assign shifted = AlignedW'(product) <<< (-Align);
  end
  stw_cut #(.Width(AlignedW), .On(Staged)) u_aligned (.clk_i, .d_i(shifted), .q_o(aligned));

  if (HasCurrent != 0) begin : gen_current
    localparam int ScaleW = LeakBits + 1 - LeakFrac;
    localparam int DecayW = (DecayKind == 5) ? CurrentBits + 1 : (DecayKind != 1) ? CurrentBits :
                            ((CurrentBits + ScaleW > 1) ? CurrentBits + ScaleW : 1) + 1;
    localparam int W      = ((DecayW > AlignedW) ? ((DecayW > CurrentBits) ? DecayW : CurrentBits)
                             : ((AlignedW > CurrentBits) ? AlignedW : CurrentBits)) + 2;
    logic signed [CurrentBits-1:0] decaying, next, next_y;
    logic signed [DecayW-1:0]      decay;
    logic signed [W-1:0]           sum, clamping;

    if (SaturateEach != 0) begin : gen_saturate_each
      logic unused_state;
      assign unused_state = ^{u_i, aligned};
      assign decaying = CurrentBits'(aligned);  // acc is held to the current's format
      assign sum      = W'(decaying) - W'(decay);
    end else if (DecayLast != 0) begin : gen_decay_last
      logic signed [CurrentBits-1:0] gathered;
      stw_clamp #(.InW(W), .OutW(CurrentBits), .Symmetric(Symmetric), .Wrap(Wrap), .FloorZero(0)) u_gathered (
        .x_i(W'(u_i) + W'(aligned)), .y_o(gathered)
      );
      stw_cut #(.Width(CurrentBits), .On(Staged)) u_decaying (
        .clk_i, .d_i(gathered), .q_o(decaying)
      );
      assign sum = W'(decaying) - W'(decay);
    end else begin : gen_decay_first
      assign decaying = u_i;
      assign sum      = W'(u_i) - W'(decay) + W'(aligned);
    end

    stw_leak #(
      .InW(CurrentBits), .OutW(DecayW), .LambdaW(MuW), .Frac(LeakFrac), .Kind(DecayKind),
      .Round(RoundDecay), .LambdaSigned((DecayKind < 2) ? LeakSigned : 0), .Staged(Staged)
    ) u_decay (
      .clk_i, .early_i, .x_i(decaying), .lambda_i(mu_i), .slope_i(mu_slope_i), .jitter_i(jitter_i), .l_o(decay)
    );
    stw_clamp #(.InW(W), .OutW(CurrentBits), .Symmetric(Symmetric), .Wrap(Wrap), .FloorZero(0)) u_clamp (
      .x_i(clamping), .y_o(next)
    );
    stw_cut #(.Width(W), .On(Staged)) u_sum (.clk_i, .d_i(sum), .q_o(clamping));
    stw_cut #(.Width(CurrentBits), .On(Staged)) u_next (.clk_i, .d_i(next), .q_o(next_y));
    assign y_o = OutW'(next_y);
  end else begin : gen_no_current
    logic unused_state;
    assign unused_state = ^{u_i, mu_i, mu_slope_i, jitter_i, clk_i, early_i};
    assign y_o = OutW'(aligned);
  end

  if (HasCurrent == 0 && (DecayLast != 0 || SaturateEach != 0)) begin : gen_check
    stw_parameter_error u_decay_last_and_saturate_each_need_a_current ();
  end

endmodule

`default_nettype wire
