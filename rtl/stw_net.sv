// A network: layers that run one after another in each tick, and a commit port that shows all of it.
//
//   tick_start_i   closes the tick's events and runs layer 0, 1, ...; a spike of layer l is an event
//                  of layer l + 1 in the same tick, or in the next where that one is Delayed;
//                  a layer with Taps hears it again Spacing, 2 · Spacing, .. ticks later (stw_taps.sv);
//                  tick_done_o with the last layer's last commit
//   event          source and x of layer 0, one a cycle while event_ready_o; the last may come
//                  with tick_start_i; those of the next tick while later layers still run
//   commit         one neuron's tick: state before, the eight stages of stw_neuron.sv, state after
//   spike          neurons of the last layer that fired
//   write          one word of one layer, between ticks: select as in enum image_word of
//                  model/lif/image.h, addresses as in stw_layer.sv
//   clear_i        all state to rest; ready_o is low until it is done, as it is after reset
//
// Sizes holds 16 bits a number: {..., n_out of layer 1, n_out of layer 0, n_in of layer 0}; bit l of
// Recurrent, OneToOne and Delayed, and byte l of Taps, Spacing and MaxSpikes, belong to layer l. The law's
// parameters are struct law of model/lif/law.h: a format is its bits in all and its fraction bits, kinds
// are numbered as there.
// tick_start_i, clear_i and writes are for cycles with ready_o.
`default_nettype none

module stw_net #(
  parameter int           NLayers         = 3,
  parameter logic [143:0] Sizes           = {80'd0, 16'd2, 16'd64, 16'd16, 16'd16},
  parameter logic [7:0]   Recurrent       = 8'b010,
  parameter logic [7:0]   OneToOne        = 8'b001,
  parameter logic [7:0]   Delayed         = 8'b000,
  parameter logic [63:0]  Taps            = 64'h0101010101010101,
  parameter logic [63:0]  Spacing         = 64'h0101010101010101,
  parameter logic [63:0]  MaxSpikes       = 64'h0101010101010101,
  parameter int           InputBits       = 8,
  parameter int           InputFrac       = 4,
  parameter int           WeightBits      = 16,
  parameter int           WeightFrac      = 8,
  parameter int           MembraneBits    = 16,
  parameter int           MembraneFrac    = 8,
  parameter int           CurrentBits     = 16,
  parameter int           LeakBits        = 16,
  parameter int           LeakFrac        = 16,
  parameter int           GainBits        = 1,
  parameter int           GainFrac        = 0,
  parameter int           RoundCurrent    = 1,
  parameter int           RoundDecay      = 1,
  parameter int           RoundLeak       = 1,
  parameter int           LeakKind        = 1,
  parameter int           LeakWhen        = 0,
  parameter int           DecayKind       = 0,
  parameter int           Currents        = 0,
  parameter int           InputSigned     = 0,
  parameter int           LeakSigned      = 0,
  parameter int           HasGain         = 0,
  parameter int           HasRest         = 0,
  parameter int           DecayLast       = 0,
  parameter int           SaturateEach    = 0,
  parameter int           SaturateIncrement = 0,
  parameter int           Symmetric       = 0,
  parameter int           Wrap            = 0,
  parameter int           FloorZero       = 0,
  parameter int           FireGt          = 0,
  parameter int           FireBefore      = 0,
  parameter int           ResetSubtract   = 1,
  parameter int           IntegrateFirst  = 0,
  parameter int           RefractoryHold  = 0,
  parameter int           RefractoryTicks = 0,
  parameter int           Staged          = 0,  // registers between the stages of a neuron
  parameter int           Filled          = 0,  // memories begin with words: stw_ram.sv
  localparam int          InW             = ($clog2(32'(Sizes[15:0])) > 0) ? $clog2(32'(Sizes[15:0]))
                                                                           : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           clear_i,
  output logic                           ready_o,
  input  logic                           tick_start_i,
  input  logic signed [15:0]             tick_jitter_i,
  output logic                           tick_done_o,
  output logic                           event_ready_o,
  input  logic                           event_valid_i,
  input  logic        [InW-1:0]          event_source_i,
  input  logic        [InputBits-1:0]    event_x_i,
  input  logic                           write_valid_i,
  input  logic        [3:0]              write_select_i,
  input  logic        [2:0]              write_layer_i,
  input  logic        [25:0]             write_addr_i,
  input  logic        [31:0]             write_data_i,
  output logic                           spike_valid_o,
  output logic        [11:0]             spike_neuron_o,
  output logic                           commit_valid_o,
  output logic        [2:0]              commit_layer_o,
  output logic        [11:0]             commit_neuron_o,
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
  output logic signed [MembraneBits-1:0] reset_o,
  output logic        [7:0]              refract_o,
  output logic signed [CurrentBits-1:0]  after_u_o,
  output logic signed [CurrentBits-1:0]  after_u2_o
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
    localparam int Spikes  = 32'(MaxSpikes[8*l +: 8]);
    localparam int XSigned = (l == 0) ? InputSigned : 0;
    localparam int InBits  = (l == 0) ? InputBits : $clog2(32'(MaxSpikes[8*((l > 0) ? l - 1 : 0) +: 8]) + 1);
    localparam int OwnBits = (Rec != 0) ? $clog2(Spikes + 1) + XSigned : 1;
    localparam int XBits   = (InBits > OwnBits) ? InBits : OwnBits;
    localparam int XFrac   = (l == 0) ? InputFrac : 0;
    localparam int NSource = (One != 0) ? 1 : NHeard + ((Rec != 0) ? NOut : 0);
    localparam int Weights = NSource * NOut * ((Currents > 1) ? 2 : 1);
    localparam int AddrW   = (Weights > 1) ? $clog2(Weights) : 1;
    localparam int SourceW = (NIn > 1) ? $clog2(NIn) : 1;
    localparam int HeardW  = (NHeard > 1) ? $clog2(NHeard) : 1;
    localparam int OutW    = (NOut > 1) ? $clog2(NOut) : 1;

    logic               layer_busy, heard_start, heard_close, heard_valid;
    logic [HeardW-1:0]  heard_source;
    logic [XBits-1:0]   heard_x;
    logic               start, close, done, valid, event_valid, chosen_valid;
    logic [SourceW-1:0] event_source;
    logic [XBits-1:0]   event_x;
    logic [OutW-1:0]    neuron;
    logic [2:0]         chosen_layer;
    logic [11:0]        chosen_neuron;
    logic signed [MembraneBits-1:0] before_v, chosen_before_v;
    logic signed [CurrentBits-1:0]  before_u, chosen_before_u;
    logic signed [CurrentBits-1:0]  before_u2, chosen_before_u2;
    logic        [7:0]              before_r, chosen_before_r;
    logic signed [63:0]             gather, chosen_gather;
    logic signed [63:0]             current, chosen_current;
    logic signed [63:0]             leak, chosen_leak;
    logic signed [63:0]             integrate, chosen_integrate;
    logic signed [MembraneBits-1:0] clamp, chosen_clamp;
    logic        [5:0]              fire, chosen_fire;
    logic signed [MembraneBits-1:0] reset, chosen_reset;
    logic        [7:0]              refract, chosen_refract;
    logic signed [CurrentBits-1:0]  after_u, chosen_after_u;
    logic signed [CurrentBits-1:0]  after_u2, chosen_after_u2;

    if (l == 0) begin : gen_source
      assign start        = tick_start_i && ready_o;
      assign close        = start;
      assign event_valid  = event_valid_i && event_ready_o;
      assign event_source = event_source_i;
      if (InputSigned != 0) begin : gen_signed
        assign event_x = XBits'($signed(event_x_i));
      end else begin : gen_unsigned
        assign event_x = XBits'(event_x_i);
      end
      assign chosen_valid = valid;
      assign chosen_layer = 3'd0;
      assign chosen_neuron = 12'(neuron);
      assign chosen_before_v = before_v;
      assign chosen_before_u = before_u;
      assign chosen_before_u2 = before_u2;
      assign chosen_before_r = before_r;
      assign chosen_gather = gather;
      assign chosen_current = current;
      assign chosen_leak = leak;
      assign chosen_integrate = integrate;
      assign chosen_clamp = clamp;
      assign chosen_fire = fire;
      assign chosen_reset = reset;
      assign chosen_refract = refract;
      assign chosen_after_u = after_u;
      assign chosen_after_u2 = after_u2;
    end else begin : gen_source
      assign start        = gen_layer[l-1].done;
      assign close        = (Late != 0) ? tick_start_i && ready_o : start;
      assign event_valid  = gen_layer[l-1].valid && gen_layer[l-1].fire != 6'd0;
      assign event_source = gen_layer[l-1].neuron;
      assign event_x      = XBits'(gen_layer[l-1].fire);
      assign chosen_valid = valid || gen_layer[l-1].chosen_valid;
      assign chosen_layer = valid ? 3'(l) : gen_layer[l-1].chosen_layer;
      assign chosen_neuron = valid ? 12'(neuron) : gen_layer[l-1].chosen_neuron;
      assign chosen_before_v = valid ? before_v : gen_layer[l-1].chosen_before_v;
      assign chosen_before_u = valid ? before_u : gen_layer[l-1].chosen_before_u;
      assign chosen_before_u2 = valid ? before_u2 : gen_layer[l-1].chosen_before_u2;
      assign chosen_before_r = valid ? before_r : gen_layer[l-1].chosen_before_r;
      assign chosen_gather = valid ? gather : gen_layer[l-1].chosen_gather;
      assign chosen_current = valid ? current : gen_layer[l-1].chosen_current;
      assign chosen_leak = valid ? leak : gen_layer[l-1].chosen_leak;
      assign chosen_integrate = valid ? integrate : gen_layer[l-1].chosen_integrate;
      assign chosen_clamp = valid ? clamp : gen_layer[l-1].chosen_clamp;
      assign chosen_fire = valid ? fire : gen_layer[l-1].chosen_fire;
      assign chosen_reset = valid ? reset : gen_layer[l-1].chosen_reset;
      assign chosen_refract = valid ? refract : gen_layer[l-1].chosen_refract;
      assign chosen_after_u = valid ? after_u : gen_layer[l-1].chosen_after_u;
      assign chosen_after_u2 = valid ? after_u2 : gen_layer[l-1].chosen_after_u2;
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

    stw_layer #(
      .First((Filled != 0) ? 1 + 32 * l : 0), .NIn(NHeard), .NOut(NOut), .Recurrent(Rec), .OneToOne(One),
      .Delayed((NTaps > 1) ? 0 : Late), .MaxSpikes(Spikes),
      .XBits(XBits), .XFrac(XFrac), .XSigned(XSigned), .WeightBits(WeightBits),
      .WeightFrac(WeightFrac), .MembraneBits(MembraneBits), .MembraneFrac(MembraneFrac),
      .CurrentBits(CurrentBits), .LeakBits(LeakBits), .LeakFrac(LeakFrac), .GainBits(GainBits),
      .GainFrac(GainFrac), .RoundCurrent(RoundCurrent), .RoundDecay(RoundDecay),
      .RoundLeak(RoundLeak), .LeakKind(LeakKind), .LeakWhen(LeakWhen), .DecayKind(DecayKind), .Currents(Currents),
      .LeakSigned(LeakSigned), .HasGain(HasGain), .HasRest(HasRest), .DecayLast(DecayLast),
      .SaturateEach(SaturateEach), .SaturateIncrement(SaturateIncrement), .Symmetric(Symmetric), .Wrap(Wrap), .FloorZero(FloorZero), .FireGt(FireGt),
      .FireBefore(FireBefore), .ResetSubtract(ResetSubtract), .IntegrateFirst(IntegrateFirst),
      .RefractoryHold(RefractoryHold), .RefractoryTicks(RefractoryTicks),
      .Staged(Staged)
    ) u_layer (
      .clk_i, .rst_ni, .clear_i(clear_i && ready_o), .close_i(heard_close),
      .start_i(heard_start), .busy_o(layer_busy), .done_o(done), .jitter_i(jitter_q),
      .event_valid_i(heard_valid), .event_source_i(heard_source), .event_x_i(heard_x),
      .write_valid_i(write_valid_i && ready_o && write_layer_i == 3'(l)), .write_select_i,
      .write_addr_i(AddrW'(write_addr_i)), .write_data_i, .commit_valid_o(valid),
      .commit_neuron_o(neuron), .before_v_o(before_v), .before_u_o(before_u),
      .before_u2_o(before_u2), .before_r_o(before_r), .gather_o(gather), .current_o(current),
      .leak_o(leak), .integrate_o(integrate), .clamp_o(clamp), .fire_o(fire), .reset_o(reset),
      .refract_o(refract), .after_u_o(after_u), .after_u2_o(after_u2)
    );

    if (NIn < 1 || NIn > 4096 || NOut < 1 || NOut > 4096 || NTaps < 1 ||
        (One != 0 && NTaps > 1)) begin : gen_check
      stw_parameter_error u_a_layer_has_1_to_4096_neurons_and_no_taps_one_to_one ();
    end
  end

  localparam int Last = NLayers - 1;
  assign tick_done_o     = gen_layer[Last].done;
  assign spike_valid_o   = gen_layer[Last].valid && gen_layer[Last].fire != 6'd0;
  assign spike_neuron_o  = 12'(gen_layer[Last].neuron);
  assign commit_valid_o  = gen_layer[Last].chosen_valid;
  assign commit_layer_o  = gen_layer[Last].chosen_layer;
  assign commit_neuron_o = gen_layer[Last].chosen_neuron;
  assign before_v_o      = gen_layer[Last].chosen_before_v;
  assign before_u_o      = gen_layer[Last].chosen_before_u;
  assign before_u2_o     = gen_layer[Last].chosen_before_u2;
  assign before_r_o      = gen_layer[Last].chosen_before_r;
  assign gather_o        = gen_layer[Last].chosen_gather;
  assign current_o       = gen_layer[Last].chosen_current;
  assign leak_o          = gen_layer[Last].chosen_leak;
  assign integrate_o     = gen_layer[Last].chosen_integrate;
  assign clamp_o         = gen_layer[Last].chosen_clamp;
  assign fire_o          = gen_layer[Last].chosen_fire;
  assign reset_o         = gen_layer[Last].chosen_reset;
  assign refract_o       = gen_layer[Last].chosen_refract;
  assign after_u_o       = gen_layer[Last].chosen_after_u;
  assign after_u2_o      = gen_layer[Last].chosen_after_u2;

  if (NLayers < 1 || NLayers > 8 || InputBits < 1 || InputBits > ((InputSigned != 0) ? 32 : 8) ||
      Delayed[0]) begin : gen_check
    stw_parameter_error u_layers_are_1_to_8_and_input_1_to_8_bits_signed_32 ();
  end

endmodule

`default_nettype wire
