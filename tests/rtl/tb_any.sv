// stw_any_net for any simulator: does the commands of +in, a line each, and writes every commit to +out.
//
//   w LAYER SELECT ADDRESS DATA    one word
//   c 0 0 0 0                      clear
//   e SOURCE X 0 0                 one event
//   t JITTER 0 0 0                 a tick, to its end
//
// Numbers are decimal, DATA and what is written hexadecimal: layer, neuron, state before, stages, state
// after; and whether the neuron is told on the spike port. tb_config.svh defines NET_PARAMETERS,
// NET_X_BITS, NET_IN_W (bits of a source), NET_STATE_W and NET_STAGE_W.
`timescale 1ns / 1ns
`include "tb_config.svh"

module tb_any;
  reg                     clk, rst_n, clear, start, event_valid, write_valid;
  reg signed [15:0]       jitter;
  reg [`NET_IN_W-1:0]     event_source;
  reg [`NET_X_BITS-1:0]   event_x;
  reg [4:0]               write_select;
  reg [2:0]               write_layer;
  reg [25:0]              write_addr;
  reg [63:0]              write_data;
  wire                    ready, done, commit_valid, spike_valid;
  wire [11:0]             spike_neuron;
  wire [2:0]              commit_layer;
  wire [11:0]             commit_neuron;
  wire [`NET_STATE_W-1:0] before_w, after_w;
  wire [`NET_STAGE_W-1:0] stages;

  stw_any_net #(`NET_PARAMETERS) u_net (
    .clk_i(clk), .rst_ni(rst_n), .clear_i(clear), .ready_o(ready), .tick_start_i(start),
    .tick_jitter_i(jitter), .tick_done_o(done), .event_ready_o(), .event_valid_i(event_valid),
    .event_source_i(event_source), .event_x_i(event_x), .write_valid_i(write_valid),
    .write_select_i(write_select), .write_layer_i(write_layer), .write_addr_i(write_addr),
    .write_data_i(write_data), .spike_valid_o(spike_valid), .spike_neuron_o(spike_neuron),
    .commit_valid_o(commit_valid), .commit_layer_o(commit_layer), .commit_neuron_o(commit_neuron),
    .before_o(before_w), .stages_o(stages), .after_o(after_w)
  );

  initial clk = 0;
  always #5 clk = !clk;

  reg [8*512-1:0] in_path, out_path;
  reg [7:0]       what;
  reg [63:0]      data;
  integer         in, out, a, b, c;

  always @(posedge clk) begin
    if (commit_valid)
      $fdisplay(out, "%0d %0d %h %h %h %b", commit_layer, commit_neuron, before_w, stages, after_w,
                spike_valid && spike_neuron == commit_neuron);
    else if (spike_valid)
      $fdisplay(out, "a spike without commit");
  end

  initial begin
    if (!$value$plusargs("in=%s", in_path) || !$value$plusargs("out=%s", out_path)) $fatal;
    in = $fopen(in_path, "r");
    out = $fopen(out_path, "w");
    if (in == 0 || out == 0) $fatal;
    rst_n = 1;
    {clear, start, event_valid, write_valid} = 0;
    {jitter, event_source, event_x, write_select, write_layer, write_addr, write_data} = 0;
    @(negedge clk) rst_n = 0;
    @(negedge clk) rst_n = 1;
    while ($fscanf(in, "%c %d %d %d %h\n", what, a, b, c, data) == 5) begin
      while (!ready) @(negedge clk);
      write_valid  = what == "w";
      write_layer  = a;
      write_select = b;
      write_addr   = c;
      write_data   = data;
      clear        = what == "c";
      event_valid  = what == "e";
      event_source = a;
      event_x      = b;
      start        = what == "t";
      jitter       = a;
      @(negedge clk);
      {clear, start, event_valid, write_valid} = 0;
    end
    while (!ready) @(negedge clk);
    @(negedge clk);
    $fclose(out);
    $finish;
  end
endmodule
