// A layer of neurons under the DPI law: memories, sequencer and the one neuron unit that all its
// neurons take turns in, and a commit port that shows all of it.
//
//   event      source and count of an input, one a cycle while ready_o; the last may come with
//              tick_start_i
//   tick       tick_start_i closes the tick's events and runs neuron 0, 1, ...; tick_done_o comes
//              with the last commit. With Recurrent a neuron's spikes are an event of the next tick
//   commit     one neuron's tick: the stages of stw_dpi_neuron.sv and the state after it
//   write      one word, between ticks, select as in enum dpi_word of model/dpi/dpi_network.h: 0 weight at
//              n · sources + source, 1-17 as in stw_dpi_words.sv, 18 and 19 the tables of log2 and
//              exp2, 20 efold, 21-27 state isyn, gaba, iahp, imem, vmem, timer, z. A z that is
//              written is an event of the next tick as one that was fired is
//   clear_i    forgets the events; state is what is written
//
//   for each neuron   does                                                    cycles
//   read              words and state                                         1
//   gather            excite and inhibit, an event a cycle                    events + 3
//   neuron            stw_dpi_neuron.sv; 2 more with a GABA dendrite          42, + spikes
//
// Formats are those of struct dpi_law in model/dpi/dpi.h: a format is its bits in all and its fraction
// bits. tick_start_i, clear_i, events and writes are for cycles with ready_o.
`default_nettype none

module stw_dpi_net #(
  parameter int NIn         = 60,
  parameter int NOut        = 2,
  parameter int Recurrent   = 1,
  parameter int Gaba        = 1,
  parameter int LeakOnce    = 1,
  parameter int FreshVmem   = 1,
  parameter int CurrentBits = 32,
  parameter int CurrentFrac = 10,
  parameter int WeightBits  = 32,
  parameter int WeightFrac  = 10,
  parameter int FactorFrac  = 24,
  parameter int LogFrac     = 20,
  parameter int TableBits   = 8,
  parameter int GainBits    = 30,
  parameter int GainFrac    = 26,
  parameter int RateBits    = 30,
  parameter int RateFrac    = 16,
  parameter int MaxSpikes   = 15,
  localparam int NSource    = NIn + ((Recurrent != 0) ? NOut : 0),
  localparam int SourceW    = (NSource > 1) ? $clog2(NSource) : 1,
  localparam int OutW       = (NOut > 1) ? $clog2(NOut) : 1,
  localparam int LogW       = LogFrac + 7
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  output logic                          ready_o,
  input  logic                          clear_i,
  input  logic                          event_valid_i,
  input  logic        [SourceW-1:0]     event_source_i,
  input  logic        [7:0]             event_x_i,
  input  logic                          tick_start_i,
  output logic                          tick_done_o,
  input  logic                          write_valid_i,
  input  logic        [4:0]             write_select_i,
  input  logic        [31:0]            write_addr_i,
  input  logic        [63:0]            write_data_i,
  output logic                          commit_valid_o,
  output logic        [OutW-1:0]        commit_neuron_o,
  output logic signed [63:0]            gather_o,
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
  output logic        [CurrentBits-1:0] reset_o,
  output logic        [15:0]            refract_o,
  output logic signed [LogW-1:0]        after_vmem_o
);

  localparam int CountW     = $clog2(NSource + 1);
  localparam int Weights    = NSource * NOut;
  localparam int WeightAddrW = (Weights > 1) ? $clog2(Weights) : 1;
  localparam int XSum       = NIn * 255 + ((Recurrent != 0) ? NOut * MaxSpikes : 0);
  localparam int GatherW    = WeightBits + $clog2(XSum + 1) + 1;
  localparam int IndexW     = TableBits + 1;
  localparam int Entries    = (1 << TableBits) + 1;
  localparam int EntryW     = LogFrac + 2;
  localparam int ProductW   = WeightBits + 9;

  typedef enum logic [2:0] {StIdle, StRead, StGather, StStart, StNeuron} state_e;

  state_e                  state_q;
  logic [OutW-1:0]         n_q;
  logic [WeightAddrW-1:0]  base_q;
  logic [CountW-1:0]       e_q, count;
  logic                    issue, valid1_q, valid2_q, start, done, busy, last;

  assign last  = n_q == OutW'(NOut - 1);
  assign issue = state_q == StGather && e_q != count;
  assign start = state_q == StStart;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StIdle;
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
    end else begin
      valid1_q <= issue;
      valid2_q <= valid1_q;
      case (state_q)
        StIdle: if (tick_start_i) state_q <= StRead;
        StRead: state_q <= StGather;
        StGather: if (!issue && !valid1_q && !valid2_q) state_q <= StStart;
        StStart: state_q <= StNeuron;
        default: if (done) state_q <= last ? StIdle : StRead;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      n_q    <= '0;
      base_q <= '0;
    end else if (done) begin
      n_q    <= n_q + OutW'(1);
      base_q <= base_q + WeightAddrW'(NSource);
    end
    e_q <= issue ? e_q + CountW'(1) : (state_q == StGather) ? e_q : '0;
  end

  // Events: inputs of this tick, and own spikes of the tick before.
  logic               push, z_written, spiked;
  logic [SourceW-1:0] push_source, source1, own, written;
  logic [7:0]         push_x, x1;
  assign z_written = write_valid_i && write_select_i == 5'd27;
  assign spiked    = commit_valid_o && fire_o != 6'd0;
  if (Recurrent != 0) begin : gen_own_spikes
    assign own     = SourceW'(NIn) + SourceW'(n_q);
    assign written = SourceW'(NIn) + SourceW'(write_addr_i);
    assign push    = event_valid_i || spiked || z_written;
  end else begin : gen_no_own_spikes
    assign own     = '0;
    assign written = '0;
    assign push    = event_valid_i;
    logic unused_own;
    assign unused_own = spiked;
  end
  assign push_source = event_valid_i ? event_source_i : z_written ? written : own;
  assign push_x      = event_valid_i ? event_x_i : z_written ? 8'(write_data_i) : 8'(fire_o);

  stw_events #(
    .NIn(NIn), .NOut(NOut), .Recurrent(Recurrent), .OneToOne(0), .Banks(Recurrent), .XBits(8)
  ) u_events (
    .clk_i, .rst_ni, .clear_i, .clear_slot_i(SourceW'(0)), .close_i(tick_start_i), .push_i(push),
    .push_source_i(push_source), .push_x_i(push_x), .count_o(count), .slot_i(SourceW'(e_q)),
    .source_o(source1), .x_o(x1)
  );

  // Gather.
  logic signed [WeightBits-1:0] weight2;
  logic        [WeightBits-1:0] weight_word;
  logic        [7:0]            x2_q;
  logic signed [GatherW-1:0]    excite_q, inhibit_q;
  logic signed [ProductW-1:0]   product;
  logic                         to_gaba;

  stw_ram #(.Width(WeightBits), .Depth(Weights)) u_weight (
    .clk_i, .we_i(write_valid_i && write_select_i == 5'd0), .waddr_i(WeightAddrW'(write_addr_i)),
    .wdata_i(WeightBits'(write_data_i)), .re_i(1'b1), .raddr_i(base_q + WeightAddrW'(source1)),
    .rdata_o(weight_word)
  );
  assign weight2 = weight_word;
  assign product = ProductW'(weight2) * ProductW'(x2_q);
  assign to_gaba = Gaba != 0 && weight2 < WeightBits'(0);

  always_ff @(posedge clk_i) begin
    x2_q <= x1;
    if (state_q == StRead) begin
      excite_q  <= '0;
      inhibit_q <= '0;
    end else if (valid2_q && to_gaba) begin
      inhibit_q <= inhibit_q - GatherW'(product);
    end else if (valid2_q) begin
      excite_q <= excite_q + GatherW'(product);
    end
  end
  assign gather_o = 64'(excite_q) - 64'(inhibit_q);

  // Words, tables, state.
  logic        [CurrentBits-1:0] io;
  logic        [CurrentBits-1:0] idc;
  logic        [CurrentBits-1:0] itau;
  logic        [CurrentBits-1:0] igain;
  logic        [CurrentBits-1:0] floor0;
  logic        [CurrentBits-1:0] floor1;
  logic        [CurrentBits-1:0] jump;
  logic        [FactorFrac-1:0]  decay0;
  logic        [FactorFrac-1:0]  decay1;
  logic        [FactorFrac-1:0]  decay_ahp;
  logic        [FactorFrac-1:0]  alpha;
  logic        [GainBits-1:0]    gain;
  logic        [GainBits-1:0]    gain_tau;
  logic signed [LogW-1:0]        log_io;
  logic signed [LogW-1:0]        log_gain;
  logic signed [LogW-1:0]        theta;
  logic        [15:0]            period;
  logic        [CurrentBits-1:0] isyn;
  logic        [CurrentBits-1:0] gaba;
  logic        [CurrentBits-1:0] iahp;
  logic        [CurrentBits-1:0] imem;
  logic signed [LogW-1:0]        vmem;
  logic        [15:0]            timer;
  logic        [5:0]             z;
  logic signed [LogW-1:0]        efold_q;
  logic        [EntryW-1:0]      log2_entry, exp2_entry;
  logic        [IndexW-1:0]      table_index;
  logic                          table_exp, table_exp_q;

  stw_dpi_words #(
    .NOut(NOut), .Gaba(Gaba), .CurrentBits(CurrentBits), .FactorFrac(FactorFrac),
    .GainBits(GainBits), .LogW(LogW)
  ) u_words (
    .clk_i, .we_i(write_valid_i), .select_i(write_select_i), .waddr_i(OutW'(write_addr_i)),
    .wdata_i(write_data_i), .raddr_i(n_q),
    .io_o(io), .idc_o(idc), .itau_o(itau), .igain_o(igain),
    .floor0_o(floor0), .floor1_o(floor1), .jump_o(jump), .decay0_o(decay0),
    .decay1_o(decay1), .decay_ahp_o(decay_ahp), .alpha_o(alpha), .gain_o(gain),
    .gain_tau_o(gain_tau), .log_io_o(log_io), .log_gain_o(log_gain), .theta_o(theta),
    .period_o(period)
  );
  stw_ram #(.Width(EntryW), .Depth(Entries)) u_log2 (
    .clk_i, .we_i(write_valid_i && write_select_i == 5'd18), .waddr_i(IndexW'(write_addr_i)),
    .wdata_i(EntryW'(write_data_i)), .re_i(1'b1), .raddr_i(table_index), .rdata_o(log2_entry)
  );
  stw_ram #(.Width(EntryW), .Depth(Entries)) u_exp2 (
    .clk_i, .we_i(write_valid_i && write_select_i == 5'd19), .waddr_i(IndexW'(write_addr_i)),
    .wdata_i(EntryW'(write_data_i)), .re_i(1'b1), .raddr_i(table_index), .rdata_o(exp2_entry)
  );
  always_ff @(posedge clk_i) begin
    table_exp_q <= table_exp;
    if (write_valid_i && write_select_i == 5'd20) efold_q <= LogW'(write_data_i);
  end

  logic            state_we;
  logic [OutW-1:0] state_addr;
  assign state_we   = commit_valid_o || write_valid_i;
  assign state_addr = commit_valid_o ? n_q : OutW'(write_addr_i);
  logic [CurrentBits-1:0] current_word;
  logic [LogW-1:0]        log_word;
  logic [15:0]            timer_word;
  logic [5:0]             z_word;
  assign current_word = CurrentBits'(write_data_i);
  assign log_word     = LogW'(write_data_i);
  assign timer_word   = 16'(write_data_i);
  assign z_word       = 6'(write_data_i);
  stw_ram #(.Width(CurrentBits), .Depth(NOut)) u_isyn (
    .clk_i, .we_i(state_we && (commit_valid_o || write_select_i == 5'd21)), .waddr_i(state_addr),
    .wdata_i(commit_valid_o ? synapse_o : current_word), .re_i(1'b1), .raddr_i(n_q),
    .rdata_o(isyn)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(Gaba)) u_gaba (
    .clk_i, .we_i(state_we && (commit_valid_o || write_select_i == 5'd22)), .waddr_i(state_addr),
    .wdata_i(commit_valid_o ? inhibit_o : current_word), .re_i(1'b1), .raddr_i(n_q),
    .rdata_o(gaba)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut)) u_iahp (
    .clk_i, .we_i(state_we && (commit_valid_o || write_select_i == 5'd23)), .waddr_i(state_addr),
    .wdata_i(commit_valid_o ? adapt_o : current_word), .re_i(1'b1), .raddr_i(n_q),
    .rdata_o(iahp)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut)) u_imem (
    .clk_i, .we_i(state_we && (commit_valid_o || write_select_i == 5'd24)), .waddr_i(state_addr),
    .wdata_i(commit_valid_o ? reset_o : current_word), .re_i(1'b1), .raddr_i(n_q),
    .rdata_o(imem)
  );
  stw_ram #(.Width(LogW), .Depth(NOut)) u_vmem (
    .clk_i, .we_i(state_we && (commit_valid_o || write_select_i == 5'd25)), .waddr_i(state_addr),
    .wdata_i(commit_valid_o ? after_vmem_o : log_word), .re_i(1'b1), .raddr_i(n_q),
    .rdata_o(vmem)
  );
  stw_ram #(.Width(16), .Depth(NOut)) u_timer (
    .clk_i, .we_i(state_we && (commit_valid_o || write_select_i == 5'd26)), .waddr_i(state_addr),
    .wdata_i(commit_valid_o ? refract_o : timer_word), .re_i(1'b1), .raddr_i(n_q),
    .rdata_o(timer)
  );
  stw_ram #(.Width(6), .Depth(NOut)) u_z (
    .clk_i, .we_i(state_we && (commit_valid_o || write_select_i == 5'd27)), .waddr_i(state_addr),
    .wdata_i(commit_valid_o ? fire_o : z_word), .re_i(1'b1), .raddr_i(n_q),
    .rdata_o(z)
  );

  stw_dpi_neuron #(
    .Gaba(Gaba), .LeakOnce(LeakOnce), .FreshVmem(FreshVmem), .CurrentBits(CurrentBits),
    .CurrentFrac(CurrentFrac), .WeightFrac(WeightFrac), .FactorFrac(FactorFrac), .LogFrac(LogFrac),
    .TableBits(TableBits), .GainBits(GainBits), .GainFrac(GainFrac), .RateBits(RateBits),
    .RateFrac(RateFrac), .MaxSpikes(MaxSpikes), .GatherW(GatherW)
  ) u_neuron (
    .clk_i, .rst_ni, .start_i(start), .busy_o(busy), .done_o(done), .excite_i(excite_q),
    .inhibit_i(inhibit_q),
    .io_i(io), .idc_i(idc), .itau_i(itau), .igain_i(igain),
    .floor0_i(floor0), .floor1_i(floor1), .jump_i(jump), .decay0_i(decay0),
    .decay1_i(decay1), .decay_ahp_i(decay_ahp), .alpha_i(alpha), .gain_i(gain),
    .gain_tau_i(gain_tau), .log_io_i(log_io), .log_gain_i(log_gain), .theta_i(theta),
    .period_i(period), .efold_i(efold_q), .isyn_i(isyn), .gaba_i(gaba),
    .iahp_i(iahp), .imem_i(imem), .vmem_i(vmem), .timer_i(timer),
    .z_i(z),
    .table_exp_o(table_exp), .table_index_o(table_index),
    .table_entry_i(table_exp_q ? exp2_entry : log2_entry),
    .synapse_o, .inhibit_o, .adapt_o, .leak_o, .input_o, .feedback_o,
    .divide_o, .slope_o, .drive_o, .relax_o, .integrate_o, .voltage_o,
    .fire_o, .reset_o, .refract_o, .vmem_o(after_vmem_o)
  );

  assign commit_valid_o  = done;
  assign commit_neuron_o = n_q;
  assign tick_done_o     = done && last;
  assign ready_o         = state_q == StIdle;

  logic unused_bits;
  assign unused_bits = ^{busy, write_addr_i, write_data_i};

  if (Gaba < 0 || Gaba > 1 || CurrentBits > 48 || CurrentBits <= CurrentFrac || WeightBits > 32 ||
      WeightFrac > CurrentFrac || FactorFrac < 8 || FactorFrac > 31 || LogFrac < 8 ||
      LogFrac > 24 || TableBits < 2 || TableBits > 12 || TableBits >= LogFrac || GainBits > 40 || RateBits > 56 ||
      RateFrac > CurrentFrac + GainFrac || MaxSpikes < 1 || MaxSpikes > 63) begin : gen_check
    stw_parameter_error u_a_format_breaks_a_rule_of_dpi_law_check ();
  end

endmodule

`default_nettype wire
