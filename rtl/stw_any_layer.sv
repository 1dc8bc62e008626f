// One layer of neurons of any law: sequencer, memories, and the one neuron that all its neurons
// take turns in (stw_any_neuron.sv).
//
// Neuron-major: for each neuron one multiply-accumulate a cycle over the events of the tick into one
// accumulator, then commit. A neuron takes max(events, 1) cycles; a tick 4 more to fill and drain.
//
//   stage     does                                                         registers after it
//   issue     walks (neuron, event e): stw_sequencer.sv                    n_q, e_q, base_q
//   event     reads event e: source and x                                  ..1_q
//   weight    reads w at base + source                                     ..2_q
//   gather    acc = (first ? 0 : acc) + w·x; with the last event of the    ..3_q, acc_q
//             neuron: reads its words and state
//   commit    the law's tick; writes the state; a spike is an event of the next layer in this tick
//             and, with Recurrent, of this layer in the next
//
// Each word and each state of the law has a memory: NWords, FirstState and Places are those of
// stw_any_net.sv. A weight is at n · n_source + source; OneToOne: n. A recurrent source is NIn + m for
// own neuron m.
//
// clear_i (and reset) sweeps all state to rest, a cycle a neuron; words and weights stay. close_i ends
// the tick's events (before or with start_i). start_i, close_i, clear_i, writes and event_valid_i
// (unless Delayed) are for cycles in which busy_o is low.
`default_nettype none

module stw_any_layer #(
  parameter int           NIn        = 16,
  parameter int           NOut       = 64,
  parameter int           Recurrent  = 1,
  parameter int           OneToOne   = 0,
  parameter int           Delayed    = 0,  // events of a running layer are the next tick's
  parameter int           XBits      = 1,  // of x of an event; fraction bits in XFrac
  parameter int           XFrac      = 0,
  parameter int           Kind       = 2,
  parameter logic [511:0] Law        = 512'h0001_0001_000c_0010_0007_0010_0008_0010_0004_0008,
  parameter int           NWords     = 11,
  parameter int           FirstState = 9,
  parameter logic [511:0] Places     =
      512'h00a0_0090_0080_0070_0060_0050_0040_0030_0020_0010_0000_0000,
  parameter int           StageW     = 385,
  parameter int           First      = 0,  // Id of the weights, the words' follow (stw_ram.sv); 0: none
  localparam int NSource     = (OneToOne != 0) ? 1 : NIn + ((Recurrent != 0) ? NOut : 0),
  localparam int InW         = (NIn > 1) ? $clog2(NIn) : 1,
  localparam int OutW        = (NOut > 1) ? $clog2(NOut) : 1,
  localparam int Weights     = NSource * NOut,
  localparam int WeightAddrW = (Weights > 1) ? $clog2(Weights) : 1,
  localparam int WordW       = 32'(Places[16*FirstState +: 16]),
  localparam int StateW      = 32'(Places[16*NWords +: 16]) - WordW
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,
  input  logic                   close_i,
  input  logic                   start_i,
  output logic                   busy_o,
  output logic                   done_o,    // the last commit of a tick
  input  logic signed [15:0]     jitter_i,  // of the tick, held until done_o
  input  logic                   event_valid_i,
  input  logic [InW-1:0]         event_source_i,
  input  logic [XBits-1:0]       event_x_i,
  input  logic                   write_valid_i,
  input  logic [4:0]             write_select_i,  // a word's number in the law's table: 0 weight
  input  logic [WeightAddrW-1:0] write_addr_i,
  input  logic [63:0]            write_data_i,
  output logic                   commit_valid_o,
  output logic [OutW-1:0]        commit_neuron_o,
  output logic                   fire_o,
  output logic [StateW-1:0]      before_o,
  output logic [StageW-1:0]      stages_o,
  output logic [StateW-1:0]      after_o
);

  localparam int WeightBits = 32'(Law[32 +: 16]);
  localparam int ListLen    = (OneToOne != 0) ? NIn : NSource;
  localparam int SourceW    = (ListLen > 1) ? $clog2(ListLen) : 1;
  localparam int CountW     = $clog2(ListLen + 1);
  localparam int XSum       = ((OneToOne != 0) ? 1 : NIn) * ((1 << XBits) - 1) +
                              ((Recurrent != 0) ? NOut : 0);  // largest sum of x in a tick
  localparam int AccW       = WeightBits + $clog2(XSum);

  // issue
  logic [OutW-1:0]        n_q;
  logic [CountW-1:0]      e_q, count;
  logic [WeightAddrW-1:0] base_q;
  logic                   run, last, sweep, busy;

  stw_sequencer #(.NOut(NOut), .NSource(NSource), .CountW(CountW)) u_sequencer (
    .clk_i, .rst_ni, .clear_i, .start_i, .done_i(done_o), .count_i(count), .busy_o(busy),
    .sweep_o(sweep), .run_o(run), .last_o(last), .neuron_o(n_q), .event_o(e_q), .base_o(base_q)
  );

  // event
  logic                   valid1_q, first1_q, last1_q, none1_q;
  logic [OutW-1:0]        n1_q;
  logic [WeightAddrW-1:0] base1_q;
  logic                   event_clear, event_push;
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

  assign clear_slot = sweep ? SourceW'(n_q) : SourceW'(n1_q);
  assign event_push = event_valid_i || (Recurrent != 0 && commit_valid_o && fire_o);
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
    .NIn(NIn), .NOut(NOut), .Recurrent(Recurrent), .OneToOne(OneToOne),
    .Banks((Recurrent != 0 || Delayed != 0) ? 1 : 0), .XBits(XBits)
  ) u_events (
    .clk_i, .rst_ni, .clear_i(event_clear), .clear_slot_i(clear_slot),
    .close_i(close_i && !busy_o), .push_i(event_push), .push_source_i(event_source),
    .push_x_i(event_x), .count_o(count), .slot_i(event_slot), .source_o(source1), .x_o(x1)
  );

  // weight
  logic                  valid2_q, first2_q, last2_q;
  logic [OutW-1:0]       n2_q;
  logic [XBits-1:0]      x2_q;
  logic [WeightBits-1:0] weight2;

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

  stw_ram #(.Width(WeightBits), .Depth(Weights), .Id(First)) u_weight (
    .clk_i, .we_i(write_valid_i && write_select_i == 5'd0), .waddr_i(write_addr_i),
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
    assign product2 = (x2_q != '0) ? AccW'(product) : '0;  // without event the weight is anything
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

  // commit, and the other writers of state: a sweep, the cycle after its words were read, and the
  // write port
  logic                    swept_q, own_write;
  logic [OutW-1:0]         swept_n_q, own_addr, read_addr;
  logic [WordW+StateW-1:0] held;  // words, then states

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) swept_q <= 1'b0;
    else swept_q <= sweep;
  end
  always_ff @(posedge clk_i) swept_n_q <= n_q;

  assign own_write       = valid3_q || swept_q;
  assign own_addr        = valid3_q ? n3_q : swept_n_q;
  assign read_addr       = sweep ? n_q : n2_q;
  assign busy_o          = busy || swept_q;
  assign commit_valid_o  = valid3_q;
  assign commit_neuron_o = n3_q;
  assign done_o          = valid3_q && n3_q == OutW'(NOut - 1);
  assign before_o        = held[WordW +: StateW];

  for (genvar i = 1; i < NWords; i++) begin : gen_word
    localparam int At    = 32'(Places[16*i +: 16]);
    localparam int Width = 32'(Places[16*i+16 +: 16]) - At;
    if (Width > 0) begin : gen_kept
      logic             we;
      logic [OutW-1:0]  waddr;
      logic [Width-1:0] wdata;
      if (i < FirstState) begin : gen_constant
        assign we    = write_valid_i && write_select_i == 5'(i);
        assign waddr = OutW'(write_addr_i);
        assign wdata = Width'(write_data_i);
      end else begin : gen_state
        assign we    = own_write || (write_valid_i && write_select_i == 5'(i));
        assign waddr = own_write ? own_addr : OutW'(write_addr_i);
        assign wdata = own_write ? after_o[At-WordW +: Width] : Width'(write_data_i);
      end
      stw_ram #(
        .Width(Width), .Depth(NOut), .Id((First != 0 && i < FirstState) ? First + i : 0)
      ) u_word (
        .clk_i, .we_i(we), .waddr_i(waddr), .wdata_i(wdata), .re_i(load2 || sweep),
        .raddr_i(read_addr), .rdata_o(held[At +: Width])
      );
    end
  end

  stw_any_neuron #(
    .Kind(Kind), .AccW(AccW), .XFrac(XFrac), .Law(Law), .WordW(WordW), .StateW(StateW),
    .StageW(StageW)
  ) u_neuron (
    .acc_i(acc_q), .words_i(held[WordW-1:0]), .state_i(before_o), .jitter_i, .rest_i(swept_q),
    .stages_o, .state_o(after_o), .fire_o
  );

  logic unused_wdata;
  assign unused_wdata = ^write_data_i;  // no word may be as wide as the port

  if ((OneToOne != 0 && (NIn != NOut || Recurrent != 0 || Delayed != 0)) || XBits < 1 ||
      XBits > 8 || WeightBits < 2 || WeightBits > 16 || NIn < 1 || NOut < 1) begin : gen_check
    stw_parameter_error u_one_to_one_is_square_and_alone_or_a_format_is_too_wide ();
  end

endmodule

`default_nettype wire
