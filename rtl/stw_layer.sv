// One layer: sequencer, memories and the one neuron that all its neurons take turns in.
//
// Neuron-major: for each neuron one multiply-accumulate a cycle over the events of the tick into one
// accumulator, then commit. A neuron takes max(events, 1) cycles; a tick 4 more to fill and drain.
//
//   stage     does                                                         registers after it
//   issue     walks (neuron n, event e): stw_sequencer.sv                  n_q, e_q, base_q
//   event     reads event e: source and x                                  ..1_q
//   weight    reads w at n · n_source + source                             ..2_q
//   gather    acc = (first ? 0 : acc) + w·x; with the last event: reads    ..3_q, acc_q
//             the neuron's words and state
//   commit    stw_neuron: current to refract; writes v, u, r; a spike is an event of the next layer
//             in this tick and, with Recurrent, of this layer in the next
//
// Weights lie neuron by neuron: address n · n_source + source; OneToOne: address n. A recurrent
// source is NIn + m for own neuron m, with x = 1. AccW holds any sum: n_source · 2^(wbits-1) · xmax.
//
// clear_i (and reset) sweeps all state to rest in NOut cycles; words and weights stay. start_i,
// clear_i and event_valid_i are for cycles in which busy_o is low.
`default_nettype none

module stw_layer #(
  parameter int NIn             = 16,
  parameter int NOut            = 64,
  parameter int Recurrent       = 1,
  parameter int OneToOne        = 0,
  parameter int XBits           = 1,  // of x of an event; fraction bits in XFrac
  parameter int XFrac           = 0,
  parameter int WeightBits      = 16,
  parameter int WeightFrac      = 8,
  parameter int MembraneBits    = 16,
  parameter int MembraneFrac    = 8,
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
  localparam int NSource        = (OneToOne != 0) ? 1 : NIn + ((Recurrent != 0) ? NOut : 0),
  localparam int InW            = (NIn > 1) ? $clog2(NIn) : 1,
  localparam int OutW           = (NOut > 1) ? $clog2(NOut) : 1,
  localparam int WeightAddrW    = (NSource * NOut > 1) ? $clog2(NSource * NOut) : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           clear_i,
  input  logic                           start_i,
  output logic                           busy_o,
  output logic                           done_o,    // the last commit of a tick
  input  logic signed [15:0]             jitter_i,  // of the tick, held until done_o
  input  logic                           event_valid_i,
  input  logic        [InW-1:0]          event_source_i,
  input  logic        [XBits-1:0]        event_x_i,
  input  logic                           write_valid_i,
  input  logic        [2:0]              write_select_i,  // 0 weight, else as in stw_words.sv
  input  logic        [WeightAddrW-1:0]  write_addr_i,
  input  logic        [23:0]             write_data_i,
  output logic                           commit_valid_o,
  output logic        [OutW-1:0]         commit_neuron_o,
  output logic signed [MembraneBits-1:0] before_v_o,
  output logic signed [CurrentBits-1:0]  before_u_o,
  output logic        [7:0]              before_r_o,
  output logic signed [63:0]             gather_o,
  output logic signed [63:0]             current_o,
  output logic signed [63:0]             leak_o,
  output logic signed [63:0]             integrate_o,
  output logic signed [MembraneBits-1:0] clamp_o,
  output logic                           fire_o,
  output logic signed [MembraneBits-1:0] reset_o,    // v after
  output logic        [7:0]              refract_o,  // r after
  output logic signed [CurrentBits-1:0]  after_u_o
);

  localparam int ListLen  = (OneToOne != 0) ? NIn : NSource;
  localparam int SourceW  = (ListLen > 1) ? $clog2(ListLen) : 1;
  localparam int CountW   = $clog2(ListLen + 1);
  localparam int XSum     = ((OneToOne != 0) ? 1 : NIn) * ((1 << XBits) - 1) +
                            ((Recurrent != 0) ? NOut : 0);  // largest sum of x in a tick
  localparam int AccW     = WeightBits + $clog2(XSum);
  localparam int Align    = WeightFrac + XFrac - MembraneFrac;
  localparam int LambdaW  = (LeakKind == 2) ? 5 : LeakBits;
  localparam int MuW      = (DecayKind == 2) ? 5 : LeakBits;
  localparam int RefractW = (RefractoryTicks > 0) ? $clog2(RefractoryTicks + 1) : 1;

  // issue
  logic [OutW-1:0]        n_q;
  logic [CountW-1:0]      e_q, count;
  logic [WeightAddrW-1:0] base_q;
  logic                   run, last, sweep;

  stw_sequencer #(.NOut(NOut), .NSource(NSource), .CountW(CountW)) u_sequencer (
    .clk_i, .rst_ni, .clear_i, .start_i, .done_i(done_o), .count_i(count), .busy_o, .sweep_o(sweep),
    .run_o(run), .last_o(last), .neuron_o(n_q), .event_o(e_q), .base_o(base_q)
  );

  // event
  logic                   valid1_q, first1_q, last1_q, none1_q;
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
    first1_q <= e_q == '0;
    last1_q  <= last;
    none1_q  <= count == '0;
    n1_q     <= n_q;
    base1_q  <= base_q;
  end

  assign spike      = commit_valid_o && fire_o;
  assign clear_slot = sweep ? SourceW'(n_q) : SourceW'(n1_q);
  assign event_push = event_valid_i || (Recurrent != 0 && spike);
  assign event_x    = event_valid_i ? event_x_i : XBits'(1);
  if (Recurrent != 0) begin : gen_own_spikes
    assign event_source = event_valid_i ? SourceW'(event_source_i)
                                        : SourceW'(NIn) + SourceW'(commit_neuron_o);
  end else begin : gen_no_own_spikes
    assign event_source = SourceW'(event_source_i);
  end
  if (OneToOne != 0) begin : gen_place
    assign event_slot  = SourceW'(n_q);
    assign event_clear = sweep || valid1_q;  // what was gathered is gone
  end else begin : gen_slot
    assign event_slot  = SourceW'(e_q);
    assign event_clear = sweep;
  end

  stw_events #(
    .NIn(NIn), .NOut(NOut), .Recurrent(Recurrent), .OneToOne(OneToOne), .XBits(XBits)
  ) u_events (
    .clk_i, .rst_ni, .clear_i(event_clear), .clear_slot_i(clear_slot),
    .start_i(start_i && !busy_o), .push_i(event_push), .push_source_i(event_source),
    .push_x_i(event_x), .count_o(count), .slot_i(event_slot), .source_o(source1), .x_o(x1)
  );

  // weight
  logic                         valid2_q, first2_q, last2_q;
  logic        [OutW-1:0]       n2_q;
  logic        [XBits-1:0]      x2_q;
  logic        [WeightBits-1:0] weight2;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid2_q <= 1'b0;
    else valid2_q <= valid1_q;
  end
  always_ff @(posedge clk_i) begin
    first2_q <= first1_q;
    last2_q  <= last1_q;
    n2_q     <= n1_q;
    x2_q     <= none1_q ? '0 : x1;
  end

  stw_ram #(.Width(WeightBits), .Depth(NSource * NOut)) u_weight (
    .clk_i, .we_i(write_valid_i && write_select_i == 3'd0), .waddr_i(write_addr_i),
    .wdata_i(WeightBits'(write_data_i)), .re_i(valid1_q),
    .raddr_i(base1_q + WeightAddrW'(source1)), .rdata_o(weight2)
  );

  // gather
  logic                   valid3_q, load2;
  logic        [OutW-1:0] n3_q;
  logic signed [AccW-1:0] acc_q, product2;

  assign load2 = valid2_q && last2_q;
  if (XBits > 1) begin : gen_graded
    localparam int W = WeightBits + XBits + 1;
    logic signed [W-1:0] product;
    assign product  = W'($signed(weight2)) * W'($signed({1'b0, x2_q}));
    assign product2 = AccW'(product);
    if (W > AccW) begin : gen_unused
      logic unused_product;
      assign unused_product = ^product[W-1:AccW];
    end
  end else begin : gen_spikes
    assign product2 = (x2_q != '0) ? AccW'($signed(weight2)) : '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid3_q <= 1'b0;
    else valid3_q <= load2;
  end
  always_ff @(posedge clk_i) begin
    n3_q  <= n2_q;
    acc_q <= first2_q ? product2 : acc_q + product2;
  end

  logic        [LambdaW-1:0]      lambda3;
  logic        [MuW-1:0]          mu3;
  logic        [15:0]             lambda_slope3, mu_slope3;
  logic signed [MembraneBits-1:0] theta3, bias3;
  logic        [RefractW-1:0]     r3;

  stw_words #(
    .NOut(NOut), .MembraneBits(MembraneBits), .LeakBits(LeakBits), .LeakKind(LeakKind),
    .DecayKind(DecayKind), .HasCurrent(HasCurrent)
  ) u_words (
    .clk_i, .we_i(write_valid_i), .select_i(write_select_i), .waddr_i(OutW'(write_addr_i)),
    .wdata_i(write_data_i), .re_i(load2), .raddr_i(n2_q), .lambda_o(lambda3),
    .lambda_slope_o(lambda_slope3), .mu_o(mu3), .mu_slope_o(mu_slope3), .theta_o(theta3),
    .bias_o(bias3)
  );

  // commit
  logic            state_we;
  logic [OutW-1:0] state_waddr;

  assign commit_valid_o  = valid3_q;
  assign commit_neuron_o = n3_q;
  assign done_o          = valid3_q && n3_q == OutW'(NOut - 1);
  assign before_r_o      = 8'(r3);
  assign state_we        = valid3_q || sweep;
  assign state_waddr     = sweep ? n_q : n3_q;

  stw_neuron #(
    .AccW(AccW), .Align(Align), .MembraneBits(MembraneBits), .CurrentBits(CurrentBits),
    .LeakBits(LeakBits), .LeakFrac(LeakFrac), .RoundCurrent(RoundCurrent),
    .RoundDecay(RoundDecay), .RoundLeak(RoundLeak), .LeakKind(LeakKind), .DecayKind(DecayKind),
    .HasCurrent(HasCurrent), .Wrap(Wrap), .FloorZero(FloorZero), .FireGt(FireGt),
    .ResetSubtract(ResetSubtract), .IntegrateFirst(IntegrateFirst),
    .RefractoryTicks(RefractoryTicks)
  ) u_neuron (
    .acc_i(acc_q), .v_i(before_v_o), .u_i(before_u_o), .r_i(before_r_o), .lambda_i(lambda3),
    .lambda_slope_i(lambda_slope3), .mu_i(mu3), .mu_slope_i(mu_slope3), .theta_i(theta3),
    .bias_i(bias3), .jitter_i, .gather_o, .current_o, .leak_o, .integrate_o, .clamp_o, .fire_o,
    .reset_o, .refract_o, .u_o(after_u_o)
  );

  stw_ram #(.Width(MembraneBits), .Depth(NOut)) u_v (
    .clk_i, .we_i(state_we), .waddr_i(state_waddr), .wdata_i(sweep ? '0 : reset_o),
    .re_i(load2), .raddr_i(n2_q), .rdata_o(before_v_o)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(HasCurrent)) u_u (
    .clk_i, .we_i(state_we), .waddr_i(state_waddr), .wdata_i(sweep ? '0 : after_u_o),
    .re_i(load2), .raddr_i(n2_q), .rdata_o(before_u_o)
  );
  stw_ram #(.Width(RefractW), .Depth(NOut), .Used(RefractoryTicks)) u_r (
    .clk_i, .we_i(state_we), .waddr_i(state_waddr),
    .wdata_i(sweep ? '0 : RefractW'(refract_o)), .re_i(load2), .raddr_i(n2_q), .rdata_o(r3)
  );

  if ((OneToOne != 0 && (NIn != NOut || Recurrent != 0)) || XBits < 1 || XBits > 8 ||
      WeightBits < 2 || WeightBits > 16 || NIn < 1 || NOut < 1) begin : gen_check
    stw_parameter_error u_one_to_one_is_square_and_not_recurrent_or_a_format_is_too_wide ();
  end

endmodule

`default_nettype wire
