// One layer: sequencer, memories and the one neuron that all its neurons take turns in.
//
// Neuron-major: for each neuron one multiply-accumulate a cycle over the events of the tick into one
// accumulator, then commit. A neuron takes max(events, 1) cycles, and as many again for its second
// synapse; a tick 4 more to fill and drain.
//
//   stage     does                                                         registers after it
//   issue     walks (neuron and synapse, event e): stw_sequencer.sv        n_q, e_q, base_q
//   event     reads event e: source and x                                  ..1_q
//   weight    reads w at base + source                                     ..2_q
//   gather    acc = (first ? 0 : acc) + w·x; with the last event of the    ..3_q, acc_q, acc1_q
//             neuron: reads its words and state
//   commit    stw_neuron: current to refract; writes v, u, u2, r; spikes are an event of the next
//             layer in this tick and, with Recurrent, of this layer in the next
//
// Weights lie neuron by neuron, in each synapse by synapse: address
// (n · synapses + synapse) · n_source + source; OneToOne: n · synapses + synapse. A recurrent source
// is NIn + m for own neuron m. AccW holds any sum. With SaturateEach acc begins at u and is held to
// the current's format after each event.
//
// clear_i (and reset) sweeps all state to rest, a cycle for each neuron and synapse; words and weights
// stay. close_i ends the tick's events (before or with start_i). start_i, close_i, clear_i, writes and
// event_valid_i (unless Banks keep them for the next tick) are for cycles in which busy_o is low.
`default_nettype none

module stw_layer #(
  parameter int NIn             = 16,
  parameter int NOut            = 64,
  parameter int Recurrent       = 1,
  parameter int OneToOne        = 0,
  parameter int Delayed         = 0,  // events come while the layer runs and belong to the next tick
  parameter int MaxSpikes       = 1,
  parameter int XBits           = 1,  // of x of an event; fraction bits in XFrac
  parameter int XFrac           = 0,
  parameter int XSigned         = 0,
  parameter int WeightBits      = 16,
  parameter int WeightFrac      = 8,
  parameter int MembraneBits    = 16,
  parameter int MembraneFrac    = 8,
  parameter int CurrentBits     = 16,
  parameter int LeakBits        = 16,
  parameter int LeakFrac        = 16,
  parameter int GainBits        = 1,
  parameter int GainFrac        = 0,
  parameter int RoundCurrent    = 1,
  parameter int RoundDecay      = 1,
  parameter int RoundLeak       = 1,
  parameter int LeakKind        = 1,
  parameter int LeakWhen        = 0,
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
  parameter int Staged          = 0,  // registers between the stages of the neuron
  parameter int First           = 0,  // Id of the weights, the words' follow (stw_ram.sv); 0: none
  localparam int Synapses       = (Currents > 1) ? 2 : 1,
  localparam int NSource        = (OneToOne != 0) ? 1 : NIn + ((Recurrent != 0) ? NOut : 0),
  localparam int InW            = (NIn > 1) ? $clog2(NIn) : 1,
  localparam int OutW           = (NOut > 1) ? $clog2(NOut) : 1,
  localparam int Weights        = NSource * NOut * Synapses,
  localparam int WeightAddrW    = (Weights > 1) ? $clog2(Weights) : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           clear_i,
  input  logic                           close_i,
  input  logic                           start_i,
  output logic                           busy_o,
  output logic                           done_o,    // the last commit of a tick
  input  logic signed [15:0]             jitter_i,  // of the tick, held until done_o
  input  logic                           event_valid_i,
  input  logic        [InW-1:0]          event_source_i,
  input  logic        [XBits-1:0]        event_x_i,
  input  logic                           write_valid_i,
  input  logic        [3:0]              write_select_i,  // 0 weight, 1-11 as in stw_words.sv,
  input  logic        [WeightAddrW-1:0]  write_addr_i,    // 12 v, 13 u, 14 u2, 15 r
  input  logic        [31:0]             write_data_i,
  output logic                           commit_valid_o,
  output logic        [OutW-1:0]         commit_neuron_o,
  output logic signed [MembraneBits-1:0] before_v_o,
  output logic signed [CurrentBits-1:0]  before_u_o,
  output logic signed [CurrentBits-1:0]  before_u2_o,
  output logic        [7:0]              before_r_o,
  output logic signed [63:0]             gather_o,
  output logic signed [63:0]             current_o,
  output logic signed [63:0]             leak_o,
  output logic signed [63:0]             integrate_o,
  output logic signed [MembraneBits-1:0] clamp_o,
  output logic        [5:0]              fire_o,
  output logic signed [MembraneBits-1:0] reset_o,    // v after
  output logic        [7:0]              refract_o,  // r after
  output logic signed [CurrentBits-1:0]  after_u_o,
  output logic signed [CurrentBits-1:0]  after_u2_o
);

  localparam int ListLen  = (OneToOne != 0) ? NIn : NSource;
  localparam int SourceW  = (ListLen > 1) ? $clog2(ListLen) : 1;
  localparam int ListW    = $clog2(ListLen + 1);
  localparam int XTop     = (XBits > 8) ? 255 : (1 << XBits) - 1;
  localparam int XSum     = ((OneToOne != 0) ? 1 : NIn) * XTop +
                            ((Recurrent != 0) ? NOut * MaxSpikes : 0);  // largest sum of x in a tick
  localparam int ExactW   = (XBits > 8) ? WeightBits + XBits + $clog2(ListLen)
                                        : WeightBits + $clog2(XSum);
  localparam int AccW     = (SaturateEach != 0) ? CurrentBits : ExactW;
  localparam int Align    = WeightFrac + XFrac + ((HasGain != 0) ? GainFrac : 0) - MembraneFrac;
  localparam int LambdaW  = (LeakKind == 5) ? 10 : (LeakKind == 2 || LeakKind == 4) ? 5 : LeakBits;
  localparam int MuW      = (DecayKind == 5) ? 10 : (DecayKind == 2 || DecayKind == 4) ? 5 : LeakBits;
  localparam int WalkW    = (NOut * Synapses > 1) ? $clog2(NOut * Synapses) : 1;
  localparam int RefractW = (RefractoryTicks > 0) ? $clog2(RefractoryTicks + 1) : 1;

  // Staged: after how many cycles each stage of the neuron is right: the longest way through the registers
  // of stw_current.sv, stw_leak.sv and stw_neuron.sv. What enters stands for as long: a neuron takes Least cycles or more.
  localparam int AlignedAt = 1 + ((HasGain != 0) ? 1 : 0);
  localparam int CurrentAt = (Currents == 0) ? AlignedAt :
                             7;  // a leak of 5, or s and a leak of 2
  localparam int InAt      = CurrentAt + 1;
  localparam int LeakingAt = (IntegrateFirst != 0) ? InAt + 1 : (HasRest != 0) ? 1 : 0;
  localparam int LeakAt    = (LeakingAt > 3) ? LeakingAt + 2 : 5;
  localparam int SumAt     = ((LeakAt > InAt) ? LeakAt : InAt) + ((SaturateIncrement != 0) ? 3 : 1);
  localparam int Cuts      = (Staged != 0) ? SumAt + 3 : 0;  // sum of events, clamp, fire
  localparam int Least     = (Cuts + Synapses) / Synapses;
  localparam int CountW    = (ListW > $clog2(Least + 1)) ? ListW : $clog2(Least + 1);

  // issue: the walk takes a neuron's synapses one after another, as if they were neurons
  logic [WalkW-1:0]       walk_q;
  logic [OutW-1:0]        n_q;
  logic [CountW-1:0]      e_q, count;
  logic [ListW-1:0]       listed;
  logic [WeightAddrW-1:0] base_q;
  logic                   run, last, sweep, busy, second;

  assign count = CountW'(listed);
  stw_sequencer #(
    .NOut(NOut * Synapses), .NSource(NSource), .CountW(CountW), .Least(Least)
  ) u_sequencer (
    .clk_i, .rst_ni, .clear_i, .start_i, .done_i(done_o), .count_i(count), .busy_o(busy), .sweep_o(sweep),
    .run_o(run), .last_o(last), .neuron_o(walk_q), .event_o(e_q), .base_o(base_q)
  );
  if (Synapses > 1) begin : gen_synapses
    assign n_q    = OutW'(walk_q >> 1);
    assign second = walk_q[0];
  end else begin : gen_synapse
    assign n_q    = walk_q;
    assign second = 1'b1;  // the only one is the last one
  end

  // event
  logic                   valid1_q, first1_q, last1_q, none1_q, second1_q;
  logic [OutW-1:0]        n1_q;
  logic [WeightAddrW-1:0] base1_q;
  logic                   spike, event_clear, event_push;
  logic [SourceW-1:0]     source1, event_source, event_slot, clear_slot;
  logic [XBits-1:0]       x1, event_x;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid1_q <= 1'b0;
    else valid1_q <= run;
  end
  always_ff @(posedge clk_i) begin
    first1_q  <= e_q == '0;
    last1_q   <= last;
    none1_q   <= (Least > 1) ? e_q >= count : count == '0;
    second1_q <= second;
    n1_q      <= n_q;
    base1_q   <= base_q;
  end

  assign spike      = commit_valid_o && fire_o != 6'd0;
  assign clear_slot = sweep ? SourceW'(n_q) : SourceW'(n1_q);
  assign event_push = event_valid_i || (Recurrent != 0 && spike);
  assign event_x    = event_valid_i ? event_x_i : XBits'(fire_o);
  if (Recurrent != 0) begin : gen_own_spikes
    assign event_source = event_valid_i ? SourceW'(event_source_i)
                                        : SourceW'(NIn) + SourceW'(commit_neuron_o);
  end else begin : gen_no_own_spikes
    assign event_source = SourceW'(event_source_i);
  end
  if (OneToOne != 0) begin : gen_place
    assign event_slot  = SourceW'(n_q);
    assign event_clear = sweep || (valid1_q && second1_q);  // what was gathered is gone
  end else begin : gen_slot
    assign event_slot  = SourceW'(e_q);
    assign event_clear = sweep;
  end

  stw_events #(
    .NIn(NIn), .NOut(NOut), .Recurrent(Recurrent), .OneToOne(OneToOne),
    .Banks((Recurrent != 0 || Delayed != 0) ? 1 : 0),
    .InputsFirst((SaturateEach != 0 && Delayed == 0) ? 1 : 0), .XBits(XBits)
  ) u_events (
    .clk_i, .rst_ni, .clear_i(event_clear), .clear_slot_i(clear_slot),
    .close_i(close_i && !busy_o), .push_i(event_push), .push_source_i(event_source),
    .push_x_i(event_x), .count_o(listed), .slot_i(event_slot), .source_o(source1), .x_o(x1)
  );

  // weight
  logic                         valid2_q, first2_q, last2_q, second2_q;
  logic        [OutW-1:0]       n2_q;
  logic        [XBits-1:0]      x2_q;
  logic        [WeightBits-1:0] weight2;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid2_q <= 1'b0;
    else valid2_q <= valid1_q;
  end
  always_ff @(posedge clk_i) begin
    first2_q  <= first1_q;
    last2_q   <= last1_q;
    second2_q <= second1_q;
    n2_q      <= n1_q;
    x2_q      <= none1_q ? '0 : x1;
  end

  stw_ram #(.Width(WeightBits), .Depth(Weights), .Id(First)) u_weight (
    .clk_i, .we_i(write_valid_i && write_select_i == 4'd0), .waddr_i(write_addr_i),
    .wdata_i(WeightBits'(write_data_i)), .re_i(valid1_q),
    .raddr_i(base1_q + WeightAddrW'(source1)), .rdata_o(weight2)
  );

  // gather
  logic                          valid3_q, load2, early3;
  logic                          heard_q, heard3;  // an event of the neuron had x other than 0
  logic        [OutW-1:0]        n3_q;
  logic signed [AccW-1:0]        acc_q, acc1_q, next2, sum3, sum13;
  logic signed [ExactW-1:0]      product2;
  logic signed [CurrentBits-1:0] u2, second_u2;  // state of both synapses, of the neuron in `weight`

  assign load2 = valid2_q && last2_q && second2_q;
  if (XBits > 1) begin : gen_graded
    localparam int W = WeightBits + XBits + 1;
    logic signed [XBits:0] x2;
    logic signed [W-1:0]   product;
    if (XSigned != 0) begin : gen_signed
      assign x2 = (XBits + 1)'($signed(x2_q));
    end else begin : gen_unsigned
      assign x2 = $signed({1'b0, x2_q});
    end
    assign product  = W'($signed(weight2)) * W'(x2);
    assign product2 = (x2_q != '0) ? ExactW'(product) : '0;  // without event the weight is anything
    if (W > ExactW) begin : gen_unused
      logic unused_product;
      assign unused_product = ^product[W-1:ExactW];
    end
  end else begin : gen_spikes
    assign product2 = (x2_q != '0) ? ExactW'($signed(weight2)) : '0;
  end

  if (SaturateEach != 0) begin : gen_saturate_each
    localparam int W = ((ExactW > AccW) ? ExactW : AccW) + 1;
    logic signed [AccW-1:0] from;
    assign from = !first2_q ? acc_q : (Synapses > 1 && second2_q) ? second_u2 : u2;
    stw_clamp #(.InW(W), .OutW(AccW), .Symmetric(Symmetric), .Wrap(0), .FloorZero(0)) u_clamp (
      .x_i(W'(from) + W'(product2)), .y_o(next2)
    );
  end else begin : gen_exact
    assign next2 = first2_q ? product2 : acc_q + product2;
  end

  always_ff @(posedge clk_i) begin
    if (Staged == 0 || load2) n3_q <= n2_q;
    acc_q <= next2;
    heard_q <= (heard_q && !first2_q) || x2_q != '0;
  end
  if (Staged != 0) begin : gen_staged
    // What the neuron makes of its words comes Cuts cycles after they do; its sums stand aside for the next one's.
    logic [Cuts:0] valid_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= '0;
      else valid_q <= {valid_q[Cuts-1:0], load2};
    end
    always_ff @(posedge clk_i) begin
      if (valid_q[0]) begin
        sum3  <= acc_q;
        sum13 <= acc1_q;
        heard3 <= heard_q;
      end
    end
    assign early3   = valid_q[0];
    assign valid3_q = valid_q[Cuts];
  end else begin : gen_at_once
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid3_q <= 1'b0;
      else valid3_q <= load2;
    end
    assign early3 = 1'b0;
    assign sum3  = acc_q;
    assign sum13 = acc1_q;
    assign heard3 = heard_q;
  end
  if (Synapses > 1) begin : gen_first_synapse
    always_ff @(posedge clk_i) begin
      if (first2_q && second2_q) acc1_q <= acc_q;  // the first synapse's sum is whole
    end
  end else begin : gen_no_first_synapse
    assign acc1_q = acc_q;
  end

  logic        [LambdaW-1:0]      lambda3;
  logic        [MuW-1:0]          mu3, mu23;
  logic        [15:0]             lambda_slope3, mu_slope3, mu2_slope3;
  logic signed [GainBits-1:0]     gain3;
  logic signed [MembraneBits-1:0] theta3, bias3, rest3, reset3;
  logic        [RefractW-1:0]     r3;
  logic        [OutW-1:0]         words_addr;

  assign words_addr = sweep ? n_q : n2_q;

  stw_words #(
    .NOut(NOut), .MembraneBits(MembraneBits), .LeakBits(LeakBits), .GainBits(GainBits),
    .LeakKind(LeakKind), .DecayKind(DecayKind), .Currents(Currents), .HasGain(HasGain),
    .HasRest(HasRest), .First(First)
  ) u_words (
    .clk_i, .we_i(write_valid_i), .select_i(write_select_i), .waddr_i(OutW'(write_addr_i)),
    .wdata_i(write_data_i), .re_i(load2 || sweep), .raddr_i(words_addr), .lambda_o(lambda3),
    .lambda_slope_o(lambda_slope3), .mu_o(mu3), .mu_slope_o(mu_slope3), .mu2_o(mu23),
    .mu2_slope_o(mu2_slope3), .gain_o(gain3), .theta_o(theta3), .bias_o(bias3), .rest_o(rest3),
    .reset_o(reset3)
  );

  // commit, and the other writers of state: a sweep, the cycle after its words were read, and the
  // write port
  logic                          swept_q, write_state;
  logic        [OutW-1:0]        swept_n_q, state_addr;
  logic        [3:0]             state_we;  // v, u, u2, r
  logic signed [MembraneBits-1:0] v_next;
  logic signed [CurrentBits-1:0] u_next, u2_next;
  logic        [RefractW-1:0]    r_next;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) swept_q <= 1'b0;
    else swept_q <= sweep;
  end
  always_ff @(posedge clk_i) swept_n_q <= n_q;

  assign busy_o          = busy || swept_q;
  assign commit_valid_o  = valid3_q;
  assign commit_neuron_o = n3_q;
  assign done_o          = valid3_q && n3_q == OutW'(NOut - 1);
  assign before_r_o      = 8'(r3);
  assign write_state     = write_valid_i && write_select_i >= 4'd12;
  assign state_addr      = valid3_q ? n3_q : swept_q ? swept_n_q : OutW'(write_addr_i);
  for (genvar i = 0; i < 4; i++) begin : gen_state_we
    assign state_we[i] = valid3_q || swept_q || (write_state && write_select_i == 4'(12 + i));
  end
  assign v_next  = valid3_q ? reset_o : swept_q ? rest3 : MembraneBits'(write_data_i);
  assign u_next  = valid3_q ? after_u_o : swept_q ? '0 : CurrentBits'(write_data_i);
  assign u2_next = valid3_q ? after_u2_o : swept_q ? '0 : CurrentBits'(write_data_i);
  assign r_next  = valid3_q ? RefractW'(refract_o) : swept_q ? '0 : RefractW'(write_data_i);

  stw_neuron #(
    .AccW(AccW), .Align(Align), .MaxSpikes(MaxSpikes), .MembraneBits(MembraneBits),
    .CurrentBits(CurrentBits), .LeakBits(LeakBits), .LeakFrac(LeakFrac), .GainBits(GainBits),
    .RoundCurrent(RoundCurrent), .RoundDecay(RoundDecay), .RoundLeak(RoundLeak),
    .LeakKind(LeakKind), .LeakWhen(LeakWhen), .DecayKind(DecayKind), .Currents(Currents), .LeakSigned(LeakSigned),
    .HasGain(HasGain), .HasRest(HasRest), .DecayLast(DecayLast), .SaturateEach(SaturateEach),
    .SaturateIncrement(SaturateIncrement), .Symmetric(Symmetric), .Wrap(Wrap), .FloorZero(FloorZero), .FireGt(FireGt), .FireBefore(FireBefore), .ResetSubtract(ResetSubtract),
    .IntegrateFirst(IntegrateFirst), .RefractoryHold(RefractoryHold),
    .RefractoryTicks(RefractoryTicks), .Staged(Staged)
  ) u_neuron (
    .clk_i, .early_i(early3), .acc_i(sum13), .acc2_i(sum3), .heard_i(heard3), .v_i(before_v_o), .u_i(before_u_o), .u2_i(before_u2_o),
    .r_i(before_r_o), .lambda_i(lambda3), .lambda_slope_i(lambda_slope3), .mu_i(mu3),
    .mu_slope_i(mu_slope3), .mu2_i(mu23), .mu2_slope_i(mu2_slope3), .gain_i(gain3),
    .theta_i(theta3), .bias_i(bias3), .rest_i(rest3), .reset_i(reset3), .jitter_i, .gather_o,
    .current_o, .leak_o, .integrate_o, .clamp_o, .fire_o, .reset_o, .refract_o, .u_o(after_u_o),
    .u2_o(after_u2_o)
  );

  stw_ram #(.Width(MembraneBits), .Depth(NOut)) u_v (
    .clk_i, .we_i(state_we[0]), .waddr_i(state_addr), .wdata_i(v_next),
    .re_i(load2), .raddr_i(n2_q), .rdata_o(before_v_o)
  );
  stw_ram #(.Width(RefractW), .Depth(NOut), .Used(RefractoryTicks)) u_r (
    .clk_i, .we_i(state_we[3]), .waddr_i(state_addr), .wdata_i(r_next), .re_i(load2),
    .raddr_i(n2_q), .rdata_o(r3)
  );

  // u is read with the neuron's words; for a sum that begins at u, with its first event
  logic            u_re;
  logic [OutW-1:0] u_raddr;
  if (SaturateEach != 0) begin : gen_u_early
    logic signed [CurrentBits-1:0] u3_q, second_u3_q;
    assign u_re    = valid1_q && first1_q && (Synapses == 1 || !second1_q);
    assign u_raddr = n1_q;
    always_ff @(posedge clk_i) begin
      if (load2) begin
        u3_q        <= u2;
        second_u3_q <= second_u2;
      end
    end
    assign before_u_o  = u3_q;
    assign before_u2_o = second_u3_q;
  end else begin : gen_u
    assign u_re        = load2;
    assign u_raddr     = n2_q;
    assign before_u_o  = u2;
    assign before_u2_o = second_u2;
  end

  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used((Currents > 0) ? 1 : 0)) u_u (
    .clk_i, .we_i(state_we[1]), .waddr_i(state_addr), .wdata_i(u_next), .re_i(u_re),
    .raddr_i(u_raddr), .rdata_o(u2)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used((Currents > 1) ? 1 : 0)) u_u2 (
    .clk_i, .we_i(state_we[2]), .waddr_i(state_addr), .wdata_i(u2_next), .re_i(u_re),
    .raddr_i(u_raddr), .rdata_o(second_u2)
  );

  if ((OneToOne != 0 && (NIn != NOut || Recurrent != 0 || Delayed != 0)) || XBits < 1 ||
      XBits > ((XSigned != 0) ? 32 : 8) || WeightBits < 2 || WeightBits > 16 || NIn < 1 ||
      NOut < 1) begin : gen_check
    stw_parameter_error u_one_to_one_is_square_and_alone_or_a_format_is_too_wide ();
  end

endmodule

`default_nettype wire
