// One neuron, one tick: the law, combinational or Staged. Equals law_step_ref of model/lif/law.c stage for stage.
//
//   stage      formula                                                         width
//   gather     acc = sum over sources of w[n,i]·x[i], one sum a synapse        AccW, exact
//   current    i = round(acc·γ / 2^Align); with synaptic currents, for each    CurrentW
//              u' = clamp(u - decay(u) + i): stw_current.sv; i = sum of the u'
//   leak       λ_t = clamp(λ + rne(δ·j / 2^15)); l = leak(v - rest), in the    LeakW
//              ticks in which the law leaks, else 0
//   integrate  s = v - l + i + bias      (i = bias = 0 while refractory)       SumW
//              SaturateIncrement: v + clamp(clamp(i - l) + bias)
//   clamp      c = saturate or wrap s to the membrane format, then floor at 0  MembraneBits
//   fire       z = how often θ fits into c: stw_fire.sv; 0 while refractory    6
//              FireBefore: into v
//   reset      v' = z ? (the reset word or clamp(c - z·θ)) : c                 MembraneBits
//   refract    r' = z ? period : max(r - 1, 0)                                 8
//
// Variants: as in model/lif/law.h. Kinds of leak and rounding are numbered as in enum law_leak and enum
// fx_round; wide stages leave sign-extended to 64 bits, as struct law_stages has them.
//
// Staged puts registers between the stages: what enters has to stand for as many cycles as stw_layer.sv counts
// before what leaves is right; early_i marks the first of them.
`default_nettype none

module stw_neuron #(
  parameter int AccW            = 24,  // bits of acc
  parameter int Align           = 4,   // acc·γ / 2^Align has the membrane's LSB (negative: · 2^-Align)
  parameter int MaxSpikes       = 1,
  parameter int MembraneBits    = 16,
  parameter int CurrentBits     = 16,
  parameter int LeakBits        = 16,
  parameter int LeakFrac        = 16,
  parameter int GainBits        = 1,
  parameter int RoundCurrent    = 1,
  parameter int RoundDecay      = 1,
  parameter int RoundLeak       = 1,
  parameter int LeakKind        = 1,
  parameter int LeakWhen        = 0,  // as enum law_when: 0 every tick, 1 with, 2 without a source that is active
  parameter int DecayKind       = 0,
  parameter int Currents        = 0,
  parameter int LeakSigned      = 0,
  parameter int HasGain         = 0,
  parameter int HasRest         = 0,
  parameter int DecayLast       = 0,
  parameter int SaturateEach    = 0,
  parameter int SaturateIncrement = 0,
  parameter int Symmetric       = 0,
  parameter int Wrap            = 0,
  parameter int FloorZero       = 0,
  parameter int FireGt          = 0,
  parameter int FireBefore      = 0,
  parameter int ResetSubtract   = 1,
  parameter int IntegrateFirst  = 0,
  parameter int RefractoryHold  = 0,
  parameter int RefractoryTicks = 0,
  parameter int Staged          = 0,
  localparam int LambdaW        = (LeakKind == 5) ? 10 : (LeakKind == 2 || LeakKind == 4) ? 5 : LeakBits,
  localparam int MuW            = (DecayKind == 5) ? 10 : (DecayKind == 2 || DecayKind == 4) ? 5 : LeakBits
) (
  input  logic                           clk_i,
  input  logic                           early_i,
  input  logic signed [AccW-1:0]         acc_i,
  input  logic signed [AccW-1:0]         acc2_i,
  input  logic                           heard_i,  // a source was active
  input  logic signed [MembraneBits-1:0] v_i,
  input  logic signed [CurrentBits-1:0]  u_i,
  input  logic signed [CurrentBits-1:0]  u2_i,
  input  logic        [7:0]              r_i,
  input  logic        [LambdaW-1:0]      lambda_i,
  input  logic        [15:0]             lambda_slope_i,
  input  logic        [MuW-1:0]          mu_i,
  input  logic        [15:0]             mu_slope_i,
  input  logic        [MuW-1:0]          mu2_i,
  input  logic        [15:0]             mu2_slope_i,
  input  logic signed [GainBits-1:0]     gain_i,
  input  logic signed [MembraneBits-1:0] theta_i,
  input  logic signed [MembraneBits-1:0] bias_i,
  input  logic signed [MembraneBits-1:0] rest_i,
  input  logic signed [MembraneBits-1:0] reset_i,
  input  logic signed [15:0]             jitter_i,
  output logic signed [63:0]             gather_o,
  output logic signed [63:0]             current_o,
  output logic signed [63:0]             leak_o,
  output logic signed [63:0]             integrate_o,
  output logic signed [MembraneBits-1:0] clamp_o,
  output logic        [5:0]              fire_o,
  output logic signed [MembraneBits-1:0] reset_o,    // the next v
  output logic        [7:0]              refract_o,  // the next r
  output logic signed [CurrentBits-1:0]  u_o,        // the next u
  output logic signed [CurrentBits-1:0]  u2_o
);

  // A word x that is multiplied by λ and divided by 2^LeakFrac, and may round up by one.
  localparam int ScaleW   = LeakBits + 1 - LeakFrac;
  localparam int ProductW = AccW + ((HasGain != 0) ? GainBits : 0);
  localparam int ShiftedW = ((ProductW > Align) ? ProductW - Align : 1) + 1;
  localparam int SynapseW = (Currents != 0) ? CurrentBits : (Align < 0) ? ProductW - Align : ShiftedW;
  localparam int CurrentW = SynapseW + ((Currents > 1) ? 1 : 0);
  localparam int InputW   = ((CurrentW > MembraneBits) ? CurrentW : MembraneBits) + 1;
  localparam int LeakingW = (IntegrateFirst != 0) ? InputW + 1 + HasRest : MembraneBits + HasRest;
  localparam int FactorW  = ((LeakingW + ScaleW > 1) ? LeakingW + ScaleW : 1) + 1;
  localparam int LeakW    = (LeakKind == 5) ? LeakingW + 1 : (LeakKind != 1) ? LeakingW :
                            (RefractoryHold != 0 && LeakingW > FactorW) ? LeakingW : FactorW;
  localparam int SumW     = ((LeakW > InputW) ? LeakW : InputW) + 2;

  logic refractory;
  assign refractory = r_i != '0;

  // gather
  assign gather_o = 64'(acc_i);

  // current
  logic signed [SynapseW-1:0] synapse;
  logic signed [CurrentW-1:0] current;

  stw_current #(
    .AccW(AccW), .Align(Align), .OutW(SynapseW), .CurrentBits(CurrentBits), .LeakBits(LeakBits),
    .LeakFrac(LeakFrac), .LeakSigned(LeakSigned), .GainBits(GainBits),
    .RoundCurrent(RoundCurrent), .RoundDecay(RoundDecay), .DecayKind(DecayKind),
    .HasCurrent((Currents != 0) ? 1 : 0), .HasGain(HasGain), .DecayLast(DecayLast),
    .SaturateEach(SaturateEach), .Symmetric(Symmetric), .Wrap(Wrap), .Staged(Staged)
  ) u_synapse (
    .clk_i, .early_i, .acc_i, .gain_i, .u_i, .mu_i, .mu_slope_i, .jitter_i, .y_o(synapse)
  );

  if (Currents > 1) begin : gen_synapse2
    logic signed [SynapseW-1:0] synapse2;
    stw_current #(
      .AccW(AccW), .Align(Align), .OutW(SynapseW), .CurrentBits(CurrentBits), .LeakBits(LeakBits),
      .LeakFrac(LeakFrac), .LeakSigned(LeakSigned), .GainBits(GainBits),
      .RoundCurrent(RoundCurrent), .RoundDecay(RoundDecay), .DecayKind(DecayKind), .HasCurrent(1),
      .HasGain(HasGain), .DecayLast(DecayLast), .SaturateEach(SaturateEach), .Symmetric(Symmetric), .Wrap(Wrap),
      .Staged(Staged)
    ) u_synapse (
      .clk_i, .early_i, .acc_i(acc2_i), .gain_i, .u_i(u2_i), .mu_i(mu2_i), .mu_slope_i(mu2_slope_i), .jitter_i,
      .y_o(synapse2)
    );
    assign current = CurrentW'(synapse) + CurrentW'(synapse2);
    assign u2_o    = synapse2;
  end else begin : gen_no_synapse2
    logic unused_synapse2;
    assign unused_synapse2 = ^{acc2_i, u2_i, mu2_i, mu2_slope_i};
    assign current = synapse;
    assign u2_o    = '0;
  end
  if (Currents > 0) begin : gen_u
    assign u_o = synapse;
  end else begin : gen_no_u
    assign u_o = '0;
  end
  assign current_o = 64'(current);

  // leak
  logic signed [InputW-1:0]       in_s, in;  // i + bias, dropped while refractory
  logic signed [LeakingW-1:0]     leaking_s, leaking;
  logic signed [LeakW-1:0]        leak, leaked, leaks;
  logic signed [MembraneBits-1:0] reset_to;

  assign in_s = refractory ? '0 : InputW'(current) + InputW'(bias_i);
  stw_cut #(.Width(InputW), .On(Staged)) u_in (.clk_i, .d_i(in_s), .q_o(in));
  stw_cut #(
    .Width(LeakingW), .On((IntegrateFirst != 0 || HasRest != 0) ? Staged : 0)
  ) u_leaking (
    .clk_i, .d_i(leaking_s), .q_o(leaking)
  );

  if (HasRest != 0) begin : gen_rest
    if (IntegrateFirst != 0) begin : gen_integrate_first
      assign leaking_s = LeakingW'(v_i) + LeakingW'(in) - LeakingW'(rest_i);
    end else begin : gen_leak_first
      assign leaking_s = LeakingW'(v_i) - LeakingW'(rest_i);
    end
    assign reset_to = reset_i;
  end else begin : gen_no_rest
    logic unused_rest;
    assign unused_rest = ^{rest_i, reset_i};
    if (IntegrateFirst != 0) begin : gen_integrate_first
      assign leaking_s = LeakingW'(v_i) + LeakingW'(in);
    end else begin : gen_leak_first
      assign leaking_s = v_i;
    end
    assign reset_to = '0;
  end

  stw_leak #(
    .InW(LeakingW), .OutW(LeakW), .LambdaW(LambdaW), .Frac(LeakFrac), .Kind(LeakKind),
    .Round(RoundLeak), .LambdaSigned((LeakKind < 2) ? LeakSigned : 0), .Staged(Staged)
  ) u_leak (
    .clk_i, .early_i, .x_i(leaking), .lambda_i(lambda_i), .slope_i(lambda_slope_i), .jitter_i(jitter_i),
    .l_o(leaked)
  );
  if (LeakWhen != 0) begin : gen_leak_when
    assign leaks = (heard_i == (LeakWhen == 1)) ? leaked : '0;
  end else begin : gen_every_tick
    logic unused_heard;
    assign unused_heard = heard_i;
    assign leaks = leaked;
  end
  if (RefractoryHold != 0) begin : gen_hold
    assign leak = refractory ? LeakW'(leaking) : leaks;  // input is 0 then: v - rest
  end else begin : gen_no_hold
    assign leak = leaks;
  end
  assign leak_o = 64'(leak);

  // integrate
  logic signed [SumW-1:0] sum, sum_s;
  if (SaturateIncrement != 0) begin : gen_saturate_increment
    logic signed [SumW-1:0]         heard, biased;  // i - l, then with the bias
    logic signed [MembraneBits-1:0] moved, moved_s, increment, increment_s;
    logic                           unused_in;
    assign unused_in = ^in;  // its parts are held one by one
    assign heard  = (!refractory ? SumW'(current) : '0) -SumW'(leak);
    assign biased = SumW'(moved) + (!refractory ? SumW'(bias_i) : '0);
    stw_clamp #(.InW(SumW), .OutW(MembraneBits), .Symmetric(Symmetric), .Wrap(0), .FloorZero(0)) u_moved (
      .x_i(heard), .y_o(moved_s)
    );
    stw_cut #(.Width(MembraneBits), .On(Staged)) u_moved_cut (.clk_i, .d_i(moved_s), .q_o(moved));
    stw_clamp #(.InW(SumW), .OutW(MembraneBits), .Symmetric(Symmetric), .Wrap(0), .FloorZero(0)) u_increment (
      .x_i(biased), .y_o(increment_s)
    );
    stw_cut #(.Width(MembraneBits), .On(Staged)) u_increment_cut (
      .clk_i, .d_i(increment_s), .q_o(increment)
    );
    assign sum = SumW'(v_i) + SumW'(increment);
  end else begin : gen_saturate_sum
    assign sum = SumW'(v_i) - SumW'(leak) + SumW'(in);
  end
  stw_cut #(.Width(SumW), .On(Staged)) u_sum (.clk_i, .d_i(sum), .q_o(sum_s));
  assign integrate_o = 64'(sum_s);

  // clamp
  logic signed [MembraneBits-1:0] clamp_s;
  stw_clamp #(.InW(SumW), .OutW(MembraneBits), .Symmetric(Symmetric), .Wrap(Wrap), .FloorZero(FloorZero)) u_clamp (
    .x_i(sum_s), .y_o(clamp_s)
  );
  stw_cut #(.Width(MembraneBits), .On(Staged)) u_clamp_cut (.clk_i, .d_i(clamp_s), .q_o(clamp_o));

  // fire
  localparam int LessW = MembraneBits + $clog2(MaxSpikes + 1) + 1;
  logic signed [LessW:0]          less, less_s;
  logic signed [LessW-1:0]        left;
  logic signed [MembraneBits-1:0] compared;
  logic        [5:0]              fire_s;
  stw_fire #(.MembraneBits(MembraneBits), .MaxSpikes(MaxSpikes), .FireGt(FireGt)) u_fire (
    .c_i(compared), .theta_i, .enable_i(!refractory), .z_o(fire_s), .less_o(left)
  );
  if (FireBefore != 0) begin : gen_fire_before
    assign compared = v_i;
    assign less_s   = (LessW + 1)'(left) - (LessW + 1)'(v_i) + (LessW + 1)'(clamp_o);
  end else begin : gen_fire_now
    assign compared = clamp_o;
    assign less_s   = (LessW + 1)'(left);
  end
  stw_cut #(.Width(6), .On(Staged)) u_fire_cut (.clk_i, .d_i(fire_s), .q_o(fire_o));
  stw_cut #(.Width(LessW + 1), .On(Staged)) u_less (.clk_i, .d_i(less_s), .q_o(less));

  // reset
  logic signed [MembraneBits-1:0] after;
  if (ResetSubtract != 0) begin : gen_reset_subtract
    logic unused_reset;
    assign unused_reset = ^reset_to;
    stw_clamp #(.InW(LessW + 1), .OutW(MembraneBits), .Symmetric(Symmetric), .Wrap(Wrap), .FloorZero(FloorZero)) u_reset (
      .x_i(less), .y_o(after)
    );
  end else begin : gen_reset_to
    logic unused_less;
    assign unused_less = ^less;
    assign after = reset_to;
  end
  assign reset_o = (fire_o != 6'd0) ? after : clamp_o;

  // refract
  assign refract_o = (fire_o != 6'd0) ? 8'(RefractoryTicks) : refractory ? r_i - 8'd1 : 8'd0;

  if (AccW > 62 || CurrentW > 64 || SumW > 64 || RefractoryTicks < 0 || RefractoryTicks > 255 ||
      Currents < 0 || Currents > 2 || LeakWhen < 0 || LeakWhen > 2) begin : gen_check
    stw_parameter_error u_a_stage_exceeds_64_bits_or_refractory_255_ticks ();
  end
  if (SaturateIncrement != 0 && (Wrap != 0 || RefractoryHold != 0)) begin : gen_check_increment
    stw_parameter_error u_saturate_increment_needs_saturation_and_no_hold ();
  end

endmodule

`default_nettype wire
