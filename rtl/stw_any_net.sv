// A network of neurons of any law: layers that run one after another in each tick, and a commit
// port that shows all of it. It names no law: stw_any_neuron.sv alone does.
//
//   tick_start_i   closes the tick's events and runs layer 0, 1, ...; a spike of layer l is an event
//                  of layer l + 1 in the same tick, or in the next where that one is Delayed;
//                  a layer with Taps hears it again Spacing, 2 · Spacing, .. ticks later (stw_taps.sv);
//                  tick_done_o with the last layer's last commit
//   event          source and x of layer 0, one a cycle while event_ready_o; the last may come
//                  with tick_start_i; those of the next tick while later layers still run
//   commit         one neuron's tick: state before, stages, state after, packed in the order of the
//                  law's tables, the first lowest
//   spike          neurons of the last layer that fired
//   write          one word of one layer, between ticks: select is its number in the law's table,
//                  address as in stw_any_layer.sv
//   clear_i        all state to rest; ready_o is low until it is done, as it is after reset
//
//   parameter      bits a number   holds
//   Sizes          16              n_in of layer 0, n_out of layer 0, 1, ..., the first lowest
//   Recurrent ..   1               a layer's choices; Taps, Spacing: 8
//   Kind                           the law's number in model/laws/registry.c
//   Law            16              the law's parameters in the order of its table: a format is its
//                                  bits in all and its fraction bits; that of input words comes
//                                  first, then that of weights
//   Places         16              where each of NWords words and states begins in a neuron's memory,
//                                  and where the last ends; a weight, which is 0, has no room in it
//   FirstState                     the first word that is state
//   StageW                         bits of all stages
//
// All follow from the law's row in cosim/dut/dut_parameters_any.c. tick_start_i, clear_i and writes are
// for cycles with ready_o.
`default_nettype none

module stw_any_net #(
  parameter int           NLayers    = 3,
  parameter logic [143:0] Sizes      = {80'd0, 16'd2, 16'd64, 16'd16, 16'd16},
  parameter logic [7:0]   Recurrent  = 8'b010,
  parameter logic [7:0]   OneToOne   = 8'b001,
  parameter logic [7:0]   Delayed    = 8'b000,
  parameter logic [63:0]  Taps       = 64'h0101010101010101,
  parameter logic [63:0]  Spacing    = 64'h0101010101010101,
  parameter int           Kind       = 2,
  parameter logic [511:0] Law        = 512'h0001_0001_000c_0010_0007_0010_0008_0010_0004_0008,
  parameter int           NWords     = 11,
  parameter int           FirstState = 9,
  parameter logic [511:0] Places     =
      512'h00a0_0090_0080_0070_0060_0050_0040_0030_0020_0010_0000_0000,
  parameter int           StageW     = 385,
  parameter int           Filled     = 0,  // memories begin with words: stw_ram.sv
  localparam int InW       = ($clog2(32'(Sizes[15:0])) > 0) ? $clog2(32'(Sizes[15:0])) : 1,
  localparam int InputBits = 32'(Law[15:0]),
  localparam int StateW    = 32'(Places[16*NWords +: 16]) - 32'(Places[16*FirstState +: 16])
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  output logic                 ready_o,
  input  logic                 tick_start_i,
  input  logic signed [15:0]   tick_jitter_i,
  output logic                 tick_done_o,
  output logic                 event_ready_o,
  input  logic                 event_valid_i,
  input  logic [InW-1:0]       event_source_i,
  input  logic [InputBits-1:0] event_x_i,
  input  logic                 write_valid_i,
  input  logic [4:0]           write_select_i,
  input  logic [2:0]           write_layer_i,
  input  logic [25:0]          write_addr_i,
  input  logic [63:0]          write_data_i,
  output logic                 spike_valid_o,
  output logic [11:0]          spike_neuron_o,
  output logic                 commit_valid_o,
  output logic [2:0]           commit_layer_o,
  output logic [11:0]          commit_neuron_o,
  output logic [StateW-1:0]    before_o,
  output logic [StageW-1:0]    stages_o,
  output logic [StateW-1:0]    after_o
);

  logic signed [15:0]        jitter_q;
  logic        [NLayers-1:0] busy;

  assign ready_o       = busy == '0;
  assign event_ready_o = !busy[0];

  logic unused_addr;
  assign unused_addr = ^write_addr_i;  // no layer may be as large as an address can say

  always_ff @(posedge clk_i) begin
    if (tick_start_i && ready_o) jitter_q <= tick_jitter_i;
  end

  // What each layer says, and (chosen_) what it or a layer before it commits in this cycle.
  for (genvar l = 0; l < NLayers; l++) begin : gen_layer
    localparam int NIn     = 32'(Sizes[16*l +: 16]);
    localparam int NOut    = 32'(Sizes[16*l+16 +: 16]);
    localparam int Rec     = 32'(Recurrent[l]);
    localparam int One     = 32'(OneToOne[l]);
    localparam int Late    = 32'(Delayed[l]);
    localparam int NTaps   = 32'(Taps[8*l +: 8]);
    localparam int Apart   = 32'(Spacing[8*l +: 8]);
    localparam int NHeard  = NIn * NTaps;
    localparam int XBits   = (l == 0) ? InputBits : 1;
    localparam int XFrac   = (l == 0) ? 32'($signed(Law[16 +: 16])) : 0;
    localparam int Weights = ((One != 0) ? 1 : NHeard + ((Rec != 0) ? NOut : 0)) * NOut;
    localparam int AddrW   = (Weights > 1) ? $clog2(Weights) : 1;
    localparam int SourceW = (NIn > 1) ? $clog2(NIn) : 1;
    localparam int HeardW  = (NHeard > 1) ? $clog2(NHeard) : 1;
    localparam int OutW    = (NOut > 1) ? $clog2(NOut) : 1;

    logic               layer_busy, heard_start, heard_close, heard_valid;
    logic [HeardW-1:0]  heard_source;
    logic [XBits-1:0]   heard_x;
    logic               start, close, done, valid, fire, event_valid, chosen_valid;
    logic [SourceW-1:0] event_source;
    logic [XBits-1:0]   event_x;
    logic [OutW-1:0]    neuron;
    logic [2:0]         chosen_layer;
    logic [11:0]        chosen_neuron;
    logic [StateW-1:0]  old, after, chosen_before, chosen_after;
    logic [StageW-1:0]  stages, chosen_stages;

    if (l == 0) begin : gen_source
      assign start         = tick_start_i && ready_o;
      assign close         = start;
      assign event_valid   = event_valid_i && event_ready_o;
      assign event_source  = event_source_i;
      assign event_x       = event_x_i;
      assign chosen_valid  = valid;
      assign chosen_layer  = 3'd0;
      assign chosen_neuron = 12'(neuron);
      assign chosen_before = old;
      assign chosen_stages = stages;
      assign chosen_after  = after;
    end else begin : gen_source
      assign start         = gen_layer[l-1].done;
      assign close         = (Late != 0) ? tick_start_i && ready_o : start;
      assign event_valid   = gen_layer[l-1].valid && gen_layer[l-1].fire;
      assign event_source  = gen_layer[l-1].neuron;
      assign event_x       = 1'b1;
      assign chosen_valid  = valid || gen_layer[l-1].chosen_valid;
      assign chosen_layer  = valid ? 3'(l) : gen_layer[l-1].chosen_layer;
      assign chosen_neuron = valid ? 12'(neuron) : gen_layer[l-1].chosen_neuron;
      assign chosen_before = valid ? old : gen_layer[l-1].chosen_before;
      assign chosen_stages = valid ? stages : gen_layer[l-1].chosen_stages;
      assign chosen_after  = valid ? after : gen_layer[l-1].chosen_after;
    end

    if (NTaps > 1) begin : gen_taps
      logic walking;
      stw_taps #(.NIn(NIn), .Taps(NTaps), .Spacing(Apart), .XBits(XBits)) u_taps (
        .clk_i, .rst_ni, .clear_i(clear_i && ready_o), .close_i(close), .start_i(start),
        .push_i(event_valid), .push_source_i(event_source), .push_x_i(event_x), .busy_o(walking),
        .event_valid_o(heard_valid), .event_source_o(heard_source), .event_x_o(heard_x),
        .start_o(heard_start)
      );
      assign heard_close = heard_start;
      assign busy[l]     = walking || layer_busy;
    end else begin : gen_no_taps
      assign heard_valid  = event_valid;
      assign heard_source = event_source;
      assign heard_x      = event_x;
      assign heard_close  = close;
      assign heard_start  = start;
      assign busy[l]      = layer_busy;
    end

    stw_any_layer #(
      .First((Filled != 0) ? 1 + 32 * l : 0), .NIn(NHeard), .NOut(NOut), .Recurrent(Rec), .OneToOne(One),
      .Delayed((NTaps > 1) ? 0 : Late), .XBits(XBits), .XFrac(XFrac), .Kind(Kind), .Law(Law), .NWords(NWords), .FirstState(FirstState),
      .Places(Places), .StageW(StageW)
    ) u_layer (
      .clk_i, .rst_ni, .clear_i(clear_i && ready_o), .close_i(heard_close),
      .start_i(heard_start), .busy_o(layer_busy), .done_o(done), .jitter_i(jitter_q),
      .event_valid_i(heard_valid), .event_source_i(heard_source), .event_x_i(heard_x),
      .write_valid_i(write_valid_i && ready_o && write_layer_i == 3'(l)), .write_select_i,
      .write_addr_i(AddrW'(write_addr_i)), .write_data_i, .commit_valid_o(valid),
      .commit_neuron_o(neuron), .fire_o(fire), .before_o(old), .stages_o(stages),
      .after_o(after)
    );

    if (NIn < 1 || NIn > 4096 || NOut < 1 || NOut > 4096 || NTaps < 1 ||
        (One != 0 && NTaps > 1)) begin : gen_check
      stw_parameter_error u_a_layer_has_1_to_4096_neurons_and_no_taps_one_to_one ();
    end
  end

  localparam int Last = NLayers - 1;
  assign tick_done_o     = gen_layer[Last].done;
  assign spike_valid_o   = gen_layer[Last].valid && gen_layer[Last].fire;
  assign spike_neuron_o  = 12'(gen_layer[Last].neuron);
  assign commit_valid_o  = gen_layer[Last].chosen_valid;
  assign commit_layer_o  = gen_layer[Last].chosen_layer;
  assign commit_neuron_o = gen_layer[Last].chosen_neuron;
  assign before_o        = gen_layer[Last].chosen_before;
  assign stages_o        = gen_layer[Last].chosen_stages;
  assign after_o         = gen_layer[Last].chosen_after;

  if (NLayers < 1 || NLayers > 8 || InputBits < 1 || InputBits > 8 || NWords > 31 ||
      Delayed[0]) begin : gen_check
    stw_parameter_error u_layers_are_1_to_8_input_1_to_8_bits_and_words_1_to_31 ();
  end

endmodule

`default_nettype wire
