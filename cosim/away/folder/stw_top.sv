// @NAME@: a net of spiking neurons with all parameters set and all words in its memories.
//
//   @SHAPE@
//   law @LAW@, image @IMAGE@; a neuron's stages: @STAGED@
//
// Ports as in @TOP@.sv. Three are there only where they are asked for: STW_WRITE gives the write port,
// STW_COMMIT the commit port: of each neuron's tick the spikes and the state after it, state by state,
// the first lowest: @STATES@. STW_SIGNATURE gives 32 bits a tick over all of that
// (stw_signature.sv), valid for a cycle right after tick_done_o.
`default_nettype none

module stw_top (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,
  output logic               ready_o,
  input  logic               tick_start_i,
  input  logic signed [15:0] tick_jitter_i,
  output logic               tick_done_o,
  output logic               event_ready_o,
  input  logic               event_valid_i,
  input  logic [@SOURCE_BITS@-1:0]         event_source_i,
  input  logic [@X_BITS@-1:0]         event_x_i,
`ifdef STW_WRITE
  input  logic               write_valid_i,
  input  logic [@SELECT_BITS@-1:0]         write_select_i,
  input  logic [2:0]         write_layer_i,
  input  logic [25:0]        write_addr_i,
  input  logic [@DATA_BITS@-1:0]        write_data_i,
`endif
`ifdef STW_COMMIT
  output logic               commit_valid_o,
  output logic [2:0]         commit_layer_o,
  output logic [11:0]        commit_neuron_o,
  output logic [5:0]         commit_spikes_o,
  output logic [@STATE_BITS@-1:0]        commit_state_o,
`endif
`ifdef STW_SIGNATURE
  output logic               signature_valid_o,
  output logic [31:0]        signature_o,
`endif
  output logic               spike_valid_o,
  output logic [11:0]        spike_neuron_o,
  output logic [5:0]         spike_count_o
);

  logic        commit_valid;
  logic [2:0]  commit_layer;
  logic [11:0] commit_neuron;
@DECLARE@
`ifdef STW_COMMIT
  assign commit_valid_o  = commit_valid;
  assign commit_layer_o  = commit_layer;
  assign commit_neuron_o = commit_neuron;
  assign commit_spikes_o = @FIRE@;
  assign commit_state_o  = @STATE@;
`endif
`ifdef STW_SIGNATURE
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) signature_valid_o <= 1'b0;
    else signature_valid_o <= tick_done_o;
  end
  stw_signature #(.StateW(@STATE_BITS@)) u_signature (
    .clk_i, .start_i(tick_start_i && ready_o), .valid_i(commit_valid), .layer_i(commit_layer),
    .neuron_i(commit_neuron), .spikes_i(@FIRE@), .state_i(@STATE@), .signature_o
  );
`endif
  assign spike_count_o = @COUNT@;

  logic unused_commit;
  assign unused_commit = ^{commit_valid, commit_layer, commit_neuron@UNUSED@};

  @TOP@ #(
@PARAMETERS@    .Filled(1)
  ) u_net (
    .clk_i, .rst_ni, .clear_i, .ready_o, .tick_start_i, .tick_jitter_i, .tick_done_o,
    .event_ready_o, .event_valid_i, .event_source_i, .event_x_i,
`ifdef STW_WRITE
    .write_valid_i, .write_select_i, .write_layer_i, .write_addr_i, .write_data_i,
`else
    .write_valid_i(1'b0), .write_select_i(@SELECT_BITS@'d0), .write_layer_i(3'd0),
    .write_addr_i(26'd0), .write_data_i(@DATA_BITS@'d0),
`endif
    .spike_valid_o, .spike_neuron_o, .commit_valid_o(commit_valid), .commit_layer_o(commit_layer),
    .commit_neuron_o(commit_neuron)@CONNECT@
  );

endmodule

`default_nettype wire
