// One neuron, one tick of Izhikevich's law, combinational. Equals step of
// model/izhikevich/izhikevich.c stage for stage; the formulas stand in its header.
//
//   stage      formula                                                          width
//   gather     acc = sum over sources of w[n,i]·x[i]                            AccW, exact
//   current    i = round(acc / 2^Align)                                         CurrentW
//   square     q = round(v·v·k / 2^(MembraneFrac + FactorFrac))                 SquareW
//   linear     l = round(v·p / 2^FactorFrac)                                    LinearW
//   integrate  s = v + round((bias + i - u + l + q) / 2^Halvings)               SumW
//   clamp      c' = s held to the membrane's format                             MembraneBits
//   fire       z = c' >= peak                                                   1
//   recover    r = u + round(a·(round(b·v / 2^FactorFrac) - u)                  MembraneBits
//                  / 2^(FactorFrac + Halvings)), held
//   reset      v' = z ? c : c'                                                  MembraneBits
//   adapt      u' = r + (z ? d : 0), held                                       MembraneBits
//
// With rest_i what leaves is the state in which runs begin: v = c, u = round(b·c / 2^FactorFrac), held.
// Words, stages and states are packed in the order of their tables, the first lowest; the wide stages
// leave sign-extended to 64 bits.
`default_nettype none

module stw_izhikevich_neuron #(
  parameter int           AccW  = 31,
  parameter int           XFrac = 4,  // fraction bits of the inputs
  parameter logic [511:0] Law   = 512'h0001_0001_000c_0010_0007_0010_0008_0010_0004_0008,
  localparam int WeightFrac   = 32'($signed(Law[48 +: 16])),
  localparam int MembraneBits = 32'(Law[64 +: 16]),
  localparam int MembraneFrac = 32'(Law[80 +: 16]),
  localparam int FactorBits   = 32'(Law[96 +: 16]),
  localparam int FactorFrac   = 32'(Law[112 +: 16]),
  localparam int Round        = 32'(Law[128 +: 16]),
  localparam int Halvings     = 32'(Law[144 +: 16]),
  localparam int WordW        = 4 * FactorBits + 4 * MembraneBits,
  localparam int StateW       = 2 * MembraneBits,
  localparam int StageW       = 5 * 64 + 4 * MembraneBits + 1
) (
  input  logic signed [AccW-1:0]   acc_i,
  input  logic        [WordW-1:0]  words_i,   // a, b, c, d, k, p, peak, bias
  input  logic        [StateW-1:0] state_i,   // v, u
  input  logic signed [15:0]       jitter_i,
  input  logic                     rest_i,
  output logic        [StageW-1:0] stages_o,
  output logic        [StateW-1:0] state_o,
  output logic                     fire_o
);

  localparam int Align      = WeightFrac + XFrac - MembraneFrac;
  localparam int CurrentW   = (Align < 0) ? AccW - Align : ((AccW > Align) ? AccW - Align : 1) + 1;
  localparam int SquareN    = MembraneFrac + FactorFrac;
  localparam int SquaredW   = 2 * MembraneBits;
  localparam int CubedW     = SquaredW + FactorBits;
  localparam int SquareW    = ((CubedW > SquareN) ? CubedW - SquareN : 1) + 1;
  localparam int ProductW   = MembraneBits + FactorBits;
  localparam int LinearW    = ((ProductW > FactorFrac) ? ProductW - FactorFrac : 1) + 1;
  localparam int WiderW     = (SquareW > LinearW) ? SquareW : LinearW;
  localparam int InputW     = (CurrentW > MembraneBits) ? CurrentW : MembraneBits;
  localparam int SlopeW     = ((WiderW > InputW) ? WiderW : InputW) + 3;  // of five terms
  localparam int SumW       = SlopeW + 1;
  localparam int TowardsW   = ((LinearW > MembraneBits) ? LinearW : MembraneBits) + 1;
  localparam int PulledW    = TowardsW + FactorBits;
  localparam int PullN      = FactorFrac + Halvings;
  localparam int PullW      = ((PulledW > PullN) ? PulledW - PullN : 1) + 1;
  localparam int RecoverW   = ((PullW > MembraneBits) ? PullW : MembraneBits) + 1;
  localparam int AdaptW     = MembraneBits + 1;

  logic signed [FactorBits-1:0]   a, b, k, p;
  logic signed [MembraneBits-1:0] c, d, peak, bias, v, u;
  logic                           unused_jitter;

  assign {bias, peak, p, k, d, c, b, a} = words_i;
  assign {u, v} = state_i;
  assign unused_jitter = ^jitter_i;  // a tick has no fraction

  // current
  logic signed [CurrentW-1:0] current;
  stw_divide #(.InW(AccW), .OutW(CurrentW), .N(Align), .Round(Round)) u_current (
    .x_i(acc_i), .y_o(current)
  );

  // square
  logic signed [SquaredW-1:0] squared;
  logic signed [CubedW-1:0]   cubed;
  logic signed [SquareW-1:0]  square;
  assign squared = SquaredW'(v) * SquaredW'(v);
  assign cubed   = CubedW'(squared) * CubedW'(k);
  stw_divide #(.InW(CubedW), .OutW(SquareW), .N(SquareN), .Round(Round)) u_square (
    .x_i(cubed), .y_o(square)
  );

  // linear
  logic signed [ProductW-1:0] product;
  logic signed [LinearW-1:0]  linear;
  assign product = ProductW'(v) * ProductW'(p);
  stw_divide #(.InW(ProductW), .OutW(LinearW), .N(FactorFrac), .Round(Round)) u_linear (
    .x_i(product), .y_o(linear)
  );

  // integrate
  logic signed [SlopeW-1:0] slope, moved;
  logic signed [SumW-1:0]   sum;
  assign slope = SlopeW'(bias) + SlopeW'(current) - SlopeW'(u) + SlopeW'(linear) + SlopeW'(square);
  stw_divide #(.InW(SlopeW), .OutW(SlopeW), .N(Halvings), .Round(Round)) u_moved (
    .x_i(slope), .y_o(moved)
  );
  assign sum = SumW'(v) + SumW'(moved);

  // clamp, fire, reset
  logic signed [MembraneBits-1:0] held, after;
  stw_clamp #(.InW(SumW), .OutW(MembraneBits)) u_clamp (.x_i(sum), .y_o(held));
  assign fire_o = held >= peak;
  assign after  = fire_o ? c : held;

  // recover
  logic signed [MembraneBits-1:0] from;
  logic signed [ProductW-1:0]     coupled;
  logic signed [LinearW-1:0]      goal;
  logic signed [TowardsW-1:0]     towards;
  logic signed [PulledW-1:0]      pulled;
  logic signed [PullW-1:0]        pull;
  logic signed [RecoverW-1:0]     pulled_to;
  logic signed [MembraneBits-1:0] recover;
  assign from    = rest_i ? c : v;
  assign coupled = ProductW'(b) * ProductW'(from);
  stw_divide #(.InW(ProductW), .OutW(LinearW), .N(FactorFrac), .Round(Round)) u_goal (
    .x_i(coupled), .y_o(goal)
  );
  assign towards = TowardsW'(goal) - TowardsW'(u);
  assign pulled  = PulledW'(a) * PulledW'(towards);
  stw_divide #(.InW(PulledW), .OutW(PullW), .N(PullN), .Round(Round)) u_pull (
    .x_i(pulled), .y_o(pull)
  );
  assign pulled_to = RecoverW'(u) + RecoverW'(pull);
  stw_clamp #(.InW(RecoverW), .OutW(MembraneBits)) u_recover (.x_i(pulled_to), .y_o(recover));

  // adapt
  logic signed [AdaptW-1:0]       raised;
  logic signed [MembraneBits-1:0] adapt;
  assign raised = fire_o ? AdaptW'(recover) + AdaptW'(d) : AdaptW'(recover);
  stw_clamp #(.InW(AdaptW), .OutW(MembraneBits)) u_adapt (.x_i(raised), .y_o(adapt));

  // rest
  logic signed [MembraneBits-1:0] rest;
  stw_clamp #(.InW(LinearW), .OutW(MembraneBits)) u_rest (.x_i(goal), .y_o(rest));

  assign stages_o = {adapt, after, recover, fire_o, held, 64'(sum), 64'(linear), 64'(square),
                     64'(current), 64'(acc_i)};
  assign state_o  = rest_i ? {rest, c} : {adapt, after};

  if (MembraneBits < 4 || MembraneBits > 20 || FactorBits < 4 || FactorBits > 18 ||
      MembraneFrac < 0 || MembraneFrac > 20 || FactorFrac < 0 || FactorFrac > 24 || Halvings < 0 ||
      Halvings > 4 || Align < -15 || Align > 40 || AccW > 45) begin : gen_check
    stw_parameter_error u_a_format_breaks_a_rule_of_check_in_izhikevich_c ();
  end

endmodule

`default_nettype wire
