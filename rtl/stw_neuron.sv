// One neuron, one tick: the law, combinational. Equals law_step_ref of model/law.c stage for stage.
//
//   stage      formula                                                         width
//   gather     acc = sum over events of w[n,i]·x[i] (recurrent: x = 1)         AccW, exact
//   current    i = round(acc / 2^Align); with a current state:
//              u' = clamp(u - decay(u) + i), i = u'                            CurrentW
//   leak       λ_t = clamp(λ + rne(δ·j / 2^15)); l = leak(v) of the kind       LeakW
//   integrate  s = v - l + i + bias      (i = bias = 0 while refractory)       SumW
//   clamp      c = saturate or wrap s to the membrane format, then floor at 0  MembraneBits
//   fire       z = c >= θ (or >), never while refractory                       1
//   reset      v' = z ? (0 or clamp(c - θ)) : c                                MembraneBits
//   refract    r' = z ? period : max(r - 1, 0)                                 8
//
// With IntegrateFirst the leak acts on what was integrated: l = leak(v + i + bias).
// Kinds of leak and rounding are numbered as in enum law_leak and enum fx_round; wide stages leave
// sign-extended to 64 bits, as struct law_stages has them.
`default_nettype none

module stw_neuron #(
  parameter int AccW            = 24,  // bits of acc
  parameter int Align           = 4,   // acc / 2^Align has the membrane's LSB (negative: acc · 2^-Align)
  parameter int MembraneBits    = 16,
  parameter int CurrentBits     = 16,
  parameter int LeakBits        = 16,
  parameter int LeakFrac        = 16,
  parameter int RoundCurrent    = 1,
  parameter int RoundDecay      = 1,
  parameter int RoundLeak       = 1,
  parameter int LeakKind        = 1,
  parameter int DecayKind       = 0,
  parameter int HasCurrent      = 0,
  parameter int Wrap            = 0,
  parameter int FloorZero       = 0,
  parameter int FireGt          = 0,
  parameter int ResetSubtract   = 1,
  parameter int IntegrateFirst  = 0,
  parameter int RefractoryTicks = 0,
  localparam int LambdaW        = (LeakKind == 2) ? 5 : LeakBits,
  localparam int MuW            = (DecayKind == 2) ? 5 : LeakBits
) (
  input  logic signed [AccW-1:0]         acc_i,
  input  logic signed [MembraneBits-1:0] v_i,
  input  logic signed [CurrentBits-1:0]  u_i,
  input  logic        [7:0]              r_i,
  input  logic        [LambdaW-1:0]      lambda_i,
  input  logic        [15:0]             lambda_slope_i,
  input  logic        [MuW-1:0]          mu_i,
  input  logic        [15:0]             mu_slope_i,
  input  logic signed [MembraneBits-1:0] theta_i,
  input  logic signed [MembraneBits-1:0] bias_i,
  input  logic signed [15:0]             jitter_i,
  output logic signed [63:0]             gather_o,
  output logic signed [63:0]             current_o,
  output logic signed [63:0]             leak_o,
  output logic signed [63:0]             integrate_o,
  output logic signed [MembraneBits-1:0] clamp_o,
  output logic                           fire_o,
  output logic signed [MembraneBits-1:0] reset_o,    // the next v
  output logic        [7:0]              refract_o,  // the next r
  output logic signed [CurrentBits-1:0]  u_o         // the next u
);

  // A word x that is multiplied by λ and divided by 2^LeakFrac, and may round up by one.
  localparam int ScaleW   = LeakBits + 1 - LeakFrac;
  localparam int AlignedW = (Align < 0) ? AccW - Align : ((AccW > Align) ? AccW - Align : 1) + 1;
  localparam int CurrentW = (HasCurrent != 0) ? CurrentBits : AlignedW;
  localparam int InputW   = ((CurrentW > MembraneBits) ? CurrentW : MembraneBits) + 1;
  localparam int LeakingW = (IntegrateFirst != 0) ? InputW + 1 : MembraneBits;
  localparam int LeakW    = (LeakKind != 1) ? LeakingW :
                            ((LeakingW + ScaleW > 1) ? LeakingW + ScaleW : 1) + 1;
  localparam int SumW     = ((LeakW > InputW) ? LeakW : InputW) + 2;

  logic refractory;
  assign refractory = r_i != '0;

  // gather
  assign gather_o = 64'(acc_i);

  // current
  logic signed [AlignedW-1:0] aligned;
  logic signed [CurrentW-1:0] current;

  if (Align > 0) begin : gen_align_right
    stw_shr #(.InW(AccW), .OutW(AlignedW), .MaxN(Align), .Round(RoundCurrent)) u_shr (
      .x_i(acc_i), .n_i($clog2(Align + 1)'(Align)), .y_o(aligned)
    );
  end else begin : gen_align_left
    assign aligned = AlignedW'(acc_i) <<< (-Align);
  end

  if (HasCurrent != 0) begin : gen_current
    localparam int DecayW = (DecayKind != 1) ? CurrentBits :
                            ((CurrentBits + ScaleW > 1) ? CurrentBits + ScaleW : 1) + 1;
    localparam int W      = ((DecayW > AlignedW) ? ((DecayW > CurrentBits) ? DecayW : CurrentBits)
                             : ((AlignedW > CurrentBits) ? AlignedW : CurrentBits)) + 2;
    logic signed [DecayW-1:0] decay;
    logic signed [W-1:0]      decayed;

    stw_leak #(
      .InW(CurrentBits), .OutW(DecayW), .LambdaW(MuW), .Frac(LeakFrac), .Kind(DecayKind),
      .Round(RoundDecay)
    ) u_decay (
      .x_i(u_i), .lambda_i(mu_i), .slope_i(mu_slope_i), .jitter_i(jitter_i), .l_o(decay)
    );
    assign decayed = W'(u_i) - W'(decay) + W'(aligned);
    stw_clamp #(.InW(W), .OutW(CurrentBits), .Wrap(Wrap), .FloorZero(0)) u_clamp (
      .x_i(decayed), .y_o(current)
    );
    assign u_o = current;
  end else begin : gen_no_current
    logic unused_current;
    assign unused_current = ^{u_i, mu_i, mu_slope_i};
    assign current = aligned;
    assign u_o = '0;
  end
  assign current_o = 64'(current);

  // leak
  logic signed [InputW-1:0]   in;  // i + bias, dropped while refractory
  logic signed [LeakingW-1:0] leaking;
  logic signed [LeakW-1:0]    leak;

  assign in = refractory ? '0 : InputW'(current) + InputW'(bias_i);

  if (IntegrateFirst != 0) begin : gen_integrate_first
    assign leaking = LeakingW'(v_i) + LeakingW'(in);
  end else begin : gen_leak_first
    assign leaking = v_i;
  end

  stw_leak #(
    .InW(LeakingW), .OutW(LeakW), .LambdaW(LambdaW), .Frac(LeakFrac), .Kind(LeakKind),
    .Round(RoundLeak)
  ) u_leak (
    .x_i(leaking), .lambda_i(lambda_i), .slope_i(lambda_slope_i), .jitter_i(jitter_i), .l_o(leak)
  );
  assign leak_o = 64'(leak);

  // integrate
  logic signed [SumW-1:0] sum;
  assign sum = SumW'(v_i) - SumW'(leak) + SumW'(in);
  assign integrate_o = 64'(sum);

  // clamp
  stw_clamp #(.InW(SumW), .OutW(MembraneBits), .Wrap(Wrap), .FloorZero(FloorZero)) u_clamp (
    .x_i(sum), .y_o(clamp_o)
  );

  // fire
  logic over;
  if (FireGt != 0) begin : gen_fire_gt
    assign over = clamp_o > theta_i;
  end else begin : gen_fire_ge
    assign over = clamp_o >= theta_i;
  end
  assign fire_o = over && !refractory;

  // reset
  logic signed [MembraneBits-1:0] after;
  if (ResetSubtract != 0) begin : gen_reset_subtract
    localparam int W = MembraneBits + 1;
    logic signed [W-1:0] rest;
    assign rest = W'(clamp_o) - W'(theta_i);
    stw_clamp #(.InW(W), .OutW(MembraneBits), .Wrap(Wrap), .FloorZero(FloorZero)) u_reset (
      .x_i(rest), .y_o(after)
    );
  end else begin : gen_reset_zero
    assign after = '0;
  end
  assign reset_o = fire_o ? after : clamp_o;

  // refract
  assign refract_o = fire_o ? 8'(RefractoryTicks) : refractory ? r_i - 8'd1 : 8'd0;

  if (AccW > 62 || SumW > 64 || RefractoryTicks < 0 || RefractoryTicks > 255) begin : gen_check
    stw_parameter_error u_a_stage_exceeds_64_bits_or_refractory_255_ticks ();
  end

endmodule

`default_nettype wire
