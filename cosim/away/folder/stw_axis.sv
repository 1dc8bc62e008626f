// @NAME@ behind AXI4-Stream: events in, spikes out.
//
//   s_axis   a beat is an event: tdata[15:0] source, tdata[@X_TOP@:16] x (0: no event), and above it the
//            tick's jitter word (16 bits, of the beat with tlast). tlast closes the tick and runs it;
//            with tuser all state goes to rest before the beat is taken
//   m_axis   a beat is a neuron of the last layer that fired: tdata[11:0] which, tdata[21:16] how often.
//            Each tick ends with one more, with tlast and 0 spikes; with STW_SIGNATURE its tdata is the
//            tick's signature (stw_signature.sv)
//
// A tick begins only where there is room for all spikes of it: the net itself cannot wait.
`default_nettype none

module stw_axis (
  input  logic        aclk,
  input  logic        aresetn,
  input  logic        s_axis_tvalid,
  output logic        s_axis_tready,
  input  logic [@BEAT_BITS@-1:0] s_axis_tdata,
  input  logic        s_axis_tlast,
  input  logic        s_axis_tuser,
  output logic        m_axis_tvalid,
  input  logic        m_axis_tready,
  output logic [31:0] m_axis_tdata,
  output logic        m_axis_tlast
);

  localparam int NOut    = @N_LAST@;
  localparam int AddrW   = $clog2(2 * NOut + 4);
  localparam int Depth   = 1 << AddrW;
  localparam int LevelW  = AddrW + 1;
  localparam int NeuronW = @LAST_BITS@;
  localparam int CountW  = @LAST_SPIKE_BITS@;
`ifdef STW_SIGNATURE
  localparam int SpikeW  = 32;  // of a signature
`else
  localparam int SpikeW  = CountW + NeuronW;
`endif
  localparam int KeptW   = 1 + SpikeW;

  // in
  logic ready, event_ready, take, clear, cleared_q, done, room;

  assign s_axis_tready = event_ready && (!s_axis_tuser || cleared_q) &&
                         (!s_axis_tlast || (ready && room));
  assign take          = s_axis_tvalid && s_axis_tready;
  assign clear         = s_axis_tvalid && s_axis_tuser && !cleared_q && ready;

  always_ff @(posedge aclk or negedge aresetn) begin
    if (!aresetn) cleared_q <= 1'b0;
    else if (clear) cleared_q <= 1'b1;
    else if (take) cleared_q <= 1'b0;
  end

  logic        spike_valid;
  logic [11:0] spike_neuron;
  logic [5:0]  spike_count;
`ifdef STW_SIGNATURE
  logic        signature_valid;
  logic [31:0] signature;
`endif

  stw_top u_top (
    .clk_i(aclk), .rst_ni(aresetn), .clear_i(clear), .ready_o(ready),
    .tick_start_i(take && s_axis_tlast), .tick_jitter_i(s_axis_tdata[@BEAT_BITS@-1 -: 16]),
    .tick_done_o(done), .event_ready_o(event_ready), .event_valid_i(take),
    .event_source_i(s_axis_tdata[@SOURCE_BITS@-1:0]), .event_x_i(s_axis_tdata[16 +: @X_BITS@]),
`ifdef STW_SIGNATURE
    .signature_valid_o(signature_valid), .signature_o(signature),
`endif
    .spike_valid_o(spike_valid), .spike_neuron_o(spike_neuron), .spike_count_o(spike_count)
  );

  logic unused_bits;
  assign unused_bits = ^{s_axis_tdata, spike_neuron, spike_count};

  // out: spikes, then the end of the tick, the cycle after its last commit
  logic              ended_q, push, fetch, valid_q;
  logic [AddrW-1:0]  write_q, read_q;
  logic [LevelW-1:0] level_q;
  logic [KeptW-1:0]  pushed, shown;  // {end of the tick, count, neuron}, of as many bits as they need

  logic [SpikeW-1:0] end_word;
`ifdef STW_SIGNATURE
  assign end_word = signature;  // whole in the cycle after the tick's last commit
  logic unused_valid;
  assign unused_valid = signature_valid;
`else
  assign end_word = '0;
`endif
  assign push   = spike_valid || ended_q;
  assign pushed = ended_q ? {1'b1, end_word}
                          : {1'b0, SpikeW'({CountW'(spike_count), NeuronW'(spike_neuron)})};
  assign fetch  = level_q != '0 && (!valid_q || m_axis_tready);
  assign room   = level_q + LevelW'(NOut + 2) <= LevelW'(Depth);

  always_ff @(posedge aclk or negedge aresetn) begin
    if (!aresetn) begin
      ended_q <= 1'b0;
      valid_q <= 1'b0;
      write_q <= '0;
      read_q  <= '0;
      level_q <= '0;
    end else begin
      ended_q <= done;
      valid_q <= fetch || (valid_q && !m_axis_tready);
      write_q <= write_q + AddrW'(push);
      read_q  <= read_q + AddrW'(fetch);
      level_q <= level_q + LevelW'(push) - LevelW'(fetch);
    end
  end

  stw_ram #(.Width(KeptW), .Depth(Depth)) u_spikes (
    .clk_i(aclk), .we_i(push), .waddr_i(write_q), .wdata_i(pushed), .re_i(fetch), .raddr_i(read_q),
    .rdata_o(shown)
  );

  assign m_axis_tvalid = valid_q;
  assign m_axis_tlast  = shown[KeptW-1];
`ifdef STW_SIGNATURE
  assign m_axis_tdata  = m_axis_tlast ? shown[31:0]
                                      : {10'd0, 6'(shown[NeuronW +: CountW]), 4'd0, 12'(shown[NeuronW-1:0])};
`else
  assign m_axis_tdata  = {10'd0, 6'(shown[NeuronW +: CountW]), 4'd0, 12'(shown[NeuronW-1:0])};
`endif

endmodule

`default_nettype wire
