// The golden model beside your device (wrapper.svh) in one simulator, through DPI-C: the clips of in.vec.
// Nothing in here is yours to change.
`default_nettype none
`timescale 1ns / 1ps

module tb;
  import stw_golden_pkg::*;
  integer i, what;
  chandle golden;
  localparam integer Stderr = 32'h8000_0002;

  integer clip, tick_number, began, patience;
  reg busy, stopped;

  task stop(input [8*64-1:0] why);
    begin
      if (!stopped) $fdisplay(Stderr, "bench: %0s", why);
      stopped = 1;
      $finish;
    end
  endtask

  task todo(input [8*8-1:0] place);
    begin
      if (!stopped) $fdisplay(Stderr, "bench: wrapper.svh: the place %0s is not filled in", place);
      stopped = 1;
      $finish;
    end
  endtask

`include "words.svh"
`include "wrapper.svh"

  // A device that never answers is named with its tick. +patience=N: time units (default 1,000,000).
  initial begin
    {clip, tick_number, began} = 96'd0;
    {busy, stopped} = 2'd0;
    if (!$value$plusargs("patience=%d", patience)) patience = 1000000;
    if ($test$plusargs("wave")) begin
      $dumpfile("build/bench.fst");
      $dumpvars(0, tb);
    end
    forever begin
      #(patience / 4 + 1);
      if (busy && !stopped && $time - began > patience) begin
        $fdisplay(Stderr,
                  "bench: clip %0d, tick %0d: no answer in %0d time units (PATIENCE): does the device hang?",
                  clip, tick_number, patience);
        stopped = 1;
        $finish;
      end
    end
  end

  task be_at_rest;
    begin
      began = $time;
      busy = 1;
      for (i = 0; i < N_IN; i = i + 1) x[i] = 0;
      jitter = 0;
      rest;
      busy = 0;
    end
  endtask

  task run_tick;
    begin
      began = $time;
      busy = 1;
      tick;
      words;
      busy = 0;
    end
  endtask

  task check(input int layer, input int neuron, input string word, input longint got);
    void'(stw_check(golden, layer, neuron, word, got));
  endtask

  initial begin
    golden = stw_open("mem");
    void'(stw_vectors(golden, "in.vec"));
    #1;
    what = stw_read(golden);
    while (what > StwEnd && !stopped) begin
      if (what == StwClip) begin
        tick_number = -1;
        be_at_rest;
        clip = clip + 1;
      end else begin
        tick_number = tick_number + 1;
        for (i = 0; i < N_IN; i = i + 1) x[i] = @X_BITS@'(stw_x(golden, i));
        jitter = 16'(stw_jitter(golden));
        run_tick;
        if (!stopped) begin
@PUT@        end
      end
      what = stw_read(golden);
    end
    if (!stopped) begin
      $display("bench: %s", stw_report(golden));
      $write("%s", stw_reached(golden));
      $display("bench: verdict %0d", stw_verdict(golden));
    end
    stw_close(golden);
    $finish;
  end
endmodule
`default_nettype wire
