// A foreign DUT held against the golden model inside SystemVerilog, every word of every tick: first
// the clips of a vector file, then ticks of random events that no file has.
//
// The model runs a tick, then the DUT, then each word that the DUT shows is checked. A DUT that
// shows no stages drops those lines and keeps "fire" and "v".
`default_nettype none
`timescale 1ns / 1ns

module tb_dpi #(
  parameter int NIn       = 16,
  parameter int NHidden   = 12,
  parameter int NOut      = 2,
  parameter int Recurrent = 1,
  parameter int RandomTicks = 100
);
  import stw_golden_pkg::*;

  logic                      clk, reset, start, done;
  logic [NIn*8-1:0]          x;
  logic signed [15:0]        jitter;
  logic [NIn-1:0]            spike0;
  logic [NHidden-1:0]        spike1;
  logic [NOut-1:0]           spike2;
  logic [NIn-1:0][15:0]      v0;
  logic [NHidden-1:0][15:0]  v1;
  logic [NOut-1:0][15:0]     v2;

  lif_chip #(.INPUTS(NIn), .HIDDEN(NHidden), .OUTPUTS(NOut), .FEEDBACK(Recurrent)) u_dut (
    .clk, .reset, .start, .x, .jitter, .done, .spike0, .spike1, .spike2, .v0, .v1, .v2
  );

  initial clk = 0;
  always #5 clk = !clk;

  chandle golden;
  int     what;

  function automatic void check(int layer, int neuron, string name, longint got);
    void'(stw_check(golden, layer, neuron, name, got));
  endfunction

  // In the order of the stages, so that the first difference is the one that made the others.
`define CHECK_LAYER(Index, Layer, Spikes, Membranes) \
  for (int n = 0; n < stw_neurons(golden, Index); n++) begin \
    check(Index, n, "gather", 64'(u_dut.Layer.tap_sum[n])); \
    check(Index, n, "current", 64'(u_dut.Layer.tap_current[n])); \
    check(Index, n, "leak", 64'(u_dut.Layer.tap_leak[n])); \
    check(Index, n, "integrate", 64'(u_dut.Layer.tap_total[n])); \
    check(Index, n, "clamp", 64'(u_dut.Layer.tap_held[n])); \
    check(Index, n, "fire", 64'(Spikes[n])); \
    check(Index, n, "v", 64'(signed'(Membranes[n]))); \
  end

  task automatic rest();
    reset = 1;
    @(negedge clk);
    reset = 0;
  endtask

  // The model has run the tick already and gives its stimulus.
  task automatic run_tick();
    for (int i = 0; i < NIn; i++) x[8*i +: 8] = 8'(stw_x(golden, i));
    jitter = 16'(stw_jitter(golden));
    start = 1;
    @(negedge clk);
    start = 0;
    while (!done) @(negedge clk);
    `CHECK_LAYER(0, front, spike0, v0)
    `CHECK_LAYER(1, hidden, spike1, v1)
    `CHECK_LAYER(2, out, spike2, v2)
  endtask

  initial begin
    {reset, start, x, jitter} = '0;
    golden = stw_open("mem");
    void'(stw_vectors(golden, "in.vec"));
    @(negedge clk);
    what = stw_read(golden);
    while (what > StwEnd) begin
      if (what == StwClip) rest();
      else run_tick();
      what = stw_read(golden);
    end

    void'(stw_rest(golden));
    rest();
    for (int tick = 0; tick < RandomTicks && stw_error(golden) == ""; tick++) begin
      for (int i = 0; i < NIn; i++)
        if ($urandom_range(2) == 0) void'(stw_event(golden, i, int'($urandom_range(255))));
      void'(stw_tick(golden, int'($urandom_range(65535)) - 32768));
      run_tick();
    end

    $display("dpi: %s", stw_report(golden));
    $write("%s", stw_reached(golden));
    $display("dpi: verdict %0d", stw_verdict(golden));
    stw_close(golden);
    $finish;
  end
endmodule
`default_nettype wire
