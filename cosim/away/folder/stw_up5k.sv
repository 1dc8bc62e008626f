// @NAME@ on the pins of an iCE40 UP5K: the streams of stw_axis.sv byte by byte, the lowest first.
//
//   rx   a beat of s_axis in @BEAT_BYTES@ bytes: tdata, with tlast in bit 15 and tuser in bit 14 of the source
//   tx   a beat of m_axis in 3 bytes: neuron, with tlast in bit 15, and the count; with STW_SIGNATURE 4 more
//        after those of a tick's end, its signature
//
// A byte passes in a cycle with valid and ready.
`default_nettype none

module stw_up5k (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_valid_i,
  output logic       rx_ready_o,
  input  logic [7:0] rx_data_i,
  output logic       tx_valid_o,
  input  logic       tx_ready_i,
  output logic [7:0] tx_data_o
);

  localparam int Bytes = @BEAT_BYTES@;

  logic [@BEAT_BITS@-1:0] beat_q;
  logic [3:0]  n_q;
  logic        beat_valid, beat_ready;

  assign beat_valid = n_q == 4'(Bytes);
  assign rx_ready_o = !beat_valid;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) n_q <= '0;
    else if (beat_valid) n_q <= beat_ready ? '0 : n_q;
    else n_q <= n_q + 4'(rx_valid_i);
  end
  always_ff @(posedge clk_i) begin
    if (rx_valid_i && rx_ready_o) beat_q <= {rx_data_i, beat_q[@BEAT_BITS@-1:8]};
  end

  logic        spike_valid, spike_ready, spike_last;
  logic [31:0] spike;

  stw_axis u_axis (
    .aclk(clk_i), .aresetn(rst_ni), .s_axis_tvalid(beat_valid), .s_axis_tready(beat_ready),
    .s_axis_tdata(beat_q), .s_axis_tlast(beat_q[15]), .s_axis_tuser(beat_q[14]),
    .m_axis_tvalid(spike_valid), .m_axis_tready(spike_ready), .m_axis_tdata(spike),
    .m_axis_tlast(spike_last)
  );

  logic unused_spike;
  assign unused_spike = ^spike;

  logic [2:0]  sent_q, sent_last;
  logic [55:0] bytes;
  assign tx_valid_o  = spike_valid;
`ifdef STW_SIGNATURE
  assign sent_last   = spike_last ? 3'd6 : 3'd2;
  assign bytes       = spike_last ? {spike, 24'h008000} : {32'd0, spike[23:16], 4'd0, spike[11:0]};
`else
  assign sent_last   = 3'd2;
  assign bytes       = {32'd0, spike[23:16], spike_last, 3'd0, spike[11:0]};
`endif
  assign tx_data_o   = bytes[8*sent_q +: 8];
  assign spike_ready = tx_ready_i && sent_q == sent_last;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) sent_q <= '0;
    else if (tx_valid_o && tx_ready_i) sent_q <= (sent_q == sent_last) ? '0 : sent_q + 3'd1;
  end

endmodule

`default_nettype wire
