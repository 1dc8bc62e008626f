// One neuron's tick under the DPI law, with one multiplier that the stages take turns in.
//
// Every value is exactly that of dpi_step in model/dpi/dpi.c; stages, formulas and formats are those of
// the table in model/dpi/dpi.h, under the same names. W is CurrentBits, a current's width.
//
//   op           product                    adds, rounds by          result
//   synapse      isyn · decay0              FactorFrac               synapse
//   inhibit      gaba · decay1              FactorFrac               inhibit
//   adapt        iahp · decay_ahp           FactorFrac               part
//   jump         jump · z                   + part                   adapt, leak, input
//   slope        leak · gain_tau            CurrentFrac              slope
//   drive        input · slope              RateShift                drive
//   power        vmem · alpha               FactorFrac               the exponent of feedback
//   fed_exp      rest · rise                LogFrac - TableBits      mantissa
//   fed          2^exponent · mantissa      LogFrac                  feedback
//   feed         feedback · gain                                     acc
//   relax        leak · slope               acc - , RateShift        relax
//   share_log    rest · rise                LogFrac - TableBits      the exponent of divide
//   share_exp    rest · rise                LogFrac - TableBits      mantissa
//   divide       imem · mantissa            LogFrac - exponent       divide
//   flow         divide · drive                                      acc
//   integrate    imem · relax               acc + , RateFrac         integrate
//   volt_log     rest · rise                LogFrac - TableBits      voltage
//   fire         compares voltage with one threshold a cycle         fire, reset, refract
//
// A product takes two cycles, a look-up in a table two more: entry i, then entry i + 1. start_i is
// for cycles in which busy_o is low; all other inputs hold from then to done_o, and the outputs hold
// from done_o to the next start_i.
`default_nettype none

module stw_dpi_neuron #(
  parameter int Gaba        = 1,
  parameter int LeakOnce    = 1,
  parameter int FreshVmem   = 1,
  parameter int CurrentBits = 32,
  parameter int CurrentFrac = 10,
  parameter int WeightFrac  = 10,
  parameter int FactorFrac  = 24,
  parameter int LogFrac     = 20,
  parameter int TableBits   = 8,
  parameter int GainBits    = 30,
  parameter int GainFrac    = 26,
  parameter int RateBits    = 30,
  parameter int RateFrac    = 16,
  parameter int MaxSpikes   = 15,
  parameter int GatherW     = 46,
  localparam int LogW       = LogFrac + 7,
  localparam int EntryW     = LogFrac + 2,
  localparam int IndexW     = TableBits + 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          start_i,
  output logic                          busy_o,
  output logic                          done_o,
  // gathered, in LSB of weight
  input  logic signed [GatherW-1:0]     excite_i,
  input  logic signed [GatherW-1:0]     inhibit_i,
  // words of the neuron, and the chip's e-fold
  input  logic        [CurrentBits-1:0] io_i,
  input  logic        [CurrentBits-1:0] idc_i,
  input  logic        [CurrentBits-1:0] itau_i,
  input  logic        [CurrentBits-1:0] igain_i,
  input  logic        [CurrentBits-1:0] floor0_i,
  input  logic        [CurrentBits-1:0] floor1_i,
  input  logic        [CurrentBits-1:0] jump_i,
  input  logic        [FactorFrac-1:0]  decay0_i,
  input  logic        [FactorFrac-1:0]  decay1_i,
  input  logic        [FactorFrac-1:0]  decay_ahp_i,
  input  logic        [FactorFrac-1:0]  alpha_i,
  input  logic        [GainBits-1:0]    gain_i,
  input  logic        [GainBits-1:0]    gain_tau_i,
  input  logic signed [LogW-1:0]        log_io_i,
  input  logic signed [LogW-1:0]        log_gain_i,
  input  logic signed [LogW-1:0]        theta_i,
  input  logic        [15:0]            period_i,
  input  logic signed [LogW-1:0]        efold_i,
  // state before
  input  logic        [CurrentBits-1:0] isyn_i,
  input  logic        [CurrentBits-1:0] gaba_i,
  input  logic        [CurrentBits-1:0] iahp_i,
  input  logic        [CurrentBits-1:0] imem_i,
  input  logic signed [LogW-1:0]        vmem_i,
  input  logic        [15:0]            timer_i,
  input  logic        [5:0]             z_i,
  // tables: the entry comes the cycle after its index
  output logic                          table_exp_o,
  output logic        [IndexW-1:0]      table_index_o,
  input  logic        [EntryW-1:0]      table_entry_i,
  // stages
  output logic        [CurrentBits-1:0] synapse_o,
  output logic        [CurrentBits-1:0] inhibit_o,
  output logic        [CurrentBits-1:0] adapt_o,
  output logic        [CurrentBits-1:0] leak_o,
  output logic        [CurrentBits-1:0] input_o,
  output logic        [CurrentBits-1:0] feedback_o,
  output logic        [CurrentBits-1:0] divide_o,
  output logic        [GainBits-1:0]    slope_o,
  output logic signed [RateBits-1:0]    drive_o,
  output logic signed [RateBits-1:0]    relax_o,
  output logic        [CurrentBits-1:0] integrate_o,
  output logic signed [LogW-1:0]        voltage_o,
  output logic        [5:0]             fire_o,
  output logic        [CurrentBits-1:0] reset_o,    // imem after
  output logic        [15:0]            refract_o,  // timer after
  output logic signed [LogW-1:0]        vmem_o      // vmem after
);

  localparam int W         = CurrentBits;
  localparam int RestW     = LogFrac - TableBits;
  localparam int RateShift = CurrentFrac + GainFrac - RateFrac;
  localparam int Align     = CurrentFrac - WeightFrac;
  // Operands, and the widest sum of products: each fits by the formats.
  localparam int AW        = (W + 2 > LogW) ? W + 2 : LogW;
  localparam int B0W       = (RateBits > GainBits + 1) ? RateBits : GainBits + 1;
  localparam int B1W       = (FactorFrac + 1 > LogFrac + 3) ? FactorFrac + 1 : LogFrac + 3;
  localparam int BW        = (B0W > B1W) ? B0W : B1W;
  localparam int S0W       = W + ((RateBits > GainBits) ? RateBits : GainBits) + 1;
  localparam int S1W       = ((W + 1 > LogW) ? W + 1 : LogW) + FactorFrac + 1;
  localparam int S2W       = W + LogFrac + 4;
  localparam int S01W      = (S0W > S1W) ? S0W : S1W;
  localparam int SumW      = (S01W > S2W) ? S01W : S2W;
  localparam int InW       = ((GatherW + Align > W + 1) ? GatherW + Align : W + 1) + 2;
  localparam int MaxShift  = (RateShift > LogFrac + W + 2) ? RateShift : LogFrac + W + 2;
  localparam int NW        = $clog2(MaxShift + 1);
  localparam int ArgW      = LogW + 2;
  localparam int TopW      = $clog2(W + 1);
  localparam int ThetaW    = LogW + 7;

  typedef logic signed [AW-1:0]     a_t;
  typedef logic signed [BW-1:0]     b_t;
  typedef logic signed [SumW-1:0]   sum_t;
  typedef logic signed [InW-1:0]    in_t;
  typedef logic signed [ArgW-1:0]   arg_t;
  typedef logic signed [ThetaW-1:0] theta_t;
  typedef logic        [W-1:0]      current_t;

  typedef enum logic [4:0] {
    OpIdle, OpSynapse, OpInhibit, OpAdapt, OpJump, OpSlope, OpDrive, OpPower, OpFedExp, OpFed,
    OpFeed, OpRelax, OpShareLog, OpShareExp, OpDivide, OpFlow, OpIntegrate, OpVoltLog, OpFire
  } op_e;

  op_e        op_q;
  logic [1:0] phase_q;  // 0 entry i, 1 entry i + 1, 2 product, 3 result

  function sum_t hold(input sum_t x, input sum_t lo, input sum_t hi);
    hold = (x < lo) ? lo : (x > hi) ? hi : x;
  endfunction

  // Registers of the stages that are needed again.
  current_t                    synapse_q, inhibit_q, part_q, adapt_q, feedback_q, divide_q;
  current_t                    integrate_q;
  logic        [GainBits-1:0]  slope_q;
  logic signed [RateBits-1:0]  drive_q, relax_q;
  logic signed [LogW-1:0]      voltage_q;
  logic        [EntryW-1:0]    entry_q, mantissa_q;
  arg_t                        arg_q;
  theta_t                      theta_q;
  logic        [5:0]           fire_q;
  sum_t                        product_q, acc_q;

  // leak and input follow from what is held already.
  localparam in_t Top = (InW'(1) <<< W) - InW'(1);
  in_t io, floor, leak_sum, input_sum, leak, drawn;
  assign io        = InW'(io_i);
  assign floor     = (op_q == OpInhibit) ? InW'(floor1_i) : InW'(floor0_i);
  assign leak_sum  = InW'(itau_i) + InW'(adapt_q);
  assign leak      = (leak_sum > Top) ? Top : leak_sum;
  assign drawn     = (LeakOnce != 0) ? InW'(0) : leak;
  assign input_sum = InW'(synapse_q) - InW'(inhibit_q) - drawn + InW'(idc_i);
  assign leak_o    = W'(leak);
  assign input_o   = (timer_i != '0 || input_sum < io) ? io_i
                     : (input_sum > Top) ? W'(Top) : W'(input_sum);

  // The look-ups: what is between two entries of a table.
  logic                 takes_exp;
  logic [W:0]           log_x;
  logic [TopW-1:0]      log_top;
  logic [LogFrac-1:0]   log_mantissa, fraction;
  logic [TableBits-1:0] index;
  logic [RestW-1:0]     rest;
  arg_t                 exponent;
  logic signed [LogFrac+2:0] rise;

  assign takes_exp = op_q == OpFedExp || op_q == OpShareExp;
  assign log_x     = (op_q == OpVoltLog) ? (W + 1)'(integrate_q)
                                         : (W + 1)'(imem_i) + (W + 1)'(igain_i);
  stw_dpi_log #(.W(W + 1), .LogFrac(LogFrac)) u_log (
    .x_i(log_x), .top_o(log_top), .mantissa_o(log_mantissa)
  );
  assign exponent      = arg_q >>> LogFrac;
  assign fraction      = takes_exp ? arg_q[LogFrac-1:0] : log_mantissa;
  assign index         = fraction[LogFrac-1:RestW];
  assign rest          = fraction[RestW-1:0];
  assign rise          = (LogFrac + 3)'(table_entry_i) - (LogFrac + 3)'(entry_q);
  assign table_exp_o   = takes_exp;
  assign table_index_o = IndexW'(index) + IndexW'(phase_q[0]);

  // The one product.
  logic [NW-1:0]  n;
  logic [TopW-1:0] one_at;
  a_t a;
  b_t b;
  assign one_at = (exponent > ArgW'(W)) ? TopW'(W) : TopW'(exponent);
  always_comb begin
    a = '0;
    b = '0;
    n = '0;
    case (op_q)
      OpSynapse: begin a = AW'(isyn_i); b = BW'(decay0_i); n = NW'(FactorFrac); end
      OpInhibit: begin a = AW'(gaba_i); b = BW'(decay1_i); n = NW'(FactorFrac); end
      OpAdapt: begin a = AW'(iahp_i); b = BW'(decay_ahp_i); n = NW'(FactorFrac); end
      OpJump: begin a = AW'(jump_i); b = BW'(z_i); end
      OpSlope: begin a = AW'(leak_o); b = BW'(gain_tau_i); n = NW'(CurrentFrac); end
      OpDrive: begin a = AW'(input_o); b = BW'(slope_q); n = NW'(RateShift); end
      OpPower: begin a = AW'(vmem_i); b = BW'(alpha_i); n = NW'(FactorFrac); end
      OpFed: begin a = AW'(1) <<< one_at; b = BW'(mantissa_q); n = NW'(LogFrac); end
      OpFeed: begin a = AW'(feedback_q); b = BW'(gain_i); end
      OpRelax: begin a = AW'(leak_o); b = BW'(slope_q); n = NW'(RateShift); end
      OpDivide: begin
        a = AW'(imem_i);
        b = BW'(mantissa_q);
        n = NW'(ArgW'(LogFrac) - exponent);
      end
      OpFlow: begin a = AW'(divide_q); b = BW'(drive_q); end
      OpIntegrate: begin a = AW'(imem_i); b = BW'(relax_q); n = NW'(RateFrac); end
      default: begin a = AW'(rest); b = BW'(rise); n = NW'(RestW); end
    endcase
  end

  sum_t sum, rounded;
  assign sum = (op_q == OpRelax) ? acc_q - product_q
               : (op_q == OpIntegrate) ? acc_q + product_q : product_q;
  stw_dpi_round #(.W(SumW), .NW(NW)) u_round (.x_i(sum), .n_i(n), .y_o(rounded));

  // What becomes of it.
  localparam sum_t CurrentTop = (SumW'(1) <<< W) - SumW'(1);
  localparam sum_t GainTop    = (SumW'(1) <<< GainBits) - SumW'(1);
  localparam sum_t RateTop    = (SumW'(1) <<< (RateBits - 1)) - SumW'(1);
  in_t  events, arrived, synapse_sum;
  sum_t adapt_sum, current, rate, changed;
  arg_t between, log2, fed, share;
  assign events      = ((op_q == OpInhibit) ? InW'(inhibit_i) : InW'(excite_i)) <<< Align;
  assign arrived     = (events > floor) ? events : floor;
  assign synapse_sum = InW'(rounded) + arrived;
  assign adapt_sum   = hold(SumW'(part_q) + rounded, SumW'(io_i), CurrentTop);
  assign current     = hold(rounded, SumW'(0), CurrentTop);
  assign rate        = hold(rounded, -RateTop - SumW'(1), RateTop);
  assign changed     = hold(SumW'(imem_i) + rounded, SumW'(io_i), CurrentTop);
  assign between     = ArgW'(entry_q) + ArgW'(rounded);
  assign log2        = (ArgW'(log_top) <<< LogFrac) + between;
  assign fed         = ArgW'(log_io_i) + ArgW'(rounded);
  assign share       = ArgW'(log_gain_i) - log2;

  logic unused_high;
  assign unused_high = ^{adapt_sum, current, rate, changed};  // all is held to its format

  logic result, above;
  assign result = phase_q == 2'd3;
  assign above  = ThetaW'(voltage_q) > theta_q && fire_q < 6'(MaxSpikes);

  always_ff @(posedge clk_i) begin
    if (phase_q == 2'd1) entry_q <= table_entry_i;
    if (phase_q == 2'd2) product_q <= SumW'(a) * SumW'(b);
    if (result) begin
      case (op_q)
        OpSynapse: synapse_q <= (synapse_sum > Top) ? W'(Top) : W'(synapse_sum);
        OpInhibit: inhibit_q <= (synapse_sum > Top) ? W'(Top) : W'(synapse_sum);
        OpAdapt: part_q <= W'(current);
        OpJump: adapt_q <= W'(adapt_sum);
        OpSlope: slope_q <= (rounded > GainTop) ? GainBits'(GainTop) : GainBits'(rounded);
        OpDrive: drive_q <= RateBits'(rate);
        OpPower: arg_q <= (fed < ArgW'(0)) ? ArgW'(0) : fed;
        OpFedExp, OpShareExp: mantissa_q <= EntryW'(between);
        OpFed: feedback_q <= W'(current);
        OpFeed, OpFlow: acc_q <= product_q;
        OpRelax: relax_q <= RateBits'(rate);
        OpShareLog: arg_q <= (share > ArgW'(0)) ? ArgW'(0) : share;
        OpDivide: divide_q <= W'(current);
        OpIntegrate: integrate_q <= W'(changed);
        OpVoltLog: voltage_q <= LogW'(log2 - ArgW'(log_io_i));
        default: ;
      endcase
    end
    if (start_i) begin
      inhibit_q <= '0;  // kept without a GABA dendrite
      fire_q    <= '0;
      theta_q   <= ThetaW'(theta_i);
    end else if (op_q == OpFire && above) begin
      fire_q  <= fire_q + 6'd1;
      theta_q <= theta_q + ThetaW'(efold_i);
    end
  end

  // Sequence: op after op in the order of the enum.
  op_e next;
  always_comb begin
    case (op_q)
      OpSynapse: next = (Gaba != 0) ? OpInhibit : OpAdapt;
      OpInhibit: next = OpAdapt;
      OpAdapt: next = OpJump;
      OpJump: next = OpSlope;
      OpSlope: next = OpDrive;
      OpDrive: next = OpPower;
      OpPower: next = OpFedExp;
      OpFedExp: next = OpFed;
      OpFed: next = OpFeed;
      OpFeed: next = OpRelax;
      OpRelax: next = OpShareLog;
      OpShareLog: next = OpShareExp;
      OpShareExp: next = OpDivide;
      OpDivide: next = OpFlow;
      OpFlow: next = OpIntegrate;
      OpIntegrate: next = OpVoltLog;
      OpVoltLog: next = OpFire;
      default: next = OpIdle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      op_q    <= OpIdle;
      phase_q <= 2'd0;
    end else if (op_q == OpIdle) begin
      if (start_i) op_q <= OpSynapse;
      phase_q <= 2'd2;
    end else if (op_q == OpFire) begin
      if (!above) op_q <= OpIdle;
      phase_q <= 2'd0;
    end else begin
      if (result) op_q <= next;
      phase_q <= !result ? phase_q + 2'd1
                 : (next == OpFedExp || next == OpShareLog || next == OpShareExp ||
                    next == OpVoltLog) ? 2'd0 : 2'd2;
    end
  end

  assign busy_o      = op_q != OpIdle;
  assign done_o      = op_q == OpFire && !above;
  assign synapse_o   = synapse_q;
  assign inhibit_o   = inhibit_q;
  assign adapt_o     = adapt_q;
  assign feedback_o  = feedback_q;
  assign divide_o    = divide_q;
  assign slope_o     = slope_q;
  assign drive_o     = drive_q;
  assign relax_o     = relax_q;
  assign integrate_o = integrate_q;
  assign voltage_o   = voltage_q;
  assign fire_o      = fire_q;
  assign reset_o     = (fire_q != '0) ? io_i : integrate_q;
  assign vmem_o      = (FreshVmem != 0 && fire_q != '0) ? LogW'(0) : voltage_q;
  assign refract_o   = (fire_q != '0) ? period_i : (timer_i != '0) ? timer_i - 16'd1 : 16'd0;

endmodule

`default_nettype wire
